"""Whether what is blocked stays shut, to everybody but the person and the lawful exceptions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.apps import apps

from zusage.actions.base import Conflict
from zusage.actions.disclose import NotDisclosed, Order, disclose
from zusage.actions.rights import restrict
from zusage.models import Staff
from zusage.policy.types import Policy
from zusage.promises import lines
from zusage.promises.lines import Line
from zusage.promises.look import CouldNotLook, Look, marks_in
from zusage.promises.plant import Planted
from zusage.promises.rehearsal import asks, noted, rehearsed, somebody
from zusage.promises.types import Evidence, judged, probe
from zusage.queries import inbox, office
from zusage.rules.problems import Problem
from zusage.vault import api as vault
from zusage.vault.models import Restriction, Tombstone, Warrant
from zusage.vault.sealed import of_subjects, sealed_columns

NEWEST = 2000
AT_ONCE = timedelta(seconds=1)
"""An opening that began before the blocking was committed may end so much later."""
OWN = "subject"


@probe(quick=True)
def stays_shut(look: Look) -> Iterator[Evidence]:
    """The protocol: nobody opened, for a purpose that is blocked, what was blocked then."""
    opened = [one for one in lines.newest(NEWEST) if one.act == "open" and one.actor_kind != OWN]
    since = _restrictions({one.subject_id for one in opened if one.subject_id})
    yield judged("the newest openings", len(opened), _opened(opened, since, look.policy))
    live = Restriction.objects.filter(kind="restriction", ended_at=None).order_by("-pk")
    subjects = set(live.values_list("subject_id", flat=True)[:NEWEST])
    blocked = [one for one in lines.about(subjects, ["open"]) if one.actor_kind != OWN]
    yield judged(
        "openings of people who are blocked now",
        len(subjects),
        _opened(blocked, _restrictions(subjects), look.policy),
    )


@probe(quick=True)
def stands(look: Look) -> Iterator[Evidence]:
    """What the newest lines of the protocol say was blocked is so still, unless a line says that it was lifted."""
    told = [one for one in lines.newest(NEWEST) if one.act == "block" and one.subject_id]
    subjects = {one.subject_id for one in told if one.subject_id}
    live: set[tuple[Any, str]] = set()
    for piece in lines.pieces(list(subjects)):
        rows = Restriction.objects.filter(subject_id__in=piece, ended_at=None)
        live |= set(rows.values_list("subject_id", "purpose"))
        stones = Tombstone.objects.filter(subject_id__in=piece)
        live |= set(stones.values_list("subject_id", "purpose"))
    over = {(one.subject_id, one.purpose) for one in lines.about(subjects, ["unblock", "erase", "sweep"])}
    known = live | over
    gone = [one for one in told if not known & {(one.subject_id, one.purpose), (one.subject_id, "")}]
    yield judged(
        "what was blocked of late",
        len(told),
        (
            f"subject {one.subject_id} isn't blocked for {one.purpose} any more, and nobody lifted it"
            for one in gone
        ),
    )


@probe(quick=False)
def one_is_blocked(look: Look) -> Iterator[Evidence]:
    """Somebody planted is blocked, as an officer does it; then everybody tries to open, list, find and pass on."""
    person, declared = look.person, look.policy
    with rehearsed():
        people = {role: somebody(role) for role in declared.roles}
        noted(person, "Probe der Sperrung")
        before = _opens(person, people, declared)
        restrict.block(people["officer"], asks(person, "blocking").pk)
        after = _opens(person, people, declared)
        pages = _pages(person, people)
        gate = list(_gate(person, people, declared))
    if not before:
        raise CouldNotLook("nobody could open it even before it was blocked")
    tries = sum(len(one.opens) for one in declared.roles.values())
    yield judged("openings for every purpose of every role", tries, after)
    yield judged("the inbox, the page and the search of every role", len(people), pages)
    yield judged("recipients at the gate", len(declared.recipients), gate)


def _opened(
    opened: Sequence[Line], since: dict[UUID, list[tuple[str, Any, Any]]], declared: Policy
) -> Iterator[str]:
    for one in opened:
        purpose = declared.purposes.get(one.purpose)
        if one.subject_id is None or (purpose and purpose.exception):
            continue
        # A further purpose opens what was collected for those it belongs to: shut when all of them are.
        of = set(purpose.of) if purpose else set()
        shut = {
            blocked
            for blocked, begun, ended in since.get(one.subject_id, ())
            if one.at > begun + AT_ONCE and (ended is None or one.at < ended)
        }
        if shut & {"", one.purpose} or (of and of <= shut):
            yield f"{one.record_type} {one.record_id} was opened for {one.purpose} while it was blocked"


def _restrictions(subjects: set[UUID]) -> dict[UUID, list[tuple[str, Any, Any]]]:
    found: dict[UUID, list[tuple[str, Any, Any]]] = defaultdict(list)
    for piece in lines.pieces(list(subjects)):
        rows = Restriction.objects.filter(subject_id__in=piece, kind="restriction")
        for subject, purpose, since, ended in rows.values_list("subject_id", "purpose", "since", "ended_at"):
            found[subject].append((purpose, since, ended))
    return found


def _opens(person: Planted, people: dict[str, Staff], declared: Policy) -> list[str]:
    """Which roles open which of the person's values for which purpose, where nothing on record asks for it."""
    live = Warrant.objects.filter(subject_id=person.subject_id, ended_at=None)
    asked_for = set(live.values_list("purpose", flat=True))
    found = []
    for model in apps.get_models():
        rows = list(of_subjects(model, [person.subject_id])) if sealed_columns(model) else []
        mine = [row for row in rows if row.purpose == person.purpose]
        for role, who in people.items():
            for purpose in set(declared.roles[role].opens) - asked_for:
                results = vault.open_many(mine, purpose, vault.Actor.staff(who))
                if any(result and not isinstance(result, vault.Refused) for result in results):
                    found.append(f"the {role} opens {model._meta.label} for {purpose}")
    return found


def _pages(person: Planted, people: dict[str, Staff]) -> list[str]:
    """What the office's pages show of the person's marked values."""
    found = []
    for role, who in people.items():
        if person.purpose not in inbox.kinds(role):
            continue
        page = office.submission(who, person.submission_id)
        listed = inbox.submissions(who, inbox.Filters(state="all")).filter(pk=person.submission_id)
        shown = {"inbox": inbox.rows(who, list(listed)), "page": page}
        for name, what in shown.items():
            found += [f"the {role}'s {name} shows {mark}" for mark in marks_in(str(what), person.marks)]
    return found


def _gate(person: Planted, people: dict[str, Staff], declared: Policy) -> Iterator[str]:
    """To whom the gate would give what is blocked."""
    values = list(of_subjects(apps.get_model("zusage.SubmissionValue"), [person.subject_id]))
    for recipient in declared.recipients:
        for role, who in people.items():
            if person.purpose not in declared.roles[role].opens:
                continue
            try:
                disclose(vault.Actor.staff(who), Order(recipient, person.purpose, "contract", "json"), values)
            except (NotDisclosed, vault.Refused, Conflict, Problem):
                continue
            yield f"the {role} passes it on to {recipient}"
