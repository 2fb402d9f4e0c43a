"""The protection officer's queue and the page of a request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import desk, make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_tries() -> None:
    desk.forget_tries()


def test_smoke() -> None:
    client = desk.signed_in(desk.person("officer"))
    one = make.rights_request(
        "access", message="Was haben Sie?", received=timezone.localdate() - timedelta(days=33)
    )
    two = make.rights_request(
        "deletion", "stranger", name="Nadine Oberholzer", case_reference="ZH-2026-10041"
    )
    page = client.get("/office/rights/").content.decode()
    assert "überfällig" in page
    for each in (one, two):
        answer = client.get(f"/office/rights/{each.pk}/")
        assert answer.status_code == 200
