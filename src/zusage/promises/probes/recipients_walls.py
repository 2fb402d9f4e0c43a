"""Probes of the walls: nothing but the gate sends, as far as a running system shows it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.conf import global_settings, settings

from zusage.actions.disclose import MAIL_SERVICE
from zusage.policy.types import AUTHORITATIVE
from zusage.promises.look import Look
from zusage.promises.page import asked, foreign, public_paths
from zusage.promises.portal import host
from zusage.promises.types import Evidence, judged, probe

MAILING = (
    "EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "ADMINS", "MANAGERS", "SERVER_EMAIL",
)  # fmt: skip
"""Django's own settings for mails, which this house doesn't use: its errors would go out with what they quote."""
NOWHERE = ("django.core.mail.backends.locmem.EmailBackend", "django.core.mail.backends.dummy.EmailBackend")
AT_HOME = ("StreamHandler", "NullHandler", "LogCaptureHandler", "_LiveLoggingNullHandler", "_FileHandler")
"""Handlers of logs that keep a record in the process (and those of a test run)."""


@probe(quick=True)
def nothing_else_sends(look: Look) -> Iterator[Evidence]:
    """Mails go through the gate alone, and no log leaves the process."""
    usual = {name: getattr(global_settings, name) for name in MAILING}
    own = {name: getattr(settings, name) for name in MAILING}
    changed = [f"{name} is set" for name, value in usual.items() if own[name] not in (value, *NOWHERE)]
    service = look.policy.recipients.get(MAIL_SERVICE)
    if settings.MAIL_URL and (service is None or service.contract is None):
        changed.append("mails go to a server that is no recipient of the policy's")
    yield judged("settings of mails", len(MAILING), changed)
    found = [handler for logger in _loggers() for handler in logger.handlers]
    yield judged("handlers of logs", len(found), (f"{type(one).__name__}" for one in found if _leaves(one)))


@probe(quick=True)
def pages_stay_home(look: Look) -> Iterator[Evidence]:
    """No public page makes a browser ask, or send to, anybody else; and its rules forbid it."""
    number, faults = 0, []
    for path in public_paths(look.policy, AUTHORITATIVE):
        page = asked(look, path)
        number += len(page.loads)
        faults += [f"{path} loads from {address[:60]}" for address in page.loads if foreign(address, host())]
    yield judged("addresses that public pages load", number, faults)
    rules = look.portal.get(f"/{AUTHORITATIVE}/").headers.get("content-security-policy", "")
    others = [
        word for word in rules.replace(";", " ").split() if "." in word or word.endswith(":") or word == "*"
    ]
    yield judged(
        "rules about what pages may load", len(rules.split(";")), others if rules else ["there are none"]
    )


def _loggers() -> Iterator[logging.Logger]:
    yield logging.getLogger()
    known = logging.root.manager.loggerDict.values()
    yield from (one for one in known if isinstance(one, logging.Logger))


def _leaves(handler: logging.Handler) -> bool:
    """Whether a handler of logs writes anywhere but to the process's own lines."""
    kind = type(handler)
    return kind.__name__ not in AT_HOME and not kind.__module__.startswith(("rich.", "gunicorn.", "_pytest."))
