"""Lies about questions and complaints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.lies import changed, lie
from tests.lies.scene import Scene
from zusage.models import Note
from zusage.web.public import privacy
from zusage.web.public import rights as page

OTHERS = ("retention", "contact-form", "objection")


@lie("questions-complaints", stays=OTHERS)
def the_clerk_answers_the_complaint(scene: Scene) -> None:
    """The complaint is with the very person it is about."""
    scene.sql(
        "UPDATE zusage_submission SET assigned_to_id = %s WHERE id = %s",
        scene.id(scene.clerk.pk), scene.id(scene.contact.pk),
    )  # fmt: skip
    scene.sql("UPDATE zusage_rightsrequest SET assigned_to_id = %s", scene.id(scene.clerk.pk))


@lie("questions-complaints", stays=("contact-form", "objection"))
def the_officer_was_in_it_before(scene: Scene) -> None:
    """Whoever answered the question had written in the matter, behind the mask of another role."""
    Note.objects.bulk_create(
        [
            Note(
                submission=scene.contact, subject_id=scene.contact.subject_id, purpose="contact",
                author=scene.officer,
            )
        ]
    )  # fmt: skip


@lie("questions-complaints", stays=("contact-form",))
def no_form_to_complain(scene: Scene) -> Iterator[None]:
    """The page for it leads back to the list."""
    with changed(page, "_way", lambda asked, right: None):
        yield


@lie("questions-complaints", stays=("contact-form",))
def nobody_to_turn_to(scene: Scene) -> Iterator[None]:
    """The notice names no address for data protection any more."""
    from zusage.tenant import policy

    ours, address = privacy.render, policy().controller.privacy_email.encode()

    def without(*given: Any, **more: Any) -> Any:
        response = ours(*given, **more)
        response.content = response.content.replace(address, b"")
        return response

    with changed(privacy, "render", without):
        yield
