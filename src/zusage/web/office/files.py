"""Files that the office hands out: as attachments that nothing keeps, with names that say nothing about a person."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse

from zusage.policy.sheet import sheet

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
    "zip": "application/zip",
}


def attachment(content: bytes, form: str, name: str) -> HttpResponse:
    """`content` as a file ``name.form``."""
    response = HttpResponse(content, content_type=TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def as_json(envelope: Mapping[str, Any]) -> bytes:
    """JSON that people can read, too."""
    return (json.dumps(envelope, ensure_ascii=False, indent=2) + "\n").encode()


def as_csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    """One line per mapping, a column per name that any of them has, in the order in which they come."""
    rows = list(rows)
    head = list(dict.fromkeys(name for row in rows for name in row))
    return sheet([head, *([row.get(name, "") for name in head] for row in rows)])
