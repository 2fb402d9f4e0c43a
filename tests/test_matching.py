"""A message finds its file, or a human is asked: the twins and the rest of the cast, through the real stores."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests import cast, make
from tests.cast import LEA, LIA, VRENI, Person
from tests.doors import browser, enter, letters, receipt, shown
from tests.test_import_cases import NADINE, as_csv, bring
from zusage.actions import assigning, matching, office
from zusage.actions.base import Conflict
from zusage.actions.cases import open_case
from zusage.models import (
    BREACH,
    REFERENCE_INDEX,
    Assignment,
    Breach,
    Case,
    MatchTally,
    Submission,
    TermFrequency,
)
from zusage.protocol.models import Outbox
from zusage.queries import known
from zusage.queries import matching as queries
from zusage.queries.matching import find
from zusage.rules.references import normal
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault import index
from zusage.vault.models import BlindIndex, MatchKey, Restriction

pytestmark = pytest.mark.django_db

OF_THE_FILE = {"creditor": "Kletterverein Hochwang", "balance": "734.85 CHF"}


def on_file(who: Person, **other: str) -> Case:
    """A file of `who`, with its index rows."""
    columns = {
        "reference": who.references[0],
        "debtor_first_name": who.first_name,
        "debtor_name": who.last_name,
        "date_of_birth": who.born.isoformat(),
        "address": f"{who.street}, {who.postcode} {who.town}",
        "phones": who.phone_day_e164,
        "emails": who.email,
        **OF_THE_FILE,
        **other,
    }
    return open_case(vault.Actor.system("test"), date(2026, 3, 4), columns)


def sent(who: Person, **other: str) -> Submission:
    """An enquiry by `who`, as a checked form hands it on; not looked at yet."""
    values = {
        "name": who.name,
        "case_reference": who.references[0] if who.references else "",
        "date_of_birth": who.born.isoformat(),
        "phone_day": who.phone_day_e164,
        "email": who.email,
        "message": who.message,
        **other,
    }
    return make.submission("enquiry", **values)


def looked_at(one: Submission) -> Submission:
    matching.look_at_waiting()
    one.refresh_from_db()
    return one


def acts(one: Submission) -> list[tuple[str, str]]:
    """What the protocol says of a submission since it came: act, and who."""
    rows = Outbox.objects.filter(record_type="zusage.submission", record_id=str(one.pk)).order_by("at", "pk")
    return [(row.act, row.actor_id) for row in rows if row.act != "submit"]


def tallies() -> dict[int, tuple[int, int]]:
    """Of both kinds of candidates together."""
    return {step: both for kind in known.tallies() for step, both in kind.items() if both != (0, 0)}


def test_each_of_the_cast_finds_their_own_file():
    files = {who.id: on_file(who) for who in cast.CAST if who.references}
    for who in cast.CAST:
        one = sent(who)
        assert one.search == "waiting"
        looked_at(one)
        if who.id not in files:
            assert (one.search, one.case_id) == ("human", None)
            continue
        assert (one.search, one.case_id) == ("automatic", files[who.id].pk), who.id
    assert acts(one) == [("assign-case", "matching")]
    made = Assignment.objects.get(submission=one)
    assert (made.way, made.about_id, made.author) == ("automatic", one.case.subject_id, None)
    said = json.loads(vault.open(made, "enquiry", matching.MATCHING)["findings"])
    assert {"reference-exact", "born-exact"} <= set(said["reasons"]) and said["guard"] == []
    assert said["confidence"] >= said["threshold"] == policy().matching.threshold
    assert not any(value in json.dumps(said) for value in (cast.DALAL.last_name, *cast.DALAL.references))


@pytest.mark.parametrize("both", [True, False])
def test_a_twin_with_the_others_letter_is_left_to_a_human(both):
    """LIA writes with LEA's reference, address and telephone; whether she is on file herself or not."""
    on_file(LEA)
    if both:
        on_file(LIA)
    one = looked_at(
        sent(LIA, case_reference=LEA.references[0], email=LEA.email, phone_day=LEA.phone_day_e164)
    )
    assert (one.search, one.case_id) == ("human", None)
    assert Assignment.objects.count() == 0 and acts(one) == []
    found = find(one, matching.MATCHING)
    assert found.decision.case is None and found.decision.guard
    assert len(found.decision.ranked) == 1 + both


@pytest.mark.parametrize(
    ("change", "whose"),
    [
        ({"case_reference": "ag 2024.7719O3/4"}, "automatic"),  # otherwise written
        ({"case_reference": "AG-2024-771930.4"}, "automatic"),  # two keys swapped
        (
            {"case_reference": "", "email": ""},
            "automatic",
        ),  # the telephone is enough beside name and birthday
        ({"case_reference": "", "email": "", "phone_day": "+41790009999"}, "human"),
        ({"date_of_birth": "1957-03-15"}, "human"),
        ({"name": "Vreni Muralt"}, "human"),
        ({"name": "V. Grünenfelder"}, "human"),
        ({"name": "Gruenenfelder Vreni"}, "automatic"),
    ],
)
def test_what_is_sure_enough(change, whose):
    case = on_file(VRENI)
    one = looked_at(sent(VRENI, **change))
    assert (one.search, one.case_id) == (whose, case.pk if whose == "automatic" else None)


def test_the_index_only_narrows_down():
    """A row that leads to the wrong file, as two references of one hash would."""
    other = on_file(LEA)
    vault.entry(REFERENCE_INDEX, normal(VRENI.references[0]), other).save()
    one = looked_at(sent(VRENI))
    assert one.case_id is None
    assert all(
        "reference-exact" not in rated.reasons for rated in find(one, matching.MATCHING).decision.ranked
    )


def test_where_nobody_may_decide_nothing_is_opened(monkeypatch):
    case = on_file(VRENI)
    whole = policy()
    by_hand = replace(whole, matching=replace(whole.matching, automatic=False))
    one, blocked, closed = sent(VRENI), sent(VRENI), sent(VRENI)
    Restriction.objects.create(subject_id=blocked.subject_id, kind="restriction")
    Submission.objects.filter(pk=closed.pk).update(state="closed", closed_at=timezone.now())
    monkeypatch.setattr(matching, "policy", lambda: by_hand)
    assert looked_at(one).search == "human"
    monkeypatch.undo()
    for other in (blocked, closed):
        Submission.objects.filter(pk=other.pk).update(search="waiting")
        assert looked_at(other).search == "human"
    assert not Outbox.objects.filter(act="open").exists()
    # A file of somebody who is blocked is counted, and stays shut; so does its reference.
    Restriction.objects.create(subject_id=case.subject_id, kind="objection", purpose="collection")
    fresh = looked_at(sent(VRENI))
    assert (fresh.search, fresh.case_id) == ("human", None)
    found = find(fresh, matching.MATCHING)
    assert (found.blocked, found.decision.ranked, found.plain) == (1, (), {})
    assert "blocked" in found.decision.guard
    assert not Outbox.objects.filter(act="open", subject_id=case.subject_id).exists()


def test_who_is_shredded_is_found_no_more():
    case = on_file(VRENI)
    digests = {bytes(one) for one in MatchKey.objects.values_list("digest", flat=True)}
    digests.add(index.digest(REFERENCE_INDEX, normal(VRENI.references[0])))
    assert len(digests) > 5
    vault.shred(case.subject_id, "request", vault.Actor.system("test"))
    assert not MatchKey.objects.exists() and not BlindIndex.objects.exists()
    one = looked_at(sent(VRENI, case_reference=""))
    assert find(one, matching.MATCHING).decision.guard == ("nothing-found",)
    if connection.vendor == "sqlite":  # PostgreSQL's own cleaning is looked at in test_traces
        pages = connection.connection.serialize()
        assert not [one for one in digests if one in pages]


def test_one_that_fails_stops_no_other(monkeypatch):
    case, poison, good = on_file(VRENI), sent(LEA), sent(VRENI)
    real = queries.found

    def fails(message: queries.Message, *rest: Any) -> queries.Found:
        if message.submission.pk == poison.pk:
            raise ValueError(LEA.name)
        return real(message, *rest)

    monkeypatch.setattr(queries, "found", fails)
    assert matching.look_at_waiting() == 1
    assert looked_at(good).case_id == case.pk
    poison.refresh_from_db()
    assert (
        poison.search == "waiting"
        and not Outbox.objects.filter(subject_id=poison.subject_id, act="open").exists()
    )
    matching.look_at_waiting()
    poison.refresh_from_db()
    assert poison.search == "human"


def test_whoever_decides_at_this_moment_isnt_overridden(monkeypatch):
    on_file(VRENI)
    one, clerk, real = sent(VRENI), make.clerk(), queries.found

    def meanwhile(message: queries.Message, *rest: Any) -> queries.Found:
        Submission.objects.filter(pk=one.pk).update(search="human")
        return real(message, *rest)

    monkeypatch.setattr(queries, "found", meanwhile)
    with pytest.raises(Conflict):
        matching.look(one.pk)
    monkeypatch.undo()
    assert Assignment.objects.count() == 0
    Submission.objects.filter(pk=one.pk).update(search="waiting")
    matching.none(clerk, one.pk)
    MatchTally.objects.all().delete()  # that it was told to be wrong isn't what holds it back here
    Submission.objects.filter(pk=one.pk).update(search="waiting")
    assert looked_at(one).case_id is None  # what a human said stays said


def test_a_clerk_chooses_and_takes_it_back():
    lea, lia, clerk = on_file(LEA), on_file(LIA), make.clerk()
    one = looked_at(sent(LIA, case_reference=LEA.references[0]))
    first = find(one, vault.Actor.staff(clerk)).decision.ranked[0]
    step = assigning.step_of(first.probability)
    right, wrong = (lea, lia) if first.file.subject == lea.subject_id else (lia, lea)
    matching.choose(clerk, one.pk, right.pk)
    assert tallies() == {step: (1, 0)}
    # From a file it is moved by a correction alone, which tells the officer.
    for move in (
        lambda: matching.choose(clerk, one.pk, wrong.pk),
        lambda: matching.none(clerk, one.pk),
        lambda: matching.not_this(clerk, one.pk, right.pk),
    ):
        with pytest.raises(Conflict, match="case-changed"):
            move()
    matching.undo(clerk, one.pk)
    one.refresh_from_db()
    assert (one.case_id, one.search, tallies()) == (None, "human", {})
    matching.choose(clerk, one.pk, wrong.pk)
    assert tallies() == {step: (0, 1)}
    with pytest.raises(Conflict, match="nothing-to-undo"):
        matching.undo(make.clerk(), one.pk)
    matching.undo(clerk, one.pk)
    matching.not_this(clerk, one.pk, right.pk)
    offered = [rated.file.subject for rated in find(one, vault.Actor.staff(clerk)).decision.ranked]
    assert offered == [wrong.subject_id] and tallies() == {step: (0, 1)}
    matching.undo(clerk, one.pk)
    assert len(find(one, vault.Actor.staff(clerk)).decision.ranked) == 2 and tallies() == {}
    matching.none(clerk, one.pk)
    assert tallies() == {step: (0, 1)}
    Assignment.objects.filter(way="none").update(at=timezone.now() - timedelta(days=2))
    with pytest.raises(Conflict, match="nothing-to-undo"):
        matching.undo(clerk, one.pk)
    me = str(clerk.pk)
    assert Counter(act for act, who in acts(one) if who == me) == {
        "assign-case": 2,
        "unassign-case": 2,
        "undo-matching": 3,
        "matching-not-this": 1,
        "matching-none": 1,
    }
    assert Assignment.objects.filter(undone_at=None).count() == 1


def test_a_wrong_file_is_corrected_in_one_step():
    lea, lia, clerk = on_file(LEA), on_file(LIA), make.clerk("w.amacher")
    one = looked_at(sent(LEA))
    assert one.case_id == lea.pk and MatchTally.objects.count() == 0
    other = make.clerk("q.brodbeck")
    find(one, vault.Actor.staff(other))
    office.answer(other, one.pk, "Ihr Rest beträgt 734.85", "token-of-a-page-1", 0)
    (step,) = Assignment.objects.filter(way="automatic").values_list("step", flat=True)
    assert known.tallies() == ({step: (1, 0)}, {})
    office.answer(other, one.pk, "Und 20 Rappen", "token-of-a-page-2", 1)
    assert known.tallies() == ({step: (1, 0)}, {})  # once is enough
    breach_id = matching.correct(clerk, one.pk, lia.pk, lea.pk)
    one.refresh_from_db()
    assert (one.case_id, one.search) == (lia.pk, "human")
    assert [act for act, _ in acts(one)][-1:] == ["assign-case"]
    assert (
        Outbox.objects.filter(act="misfiled", record_id=str(lea.pk), subject_id=lea.subject_id).count() == 1
    )
    assert known.tallies() == ({step: (0, 1)}, {})  # that it was answered there said nothing, after all
    breach = Breach.objects.get(pk=breach_id)
    what = vault.open(breach, BREACH, vault.Actor.staff(make.officer()))["what"]
    assert str(lea.pk) in what and "q.brodbeck öffnete in dieser Zeit die falsche Akte" in what
    assert "q.brodbeck öffnete in dieser Zeit die Nachricht" in what and "w.amacher" not in what
    assert "Briefe an die Person, die geschrieben hat, in dieser Zeit: 2." in what
    assert not any(word in what for word in (LEA.last_name, *LEA.references, *LIA.references))
    with pytest.raises(Conflict, match="nothing-to-undo"):
        matching.undo(clerk, one.pk)
    with pytest.raises(Conflict, match="case-changed"):
        matching.correct(clerk, one.pk, lia.pk)
    matching.correct(clerk, one.pk, None)
    one.refresh_from_db()
    assert one.case_id is None and Breach.objects.count() == 2


def test_a_file_that_comes_later_is_found():
    one, decided = sent(VRENI), sent(VRENI)
    old = sent(VRENI)
    matching.look_at_waiting()
    matching.none(make.clerk(), decided.pk)
    Submission.objects.filter(pk=old.pk).update(received_at=timezone.now() - timedelta(days=31))
    case = on_file(VRENI)
    assert matching.look_again(["AG-1999-000001.1"]) == 0
    assert matching.look_again([VRENI.references[0], LEA.references[0]]) == 1
    assert looked_at(one).case_id == case.pk


def test_an_import_has_messages_looked_at_again(tmp_path):
    one = looked_at(make.submission("enquiry"))
    assert (one.search, one.case_id) == ("human", None)
    bring(tmp_path, as_csv(NADINE))
    assert looked_at(one).case_id == Case.objects.get().pk


def test_routing_is_not_disclosing(mailoutbox):
    """The sender's own mailbox says no more after an assignment than it did before."""
    case = on_file(VRENI)
    client = browser()
    code = receipt(client, "enquiry")
    one = Submission.objects.latest("received_at")
    assert enter(client, code).status_code == 303
    before = shown(letters(client))
    assert looked_at(one).case_id == case.pk
    after = shown(letters(client))
    assert after == before
    assert VRENI.last_name in after
    assert not any(word in after for word in (*OF_THE_FILE.values(), str(case.pk)))
    assert mailoutbox == []


def test_only_names_that_came_often_are_counted():
    least = policy().limits.smallest_cell
    matching.learn(
        Counter({("family", ""): 1000, ("family", "muller"): least, ("family", "zgraggen"): least - 1})
    )
    matching.learn(Counter({("family", ""): 500, ("family", "muller"): 1, ("family", "zgraggen"): least - 1}))
    found = dict(TermFrequency.objects.filter(kind="family").values_list("term", "number"))
    assert found == {"": 1500, "muller": least + 1}
