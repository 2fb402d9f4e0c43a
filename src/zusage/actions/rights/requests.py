"""A person demands a right: from the mailbox, with a letter's code, as a stranger with a proof, or without any."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from zusage.actions import intake
from zusage.actions.base import action, write
from zusage.actions.intake import Intake
from zusage.actions.mailbox import withdraw
from zusage.actions.rights import steps
from zusage.actions.rights.letter_codes import proved
from zusage.models import RIGHTS, Concern, Proof, RightsRequest, Step, Submission
from zusage.policy.law import Right
from zusage.protocol.outbox import Actor, Deed, lines
from zusage.rules import clock
from zusage.rules.proofs import kind_of
from zusage.rules.references import normal
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import Consent, Warrant

Way = Literal["mailbox", "letter-code", "stranger", "none"]

UNPROVEN: tuple[Right, ...] = ("not-me", "complaint", "question")
"""What may be said without saying who one is: the answer lies in a mailbox, and tells nothing of anybody."""
IDENTITY: dict[Way, str] = {
    "mailbox": "given",
    "letter-code": "given",
    "stranger": "pending",
    "none": "unneeded",
}
MEDIA_TYPES = {"pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it passed its checks: `values` by field id, clean and without the empty ones."""

    right: Right
    language: str
    notice_version: str
    values: Mapping[str, str | tuple[str, ...]]
    form_token: str
    """From the page that was filled in: the same page sent twice is one request. Empty: there was none."""


class WrongCode(Exception):
    """Case reference and letter code don't belong together, or the code opens nothing any more: it isn't said which."""


def by_mailbox(subject_id: UUID, asked: Asked) -> UUID:
    """File a request from the open mailbox of `subject_id`; the request's id. The same page sent twice is one request.

    A withdrawal takes effect at once: the mailbox's consents end in the same transaction.
    Raises vault.NoKey for somebody who was erased.
    """
    request_id, _ = intake.identity(_intake(asked), b"mailbox", subject_id.bytes, asked.right.encode())
    try:
        _by_mailbox(subject_id, asked, request_id)
    except IntegrityError:
        pass  # it is stored already
    return request_id


def by_letter(asked: Asked, reference: str, code: str) -> str:
    """File a request with the reference and the code (normal form) of a letter; the ticket to its receipt.

    Raises WrongCode, with the try counted; intake.AlreadySent.
    """
    about = proved(normal(reference), code)
    if about is None:
        raise WrongCode
    return _by_form(asked, "letter-code", [about], None)


def by_stranger(asked: Asked, proof: bytes) -> str:
    """File a request with a proof of identity, which only the officer sees and only until identity is decided.

    The ticket to its receipt. Raises Problem for a proof that is no PDF, JPEG or PNG, or doesn't open;
    intake.AlreadySent.
    """
    return _by_form(asked, "stranger", [], (kind_of(proof, policy().limits.proof_megabytes), proof))


def openly(asked: Asked) -> str:
    """File what needs no proof of identity (`UNPROVEN`); the ticket to its receipt. Raises intake.AlreadySent."""
    if asked.right not in UNPROVEN:
        raise ValueError(f"{asked.right} needs to know who asks")
    return _by_form(asked, "none", [], None)


def not_me(asked: Asked) -> str:
    """«I am not the person you wrote to»: asks for nothing that says who one is. The ticket to its receipt."""
    return openly(asked)


@action
def _by_mailbox(subject_id: UUID, asked: Asked, request_id: UUID) -> None:
    form, ring = _intake(asked), vault.Keyring()
    ring.key_or_new(subject_id, RIGHTS)
    submission, rows = intake.rows(form, request_id, subject_id, ring)
    request, more = _request(asked, "mailbox", submission, [])
    done = lines(Actor.subject(subject_id), intake.deeds(form, submission))
    write(*rows, *more, done)
    if asked.right == "withdrawal":
        _withdraw(request)


def _withdraw(request: RightsRequest) -> None:
    """End every consent of the mailbox; where nothing else was said, that is all there is to do."""
    live = Consent.in_force.filter(subject_id=request.subject_id)
    purposes = list(live.order_by("given_at").values_list("purpose", flat=True))
    for purpose in purposes:
        withdraw(request.subject_id, purpose)
    if purposes:
        steps.step(request, "executed", None, actor=Actor.system("rights"))
        if not request.submission.values.exists():
            steps.step(request, "answered", None, actor=Actor.system("rights"))
            steps.close(request, "answered")


def _by_form(asked: Asked, way: Way, about: Sequence[UUID], proof: tuple[str, bytes] | None) -> str:
    def further(submission: Submission, ring: vault.Keyring) -> intake.Rows:
        request, rows = _request(asked, way, submission, about)
        return [*rows, [_proof(request, *proof, ring)]] if proof else rows

    content = [way.encode(), asked.right.encode(), *(one.bytes for one in about)]
    content += [hashlib.sha256(proof[1]).digest()] if proof else []
    return intake.submit(_intake(asked), further, *content)


def _request(
    asked: Asked, way: Way, submission: Submission, about: Sequence[UUID]
) -> tuple[RightsRequest, intake.Rows]:
    """The unsaved request of a submission, and its rows: with its first step, and whom it is about."""
    received = timezone.localdate()
    regime, due_on = clock.earliest(received, policy().regimes, asked.right)
    subject_id = submission.subject_id
    request = RightsRequest(
        submission=submission,
        subject_id=subject_id,
        right=asked.right,
        way=way,
        regime=regime,
        received_on=received,
        due_on=due_on,
        identity=IDENTITY[way],
    )
    concerned = list(dict.fromkeys([subject_id, *about]))
    concerns = [Concern(request=request, subject_id=subject_id, about_id=one) for one in concerned]
    given = concerned if request.identity == "given" else []
    warrants = [Warrant(subject_id=one, purpose=RIGHTS, record_id=request.pk) for one in given]
    received_step = Step(request=request, subject_id=subject_id, act="received")
    deed = Deed("rights-received", "zusage.rightsrequest", str(request.pk), subject_id, RIGHTS)
    return request, [
        [request],
        concerns,
        warrants,
        [received_step],
        lines(Actor.subject(subject_id), [deed]),
    ]


def _proof(request: RightsRequest, kind: str, content: bytes, ring: vault.Keyring) -> Proof:
    made = Proof(
        request=request, subject_id=request.subject_id, media_type=MEDIA_TYPES[kind], size=len(content)
    )
    vault.seal(made, {"content": base64.b64encode(content).decode()}, ring)
    return made


def _intake(asked: Asked) -> Intake:
    return Intake(RIGHTS, asked.language, asked.notice_version, asked.values, (), asked.form_token)
