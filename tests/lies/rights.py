"""Lies about people's rights: requests, answers, corrections, blockings, deletions."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.utils import timezone

from tests.lies import lie
from tests.lies.scene import Scene
from zusage.actions.rights import access, rectify, requests
from zusage.models import Note, RightsRequest, Submission
from zusage.models.inventory import tables
from zusage.queries import access as queries
from zusage.queries import opening
from zusage.tenant import version
from zusage.vault import api as vault
from zusage.vault import cipher, door, shred

LONG = 400


def asks(scene: Scene, right: Any, sent: Submission) -> RightsRequest:
    """Somebody files a request from their mailbox."""
    asked = requests.Asked(right, "de", version(), {"message": "Bitte."}, secrets.token_urlsafe(16))
    return RightsRequest.objects.get(pk=requests.by_mailbox(sent.subject_id, asked))


def late(scene: Scene, request: RightsRequest) -> None:
    """As if it had come long ago."""
    ago = timezone.now() - timedelta(days=60)
    scene.sql("UPDATE zusage_submission SET received_at = %s WHERE id = %s", ago, scene.id(request.pk))
    scene.sql(
        "UPDATE zusage_rightsrequest SET received_on = %s, due_on = %s WHERE submission_id = %s",
        ago.date(), (ago + timedelta(days=30)).date(), scene.id(request.pk),
    )  # fmt: skip


@lie("access", stays=("rectification", "deletion"))
def a_request_is_late(scene: Scene) -> None:
    late(scene, scene.request)


@lie("access", stays=("rectification", "blocking"))
def an_overdue_request_is_hidden_by_its_due_date(scene: Scene) -> None:
    scene.sql(
        "UPDATE zusage_rightsrequest SET due_on = %s WHERE submission_id = %s",
        timezone.localdate() + timedelta(days=LONG), scene.id(scene.request.pk),
    )  # fmt: skip


@lie("access", stays=("rectification",))
def an_overdue_request_is_made_younger(scene: Scene) -> None:
    day = timezone.localdate() + timedelta(days=20)
    scene.sql(
        "UPDATE zusage_rightsrequest SET received_on = %s, due_on = %s WHERE submission_id = %s",
        day, day + timedelta(days=30), scene.id(scene.request.pk),
    )  # fmt: skip


@lie("access", stays=("rectification",))
def a_request_is_extended_without_a_word(scene: Scene) -> None:
    scene.sql(
        "UPDATE zusage_rightsrequest SET extended = %s, due_on = %s WHERE submission_id = %s",
        True, timezone.localdate() + timedelta(days=60), scene.id(scene.request.pk),
    )  # fmt: skip


@lie("access", stays=("rectification", "deletion"))
def a_request_is_called_answered(scene: Scene) -> None:
    scene.sql(
        "UPDATE zusage_rightsrequest SET state = 'answered', closed_at = %s WHERE submission_id = %s",
        timezone.now(), scene.id(scene.request.pk),
    )  # fmt: skip


@lie("access", stays=("rectification",))
def a_request_is_taken_away(scene: Scene) -> None:
    for table, column in (
        ("zusage_step", "request_id"),
        ("zusage_concern", "request_id"),
        ("zusage_rightsrequest", "submission_id"),
    ):
        scene.sql(f"DELETE FROM {table} WHERE {column} = %s", scene.id(scene.request.pk))


@lie("access", stays=("deletion",))
def a_request_and_its_letters_are_taken_away(scene: Scene) -> None:
    a_request_is_taken_away(scene)
    for table, column in (("zusage_submissionvalue", "submission_id"), ("zusage_submission", "id")):
        scene.sql(f"DELETE FROM {table} WHERE {column} = %s", scene.id(scene.request.pk))


@lie("access", stays=("rectification",))
def an_answer_omits_a_store(scene: Scene) -> Iterator[None]:
    with patch.object(queries, "STORES", tuple(one for one in queries.STORES if one != "visits")):
        yield


@lie("access", stays=("rectification",))
def an_answer_omits_a_table(scene: Scene) -> Iterator[None]:
    def fewer() -> Any:
        return {model: table for model, table in tables().items() if model is not Note}

    with patch.object(queries, "tables", fewer):
        yield


@lie("access", stays=("rectification",))
def an_answer_omits_rows(scene: Scene) -> Iterator[None]:
    def fewer(model: Any, subjects: Any) -> Any:
        return model._default_manager.none() if model is Note else whole(model, subjects)

    whole = queries.rows_of_all
    with patch.object(queries, "rows_of_all", fewer):
        yield


@lie("access", stays=("rectification", "blocking"))
def nobody_knows_that_a_package_was_made(scene: Scene) -> None:
    access.deliver(scene.officer, scene.request.pk)
    scene.sql("DELETE FROM protocol_outbox WHERE act = 'package'")


def corrected(scene: Scene) -> None:
    """One value of a letter is corrected, another disputed."""
    request = asks(scene, "rectification", scene.contact)
    name, town = (
        ("zusage.submissionvalue", f"{scene.contact.pk}:{one}", "value") for one in ("last_name", "town")
    )
    rectify.change(scene.officer, request.pk, *name, "Oberholzer-Meier", "Heirat")
    rectify.dispute(scene.officer, request.pk, *town, "Ich wohne anderswo.")


@lie("rectification", stays=("access", "blocking"))
def a_correction_is_taken_away(scene: Scene) -> None:
    corrected(scene)
    scene.sql("DELETE FROM zusage_correction WHERE state = 'changed'")


@lie("rectification", stays=("access", "deletion"))
def a_note_of_dispute_is_emptied(scene: Scene) -> None:
    corrected(scene)
    scene.sql("UPDATE zusage_correction SET note = NULL WHERE state = 'disputed'")


@lie("rectification", stays=("access",))
def a_dispute_is_called_settled(scene: Scene) -> None:
    request = asks(scene, "rectification", scene.contact)
    which = ("zusage.submissionvalue", f"{scene.contact.pk}:last_name", "value")
    rectify.dispute(scene.officer, request.pk, *which, "Stimmt nicht")
    scene.sql("UPDATE zusage_correction SET state = 'settled' WHERE state = 'disputed'")


@lie("rectification", stays=("access", "blocking"))
def a_rectification_is_late(scene: Scene) -> None:
    late(scene, asks(scene, "rectification", scene.contact))


@lie("rectification", stays=("access",))
def a_note_of_dispute_is_no_more_shown(scene: Scene) -> Iterator[None]:
    with patch.object(opening, "disputes", lambda records, purpose, actor: {}):
        yield


@lie("blocking", stays=("access", "deletion"))
def a_blocked_person_is_opened(scene: Scene) -> None:
    scene.sql("UPDATE vault_restriction SET since = %s", timezone.now() - timedelta(hours=1))
    values = list(scene.blocked.values.all())
    with patch.object(door, "_blocked", lambda subjects: door.Blocks(subjects, [])):
        vault.open_many(values, scene.blocked.purpose, vault.Actor.staff(scene.clerk))


@lie("blocking", stays=("access",))
def the_door_forgets_who_is_blocked(scene: Scene) -> Iterator[None]:
    with patch.object(door, "_blocked", lambda subjects: door.Blocks(subjects, [])):
        yield


@lie("blocking", stays=("access", "deletion"))
def a_blocking_is_ended_by_hand(scene: Scene) -> None:
    scene.sql("UPDATE vault_restriction SET ended_at = %s", timezone.now())


@lie("blocking", stays=("access",))
def a_blocking_is_taken_away(scene: Scene) -> None:
    scene.sql("DELETE FROM vault_restriction")


@lie("blocking", stays=("access", "rectification"))
def a_request_for_blocking_is_late(scene: Scene) -> None:
    late(scene, asks(scene, "blocking", scene.payment))


@lie("deletion", stays=("access", "blocking"))
def a_tombstone_is_removed(scene: Scene) -> None:
    scene.sql(
        "DELETE FROM vault_tombstone WHERE subject_id = %s", scene.id(scene.erased.subject_id), store="keys"
    )


@lie("deletion", stays=("access",))
def an_old_tombstone_is_removed(scene: Scene) -> None:
    """Other things happened since: the newest lines say nothing of it any more."""
    a_tombstone_is_removed(scene)
    ago = timezone.now() - timedelta(days=200)
    scene.sql(
        "UPDATE protocol_entry SET at = %s WHERE subject_id = %s",
        ago, scene.id(scene.erased.subject_id), store="protocol",
    )  # fmt: skip
    scene.sql(
        "UPDATE protocol_outbox SET at = %s WHERE subject_id = %s", ago, scene.id(scene.erased.subject_id)
    )


@lie("deletion", stays=("access", "blocking"))
def an_erased_persons_values_are_back(scene: Scene) -> None:
    scene.sql(
        "UPDATE zusage_submissionvalue SET value = %s WHERE submission_id = %s",
        b"\x01" + secrets.token_bytes(60), scene.id(scene.erased.pk),
    )  # fmt: skip


@lie("deletion", stays=("access",))
def an_erased_persons_key_is_back(scene: Scene) -> None:
    scene.sql(
        "INSERT INTO vault_datakey (subject_id, purpose, wrapped, kek, created_at) "
        "SELECT %s, purpose, wrapped, kek, created_at FROM vault_datakey LIMIT 1",
        scene.id(scene.erased.subject_id), store="keys",
    )  # fmt: skip


@lie("deletion", stays=("access",))
def an_erased_persons_mailbox_is_back(scene: Scene) -> None:
    scene.sql(
        "INSERT INTO zusage_mailbox (subject_id, receipt_digest, purpose) VALUES (%s, %s, 'mailbox-notice')",
        scene.id(scene.erased.subject_id), secrets.token_bytes(32),
    )  # fmt: skip


@lie("deletion", stays=("access",))
def an_erasure_only_half_took_place(scene: Scene) -> None:
    ago = timezone.now() - timedelta(hours=2)
    scene.sql("UPDATE vault_tombstone SET cleared_at = NULL, at = %s", ago, store="keys")


@lie("deletion", stays=("access", "blocking"))
def the_erasure_leaves_the_key(scene: Scene) -> Iterator[None]:
    with patch.object(shred, "_drop_keys", lambda subjects, parts: None):
        yield


@lie("deletion", stays=("access",))
def the_erasure_leaves_what_is_sealed(scene: Scene) -> Iterator[None]:
    with patch.object(shred, "_clear", lambda subjects, part: None):
        yield


@lie("deletion", stays=("access", "rectification"))
def a_copy_of_what_was_sent_is_kept_in_plain(scene: Scene) -> Iterator[None]:
    """A careless hand wanted to know what is sealed."""
    copy = scene.var / "sealed-values"
    seal = cipher.seal

    def told(key: bytes, plain: bytes, place: bytes) -> bytes:
        with copy.open("ab") as file:
            file.write(plain + b"\n")
        return seal(key, plain, place)

    with patch.object(cipher, "seal", told):
        yield
    copy.unlink(missing_ok=True)


@lie("deletion", stays=("access", "blocking"))
def a_request_for_deletion_is_late(scene: Scene) -> None:
    late(scene, asks(scene, "deletion", scene.payment))


@lie("objection", stays=("access", "deletion"))
def an_objection_is_late(scene: Scene) -> None:
    late(scene, asks(scene, "objection", scene.payment))


@lie("questions-complaints", stays=("access", "blocking"))
def a_complaint_is_late(scene: Scene) -> None:
    late(scene, asks(scene, "complaint", scene.payment))
