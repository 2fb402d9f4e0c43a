"""Whether people are warned of open networks, and whether e-mails, tasks and logs stay without content."""

from __future__ import annotations

import html
import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django_tasks_db.models import DBTaskResult

from zusage.environment import SECRET_FILES
from zusage.logs import NothingPersonal
from zusage.policy.types import LANGUAGES
from zusage.promises.look import CouldNotLook, Look
from zusage.promises.traces import other_files
from zusage.promises.types import Evidence, judged, probe

NEWEST = 300
EMAIL = "email"
MAIL_TEXTS = ("mail.notice.subject", "mail.notice.body")
LONGEST_MAIL = 1500
TEXTS = ("django", "django.request", "django.db.backends", "zusage", "gunicorn.error", "gunicorn.access")
"""Loggers that see requests, or what is written to the stores."""
PERSONAL = re.compile(
    rb"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}"
    rb"|\+\d{2}[\d ]{8,14}\d"
    rb"|\b(?:csrfmiddlewaretoken|form_token|last_name|date_of_birth|phone_day)\b"
    rb"|\b756[.]?\d{4}[.]?\d{4}[.]?\d{2}\b"
)
"""What a log would hold that holds somebody: an address, a number, the fields of a form, an insurance number."""
ENDS = 512 * 1024
"""Bytes at the beginning and at the end of a file that are looked at."""
KNOWN = frozenset({*SECRET_FILES.values(), "demo-logins.txt", "listening", "in-use"})


@probe(quick=True)
def warned(look: Look) -> Iterator[Evidence]:
    """Every form that asks for an e-mail address warns of open networks in each language, and offers the mailbox."""
    asking = [
        one
        for one in look.policy.form_purposes()
        if one.form and any(look.policy.fields[field.field].kind == EMAIL for field in one.form.fields)
    ]
    for language in LANGUAGES:
        warning = " ".join(look.policy.text(language, "warning.open-network").split()) if asking else ""
        faults = []
        for purpose in asking:
            assert purpose.form is not None
            answer = look.page(f"/{language}/{purpose.form.path.strip('/')}/")
            if answer.status != 200:
                raise CouldNotLook(f"the form {purpose.id} answers {answer.status}")
            page = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
            if warning not in page:
                faults.append(f"the form {purpose.id} doesn't warn of open networks")
            if f"/{language}/mailbox/" not in answer.text:
                faults.append(f"the form {purpose.id} doesn't offer the mailbox")
        yield judged(f"forms that ask for an e-mail address ({language})", len(asking), faults)


@probe(quick=True)
def mails(look: Look) -> Iterator[Evidence]:
    """The one mail that is sent says the same to everybody, whoever they are."""
    texts = {(one, key): look.policy.text(one, key) for one in LANGUAGES for key in MAIL_TEXTS}
    yield judged(
        "texts of mails",
        len(texts),
        (
            f"{key} ({language}) {fault}"
            for (language, key), text in texts.items()
            for fault in _mail_faults(text)
        ),
    )


@probe(quick=True)
def tasks(look: Look) -> Iterator[Evidence]:
    """What waits for the worker, and what it has done, holds opaque ids alone."""
    newest = DBTaskResult.objects.order_by("-enqueued_at")
    columns = ("pk", "args_kwargs", "return_value", "traceback", "exception_class_path")
    found = list(newest.values_list(*columns)[:NEWEST])
    yield judged(
        "tasks of the worker",
        len(found),
        (f"task {pk} {fault}" for pk, *said in found for fault in _task_faults(*said)),
    )


@probe(quick=True)
def logging_in_force(look: Look) -> Iterator[Evidence]:
    """Every log passes the filter that leaves nothing personal, and none tells what is asked and stored."""
    logs: Any = settings.LOGGING
    said = logs["handlers"]
    cut = {name for name, one in logs["filters"].items() if one.get("()") == "zusage.logs.NothingPersonal"}
    faults = [
        f"the log {name} isn't filtered"
        for name, one in said.items()
        if not cut & set(one.get("filters", ()))
    ]
    yield judged("logs that are set up", len(said), faults)
    known = [logging.getLogger(), *(logging.getLogger(name) for name in _loggers())]
    handlers = {id(one): (logger.name, one) for logger in known for one in logger.handlers}
    loose = (
        f"a log at {name} isn't filtered"
        for name, one in handlers.values()
        if _kept_somewhere(one) and not _cut(one)
    )
    yield judged("logs in force", len(handlers), loose)
    talking = [name for name in TEXTS if logging.getLogger(name).getEffectiveLevel() <= logging.DEBUG]
    yield judged(
        "loggers that see requests",
        len(TEXTS),
        [
            *(f"{name} tells everything" for name in talking),
            *(["the debug mode is on"] if settings.DEBUG else []),
        ],
    )


@probe(quick=True)
def log_files(look: Look) -> Iterator[Evidence]:
    """No file that was put into the var folder holds an address, a number, or the fields of a form."""
    files = [
        one
        for one in other_files()
        if one.name not in KNOWN and not one.name.endswith(("-turn", ".zbk", ".zbj"))
    ]
    yield judged(
        "other files in the var folder",
        len(files),
        (f"{one.name} holds personal data" for one in files if _personal(one)),
    )


def _mail_faults(text: str) -> Iterator[str]:
    if not text.strip():
        yield "is empty"
    if re.search(r"\{|%[(s]|\$\w", text):
        yield "has a place for something that differs from mail to mail"
    if PERSONAL.search(text.encode()) or len(text) > LONGEST_MAIL:
        yield "says more than that a letter waits"


def _task_faults(arguments: Any, result: Any, trace: str, error: str) -> Iterator[str]:
    given = json.loads(arguments) if isinstance(arguments, str) else arguments
    if any(not _opaque(one) for one in _leaves(given)):
        yield "was given more than ids"
    if any(not _opaque(one) for one in _leaves(result)):
        yield "kept what it found"
    if PERSONAL.search((trace or "").encode()):
        yield "kept somebody's data with its failure"


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _opaque(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) < 1_000_000
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True


def _loggers() -> list[str]:
    return [name for name, one in logging.root.manager.loggerDict.items() if isinstance(one, logging.Logger)]


def _kept_somewhere(handler: logging.Handler) -> bool:
    """Whether what a log says leaves this process: to a file, a terminal, the network."""
    if isinstance(handler, logging.FileHandler):
        return handler.baseFilename != os.devnull
    if type(handler) is logging.StreamHandler:
        return True
    return type(handler).__module__ == "logging.handlers" and type(handler).__name__ != "MemoryHandler"


def _cut(handler: logging.Handler) -> bool:
    return any(isinstance(one, NothingPersonal) for one in handler.filters)


def _personal(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            begin = opened.read(ENDS)
            size = opened.seek(0, os.SEEK_END)
            opened.seek(max(len(begin), size - ENDS))
            return bool(PERSONAL.search(begin) or PERSONAL.search(opened.read(ENDS)))
    except (FileNotFoundError, PermissionError):
        return False
