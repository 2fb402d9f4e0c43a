"""The probe of the second tenant's own promise: made as docs/promises.md shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from zusage.promises.look import Look
from zusage.promises.types import Evidence, judged, probe


@probe(quick=True)
def mailboxes_shut_soon(look: Look) -> Iterator[Evidence]:
    """No open session lasts longer than a quarter of an hour from now."""
    latest = look.now + timedelta(minutes=15, seconds=5)
    number = look.number("default", "SELECT count(*) FROM django_session")
    late = look.number("default", "SELECT count(*) FROM django_session WHERE expire_date > %s", latest)
    yield judged("sessions", number, [f"{late} of them stay open for longer"] if late else [])
