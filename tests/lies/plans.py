"""Lies about plans of instalments: what they come to, who agreed, what pays them, and where payments go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from tests.lies import changed, lie
from tests.lies.scene import Scene
from zusage.actions.plans import mailbox, making, payments
from zusage.models import Instalment, PlanShare
from zusage.policy.plans import Account, Terms
from zusage.policy.types import Policy
from zusage.rules.instalments import Verdict, Wish
from zusage.rules.paying import codes
from zusage.web.public import instalments as page

PROMISE = "payment-form"
OTHERS = ("enquiry-form", "retention", "objection")
FRAUD = Account("CH9300762011623852957", "CHF", "Eine Bank")


@lie(PROMISE, stays=OTHERS)
def an_instalment_is_lost(scene: Scene) -> None:
    """The last one: what is left is numbered as it should be."""
    Instalment.objects.filter(plan=scene.plan).order_by("-number").first().delete()  # type: ignore[union-attr]


@lie(PROMISE, stays=OTHERS)
def the_first_payment_is_put_off(scene: Scene) -> None:
    """By a quarter of a year, past the rules, and without a clerk who says so."""
    for one in Instalment.objects.filter(plan=scene.plan):
        Instalment.objects.filter(pk=one.pk).update(due_on=one.due_on + timedelta(days=91))


@lie(PROMISE, stays=OTHERS)
def a_schedule_that_does_not_add_up(scene: Scene) -> Iterator[None]:
    """A centime more with each instalment."""
    ours = making.stored
    with changed(making, "stored", lambda draft, amount: ours(draft, amount + Decimal("0.01"))):
        yield


@lie(PROMISE, stays=OTHERS)
def a_code_with_another_amount(scene: Scene) -> Iterator[None]:
    """A fee that nobody agreed to."""
    ours = codes.payload

    def dearer(account: Account, holder: Any, amount: Decimal, *more: Any) -> str:
        return ours(account, holder, amount + 5, *more)

    with changed(codes, "payload", dearer):
        yield


@lie(PROMISE, stays=OTHERS)
def a_code_with_another_account(scene: Scene) -> Iterator[None]:
    """Everything is as it was, but for where the money goes."""
    ours = codes.payload

    def diverted(account: Account, *more: Any) -> str:
        return ours(account, *more).replace(account.iban, FRAUD.iban)

    with changed(codes, "payload", diverted):
        yield


@lie(PROMISE, "retention", stays=("enquiry-form", "objection"))
def a_budget_kept_too_long(scene: Scene) -> None:
    """What nobody had to tell is still there after ten weeks."""
    old = timezone.now() - timedelta(days=70)
    scene.sql("UPDATE zusage_submission SET received_at = %s WHERE id = %s", old, scene.id(scene.planned.pk))


@lie(PROMISE, stays=OTHERS)
def a_notice_of_costs_shown_afterwards(scene: Scene) -> None:
    late = timezone.now() + timedelta(minutes=5)
    scene.sql("UPDATE zusage_plan SET cost_notice_shown_at = %s WHERE id = %s", late, scene.id(scene.plan.pk))


@lie(PROMISE, stays=OTHERS)
def a_plan_agreed_without_the_notice_of_costs(scene: Scene) -> None:
    scene.sql(
        "UPDATE zusage_plan SET cost_notice = '', cost_notice_shown_at = NULL WHERE id = %s",
        scene.id(scene.plan.pk),
    )


@lie(PROMISE, stays=OTHERS)
def a_plan_begun_by_nobody(scene: Scene) -> None:
    """It was offered; the person didn't answer. A script took that for a yes, and for a notice that was shown."""
    now = timezone.now()
    scene.sql(
        "UPDATE zusage_plan SET state = 'active', agreed_at = %s, cost_notice = %s, cost_notice_shown_at = %s "
        "WHERE id = %s",
        now, scene.plan.cost_notice, now, scene.id(scene.offered.pk),
    )  # fmt: skip


@lie(PROMISE, stays=OTHERS)
def a_confirmation_that_asks_for_no_notice(scene: Scene) -> Iterator[None]:
    with changed(mailbox, "cost_notice_needed", lambda policy: False):
        yield


@lie(PROMISE, stays=OTHERS)
def a_payment_laid_to_anothers_instalment(scene: Scene) -> None:
    """One pays, and another's plan gets shorter."""
    other = Instalment.objects.filter(plan=scene.offered).order_by("number").first()
    assert other is not None
    scene.sql(
        "UPDATE zusage_payment SET plan_id = %s, instalment_id = %s, subject_id = %s WHERE plan_id = %s",
        scene.id(scene.offered.pk), scene.id(other.pk), scene.id(scene.offered.subject_id),
        scene.id(scene.plan.pk),
    )  # fmt: skip


@lie(PROMISE, stays=OTHERS)
def an_instalment_called_paid(scene: Scene) -> None:
    scene.sql("UPDATE zusage_instalment SET state = 'paid' WHERE plan_id = %s", scene.id(scene.offered.pk))


@lie(PROMISE, stays=OTHERS)
def payments_laid_to_the_first_that_comes(scene: Scene) -> Iterator[None]:
    """Whatever a payment says, it is for whoever is first in the table."""
    with changed(payments, "named_by", lambda one: Instalment.objects.order_by("pk").first()):
        yield


@lie(PROMISE, stays=OTHERS)
def two_live_plans_of_a_case(scene: Scene) -> None:
    """The guard of the table is stepped round: the first says that it isn't live."""
    case = PlanShare.objects.get(plan=scene.plan).case_id
    scene.sql("UPDATE zusage_planshare SET live = %s WHERE plan_id = %s", False, scene.id(scene.plan.pk))
    scene.sql(
        "UPDATE zusage_planshare SET case_id = %s WHERE plan_id = %s",
        scene.id(case),
        scene.id(scene.offered.pk),
    )


@lie(PROMISE, stays=OTHERS)
def a_form_that_allows_more_than_the_rules(scene: Scene) -> Iterator[None]:
    """Whoever follows it gets a no."""
    ours = page._judged

    def kinder(policy: Policy, terms: Terms, balance: Decimal, wish: Wish) -> Verdict:
        band = replace(terms.bands[-1], single=False, smallest=Decimal(1), share=Decimal(0), most=None)
        return ours(policy, replace(terms, bands=(band,)), balance, wish)

    with changed(page, "_judged", kinder):
        yield


@lie(PROMISE, stays=OTHERS)
def a_form_that_names_other_rules(scene: Scene) -> Iterator[None]:
    """It says less than what is decided by."""
    ours = page.rules
    with changed(page, "rules", lambda form: ours(form)[1:]):
        yield


@lie(PROMISE, stays=OTHERS)
def a_form_without_a_word_on_costs(scene: Scene) -> Iterator[None]:
    with changed(page, "notice", lambda form: None):
        yield
