"""Rows go with all that hangs on them: by the sweep when their period is over, by an erasure when a person wants it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Model

from zusage.models import Assignment, Link, Subject
from zusage.queries.periods import hanging, leftovers
from zusage.remove import blank, look, remove


def forget(model: type[Model], ids: Sequence[UUID]) -> None:
    """Delete a model's rows with what hangs on them; columns that only point to them are emptied."""
    if not ids:
        return
    for other, column, goes in hanging(model):
        if not goes:
            blank(other, (column,), column, ids)
        elif hanging(other):
            forget(other, [pk for (pk,) in look(other, (other._meta.pk.attname,), column, ids)])
        else:
            remove(other, column, ids)
    remove(model, model._meta.pk.attname, ids)


def forget_subjects(subjects: Sequence[UUID]) -> None:
    """Of subjects of whom nothing is kept any more: mailbox, index, consents, restrictions, the subject itself."""
    forget_in_others(subjects)
    for model, column in leftovers():
        remove(model, column, subjects)
    remove(Subject, "id", subjects)


def forget_in_others(subjects: Sequence[UUID]) -> None:
    """What rows of others say of the files of `subjects`: whose message lay there, whose files may be one person's."""
    for column in ("subject_id", "other_id"):
        remove(Link, column, subjects)
    blank(Assignment, ("about_id", "case_id"), "about_id", subjects)
