"""Trying out what people here do: in a transaction that is taken back at the end, so that nothing of it stays.

Keys are the exception: their store commits by itself. Those of somebody planted go with them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from django.db import connection, transaction

from zusage.actions import intake
from zusage.actions.rights import requests
from zusage.actions.rights.requests import Asked
from zusage.models import Note, RightsRequest, Staff, Submission
from zusage.policy.law import Right
from zusage.policy.types import Purpose
from zusage.promises.look import CouldNotLook
from zusage.promises.plant import LANGUAGE, Planted
from zusage.tenant import policy, version
from zusage.turns import turn
from zusage.vault import api as vault
from zusage.web.forms import form_class
from zusage.web.public.views import to_intake


@contextmanager
def rehearsed() -> Iterator[None]:
    """Whatever the data store is told within is taken back. Nobody else sees it: no word to the portal meanwhile."""
    with turn(connection), transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def somebody(role: str) -> Staff:
    """An account of that role, which nobody can sign in with. Only within `rehearsed`."""
    person = Staff(username=f"probe-{secrets.token_hex(8)}", role=role, is_active=False)
    person.set_unusable_password()
    person.save(force_insert=True)
    return person


def sends(purpose: Purpose, typed: Mapping[str, str]) -> Submission:
    """Somebody invented sends the form of `purpose`, filled in like this. Only within `rehearsed`.

    The subject's keys stay: whoever calls shreds them. Raises CouldNotLook where the form doesn't take it.
    """
    filled = form_class(policy(), purpose.id, LANGUAGE)(dict(typed))
    if not filled.is_valid():
        raise CouldNotLook("the form takes none of our values")
    sent = replace(to_intake(filled), form_token=secrets.token_urlsafe(16))
    intake.submit(sent)
    return Submission.objects.get(pk=intake.identity(sent)[0])


def asks(person: Planted, right: Right) -> RightsRequest:
    """Somebody planted exercises a right from their mailbox. Only within `rehearsed`."""
    asked = Asked(right, LANGUAGE, version(), {}, secrets.token_urlsafe(16))
    return RightsRequest.objects.get(pk=requests.by_mailbox(person.subject_id, asked))


def noted(person: Planted, text: str, author: UUID | None = None) -> Note:
    """A clerk's note beside what they sent. Only within `rehearsed`."""
    made = Note(
        submission_id=person.submission_id,
        subject_id=person.subject_id,
        purpose=person.purpose,
        author_id=author,
    )
    vault.seal(made, {"body": text}, vault.Keyring())
    made.save(force_insert=True)
    return made
