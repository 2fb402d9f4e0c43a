"""The protocol, for the protection officer alone: who did what, when, for which purpose. Each look leaves its line."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from zusage.actions import protocol as actions
from zusage.protocol.models import Entry
from zusage.queries import protocol as queries
from zusage.queries.protocol import KINDS, SINCE, Filters
from zusage.rules.access.words import words
from zusage.tenant import policy
from zusage.web.office.access import StaffRequest, office
from zusage.web.office.filters import groups
from zusage.web.words import say


@require_safe
@office("officer")
def protocol(request: StaffRequest) -> HttpResponse:
    """A page of entries. A subject that is no id keeps what was typed, and shows nothing."""
    language = request.user.language
    try:
        chosen, typed = queries.filters(request.GET), ""
    except ValueError:
        typed = request.GET.get("subject", "")
        return render(request, "office/protocol.html", {"wrong": True, "typed": typed[:100]}, status=422)
    page = queries.entries(chosen, request.GET.get("page", "1"))
    lines = list(page.object_list)
    actions.look(request.user, chosen.subject, chosen.act, str(page.number))
    names = queries.authors(lines)
    context = {
        "rows": [_line(language, one, names) for one in lines],
        "page": page,
        "seal": queries.sealed(),
        "narrowed": chosen != Filters(),
        "chosen": chosen.query(subject=""),
        "typed": str(chosen.subject or ""),
        "groups": _groups(language, chosen),
        "earlier": _address(chosen, page=str(page.previous_page_number())) if page.has_previous() else "",
        "later": _address(chosen, page=str(page.next_page_number())) if page.has_next() else "",
    }
    return render(request, "office/protocol.html", context)


def _line(language: str, one: Entry, names: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """An entry in words of the policy; the id where it has none for it."""
    known = policy().words[language]  # type: ignore[index]
    name, role = names.get(one.actor_id, ("", ""))
    actor = "" if one.actor_kind == "subject" and one.actor_id == str(one.subject_id) else one.actor_id
    return {
        "position": one.position,
        "at": one.at,
        "act": _act(language, one.act),
        "kind": say(language, f"office.protocol.kind_{one.actor_kind}") if one.actor_kind in KINDS else one.actor_kind,
        "actor": f"{name} ({known.get(f'role.{role}.name', role)})" if name else actor,
        "purpose": known.get(f"purpose.{one.purpose}.title", one.purpose),
        "recipient": known.get(f"recipient.{one.recipient}.name", one.recipient),
        "record": _record(language, one.record_type),
        "record_id": one.record_id,
        "subject": str(one.subject_id or ""),
        "url": _address(Filters(since="all", subject=one.subject_id)) if one.subject_id else "",
    }  # fmt: skip


def _act(language: str, act: str) -> str:
    return words(language).get(f"act.{act}", act)


def _record(language: str, label: str) -> str:
    """The protocol names tables in small letters."""
    tables = (key for key in words(language) if key.startswith("table."))
    found = next((key for key in tables if key.removeprefix("table.").lower() == label), "")
    return words(language)[found] if found else label


def _groups(language: str, chosen: Filters) -> list[dict[str, Any]]:
    counts = queries.counts(chosen)
    everything = ("", say(language, "office.inbox.any"))
    acts = sorted((_act(language, act), act) for act in counts["act"] if act)
    offered = [
        ("since", "since", [(one, say(language, f"office.protocol.since_{one}")) for one in SINCE]),
        ("who", "who", [everything, *((one, say(language, f"office.protocol.kind_{one}")) for one in KINDS)]),
        ("act", "act", [everything, *((act, said) for said, act in acts)]),
    ]
    titled = [(name, say(language, f"office.protocol.{title}"), choices) for name, title, choices in offered]
    return groups(titled, chosen, counts, _address, always=("since",))


def _address(chosen: Filters, **other: str) -> str:
    parts = chosen.query(**other)
    return f"{reverse('office-protocol')}?{urlencode(parts)}" if parts else reverse("office-protocol")


urls = [path("protocol/", protocol, name="office-protocol")]
