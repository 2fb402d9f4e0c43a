"""Whatever bytes a log holds: a line is counted or rejected, and none changes what its neighbours are."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.visits.logs.lines import FORMATS, LONGEST, at_once, one, read, whole_lines

GOOD = (
    b'192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 200 2326 "https://a.example/x?y" "Firefox/1"',
    b'2001:db8::7 - jo [31/Dec/2025:23:59:59 -0330] "POST /b HTTP/2.0" 404 - "-" "-"',
)
WHOLE = GOOD[0] + b"\n"
BROKEN = (
    b"",
    b'192.0.2.9 - - [17/May/2015:10:05:03 +0000] "GET /unclosed HTTP/1.1" 200 1 "-" "never closed',
    b'192.0.2.9 - - [17/May/2015:10:05:03 +0000] "GET /unclosed',
    b'192.0.2.9 - - [17/May/2015:10:05:03 +0000] "GET /a" 200 1 "-" "one" "two" "three"',
    b'192.0.2.9 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 5',
    b'" 200 5 "ref" "ua"',
    b'ref" "ua"',
    b'\x16\x03\x01\x00\x00"""',
    b'192.0.2.9 - - [99/Foo/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "a"',
    b'192.0.2.9 - - [17/May/2015:10:05:03 +0000] "GET /\\"q\\" HTTP/1.1" 200 5 "-" "say \\"x\\" \\"y\\""',
    b'192.0.2.9 - - [17/May/2015:10:05:03 +0000] "GET /"q" HTTP/1.1" 200 5 "-" "say "x" too"',
)


def each_alone(block: bytes, kind: str) -> tuple[Counter[tuple[str, ...]], Counter[str]]:
    """What the careful way says of each line by itself."""
    accepted: Counter[tuple[str, ...]] = Counter()
    rejected: Counter[str] = Counter()
    for line in block.split(b"\n")[:-1]:
        found = one(line, kind)
        if isinstance(found, str):
            rejected[found] += 1
        else:
            accepted[(found[0].split()[0], *found[1:])] += 1
    return accepted, rejected


def together(block: bytes, kind: str) -> tuple[Counter[tuple[str, ...]], Counter[str]]:
    columns, rejected = read(block, kind)
    assert len({len(column) for column in columns}) == 1
    rows = zip(*columns, strict=True)
    return Counter((head.split(None, 1)[0], *others) for head, *others in rows), +rejected


any_line = st.one_of(
    st.sampled_from(GOOD + BROKEN),
    st.binary(max_size=60).map(lambda line: line.replace(b"\n", b"")),
    # A line with some of its bytes gone, doubled or replaced: close to right is where mistakes are.
    st.builds(
        lambda line, at, length, put: (line[:at] + put + line[at + length :]).replace(b"\n", b""),
        st.sampled_from(GOOD + BROKEN),
        st.integers(0, 120),
        st.integers(0, 9),
        st.sampled_from(
            (b"", b'"', b'" "', b'\\"', b"\\", b" ", b"\r", b"\0", b"\xff", b'" 200 5 "', b"[", b"\t")
        ),
    ),
)


@given(st.lists(any_line, max_size=12), st.sampled_from((b"\n", b"\r\n")), st.sampled_from(FORMATS))
def test_a_block_is_its_lines_and_nothing_else(lines: list[bytes], end: bytes, kind: str) -> None:
    block = b"".join(line + end for line in lines)
    accepted, rejected = together(block, kind)
    assert (accepted, rejected) == each_alone(block, kind)
    assert accepted.total() + rejected.total() == len(lines)


@given(st.lists(st.sampled_from((*GOOD, *GOOD, *BROKEN)), min_size=1, max_size=30))
def test_quick_and_careful_agree_where_most_lines_are_regular(lines: list[bytes]) -> None:
    block = b"".join(line + b"\n" for line in lines)
    assert together(block, "combined") == each_alone(block, "combined")


@given(st.binary(max_size=400), st.sampled_from(FORMATS))
def test_any_bytes_at_all(text: bytes, kind: str) -> None:
    accepted, rejected = together(text + b"\n", kind)
    assert accepted.total() + rejected.total() == text.count(b"\n") + 1


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_line_leaves_its_neighbours_alone(broken: bytes) -> None:
    alone, _ = together(WHOLE * 2, "combined")
    accepted, _ = together(WHOLE + broken + b"\n" + WHOLE, "combined")
    assert alone <= accepted
    assert accepted.total() <= 3


HEAD = b"192.0.2.7 - - [17/May/2015:10:05:03 +0000] "


TAIL = b' 200 5 "ref" "ua"'


@pytest.mark.parametrize(
    "block",
    [
        HEAD + b'"GET /a\nb"' + TAIL,
        HEAD + b'"GET /a" 200 5 "ref" "u\na"',
        HEAD + b'"GET /a" 200 5 \n 200 5 "ref" "ua"',
        WHOLE + HEAD + b"\n" + HEAD + b'"GET /a"' + TAIL + b'"GET /a"' + TAIL,
        HEAD + b'"GET /a"' + TAIL + HEAD + b'"GET /a"' + TAIL,
        HEAD + b'"GET /a" 200 5 "ref"x"ua"',
        HEAD + b'"GET /a" 200 5 "ref" - "ua"',
        HEAD + b'"GET /a"' + TAIL + b" 0.003",
        WHOLE + HEAD + b'"GET /a"' + TAIL + b"\n0.003",
        HEAD + b'"GET /a"' + TAIL + b"\n\n" + HEAD + b'"GET /a"' + TAIL,
        HEAD + b'"GET /a"' + TAIL + b"\n" + HEAD + b" 200" + b'"GET /a" 5 "ref" "ua"',
    ],
)
def test_quotes_that_only_seem_to_belong_to_lines(block: bytes) -> None:
    """Cut at their quotes, these blocks have as many parts as regular lines would have."""
    assert block.count(b'"') % 6 == 0
    assert together(block + b"\n", "combined") == each_alone(block + b"\n", "combined")


def test_a_status_before_the_request() -> None:
    line = HEAD + b'"GET /a" 200 5\n'
    block = line + HEAD + b' 200"GET /a" 5\n' + line
    assert together(block, "common") == each_alone(block, "common")


@pytest.mark.parametrize(
    "line, fields",
    [
        (b'"GET /\\"q\\" HTTP/1.1" 200 5 "-" "say \\"x\\""', ('GET /\\"q\\" HTTP/1.1', "-", 'say \\"x\\"')),
        (b'"GET /\\x22 HTTP/1.1" 200 5 "-" "a\\x22b"', ("GET /\\x22 HTTP/1.1", "-", "a\\x22b")),
        (b'"GET /\\\\" 200 5 "-" "a"', ("GET /\\\\", "-", "a")),
        (b'"GET /"q" HTTP/1.1" 200 5 "-" "a "b" c"', ('GET /"q" HTTP/1.1', "-", 'a "b" c')),
        (b'"GET / HTTP/1.1" 200 5 "-" "Mozilla (cut', ("GET / HTTP/1.1", "-", "Mozilla (cut")),
        (b'"-" 408 - "-" "-"', ("-", "-", "-")),
        (b'"" 400 0 "" ""', ("", "", "")),
        (b'"\x16\x03\x01" 400 150 "-" "\xff\xfe"', ("\x16\x03\x01", "-", "\xff\xfe")),
        (b'"GET / HTTP/1.1" 200 5 "http://a/\\" "b"', 'http'),
    ],
)  # fmt: skip
def test_fields(line: bytes, fields: tuple[str, ...] | str) -> None:
    found = one(HEAD + line, "combined")
    if isinstance(fields, str):
        assert found[3].startswith(fields)
    else:
        assert found[2:] == fields


@pytest.mark.parametrize(
    "line, why",
    [
        (b"", "empty"),
        (b" \r", "empty"),
        (b"hello", "no date"),
        (b"\0\0\0", "binary"),
        (b'192.0.2.7 - - [17.05.2015] "GET / HTTP/1.1" 200 5 "-" "a"', "no request"),
        (HEAD + b'"GET / HTTP/1.1" 200 5 "-', "cut off"),
        (HEAD + b'"GET / HTTP/1.1" 200 5 "a" "b" "c" "d"', "unclear quotes"),
        (b'www.example.org:443 192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 2 5 "-" "a"', "no request"),
    ],
)  # fmt: skip
def test_reasons(line: bytes, why: str) -> None:
    assert one(line, "combined") == why


def test_a_user_name_with_blanks() -> None:
    found = one(b'192.0.2.7 - Jo Doe [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "a"', "combined")
    assert found[0].split()[0] == "192.0.2.7"


def test_what_nginx_adds_after_the_user_agent() -> None:
    line = GOOD[0] + b' "198.51.100.7" 0.003'
    assert one(line, "nginx")[2:] == ("GET /a?b=c HTTP/1.1", "https://a.example/x?y", "Firefox/1")
    assert one(line, "combined") in ("unclear quotes", "cut off")


def test_the_common_format() -> None:
    line = b'192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 2326'
    columns = at_once((line + b"\n") * 3, "common")
    assert columns.requests == ["GET /a HTTP/1.1"] * 3
    assert [head.split()[0] for head in columns.heads] == ["192.0.2.7"] * 3
    assert columns.days == ["17/May/2015"] * 3


def test_long_lines_are_rejected_and_nothing_else() -> None:
    long = b"x" * 1_000_000 + b"\n"
    block = WHOLE + long + WHOLE + long
    accepted, rejected = together(block, "combined")
    assert accepted.total() == 2
    assert rejected == {"too long": 2}
    parts = list(whole_lines(block, 128 * 1024))
    assert b"".join(parts).count(b"\n") == 4
    assert max(map(len, parts)) <= 128 * 1024
    assert sum((together(part, "combined")[1] for part in parts), Counter()) == {"too long": 2}
    just = WHOLE[:-2] + b"x" * (LONGEST - len(WHOLE) + 1) + b'"\n'
    assert len(just) == LONGEST + 1
    assert together(just, "combined")[0].total() == 1
