"""What a user agent says of itself: browser family with its major version, operating system, robot or not."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

import crawleruseragents
import re2
from ua_parser import parse_os, parse_user_agent

LONGEST = 400
KEPT = 20_000
UNKNOWN = "unknown"


class Agent(NamedTuple):
    """`browser`: family and major version, such as ``Firefox 120``. `system`: family, such as ``Windows``."""

    browser: str
    system: str
    robot: bool


@lru_cache(KEPT)
def read(user_agent: str) -> Agent:
    """What `user_agent` says. Never raises; what nobody knows is ``unknown``. Answers are kept in memory, so many."""
    text = user_agent[:LONGEST].encode("utf-8", "replace").decode("utf-8")  # no half characters
    browser, system = parse_user_agent(text), parse_os(text)
    name = UNKNOWN if browser is None else " ".join(filter(None, (browser.family, browser.major)))
    return Agent(_tidy(name), _tidy(system.family if system else UNKNOWN), is_robot(text))


def _tidy(name: str) -> str:
    """A name as a store takes it, and as one can read it: some are cut from what was sent."""
    return "".join(filter(str.isprintable, name))[:60].strip() or UNKNOWN


def is_robot(user_agent: str) -> bool:
    """Whether the list of robots knows it; whoever says nothing at all is no browser either."""
    return not user_agent.strip("- ") or bool(_robots().Match(user_agent.encode("utf-8", "replace")))


@cache
def _robots() -> re2.Set:
    """All patterns of the list as one set, gone through once for each user agent."""
    options = re2.Options()
    options.log_errors = False
    found = re2.Set.SearchSet(options)
    for crawler in crawleruseragents.CRAWLER_USER_AGENTS_DATA:
        found.Add(crawler["pattern"])
    found.Compile()
    return found
