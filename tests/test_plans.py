"""A proposal becomes a plan: accepted, countered, declined, agreed to, disputed; and what may never happen to it."""

from __future__ import annotations

import secrets
import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests import household, make
from tests.cast import LEA, LIA
from tests.plans import accepted, active, amounts, letters, paid, proposal
from zusage.actions import cases_update, mailbox, office
from zusage.actions.base import Conflict
from zusage.actions.plans import mailbox as person
from zusage.actions.plans import offer, steps
from zusage.actions.plans import office as desk
from zusage.models import Case, Instalment, Message, Plan, PlanShare, PlanStep, Submission
from zusage.protocol.models import Outbox
from zusage.queries import plan_queue, plans, proposals
from zusage.queries.plan_queue import Filters
from zusage.rules.cost_notice import cost_notice, version
from zusage.rules.instalments import Wish
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.index import find

pytestmark = pytest.mark.django_db


def token() -> str:
    return secrets.token_urlsafe(8)


def countered(clerk, sent, rate: str = "210.25", **how):
    now = plans.version_of(sent.pk)
    wish = Wish(Decimal(rate), 1)
    made = offer.counter(
        clerk, sent.pk, [sent.case_id], wish, expected=now, form_token=token(), text="So ginge es.", **how
    )
    return Plan.objects.get(pk=made[0])


def reason(work, *args, **kwargs) -> str:
    with pytest.raises(Conflict) as refused:
        work(*args, **kwargs)
    return refused.value.reason


def proposed(clerk, sent):
    values = proposals.values_of(sent, vault.Actor.staff(clerk))
    return proposals.of_submission(clerk, sent, values)


def test_the_clerk_accepts_and_the_person_has_an_active_plan_that_adds_up():
    clerk, sent = make.clerk(), proposal()
    mailbox.ask_notice(sent.subject_id, LEA.email)
    seen = proposed(clerk, sent)
    assert seen.draft and seen.draft.verdict.allowed and [one.cited for one in seen.cases] == [True]
    plan = accepted(clerk, sent)
    assert (plan.state, plan.cost_notice, plan.subject_id) == ("active", "a" * 64, sent.case.subject_id)
    assert sum(amounts(plan)) == Decimal("420.50")
    (shown,) = plans.of_mailbox(sent.subject_id)
    assert (shown.total.stored(), shown.open.stored()) == ("CHF 420.50", "CHF 420.50")
    assert (shown.cited, shown.rate.stored(), shown.next) == (LEA.references, "CHF 150.00", shown.lines[0])
    references = [one.reference for one in shown.lines]
    assert len(set(references)) == len(references) and all(references)
    assert find("payment-reference", [references[1]], "zusage.instalment") == [shown.lines[1].id]
    (letter,) = letters(sent)
    assert "CHF 420.50" in letter and "anerkennen Sie die Forderung nicht" in letter
    assert [one.act for one in PlanStep.objects.filter(plan=plan)] == ["accepted"]
    assert Submission.objects.get(pk=sent.pk).state == "answered"
    deeds = set(Outbox.objects.filter(subject_id=plan.subject_id).values_list("act", "actor_kind"))
    assert {("plan-accepted", "staff"), ("show-plan", "subject"), ("open", "system")} <= deeds
    assert DBTaskResult.objects.filter(task_path__endswith="send_notice").count() == 1
    whole = plans.plan(clerk, plan.pk)
    assert [(one.reference, one.amount.stored()) for one in whole.shares] == [
        (LEA.references[0], "CHF 420.50")
    ]
    assert [(one.act, one.by, one.author) for one in whole.steps] == [("accepted", "agency", clerk.username)]
    other = make.submission("payment")
    assert plans.of_mailbox(other.subject_id) == []
    with pytest.raises(Plan.DoesNotExist):
        plans.in_mailbox(other.subject_id, plan.pk)
    # The matter is closed when the plan is.
    assert reason(office.close, clerk, sent.pk) == "plan-runs"


def test_no_plan_begins_before_the_cost_notice_was_shown():
    """Where a law wants it (RDG 13a), and the form that came had none beside it."""
    clerk, sent = make.clerk(), proposal(notice="")
    plan = accepted(clerk, sent)
    assert (plan.state, plan.agreed_at, plan.cost_notice) == ("offered", None, "")
    assert reason(person.confirm, sent.subject_id, plan.pk, plan.version) == "notice-unseen"
    before = plan.version
    shown = person.show(sent.subject_id, plan.pk, "fr")
    assert shown.plan.cost_notice == version(cost_notice(policy(), "fr")) and shown.plan.cost_notice_shown_at
    assert shown.plan.version == before + 1
    assert person.show(sent.subject_id, plan.pk).plan.version == before + 1  # once
    assert reason(person.confirm, sent.subject_id, plan.pk, before) == "plan-changed"
    assert reason(person.confirm, sent.subject_id, plan.pk, before) == "plan-changed"
    with pytest.raises(Plan.DoesNotExist):
        person.confirm(plan.subject_id, plan.pk, before + 1)  # the debtor of the file is not who wrote
    person.confirm(sent.subject_id, plan.pk, before + 1)
    person.confirm(sent.subject_id, plan.pk, before + 1)  # the button pressed twice
    plan.refresh_from_db()
    assert plan.state == "active" and plan.agreed_at > plan.cost_notice_shown_at
    assert "gilt ab sofort" in letters(sent)[-1]
    assert [one.act for one in PlanStep.objects.filter(plan=plan).order_by("at")] == [
        "accepted",
        "notice-shown",
        "confirmed",
    ]


def test_another_plan_is_offered_replaced_turned_down_and_declined():
    clerk, sent = make.clerk(), proposal()
    first = countered(clerk, sent)
    assert first.state == "offered" and amounts(first) == [Decimal("210.25")] * 2
    assert "So ginge es." in letters(sent)[-1]
    second = countered(clerk, sent, "420.50")
    first.refresh_from_db()
    assert (first.state, first.ended_why) == ("ended", "replaced")
    assert reason(person.confirm, sent.subject_id, first.pk, first.version) == "plan-over"
    person.turn_down(sent.subject_id, second.pk, second.version)
    person.turn_down(sent.subject_id, second.pk, second.version)
    second.refresh_from_db()
    assert (second.state, second.ended_why) == ("ended", "declined")
    assert Submission.objects.get(pk=sent.pk).state == "open"  # a clerk has to look
    third, said = countered(clerk, sent), plans.version_of(sent.pk)
    with pytest.raises(Problem):
        offer.decline(clerk, sent.pk, "other", " ", said, token())
    assert reason(offer.decline, clerk, sent.pk, "whim", "", said, token()) == "no-such-reason"
    page = token()
    offer.decline(clerk, sent.pk, "rules", "Rufen Sie mich an.", said, page)
    offer.decline(clerk, sent.pk, "rules", "Rufen Sie mich an.", said, page)
    third.refresh_from_db()
    assert (third.ended_why, len(letters(sent))) == ("withdrawn", 4)
    assert "zu klein" in letters(sent)[-1] and "Rufen Sie mich an." in letters(sent)[-1]
    assert not PlanShare.objects.filter(live=True).exists()


def test_what_a_clerk_cant_do_and_is_told():
    clerk, sent = make.clerk(), proposal(rate="20.00")
    now, page = plans.version_of(sent.pk), token()

    def accept(*cases, expected=now, to=sent, **how):
        wanted = list(cases) or [sent.case_id]
        return offer.accept(clerk, to.pk, wanted, expected=expected, form_token=page, **how)

    assert proposed(clerk, sent).draft.verdict.reasons == ("rate-too-small", "too-many")
    assert reason(accept) == "plan-not-allowed"
    assert reason(accept, household.file(LIA).pk) == "no-case"
    assert reason(accept, to=make.submission("enquiry"), expected=0) == "not-a-proposal"
    assert reason(accept, to=make.submission("payment"), expected=0) == "no-case"
    (plan_id,) = accept(beyond=True)
    assert accept(beyond=True) == [plan_id]  # the same page once more
    (plan,) = Plan.objects.all()
    assert PlanStep.objects.get(plan=plan, act="accepted").body and len(amounts(plan)) == 22
    page = token()
    assert reason(accept, beyond=True) == "plan-changed"
    assert reason(accept, beyond=True, expected=plans.version_of(sent.pk)) == "has-plan"
    other = proposal(LEA, sent.case)
    assert proposed(clerk, other).cases[0].plan_id == plan.pk
    assert reason(accept, to=other, expected=0) == "has-plan"
    assert reason(offer.decline, clerk, sent.pk, "rules", "", plans.version_of(sent.pk), page) == "has-plan"
    Submission.objects.filter(pk=sent.pk).update(state="closed")
    assert reason(accept, expected=plans.version_of(sent.pk)) == "closed"
    assert reason(desk.pause, clerk, plan.pk, 99) == "plan-changed"
    desk.end(clerk, plan.pk, "withdrawn", "Wie besprochen.", plan.version)
    plan.refresh_from_db()
    assert "Wie besprochen." in letters(sent)[-1]
    assert reason(desk.resume, clerk, plan.pk, plan.version) == "plan-over"
    listed = [plan_queue.page(clerk, Filters(one), "1")[1] for one in ("over", "late")]
    assert [[row.plan for row in rows] for rows in listed] == [[plan], []]


def test_several_cases_are_one_plan_with_shares_or_one_each_without_contested_costs():
    first = household.file(LEA)
    second = household.further_file(
        first, LEA, reference="AG-2025-440099.1", balance="CHF 300.00", contested_costs="50.00"
    )
    third = household.further_file(first, LEA, reference="AG-2025-440100.0", balance="EUR 90.00")
    closed = household.further_file(first, LEA, reference="AG-2025-440101.0")
    Case.objects.filter(pk=closed.pk).update(state="closed")
    clerk = make.clerk()
    sent = proposal(LEA, first, rate="224.00", case_references="ag 2025 440017 2\nAG-2025-440099.1")
    there = proposed(clerk, sent)
    cited = {one.case.pk: one.cited for one in there.cases}
    assert cited == {first.pk: True, second.pk: True, third.pk: False}
    assert there.cases[0].case == first  # where the message lies
    contested = next(one.contested for one in there.cases if one.case == second)
    assert contested == Decimal("50.00")
    assert sum(one.amount for one in there.draft.verdict.instalments) == Decimal("720.50")
    assert reason(accepted, clerk, sent, first.pk, closed.pk) == "no-case"
    one = accepted(clerk, sent, first.pk, second.pk, without_contested=True)
    assert sum(amounts(one)) == Decimal("670.50")
    shares = {share.case_id: share.amount.amount for share in plans.plan(clerk, one.pk).shares}
    assert shares == {first.pk: Decimal("420.50"), second.pk: Decimal("250.00")}
    one.refresh_from_db()
    desk.end(clerk, one.pk, "agency", "", one.version)
    accepted(clerk, sent, first.pk, second.pk, third.pk, each=True, beyond=True)
    live = Plan.objects.filter(state="active")
    assert sorted((plan.currency, sum(amounts(plan))) for plan in live) == [
        ("CHF", Decimal("300.00")),
        ("CHF", Decimal("420.50")),
        ("EUR", Decimal("90.00")),
    ]
    assert all(plan.shares.count() == 1 for plan in live)
    rates = [plans.shown([plan], plans.PLANS)[0].rate.amount for plan in live]
    assert sum(rates) == Decimal("224.00")


def test_a_dispute_lets_plan_and_case_rest_until_a_clerk_has_looked():
    clerk, sent, plan = active()
    page = token()
    with pytest.raises(Problem):
        person.dispute(sent.subject_id, plan.pk, "  ", page)
    person.dispute(sent.subject_id, plan.pk, "Ich habe das nie bestellt.", page)
    person.dispute(sent.subject_id, plan.pk, "Ich habe das nie bestellt.", page)
    plan.refresh_from_db()
    case = Case.objects.get(pk=sent.case_id)
    assert (plan.state, case.state) == ("paused", "paused")
    assert Submission.objects.get(pk=sent.pk).state == "open"
    assert Message.objects.filter(submission=sent, sender="person").count() == 1
    assert "ruht" in letters(sent)[-1]
    assert cases_update._disputed(case)  # what a creditor's file says doesn't end it
    past = timezone.localdate() - timedelta(days=40)
    Instalment.objects.filter(plan=plan, number=1).update(due_on=past)
    desk.resume(clerk, plan.pk, plan.version)
    plan.refresh_from_db()
    assert (plan.state, plan.paused_at) == ("active", None)
    assert Case.objects.get(pk=sent.case_id).state == "open"
    days = list(Instalment.objects.filter(plan=plan).order_by("number").values_list("due_on", flat=True))
    assert days == sorted(set(days)) and days[0] > timezone.localdate()
    # A clerk lets it rest: that says nothing of the case. And nothing moves where nothing fell due.
    desk.pause(clerk, plan.pk, plan.version)
    plan.refresh_from_db()
    assert Case.objects.get(pk=sent.case_id).state == "open"
    Case.objects.filter(pk=sent.case_id).update(state="paused")  # by the creditor
    desk.resume(clerk, plan.pk, plan.version)
    assert Case.objects.get(pk=sent.case_id).state == "paused"
    assert [*Instalment.objects.filter(plan=plan).order_by("number").values_list("due_on", flat=True)] == days


def test_an_offer_that_was_disputed_still_waits_for_the_person_when_it_goes_on():
    clerk, sent = make.clerk(), proposal()
    plan = countered(clerk, sent)
    person.dispute(sent.subject_id, plan.pk, "Erst prüfen, bitte.", token())
    plan.refresh_from_db()
    assert reason(person.confirm, sent.subject_id, plan.pk, plan.version) == "plan-over"
    desk.resume(clerk, plan.pk, plan.version)
    plan.refresh_from_db()
    assert (plan.state, plan.agreed_at) == ("offered", None)


def test_all_paid_is_done_with_a_letter_and_the_matter_is_closed():
    _clerk, sent, plan = active()
    plan = paid(plan, 1, 2)
    assert plan.state == "active"
    assert plans.of_mailbox(sent.subject_id)[0].open.stored() == "CHF 120.50"
    plan = paid(plan, 3)
    assert (plan.state, plan.ended_why) == ("done", "paid") and plan.ended_at
    assert "alle Raten bezahlt" in letters(sent)[-1]
    assert Submission.objects.get(pk=sent.pk).state == "closed"
    assert not PlanShare.objects.filter(live=True).exists()
    assert steps.stands(plan, date(2036, 1, 1)).done
    with pytest.raises(Conflict):
        person.dispute(sent.subject_id, plan.pk, "Zu spät", token())


@pytest.mark.django_db(transaction=True, databases=["default", "keys", "protocol"])
def test_of_two_clerks_at_once_one_wins_and_the_other_is_told():
    sent = proposal()
    second = proposal(LEA, sent.case)
    people = [make.clerk(), make.clerk()]
    ready, said = threading.Barrier(3), []

    def press(clerk, message):
        ready.wait()
        try:
            made = offer.accept(clerk, message.pk, [sent.case_id], expected=0, form_token=token())
            said.append(("plan", len(made)))
        except Conflict as conflict:
            said.append(("told", conflict.reason))
        finally:
            connections.close_all()

    # Two on one message, and one on another message about the same case.
    work = [(people[0], sent), (people[1], sent), (people[1], second)]
    threads = [threading.Thread(target=press, args=one) for one in work]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(one for one, _ in said) == ["plan", "told", "told"]
    assert {why for what, why in said if what == "told"} <= {"has-plan", "plan-changed"}
    assert Plan.objects.count() == 1 and PlanShare.objects.filter(live=True).count() == 1
