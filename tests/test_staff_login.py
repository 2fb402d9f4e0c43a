"""Coming into the office: password, one-time password, second factor; and staying out."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils import timezone

from tests import desk, make
from tests.desk import PASSWORD
from zusage import settings as module
from zusage.models import Staff
from zusage.policy.types import LANGUAGES
from zusage.tenant import policy
from zusage.web.words import say

pytestmark = pytest.mark.django_db

OWN = "noch-ein-langer-satz-42"


@pytest.fixture(autouse=True)
def _no_tries() -> Iterator[None]:
    desk.forget_tries()
    yield
    desk.forget_tries()


def sign_in(client: Client, who: Staff, password: str = PASSWORD) -> str:
    answer = client.post("/office/login/", {"login": who.username, "password": password})
    return answer.headers.get("Location", str(answer.status_code))


def enrol(client: Client) -> str:
    """Set up the app; its secret."""
    page = client.get("/office/second-factor/app/").content.decode()
    secret = re.search(r'<code class="secret">(\w+)</code>', page)[1]
    answer = client.post("/office/second-factor/app/", {"code": desk.code(secret)})
    assert answer.headers["Location"] == "/office/second-factor/codes/"
    return secret


def test_whole_way_of_a_new_clerk() -> None:
    clerk, client = desk.person("clerk", one_time=True), Client()
    assert client.get("/office/").headers["Location"] == "/office/login/?next=%2Foffice%2F"
    assert sign_in(client, clerk) == "/office/"
    # The one-time password opens nothing but the page that replaces it.
    for path in ("/office/", "/office/account/", "/office/second-factor/", "/office/second-factor/app/"):
        assert client.get(path).headers["Location"] == "/office/password/"
    same = client.post(
        "/office/password/", {"oldpassword": PASSWORD, "password1": PASSWORD, "password2": PASSWORD}
    )
    assert same.status_code == 422
    assert "bisherige Passwort" in same.content.decode()
    changed = client.post("/office/password/", {"oldpassword": PASSWORD, "password1": OWN, "password2": OWN})
    assert changed.status_code == 302
    # Then a second factor has to be enrolled.
    assert client.get("/office/").headers["Location"] == "/office/second-factor/"
    assert "Pflicht" in client.get("/office/second-factor/").content.decode()
    secret = enrol(client)
    codes = re.findall(r"<code>(\d{8})</code>", client.get("/office/second-factor/codes/").content.decode())
    assert len(codes) == 10
    assert client.get("/office/").status_code == 200
    # Sealed where they lie.
    kept = " ".join(str(row.data) for row in Authenticator.objects.filter(user=clerk))
    assert secret not in kept
    assert desk.acts() == ["sign-in", "change-password", "change-second-factor"]

    # Next time: password, then a code; the password alone opens nothing.
    again = Client()
    assert sign_in(again, clerk, OWN) == "/office/second-factor/authenticate/"
    assert again.get("/office/").headers["Location"].startswith("/office/login/")
    assert again.post("/office/second-factor/authenticate/", {"code": "000000"}).status_code == 422
    spare = again.post("/office/second-factor/authenticate/", {"code": codes[0]})
    assert spare.headers["Location"] == "/office/"
    assert again.get("/office/").status_code == 200
    # A spare code serves once.
    third = Client()
    sign_in(third, clerk, OWN)
    assert third.post("/office/second-factor/authenticate/", {"code": codes[0]}).status_code == 422
    assert third.get("/office/").status_code == 302


def test_a_code_serves_once() -> None:
    clerk, client = desk.person("clerk"), Client()
    sign_in(client, clerk)
    secret = enrol(client)
    first, second = Client(), Client()
    sign_in(first, clerk)
    sign_in(second, clerk)
    shown = desk.code(secret)
    assert (
        first.post("/office/second-factor/authenticate/", {"code": shown}).headers["Location"] == "/office/"
    )
    cache.clear()  # what allauth remembers is in one process only; this is another one
    assert second.post("/office/second-factor/authenticate/", {"code": shown}).status_code == 422


def test_session_rotates_and_ends() -> None:
    clerk, client = desk.person("clerk"), Client()
    client.get("/office/login/")
    before = client.cookies[desk.COOKIE].value
    sign_in(client, clerk)
    after = client.cookies[desk.COOKIE].value
    assert before != after
    assert not Session.objects.filter(session_key=before).exists()
    cookie = client.cookies[desk.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["max-age"] == ""
    client.post("/office/logout/")
    assert not Session.objects.filter(session_key=after).exists()
    client.cookies[desk.COOKIE] = after
    assert client.get("/office/account/").status_code == 302
    assert desk.acts() == ["sign-in", "sign-out"]


def test_thirty_idle_minutes_end_a_session() -> None:
    client = desk.signed_in(desk.person("clerk"))
    assert client.get("/office/").status_code == 200
    left = Session.objects.get().expire_date - timezone.now()
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/office/").headers["Location"].startswith("/office/login/")


def test_cookie_over_https_is_host_bound() -> None:
    client = Client()
    with override_settings(SECURE_PROXY_SSL_HEADER=None):
        client.get("/office/login/", secure=True)
    cookie = client.cookies["__Host-zusage-office"]
    assert cookie["secure"]
    assert cookie["path"] == "/"


def test_sessions_are_sealed() -> None:
    clerk, client = desk.person("clerk", "nur-hier-lesbar"), Client()
    sign_in(client, clerk)
    client.get("/office/second-factor/app/")
    for row in Session.objects.all():
        assert b"nur-hier-lesbar" not in b64decode(row.session_data)
        assert "totp" not in row.session_data
        assert b"totp" not in b64decode(row.session_data)


def test_same_words_whether_or_not_the_user_exists() -> None:
    clerk = desk.person("clerk")

    def failure(name: str) -> str:
        answer = Client().post("/office/login/", {"login": name, "password": "falsch"})
        assert answer.status_code == 422
        page = answer.content.decode()
        return re.sub(r'(value="[^"]*"|name="csrfmiddlewaretoken")', "", page)

    assert failure(clerk.username) == failure("gibt-es-nicht")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_password_that_cannot_be_is_told_in_the_page_s_words(language: str) -> None:
    clerk = desk.person("clerk", "benutzername-klara")
    Staff.objects.update(language=language)
    client = desk.signed_in(clerk)
    tried = {
        "password_too_short": ("kurz", "kurz"),
        "password_too_common": ("qwerty123456", "qwerty123456"),
        "password_too_similar": ("benutzername-klara", "benutzername-klara"),
        "passwords_differ": ("ein guter langer Satz", "ein anderer langer Satz"),
        "same_as_current": (PASSWORD, PASSWORD),
    }
    for code, (first, second) in tried.items():
        desk.forget_tries()
        sent = {"oldpassword": PASSWORD, "password1": first, "password2": second}
        answer = client.post("/office/password/", sent)
        assert answer.status_code == 422
        said = [unescape(one) for one in re.findall(r"</svg><span>(.*?)</span>", answer.content.decode())]
        assert said == [say(language, f"office.entrance.error.{code}")]
    clerk.refresh_from_db()
    assert clerk.check_password(PASSWORD)


def test_it_is_kept_by_a_hash_that_is_slow(settings) -> None:
    """By the settings' own, which this process's other tests do without."""
    settings.PASSWORD_HASHERS = module.PASSWORD_HASHERS
    clerk = desk.person("clerk")
    clerk.set_password(OWN)
    clerk.save()
    assert clerk.password.startswith("scrypt$16384$") and OWN not in clerk.password
    assert sign_in(Client(), clerk, OWN) == "/office/"
    assert sign_in(Client(), clerk, PASSWORD) == "422"


def test_deactivated_comes_no_further() -> None:
    clerk, client = desk.person("clerk"), Client()
    sign_in(client, clerk)
    Staff.objects.filter(pk=clerk.pk).update(is_active=False)
    assert client.get("/office/account/").headers["Location"].startswith("/office/login/")
    assert sign_in(Client(), clerk) == "422"


def test_few_tries_per_name_and_per_source() -> None:
    clerk, limit = desk.person("clerk"), policy().limits.receipt_tries
    for number in range(limit):
        tried = Client(REMOTE_ADDR=f"192.0.2.{number}")
        answer = tried.post("/office/login/", {"login": clerk.username, "password": "falsch"})
        assert answer.status_code == 422
    late = Client(REMOTE_ADDR="192.0.2.99").post(
        "/office/login/", {"login": f" {clerk.username} ", "password": PASSWORD}
    )
    assert late.status_code == 429
    assert 0 < int(late.headers["Retry-After"]) <= policy().limits.window_minutes * 60
    # Somebody else comes in, from elsewhere.
    other = desk.person("clerk")
    assert sign_in(Client(REMOTE_ADDR="192.0.2.100"), other) == "/office/"
    # And one source runs out of tries, whatever names it tries.
    for number in range(limit):
        Client(REMOTE_ADDR="198.51.100.7").post(
            "/office/login/", {"login": f"x{number}", "password": "falsch"}
        )
    last = Client(REMOTE_ADDR="198.51.100.7").post(
        "/office/login/", {"login": other.username, "password": PASSWORD}
    )
    assert last.status_code == 429


def test_asking_as_a_script_is_no_way_round_the_limit() -> None:
    clerk = desk.person("clerk")
    answers = [
        Client().post(
            "/office/login/",
            {"login": clerk.username, "password": "falsch"},
            headers={"X-Requested-With": "XMLHttpRequest", "Accept": "application/json"},
        )
        for _ in range(policy().limits.receipt_tries + 1)
    ]
    assert answers[-1].status_code == 429


def test_right_entries_use_up_no_tries() -> None:
    clerk = desk.person("clerk")
    for _ in range(policy().limits.receipt_tries + 2):
        assert sign_in(Client(), clerk) == "/office/"


def test_few_tries_for_the_code() -> None:
    clerk, client = desk.person("clerk"), Client()
    sign_in(client, clerk)
    secret = enrol(client)
    stranger = Client()
    sign_in(stranger, clerk)
    for number in range(policy().limits.receipt_tries):
        tried = stranger.post("/office/second-factor/authenticate/", {"code": f"00000{number}"})
        assert tried.status_code == 422
    # A new session with the password is no way round.
    another = Client()
    sign_in(another, clerk)
    assert another.post("/office/second-factor/authenticate/", {"code": desk.code(secret)}).status_code == 429


def test_a_session_from_before_enrolment_has_to_show_the_second_factor() -> None:
    clerk, old, new = desk.person("clerk"), Client(), Client()
    sign_in(old, clerk)
    sign_in(new, clerk)
    enrol(new)
    assert old.get("/office/").headers["Location"] == "/office/second-factor/confirm/?next=%2Foffice%2F"
    for path in ("/office/second-factor/app/remove/", "/office/password/", "/office/second-factor/keys/add/"):
        assert old.get(path).headers["Location"].startswith("/office/second-factor/confirm/")
        assert old.post(path).headers["Location"].startswith("/office/second-factor/confirm/")
    assert old.get("/office/second-factor/confirm/").status_code == 200
    assert new.get("/office/").status_code == 200


def test_the_last_second_factor_stays() -> None:
    clerk, client = desk.person("clerk"), Client()
    sign_in(client, clerk)
    enrol(client)
    page = client.post("/office/second-factor/app/remove/")
    assert "letzter zweiter Nachweis" in page.content.decode()
    assert Authenticator.objects.filter(user=clerk, type="totp").exists()


def test_key_page_loads_own_scripts_only() -> None:
    client = Client()
    sign_in(client, desk.person("clerk"))
    answer = client.get("/office/second-factor/keys/add/")
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    for tag in re.findall(r"<script[^>]*>", answer.content.decode()):
        assert 'src="/static/' in tag or 'type="application/json"' in tag


def test_second_tab_of_the_login_page() -> None:
    clerk = desk.person("clerk")
    client = Client(enforce_csrf_checks=True)

    def token() -> str:
        page = client.get("/office/login/").content.decode()
        return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]

    first, second = token(), token()
    fields = {"login": clerk.username, "password": PASSWORD}
    assert client.post("/office/login/", {**fields, "csrfmiddlewaretoken": first}).status_code == 302
    # The token has changed meanwhile, but whoever is in is in.
    assert (
        client.post("/office/login/", {**fields, "csrfmiddlewaretoken": second}).headers["Location"]
        == "/office/"
    )


def test_login_without_token_is_refused() -> None:
    clerk = desk.person("clerk")
    client = Client(enforce_csrf_checks=True)
    client.get("/office/login/")
    answer = client.post("/office/login/", {"login": clerk.username, "password": PASSWORD})
    assert answer.status_code == 403
    assert "zu lange offen" in answer.content.decode()
    assert desk.acts() == []


def test_no_other_doors() -> None:
    for path in (
        "signup",
        "password/reset",
        "email",
        "confirm-email",
        "social",
        "login/code",
        "second-factor/trust",
    ):
        assert Client().get(f"/office/{path}/").status_code == 404
    for path in ("/accounts/login/", "/login/", "/de/login/", "/accounts/signup/"):
        assert Client().get(path).status_code == 404


@override_settings(DEMO=True)
def test_demo_skips_enrolment_and_says_so() -> None:
    clerk, client = desk.person("clerk", one_time=True), Client()
    assert "Vorführung" in client.get("/office/login/").content.decode()
    sign_in(client, clerk)
    page = client.get("/office/")
    assert page.status_code == 200
    assert "Vorführung" in page.content.decode()


def test_next_leads_nowhere_else() -> None:
    clerk = desk.person("clerk")
    answer = Client().post(
        "/office/login/?next=https://example.com/", {"login": clerk.username, "password": PASSWORD}
    )
    assert answer.headers["Location"] == "/office/"


def test_no_session_outside_the_office() -> None:
    client = desk.signed_in(make.clerk())
    assert client.get("/de/").cookies == {}
    mailbox = client.get("/de/mailbox/")
    assert desk.COOKIE not in mailbox.cookies
