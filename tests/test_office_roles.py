"""Each address of the office against each role: who may see what, and that refusals hold no data."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO, StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from tests import desk, make
from tests.camt import Statement, file
from zusage.actions import office as actions
from zusage.actions.breaches import Entry, register
from zusage.actions.cases import open_case
from zusage.actions.demands import Received, receive
from zusage.actions.plans.payments_file import SYSTEM, import_file
from zusage.models import Breach, Demand, Payment, Plan, RightsRequest, Staff, Submission
from zusage.protocol.models import Outbox
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.web import urls as house
from zusage.web.office.urls import urlpatterns as of_office

pytestmark = pytest.mark.django_db

MARKER = "Zwiebelturm Kirschbaum"
ASKED = "Haselstrauch Windmühle"
OFFICERS = ("rights", "breach", "legal-duty")
ROLES = ("clerk", "officer", "administrator")

# What a role may reach; 302 where it is led on to the page that it begins with. Everything else is 403.
ALLOWED = {
    "office": {"clerk": 200, "officer": 302, "administrator": 302},
    "office-submission": {"clerk": 200},
    "office-answer": {"clerk": 405},
    "office-note": {"clerk": 405},
    "office-assign": {"clerk": 405},
    "office-case": {"clerk": 405},
    "office-case-none": {"clerk": 405},
    "office-case-not": {"clerk": 405},
    "office-case-undo": {"clerk": 405},
    "office-case-correct": {"clerk": 405},
    "office-matching": {"clerk": 200, "officer": 200},
    "office-close": {"clerk": 405},
    "office-reopen": {"clerk": 405},
    "office-rights": {"officer": 200},
    "office-request": {"officer": 200},
    "office-request-proof": {"officer": 200},
    "office-request-assign": {"officer": 405},
    "office-request-identity": {"officer": 405},
    "office-request-regime": {"officer": 405},
    "office-request-extend": {"officer": 405},
    "office-request-look": {"officer": 405},
    "office-request-concern": {"officer": 405},
    "office-request-proposal": {"officer": 405},
    "office-request-write": {"officer": 405},
    "office-request-answer": {"officer": 405},
    "office-request-refuse": {"officer": 405},
    "office-request-settle": {"officer": 405},
    "office-request-deliver": {"officer": 405},
    "office-request-rectify": {"officer": 405},
    "office-request-dispute": {"officer": 405},
    "office-request-settle-dispute": {"officer": 405},
    "office-request-tell": {"officer": 405},
    "office-request-erase": {"officer": 405},
    "office-request-restrict": {"officer": 405},
    "office-request-hold": {"officer": 405},
    "office-holds": {"officer": 200},
    "office-hold-place": {"officer": 405},
    "office-hold-review": {"officer": 405},
    "office-hold-lift": {"officer": 405},
    "office-unblock": {"officer": 405},
    "office-pass-on": {"clerk": 405},
    "office-plan-accept": {"clerk": 405},
    "office-plan-counter": {"clerk": 405},
    "office-plan-decline": {"clerk": 405},
    "office-plans": {"clerk": 200},
    "office-plan": {"clerk": 200},
    "office-plan-pause": {"clerk": 405},
    "office-plan-resume": {"clerk": 405},
    "office-plan-end": {"clerk": 405},
    "office-payments": {"clerk": 200},
    "office-payment": {"clerk": 200},
    "office-payment-assign": {"clerk": 405},
    "office-letters": {"clerk": 200},
    "office-disclosures": {"officer": 200},
    "office-demands": {"officer": 200},
    "office-demand-new": {"officer": 200},
    "office-demand": {"officer": 200},
    "office-demand-hand-over": {"officer": 405},
    "office-demand-close": {"officer": 405},
    "office-breaches": {"officer": 200},
    "office-breach-new": {"officer": 200},
    "office-breach": {"officer": 200},
    "office-breach-close": {"officer": 405},
    "office-breach-paper": {"officer": 200},
    "office-protocol": {"officer": 200},
    "office-overview": {"officer": 200},
    "office-account": {"clerk": 200, "officer": 200, "administrator": 200},
    "office-promises": {"officer": 200, "administrator": 200},
    "office-statistics": {"clerk": 200, "officer": 200, "administrator": 200},
    "office-keys": {"clerk": 200, "officer": 200, "administrator": 200},
    "office-staff": {"administrator": 200},
    "office-staff-add": {"administrator": 405},
    "office-staff-deactivate": {"administrator": 405},
    "office-staff-reactivate": {"administrator": 405},
    "office-staff-reset": {"administrator": 405},
}
# Another room's page hangs beside the office's own, under its guard.
BESIDE = [one for one in house.urlpatterns if str(getattr(one, "name", "")).startswith("office")]
urlpatterns = [*of_office, *BESIDE]
OWN = [one for one in urlpatterns if str(one.name).startswith("office")]
OF_ALLAUTH = [one for one in urlpatterns if not str(one.name).startswith("office")]


@pytest.fixture(autouse=True)
def _no_tries() -> None:
    desk.forget_tries()


@pytest.fixture
def one() -> Submission:
    """A submission that is full of the marker, with a file that is, too."""
    found = make.submission("payment", consents=("callback",), name=MARKER, message=f"{MARKER} schreibt")
    clerk = make.clerk()
    actions.answer(clerk, found.pk, f"{MARKER} antworten", "a" * 16, 0)
    actions.note(clerk, found.pk, f"{MARKER} notiert", "n" * 16)
    values = {"reference": "ZH-2026-10041", "debtor_name": MARKER}
    open_case(vault.Actor.system("test"), date(2026, 1, 5), values)
    make.rights_request("access", "stranger", name=ASKED, message=f"{ASKED} fragt")
    entry = Entry(timezone.now(), None, "risk", {"what": "Laptop"})
    register(make.staff("officer"), entry, "b" * 16)
    demanded = Received("Betreibungsamt", "", "Art. 91 SchKG", date(2026, 1, 5), ("ZH-2026-10041",))
    receive(make.staff("officer"), demanded, "d" * 16)
    paid = file(Statement(account=policy().accounts[0].iban))
    import_file(SYSTEM, BytesIO(paid))
    rules = {"day": 1, "grace_days": 5, "missed_in_row": 2, "end_days": 10}
    Plan.objects.create(
        subject_id=found.subject_id, submission=found, language="de", state="active", currency="CHF", **rules
    )
    Outbox.objects.all().delete()
    return found


def address(pattern: URLPattern, one: Submission, person: Staff) -> str:
    path = str(pattern.pattern).removeprefix("office/")
    path = re.sub(r"<uuid:request_id>", str(RightsRequest.objects.get().pk), path)
    path = re.sub(r"<uuid:payment_id>", str(Payment.objects.get().pk), path)
    path = re.sub(r"<uuid:plan_id>", str(Plan.objects.get().pk), path)
    path = re.sub(r"<uuid:batch>", str(Demand.objects.get().batch), path)
    path = re.sub(r"<uuid:breach_id>", str(Breach.objects.get().pk), path)
    path = re.sub(r"<uuid:submission_id>", str(one.pk), path)
    path = re.sub(r"<uuid:person_id>", str(person.pk), path)
    path = re.sub(r"<uuid:\w+>", str(one.pk), path)  # of something that isn't there
    return "/office/" + re.sub(r"<int:pk>", "1", path)


def test_every_address_is_in_the_table() -> None:
    assert {str(one.name) for one in OWN} == set(ALLOWED)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("pattern", OWN, ids=lambda pattern: str(pattern.name))
def test_who_may_see_what(pattern: URLPattern, role: str, one: Submission) -> None:
    who, client = desk.person(role), None
    client = desk.signed_in(who)
    allowed = ALLOWED[str(pattern.name)].get(role, 403)
    path = address(pattern, one, who)
    got = client.get(path)
    writes_only = 405 in ALLOWED[str(pattern.name)].values()
    assert got.status_code == (405 if writes_only else allowed)
    if writes_only:
        sent = client.post(
            path,
            {
                "answer": "x", "note": "x", "username": "neu", "role": "clerk", "seen": "1", "text": "x",
                "reference": "ZH-2026-10041",
            },
        )  # fmt: skip
        assert (sent.status_code == 403) == (allowed == 403)
        got = sent
    if role != "clerk":
        assert MARKER not in got.content.decode(errors="replace")
        assert "Oberholzer" not in got.content.decode(errors="replace")
        # The officer opens what was asked of them, and nothing else.
        opened = Outbox.objects.filter(act="open")
        assert not (opened.exclude(purpose__in=OFFICERS) if role == "officer" else opened).exists()
    if role != "officer":
        assert ASKED not in got.content.decode(errors="replace")
    if allowed == 403 and not writes_only:
        assert "Ihre Rolle erlaubt" in got.content.decode()


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: str(pattern.name))
def test_a_stranger_sees_nothing(pattern: URLPattern, one: Submission) -> None:
    path = address(pattern, one, make.clerk())
    for answer in (Client().get(path), Client().post(path)):
        assert answer.status_code in (200, 302, 403, 405, 422)
        assert MARKER not in answer.content.decode()
        assert ASKED not in answer.content.decode()
        if answer.status_code == 200:
            assert pattern.name == "account_login"
    assert not Outbox.objects.exists()


@pytest.mark.parametrize("pattern", OWN, ids=lambda pattern: str(pattern.name))
def test_nobody_gets_anywhere_without_a_second_factor(pattern: URLPattern, one: Submission) -> None:
    for role in ROLES:
        who = desk.person(role)
        client = desk.signed_in(who, second_factor=False)
        for answer in (client.get(address(pattern, one, who)), client.post(address(pattern, one, who))):
            if answer.status_code != 405:
                assert answer.status_code == 302
                assert answer.headers["Location"] == "/office/second-factor/"
    assert not Outbox.objects.exists()


@pytest.mark.parametrize("pattern", OWN, ids=lambda pattern: str(pattern.name))
def test_nobody_gets_anywhere_with_a_one_time_password(pattern: URLPattern, one: Submission) -> None:
    who = desk.person("clerk", one_time=True)
    answer = desk.signed_in(who).get(address(pattern, one, who))
    assert answer.status_code == 405 or answer.headers["Location"] == "/office/password/"
    assert not Outbox.objects.exists()


def test_the_officer_sees_numbers(one: Submission) -> None:
    client = desk.signed_in(desk.person("officer"))
    page = client.get("/office/overview/").content.decode()
    assert re.search(r"In Raten zahlen</th><td>0</td><td>1</td><td>0</td><td>1</td>", page)
    assert "Ihre Rechte" in page  # the purpose that this role opens


# --- accounts


def test_new_account_and_its_password_shown_once() -> None:
    client = desk.signed_in(desk.person("administrator"))
    answer = client.post("/office/staff/add/", {"username": "Zoé Müller", "role": "clerk", "language": "fr"})
    password = re.search(r'<code class="code">([0-9a-f-]+)</code>', answer.content.decode())[1]
    made = Staff.objects.get(username="Zoé Müller")
    assert made.check_password(password)
    assert made.must_change_password
    assert (made.role, made.language) == ("clerk", "fr")
    assert password not in client.get("/office/staff/").content.decode()
    assert desk.acts() == ["add-staff"]


@pytest.mark.parametrize(
    ("name", "role", "status"),
    [
        ("", "clerk", 422),
        ("a\u202eb", "clerk", 422),
        ("x" * 61, "clerk", 422),
        ("gut", "king", 422),
        ("da", "clerk", 409),
    ],
)
def test_accounts_that_cannot_be(name: str, role: str, status: int) -> None:
    desk.person("clerk", "da")
    client = desk.signed_in(desk.person("administrator"))
    before = Staff.objects.count()
    answer = client.post("/office/staff/add/", {"username": name, "role": role})
    assert answer.status_code == status
    assert f'value="{name}"' in answer.content.decode()
    assert Staff.objects.count() == before


def test_deactivating_and_the_last_administrator() -> None:
    first = desk.person("administrator")
    client = desk.signed_in(first)
    alone = client.post(f"/office/staff/{first.pk}/deactivate/")
    assert alone.status_code == 409
    assert "das letzte Konto" in alone.content.decode()
    second, clerk = desk.person("administrator"), desk.person("clerk")
    browser = desk.signed_in(clerk)
    assert client.post(f"/office/staff/{clerk.pk}/deactivate/").status_code == 303
    assert browser.get("/office/").headers["Location"].startswith("/office/login/")
    assert client.post(f"/office/staff/{clerk.pk}/reactivate/").status_code == 303
    assert client.post(f"/office/staff/{second.pk}/deactivate/").status_code == 303
    assert client.post(f"/office/staff/{first.pk}/deactivate/").status_code == 409
    first.refresh_from_db()
    assert first.is_active
    assert desk.acts() == ["deactivate-staff", "reactivate-staff", "deactivate-staff"]


def test_resetting_access_takes_everything_away() -> None:
    clerk = desk.person("clerk")
    browser, client = desk.signed_in(clerk), desk.signed_in(desk.person("administrator"))
    assert browser.get("/office/").status_code == 200
    answer = client.post(f"/office/staff/{clerk.pk}/reset/")
    password = re.search(r'<code class="code">([0-9a-f-]+)</code>', answer.content.decode())[1]
    clerk.refresh_from_db()
    assert clerk.check_password(password)
    assert clerk.must_change_password
    assert not Authenticator.objects.filter(user=clerk).exists()
    assert browser.get("/office/").headers["Location"].startswith("/office/login/")
    assert "reset-access" in desk.acts()


def test_one_s_own_account() -> None:
    clerk = desk.person("clerk")
    client = desk.signed_in(clerk)
    assert "Ihr Konto" in client.get("/office/account/").content.decode()
    assert client.post("/office/account/", {"language": "it"}).status_code == 303
    page = client.get("/office/account/").content.decode()
    assert "Il Suo conto" in page
    assert '<html lang="it">' in page
    assert 'data-off="yes"' in page  # the keys were not ticked
    client.post("/office/account/", {"language": "xx", "keys": "yes"})
    assert 'data-off="yes"' not in client.get("/office/account/").content.decode()
    clerk.refresh_from_db()
    assert clerk.language == "it"


# --- zusage add-user


def add_user(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("add_user", *arguments, stdout=out, stderr=err)
    except SystemExit as stop:
        return int(stop.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_add_user() -> None:
    status, out, _ = add_user("paula", "--role", "officer", "--language", "en")
    assert status == 0
    role, name, password = out.split()
    made = Staff.objects.get(username="paula")
    assert (role, name, made.role, made.language) == ("officer", "paula", "officer", "en")
    assert made.check_password(password)
    assert made.must_change_password
    assert desk.acts() == ["add-staff"]
    status, out, err = add_user("paula", "--role", "clerk")
    assert (status, out) == (1, "")
    assert "exists already" in err
    for bad in ("", "a\nb", "x" * 61, "a\u202eb"):
        assert add_user(bad, "--role", "clerk")[0] == 1
    assert Staff.objects.count() == 1
