"""Probes of purposes: what was given for one opens for no other, and forms say beforehand what it is for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.apps import apps

from zusage.models import Staff, SubmissionValue
from zusage.policy.page import Page as Said
from zusage.policy.types import AUTHORITATIVE, LANGUAGES, Language, Policy, Purpose
from zusage.promises.look import CouldNotLook, Look
from zusage.promises.page import Page, asked
from zusage.promises.plant import UNDECLARED
from zusage.promises.spans import Spans, covered, erased, spans
from zusage.promises.stored import Line, chunks, every_line, newest_lines
from zusage.promises.types import Evidence, judged, probe
from zusage.vault import api as vault
from zusage.vault.door import OPENS_FORMS, SYSTEM_OPENS
from zusage.vault.models import Consent, Warrant
from zusage.vault.sealed import apart

PROVER = "prover"


@probe(quick=False)
def wrong_purpose(look: Look) -> Iterator[Evidence]:
    """Somebody planted opens for themselves; for no other purpose, no role without it, and nobody else's eyes."""
    person = look.person
    values = list(SubmissionValue.objects.filter(submission_id=person.submission_id))
    declared = {one.field for one in _form(look.policy, person.purpose)}
    stray = [f"the field {one.field} was kept" for one in values if one.field not in declared]
    yield judged("fields kept of a form with one too many", len(values), stray)
    own = vault.open_many(values, person.purpose, vault.Actor.subject(person.subject_id))
    opened = {
        row.field: one["value"]
        for row, one in zip(values, own, strict=True)
        if not isinstance(one, vault.Refused)
    }
    lost = [
        f"{name} doesn't open to what was sent"
        for name in person.marks
        if opened.get(name) != person.marks[name]
    ]
    if UNDECLARED in person.marks or not opened:
        raise CouldNotLook("the planted person's values don't open")
    yield judged("planted values opened by their person", len(opened), lost)
    tried = list(_attempts(look.policy, person.purpose))
    opening = [one for one in tried if _opens(values, *one)]
    faults = (f"{actor.role or actor.kind} opened for {purpose}" for actor, purpose in opening)
    yield judged("openings of planted values by others or for other purposes", len(tried), faults)


@probe(quick=True)
def openings(look: Look) -> Iterator[Evidence]:
    """Each of the newest openings in the protocol was for a purpose that allows it."""
    lines = [one for one in newest_lines(look) if one.act == "open"]
    yield judged("newest openings in the protocol", len(lines), _wrong(look.policy, lines))


@probe(quick=False)
def all_openings(look: Look) -> Iterator[Evidence]:
    """So was every opening that the protocol still knows."""
    number, faults = 0, []
    for piece in chunks(every_line("open"), 2000):
        number += len(piece)
        faults += list(_wrong(look.policy, piece))[:50]
    yield judged("openings in the protocol", number, faults)


@probe(quick=True)
def told_at_the_form(look: Look) -> Iterator[Evidence]:
    """Each form says purpose, basis, period and recipients, and asks for each further purpose by an empty box."""
    yield from _told(look, AUTHORITATIVE)


@probe(quick=False)
def told_in_every_language(look: Look) -> Iterator[Evidence]:
    """So it does in the other languages."""
    for language in LANGUAGES:
        if language != AUTHORITATIVE:
            yield from _told(look, language)


def _form(policy: Policy, purpose: str) -> Iterable[Any]:
    form = policy.purposes[purpose].form
    return form.fields if form else ()


def _system_opens(policy: Policy, part: str) -> set[str]:
    """The purposes for which a part of the house opens by itself."""
    forms = {one.id for one in policy.form_purposes()} if part in OPENS_FORMS else set()
    return forms | set(SYSTEM_OPENS.get(part, ()))


def _attempts(policy: Policy, own: str) -> Iterator[tuple[vault.Actor, str]]:
    """Who might try to open what was given for `own`, and for which purpose, and may not."""
    for role in policy.roles.values():
        for purpose in policy.purposes:
            if purpose != own or own not in role.opens:
                yield vault.Actor("staff", PROVER, role.id), purpose
    for part in (*SYSTEM_OPENS, PROVER):
        for purpose in set(policy.purposes) - (_system_opens(policy, part) & {own}):
            yield vault.Actor.system(part), purpose
    yield vault.Actor.subject(UUID(int=0)), own
    yield vault.Actor("staff", PROVER, "nobody"), own


def _opens(values: list[SubmissionValue], actor: vault.Actor, purpose: str) -> bool:
    """Whether any value opens, which it mustn't. What is refused leaves no line."""
    try:
        return any(not isinstance(one, vault.Refused) for one in vault.open_many(values, purpose, actor))
    except vault.Refused:
        return False


def _wrong(policy: Policy, lines: list[Line]) -> Iterator[str]:
    """What is wrong with openings, as the protocol has them."""
    kept_for = _purposes(lines)
    subjects = {one.subject_id for one in lines if one.subject_id}
    warrants = spans(Warrant, subjects, "since", "ended_at")
    consents = spans(Consent, subjects, "given_at", "withdrawn_at")
    gone = erased(subjects)
    roles = {str(pk): role for pk, role in Staff.objects.values_list("pk", "role")}
    for line in lines:
        if line.actor_kind == "subject":
            if line.actor_id != str(line.subject_id):
                yield f"a subject opened another's {line.record_type}"
            continue
        purpose = policy.purposes.get(line.purpose)
        if purpose is None:
            yield f"{line.record_type} was opened for '{line.purpose}', which isn't declared"
            continue
        role = roles.get(line.actor_id) if line.actor_kind == "staff" else None
        if role and line.purpose not in policy.roles[role].opens:
            yield f"{role} opened {line.record_type} for {line.purpose}"
        if line.actor_kind == "system" and line.purpose not in _system_opens(policy, line.actor_id):
            yield f"{line.actor_id} opened {line.record_type} for {line.purpose}"
        if line.subject_id and gone.get(line.subject_id, set()) & {"", line.purpose}:
            continue  # and with it the consent or the warrant
        for held in {kept_for.get((line.record_type, row), "") for row in apart(line.record_id)}:
            if held and held != line.purpose and not _further(purpose, held, line, warrants, consents):
                yield f"{line.record_type} of {held} was opened for {line.purpose}"


def _further(purpose: Purpose, held: str, line: Line, warrants: Spans, consents: Spans) -> bool:
    """Whether what is held for one purpose could be opened for another at that moment."""
    about = (line.subject_id, purpose.id)
    if purpose.exception:
        return covered(warrants.get(about, ()), line.at)
    return held in purpose.of and covered(consents.get(about, ()), line.at)


def _purposes(lines: list[Line]) -> dict[tuple[str, str], str]:
    """(table, row) -> the purpose that the row was collected for, of the rows that are still there."""
    found: dict[tuple[str, str], str] = {}
    by_table: dict[str, set[str]] = {}
    for line in lines:
        by_table.setdefault(line.record_type, set()).add(line.record_id.partition(":")[0])
    for label, names in by_table.items():
        try:
            model: Any = apps.get_model(label)
        except (LookupError, ValueError):
            continue
        if "purpose" not in {one.name for one in model._meta.concrete_fields}:
            continue
        whole = model is SubmissionValue
        key = "submission_id" if whole else "pk"
        for piece in chunks(filter(None, map(_uuid, names))):
            more = ("field",) if whole else ()
            rows = model._default_manager.filter(**{f"{key}__in": piece}).values_list(key, "purpose", *more)
            for pk, purpose, *rest in rows:
                found[label, ":".join([str(pk), *rest])] = purpose
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _told(look: Look, language: Language) -> Iterator[Evidence]:
    for purpose in look.policy.form_purposes():
        assert purpose.form is not None
        path = f"/{language}/{purpose.form.path.strip('/')}/"
        page = asked(look, path)
        yield judged(
            f"what {path} says", len(purpose.recipients), _untold(look.policy, purpose, page, language)
        )


def _untold(policy: Policy, purpose: Purpose, page: Page, language: Language) -> Iterator[str]:
    """What a form's page doesn't say, and boxes that aren't as they must be."""
    yield from (f"it doesn't say {one}" for one in _missing(policy, purpose, page, language))
    asks = {one.field for one in _form(policy, purpose.id)}
    further = [one for one in policy.further_purposes(purpose.id) if asks & set(one.fields)]
    for one in further:
        box = page.named(f"consent_{one.id}")
        if box is None or box.kind != "checkbox":
            yield f"it doesn't ask for {one.id} by a box"
            continue
        if box.checked or box.required:
            yield f"the box of {one.id} is ticked, or has to be"
        if not box.label:
            yield f"the box of {one.id} says nothing"
        yield from (f"it doesn't say {what} of {one.id}" for what in _missing(policy, one, page, language))
    known = {f"consent_{one.id}" for one in further}
    yield from (
        f"it asks for {one.name}, which isn't declared"
        for one in page.inputs
        if one.name.startswith("consent_") and one.name not in known
    )


def _missing(policy: Policy, purpose: Purpose, page: Page, language: Language) -> Iterator[str]:
    said = Said(policy, language)
    words = {
        "its purpose": [said.text(f"purpose.{purpose.id}.title")],
        "its basis": [said.text(f"basis.{purpose.basis}.text"), said.articles(purpose)],
        "its period": [said.period(purpose)],
        "its recipients": [said.text(f"recipient.{one}.name") for one in purpose.recipients],
    }
    for what, texts in words.items():
        if not all(page.says(text) for text in texts if text):
            yield what
