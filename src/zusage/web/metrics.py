"""Figures for whoever watches over the house, in Prometheus' text format: nothing that the public page doesn't say."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from zusage.queries import proofs
from zusage.rules.history import WORST

KIND = "text/plain; version=0.0.4; charset=utf-8"


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """How each promise stands, and when somebody last looked."""
    return HttpResponse("\n".join(_lines()) + "\n", content_type=KIND)


def _lines() -> Iterator[str]:
    standing = proofs.standing()
    yield "# HELP zusage_promise Whether a promise of the notice is in this state (1) or not (0)."
    yield "# TYPE zusage_promise gauge"
    for one in standing:
        for state in WORST:
            yield f'zusage_promise{{promise="{one.promise}",state="{state}"}} {int(one.state == state)}'
    yield "# HELP zusage_promise_proved_seconds When somebody last looked whether a promise is kept (Unix time)."
    yield "# TYPE zusage_promise_proved_seconds gauge"
    for one in standing:
        if one.at:
            yield f'zusage_promise_proved_seconds{{promise="{one.promise}"}} {one.at.timestamp():.0f}'
