"""The tables as files, for whoever goes on calculating: the same lines as on the page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

from django.http import HttpResponse

from zusage.visits.period import Asked
from zusage.visits.plots import printable
from zusage.visits.publish import TOTAL
from zusage.visits.tables import Published, iso_week

TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, or lets one begin after. A log's page may be anything."""
COLUMNS = ("table", "value", "words", "count", "running")

Words = Callable[[str, str], str]
"""A line's words, from its table and its value."""


def file(asked: Asked, shown: Published, words: Words, k: int) -> HttpResponse:
    """What is shown for `asked`, as the form that it asks for, which nobody keeps on the way."""
    content = as_csv(shown, words, k) if asked.form == "csv" else as_json(asked, shown, words, k)
    name = f"visits-{asked.source}-{iso_week(asked.first)}-{iso_week(asked.last)}.{asked.form}"
    response = HttpResponse(content, content_type=TYPES[asked.form])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def as_csv(shown: Published, words: Words, k: int) -> bytes:
    """A line for each number. UTF-8 with a byte order mark, without which spreadsheets spoil every umlaut."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for table, lines in shown.tables.items():
        for value, number, running in lines:
            count = ("hidden" if table == TOTAL else f"<{k}") if number is None else str(number)
            row = (table, printable(value), words(table, value), count, "yes" if running else "")
            writer.writerow([harmless(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig", "replace")


def as_json(asked: Asked, shown: Published, words: Words, k: int) -> bytes:
    """The same with the period. A count of null: a week below ``smallest``, or a day that isn't shown by itself."""
    tables = {
        table: [
            {"value": printable(value), "words": words(table, value), "count": number, "running": running}
            for value, number, running in lines
        ]
        for table, lines in shown.tables.items()
    }
    envelope = {
        "source": asked.source,
        "from": iso_week(asked.first),
        "to": iso_week(asked.last),
        "smallest": k,
        "total": shown.total,
        "weeks_below_smallest": shown.small,
        "tables": tables,
    }
    return (json.dumps(envelope, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def harmless(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) or text.lstrip().startswith(DANGEROUS) else text
