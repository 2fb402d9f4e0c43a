"""A message finds its file: the twins and the rest of the cast, through the real stores."""

from __future__ import annotations

from datetime import date

import pytest

from tests import cast, make
from tests.cast import Person
from zusage.actions import matching
from zusage.actions.cases import open_case
from zusage.models import Case, Submission
from zusage.vault import api as vault

pytestmark = pytest.mark.django_db


def on_file(who: Person, **other: str) -> Case:
    """A file of `who`, with its index rows."""
    columns = {
        "reference": who.references[0],
        "debtor_first_name": who.first_name,
        "debtor_name": who.last_name,
        "date_of_birth": who.born.isoformat(),
        "address": f"{who.street}, {who.postcode} {who.town}",
        "phones": who.phone_day_e164,
        "emails": who.email,
        "creditor": "Velohaus Tössfeld AG",
        "balance": "412.30 CHF",
        **other,
    }
    return open_case(vault.Actor.system("test"), date(2026, 3, 4), columns)


def sent(who: Person, **other: str) -> Submission:
    """An enquiry by `who`, as a checked form hands it on."""
    values = {
        "name": who.name,
        "case_reference": who.references[0] if who.references else "",
        "date_of_birth": who.born.isoformat(),
        "phone_day": who.phone_day_e164,
        "email": who.email,
        "message": who.message,
        **other,
    }
    return make.submission("enquiry", **values)


def test_each_of_the_cast_finds_their_own_file():
    files = {who.id: on_file(who) for who in cast.CAST if who.references}
    for who in cast.CAST:
        one = sent(who)
        matching.look_at_waiting()
        one.refresh_from_db()
        if who.id in files:
            assert (one.search, one.case_id) == ("automatic", files[who.id].pk), who.id
        else:
            assert (one.search, one.case_id) == ("human", None)
