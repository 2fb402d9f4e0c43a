"""Statements made once give the rows that Django's own would."""

from __future__ import annotations

import pytest

from tests import make
from zusage.change import change
from zusage.lookup import ask, columns, question, rows
from zusage.models import Staff, Submission, SubmissionValue, TermFrequency

pytestmark = pytest.mark.django_db


def test_rows_and_columns_are_djangos():
    sent = [make.submission("enquiry") for _ in range(3)]
    ids = [one.pk for one in sent]
    found = {one.pk: one for one in rows(Submission, "id", ids)}
    for one in Submission.objects.all():
        mine = found[one.pk]
        assert mine == one and not mine._state.adding
        assert {f.attname: getattr(mine, f.attname) for f in Submission._meta.concrete_fields} == {
            f.attname: getattr(one, f.attname) for f in Submission._meta.concrete_fields
        }
    values = {one.pk: one.value for one in rows(SubmissionValue, "submission_id", ids[:2])}
    assert values == {one.pk: one.value for one in SubmissionValue.objects.filter(submission_id__in=ids[:2])}
    some = rows(Submission, "id", ids[:1], ("id", "subject_id"))[0]
    assert some.purpose == "enquiry"  # what wasn't asked for is looked up, as Django does
    assert columns(Submission, ("id",), "id", []) == []


def test_several_questions_have_their_own_answers():
    one, other = make.submission("enquiry"), make.submission("contact")
    TermFrequency.objects.create(kind="family", term="name", number=12)
    asked = (
        (question(SubmissionValue, "submission_id", "field", "value", purpose="enquiry"), [one.pk, other.pk]),
        (question(Submission, "id"), []),
        (question(TermFrequency, "term", "number"), ["name", "else", "third"]),
        (question(Submission, "id"), [other.pk]),
        (question(Submission, "subject_id", "received_at", "id"), [one.subject_id]),
    )
    values, nothing, counted, whole, when = ask(*asked)
    assert sorted(values) == sorted(
        SubmissionValue.objects.filter(submission=one).values_list("field", "value")
    )
    assert nothing == [] and counted == [(12,)] and when == [(one.received_at, one.pk)]
    assert asked[3][0].rows(whole) == [other]
    assert ask() == [] and ask((asked[1][0], ())) == [[]]


@pytest.mark.parametrize(
    "term", ["", "o'brien", 'a"b', "a\\b", "{a,b}", "null", "đorđević", "a,b", "%s $1 ?"]
)
def test_any_text_can_be_looked_for(term):
    TermFrequency.objects.create(kind="family", term=term, number=12)
    TermFrequency.objects.create(kind="given", term=term, number=13)
    asked = (TermFrequency, ("term", "number"), "term", [term, "else"])
    assert columns(*asked, kind="family") == [(term, 12)]


def test_a_row_that_is_not_what_it_was_stays():
    one, clerk = make.submission("enquiry"), make.clerk()
    one.search, one.assigned_to_id = "human", clerk.pk
    assert not change(one, "search", "assigned_to_id", search="automatic")
    assert Submission.objects.get().search == "waiting"
    assert change(one, "search", "assigned_to_id", search="waiting")
    assert Submission.objects.get().assigned_to == Staff.objects.get(pk=clerk.pk)
    terms = [TermFrequency(kind="given", term=term, number=1) for term in ("a", "b")]
    assert change(one, "search", beside=[terms, []], search="human")
    assert not change(one, "search", beside=[[TermFrequency(kind="given", term="c", number=1)]], search="")
    assert TermFrequency.objects.count() >= 2 and Submission.objects.get().search == "human"
