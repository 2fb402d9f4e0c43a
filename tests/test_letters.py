"""Letters in a batch: one ZIP for the printers, with a new code on each letter, and nobody in it who mustn't be."""

from __future__ import annotations

import io
import re
import secrets
import zipfile
from datetime import date

import pypdf
import pytest
from django.db import connections

from tests import desk, make
from tests.doors import hidden, shown, text
from zusage.actions.cases import open_case
from zusage.actions.letters import write
from zusage.actions.rights import letter_codes, requests
from zusage.models import Case, Disclosure, LetterCode, RightsRequest
from zusage.protocol.models import Outbox
from zusage.rules import receipts
from zusage.rules.references import normal
from zusage.tenant import policy, version
from zusage.vault import api as vault
from zusage.vault.models import Restriction
from zusage.web.office import letters as page

pytestmark = pytest.mark.django_db(databases=["default", "keys", "protocol", "visits"])

ADDRESS = "/office/letters/"
CODE = re.compile(r"\b(?:[0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}\b")


@pytest.fixture(autouse=True)
def _no_tries() -> None:
    desk.forget_tries()


@pytest.fixture
def clerk():
    return desk.signed_in(desk.person("clerk"), enforce_csrf_checks=True)


def file(number: int, name: str = "", address: str = "Lindenweg 4, 8400 Winterthur", **more: str) -> Case:
    values = {
        "reference": f"ZH-2026-{number}",
        "debtor_name": name or f"Person {number}",
        "date_of_birth": "1984-03-17",
        "creditor": "Velohaus Tössfeld AG",
        "balance": "CHF 420.50",
        **({"address": address} if address else {}),
        **more,
    }
    return open_case(vault.Actor.system("test"), date(2026, 1, number % 28 + 1), values)


def ask(client, references: str = "", **more: str):
    """Send the page as it is, and with ``make`` twice: as somebody does who reads what will be made."""
    form = hidden(text(client.get(ADDRESS)))
    entry = {name: form[name] for name in ("csrfmiddlewaretoken", "form_token")}
    entry |= {"which": "references", "references": references, "language": "de", **more}
    return client.post(ADDRESS, entry), entry


def make_them(client, references: str = "", **more: str):
    first, entry = ask(client, references, **more)
    assert first.status_code == 200, shown(first)
    entry |= {"shown": hidden(text(first))["shown"], "make": "yes"}
    return client.post(ADDRESS, entry), entry


def papers(response) -> dict[str, str]:
    assert response.status_code == 200 and response.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        return {name: words(archive.read(name)) for name in archive.namelist()}


def words(pdf: bytes) -> str:
    return " ".join(" ".join(one.extract_text().split()) for one in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def code_in(letter: str) -> str:
    (found,) = set(CODE.findall(letter))
    return found


def unbroken(words: str) -> str:
    """Without spaces and hyphens: lines of a letter end where they like."""
    return re.sub(r"[\s\u00ad-]+", "", words)


def plain(code: str) -> str:
    return receipts.normal(code, receipts.LETTER_LENGTH)


def asked() -> requests.Asked:
    return requests.Asked("access", "de", version(), {}, secrets.token_urlsafe(16))


def test_a_letter_has_address_reference_and_a_code_that_opens_the_rights(clerk):
    mine, other = file(10041, "Nadine Oberholzer"), file(10077, "Nadine Nachbar")
    answer, _ = make_them(clerk, "zh 2026 10041")
    assert (
        "no-store" in answer.headers["Cache-Control"]
        and "attachment" in answer.headers["Content-Disposition"]
    )
    letters = papers(answer)
    assert list(letters) == ["0001.pdf"]
    letter = letters["0001.pdf"]
    for part in (
        "Nadine Oberholzer",
        "Lindenweg 4",
        "8400 Winterthur",
        "ZH-2026-10041",
        "Ihre Akte, Ihre Rechte",
    ):
        assert part in letter
    for part in ("Nachbar", "10077", "420.50", "Velohaus", "1984"):
        assert part not in letter
    row = LetterCode.objects.get()
    assert row.case_id == mine.pk
    code = plain(code_in(letter))
    with pytest.raises(requests.WrongCode):
        requests.by_letter(asked(), "ZH-2026-10077", code)
    requests.by_letter(asked(), "ZH-2026-10041", code)
    assert mine.subject_id in RightsRequest.objects.get().concerns.values_list("about_id", flat=True)
    line = Disclosure.objects.get()
    assert (line.recipient, line.purpose, line.ground, line.form) == (
        "print-service",
        "collection",
        "contract",
        "zip",
    )
    assert set(line.fields.split()) == {"letter_code", "debtor_name", "address", "reference"}
    assert line.subject_id == mine.subject_id and line.batch and "2025-01-01" in line.contract
    deed = Outbox.objects.get(act="disclose")
    assert (deed.recipient, deed.subject_id) == ("print-service", mine.subject_id)
    assert not Disclosure.objects.filter(subject_id=other.subject_id).exists()


def test_names_in_two_columns_and_the_newest_of_two_addresses(clerk):
    more = {
        "debtor_first_name": "Nadine",
        "former_names": "Kuratli",
        "phones": "+41790000107",
        "debtor_number": "K47",
    }
    mine = file(10041, "Oberholzer", "Lindenweg 4, 8400 Winterthur\nSeeweg 2, 8800 Thalwil", **more)
    (letter,) = write(desk.person("clerk", "Andere"), [mine.pk], "token-of-a-page")
    assert letter.recipient == ("Nadine Oberholzer", "Lindenweg 4", "8400 Winterthur")
    # What no letter needs, the printer doesn't get.
    names = {"letter_code", "debtor_first_name", "debtor_name", "address", "reference"}
    assert set(Disclosure.objects.get().fields.split()) == names


def test_the_code_is_stored_nowhere(clerk):
    file(10041)
    code = code_in(papers(make_them(clerk, "ZH-2026-10041")[0])["0001.pdf"])
    for alias in ("default", "keys", "protocol"):
        with connections[alias].cursor() as cursor:
            for table in connections[alias].introspection.table_names(cursor):
                cursor.execute(f'SELECT * FROM "{table}"')
                held = repr(
                    [[bytes(one) if isinstance(one, memoryview) else one for one in row] for row in cursor]
                )
                assert code not in held and code.replace("-", "") not in held, table


def test_many_letters_are_joined_and_named_by_number(clerk):
    for number in range(10001, 10006):
        file(number)
    letters = papers(make_them(clerk, "\r\n".join(f"ZH-2026-{n}" for n in (10003, 10001, 10003, 10005)))[0])
    assert list(letters) == ["0001.pdf", "0002.pdf", "0003.pdf"]
    assert [
        f"Person {n}" in letter for n, letter in zip((10003, 10001, 10005), letters.values(), strict=True)
    ]
    assert "Person 10001" in letters["0002.pdf"] and "Person 10003" not in letters["0002.pdf"]
    assert len({code_in(one) for one in letters.values()}) == 3
    assert Disclosure.objects.count() == 3 and Disclosure.objects.values("batch").distinct().count() == 1


def test_the_blocked_and_those_without_address_are_left_out_by_line(clerk):
    file(10001, "Erika Erlaubt")
    blocked, erased = file(10002, "Bruno Blockiert"), file(10003, "Gerda Geloescht")
    file(10004, "Otto Ohne", address="")
    file(10005, "Lina Leer", address="  ")
    Restriction.objects.create(subject_id=blocked.subject_id, kind="restriction")
    vault.shred(erased.subject_id, "request", vault.Actor.system("test"))
    typed = "\n".join(f"ZH-2026-{n}" for n in (10001, 10002, 10004, 10005))
    first, entry = ask(clerk, typed)
    said = shown(first)
    assert "1 Brief ist bereit" in said and "Zeile 2: gesperrt" in said and "Zeile 3: ohne" in said
    assert "Zeile 4: ohne" in said and "Blockiert" not in said and "Otto" not in said
    assert not Disclosure.objects.exists() and not LetterCode.objects.exists()
    letters = papers(clerk.post(ADDRESS, {**entry, "shown": hidden(text(first))["shown"], "make": "yes"}))
    assert list(letters) == ["0001.pdf"] and "Erika Erlaubt" in letters["0001.pdf"]
    assert Disclosure.objects.count() == LetterCode.objects.count() == 1
    everyone, _ = ask(clerk, which="open")
    assert everyone.status_code == 422 and "Keine dieser Akten" in shown(everyone)


def test_what_was_not_shown_is_shown_first(clerk):
    one, two = file(10001), file(10002)
    first, entry = ask(clerk, "ZH-2026-10001\nZH-2026-10002")
    entry |= {"shown": hidden(text(first))["shown"], "make": "yes"}
    Restriction.objects.create(subject_id=two.subject_id, kind="restriction")
    again = clerk.post(ADDRESS, entry)
    assert "1 Brief ist bereit" in shown(again) and "Zeile 2" in shown(again)
    assert clerk.post(ADDRESS, {**entry, "shown": "x" * 5000}).headers["Content-Type"].startswith("text/html")
    assert not Disclosure.objects.exists()
    assert one.pk


@pytest.mark.parametrize(
    "references, said",
    [
        ("", "Diese Angabe fehlt"),
        (" \r\n \t ", "Diese Angabe fehlt"),
        ("ZH-2026-10041\r\n\r\nZZ-99", "Zeile 3: Mit diesem Aktenzeichen gibt es keine Akte"),
        ("ZH-2026-10041\r\n<script>alert(1)</script>", "Zeile 2:"),
        ("ZH-2026-10041\r\n\u0661\u0662", "Zeile 2:"),
        ("x" * 10_000, "Zeile 1:"),
        ("ZH\x07-1", "Zeile 1:"),
        ("\n".join(["ZH-2026-10041"] * 201), "Das sind 201 Zeilen"),
    ],
)
def test_a_wrong_line_makes_nothing_and_nothing_typed_is_lost(clerk, references, said):
    file(10041)
    answer, _ = ask(clerk, references, language="fr", make="yes")
    assert answer.status_code == 422 and said in shown(answer)
    assert 'value="fr" lang="fr" selected' in text(answer)
    if "10041" in references:
        assert "ZH-2026-10041" in text(answer)
    assert "<script>alert" not in text(answer)
    assert not Disclosure.objects.exists() and not LetterCode.objects.exists()


def test_files_that_look_alike_are_not_guessed(clerk):
    file(10041, reference="ZH-2026-100O1")
    file(10042, reference="ZH-2026-100-01")
    answer, _ = ask(clerk, "zh 2026 10001")
    assert answer.status_code == 422 and "Mehrere Akten" in shown(answer)
    letters = papers(make_them(clerk, "ZH-2026-100-01")[0])
    assert "Person 10042" in letters["0001.pdf"]


def test_the_same_page_sent_twice_makes_one_file_and_says_how_to_make_another(clerk):
    file(10041)
    first, entry = make_them(clerk, "ZH-2026-10041")
    code = plain(code_in(papers(first)["0001.pdf"]))
    second = clerk.post(ADDRESS, entry)
    assert second.status_code == 409 and "schon erstellt" in shown(second) and "ZH-2026-10041" in text(second)
    assert Disclosure.objects.count() == LetterCode.objects.count() == 1
    reference = normal("ZH-2026-10041")
    assert letter_codes.proved(reference, code)
    again = hidden(text(second))
    assert again["form_token"] != entry["form_token"]
    new, _ = make_them(clerk, "ZH-2026-10041")
    assert letter_codes.proved(reference, plain(code_in(papers(new)["0001.pdf"])))
    assert letter_codes.proved(reference, code) is None


def test_all_open_files_come_batch_by_batch(clerk, monkeypatch):
    monkeypatch.setattr(page, "MOST", 2)
    blocked = file(10000)
    Restriction.objects.create(subject_id=blocked.subject_id, kind="restriction")
    for number in range(10001, 10004):
        file(number)
    closed = file(10009)
    Case.objects.filter(pk=closed.pk).update(state="closed")
    first, _ = ask(clerk, which="open")
    assert "2 Briefe sind bereit" in shown(first) and "Es warten noch" in shown(first)
    one = papers(make_them(clerk, which="open")[0])
    two = papers(make_them(clerk, which="open")[0])
    assert (len(one), len(two)) == (2, 1)
    everybody = " ".join([*one.values(), *two.values()])
    assert [f"Person {n}" in everybody for n in (10000, 10001, 10002, 10003, 10009)] == [
        False, True, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
def test_in_each_language_the_letter_says_how_to_check_it(clerk, language):
    file(10041, "Jürgen Weiß")
    letter = papers(make_them(clerk, "ZH-2026-10041", language=language)[0])["0001.pdf"]
    assert page.say(language, "office.letters.paper.subject") in letter
    assert unbroken(page.say(language, "home.genuine.title")) in unbroken(letter)
    assert policy().controller.website.removeprefix("https://") in letter and "Weiß" in letter
    assert code_in(letter)


def test_without_a_contract_nothing_is_made(clerk, monkeypatch):
    from zusage.actions import disclose as gate

    file(10041)

    def over(*_):
        raise gate.NotDisclosed("contract-over")

    monkeypatch.setattr(gate, "check", over)
    refused, _ = make_them(clerk, "ZH-2026-10041")
    assert refused.status_code == 409 and "Vertrag" in shown(refused) and "ZH-2026-10041" in text(refused)
    assert not LetterCode.objects.exists() and not Disclosure.objects.exists()


def test_a_page_from_elsewhere_or_too_old_makes_nothing(clerk):
    file(10041)
    refused, _ = ask(clerk, "ZH-2026-10041", csrfmiddlewaretoken="x" * 32)
    assert refused.status_code == 403 and "ZH-2026-10041" in text(refused)


def test_whoever_may_not_open_case_files_makes_no_letters():
    one = file(10041)
    with pytest.raises(vault.Refused):
        write(make.officer(), [one.pk], "t" * 22)
    assert not LetterCode.objects.exists()
