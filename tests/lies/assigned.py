"""Lies about which file a message lies with, and about what files are found by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from tests.lies import changed, lie
from tests.lies.scene import Scene
from zusage.actions import matching
from zusage.models import COLLECTION, Message, Submission
from zusage.queries import matching as looked
from zusage.rules.matching import decide as rules
from zusage.vault import api as vault
from zusage.vault import index
from zusage.vault.models import BlindIndex, Restriction

OTHERS = ("contact-form", "retention", "objection")
PROMISE = "exact-assignment"


def automatic(scene: Scene, change: str, *params: Any) -> None:
    """Change the decision that the computer made; it was made since the last change of the notice."""
    scene.sql(f"UPDATE zusage_assignment SET {change} WHERE way = 'automatic'", *params)


@lie(PROMISE, stays=OTHERS)
def assigned_by_a_script(scene: Scene) -> None:
    """A case for each payment proposal, overnight."""
    scene.sql(
        "UPDATE zusage_submission SET case_id = %s WHERE id = %s",
        scene.id(scene.case.pk),
        scene.id(scene.payment.pk),
    )


@lie(PROMISE, stays=OTHERS)
def the_protocol_says_a_machine_did(scene: Scene) -> None:
    """It was a clerk; no decision of a machine is on record."""
    scene.sql(
        "UPDATE protocol_entry SET actor_kind = 'system', actor_id = 'matching' WHERE act = 'assign-case' "
        "AND actor_kind = 'staff'",
        store="protocol",
    )


@lie(PROMISE, stays=OTHERS)
def decided_by_nobody(scene: Scene) -> None:
    """What the computer decided is gone, and the message still lies there."""
    scene.sql("DELETE FROM zusage_assignment WHERE way = 'automatic'")


@lie(PROMISE, stays=OTHERS)
def moved_to_another_file(scene: Scene) -> None:
    """The message was moved on without a decision."""
    scene.sql(
        "UPDATE zusage_submission SET case_id = %s WHERE id = %s",
        scene.id(scene.case.pk),
        scene.id(scene.matched.pk),
    )


@lie(PROMISE, stays=OTHERS)
def assigned_under_the_threshold(scene: Scene) -> None:
    automatic(scene, "step = 12")


@lie(PROMISE, stays=OTHERS)
def reasons_thrown_away(scene: Scene) -> None:
    automatic(scene, "findings = NULL")


@lie(PROMISE, stays=OTHERS)
def reasons_that_say_nothing(scene: Scene) -> None:
    """Something is in the column, and holds no reasons."""
    automatic(scene, "findings = %s", b"\x01" + b"x" * 30)


@lie(PROMISE, stays=OTHERS)
def assigned_though_it_is_switched_off(scene: Scene) -> Iterator[None]:
    """The policy leaves it to humans; somebody has a computer do it all the same."""
    from zusage.tenant import policy

    never = policy().matching.__class__(False, 1000, "none")
    was = policy().matching
    object.__setattr__(policy(), "matching", never)
    try:
        yield
    finally:
        object.__setattr__(policy(), "matching", was)


@lie(PROMISE, stays=("contact-form", "retention"))
def assigned_while_the_debtor_was_blocked(scene: Scene) -> None:
    Restriction.objects.create(
        subject_id=scene.file.subject_id, kind="restriction", since=timezone.now() - timedelta(days=1)
    )


@lie(PROMISE, stays=("contact-form", "retention"))
def a_firm_is_taken_for_its_owner(scene: Scene) -> None:
    scene.sql("UPDATE zusage_case SET debtor_kind = 'firm' WHERE id = %s", scene.id(scene.file.pk))


@lie(PROMISE, stays=OTHERS)
def the_date_of_birth_was_never_asked(scene: Scene) -> None:
    """The enquiry came without one; the computer was sure all the same."""
    scene.sql(
        "DELETE FROM zusage_submissionvalue WHERE field = 'date_of_birth' AND submission_id = %s",
        scene.id(scene.matched.pk),
    )


@lie(PROMISE, stays=OTHERS)
def the_reference_is_of_somebody_else(scene: Scene) -> None:
    """The message names the reference of another's file."""
    row = BlindIndex.objects.filter(name="reference", record_id=scene.case.pk).get()
    row.record_type, row.record_id, row.subject_id = (
        "zusage.submission",
        scene.matched.pk,
        scene.matched.subject_id,
    )
    row.save(force_insert=True)


@lie(PROMISE, stays=OTHERS)
def a_matcher_that_takes_twins_for_one(scene: Scene) -> Iterator[None]:
    """The guard isn't asked any more."""
    with (
        changed(rules.guard, "doubts", lambda *given: set()),
        changed(rules.guard, "cited_elsewhere", lambda *given: False),
        changed(rules, "_rival", lambda one: False),
    ):
        yield


@lie(PROMISE, stays=OTHERS)
def a_matcher_that_is_never_sure(scene: Scene) -> Iterator[None]:
    """The promise says that a computer assigns where it is sure; it leaves everything to humans."""
    with changed(looked, "found", lambda submission, actor: looked.Found(rules.Decision((), None, ()))):
        yield


@lie(PROMISE, stays=OTHERS)
def the_sender_is_told_whose_file_it_is(scene: Scene) -> Iterator[None]:
    """A helpful letter comes with each assignment."""
    ours = matching.decide

    def told(submission: Submission, *given: Any) -> Any:
        letter = Message(
            id=uuid4(), submission=submission, subject_id=submission.subject_id,
            purpose=submission.purpose, sender="agency",
        )  # fmt: skip
        vault.seal(letter, {"body": "Ihre Akte ist gefunden."}, vault.Keyring())
        letter.save(force_insert=True)
        return ours(submission, *given)

    with changed(matching, "decide", told):
        yield


@lie(PROMISE, stays=("contact-form",))
def a_key_outlives_its_subject(scene: Scene) -> None:
    """The file was erased behind everybody's back; what it was found by stayed."""
    scene.sql("UPDATE vault_matchkey SET subject_id = %s", scene.id(uuid4()))


@lie(PROMISE, stays=("contact-form",))
def a_row_leads_to_a_file_that_is_gone(scene: Scene) -> None:
    scene.sql(
        "UPDATE vault_blindindex SET record_id = %s WHERE record_id = %s",
        scene.id(uuid4()),
        scene.id(scene.case.pk),
    )


@lie(PROMISE, stays=OTHERS)
def an_index_on_names_alone(scene: Scene) -> Iterator[None]:
    """Whoever types a name finds everybody who bears it."""
    with changed(index, "CATEGORIES", {**index.CATEGORIES, "family": ("name",)}):
        yield


@lie(PROMISE, stays=OTHERS)
def an_index_that_nobody_declared(scene: Scene) -> None:
    scene.sql("UPDATE vault_matchkey SET name = 'income' WHERE name = 'email'")


@lie("collection-only", stays=("contact-form", PROMISE))
def keys_for_finding_customers(scene: Scene) -> None:
    """What files are found by is kept for a declared purpose that isn't collection."""
    scene.sql("UPDATE vault_matchkey SET purpose = 'callback'")


@lie("collection-only", stays=("contact-form", PROMISE))
def the_matcher_reads_letters(scene: Scene) -> None:
    """It opened what it has no business with."""
    scene.sql(
        "UPDATE protocol_entry SET record_type = 'zusage.message' WHERE act = 'open' AND actor_id = 'matching' "
        "AND purpose = %s",
        COLLECTION,
        store="protocol",
    )


@lie("collection-only", stays=("contact-form", PROMISE))
def a_token_for_advertising(scene: Scene) -> None:
    now = timezone.now()
    scene.sql(
        "INSERT INTO zusage_apitoken (id, name, digest, purpose, made_at, until) VALUES (%s, %s, %s, %s, %s, %s)",
        scene.id(uuid4()), "shop", b"x" * 32, "marketing", now, now + timedelta(days=9),
    )  # fmt: skip
