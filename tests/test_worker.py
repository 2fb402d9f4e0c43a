"""The background worker: does each thing once, goes on after a sudden end, and leaves when its parent does."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.make import clerk, submission
from tests.server import ROOT, command, free_port, surroundings
from tests.test_bytes import Mails, mail_server
from zusage.actions import mailbox, office
from zusage.actions.house import chores, deliver
from zusage.management.commands.worker import LOST_AFTER, _tidy, run_tasks
from zusage.models import Mailbox
from zusage.protocol.models import Entry, Outbox
from zusage.vault import keys
from zusage.vault.models import DataKey

pytestmark = pytest.mark.django_db(transaction=True)


def together(work, times: int = 4) -> None:
    """Run `work` in so many threads at once, each with connections of its own."""
    barrier, faults = threading.Barrier(times), []

    def one() -> None:
        try:
            barrier.wait()
            work()
        except Exception as fault:  # shown by the assertion below
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def lines() -> set[uuid.UUID]:
    return set(Outbox.objects.values_list("pk", flat=True))


def test_the_protocol_is_delivered_line_by_line():
    for _ in range(3):
        submission("enquiry")
    before = {line.pk: line for line in Outbox.objects.all()}
    assert len(before) >= 3 and chores()["delivered"] == len(before)
    assert lines() == set()
    for entry in Entry.objects.all():
        line = before.pop(entry.pk)
        for name in (
            "at",
            "act",
            "actor_kind",
            "actor_id",
            "purpose",
            "subject_id",
            "record_type",
            "record_id",
        ):
            assert getattr(entry, name) == getattr(line, name)
    assert before == {}


def test_a_delivery_that_broke_off_between_two_stores_repeats_nothing():
    submission("enquiry")
    copied = list(Outbox.objects.all())
    deliver()
    Outbox.objects.bulk_create(copied)  # as if the end had come before they were removed
    deliver()
    assert lines() == set() and Entry.objects.count() == len(copied)


def test_two_deliveries_at_once_lose_and_double_nothing():
    for _ in range(20):
        submission("enquiry")
    wanted = lines()
    together(deliver)
    assert lines() == set()
    assert set(Entry.objects.values_list("pk", flat=True)) == wanted


def test_two_workers_at_once_send_a_mail_once(settings):
    handler, port = Mails(), free_port()
    settings.MAIL_URL, settings.MAIL_FROM = f"smtp://127.0.0.1:{port}", "post@agentur.example"
    someone = clerk()
    for number in range(6):
        sent = submission("enquiry")
        mailbox.ask_notice(sent.subject_id, f"person-{number}@briefkasten.example")
        office.answer(someone, sent.pk, "An answer", "one-page", 0)
    with mail_server(handler, port):
        together(run_tasks, 3)
    assert sorted(to[0] for to, _ in handler.mails) == [f"person-{n}@briefkasten.example" for n in range(6)]


def test_a_task_whose_worker_was_killed_starts_again():
    sent = submission("enquiry")
    mailbox.ask_notice(sent.subject_id, "person@briefkasten.example")
    office.answer(clerk(), sent.pk, "An answer", "one-page", 0)
    task = DBTaskResult.objects.get()
    now = timezone.now()
    DBTaskResult.objects.update(status="RUNNING", started_at=now - LOST_AFTER + timedelta(minutes=1))
    _tidy()
    task.refresh_from_db()
    assert task.status == "RUNNING"  # somebody may be at it
    DBTaskResult.objects.update(started_at=now - LOST_AFTER - timedelta(seconds=1))
    _tidy()
    run_tasks()
    task.refresh_from_db()
    assert task.status == "SUCCESSFUL"


def test_finished_tasks_are_forgotten_after_a_day():
    sent = submission("enquiry")
    mailbox.ask_notice(sent.subject_id, "person@briefkasten.example")
    office.answer(clerk(), sent.pk, "An answer", "one-page", 0)
    run_tasks()
    _tidy()
    assert DBTaskResult.objects.count() == 1
    DBTaskResult.objects.update(finished_at=timezone.now() - timedelta(days=1, minutes=1))
    _tidy()
    assert DBTaskResult.objects.count() == 0


def test_tickets_run_out_and_unused_keys_go():
    kept, late = submission("enquiry"), submission("enquiry")
    Mailbox.objects.filter(subject_id=late.subject_id).update(
        ticket_until=timezone.now() - timedelta(minutes=1)
    )
    ahead = DataKey.objects.count()
    assert ahead > 2  # made ahead, for subjects that aren't there yet
    done = chores()
    assert (done["tickets"], done["keys"]) == (1, 0)
    assert Mailbox.objects.get(subject_id=kept.subject_id).ticket_box is not None
    assert Mailbox.objects.get(subject_id=late.subject_id).ticket_box is None
    DataKey.objects.update(created_at=timezone.now() - keys.UNUSED_AFTER - timedelta(minutes=1))
    assert chores()["keys"] == ahead - 2
    assert set(DataKey.objects.values_list("subject_id", flat=True)) == {kept.subject_id, late.subject_id}
    # What is left in memory of the pruned ones is never handed out: it is too old by then.
    assert timedelta(seconds=keys.RESERVE_LIFE_SECONDS) < keys.UNUSED_AFTER


def test_once_does_what_is_there_and_ends(house):
    environment = house(ready=True)
    ran = command(environment, "worker", "--once")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_it_leaves_when_it_is_asked_and_when_its_parent_is_gone(house):
    environment = house(ready=True)
    asked = worker(environment)
    _listens(asked.pid)
    asked.send_signal(signal.SIGTERM)
    assert asked.wait(10) == 0
    # A parent that starts a worker, says its number, and is killed.
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, subprocess, sys, time\n"
            "one = subprocess.Popen([sys.executable, '-m', 'zusage.cli', 'worker', '--parent', str(os.getpid())])\n"
            "print(one.pid, flush=True)\n"
            "time.sleep(60)",
        ],
        env=surroundings(environment),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    number = int(parent.stdout.readline())
    _listens(number)
    parent.kill()
    parent.wait()
    until = time.monotonic() + 10
    while time.monotonic() < until and _runs(number):
        time.sleep(0.1)
    assert not _runs(number)


def test_a_store_that_is_away_does_not_end_it(house):
    environment = house()  # nothing migrated: no table is there
    one = worker(environment)
    _listens(one.pid)
    time.sleep(1)
    assert one.poll() is None
    assert command(environment, "migrate-stores").returncode == 0
    time.sleep(1.5)
    assert one.poll() is None
    one.terminate()
    assert one.wait(10) == 0
    assert one.stderr is not None
    said = one.stderr.read()
    assert "a store is away" in said and "Traceback" not in said


def worker(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "zusage.cli", "worker", "--interval", "0.2"],
        env=surroundings(environment),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


def _listens(number: int) -> None:
    """Wait until the process has said what SIGTERM shall do: until then it is still being loaded."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        caught = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{number}/status").read_text())
        if caught and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.05)
    raise AssertionError("the worker didn't come up")


def _runs(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
