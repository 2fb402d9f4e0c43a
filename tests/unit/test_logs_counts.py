"""What is read of a field, what is counted of a log, and what may be shown of it: against a plain reference."""

from __future__ import annotations

import gzip
import io
import random
import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from zusage.visits.logs import counting, published, tally, values
from zusage.visits.logs.packed import Broken, pieces
from zusage.visits.logs.tally import Cell, Tally
from zusage.visits.logs.workers import WorkerEnded, Workers

DAYS = ("04/May/2026", "10/May/2026", "11/May/2026", "31/Dec/2026")


def line(address: str, day: str = DAYS[0], page: str = "/", referrer: str = "-", agent: str = "x") -> bytes:
    stamp = f"{day}:10:00:00 +0200"
    return f'{address} - - [{stamp}] "GET {page} HTTP/1.1" 200 5 "{referrer}" "{agent}"\n'.encode()


def counted(
    text: bytes, k: int = 10, kind: str = "combined", known: counting.Known | None = None
) -> counting.Counted:
    return counting.count(io.BytesIO(text).read, Tally(k, kind), known or {}, lambda number: None)


@pytest.mark.parametrize(
    "request_line, page",
    [
        ("GET /a/b?c=d HTTP/1.1", "/a/b"), ("GET /a#b HTTP/1.1", "/a"), ("GET / HTTP/1.0", "/"), ("GET /a", "/a"),
        ("GET /a b c HTTP/2.0", "/a b c"), ("OPTIONS * HTTP/1.1", "*"), ("M-SEARCH * HTTP/1.1", "*"),
        ("GET http://user:secret@elsewhere.example/x?y HTTP/1.1", "/x"), ("GET http://elsewhere.example HTTP/1.1", "/"),
        ("CONNECT elsewhere.example:443 HTTP/1.1", "-"), ("-", "-"), ("", "-"), ("\\x16\\x03\\x01", "-"),
        ("GET /a/?q=x y HTTP/1.1", "/a/"), ("GET /\xc3\xa4 HTTP/1.1", "/ä"),
        ("GET /\xff\0\x1b[31m HTTP/1.1", "/���[31m"),
        ("GET /%C3%A4 HTTP/1.1", "/%C3%A4"), ("GET /" + "x" * 5000 + " HTTP/1.1", "/" + "x" * 199),
        ("G\xcbT / HTTP/1.1", "/"),
    ],
)  # fmt: skip
def test_pages(request_line: str, page: str) -> None:
    assert values.page(request_line) == page


@pytest.mark.parametrize(
    "referrer, host",
    [
        ("https://WWW.Example.org/path?q=secret", "www.example.org"), ("http://a.example:8080/x", "a.example"),
        ("http://user:secret@a.example/x", "a.example"), ("http://a.example", "a.example"),
        ("http://a.example.", "a.example"),
        ("http://[2001:db8::1]:80/x", "[2001:db8::1]"), ("HTTP://A/", "a"), ("-", ""), ("", ""), ("/own/page", ""),
        ("android-app://com.example.app/", ""), ("file:///home/jo/letter.pdf", ""), ("mailto:jo@a.example", ""),
        ("http://", ""), ("http:///x", ""), ("http://a b/", ""), ("http://a.example?q=secret", "a.example"),
        ("http://a.example#secret", "a.example"), ("http://\\xe4\\xe5.\\xf0/x", "\\xe4\\xe5.\\xf0"),
        ("http://a\\\\secret@b/", "b"),
        ("http://m\xc3\xbcller.example/", "müller.example"), ("http://" + "x" * 300 + "/", ""), ("http://a\0b/", ""),
    ],
)  # fmt: skip
def test_hosts(referrer: str, host: str) -> None:
    assert values.host(referrer) == host


@given(st.binary(max_size=80))
def test_any_field_becomes_text_that_a_store_can_bear(raw: bytes) -> None:
    field = raw.decode("latin-1")
    for value in (values.page("GET /" + field), values.host("http://" + field), *values.agent(field)[:2]):
        assert "\0" not in value
        assert len(value) <= 255
        value.encode("utf-8")


def test_the_day_is_the_one_that_is_written() -> None:
    assert values.day("29/Feb/2024") == date(2024, 2, 29)
    assert values.day("31/Feb/2024") is None
    assert counted(line("a", "31/Feb/2024") + line("a")).tally.rejected == {"no such day": 1}


def reference(text: bytes, k: int) -> dict[str, Counter[str]]:
    """The plain way: a list of addresses for each value. For tests only: it holds what must not be held."""
    found: dict[str, dict[str, list[str]]] = {dimension: {} for dimension in values.DIMENSIONS}
    for one in text.decode().splitlines():
        before, request, _, referrer, _, agent, _ = one.split('"')
        address, day = before.split()[0], before.split("[")[1][:11]
        browser, system, robot = values.agent(agent)
        for dimension, value in {
            "day": str(values.day(day)), "page": values.page(request), "referrer_host": values.host(referrer),
            "browser": browser, "system": system, "robot": "robot" if robot else "person",
        }.items():  # fmt: skip
            if value:
                found[dimension].setdefault(value, []).append(address)
    tables = {}
    for dimension, cells in found.items():
        rare = {value for value, addresses in cells.items() if len(set(addresses)) < k}
        frequent = sorted((len(cells[value]), value) for value in cells.keys() - rare)
        if rare and frequent and len({one for value in rare for one in cells[value]}) < k:
            least = min(frequent, key=lambda pair: (pair[0], [-ord(letter) for letter in pair[1]]))
            rare.add(least[1])
        table = Counter({value: len(addresses) for value, addresses in cells.items() if value not in rare})
        if rare:
            table["other"] = sum(len(cells[value]) for value in rare)
        tables[dimension] = table
    return tables


def some_log(number: int, seed: int = 1) -> bytes:
    chance = random.Random(seed)

    def rare(most: int) -> int:
        return int(most ** chance.random()) - 1

    return b"".join(
        line(
            f"192.0.2.{rare(250)}",
            DAYS[rare(5) % 4],
            f"/page-{rare(60)}?q={chance.random()}",
            f"https://host-{rare(30)}.example/{chance.random()}" if chance.random() < 0.5 else "-",
            f"Mozilla/5.0 (X11; Linux x86_64; rv:{100 + rare(30)}.0) Gecko/20100101 Firefox/{100 + rare(30)}.0",
        )
        for _ in range(number)
    )


@pytest.mark.parametrize("k", [1, 2, 10])
@pytest.mark.parametrize("number", [1, 30, 3000])
def test_a_log_shows_what_enough_addresses_stand_behind(number: int, k: int) -> None:
    text = some_log(number)
    assert published.of_log(counted(text, k).tally) == reference(text, k)


def test_each_week_is_suppressed_by_itself() -> None:
    text = some_log(3000)
    weeks = published.of_weeks(counted(text).tally)
    lines = text.splitlines(keepends=True)
    assert sorted(weeks) == [date(2026, 5, 4), date(2026, 5, 11), date(2026, 12, 28)]
    for monday, days in ((date(2026, 5, 4), DAYS[:2]), (date(2026, 5, 11), DAYS[2:3])):
        own = b"".join(one for one in lines if any(day.encode() in one for day in days))
        assert weeks[monday] == reference(own, 10)


def test_nine_addresses_are_too_few_and_ten_are_enough() -> None:
    crowd = b"".join(line(f"198.51.100.{n}") for n in range(50))
    nine = b"".join(line(f"192.0.2.{n}", page="/rare") for n in range(9)) * 3
    assert published.of_log(counted(crowd + nine).tally)["page"] == {
        "other": 77
    }  # "/" joins: 27 alone would tell
    ten = nine + line("192.0.2.10", page="/rare")
    assert published.of_log(counted(crowd + ten).tally)["page"] == {"/": 50, "/rare": 28}
    same = nine + line("192.0.2.8", page="/rare")
    assert "/rare" not in published.of_log(counted(crowd + same).tally)["page"]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 14)), max_size=8), st.integers(2, 10))
def test_other_never_stands_for_few(cells: list[tuple[int, int]], k: int) -> None:
    """Each cell: a first source and how many from there on."""
    made = {
        f"v{index}": Cell(number + 3, None if number >= k else tuple(range(first, first + number)))
        for index, (first, number) in enumerate(cells)
    }
    found = published.shown(made, Cell(), k)
    assert found.total() == sum(cell.count for cell in made.values())
    names = set(found) - {"other"}
    assert all(made[name].sources is None for name in names)
    hidden = set(made) - names
    few = {source for name in hidden for source in made[name].sources or ()}
    if hidden and names:
        assert len(few) >= k or any(made[name].sources is None for name in hidden)


def test_processes_count_what_one_process_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    text = some_log(20_000)
    alone = published.of_log(counted(text).tally)
    monkeypatch.setattr(counting, "ALONE_BYTES", 300_000)
    monkeypatch.setattr(counting.os, "sched_getaffinity", lambda number: {0, 1})
    helped = counted(text)
    assert published.of_log(helped.tally) == alone
    assert helped.tally.number == 20_000
    grown = counted(text + line("x", page="/new"), known={len(text): {helped.fingerprint}})
    assert grown.tally.number == 1
    assert grown.known == len(text)


def test_a_process_that_dies_is_noticed() -> None:
    with pytest.raises(WorkerEnded), Workers(Tally(10, "combined"), 2) as workers:
        workers.count(line("a"))
        for _, process in workers.started:
            process.kill()
            process.join()
        for _ in range(10):
            workers.count(line("a"))


def test_names_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST_CELLS", 100)
    monkeypatch.setattr(tally, "MOST_FIELDS", 50)
    text = b"".join(
        line(f"192.0.2.{n % 200}", page=f"/once-{n}") + line(f"192.0.2.{n % 200}") for n in range(3000)
    )
    found = counted(text).tally
    assert sum(len(cells) for week in found.weeks.values() for cells in week.cells.values()) <= 100
    assert published.of_log(found)["page"] == {"/": 3000, "other": 3000}


def test_nothing_of_the_lines_is_left_in_what_a_process_hands_over() -> None:
    handed = counted(some_log(100)).tally
    assert all(not any(week.times) and not any(week.lacking) for week in handed.weeks.values())


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "zstd without a size": lambda text: zstandard.ZstdCompressor(write_content_size=False).compress(text),
}


def unpacked(packed: bytes, step: int = 1 << 20) -> bytes:
    reader = io.BytesIO(packed)
    return b"".join(pieces(lambda number: reader.read(min(number, step))))


@pytest.mark.parametrize("how", PACKED)
def test_packed(how: str) -> None:
    text = some_log(5000)
    packed = PACKED[how](text)
    assert unpacked(packed) == text
    assert unpacked(packed, 7) == text
    assert unpacked(packed + PACKED[how](text)) == text * 2
    assert unpacked(PACKED[how](b"")) == b""


@pytest.mark.parametrize("how", ["gzip", "zstd", "zstd without a size"])
def test_packed_and_damaged(how: str) -> None:
    text = some_log(20_000)
    packed = PACKED[how](text)
    for damaged in (packed[: len(packed) // 2], packed[:-1], packed + b"garbage", packed + packed[:9]):
        found = b""
        with pytest.raises(Broken):
            for piece in pieces(io.BytesIO(damaged).read):
                found += piece
        assert text.startswith(found)
        assert len(found) > len(text) // 4
    assert unpacked(packed + bytes(5000) if how == "gzip" else packed) == text
    result = counted(packed[: len(packed) // 2])
    assert result.broken == "it is cut off"
    assert 0 < result.tally.accepted < 20_000


@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_a_bomb_takes_no_memory(how: str) -> None:
    """200 MB without an end of line out of some KB: one line, too long, and never held as a whole."""
    bomb = PACKED[how](b"x" * 200_000_000)
    assert len(bomb) < 1_000_000
    tracemalloc.start()
    found = counted(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.tally.rejected == {"too long": 1}
    assert found.length == 200_000_000
    assert peak < 40_000_000
