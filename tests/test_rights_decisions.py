"""What the protection officer decides about a rights request: each rule, and what the person reads of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests import make
from zusage.actions import mailbox as mailbox_actions
from zusage.actions import matching
from zusage.actions import office as clerks
from zusage.actions.base import Conflict
from zusage.actions.cases import open_case
from zusage.actions.rights import concerns, decisions
from zusage.models import (
    Case,
    Disclosure,
    Message,
    Proof,
    RightsRequest,
    Staff,
    Step,
    Submission,
    SubmissionValue,
)
from zusage.policy import law
from zusage.policy.page import Page
from zusage.policy.types import LANGUAGES
from zusage.protocol.models import Outbox
from zusage.queries import rights_request
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import Warrant

pytestmark = pytest.mark.django_db

TOKEN = "t" * 22
FILE = {
    "reference": "ZH-2026-10041",
    "debtor_name": "Nadine Oberholzer",
    "date_of_birth": "1984-03-17",
    "address": "Lindenweg 4, 8400 Winterthur",
}


@pytest.fixture
def officer() -> Staff:
    return make.officer()


def ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def file(**values: str) -> Case:
    return open_case(vault.Actor.system("test"), date(2026, 1, 5), {**FILE, **values})


def letters_to(one: RightsRequest) -> list[str]:
    """What lies in the mailbox, as the person reads it."""
    rows = list(Message.objects.filter(submission=one.submission, sender="agency").order_by("sent_at"))
    actor = vault.Actor.subject(one.subject_id)
    return [vault.open(row, "rights", actor)["body"] for row in rows]


def acts(one: RightsRequest) -> list[str]:
    return list(Step.objects.filter(request=one).order_by("at").values_list("act", flat=True))


def fresh(one: RightsRequest) -> RightsRequest:
    return RightsRequest.objects.select_related("submission").get(pk=one.pk)


def conflict(work: Callable[..., Any], *args: Any) -> str:
    with pytest.raises(Conflict) as found:
        work(*args)
    return found.value.reason


def problem(work: Callable[..., Any], *args: Any) -> str:
    with pytest.raises(Problem) as found:
        work(*args)
    return str(found.value.code)


def opens(one: Case | SubmissionValue, officer: Staff) -> bool:
    return not isinstance(vault.open_many([one], "rights", vault.Actor.staff(officer))[0], vault.Refused)


# --- who


@pytest.mark.parametrize("role", ["clerk", "administrator"])
def test_nobody_but_the_officer_decides(role: str) -> None:
    one, other = make.rights_request("deletion"), make.staff(role)
    works = [
        (decisions.assign, None, None), (decisions.decide_identity, True, ""), (decisions.set_regime, "de"),
        (decisions.extend, ago(-40), "x", TOKEN), (decisions.write, "x", TOKEN, 0), (decisions.settle, 0),
        (decisions.answer, "x", TOKEN, 0), (decisions.refuse, "claims", "x", TOKEN, 0), (concerns.look, "ZH-1"),
        (concerns.add_concern, one.subject_id), (concerns.drop_concern, one.subject_id),
    ]  # fmt: skip
    for work, *args in works:
        with pytest.raises(vault.Refused):
            work(other, one.pk, *args)
    assert acts(one) == ["received"]


def test_who_acts_first_has_it(officer: Staff) -> None:
    one = make.rights_request("question")
    decisions.write(officer, one.pk, "Welche Rechnung meinen Sie?", TOKEN, 0)
    assert fresh(one).assigned_to == officer


def test_two_officers_take_it_at_once(officer: Staff) -> None:
    one, other = make.rights_request(), make.officer()
    decisions.assign(officer, one.pk, officer, None)
    assert conflict(decisions.assign, other, one.pk, other, None) == "assigned"
    decisions.assign(officer, one.pk, officer, None)  # the same again is nothing new
    decisions.assign(other, one.pk, other, officer.pk)
    assert (fresh(one).assigned_to, acts(one)) == (other, ["received", "assigned", "assigned"])
    decisions.assign(other, one.pk, None, other.pk)
    assert fresh(one).assigned_to is None
    assert conflict(decisions.assign, other, one.pk, make.clerk(), None) == "no-such-officer"
    gone = make.officer()
    Staff.objects.filter(pk=gone.pk).update(is_active=False)
    assert conflict(decisions.assign, other, one.pk, gone, None) == "no-such-officer"


# --- identity


def test_proven_the_proof_goes_and_the_data_may_be_opened(officer: Staff) -> None:
    case = file()
    one = make.rights_request("access", "stranger", about=[case.subject_id])
    assert not opens(case, officer)
    decisions.decide_identity(officer, one.pk, True, "", TOKEN)
    assert not Proof.objects.exists()
    assert (fresh(one).identity, fresh(one).state) == ("proven", "open")
    assert opens(case, officer)
    assert letters_to(one) == []
    decisions.decide_identity(officer, one.pk, True, "", TOKEN)  # twice is once
    assert acts(one) == ["received", "identity-proven"]
    assert (
        conflict(decisions.decide_identity, officer, one.pk, False, "doch nicht", TOKEN) == "identity-decided"
    )


def test_not_proven_the_proof_goes_too_and_the_person_reads_what_to_do(officer: Staff) -> None:
    case = file()
    one = make.rights_request("access", "stranger", case_reference="ZH-2026-10041")
    concerns.look(officer, one.pk, "ZH-2026-10041")
    assert opens(case, officer)
    decisions.decide_identity(officer, one.pk, False, "Auf dem Bild ist nichts zu lesen.", TOKEN)
    assert not Proof.objects.exists()
    now = fresh(one)
    assert (now.identity, now.state, now.submission.state) == ("refused", "refused", "closed")
    assert not opens(case, officer)
    (letter,) = letters_to(one)
    page = Page(policy(), "de")
    for part in ("ground.identity.title", "ground.identity.text", "rights-letter.again", "complaint.ch.text"):
        assert page.text(part) in letter
    assert "Auf dem Bild ist nichts zu lesen." in letter
    decisions.decide_identity(officer, one.pk, False, "Auf dem Bild ist nichts zu lesen.", TOKEN)
    assert len(letters_to(one)) == 1
    assert Step.objects.get(request=one, act="refused").ground == "identity"


def test_a_refusal_of_identity_needs_its_words_and_keeps_the_proof_until_then(officer: Staff) -> None:
    one = make.rights_request("access", "stranger")
    assert problem(decisions.decide_identity, officer, one.pk, False, "", TOKEN) == "missing"
    assert Proof.objects.exists() and fresh(one).identity == "pending"


def test_a_complaint_isnt_refused_for_lack_of_identity(officer: Staff) -> None:
    one, case = make.rights_request("complaint", "stranger"), file()
    concerns.look(officer, one.pk, "ZH-2026-10041")
    decisions.decide_identity(officer, one.pk, False, "Der Name passt nicht.", TOKEN)
    assert (fresh(one).identity, fresh(one).state) == ("refused", "open")
    assert not opens(case, officer)  # what was looked at to compare is shut again
    assert Page(policy(), "de").text("complaint.ch.text") in letters_to(one)[0]
    decisions.answer(officer, one.pk, "Allgemein gilt: …", "u" * 22, 1)
    assert fresh(one).state == "answered"


def test_nothing_is_decided_before_identity_is(officer: Staff) -> None:
    one = make.rights_request("access", "stranger")
    assert conflict(decisions.answer, officer, one.pk, "Hier", TOKEN, 0) == "identity-open"
    assert conflict(decisions.refuse, officer, one.pk, "vexatious", "Nein", TOKEN, 0) == "identity-open"
    assert letters_to(one) == []


def test_identity_that_was_never_in_doubt_isnt_decided(officer: Staff) -> None:
    one = make.rights_request("access", "letter-code")
    assert conflict(decisions.decide_identity, officer, one.pk, False, "x", TOKEN) == "identity-decided"


# --- whom it is about


def test_looking_by_the_whole_reference_writes_what_lets_it_be_opened(officer: Staff) -> None:
    case, neighbour = file(), file(reference="ZH-2026-10042")
    one = make.rights_request("access", "letter-code")
    Outbox.objects.all().delete()
    assert concerns.look(officer, one.pk, "zh 2026 10041") == [case.subject_id]
    assert opens(case, officer) and not opens(neighbour, officer)
    assert Outbox.objects.filter(act="rights-candidate", subject_id=case.subject_id).count() == 1
    assert acts(one) == ["received", "candidate"]
    assert concerns.look(officer, one.pk, "ZH-2026-10041") == []  # nothing new
    assert conflict(concerns.look, officer, one.pk, "ZH-2026") == "no-such-case"
    known = rights_request.request(officer, one.pk)
    assert [about.id for about in known.candidates] == [case.subject_id]
    assert dict(known.candidates[0].matters[0].values)["debtor_name"] == "Nadine Oberholzer"


def test_forms_with_the_reference_and_those_that_a_clerk_assigned_are_candidates(officer: Staff) -> None:
    case, named = file(), make.submission("enquiry", case_reference="ZH-2026-10041")
    assigned = make.submission("contact")
    matching.choose(make.clerk(), assigned.pk, case.pk)
    one = make.rights_request("access", case_reference="ZH-2026-10041")
    found = concerns.look(officer, one.pk, "ZH-2026-10041")
    assert set(found) == {case.subject_id, named.subject_id, assigned.subject_id}
    values = list(SubmissionValue.objects.filter(submission__in=[named, assigned]))
    assert values and all(opens(value, officer) for value in values)


def test_an_entry_of_the_index_that_lies_leads_nowhere(officer: Staff) -> None:
    case = file(reference="BE-2026-20013")
    vault.entry("reference", "ZH202610041", case).save(force_insert=True)
    one = make.rights_request("access")
    assert conflict(concerns.look, officer, one.pk, "ZH-2026-10041") == "no-such-case"
    assert not opens(case, officer)
    assert not Outbox.objects.filter(act="open", subject_id=case.subject_id).exists()


def test_a_candidate_becomes_a_concern_or_is_shut_again(officer: Staff) -> None:
    mine, other = file(), file(reference="BE-2026-20013")
    one = make.rights_request("access", "letter-code")
    assert conflict(concerns.add_concern, officer, one.pk, mine.subject_id) == "not-looked-at"
    concerns.look(officer, one.pk, "ZH-2026-10041")
    concerns.look(officer, one.pk, "BE-2026-20013")
    concerns.add_concern(officer, one.pk, mine.subject_id)
    concerns.add_concern(officer, one.pk, mine.subject_id)
    concerns.drop_concern(officer, one.pk, other.subject_id)
    assert opens(mine, officer) and not opens(other, officer)
    assert acts(one) == ["received", "candidate", "candidate", "concern-added", "concern-dropped"]
    concerns.drop_concern(officer, one.pk, mine.subject_id)
    assert not opens(mine, officer)
    assert list(one.concerns.values_list("about_id", flat=True)) == [one.subject_id]
    assert conflict(concerns.drop_concern, officer, one.pk, one.subject_id) == "own-subject"


def test_what_a_request_opened_is_shut_once_it_is_decided(officer: Staff) -> None:
    case = file()
    one = make.rights_request("access", about=[case.subject_id])
    assert opens(case, officer)
    decisions.answer(officer, one.pk, "Hier ist alles.", TOKEN, 0)
    assert not opens(case, officer)
    assert not Warrant.objects.filter(ended_at=None).exists()
    assert conflict(concerns.look, officer, one.pk, "ZH-2026-10041") == "request-closed"


# --- the clock


def test_another_law_counts_from_receipt(officer: Staff) -> None:
    one = make.rights_request(received=date(2026, 1, 31))
    decisions.set_regime(officer, one.pk, "de")
    assert (fresh(one).regime, fresh(one).due_on) == ("de", date(2026, 2, 28))
    with pytest.raises(KeyError):
        decisions.set_regime(officer, one.pk, "us")


def test_extended_once_in_time_with_reasons_that_the_person_reads(officer: Staff) -> None:
    one = make.rights_request(received=ago(20), regime="ch")
    until = ago(-40)
    assert problem(decisions.extend, officer, one.pk, until, "", TOKEN) == "missing"
    assert problem(decisions.extend, officer, one.pk, ago(-3), "x", TOKEN) == "extension-not-later"
    decisions.extend(officer, one.pk, until, "Wir müssen Papierakten holen.", TOKEN)
    decisions.extend(officer, one.pk, until, "Wir müssen Papierakten holen.", TOKEN)
    assert (fresh(one).due_on, fresh(one).extended) == (until, True)
    (letter,) = letters_to(one)
    assert "Wir müssen Papierakten holen." in letter and Page(policy(), "de").day(until) in letter
    assert (
        conflict(decisions.extend, officer, one.pk, ago(-60), "Noch länger", "u" * 22) == "already-extended"
    )
    assert conflict(decisions.set_regime, officer, one.pk, "de") == "already-extended"
    step = Step.objects.get(request=one, act="extended")
    assert step.until == until


def test_not_extended_beyond_the_law_nor_after_the_term(officer: Staff) -> None:
    german = make.rights_request(received=ago(20), regime="de")
    assert problem(decisions.extend, officer, german.pk, ago(-90), "x", TOKEN) == "extension-far"
    late = make.rights_request(received=ago(31), regime="ch")
    assert problem(decisions.extend, officer, late.pk, ago(-40), "x", TOKEN) == "extension-late"
    assert not Message.objects.exists() and not RightsRequest.objects.filter(extended=True).exists()


def test_reminders_once_each_and_a_missed_one_is_caught_up() -> None:
    calm, soon, missed = (make.rights_request(received=ago(days)) for days in (10, 20, 27))
    late = make.rights_request(received=ago(40))
    done = make.rights_request(received=ago(29))
    decisions.answer(make.officer(), done.pk, "Hier", TOKEN, 0)
    assert decisions.remind() == 3
    assert decisions.remind() == 0
    said = dict(Step.objects.filter(act="reminder").values_list("request", "ground"))
    assert said == {soon.pk: "10", missed.pk: "5", late.pk: "1"}
    assert calm.pk not in said
    # After an extension the days count anew.
    RightsRequest.objects.filter(pk=soon.pk).update(due_on=ago(-8), extended=True)
    assert decisions.remind() == 1
    assert Step.objects.filter(request=soon, act="reminder", ground="10", until=ago(-8)).exists()
    assert Outbox.objects.filter(act="rights-reminder", actor_kind="system").count() == 4


def test_the_worker_reminds() -> None:
    from zusage.actions.house import chores

    make.rights_request(received=ago(20))
    assert chores()["reminders"] == 1


# --- letters


def test_an_answer_is_sent_once_and_ends_it(officer: Staff) -> None:
    one = make.rights_request("question")
    for _ in range(2):
        decisions.answer(officer, one.pk, "Ja, so ist es.", TOKEN, 0)
    assert letters_to(one) == ["Ja, so ist es."]
    now = fresh(one)
    assert (now.state, now.submission.state, now.assigned_to) == ("answered", "closed", officer)
    assert now.closed_at and now.submission.closed_at
    assert acts(one) == ["received", "answered"]
    other = make.officer()
    assert conflict(decisions.answer, other, one.pk, "Nein.", "u" * 22, 1) == "request-closed"
    assert conflict(decisions.refuse, other, one.pk, "identity", "Nein.", "v" * 22, 1) == "request-closed"


def test_nobody_answers_past_a_letter_they_havent_seen(officer: Staff) -> None:
    one = make.rights_request("question")
    mailbox_actions.reply(one.subject_id, one.submission_id, "Noch etwas", "r" * 22)
    for work in (decisions.answer, decisions.write):
        assert conflict(work, officer, one.pk, "Ja.", TOKEN, 0) == "new-letter"
    assert problem(decisions.answer, officer, one.pk, "", TOKEN, 1) == "missing"


def test_a_letter_that_decides_nothing(officer: Staff) -> None:
    one = make.rights_request("rectification", "stranger")
    for _ in range(2):
        decisions.write(officer, one.pk, "Was ist falsch?", TOKEN, 0)
    assert (fresh(one).state, letters_to(one)) == ("open", ["Was ist falsch?"])


def test_a_letter_after_the_decision_waits_until_it_is_seen_to(officer: Staff) -> None:
    one = make.rights_request("question")
    decisions.answer(officer, one.pk, "Ja.", TOKEN, 0)
    mailbox_actions.reply(one.subject_id, one.submission_id, "Danke!", "r" * 22)
    assert fresh(one).submission.state == "open"
    assert conflict(decisions.settle, officer, one.pk, 1) == "unread-letter"
    decisions.settle(officer, one.pk, 2)
    assert (fresh(one).submission.state, fresh(one).state) == ("closed", "answered")
    mailbox_actions.reply(one.subject_id, one.submission_id, "Doch noch eine Frage", "s" * 22)
    decisions.write(officer, one.pk, "Gern.", "u" * 22, 3)
    assert fresh(one).submission.state == "closed"
    waiting = make.rights_request("question")
    assert conflict(decisions.settle, officer, waiting.pk, 0) == "request-open"


def test_the_person_hears_of_it_by_email_where_they_asked(officer: Staff) -> None:
    quiet, told = make.rights_request("question"), make.rights_request("question")
    mailbox_actions.ask_notice(told.subject_id, "nadine@example.ch")
    for one in (quiet, told):
        decisions.answer(officer, one.pk, "Ja.", TOKEN, 0)
    assert [task.args_kwargs["args"] for task in DBTaskResult.objects.all()] == [[str(told.submission_id)]]


# --- refusal


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("regime", ["ch", "de"])
def test_every_refusal_has_its_ground_its_reasons_and_the_way_to_complain(
    officer: Staff, regime: str, language: str
) -> None:
    page = Page(policy(), language)
    tried = 0
    for right in law.RIGHTS:
        for ground in law.grounds(right, regime):
            one = make.rights_request(right, regime=regime, language=language)
            decisions.refuse(officer, one.pk, ground.id, f"Weil {ground.id}.", TOKEN, 0)
            (letter,) = letters_to(one)
            for part in (f"ground.{ground.id}.title", f"ground.{ground.id}.text", f"complaint.{regime}.text"):
                assert page.text(part) in letter
            assert f"Weil {ground.id}." in letter
            assert page.cite(ground.articles[regime].citation) in letter
            step = Step.objects.get(request=one, act="refused")
            assert (step.ground, fresh(one).state) == (ground.id, "refused")
            tried += 1
    assert tried > 20


def test_a_refusal_cant_be_sent_without_ground_or_reasons(officer: Staff) -> None:
    one = make.rights_request("access")
    for ground in ("", "nonsense", "retention-duty", "claims"):  # the last two aren't grounds against access
        assert conflict(decisions.refuse, officer, one.pk, ground, "Weil.", TOKEN, 0) == "no-such-ground"
    assert problem(decisions.refuse, officer, one.pk, "vexatious", "", TOKEN, 0) == "missing"
    complaint = make.rights_request("complaint")
    assert (
        conflict(decisions.refuse, officer, complaint.pk, "vexatious", "Weil.", TOKEN, 0) == "no-such-ground"
    )
    assert not Message.objects.exists() and fresh(one).state == "open"


def test_own_interests_count_only_where_nobody_was_given_the_data(officer: Staff) -> None:
    case = file()
    one = make.rights_request("access", about=[case.subject_id])
    Disclosure.objects.create(
        subject_id=case.subject_id, recipient="creditor", purpose="collection", ground="contract", country="CH",
        fields="reference", form="csv", actor_kind="system",
    )  # fmt: skip
    assert conflict(decisions.refuse, officer, one.pk, "own-interest", "Weil.", TOKEN, 0) == "disclosed"
    other = make.rights_request("access")
    decisions.refuse(officer, other.pk, "own-interest", "Weil.", TOKEN, 0)
    assert fresh(other).state == "refused"


def test_a_complaint_is_answered_with_where_to_go_on(officer: Staff) -> None:
    one = make.rights_request("complaint", language="fr")
    decisions.answer(officer, one.pk, "Nous avons vérifié.", TOKEN, 0)
    assert Page(policy(), "fr").text("complaint.ch.text") in letters_to(one)[0]


# --- complaints go to somebody else


def involve(officer: Staff, how: str) -> Submission:
    """A matter in which the officer, when still a clerk, did something."""
    matter = make.submission("enquiry")
    Staff.objects.filter(pk=officer.pk).update(role="clerk")
    clerk = Staff.objects.get(pk=officer.pk)
    if how == "answer":
        clerks.answer(clerk, matter.pk, "Nein.", TOKEN, 0)
        Submission.objects.filter(pk=matter.pk).update(assigned_to=None)
    elif how == "note":
        clerks.note(clerk, matter.pk, "Schwierig.", TOKEN)
    else:
        clerks.assign(clerk, matter.pk, clerk, None)
    Staff.objects.filter(pk=officer.pk).update(role="officer")
    return matter


@pytest.mark.parametrize("how", ["answer", "note", "assigned"])
@pytest.mark.parametrize("right", ["complaint", "question"])
def test_a_complaint_isnt_decided_by_who_dealt_with_the_matter(officer: Staff, right: str, how: str) -> None:
    matter = involve(officer, how)
    one = make.rights_request(right, about=[matter.subject_id])
    for work, *args in (
        (decisions.answer, "Nein.", TOKEN, 0), (decisions.write, "Nein.", TOKEN, 0),
        (decisions.extend, ago(-40), "x", TOKEN), (decisions.set_regime, "de"), (concerns.look, "ZH-2026-10041"),
    ):  # fmt: skip
        assert conflict(work, officer, one.pk, *args) == "own-case"
    assert conflict(decisions.assign, officer, one.pk, officer, None) == "own-case"
    assert letters_to(one) == []
    assert rights_request.request(officer, one.pk).own_case
    other = make.officer()
    decisions.assign(officer, one.pk, other, None)  # handing it on is what they should do
    decisions.answer(other, one.pk, "Sie haben recht.", TOKEN, 0)
    assert fresh(one).state == "answered"


def test_the_clerk_of_the_case_is_known_by_the_forms_assigned_to_it(officer: Staff) -> None:
    case, matter = file(), involve(officer, "note")
    matching.choose(make.clerk(), matter.pk, case.pk)
    one = make.rights_request("complaint", about=[case.subject_id])
    assert conflict(decisions.answer, officer, one.pk, "Nein.", TOKEN, 0) == "own-case"


def test_other_rights_may_be_dealt_with_by_whoever_knows_the_matter(officer: Staff) -> None:
    matter = involve(officer, "note")
    one = make.rights_request("access", about=[matter.subject_id])
    decisions.answer(officer, one.pk, "Hier.", TOKEN, 0)
    # Nor is somebody biased because they answered an earlier request.
    complaint = make.rights_request("complaint", about=[one.subject_id])
    decisions.answer(officer, complaint.pk, "Geprüft.", TOKEN, 0)
    assert fresh(complaint).state == "answered"


# --- at the same moment


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_page", [True, False])
def test_two_answers_at_the_very_same_moment_are_one(same_page: bool) -> None:
    one, people = make.rights_request("question"), [make.officer(), make.officer()]
    start, outcomes = threading.Barrier(2), []

    def press(number: int) -> None:
        who, token = (people[0], TOKEN) if same_page else (people[number], str(number) * 22)
        text = "Ja." if same_page else f"Antwort {number}"
        start.wait()
        try:
            decisions.answer(who, one.pk, text, token, 0)
            outcomes.append("sent")
        except Conflict as found:
            outcomes.append(found.reason)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == (["sent", "sent"] if same_page else ["request-closed", "sent"])
    assert len(letters_to(one)) == 1
    assert acts(one) == ["received", "answered"]
