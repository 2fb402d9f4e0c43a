"""Comparing people with Splink, in memory alone: DuckDB gets no file, no folder for spilling, and no way outside."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import islice
from typing import Any
from uuid import UUID

from zusage.rules.matching.compare import compare
from zusage.rules.matching.names import Name
from zusage.rules.matching.parameters import FILE
from zusage.rules.matching.person import Person
from zusage.rules.matching.phonetics import cologne, romance

PROBABLE = 0.5
"""What is likelier than not is proposed: a human looks at it, and what isn't proposed is missing from an answer."""
AT_ONCE = 10_000
SHUT = (
    "SET temp_directory = ''",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
TABLE = """CREATE TABLE people (
    unique_id UUID, given VARCHAR, family VARCHAR, cologne VARCHAR, romance VARCHAR, former VARCHAR[], born VARCHAR,
    emails VARCHAR[], phones VARCHAR[], postcode VARCHAR, street VARCHAR)"""
BLOCKS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("born", "cologne"), ""),
    (("born", "romance"), ""),
    (("born", "given"), ""),
    (("emails",), "emails"),
    (("phones",), "phones"),
    (("postcode", "given", "family"), ""),
    (("street", "given", "postcode"), ""),
)
"""Who is compared at all: those who share all columns of one of these; of the column named last, one entry."""
LEVELS: dict[str, tuple[tuple[str, str], ...]] = {
    "given": (
        ("given_l IS NULL OR given_r IS NULL", "missing"),
        ("given_l = given_r", "exact"),
        ("jaro_winkler_similarity(given_l, given_r) >= 0.9", "close"),
        ("ELSE", "other"),
    ),
    "family": (
        ("family_l IS NULL OR family_r IS NULL", "missing"),
        ("family_l = family_r", "exact"),
        ("list_contains(former_l, family_r) OR list_contains(former_r, family_l)", "former"),
        ("jaro_winkler_similarity(family_l, family_r) >= 0.9", "close"),
        ("cologne_l = cologne_r OR romance_l = romance_r", "sound"),
        ("ELSE", "other"),
    ),
    "born": (
        ("born_l IS NULL OR born_r IS NULL", "missing"),
        ("born_l = born_r", "exact"),
        ("born_l[:4] = born_r[:4] AND born_l[6:7] = born_r[9:] AND born_l[9:] = born_r[6:7]", "swapped"),
        ("damerau_levenshtein(born_l, born_r) = 1", "one-digit"),
        ("ELSE", "other"),
    ),
    "email": (
        ("len(emails_l) = 0 OR len(emails_r) = 0", "missing"),
        ("len(list_intersect(emails_l, emails_r)) > 0", "exact"),
        ("ELSE", "other"),
    ),
    "phone": (
        ("len(phones_l) = 0 OR len(phones_r) = 0", "missing"),
        ("len(list_intersect(phones_l, phones_r)) > 0", "exact"),
        ("ELSE", "other"),
    ),
    "street": (
        ("street_l IS NULL OR street_r IS NULL", "missing"),
        ("street_l = street_r AND postcode_l = postcode_r", "exact"),
        ("ELSE", "other"),
    ),
    "postcode": (
        ("postcode_l IS NULL OR postcode_r IS NULL", "missing"),
        ("postcode_l = postcode_r", "exact"),
        ("ELSE", "other"),
    ),
}
"""Field -> how two people are compared in it, the best first, by the words of the rules for matching."""
OTHERS = {"given-other", "given-two-names"}
"""Twins, spouses, parents: whoever has another given name is somebody else, however much else agrees."""
COMMON = ("given", "family")
"""Of these a common value says less than a rare one; how common they are is counted among those compared."""


class CouldNotCompare(Exception):
    """Splink or DuckDB isn't installed; or, where this names an error of theirs, they broke off."""


class TooLarge(Exception):
    """There is not memory enough, and nothing may be written to a disk."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two subjects. `weight`: match weight in whole bits. `agreed`: words of what agreed, with spaces between."""

    one: UUID
    other: UUID
    weight: int
    agreed: str


def pairs(people: Iterable[tuple[UUID, Person]]) -> list[Pair]:
    """Who is probably one person, the likeliest first. Raises CouldNotCompare, TooLarge."""
    if not (find_spec("splink") and find_spec("duckdb")):
        raise CouldNotCompare
    import duckdb
    from splink.internals.exceptions import SplinkException

    database = duckdb.connect(":memory:")
    try:
        for statement in SHUT:
            database.execute(statement)
        number = _fill(database, people)
        return _found(database, number) if number > 1 else []
    except (duckdb.Error, SplinkException) as error:
        # Not their text: a database's error may quote a value.
        if any(isinstance(one, duckdb.OutOfMemoryException) for one in (error, error.__cause__)):
            raise TooLarge from None
        raise CouldNotCompare(type(error).__name__) from None
    finally:
        database.close()


def _fill(database: Any, people: Iterable[tuple[UUID, Person]]) -> int:
    import pandas  # type: ignore[import-untyped]  # what Splink brings: a table at once, where single rows would take a thousand times as long

    database.execute(TABLE)
    columns = [name for name, *_ in database.execute("DESCRIBE people").fetchall()]
    rows, number = (_row(subject, person) for subject, person in people), 0
    while piece := list(islice(rows, AT_ONCE)):
        database.register("piece", pandas.DataFrame(piece, columns=columns))
        database.execute("INSERT INTO people SELECT * FROM piece")
        database.unregister("piece")
        number += len(piece)
    return number


def _row(subject: UUID, person: Person) -> list[Any]:
    """What is compared of somebody, in normal form; by the first reading of the name and the newest address."""
    name = person.names[0]
    given, family = " ".join(name.given), "".join(name.family)
    where = next(iter(person.addresses), None)
    return [
        str(subject), given or None, family or None, cologne(family) or None, romance(family) or None,
        ["".join(one.family) for one in person.former], person.born or None, sorted(person.emails),
        sorted(person.phones), (where and where.postcode) or None, (where and where.street) or None,
    ]  # fmt: skip


def _found(database: Any, number: int) -> list[Pair]:
    from splink import DuckDBAPI, Linker

    quiet, before = logging.getLogger("splink"), logging.getLogger("splink").level
    quiet.setLevel(logging.ERROR)  # it speaks of estimates that aren't made here
    try:
        api = DuckDBAPI(connection=database)
        linker = Linker("people", _settings(number), api, set_up_basic_logging=False)
        table = linker.inference.predict(threshold_match_probability=PROBABLE).physical_name
    finally:
        quiet.setLevel(before)
    levels = ", ".join(f"gamma_{name}" for name in LEVELS)
    rows = database.execute(
        "SELECT unique_id_l, unique_id_r, match_weight, one.given, other.given, "  # noqa: S608  (names of columns)
        f"{levels} FROM {table} JOIN people AS one ON one.unique_id = unique_id_l "
        "JOIN people AS other ON other.unique_id = unique_id_r "
        "ORDER BY match_weight DESC, unique_id_l, unique_id_r"
    )
    found = (
        Pair(one, other, round(weight), _agreed(gammas, _given(given, other_given)))
        for one, other, weight, given, other_given, *gammas in rows.fetchall()
    )
    return [pair for pair in found if not OTHERS & set(pair.agreed.split())]


def _given(one: str | None, other: str | None) -> str:
    """How two given names agree, by the rules for matching: those know short forms, SQL doesn't."""
    people = [Person(names=(Name(tuple((given or "").split()), ()),)) for given in (one, other)]
    return compare(*people).levels["given"]


def _agreed(gammas: Sequence[int], given: str) -> str:
    """The words for Splink's numbers of levels: -1 is missing, 0 the last, and so on upwards."""
    words = {
        name: LEVELS[name][-1 - gamma][1] for name, gamma in zip(LEVELS, gammas, strict=True) if gamma >= 0
    }
    if "given" in words:
        words["given"] = given
    return " ".join(f"{name}-{word}" for name, word in words.items())


def _settings(number: int) -> Any:
    """Splink's settings: blocks, comparisons, and the rates that the rules for matching were taught."""
    from splink import SettingsCreator, block_on

    return SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=1 / number,
        blocking_rules_to_generate_predictions=[
            block_on(*columns, arrays_to_explode=[each] if each else None) for columns, each in BLOCKS
        ],
        comparisons=[_comparison(name) for name in LEVELS],
        retain_intermediate_calculation_columns=True,
    )


def _comparison(name: str) -> dict[str, Any]:
    levels: list[dict[str, Any]] = []
    for condition, word in LEVELS[name]:
        if word == "missing":
            levels.append({"sql_condition": condition, "label_for_charts": word, "is_null_level": True})
            continue
        m, u, *_ = _rates()[name][word]
        levels.append(
            {
                "sql_condition": condition, "label_for_charts": word, "m_probability": m, "u_probability": u,
                "fix_m_probability": True, "fix_u_probability": True,
                **({"tf_adjustment_column": name} if word == "exact" and name in COMMON else {}),
            }
        )  # fmt: skip
    return {"output_column_name": name, "comparison_levels": levels}


@cache
def _rates() -> dict[str, dict[str, list[float]]]:
    """Field -> level -> how often it is seen of one person (m), of two (u), and more that isn't asked here."""
    found: dict[str, dict[str, list[float]]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["fields"]
    return found
