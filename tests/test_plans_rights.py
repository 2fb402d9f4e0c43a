"""Whose a plan is: told, disputed, blocked and kept as a voucher of the file, moved with its message, and swept."""

from __future__ import annotations

import json
import secrets
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from tests import household, make
from tests.cast import LEA, LIA
from tests.plans import accepted, active, amounts, letters, paid, proposal
from tests.test_sweep import left
from zusage.actions import matching, office
from zusage.actions.base import Conflict
from zusage.actions.plans import mailbox as person
from zusage.actions.rights import erase, rectify
from zusage.actions.sweep import sweep
from zusage.models import (
    Breach,
    Case,
    Correction,
    Instalment,
    Payment,
    Plan,
    PlanShare,
    PlanStep,
    Subject,
    Submission,
)
from zusage.protocol.models import Outbox
from zusage.queries import access, inbox, plans
from zusage.queries import rectify as rectify_queries
from zusage.rules.access.portable import document
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import BlindIndex, Restriction, Tombstone

pytestmark = pytest.mark.django_db(transaction=True)

TABLES = ("Plan", "PlanShare", "Instalment", "PlanStep", "Payment")


def payment(plan: Plan, booked_on: date) -> Payment:
    """The first instalment's, as a bank reported it."""
    row = Instalment.objects.get(plan=plan, number=1)
    made = Payment(
        subject_id=plan.subject_id, plan=plan, instalment=row, state="matched", currency="CHF",
        booked_on=booked_on, entry_digest=secrets.token_bytes(32),
    )  # fmt: skip
    vault.seal(made, {"amount": "CHF 150.00", "payer": "Lea Kuratli, Nesslau"}, vault.Keyring())
    made.save(force_insert=True)
    return made


def told(*subjects: Any) -> dict[str, Any]:
    """The access package about these subjects: table -> rows."""
    request = make.rights_request("access", about=subjects)
    with transaction.atomic():
        package = access.gather(make.officer(), request, list(subjects))
    found = json.loads(json.dumps(document(package, policy())))
    return {one["id"]: one.get("rows", []) for store in found["stores"] for one in store["tables"]}


def index_of(plan: Plan) -> int:
    ids = Instalment.objects.filter(plan=plan).values_list("pk", flat=True)
    return BlindIndex.objects.filter(subject_id=plan.subject_id, record_id__in=list(ids)).count()


def test_the_package_about_the_file_tells_all_of_a_plan_and_the_one_about_the_writer_nothing():
    _, sent, plan = active()
    payment(plan, date(2026, 12, 28))
    person.dispute(sent.subject_id, plan.pk, "Die Mahngebühr stimmt nicht.", "token-of-a-page-1")
    rows = told(plan.subject_id)
    assert [len(rows[f"zusage.{one}"]) for one in TABLES] == [1, 1, 3, 2, 1]
    (one,) = rows["zusage.Plan"]
    assert one["values"]["total"] == "CHF 420.50" and "submission" not in one["links"]
    assert {day["until"] for row in rows["zusage.Payment"] for day in row["kept"]} == {"2036-12-31"}
    both = told(plan.subject_id, sent.subject_id)["zusage.Plan"][0]
    assert both["links"]["submission"] == str(sent.pk)
    writer = told(sent.subject_id)
    assert all(not writer[f"zusage.{one}"] for one in TABLES)
    assert "Mahngebühr" in str(writer["zusage.Message"])


def test_the_form_is_deleted_and_the_voucher_stays_without_the_way_back():
    _, sent, plan = active()
    request = make.rights_request("deletion", about=[sent.subject_id])
    erase.erase(make.officer(), request.pk)
    plan.refresh_from_db()
    assert (plan.state, plan.submission_id) == ("active", None)
    assert sum(amounts(plan)) == Decimal("420.50") and plans.of_mailbox(sent.subject_id) == []
    # Letters have nobody to go to any more, and nothing breaks for that.
    plan = paid(plan, 1, 2, 3)
    assert plan.state == "done" and index_of(plan) == 3


def test_a_running_plan_is_needed_for_its_claim_and_one_that_ended_is_blocked_until_its_day():
    clerk, sent, plan = active()
    payment(plan, date(2026, 12, 28))
    request = make.rights_request("deletion", about=[plan.subject_id])
    erase.erase(make.officer(), request.pk)
    assert not Restriction.objects.filter(subject_id=plan.subject_id, purpose="plan").exists()
    plan = paid(plan, 1, 2, 3)
    Plan.objects.filter(pk=plan.pk).update(ended_at=timezone.make_aware(timezone.datetime(2027, 3, 1)))
    request = make.rights_request("deletion", about=[plan.subject_id])
    erase.erase(make.officer(), request.pk)
    block = Restriction.objects.get(subject_id=plan.subject_id, purpose="plan")
    assert (block.until, block.ground) == (date(2037, 12, 31), "vouchers")
    with pytest.raises(vault.Refused, match="restricted"):
        vault.open(plan, "plan", vault.Actor.staff(clerk))
    (shown,) = plans.of_mailbox(sent.subject_id)
    assert (shown.shut, shown.lines, shown.total.amount) == ("restricted", (), Decimal("0.00"))
    assert vault.find("payment-reference", ["x"], "zusage.instalment", "plan") == []


def test_ten_years_after_the_year_it_ended_a_plan_goes_with_all_that_finds_it():
    clerk, sent, plan = active()
    booked = payment(plan, date(2026, 12, 28))
    plan = paid(plan, 1, 2, 3)
    again = accepted(clerk, proposal(LEA, Case.objects.get(pk=sent.case_id)))
    Plan.objects.filter(pk=plan.pk).update(ended_at=timezone.make_aware(timezone.datetime(2026, 12, 31)))
    other = Plan.objects.get(pk=again.pk)
    assert (index_of(plan), index_of(other)) == (3, 3)
    assert sweep(date(2036, 12, 31))["plan"] == 0
    ids = list(Instalment.objects.filter(plan=plan).values_list("pk", flat=True))
    assert sweep(date(2037, 1, 1))["plan"] == 2  # the plan and its payment
    assert not Payment.objects.filter(pk=booked.pk).exists()
    assert list(Plan.objects.all()) == [other]  # which runs
    assert not BlindIndex.objects.filter(record_id__in=ids).exists() and index_of(other) == 3
    assert sum(amounts(other)) == Decimal("420.50")
    Plan.objects.filter(pk=other.pk).update(ended_at=timezone.make_aware(timezone.datetime(2026, 12, 31)))
    Case.objects.filter(pk=sent.case_id).update(state="closed", closed_on=date(2026, 12, 31))
    sweep(date(2037, 1, 1))
    assert left(plan.subject_id) == {} and not Subject.objects.filter(pk=plan.subject_id).exists()
    assert Tombstone.objects.filter(subject_id=plan.subject_id, purpose="").exists()


def test_what_was_agreed_is_disputed_and_never_changed():
    _, _, plan = active()
    request, someone = make.rights_request("rectification", about=[plan.subject_id]), make.officer()
    held = [one for one in rectify_queries.held(someone, [plan.subject_id]) if one.purpose == "plan"]
    assert held and not any(one.changeable for one in held)
    which = ("zusage.plan", str(plan.pk), "total")
    with pytest.raises(Conflict):
        rectify.change(someone, request.pk, *which, "CHF 1.00", "Weil.")
    rectify.dispute(someone, request.pk, *which, "Es waren 400.")
    assert Correction.objects.get().state == "disputed"


def wrong_file() -> tuple[Any, Submission, Plan, Case, Case]:
    """Lia's message lies with Lea's file, and a plan came of it."""
    lea, lia, clerk = household.file(LEA), household.file(LIA), make.clerk()
    sent = proposal(LIA, lea)
    plan = accepted(clerk, sent)
    payment(plan, date(2026, 12, 28))
    return clerk, sent, plan, lea, lia


def test_a_plan_follows_its_message_to_the_right_file_and_rests():
    clerk, sent, plan, lea, lia = wrong_file()
    references = [one.reference for one in plans.of_mailbox(sent.subject_id)[0].lines]
    breach = Breach.objects.get(pk=matching.correct(clerk, sent.pk, lia.pk))
    assert (
        "Aus der Nachricht wurde ein Zahlungsplan"
        in vault.open(breach, "breach", vault.Actor.staff(make.officer()))["what"]
    )
    plan.refresh_from_db()
    assert (plan.subject_id, plan.state) == (lia.subject_id, "paused")
    assert all(
        not rows for table, rows in told(lea.subject_id).items() if table.removeprefix("zusage.") in TABLES
    )
    rows = told(lia.subject_id)
    assert [len(rows[f"zusage.{one}"]) for one in TABLES] == [1, 1, 3, 2, 1]
    assert sum(amounts(plan)) == Decimal("420.50")
    assert plans.of_mailbox(sent.subject_id)[0].lines[0].reference == references[0]
    assert [PlanShare.objects.get().case_id, index_of(plan)] == [lia.pk, 3]
    assert vault.find("payment-reference", references, "zusage.instalment", "plan")
    assert [one.act for one in PlanStep.objects.filter(plan=plan).order_by("at")] == ["accepted", "moved"]
    assert "ruht" in letters(sent)[-1]
    moved = Outbox.objects.filter(act="plan-moved").values_list("subject_id", flat=True)
    assert set(moved) == {lea.subject_id, lia.subject_id}
    # Lea's file is free for a plan of her own.
    assert accepted(clerk, proposal(LEA, lea)).state == "active"


def test_a_plan_whose_file_isnt_known_is_the_writers_until_it_is():
    clerk, sent, plan, lea, lia = wrong_file()
    person.dispute(sent.subject_id, plan.pk, "Das bin ich nicht.", "token-of-a-page-1")
    assert Case.objects.get(pk=lea.pk).state == "paused"
    matching.correct(clerk, sent.pk, None)
    plan.refresh_from_db()
    assert (plan.subject_id, plan.state, PlanShare.objects.count()) == (sent.subject_id, "paused", 0)
    assert Case.objects.get(pk=lea.pk).state == "open"
    matching.choose(clerk, sent.pk, lia.pk)
    plan.refresh_from_db()
    assert (plan.subject_id, Case.objects.get(pk=lia.pk).state) == (lia.subject_id, "paused")
    assert sum(amounts(plan)) == Decimal("420.50")


def test_a_plan_that_cant_follow_ends_and_one_too_many_is_no_second_one():
    clerk, sent, plan, lea, lia = wrong_file()
    own = accepted(clerk, proposal(LIA, lia))
    matching.correct(clerk, sent.pk, lia.pk)
    plan.refresh_from_db()
    assert (plan.subject_id, plan.state, plan.ended_why) == (lia.subject_id, "ended", "replaced")
    assert PlanShare.objects.get(live=True).plan_id == own.pk
    # Of who was erased meanwhile nothing can be carried away.
    second = proposal(LIA, lea)
    kept = accepted(clerk, second)
    Restriction.objects.create(subject_id=lea.subject_id, kind="restriction", purpose="plan")
    matching.correct(clerk, second.pk, lia.pk)
    kept.refresh_from_db()
    assert (kept.subject_id, kept.state, kept.submission_id) == (lea.subject_id, "ended", None)
    assert plans.of_mailbox(second.subject_id)[0:] == []


def test_a_matter_whose_plan_is_over_can_be_closed_and_leaves_the_plan():
    clerk, sent, plan = active()
    with pytest.raises(Conflict):
        office.close(clerk, sent.pk)
    paid(plan, 1, 2, 3)
    office.close(clerk, sent.pk)
    Submission.objects.filter(pk=sent.pk).update(closed_at=timezone.now() - timedelta(days=800))
    assert sweep()["payment"] == 1
    plan.refresh_from_db()
    assert plan.submission_id is None and sum(amounts(plan)) == Decimal("420.50")
    assert inbox.page(clerk, inbox.Filters(), "1")[1] == []
