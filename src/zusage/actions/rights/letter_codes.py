"""The codes on the agency's letters: with the case reference, one of them says who somebody is.

Of a code there is a keyed hash over the case and the code, which opens nothing once it is too old or was guessed at
too often. What the person types is compared in the same steps, whatever of it is wrong.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from zusage.actions.base import action
from zusage.models import COLLECTION, REFERENCE_INDEX, RIGHTS, Case, LetterCode
from zusage.protocol.outbox import Actor, Deed, record
from zusage.rules import receipts
from zusage.rules.references import normal
from zusage.rules.retention import expires
from zusage.tenant import policy
from zusage.vault import api as vault

LETTERS = Actor.system("letter-codes")
"""Who makes the codes: the operator's command, for the agency's letters. It may open case files to name them."""
NO_CASE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Made:
    """A new code (normal form), the reference as the file has it, and the last day on which the code opens anything."""

    case_id: UUID
    reference: str
    code: str
    last_day: date


@action
def make(case_ids: Sequence[UUID]) -> list[Made]:
    """New codes for these case files, in their order; earlier codes of theirs end.

    A file whose reference may not be opened (erased, blocked) gets none and is left out.
    """
    found = {case.pk: case for case in Case.objects.select_for_update().filter(pk__in=case_ids)}
    cases = [found[one] for one in dict.fromkeys(case_ids) if one in found]
    now = timezone.now()
    last_day = expires(policy().period(RIGHTS, "access-code"), timezone.localdate())
    until = timezone.make_aware(datetime.combine(last_day + timedelta(days=1), time.min))
    made, codes, deeds = [], [], []
    for case, opened in zip(cases, vault.open_many(cases, COLLECTION, LETTERS), strict=True):
        if isinstance(opened, vault.Refused) or "reference" not in opened:
            continue
        code = receipts.make(secrets.token_bytes(8), receipts.LETTER_LENGTH)
        row = LetterCode(case=case, subject_id=case.subject_id, digest=_digest(case.pk, code), until=until)
        codes.append(row)
        made.append(Made(case.pk, opened["reference"], code, last_day))
        deeds.append(Deed("make-letter-code", "zusage.lettercode", str(row.pk), case.subject_id, RIGHTS))
    LetterCode.objects.filter(case_id__in=[row.case_id for row in codes], until__gt=now).update(until=now)
    LetterCode.objects.bulk_create(codes)
    record(LETTERS, deeds)
    return made


def cases_of(reference: str) -> list[UUID]:
    """The case files with this reference (as typed, clean): the one that has it exactly, else those that look alike."""
    alike = list(Case.objects.filter(pk__in=vault.find(REFERENCE_INDEX, [normal(reference)], "zusage.case")))
    if len(alike) > 1:
        opened = vault.open_many(alike, COLLECTION, LETTERS)
        exact = [
            case.pk
            for case, one in zip(alike, opened, strict=True)
            if not isinstance(one, vault.Refused) and one.get("reference") == reference
        ]
        if exact:
            return exact
    return [case.pk for case in alike]


def open_cases() -> list[UUID]:
    """The case files that are open, the oldest first."""
    return list(Case.objects.filter(state="open").order_by("opened_on", "pk").values_list("pk", flat=True))


@action
def proved(reference: str, code: str) -> UUID | None:
    """The subject of the case that `reference` and `code` (both in normal form) belong to; None where they don't.

    A wrong try counts, for each code of each case with this reference; so this is a transaction of its own, whatever
    comes after. Right or wrong, and whatever is wrong, the same queries are made and one line is written, so that
    the time it takes says nothing.
    """
    # Django makes no query for an empty list: a case that nobody has stands in where there is none.
    cases = vault.find(REFERENCE_INDEX, [reference], "zusage.case") or [NO_CASE]
    known = list(
        LetterCode.objects.select_for_update().filter(
            case_id__in=cases, until__gt=timezone.now(), tries__lt=policy().limits.letter_code_tries
        )
    )
    right = None
    for row in known or [LetterCode(case_id=NO_CASE, digest=bytes(32))]:
        if hmac.compare_digest(bytes(row.digest), _digest(row.case_id, code)):
            right = row
    if right is None:
        tried = [row.pk for row in known] or [NO_CASE]
        LetterCode.objects.filter(pk__in=tried).update(tries=F("tries") + 1)
        _record("wrong-letter-code", known)
        return None
    LetterCode.objects.filter(pk=right.pk).update(used_at=timezone.now())
    _record("letter-code", [right])
    return None if vault.erased(right.subject_id) else right.subject_id


def _record(act: str, codes: Sequence[LetterCode]) -> None:
    about = [Deed(act, "zusage.lettercode", str(row.pk), row.subject_id, RIGHTS) for row in codes]
    # A guess at a case that nobody has is a line, too.
    record(LETTERS, about or [Deed(act, "zusage.lettercode", purpose=RIGHTS)])


def _digest(case_id: UUID, code: str) -> bytes:
    return vault.keyed_hash(vault.root_key("letter-code"), case_id.bytes, code.encode())
