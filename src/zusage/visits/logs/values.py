"""What is counted of a field: a page, a browser, a host, a day. Each different field is read once, and remembered."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Generic, TypeVar

from zusage.visits import agents

Value = TypeVar("Value")
REMEMBERED = 20_000
LONGEST_KEY = 1000
LONGEST_PAGE = 200
NO_PAGE = "-"
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

_ABSOLUTE = re.compile("https?://[^/?#]*", re.IGNORECASE | re.ASCII)
# Scheme, user part, host, port; the rest is never looked at. Servers write bytes beyond ASCII as \\xe4.
_REFERRER = re.compile(
    r"""https?://(?:[^/?#@]*@)?(\[[0-9a-f:.]+\]|(?:[^/?#\\@:\x00-\x20"<>\x7f]|\\x[0-9a-f]{2})+)(?::\d*)?(?:[/?#\\].*)?""",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
Named = tuple[tuple[str, str], ...]
"""What a field counts for: dimensions with the value in each."""


class Read(dict[str, Value], Generic[Value]):
    """What `read` gives for each field, remembered for some twenty thousand fields of usual length."""

    def __init__(self, read: Callable[[str], Value]) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, field: str) -> Value:
        value = self.read(field)
        if len(field) <= LONGEST_KEY:
            if len(self) >= REMEMBERED:
                self.clear()
            self[field] = value
        return value


def page(request: str) -> str:
    """The path of a request line, as written, without query and fragment; ``-`` where there is none."""
    method, _, target = request.partition("?")[0].partition("#")[0].partition(" ")
    before, _, protocol = target.rpartition(" ")
    if before and protocol.startswith("HTTP/"):
        target = before
    if absolute := _ABSOLUTE.match(target):
        target = target[absolute.end() :] or "/"
    if not method.replace("-", "").isalpha() or not target.startswith(("/", "*")):
        return NO_PAGE
    return harmless(target)[:LONGEST_PAGE]


def host(referrer: str) -> str:
    """The host of a referrer in lower case, without user and port; empty where it names none."""
    found = _REFERRER.fullmatch(referrer)
    name = harmless(found.group(1)).lower().rstrip(".") if found else ""
    return name if len(name) <= 253 else ""


def agent(user_agent: str) -> agents.Agent:
    """Browser, system and robot of a user agent."""
    return agents.read(_text(user_agent[: agents.LONGEST]))


def day(written: str) -> date | None:
    """``17/May/2015`` as a date; None if there is no such day."""
    number, month, year = written.split("/")
    try:
        return date(int(year), MONTHS.index(month) + 1, int(number))
    except ValueError:
        return None


def harmless(field: str) -> str:
    """Text that any terminal, page and database can bear: what is no UTF-8 or not printable becomes �."""
    text = _text(field)
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _text(field: str) -> str:
    return field if field.isascii() else field.encode("latin-1").decode("utf-8", "replace")


def _of_day(written: str) -> Named:
    return (("day", str(day(written))),)


def _of_request(request: str) -> Named:
    return (("page", page(request)),)


def _of_referrer(referrer: str) -> Named:
    name = host(referrer)
    return (("referrer_host", name),) if name else ()


def _of_agent(user_agent: str) -> Named:
    browser, system, robot = agent(user_agent)
    return ("browser", browser), ("system", system), ("robot", "robot" if robot else "person")


DIMENSIONS = ("day", "page", "browser", "system", "referrer_host", "robot")
DAYS = Read(day)
# In the order of a line's columns: day, request, referrer, user agent.
COLUMNS: tuple[Read[Named], ...] = (Read(_of_day), Read(_of_request), Read(_of_referrer), Read(_of_agent))
