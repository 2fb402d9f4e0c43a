"""The promises as staff see them: what each probe looked at, and what it found."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zusage.queries import proofs as queries
from zusage.queries.proofs import Standing
from zusage.rules.history import WORST
from zusage.tenant import policy
from zusage.web.office.access import StaffRequest, office
from zusage.web.times import ago
from zusage.web.words import say


@require_safe
@office("officer", "administrator")
def promises(request: StaffRequest) -> HttpResponse:
    """All of them, the broken ones first, with the evidence of each probe."""
    language = request.user.language
    standing = sorted(queries.standing(), key=lambda one: WORST.index(one.state))
    return render(
        request,
        "office/promises.html",
        {"rows": [_row(language, one) for one in standing], "tally": queries.tally()},
    )


def _row(language: str, one: Standing) -> dict[str, object]:
    return {
        "id": one.promise,
        "state": one.state,
        "text": policy().text(language, f"promise.{one.promise}.text"),
        "since": one.since if one.state != "kept" else None,
        "ago": ago(language, one.at) if one.at else say(language, "proof.never"),
        "evidence": [
            {**piece, "probe": found.probe.rpartition("probes.")[2]}
            for found in one.findings
            for piece in found.evidence
        ],
    }
