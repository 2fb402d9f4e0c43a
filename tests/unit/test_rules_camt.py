"""Banks' files: what is a payment in them, and everything that isn't such a file. Nothing here needs a database."""

from __future__ import annotations

import itertools
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.camt import ACCOUNTS, EURO, IBAN, QR_IBAN, Entry, Paid, Statement, file
from zusage.rules.camt import reading
from zusage.rules.camt.reading import Reading, check
from zusage.rules.camt.shapes import CODES, Booked, Finding, NotTaken
from zusage.rules.camt.typed import references_in
from zusage.rules.paying.references import grouped, qrr, scor

QRR, OTHER, SCOR = qrr("31394714300090"), qrr("98765432101234567"), scor("539007547034")


def booked(content: bytes) -> list[Booked]:
    """The payments of a file in which nothing is wrong."""
    found = list(Reading(BytesIO(content), ACCOUNTS))
    assert not [one for one in found if isinstance(one, Finding)]
    return [one for one in found if isinstance(one, Booked)]


def wrong(content: bytes) -> list[str]:
    """Code and place of each mistake that refuses a file."""
    with pytest.raises(NotTaken) as refused:
        check(BytesIO(content), ACCOUNTS)
    return said(refused.value.findings)


def said(findings: Sequence[Finding]) -> list[str]:
    """Code and place of each."""
    assert {one.code for one in findings} <= set(CODES)
    return [f"{one.code} {one.where}".strip() for one in findings]


def told(content: bytes) -> list[str]:
    """What a human should look at, of a file that goes in."""
    return said(check(BytesIO(content), ACCOUNTS).told)


@pytest.mark.parametrize("kind", ["053", "054"])
@pytest.mark.parametrize("version", ["04", "08"])
def test_collective_entries_come_apart(kind: str, version: str) -> None:
    many = Entry(
        [Paid("40.00", QRR), Paid("60.50", SCOR, end_to_end="E2E-7"), Paid("60.50", text="Rate Juni")],
        name=QR_IBAN,
        day="2026-11-27T23:30:00+01:00",
    )
    content = file(Statement([many, Entry()]), Statement([Entry([Paid(currency="EUR")], currency="EUR")], EURO),
                   kind=kind, version=version)  # fmt: skip
    found = booked(content)
    assert [(one.entry, one.place, str(one.amount), one.currency, one.ours) for one in found] == [
        (1, 1, "40.00", "CHF", QR_IBAN),
        (1, 2, "60.50", "CHF", QR_IBAN),
        (1, 3, "60.50", "CHF", QR_IBAN),
        (2, 1, "100.00", "CHF", IBAN),
        (3, 1, "100.00", "EUR", EURO),
    ]
    assert {one.account for one in found} == {IBAN, EURO}
    assert found[0].references == (QRR,)
    assert found[1].references == (SCOR, "E2E-7")
    assert found[2].texts == ("Rate Juni",)
    assert found[0].booked_on == date(2026, 11, 27)
    assert found[0].payer == "Nadine Oberholzer"
    assert found[0].payer_account == "CH5604835012345678009"
    assert {one.kind for one in found} == {"payment"}
    assert check(BytesIO(content), ACCOUNTS).format == f"camt.{kind}"


def test_what_is_known_again_has_one_identity_in_both_messages() -> None:
    entries = [
        Entry([Paid("50.00"), Paid("50.00"), Paid("50.00", text="x")]),
        Entry([Paid("50.00")], bank_reference=""),
        Entry([Paid("50.00", bank_reference="T-9")], bank_reference="NONREF"),
    ]
    statement, notice = (
        [
            (*one.identity(), one.position)
            for one in booked(file(Statement(entries), kind=kind, version=version))
        ]
        for kind, version in (("053", "04"), ("054", "08"))
    )
    assert statement == notice
    assert len(set(statement)) == 5
    # A statement that stands in a file twice is one.
    again = booked(file(Statement(entries), Statement(entries)))
    assert {(*one.identity(), one.position) for one in again} == set(statement)
    # Booked on another day, or taken back: something else.
    others = [
        Entry([Paid("50.00")], day="2026-11-28"),
        Entry([Paid("50.00")], direction="DBIT", reversal=True),
    ]
    assert not set(statement) & {(*one.identity(), one.position) for one in booked(file(Statement(others)))}


@pytest.mark.parametrize(
    "entry, kind",
    [
        (Entry(), "payment"),
        (Entry(direction="DBIT"), "other"),
        (Entry(direction="DBIT", reversal=True), "returned"),
        (Entry([Paid(returned="AC04")], direction="DBIT"), "returned"),
        (Entry(direction="CRDT", reversal=True), "other"),
    ],
)
def test_what_came_what_was_taken_back_and_what_is_neither(entry: Entry, kind: str) -> None:
    assert [one.kind for one in booked(file(Statement([entry])))] == [kind]


def test_an_entry_without_details_is_a_payment_and_a_sum_is_none() -> None:
    alone = Entry([], "80.00", more=f"GUTSCHRIFT {grouped(SCOR)} OBERHOLZER")
    single = Entry([Paid(None)], "81.00")
    assert [str(one.amount) for one in booked(file(Statement([alone, single])))] == ["80.00", "81.00"]
    assert references_in(booked(file(Statement([alone])))[0].texts) == (SCOR,)
    sums = check(BytesIO(file(Statement([Entry([], "300.00", of=3)] * 2))), ACCOUNTS)
    assert (sums.sums, sums.payments, sums.told) == (2, 0, [])
    assert booked(file(Statement([Entry(state="PDNG"), Entry(state="INFO")]))) == []
    assert booked(file(Statement([Entry([], "0.00", direction="DBIT")]))) == []


@pytest.mark.parametrize("namespace", ["", "urn:iso:std:iso:20022:tech:xsd:camt.053.001.13", "urn:bank:own"])
def test_any_namespace(namespace: str) -> None:
    assert len(booked(file(namespace=namespace))) == 1
    prefixed = file(namespace=namespace or "x").replace(b" xmlns=", b" xmlns:c=")
    for name in (b"Document", b"BkToCstmrStmt", b"Stmt", b"Ntry"):
        prefixed = prefixed.replace(b"<" + name + b">", b"<c:" + name + b">").replace(
            b"</" + name + b">", b"</c:" + name + b">"
        )
    prefixed = prefixed.replace(b"<Document ", b"<c:Document ")
    assert len(booked(prefixed)) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "iso-8859-1"])
def test_encodings(encoding: str) -> None:
    text = file(Statement([Entry([Paid(payer="Zoé Müller")])])).decode()
    text = text.replace('encoding="UTF-8"', "" if encoding != "iso-8859-1" else 'encoding="ISO-8859-1"')
    assert booked(text.encode(encoding))[0].payer == "Zoé Müller"


PLAIN = file(Statement([Entry(), Entry([Paid("12.00", QRR)])]))
BOMB = b"""<?xml version="1.0"?><!DOCTYPE D [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Document><BkToCstmrStmt><Stmt><Id>&b;</Id></Stmt></BkToCstmrStmt></Document>"""
NOT_FILES = {
    "nothing": (b"", "empty"),
    "blanks": (b"\xef\xbb\xbf \r\n", "empty"),
    "a zip": (b"PK\x03\x04" + bytes(50), "packed"),
    "a gzip": (b"\x1f\x8b\x08" + bytes(50), "packed"),
    "a csv": (b"date;amount\r\n2026-11-27;100.00\r\n", "not-xml"),
    "a pdf": (b"%PDF-1.7\n%\xe2\xe3", "not-xml"),
    "noise": (bytes(range(256)) * 20, "not-xml"),
    "json": (b'{"Document": 1}', "not-xml"),
    "html": (b"<html><body>Login</body></html>", "other-xml"),
    "a payment order": (b"<Document><CstmrCdtTrfInitn/></Document>", "other-xml"),
    "nothing in it": (b"<Document/>", "other-xml"),
    "a report of the day": (b"<Document><BkToCstmrAcctRpt/></Document>", "intraday"),
    "two messages": (b"<Document><BkToCstmrStmt/><BkToCstmrStmt/></Document>", "other-xml"),
    "a bomb": (BOMB, "dtd"),
    "an outside entity": (b'<!DOCTYPE D SYSTEM "file:///etc/passwd"><Document/>', "dtd"),
    "a mistake": (PLAIN.replace(b"</Ntry>", b"</Ntri>", 1), "broken"),
    "an entity nobody declared": (PLAIN.replace(b"NOTPROVIDED", b"&bomb;"), "broken"),
    "broken UTF-8": (PLAIN.replace(b"Nadine", b"Nad\xefne"), "broken"),
    "unknown encoding": (PLAIN.replace(b'"UTF-8"', b'"KLINGON"'), "encoding"),
    "two documents": (PLAIN + PLAIN.split(b"\n", 1)[1], "broken"),
    "too deep": (b"<Document><BkToCstmrStmt>" + b"<a>" * 100, "overgrown"),
}


@pytest.mark.parametrize("name", NOT_FILES)
def test_what_is_no_such_file(name: str) -> None:
    content, code = NOT_FILES[name]
    assert wrong(content) == [code]


def test_truncated_anywhere_it_is_refused() -> None:
    end = PLAIN.index(b"</Document>") + len(b"</Document>")
    for cut in range(60, end, 7):
        assert wrong(PLAIN[:cut])[0] in ("truncated", "not-xml"), cut
    assert wrong(PLAIN[: end - 1]) == ["truncated"]
    assert len(booked(PLAIN[:end])) == 2


ENTRIES = {
    "zero": (Entry([Paid("0.00")]), "amount-zero 2.1"),
    "negative": (Entry([Paid("-5.00")], "5.00"), "amount-negative 2.1"),
    "three decimals": (Entry([Paid("5.005")], "5.00"), "amount-decimals 2.1"),
    "no number": (Entry([Paid("5,00")], "5.00"), "amount-unclear 2.1"),
    "exponent": (Entry([Paid("1e5")], "5.00"), "amount-unclear 2.1"),
    "not a number": (Entry([Paid("NaN")], "5.00"), "amount-unclear 2.1"),
    "other digits": (Entry([Paid("٥.00")], "5.00"), "amount-unclear 2.1"),
    "too large": (Entry([Paid("1000000000000.01")], "5.00"), "amount-too-large 2.1"),
    "larger than money": (Entry([Paid("100000000.01")]), "amount-too-large 2.1"),
    "sum negative": (Entry(amount="-100.00"), "amount-negative 2"),
    "sum with three decimals": (Entry(amount="100.001"), "amount-decimals 2"),
    "no amount": (Entry([Paid(None), Paid(None)], "100.00"), "amount-missing 2.2"),
    "other currency": (Entry([Paid(currency="EUR")], currency="EUR"), "currency 2"),
    "no direction": (Entry(direction="UP"), "direction 2.1"),
    "no state": (Entry(state="MAYBE"), "state 2"),
    "no day": (Entry(day=""), "date-missing 2"),
    "the 31st of February": (Entry(day="2026-02-31"), "date-unclear 2"),
    "an American day": (Entry(day="11/27/2026"), "date-unclear 2"),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_a_wrong_entry_is_told_with_its_place(name: str) -> None:
    entry, said = ENTRIES[name]
    content = file(Statement([Entry(), entry, Entry()]))
    assert (told if name == "zero" else wrong)(content) == [said]


def test_payments_that_do_not_add_up_are_told() -> None:
    short = file(Statement([Entry([Paid("40.00"), Paid("50.00")], "100.00"), Entry()]))
    assert told(short) == ["sum-differs 1"]
    assert len(list(Reading(BytesIO(short), ACCOUNTS))) == 4  # they go in all the same
    charges = b"<Chrgs><TtlChrgsAndTaxAmt Ccy='CHF'>10.00</TtlChrgsAndTaxAmt></Chrgs><NtryDtls>"
    assert told(short.replace(b"<NtryDtls>", charges, 1)) == []
    assert told(file(Statement([Entry([Paid("40.00")], "100.00", direction="DBIT")]))) == []


def test_a_long_text_is_cut() -> None:
    (one,) = booked(file(Statement([Entry([Paid(text="a " * 100_000)])])))
    assert 500 < len(one.texts[0]) <= 1000


def test_accounts_of_others() -> None:
    foreign, number = "CH5604835012345678009", "12-345-6"
    assert wrong(file(Statement(account=foreign))) == ["account-foreign 1"]
    assert wrong(file(Statement(account=number))) == ["account-foreign 1"]
    assert wrong(file(Statement(account=""))) == ["account-missing 1"]
    assert wrong(file(Statement([], account=foreign))) == ["account-foreign"]
    mixed = file(Statement(), Statement([Entry([Paid(), Paid()]), Entry()], foreign), Statement())
    assert wrong(mixed) == ["account-foreign 2", "account-foreign 3"]
    # A Swiss bank names the account's own IBAN, and the QR-IBAN beside each entry.
    assert [one.ours for one in booked(file(Statement([Entry(name=QR_IBAN)], foreign)))] == [QR_IBAN]


def test_mistakes_are_told_to_a_bound() -> None:
    found = wrong(file(Statement([Entry([Paid("5.005")] * 500, "5.00")])))
    assert len(found) == reading.MOST_FINDINGS
    assert found[-1] == "amount-decimals 1.100"


class Endless:
    """A file as it comes, piece by piece; nobody holds it whole."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.rest = pieces, b""

    def read(self, size: int) -> bytes:
        """At most `size` bytes more."""
        while len(self.rest) < size and (piece := next(self.pieces, b"")):
            self.rest += piece
        given, self.rest = self.rest[:size], self.rest[size:]
        return given


def test_a_long_file_takes_no_more_memory_than_a_short_one() -> None:
    head, _, rest = file(Statement([Entry([Paid("10.00", QRR)])])).partition(b"<Ntry>")
    entry, _, tail = (b"<Ntry>" + rest).rpartition(b"</Stmt>")
    long = itertools.chain([head], itertools.repeat(entry, 2_500), [b"</Stmt>" + tail])
    tracemalloc.start()
    try:
        found = check(Endless(long), ACCOUNTS)  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.payments == 2_500
    assert peak < 1_000_000  # the file has two million bytes


@pytest.mark.parametrize(
    "piece", [b"<Document><BkToCstmrStmt><" + b"a" * 100, b"<Document><!--" + b"-x" * 50]
)
def test_a_tag_without_an_end_is_given_up(piece: bytes) -> None:
    endless = itertools.chain([piece], itertools.repeat(b"a" * 60_000, 5_000))
    began = time.monotonic()
    with pytest.raises(NotTaken) as refused:
        check(Endless(endless), ACCOUNTS)  # type: ignore[arg-type]
    assert refused.value.findings[0].code == "overgrown"
    assert time.monotonic() - began < 5


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_nothing_but_its_own_exception_comes_of_a_damaged_file(data: st.DataObject) -> None:
    content = bytearray(PLAIN)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = list(Reading(BytesIO(bytes(content)), ACCOUNTS))
    except NotTaken as refused:
        assert refused.findings[0].code in CODES
    else:
        assert all(isinstance(one, Finding) or isinstance(one.amount, Decimal) for one in found)


@pytest.mark.parametrize(
    "text, found",
    [
        (QRR, [QRR]),
        (grouped(QRR), [QRR]),
        (f"Rate, Ref. {grouped(QRR)}, danke", [QRR]),
        (f"2026 {QRR}", [QRR]),
        (grouped(SCOR).lower(), [SCOR]),
        (f"ref:{SCOR}.", [SCOR]),
        (f"{grouped(SCOR)} merci beaucoup", [SCOR]),
        (f"{SCOR}, {QRR}", [QRR, SCOR]),
        (f"{QRR} {grouped(OTHER)}", [QRR, OTHER]),
        ("RF00 12", []),
        (QRR[:-1], []),
        (QRR[:-1] + str((int(QRR[-1]) + 1) % 10), []),
        ("RF", []),
        ("", []),
    ],
)
def test_references_that_somebody_typed(text: str, found: list[str]) -> None:
    assert set(found) <= set(references_in([text]))
    # By chance others have right check digits, too.
    assert not found or found[0] in references_in([text])[:3]
    assert found or not references_in([text])


def test_references_are_looked_for_to_a_bound() -> None:
    began = time.monotonic()
    assert len(references_in(["0" * 100_000, "RF18" * 20_000, "1 " * 50_000])) <= 50
    assert time.monotonic() - began < 2
