"""The officer's pages for deletion, blocking, objection and holds: seen beforehand, done by a button."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.desk import person, signed_in
from tests.doors import shown
from tests.make import rights_request, submission
from tests.test_sweep import FILE, closed_case
from zusage.actions import holds
from zusage.actions.cases import open_case
from zusage.models import Hold, RightsRequest, SubmissionValue
from zusage.vault import api as vault
from zusage.vault.models import Restriction

pytestmark = pytest.mark.django_db


def ahead(days: int = 90) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_the_preview_says_what_goes_and_what_stays_and_the_button_does_it():
    case = closed_case(date(2026, 3, 4))
    request = rights_request("deletion", about=[case.subject_id, submission("contact").subject_id])
    desk = signed_in(person("officer"))
    page = desk.get(f"/office/rights/{request.pk}/")
    said = shown(page)
    assert "Was die Löschung täte" in said and "31. Dezember 2036" in said and "OR 958f" in said
    assert "Einzug von Forderungen: Geburtsdatum" in said and "Kontakt" in said
    url = f"/office/rights/{request.pk}/erase/"
    assert desk.post(url, {"form": "erase"}).status_code == 422
    assert RightsRequest.objects.get(pk=request.pk).state == "open"
    done = desk.post(url, {"form": "erase", "sure": "yes"})
    assert done.status_code == 303
    assert "Gelöscht. Die Antwort liegt im Postfach." in shown(desk.get(done.headers["Location"]))
    assert RightsRequest.objects.get(pk=request.pk).state == "answered"
    assert (
        desk.post(url, {"form": "erase", "sure": "yes"}).status_code == 303
    )  # once more: nothing happens twice


def test_who_asks_must_be_settled_first():
    request = rights_request("deletion", "stranger")
    desk = signed_in(person("officer"))
    assert "Zuerst muss feststehen" in shown(desk.get(f"/office/rights/{request.pk}/"))
    assert desk.post(f"/office/rights/{request.pk}/erase/", {"sure": "yes"}).status_code == 409


def test_blocking_offers_all_purposes_and_takes_those_that_are_ticked():
    sent = submission("enquiry")
    case = open_case(vault.Actor.system("test"), date(2026, 3, 4), FILE)
    request = rights_request("blocking", about=[sent.subject_id, case.subject_id])
    desk = signed_in(person("officer"))
    page = desk.get(f"/office/rights/{request.pk}/").content.decode()
    assert page.count('name="purpose"') == 2 and page.count("checked") >= 2
    url = f"/office/rights/{request.pk}/restrict/"
    assert desk.post(url, {"form": "restrict"}).status_code == 422
    assert desk.post(url, {"form": "restrict", "purpose": ["collection"]}).status_code == 303
    assert list(Restriction.objects.values_list("purpose", flat=True)) == ["collection"]
    listed = shown(desk.get("/office/holds/"))
    assert "Auf Gesuch gesperrt" in listed and "Einzug von Forderungen" in listed
    block = Restriction.objects.get()
    unblock = f"/office/holds/blocked/{block.pk}/lift/"
    assert desk.post(unblock, {"text": ""}).status_code == 422
    assert desk.post(unblock, {"text": "Geklärt."}).status_code == 303
    assert desk.post(unblock, {"text": "Geklärt."}).status_code == 409


def test_an_objection_stops_the_processing():
    sent = submission("enquiry")
    request = rights_request("objection", about=[sent.subject_id])
    desk = signed_in(person("officer"))
    assert "Bearbeitung einstellen" in shown(desk.get(f"/office/rights/{request.pk}/"))
    done = desk.post(f"/office/rights/{request.pk}/restrict/", {"form": "restrict", "purpose": "enquiry"})
    assert done.status_code == 303 and Restriction.objects.get().kind == "objection"
    row = SubmissionValue.objects.filter(submission=sent)[0]
    with pytest.raises(vault.Refused, match="restricted"):
        vault.open(row, "enquiry", vault.Actor("staff", "x", "clerk"))


def test_holds_are_placed_by_reference_reviewed_and_lifted():
    officer = person("officer")
    desk = signed_in(officer)
    assert "Zurzeit wird nichts" in shown(desk.get("/office/holds/"))
    case = open_case(vault.Actor.system("test"), date(2026, 3, 4), FILE)
    entry = {
        "reference": "ZH-2026-10041",
        "held": "collection",
        "text": "Klage beim Bezirksgericht",
        "review_on": ahead(),
    }
    wrong = desk.post("/office/holds/place/", {**entry, "reference": "ZH-2026-99999"})
    assert wrong.status_code == 409 and "Klage beim Bezirksgericht" in shown(wrong)
    assert desk.post("/office/holds/place/", {**entry, "review_on": "2020-01-01"}).status_code == 422
    assert desk.post("/office/holds/place/", {**entry, "reference": "", "text": "\x00"}).status_code == 422
    assert desk.post("/office/holds/place/", entry).status_code == 303
    hold = Hold.objects.get()
    assert hold.subject_id == case.subject_id
    Hold.objects.filter(pk=hold.pk).update(review_on=timezone.localdate() - timedelta(days=3))
    page = desk.get("/office/holds/")
    assert "Klage beim Bezirksgericht" in shown(page) and "deadline-overdue" in page.content.decode()
    assert desk.post(f"/office/holds/{hold.pk}/review/", {"review_on": ahead(5)}).status_code == 303
    assert desk.post(f"/office/holds/{hold.pk}/lift/").status_code == 303
    assert desk.post(f"/office/holds/{hold.pk}/lift/").status_code == 409
    assert desk.post(f"/office/holds/{case.pk}/lift/").status_code == 404


def test_a_hold_from_the_request_changes_the_preview():
    sent = submission("contact")
    request = rights_request("deletion", about=[sent.subject_id])
    desk = signed_in(person("officer"))
    entry = {"form": "hold", "text": "Klage hängig", "review_on": ahead()}
    assert desk.post(f"/office/rights/{request.pk}/hold/", entry).status_code == 303
    assert "Verfahren gebraucht" in shown(desk.get(f"/office/rights/{request.pk}/"))
    assert desk.post(f"/office/rights/{request.pk}/hold/", entry).status_code == 409


@pytest.mark.parametrize("role", ["clerk", "administrator"])
def test_nobody_else_comes_here(role):
    request, desk = rights_request("deletion"), signed_in(person(role))
    hold = holds.place(person("officer"), submission("contact").subject_id, "", "Klage", date(2099, 1, 1))
    assert desk.get("/office/holds/").status_code == 403
    for path in (
        "/office/holds/place/", f"/office/holds/{hold.pk}/review/", f"/office/holds/{hold.pk}/lift/",
        f"/office/rights/{request.pk}/erase/", f"/office/rights/{request.pk}/restrict/",
        f"/office/rights/{request.pk}/hold/",
    ):  # fmt: skip
        assert desk.post(path, {"sure": "yes"}).status_code == 403, path
    assert Hold.objects.get().ended_at is None
