"""Whether the house stands, for whoever watches over it: no figure, no name, nothing about anybody."""

from __future__ import annotations

from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from zusage.stores import ALIASES


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 ``ok`` while all four stores answer; 503 with the stores that don't."""
    away = [store.lower() for alias, store in ALIASES.items() if not _answers(alias)]
    if away:
        return HttpResponse(f"away: {' '.join(away)}\n", status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def _answers(alias: str) -> bool:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
