"""What every template may use."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def context(request: HttpRequest) -> dict[str, object]:
    """``language`` of the page, and whether this is the demo."""
    return {"language": getattr(request, "language", "de"), "demo": settings.DEMO}
