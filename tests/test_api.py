"""Cases over the API: who may, what comes back, and what is hostile."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tests.test_import_cases import NADINE, found_by_what_stands_in_them
from zusage.models import ApiToken, Case
from zusage.protocol.models import Outbox
from zusage.tenant import policy
from zusage.web.api.cases import MOST_BYTES

pytestmark = pytest.mark.django_db
PATH = "/api/v1/cases"
GOOD = {name: value for name, value in NADINE.items() if value}


def token(*more: str, name: str = "Fibu") -> str:
    out = io.StringIO()
    call_command("api_token", "add", name, "--days", "30", *more, stdout=out)
    return out.getvalue().strip()


def listed() -> str:
    out = io.StringIO()
    call_command("api_token", "list", stdout=out)
    return out.getvalue()


def send(content: Any, bearer: str = "", kind: str = "application/json", **headers: str) -> Any:
    body = content if isinstance(content, bytes | str) else json.dumps(content)
    given = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return Client(enforce_csrf_checks=True).post(PATH, body, content_type=kind, headers={**given, **headers})


def test_cases_come_in_by_a_token():
    bearer = token()
    peter = {
        **GOOD,
        "reference": "ZH-2",
        "first_name": "Peter",
        "debtor_number": "K2",
        "phones": ["079 000 01 08"],
    }
    answer = send([GOOD, peter, {**GOOD, "reference": "1.2.1980"}, 5], bearer)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("application/json")
    found = answer.json()
    assert (found["imported"], found["updated"], found["unchanged"]) == (2, 0, 0)
    assert [one["line"] for one in found["rejected"]] == [3, 4] and "1980" not in answer.content.decode()
    assert (
        send("\n".join(map(json.dumps, [GOOD, peter])), bearer, "application/x-ndjson").json()["unchanged"]
        == 2
    )
    assert Case.objects.count() == 2
    found_by_what_stands_in_them()
    row = ApiToken.objects.get()
    assert Outbox.objects.filter(act="import", record_id=str(row.pk)).count() == 2
    # No cookie, no script, nothing to be kept by a cache; the headers of every other answer.
    assert (
        not answer.cookies and answer["Cache-Control"] == "no-store" and answer["X-Frame-Options"] == "DENY"
    )
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert bearer not in json.dumps([str(one) for one in ApiToken.objects.values()])


def test_a_token_is_shown_once_and_ends():
    bearer = token()
    assert (
        re.fullmatch(r"zusage_[\w-]{43}", bearer) and bearer not in listed() and listed().startswith("good")
    )
    with pytest.raises(SystemExit):
        token()
    call_command("api_token", "end", "Fibu")
    assert listed().startswith("ended") and send([GOOD], bearer).status_code == 401
    with pytest.raises(SystemExit):
        call_command("api_token", "end", "Niemand", stderr=io.StringIO())
    old = token(name="Alt")
    ApiToken.objects.filter(name="Alt").update(until=timezone.now() - timedelta(seconds=1))
    assert "over" in listed() and send([GOOD], old).status_code == 401
    assert sorted(Outbox.objects.values_list("act", flat=True)) == ["add-token", "add-token", "end-token"]
    assert not Case.objects.exists()


def test_who_may_not_is_told_so():
    for headers in (
        {},
        {"Authorization": "Basic eA=="},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer ü"},
    ):
        answer = send([GOOD], **headers)
        assert answer.status_code == 401, headers
    assert send([GOOD], token("--purpose", "rights", name="Andere")).status_code == 403
    with pytest.raises(SystemExit):
        token("--purpose", "marketing", name="Nie")
    bearer = token()
    for _ in range(policy().limits.receipt_tries):
        answer = send([GOOD], "zusage_wrong")
    answer = send([GOOD], bearer)
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0 and "detail" in answer.json()
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b" \n ", "application/json", 422),
        (b"{", "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b"[" * 200_000, "application/json", 422),
        (json.dumps(GOOD).encode(), "application/json", 422),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b"reference,creditor\n1,2", "text/csv", 415),
        (b"[" + b" " * MOST_BYTES + b"]", "application/json", 413),
    ],
)
def test_what_is_no_list_of_cases(content, kind, status):
    answer = send(content, token(), kind)
    assert answer.status_code == status and answer.json()["detail"].endswith(".")


def test_it_says_what_it_takes_and_shows_no_page():
    found = Client().get("/api/v1/openapi.json").json()
    post = found["paths"][PATH]["post"]
    assert set(post["responses"]) == {"200", "401", "403", "413", "415", "422", "429", "503"}
    case = post["requestBody"]["content"]["application/json"]["schema"]["items"]
    assert set(case["properties"]) > {"reference", "debtor_number", "contested_costs"}
    assert Client().get("/api/v1/docs").status_code == 404 and Client().get(PATH).status_code == 405
