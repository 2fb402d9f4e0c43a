"""Access: everything about a person is in the package, and nothing of anybody else."""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pypdf import PdfReader

from tests import make
from tests.planted import Planted, plant
from zusage.actions import mailbox, office
from zusage.actions.base import Conflict
from zusage.actions.cases import open_case
from zusage.actions.disclose import Order, disclose
from zusage.actions.house import deliver as move
from zusage.actions.rights import access, steps
from zusage.models import Correction, Document, Message, RightsRequest, Staff, SubmissionValue
from zusage.models.inventory import WHYS, tables
from zusage.policy.types import LANGUAGES
from zusage.protocol.models import Entry, Outbox
from zusage.queries import mailbox as mailbox_queries
from zusage.rules.access.portable import SCHEMA
from zusage.rules.access.words import words
from zusage.stores import ALIASES
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import Restriction, Warrant
from zusage.vault.sealed import apart

pytestmark = pytest.mark.django_db(databases="__all__")
JSON, PDF = "application/json", "application/pdf"
SRC = Path(steps.__file__).parents[2]


def opened(documents: list[Document], officer: Staff) -> dict[str, bytes]:
    """What the person finds in the files."""
    found = vault.open_many(documents, "rights", vault.Actor.subject(documents[0].subject_id))
    return {
        one.media_type: base64.b64decode(columns["content"])
        for one, columns in zip(documents, found, strict=True)
        if not isinstance(columns, vault.Refused)
    }


def package(request: RightsRequest) -> tuple[dict[str, Any], str]:
    """The package that answers `request`, as JSON and as the text of its PDF without any space."""
    officer = make.staff("officer")
    files = opened(access.deliver(officer, request.pk), officer)
    return json.loads(files[JSON]), text_of(files.get(PDF, b""))


def text_of(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages if pdf else []
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def rows_of(told: dict[str, Any], table: str) -> dict[str, Any]:
    """A table's rows by reference."""
    found = [one for store in told["stores"] for one in store["tables"] if one["id"] == table]
    return {row["reference"]: row for row in found[0].get("rows", ())}


def as_told(value: Any) -> Any:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return "keyed hash" if isinstance(value, (bytes, memoryview)) else value


def expected(person: Planted, label: str, one: Any) -> Any:
    """What must stand in the package for a column of `person`."""
    if isinstance(one, vault.SealedField):
        planted = person.sealed[label, one.name]
        if label == "zusage.Document":
            return {"sha256": hashlib.sha256(base64.b64decode(planted)).hexdigest(), "in_mailbox": True}
        return {"base64": planted} if label == "zusage.Proof" else planted
    if one.name == "actor_kind":
        return "staff: clerk"
    if one.is_relation and one.related_model is Staff:
        return "staff"
    return as_told(getattr(person.rows[label], one.attname))


def test_every_value_of_every_table_is_in_the_package_and_nothing_of_the_neighbours():
    person, neighbour = plant(), plant()
    request = make.rights_request("access", about=[person.subject_id])
    told, pdf = package(request)
    missing = []
    for model, table in tables().items():
        if not table.subject:
            continue
        label, stored = model._meta.label, person.rows[model._meta.label]
        name = ":".join(map(str, stored.pk)) if isinstance(stored.pk, tuple) else str(stored.pk)
        row = rows_of(told, label)[name]
        for one in model._meta.concrete_fields:
            # How a key is wrapped is the house's; ids stand among the links; who acted is told by role.
            if table.columns.get(one.name) == "house" or one.primary_key or one.name == "actor_id":
                continue
            at = row["links"] if table.columns.get(one.name) in ("id", "subject") else row["values"]
            there = at.get(one.name)
            want = expected(person, label, one)
            if there != (str(want) if at is row["links"] else want):
                missing.append(f"{label}.{one.name} in the JSON")
            if isinstance(one, vault.SealedField) and isinstance(want, str) and want not in pdf:
                missing.append(f"{label}.{one.name} in the PDF")
    assert not missing
    text = json.dumps(told, ensure_ascii=False)
    for planted in neighbour.sealed.values():
        assert planted not in text and planted not in pdf
    assert str(neighbour.subject_id) not in text
    for row in neighbour.rows.values():
        name = ":".join(map(str, row.pk)) if isinstance(row.pk, tuple) else str(row.pk)
        assert name not in text


def test_a_neighbour_of_the_same_name_and_address_is_nowhere_in_it():
    mine = make.submission("contact", message="Meine Frage Kornblume-811")
    theirs = make.submission("contact", message="Deren Frage Klatschmohn-922")
    told, pdf = package(make.rights_request(about=[mine.subject_id]))
    text = json.dumps(told, ensure_ascii=False)
    assert "Kornblume-811" in text and "Kornblume-811" in pdf
    assert "Klatschmohn-922" not in text and "Klatschmohn-922" not in pdf
    assert str(theirs.pk) not in text and str(theirs.subject_id) not in text


def test_every_store_and_every_table_is_listed_with_what_was_found():
    sent = make.submission("enquiry")
    told, pdf = package(make.rights_request(about=[sent.subject_id]))
    assert [store["id"] for store in told["stores"]] == [name.lower() for name in ALIASES.values()]
    listed = {table["id"]: table for store in told["stores"] for table in store["tables"]}
    assert set(listed) == {model._meta.label for model in tables()}
    for model, table in tables().items():
        one = listed[model._meta.label]
        assert bool(table.subject) == ("rows" in one) == ("why_nothing" not in one)
    assert listed["zusage.SubmissionValue"]["found"] == 6
    visits = next(store for store in told["stores"] if store["id"] == "visits")
    assert visits["tables"] and all(table["why_nothing"] for table in visits["tables"])
    assert "WowirgesuchthabenJedeTabelle" in pdf


def test_purposes_bases_sources_recipients_and_computed_dates():
    sent = make.submission("contact")
    told, pdf = package(make.rights_request(about=[sent.subject_id]))
    contact = next(one for one in told["purposes"] if one["id"] == "contact")
    assert contact["basis"]["articles"]["de"] == "Art. 6 Abs. 1 lit. f DSGVO"
    assert contact["source"]["text"] == "von Ihnen, mit dem Formular"
    last = timezone.localdate(sent.received_at) + timedelta(days=45)
    kept = rows_of(told, "zusage.Submission")[str(sent.pk)]["kept"]
    assert [(one["period"], one["until"]) for one in kept] == [("contact", last.isoformat())]
    assert re.sub(r"\s", "", f"Bis {last.day}. ") in pdf
    assert {"own-staff", "hosting", "authorities"} <= {one["id"] for one in told["recipients"]}
    assert told["automated_decisions"] == []
    assert "EntscheidedurchComputer" in pdf


def test_a_period_that_has_not_begun_says_so_and_one_of_a_category_is_its_own():
    case = _case()
    told, pdf = package(make.rights_request(about=[case.subject_id]))
    running = rows_of(told, "zusage.Case")[str(case.pk)]["kept"]
    assert {one["period"]: one["until"] for one in running} == {"collection": None, "case-details": None}
    assert "DieFristläuftnochnicht." in pdf
    case.closed_on = date(2026, 3, 3)
    case.save()
    told, _ = package(make.rights_request(about=[case.subject_id]))
    closed = {one["period"]: one for one in rows_of(told, "zusage.Case")[str(case.pk)]["kept"]}
    assert closed["collection"]["until"] == "2036-12-31"
    assert closed["collection"]["blocked_from"] == "2027-03-03"
    assert closed["case-details"]["categories"] == ["date-of-birth"]
    assert closed["case-details"]["until"] == "2027-03-03"


def test_disclosures_are_told_with_recipient_country_contract_and_fields():
    case = _case()
    disclose(vault.Actor.staff(make.clerk()), Order("creditor", "collection", "contract", "csv"), [case])
    told, pdf = package(make.rights_request(about=[case.subject_id]))
    (row,) = rows_of(told, "zusage.Disclosure").values()
    assert row["values"]["recipient"] == "creditor" and row["values"]["country"] == "CH"
    assert "reference" in row["values"]["fields"] and row["values"]["actor_kind"] == "staff: clerk"
    assert next(one for one in told["recipients"] if one["id"] == "creditor")["received_something"]
    assert "AnDerGläubigerIhrerRechnung" in pdf


def test_the_protocol_is_told_by_role_from_outbox_and_store_each_line_once():
    sent = make.submission("enquiry")
    clerk = make.clerk("bernhard-zumstein")
    office.answer(clerk, sent.pk, "Guten Tag", "t" * 20, 0)
    move()
    office.note(clerk, sent.pk, "Eine Notiz", "n" * 20)
    line = Outbox.objects.filter(act="note").get()
    copy = {field.attname: getattr(line, field.attname) for field in Outbox._meta.concrete_fields}
    Entry.objects.create(**copy)  # on its way when we looked
    told, pdf = package(make.rights_request(about=[sent.subject_id]))
    lines = {**rows_of(told, "protocol.Outbox"), **rows_of(told, "protocol.Entry")}
    acts = [row["values"]["act"] for row in lines.values()]
    assert acts.count("note") == 1 and acts.count("answer") == 1 and acts.count("submit") == 1
    text = json.dumps(told)
    assert "bernhard" not in text and "bernhard" not in pdf and str(clerk.pk) not in text
    assert "Sachbearbeitung" in pdf


def test_what_does_not_open_is_listed_and_spoils_nothing_else():
    sent = make.submission("enquiry", message="Bleibt lesbar")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE zusage_submissionvalue SET value = %s WHERE submission_id = %s AND field = 'name'",
            [b"\x01" + b"x" * 40, sent.pk.hex if connection.vendor == "sqlite" else sent.pk],
        )
    told, pdf = package(make.rights_request(about=[sent.subject_id]))
    assert told["unreadable"] == [
        {
            "table": "zusage.SubmissionValue",
            "reference": f"{sent.pk}:name",
            "column": "value",
            "why": "damaged",
        }
    ]
    row = rows_of(told, "zusage.SubmissionValue")[f"{sent.pk}:name"]
    assert row["values"]["value"] is None and row["unreadable"] == {"value": "damaged"}
    assert "beschädigt,nichtmehrlesbar" in pdf and "Bleibtlesbar" in pdf and "EineAngabeliesssich" in pdf


def test_what_was_erased_is_said_to_be():
    sent = make.submission("enquiry", message="Heidelbeere-44")
    vault.shred(sent.subject_id, "request", vault.Actor.system("rights"), [vault.Part("enquiry")])
    told, _ = package(make.rights_request(about=[sent.subject_id]))
    assert {one["why"] for one in told["unreadable"]} == {"erased"}
    assert rows_of(told, "vault.Tombstone") and "Heidelbeere-44" not in json.dumps(told)


def test_a_restriction_does_not_keep_their_own_data_from_the_person():
    sent = make.submission("enquiry", message="Trotzdem-77")
    Restriction.objects.create(subject_id=sent.subject_id, kind="restriction")
    told, pdf = package(make.rights_request(about=[sent.subject_id]))
    assert "Trotzdem-77" in json.dumps(told) and "Sperre" in pdf


def test_corrections_and_notes_of_dispute_stand_beside_the_value():
    sent = make.submission("enquiry", message="Ich war es nicht")
    note = Correction(
        subject_id=sent.subject_id, purpose="enquiry", record_type="zusage.submissionvalue",
        record_id=f"{sent.pk}:message", column="value", state="disputed",
    )  # fmt: skip
    vault.seal(note, {"note": "Das bestreite ich"}, vault.Keyring())
    note.save()
    told, pdf = package(make.rights_request(about=[sent.subject_id]))
    (mark,) = rows_of(told, "zusage.SubmissionValue")[f"{sent.pk}:message"]["corrections"]
    assert (mark["state"], mark["note"]) == ("disputed", "Das bestreite ich")
    assert re.search(r"IchwaresnichtBestrittenam.*?:Dasbestreiteich", pdf)


def test_the_package_lies_in_the_mailbox_with_a_letter_and_the_request_is_answered():
    sent = make.submission("enquiry")
    request, officer = make.rights_request(about=[sent.subject_id]), make.staff("officer")
    laid = access.deliver(officer, request.pk)
    assert [(one.name, one.media_type) for one in laid] == [
        ("auskunft.pdf", PDF),
        ("auskunft.json", JSON),
    ]
    request.refresh_from_db()
    assert request.state == "answered" and request.closed_at
    assert not Warrant.objects.filter(record_id=request.pk, ended_at=None).exists()
    assert list(request.steps.order_by("at").values_list("act", flat=True))[-2:] == ["executed", "answered"]
    letters = mailbox_queries.letters(request.subject_id)
    assert "www.edoeb.admin.ch" in letters[-1].body and letters[-1].who == "agency"
    about = Outbox.objects.filter(act="package", subject_id=sent.subject_id)
    assert about.count() == 2 and about[0].actor_id == str(officer.pk)
    opened = Outbox.objects.filter(act="open", subject_id=sent.subject_id, purpose="rights")
    rows = [row for line in opened.values_list("record_id", flat=True) for row in apart(line)]
    assert {f"{sent.pk}:{one}" for one in ("name", "message", "email")} <= set(rows) and len(rows) >= 6


def test_pressed_twice_or_by_two_officers_it_is_laid_once():
    request = make.rights_request()
    first = access.deliver(make.staff("officer"), request.pk)
    again = access.deliver(make.staff("officer"), request.pk)
    assert [one.pk for one in first] == [one.pk for one in again]
    assert Document.objects.count() == 2
    assert Message.objects.filter(submission_id=request.pk, sender="agency").count() == 1


def test_the_quicker_of_two_officers_lays_it(monkeypatch):
    request, officer = make.rights_request(), make.staff("officer")
    print_ = access._files

    def meanwhile(made: Any) -> Any:
        monkeypatch.setattr(access, "_files", print_)
        access.deliver(make.staff("officer"), request.pk)
        return print_(made)

    monkeypatch.setattr(access, "_files", meanwhile)
    assert len(access.deliver(officer, request.pk)) == 2
    assert Document.objects.count() == 2
    assert Message.objects.filter(submission_id=request.pk, sender="agency").count() == 1


def test_somebody_added_while_it_was_printed_stops_it(monkeypatch):
    request, officer, other = make.rights_request(), make.staff("officer"), make.submission("contact")
    print_ = access._files

    def meanwhile(made: Any) -> Any:
        steps.concern(request, other.subject_id, officer)
        return print_(made)

    monkeypatch.setattr(access, "_files", meanwhile)
    with pytest.raises(Conflict, match="concerns-changed"):
        access.deliver(officer, request.pk)
    assert not Document.objects.exists()


def test_a_copy_to_take_along_is_json_with_what_the_person_gave():
    sent = make.submission("enquiry")
    mailbox.reply(sent.subject_id, sent.pk, "Noch etwas", "r" * 20)
    request = make.rights_request("copy", about=[sent.subject_id])
    told, pdf = package(request)
    assert pdf == "" and told["right"] == "copy"
    given = {one["field"]: one["value"] for one in told["given"]}
    assert given == {**make.VALUES["enquiry"], "body": "Noch etwas"}


@pytest.mark.parametrize(
    "right, way, reason", [("deletion", "mailbox", "wrong-right"), ("access", "stranger", "identity-open")]
)
def test_it_is_not_made_for_another_right_nor_before_identity_is_shown(right, way, reason):
    request = make.rights_request(right, way)
    with pytest.raises(Conflict, match=reason):
        access.deliver(make.staff("officer"), request.pk)
    assert not Document.objects.exists()


@pytest.mark.parametrize("role", ["clerk", "administrator"])
def test_nobody_but_the_officer_makes_it(role):
    request = make.rights_request()
    with pytest.raises(vault.Refused):
        access.deliver(make.staff(role), request.pk)


def test_it_is_refused_where_the_request_was_decided_otherwise():
    request = make.rights_request()
    steps.close(request, "refused")
    with pytest.raises(Conflict, match="request-closed"):
        access.deliver(make.staff("officer"), request.pk)


def test_a_later_package_does_not_hold_the_earlier_one():
    first = make.rights_request()
    access.deliver(make.staff("officer"), first.pk)
    told, _ = package(make.rights_request(about=[first.subject_id]))
    values = [row["values"]["content"] for row in rows_of(told, "zusage.Document").values()]
    assert len(values) == 2 and all(set(one) == {"sha256", "in_mailbox"} for one in values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_the_persons_language_and_is_tagged(language):
    sent = make.submission("enquiry", language=language)
    officer, request = make.staff("officer"), make.rights_request(about=[sent.subject_id], language=language)
    files = opened(access.deliver(officer, request.pk), officer)
    pdf = PdfReader(io.BytesIO(files[PDF]))
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"] and pdf.trailer["/Root"]["/Lang"] == language
    said = words(language)
    for key in ("paper.title", "paper.recipients", "paper.protocol", "paper.searched", "paper.rights"):
        assert re.sub(r"\s", "", said[key]) in text_of(files[PDF])
    assert json.loads(files[JSON])["language"] == language


def test_the_json_is_as_the_schema_says():
    person = plant()
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    told, _ = package(make.rights_request(about=[person.subject_id]))
    assert list(faults(told, schema)) == []
    told["more"] = 1
    del told["given"]
    told["stores"][0]["tables"][0]["found"] = "many"
    assert len(list(faults(told, schema))) == 3


def test_what_tables_columns_and_acts_are_called_is_said_in_every_language():
    asked = {f"table.{model._meta.label}" for model in tables()}
    asked |= {
        f"column.{name}" for table in tables().values() if table.subject for name, kind in table.columns.items()
        if kind != "house"
    }  # fmt: skip
    asked |= {f"why.{one}" for one in WHYS - {""}} | {
        f"store_name.{name.lower()}" for name in ALIASES.values()
    }
    asked |= {f"act.{act}" for act in acts()}
    for language in LANGUAGES:
        assert sorted(asked - set(words(language))) == []
        assert set(words(language)) == set(words("de"))
        assert {k: placeholders(v) for k, v in words(language).items()} == {
            k: placeholders(v) for k, v in words("de").items()
        }
    assert [key for key, text in words("de").items() if "ß" in text] == []


CALLS = {
    "Deed": (0, ""), "_record": (1, ""), "step": (1, "rights-"), "happened": (1, "plan-"), "finish": (1, "plan-"),
}  # fmt: skip
"""What names a deed: which argument does, and what comes before it."""


def acts() -> set[str]:
    """What deeds and steps are called in the code."""
    found = set()
    for file in SRC.rglob("*.py"):
        if file.name in ("staff.py", "house.py"):
            continue  # they do nothing about a subject
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place, before = CALLS.get(name, (99, ""))
            if len(node.args) > place:
                parts = [node.args[place]]
                if isinstance(parts[0], ast.IfExp):
                    parts = [parts[0].body, parts[0].orelse]
                found |= {f"{before}{one.value}" for one in parts if isinstance(one, ast.Constant)}
    return found


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text))


def faults(value: Any, schema: dict[str, Any], place: str = "") -> Any:
    """Where `value` isn't as `schema` says: the part of JSON Schema that ours uses."""
    names = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "boolean": bool,
        "null": type(None),
    }
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not isinstance(value, tuple(names[kind] for kind in kinds)):
        yield f"{place}: {type(value).__name__}"
    elif isinstance(value, dict) and "object" in kinds:
        known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
        yield from (f"{place}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, inner in value.items():
            if name in known:
                yield from faults(inner, known[name], f"{place}.{name}")
            elif rest is False:
                yield f"{place}.{name} is too much"
            elif isinstance(rest, dict):
                yield from faults(inner, rest, f"{place}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from faults(inner, schema["items"], f"{place}[{number}]")
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value} is none of {schema['enum']}"


def _case() -> Any:
    values = {
        "reference": "ZH-2026-10041", "debtor_name": "Nadine Oberholzer", "date_of_birth": "1984-03-17",
        "address": "Lindenweg 4, 8400 Winterthur", "creditor": "Velohaus AG", "balance": "CHF 420.50",
    }  # fmt: skip
    return open_case(vault.Actor.system("demo"), date(2026, 1, 5), values)


def test_a_submission_value_of_a_field_no_longer_declared_is_told_by_its_id():
    sent = make.submission("enquiry")
    row = SubmissionValue(submission=sent, subject_id=sent.subject_id, purpose="enquiry", field="shoe_size")
    vault.seal(row, {"value": "Grösse-43"}, vault.Keyring())
    row.save(force_insert=True)
    told, pdf = package(make.rights_request(about=[sent.subject_id]))
    assert "shoe_size" in pdf and "Grösse-43" in pdf
    assert policy().fields.get("shoe_size") is None and told["unreadable"] == []
