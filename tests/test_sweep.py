"""What is past its period goes by itself, a day after its last and not before; what is held or asked about stays."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from datetime import time as dt_time
from uuid import UUID

import pytest
from django.utils import timezone

from tests.make import clerk, submission
from tests.server import ROOT, asked, command, surroundings
from zusage.actions import mailbox, office
from zusage.actions.cases import open_case
from zusage.actions.house import deliver, publish_notice
from zusage.actions.sweep import sweep
from zusage.models import Case, Hold, Mailbox, Submission, SubmissionValue
from zusage.models.inventory import rows_of, tables
from zusage.models.stored import HOUSE
from zusage.policy.load import load
from zusage.protocol.models import Entry, Outbox
from zusage.queries import periods
from zusage.tenant import POLICIES, policy
from zusage.vault import api as vault
from zusage.vault.models import NOTICE, Consent, DataKey, Restriction, Tombstone

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2026, 11, 25)
FILE = {
    "reference": "ZH-2026-10041", "debtor_name": "Nadine Oberholzer", "date_of_birth": "1984-03-17",
    "address": "Lindenweg 4, 8400 Winterthur", "creditor": "Velohaus Tössfeld AG", "balance": "CHF 420.50",
}  # fmt: skip


def at(day: date, hour: int = 12) -> datetime:
    return timezone.make_aware(datetime.combine(day, dt_time(hour, 59, 59)))


def received(sent: Submission, day: date, hour: int = 23) -> Submission:
    Submission.objects.filter(pk=sent.pk).update(received_at=at(day, hour))
    return sent


def closed_case(day: date) -> Case:
    case = open_case(vault.Actor.system("test"), day - timedelta(days=90), FILE)
    Case.objects.filter(pk=case.pk).update(state="closed", closed_on=day)
    return case


def left(subject_id: UUID) -> dict[str, int]:
    """The rows about a subject, by table; but for tombstones and the protocol, which outlive it."""
    found = {}
    for model, table in tables().items():
        if table.subject and table.kept not in (HOUSE, "protocol"):
            number = rows_of(model, subject_id).count()
            if number:
                found[model._meta.label] = number
    return found


def test_a_contact_message_goes_after_45_days_and_leaves_nothing_but_a_tombstone():
    someone = clerk()
    gone = submission("contact", case_reference="ZH-2026-10041")
    mailbox.reply(gone.subject_id, gone.pk, "Noch etwas", "token-of-a-page-1")
    mailbox.ask_notice(gone.subject_id, "nadine@example.ch")
    office.answer(someone, gone.pk, "Antwort", "token-of-a-page-2", 1)
    office.note(someone, gone.pk, "Notiz", "token-of-a-page-3")
    received(gone, TODAY - timedelta(days=48))
    kept = received(submission("contact"), TODAY - timedelta(days=45), 0)
    assert sweep(TODAY)["contact"] == 1
    assert left(gone.subject_id) == {}
    assert not SubmissionValue.objects.filter(submission_id=gone.pk).exists()
    stone = Tombstone.objects.get(subject_id=gone.subject_id)
    assert (stone.purpose, stone.ground) == ("", "retention") and stone.cleared_at
    assert Outbox.objects.filter(act="sweep", subject_id=gone.subject_id, purpose="contact").count() == 1
    assert SubmissionValue.objects.filter(submission=kept).exists()
    assert DataKey.objects.filter(subject_id=kept.subject_id).exists()
    assert vault.open(
        SubmissionValue.objects.get(submission=kept, field="message"), "contact", vault.Actor.staff(someone)
    )
    assert sweep(TODAY)["contact"] == 0


def test_a_question_stays_while_it_is_open_and_goes_a_year_after_it_was_closed():
    sent = submission("enquiry", consents=("callback",))
    received(sent, TODAY - timedelta(days=2000))
    Consent.objects.update(given_at=at(TODAY))
    assert sum(sweep(TODAY).values()) == 0
    office.close(clerk(), sent.pk)
    Submission.objects.filter(pk=sent.pk).update(closed_at=at(date(2025, 11, 25)))
    assert sweep(TODAY)["enquiry"] == 0
    assert sweep(TODAY + timedelta(days=1))["enquiry"] == 1
    assert left(sent.subject_id) == {}


def test_a_budget_goes_after_60_days_and_the_proposal_stays():
    sent = submission("payment", budget_income="4200.00", budget_other="0.00")
    received(sent, TODAY - timedelta(days=60), 0)
    assert sum(sweep(TODAY).values()) == 0
    assert sweep(TODAY + timedelta(days=1))["payment.budget"] == 1
    values = dict(SubmissionValue.objects.filter(submission=sent).values_list("field", "value"))
    assert [name for name, value in values.items() if value is None] == ["budget_income", "budget_other"]
    assert values["monthly_instalment"] and sum(sweep(TODAY + timedelta(days=1)).values()) == 0


def test_an_old_consent_goes_with_its_address_and_the_letters_stay():
    sent = submission("enquiry")
    mailbox.ask_notice(sent.subject_id, "nadine@example.ch")
    Consent.objects.update(given_at=at(date(2025, 11, 24)))
    assert sweep(TODAY)[NOTICE] == 1
    assert Mailbox.objects.get(subject_id=sent.subject_id).notice_email is None
    assert not Consent.objects.filter(subject_id=sent.subject_id).exists()
    assert set(DataKey.objects.filter(subject_id=sent.subject_id).values_list("purpose", flat=True)) == {
        "enquiry"
    }
    value = SubmissionValue.objects.get(submission=sent, field="message")
    assert vault.open(value, "enquiry", vault.Actor.staff(clerk()))
    # They may change their mind: it begins anew, and a replay of the tombstone leaves that alone.
    mailbox.ask_notice(sent.subject_id, "nadine@anders.example")
    vault.replay()
    box = Mailbox.objects.get(subject_id=sent.subject_id)
    assert vault.open(box, NOTICE, vault.Actor.system("notices")) == {"notice_email": "nadine@anders.example"}


def test_a_closed_case_loses_its_date_of_birth_is_blocked_and_goes_after_ten_years():
    case = closed_case(date(2025, 11, 24))
    still = closed_case(date(2025, 11, 25))
    done = sweep(TODAY)
    assert (done["collection.date-of-birth"], done["collection.blocked"], done["collection"]) == (1, 1, 0)
    case.refresh_from_db()
    assert case.date_of_birth is None and case.debtor_name is not None
    block = Restriction.objects.get(subject_id=case.subject_id)
    assert (block.purpose, block.until, block.ground) == ("collection", date(2035, 12, 31), "case-rest")
    with pytest.raises(vault.Refused, match="restricted"):
        vault.open(case, "collection", vault.Actor.staff(clerk()))
    assert Case.objects.get(pk=still.pk).date_of_birth is not None
    assert sum(sweep(TODAY).values()) == 0
    asked = submission("enquiry")
    Submission.objects.filter(pk=asked.pk).update(case=case)
    assert sweep(date(2035, 12, 31))["collection"] == 0
    assert sweep(date(2036, 1, 1))["collection"] == 2
    assert left(case.subject_id) == {}
    asked.refresh_from_db()
    assert asked.case_id is None


def test_a_legal_hold_stops_it_and_its_end_lets_it_go():
    held, other = (received(submission("contact"), TODAY - timedelta(days=90)) for _ in range(2))
    hold = Hold.objects.create(subject_id=held.subject_id, held="contact", review_on=TODAY)
    assert periods.counts(policy(), TODAY)["contact"] == 1
    assert sweep(TODAY)["contact"] == 1
    assert left(held.subject_id)["zusage.SubmissionValue"] and left(other.subject_id) == {}
    Hold.objects.filter(pk=hold.pk).update(held="payment")
    assert periods.counts(policy(), TODAY)["contact"] == 1
    Hold.objects.filter(pk=hold.pk).update(held="", ended_at=at(TODAY))
    assert sweep(TODAY)["contact"] == 1
    # The hold itself is kept for its own time: as proof.
    assert left(held.subject_id)["zusage.Hold"] == 1
    assert not Submission.objects.filter(subject_id=held.subject_id).exists()
    assert sweep(TODAY + timedelta(days=3 * 366))["claims-defence"] == 1
    assert left(held.subject_id) == {}


def test_two_matters_of_one_subject_go_one_by_one():
    first = received(submission("contact"), TODAY - timedelta(days=90))
    ring = vault.Keyring()
    second = Submission.objects.create(
        subject_id=first.subject_id,
        purpose="contact",
        language="de",
        notice_version="x",
        received_at=at(TODAY),
    )
    row = SubmissionValue(submission=second, subject_id=first.subject_id, purpose="contact", field="message")
    vault.seal(row, {"value": "Die zweite"}, ring)
    row.save(force_insert=True)
    assert sweep(TODAY)["contact"] == 1
    assert not Submission.objects.filter(pk=first.pk).exists()
    row = SubmissionValue.objects.get(submission_id=second.pk)
    assert vault.open(row, "contact", vault.Actor.staff(clerk())) == {"value": "Die zweite"}
    assert not Tombstone.objects.exists() and Mailbox.objects.filter(subject_id=first.subject_id).exists()


def test_the_protocol_itself_expires():
    submission("enquiry")
    publish_notice()  # a line that is about nobody
    Outbox.objects.update(at=at(date(2025, 11, 24)))
    deliver()
    number = Entry.objects.count()
    assert number and sweep(TODAY - timedelta(days=1))["protocol"] == 0
    assert sweep(TODAY)["protocol"] == number and Entry.objects.count() == 0


def test_counts_beforehand_are_what_the_sweep_then_does():
    for days in (10, 46, 90):
        received(submission("contact"), TODAY - timedelta(days=days))
    closed_case(date(2024, 1, 1))
    said = periods.counts(policy(), TODAY)
    assert said == sweep(TODAY)
    assert said["contact"] == 2 and set(said) >= {"enquiry", "collection.blocked", "protocol"}
    assert sum(periods.counts(policy(), TODAY).values()) == 0


def test_every_table_with_subject_data_has_a_period_that_begins(monkeypatch):
    from dataclasses import replace

    from zusage.models.stored import INVENTORY

    assert periods.without_start(policy()) == []
    # Whatever stands alone has a rule, so nothing stays for ever.
    ruled = {rule.model for rule in periods.rules(policy())}
    assert ruled >= set(periods.units())
    monkeypatch.setitem(
        INVENTORY, "zusage.Case", replace(INVENTORY["zusage.Case"], starts={"received": "opened_on"})
    )
    assert periods.without_start(policy()) == [
        "zusage.Case of purpose 'collection' has no start 'financial-year-end'"
    ]
    monkeypatch.setitem(INVENTORY, "zusage.Note", replace(INVENTORY["zusage.Note"], kept=HOUSE))
    assert "zusage.Note is about subjects, and nothing says how long it is kept" in periods.without_start(
        policy()
    )


def test_every_rule_finds_its_rows_by_an_index():
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("SQLite tells its plan without data; PostgreSQL's depends on them")
    small = {"zusage.Hold", "zusage.Demand", "zusage.Breach", "zusage.Proof", "protocol.Outbox"}
    for rule in periods.rules(policy()):
        if rule.model._meta.label in small:
            continue
        for piece in periods.slices(rule):
            plan = periods.due(rule, TODAY).filter(piece).order_by(rule.started, "pk")[:10].explain()
            assert f"SCAN {rule.model._meta.db_table}" not in plan.split("USING INDEX")[0], (rule.id, plan)


# --- as a command, in processes of their own

FILL = """
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
from tests.make import submission
from zusage.models import Submission
for number in range({number}):
    submission("contact")
Submission.objects.update(received_at=timezone.now() - timedelta(days=47))
submission("contact")
"""


LEFT = """
import django, json
django.setup()
from zusage.models import *
from zusage.vault.models import *
from zusage.protocol.models import Outbox
print(json.dumps({
    "subjects": Subject.objects.count(), "submissions": Submission.objects.count(),
    "values": SubmissionValue.objects.count(), "mailboxes": Mailbox.objects.count(),
    "stones": Tombstone.objects.count(), "unfinished": Tombstone.objects.filter(cleared_at=None).count(),
    "told": Outbox.objects.filter(act="sweep").count(),
    "orphans": DataKey.objects.filter(subject_id__in=Tombstone.objects.values("subject_id")).count(),
}))
"""


def test_the_command_counts_beforehand_then_does_it(house, tmp_path):
    environment = house(ready=True)
    asked(environment, FILL.format(number=3))
    said = command(environment, "sweep", "--dry-run", "--json")
    assert (said.returncode, json.loads(said.stdout)["contact"]) == (0, 3)
    said = command(environment, "sweep", "--dry-run")
    assert said.returncode == 0 and "3  contact" in said.stdout
    longer = tmp_path / "longer"
    shutil.copytree(POLICIES / "alektum_ch", longer)
    facts = (longer / "data.toml").read_text(encoding="utf-8")
    (longer / "data.toml").write_text(facts.replace("length = 45", "length = 60"), encoding="utf-8")
    assert load(longer).retentions["contact"].length == 60
    both = command(environment, "sweep", "--dry-run", "--json", "--policy", str(longer))
    assert json.loads(both.stdout)["contact"] == {"now": 3, "then": 0}
    both = command(environment, "sweep", "--dry-run", "--policy", str(longer))
    assert both.returncode == 0 and "contact  <- differs" in both.stdout
    assert command(environment, "sweep", "--policy", str(longer)).returncode == 2
    assert command(environment, "sweep", "--dry-run", "--policy", "nowhere").returncode == 2
    assert asked(environment, LEFT)["submissions"] == 4
    done = command(environment, "sweep", "--json")
    assert (done.returncode, json.loads(done.stdout)["contact"]) == (0, 3), done.stderr
    assert asked(environment, LEFT)["submissions"] == 1


def test_killed_in_the_middle_it_goes_on_where_it_was(house):
    environment = house(ready=True)
    number = 400
    asked(environment, FILL.format(number=number))
    chance = random.Random(7)
    kills = 0
    for _ in range(6):
        one = subprocess.Popen(
            [sys.executable, "-c", SLOW],
            env=surroundings({**environment, "DJANGO_SETTINGS_MODULE": "zusage.settings"}),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert one.stdout is not None and one.stdout.readline() == "begun\n"
        time.sleep(chance.uniform(0, 0.15))
        if one.poll() is None:
            one.send_signal(signal.SIGKILL)
            kills += 1
        one.wait()
        found = asked(environment, LEFT)
        # Never a value without the rest, never a key beside a tombstone.
        assert found["orphans"] == 0 and found["submissions"] >= 1
        assert found["subjects"] == found["mailboxes"] == found["submissions"]
    assert kills >= 3
    done = command(environment, "sweep", "--json")
    assert done.returncode == 0, done.stderr
    found = asked(environment, LEFT)
    assert found == {
        "subjects": 1, "submissions": 1, "values": found["values"], "mailboxes": 1, "stones": number, "unfinished": 0,
        "told": number, "orphans": 0,
    }  # fmt: skip


# Batches of a few rows, so that there are many moments to die in.
SLOW = """
import django
django.setup()
from zusage.actions import sweep
sweep.LONGEST = 8
sweep.SHORTEST = 4
print("begun", flush=True)
sweep.sweep()
"""


def test_the_worker_sweeps_once_a_day(house):
    environment = house(ready=True)
    asked(environment, FILL.format(number=2))
    assert command(environment, "worker", "--once").returncode == 0
    assert asked(environment, LEFT)["submissions"] == 1
