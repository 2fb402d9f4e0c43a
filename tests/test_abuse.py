"""Guessers and floods: one source waits, everybody else is served."""

from __future__ import annotations

import base64
import html
import json
import re
import time
from dataclasses import replace

import pytest
from altcha import v1 as altcha
from django.test import override_settings

from tests.doors import FORMS, LANGUAGES, browser, enter, receipt, shown, text, typed
from tests.server import hidden
from tests.test_bad_input import as_lines, entries_in
from zusage.models import Submission
from zusage.tenant import policy
from zusage.web import pressure
from zusage.web.limits import COUNTERS
from zusage.web.mailbox import views as mailbox_views
from zusage.web.public import views as public_views
from zusage.web.words import say

pytestmark = pytest.mark.django_db

UNKNOWN_RECEIPT = "7777-7777-7777-7777-7777-7777-77"
MALFORMED = ["", "7777", "UUUU-7777-7777-7777-7777-7777-77", "x" * 10_000, "\x00", "🙂"]


@pytest.fixture
def limits(monkeypatch):
    """Other limits for this test, where they are looked up."""

    def choose(**changes: int) -> None:
        present = policy()
        chosen = replace(present, limits=replace(present.limits, **changes))
        for room in (pressure, mailbox_views):
            monkeypatch.setattr(room, "policy", lambda: chosen)

    return choose


@pytest.fixture
def clock(monkeypatch):
    """Move the time forward."""
    real, ahead = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + ahead[0])

    def forward(seconds: float) -> None:
        ahead[0] += seconds

    return forward


def at(address: str, **environ: str):
    return browser(REMOTE_ADDR=address, **environ)


# --- receipts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_wrong_receipts_then_a_wait(language, clock):
    code = receipt(browser())
    guesser = at("203.0.113.5")
    for _ in range(5):
        wrong = enter(guesser, UNKNOWN_RECEIPT, language)
        assert wrong.status_code == 422 and say(language, "mailbox.wrong") in shown(wrong)
        assert entries_in(text(wrong))["receipt"] == UNKNOWN_RECEIPT
    for guess in (UNKNOWN_RECEIPT, code, "7777"):  # the right one too: nothing is learnt by going on
        waits = enter(guesser, guess, language)
        assert waits.status_code == 429
        assert 0 < int(waits.headers["Retry-After"]) <= policy().limits.window_minutes * 60
        assert say(language, "error.too-many-tries.title") in shown(waits)
        assert not waits.cookies
    assert enter(at("203.0.113.6"), code, language).status_code == 303
    clock(policy().limits.window_minutes * 60 + 1)
    assert enter(guesser, code, language).status_code == 303


def test_malformed_ones_count_too_and_say_what_is_wrong_with_them():
    guesser = at("203.0.113.5")
    for guess in MALFORMED[:5]:
        assert enter(guesser, guess).status_code == 422, guess
    assert enter(guesser, MALFORMED[5]).status_code == 429


def test_whether_a_receipt_exists_cannot_be_told():
    code = receipt(browser())
    gone = receipt(browser())
    from zusage.vault import api as vault

    subject = Submission.objects.latest("received_at").subject_id
    vault.shred(subject, "request", vault.Actor.system("test"))
    pages = [text(enter(at("203.0.113.5"), guess)).replace(guess, "") for guess in (UNKNOWN_RECEIPT, gone)]
    assert pages[0] == pages[1]
    waiting = at("203.0.113.9")
    for _ in range(5):
        enter(waiting, UNKNOWN_RECEIPT)
    answers = [enter(waiting, guess) for guess in (code, UNKNOWN_RECEIPT)]
    assert re.sub(r"\d+", "", text(answers[0])) == re.sub(r"\d+", "", text(answers[1]))


def test_the_right_receipt_costs_no_try():
    person = at("203.0.113.5")
    code = receipt(browser())
    for _ in range(12):
        assert enter(person, code).status_code == 303


def test_the_right_receipt_gives_no_fresh_tries():
    guesser, code = at("203.0.113.5"), receipt(browser())
    for _ in range(4):
        enter(guesser, UNKNOWN_RECEIPT)
    assert enter(guesser, code).status_code == 303
    assert enter(guesser, UNKNOWN_RECEIPT).status_code == 422
    assert enter(guesser, UNKNOWN_RECEIPT).status_code == 429


def test_one_ipv6_network_is_one_source():
    for number in range(5):
        assert enter(at(f"2001:db8:7:7::{number + 1:x}"), UNKNOWN_RECEIPT).status_code == 422
    assert enter(at("2001:db8:7:7:ffff::1"), UNKNOWN_RECEIPT).status_code == 429
    assert enter(at("2001:db8:7:8::1"), UNKNOWN_RECEIPT).status_code == 422


def test_an_untrusted_peer_cannot_choose_its_address():
    for number in range(5):
        client = at("203.0.113.5", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}", HTTP_X_REAL_IP="198.51.100.1")
        assert enter(client, UNKNOWN_RECEIPT).status_code == 422
    assert enter(at("203.0.113.5", HTTP_X_FORWARDED_FOR="198.51.100.77"), UNKNOWN_RECEIPT).status_code == 429
    # Nor can it make somebody else wait.
    assert enter(at("198.51.100.1"), UNKNOWN_RECEIPT).status_code == 422


def test_behind_a_trusted_proxy_the_last_address_counts():
    with override_settings(TRUSTED_PROXIES=frozenset({"10.0.0.1"})):
        for number in range(5):
            client = at("10.0.0.1", HTTP_X_FORWARDED_FOR=f"1.2.3.{number}, 203.0.113.5")
            assert enter(client, UNKNOWN_RECEIPT).status_code == 422
        assert enter(at("10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.5"), UNKNOWN_RECEIPT).status_code == 429
        assert enter(at("10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.6"), UNKNOWN_RECEIPT).status_code == 422
        for nonsense in ("", "nobody", "203.0.113.5, \x00", "," * 1000):
            assert enter(at("10.0.0.1", HTTP_X_FORWARDED_FOR=nonsense), UNKNOWN_RECEIPT).status_code in (
                422,
                429,
            )


def test_who_has_no_address_is_never_refused():
    for _ in range(20):
        assert enter(at(""), UNKNOWN_RECEIPT).status_code == 422


# --- forms under pressure ---------------------------------------------------------------------------------------


def crowd(forms: int) -> None:
    """So many forms came in this minute, from all over."""
    for _ in range(forms):
        COUNTERS.add("forms-of-all", b"everybody", 60)


def post(client, purpose: str = "enquiry", language: str = "de", **more: str):
    return client.post(f"/{language}/{purpose}/", {**typed(purpose), **more})


def challenge_in(page: str) -> dict:
    return json.loads(html.unescape(re.search(r'data-challenge="([^"]+)"', page)[1]))


def solved(page: str) -> str:
    """The work that the page asks for, done as its script does it."""
    challenge = challenge_in(page)
    number = altcha.solve_challenge(
        challenge["challenge"], challenge["salt"], challenge["algorithm"], challenge["maxNumber"]
    ).number
    return altcha.Payload(
        challenge["algorithm"], challenge["challenge"], number, challenge["salt"], challenge["signature"]
    ).to_base64()


def test_nothing_is_asked_of_anybody_below_the_threshold(limits):
    limits(pressure_per_minute=20)
    for number in range(20):
        assert post(at(f"198.51.100.{number}")).status_code == 303
    assert post(at("198.51.100.200")).status_code == 429


def test_opening_the_form_asks_nothing_ever(limits):
    limits(pressure_per_minute=1)
    crowd(50)
    page = browser().get("/de/enquiry/")
    assert page.status_code == 200 and "hurdle" not in text(page) and "<script" not in text(page)


@pytest.mark.parametrize("purpose", FORMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_waiting_is_a_way_through_without_script(purpose, language, limits, clock):
    limits(pressure_per_minute=1, wait_seconds=45)
    crowd(1)
    client = at("203.0.113.5")
    asked = post(client, purpose, language)
    assert asked.status_code == 429 and asked.headers["Retry-After"] == "45"
    assert say(language, "pressure.wait", seconds=45) in shown(asked)
    found = entries_in(text(asked))
    for name, value in typed(purpose).items():
        assert as_lines(found[name]) == as_lines(value)
    sent = {**found, **hidden(text(asked))}
    # Too early: the time goes on, it doesn't begin anew.
    clock(30)
    early = client.post(f"/{language}/{purpose}/", sent)
    assert early.status_code == 429 and int(early.headers["Retry-After"]) in (14, 15, 16)
    sent = {**entries_in(text(early)), **hidden(text(early))}
    clock(16)
    assert client.post(f"/{language}/{purpose}/", sent).status_code == 303
    assert Submission.objects.count() == 1


def test_the_work_is_a_way_through_and_each_piece_counts_once(limits):
    limits(pressure_per_minute=1, pow_difficulty=2000)
    crowd(1)
    client = at("203.0.113.5")
    asked = post(client)
    proof = solved(text(asked))
    assert post(client, altcha=proof).status_code == 303
    assert post(client, altcha=proof, message="another").status_code == 429
    # Written otherwise, it is the same proof still.
    told = json.loads(base64.b64decode(proof))
    for change in ({"took": 7}, {"number": str(told["number"])}, {"salt": told["salt"].removesuffix("&")}):
        again = base64.b64encode(json.dumps({**told, **change}).encode()).decode()
        assert post(client, altcha=again, message="another").status_code == 429
    for forged in ("x", "e30=", proof[:-8], json.dumps([1]), "bnVsbA==", "A" * 5000):
        assert post(client, altcha=forged, message="another").status_code == 429
    assert Submission.objects.count() == 1


def test_a_proof_of_ones_own_making_is_none(limits):
    limits(pressure_per_minute=1)
    crowd(1)
    own = altcha.create_challenge(altcha.ChallengeOptions(max_number=10, hmac_key="a key of one's own"))
    number = altcha.solve_challenge(own).number
    payload = altcha.Payload(own.algorithm, own.challenge, number, own.salt, own.signature).to_base64()
    assert post(at("203.0.113.5"), altcha=payload).status_code == 429


def test_old_proofs_are_none(limits, clock):
    limits(pressure_per_minute=1, pow_difficulty=500, wait_seconds=1)
    crowd(1)
    client = at("203.0.113.5")
    asked = text(post(client))
    proof, token = solved(asked), hidden(asked)["wait_token"]
    clock(31 * 60)
    crowd(1)
    assert post(client, altcha=proof).status_code == 429
    assert post(client, wait_token=token).status_code == 429


def test_the_patience_of_another_source_does_not_count(limits, clock):
    limits(pressure_per_minute=1, wait_seconds=10)
    crowd(1)
    token = hidden(text(post(at("203.0.113.5"))))["wait_token"]
    clock(11)
    assert post(at("203.0.113.6"), wait_token=token).status_code == 429
    assert post(at("203.0.113.5"), wait_token=token[:-3] + "xyz").status_code == 429
    assert post(at("203.0.113.5"), wait_token=token).status_code == 303
    assert post(at("203.0.113.5"), wait_token=token, message="another").status_code == 429


def test_pressure_raises_difficulty_for_all_alike_up_to_a_bound(limits):
    limits(pressure_per_minute=10, pow_difficulty=1000, wait_seconds=10)
    found = []
    for _ in range(12):
        crowd(10)
        answers = [post(at(address)) for address in ("203.0.113.5", "198.51.100.9")]
        assert {answer.status_code for answer in answers} == {429}
        hardness = {(challenge_in(text(one))["maxNumber"], one["Retry-After"]) for one in answers}
        assert len(hardness) == 1
        found.append(hardness.pop())
    assert [hard for hard, _ in found] == [1000 * min(step, pressure.HARDEST) for step in range(1, 13)]
    assert found[0][1] == "10" and found[-1][1] == str(10 * pressure.HARDEST)


def test_a_proof_made_when_it_was_easy_is_not_enough_when_it_is_hard(limits):
    limits(pressure_per_minute=10, pow_difficulty=500)
    crowd(10)
    easy = [solved(text(post(at("203.0.113.5")))) for _ in range(2)]
    assert post(at("203.0.113.5"), altcha=easy[0]).status_code == 303
    crowd(70)
    assert post(at("203.0.113.5"), altcha=easy[1], message="another").status_code == 429


def test_one_flooding_source_is_refused_and_keeps_its_entries_while_others_get_through(limits, clock):
    limits(submissions_per_source=5)
    flood, other = at("203.0.113.5"), at("203.0.113.6")
    for number in range(5):
        assert post(flood, message=f"number {number}").status_code == 303
    refused = post(flood, "payment", "fr")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= policy().limits.window_minutes * 60
    assert entries_in(text(refused))["name"] == typed("payment")["name"]
    assert say("fr", "pressure.refused", minutes=10) in shown(refused)
    assert post(other).status_code == 303
    clock(policy().limits.window_minutes * 60 + 1)
    assert post(flood, message="later").status_code == 303


def test_a_double_click_under_pressure_still_shows_a_receipt(limits):
    limits(pressure_per_minute=1, pow_difficulty=500)
    crowd(1)
    client = at("203.0.113.5")
    page = text(post(client, form_token="one-page-two-clicks"))
    sent = {**typed("enquiry"), **hidden(page), "altcha": solved(page)}
    first, second = (client.post("/de/enquiry/", sent) for _ in range(2))
    assert first.status_code == 303
    # The browser follows the second answer: it has to lead to the receipt too.
    assert second.status_code == 303 and client.get(second.headers["Location"]).status_code == 200
    assert Submission.objects.count() == 1


def test_nobody_is_refused_for_what_others_do(limits, clock):
    """Few can't close the door for everyone: however great the pressure, patience or work gets through."""
    limits(pressure_per_minute=1, wait_seconds=5, pow_difficulty=100)
    crowd(20_000)
    patient, quick = at("203.0.113.5"), at("203.0.113.6")
    asked = post(patient)
    assert post(quick, altcha=solved(text(post(quick)))).status_code == 303
    clock(int(asked.headers["Retry-After"]) + 1)
    crowd(20_000)
    assert post(patient, wait_token=hidden(text(asked))["wait_token"]).status_code == 303


def test_public_views_refuse_with_one_status(limits):
    """429 for whoever has to wait, for whatever reason: 503 would tell proxies that the house is down."""
    limits(pressure_per_minute=1)
    crowd(1)
    assert post(at("203.0.113.5")).status_code == 429
    assert public_views.pressure is pressure
