"""After whole journeys through the running portal, what people wrote stands nowhere in plain: not in a store, not in
its write-ahead log, not in a log file, not in a temporary file. The search looks at bytes, of every file."""

from __future__ import annotations

import base64
import io
import json
import re
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus

import psycopg
import pytest
import re2
import requests
from aiosmtpd.controller import Controller
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from requests.adapters import HTTPAdapter

from tests.conftest import ON_POSTGRES
from tests.server import Portal, asked, command, free_port, hidden, receipt_in

# An address of the loopback and a browser that nobody else here has.
ADDRESS = "127.83.41.7"
BROWSER = "Markerbrowser/83.41 (of a person)"

# One marker per field, as typed; none of their words is anywhere else in the house.
TYPED = {
    "contact": {
        "first_name": "Quirlinde", "last_name": "Zwiebelhüber", "company": "Murmelfix Träger AG",
        "street": "Wurzelgrabenstieg 87b", "postcode": "8762", "town": "Hinterschwandenegg",
        "email": "quirlinde.zw@murmelfix.example", "phone": "079 000 83 41",
        "case_reference": "QZ-2026-834171", "message": "Kontaktbotschaft: der Füllfederhalter ist verschwunden.",
    },
    "enquiry": {
        "name": "Xaverine Pfefferkornweg", "date_of_birth": "17.8.1947", "case_reference": "XP-2026-834172",
        "phone_day": "044 000 83 42", "phone_evening": "044 000 83 43", "email": "xaverine@pfefferkorn.example",
        "message": "Anfragebotschaft: bezahlt wurde am Sankt-Nimmerleins-Tag.",
    },
    "payment": {
        "name": "Ottokar Nebelkrähenfeld", "date_of_birth": "1938-04-29",
        "case_references": "ON-2026-834173\r\nON-2026-834174", "phone_day": "079 000 83 44",
        "monthly_instalment": "8'341.65", "payment_day": "27", "consent_callback": "yes",
        "message": "Zahlungsbotschaft: Ratenwunsch wegen Kurzarbeit im Glockenturm.",
    },
}  # fmt: skip
RIGHTS = {
    "name": "Walpurga Eisvogelmoser", "street": "Siebenbrunnensteg 83c", "postcode": "8764", "town": "Oberkrummenauwil",
    "case_reference": "WE-2026-834175", "message": "Gesuchsbotschaft: der Briefkasten heisst wie meine Nachbarin.",
}  # fmt: skip
FOUND = "Fundbotschaft: der Empfänger wohnt im Taubenschlag."
PROOF = "Ausweisbotschaft, im Bild verborgen"
REPLY = "Postfachantwort: das Schreibpult stand im Wintergarten."
NOTICE = "nur.quirlinde@benachrichtigung.example"
ANSWER = "Amtsantwort: wir haben den Glockenturm geprüft."
NOTE = "Aktennotiz: Rückfrage beim Schlüsselverwalter."
# How the rules keep some of them, and whatever else may be derived.
KEPT = (
    "+41790008341", "+41440008342", "+41440008343", "+41790008344", "1947-08-17", "1938-04-29", "8341.65",
    "QZ2026834171", "XP2026834172", "ON2026834173", "ON2026834174", "834173", "Nebelkrähenfeld", "Pfefferkornweg",
    "pfefferkorn.example", "murmelfix.example", "benachrichtigung.example", "Sankt-Nimmerleins", "Schlüsselverwalter",
    "Eisvogelmoser", "WE2026834175", "Taubenschlag",
)  # fmt: skip
TOO_SHORT = {"8762", "8764", "27", "yes"}


def markers() -> set[str]:
    fields = {line for form in TYPED.values() for value in form.values() for line in value.splitlines()}
    fields |= {*RIGHTS.values(), FOUND, PROOF}
    return (fields | {REPLY, NOTICE, ANSWER, NOTE, BROWSER, ADDRESS, *KEPT}) - TOO_SHORT


def ways(marker: str) -> tuple[set[bytes], set[bytes]]:
    """How a marker would stand in a file: in small letters, and exactly (base64)."""
    plain = marker.encode()
    small = {
        plain,
        marker.lower().encode(),
        marker.upper().encode(),
        plain[::-1],
        marker.encode("latin-1", "ignore"),
        marker.encode("utf-16-le")[:-1],  # a part of the other byte order too
        plain.hex().encode(),
        quote(marker).encode(),
        quote_plus(marker).encode(),
        marker.encode("ascii", "backslashreplace"),  # as in JSON
        marker.encode("ascii", "xmlcharrefreplace"),
    }
    exact = set()
    for shift in range(3):
        # Where base64 begins decides how it looks: three ways, each without the ends that depend on neighbours.
        whole = base64.b64encode(b"\0" * shift + plain).rstrip(b"=")
        middle = whole[(0, 2, 3)[shift] : len(whole) - 1]
        exact |= {middle, middle.replace(b"+", b"-").replace(b"/", b"_")}
    return {one.lower() for one in small if len(one) >= 6}, {one for one in exact if len(one) >= 6}


def files(folders: Iterable[Path], since: float) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            try:
                if path.is_file() and not path.is_symlink() and path.stat().st_mtime >= since:
                    yield path
            except FileNotFoundError:
                continue


class Search:
    """Looks for markers in bytes, in all their ways, in one pass over what is in small letters and one over what isn't.

    One marker after the other takes a hundred times as long: there are hundreds, and a database's files are large.
    """

    END = b"\0the search came this far\0"

    def __init__(self, wanted: Iterable[str]) -> None:
        patterns = {marker: ways(marker) for marker in wanted}
        self._small = _set({one: marker for marker, (small, _) in patterns.items() for one in small})
        self._exact = _set({one: marker for marker, (_, exact) in patterns.items() for one in exact})

    def in_(self, content: bytes) -> set[str]:
        """The markers that stand in `content`."""
        # Databases keep much empty room.
        content = re.sub(rb"\0{64,}", b"\0" * 64, content)
        return self._found(self._small, content.lower()) | self._found(self._exact, content)

    def in_files(self, folders: Iterable[Path], since: float) -> list[str]:
        """Where one of them stands in a file changed since then."""
        found = []
        for path in files(folders, since):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            found += [f"{marker!r} in {path.name}" for marker in sorted(self.in_(content))]
        return found

    def _found(self, wanted: tuple[re2.Set, list[str]], content: bytes) -> set[str]:
        patterns, markers = wanted
        found = {markers[index] for index in patterns.Match(content + self.END) or ()}
        assert "" in found, "a search that doesn't find its own end has not looked at everything"
        return found - {""}


def _set(markers: dict[bytes, str]) -> tuple[re2.Set, list[str]]:
    """A set of patterns for `markers` by their bytes, and what each of them stands for: nothing, for the end."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes
    options.literal = True
    options.max_mem = 1 << 28
    patterns = re2.Set.SearchSet(options)
    for one in (*markers, Search.END):
        patterns.Add(one)
    patterns.Compile()
    return patterns, [*markers.values(), ""]


class Mails:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802  (aiosmtpd's name)
        self.mails.append((envelope.rcpt_tos, envelope.content))
        return "250 taken"


@contextmanager
def mail_server(handler: object, port: int) -> Iterator[None]:
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


class Here(HTTPAdapter):
    """Requests that come from ADDRESS."""

    def init_poolmanager(self, *args, **kwargs) -> None:
        super().init_poolmanager(*args, **kwargs, source_address=(ADDRESS, 0))


def person() -> requests.Session:
    session = requests.Session()
    session.headers["User-Agent"] = BROWSER
    session.mount("http://", Here())
    return session


def journeys(portal: Portal) -> list[str]:
    """Three forms, a letter, an e-mail notice, an answer, a note, and a few things that go wrong; the receipts."""
    receipts = []
    for purpose, fields in TYPED.items():
        browser = person()
        address = f"{portal.url}/de/{purpose}/"
        page = browser.get(address)
        # First with a mistake, so that everything goes through the page of errors too.
        wrong = browser.post(address, data={**hidden(page.text), **fields, "email": "falsch geschrieben"})
        assert wrong.status_code == 422
        sent = browser.post(address, data={**hidden(wrong.text), **fields})
        assert sent.status_code == 200, sent.text
        receipts.append(receipt_in(sent.text))
        letters = browser.post(f"{portal.url}/de/mailbox/", data={"receipt": receipts[-1]})
        assert letters.url.endswith("/letters/")
        token = {name: hidden(letters.text)[name] for name in ("csrfmiddlewaretoken", "form_token")}
        broken = browser.post(letters.url, data={**token, "message": REPLY + "\x00"})
        assert broken.status_code == 422
        assert browser.post(letters.url, data={**token, "message": REPLY}).status_code == 200
        room = f"{portal.url}/de/mailbox/notice/"
        assert browser.post(room, data={**token, "notice": "on", "notice_email": NOTICE}).status_code == 200
        # What is no form at all, too large, or elsewhere.
        assert browser.post(address, data={**fields, "message": "x" * 400_000}).status_code == 413
        assert browser.post(address, json=fields).status_code == 415
        assert browser.get(f"{portal.url}/de/{quote(fields['message'])}/").status_code == 404
        assert browser.put(address, data=fields).status_code in (403, 405)
    office(portal)
    return receipts


def rights(portal: Portal) -> list[str]:
    """A stranger with a proof, first with mistakes; who isn't that person; who has a letter's code. Their secrets."""
    page_, proof = f"{portal.url}/de/privacy/rights/", io.BytesIO()
    notes = PngInfo()
    notes.add_text("Comment", PROOF)
    Image.new("RGB", (90, 60), (200, 190, 170)).save(proof, "PNG", pnginfo=notes)
    assert PROOF.encode() in proof.getvalue()
    browser = person()
    shown = browser.get(page_, params={"right": "access", "way": "stranger"})
    picture = {"proof": ("ausweis.png", proof.getvalue(), "image/png")}
    for fields in ({**RIGHTS, "town": ""}, {**RIGHTS, "message": "\x00"}):
        wrong = browser.post(page_, data={**hidden(shown.text), **fields}, files=picture)
        assert wrong.status_code == 422, wrong.text
    half = {"proof": ("ausweis.png", proof.getvalue()[:-30], "image/png")}
    assert browser.post(page_, data={**hidden(shown.text), **RIGHTS}, files=half).status_code == 422
    assert browser.post(f"{portal.url}/de/contact/", data=RIGHTS, files=picture).status_code == 400
    sent = browser.post(page_, data={**hidden(shown.text), **RIGHTS}, files=picture)
    found = [receipt_in(sent.text)]
    shown = browser.get(page_, params={"right": "not-me"})
    found.append(receipt_in(browser.post(page_, data={**hidden(shown.text), "message": FOUND}).text))
    made = command(
        {**portal.environment, "ZUSAGE_DEMO": "1"}, "letter-codes", "--case", "LU-2026-50008", "--json"
    )
    code = json.loads(made.stdout)[0]["code"]
    shown = browser.get(page_, params={"right": "deletion", "way": "letter-code"})
    for guess in ("7777-7777-7777", code):
        typed = {"case_reference": "LU-2026-50008", "letter_code": guess}
        sent = browser.post(page_, data={**hidden(shown.text), **typed})
    return [*found, receipt_in(sent.text), code]


def office(portal: Portal) -> None:
    """A clerk reads each of the three, answers and notes."""
    _, username, password = portal.printed().splitlines()[2].split()
    clerk = requests.Session()
    page = clerk.get(f"{portal.url}/office/")
    inbox = clerk.post(page.url, data={**hidden(page.text), "login": username, "password": password})
    assert inbox.status_code == 200 and "login" not in inbox.url
    answered = 0
    for path in sorted(set(re.findall(r'href="(/office/submissions/[0-9a-f-]{36}/)', inbox.text))):
        shown = clerk.get(portal.url + path)
        if "botschaft:" not in shown.text:
            continue  # the demo's own
        told = hidden(shown.text)
        fields = {name: told[name] for name in ("csrfmiddlewaretoken", "form_token", "seen")}
        for room, body in (("note", NOTE), ("answer", ANSWER)):
            done = clerk.post(f"{portal.url}{path}{room}/", data={**fields, room: body})
            assert done.status_code == 200 and body in done.text, room
        answered += 1
    assert answered == 3


def checkpoint() -> None:
    """Let PostgreSQL write what it holds in memory."""
    from django.db import connections

    params = connections["default"].get_connection_params()
    with psycopg.connect(
        host=params["host"], user=params["user"], dbname="postgres", autocommit=True
    ) as connection:
        connection.execute("CHECKPOINT")


PLANT = """
import django
django.setup()
from zusage.models import Staff
Staff(username="Gegenprobe Kontrollfund", role="clerk", password="!").save(force_insert=True)
"""


@pytest.mark.usefixtures("db")
def test_what_people_wrote_is_nowhere_in_plain(house, tmp_path, store_folders):
    since = time.time() - 1
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    port, mails = free_port(), Mails()
    environment = {
        **house(ready=True),
        "TMPDIR": str(temporary),
        "ZUSAGE_MAIL_URL": f"smtp://127.0.0.1:{port}",
        "ZUSAGE_MAIL_FROM": "post@agentur.example",
    }
    folders = [tmp_path, *(folder / "data" for folder in store_folders)]

    def look(wanted: Iterable[str]) -> list[str]:
        if ON_POSTGRES:
            checkpoint()
        search = Search(wanted)
        logs = [folder / "log" for folder in store_folders]
        in_logs = [f"{marker!r} in {log}" for log in logs for marker in search.in_(log.read_bytes())]
        return search.in_files(folders, since) + in_logs

    with mail_server(mails, port), Portal(environment, tmp_path, "--demo") as portal:
        receipts = journeys(portal) + rights(portal)
        until = time.monotonic() + 30
        while len(mails.mails) < 3 and time.monotonic() < until:
            time.sleep(0.2)
        assert sorted(to for to, _ in mails.mails) == [[NOTICE]] * 3
        secret = markers() | {one.replace("-", "") for one in receipts} | set(receipts)
        assert look(secret) == [], "while it runs"
        portal.kill()
        assert look(secret) == [], "after a sudden end, with write-ahead logs left"
        assert len(list(files(folders, since))) > 8
        assert portal.start() and portal.stop() == 0
        assert look(secret) == [], "after an orderly end"

        # The search itself: something in plain is found, in a store, in a log, and in a temporary file.
        asked(environment, PLANT)
        assert look(["Gegenprobe Kontrollfund"])
        assert portal.process is not None and portal.process.returncode != -signal.SIGKILL


@pytest.mark.parametrize(
    "write",
    [
        lambda text: text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: b"noise" + base64.b64encode(b"q" + text.encode() + b"q"),
        lambda text: base64.urlsafe_b64encode(b"qq" + text.encode()),
        lambda text: b"name=" + quote_plus(text).encode(),
        lambda text: text.upper().encode(),
        lambda text: text.encode().hex().encode(),
    ],
)
def test_the_search_finds_what_is_there(tmp_path, write):
    (tmp_path / "nothing").write_bytes(b"\x00" * 1000)
    search = Search(markers())
    assert search.in_files([tmp_path], 0) == []
    for marker in ("Zwiebelhüber", REPLY, ADDRESS):
        folder = tmp_path / str(len(marker))
        folder.mkdir()
        (folder / "somewhere.wal").write_bytes(b"\xff\x00" + write(marker) + b"\x00")
        assert any(repr(marker) in hit for hit in search.in_files([folder], 0)), marker
