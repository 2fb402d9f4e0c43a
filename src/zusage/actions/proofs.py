"""What the prover found is kept; whom it planted goes again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from zusage.actions.base import action
from zusage.actions.disclose import send_house_mail
from zusage.actions.forgetting import forget, forget_subjects
from zusage.models import Submission
from zusage.models.proofs import Finding, ProbePerson, ProofDay
from zusage.protocol.outbox import Actor
from zusage.rules import history
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.signing import Signer


@dataclass(frozen=True, slots=True)
class Found:
    """What one probe found for one promise: `evidence` is a list of plain objects. It is good for so long."""

    promise: str
    probe: str
    state: str
    evidence: list[dict[str, object]]
    at: datetime
    good_for: timedelta


@action
def note(found: Iterable[Found]) -> None:
    """Put findings in place of the earlier ones, and into the day's line at their worst."""
    states: dict[str, set[str]] = {}
    Finding.objects.exclude(promise__in=policy().promises).delete()
    for one in found:
        before = Finding.objects.filter(promise=one.promise, probe=one.probe).first()
        since = before.since if before and before.state == one.state else one.at
        Finding.objects.update_or_create(
            promise=one.promise,
            probe=one.probe,
            defaults={
                "state": one.state,
                "since": since,
                "at": one.at,
                "good_until": one.at + one.good_for,
                "evidence": one.evidence,
                **({} if before and before.state == one.state else {"told_at": None}),
            },
        )
        states.setdefault(one.promise, set()).add(one.state)
    _into_day(timezone.localdate(), states)


def _into_day(today: date, states: Mapping[str, set[str]]) -> None:
    line, _ = ProofDay.objects.select_for_update().get_or_create(day=today, defaults={"results": {}})
    for promise, found in states.items():
        line.results[promise] = history.worst(found | {line.results.get(promise, "kept")})
    line.save(update_fields=["results"])


def alert() -> bool:
    """Tell the agency by e-mail that promises were found broken since it was last told; whether a mail went out.

    The mail names no promise: that stands on the office's page.
    """
    broken = _untold() if settings.MAIL_URL else []
    if not broken:
        return False
    try:
        send_house_mail("alert")
    except OSError:  # smtplib's problems are such: at the next look again
        return False
    _told(broken)
    return True


def _untold() -> list[int]:
    return list(Finding.objects.filter(state="broken", told_at=None).values_list("pk", flat=True))


@action
def _told(findings: list[int]) -> None:
    Finding.objects.filter(pk__in=findings).update(told_at=timezone.now())


@action
def close_days() -> int:
    """Chain and sign the days that are over, the oldest first; their number."""
    over = ProofDay.objects.select_for_update().filter(day__lt=timezone.localdate(), digest="")
    signer, closed = Signer(), 0
    for line in over.order_by("day"):
        last = ProofDay.objects.exclude(digest="").order_by("-day").first()
        line.previous = last.digest if last else ""
        said = history.message(line.day, line.results, line.previous)
        line.digest, line.signature = history.digest(said), signer.sign(history.CONTEXT, said).hex()
        line.save(update_fields=["previous", "digest", "signature"])
        closed += 1
    return closed


@action
def announce_probe(submission_id: UUID) -> None:
    """Somebody is about to be planted: known before they are there."""
    ProbePerson.objects.create(submission_id=submission_id, at=timezone.now())


def remove_probe(submission_id: UUID) -> None:
    """Everything of a planted person goes: keys first, then rows. Repeating it changes nothing."""
    planted = Submission.objects.filter(pk=submission_id).values_list("subject_id", flat=True).first()
    if planted is not None:
        vault.shred(planted, "probe", Actor.system("prover"))
    _forget(submission_id, planted)


@action
def _forget(submission_id: UUID, subject_id: UUID | None) -> None:
    if subject_id is not None:
        # They may have asked for a right since, which is a submission of its own.
        own = Submission.objects.filter(subject_id=subject_id).values_list("pk", flat=True)
        forget(Submission, list(own))
        forget_subjects([subject_id])
    ProbePerson.objects.filter(pk=submission_id).delete()
