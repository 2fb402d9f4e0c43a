"""Lies about measures: files, keys, accounts, the protocol, backups, pages."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from allauth.mfa.models import Authenticator
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.urls import clear_url_caches, path
from django.utils import timezone

from tests import desk
from tests.lies import lie
from tests.lies.scene import Scene
from zusage.actions.staff import changing_second_factor
from zusage.backup import make
from zusage.models import NoticeVersion, Submission
from zusage.protocol.models import Outbox
from zusage.vault import api as vault
from zusage.vault import keys
from zusage.vault.models import BackupPlace, Tombstone
from zusage.web.office import access, urls


@contextmanager
def file_in(folder: Path, name: str, content: bytes, mode: int = 0o600) -> Iterator[Path]:
    """A file that isn't meant to be there, until the lie is over."""
    file = folder / name
    file.write_bytes(content)
    file.chmod(mode)
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


@contextmanager
def answers_changed(change: Callable[[Any], None]) -> Iterator[None]:
    """A layer around every page that changes what is answered."""
    usual = CSPMiddleware.process_response

    def changed(self: Any, request: Any, response: Any) -> Any:
        response = usual(self, request, response)
        change(response)
        if "Content-Length" in response:
            response["Content-Length"] = str(len(response.content))
        return response

    with patch.object(CSPMiddleware, "process_response", changed):
        yield


@contextmanager
def backed_up(scene: Scene) -> Iterator[Path]:
    """A house with a backup."""
    folder = Path(scene.var).parent / f"backup-{secrets.token_hex(4)}"
    make.backup(folder, lambda table, number: None)
    try:
        yield folder
    finally:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


@lie("measures", stays=("access", "blocking"))
def a_key_file_is_readable_by_all(scene: Scene) -> Iterator[None]:
    with file_in(Path(scene.var), "secret-key", b"nothing that anybody signs with", 0o644):
        yield


@lie("measures", stays=("rectification",))
def a_copy_of_a_store_is_readable_by_all(scene: Scene) -> Iterator[None]:
    var = Path(scene.var)
    with file_in(var, "data-copy.sqlite3", b"SQLite format 3\0", 0o644):
        var.chmod(0o755)
        yield
        var.chmod(0o700)


@lie("measures", stays=("rectification",))
def anybody_can_write_to_a_secret(scene: Scene) -> Iterator[None]:
    var = Path(scene.var)
    with file_in(var, "demo-logins.txt", b"officer dario nothing", 0o622):
        var.chmod(0o755)
        yield
        var.chmod(0o700)


@lie("measures", stays=("deletion",))
def a_key_lies_there_unwrapped(scene: Scene) -> None:
    scene.sql(
        "UPDATE vault_datakey SET wrapped = %s WHERE subject_id = %s",
        secrets.token_bytes(32), scene.id(scene.enquiry.subject_id), store="keys",
    )  # fmt: skip


@lie("measures", stays=("blocking",))
def a_key_is_wrapped_by_nobody_knows_what(scene: Scene) -> None:
    ago = timezone.now() - timedelta(days=900)
    scene.sql(
        "UPDATE vault_datakey SET kek = '0000000000000000', created_at = %s WHERE subject_id = %s",
        ago, scene.id(scene.payment.subject_id), store="keys",
    )  # fmt: skip
    # So many newer ones that a look at the newest doesn't find it.
    for purpose in ("contact", "enquiry", "payment", "rights", "collection"):
        keys._reserve.clear()
        vault.Keyring().reserve(purpose)


@lie("measures", stays=("blocking",))
def the_key_of_the_house_can_be_guessed(scene: Scene) -> None:
    scene.settings.KEY_ENCRYPTION_KEYS = (*settings.KEY_ENCRYPTION_KEYS, bytes(32))


@lie("measures", stays=("deletion",))
def keys_are_in_the_data_store(scene: Scene) -> Iterator[None]:
    scene.sql("CREATE TABLE vault_datakey (subject_id text, purpose text, wrapped text)")
    yield
    scene.sql("DROP TABLE vault_datakey")


@lie("measures", stays=("rectification",))
def the_key_lies_beside_the_backup(scene: Scene) -> Iterator[None]:
    with (
        backed_up(scene) as folder,
        file_in(folder, "key", base64.b64encode(settings.KEY_ENCRYPTION_KEYS[0])),
    ):
        yield


@lie("measures", stays=("rectification",))
def the_key_lies_in_the_var_folder(scene: Scene) -> Iterator[None]:
    with file_in(Path(scene.var), "notes.txt", b"key: " + settings.KEY_ENCRYPTION_KEYS[0].hex().encode()):
        yield


@lie("measures", stays=("blocking",))
def a_page_of_the_office_lets_strangers_in(scene: Scene) -> Iterator[None]:
    with page_added(lambda request: HttpResponse("Akten")):
        yield


@lie("measures", stays=("blocking",))
def a_page_of_the_office_asks_for_no_second_factor(scene: Scene) -> Iterator[None]:
    def signed_in_only(request: Any) -> HttpResponse:
        return access._sign_in(request) or HttpResponse("Akten")

    with page_added(signed_in_only):
        yield


@contextmanager
def page_added(view: Any) -> Iterator[None]:
    """The office has one more page."""
    added = path("shortcut/", view, name="office-shortcut")
    urls.urlpatterns.append(added)
    forget_addresses()
    try:
        yield
    finally:
        urls.urlpatterns.remove(added)
        forget_addresses()


def forget_addresses() -> None:
    """What Django remembers of the house's addresses."""
    clear_url_caches()


@lie("measures", stays=("blocking",))
def nobody_has_to_enrol_a_second_factor(scene: Scene) -> Iterator[None]:
    with patch.object(access, "_enrol_second_factor", lambda request: None):
        yield


@lie("measures", stays=("blocking",))
def nobody_has_to_show_a_second_factor(scene: Scene) -> Iterator[None]:
    with patch.object(access, "_use_second_factor", lambda request: None):
        yield


@lie("measures", stays=("rectification",))
def a_second_factor_is_taken_away(scene: Scene) -> None:
    person = desk.person("officer")
    changing_second_factor(person, lambda: Authenticator.objects.create(user=person, type="totp", data={}))
    scene.sql("DELETE FROM mfa_authenticator")


@lie("measures", stays=("access", "deletion"))
def nobody_delivers_the_protocol(scene: Scene) -> None:
    Outbox.objects.create(act="sign-in", actor_kind="staff", at=timezone.now() - timedelta(hours=2))


@lie("measures", stays=("access", "deletion"))
def a_line_of_the_protocol_is_taken_out(scene: Scene) -> None:
    for store, table in (("default", "protocol_outbox"), ("protocol", "protocol_entry")):
        scene.sql(f"DELETE FROM {table} WHERE act = 'answer'", store=store)


@lie("measures", stays=("rectification",))
def a_letter_is_slipped_in(scene: Scene) -> None:
    Submission.objects.create(
        subject_id=scene.contact.subject_id, purpose="contact", language="de", notice_version="0" * 64
    )


@lie("measures", stays=("rectification",))
def a_line_comes_from_the_future(scene: Scene) -> None:
    soon = timezone.now() + timedelta(days=2)
    scene.sql("UPDATE protocol_entry SET at = %s WHERE act = 'submit'", soon, store="protocol")


@lie("measures", stays=("rectification",))
def nobody_makes_a_backup(scene: Scene) -> None:
    NoticeVersion.objects.update(published_at=timezone.now() - timedelta(days=30))


@lie("measures", stays=("rectification",))
def the_newest_backup_is_old(scene: Scene) -> Iterator[None]:
    with patch.object(timezone, "now", lambda now=timezone.now: now() - timedelta(days=20)):
        made = backed_up(scene)
        made.__enter__()
    yield
    made.__exit__(None, None, None)


@lie("measures", stays=("rectification",))
def the_backups_are_gone(scene: Scene) -> Iterator[None]:
    with backed_up(scene) as folder:
        for file in folder.glob("*.data.zbk"):
            file.unlink()
        yield


@lie("measures", stays=("rectification",))
def a_byte_of_the_backup_is_changed(scene: Scene) -> Iterator[None]:
    with backed_up(scene) as folder:
        (file,) = folder.glob("*.data.zbk")
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        yield


@lie("deletion", stays=("rectification",))
def a_tombstone_is_removed_that_the_backups_know(scene: Scene) -> Iterator[None]:
    """With every line of the protocol that tells of it."""
    with backed_up(scene):
        scene.sql("DELETE FROM vault_tombstone", store="keys")
        for store, table in (("default", "protocol_outbox"), ("protocol", "protocol_entry")):
            scene.sql(f"DELETE FROM {table} WHERE act IN ('erase', 'shred', 'backup')", store=store)
        yield


@lie("measures", stays=("rectification",))
def the_backups_are_not_told_of_an_erasure(scene: Scene) -> Iterator[None]:
    with backed_up(scene):
        ago = timezone.now() - timedelta(hours=1)
        BackupPlace.objects.update(told_at=ago - timedelta(minutes=30))
        Tombstone.objects.create(
            subject_id=scene.enquiry.pk, purpose="contact", ground="request", at=ago, cleared_at=ago
        )
        yield


@lie("measures", stays=("rectification",))
def pages_may_load_scripts_from_anywhere(scene: Scene) -> Iterator[None]:
    def loosen(response: Any) -> None:
        if "Content-Security-Policy" in response:
            response["Content-Security-Policy"] = "default-src *; script-src 'unsafe-inline' *"

    with answers_changed(loosen):
        yield


@lie("measures", stays=("rectification",))
def a_third_partys_script_counts_visitors(scene: Scene) -> Iterator[None]:
    def add(response: Any) -> None:
        if response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming:
            script = b'<script src="https://stats.example.com/count.js" async></script></head>'
            response.content = response.content.replace(b"</head>", script)

    with answers_changed(add):
        yield


@lie("measures", stays=("blocking",))
def a_third_party_watches_the_mailbox(scene: Scene) -> Iterator[None]:
    def add(response: Any) -> None:
        content = b"" if response.streaming else response.content
        if b"csrfmiddlewaretoken" in content and b"office" not in content:
            response.content = content.replace(
                b"</body>", b'<img src="//stats.example.com/seen.gif" alt=""></body>'
            )

    with answers_changed(add):
        yield


@lie("measures", stays=("blocking",))
def browsers_are_not_told_to_keep_to_https(scene: Scene) -> Iterator[None]:
    usual = SecurityMiddleware.process_response

    def plain(self: Any, request: Any, response: Any) -> Any:
        response = usual(self, request, response)
        response.headers.pop("Strict-Transport-Security", None)
        return response

    with patch.object(SecurityMiddleware, "process_response", plain):
        yield
