"""The whole way, once, in a browser and on a real server: notice, form, receipt, office, answer, and back again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import faults, fill, picture, press, qr_content, send
from tests.server import Portal
from zusage.web.words import say

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Way:
    """One of the demo's debtors, what they send and what they get."""

    form: str
    language: str
    size: str
    name: str
    reference: str
    creditor: str
    entries: dict[str, str]
    answer: str
    reply: str
    pictures: tuple[str, ...]


THUSHARA = Way(
    form="payment",
    language="de",
    size="phone",
    name="Thushara Sivakumaran",
    reference="ZH-2026-10077",
    creditor="Zahnpraxis am Aarequai",
    entries={
        "name": "Thushara Sivakumaran",
        "date_of_birth": "23.7.1979",
        "case_references": "zh 2026 10077",
        "phone_evening": "079 000 02 01",
        "email": "thushara.sivakumaran@aarepost.example",
        "monthly_instalment": "120.–",
        "payment_day": "27.",
        "message": "Ich kann jeden Monat 120 Franken zahlen, weil ich seit März wieder arbeite.",
    },
    answer="Guten Tag\n\nWir nehmen Ihren Vorschlag an: 120 Franken im Monat, das erste Mal am 27. Dezember.",
    reply="Vielen Dank. Ich richte den Dauerauftrag heute ein.",
    pictures=(
        "home-phone",
        "payment-phone",
        "payment-desk",
        "receipt-phone",
        "mailbox-phone",
        "inbox-payment",
        "office-payment",
    ),
)
MARIA = Way(
    form="enquiry",
    language="fr",
    size="desk",
    name="Maria da Conceição Ferreira",
    reference="BE-2026-20027",
    creditor="Möbelwerk Oberland AG",
    entries={
        "name": "Maria da Conceição Ferreira",
        "date_of_birth": "30 mai 1988",
        "case_reference": "BE-2026-20027",
        "phone_day": "+41 33 000 02 02",
        "message": "Bonjour, j'ai rendu cette armoire en juin. Pourquoi dois-je encore la payer?",
    },
    answer="Bonjour Madame,\n\nLe vendeur confirme le retour de l'armoire. Vous ne devez plus rien.",
    reply="Merci beaucoup, me voilà soulagée.",
    pictures=("notice-desk", "mailbox-desk"),
)
NOTICE_TO = "notice.wanted@aarepost.example"


@pytest.mark.parametrize("way", [THUSHARA, MARIA], ids=lambda way: f"{way.form}-{way.language}-{way.size}")
def test_from_the_notice_to_the_answer_and_back(opened, portal, tmp_path, way):
    person = opened(f"/{way.language}/", way.size)
    reads_the_notice(person, way)
    code = sends_the_form(person, way, tmp_path)
    enters_the_mailbox(person, way, code)
    clerk = opened("/office/", "desk")
    signs_in(clerk, portal)
    answers(clerk, way)
    reads_and_writes_back(person, way)
    sees_the_reply(clerk, way)


def keep(page: Page, way: Way, name: str, size: str = "") -> None:
    """Take the picture `name` if it is one of those that this way is there for."""
    if name in way.pictures:
        picture(page, name, size)


def reads_the_notice(page: Page, way: Way) -> None:
    """From the home page to the notice, and on to the form."""
    keep(page, way, f"home-{way.size}")
    assert faults(page) == []
    press(page.get_by_role("contentinfo").get_by_role("link", name=say(way.language, "frame.notice")))
    assert page.url.endswith(f"/{way.language}/privacy/")
    assert page.locator(f"#{way.form}, [id*={way.form}]").count() > 0
    keep(page, way, f"notice-{way.size}")
    assert faults(page) == []
    press(page.locator("header .agency"))
    entry = "pay" if way.form == "payment" else "ask"
    press(page.get_by_role("link", name=say(way.language, f"home.{entry}.title")))
    assert page.url.endswith(f"/{way.language}/{way.form}/")
    keep(page, way, f"{way.form}-{way.size}")
    keep(page, way, f"{way.form}-desk", "desk")


def sends_the_form(page: Page, way: Way, folder: Path) -> str:
    """Fill in and send; the receipt, which the QR code holds as well."""
    fill(page, way.entries)
    assert faults(page) == []
    send(page)
    code = page.locator("#receipt-code").inner_text()
    assert qr_content(page.locator(".ticket .qr"), folder) == code
    keep(page, way, f"receipt-{way.size}")
    assert faults(page) == []
    return code


def enters_the_mailbox(page: Page, way: Way, code: str) -> None:
    press(page.get_by_role("link", name=say(way.language, "receipt.to_mailbox")))
    assert faults(page) == []
    fill(page, {"receipt": code})
    send(page)
    assert way.entries["message"] in page.locator(".letter").inner_text()
    assert page.get_by_text(say(way.language, "letters.waiting")).is_visible()
    assert faults(page) == []


def signs_in(page: Page, portal: Portal) -> None:
    """With the demo's own name and password, as printed at its start."""
    _, name, password = next(
        line for line in portal.printed().splitlines() if line.startswith("clerk ")
    ).split()
    assert faults(page) == []
    fill(page, {"login": name, "password": password})
    send(page)
    assert page.get_by_role("link", name=name).is_visible()
    assert faults(page) == []


def answers(page: Page, way: Way) -> None:
    """Find the message, see that the software laid it beside its file and why, answer."""
    keep(page, way, f"inbox-{way.form}")
    press(page.get_by_role("row").filter(has_text=way.name).get_by_role("link"))
    letter = page.locator(".letter")
    assert way.entries["message"] in letter.inner_text()
    waits_for_its_file(page)
    file = page.locator(".pane-file").inner_text()
    assert way.reference in file and way.creditor in file
    assert say("de", "office.matching.field.born") + " (" in file
    assert page.get_by_text(say("de", "office.file.same_birth")).is_visible()
    assert faults(page) == []
    fill(page, {"answer": way.answer})
    press(page.get_by_role("button", name=say("de", "office.submission.send")))
    assert page.get_by_text(say("de", "office.said.answered")).is_visible()
    assert page.get_by_text(say("de", "office.submission.unread")).is_visible()
    assert faults(page) == []


def waits_for_its_file(page: Page) -> None:
    """The worker looks each second, but not while it proves the promises."""
    for _ in range(60):
        if page.locator(".by-machine").count():
            return
        page.wait_for_timeout(1000)
        page.reload()
    raise AssertionError("the software didn't assign the message to its file")


def reads_and_writes_back(page: Page, way: Way) -> None:
    """Read the answer, write back, ask for the notice by e-mail, close the mailbox."""
    page.reload()
    answer = page.locator(".agency-wrote")
    assert way.answer in answer.inner_text()
    assert not page.get_by_text(say(way.language, "letters.waiting")).is_visible()
    keep(page, way, f"mailbox-{way.size}")
    fill(page, {"message": way.reply})
    send(page)
    assert way.reply in page.locator(".letter").last.inner_text()
    fill(page, {"notice_email": NOTICE_TO})
    press(page.get_by_role("button", name=say(way.language, "notice.start")))
    assert page.get_by_text(say(way.language, "notice.now_on")).is_visible()
    assert faults(page) == []
    press(page.get_by_role("button", name=say(way.language, "letters.close")))
    assert page.get_by_text(say(way.language, "mailbox.closed")).is_visible()
    assert page.context.cookies() == []
    assert faults(page) == []


def sees_the_reply(page: Page, way: Way) -> None:
    """Back in the inbox the matter is open again; the answer counts as read; it can be closed."""
    press(page.get_by_role("navigation").get_by_role("link", name=say("de", "office.nav.inbox")))
    row = page.get_by_role("row").filter(has_text=way.name)
    assert say("de", "office.state.open") in row.inner_text()
    press(row.get_by_role("link"))
    assert way.reply in page.locator(".letter").last.inner_text()
    assert page.get_by_text(say("de", "office.submission.read")).is_visible()
    keep(page, way, f"office-{way.form}")
    assert NOTICE_TO not in page.content()  # a clerk answers; the house tells the person so
    assert faults(page) == []
    press(page.get_by_role("button", name=say("de", "office.submission.close")))
    assert page.get_by_text(say("de", "office.said.closed")).is_visible()
    assert faults(page) == []
