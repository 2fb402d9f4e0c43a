"""The hostile household: does a message ever reach a file that isn't its sender's?

    python -m bench.matching.household [--people 100000] [--messages 30000] [--seed 7] [--database sqlite]

Puts people on file, sealed and indexed by the vault's own code, and lets 30,000 others and themselves write: by the
intake, and then through the matcher as the worker runs it. Right is an assignment to the sender's own file, wrong any
other. Names are real ones of nine origins (`bench.people`), without every name that the guard's own lists know, so
that it can't have learned them by heart. Whoever pretends to be somebody else, with that person's name, date of birth
and reference, is in no kind: nothing in a form tells such a one apart, and an assignment shows them nothing.

How genuine senders err. None of this was changed after the first run; but since then nobody has a stranger's e-mail
address by chance, as one of the homonyms had:

- 10 % have no reference at hand. The form asks for it and has a box for those who don't have it; most write because of
  a letter that lies before them. 4 % mistype it (a slip in about 1 of 300 keys, 14 keys), 10 % write it otherwise:
  spaces for hyphens, small letters, O for 0.
- 1 % mistype their given name, 1 % their surname: people know their names, and see them as they type.
- 2 % write a short form of the given name, 0.5 % an initial; of those with two given names, 40 % leave out the second.
- 3 % put the surname first. Of names with umlauts or accents, 30 % are written without or in two letters.
- 2 % have another surname by now (a marriage), and 7 in 100 files know a former one.
- 1 % mistype their date of birth, 0.5 % swap day and month. 8 % of the files have no date of birth at all.
- 30 % write another e-mail address than the file has, 25 % another phone number; 35 % leave out either one. A file has
  an e-mail address in 60 %, a phone number in 75 % of cases.
- 5 % write by the contact form, which asks for no date of birth and for an address, of which 12 % are newer than the
  file's; the others by the enquiry (70 %) or a payment proposal (25 %).
- 5 % have two files or more.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from rapidfuzz.distance import DamerauLevenshtein
from rich.console import Console
from rich.table import Table

from bench.matching.house import File, fill, house
from bench.people import Origin, People, origins

KINDS = {
    "genuine": 9000,
    "twin": 3000,
    "spouse": 3000,
    "parent or child of one name": 3000,
    "homonym with one birthday": 3000,
    "stranger with somebody's reference": 4500,
    "not on file": 4500,
}
LETTERS = "abcdefghijklmnopqrstuvwxyz"
OTHER_SPELLINGS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "ë": "e", "ç": "c", "ć": "c", "č": "c", "š": "s"}
    | {"ž": "z", "đ": "dj", "ğ": "g", "ı": "i", "ş": "s", "ã": "a", "õ": "o", "í": "i", "á": "a", "ó": "o", "ú": "u"}
)  # fmt: skip


@dataclass(slots=True)
class Person:
    """Somebody, whether on file or not. `known`: what their file has of date_of_birth, phones, emails."""

    id: str
    woman: bool
    origin: Origin
    given: str
    family: str
    born: date
    street: str
    place: str
    phone: str
    email: str
    references: list[str] = field(default_factory=list)
    former: str = ""
    known: frozenset[str] = frozenset()

    @property
    def address(self) -> str:
        return f"{self.street}, {self.place}"


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: `kind` of sender, the `owner` whose file would be right ("": none), purpose and values."""

    kind: str
    owner: str
    purpose: str
    values: dict[str, str | tuple[str, ...]]


class Town:
    """Everybody: those on file, and those who write."""

    def __init__(self, people: int, seed: int) -> None:
        self.people = People(seed)
        self.people._origins = tuple(_unknown(one) for one in origins())
        self.draw: Random = self.people.random
        self.number = 0
        self.on_file: list[Person] = [self.person() for _ in range(people)]
        for one in self.on_file:
            self.put_on_file(one)

    def person(self) -> Person:
        """A new person, on no file."""
        draw, people = self.draw, self.people
        self.number += 1
        woman, home = draw.random() < 0.5, people.origin()
        given = self.given(home, woman)
        chance = draw.random()
        if chance < 0.08:
            given += (" " if chance < 0.06 else "-") + self.given(home, woman)
        family = people.often(home.surnames)
        chance = draw.random()
        if chance < 0.05:
            family = f"{family}-{people.often(home.surnames)}"
        elif chance < 0.07:
            family = f"{draw.choice(('von', 'de', 'di', 'van der', 'dos'))} {family}"
        street, place = people.address().split(", ", 1)
        return Person(
            f"p{self.number}", woman, home, given, family, people.born(), street, place,
            _e164(people.mobile()), self.mailbox(given, family),
        )  # fmt: skip

    def mailbox(self, given: str, family: str) -> str:
        """An e-mail address of their own: whoever else has that name has another one."""
        return self.people.email(given, family).replace("@", f".{self.number}@")

    def given(self, home: Origin, woman: bool) -> str:
        return self.people.often(home.women if woman else home.men)

    def put_on_file(self, one: Person) -> None:
        """Give somebody a file, or two."""
        draw = self.draw
        for _ in range(2 if draw.random() < 0.05 else 1):
            self.number += 1
            place = self.number
            one.references.append(f"ZH-{2019 + place % 8}-{place:07}.{place % 9 + 1}")
        one.former = self.people.often(one.origin.surnames) if draw.random() < 0.07 else ""
        chances = {"date_of_birth": 0.92, "phones": 0.75, "emails": 0.6}
        one.known = frozenset(name for name, chance in chances.items() if draw.random() < chance)

    def files(self) -> Iterator[File]:
        """All that is on file."""
        for one in self.on_file:
            columns = {
                "debtor_first_name": one.given,
                "debtor_name": one.family,
                "former_names": one.former,
                "address": one.address,
                "creditor": "Murmeltier Versand AG",
                "balance": "412.30 CHF",
            }
            known = {"date_of_birth": one.born.isoformat(), "phones": one.phone, "emails": one.email}
            columns |= {name: known[name] for name in one.known}
            for reference in one.references:
                yield File(one.id, columns | {"reference": reference})

    # --- who writes ---

    def messages(self, number: int) -> Iterator[Message]:
        """`number` messages of all kinds, in the shares of `KINDS`."""
        whole = sum(KINDS.values())
        makers = (
            self.genuine, self.twin, self.spouse, self.namesake_child, self.homonym, self.stranger, self.absent,
        )  # fmt: skip
        self.settled = list(self.on_file)
        for (kind, share), make in zip(KINDS.items(), makers, strict=True):
            for _ in range(share * number // whole):
                writer, values = make()
                yield Message(kind, writer.id if writer.references else "", *values)

    def genuine(self) -> tuple[Person, Any]:
        one = self.draw.choice(self.settled)
        return one, self.form(one, one.references, one.email, one.phone)

    def twin(self) -> tuple[Person, Any]:
        """Born the same day, of one surname and address; half of them are on file themselves, as the other is."""
        other = self.draw.choice(self.settled)
        given = other.given
        while _spelling(given) == _spelling(other.given):
            given = self.like(other)
        one = self.relative(other, given=given, born=other.born)
        return one, self.borrowing(one, other)

    def spouse(self) -> tuple[Person, Any]:
        """Of one address, often of one surname; writes with the partner's reference and from the partner's mailbox."""
        other = self.draw.choice(self.settled)
        family = other.family if self.draw.random() < 0.7 else self.people.often(other.origin.surnames)
        woman = not other.woman
        born = self.near_in_age(other)
        one = self.relative(other, self.given(other.origin, woman), born, family=family, woman=woman)
        return one, self.borrowing(one, other, reference=0.8, email=0.6, phone=0.5)

    def namesake_child(self) -> tuple[Person, Any]:
        """Parent and child of one name and address; now and then born on the same day of the year."""
        other = self.draw.choice(self.settled)
        years = self.draw.randrange(18, 42) * self.draw.choice((-1, 1))
        born = (
            other.born.replace(year=other.born.year + years, day=min(other.born.day, 28))
            if self.draw.random() < 0.1
            else self.people.born()
        )
        one = self.relative(other, other.given, born if born != other.born else date(1999, 9, 9))
        return one, self.borrowing(one, other, reference=0.7, email=0.4, phone=0.4)

    def homonym(self) -> tuple[Person, Any]:
        """Of one name and born the same day, and otherwise a stranger; a third are on file themselves."""
        other = self.draw.choice(self.settled)
        one = replace(
            self.person(), given=other.given, family=other.family, born=other.born, woman=other.woman
        )
        if self.draw.random() < 1 / 3:
            self.enter(one)
        cited = one.references or ([self.foreign()] if self.draw.random() < 0.5 else [])
        return one, self.form(one, cited, one.email, one.phone)

    def stranger(self) -> tuple[Person, Any]:
        """Cites somebody's reference: a helper, a neighbour with the wrong letter, somebody curious."""
        other, one = self.draw.choice(self.settled), self.person()
        if self.draw.random() < 0.2:
            one.family = other.family
        if self.draw.random() < 0.1:
            one.given, one.woman = other.given, other.woman
        if self.draw.random() < 0.02:
            one.born = other.born
        if one.given == other.given and one.family == other.family and one.born == other.born:
            one.born = date(1999, 9, 9)
        email = other.email if self.draw.random() < 0.3 else one.email
        phone = other.phone if self.draw.random() < 0.2 else one.phone
        return one, self.form(one, other.references, email, phone, slips=0.1)

    def absent(self) -> tuple[Person, Any]:
        """On no file: a common name often, a reference that isn't ours, or one that a slip makes somebody's."""
        other, one = self.draw.choice(self.settled), self.person()
        if self.draw.random() < 0.4:
            one.given, one.family = other.given, other.family
        chance = self.draw.random()
        cited = [self.foreign()] if chance < 0.4 else [self.slip(other.references[0])] if chance < 0.6 else []
        return one, self.form(one, cited, one.email, one.phone)

    # --- what they share, and how they write ---

    def relative(
        self, other: Person, given: str, born: date, family: str = "", woman: bool | None = None
    ) -> Person:
        """Somebody of the same household, a third of them on file, too."""
        one = replace(
            self.person(), given=given, family=family or other.family, born=born, street=other.street,
            place=other.place, woman=other.woman if woman is None else woman, origin=other.origin,
        )  # fmt: skip
        if self.draw.random() < 1 / 3:
            self.enter(one)
        return one

    def enter(self, one: Person) -> None:
        self.put_on_file(one)
        self.on_file.append(one)

    def borrowing(
        self, one: Person, other: Person, reference: float = 0.6, email: float = 0.4, phone: float = 0.5
    ) -> Any:
        """A form with somebody else's reference, e-mail address, phone number, each with this chance."""
        draw = self.draw
        cited = other.references if draw.random() < reference else one.references
        return self.form(
            one,
            cited,
            other.email if draw.random() < email else one.email,
            other.phone if draw.random() < phone else one.phone,
        )

    def like(self, other: Person) -> str:
        """A given name for a twin: of either sex, in two of five cases one that looks much like the other."""
        names = other.origin.women if other.woman == (self.draw.random() < 0.75) else other.origin.men
        if self.draw.random() >= 0.4:
            return self.people.often(names)
        some = self.draw.sample(names, min(300, len(names)))
        return min(
            (one for one in some if _spelling(one) != _spelling(other.given)),
            key=lambda one: DamerauLevenshtein.distance(one, other.given),
        )

    def near_in_age(self, other: Person) -> date:
        born = date.fromordinal(other.born.toordinal() + self.draw.randrange(-3000, 3000))
        return born if born != other.born else date(1999, 9, 9)

    def foreign(self) -> str:
        """A reference of some other agency, or a number of an invoice."""
        draw = self.draw
        return draw.choice(("RG-{}", "ZH-2025-8{}", "K{}", "{}/25")).format(draw.randrange(100_000, 999_999))

    def form(
        self, one: Person, cited: Sequence[str], email: str, phone: str, slips: float = 1.0
    ) -> tuple[str, dict[str, str | tuple[str, ...]]]:
        """Purpose and values, with the slips that people make (`slips`: how many of the reference's)."""
        draw = self.draw
        given, family = self.names(one)
        reference = self.cite(cited, slips)
        email = (
            "" if draw.random() < 0.35 else email if draw.random() < 0.7 else self.people.email(given, family)
        )
        phone = "" if draw.random() < 0.35 else phone if draw.random() < 0.75 else _e164(self.people.mobile())
        values: dict[str, str | tuple[str, ...]] = {"message": "Guten Tag"}
        if draw.random() < 0.05:
            street, place = (
                one.address.split(", ", 1) if draw.random() < 0.88 else self.people.address().split(", ", 1)
            )
            postcode, town = place.split(" ", 1)
            values |= {
                "first_name": given,
                "last_name": family,
                "street": street,
                "postcode": postcode,
                "town": town,
            }
            values |= {"email": email, "phone": phone, "case_reference": reference}
            return "contact", {name: value for name, value in values.items() if value}
        name = f"{family} {given}" if draw.random() < 0.03 else f"{given} {family}"
        values |= {"name": name, "date_of_birth": self.birthday(one), "phone_day": phone, "email": email}
        if draw.random() < 0.26:
            values |= {"case_references": (reference,) if reference else (), "monthly_instalment": "50.00"}
            return "payment", {name: value for name, value in values.items() if value}
        values["case_reference"] = reference
        return "enquiry", {name: value for name, value in values.items() if value}

    def names(self, one: Person) -> tuple[str, str]:
        draw, given, family = self.draw, one.given, one.family
        if " " in given and draw.random() < 0.4:
            given = given.split(" ")[0]
        chance = draw.random()
        if chance < 0.01:
            given = self.slip(given)
        elif chance < 0.03:
            given = given[: max(3, len(given) // 2)]
        elif chance < 0.035:
            given = f"{given[0]}."
        chance = draw.random()
        if chance < 0.01:
            family = self.slip(family)
        elif chance < 0.03:
            family = one.former or self.people.often(one.origin.surnames)
        if draw.random() < 0.3:
            given, family = given.translate(OTHER_SPELLINGS), family.translate(OTHER_SPELLINGS)
        return given, family

    def cite(self, cited: Sequence[str], slips: float) -> str:
        draw = self.draw
        if not cited or draw.random() < 0.1:
            return ""
        reference = draw.choice(cited)
        chance = draw.random()
        if chance < 0.04 * slips:
            return self.slip(reference)
        if chance < 0.14:
            return draw.choice(
                (
                    reference.replace("-", " "),
                    reference.lower(),
                    reference.replace("0", "O"),
                    reference.replace(".", ""),
                )
            )
        return reference

    def birthday(self, one: Person) -> str:
        chance, born = self.draw.random(), one.born
        if chance < 0.005 and born.day <= 12:
            return born.replace(day=born.month, month=born.day).isoformat()
        if chance < 0.015:
            return date.fromordinal(
                born.toordinal() + self.draw.choice((1, -1, 10, -10, 31, 365, -365, 3652))
            ).isoformat()
        return born.isoformat()

    def slip(self, text: str) -> str:
        """One key wrong, missing, too many, or two swapped; letters for letters, digits for digits."""
        draw = self.draw
        for _ in range(20):
            at = draw.randrange(len(text))
            kind = "0123456789" if text[at].isdigit() else LETTERS if text[at].isalpha() else ""
            if not kind:
                continue
            other = draw.choice(kind)
            other = other.upper() if text[at].isupper() else other
            changed = draw.choice(
                (
                    text[:at] + other + text[at + 1 :],
                    text[:at] + text[at + 1 :],
                    text[:at] + other + text[at:],
                    text[:at] + text[at : at + 2][::-1] + text[at + 2 :],
                )
            )
            if changed != text and changed.strip():
                return changed
        return text


def main() -> int:
    """Run it, print the table; 1 where an assignment was wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--messages", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    console = Console(width=110)
    with tempfile.TemporaryDirectory(prefix="household") as folder, house(options.database, Path(folder)):
        town = Town(options.people, options.seed)
        # Those who write first: some of them come to be on file by it.
        messages = list(town.messages(options.messages))
        town.draw.shuffle(messages)
        began = time.perf_counter()
        subjects = fill(town.files())
        console.print(f"{len(subjects):,} people on file in {time.perf_counter() - began:.0f} s")
        return _run(console, messages, subjects)


def _run(console: Console, messages: Sequence[Message], subjects: dict[str, Any]) -> int:
    from zusage.actions import intake, matching
    from zusage.models import Submission
    from zusage.tenant import version

    sent: dict[Any, Message] = {}
    for number, one in enumerate(messages):
        form = intake.Intake(one.purpose, "de", version(), one.values, (), f"page-{number:016}")
        intake.submit(form)
        sent[intake.identity(form)[0]] = one
    began, looked = time.perf_counter(), 0
    while done := matching.look_at_waiting(500):
        looked += done
    seconds = time.perf_counter() - began
    console.print(
        f"{looked:,} messages looked at in {seconds:.0f} s, {1000 * seconds / max(1, looked):.2f} ms each"
    )
    found: Counter[tuple[str, str]] = Counter()
    wrong, left = [], []
    for pk, about in Submission.objects.values_list("pk", "case__subject_id"):
        one = sent[pk]
        result = "human" if about is None else "right" if about == subjects.get(one.owner) else "wrong"
        found[one.kind, result] += 1
        if result == "wrong":
            wrong.append((pk, one))
        if result == "human" and one.kind == "genuine":
            left.append(pk)
    _print(console, found)
    _why(console, left[:600])
    for pk, one in wrong[:20]:
        _explain(console, pk, one)
    return 1 if wrong else 0


def _print(console: Console, found: Counter[tuple[str, str]]) -> None:
    table = Table("kind", "sent", "automatic, right", "automatic, wrong", "left to a human")
    for kind in [*KINDS, "all"]:
        kinds = KINDS if kind == "all" else (kind,)
        right, wrong, human = (
            sum(found[one, result] for one in kinds) for result in ("right", "wrong", "human")
        )
        every = right + wrong + human
        share = f"{right:,} ({100 * right / max(1, every):.1f} %)"
        table.add_row(kind, f"{every:,}", share, f"{wrong:,}", f"{human:,}")
    console.print(table)
    every, wrong = sum(found.values()), sum(n for (_, result), n in found.items() if result == "wrong")
    if not wrong:
        console.print(f"No wrong one: at most 1 in {every // 3:,} with 95 % confidence (rule of three).")


def _why(console: Console, left: Sequence[Any]) -> None:
    """What a human is asked about genuine senders; several doubts may be about one."""
    from zusage.actions.matching import MATCHING
    from zusage.models import Submission
    from zusage.queries.matching import find

    doubts: Counter[str] = Counter()
    for one in Submission.objects.filter(pk__in=list(left)):
        doubts.update(find(one, MATCHING).decision.guard)
    said = ", ".join(f"{word} {number}" for word, number in doubts.most_common())
    console.print(f"Of {len(left)} genuine ones left to a human: {said}.")


def _explain(console: Console, pk: Any, one: Message) -> None:
    """How the guard let a wrong one through. The people are invented, so their data may be shown."""
    from zusage.actions.matching import MATCHING
    from zusage.models import Submission
    from zusage.queries.matching import find

    found = find(Submission.objects.get(pk=pk), MATCHING)
    console.print(one)
    for rated in found.decision.ranked[:2]:
        console.print(rated.reasons, rated.file.debtor)


def _unknown(one: Origin) -> Origin:
    """An origin without the names that the guard's lists know."""
    from zusage.rules.matching.given_names import known
    from zusage.rules.matching.names import tokens

    def strange(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in names if not any(known(token) for token in tokens(name)))

    return replace(one, women=strange(one.women), men=strange(one.men), surnames=strange(one.surnames))


def _spelling(name: str) -> str:
    """Nobody calls twins by one name in two spellings, such as Géraldine and Geraldine."""
    from zusage.rules.matching.names import fold

    return (
        fold(name.lower().translate(OTHER_SPELLINGS)).replace("ae", "a").replace("oe", "o").replace("ue", "u")
    )


def _e164(number: str) -> str:
    return "+41" + number.replace(" ", "")[1:]


if __name__ == "__main__":
    raise SystemExit(main())
