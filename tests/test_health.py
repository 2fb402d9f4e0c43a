"""``/healthz``: up while every store answers, and plain about which one doesn't."""

from __future__ import annotations

import pytest
from django.db import connections

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_is_well_while_all_stores_answer(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert not answer.cookies


def test_a_store_that_is_away_is_named(client, monkeypatch, tmp_path):
    visits = connections["visits"]
    visits.close()
    # A folder is no store of any kind: neither SQLite nor PostgreSQL can open it.
    monkeypatch.setitem(visits.settings_dict, "NAME", str(tmp_path))
    try:
        answer = client.get("/healthz")
        assert (answer.status_code, answer.content) == (503, b"away: visits\n")
        assert str(tmp_path).encode() not in answer.content
    finally:
        visits.close()
