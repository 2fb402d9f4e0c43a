"""Who is gone is gone from others' rows, too: from decisions about messages, and from proposals about files."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.make import clerk, officer, rights_request, submission
from tests.test_sweep import TODAY, closed_case, left
from zusage.actions import matching
from zusage.actions.rights import erase
from zusage.actions.rights.erase import erase_again
from zusage.actions.sweep import sweep
from zusage.models import Assignment, Case, Link, Submission
from zusage.promises.look import looking
from zusage.promises.probes import erased
from zusage.protocol.outbox import Actor
from zusage.vault import api as vault
from zusage.vault.models import MatchKey

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def decided(sent: Submission, case: Case) -> Assignment:
    """A message lies with a file, with the reasons for it."""
    row = Assignment(
        submission=sent, subject_id=sent.subject_id, purpose=sent.purpose, case=case,
        about_id=case.subject_id, way="automatic", step=19,
    )  # fmt: skip
    vault.seal(row, {"findings": '{"reasons": ["born-exact"]}'}, vault.Keyring())
    row.save(force_insert=True)
    Submission.objects.filter(pk=sent.pk).update(case=case, search="automatic")
    return row


def linked(one: Case, other: Case) -> None:
    """Two files that may be one person's."""
    for mine, theirs in ((one, other), (other, one)):
        Link.objects.create(
            subject_id=mine.subject_id, other_id=theirs.subject_id, weight=20, agreed="born-exact"
        )


def known(case: Case) -> Case:
    """A file that can be found."""
    assert MatchKey.objects.filter(subject_id=case.subject_id).exists()
    return case


def named(case: Case) -> int:
    """In how many rows of others' the subject of a file is still named, or the file."""
    subject = case.subject_id
    return sum(
        rows.count()
        for rows in (
            Link.objects.filter(subject_id=subject),
            Link.objects.filter(other_id=subject),
            Assignment.objects.filter(about_id=subject),
            Assignment.objects.filter(case_id=case.pk),
            Submission.objects.filter(case_id=case.pk),
            MatchKey.objects.filter(subject_id=subject)[:1],
        )
    )


def faults() -> list[str]:
    with looking() as look:
        return [one.worst for one in erased.stays_gone(look) if one.state != "kept"]


def test_a_swept_file_is_in_nobodys_row_any_more():
    gone = known(closed_case(TODAY - timedelta(days=12 * 366)))
    stays = known(closed_case(TODAY - timedelta(days=5)))
    sent = submission("enquiry")
    row = decided(sent, gone)
    linked(gone, stays)
    assert named(gone) == 6 and named(stays) == 3
    sweep(TODAY)
    assert named(gone) == 0 and left(gone.subject_id) == {}
    assert MatchKey.objects.filter(subject_id=stays.subject_id).exists()
    row.refresh_from_db()
    assert row.about_id is None and row.case_id is None and row.findings is not None
    sent.refresh_from_db()
    assert sent.case_id is None


def test_an_erased_file_is_in_nobodys_row_any_more_nor_after_a_restore():
    case, other = known(closed_case(TODAY - timedelta(days=5))), known(closed_case(TODAY - timedelta(days=5)))
    sent = submission("enquiry")
    decided(sent, case)
    linked(case, other)
    vault.shred(case.subject_id, "request", Actor.system("rights"))
    assert named(case) == 5 and any("Link" in one or "Assignment" in one for one in faults())
    erase_again(case.subject_id, [vault.ALL])
    assert named(case) == 0 and not faults()
    # A deletion on request that law splits: the file stays, blocked, and so does where the message lay.
    decided(sent, other)
    erase.erase(officer(), rights_request("deletion", about=[other.subject_id]).pk)
    assert Assignment.objects.filter(about_id=other.subject_id).exists()
    assert not MatchKey.objects.filter(subject_id=other.subject_id, name="born-cologne").exists()


def test_who_wrote_and_is_erased_takes_the_decisions_along():
    case = closed_case(TODAY - timedelta(days=5))
    sent, neighbour = submission("enquiry"), submission("enquiry")
    matching.choose(clerk(), neighbour.pk, case.pk)
    decided(sent, case)
    kept = decided(neighbour, case)
    vault.shred(sent.subject_id, "request", Actor.system("rights"))
    erase_again(sent.subject_id, [vault.ALL])
    assert kept in Assignment.objects.all()
    assert set(Assignment.objects.values_list("subject_id", flat=True)) == {neighbour.subject_id}
