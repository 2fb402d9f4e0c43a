"""XML in pieces, never whole: the fields that are wanted of each statement, entry and payment, as they end.

The parser is expat, as Python brings it. Document types are refused, and with them every entity; what no bank would
write (a name of a megabyte, a depth of hundreds) ends the reading before it costs anything.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Literal
from xml.parsers import expat

from zusage.rules.camt.shapes import Code, Finding, Format, NotTaken

CHUNK = 1 << 16
LONGEST_TOKEN = 1 << 20
"""Bytes that may come without a tag or text ending among them."""
DEEPEST = 64
LONGEST_TEXT = 1000
MOST_VALUES = 50
"""Values of one field: a payment has a line or two of text."""

Level = Literal["statement", "entry", "payment"]
Fields = Mapping[str, list[str]]
"""Path below its level (``Amt``, ``Amt@Ccy``, ``Sts/Cd``) -> the texts found there."""

_MESSAGES: Mapping[str, Format] = {"BkToCstmrStmt": "camt.053", "BkToCstmrDbtCdtNtfctn": "camt.054"}
_NAMES: Mapping[tuple[int, str], Level] = {
    (3, "Stmt"): "statement",
    (3, "Ntfctn"): "statement",
    (4, "Ntry"): "entry",
    (6, "TxDtls"): "payment",
}
_PARTY = ("Nm", "Pty/Nm")
_CHARGES = frozenset(("Chrgs/TtlChrgsAndTaxAmt", "Chrgs/Rcrd/Amt", "Chrgs/Amt"))
WANTED: Mapping[Level, frozenset[str]] = {
    "statement": frozenset(("Acct/Id/IBAN", "Acct/Id/Othr/Id")),
    "entry": frozenset(
        "NtryRef Amt CdtDbtInd RvslInd Sts Sts/Cd BookgDt/Dt BookgDt/DtTm ValDt/Dt ValDt/DtTm AcctSvcrRef "
        "AddtlNtryInf NtryDtls/Btch/NbOfTxs".split()
    )
    | _CHARGES,
    "payment": frozenset(
        "Amt CdtDbtInd AmtDtls/TxAmt/Amt Refs/AcctSvcrRef Refs/EndToEndId RmtInf/Strd/CdtrRefInf/Ref RmtInf/Ustrd "
        "RltdPties/DbtrAcct/Id/IBAN RtrInf/Rsn/Cd RtrInf/Rsn/Prtry AddtlTxInf".split()
    )
    | _CHARGES
    | {f"RltdPties/{who}/{name}" for who in ("Dbtr", "UltmtDbtr") for name in _PARTY},
}


@dataclass(frozen=True, slots=True)
class Event:
    """A level begins or has ended. Where it has begun, `fields` are those so far; more come into the same mapping."""

    level: Level
    is_end: bool
    fields: Fields


class Reader:
    """The events of one file; `format` is known from the first on. Raises NotTaken."""

    def __init__(self, stream: BinaryIO) -> None:
        self.format: Format | None = None
        self._stream = stream
        self._path: list[str] = []
        self._open: list[tuple[Level, int, dict[str, list[str]]]] = []
        self._text: list[str] | None = None
        self._length = 0
        self._found: deque[Event] = deque()
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def __iter__(self) -> Iterator[Event]:
        chunk = self._stream.read(CHUNK)
        _look_at(chunk)
        fed = 0
        while chunk:
            self._feed(chunk, is_last=False)
            fed += len(chunk)
            # What is unfinished is looked at again with each piece: that may not go on for long.
            if fed - self._parser.CurrentByteIndex > LONGEST_TOKEN:
                raise NotTaken(Finding("overgrown"))
            while self._found:
                yield self._found.popleft()
            chunk = self._stream.read(CHUNK)
        self._feed(b"", is_last=True)
        if self.format is None:
            raise NotTaken(Finding("other-xml"))
        yield from self._found

    def _feed(self, chunk: bytes, is_last: bool) -> None:
        try:
            self._parser.Parse(chunk, is_last)
        except expat.ExpatError as error:
            raise NotTaken(self._mistake(error, is_last)) from None
        except (LookupError, ValueError):  # an encoding that Python doesn't know, or can't use here
            raise NotTaken(Finding("encoding")) from None

    def _mistake(self, error: expat.ExpatError, is_last: bool) -> Finding:
        if error.code in _ENCODING:
            return Finding("encoding")
        if self.format is None and not self._path:
            return Finding("not-xml")
        return Finding("truncated") if is_last else Finding("broken", detail=str(error.lineno))

    def _doctype(self, *declared: object) -> None:
        raise NotTaken(Finding("dtd"))

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = name.rpartition(" ")[2]
        self._path.append(name)
        depth = len(self._path)
        if depth > DEEPEST:
            raise NotTaken(Finding("overgrown"))
        if depth <= 2:
            self._message(name, depth)
        level = _NAMES.get((depth, name))
        if level is not None:
            fields: dict[str, list[str]] = defaultdict(list)
            self._open.append((level, depth, fields))
            self._found.append(Event(level, False, fields))
        elif self._open:
            self._begin(attributes)

    def _message(self, name: str, depth: int) -> None:
        """Whether this is one of the messages that are read: by its first two names, in whatever namespace."""
        if depth == 1 and name == "Document":
            return
        if depth == 2 and name in _MESSAGES and self.format is None:
            self.format = _MESSAGES[name]
            return
        code: Code = "intraday" if name == "BkToCstmrAcctRpt" else "other-xml"
        raise NotTaken(Finding(code))

    def _begin(self, attributes: Mapping[str, str]) -> None:
        level, depth, fields = self._open[-1]
        below = "/".join(self._path[depth:])
        if below in WANTED[level]:
            self._text, self._length = [], 0
            if "Ccy" in attributes and len(fields[f"{below}@Ccy"]) < MOST_VALUES:
                fields[f"{below}@Ccy"].append(attributes["Ccy"][:LONGEST_TEXT])
        else:
            self._text = None

    def _characters(self, text: str) -> None:
        if self._text is not None and self._length < LONGEST_TEXT:
            self._text.append(text[: LONGEST_TEXT - self._length])
            self._length += len(text)

    def _end(self, name: str) -> None:
        if self._open:
            level, depth, fields = self._open[-1]
            if len(self._path) == depth:
                self._open.pop()
                self._found.append(Event(level, True, fields))
            elif self._text is not None:
                value = " ".join("".join(self._text).split())
                kept = fields["/".join(self._path[depth:])]
                if value and len(kept) < MOST_VALUES:
                    kept.append(value)
        self._text = None
        self._path.pop()


_ENCODING = frozenset(
    expat.errors.codes[one]
    for one in (expat.errors.XML_ERROR_UNKNOWN_ENCODING, expat.errors.XML_ERROR_INCORRECT_ENCODING)
)


def _look_at(head: bytes) -> None:
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise NotTaken(Finding("empty"))
    if head.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise NotTaken(Finding("packed"))
