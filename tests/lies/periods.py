"""Lies about how long data is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from tests.lies import lie
from tests.lies.scene import Scene
from zusage.models import Hold

OTHERS = ("purpose-bound", "contact-form", "objection")


@lie("retention", stays=OTHERS)
def a_matter_past_its_period(scene: Scene) -> None:
    """Closed two years ago, and still there."""
    old = timezone.now() - timedelta(days=740)
    changes = "received_at = %s, closed_at = %s, state = 'closed'"
    scene.sql(f"UPDATE zusage_submission SET {changes} WHERE id = %s", old, old, scene.id(scene.payment.pk))


@lie("retention", stays=OTHERS)
def a_closed_case_never_blocked(scene: Scene) -> None:
    """Closed two years ago, and everybody reads on."""
    old = timezone.localdate() - timedelta(days=740)
    scene.sql("UPDATE zusage_case SET state = 'closed', opened_on = %s, closed_on = %s", old, old)


@lie("retention", stays=("purpose-bound", "objection"))
def a_hold_by_nobody(scene: Scene) -> None:
    """A legal hold typed into the table, so that nothing is ever deleted."""
    Hold.objects.bulk_create(
        [
            Hold(
                subject_id=scene.payment.subject_id,
                author=scene.officer,
                review_on=timezone.localdate() + timedelta(days=3000),
            )
        ]
    )


@lie("retention", stays=("objection",))
def a_table_without_a_period(scene: Scene) -> Iterator[None]:
    scene.sql("CREATE TABLE archive (subject_id varchar(36), kept_since varchar(30))")
    yield
    scene.sql("DROP TABLE archive")


@lie("retention", stays=("objection", "contact-form"))
def values_without_their_submission(scene: Scene) -> None:
    """The submission goes, as if it had been deleted on time; what was in it stays."""
    scene.sql(
        "UPDATE zusage_submissionvalue SET submission_id = %s WHERE submission_id = %s",
        scene.id(scene.case.pk), scene.id(scene.payment.pk),
    )  # fmt: skip
