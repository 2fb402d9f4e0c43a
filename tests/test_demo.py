"""The demo shows the protection officer something of everything."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests import make
from zusage import demo, demo_household, demo_plans, demo_rights
from zusage.actions.house import publish_notice
from zusage.actions.plans.payments_file import SYSTEM, import_file
from zusage.models import Breach, Case, MatchTally, Payment, Plan, Proof, RightsRequest, Submission
from zusage.policy.law import RIGHTS
from zusage.queries import matching
from zusage.rules.proofs import kind_of
from zusage.vault import api as vault

pytestmark = pytest.mark.django_db


def test_a_request_of_each_kind_in_different_states() -> None:
    officer = make.officer()
    demo._cases()
    demo._letters()
    for _ in range(2):  # a second start adds nothing
        demo_rights.load(officer)
    found = list(RightsRequest.objects.all())
    assert len(found) == len(demo_rights.WISHES)
    assert {one.right for one in found} == set(RIGHTS)
    assert {one.way for one in found} == {"mailbox", "letter-code", "stranger", "none"}
    assert {"open", "answered", "refused"} <= {one.state for one in found}
    today = timezone.localdate()
    left = {(one.due_on - today).days for one in found if one.state == "open"}
    assert 0 <= min(left) <= 5, "something is due soon, and nothing overdue: the notice promises that"
    assert any(one.extended for one in found)
    assert {one.regime for one in found} == {"ch", "de"}
    pending = RightsRequest.objects.get(identity="pending")
    assert Proof.objects.get().request == pending
    assert kind_of(demo_rights.proof()) == "png"
    assert len(demo_rights.proof()) < 20_000


def test_a_start_that_was_killed_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    officer = make.officer()
    demo._cases()
    demo._letters()
    put_back = demo_rights._put_back
    done: list[RightsRequest] = []

    def dies(request: RightsRequest, wish: demo_rights.Wish) -> None:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(request)
        put_back(request, wish)

    monkeypatch.setattr(demo_rights, "_put_back", dies)
    with pytest.raises(KeyboardInterrupt):
        demo_rights.load(officer)
    assert RightsRequest.objects.count() == 3
    monkeypatch.setattr(demo_rights, "_put_back", put_back)
    demo_rights.load(officer)
    assert RightsRequest.objects.count() == len(demo_rights.WISHES)
    assert (
        RightsRequest.objects.filter(received_on__lt=timezone.localdate() - timedelta(days=20)).count() >= 2
    )
    assert Case.objects.count() == len(demo.CASES)


def test_the_household_shows_what_the_guard_does() -> None:
    clerk = make.clerk()
    demo._cases()
    for _ in range(2):
        demo_household.load(clerk)
    letters = Submission.objects.filter(purpose="enquiry").order_by("-received_at")
    clear, twins, spouse, unknown, son = letters
    assert len(demo_household.LETTERS) == 5
    assert (clear.search, clear.assignments.get().way) == ("automatic", "automatic")
    assert [one.case_id for one in (twins, spouse, unknown)] == [None, None, None]
    assert [one.search for one in (twins, spouse, unknown)] == ["human"] * 3
    guards = {
        one.pk: set(matching.find(one, vault.Actor.staff(clerk)).decision.guard)
        for one in (twins, spouse, unknown)
    }
    assert guards[twins.pk] & {"given-differs", "given-two-names", "other-file-cited"}
    assert guards[spouse.pk] & {"given-differs", "given-two-names", "other-file-cited"}
    assert guards[unknown.pk] == {"nothing-found"}
    assert [one.way for one in son.assignments.order_by("at")] == ["clerk", "corrected"]
    assert Breach.objects.count() == 1
    # Nothing of it keeps the software from assigning what is clear.
    learned = dict(MatchTally.objects.values_list("step", "wrong"))
    assert sum(learned.values()) == sum(wrong for _, wrong in demo_household.LEARNED.values())


def test_plans_proposed_running_and_paid_and_what_closes_the_one_that_runs(
    settings: Any, tmp_path: Path
) -> None:
    settings.VAR = tmp_path
    clerk = make.clerk()
    publish_notice()
    demo._cases()
    for _ in range(2):  # a second start adds nothing
        demo_plans.load(clerk)
    assert sorted(Plan.objects.values_list("state", flat=True)) == ["active", "done"]
    running = Plan.objects.get(state="active")
    first = running.instalments.order_by("number")[:3]
    assert [(one.state, bool(one.missed_at)) for one in first] == [
        ("paid", False),
        ("open", True),
        ("open", False),
    ]
    assert Payment.objects.filter(state="unmatched").count() == 1
    waiting = Submission.objects.get(purpose="payment", plans=None)
    assert waiting.case_id and waiting.state == "open"
    receipts = (tmp_path / demo_plans.MAILBOXES).read_text().splitlines()
    assert len(receipts) == 3
    file = tmp_path / demo_plans.BANK_FILE
    assert file.stat().st_mode & 0o077 == 0
    with file.open("rb") as opened:
        assert import_file(SYSTEM, opened).is_whole
    running.refresh_from_db()
    assert running.state == "done"


def test_a_start_killed_amid_the_plans_goes_on(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR = tmp_path
    clerk = make.clerk()
    demo._cases()

    def dies(*given: object) -> None:
        raise KeyboardInterrupt

    for step in ("_plan", "_begun", "_arrives", "_dated"):
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(demo_plans, step, dies)
            demo_plans.load(clerk)
    demo_plans.load(clerk)
    assert sorted(Plan.objects.values_list("state", flat=True)) == ["active", "done"]
    assert Submission.objects.filter(purpose="payment").count() == 3
    assert Payment.objects.count() == 5
