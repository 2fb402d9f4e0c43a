"""Lies about the forms, and about what data is used for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.lies import changed, lie
from tests.lies.scene import Scene
from zusage.web.public import screens
from zusage.web.public.screens import Group, Item

OTHERS = ("retention", "objection")


def stray(scene: Scene, purpose: str, field: str) -> None:
    """A value of a field that the form doesn't have."""
    scene.sql(
        "UPDATE zusage_submissionvalue SET field = %s WHERE field = 'message' AND purpose = %s",
        field,
        purpose,
    )


@lie("contact-form", stays=("enquiry-form", "payment-form", *OTHERS))
def contact_stores_a_date_of_birth(scene: Scene) -> None:
    stray(scene, "contact", "date_of_birth")


@lie("enquiry-form", stays=("contact-form", "payment-form", *OTHERS))
def enquiry_stores_an_employer(scene: Scene) -> None:
    """A field that the policy doesn't even know."""
    stray(scene, "enquiry", "employer")


@lie("payment-form", stays=("contact-form", "enquiry-form", *OTHERS))
def payment_stores_an_income(scene: Scene) -> None:
    stray(scene, "payment", "income")


@lie("contact-form", "enquiry-form", "payment-form", stays=OTHERS)
def forms_ask_for_more(scene: Scene) -> Iterator[None]:
    """A field in each form's page that no policy names."""
    ours = screens.groups
    more = Group("more", "Noch etwas", "", (Item("employer", "Arbeitgeber"),))
    with changed(screens, "groups", lambda form: [*ours(form), more]):
        yield


@lie("contact-form", "enquiry-form", stays=("retention",))
def everything_is_required(scene: Scene) -> Iterator[None]:
    """Nothing says what may be left out."""
    ours = screens.Item

    def required(**given: Any) -> Any:
        return ours(**{**given, "required": True, "optional": False})

    with changed(screens, "Item", required):
        yield


@lie("collection-only", stays=("contact-form", *OTHERS))
def a_purpose_of_its_own(scene: Scene) -> None:
    """Rows kept for marketing."""
    scene.sql("UPDATE vault_blindindex SET purpose = 'marketing'")


@lie("collection-only", stays=("contact-form", "retention"))
def sold_in_the_protocol(scene: Scene) -> None:
    """The protocol tells of a purpose that nobody declared."""
    scene.sql("UPDATE protocol_entry SET purpose = 'scoring' WHERE act = 'answer'", store="protocol")
