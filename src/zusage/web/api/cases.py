"""``POST /api/v1/cases``: what `zusage import-cases` does, for software that sends cases by itself."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.security import HttpBearer

from zusage import processing
from zusage.actions import tokens
from zusage.actions.cases_file import rows_in
from zusage.actions.cases_import import IMPORT
from zusage.models import COLLECTION, ApiToken
from zusage.rules.cases.columns import COLUMNS
from zusage.rules.cases.source import Record, from_json_lines, from_object, lines
from zusage.rules.cases.words import Rejected
from zusage.tenant import policy
from zusage.web.limits import COUNTERS, known, source_of

MOST_BYTES = 5_000_000
LIST, LINES = "application/json", ("application/x-ndjson", "application/jsonl")
BUSY_SECONDS = 30


class RejectedRow(Schema):
    """A row that wasn't taken: its place from 1, and why, without anything personal."""

    line: int
    reason: str


class Result(Schema):
    """What became of the rows. `rejected_count` is there only where `rejected` doesn't list all."""

    imported: int
    updated: int
    unchanged: int
    rejected: list[RejectedRow]
    rejected_count: int | None = None


class Fault(Schema):
    """What was wrong, in words."""

    detail: str


class _Refused(Exception):
    def __init__(self, status: int, detail: str, seconds: int | None = None):
        self.status, self.detail, self.seconds = status, detail, seconds
        super().__init__(detail)


class _Token(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        limits, who = policy().limits, source_of(request)
        tries = COUNTERS.add("api-token", who, limits.window_minutes * 60)
        if known(who) and tries.times > limits.receipt_tries:
            raise _Refused(429, "Too many wrong tokens came from your address. Wait.", tries.seconds_left)
        row = tokens.holder(token)
        if row is None:
            raise _Refused(401, "The token is unknown, or has ended.")
        COUNTERS.take_back("api-token", who)
        if row.purpose != COLLECTION:
            raise _Refused(403, "The token is for another purpose.")
        return row


api = NinjaAPI(
    title="Zusage",
    version="1",
    description="Cases come in. Each token is good for one purpose, and ends.",
    docs_url=None,
    openapi_url="/openapi.json",
)

_COLUMN = {"type": ["string", "null"]}
_SEVERAL = {"type": ["string", "array", "null"]}
_CASE = {
    "type": "object",
    "additionalProperties": False,
    "required": [one.id for one in COLUMNS if one.required],
    "properties": {
        one.id: {**(_SEVERAL if one.several else _COLUMN), "description": one.what} for one in COLUMNS
    },
}
_BODY = {
    "required": True,
    "content": {
        LIST: {"schema": {"type": "array", "items": _CASE}},
        LINES[0]: {"schema": {"type": "string", "description": "one object a line"}},
    },
}
_FAULTS = dict.fromkeys((401, 403, 413, 415, 422, 429, 503), Fault)


@api.post(
    "/cases",
    auth=_Token(),
    response={200: Result, **_FAULTS},
    openapi_extra={"requestBody": _BODY},
    summary="Bring cases in: new, changed, closed ones",
)
def cases(request: HttpRequest) -> HttpResponse:
    """The rows that can be taken go in, the others are told with the reason. The same rows again change nothing."""
    if not processing.listed(COLLECTION):
        raise Http404
    if request.content_type not in (LIST, *LINES):
        raise _Refused(415, f"Send {LIST} (a list) or {LINES[0]} (an object a line).")
    records = _records(request.content_type, _body(request))
    tokens.used(request.auth)  # type: ignore[attr-defined]
    return api.create_response(request, rows_in(IMPORT, records).as_json(), status=200)


def _body(request: HttpRequest) -> bytes:
    told = str(request.META.get("CONTENT_LENGTH") or "0")
    if told.isdecimal() and int(told) > MOST_BYTES:
        raise _Refused(413, f"At most {MOST_BYTES // 1_000_000} MB at once. Send the cases in parts.")
    try:
        body: bytes = request.read(MOST_BYTES + 1)
    except OSError:
        raise _Refused(422, "The body broke off.") from None
    if len(body) < int(told):
        raise _Refused(422, "The body broke off.")
    if not body.strip():
        raise _Refused(422, "The body is empty.")
    return body


def _records(content_type: str, body: bytes) -> Iterable[Record]:
    if content_type != LIST:
        return from_json_lines(lines(io.BytesIO(body).read))
    try:
        found = json.loads(body.decode(), parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise _Refused(422, "The body isn't JSON in UTF-8.") from None
    if not isinstance(found, list):
        raise _Refused(422, "The body is no list. Write [ and ] around the objects.")
    return _each(found)


def _each(found: list[Any]) -> Iterator[Record]:
    for place, one in enumerate(found, start=1):
        try:
            yield Record(place, 0, from_object(one))
        except Rejected as why:
            yield Record(place, 0, why)


@api.exception_handler(_Refused)
def _refused(request: HttpRequest, refused: _Refused) -> HttpResponse:
    response = api.create_response(request, {"detail": refused.detail}, status=refused.status)
    if refused.seconds is not None:
        response.headers["Retry-After"] = str(refused.seconds)
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(DatabaseError)
def _busy(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    """What came in before stays; the same again finds it unchanged."""
    return _refused(request, _Refused(503, "The store is busy or away. Send the same again.", BUSY_SECONDS))
