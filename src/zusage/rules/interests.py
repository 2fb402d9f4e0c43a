"""The cookie for topics: the few values that it can have, what a page adds, and when it may be set at all.

A value is a version, perhaps a choice, an ISO week and topics, newest first: ``1.2026W48.payment-letter``;
``1.open.…`` where nobody has chosen yet, ``1.yes`` where somebody allowed it and has read nothing since, ``1.no`` for a
refusal. With five topics and half a year that makes fewer than 800 values (a test counts them): too few to tell people
apart by.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from zusage.policy.types import Policy

Choice = Literal["", "allowed", "refused"]
MOST: dict[Choice, int] = {"allowed": 2, "": 1, "refused": 0}
"""How many topics are remembered: fewer as long as nobody has chosen."""
LONGEST = 200
VALUE = re.compile(r"1\.(?P<open>open\.)?(?P<year>\d{4})W(?P<week>\d{2})\.(?P<topics>[a-z0-9-]+)", re.ASCII)
WORDS: dict[str, Choice] = {"1.yes": "allowed", "1.no": "refused"}


@dataclass(frozen=True, slots=True)
class Interests:
    """What a browser remembers. `topics`, newest first, were read of until `week` (its Monday); none: no week."""

    choice: Choice = ""
    topics: tuple[str, ...] = ()
    week: date | None = None


def parse(value: str, known: Collection[str], today: date, life: timedelta) -> Interests | None:
    """What `value` says; None if it is none that `written` makes of `known` topics, or older than `life`."""
    if value in WORDS:
        return Interests(WORDS[value])
    match = VALUE.fullmatch(value) if len(value) <= LONGEST else None
    if not match:
        return None
    try:
        week = date.fromisocalendar(int(match["year"]), int(match["week"]), 1)
    except ValueError:
        return None
    topics = tuple(match["topics"].split("-"))
    choice: Choice = "" if match["open"] else "allowed"
    whole = len(topics) <= MOST[choice] and len(set(topics)) == len(topics) and set(topics) <= set(known)
    return Interests(choice, topics, week) if whole and timedelta(0) <= today - week <= life else None


def written(interests: Interests) -> str:
    """The cookie's value. ValueError where there is nothing to remember."""
    if interests.week and interests.topics:
        year, week, _ = interests.week.isocalendar()
        return f"1.{'' if interests.choice else 'open.'}{year}W{week:02}.{'-'.join(interests.topics)}"
    for word, choice in WORDS.items():
        if choice == interests.choice:
            return word
    raise ValueError("nothing to remember")


def add(interests: Interests, topic: str, today: date) -> Interests:
    """`topic` read of today: it is the newest one, and the oldest may fall out."""
    topics = (topic, *(one for one in interests.topics if one != topic))[: MOST[interests.choice]]
    return replace(interests, topics=topics, week=today - timedelta(days=today.weekday()))


def after_view(
    held: Interests | None, topic: str, today: date, *, asks_first: bool, gpc: bool, informed: bool
) -> Interests | None:
    """What may be remembered after a page about `topic` (none: empty) was shown; None: nothing.

    `held` is what the browser sent. `asks_first`: a law that applies wants consent (TDDDG 25); else information and a
    way to refuse will do (FMG 45c), and `informed` says that the person came from a page of ours that bears both.
    `gpc`: the browser signals Global Privacy Control, which is a refusal of everything, whatever was allowed before.
    """
    if gpc:
        return None
    now = held or Interests()
    if now.choice == "refused":
        return now
    if asks_first and now.choice != "allowed":
        return None
    if topic and (now.choice == "allowed" or now.topics or informed):
        return add(now, topic, today)
    return now if now != Interests() else None


def topic_of(policy: Policy, page: str, about: str = "") -> str:
    """The topic of a public page: its path beneath the language, and what a form is ``?about=``. Empty: of none."""
    for name in (f"{page}?about={about}", page):
        for topic in policy.topics.values():
            if name in topic.pages:
                return topic.id
    return ""
