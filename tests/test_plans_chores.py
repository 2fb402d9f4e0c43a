"""Plans from day to day: what is missed is told, an end is announced before it comes, and nothing happens twice."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests import make
from tests.cast import ISIL, LEA, LIA, SIVA
from tests.plans import accepted, active, letters, paid, proposal
from zusage.actions.base import Conflict
from zusage.actions.house import publish_notice
from zusage.actions.plans import chores, offer
from zusage.actions.plans import mailbox as person
from zusage.actions.plans import office as desk
from zusage.actions.plans.chores import daily
from zusage.models import Case, Instalment, Message, Plan, PlanShare, PlanStep
from zusage.promises.look import Look
from zusage.promises.probes import plans as probes
from zusage.queries import plan_queue, plans
from zusage.queries.plan_queue import Filters
from zusage.rules.instalments import Wish
from zusage.vault.models import Restriction

pytestmark = pytest.mark.django_db

NOTHING = {"missed": 0, "announced": 0, "ended": 0, "lapsed": 0, "closed": 0, "unreadable": 0}


def days(plan: Plan) -> list[date]:
    return list(Instalment.objects.filter(plan=plan).order_by("number").values_list("due_on", flat=True))


def after(day: date, days: int) -> date:
    return day + timedelta(days=days)


def happened(**named: int) -> dict[str, int]:
    return NOTHING | named


def test_missed_is_told_after_the_grace_days_announced_and_ended_and_each_once():
    clerk, sent, plan = active()
    first, second, _ = days(plan)
    assert daily(after(first, 5)) == NOTHING  # the last day of grace
    assert plan_queue.page(clerk, Filters("late"), "1")[1] == []
    assert daily(after(first, 6)) == happened(missed=1)
    late = plan_queue.page(clerk, Filters("late"), "1")[1]
    assert [(one.plan, one.missed, one.next_due) for one in late] == [(plan, 1, first)]
    assert daily(after(first, 6)) == NOTHING and daily(after(first, 7)) == NOTHING
    assert "noch nicht bei uns eingegangen" in letters(sent)[-1] and "CHF 150.00" in letters(sent)[-1]
    (shown,) = plans.of_mailbox(sent.subject_id)
    assert [one.missed for one in shown.lines] == [True, False, False]
    # Two in a row: the end is announced, and comes on its day, not before.
    day = after(second, 6)
    assert daily(day) == happened(missed=1, announced=1)
    plan.refresh_from_db()
    assert plan.ends_on == after(day, 14) and plan.state == "active"
    assert letters(sent)[-1].count("CHF 150.00") == 2 and f"{plan.ends_on.year}" in letters(sent)[-1]
    assert daily(after(day, 13)) == NOTHING
    assert daily(after(day, 14)) == happened(ended=1)
    plan.refresh_from_db()
    assert (plan.state, plan.ended_why) == ("ended", "missed")
    assert "beendet" in letters(sent)[-1] and len(letters(sent)) == 4
    assert daily(after(day, 100)) == NOTHING
    assert [one.act for one in PlanStep.objects.filter(plan=plan).order_by("at")] == [
        "accepted", "missed", "missed", "announced", "ended",
    ]  # fmt: skip


def test_a_payment_averts_the_announced_end():
    _, sent, plan = active()
    _, second, third = days(plan)
    assert daily(after(second, 6)) == happened(missed=1, announced=1)  # the worker was away before
    assert PlanStep.objects.get(plan=plan, act="missed").act == "missed"
    plan = paid(plan, 1)
    assert (plan.state, plan.ends_on) == ("active", None) and "läuft weiter" in letters(sent)[-1]
    assert daily(after(second, 30)) == NOTHING
    # The next row of two is another one: it is announced anew.
    assert daily(after(third, 6)) == happened(missed=1, announced=1)
    plan = paid(plan, 2, 3)
    assert (plan.state, plan.ended_why, plan.ends_on) == ("done", "paid", None)
    assert daily(after(third, 60)) == NOTHING


def test_killed_in_between_loses_nothing_and_who_is_blocked_is_left_alone(monkeypatch):
    made = [active(who, rate="420.50") for who in (LEA, LIA, SIVA, ISIL)]
    (_, blocked, _), *rest = made
    Restriction.objects.create(subject_id=blocked.case.subject_id, kind="restriction", purpose="plan")
    day = after(days(made[0][2])[0], 6)
    send, sent = chores.letters.lay, []

    def dies_at_the_second(*args, **kwargs):
        sent.append(args)
        if len(sent) == 2:
            raise KeyboardInterrupt
        send(*args, **kwargs)

    monkeypatch.setattr(chores.letters, "lay", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        daily(day)
    marked = Instalment.objects.exclude(missed_at=None)
    assert marked.count() == 1  # the second is undone as a whole
    assert sorted(len(letters(message)) for _, message, _ in rest) == [1, 1, 2]
    assert daily(day) == happened(missed=2)
    assert [len(letters(message)) for _, message, _ in rest] == [2, 2, 2]
    assert len(letters(blocked)) == 1 and daily(day) == NOTHING
    # A value that was tampered with: that plan waits for somebody, the others don't.
    first, second = Instalment.objects.exclude(plan=made[0][2])[:2]
    Instalment.objects.filter(pk=first.pk).update(amount=second.amount, missed_at=None)
    Instalment.objects.filter(pk=second.pk).update(missed_at=None)
    assert daily(day) == happened(unreadable=1, missed=1)
    (damaged,) = plans.shown([first.plan], plans.PLANS)
    assert (damaged.shut, damaged.lines, damaged.total.amount) == ("damaged", (), Decimal("0.00"))


def test_a_case_that_is_closed_takes_its_plan_along_and_who_may_not_be_written_to_is_left_alone():
    clerk, sent, plan = active()
    Case.objects.filter(pk=sent.case_id).update(state="closed")
    block = Restriction.objects.create(subject_id=sent.subject_id, kind="restriction", purpose="payment")
    today = days(plan)[0]
    assert daily(today) == NOTHING
    with pytest.raises(Conflict):
        desk.pause(clerk, plan.pk, plan.version)
    block.delete()
    assert daily(today) == happened(closed=1) and daily(today) == NOTHING
    plan.refresh_from_db()
    assert (plan.state, plan.ended_why) == ("ended", "agency")
    assert "bezahlen Sie nicht mehr" in letters(sent)[-1]


def test_an_offer_that_nobody_takes_up_lapses_and_frees_the_case():
    clerk, sent = make.clerk(), proposal(notice="")
    plan = accepted(clerk, sent)
    first = days(plan)[0]
    assert daily(first) == NOTHING
    assert daily(after(first, 1)) == happened(lapsed=1) and daily(after(first, 1)) == NOTHING
    plan.refresh_from_db()
    assert (plan.state, plan.ended_why) == ("ended", "withdrawn")
    assert "gilt nicht mehr" in letters(sent)[-1]
    again = accepted(clerk, sent)
    Instalment.objects.filter(plan=again).update(due_on=after(first, -400))
    person.show(sent.subject_id, again.pk)
    again.refresh_from_db()
    with pytest.raises(Conflict) as refused:
        person.confirm(sent.subject_id, again.pk, again.version)
    assert refused.value.reason == "plan-lapsed"


def _walk(chance: random.Random, clerk, sent) -> None:
    """One thing that somebody might do now, whether it fits or not."""
    now = plans.version_of(sent.pk)
    plan = Plan.objects.filter(submission=sent).order_by("-made_at").first()
    page, at = str(chance.random()), (plan.pk if plan else None)
    version = plan.version if plan else 0
    wish = Wish(Decimal(chance.choice(["100.00", "140.20", "210.25", "420.50"])), chance.randint(1, 31))
    cases = [sent.case_id]
    todo = [
        lambda: offer.accept(clerk, sent.pk, cases, expected=now, form_token=page),
        lambda: offer.counter(clerk, sent.pk, cases, wish, expected=now, form_token=page, beyond=True),
        lambda: offer.decline(clerk, sent.pk, "rules", "", now, page),
    ]
    if plan is not None:
        who = sent.subject_id
        todo += [
            lambda: person.show(who, at),
            lambda: person.confirm(who, at, version),
            lambda: person.turn_down(who, at, version),
            lambda: person.dispute(who, at, "Stimmt nicht.", page),
            lambda: desk.pause(clerk, at, version),
            lambda: desk.resume(clerk, at, version),
            lambda: desk.end(clerk, at, "agency", "", version),
            lambda: daily(max(days(plan)) - timedelta(days=chance.randint(0, 90))),
            lambda: paid(plan, chance.randint(1, 5)) if plan.state in ("active", "paused") else None,
        ]
    try:
        chance.choice(todo)()
    except Conflict:
        pass


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_in_whatever_order(seed):
    """Instalments add up, a case has one live plan, none begins before its notice, and no letter without a step."""
    chance = random.Random(seed)
    publish_notice()
    clerk, sent = make.clerk(), proposal(notice=chance.choice(["", "a" * 64]))
    for _ in range(30):
        _walk(chance, clerk, sent)
        live = PlanShare.objects.filter(live=True).values_list("plan__state", flat=True)
        assert len(live) <= 1 and set(live) <= set(Plan.LIVE)
    states = set()
    for shown in plans.shown(list(Plan.objects.all()), plans.PLANS):
        plan = shown.plan
        states.add(plan.state)
        assert sum(one.amount.amount for one in shown.lines) == shown.total.amount == Decimal("420.50")
        assert (plan.state in Plan.LIVE) == (plan.ended_at is None) == bool(plan.shares.filter(live=True))
        begun = plan.agreed_at is not None
        assert not begun or (plan.cost_notice and plan.cost_notice_shown_at <= plan.agreed_at)
        assert begun or plan.state not in ("active", "done")
        assert plan.version == 1 + plan.steps.count()
        due = [one.due for one in shown.lines]
        assert due == sorted(set(due))
    assert states and Message.objects.filter(sender="agency").exists()
    for seen in (probes.all_schedules, probes.all_agreements, probes.every_case_has_one):
        assert [one.worst for one in seen(Look()) if one.state != "kept"] == []
