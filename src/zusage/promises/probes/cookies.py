"""Probes of cookies: which are set, what they say, and that nobody has to take them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from http.cookies import SimpleCookie

from django.utils import timezone

from zusage.policy.law import asks_first
from zusage.policy.types import AUTHORITATIVE, INTERESTS
from zusage.promises.look import CouldNotLook, Look
from zusage.promises.page import public_paths
from zusage.promises.portal import Answer
from zusage.promises.types import Evidence, judged, kept, probe
from zusage.rules import interests

WILLING = {"Sec-GPC": "0", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
"""A browser that objects to nothing, and comes from a page of ours."""
FOREIGN = {"stranger": "1"}


@probe(quick=True)
def declared(look: Look) -> Iterator[Evidence]:
    """Public pages set no cookie that isn't declared, and none at all before a choice where the law wants one."""
    names = _names(look)
    paths = [*public_paths(look.policy, AUTHORITATIVE), _page()]
    set_ = [(path, name) for path in paths for name in look.portal.get(path, WILLING).cookies]
    yield judged(
        "public pages: cookies that nobody declared", len(paths),
        (f"{path} sets {name}" for path, name in set_ if name not in names),
    )  # fmt: skip
    if asks_first(look.policy.regimes):
        yield judged(
            "public pages: cookies before a choice",
            len(paths),
            (f"{path} sets {name}" for path, name in set_),
        )


@probe(quick=True)
def no_identifier(look: Look) -> Iterator[Evidence]:
    """Two browsers that do the same have the same cookie: nothing in it tells them apart."""
    if INTERESTS not in look.policy.cookies:
        yield kept("cookies of visitors: this agency has none", 0)
        return
    one, other = _journey(look), _journey(look)
    yield judged("what two browsers hold after the same pages", len(one), [] if one == other else ["differs"])
    known, longest = look.policy.topics, max(map(len, one.values()), default=0)
    life = timedelta(minutes=look.policy.cookies[INTERESTS].life_minutes)
    today = timezone.localdate(look.now)
    odd = [name for name, value in one.items() if interests.parse(value, known, today, life) is None]
    yield judged(f"their values, of at most {longest} characters", len(one), odd)


@probe(quick=True)
def topics(look: Look) -> Iterator[Evidence]:
    """What was allowed holds declared topics and the week; what isn't ours is dropped, and signals are honoured."""
    if INTERESTS not in look.policy.cookies:
        yield kept("the cookie for topics: this agency has none", 0)
        return
    held = _journey(look)
    name = next(iter(held), "")
    if not name:
        raise CouldNotLook("nothing was set after allowing it")
    said = interests.parse(held[name], look.policy.topics, timezone.localdate(look.now), timedelta(days=400))
    yield judged(
        "topics in the cookie", len(said.topics) if said else 0, [] if said and said.topics else [name]
    )
    tampered = look.portal.get(f"/{AUTHORITATIVE}/", {**WILLING, "Cookie": f"{name}=1.2026W01.{'x' * 400}"})
    dropped = tampered.status == 200 and "Max-Age=0" in tampered.cookies.get(name, "")
    yield judged("a cookie that isn't ours", 1, [] if dropped else ["it stays"])
    quiet = look.portal.get(_topic_page(look), {**WILLING, "Sec-GPC": "1"})
    yield judged("a page read with Global Privacy Control", 1, list(quiet.cookies))


@probe(quick=True)
def refusable(look: Look) -> Iterator[Evidence]:
    """All pages answer without cookies; a refusal is taken and holds; what is there can be deleted."""
    paths = list(public_paths(look.policy, AUTHORITATIVE))
    bad = [path for path in paths if look.portal.get(path, {**WILLING, "Cookie": ""}).status != 200]
    yield judged("public pages without any cookie", len(paths), bad)
    allowed = _journey(look) if INTERESTS in look.policy.cookies else FOREIGN
    page = look.portal.get(_page(), {**WILLING, "Cookie": _sent(allowed)})
    offers = [one for one in ("refuse", "delete") if f'value="{one}"' not in page.text]
    if INTERESTS not in look.policy.cookies:
        offers = [one for one in offers if one != "refuse"]
    yield judged(
        "ways out on the page of cookies", 2, [*offers, *([] if page.status == 200 else ["no page"])]
    )
    if INTERESTS in look.policy.cookies:
        refused = _held(look.portal.post(_page(), {"choice": "refuse"}, WILLING))
        after = look.portal.get(_topic_page(look), {**WILLING, "Cookie": _sent(refused)})
        named = [name for name, value in _held(after).items() if value not in refused.values()]
        yield judged(
            "what a browser that refused is given", len(refused), named if refused else ["not taken"]
        )
    gone = look.portal.post(_page(), {"choice": "delete"}, {**WILLING, "Cookie": _sent(allowed)})
    left = [name for name, said in gone.cookies.items() if "Max-Age=0" not in said]
    yield judged("cookies after deleting", len(gone.cookies), left)


def _names(look: Look) -> set[str]:
    """The names that may be set: with the prefix that https demands, and over plain http without."""
    declared = {one.name for one in look.policy.cookies.values()}
    return declared | {name.removeprefix("__Host-") for name in declared}


def _page() -> str:
    return f"/{AUTHORITATIVE}/privacy/cookies/"


def _topic_page(look: Look) -> str:
    pages = [page for topic in look.policy.topics.values() for page in topic.pages if "?" not in page]
    if not pages:
        raise CouldNotLook("no topic has a page")
    return f"/{AUTHORITATIVE}/{pages[0].strip('/')}/"


def _journey(look: Look) -> Mapping[str, str]:
    """The cookies of a browser that allowed them, and then read a page about a topic."""
    allowed = _held(look.portal.post(_page(), {"choice": "allow"}, WILLING))
    read = _held(look.portal.get(_topic_page(look), {**WILLING, "Cookie": _sent(allowed)}))
    return {**allowed, **read}


def _held(answer: Answer) -> dict[str, str]:
    """The cookies that an answer leaves in the browser: name -> value."""
    found: dict[str, str] = {}
    for name, said in answer.cookies.items():
        jar = SimpleCookie()
        jar.load(said)
        if name in jar and "Max-Age=0" not in said:
            found[name] = jar[name].value
    return found


def _sent(held: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in held.items())
