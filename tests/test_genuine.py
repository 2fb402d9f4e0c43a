"""«Is this letter from us?»: how a number is formed, official accounts, and nothing about any case."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from zusage.actions.cases import open_case
from zusage.policy.plans import Account
from zusage.policy.types import LANGUAGES
from zusage.rules import genuine
from zusage.rules.paying import references
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.web.words import say, words

QR = Account("CH4431999123000889012", "CHF", "Bank A", "2100")
PLAIN = Account("CH9300762011623852957", "CHF", "Bank B")
ACCOUNTS = (QR, PLAIN)
OURS = references.qrr("21000000000313947143000901")
OTHERS = references.qrr("33000000000313947143000901")
SCOR = references.scor("539007547034")


def changed(number: str) -> str:
    """`number` with its last digit one more."""
    return number[:-1] + str((int(number[-1]) + 1) % 10)


@pytest.mark.parametrize(
    ("typed", "kind", "verdict"),
    [
        (QR.iban, "iban", "ours"),
        ("ch44 3199 9123 0008 8901 2 ", "iban", "ours"),
        (PLAIN.shown, "iban", "ours"),
        ("DE89 3704 0044 0532 0130 00", "iban", "not-ours"),
        ("DE89 3704 0044 0532 0130 01", "iban", "wrong"),
        ("CH93 0076 2011 6238 5295", "iban", "wrong"),
        (changed(QR.iban), "iban", "wrong"),
        (OURS, "qr-reference", "right"),
        (references.grouped(OURS), "qr-reference", "right"),
        (OTHERS, "qr-reference", "not-ours"),
        (changed(OURS), "qr-reference", "wrong"),
        ("0" * 27, "qr-reference", "wrong"),
        (SCOR, "creditor-reference", "right"),
        (SCOR.lower(), "creditor-reference", "right"),
        (changed(SCOR), "creditor-reference", "wrong"),
        ("ZH-2026-10041", "case-reference", "right"),
        ("ZH20-2610-0410-0410-0410", "case-reference", "right"),  # ZH is no country
        ("4711", "case-reference", "right"),
    ],
)
def test_what_a_number_is(typed: str, kind: str, verdict: str) -> None:
    found = genuine.look(typed, ACCOUNTS, "none")
    assert (found.kind, found.verdict) == (kind, verdict)
    assert (found.account is not None) == (verdict == "ours")


def test_case_references_by_their_check_digits() -> None:
    assert genuine.look("79927398713", ACCOUNTS, "luhn").verdict == "right"
    assert genuine.look("79927398710", ACCOUNTS, "luhn").verdict == "wrong"


def test_without_a_qr_account_no_qr_reference_is_ours() -> None:
    assert genuine.look(OURS, (PLAIN,), "none").verdict == "not-ours"
    assert genuine.look(OTHERS, (Account(QR.iban, "CHF", "Bank A"),), "none").verdict == "right"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (" ", "missing"),
        ("<script>", "reference-characters"),
        ("Wer sind Sie?", "reference-characters"),
        ("٤٤٣١", "digits-other"),
        ("1" * 61, "text-too-long"),
        ("ZH\x002026", "text-control"),
    ],
)
def test_what_can_not_be_read_is_told(typed: str, code: str) -> None:
    with pytest.raises(Problem) as found:
        genuine.look(typed, ACCOUNTS, "none")
    assert found.value.code == code


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_answer_has_words(language: str) -> None:
    for kind, verdicts in {
        "iban": ("ours", "not_ours", "wrong"),
        "qr_reference": ("right", "not_ours", "wrong"),
        "creditor_reference": ("right", "wrong"),
        "case_reference": ("right", "wrong"),
    }.items():
        assert words(language)[f"genuine.kind_{kind}"]
        for verdict in verdicts:
            assert words(language)[f"genuine.found.{kind}_{verdict}.title"]
            assert words(language)[f"genuine.found.{kind}_{verdict}.text"]


@pytest.mark.django_db
def test_the_page_knows_no_case() -> None:
    """The same bytes for a reference that exists and for one that doesn't, and no store is even asked."""
    there, nowhere = "ZH-2026-10041", "ZH-2026-99999"
    values = {"reference": there, "debtor_name": "Nadine Oberholzer"}
    open_case(vault.Actor.system("test"), date(2026, 1, 5), values)
    client = Client()

    def asked(reference: str) -> tuple[int, str, int]:
        queries = [CaptureQueriesContext(connections[one]) for one in connections]
        for one in queries:
            one.__enter__()
        answer = client.post("/de/genuine/", {"check": reference})
        for one in queries:
            one.__exit__(None, None, None)
        return answer.status_code, answer.text.replace(reference, "…"), sum(map(len, queries))

    assert asked(there) == asked(nowhere)
    assert asked(there)[::2] == (200, 0)


@pytest.mark.django_db
def test_accounts_and_answers_on_the_page() -> None:
    client, ours = Client(), policy().accounts[0]
    page = client.get("/fr/genuine/").text
    for one in policy().accounts:
        assert one.shown in page and one.bank in page
    assert 'value="4711"' not in client.get("/fr/genuine/?check=4711").text  # nothing is read from an address

    answer = client.post("/fr/genuine/", {"check": ours.shown})
    assert answer.status_code == 200 and not answer.cookies
    assert say("fr", "genuine.found.iban_ours.title").replace("'", "&#x27;") in answer.text
    assert answer["Cache-Control"] == "no-store"

    wrong = client.post("/de/genuine/", {"check": "<b>x</b>"})
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text and "&lt;b&gt;x&lt;/b&gt;" in wrong.text
    assert client.post("/de/genuine/", {"check": "x" * 100_000}).status_code == 422
    assert client.post("/de/genuine/").status_code == 422
    assert (
        client.post("/de/genuine/", {"check": "1"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code
        == 403
    )


@pytest.mark.django_db
def test_what_to_do_with_a_forged_letter(tenant: Any) -> None:
    for language in LANGUAGES:
        page = re.sub(r"&#x27;", "'", Client().get(f"/{language}/genuine/").text)
        for key in (
            "forged_dont",
            "forged_keep",
            "forged_tell",
            "forged_report_ch",
            "forged_report_de",
            "forged_paid",
        ):
            assert say(language, f"genuine.{key}") in page
