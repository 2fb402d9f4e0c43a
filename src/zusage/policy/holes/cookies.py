"""cookies.toml: what is set, and the topics that one of the cookies may name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zusage.policy.holes.said import known
from zusage.policy.types import INTERESTS, Cookie, Finding, Policy, Topic

FILE = "cookies.toml"
NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 6265 4.1.1
WEEK = 7 * 24 * 60
MOST_TOPICS = 8
PAGES = ("genuine", "privacy", "privacy/record", "privacy/promises", "privacy/versions", "privacy/cookies")
"""The public pages of every tenant that a topic may name, beside its forms and the page of rights."""
ABOUT = ("not-me", "creditors", "jobs")
"""What a form may be about beside its purpose: ``contact?about=jobs``."""


def cookies(policy: Policy) -> Iterator[Finding]:
    """Holes in the cookies: the mailbox and the office each need one, and public pages set none but for topics."""
    for place in ("mailbox", "office"):
        if not any(cookie.where == place for cookie in policy.cookies.values()):
            yield Finding(
                FILE,
                "cookie",
                f"No cookie is declared for the {place}, which stays open by one.",
                f'Declare one with where = "{place}".',
            )
    seen: set[str] = set()
    for cookie in policy.cookies.values():
        place = f"cookie.{cookie.id}.name"
        if not NAME.fullmatch(cookie.name):
            yield Finding(FILE, place, "This can't be a cookie's name.", "Use letters, digits, - and _.")
        if cookie.name in seen:
            yield Finding(FILE, place, "Another cookie has this name.", "Declare each cookie once.")
        seen.add(cookie.name)
        yield from _interests(cookie) if cookie.id == INTERESTS else _door(cookie)


def topics(policy: Policy) -> Iterator[Finding]:
    """Holes in the topics: each is remembered by a cookie, and each of its pages is there, for it alone."""
    if bool(policy.topics) != (INTERESTS in policy.cookies):
        yield Finding(
            FILE,
            "topic" if policy.topics else f"cookie.{INTERESTS}",
            "Topics are declared, and no cookie remembers them."
            if policy.topics
            else "This cookie remembers topics, and none is declared.",
            f"Declare both, [cookie.{INTERESTS}] and [topic.…], or neither.",
        )
    if len(policy.topics) > MOST_TOPICS:
        yield Finding(
            FILE,
            "topic",
            f"So many topics make a cookie that tells one visitor from others: there are {len(policy.topics)}.",
            f"Keep to {MOST_TOPICS}.",
        )
    seen: set[str] = set()
    for topic in policy.topics.values():
        yield from _topic(policy, topic)
        for page in topic.pages:
            if page in seen:
                yield Finding(
                    FILE, f"topic.{topic.id}.pages", f"«{page}» belongs to another topic.", "Name it once."
                )
            seen.add(page)


def pages(policy: Policy) -> tuple[str, ...]:
    """The pages that a topic of this tenant may name."""
    forms = [one.form.path.strip("/") for one in policy.form_purposes() if one.form]
    rights = ["privacy/rights"] if "rights" in policy.purposes else []
    return (*PAGES, *rights, *forms, *(f"{form}?about={one}" for form in forms for one in ABOUT))


def _topic(policy: Policy, topic: Topic) -> Iterator[Finding]:
    place, there = f"topic.{topic.id}.pages", pages(policy)
    if "_" in topic.id or "-" in topic.id:
        yield Finding(
            FILE, f"topic.{topic.id}", "The cookie joins topics by hyphens.", "Use letters and digits only."
        )
    if not topic.pages:
        yield Finding(FILE, place, "No page speaks of this topic: nobody could show interest.", known(there))
    for page in topic.pages:
        if page not in there:
            yield Finding(FILE, place, f"There is no public page «{page[:60]}».", known(there))


def _interests(cookie: Cookie) -> Iterator[Finding]:
    place = f"cookie.{cookie.id}"
    if cookie.where != "public":
        yield Finding(
            FILE, f"{place}.where", "This cookie is set by public pages.", 'Write where = "public".'
        )
    if cookie.necessary:
        yield Finding(
            FILE,
            f"{place}.necessary",
            "Nobody needs a cookie that only rearranges a page (FMG 45c, TDDDG 25): it must be refusable.",
            "Write necessary = false.",
        )
    if cookie.life_minutes < WEEK:
        yield Finding(
            FILE,
            f"{place}.life_minutes",
            "It remembers no time finer than a week, so it can't live for less; a refusal would be asked anew.",
            f"Write at least {WEEK} minutes (a week).",
        )


def _door(cookie: Cookie) -> Iterator[Finding]:
    if cookie.where == "public":
        yield Finding(
            FILE,
            f"cookie.{cookie.id}.where",
            "Public pages set no such cookie.",
            f"Only [cookie.{INTERESTS}] is set there: take this one out.",
        )
    if not cookie.necessary:
        yield Finding(
            FILE,
            f"cookie.{cookie.id}.necessary",
            f"The {cookie.where} doesn't open without this cookie, so nobody can refuse it.",
            "Write necessary = true.",
        )
