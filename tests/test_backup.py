"""Back up, erase somebody, restore the old backup on an empty machine: that person is gone, every other is whole.

Backups and restores run as processes of their own, in houses of their own.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.conftest import ON_POSTGRES, on_files
from tests.houses import erase, filled, inside, leave, look, rows_of, rows_without, subject_of
from tests.server import ROOT, Portal, command, hidden, receipt_in, surroundings
from tests.test_bytes import TYPED, Search
from zusage.backup import journal
from zusage.vault.cipher import name_of

SECRETS = ("ZUSAGE_SECRET_KEY", "ZUSAGE_KEY_ENCRYPTION_KEY", "ZUSAGE_RECOVERY_KEY")


def backup(environment, folder: Path) -> str:
    """The id of a backup that is made now."""
    done = command(environment, "backup", str(folder), "--json", seconds=180)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)["id"]


def restore(environment, folder: Path, *options: str):
    """What a restore says of itself, which has to succeed."""
    done = command(environment, "restore", str(folder), "--json", *options, seconds=180)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return json.loads(done.stdout)


def refused(environment, folder: Path, *options: str, code: int = 1) -> str:
    done = command(environment, "restore", str(folder), *options, seconds=180)
    assert (done.returncode, done.stdout) == (code, ""), (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture(autouse=True)
def _nobody_stays_inside():
    yield
    leave()


@pytest.fixture
def machines(house):
    """Call it for the environment of another empty machine; the secrets are the same on all.

    Its tables are there, as after ``migrate-stores``; with ``ready=False``, there is nothing at all.
    """
    made: list[dict[str, str]] = []

    def another(ready: bool = True) -> dict[str, str]:
        made.append(house(ready))
        return {**made[-1], **{name: made[0][name] for name in SECRETS if name in made[0]}}

    return another


def untouched(environment) -> bool:
    """Whether nothing has been made on a machine that was empty: no file, no table."""
    if ON_POSTGRES:
        count = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        code = f"""
found = 0
for alias in ALIASES:
    with connections[alias].cursor() as cursor:
        cursor.execute("{count}")
        found += cursor.fetchone()[0]
say(found)
"""
        if inside(environment, code):
            return False
    return {path.name for path in Path(environment["ZUSAGE_VAR"]).iterdir()} <= {"in-use"}


def test_who_was_erased_is_gone_and_everybody_else_is_whole(machines, tmp_path):
    old, folder = machines(), tmp_path / "backups"
    filled(old)
    before = look(old)
    backup(old, folder)
    gone = subject_of(before, "Brief von Person 1")
    assert rows_of(before, gone)["vault.BlindIndex"] and rows_of(before, gone)["vault.DataKey"]
    erase(old, gone)
    assert command(old, "worker", "--once").returncode == 0  # tells the folder
    new = machines(ready=False)
    said = restore(new, folder)
    assert said["erasures"] == {"backup": 0, "journal": 1, "here": 0} and said["repeated"] == 1
    after = look(new)
    assert rows_without(after, gone) == {
        **rows_without(before, gone),
        "vault.Tombstone": [],
    }
    assert {one: after["read"][one] for one in after["read"] if one != gone} == {
        one: before["read"][one] for one in before["read"] if one != gone
    }
    assert len(before["read"]) == 6 and all(values for one, values in after["read"].items() if one != gone)
    left = rows_of(after, gone)
    assert after["read"][gone] == {} and "vault.DataKey" not in left and "vault.BlindIndex" not in left
    assert len(left["vault.Tombstone"]) == 1
    assert {json.loads(row)[-1] for row in left["zusage.SubmissionValue"]} == {None}


def test_in_the_running_portal(machines, tmp_path, store_folders):
    """Two people write; one is erased after the backup. On a new machine the other reads their letter, and nobody
    enters the mailbox of the first. Neither backup nor journal shows anything of what they wrote."""
    since = time.time() - 1
    old, folder = machines(), tmp_path / "backups"
    receipts = {}
    with Portal(old, tmp_path) as portal:
        for purpose in ("enquiry", "payment"):
            address = f"{portal.url}/de/{purpose}/"
            sent = requests.post(address, data={**hidden(requests.get(address).text), **TYPED[purpose]})
            receipts[purpose] = receipt_in(sent.text)
        backup(old, folder)
        people = look(old)["read"]
        gone = next(one for one in people if people[one]["name"] == TYPED["enquiry"]["name"])
        size = (folder / journal.NAME).stat().st_size
        erase(old, gone)
        until = time.monotonic() + 10
        while (folder / journal.NAME).stat().st_size == size and time.monotonic() < until:
            time.sleep(0.1)
        assert (folder / journal.NAME).stat().st_size > size, "the worker told the folder within seconds"
        portal.kill()
    new = machines()
    restore(new, folder)
    written = {value for form in TYPED.values() for value in form.values() if len(value) > 6}
    secret = Search(written | set(receipts.values()))
    assert secret.in_files([folder, Path(new["ZUSAGE_VAR"])], since) == []
    with Portal(new, tmp_path) as portal:
        other = requests.Session().post(f"{portal.url}/de/mailbox/", data={"receipt": receipts["payment"]})
        assert other.status_code == 200 and TYPED["payment"]["message"] in other.text
        first = requests.Session().post(f"{portal.url}/de/mailbox/", data={"receipt": receipts["enquiry"]})
        assert first.status_code == 422 and TYPED["enquiry"]["message"] not in first.text


@pytest.mark.parametrize("way", ["purpose", "category"])
def test_single_purposes_and_categories_stay_erased(machines, tmp_path, way):
    old, folder = machines(), tmp_path / "backups"
    filled(old)
    before = look(old)
    backup(old, folder)
    one = subject_of(before, "Brief von Person 1")
    purpose = "enquiry"
    category = json.loads(
        inside(
            old, "from zusage.tenant import policy; say(json.dumps(policy().fields['phone_day'].category))"
        )
    )
    erase(old, one, purpose, category if way == "category" else "")
    backup(old, folder)
    new = machines()
    ids = sorted(path.name.split(".")[0] for path in folder.glob("*.manifest.json"))
    said = restore(new, folder, "--id", ids[0])
    assert said["erasures"]["journal"] == said["repeated"] == 1
    after = look(new)
    kept = {} if way == "purpose" else {**before["read"][one]}
    kept.pop("phone_day", None)
    assert after["read"][one] == kept and before["read"][one]["phone_day"]
    assert after["read"] == {**before["read"], one: kept}
    assert rows_without(after, one) == rows_without(before, one)


# A consent given, withdrawn with all that hung on it, and given again; a case file beside a letter; proof of identity.
LIVELY = """
from datetime import date
from tests.test_sweep import FILE
from zusage.actions import mailbox
from zusage.actions.cases import open_case
anew = make.submission("enquiry").subject_id
mailbox.ask_notice(anew, "erste@briefkasten.example")
notice = [vault.Part("mailbox-notice")]
vault.shred(anew, "request", vault.Actor.system("test"), notice)
mailbox.ask_notice(anew, "zweite@briefkasten.example")
kept = make.submission("enquiry").subject_id
vault.shred(kept, "request", vault.Actor.system("test"), notice)
mailbox.ask_notice(kept, "dritte@briefkasten.example")
case = open_case(vault.Actor.system("test"), date(2026, 3, 4), FILE)
letter = make.submission("payment", consents=("callback",))
Submission.objects.filter(pk=letter.pk).update(case=case)
wish = make.rights_request("deletion", about=[letter.subject_id])
stranger = make.rights_request("access", "stranger")
officer = make.officer()
say([str(one) for one in (anew, kept, letter.subject_id, wish.pk, stranger.pk, stranger.subject_id, officer.pk)])
"""
LATER = """
from zusage.actions.rights import decisions, erase
anew, kept, letter, wish, stranger, subject, officer = given["ids"]
vault.shred(uuid.UUID(anew), "request", vault.Actor.system("test"), [vault.Part("mailbox-notice")])
officer = Staff.objects.get(pk=officer)
erase.erase(officer, uuid.UUID(wish))
decisions.decide_identity(officer, uuid.UUID(stranger), True, "")
from zusage.backup.places import export_tombstones
say(export_tombstones())
"""
FOUND = """
anew, kept, letter, wish, stranger, subject, officer = given["ids"]
boxes = {}
for name, one in (("anew", anew), ("kept", kept)):
    box, actor = Mailbox.objects.get(subject_id=one), vault.Actor.system("notices")
    try:
        boxes[name] = vault.open(box, "mailbox-notice", actor).get("notice_email", "")
    except vault.Refused as refused:
        boxes[name] = refused.reason, box.notice_email
shell = Submission.objects.get(subject_id=letter)
say({
    "boxes": boxes,
    "keys": DataKey.objects.filter(subject_id__in=[anew, letter]).exclude(purpose="enquiry").count(),
    "shell": [shell.state, shell.case_id],
    "rows": Mailbox.objects.filter(subject_id=letter).count() + Consent.objects.filter(subject_id=letter).count(),
    "proofs": Proof.objects.count(),
    "proof_key": DataKey.objects.filter(subject_id=subject).count(),
})
"""


def test_what_began_anew_what_an_officer_erased_and_a_proof_do_not_come_back(machines, tmp_path):
    old, folder = machines(), tmp_path / "backups"
    ids = inside(old, LIVELY)
    backup(old, folder)
    inside(old, LATER, ids=ids)
    new = machines()
    assert restore(new, folder)["erasures"] == {"backup": 2, "journal": 3, "here": 0}
    assert inside(new, FOUND, ids=ids) == {
        "boxes": {"anew": ["erased", None], "kept": "dritte@briefkasten.example"},
        "keys": 0,
        "shell": ["closed", None],
        "rows": 0,
        "proofs": 0,
        "proof_key": 1,
    }


# The restore command, killed before it erases again what came back: nothing may have come back.
STOPPED = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "zusage.settings"
import django
django.setup()
from zusage import cli
from zusage.backup import restore
restore.finish = lambda: os._exit(9)
sys.exit(cli.run(sys.argv[1:]))
"""


def test_what_is_erased_is_not_even_written(machines, tmp_path):
    """Not the ciphertext, not the key: no row of the new machine holds either at any moment, and so no file does."""
    old, folder = machines(), tmp_path / "backups"
    filled(old)
    before = look(old)
    backup(old, folder)
    gone = subject_of(before, "Brief von Person 2")
    held = [base64.b64decode(json.loads(row)[-1]) for row in rows_of(before, gone)["zusage.SubmissionValue"]]
    wrapped = [base64.b64decode(json.loads(row)[2]) for row in rows_of(before, gone)["vault.DataKey"]]
    erase(old, gone)
    inside(old, "from zusage.backup.places import export_tombstones; say(export_tombstones())")
    new = machines()
    stopped = subprocess.run(
        [sys.executable, "-c", STOPPED, "restore", str(folder)],
        env=surroundings(new), cwd=ROOT, capture_output=True, timeout=180,
    )  # fmt: skip
    assert stopped.returncode == 9, stopped.stderr
    if not ON_POSTGRES:  # whose files are not this machine's alone
        stores = [path.read_bytes() for path in Path(new["ZUSAGE_VAR"]).iterdir()]
        assert not any(one in content for one in (*held, *wrapped) for content in stores)
        kept = base64.b64decode(json.loads(before["tables"]["vault.RootKey"][0])[1])
        assert any(kept in content for content in stores), "the search finds what is there"
    after = look(new)
    left = rows_of(after, gone)
    assert "vault.DataKey" not in left and "vault.BlindIndex" not in left
    assert {json.loads(row)[-1] for row in left["zusage.SubmissionValue"]} == {None}
    assert len(after["read"]) == 6 and after["read"][gone] == {}


def test_an_unknown_erasure_of_the_machine_itself_is_kept_too(machines, tmp_path):
    """Replacing a house by its own older backup: its keys store knows an erasure that no journal knows."""
    environment, folder = machines(), tmp_path / "backups"
    filled(environment)
    before = look(environment)
    backup(environment, folder)
    gone = subject_of(before, "Brief von Person 0")
    erase(environment, gone)
    inside(environment, FILL_MORE)
    (told,) = re.findall(r"zusage.Submission: (\d+) here, (\d+) in the backup", refused(environment, folder))
    assert told == ("7", "6")
    assert len(look(environment)["read"]) == 7
    said = restore(environment, folder, "--replace")
    assert said["erasures"] == {"backup": 0, "journal": 0, "here": 1}
    assert said["lost"] == {"shred": 1, "submit": 1}
    after = look(environment)
    assert after["read"][gone] == {} and "vault.DataKey" not in rows_of(after, gone)
    assert {**after["read"], gone: None} == {**before["read"], gone: None}
    # What the protocol knew of the time after the backup, it still knows; and the restore is in it.
    acts = list(inside(environment, LINES).values())
    assert acts.count("submit") == 7 and {"shred", "backup", "restore", "restore-replace"} <= set(acts)
    # The folder has learned of it on the way: the next machine needs no other source.
    new = machines()
    assert restore(new, folder)["erasures"]["journal"] == 1
    assert look(new)["read"][gone] == {}


LINES = """
from zusage.protocol.models import Entry, Outbox
say({str(line.pk): line.act for kind in (Entry, Outbox) for line in kind.objects.all()})
"""
FILL_MORE = """
make.receipt_of("enquiry", message="Brief nach der Sicherung")
say(None)
"""


@pytest.mark.parametrize(
    "harm, says",
    [
        ("cut data", "bytes in place of"),
        ("mix keys", "was changed, or belongs to another backup|bytes in place of"),
        ("change manifest", "its seal doesn't fit"),
        ("cut journal", "was cut off, or is another one"),
    ],
)
def test_what_is_not_whole_is_refused_and_nothing_is_changed(two_backups, machines, tmp_path, harm, says):
    """On an empty machine, and where data stands; test_backup_rules.py has every other way."""
    environment, source, (first, second) = two_backups
    folder = tmp_path / "harmed"
    shutil.copytree(source, folder)
    part = harm.split()[1]
    file = folder / f"{second}.{part}.zbk"
    if part == "manifest":
        file = folder / f"{second}.manifest.json"
        file.write_bytes(file.read_bytes().replace(b'"zusage.Subject": 6', b'"zusage.Subject": 5'))
    elif part == "journal":
        file = folder / journal.NAME
        file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    elif part == "keys":
        file.write_bytes((folder / f"{first}.keys.zbk").read_bytes())
    else:
        file.write_bytes(file.read_bytes()[:-1])
    assert file.read_bytes() != (source / file.name).read_bytes()
    new = {**machines(ready=False), **{name: environment[name] for name in SECRETS if name in environment}}
    said = refused(new, folder)
    assert re.search(says, said) and "Nothing was changed." in said, said
    assert untouched(new)
    stores = {path: path.read_bytes() for path in Path(environment["ZUSAGE_VAR"]).glob("*.sqlite3")}
    refused(environment, folder, "--replace")
    assert len(stores) == 4 and all(path.read_bytes() == content for path, content in stores.items())


@pytest.fixture(scope="module")
def two_backups(tmp_path_factory, request):
    """A house, and the folder with two backups of it; nobody changes either. Of the same size, but for chance."""
    place = tmp_path_factory.mktemp("two")
    environment = on_files(place / "var", ready=True)
    filled(environment)
    folder = place / "backups"
    first = backup(environment, folder)
    erase(environment, subject_of(look(environment), "Brief von Person 5"))
    second = backup(environment, folder)
    return environment, folder, (first, second)


def test_without_its_journal_it_takes_a_word(two_backups, machines, tmp_path):
    environment, source, (first, _) = two_backups
    folder = tmp_path / "alone"
    folder.mkdir()
    for file in source.glob(f"{first}.*"):
        shutil.copy(file, folder)
    new = {**machines(), **{name: environment[name] for name in SECRETS if name in environment}}
    assert "--tombstones FILE" in refused(new, folder)
    # Named from elsewhere it does: who was erased stays so.
    gone = restore(new, folder, "--tombstones", str(source / journal.NAME))
    assert gone["erasures"]["journal"] == 1 and gone["repeated"] == 1
    said = restore(new, folder, "--without-tombstones", "--replace")
    assert said["erasures"] == {"backup": 0, "journal": 0, "here": 1}, "this machine knows it by now"
    assert "may have come back" in said["notes"][0]
    assert "restore-without-tombstones" in inside(new, LINES).values()


@pytest.mark.alone
def test_a_killed_backup_leaves_drafts_alone_and_the_next_tidies_them(machines, tmp_path):
    environment, folder = machines(), tmp_path / "backups"
    filled(environment, 60)
    whole = backup(environment, folder)
    killed = 0
    for pause in (0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 1.0, 1.2):
        begun = subprocess.Popen(
            [sys.executable, "-m", "zusage.cli", "backup", str(folder)],
            env=surroundings(environment), cwd=ROOT, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 20
        while not list(folder.glob("*.part")) and begun.poll() is None and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(max(0.0, (pause - 0.55) / 20))
        begun.send_signal(signal.SIGKILL)
        begun.wait(10)
        killed += bool(list(folder.glob("*.manifest.json.part")))
    assert killed >= 3, "it was killed in the middle"
    last = backup(environment, folder)
    left = {path.name for path in folder.iterdir()}
    ids = {name.split(".")[0] for name in left if name != journal.NAME}
    assert {whole, last} <= ids and not any(name.endswith(".part") for name in left)
    assert all(f"{one}.manifest.json" in left for one in ids)
    assert json.loads(command(environment, "restore", str(folder), "--check", "--json").stdout)["id"] == last


def test_a_killed_restore_is_seen_and_done_again(machines, tmp_path):
    old, folder = machines(), tmp_path / "backups"
    filled(old, 60)
    before = look(old)
    backup(old, folder)
    gone = subject_of(before, "Brief von Person 7")
    erase(old, gone)
    inside(old, "from zusage.backup.places import export_tombstones; say(export_tombstones())")
    new = machines()
    half = 0
    for pause in (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3):
        begun = subprocess.Popen(
            [sys.executable, "-c", SLOW, "restore", str(folder)],
            env=surroundings(new), cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert begun.stdout is not None
        for line in begun.stdout:
            if line.startswith("keys"):
                break
        time.sleep(pause)
        begun.send_signal(signal.SIGKILL)
        begun.wait(10)
        if inside(new, "say(RestoreMark.objects.exists())"):
            # The first time every command refuses; then one of them each time.
            orders = (("run", "--port", "1"), ("worker", "--once"), ("backup", str(tmp_path / "other")))
            for order in orders if half == 0 else (orders[half % 3],):
                started = command(new, *order, seconds=30)
                assert started.returncode == 2 and "zusage restore DIR` again" in started.stderr
            half += 1
    assert half >= 2, "it was killed in the middle"
    # Killed after the end, it is whole, and no longer empty.
    words = () if inside(new, "say(RestoreMark.objects.exists())") else ("--replace",)
    assert restore(new, folder, *words)["repeated"] == 1
    after = look(new)
    assert rows_without(after, gone) == {**rows_without(before, gone), "vault.Tombstone": []}
    assert not inside(new, "say(RestoreMark.objects.exists())")


# The restore command, which says where it is, and takes its time.
SLOW = """
import sys, time
from zusage import cli
import django, os
os.environ["DJANGO_SETTINGS_MODULE"] = "zusage.settings"
django.setup()
from zusage.backup import restore
real = restore._empty
def slow(alias):
    print(alias, flush=True)
    real(alias)
    time.sleep(0.05)
restore._empty = slow
sys.exit(cli.run(sys.argv[1:]))
"""


def test_not_while_the_portal_runs(machines, tmp_path):
    environment, folder = machines(), tmp_path / "backups"
    with Portal(environment, tmp_path) as portal:
        backup(environment, folder)
        assert "Stop it first" in refused(environment, folder, "--replace", code=2)
        assert command(environment, "restore", str(folder), "--check").returncode == 0
        assert portal.stop() == 0
    restore(environment, folder, "--replace")


def test_a_backup_during_lively_work_is_of_one_moment(machines, tmp_path):
    """Every row has what it refers to, and every value its key: each letter that is there is there whole."""
    old, folder = machines(), tmp_path / "backups"
    filled(old, 1)
    around = surroundings({**old, "DJANGO_SETTINGS_MODULE": "zusage.settings"})
    around["PYTHONPATH"] = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    busy = subprocess.Popen(
        [sys.executable, "-c", BUSY, str(folder)], env=around, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert busy.stdout is not None and busy.stdout.readline()
    ids = [backup(old, folder) for _ in range(4)]
    busy.terminate()
    busy.wait(10)
    counts = []
    for one in ids:
        new = machines()
        restore(new, folder, "--id", one)
        found = look(new)
        letters = [values for values in found["read"].values() if values["message"] != "Brief von Person 0"]
        assert {len(values) for values in letters} == {6}, "name, date of birth, … and message"
        counts.append(len(found["read"]))
    assert counts == sorted(counts) and counts[-1] > counts[0] > 1, "it was lively"


# As busy as can be while a backup is being written; with pauses while its process only starts or ends.
BUSY = """
import itertools, sys, time
from pathlib import Path
import django
django.setup()
from tests import make
folder = Path(sys.argv[1])
for number in itertools.count():
    make.submission("enquiry", message=f"Brief {number}")
    if number == 5:
        print("busy", flush=True)
    if not any(folder.glob("*.part")):
        time.sleep(0.03)
"""


def test_a_recovery_key_of_its_own(machines, tmp_path):
    environment, folder = machines(), tmp_path / "backups"
    filled(environment, 3)
    said = command(environment, "backup", "--new-recovery-key").stdout
    private, public = re.findall(r"ZUSAGE_RECOVERY_KEY=(\S+)", said)
    assert public.startswith("pub:") and len(private) == 44
    backup({**environment, "ZUSAGE_RECOVERY_KEY": public}, folder)
    new = machines(ready=False)
    for given in ({}, {"ZUSAGE_RECOVERY_KEY": public}):
        assert "private half isn't here" in refused({**new, **given}, folder, code=2)
        checked = command({**new, **given}, "restore", str(folder), "--check")
        assert checked.returncode == 0 and "weren't opened" in checked.stdout
    other = re.findall(
        r"ZUSAGE_RECOVERY_KEY=(\S+)", command(environment, "backup", "--new-recovery-key").stdout
    )[0]
    assert "private half isn't here" in refused({**new, "ZUSAGE_RECOVERY_KEY": other}, folder, code=2)
    assert untouched(new)
    file = tmp_path / "recovery-key"
    file.write_text(private, encoding="utf-8")
    restore({**new, "ZUSAGE_RECOVERY_KEY_FILE": str(file)}, folder)
    assert look(new)["read"] == look(environment)["read"]
    wrong = command({**new, "ZUSAGE_RECOVERY_KEY": "nonsense"}, "restore", str(folder))
    assert wrong.returncode == 2 and "ZUSAGE_RECOVERY_KEY must be" in wrong.stderr


def test_under_a_newer_key_encryption_key(machines, tmp_path):
    old, folder = machines(), tmp_path / "backups"
    filled(old, 3)
    backup(old, folder)
    newer = base64.b64encode(os.urandom(32)).decode()
    new = machines()
    alone = {**new, "ZUSAGE_KEY_ENCRYPTION_KEY": newer}
    assert "Add the one of then" in refused(alone, folder, code=2)
    restore({**new, "ZUSAGE_KEY_ENCRYPTION_KEY": f"{newer},{old['ZUSAGE_KEY_ENCRYPTION_KEY']}"}, folder)
    assert look(new)["read"] == look(old)["read"]
    assert name_of(base64.b64decode(newer)) != name_of(base64.b64decode(old["ZUSAGE_KEY_ENCRYPTION_KEY"]))


def test_the_folder_of_another_house_is_left_alone(machines, house, tmp_path):
    one, other, folder = machines(), house(ready=True), tmp_path / "backups"
    for environment in (one, other):
        filled(environment, 1)
    backup(one, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    said = command(other, "backup", str(folder))
    assert said.returncode == 1 and "another house" in said.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert command(other, "backup", str(tmp_path / "own")).returncode == 0


DEMO = """
import os
os.environ["ZUSAGE_DEMO"] = "1"
from zusage import demo
from zusage.actions.house import publish_notice
publish_notice()
demo.load()
for person in Staff.objects.all():
    Authenticator.objects.create(user=person, type="totp", data={"secret": "Ü"})
say(None)
"""
VISITS = """
from datetime import date
from zusage.visits.evaluate import evaluate
from zusage.visits.models import Evaluated, View
def came(host):
    View.objects.create(day=date.today(), hour=9, page="/", browser="B 1", system="S", referrer_host=host, robot=False)
came("rare.example")
evaluate()
came("uncounted.example")
Evaluated.objects.create(fingerprint="0" * 64, length=1, lines=1, at=date.today())
say(View.objects.count())
"""
AUTHENTICATOR = "from allauth.mfa.models import Authenticator\n"


def test_every_table_comes_back_from_one_database_to_the_other(machines, tmp_path):
    """The demo's house, which has something of everything. On SQLite, from files to files; else there and back."""
    there = machines()
    inside(there, AUTHENTICATOR + DEMO)
    assert inside(there, VISITS) == 1
    assert inside(there, "from zusage.actions.house import deliver; say(deliver())")
    first, second = tmp_path / "first", tmp_path / "second"
    backup(there, first)
    files = {
        **on_files(tmp_path / "files", ready=True),
        **{name: there[name] for name in SECRETS if name in there},
    }
    restore(files, first)
    backup(files, second)
    back = machines()
    restore(back, second)
    found = look(there)
    assert rows_without(look(files)) == rows_without(look(back)) == rows_without(found)
    assert look(files)["read"] == look(back)["read"] == found["read"]
    empty = {table for table, held in found["tables"].items() if not held}
    assert len(empty) < 15, f"the demo has something of everything but {empty}"
    assert inside(back, "from zusage.visits.models import View\nsay(View.objects.count())") == 0, (
        "no single visit"
    )
    # Numbers that the database gives go on behind those that came back.
    more = "one = Staff.objects.first(); one.pk = None; one.username = 'Neu'; one.save(force_insert=True)\n"
    more += "say(Authenticator.objects.create(user=one, type='totp', data={}).pk)"
    assert inside(back, AUTHENTICATOR + more) > 3


@pytest.mark.parametrize(
    "arguments, code",
    [
        (["backup"], 2),
        (["restore"], 2),
        (["restore", "/nowhere/at/all"], 2),
        (["restore", "."], 2),
        (["backup", "/dev/null/x"], 2),
        (["restore", "{folder}", "--id", "20200101T000000Z-000000"], 2),
        (["restore", "{folder}", "--tombstones", "/nowhere"], 1),
    ],
)
def test_wrong_orders_get_a_plain_answer(two_backups, arguments, code):
    environment, folder, _ = two_backups
    done = command(environment, *(one.format(folder=folder) for one in arguments))
    assert done.returncode == code and done.stderr and "Traceback" not in done.stderr, done.stderr
