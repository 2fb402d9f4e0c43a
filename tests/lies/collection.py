"""Lies about what is collected, what it is for, and what forms say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse

from tests.lies import changed, lie
from tests.lies.scene import Scene
from zusage.models import Subject
from zusage.vault import door
from zusage.web import security
from zusage.web.public import screens

GetResponse = Callable[[HttpRequest], HttpResponse]
FEW = ("purpose-bound", "retention", "contact-form")


def writes_addresses(get_response: GetResponse) -> GetResponse:
    """A middleware of a careless hand."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with (settings.VAR / "access.log").open("a") as log:
            log.write(f"{request.META['REMOTE_ADDR']} {request.headers.get('User-Agent')}\n")
        return get_response(request)

    return middleware


@lie("data-when-given", stays=FEW)
def a_middleware_that_the_settings_name(scene: Scene) -> Iterator[None]:
    scene.settings.MIDDLEWARE = [f"{__name__}.writes_addresses", *scene.settings.MIDDLEWARE]
    yield
    (scene.var / "access.log").unlink(missing_ok=True)


@lie("data-when-given", stays=FEW)
def a_middleware_slipped_into_another(scene: Scene) -> Iterator[None]:
    """No setting names it: it stands in the code of one that belongs there."""
    ours = security.headers
    with changed(security, "headers", lambda get_response: writes_addresses(ours(get_response))):
        yield
    (scene.var / "access.log").unlink(missing_ok=True)


@lie("data-when-given", stays=("new-purpose-told", "contact-form"))
def whoever_looks_gets_an_id(scene: Scene) -> Iterator[None]:
    """Nothing but an id: a row for each look."""
    ours = security.headers

    def counting(get_response: GetResponse) -> GetResponse:
        def middleware(request: HttpRequest) -> HttpResponse:
            Subject.objects.create()
            return get_response(request)

        return ours(middleware)

    with changed(security, "headers", counting):
        yield


@lie("data-when-given", stays=FEW)
def a_log_of_addresses_is_left(scene: Scene) -> Iterator[None]:
    """A web server's log, put into the house's folder."""
    log = scene.var / "nginx-access.log"
    log.write_text('203.0.113.77 - - [25/Nov/2026:08:00:01 +0100] "GET /de/ HTTP/1.1" 200 5120\n')
    yield
    log.unlink()


@lie("data-when-given", "purpose-bound", stays=("retention",))
def a_table_of_addresses(scene: Scene) -> Iterator[None]:
    scene.sql("CREATE TABLE visitors_seen (seen_on varchar(30), ip varchar(45))")
    yield
    scene.sql("DROP TABLE visitors_seen")


@lie("data-when-given", stays=("retention", "contact-form"))
def an_address_in_an_old_column(scene: Scene) -> None:
    """Nobody added a column: one that is there was good enough."""
    scene.sql(
        "UPDATE protocol_entry SET recipient = '2001:db8::7' WHERE act = 'show-receipt' OR act = 'submit'",
        store="protocol",
    )


@lie("purpose-bound", stays=("data-when-given", "retention"))
def a_column_more(scene: Scene) -> Iterator[None]:
    """A field that no form declares, added to the table of submissions."""
    scene.sql("ALTER TABLE zusage_submission ADD COLUMN income varchar(40)")
    yield
    scene.sql("ALTER TABLE zusage_submission DROP COLUMN income")


@lie("purpose-bound", stays=("data-when-given", "retention"))
def a_copy_of_the_values(scene: Scene) -> Iterator[None]:
    """A view, for evaluation."""
    scene.sql("CREATE VIEW evaluation AS SELECT id, purpose FROM zusage_submission")
    yield
    scene.sql("DROP VIEW evaluation")


@lie("purpose-bound", stays=("data-when-given", "retention", "contact-form"))
def a_message_filled_in_plain(scene: Scene) -> None:
    """Typed into the table by hand."""
    plain = "Bitte rufen Sie Frau Oberholzer zurück"
    column = plain if connections["default"].vendor == "sqlite" else plain.encode()
    scene.sql("UPDATE zusage_submissionvalue SET value = %s WHERE field = 'message'", column)


@lie("purpose-bound", stays=("data-when-given", "retention"))
def plain_text_dressed_as_a_cipher(scene: Scene) -> None:
    """With the byte in front that ciphers have."""
    plain = b"\x01Nadine Oberholzer, Lindenweg 4, Winterthur"
    scene.sql("UPDATE zusage_case SET debtor_name = %s", plain)


@lie("purpose-bound", stays=("data-when-given", "retention"))
def a_file_opened_for_another_purpose(scene: Scene) -> None:
    """An enquiry that was opened as if it were a contact form, in the protocol."""
    scene.sql("UPDATE protocol_entry SET purpose = 'contact' WHERE act = 'open'", store="protocol")


@lie("purpose-bound", stays=("data-when-given", "retention"))
def the_door_asks_no_questions(scene: Scene) -> Iterator[None]:
    """Whoever may open something may open everything."""
    with changed(door, "_refusal", lambda one, looked: None):
        yield


@lie("new-purpose-told", stays=("contact-form", "purpose-bound"))
def a_box_ticked_beforehand(scene: Scene) -> Iterator[None]:
    ours = screens.Item

    def ticked(**given: Any) -> Any:
        return ours(**{**given, "ticked": given["name"].startswith("consent_")})

    with changed(screens, "Item", ticked):
        yield


@lie("new-purpose-told", stays=("contact-form", "purpose-bound"))
def a_recipient_left_out(scene: Scene) -> Iterator[None]:
    """The form doesn't say that a creditor reads it, too."""
    ours = screens.Why

    def shorter(**given: Any) -> Any:
        return ours(**{**given, "recipients": given["recipients"][:1]})

    with changed(screens, "Why", shorter):
        yield
