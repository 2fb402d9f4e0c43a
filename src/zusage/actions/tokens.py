"""Tokens for other software: made and shown once, ended. Only a keyed hash of one is kept."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from zusage.actions.base import Conflict, action
from zusage.models import ApiToken
from zusage.protocol.outbox import Actor, Deed, record
from zusage.vault import api as vault

PREFIX = "zusage_"
"""By it a token that got into a wrong place is found."""
ROOT = "api-token"


@action
def add(by: Actor, name: str, purpose: str, days: int) -> str:
    """A new token, good for `purpose` alone and for so many days. Raises Conflict("name-taken")."""
    token = PREFIX + secrets.token_urlsafe(32)
    until = timezone.now() + timedelta(days=days)
    row = ApiToken(name=name, digest=_digest(token), purpose=purpose, until=until)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Conflict("name-taken") from None
    _record(by, "add-token", row)
    return token


@action
def end(by: Actor, name: str) -> None:
    """The token opens nothing any more, from now on. Raises ApiToken.DoesNotExist."""
    row = ApiToken.objects.select_for_update().get(name=name)
    if row.ended_at is None:
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])
        _record(by, "end-token", row)


def holder(token: str) -> ApiToken | None:
    """The row of a token that is good still, whatever for."""
    row = ApiToken.objects.filter(digest=_digest(token), ended_at=None).first()
    return row if row and row.until > timezone.now() else None


@action
def used(row: ApiToken) -> None:
    """Write into the protocol that something came in by this token."""
    _record(Actor.system("import"), "import", row)


def _digest(token: str) -> bytes:
    return vault.keyed_hash(vault.root_key(ROOT), token.encode("utf-8", "replace"))


def _record(by: Actor, act: str, row: ApiToken) -> None:
    record(by, [Deed(act, row._meta.label_lower, str(row.pk), purpose=row.purpose)])
