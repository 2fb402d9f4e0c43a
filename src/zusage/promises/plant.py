"""Somebody invented, who sends a form through the portal: probes follow their values through the house.

They are announced before they are there, so that what a killed run left behind is found by the next one.
"""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from zusage.actions import intake
from zusage.actions.proofs import announce_probe, remove_probe
from zusage.models import Submission
from zusage.models.proofs import ProbePerson
from zusage.policy.types import Field, Purpose
from zusage.promises.portal import Portal
from zusage.tenant import policy
from zusage.web.forms import form_class
from zusage.web.public.views import to_intake

LANGUAGE = "de"
LEFT_BEHIND = timedelta(minutes=15)
UNDECLARED = "probe_undeclared"
"""A field that no form has, sent all the same: nothing of it may be kept."""
LETTERS = "bcdfghjklmnpqrstvwxz"


class NotPlanted(Exception):
    """The portal didn't take the form of somebody invented; the text says at which step."""


@dataclass(frozen=True, slots=True)
class Planted:
    """Who was planted. `marks`: field -> a value that stands nowhere else in the world, as it is kept."""

    subject_id: UUID
    submission_id: UUID
    purpose: str
    marks: Mapping[str, str]
    receipt: str


def clear_left_behind() -> int:
    """Remove whom an earlier run left; their number."""
    old = ProbePerson.objects.filter(at__lt=timezone.now() - LEFT_BEHIND)
    left = list(old.values_list("submission_id", flat=True))
    for one in left:
        remove_probe(one)
    return len(left)


@contextmanager
def planted(portal: Portal) -> Iterator[Planted]:
    """Plant somebody, through the first form of the policy; gone at the end. Raises NotPlanted, OSError."""
    purpose = policy().form_purposes()[0]
    fields = _fields(portal, purpose)
    filled = form_class(policy(), purpose.id, LANGUAGE)(fields)
    if not filled.is_valid():
        raise NotPlanted("the form takes none of our values")
    sent = to_intake(filled)
    submission_id, _ = intake.identity(sent)
    announce_probe(submission_id)
    try:
        receipt = _send(portal, purpose, fields)
        found = Submission.objects.filter(pk=submission_id).first()
        if found is None:
            raise NotPlanted("the form was taken, and nothing stored for it")
        marks = {
            name: value
            for name, value in filled.values().items()
            if isinstance(value, str) and len(value) > 9
        }
        yield Planted(found.subject_id, submission_id, purpose.id, marks, receipt)
    finally:
        remove_probe(submission_id)


def _fields(portal: Portal, purpose: Purpose) -> dict[str, str]:
    """What is typed into the form's fields, and what its page holds besides."""
    page = portal.get(_path(purpose))
    if page.status != 200 or purpose.form is None:
        raise NotPlanted(f"the form answers {page.status}")
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    typed = {
        one.field: a_value(policy().fields[one.field])
        for one in purpose.form.fields
        if one.required or one.field in purpose.form.one_of
    }
    typed[UNDECLARED] = f"Probe {_mark()}"
    return {html.unescape(name): html.unescape(value) for name, value in hidden} | typed


def _mark() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(12))


def a_value(field: Field) -> str:
    """What might be typed into a field: where it can, something that stands nowhere else."""
    mark = _mark()
    match field.kind:
        case "postcode":
            return "8000"
        case "email":
            return f"{mark}@example.com"
        case "phone":
            return "+41 44 300 01 99"
        case "date-of-birth":
            return "29.02.1904"
        case "amount" | "amount-or-zero":
            return "1.00"
        case "day-of-month":
            return "1"
        case "reference" | "references":
            return f"PROBE-{mark.upper()}"
        case "text":
            return f"Eine Probe der Zusagen, keine Nachricht: {mark}"
        case _:
            return f"Probe {mark.capitalize()}"


def _send(portal: Portal, purpose: Purpose, fields: Mapping[str, str]) -> str:
    answer = portal.post(_path(purpose), fields)
    if answer.status != 303:
        raise NotPlanted(f"the form was answered with {answer.status}")
    page = portal.get(answer.headers["location"])
    code = re.search(r'id="receipt-code"[^>]*>(.*?)</strong>', page.text, re.DOTALL)
    if page.status != 200 or code is None:
        raise NotPlanted(f"the receipt's page answers {page.status}")
    return re.sub(r"<[^>]+>|\s", "", code.group(1))


def _path(purpose: Purpose) -> str:
    assert purpose.form is not None
    return f"/{LANGUAGE}/{purpose.form.path.strip('/')}/"
