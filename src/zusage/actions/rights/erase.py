"""Deletion on request, split by the law: what may go goes, what must stay is blocked, and the person is told both.

A transaction for each subject that the request concerns; whatever breaks off, pressing the button again does the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from zusage.actions.base import Conflict, action
from zusage.actions.forgetting import forget, forget_in_others
from zusage.actions.mailbox import once
from zusage.actions.rights import letters
from zusage.actions.rights.steps import close, concerned, locked, step
from zusage.models import (
    COLLECTION,
    RIGHTS,
    Assignment,
    Correction,
    Mailbox,
    Message,
    Plan,
    RightsRequest,
    Staff,
    Step,
    Submission,
)
from zusage.models.inventory import tables
from zusage.models.stored import OWN
from zusage.protocol.outbox import Actor, Deed, record
from zusage.queries.held import held, holds
from zusage.queries.rights_request import involved
from zusage.rules import erasure
from zusage.rules.erasure import Fate
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import Consent, DataKey, Restriction
from zusage.vault.sealed import BY_FIELD, columns_of

GROUND = "request"
HOLD = "hold"
"""The ground of a restriction that stands in for a deletion as long as a legal hold lasts."""
LOG = "system"
"""The source of what comes to be by the work itself, such as the protocol: nobody deletes a line of it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What becomes of the data of one subject. `parts`: what the vault erases."""

    about_id: UUID
    fates: tuple[Fate, ...]
    parts: tuple[vault.Part, ...]

    @property
    def going(self) -> list[Fate]:
        """What goes, in the order of the policy."""
        return [fate for fate in self.fates if fate.goes]

    @property
    def staying(self) -> list[Fate]:
        """What stays."""
        return [fate for fate in self.fates if not fate.goes]


def plan(officer: Staff, request_id: UUID) -> list[Planned]:
    """What `erase` would do today, subject by subject. Nothing is opened for it."""
    vault.may(Actor.staff(officer), RIGHTS)
    request = RightsRequest.objects.get(pk=request_id)
    return [_planned(about_id, request) for about_id in concerned(request)]


def erase(officer: Staff, request_id: UUID) -> None:
    """Do it, and answer the request with a letter that says what went and what stays, until when, and why.

    Raises RightsRequest.DoesNotExist; Conflict: `request-closed`, `identity-open` where it isn't settled who asks,
    `own-case`, `other-right`.
    """
    request = RightsRequest.objects.get(pk=request_id)
    if Message.objects.filter(pk=_letter_id(request_id)).exists():
        return  # the same button once more
    for about_id in concerned(request):
        if parts := _erase(officer, request_id, about_id):
            vault.cleared([about_id], parts)
    _answer(officer, request_id)


def finish_postponed() -> int:
    """Deletions that a legal hold stopped, where it has ended meanwhile; the number of subjects."""
    waiting = Restriction.objects.filter(ground=HOLD, ended_at=None)
    done = 0
    for about_id in set(waiting.values_list("subject_id", flat=True)):
        parts = _after_hold(about_id)
        if parts:
            vault.cleared([about_id], parts)
            done += 1
    return done


@action
def erase_again(about_id: UUID, parts: Sequence[vault.Part]) -> None:
    """After a backup from before was restored: its values weren't, and what rows it brought back go, too."""
    for part in parts:
        _rows(about_id, part)
    deeds = [Deed("erase", "subject", part.category, about_id, part.purpose) for part in parts]
    record(Actor.system("restore"), deeds)


@action
def _erase(officer: Staff, request_id: UUID, about_id: UUID) -> Sequence[vault.Part]:
    request = _mine(officer, request_id)
    planned = _planned(about_id, request)
    _apply(planned, Actor.staff(officer), request)
    if planned.going:
        step(request, "erased", officer, text=letters.gone(request, planned.going))
    return planned.parts


@action
def _after_hold(about_id: UUID) -> Sequence[vault.Part]:
    waiting = Restriction.objects.filter(subject_id=about_id, ground=HOLD, ended_at=None)
    purposes = set(waiting.values_list("purpose", flat=True))
    live = holds(about_id)
    over = {one for one in purposes if not any(hold.covers(one) for hold in live)}
    if not over:
        return ()
    whole = _planned(about_id, None)
    fates = tuple(fate for fate in whole.fates if fate.held.purpose in over)
    parts = tuple(part for part in whole.parts if part.purpose in over or part == vault.ALL)
    _apply(Planned(about_id, fates, parts), Actor.system("sweep"), None)
    waiting.filter(purpose__in=over).update(ended_at=timezone.now())
    return parts


@action
def _answer(officer: Staff, request_id: UUID) -> None:
    request = _mine(officer, request_id)
    staying = [fate for about_id in concerned(request) for fate in _planned(about_id, request).staying]
    told = Step.objects.filter(request=request, act="erased").order_by("at", "pk")
    opened = vault.open_many(list(told), RIGHTS, Actor.staff(officer))
    gone = [one["text"] for one in opened if not isinstance(one, vault.Refused)]
    letters.send(request, officer, letters.erased(request, gone, staying), _letter_id(request_id))
    request.assigned_to = request.assigned_to or officer
    request.save(update_fields=["assigned_to"])
    step(request, "executed", officer)
    close(request, "answered")


def _mine(officer: Staff, request_id: UUID) -> RightsRequest:
    request = locked(officer, request_id)
    if request.right != "deletion":
        raise Conflict("other-right")
    if request.identity not in ("given", "proven"):
        raise Conflict("identity-open")
    if officer.pk in involved(request):
        raise Conflict("own-case")
    return request


def _planned(about_id: UUID, request: RightsRequest | None) -> Planned:
    today = timezone.localdate()
    # The exchange of letters about it stays as proof, and its period begins with the answer.
    closing: dict[str, date] = {RIGHTS: today} if request and request.subject_id == about_id else {}
    live = holds(about_id)
    gone = vault.erased_purposes(about_id)
    order = list(policy().purposes)
    known = [one for one in held(about_id, closing) if one.purpose not in gone]
    known.sort(key=lambda one: (order.index(one.purpose), one.category))
    fates = erasure.on_request(known, live, today)
    purposes = {fate.held.purpose for fate in fates if not _is_log(fate)}
    keyed = set(DataKey.objects.filter(subject_id=about_id).values_list("purpose", flat=True))
    for purpose in keyed - purposes:
        if not any(hold.covers(purpose) for hold in live):
            purposes.add(purpose)
    return Planned(about_id, tuple(fates), _parts(fates, purposes))


def _parts(fates: Sequence[Fate], purposes: set[str]) -> tuple[vault.Part, ...]:
    stays = [fate for fate in fates if not fate.goes and not _is_log(fate)]
    if not stays:
        return (vault.ALL,) if purposes else ()
    found = []
    for purpose in sorted(purposes):
        own = [fate for fate in fates if fate.held.purpose == purpose]
        declared = policy().purposes.get(purpose)
        categories = erasure.parts(own, declared.keeps if declared else ())
        found += (
            [vault.Part(purpose)] if categories is None else [vault.Part(purpose, one) for one in categories]
        )
    return tuple(found)


def _is_log(fate: Fate) -> bool:
    return policy().purposes[fate.held.purpose].source == LOG


def _apply(planned: Planned, actor: Actor, request: RightsRequest | None) -> None:
    """The keys store's part first, committed; then rows, index, restrictions, in the transaction that is open."""
    about_id, parts = planned.about_id, planned.parts
    # Whoever writes a letter just now waits, and then finds that there is nothing to write to.
    list(Submission.objects.select_for_update().filter(subject_id=about_id).values_list("pk", flat=True))
    if parts:
        vault.bury([about_id], parts, GROUND)
        vault.clear([about_id], parts)
        for part in parts:
            _rows(about_id, part)
        deeds = [Deed("erase", "subject", part.category, about_id, part.purpose) for part in parts]
        record(actor, deeds)
    for fate in planned.staying:
        _keep(about_id, fate, request)


def _rows(about_id: UUID, part: vault.Part) -> None:
    """What isn't emptied but removed: files, proofs, codes, consents. Submissions stay as empty shells."""
    for model, table in tables().items():
        whole = part.category in ("", table.category)
        if table.kept == OWN and table.category and whole:
            rows = model._default_manager.filter(subject_id=about_id)
            if part.purpose:
                rows = rows.filter(purpose=part.purpose)
            forget(model, list(rows.values_list("pk", flat=True)))
    if part.category:
        Correction.objects.filter(
            _of_category(part.category), subject_id=about_id, purpose=part.purpose
        ).delete()
        return
    only = {"purpose": part.purpose} if part.purpose else {}
    Consent.objects.filter(subject_id=about_id, **only).delete()
    Correction.objects.filter(subject_id=about_id, **only).delete()
    Assignment.objects.filter(subject_id=about_id, **only).delete()
    shells = Submission.objects.filter(subject_id=about_id, **only)
    shells.exclude(state="closed").update(state="closed", closed_at=timezone.now())
    shells.update(case=None, assigned_to=None)
    # A plan is a voucher of the debtor's file, and stays; that this form led to it is kept no more.
    Plan.objects.filter(submission__in=shells).update(submission=None)
    if part.purpose in ("", COLLECTION):
        # Others' messages lie beside an empty file no more, nor says a row of theirs whose it was.
        Submission.objects.filter(case__subject_id=about_id).update(case=None)
        forget_in_others([about_id])
    if not part.purpose:
        Mailbox.objects.filter(subject_id=about_id).delete()


def _of_category(category: str) -> Q:
    """Corrections of values of a category: they hold what the value was before."""
    fields = [one.id for one in policy().fields.values() if one.category == category]
    found = Q(pk__in=[])
    for model in tables():
        label = model._meta.label_lower
        for column in columns_of(model, category):
            found |= Q(record_type=label, column=column)
        if columns_of(model, BY_FIELD):
            for one in fields:
                found |= Q(record_type=label, record_id__endswith=f":{one}")
    return found


def _keep(about_id: UUID, fate: Fate, request: RightsRequest | None) -> None:
    """What stays is blocked; what a lawful exception keeps for itself is opened by it alone anyway."""
    purpose = fate.held.purpose
    if not fate.blocked or _is_log(fate) or policy().purposes[purpose].exception:
        return
    ground = HOLD if fate.why == "hold" else fate.held.retention.id
    live = Restriction.objects.filter(subject_id=about_id, purpose=purpose, ended_at=None)
    if not live.filter(ground=ground).exists():
        Restriction.objects.create(
            subject_id=about_id,
            kind="restriction",
            purpose=purpose,
            ground=ground,
            until=fate.until,
            request_id=request.pk if request else None,
        )


def _letter_id(request_id: UUID) -> UUID:
    return once("erased", request_id, "", "erase")
