"""The payment form's help: what a proposal comes to, before it is sent. Nothing is stored for it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from tests.cast import VRENI
from zusage.models import Submission
from zusage.protocol.models import Outbox
from zusage.tenant import policy
from zusage.web.words import say

pytestmark = pytest.mark.django_db

FORM = "/de/payment/"


def asked(owed: str, rate: str, day: str, button: str = "reckon", **more: str) -> tuple[Any, str]:
    """The answer to the help's button, and its text without markup."""
    entries = {"amount_owed": owed, "monthly_instalment": rate, "payment_day": day, button: "x", **more}
    answer = Client().post(FORM, entries)
    text = re.sub(r"<[^>]+>", " ", html.unescape(answer.text))
    return answer, re.sub(r"\s+", " ", text)


def entry(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def test_allowed_not_allowed_and_the_nearest() -> None:
    answer, text = asked("450", "100", "25")
    assert say("de", "plan_help.allowed") not in text  # the last would be 50
    assert "Die letzte Rate wäre kleiner als 100." in text
    assert say("de", "plan_help.anyway") in text and say("de", "plan_help.take") in answer.text

    taken, text = asked("450", "100", "25", "take")
    assert say("de", "plan_help.taken") in text and say("de", "plan_help.allowed") in text
    assert entry(taken.text, "payment_day") == "25"
    rate = entry(taken.text, "monthly_instalment")
    assert rate != "100"
    _, text = asked("450", rate, "25")
    assert say("de", "plan_help.allowed") in text

    _, text = asked("1'000.00", "250.-", "31.")
    assert say("de", "plan_help.line_many", n=4, rate="250.00", last="") in text
    assert say("de", "plan_help.allowed") in text

    _, text = asked("180", "50", "1")
    assert "Dieser Betrag ist in einer Zahlung fällig." in text
    assert say("de", "plan_help.line_one", rate="180.00") in text
    _, text = asked("5000", "120", "1")
    assert "Jede Rate muss mindestens 10 % des Betrags sein: 500." in text


def test_the_rules_stand_at_the_form_in_plain_words() -> None:
    for language, first in (
        ("de", "Bis 200: in einer Zahlung."),
        ("fr", "Jusqu’à 200: en un seul paiement."),
    ):
        page = html.unescape(Client().get(f"/{language}/payment/").text)
        assert f"<li>{first}</li>" in page
    assert "<li>Bis 1’000: höchstens 4 Raten zu mindestens 100.</li>" in html.unescape(
        Client().get(FORM).text
    )


def test_every_entry_is_kept_nothing_is_said_of_the_rest_and_nothing_is_stored() -> None:
    entries = VRENI.payment() | {"message": "Ich kann nur «wenig» zahlen.", "no_reference": "on"}
    entries.pop("email", None)
    answer = Client().post(FORM, entries | {"amount_owed": "900", "reckon": "x", "form_token": "t" * 20})
    assert answer.status_code == 200 and not answer.cookies
    page = answer.text
    for name, value in entries.items():
        if name == "no_reference":
            assert re.search(r'name="no_reference" value="yes" checked', page)
        else:
            assert html.escape(value.replace("\r\n", "\n")) in page, name
    assert entry(page, "form_token") == "t" * 20
    assert entry(page, "amount_owed") == "900"
    assert "aria-invalid" not in page and 'id="summary"' not in page
    assert not Submission.objects.exists() and not Outbox.objects.exists()

    empty, text = asked("", "", "")
    assert empty.status_code == 200 and text.count(say("de", "problem.missing")) == 3
    assert 'href="#f-amount_owed"' in empty.text and "aria-invalid" not in empty.text


@pytest.mark.parametrize(
    "wrong", ["0", "-5", "1000000000000", "1.234", "abc", "٣٠٠", "", "9" * 5000, "0.001"]
)
def test_amounts_that_are_none(wrong: str) -> None:
    for owed, rate in ((wrong, "100"), ("500", wrong)):
        answer, text = asked(owed, rate, "25")
        assert answer.status_code == 200
        assert say("de", "plan_help.missing") in text and say("de", "plan_help.allowed") not in text


@pytest.mark.parametrize("day", ["0", "32", "-1", "morgen", "1.5"])
def test_days_that_are_none(day: str) -> None:
    answer, text = asked("500", "100", day)
    assert answer.status_code == 200
    assert 'href="#f-payment_day"' in answer.text and say("de", "plan_help.allowed") not in text


def test_a_rate_of_a_cent_is_answered_quickly_and_another_form_has_no_help() -> None:
    answer, _ = asked("1000000", "0.01", "31")
    assert answer.status_code == 200
    assert "amount_owed" not in Client().get("/de/enquiry/").text
    # Where no help is, its button is an entry that nobody asked for.
    assert Client().post("/de/enquiry/", {"reckon": "x"}).status_code == 422


def test_what_was_told_for_the_sum_is_not_stored() -> None:
    answer = Client().post(FORM, VRENI.payment() | {"amount_owed": "98765.43"})
    assert answer.status_code == 303
    fields = set(Submission.objects.get().values.values_list("field", flat=True))
    assert "amount_owed" not in fields and "monthly_instalment" in fields
    assert policy().plans is not None
