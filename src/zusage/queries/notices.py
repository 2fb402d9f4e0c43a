"""The notices that were published: which there are, and one of them."""

from __future__ import annotations

from datetime import datetime

from zusage.models import NoticeVersion


def known(digest: str) -> bool:
    """Whether a notice with this hash was ever published here."""
    return NoticeVersion.objects.filter(pk=digest).exists()


def published(digest: str) -> NoticeVersion | None:
    """The notice with this hash, with its whole document."""
    return NoticeVersion.objects.filter(pk=digest).first()


def published_at(digest: str) -> datetime | None:
    """When the notice with this hash was published; None where it wasn't."""
    return NoticeVersion.objects.filter(pk=digest).values_list("published_at", flat=True).first()


def versions() -> list[tuple[str, datetime]]:
    """Hash and day of every notice that was published, newest first."""
    return list(
        NoticeVersion.objects.order_by("-published_at", "digest").values_list("digest", "published_at")
    )
