"""The statistics for whoever works here: how the site is visited, without who visits it.

The house hands over its words (`say`) and guards the address; see the house's own addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from zusage.visits import drawn, files
from zusage.visits.models import LOG, Evaluated, Evaluation
from zusage.visits.period import SHORTCUTS, SOURCES, Asked, asked
from zusage.visits.publish import TOTAL
from zusage.visits.speech import Speech
from zusage.visits.tables import WEEK, Line, Published, published

TEMPLATE = "visits/statistics.html"


@dataclass(frozen=True, slots=True)
class Section:
    """One plot with its table. `plots`: the same drawn for a wide page and a phone, or one for both."""

    id: str
    title: str
    note: str
    plots: list[Any]
    rows: list[tuple[str, str, bool]]
    left_out: str


@require_safe
def page(request: HttpRequest, say: Callable[..., str]) -> HttpResponse:
    """The period's tables as plots, or as a file. 422 for what can't be asked, with what was typed."""
    k: int = import_string(settings.VISITS["smallest_cell"])()
    speech = Speech(say, getattr(request, "language", "de"), k)
    today = timezone.localdate()
    wanted = asked(request.GET.dict(), today)
    context = _form(wanted, speech)
    if wanted.problems:
        return render(request, TEMPLATE, context, status=422)
    shown = published(wanted, k, today)
    if wanted.form:
        return files.file(wanted, shown, speech.value, k)
    return render(request, TEMPLATE, {**context, **_content(wanted, shown, speech)})


def _form(wanted: Asked, speech: Speech) -> dict[str, Any]:
    problems = {
        name: speech("problem." + wanted.problems[name].replace("-", "_"))
        for name in wanted.typed
        if name in wanted.problems
    }
    until = min(wanted.last + timedelta(days=6), timezone.localdate())
    proposed = {"from": wanted.first.isoformat(), "to": until.isoformat()}
    fields = {
        name: {
            "id": f"f-{name}",
            "name": name,
            "label": speech(f"field.{name}"),
            "value": wanted.typed[name] or proposed[name],
            "error": problems.get(name, ""),
        }
        for name in ("from", "to")
    }
    summary = [
        {"id": f"f-{name}", "label": speech(f"field.{name}"), "error": text}
        for name, text in problems.items()
    ]
    return {
        "k": speech.k,
        "fields": list(fields.values()),
        "sources": [(one, speech(f"source.{one}"), one == wanted.source) for one in SOURCES],
        "source_error": problems.get("source", ""),
        "summary": summary,
        "shortcuts": [
            {
                "url": _address(weeks=str(weeks), source=wanted.source),
                "words": speech("last_weeks", n=weeks),
                "current": weeks == wanted.weeks and not problems,
            }
            for weeks in SHORTCUTS
        ],
    }


def _content(wanted: Asked, shown: Published, speech: Speech) -> dict[str, Any]:
    of_log = wanted.source == LOG
    sections = [_section(dimension, lines, of_log, speech) for dimension, lines in shown.tables.items()]
    period = {"from": wanted.first.isoformat(), "to": wanted.last.isoformat(), "source": wanted.source}
    return {
        "shown": shown,
        "period": speech.period(wanted.first, wanted.last),
        "total": speech.number(shown.total),
        "of_log": of_log,
        "over_time": sections[0],
        "sections": sections[1:],
        "downloads": [
            (form, speech(f"download.{form}"), _address(**period, form=form)) for form in files.TYPES
        ],
        "small": speech("small_weeks", n=shown.small, k=speech.k) if shown.small else "",
        "evaluated": _evaluated(of_log),
    }


def _section(dimension: str, lines: list[Line], of_log: bool, speech: Speech) -> Section:
    kind = "_log" if of_log and dimension in OTHERWISE else ""
    title = speech(f"table.{dimension}{kind}")
    plots, left_out = drawn.plots(dimension, lines, title, speech)
    rows = [
        (speech.value(dimension, line.value), speech.count(dimension, line), line.running) for line in lines
    ]
    note = speech(f"note.{dimension}{kind}") if dimension in NOTED else ""
    return Section(dimension, title, note, plots, rows, speech("left_out", n=left_out) if left_out else "")


NOTED = (TOTAL, WEEK, "referrer_host", "robot")
"""Tables with a note."""
OTHERWISE = (TOTAL, WEEK, "robot")
"""Tables that are called otherwise where logs are shown: requests, in which robots are."""


def _evaluated(of_log: bool) -> date | datetime | None:
    """When single visits, or a log, were last counted."""
    if of_log:
        return Evaluated.objects.order_by("-at").values_list("at", flat=True).first()
    return Evaluation.objects.values_list("at", flat=True).first()


def _address(**query: str) -> str:
    parts = QueryDict(mutable=True)
    parts.update(query)
    return f"?{parts.urlencode()}"
