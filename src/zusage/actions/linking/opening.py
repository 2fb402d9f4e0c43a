"""Who has files, opened for comparing: each subject once, with what tells people apart and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from uuid import UUID

from zusage import lookup
from zusage.models import COLLECTION, Case
from zusage.protocol.outbox import Actor
from zusage.rules.matching.person import Person, debtor
from zusage.vault import api as vault

LINKING = Actor.system("linking")
"""Who opens the files to compare them: the operator's command."""
LOOKED_AT = (
    "debtor_first_name",
    "debtor_name",
    "former_names",
    "date_of_birth",
    "address",
    "phones",
    "emails",
)
"""The sealed columns that are opened: not the claim, not its reference."""
AT_ONCE = 500


class People(Iterator[tuple[UUID, Person]]):
    """Subjects with the person that their files are about, as they are opened; blocked ones and firms left out."""

    def __init__(self, tell: Callable[[str, int], None]) -> None:
        self.given = self.left_out = 0
        self._tell, self._rest = tell, self._all()

    def __next__(self) -> tuple[UUID, Person]:
        found = next(self._rest)
        self.given += 1
        return found

    def _all(self) -> Iterator[tuple[UUID, Person]]:
        after: UUID | None = None
        while cases := _cases(after):
            opened = vault.open_many(cases, COLLECTION, LINKING, LOOKED_AT)
            rows = zip(cases, opened, strict=True)
            for subject, together in groupby(rows, lambda row: row[0].subject_id):
                known = [
                    {**plain, "debtor_kind": case.debtor_kind}
                    for case, plain in together
                    if not isinstance(plain, vault.Refused)
                ]
                person = debtor(known)
                if person.firm or not person.names:
                    self.left_out += 1
                else:
                    yield subject, person
            after = cases[-1].subject_id
            self._tell("files", len(cases))


def people(tell: Callable[[str, int], None]) -> People:
    """Everybody who has files. `tell` hears how many files were opened."""
    return People(tell)


def _cases(after: UUID | None) -> list[Case]:
    """The files of the next subjects, all of each, subject by subject, in the order of their ids."""
    rows = Case.objects.filter(subject_id__gt=after) if after else Case.objects.all()
    subjects = list(rows.order_by("subject_id").values_list("subject_id", flat=True).distinct()[:AT_ONCE])
    cases = lookup.rows(Case, "subject_id", subjects)
    return sorted(cases, key=lambda case: (case.subject_id, case.opened_on, case.pk))
