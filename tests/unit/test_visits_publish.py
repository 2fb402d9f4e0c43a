"""What statistics show, and that nobody can work out what they don't."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.visits.publish import (
    OTHER,
    PARTS,
    TOTAL,
    Week,
    in_order,
    monday_of,
    publish,
    rounded,
    summed,
    suppressed,
)

MONDAY = date(2026, 10, 5)
K = st.integers(1, 15)
NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f", OTHER])
CELLS = st.dictionaries(NAMES, st.integers(0, 40), max_size=7)
Counts = dict[str, dict[str, int]]


@st.composite
def weeks_counts(draw: st.DrawFn) -> Counts:
    """A week as it is counted: the same views, told apart in several ways, and some that nobody told apart."""
    views = draw(st.integers(0, 120))
    counts: Counts = {}
    for dimension in (TOTAL, *PARTS, "robot"):
        cells: Counter[str] = Counter()
        left = views
        for name in "abcdef":
            taken = draw(st.integers(0, left)) if dimension in (*PARTS, TOTAL) or name in "ab" else 0
            cells[name] += taken
            left -= taken
        # The rest is rare and pending for a part; the totals and the robots are complete.
        cells["g" if dimension not in PARTS or draw(st.booleans()) else OTHER] += left
        if dimension in PARTS and draw(st.booleans()):
            del cells[OTHER]
        counts[dimension] = dict(cells)
    counts["choice"] = dict(draw(CELLS))
    return counts


@given(CELLS, st.integers(0, 20), K)
def test_no_small_number_and_the_sum_is_kept(cells: dict[str, int], unnamed: int, k: int) -> None:
    shown = suppressed(cells, k, unnamed)
    total = sum(cells.values()) + unnamed
    assert not [number for number in shown.values() if 0 <= number < k]
    assert sum(shown.values()) == (total if total >= k else 0)
    assert all(number == cells[value] for value, number in shown.items() if value != OTHER)


@given(CELLS, K)
def test_no_small_cell_is_the_only_one_behind_other(cells: dict[str, int], k: int) -> None:
    """What is hidden is at least k together, and two cells or more if one of them is below k."""
    shown = suppressed(cells, k)
    hidden = {value: number for value, number in cells.items() if number and value not in shown}
    if shown and hidden:
        assert sum(hidden.values()) >= k or cells.get(OTHER)
        named = [number for value, number in hidden.items() if value != OTHER]
        assert len(named) != 1 or named[0] + cells.get(OTHER, 0) >= k
        assert all(number != shown[OTHER] for number in named if number < k)


@given(weeks_counts(), K)
def test_each_table_of_a_whole_week_adds_up_to_its_total(counts: Counts, k: int) -> None:
    week = publish(MONDAY, counts, k, complete=True)
    views = sum(counts[TOTAL].values())
    if views < k:
        assert not week.tables
        assert week.total is None or not any(any(cells.values()) for cells in counts.values())
        return
    assert week.total == views
    for part in (TOTAL, *PARTS, "robot"):
        assert sum(week.tables[part].values()) == views
    for cells in week.tables.values():
        assert all(number >= k for number in cells.values())


@given(weeks_counts(), K)
def test_no_cell_below_k_follows_from_the_other_tables(counts: Counts, k: int) -> None:
    """The total of one table minus all that another one names: never a number below k, but for nothing at all."""
    week = publish(MONDAY, counts, k, complete=True)
    for total in (week.total or 0, *(sum(week.tables.get(one, {}).values()) for one in (TOTAL, *PARTS))):
        for part in (TOTAL, *PARTS, "robot"):
            named = [number for value, number in week.tables.get(part, {}).items() if value != OTHER]
            left = total - sum(named)
            assert left == 0 or left >= k


@given(st.lists(weeks_counts(), min_size=1, max_size=6), K, st.data())
def test_two_periods_tell_no_more_than_single_weeks(many: list[Counts], k: int, data: st.DataObject) -> None:
    """Whatever two tables differ by is what their single weeks add up to, each of which hides its small cells."""
    weeks = [
        publish(MONDAY + timedelta(weeks=n), one, k, complete=n < len(many) - 1) for n, one in enumerate(many)
    ]
    ends = st.integers(0, len(weeks))
    one, other = (sorted((data.draw(ends), data.draw(ends))) for _ in range(2))
    first, second = set(range(*one)), set(range(*other))
    gone = _minus(summed(weeks[n] for n in first), summed(weeks[n] for n in second))
    known = _minus(summed(weeks[n] for n in first - second), summed(weeks[n] for n in second - first))
    assert gone == known
    for week in weeks:
        assert all(number >= k for cells in week.tables.values() for number in cells.values())
    # Where one lies within the other, what they differ by is itself such a table.
    if first > second or second > first:
        assert not [number for number in gone.values() if 0 < abs(number) < k]


@given(weeks_counts(), K)
def test_the_running_week_in_multiples(counts: Counts, k: int) -> None:
    week = publish(MONDAY, counts, k, complete=False)
    shown = [number for cells in week.tables.values() for number in cells.values()]
    assert all(number % k == 0 and number >= k for number in shown)
    assert (week.total or 0) % k == 0
    for dimension, cells in week.tables.items():
        for value, number in cells.items():
            if value != OTHER:
                assert 0 <= counts[dimension][value] - number < k


@given(weeks_counts(), st.sampled_from([TOTAL, *PARTS]), st.integers(2, 15))
def test_one_more_visit_shows_in_the_running_week_as_k_or_not_at_all(
    counts: Counts, dimension: str, k: int
) -> None:
    more = {one: {**cells, "a": cells.get("a", 0) + 1} for one, cells in counts.items()}
    before, after = publish(MONDAY, counts, k, complete=False), publish(MONDAY, more, k, complete=False)
    changes = _minus(
        {dimension: after.tables.get(dimension, {})}, {dimension: before.tables.get(dimension, {})}
    )
    assert all(change % k == 0 for change in changes.values())


def test_a_rare_browser_takes_the_smallest_along() -> None:
    counts = {TOTAL: {"2026-10-05": 118}, "browser": {"Firefox 120": 100, "Edge 120": 15, "Lynx": 3}}
    week = publish(MONDAY, counts, 10, complete=True)
    assert week.tables["browser"] == {"Firefox 120": 100, OTHER: 18}
    assert week.tables[TOTAL] == {"2026-10-05": 118}


def test_of_two_values_neither_can_be_told_where_one_is_rare() -> None:
    week = publish(MONDAY, {TOTAL: {"x": 100}, "robot": {"no": 97, "yes": 3}}, 10, complete=True)
    assert week.tables["robot"] == {OTHER: 100}


@pytest.mark.parametrize(("robots", "shown"), [(3, {"no": 97}), (30, {"no": 97, "yes": 30})])
def test_robots_that_the_total_leaves_out_are_not_its_difference(robots: int, shown: dict[str, int]) -> None:
    """The total shows the people; people and robots together would show the robots."""
    week = publish(MONDAY, {TOTAL: {"x": 97}, "robot": {"no": 97, "yes": robots}}, 10, complete=True)
    assert week.tables["robot"] == shown


def test_what_a_table_leaves_out_is_in_its_other_cell() -> None:
    """Those without a referrer, say, if nobody counted them: the total minus the hosts would be three."""
    week = publish(MONDAY, {TOTAL: {"x": 100}, "referrer_host": {"example.ch": 97}}, 10, complete=True)
    assert week.tables["referrer_host"] == {OTHER: 100}


def test_a_week_below_k_shows_only_that() -> None:
    counts = {TOTAL: {"x": 9}, "page": {"home": 9}, "choice": {"allow": 50}}
    assert publish(MONDAY, counts, 10, complete=True) == Week(MONDAY, True, None)
    assert publish(MONDAY, {}, 10, complete=True) == Week(MONDAY, True, 0)
    assert publish(MONDAY, {**counts, TOTAL: {"x": 10}}, 10, complete=True).total == 10


def test_periods_add_up_what_single_weeks_show() -> None:
    small = {TOTAL: {"x": 20}, "page": {"home": 14, "record": 6}}
    weeks = [publish(MONDAY + timedelta(weeks=n), small, 10, complete=True) for n in range(3)]
    # All three together would have 18 of the record; no week shows it, so no sum does.
    assert summed(weeks)["page"] == {OTHER: 60}


def test_order_and_bad_counts() -> None:
    assert list(in_order({OTHER: 900, "b": 5, "a": 5, "c": 7})) == ["c", "a", "b", OTHER]
    assert rounded({"a": 19, "b": 9}, 10) == {"a": 10}
    assert monday_of(date(2026, 10, 11)) == MONDAY
    with pytest.raises(ValueError):
        publish(MONDAY, {"page": {"a": -1}}, 10, complete=True)
    with pytest.raises(ValueError):
        publish(MONDAY, {}, 0, complete=True)


def _minus(one: Mapping[str, Mapping[str, int]], other: Mapping[str, Mapping[str, int]]) -> dict[object, int]:
    cells = {
        (dimension, value) for table in (one, other) for dimension in table for value in table[dimension]
    }
    gone = {
        (dimension, value): one.get(dimension, {}).get(value, 0) - other.get(dimension, {}).get(value, 0)
        for dimension, value in cells
    }
    return {cell: number for cell, number in gone.items() if number}
