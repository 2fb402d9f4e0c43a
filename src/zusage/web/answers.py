"""Small answers that several rooms give."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF
from django.http import HttpResponse, HttpResponseRedirect

# An own script may prepare something; it may not send anything anywhere (no connect-src).
OWN_SCRIPTS = {"script-src": [SELF]}


class SeeOther(HttpResponseRedirect):
    """303: the form has been taken; read on there. Going back doesn't send it again."""

    status_code = 303


def with_own_scripts(response: Any) -> HttpResponse:
    """Let this one page load the house's own scripts (all other pages load none)."""
    response._csp_update = OWN_SCRIPTS
    return response  # type: ignore[no-any-return]
