"""Access (Auskunft, DSG 25, Art. 15 GDPR), and the copy to take along (DSG 28, Art. 20): into the mailbox."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from zusage.actions.base import Conflict, action
from zusage.actions.rights import letters, steps
from zusage.models import RIGHTS, Document, RightsRequest, Staff
from zusage.papers import api as papers
from zusage.policy.page import Page
from zusage.protocol.outbox import Actor, Deed, record
from zusage.queries import access as queries
from zusage.rules.access.package import Package
from zusage.rules.access.paper import paper
from zusage.rules.access.portable import portable
from zusage.rules.access.words import say
from zusage.rules.retention import expires
from zusage.tenant import policy
from zusage.vault import api as vault

PDF, JSON = "application/pdf", "application/json"
FORMS = {"access": (PDF, JSON), "copy": (JSON,)}
"""Which files answer which right."""
PACKAGE = "access-package"


@dataclass(frozen=True, slots=True)
class _File:
    media_type: str
    content: bytes


def deliver(officer: Staff, request_id: UUID) -> list[Document]:
    """Make the package, lay it into the mailbox with a letter, and close the request as answered.

    Called again, it gives what was laid there. The reading is one transaction and the laying another: printing holds up
    nobody. Raises Conflict: "wrong-right", "identity-open", "request-closed" for one that was decided otherwise,
    "concerns-changed" where it came to be about somebody else meanwhile; RightsRequest.DoesNotExist; vault.Refused.
    """
    done = delivered(officer, request_id)
    if done:
        return done
    package = _gather(officer, request_id)
    return _lay(officer, request_id, package, _files(package))


def delivered(officer: Staff, request_id: UUID) -> list[Document]:
    """The documents that answered this request, in the order of `FORMS`; none yet. Raises as `deliver`."""
    vault.may(Actor.staff(officer), RIGHTS)
    request = RightsRequest.objects.get(pk=request_id)
    if request.right not in FORMS:
        raise Conflict("wrong-right")
    return _laid(request)


@action
def _gather(officer: Staff, request_id: UUID) -> Package:
    queries.one_read()
    return queries.gather(officer, *_ready(officer, request_id))


def _ready(officer: Staff, request_id: UUID) -> tuple[RightsRequest, list[UUID]]:
    """The request, locked, and whom it is about."""
    request = steps.locked(officer, request_id)
    if request.right not in FORMS:
        raise Conflict("wrong-right")
    if request.identity not in ("given", "proven"):
        raise Conflict("identity-open")
    return request, steps.concerned(request)


def _files(package: Package) -> list[_File]:
    made = {
        PDF: lambda: papers.generic(paper(package, policy())),
        JSON: lambda: portable(package, policy()),
    }
    return [_File(media_type, made[media_type]()) for media_type in FORMS[package.right]]


def _lay(officer: Staff, request_id: UUID, package: Package, files: Sequence[_File]) -> list[Document]:
    ring = vault.Keyring()
    ring.key_or_new(RightsRequest.objects.get(pk=request_id).subject_id, RIGHTS)
    return _stored(officer, request_id, package, files, ring)


@action
def _stored(
    officer: Staff, request_id: UUID, package: Package, files: Sequence[_File], ring: vault.Keyring
) -> list[Document]:
    request = steps.locked(officer, request_id, closed=True)
    before = _laid(request)
    if before:
        return before  # somebody else was quicker, or the button was pressed twice
    request, subjects = _ready(officer, request_id)
    if tuple(map(str, subjects)) != package.subjects:
        raise Conflict("concerns-changed")
    if request.assigned_to is None:
        request.assigned_to = officer
        request.save(update_fields=["assigned_to"])
    documents = [_document(request, package, file, ring) for file in files]
    for one in documents:
        one.save(force_insert=True)
    letter_id = vault.keyed_id("access-letter", request.pk.bytes)
    letters.send(request, officer, _letter(request, package), letter_id)
    steps.step(request, "executed", officer)
    steps.step(request, "answered", officer)
    actor = Actor.staff(officer)
    record(
        actor,
        [
            Deed("package", "zusage.document", str(one.pk), subject, RIGHTS)
            for one in documents
            for subject in subjects
        ],
    )
    steps.close(request, "answered")
    return documents


def _document(request: RightsRequest, package: Package, file: _File, ring: vault.Keyring) -> Document:
    name = say(package.language, "paper.file")
    document = Document(
        id=_document_id(request, file.media_type),
        submission=request.submission,
        subject_id=request.subject_id,
        name=f"{name}.{file.media_type.partition('/')[2]}",
        media_type=file.media_type,
        made_at=package.made_at,
    )
    vault.seal(document, {"content": base64.b64encode(file.content).decode()}, ring)
    return document


def _letter(request: RightsRequest, package: Package) -> str:
    """What lies there, until when, and where to complain."""
    until = expires(policy().period(RIGHTS, PACKAGE), package.today)
    return say(
        package.language,
        f"letter.{request.right}",
        until=Page(policy(), package.language).day(until),
        complain=letters.complaint(request),
        controller=policy().controller.name,
    )


def _laid(request: RightsRequest) -> list[Document]:
    ids = [_document_id(request, one) for one in FORMS[request.right]]
    found = {one.pk: one for one in Document.objects.filter(pk__in=ids)}
    return [found[id_] for id_ in ids if id_ in found]


def _document_id(request: RightsRequest, media_type: str) -> UUID:
    return vault.keyed_id("access-document", request.pk.bytes, media_type.encode())
