"""``zusage verify-protocol`` as a process of its own, in houses of their own: workers that are killed, restores."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.houses import filled, inside, leave
from tests.server import ROOT, command, surroundings
from tests.test_backup import SECRETS, backup, restore

SQL = """
with connections[given["alias"]].cursor() as cursor:
    for statement in given["statements"]:
        cursor.execute(statement)
say(None)
"""
WRITE = """
from zusage.insert import insert
from zusage.protocol.models import Outbox
for _ in range(given["times"]):
    insert([Outbox(act="open", actor_kind="system", actor_id="test", purpose="enquiry") for _ in range(100)])
say(Outbox.objects.count())
"""
COUNT = """
from django.db.models import Count
from zusage.protocol.models import *
say({
    "outbox": Outbox.objects.count(),
    "entries": Entry.objects.count(),
    "positions": list(Entry.objects.order_by("position").values_list("position", flat=True)),
    "seals": Seal.objects.count(),
    "acts": list(Entry.objects.order_by("position").values_list("act", flat=True)),
})
"""


LOOK = """
import io
from contextlib import redirect_stdout
from pathlib import Path
from django.core.management import call_command
out, code = io.StringIO(), 0
try:
    call_command("verify_protocol", json=True, checkpoint=[Path(one) for one in given["kept"]],
                 write_checkpoint=given["write"] and Path(given["write"]), stdout=out)
except SystemExit as stop:
    code = stop.code
say({**json.loads(out.getvalue()), "code": code})
"""
SECOND = """
from zusage.protocol.models import Entry
one = Entry.objects.get(position=2)
say([one.pk, one.act])
"""
DELIVERED = "from zusage.actions.house import deliver; say(deliver())"


@pytest.fixture(autouse=True)
def _nobody_stays_inside():
    yield
    leave()


@pytest.fixture
def machines(house):
    """Call it for the environment of another machine with empty tables; the secrets are the same on all."""
    made: list[dict[str, str]] = []

    def another() -> dict[str, str]:
        made.append(house(True))
        return {**made[-1], **{name: made[0][name] for name in SECRETS if name in made[0]}}

    return another


def sql(environment, *statements: str, alias: str = "protocol") -> None:
    inside(environment, SQL, alias=alias, statements=statements)


def work(environment) -> None:
    inside(environment, DELIVERED)


def looked(environment, *kept: Path, write: Path | None = None) -> dict:
    """What the command says, in the house's own process, which is there already."""
    found = inside(environment, LOOK, kept=list(map(str, kept)), write=write and str(write))
    assert found["code"] == bool(found["counts"])
    return found


def verified(environment, *options: str, code: int = 0):
    done = command(environment, "verify-protocol", "--json", *options, seconds=180)
    assert (done.returncode, done.stderr) == (code, ""), (done.stdout, done.stderr)
    return json.loads(done.stdout)


def spoken(environment, *options: str, code: int = 0) -> str:
    done = command(environment, "verify-protocol", *options, seconds=180)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_whole_then_tampered_with_then_cut(house, tmp_path):
    here = house(ready=True)
    filled(here)
    assert looked(here)["seals"] == 0
    work(here)
    kept = tmp_path / "first.json"
    said = verified(here, "--write-checkpoint", str(kept))
    assert said["counts"] == {} and said["entries"] and said["checkpoint"] == str(kept)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "is there already" in spoken(here, "--write-checkpoint", str(kept), code=2)
    filled(here)
    work(here)
    text = spoken(here, "--checkpoint", str(kept))
    assert "is as it was sealed" in text and "entries per second" in text
    second = tmp_path / "second.json"
    looked(here, write=second)

    before = inside(here, SECOND)
    sql(here, "UPDATE protocol_entry SET act = 'something-else' WHERE position = 2")
    text = spoken(here, code=1)
    assert (
        f"seal 1, position 2, entry {before[0]}: says something else" in text and "something-else" not in text
    )
    said = looked(here)
    assert said["findings"] == [{"kind": "entry-changed", "seal": 1, "position": 2, "id": before[0]}]
    third = tmp_path / "third.json"
    assert "No checkpoint was written" in spoken(here, "--write-checkpoint", str(third), code=1)
    assert not third.exists()
    sql(here, f"UPDATE protocol_entry SET act = '{before[1]}' WHERE position = 2")
    assert looked(here)["counts"] == {}

    last = said["newest"]["number"]
    sql(here, f"DELETE FROM protocol_entry WHERE position > (SELECT last FROM protocol_seal WHERE number = {last - 1})",
        f"DELETE FROM protocol_seal WHERE number = {last}")  # fmt: skip
    text = spoken(here, "--checkpoint", str(kept), "--checkpoint", str(second), code=1)
    assert f"{second} knows of seals from this one on" in text and "The keys store knows of seals" in text
    assert str(kept) not in text and "keep the store as it is" in text


def test_what_is_gone_for_good_is_accepted_and_said_so(house, tmp_path):
    here, kept = house(ready=True), tmp_path / "kept.json"
    filled(here)
    work(here)
    filled(here, 2)
    work(here)
    assert looked(here, write=kept)["seals"] == 2
    sql(here, "DELETE FROM protocol_seal WHERE number = 2",
        "DELETE FROM protocol_entry WHERE position > (SELECT max(last) FROM protocol_seal)")  # fmt: skip
    assert "Nothing was accepted" in spoken(here, "--accept", "--checkpoint", str(kept), code=1)
    assert looked(here)["counts"] == {"rewound": 1}
    assert "Accepted" in spoken(here, "--accept", code=1)
    assert looked(here)["counts"] == {}
    work(here)
    assert inside(here, COUNT)["acts"][-1] == "accept-protocol" and looked(here)["counts"] == {}
    assert looked(here, kept)["counts"] == {"rewritten": 1}
    sql(
        here,
        "UPDATE protocol_entry SET act = 'x' WHERE position = 1",
        "DELETE FROM protocol_seal WHERE number = 2",
    )
    assert "Nothing was accepted" in spoken(here, "--accept", code=1)


def test_what_cannot_be_looked_at(house, tmp_path):
    assert "store could not be used" in spoken(house(), code=2)
    here = house(ready=True)
    filled(here, 1)
    bad = tmp_path / "bad.json"
    assert "can't be read" in spoken(here, "--checkpoint", str(bad), code=2)
    bad.write_text("{}")
    assert f"{bad} is no checkpoint" in spoken(here, "--checkpoint", str(bad), code=2)
    assert "nothing is sealed yet" in spoken(here, "--write-checkpoint", str(tmp_path / "new.json"))
    work(here)
    assert "can't be written" in spoken(here, "--write-checkpoint", str(tmp_path / "no" / "new.json"), code=2)


def test_lines_that_wait_too_long(house):
    here = house(ready=True)
    filled(here, 1)
    assert verified(here)["counts"] == {}
    said = verified(here, "--minutes", "0", code=1)
    assert said["counts"] == {"backlog": 1} and said["findings"][0]["id"]
    assert "Does the worker run?" in spoken(here, "--minutes", "0", code=1)


DELIVER = """
import django
django.setup()
from zusage.actions.house import deliver
from zusage.protocol import sealing
sealing.BATCH = 40
print("ready", flush=True)
deliver()
"""


def test_killed_again_and_again_while_two_seal_nothing_is_lost_or_twice(house):
    """SIGKILL at moments that vary, between copying, sealing, marking and removing."""
    here = house(ready=True)
    filled(here, 1)
    wanted = inside(here, WRITE, times=40)
    around = surroundings({**here, "DJANGO_SETTINGS_MODULE": "zusage.settings"})
    killed = 0
    for number in range(8):
        pair = [
            subprocess.Popen([sys.executable, "-c", DELIVER], env=around, cwd=ROOT, stdout=subprocess.PIPE)
            for _ in range(2)
        ]
        for one in pair:
            assert one.stdout and one.stdout.readline() == b"ready\n"
        time.sleep(0.02 + 0.017 * number)
        for one in pair:
            killed += one.poll() is None
            one.send_signal(signal.SIGKILL)
            one.wait(20)
            one.stdout.close()
        assert looked(here)["counts"] == {}
    work(here)
    found = inside(here, COUNT)
    assert killed and found["outbox"] == 0
    assert found["positions"] == list(range(1, found["entries"] + 1)) and found["entries"] >= wanted
    assert found["acts"].count("open") >= 4000 and looked(here)["entries"] == found["entries"]


# --- backup and restore


def test_a_restored_protocol_is_whole_and_goes_on(machines, tmp_path):
    old, folder = machines(), tmp_path / "backups"
    filled(old)
    work(old)
    filled(old)
    kept = tmp_path / "kept.json"
    work(old)
    looked(old, write=kept)
    backup(old, folder)
    new = machines()
    restore(new, folder)
    assert looked(new, kept)["counts"] == {}
    work(new)
    said = looked(new, kept)
    assert said["counts"] == {} and said["seals"] > looked(old)["seals"] - 1
    found = inside(new, COUNT)
    assert found["acts"][-1] == "restore" or "restore" in found["acts"]
    assert found["positions"] == list(range(1, found["entries"] + 1))


def test_restored_from_an_older_backup_it_is_rewound_for_a_newer_checkpoint(machines, tmp_path):
    old, folder = machines(), tmp_path / "backups"
    filled(old)
    work(old)
    backup(old, folder)
    work(old)
    filled(old)
    work(old)
    newer = tmp_path / "newer.json"
    looked(old, write=newer)
    new = machines()
    restore(new, folder)
    assert looked(new)["counts"] == {}
    text = spoken(new, "--checkpoint", str(newer), code=1)
    assert f"{newer} knows of seals from this one on" in text
    assert "After a restore of an older backup" in text and "write a new checkpoint" in text
    filled(new)
    work(new)
    filled(new)
    work(new)
    assert looked(new)["counts"] == {}
    assert set(looked(new, newer)["counts"]) <= {"rewound", "rewritten"}


def test_over_a_house_that_stands_the_longer_chain_stays(machines, tmp_path):
    here, folder = machines(), tmp_path / "backups"
    filled(here)
    work(here)
    backup(here, folder)
    work(here)
    filled(here)
    work(here)
    newer = tmp_path / "newer.json"
    said = looked(here, write=newer)
    restore(here, folder, "--replace")
    assert looked(here, newer)["entries"] >= said["entries"]
    work(here)
    after = looked(here, newer)
    assert after["counts"] == {} and after["entries"] > said["entries"]
    assert "restore-replace" in inside(here, COUNT)["acts"]


def test_over_a_house_that_began_anew_the_backup_s_chain_stays(machines, tmp_path):
    """Somebody started the portal on the new machine before they restored: its few lines are sealed on."""
    old, folder = machines(), tmp_path / "backups"
    filled(old)
    work(old)
    kept = tmp_path / "kept.json"
    looked(old, write=kept)
    backup(old, folder)
    new = machines()
    filled(new, 2)
    work(new)
    alone = inside(new, COUNT)["entries"]
    assert looked(new)["counts"] == {}
    restore(new, folder, "--replace")
    work(new)
    said = looked(new, kept)
    assert said["counts"] == {} and said["entries"] > alone + looked(old)["entries"]


def test_a_removed_tail_comes_back_from_a_backup(machines, tmp_path):
    here, folder = machines(), tmp_path / "backups"
    filled(here)
    work(here)
    filled(here)
    work(here)
    said = looked(here)
    backup(here, folder)
    number = said["newest"]["number"]
    sql(here, f"DELETE FROM protocol_seal WHERE number = {number}",
        "DELETE FROM protocol_entry WHERE position > (SELECT max(last) FROM protocol_seal)")  # fmt: skip
    assert looked(here)["counts"] == {"rewound": 1}
    restore(here, folder, "--replace")
    work(here)
    after = looked(here)
    assert after["counts"] == {} and after["entries"] > said["entries"]


def test_a_backup_from_before_there_were_seals(machines, tmp_path):
    """Its keys lack those that seal: what was sealed here since stays valid."""
    here, folder = machines(), tmp_path / "backups"
    filled(here)
    backup(here, folder)
    work(here)
    kept = tmp_path / "kept.json"
    looked(here, write=kept)
    restore(here, folder, "--replace")
    work(here)
    assert looked(here, kept)["counts"] == {}


def test_where_the_protocol_store_was_lost(machines, tmp_path):
    here, folder = machines(), tmp_path / "backups"
    filled(here)
    work(here)
    backup(here, folder)
    filled(here)
    work(here)
    sql(here, "DELETE FROM protocol_entry", "DELETE FROM protocol_seal")
    assert "rewound" in looked(here)["counts"]
    restore(here, folder, "--replace")
    work(here)
    assert looked(here)["counts"] == {} and "protocol-rewound" in inside(here, COUNT)["acts"]


def test_the_sweep_of_old_entries_as_the_worker_does_it(house):
    here = house(ready=True)
    filled(here)
    inside(here, """
from datetime import timedelta
from django.db.models import F
from zusage.models import Submission
from zusage.protocol.models import Outbox
Submission.objects.update(search="human")  # nobody looks for a file now, and opens anything for it
Outbox.objects.update(at=F("at") - timedelta(days=500)); say(None)""")  # fmt: skip
    done = command(here, "worker", "--once", seconds=180)
    assert done.returncode == 0, done.stderr
    said = verified(here)
    assert said["expired"] and said["counts"] == {} and said["entries"] == 0
    sql(here, "DELETE FROM protocol_expired WHERE position = 1")
    assert looked(here)["counts"] == {"entry-missing": 1}


def test_help_is_there_and_reads_no_store():
    done = command({}, "verify-protocol", "--help")
    assert done.returncode == 0 and "Exit status: 0 as it was sealed" in " ".join(done.stdout.split())
    assert Path(ROOT / "docs" / "commands.md").read_text(encoding="utf-8").count("verify-protocol") >= 1
