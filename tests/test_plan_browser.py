"""From a proposal to a plan in Chromium: the form helps, a clerk says yes in two keys, the person takes it along."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import Browser

from tests import desk, household, papers, paying
from tests.browser import faults, fill, keep, picture, press, qr_content, send, window
from tests.cast import LEA
from tests.paying import fields
from tests.test_payments import Entry, Paid, bank
from zusage.actions import matching
from zusage.actions.house import publish_notice
from zusage.models import Plan, Submission
from zusage.queries import plans
from zusage.rules.paying import codes
from zusage.tenant import policy
from zusage.web.words import say

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@override_settings(DEMO=True)
def test_from_a_proposal_to_a_plan_in_hand(live_server: Any, chromium: Browser, tmp_path: Path) -> None:
    publish_notice()
    case, clerk = household.file(LEA), desk.person("clerk")
    desk.forget_tries()

    # The person, on a phone: the form says what it comes to, and Enter still sends it.
    person = window(chromium, live_server.url).new_page()
    person.goto("/de/payment/")
    fill(person, LEA.payment() | {"monthly_instalment": "50", "payment_day": "31", "amount_owed": "420.50"})
    press(person.locator("[name=reckon]"))
    assert say("de", "plan_help.not_allowed") in person.locator("#reckoned").inner_text()
    assert person.locator("[name=name]").input_value() == LEA.name
    press(person.locator("[name=take]"))
    assert say("de", "plan_help.allowed") in person.locator("#reckoned").inner_text()
    rate = person.locator("[name=monthly_instalment]").input_value()
    assert person.locator(".cost-notice").is_visible()
    assert faults(person) == []
    person.locator("[name=name]").focus()
    with person.expect_navigation():
        person.keyboard.press("Enter")
    code = person.locator("#receipt-code").inner_text()

    # The clerk: the message lies with its file; two keys, and it is a plan.
    sent = Submission.objects.get()
    matching.choose(clerk, sent.pk, case.pk)
    office = window(chromium, live_server.url, "desk").new_page()
    office.goto("/office/login/")
    office.fill("#id_login", clerk.username)
    office.fill("#id_password", desk.PASSWORD)
    press(office.locator("main button[type=submit]"))
    office.goto(f"/office/submissions/{sent.pk}/")
    assert say("de", "office.plans.allowed") in office.locator(".proposal").inner_text()
    assert faults(office) == []
    office.keyboard.press("p")
    with office.expect_navigation():
        office.keyboard.press("Enter")
    assert office.get_by_text(say("de", "office.plans.said_accepted")).is_visible()
    press(office.locator(".proposal .plain-list a"))
    assert faults(office) == []

    # The person again: from the letter to the plan, what pays next, the paper.
    press(person.get_by_role("link", name=say("de", "receipt.to_mailbox")))
    fill(person, {"receipt": code})
    send(person)
    assert say("de", "plan.state_active") in person.locator(".plan-links").inner_text()
    assert rate in person.locator(".letter.agency-wrote").inner_text()
    press(person.get_by_role("link", name=say("de", "plan.link")))
    plan = Plan.objects.get()
    shown = plans.shown([plan], plans.PLANS)[0]
    line, account = shown.lines[0], policy().account("CHF")
    assert account is not None
    payload = codes.payload(account, policy().controller, line.amount.amount, "CHF", line.reference)
    assert qr_content(person.locator(".qr svg"), tmp_path) == payload
    assert faults(person) == []
    assert person.locator(".plan-lines tbody tr").count() == len(shown.lines)
    with person.expect_download() as download:
        person.get_by_role("link", name=say("de", "plan.paper")).click()
    paper = Path(download.value.path()).read_bytes()
    assert papers.squeezed(shown.total.shown()) in papers.said(paper)
    pays = [(code["IBAN"], code["Amount"], code["Reference"]) for code in map(fields, paying.codes(paper))]
    assert pays == [(account.iban, f"{one.amount.amount:.2f}", one.reference) for one in shown.lines]
    picture(person, "plan-desk", "desk")
    keep(list(paying.drawn(paper, 1.2))[-1], "slip")
    with person.expect_download() as download:
        person.get_by_role("link", name=say("de", "plan.dates")).click()
    assert re.findall(r"SUMMARY:.*", Path(download.value.path()).read_text())[0].strip() == "SUMMARY:Termin"

    # The bank reports what these codes pay; the clerk brings it in, and the plan is done, for both of them.
    entries = [
        Entry([Paid(amount, reference)], bank_reference=f"2026-{number}")
        for number, (_, amount, reference) in enumerate(pays)
    ]
    office.goto("/office/payments/")
    content = bank(*entries)
    office.set_input_files("#bank", {"name": "camt.xml", "mimeType": "text/xml", "buffer": content})
    press(office.locator("main button[type=submit]").first)
    office.goto(f"/office/plans/{plan.pk}/")
    assert say("de", "office.plans.text_done") in office.locator("main").inner_text()
    assert faults(office) == []
    person.reload()
    assert say("de", "plan.state_done") in person.locator("main").inner_text()
    assert person.locator(".qr svg").count() == 0
    assert faults(person) == []
    plan.refresh_from_db()
    sent.refresh_from_db()
    assert (plan.state, sent.state) == ("done", "closed")
    person.context.close()
    office.context.close()
