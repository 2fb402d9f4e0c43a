from __future__ import annotations

import os
import signal
import time
from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.module_loading import import_string
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from zusage.actions.house import chores
from zusage.actions.matching import look_at_waiting
from zusage.actions.plans.chores import daily
from zusage.actions.proofs import alert
from zusage.actions.sweep import sweep
from zusage.actions.traces import wipe_where_needed
from zusage.backup.places import A_MOMENT, State, export_tombstones, half_restored
from zusage.management.commands.run import stay
from zusage.promises.prover import FULL_EVERY, QUICK_EVERY, prove
from zusage.queries.proofs import whole_at

LOST_AFTER = timedelta(minutes=5)
KEPT_FOR = timedelta(days=1)


class Command(BaseCommand):
    help = "The worker: mails, files for messages, the protocol's delivery, chores. Stops when its parent is gone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--interval", type=float, default=1.0, help="seconds between two looks (default: 1)"
        )
        parser.add_argument(
            "--parent", type=int, default=0, help="stop when this process id is no longer the parent"
        )
        parser.add_argument("--once", action="store_true", help="do what is there to do, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        going = [True]
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: going.clear())
        stay()
        said: dict[str, State] = {}
        next_chores = 0.0
        swept: date | None = None
        looked: date | None = None
        proofs = Proofs()
        done: dict[str, int] = {}
        while going and options["parent"] in (0, os.getppid()):
            close_old_connections()
            try:
                if half_restored():
                    raise CommandError(
                        "A restore broke off here. Run `zusage restore DIR` again.", returncode=2
                    )
                run_tasks()
                look_at_waiting()
                said = self._tell(said)
                if time.monotonic() >= next_chores:
                    next_chores = time.monotonic() + 60
                    chores()
                    looked = self._look_at_plans(looked)
                    swept = self._sweep(swept, going)
                    export_tombstones()
                    wipe_where_needed()
                    _tidy()
                    done = self._hourly(done)
            except DatabaseError as error:
                self.stderr.write(f"worker: a store is away or busy ({type(error).__name__}); trying again.")
            if options["once"]:
                return
            self._prove(proofs)
            time.sleep(options["interval"])
        self._hourly({})  # a house that is shut keeps no single visits either

    def _hourly(self, done: dict[str, int]) -> dict[str, int]:
        """What other rooms want done in each hour of the clock. What fails is tried again with the next chores."""
        hour = int(time.time() // 3600)
        for name in settings.HOURLY:
            if done.get(name) != hour:
                try:
                    import_string(name)()
                except Exception as error:  # one room's fault is no other's
                    self.stderr.write(f"worker: {name} failed ({type(error).__name__}); trying again.")
                else:
                    done = {**done, name: hour}
        return done

    def _tell(self, said: dict[str, State]) -> dict[str, State]:
        """Tell the backups of what was erased just now; a folder that can't be told is named once."""
        states = export_tombstones(A_MOMENT)
        for path, state in states.items():
            if state != "told" and said.get(path) != state:
                self.stderr.write(f"worker: the backups in {path} can't be told of erasures ({state}).")
        return states

    def _look_at_plans(self, looked: date | None) -> date | None:
        """Once a day: what became of plans of instalments."""
        today = timezone.localdate()
        if looked != today:
            unreadable = daily(today).get("unreadable")
            if unreadable:
                self.stderr.write(
                    f"worker: {unreadable} plans of instalments don't open; look at them in the office."
                )
        return today

    def _sweep(self, swept: date | None, going: list[bool]) -> date | None:
        """Once a day; mails go out between its batches, and whoever wants the worker to end waits for one at most."""
        today = timezone.localdate()
        if swept == today:
            return swept

        def between(rule: str, number: int) -> None:
            if not going:
                raise _Ended
            run_tasks()
            look_at_waiting()
            export_tombstones(A_MOMENT)

        try:
            sweep(today, between)
        except _Ended:
            return swept
        return today

    def _prove(self, proofs: Proofs) -> None:
        try:
            proofs.prove_if_due()
        except DatabaseError as error:
            self.stderr.write(f"worker: the promises weren't proved ({type(error).__name__}); trying again.")


class Proofs:
    """When the promises are looked at: quickly each ten minutes, wholly each night and soon after a first start."""

    FIRST_QUICK, FIRST_FULL = 5.0, 60.0
    """Seconds after the start: whoever starts the portal has other things to do first."""
    NIGHT = 3
    """The hour of the whole look."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._next_quick = self._started + self.FIRST_QUICK
        self._proved_whole: date | None = None

    def prove_if_due(self) -> None:
        """Look, if it is time to."""
        now = time.monotonic()
        if self._whole_is_due(now):
            self._proved_whole = timezone.localdate()
            prove()
        elif now >= self._next_quick:
            prove(quick=True)
        else:
            return
        self._next_quick = time.monotonic() + QUICK_EVERY.total_seconds()
        alert()

    def _whole_is_due(self, now: float) -> bool:
        today = timezone.localdate()
        if self._proved_whole == today or now < self._started + self.FIRST_FULL:
            return False
        last = whole_at()
        if last is None or timezone.now() - last > FULL_EVERY + timedelta(hours=1):
            return True
        return timezone.localdate(last) < today and timezone.localtime().hour >= self.NIGHT


class _Ended(Exception):
    """The worker was asked to end."""


def run_tasks() -> None:
    """Run every task that is due."""
    if not DBTaskResult.objects.ready().exists():
        return  # a look costs no write lock
    Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=get_random_string(32),
        excluded_queue_names=[],
    ).run()


def _tidy() -> None:
    """Tasks whose worker died start again; finished ones go after a day."""
    now = timezone.now()
    lost = DBTaskResult.objects.running().filter(started_at__lt=now - LOST_AFTER)
    lost.update(status=TaskResultStatus.READY, started_at=None)
    DBTaskResult.objects.finished().filter(finished_at__lt=now - KEPT_FOR).delete()
