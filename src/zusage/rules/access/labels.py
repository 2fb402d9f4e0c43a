"""What stands in the stores, in words: columns by name, states as they are said, who acted by role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from zusage.policy.page import Page
from zusage.rules import values
from zusage.rules.access.package import Cell, Kept, Mark, Package, Row, Searched
from zusage.rules.access.words import say, words

AHEAD = ("until", "ticket_until", "due_on", "review_on")
"""Days that lie ahead of what a row tells: none of them is its own."""
DISPUTED = "_disputed"
"""How the gate names the note of dispute that goes with a value."""
COMPARED = ("findings", "agreed")
"""Columns with words of what was compared, such as ``born-exact``."""
_KILOBYTE = 1024
_HASH = 12
"""Letters of a long hash that are printed; the JSON has them all."""


@dataclass(frozen=True)
class Labels:
    """The words of one package, for one policy."""

    page: Page
    package: Package

    def say(self, key: str, **params: object) -> str:
        """The package's own words."""
        return say(self.page.language, key, **params)

    def table(self, label: str) -> str:
        """A table's name; its label where nobody gave it one yet."""
        return words(self.page.language).get(f"table.{label}", label)

    def column(self, name: str, table: str = "") -> str:
        """A column's name, which may be another one in some `table`; its own where nobody gave it one yet."""
        known = words(self.page.language)
        return known.get(f"column_of.{table}.{name}") or known.get(f"column.{name}", name)

    def act(self, name: str) -> str:
        """What the protocol calls `name`."""
        return words(self.page.language).get(f"act.{name}", name)

    def policy(self, kind: str, id_: str, part: str) -> str:
        """The policy's words for one of its ids; the id for what the policy doesn't declare any more."""
        return self.page.policy.words[self.page.language].get(f"{kind}.{id_}.{part}", id_)

    def short(self, at: datetime) -> str:
        """A moment in figures, for tables."""
        return f"{at:%d.%m.%Y, %H:%M}"

    def moment(self, at: datetime) -> str:
        """A moment in full: day and time."""
        return f"{self.page.day(at.date())}, {at:%H:%M}"

    def heading(self, table: Searched, row: Row) -> str:
        """What a row is called: its table and its day."""
        name = self.table(table.table)
        times = (cell for cell in row.cells if cell.kind == "time" and cell.column not in AHEAD)
        when = next((cell.plain for cell in times if cell.plain), None)
        return self.say("paper.on", table=name, day=self.page.day(_day(str(when)))) if when else name

    def name(self, row: Row, cell: Cell) -> str:
        """What a value is called: by the field that it is of, else by its column."""
        if row.group and cell.kind == "sealed":
            return self.policy("field", row.field, "label")
        return self.column(cell.column, row.table)

    def text(self, row: Row, cell: Cell) -> str:
        """A value as a person reads it; empty where there is none."""
        if cell.why:
            return f"[{self.say(f'unreadable.{cell.why}')}]"
        if cell.plain is None or cell.plain == "":
            return ""
        if cell.file:
            kilobytes = -(-int(row.plain("size") or len(str(cell.plain)) * 3 // 4) // _KILOBYTE)
            return self.say(f"kind.{cell.file}", kilobytes=kilobytes)
        if cell.kind in ("digest", "staff"):
            return self.say(f"kind.{cell.kind}")
        if isinstance(cell.plain, bool):
            return self.say("kind.yes" if cell.plain else "kind.no")
        if cell.column in COMPARED:
            return ", ".join(map(self._compared, str(cell.plain).split()))
        if cell.kind == "time":
            return self._time(str(cell.plain))
        if cell.kind == "state":
            return self._state(cell.column, str(cell.plain))
        return values.shown(self.page.policy, self.page.language, row.field or cell.column, str(cell.plain))

    def actor(self, row: Row) -> str:
        """Who did something: the person, the system, or somebody by role."""
        kind = row.plain("actor_kind")
        role = self.package.staff.get(row.links.get("actor_id", ""))
        if kind == "staff" and role:
            return self.policy("role", role, "name")
        return self.say(f"actor.{kind}") if kind in ("staff", "subject", "system") else kind

    def kept(self, one: Kept) -> str:
        """Until when a row is kept, and on what ground; the period itself is told with the purpose."""
        if not one.retention:
            return self.say("paper.with_last")
        page = self.page
        said = []
        if one.blocked:
            said.append(self.say("paper.blocked", day=page.day(one.blocked)))
        said.append(
            self.say("paper.until", day=page.day(one.until)) if one.until else self.say("paper.not_begun")
        )
        ground = page.policy.retentions[one.retention].ground
        if ground:
            said.append(f"({page.cite(ground)})")
        names = ", ".join(page.category(category) for category in one.categories)
        return f"{names}: {' '.join(said)}" if names else " ".join(said)

    def mark(self, mark: Mark) -> str:
        """A correction or a note of dispute, as it stands beside the value."""
        return self.say(
            f"mark.{mark.state}", day=self.page.day(mark.at.date()), before=mark.before, note=mark.note
        )

    def _time(self, plain: str) -> str:
        if "T" not in plain:
            return self.page.day(date.fromisoformat(plain))
        return self.moment(datetime.fromisoformat(plain))

    def _state(self, column: str, plain: str) -> str:
        match column:
            case "purpose" | "held":
                return self.policy("purpose", plain, "title")
            case "category":
                return self.policy("category", plain, "name")
            case "recipient":
                return self.policy("recipient", plain, "name")
            case "country":
                return self.page.policy.words[self.page.language].get(f"country.{plain}", plain)
            case "field":
                return self.policy("field", plain, "label")
            case "notice_version":
                return plain[:_HASH]
            case "fields":
                return ", ".join(self._field(one) for one in plain.split())
            case "column":
                return self._field(plain)
            case "record_type":
                return self._record_type(plain)
            case "act":
                return self.act(plain)
            case "ground":
                own = self.page.policy.words[self.page.language].get(f"ground.{plain}.title", plain)
                return words(self.page.language).get(f"value.ground.{plain}", own)
        return words(self.page.language).get(f"value.{column}.{plain}", plain)

    def _compared(self, word: str) -> str:
        """What was compared, and how well it agreed; the word itself where it is none of ours."""
        name, _, level = word.partition("-")
        known = words(self.page.language)
        field, how = known.get(f"match.field.{name}"), known.get(f"match.level.{level}")
        return f"{field}: {how}" if field and how else word

    def _field(self, name: str) -> str:
        if name.endswith(DISPUTED):
            return f"{self._field(name.removesuffix(DISPUTED))} ({self.say('value.state.disputed')})"
        label = self.policy("field", name, "label")
        return self.column(name) if label == name else label

    def _record_type(self, plain: str) -> str:
        """The protocol names tables in small letters."""
        found = (table.table for table in self.package.searched if table.table.lower() == plain)
        return self.table(next(found, plain))


def _day(plain: str) -> date:
    return date.fromisoformat(plain[:10])
