"""The package as a paper for its reader: what is stored first, then who gets it, what was done, where we looked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from zusage.papers.shape import Block, Listing, Note, Pairs, Paper, Paragraph, Section, Sender, Table
from zusage.policy.page import Page
from zusage.policy.types import Policy
from zusage.rules.access.labels import Labels
from zusage.rules.access.package import CORRECTIONS, DISCLOSURES, PROTOCOL, Cell, Package, Row, Searched
from zusage.rules.access.portable import RIGHTS, automated

MOST_COLUMNS = 4
"""Rows of more columns than these are told one below the other."""


def paper(package: Package, policy: Policy) -> Paper:
    """The package as a paper in its reader's language."""
    told = _Told(Labels(Page(policy, package.language), package), package, policy)
    say = told.say
    return Paper(
        language=package.language,
        title=say("paper.title"),
        sender=Sender.of(policy),
        date=f"{policy.controller.town}, {told.labels.page.day(package.today)}",
        lead=say("paper.lead"),
        about=(
            (say("paper.request"), package.request),
            (say("paper.made"), told.labels.moment(package.made_at)),
            (say("paper.controller"), policy.controller.name),
        ),
        sections=(
            Section(say("paper.short"), tuple(told.short())),
            Section(say("paper.data"), tuple(told.no_data()), tuple(told.purposes())),
            Section(say("paper.recipients"), tuple(told.recipients())),
            Section(say("paper.disclosed"), tuple(told.disclosed())),
            Section(say("paper.automated"), tuple(told.automated())),
            Section(say("paper.records"), tuple(told.records())),
            Section(say("paper.protocol"), tuple(told.protocol())),
            Section(say("paper.searched"), tuple(told.searched())),
            Section(say("paper.rights"), tuple(told.rights())),
        ),
        contents=True,
    )


class _Told:
    """The sections, one method each."""

    def __init__(self, labels: Labels, package: Package, policy: Policy) -> None:
        self.labels, self.package, self.policy = labels, package, policy
        self.say = labels.say

    def short(self) -> Iterator[Block]:
        """The answer in a few sentences."""
        package = self.package
        rows = sum(len(one.rows) for one in package.searched)
        tables = sum(bool(one.rows) for one in package.searched)
        purposes = [self.labels.policy("purpose", one, "title") for one in package.purposes()]
        told = len(package.of(DISCLOSURES))
        by_computer = [self.labels.policy("purpose", one, "title") for one in automated(self.policy, package)]
        said = [self.say("paper.found", rows=rows, tables=tables, all=len(package.searched))]
        if purposes:
            said.append(self.say("paper.for_purposes", purposes=", ".join(purposes)))
        said.append(self._counted("paper.told", told))
        said.append(
            self.say("paper.automated_some", purposes=", ".join(by_computer))
            if by_computer
            else self.say("paper.automated_none")
        )
        yield Listing(tuple(said))
        lost = len(package.lost())
        if lost:
            key = "paper.lost_one" if lost == 1 else "paper.lost"
            yield Note(self.say(key, number=lost), self.say("paper.lost_title"))

    def no_data(self) -> Iterator[Block]:
        """What stands in place of data where there are none."""
        if not self._purposes():
            yield Paragraph(self.say("paper.data_none"))

    def purposes(self) -> Iterator[Section]:
        """What is stored, purpose by purpose."""
        for purpose in self._purposes():
            yield Section(self.labels.policy("purpose", purpose, "title"), tuple(self._purpose(purpose)))

    def recipients(self) -> Iterator[Block]:
        """Everybody declared to get something, whether or not they did."""
        page = self.labels.page
        yield Paragraph(self.say("paper.recipients_text"))
        ids = {one for id_ in self._purposes() for one in self._recipients_of(id_)}
        ids |= {row.plain("recipient") for row in self.package.of(DISCLOSURES)}
        rows = tuple(
            (
                page.text(f"recipient.{one.id}.name"),
                page.text(f"recipient.{one.id}.task"),
                page.text(f"country.{one.country}"),
                "\n".join(filter(None, (page.contract(one), page.abroad(one)))) or "–",
            )
            for one in self.policy.recipients.values()
            if one.id in ids
        )
        if rows:
            head = tuple(self.say(f"paper.{one}") for one in ("recipient", "task", "country", "guarantee"))
            yield Table(head, rows)

    def disclosed(self) -> Iterator[Block]:
        """What really went out, one by one."""
        rows = self.package.of(DISCLOSURES)
        if not rows:
            yield Paragraph(self.say("paper.disclosed_none"))
        for row in rows:
            cells = [cell for cell in row.cells if cell.column not in ("recipient", "at", "actor_kind")]
            to = self.labels.policy("recipient", row.plain("recipient"), "name")
            when = self.labels.moment(datetime.fromisoformat(row.plain("at")))
            pairs = [*self._pairs(row, cells), (self.say("paper.who"), self.labels.actor(row))]
            pairs += self._kept_pair([row])
            yield Pairs(tuple(pairs), self.say("paper.disclosed_to", recipient=to, day=when))

    def automated(self) -> Iterator[Block]:
        """What a computer decided by itself, and how it does."""
        found = automated(self.policy, self.package)
        if not found:
            yield Paragraph(self.say("paper.automated_text"))
        else:
            text = self.labels.policy
            yield Pairs(
                tuple((text("purpose", one, "title"), text("purpose", one, "automated")) for one in found)
            )
        yield Paragraph(self.say("paper.routing_text"))

    def records(self) -> Iterator[Block]:
        """What the system keeps beside the data: keys, restrictions, indexes, the mailbox."""
        yield Paragraph(self.say("paper.records_text"))
        for table in self.package.searched:
            rows = [row for row in table.rows if not self._of_purpose(table, row)]
            if rows and table.table not in (*PROTOCOL, DISCLOSURES):
                yield from self._rows(table, rows)

    def protocol(self) -> Iterator[Block]:
        """Who did what and when: the same within a minute in one line."""
        rows = sorted(self.package.of(*PROTOCOL), key=lambda row: row.plain("at"))
        if not rows:
            yield Paragraph(self.say("paper.protocol_none"))
            return
        yield Paragraph(self.say("paper.protocol_text"))
        lines: dict[tuple[str, ...], int] = {}
        for row in rows:
            line = self._line(row)
            lines[line] = lines.get(line, 0) + 1
        head = tuple(self.say(f"paper.{one}") for one in ("when", "what", "who", "for_what"))
        yield Table(head, tuple(self._times(line, number) for line, number in lines.items()))
        yield from self._kept(rows)

    def searched(self) -> Iterator[Block]:
        """Every store and table, and what was found there."""
        yield Paragraph(self.say("paper.searched_text"))
        head = (self.say("paper.table"), self.say("paper.number"))
        for store in self.package.stores:
            name = self.say(f"store_name.{store}")
            rows = tuple(
                (
                    self.labels.table(one.table),
                    self.say(f"why.{one.why}") if one.why else str(len(one.rows)),
                )
                for one in self.package.searched
                if one.store == store
            )
            yield Table(head, rows, f"{self.say('paper.store')}: {name}")

    def rights(self) -> Iterator[Block]:
        """What the reader may do now."""
        who = self.policy.controller
        supervisor = self.labels.page.text(f"supervisor.{who.supervisor}")
        yield Paragraph(self.say("paper.rights_text"))
        yield Listing(tuple(self.say(f"right.{one}") for one in RIGHTS))
        yield Note(
            self.say("paper.complain", privacy_email=who.privacy_email, supervisor=supervisor),
            self.say("paper.complain_title"),
        )

    def _purposes(self) -> list[str]:
        held = {row.purpose for table, row in self.package.rows() if self._of_purpose(table, row)}
        order = list(self.policy.purposes)
        return sorted(held, key=lambda one: (order.index(one) if one in order else len(order), one))

    def _of_purpose(self, table: Searched, row: Row) -> bool:
        """Whether a row is told with the data of its purpose: it holds some, or has the purpose's period."""
        if not row.purpose or table.table in (*PROTOCOL, DISCLOSURES):
            return False
        return "sealed" in table.columns.values() or any(one.retention for one in row.kept)

    def _recipients_of(self, purpose: str) -> Sequence[str]:
        declared = self.policy.purposes.get(purpose)
        return declared.recipients if declared else ()

    def _purpose(self, id_: str) -> Iterator[Block]:
        declared = self.policy.purposes.get(id_)
        page = self.labels.page
        if declared:
            yield Pairs(
                (
                    (self.say("paper.why"), page.text(f"purpose.{id_}.explanation")),
                    (
                        self.say("paper.basis"),
                        f"{page.text(f'basis.{declared.basis}.text')} ({page.articles(declared)})",
                    ),
                    (self.say("paper.source"), page.text(f"source.{declared.source}.name")),
                    (self.say("paper.period"), page.period(declared)),
                )
            )
        for table in self.package.searched:
            rows = [row for row in table.rows if row.purpose == id_ and self._of_purpose(table, row)]
            yield from self._rows(table, rows)

    def _rows(self, table: Searched, rows: list[Row]) -> Iterator[Block]:
        """Rows of one table: side by side where they are short, else one below the other, fields of a form together."""
        if not rows:
            return
        if table.table != CORRECTIONS and "sealed" not in table.columns.values():
            used = [name for name in table.columns if any(self._cell_text(row, name) for row in rows)]
            if all(self._of_purpose(table, row) for row in rows):
                used = [name for name in used if name != "purpose"]
            if len(used) <= MOST_COLUMNS and used:
                head = tuple(self.labels.column(name, table.table) for name in used)
                cells = tuple(tuple(self._cell_text(row, name) or "–" for name in used) for row in rows)
                yield Table(head, cells, self.labels.table(table.table))
                yield from self._kept(rows)
                return
        for _, together in groupby(rows, lambda row: row.group or row.reference):
            of_group = list(together)
            first = of_group[0]
            heading = self.labels.table(table.table) if first.group else self.labels.heading(table, first)
            pairs = [pair for row in of_group for pair in self._pairs(row, self._cells(table, row))]
            yield Pairs((*pairs, *self._kept_pair(of_group)), heading)

    def _cells(self, table: Searched, row: Row) -> list[Cell]:
        """What says something here: not the purpose under its own heading, nor what all fields of a form share."""
        if row.group:
            return [cell for cell in row.cells if cell.kind == "sealed"]
        return [cell for cell in row.cells if cell.column != "purpose" or not self._of_purpose(table, row)]

    def _pairs(self, row: Row, cells: Sequence[Cell]) -> Iterator[tuple[str, str]]:
        """A row's values by name, each with its corrections."""
        for cell in cells:
            text = self.labels.text(row, cell)
            marks = [self.labels.mark(one) for one in row.marks if one.column == cell.column]
            if text or marks:
                yield self.labels.name(row, cell), "\n".join([text or "–", *marks])

    def _cell_text(self, row: Row, name: str) -> str:
        return next((self.labels.text(row, cell) for cell in row.cells if cell.column == name), "")

    def _kept(self, rows: list[Row]) -> Iterator[Block]:
        pairs = self._kept_pair(rows)
        if pairs:
            yield Pairs(pairs)

    def _kept_pair(self, rows: list[Row]) -> tuple[tuple[str, str], ...]:
        """Until when the rows are kept, for each different day."""
        said = list(dict.fromkeys(self.labels.kept(one) for row in rows for one in row.kept))
        return ((self.say("paper.kept_for"), "\n".join(_few(said))),) if said else ()

    def _line(self, row: Row) -> tuple[str, ...]:
        what = ": ".join(filter(None, (self.labels.act(row.plain("act")), self._what(row))))
        recipient, purpose = row.plain("recipient"), row.plain("purpose")
        if recipient:
            what = self.say(
                "paper.to", what=what, recipient=self.labels.policy("recipient", recipient, "name")
            )
        return (
            self.labels.short(datetime.fromisoformat(row.plain("at"))),
            what,
            self.labels.actor(row),
            self.labels.policy("purpose", purpose, "title") if purpose else "–",
        )

    def _times(self, line: tuple[str, ...], number: int) -> tuple[str, ...]:
        when, what, *rest = line
        return (when, self.say("paper.times", what=what, number=number) if number > 1 else what, *rest)

    def _what(self, row: Row) -> str:
        cell = next((cell for cell in row.cells if cell.column == "record_type" and cell.plain), None)
        return self.labels.text(row, cell) if cell and row.plain("record_type") != "subject" else ""

    def _counted(self, key: str, number: int) -> str:
        size = "none" if number == 0 else "one" if number == 1 else "many"
        return self.say(f"{key}_{size}", number=number) if size == "many" else self.say(f"{key}_{size}")


def _few(said: list[str]) -> list[str]:
    """Of many different last days the first and the last: each row has its own in the JSON."""
    return said if len(said) <= 6 else [*said[:3], "…", said[-1]]
