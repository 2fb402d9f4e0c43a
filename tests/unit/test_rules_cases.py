"""Rows and files of an import, without a store: what is kept of a row, and what is said of one that isn't taken."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from zusage.rules.cases import columns, source
from zusage.rules.cases.mapping import PLAIN, BadMapping, mapping
from zusage.rules.cases.rows import Row, Rules, read
from zusage.rules.cases.same import one_debtor, other_debtor, same_reference
from zusage.rules.cases.source import LONGEST, Record, Unreadable
from zusage.rules.cases.words import Rejected

DOC = Path(__file__).resolve().parents[2] / "docs" / "import.md"
TODAY = date(2026, 11, 30)
RULES = Rules(TODAY)
ROW = {
    "reference": "ZH-2026-10041", "creditor": "Velohaus Tössfeld AG", "debtor_number": "K4711", "first_name": "Nadine",
    "last_name": "Oberholzer", "date_of_birth": "17.3.1984", "street": "Lindenweg 4", "postcode": "CH-8400",
    "town": "Winterthur", "phones": "079 000 01 07; 044 000 01 08", "emails": "nadine@example.ch",
    "principal": "1'250.50", "interest": "31.2", "fees": "0", "currency": "chf", "opened_on": "2026-01-05",
}  # fmt: skip


def row(**changed: object) -> Row:
    return read({**ROW, **changed}, RULES)


def why(**changed: object) -> str:
    with pytest.raises(Rejected) as caught:
        row(**changed)
    return str(caught.value)


def test_a_row_becomes_what_is_kept() -> None:
    found = row(former_names="Kuratli | Ammann", addresses="Seeweg 2, 8800 Thalwil")
    assert (found.kind, found.state, found.opened_on, found.closed_on) == (
        "person",
        "open",
        date(2026, 1, 5),
        None,
    )
    assert found.values == {
        "reference": "ZH-2026-10041", "creditor": "Velohaus Tössfeld AG", "debtor_number": "K4711",
        "debtor_name": "Oberholzer", "debtor_first_name": "Nadine", "date_of_birth": "1984-03-17",
        "former_names": "Kuratli\nAmmann", "address": "Lindenweg 4, 8400 Winterthur\nSeeweg 2, 8800 Thalwil",
        "phones": "+41790000107\n+41440000108", "emails": "nadine@example.ch", "principal": "1250.50",
        "interest": "31.20", "fees": "0.00", "balance": "CHF 1281.70",
    }  # fmt: skip


def test_json_may_have_lists_and_addresses_in_parts() -> None:
    parts = [{"street": "Lindenweg 4", "postcode": "8400", "town": "Winterthur"}, "Seeweg 2, 8800 Thalwil"]
    found = row(street=None, postcode=None, town=None, addresses=parts, phones=["+41 79 000 01 07"])
    assert found.values["address"] == "Lindenweg 4, 8400 Winterthur\nSeeweg 2, 8800 Thalwil"
    assert found.values["phones"] == "+41790000107"


def test_a_firm() -> None:
    found = row(first_name="", last_name="", company="Zahnradschmiede GmbH", date_of_birth="")
    assert found.kind == "firm" and found.values["debtor_name"] == "Zahnradschmiede GmbH"


def test_closed_where_it_says_so_or_says_when() -> None:
    assert row(closed_on="2026-03-01").state == "closed"
    assert row(status="Closed").closed_on is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reference": ""}, "reference is empty"),
        ({"reference": "17.3.1984"}, "looks like a date"),
        ({"reference": "19840317"}, "looks like a date"),
        ({"reference": "ZH§1"}, "reference has characters"),
        ({"last_name": ""}, "last_name is empty"),
        ({"last_name": " \t "}, "The name is empty"),
        ({"debtor_kind": "robot"}, "debtor_kind is none of person, firm"),
        ({"company": "AG"}, "company"),
        ({"date_of_birth": "31.2.1984"}, "date_of_birth is a day that doesn't exist"),
        ({"date_of_birth": "1984-02-31"}, "date_of_birth is a day that doesn't exist"),
        ({"date_of_birth": "1.1.2030"}, "date_of_birth lies in the future"),
        ({"phones": "12"}, "phones isn't a telephone number"),
        ({"emails": "nadine"}, "emails isn't an e-mail address"),
        ({"postcode": "CH-80"}, "postcode has the wrong number of digits: CH has 4"),
        ({"principal": "-5"}, "principal is negative"),
        ({"principal": "1.250"}, "principal could mean"),
        ({"currency": ""}, "currency is empty"),
        ({"status": "lost"}, "status is none of"),
        ({"closed_on": "2026-03-01", "status": "open"}, "closed_on is filled in"),
        ({"closed_on": "2025-03-01"}, "closed_on lies before opened_on"),
        ({"opened_on": "gestern"}, "opened_on isn't a date"),
        ({"town": "Winterthur\x00"}, "town has control characters"),
        ({"phones": "|".join(f"079 000 01 {n:02}" for n in range(20))}, "phones has more than 10"),
        ({"last_name": 5}, "last_name isn't text"),
        ({"addresses": [{"strasse": "x"}]}, "addresses has an object"),
        ({"salary": "5000"}, "isn't known"),
    ],
)
def test_what_is_wrong_is_said_by_column_and_remedy(changed: dict[str, object], said: str) -> None:
    reason = why(**changed)
    assert said in reason and reason.endswith(".")
    for value in {**ROW, **changed}.values():
        if isinstance(value, str) and len(value) > 4 and value not in ("Closed", "robot"):
            assert value not in reason


def test_check_digits_are_looked_at_where_the_policy_has_a_rule() -> None:
    read({**ROW, "reference": "ZH-78949"}, Rules(TODAY, "luhn"))
    with pytest.raises(Rejected, match="check digits that don't fit the rule luhn"):
        read({**ROW, "reference": "ZH-78948"}, Rules(TODAY, "luhn"))


def test_who_is_one_debtor() -> None:
    nadine = {
        "debtor_kind": "person",
        "debtor_first_name": "Nadine",
        "debtor_name": "Oberholzer",
        "date_of_birth": "1984-03-17",
    }
    married = {**nadine, "debtor_name": "Kuratli", "former_names": "Oberholzer"}
    mistyped = {**nadine, "date_of_birth": "1984-03-18"}
    peter = {**nadine, "debtor_first_name": "Peter", "date_of_birth": "1950-01-01"}
    assert not other_debtor(nadine, married) and not other_debtor(nadine, mistyped)
    assert other_debtor(nadine, peter) and other_debtor(
        nadine, {"debtor_kind": "firm", "debtor_name": "Oberholzer AG"}
    )
    assert one_debtor(nadine, {**nadine}) and one_debtor(
        nadine, {**nadine, "debtor_first_name": "Oberholzer", "debtor_name": "Nadine"}
    )
    assert not one_debtor(nadine, peter) and not one_debtor(nadine, mistyped)
    without = {**nadine, "date_of_birth": "", "creditor": "A"}
    assert one_debtor({**nadine, "creditor": "A"}, without) and not one_debtor(
        {**nadine, "creditor": "B"}, without
    )


def test_references_differ_by_what_a_search_reads_over() -> None:
    assert same_reference("zh 2026.1", "ZH-20261") and not same_reference("ZH-O1", "ZH-01")


def csv(text: str | bytes, names: str = "") -> list[Record]:
    file = io.BytesIO(text.encode() if isinstance(text, str) else text)
    found = source.lines(file.read)
    chosen = mapping(names) if names else PLAIN
    head = source.header(next(found, None), chosen)
    return list(source.from_csv(found, head, chosen.constants))


def raws(found: list[Record]) -> Iterator[object]:
    return (str(one.raw) if isinstance(one.raw, Rejected) else one.raw for one in found)


HEAD = "reference,creditor,opened_on,name\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_delimiters_quotes_and_line_ends(delimiter: str, start: str) -> None:
    text = (
        start
        + f'Reference,"creditor",OPENED-ON,name\r\n1,"A{delimiter} B",2026-01-01,"C ""D""\r\nE"\r\n\r\n2,,,\r\n'
    )
    first, second = csv(text.replace(",", delimiter).replace(f"A{delimiter}{delimiter}", f"A{delimiter}"))
    assert first.line == 2 and second.line == 5
    assert (
        isinstance(first.raw, dict)
        and first.raw["creditor"].startswith("A")
        and first.raw["name"] == 'C "D"\nE'
    )


def test_one_bad_line_costs_itself_alone() -> None:
    long = "x" * (LONGEST + 10)
    text = f'{HEAD}1,A,2026-01-01,"open\n2,A,2026-01-01\n3,A,2026-01-01,N,N\n4,A,2026-01-01,{long}\n5,A,2026-01-01,N\n'
    found = csv(text.encode() + b"6,A,2026-01-01,\xfcber\n7,A,2026-01-01,N")
    assert [one.line for one in found] == [2, 3, 4, 5, 6, 7, 8]
    said = [one if isinstance(one, str) else "" for one in raws(found)]
    assert (
        "quotation mark" in said[0]
        and "3 columns" in said[1]
        and "5 columns" in said[2]
        and "64 KiB" in said[3]
    )
    assert said[4] == said[6] == "" and "UTF-8" in said[5]
    assert found[-1].end == len(text.encode() + b"6,A,2026-01-01,\xfcber\n7,A,2026-01-01,N")


def test_a_line_of_a_gigabyte_is_never_read_whole() -> None:
    asked: list[int] = []

    def read_piece(size: int) -> bytes:
        asked.append(size)
        return b"a" * size if len(asked) <= 1024 else b"\nlast" if len(asked) == 1025 else b""

    found = list(source.lines(read_piece))
    assert [(one.number, one.content) for one in found] == [(1, None), (2, b"last")]
    assert found[-1].end == (1 << 30) + 5


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", "empty"),
        ("\n1,2\n", "empty"),
        ("Muster,Hans,1980\n", "names no column"),
        ("reference,creditor,opened_on,name,Sachbearbeiter\n", "at 5"),
        ("reference,creditor,opened_on,name,NAME\n", "name twice"),
        ("reference,creditor,name\n", "no column opened_on"),
        ('reference,"creditor\n', "isn't closed"),
        (b"reference;\xfc\n", "isn't UTF-8"),
    ],
)
def test_a_header_that_cannot_be(head: str | bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        csv(head)


def test_other_encodings_and_kinds() -> None:
    for head in ("reference".encode("utf-16"), "reference".encode("utf-16-le"), b"\x00" * 100):
        with pytest.raises(Unreadable, match="UTF-16"):
            source.encoding_of(head)
    assert source.kind_of("a.txt", b' {"reference"') == source.kind_of("a.ndjson", b"x") == "json-lines"
    assert source.kind_of("a.csv", b"reference") == "csv"
    with pytest.raises(Unreadable, match="one list"):
        source.kind_of("a.json", b"[{")


def test_json_lines() -> None:
    lines = [
        '{"reference": "1", "principal": 1250.50, "phones": ["1", "2"], "fees": null}', "", "[1]", "{", "[" * 60_000,
        '{"Muster": 1}', '{"reference": "1", "reference": "2"}', '{"principal": NaN}', "5" * 50_000,
    ]  # fmt: skip
    found = list(source.from_json_lines(source.lines(io.BytesIO("\n".join(lines).encode()).read)))
    assert found[0].raw == {"reference": "1", "principal": "1250.50", "phones": ["1", "2"], "fees": None}
    said = [str(one.raw) for one in found[1:]]
    assert [one.line for one in found] == [1, 3, 4, 5, 6, 7, 8, 9] and "Muster" not in "".join(said)
    assert (
        "no object" in said[0]
        and "isn't JSON" in said[1]
        and "isn't JSON" in said[2]
        and "number 1" in said[3]
    )
    assert "twice" in said[4]


def test_a_mapping_gives_other_names_and_constants() -> None:
    names = 'ignore = ["Sachbearbeiter"]\n[columns]\nreference = "Akten-Nr"\n'
    names += '[constants]\ncreditor = "A"\ncurrency = "CHF"'
    (found,) = csv("akten_nr;Sachbearbeiter;opened_on;name\n1;xy;2026-01-01;N\n", names)
    assert found.raw == {
        "creditor": "A",
        "currency": "CHF",
        "reference": "1",
        "opened_on": "2026-01-01",
        "name": "N",
    }


@pytest.mark.parametrize(
    "text",
    ["[", "x = 1", '[columns]\nnonsense = "a"', "[columns]\nreference = 1", 'ignore = "a"',
     '[columns]\nreference = "a"\n[constants]\nreference = "b"', '[columns]\nreference = "a"\nname = "A"'],
)  # fmt: skip
def test_a_mapping_that_cannot_be(text: str) -> None:
    with pytest.raises(BadMapping):
        mapping(text)


def test_the_document_has_the_columns_as_they_are() -> None:
    assert columns.table() in DOC.read_text(encoding="utf-8")
