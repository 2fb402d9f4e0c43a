"""The portal as processes: its start, its crowds, its deaths."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.conftest import ON_POSTGRES, on_files
from tests.server import (
    ROOT,
    Portal,
    asked,
    command,
    free_port,
    hidden,
    receipt_in,
    surroundings,
    tenant_with,
)
from zusage.server import LINE_SECONDS

CLIENTS = 64
EACH = 5
GENEROUS = {"submissions_per_source": 100_000, "pressure_per_minute": 100_000, "receipt_tries": 1_000}


@pytest.fixture
def started() -> Iterator[Callable[..., Portal]]:
    """Start portals that are gone after the test."""
    portals: list[Portal] = []

    def start(*args: object, **kwargs: object) -> Portal:
        portal = Portal(*args, **kwargs)  # type: ignore[arg-type]
        portals.append(portal)
        portal.start()
        return portal

    yield start
    for portal in portals:
        portal.stop()


@pytest.fixture(scope="module")
def one_portal(tmp_path_factory) -> Iterator[Portal]:
    """One portal for the tests that change nothing in it; on SQLite, which these don't look at."""
    folder = tmp_path_factory.mktemp("portal")
    with Portal(on_files(folder / "var", ready=True), folder) as portal:
        yield portal


def payment(marker: str) -> dict[str, str]:
    return {
        "name": f"Person {marker}",
        "case_references": f"LD-{marker}",
        "date_of_birth": "1.2.1980",
        "mailbox_only": "yes",
        "message": f"Message {marker}",
        "monthly_instalment": "120.00",
        "payment_day": "27",
        "form_token": f"load-test-{marker:0>16}",
    }


# --- starting ---------------------------------------------------------------------------------------------------


@pytest.mark.alone
def test_the_demo_starts_says_five_lines_and_starts_again_with_its_data(house, tmp_path, started):
    environment = house()
    for name in ("ZUSAGE_SECRET_KEY", "ZUSAGE_KEY_ENCRYPTION_KEY"):
        del environment[name]  # the demo makes its own
    var = Path(environment["ZUSAGE_VAR"])
    portal = started(environment, tmp_path, "--demo")
    lines = portal.printed().splitlines()
    assert len(lines) == 5
    assert f"{portal.url}/de/" in lines[0] and f"{portal.url}/office/" in lines[1]
    logins = (var / "demo-logins.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split()[0] for line in logins] == ["clerk", "officer", "administrator"]
    assert all(len(line.split(" ")) == 3 for line in logins) and lines[2:] == logins
    private = [var / "demo-logins.txt", var / "secret-key", var / "key-encryption-key"]
    if not ON_POSTGRES:
        private += [var / f"{store}.sqlite3" for store in ("data", "keys", "protocol", "visits")]
    assert {path.name: stat.filemode(path.stat().st_mode) for path in private} == {
        path.name: "-rw-------" for path in private
    }
    assert _sign_in(portal, logins[0])
    receipt = _send(portal, "kept-over-a-restart")
    assert portal.stop() == 0

    again = Portal(environment, tmp_path, "--demo", port=portal.port)
    try:
        assert again.start() < 5
        assert (var / "demo-logins.txt").read_text(encoding="utf-8").splitlines() == logins
        assert _sign_in(again, logins[0])
        assert "Message kept-over-a-restart" in _letters(again, receipt)
    finally:
        again.stop()
    assert "Traceback" not in again.errors()


def test_a_missing_secret_stops_the_start_with_words(house):
    environment = house()
    del environment["ZUSAGE_SECRET_KEY"]
    ran = command(environment, "run", "--port", str(free_port()))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "ZUSAGE_SECRET_KEY is missing" in ran.stderr and "Traceback" not in ran.stderr


def test_a_hole_in_the_policy_stops_the_start_and_is_named(house, tmp_path):
    tenant = Path(tenant_with(tmp_path))
    purposes = tenant / "purposes.toml"
    whole = purposes.read_text(encoding="utf-8")
    purposes.write_text(whole.replace('retention = "enquiry"\n', ""), encoding="utf-8")
    ran = command({**house(), "ZUSAGE_POLICY": str(tenant)}, "run", "--port", str(free_port()))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "purposes.toml" in ran.stderr and "enquiry" in ran.stderr and "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ZUSAGE_MAIL_URL", "mail.example:25", "ZUSAGE_MAIL_URL"),
        ("ZUSAGE_MAIL_URL", "smtp://mail.example", "ZUSAGE_MAIL_FROM"),
        ("ZUSAGE_DATA_URL", "mysql://root@localhost/x", "ZUSAGE_DATA_URL"),
        ("ZUSAGE_KEY_ENCRYPTION_KEY", "too-short", "ZUSAGE_KEY_ENCRYPTION_KEY"),
        ("ZUSAGE_SECRET_KEY", "too-short", "ZUSAGE_SECRET_KEY"),
        ("PORT", "eighty", "PORT"),
        ("PORT", "99999", "port"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start_with_words(house, name, value, says):
    ran = command({**house(), name: value}, "run")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert says in ran.stderr and "Traceback" not in ran.stderr and value not in ran.stderr


@pytest.mark.alone
def test_a_port_that_is_taken_is_said_at_once(house):

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        begun = time.monotonic()
        ran = command({**house(), "PORT": str(port)}, "run")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert str(port) in ran.stderr and "Traceback" not in ran.stderr
    assert time.monotonic() - begun < 5


def test_the_port_comes_from_the_environment_too(house, tmp_path):
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "zusage.cli", "run"],
            env=surroundings({**house(ready=True), "PORT": str(port)}),
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        assert _soon(lambda: _answers(f"http://127.0.0.1:{port}/de/"))
    finally:
        process.terminate()
        process.wait(20)


# --- crowds -----------------------------------------------------------------------------------------------------


@dataclass
class Crowd:
    """Many clients that post at once, and what they were told."""

    portal: Portal
    tag: str
    statuses: Counter[int] = field(default_factory=Counter)
    receipts: dict[str, str] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)

    def post(self, clients: int, each: int, seconds: float = 60.0) -> None:
        """`clients` at once, `each` posts per client, until `seconds` are over."""
        barrier = threading.Barrier(clients)
        until = time.monotonic() + seconds

        def client(number: int) -> None:
            session = requests.Session()
            barrier.wait()
            for turn in range(each):
                if time.monotonic() > until or not self._one(session, f"{self.tag}-{number}-{turn}"):
                    return

        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(client, range(clients)))

    def _one(self, session: requests.Session, marker: str) -> bool:
        """One form, and the page with its receipt. False once nobody answers any more."""
        try:
            sent = session.post(
                f"{self.portal.url}/de/payment/", data=payment(marker), allow_redirects=False, timeout=60
            )
            self.statuses[sent.status_code] += 1
            if sent.status_code != 303:
                return True
            self.accepted.add(marker)
            page = session.get(self.portal.url + sent.headers["Location"], timeout=60)
            self.statuses[page.status_code] += 1
            if page.status_code == 200:
                self.receipts[marker] = receipt_in(page.text)
        except requests.RequestException:
            return False
        return True


@pytest.mark.alone
def test_64_clients_at_once_and_each_accepted_form_is_there_once(house, tmp_path, started):
    environment = {**house(ready=True), "ZUSAGE_POLICY": tenant_with(tmp_path, **GENEROUS)}
    portal = started(environment, tmp_path)
    crowd = Crowd(portal, "crowd")
    crowd.post(CLIENTS, EACH)
    assert crowd.statuses == {303: CLIENTS * EACH, 200: CLIENTS * EACH}
    assert len(set(crowd.receipts.values())) == CLIENTS * EACH
    portal.stop()

    stored = _stored(environment)
    assert stored["markers"] == Counter({f"Message {marker}": 1 for marker in crowd.accepted})
    assert stored["halves"] == []
    assert _opened(environment, crowd.receipts) == set(crowd.receipts)
    assert "Traceback" not in portal.errors() and " at /" not in portal.errors()


def test_killed_in_mid_load_every_receipt_that_was_shown_opens(house, tmp_path, started):
    environment = {**house(ready=True), "ZUSAGE_POLICY": tenant_with(tmp_path, **GENEROUS)}
    portal = started(environment, tmp_path)
    crowd = Crowd(portal, "killed")
    killer = threading.Thread(target=lambda: _soon(lambda: len(crowd.receipts) > 60, 60) and portal.kill())
    killer.start()
    crowd.post(32, 10_000, seconds=60)
    killer.join()
    assert len(crowd.receipts) > 60 and portal.process.returncode == -signal.SIGKILL
    assert set(crowd.statuses) <= {200, 303}

    portal.start()  # on the same port
    marker, receipt = next(iter(crowd.receipts.items()))
    assert f"Message {marker}" in _letters(portal, receipt)
    assert _send(portal, "after-the-kill")
    portal.stop()
    stored = _stored(environment)
    assert stored["halves"] == []
    assert set(stored["markers"].values()) == {1}
    assert {f"Message {marker}" for marker in crowd.accepted} <= set(stored["markers"])
    assert _opened(environment, crowd.receipts) == set(crowd.receipts)


def test_a_server_process_and_the_worker_that_die_are_replaced(house, tmp_path, started):
    portal = started(house(ready=True), tmp_path)
    assert _soon(lambda: len(portal.servers()) == 2 and len(portal.workers()) == 1)
    servers, workers = portal.servers(), portal.workers()
    dead = {min(servers), *workers}
    for number in dead:
        os.kill(number, signal.SIGKILL)
    assert _soon(lambda: len(portal.servers() - dead) == 2)
    assert _soon(lambda: len(portal.workers() - dead) == 1)
    # A server process that is asked to leave takes the worker with it neither.
    workers = portal.workers()
    os.kill(min(portal.servers()), signal.SIGTERM)
    time.sleep(1.5)
    assert portal.workers() == workers
    assert _send(portal, "after-the-deaths")
    # When the first process dies alone, nobody stays behind.
    left = portal.servers() | portal.workers()
    assert portal.process is not None
    os.kill(portal.process.pid, signal.SIGKILL)
    portal.process.wait(10)
    assert _soon(lambda: not any(_alive(number) for number in left))


# --- over a real socket -----------------------------------------------------------------------------------------


FORM = "application/x-www-form-urlencoded"
BIG = b"x" * (10 * 1024 * 1024)


@pytest.mark.parametrize(
    ("request_line", "kind", "body", "status"),
    [
        ("POST /fr/contact/", FORM, b"message=" + BIG, 413),
        (
            "POST /fr/contact/",
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="message"\r\n\r\n' + BIG + b"\r\n--b--\r\n",
            413,
        ),
        ("POST /fr/contact/", "application/octet-stream", BIG, 415),
        ("POST /fr/mailbox/", FORM, b"receipt=" + BIG, 413),
        ("PUT /fr/contact/", "application/octet-stream", BIG, 405),
        ("DELETE /fr/", FORM, BIG, 403),
    ],
    ids=["form", "multipart", "other-type", "mailbox", "put", "delete"],
)
def test_what_is_too_much_is_answered_to_who_listens_after_sending(
    one_portal, request_line, kind, body, status
):
    """As browsers do: they send everything, and only then read. A line that is cut before shows no page at all."""
    head = f"{request_line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", one_portal.port), timeout=30) as line:
        line.sendall(head.encode() + body)
        answer = b""
        while part := line.recv(65536):
            answer += part
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer[:100]
    assert b'lang="fr"' in answer and b"default-src 'none'" in answer and b"</html>" in answer


def test_what_no_page_is_made_for_is_refused_all_the_same(one_portal):
    assert requests.get(f"{one_portal.url}/de/?q={'x' * 100_000}", timeout=30).status_code in (400, 414)
    assert (
        requests.get(f"{one_portal.url}/de/", headers={"Host": "evil.example"}, timeout=30).status_code == 400
    )
    assert _send(one_portal, "still-there")
    assert "Traceback" not in one_portal.errors()


def test_a_form_whose_line_breaks_is_not_taken_for_a_whole_one(house, tmp_path, started):
    environment = house(ready=True)
    portal = started(environment, tmp_path)
    from urllib.parse import urlencode

    from django.test.client import encode_multipart

    whole = urlencode({**payment("broken-line"), "message": "x" * 2000}).encode()
    parts = encode_multipart("b", {**payment("broken-line"), "message": "x" * 2000})
    for kind, body in [
        ("application/x-www-form-urlencoded", whole),
        ("multipart/form-data; boundary=b", parts),
    ]:
        head = f"POST /de/payment/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
        with socket.create_connection(("127.0.0.1", portal.port), timeout=30) as line:
            line.sendall(head.encode() + f"Content-Length: {len(body) + 500}\r\n\r\n".encode() + body)
            line.shutdown(socket.SHUT_WR)
            assert line.recv(100).startswith(b"HTTP/1.1 400"), kind
    portal.stop()
    assert _stored(environment)["markers"] == {}


def test_the_log_says_nothing_about_who_sent_what(one_portal):
    portal = one_portal

    sent = [
        b"NONSENSE unreadable-marker\r\n\r\n",
        b"GET /unreadable-marker HTTP/1.1\r\nHost: localhost\r\nbroken unreadable-marker\r\n\r\n",
        b"POST /de/contact/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: unreadable-marker\r\n\r\n",
        b"POST /de/contact/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nunreadable-marker\r\n",
        b"GET /" + b"unreadable-marker" * 500 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ]
    for request in sent:
        with socket.create_connection(("127.0.0.1", portal.port), timeout=20) as line:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
            answer = line.recv(100)
            assert answer.startswith(b"HTTP/1.1 4"), (request[:60], answer)
    log = portal.errors()
    assert "unreadable-marker" not in log and "127.0.0.1" not in log


# The portal as it is, but that its patience is a fifth: the test would do nothing but wait.
IMPATIENT = """
import sys
from zusage import cli, server
server.LINE_SECONDS = 2
sys.exit(cli.run(sys.argv[1:]))
"""


def test_silent_lines_do_not_keep_the_door_shut(house, tmp_path, started):
    assert LINE_SECONDS == 10
    # Of each kind as many silent lines as there are threads: if either could stay, nobody else would get in.
    portal = started(
        house(ready=True), tmp_path, "--processes", "1", "--threads", "2", program=("-c", IMPATIENT)
    )
    lines = [socket.create_connection(("127.0.0.1", portal.port)) for _ in range(4)]
    for number, line in enumerate(lines):
        head = f"POST /de/contact/ HTTP/1.1\r\nHost: localhost:{portal.port}\r\n"
        kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nfirst_"
        line.sendall((head + kind if number % 2 else head).encode())
    try:
        assert requests.get(f"{portal.url}/de/", timeout=60).status_code == 200
    finally:
        for line in lines:
            line.close()


# --- helpers ----------------------------------------------------------------------------------------------------


def _send(portal: Portal, marker: str) -> str:
    """Send a payment form; its receipt."""
    page = requests.post(f"{portal.url}/de/payment/", data=payment(marker), timeout=30)
    assert page.status_code == 200, page.text
    return receipt_in(page.text)


def _letters(portal: Portal, receipt: str) -> str:
    """The page of letters behind a receipt, over plain HTTP."""
    session = requests.Session()
    page = session.post(f"{portal.url}/de/mailbox/", data={"receipt": receipt}, timeout=30)
    assert page.status_code == 200 and page.url.endswith("/letters/"), page.text
    return page.text


def _sign_in(portal: Portal, login: str) -> bool:
    _, username, password = login.split()
    session = requests.Session()
    page = session.get(f"{portal.url}/office/", timeout=30)
    sent = {**hidden(page.text), "login": username, "password": password}
    answer = session.post(page.url, data=sent, timeout=30)
    return answer.status_code == 200 and answer.url.rstrip("/") == f"{portal.url}/office"


READ = """
import json, sys
import django
django.setup()
from collections import Counter
from zusage.actions import mailbox
from zusage.models import Mailbox, Submission, SubmissionValue
from zusage.protocol.models import Entry, Outbox
from zusage.rules import receipts
from zusage.vault import api as vault
from zusage.vault.models import BlindIndex

messages, halves = [], []
told = {(one.record_id) for one in [*Outbox.objects.filter(act="submit"), *Entry.objects.filter(act="submit")]}
for one in Submission.objects.all():
    rows = list(SubmissionValue.objects.filter(submission=one))
    opened = vault.open_many(rows, one.purpose, vault.Actor.subject(one.subject_id))
    values = {row.field: each["value"] for row, each in zip(rows, opened) if each}
    whole = (
        len(values) == len(rows) == 6
        and Mailbox.objects.filter(subject_id=one.subject_id).count() == 1
        and BlindIndex.objects.filter(record_id=one.pk).count() == 1
        and str(one.pk) in told
    )
    if not whole:
        halves.append(str(one.pk))
    messages.append(values.get("message", ""))
shown = json.load(sys.stdin)
opens = [marker for marker, receipt in shown.items() if mailbox.enter(receipts.normal(receipt)) is not None]
print(json.dumps({"markers": Counter(messages), "halves": halves, "opens": opens}))
"""


def _read(environment: dict[str, str], shown: dict[str, str]) -> dict:
    """What is in the stores of a house that is closed, as a process of that house reads it."""
    return asked(environment, READ, told=json.dumps(shown))


def _stored(environment: dict[str, str]) -> dict:
    found = _read(environment, {})
    return {"markers": Counter(found["markers"]), "halves": found["halves"]}


def _opened(environment: dict[str, str], shown: dict[str, str]) -> set[str]:
    return set(_read(environment, shown)["opens"])


def _soon(true: Callable[[], bool], seconds: float = 15.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.1)
    return true()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def _alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
