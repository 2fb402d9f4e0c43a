"""Letters that are printed elsewhere: to whom they go, and the codes on them that say who somebody is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from zusage.actions.base import Conflict, action
from zusage.actions.disclose import NotDisclosed, Order, disclose
from zusage.actions.rights import letter_codes
from zusage.models import COLLECTION, RIGHTS, Case, Disclosure, Staff
from zusage.processing import listed
from zusage.protocol.outbox import Actor
from zusage.rules import envelope, written
from zusage.vault import api as vault

PRINT_SERVICE = "print-service"
MOST = 200
"""Letters in one batch."""
FIELDS = ("reference", "debtor_first_name", "debtor_name", "address")
ORDER = Order(
    PRINT_SERVICE, COLLECTION, "contract", "zip", fields=FIELDS, made=(("letter_code", "access-code"),)
)


@dataclass(frozen=True, slots=True)
class Addressed:
    """What is on one letter: the lines of its address, the reference as the file has it, the code and its last day."""

    recipient: tuple[str, ...]
    reference: str
    code: str
    last_day: date


@action
def write(clerk: Staff, case_ids: Sequence[UUID], form_token: str) -> list[Addressed]:
    """Disclose what letters to these case files need, with a new code on each; earlier codes of theirs end.

    The codes are stored nowhere: whoever got them makes the letters, now. So the same page sent twice can't give the
    same again, and a second file with other codes would make those of the first useless: Conflict("letters-made").
    Conflict("letters-changed") where one of the files can't get a letter any more; NotDisclosed; vault.Refused.
    """
    actor = Actor.staff(clerk)
    vault.may(actor, COLLECTION)
    if not listed(RIGHTS):  # nobody could use a code
        raise NotDisclosed("unknown-purpose", RIGHTS)
    wanted = list(dict.fromkeys(case_ids))[:MOST]
    found = {case.pk: case for case in Case.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    batch = batch_of(clerk, form_token)
    if Disclosure.objects.filter(recipient=PRINT_SERVICE, batch=batch).exists():
        raise Conflict("letters-made")
    cases = [found[one] for one in wanted if one in found]
    went = disclose(actor, ORDER, cases, batch=batch).values
    codes = {one.case_id: one for one in letter_codes.make([case.pk for case in cases])}
    letters = []
    for case, values in zip(cases, went, strict=True):
        code, plain = codes.get(case.pk), values or {}
        lines = envelope.lines(written.name(plain), written.address(plain))
        if code is None or not lines:
            raise Conflict("letters-changed")
        letters.append(Addressed(lines, plain["reference"], code.code, code.last_day))
    if len(letters) != len(wanted):
        raise Conflict("letters-changed")
    return letters


def batch_of(clerk: Staff, form_token: str) -> UUID:
    """What joins the lines of the letters that this page made."""
    return vault.keyed_id("letters", clerk.pk.bytes, form_token.encode())
