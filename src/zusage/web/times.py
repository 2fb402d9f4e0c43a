"""How long ago something was, as people say it."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from zusage.web.words import counted, say


def ago(language: str, then: datetime) -> str:
    """«gerade eben», «vor 4 Minuten», «vor 2 Stunden», «vor 3 Tagen»."""
    minutes = max(0, int((timezone.now() - then).total_seconds() // 60))
    if minutes < 1:
        return say(language, "proof.ago.now")
    if minutes < 60:
        return counted(language, "proof.ago.minute", minutes)
    hours = minutes // 60
    return (
        counted(language, "proof.ago.hour", hours)
        if hours < 24
        else counted(language, "proof.ago.day", hours // 24)
    )
