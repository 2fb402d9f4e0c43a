"""What happens to the accounts of those who work here. None of it touches a subject's data."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction

from zusage.actions.base import Conflict, action
from zusage.models import Staff
from zusage.protocol.outbox import Actor, Deed, record
from zusage.rules import text
from zusage.rules.problems import Problem

R = TypeVar("R")
LONGEST_NAME = 60
OPERATOR = Actor.system("operator")


def user_name(raw: str) -> str:
    """A name to sign in with, as it may be. Raises Problem."""
    name = text.line(raw, longest=LONGEST_NAME)
    if not name:
        raise Problem("missing")
    return name


@action
def hire(by: Actor, username: str, role: str, language: str = "de", one_time: bool = True) -> str:
    """A new account; its password, which is kept nowhere and, if `one_time`, has to be replaced at the first sign-in.

    Raises Conflict("name-taken").
    """
    password = _one_time_password()
    person = Staff(username=username, role=role, language=language, must_change_password=one_time)
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError:
        raise Conflict("name-taken") from None
    _record(by, "add-staff", person)
    return password


@action
def deactivate(by: Actor, person_id: UUID) -> None:
    """Nobody gets in by this account any more, from now on. Raises Conflict("last-administrator")."""
    # All administrators are locked, so that two of them can't deactivate each other at the same moment.
    administrators = list(Staff.objects.select_for_update().filter(role="administrator", is_active=True))
    person = Staff.objects.select_for_update().get(pk=person_id)
    if not person.is_active:
        return
    if person.role == "administrator" and len(administrators) < 2:
        raise Conflict("last-administrator")
    person.is_active = False
    person.save(update_fields=["is_active"])
    _record(by, "deactivate-staff", person)


@action
def reactivate(by: Actor, person_id: UUID) -> None:
    """Undo `deactivate`."""
    person = Staff.objects.select_for_update().get(pk=person_id)
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
        _record(by, "reactivate-staff", person)


@action
def reset_access(by: Actor, person_id: UUID) -> str:
    """For whoever lost password or second factor: a one-time password, no second factor, and no open session.

    Both go together: a second factor taken away alone would leave the account to whoever knows its password.
    """
    person = Staff.objects.select_for_update().get(pk=person_id)
    password = _one_time_password()
    person.set_password(password)  # sessions carry a hash of the password: they end here
    person.must_change_password = True
    person.save(update_fields=["password", "must_change_password"])
    Authenticator.objects.filter(user=person).delete()
    _record(by, "reset-access", person)
    return password


@action
def set_password(person: Staff, password: str) -> None:
    """The person has chosen a password of their own. `person` is the object of the session, and carries it on."""
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    _record(Actor.staff(person), "change-password", person)


@action
def choose_language(person: Staff, language: str) -> None:
    """The language of the office for this person."""
    person.language = language
    person.save(update_fields=["language"])
    _record(Actor.staff(person), "choose-language", person)


@action
def signed(person: Staff, way: str) -> None:
    """The person has signed in or out: `way` is ``in`` or ``out``."""
    _record(Actor.staff(person), f"sign-{way}", person)


def changing_second_factor(person: Staff, work: Callable[[], R]) -> tuple[R, bool]:
    """Run `work` in one transaction; if it changed the person's second factors, the protocol says so.

    Returns what `work` returned, and whether a second factor was added.
    """
    with transaction.atomic():
        before = _second_factors(person)
        result = work()
        after = _second_factors(person)
        if before != after:
            _record(Actor.staff(person), "change-second-factor", person)
    return result, bool(after - before)


def _second_factors(person: Staff) -> set[int]:
    return set(Authenticator.objects.filter(user=person).values_list("pk", flat=True))


def _one_time_password() -> str:
    # 80 random bits, in groups that can be read out on the telephone.
    return "-".join(secrets.token_hex(2) for _ in range(5))


def _record(by: Actor, act: str, person: Staff) -> None:
    record(by, [Deed(act, "zusage.staff", str(person.pk))])
