"""Whatever arrives: a clear answer in the page's language, every entry kept, never a fault of ours."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import quote_plus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test.client import encode_multipart
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.doors import (
    FORMS,
    LANGUAGES,
    browser,
    enter,
    in_mailbox,
    letters,
    receipt,
    shown,
    sign_in,
    text,
    typed,
)
from tests.make import submission
from zusage.models import Message, Submission
from zusage.web.words import say

pytestmark = pytest.mark.django_db

URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "a-boundary-of-our-own"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
BODIES = {"multipart": MULTIPART, "urlencoded": URLENCODED}
# What must not be stored, field by field, and the problem that says so (words: problem.<code>).
BAD_ENTRIES = [
    ("contact", "last_name", "Ober\x00holzer", "text-control"),
    ("contact", "last_name", "Ober\x07holzer", "text-control"),
    ("contact", "town", "Wi\x1b[31mnterthur", "text-control"),
    ("enquiry", "name", "Nadine \u202eeppeR", "text-direction"),
    ("enquiry", "name", "Nadine \u2066Oberholzer", "text-direction"),
    ("enquiry", "name", "Zal" + "\u0301" * 40 + "go", "text-marks"),
    ("payment", "name", "\u3164", "text-invisible"),
    ("contact", "email", "a@example.ch\r\nBcc: b@example.ch", "text-control"),
    ("contact", "email", "a@example.ch\nSubject: x", "text-control"),
    ("contact", "email", "a@example.ch%0aBcc:b@example.ch", "email-domain"),
    ("contact", "email", "a@example.ch, b@example.ch", "email-several"),
    ("contact", "email", "\"a b\"@example.ch", "email-unclear"),
    ("enquiry", "date_of_birth", "31.2.1980", "date-impossible"),
    ("enquiry", "date_of_birth", "yesterday", "date-unclear"),
    ("payment", "monthly_instalment", "-5", "amount-negative"),
    ("payment", "monthly_instalment", "<script>", "amount-unclear"),
    ("payment", "payment_day", "32", "day-range"),
    ("payment", "case_references", "\n".join(f"ZH-{n:04}" for n in range(500)), None),
    ("contact", "phone", "0791", None),
    ("contact", "message", "x" * 60_000, None),
]  # fmt: skip


def encoded(fields: dict[str, str], kind: str) -> bytes:
    if kind.startswith("multipart"):
        return encode_multipart(BOUNDARY, fields)
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields.items()).encode()


def raw(path: str, body: bytes, kind: str) -> HttpResponse:
    """A POST of exactly these bytes under exactly this content type."""
    return browser().generic("POST", path, body, content_type=kind)


def entries_in(page: str) -> dict[str, str]:
    """What stands in the fields of a page: text fields, areas, and ticked boxes."""
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        at = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if at.get("type") == "checkbox":
            if " checked" in tag:
                found[at["name"]] = "yes"
        elif "name" in at and at.get("type") != "submit":  # a button that nobody pressed isn't sent
            found[at["name"]] = html.unescape(at.get("value", ""))
    for name, content in re.findall(
        r'<textarea\b[^>]*\bname="([^"]+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL
    ):
        found[name] = html.unescape(content)
    return found


def as_lines(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("kind", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("purpose, field, value, code", BAD_ENTRIES)
def test_a_wrong_entry_is_explained_and_everything_stays(purpose, field, value, code, kind):
    sent = typed(purpose, **{field: value})
    for language in LANGUAGES:
        page = raw(f"/{language}/{purpose}/", encoded(sent, kind), kind)
        assert page.status_code == 422
        assert f'<html lang="{language}"' in text(page)
        found = entries_in(text(page))
        for name, entry in sent.items():
            expected = "yes" if name in ("no_reference", "mailbox_only") else as_lines(entry)
            assert as_lines(found.get(name, "")) == expected, name
        if code:
            problem = say(language, f"problem.{code}")
            assert problem.partition("{")[0] in shown(page)
        # The summary leads to the field, and the field names its error.
        assert f'href="#f-{field}"' in text(page) and f'id="f-{field}-error"' in text(page)
    assert not Submission.objects.exists()


def test_a_birthday_in_the_future_is_wrong():
    tomorrow = timezone.localdate() + timedelta(days=1)
    page = browser().post("/en/enquiry/", typed("enquiry", date_of_birth=f"{tomorrow:%d.%m.%Y}"))
    assert page.status_code == 422 and say("en", "problem.date-future") in shown(page)


def test_an_entry_cannot_break_out_of_its_field():
    attack = '"><script>alert(1)</script><input value="'
    sent = dict.fromkeys(typed("contact"), attack)
    page = browser().post("/de/contact/", {**sent, "message": "</textarea><script>alert(1)</script>"})
    assert page.status_code == 422 and "<script" not in text(page)
    assert entries_in(text(page))["last_name"] == attack


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("door", [*FORMS, "mailbox"])
def test_what_is_no_form_gets_a_page_that_says_so(door, language):
    path = f"/{language}/{door}/"
    big = "x" * (10 * 1024 * 1024)
    file = SimpleUploadedFile("letter.pdf", b"%PDF-1.7", "application/pdf")
    post = browser().post
    answers = [
        (413, "too-large", post(path, f"message={big}", content_type=URLENCODED)),
        (413, "too-large", post(path, {"message": big})),
        (400, "too-many-fields", post(path, {f"field{n}": "x" for n in range(10_000)})),
        (400, "too-many-fields", post(path, "&".join(["message=x"] * 10_000), content_type=URLENCODED)),
        (400, "too-many-fields", post(path, "&" * 10_000, content_type=URLENCODED)),
        (400, "bad-request", post(path, {**typed("contact"), "file": file})),
        (400, "bad-request", raw(path, b"no multipart at all", "multipart/form-data")),
        (400, "bad-request", raw(path, b"x", "multipart/form-data; boundary=")),
        (400, "bad-request", raw(path, b"--", f"multipart/form-data; boundary={'b' * 300}")),
        (415, "content-type", raw(path, b'{"name": "x"}', "application/json")),
        (415, "content-type", raw(path, b"<x/>", "text/xml")),
        (415, "content-type", raw(path, b"name=x", "")),
        (415, "content-type", raw(path, b"name=x", "\xff\x00;;;=")),
    ]
    for number, (status, problem, answer) in enumerate(answers):
        assert answer.status_code == status, (number, answer.status_code)
        assert say(language, f"error.{problem}.title") in shown(answer), number
        assert f'<html lang="{language}"' in text(answer)
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "charset", ["utf-16", "hex", "zlib", "idna", "unicode_escape", "raw_unicode_escape", "nonsense"]
)
@pytest.mark.parametrize("kind", BODIES.values(), ids=BODIES)
def test_forms_are_utf_8(kind, charset):
    body = encoded(typed("contact", message="\\ud800 \\x00"), kind)
    assert raw("/de/contact/", body, f"{kind}; charset={charset}").status_code == 415


def test_utf_8_is_utf_8_however_it_is_written():
    for charset in ("UTF-8", "utf-8", '"utf-8"'):
        answer = raw(
            "/de/contact/", encoded(typed("contact"), URLENCODED), f"{URLENCODED}; charset={charset}"
        )
        assert answer.status_code == 303, charset


@pytest.mark.parametrize("door", [*FORMS, "mailbox"])
def test_broken_encodings(door):
    broken = [b"\xff\xfe", b"%ED%A0%80", b"%FF%FE%00", b"%C3", b"%", b"%zz", b"\xed\xa0\x80"]
    for bad in broken:
        for name in (
            b"name",
            b"first_name",
            b"receipt",
            b"form_token",
            b"policy_version",
            b"wait_token",
            b"altcha",
        ):
            answer = browser().post(f"/de/{door}/", name + b"=" + bad, content_type=URLENCODED)
            assert answer.status_code in (400, 422, 429), (bad, name)
        part = (
            b"--b\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n" + bad + b"\r\n"
            b"--b\r\nContent-Disposition: form-data; name=\"\xff" + bad + b"\"\r\n\r\nx\r\n--b--\r\n"
        )  # fmt: skip
        answer = browser().post(f"/de/{door}/", part, content_type="multipart/form-data; boundary=b")
        assert answer.status_code in (400, 422, 429), bad
    assert not Submission.objects.exists()


def test_a_letter_lost_in_encoding_is_asked_for_again():
    sent = "&".join(
        f"{name}={quote_plus(value)}" for name, value in typed("contact").items() if name != "town"
    )
    answer = browser().post("/de/contact/", sent + "&town=Z%FCrich", content_type=URLENCODED)  # Latin-1
    assert answer.status_code == 422 and say("de", "problem.text-broken") in shown(answer)


def test_a_form_that_broke_off_stores_nothing():
    whole = encode_multipart(BOUNDARY, typed("payment"))
    for cut in (10, len(whole) // 2):
        answer = raw("/de/payment/", whole[:cut], MULTIPART)
        assert answer.status_code in (400, 422), cut
    assert not Submission.objects.exists()


def test_names_repeated_unknown_and_huge():
    fields = typed("payment")
    sent = encoded(fields, URLENCODED).decode()
    more = "&".join(
        [sent, "name=Somebody+Else", f"{'n' * 100_000}=x", "is_staff=1", "purpose=rights", "__proto__=x"]
    )
    answer = browser().post("/de/payment/", more, content_type=URLENCODED)
    assert answer.status_code == 303  # one of the two names counts; what isn't declared isn't collected
    assert Submission.objects.get().values.count() == len([name for name in fields if name != "no_reference"])
    several = sent + "&case_references=ZH-1111&case_references=ZH-2222"
    assert browser().post("/de/payment/", several, content_type=URLENCODED).status_code == 303


def test_odd_heads_of_requests():
    client = browser()
    for value in (
        "*",
        "xx,yy;q=9",
        "de;q=0",
        "q" * 10_000,
        "\xff\xfe",
        "en-US,en;q=0.5",
        "../../etc",
        "zh-hant-" * 60,
    ):
        answer = client.get("/", headers={"accept-language": value})
        assert answer.status_code == 302 and answer.headers["Location"].strip("/") in LANGUAGES, value
    assert client.get("/", headers={"accept-language": "it-CH,it;q=0.9"}).headers["Location"] == "/it/"
    for host in ("evil.example", "", "a b", "[::1", "localhost:99999999", "localhost\x00", "user@localhost"):
        assert client.get("/de/", headers={"host": host}).status_code in (200, 400), host
    for origin in ("null", "https://evil.example", "\xff", "://", "http://localhost:80:80"):
        answer = client.post("/de/contact/", typed("contact"), headers={"origin": origin})
        assert answer.status_code in (303, 403), origin
        assert (answer.status_code == 303) is (origin == "null")
    bad_host = client.post(
        "/de/contact/", typed("contact"), headers={"origin": "http://a", "host": "evil.example"}
    )
    assert bad_host.status_code in (400, 403)
    for query in ("?" + "a=b&" * 50_000, "?%ED%A0%80=%FF", "?about=%00", "?" + "x" * 100_000):
        for page in ("/de/", "/de/enquiry/", "/de/mailbox/", "/de/privacy/versions/compare/"):
            assert client.get(page + query).status_code < 500, (page, query[:20])
    for path in (
        "/de/\x00/",
        "/de/%00/",
        "/de//",
        "/%ff%fe/",
        "/de/mailbox/receipt/%00/",
        "/de/privacy/versions/%FF/",
    ):
        answer = client.get(path)
        assert 400 <= answer.status_code < 500, path


def test_each_unknown_method_gets_a_page():
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "X" * 200):
        for path in (
            "/fr/",
            "/fr/contact/",
            "/fr/mailbox/",
            "/fr/mailbox/letters/",
            "/fr/mailbox/receipt/x/",
        ):
            answer = browser().generic(method, path, b"x" * 1000)
            assert 400 <= answer.status_code < 500, (method, path)
            assert '<html lang="fr"' in text(answer)


# --- behind the doors -------------------------------------------------------------------------------------------


def test_a_forged_form_changes_nothing_in_the_mailbox():
    client = browser()
    enter(client, receipt(client, language="it"), "it")
    for room in ("letters", "notice", "withdraw", "close"):
        for sent in ({}, {"csrfmiddlewaretoken": "x" * 64}, {"csrfmiddlewaretoken": "\x00"}):
            answer = client.post(
                f"/it/mailbox/{room}/", {**sent, "message": "forged", "notice_email": "a@example.ch"}
            )
            assert answer.status_code == 403
            assert say("it", "error.expired.title") in shown(answer) and "CSRF" not in text(answer)
            # A page may really have been open too long: what was typed isn't lost.
            assert re.search(r"<textarea[^>]*readonly>\s*forged</textarea>", text(answer))
    for head in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
    ):
        page = letters(client, "it")
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', text(page))[1]
        sent = {"csrfmiddlewaretoken": token, "message": "forged"}
        assert client.post("/it/mailbox/letters/", sent, headers=head).status_code == 403
    assert not Message.objects.exists()
    assert letters(client, "it").status_code == 200


def test_what_browsers_send_under_our_own_referrer_policy_is_taken():
    for secure in (False, True):
        for head in ({"origin": "null"}, {"origin": "null", "sec-fetch-site": "same-origin"}, {}):
            client = browser()
            enter(client, receipt(client), secure=secure)
            client.defaults.update(
                {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in head.items()}
            )
            assert in_mailbox(client, "letters", secure=secure, message="Guten Tag").status_code == 303


@pytest.mark.parametrize(
    "bad, code",
    [
        ("", "missing"), ("   \n ", "missing"), ("a\x00b", "text-control"), ("a\u202eb", "text-direction"),
        ("x" * 20_000, "text-too-long"), ("\ufffd", "text-broken"),
    ],
)  # fmt: skip
def test_a_letter_that_cannot_be_kept_stays_in_its_field(bad, code):
    client = browser()
    enter(client, receipt(client, language="en"), "en")
    answer = in_mailbox(client, "letters", "en", message=bad)
    assert answer.status_code == 422
    assert say("en", f"problem.{code}").partition("{")[0] in shown(answer)
    assert as_lines(entries_in(text(answer))["message"]) == bad
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "bad", ["a@example.ch\r\nBcc: b@example.ch", "a\x00@example.ch", "nobody", "a@b", "<b>@example.ch"]
)
def test_a_notice_address_that_cannot_be_used_stays_in_its_field(bad):
    client = browser()
    enter(client, receipt(client))
    answer = in_mailbox(client, "notice", notice="on", notice_email=bad)
    assert answer.status_code == 422
    assert as_lines(entries_in(text(answer))["notice_email"]) == as_lines(bad)


def test_forged_forms_change_nothing_in_the_office(settings):
    settings.DEMO = True
    client = browser()
    sign_in(client, "clerk")
    sent = submission("enquiry")
    for room in ("answer", "note", "assign", "close", "case", "reopen"):
        answer = client.post(
            f"/office/submissions/{sent.pk}/{room}/", {"body": "forged", "message": "forged"}
        )
        assert answer.status_code == 403, room
        assert "CSRF" not in text(answer) and "<html" in text(answer)
    assert not Message.objects.exists() and Submission.objects.get().state == "open"
    assert browser().post("/office/login/", {"login": "x", "password": "y"}).status_code == 403


# --- two tabs, two clicks, and the way back ---------------------------------------------------------------------


def test_a_double_click_is_one_submission_and_shows_a_receipt():
    client = browser()
    page = entries_in(text(client.get("/de/enquiry/")))
    sent = {**page, **typed("enquiry")}
    first, second = (client.post("/de/enquiry/", sent) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert Submission.objects.count() == 1
    # The browser follows the second answer; the first link says that a code is shown once.
    assert client.get(second.headers["Location"]).status_code == 200
    assert client.get(first.headers["Location"]).status_code == 410


def test_two_tabs_are_two_submissions_and_an_edited_page_is_another():
    client = browser()
    tabs = [entries_in(text(client.get("/de/contact/"))) for _ in range(2)]
    assert tabs[0]["form_token"] != tabs[1]["form_token"]
    for tab in tabs:
        assert client.post("/de/contact/", {**tab, **typed("contact")}).status_code == 303
    assert Submission.objects.count() == 2
    edited = {**tabs[0], **typed("contact", message="Ich habe mich verschrieben.")}
    assert client.post("/de/contact/", edited).status_code == 303
    assert Submission.objects.count() == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_going_back_to_a_receipt_says_why_it_is_gone(language):
    client = browser()
    sent = client.post(f"/{language}/payment/", typed("payment"))
    assert client.get(sent.headers["Location"]).status_code == 200
    gone = client.get(sent.headers["Location"])
    assert gone.status_code == 410 and say(language, "error.receipt-gone.title") in shown(gone)


# --- anything at all --------------------------------------------------------------------------------------------

BOUNDED = settings(max_examples=60, suppress_health_check=list(HealthCheck))
NAMES = sorted(
    {name for purpose in FORMS for name in typed(purpose)} | {"mailbox_only", "no_reference", "form_token"}
)
ANYTHING = st.text(max_size=80) | st.text(alphabet="\x00\r\n\u202e\ud7ff'\"<&%+0123456789.-@ ", max_size=40)


@BOUNDED
@given(
    purpose=st.sampled_from(FORMS),
    fields=st.dictionaries(st.sampled_from(NAMES) | st.text(min_size=1, max_size=20), ANYTHING, max_size=12),
    kind=st.sampled_from(sorted(BODIES.values())),
)
def test_any_fields_are_taken_or_explained(purpose, fields, kind):
    sent = {**typed(purpose), **fields}
    if kind == MULTIPART:
        sent = {re.sub(r'[\r\n"\\]', "", name) or "x": value for name, value in sent.items()}
    answer = raw(f"/fr/{purpose}/", encoded(sent, kind), kind)
    assert answer.status_code in (303, 422, 429)
    if answer.status_code == 422:
        assert "<script" not in text(answer)
        found = entries_in(text(answer))
        for name in typed(purpose):
            if name != "no_reference":
                assert as_lines(found[name]).strip() == as_lines(sent[name]).strip(), name


@BOUNDED
@given(
    path=st.sampled_from([f"/de/{name}/" for name in (*FORMS, "mailbox")]),
    body=st.binary(max_size=300),
    kind=st.sampled_from(
        [URLENCODED, "multipart/form-data; boundary=b", "multipart/form-data", "text/plain"]
    ),
    framed=st.booleans(),
)
def test_any_bytes_get_an_answer(path, body, kind, framed):
    if framed:
        body = b'--b\r\nContent-Disposition: form-data; name="message"' + body + b"\r\n--b--\r\n"
    answer = raw(path, body, kind)
    assert answer.status_code in (400, 413, 415, 422, 429)
    assert '<html lang="de"' in text(answer)


@BOUNDED
@given(path=st.text(max_size=30), query=st.text(max_size=30))
def test_any_address_gets_an_answer(path, query):
    answer = browser().get(f"/{quote_plus(path)}/?{quote_plus(query)}")
    assert answer.status_code < 500
