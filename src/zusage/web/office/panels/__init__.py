"""What the protection officer does about a request, a panel for each right, beside what is common to all.

A panel's module puts its panel into PANELS and brings the addresses of its own POST views: ``urls.py`` of the office
imports it and adds its `urls`. Its views are guarded by `request_page.writes` and end with `request_page.done`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zusage.models import RightsRequest, Staff


@dataclass(frozen=True, slots=True)
class Panel:
    """`template` is included in the page of an open request; there, `panel` is what `context` gives.

    The page's own context is there, too: `one` (the request), `form_token`, and `typed`, what was sent last where it
    couldn't be taken; each form names itself in a hidden field `form`.
    """

    template: str
    context: Callable[[RightsRequest, Staff], dict[str, Any]]


PANELS: dict[str, Panel] = {}
"""Right -> its panel. A right without one is answered with a letter alone."""
