"""The promises and whether they are kept: for people, and for machines, with the signed history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from zusage.policy.sections import SECTIONS
from zusage.policy.types import Language
from zusage.queries import proofs as queries
from zusage.queries.proofs import Standing
from zusage.rules import history
from zusage.tenant import policy
from zusage.vault.signing import public_key
from zusage.web.times import ago
from zusage.web.words import counted, say

HEIGHTS = {"kept": (4, 16), "broken": (0, 24), "unknown": (0, 24), "none": (18, 2)}
"""Where the bar of a day in this state begins, and how high it is; `none`: nobody looked."""
STATES = tuple(HEIGHTS)


@dataclass(frozen=True, slots=True)
class Span:
    """Days on end in one state."""

    first: date
    last: date
    state: str


@require_safe
def page(request: HttpRequest, language: Language) -> HttpResponse:
    """Each promise with its mark, how it is kept, when it was looked at, and ninety days of it."""
    standing = queries.standing()
    shown, results = queries.by_day()
    rows = {one.promise: _row(language, one, shown, results) for one in standing}
    sections = [
        (
            say_section(language, clause),
            [rows[id_] for id_ in rows if policy().promises[id_].clause == clause],
        )
        for clause in SECTIONS
    ]
    key = public_key().hex()
    context = {
        "sections": [(title, found) for title, found in sections if found],
        "summary": _summary(language, standing),
        "all_kept": all(one.state == "kept" for one in standing),
        "public_key": key,
        "dns": f'_zusage-proofs TXT "v=zusage1; k=ed25519; p={key}"',
        "width": 4 * len(shown),
    }
    return render(request, "public/promises.html", context)


@require_safe
def machines(request: HttpRequest) -> HttpResponse:
    """How each promise stands, and the history, as ``rules.history`` defines it."""
    found = {
        "tenant": policy().controller.name,
        "at": timezone.now().isoformat(timespec="seconds"),
        "promises": [
            {"id": one.promise, "state": one.state, "since": _iso(one.since), "at": _iso(one.at)}
            for one in queries.standing()
        ],
        "public_key": public_key().hex(),
        "history": [history.plain(one) for one in queries.days()],
    }
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})


def say_section(language: Language, clause: str) -> str:
    """The title of a section of the notice."""
    return policy().text(language, f"notice.{clause}.title")


def _row(
    language: Language, one: Standing, shown: Sequence[date], results: Mapping[date, Mapping[str, Any]]
) -> dict[str, Any]:
    states = [str(results.get(day, {}).get(one.promise, "none")) for day in shown]
    counts = {state: states.count(state) for state in STATES}
    return {
        "id": one.promise,
        "state": one.state,
        "word": say(language, f"proof.state.{one.state}"),
        "text": policy().text(language, f"promise.{one.promise}.text"),
        "how": policy().text(language, f"promise.{one.promise}.how"),
        "proved": say(language, "proof.proved", ago=ago(language, one.at))
        if one.at
        else say(language, "proof.never"),
        "since": one.since if one.state == "broken" else None,
        "bars": [(state, _bars(states, state)) for state in STATES if state in states],
        "bars_said": say(language, "proof.bars_said", **counts),
        "spans": list(_spans(shown, states)),
    }


def _bars(states: Sequence[str], state: str) -> str:
    """The bars of the days in one state as one path: four units a day, taller where something is wrong."""
    top, height = HEIGHTS[state]
    days = (number for number, one in enumerate(states) if one == state)
    return "".join(f"M{4 * number} {top}h3v{height}h-3z" for number in days)


def _spans(shown: Sequence[date], states: Sequence[str]) -> Iterator[Span]:
    """The days as a table has them, the newest first."""
    pairs = list(zip(shown, states, strict=True))[::-1]
    for state, days in groupby(pairs, key=lambda pair: pair[1]):
        found = [day for day, _ in days]
        yield Span(found[-1], found[0], state)


def _summary(language: str, standing: Sequence[Standing]) -> list[str]:
    broken = sum(one.state == "broken" for one in standing)
    unknown = sum(one.state == "unknown" for one in standing)
    said = []
    if broken:
        said.append(counted(language, "proof.not_all", broken))
    if unknown:
        said.append(counted(language, "proof.some_unknown", unknown))
    return said or [say(language, "proof.all_kept", n=len(standing))]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
