"""A new key-encryption key: everything is wrapped by it, opens as before, and what was killed goes on."""

from __future__ import annotations

import base64
import json
import os

import pytest

from tests.houses import filled, leave, look
from tests.make import clerk, submission
from tests.server import command
from zusage.actions.rotation import rotate
from zusage.backup import check, journal, make, places
from zusage.backup.check import Choice
from zusage.backup.recovery import secrets
from zusage.models import SubmissionValue
from zusage.protocol.models import Outbox
from zusage.vault import api as vault
from zusage.vault import cipher, keys
from zusage.vault.models import DataKey, RootKey

pytestmark = pytest.mark.django_db(transaction=True)


def quietly(*about: object) -> None:
    pass


def message(sent) -> str:
    keys.root_key.cache_clear()
    row = SubmissionValue.objects.get(submission=sent, field="message")
    return vault.open(row, "enquiry", vault.Actor.staff(clerk()))["value"]


def names() -> set[str]:
    return {*DataKey.objects.values_list("kek", flat=True), *RootKey.objects.values_list("kek", flat=True)}


def test_after_it_the_old_key_is_needed_no_more(settings):
    sent = submission("enquiry", message="Quittengelee")
    receipt = vault.root_key("receipt")
    number = DataKey.objects.count() + RootKey.objects.count()
    newer = cipher.new_key()
    settings.KEY_ENCRYPTION_KEYS = (newer, *settings.KEY_ENCRYPTION_KEYS)
    assert sum(keys.to_rewrap().values()) == number
    assert rotate(quietly) == (number, {})
    settings.KEY_ENCRYPTION_KEYS = (newer,)
    assert names() == {cipher.name_of(newer)} and keys.to_rewrap() == {}
    assert message(sent) == "Quittengelee" and vault.root_key("receipt") == receipt
    assert Outbox.objects.filter(act="rotate-keys").count() == 1
    assert rotate(quietly) == (0, {}) and Outbox.objects.filter(act="rotate-keys").count() == 1


def test_broken_off_it_goes_on_where_it_was(settings, monkeypatch):
    sent = [submission("enquiry", message=f"{number}") for number in range(3)]
    monkeypatch.setattr(keys, "PIECE", 7)
    number = DataKey.objects.count()
    settings.KEY_ENCRYPTION_KEYS = (cipher.new_key(), *settings.KEY_ENCRYPTION_KEYS)
    work = keys.rewrap()
    next(work), next(work), next(work)
    del work
    assert sum(keys.to_rewrap().values()) == number - 14
    assert [message(one) for one in sent] == ["0", "1", "2"]
    assert sum(keys.rewrap()) == number - 14
    settings.KEY_ENCRYPTION_KEYS = settings.KEY_ENCRYPTION_KEYS[:1]
    assert [message(one) for one in sent] == ["0", "1", "2"]


def test_who_is_erased_meanwhile_stays_so(settings, monkeypatch):
    monkeypatch.setattr(keys, "PIECE", 64)
    gone = submission("enquiry").subject_id
    settings.KEY_ENCRYPTION_KEYS = (cipher.new_key(), *settings.KEY_ENCRYPTION_KEYS)
    real = keys.turn

    def erased_just_before(connection):
        # Between the reading of a piece and its writing.
        DataKey.objects.filter(subject_id=gone).delete()
        return real(connection)

    monkeypatch.setattr(keys, "turn", erased_just_before)
    list(keys.rewrap())
    assert not DataKey.objects.filter(subject_id=gone).exists() and len(names()) == 1


def test_the_journals_beside_the_backups_go_along(settings, tmp_path):
    gone = [submission("enquiry").subject_id for _ in range(2)]
    make.backup(tmp_path, quietly)
    vault.shred(gone[0], "request", vault.Actor.system("test"))
    places.export_tombstones()
    before = list(journal.read(tmp_path / journal.NAME, secrets()))
    newer = cipher.new_key()
    settings.KEY_ENCRYPTION_KEYS = (newer, *settings.KEY_ENCRYPTION_KEYS)
    assert rotate(quietly)[1] == {str(tmp_path): "told"}
    # A backup of before is as good as it was, as long as its key is here.
    assert check.check(tmp_path, Choice(), secrets(), quietly).notes == []
    assert check.erasures(tmp_path, None, False, secrets())[1] == []
    make.backup(tmp_path, quietly)
    settings.KEY_ENCRYPTION_KEYS = (newer,)
    assert list(journal.read(tmp_path / journal.NAME, secrets())) == before
    vault.shred(gone[1], "request", vault.Actor.system("test"))
    assert places.export_tombstones() == {str(tmp_path): "told"}
    done = make.backup(tmp_path, quietly)
    assert not done.journal_renewed
    assert check.check(tmp_path, Choice(), secrets(), quietly).manifest.id == done.manifest.id


def test_the_command(house):
    environment = house(ready=True)
    filled(environment, 3)
    before = look(environment)["read"]
    leave()
    newer = base64.b64encode(os.urandom(32)).decode()
    both = {**environment, "ZUSAGE_KEY_ENCRYPTION_KEY": f"{newer},{environment['ZUSAGE_KEY_ENCRYPTION_KEY']}"}
    alone = {**environment, "ZUSAGE_KEY_ENCRYPTION_KEY": newer}
    refused = command(alone, "rotate-keys")
    assert refused.returncode == 2 and "aren't here" in refused.stderr and "Traceback" not in refused.stderr
    done = command(both, "rotate-keys", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["keys"] > 3
    again = command(alone, "rotate-keys")
    assert again.returncode == 0 and again.stdout.startswith("0 keys")
    assert look(alone)["read"] == before and all(before.values())
    leave()
