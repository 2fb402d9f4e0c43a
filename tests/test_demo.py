"""The demo shows the protection officer something of everything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import make
from zusage import demo, demo_rights
from zusage.models import Case, Proof, RightsRequest
from zusage.policy.law import RIGHTS
from zusage.rules.proofs import kind_of

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
