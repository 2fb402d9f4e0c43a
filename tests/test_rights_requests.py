"""Asking for a right on the public page: three ways to say who one is, and one that needs none."""

from __future__ import annotations

import base64
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.client import encode_multipart
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import VRENI
from tests.doors import LANGUAGES, browser, enter, letters, shown, text
from tests.rights import (
    REFERENCE,
    STRANGER,
    ask,
    ask_as_stranger,
    case,
    code_of,
    newest,
    page_of,
    pdf,
    picture,
    receipt_of,
    upload,
)
from tests.server import hidden
from tests.test_bad_input import entries_in
from zusage.actions.rights import requests
from zusage.actions.rights.requests import Asked, WrongCode
from zusage.models import RIGHTS, LetterCode, Mailbox, Proof, RightsRequest, Step, Submission
from zusage.policy.law import RIGHTS as ALL
from zusage.protocol.models import Outbox
from zusage.rules import clock, receipts
from zusage.tenant import policy, version
from zusage.vault import api as vault
from zusage.vault.models import Warrant
from zusage.web.limits import COUNTERS
from zusage.web.words import say

pytestmark = pytest.mark.django_db

PATH = "/de/privacy/rights/"


def opened(row) -> dict[str, str]:
    return vault.open(row, RIGHTS, vault.Actor.subject(row.subject_id))


def values(request: RightsRequest) -> dict[str, str]:
    return {row.field: opened(row)["value"] for row in request.submission.values.all()}


def by_letter(client, reference: str, code: str, right: str = "access", language: str = "de", **more: str):
    return ask(client, right, "letter-code", language, case_reference=reference, letter_code=code, **more)


# --- the pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_offers_every_right_in_plain_words(language):
    page = browser().get(f"/{language}/privacy/rights/")
    _, due = clock.earliest(timezone.localdate(), policy().regimes)
    assert page.status_code == 200 and str(due.year) in shown(page)
    for right in ALL:
        assert f'href="{PATH.replace("de", language)}?right={right}"' in text(page)
        assert say(language, f"rights.{right}.title") in shown(page)
        assert say(language, f"rights.{right}.help") in shown(page)


@pytest.mark.parametrize("right", [right for right in ALL if right != "not-me"])
def test_each_right_explains_its_ways(right):
    page = browser().get(f"{PATH}?right={right}")
    last = "none" if right in ("question", "complaint") else "stranger"
    assert f'href="/de/mailbox/?then={right}"' in text(page)
    assert f'href="{PATH}?right={right}&amp;way=letter-code"' in text(page)
    assert f'href="{PATH}?right={right}&amp;way={last}"' in text(page)
    form = page_of(browser(), right, last)
    assert form.status_code == 200 and say("de", f"rights.{right}.message") in shown(form)
    assert policy().text("de", "purpose.rights.title") in shown(form)  # why we ask
    assert not form.cookies


def test_the_home_page_and_the_notice_lead_here():
    home = text(browser().get("/fr/"))
    assert "/fr/privacy/rights/?right=not-me" in home and "/fr/privacy/rights/" in home


def test_a_form_that_names_no_right_or_no_way_is_asked_again():
    for sent in ({}, {"right": "everything"}, {"right": "access"}, {"right": "access", "way": "none"}):
        page = browser().post(PATH, sent)
        assert page.status_code == 422 and not RightsRequest.objects.exists()


# --- as a stranger ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content, kind",
    [(picture(), "image/png"), (picture("JPEG"), "image/jpeg"), (pdf(), "application/pdf")],
    ids=["png", "jpeg", "pdf"],
)
def test_a_stranger_asks_with_a_proof(content, kind):
    client = browser()
    # The name and type that a browser tells count for nothing.
    sent = ask_as_stranger(client, proof=upload(content, "x.exe", "text/html"), message="Bitte alles.")
    code = receipt_of(client, sent)
    made = newest()
    today = timezone.localdate()
    assert (made.right, made.way, made.identity, made.state) == ("access", "stranger", "pending", "open")
    assert (made.regime, made.due_on) == clock.earliest(today, policy().regimes)
    assert made.received_on == today and made.submission.notice_version == version()
    assert values(made) == {
        "name": VRENI.name,
        "street": VRENI.street,
        "postcode": VRENI.postcode,
        "town": VRENI.town,
        "message": "Bitte alles.",
    }
    proof = made.proof
    assert (proof.media_type, proof.size) == (kind, len(content))
    assert base64.b64decode(opened(proof)["content"]) == content
    assert content not in bytes(proof.content) and content[:20] not in bytes(proof.content)
    assert [step.act for step in made.steps.all()] == ["received"]
    assert [one.about_id for one in made.concerns.all()] == [made.subject_id]
    assert not Warrant.objects.exists()  # nobody has decided who that is
    assert {"submit", "rights-received"} <= set(Outbox.objects.values_list("act", flat=True))
    assert enter(client, code).status_code == 303
    page = shown(letters(client))
    assert "Bitte alles." in page and say("de", "rights.access.name") in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_missing_is_told_and_the_rest_is_kept(language):
    client = browser()
    answer = ask(client, "rectification", "stranger", language, **{**STRANGER, "name": ""})
    page = shown(answer)
    assert answer.status_code == 422 and say(language, "rights.proof_missing") in page
    assert [item.name for item in answer.context["summary"]] == ["name", "message", "proof"]
    kept = entries_in(text(answer))
    assert {kept[name] for name in ("street", "postcode", "town")} == {
        VRENI.street,
        VRENI.postcode,
        VRENI.town,
    }
    assert kept["right"] == "rectification" and kept["way"] == "stranger"
    assert say(language, "rights.file_lost") not in page
    again = ask(client, "access", "stranger", language, **{**STRANGER, "name": "", "proof": upload(pdf())})
    assert again.status_code == 422 and say(language, "rights.file_lost") in shown(again)
    assert not Submission.objects.exists()


HOSTILE = {
    "empty": (b"", None),
    "text": (b"Guten Tag", "proof-kind"),
    "web page": (b"<html><script>alert(1)</script>", "proof-kind"),
    "half a picture": (picture(size=(400, 300))[:200], "proof-damaged"),
    "picture and archive": (picture("JPEG") + b"PK\x03\x04" + b"\0" * 40, "proof-mixed"),
    "a document that runs something": (
        pdf().replace(b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /J#61vaScript /JS (x) >>"),
        "proof-active",
    ),
    "nothing but a head": (b"%PDF-1.7\n", None),
    "gif": (b"GIF89a" + b"\0" * 100, "proof-kind"),
}


@pytest.mark.parametrize("content, code", HOSTILE.values(), ids=HOSTILE)
def test_a_proof_that_is_none_is_refused_with_words(content, code):
    answer = ask_as_stranger(browser(), proof=upload(content))
    assert answer.status_code == 422 and "proof" in [item.name for item in answer.context["summary"]]
    assert 'id="f-proof-error"' in text(answer)
    if code:
        assert say("de", f"problem.{code}").partition("{")[0] in shown(answer)
    assert entries_in(text(answer))["name"] == VRENI.name
    assert not RightsRequest.objects.exists() and not Submission.objects.exists()


def test_a_proof_that_is_too_large_is_refused_with_words():
    most = policy().limits.proof_megabytes
    for content in (b"\xff" * (most * 1_000_000 + 1), b"\x89PNG" * 4_000_000):
        answer = ask_as_stranger(browser(), proof=upload(content))
        assert answer.status_code == 422
        assert say("de", "problem.proof-too-large", limit=most) in shown(answer)
    huge = ask_as_stranger(browser(), proof=upload(b"x" * 33_000_000))
    assert huge.status_code == 413 and say("de", "error.too-large.title") in shown(huge)


def test_a_large_proof_goes_to_no_disk(monkeypatch):
    def refuse(*about, **more):
        raise AssertionError("a temporary file")

    for name in ("NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    page = picture("PNG", (40, 30))
    content = (
        page[:-12] + (4_000_000).to_bytes(4, "big") + b"teXt" + b"\x01" * 4_000_000 + b"\0" * 4 + page[-12:]
    )
    answer = ask_as_stranger(browser(), proof=upload(content))
    assert answer.status_code in (303, 422)


def test_one_file_in_one_field_at_one_address():
    post = browser().post
    sent = {**hidden(text(page_of(browser(), "access", "stranger"))), **STRANGER}
    refused = [
        post(PATH, {**sent, "proof": [upload(pdf()), upload(pdf())]}),
        post(PATH, {**sent, "name": upload(pdf())}),
        post(PATH, {**sent, "proof": upload(pdf()), "other": upload(pdf())}),
        post("/de/privacy/", {"proof": upload(pdf())}),
        post("/de/contact/", {"proof": upload(pdf())}),
        post("/de/mailbox/", {"proof": upload(pdf())}),
        post("/de/mailbox/rights/", {"proof": upload(pdf())}),
        post("/office/login/", {"proof": upload(pdf())}),
        post(f"{PATH}x/", {"proof": upload(pdf())}),
    ]
    assert [one.status_code for one in refused] == [400] * len(refused)
    assert not Submission.objects.exists()


def test_a_form_that_broke_off_stores_nothing():
    fields = {**hidden(text(page_of(browser(), "access", "stranger"))), **STRANGER, "proof": upload(pdf())}
    whole = encode_multipart("b", fields)
    for cut in (10, len(whole) // 2, len(whole) - 30):
        answer = browser().generic("POST", PATH, whole[:cut], content_type="multipart/form-data; boundary=b")
        assert answer.status_code in (400, 422), cut
    assert not Submission.objects.exists()


def test_a_double_click_is_one_request_with_one_proof():
    client = browser()
    page = hidden(text(page_of(client, "access", "stranger")))
    content = picture()
    answers = [client.post(PATH, {**page, **STRANGER, "proof": upload(content)}) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert RightsRequest.objects.count() == Proof.objects.count() == Mailbox.objects.count() == 1
    other = client.post(PATH, {**page, **STRANGER, "proof": upload(picture(size=(41, 30)))})
    assert other.status_code == 303 and RightsRequest.objects.count() == 2


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    start=st.sampled_from([b"", picture(), picture("JPEG"), pdf()]),
    cut=st.integers(0, 400),
    more=st.binary(max_size=200),
    name=st.text(max_size=20),
    right=st.sampled_from(ALL) | st.text(max_size=10),
)
def test_any_file_is_taken_or_explained(start, cut, more, name, right):
    content = start[:cut] + more
    name = "".join(one for one in name if one.isprintable() and one not in '"\\\r\n') or "x"
    sent = {**STRANGER, "right": right, "way": "stranger", "proof": upload(content, name)}
    answer = browser().post(PATH, sent)
    assert answer.status_code in (303, 422, 429)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    body=st.binary(max_size=300),
    head=st.sampled_from(
        [
            b'name="proof"; filename="a.png"',
            b'name="proof"; filename=""',
            b'name="proof"',
            b'name="proof"; filename="../../x"',
            b"name=proof; filename*=utf-8''%00",
            b'filename="a"',
        ]
    ),
    encoding=st.sampled_from([b"", b"Content-Transfer-Encoding: base64\r\n"]),
)
def test_any_upload_gets_an_answer(body, head, encoding):
    part = b"--b\r\nContent-Disposition: form-data; " + head + b"\r\n" + encoding + b"\r\n" + body
    sent = b'--b\r\nContent-Disposition: form-data; name="right"\r\n\r\naccess\r\n' + part + b"\r\n--b--\r\n"
    answer = browser().generic("POST", PATH, sent, content_type="multipart/form-data; boundary=b")
    assert answer.status_code in (400, 422) and '<html lang="de"' in text(answer)


# --- nobody in particular ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_is_not_that_person_says_next_to_nothing(language):
    client = browser()
    answer = ask(client, "not-me", "none", language)
    assert answer.status_code == 422 and say(language, "rights.nothing_said") in shown(answer)
    page = text(page_of(client, "not-me", "none", language))
    assert 'type="file"' not in page and 'name="name"' not in page and 'name="street"' not in page
    receipt_of(client, ask(client, "not-me", "none", language, case_reference=REFERENCE, name="Ungefragt"))
    made = newest()
    assert (made.way, made.identity, made.submission.language) == ("none", "unneeded", language)
    assert values(made) == {"case_reference": REFERENCE}
    assert [one.about_id for one in made.concerns.all()] == [made.subject_id]
    assert not Warrant.objects.exists() and not Proof.objects.exists()
    # A letter that is lost is told of in words.
    receipt_of(client, ask(client, "not-me", "none", language, message="An Herrn Caduff, aus Chur"))


@pytest.mark.parametrize("right", ["question", "complaint"])
def test_a_question_needs_no_papers(right):
    client = browser()
    assert ask(client, right, "none").status_code == 422
    receipt_of(client, ask(client, right, "none", message="Wer ist bei Ihnen zuständig?"))
    assert (newest().right, newest().identity) == (right, "unneeded")


def test_nothing_else_is_given_to_nobody_in_particular():
    asked = Asked("access", "de", version(), {}, "")
    with pytest.raises(ValueError):
        requests.openly(asked)
    assert browser().post(PATH, {"right": "access", "way": "none", "message": "x"}).status_code == 422


# --- with the code of a letter ----------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [str, str.lower, lambda code: code.replace("-", " ")])
def test_the_code_of_a_letter_says_who_somebody_is(typed):
    file, client = case(), browser()
    code = code_of(file)
    receipt_of(client, by_letter(client, REFERENCE.lower(), typed(code)))
    made = newest()
    assert (made.way, made.identity) == ("letter-code", "given")
    about = [one.about_id for one in made.concerns.order_by("at")]
    assert set(about) == {made.subject_id, file.subject_id}
    live = Warrant.objects.filter(record_id=made.pk, ended_at=None, purpose=RIGHTS)
    assert {one.subject_id for one in live} == set(about)
    assert LetterCode.objects.get().used_at is not None and LetterCode.objects.get().tries == 0
    # Nothing of the code is anywhere, and nothing of it is in the request.
    assert receipts.normal(code, 12) not in "".join(values(made).values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_wrong_the_words_are_the_same(language):
    file = case()
    case("ZH-2026-70002", "Somebody Else")
    code, other = code_of(file), receipts.grouped("7" * 12)
    guesses = [("ZH-2026-79999", code), (REFERENCE, other), ("ZH-2026-79999", other), ("ZH-2026-70002", code)]
    pages = []
    for number, (reference, guess) in enumerate(guesses):
        answer = by_letter(browser(REMOTE_ADDR=f"203.0.113.{number}"), reference, guess, language=language)
        assert answer.status_code == 422
        assert [item.name for item in answer.context["summary"]] == ["letter_code"]
        kept = entries_in(text(answer))
        assert (kept["case_reference"], kept["letter_code"]) == (reference, guess)
        page = text(answer).replace(reference, "").replace(guess, "")
        pages.append(page.replace(kept["form_token"], ""))
    assert len(set(pages)) == 1
    assert say(language, "rights.wrong_code", days=21) in shown(answer)
    assert not RightsRequest.objects.exists()


def test_whatever_is_wrong_the_store_is_asked_the_same():
    file = case()
    case("ZH-2026-70002", "Somebody Else")
    code, other = receipts.normal(code_of(file), 12), "7" * 12
    asked = Asked("access", "de", version(), {}, "")
    vault.root_key("letter-code")  # made at its first use
    found = []
    for reference, guess in [("ZH-2026-79999", code), (REFERENCE, other), ("ZH-2026-70002", code)]:
        with (
            CaptureQueriesContext(
                connection,
            ) as queries,
            pytest.raises(WrongCode),
        ):
            requests.by_letter(asked, reference, guess)
        found.append([query["sql"].split()[0] for query in queries])
    assert found[0] == found[1] == found[2] and "UPDATE" in found[0]
    written = Outbox.objects.filter(act="wrong-letter-code")
    assert written.count() == 3 and written.exclude(subject_id=None).count() == 1


def test_five_wrong_tries_lock_the_code_for_everybody():
    file = case()
    code = code_of(file)
    for number in range(policy().limits.letter_code_tries):
        assert by_letter(browser(REMOTE_ADDR=f"203.0.113.{number}"), REFERENCE, "7" * 12).status_code == 422
    assert LetterCode.objects.get().tries == policy().limits.letter_code_tries
    client = browser(REMOTE_ADDR="203.0.113.99")
    assert by_letter(client, REFERENCE, code).status_code == 422  # the right one, too
    assert by_letter(client, REFERENCE, code_of(file)).status_code == 303  # a new letter


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_moment_count_each():
    file = case()
    code = receipts.normal(code_of(file), 12)
    asked, most = Asked("access", "de", version(), {}, ""), policy().limits.letter_code_tries

    def guess(number: int) -> bool:
        try:
            requests.by_letter(asked, REFERENCE, f"{number:012}")
        except WrongCode:
            return False
        finally:
            connections.close_all()
        return True

    vault.root_key("letter-code")
    with ThreadPoolExecutor(6) as pool:
        assert not any(pool.map(guess, range(most + 7)))
    assert LetterCode.objects.get().tries == most
    with pytest.raises(WrongCode):
        requests.by_letter(asked, REFERENCE, code)


@pytest.mark.django_db(transaction=True)
def test_the_same_page_at_the_same_moment_is_one_request():
    proof = picture()
    asked = Asked("access", "de", version(), {"name": "Vreni"}, "a-token-of-one-page")

    def send(number: int) -> str:
        try:
            return requests.by_stranger(asked, proof)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(send, range(12)))) == 12  # a ticket each, to one receipt
    assert RightsRequest.objects.count() == Proof.objects.count() == Step.objects.count() == 1


def test_one_source_waits_and_keeps_what_it_wrote():
    file, guesser = case(), browser(REMOTE_ADDR="203.0.113.5")
    code = code_of(file)
    for _ in range(policy().limits.receipt_tries):
        assert by_letter(guesser, "ZH-2026-79999", "7" * 12).status_code == 422
    waits = by_letter(guesser, REFERENCE, code, message="Bitte alles.")
    assert waits.status_code == 429 and int(waits.headers["Retry-After"]) > 0
    assert entries_in(text(waits))["message"] == "Bitte alles."
    assert by_letter(browser(REMOTE_ADDR="203.0.113.6"), REFERENCE, code).status_code == 303


def test_the_right_code_costs_no_try():
    file, client = case(), browser(REMOTE_ADDR="203.0.113.5")
    code = code_of(file)
    for _ in range(policy().limits.receipt_tries + 2):
        assert by_letter(client, REFERENCE, code).status_code == 303


@pytest.mark.parametrize("days, good", [(21, True), (22, False)])
def test_a_code_is_good_for_the_days_of_the_policy(monkeypatch, days, good):
    file = case()
    code = code_of(file)
    later = timezone.now() + timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert (by_letter(browser(), REFERENCE, code).status_code == 303) is good


def test_a_new_code_ends_the_one_before():
    file = case()
    first, second = code_of(file), code_of(file)
    assert by_letter(browser(), REFERENCE, first).status_code == 422
    assert by_letter(browser(), REFERENCE, second).status_code == 303


def test_an_erased_case_has_no_code():
    file = case()
    code = code_of(file)
    vault.shred(file.subject_id, "request", vault.Actor.system("test"))
    assert by_letter(browser(), REFERENCE, code).status_code == 422
    assert letter_code_for_nobody(file) == []


def letter_code_for_nobody(file):
    from zusage.actions.rights import letter_codes

    return letter_codes.make([file.pk])


def test_a_code_that_cannot_be_one_is_said_to_be_wrongly_written():
    answer = by_letter(browser(), REFERENCE, "1234")
    assert answer.status_code == 422 and say("de", "problem.receipt-length", count=12) in shown(answer)
    several = by_letter(browser(), f"{REFERENCE}, ZH-2026-70002", "7" * 12)
    assert several.status_code == 422 and say("de", "rights.one_reference") in shown(several)


def test_a_letter_sent_twice_is_one_request():
    file, client = case(), browser()
    page = hidden(text(page_of(client, "deletion", "letter-code")))
    sent = {**page, "case_reference": REFERENCE, "letter_code": code_of(file)}
    answers = [client.post(PATH, sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert RightsRequest.objects.count() == 1 and Step.objects.count() == 1


# --- floods and strangers' pages --------------------------------------------------------------------------------


def test_under_pressure_the_form_waits_with_everything_in_it():
    for _ in range(policy().limits.pressure_per_minute):
        COUNTERS.add("forms-of-all", b"everybody", 60)
    answer = ask_as_stranger(browser(), message="Bitte alles.")
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
    kept = entries_in(text(answer))
    assert kept["message"] == "Bitte alles." and kept["wait_token"]
    assert say("de", "rights.file_lost") in shown(answer)
    assert not RightsRequest.objects.exists()


def test_a_page_of_another_site_asks_for_nothing():
    for head in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        answer = browser().post(PATH, {**STRANGER, "right": "access", "way": "stranger"}, headers=head)
        assert answer.status_code == 403
