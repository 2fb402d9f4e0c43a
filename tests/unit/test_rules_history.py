"""The history of proofs: whatever is changed, removed, added or moved in it shows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from zusage.rules.history import Day, NotAHistory, digest, faults, message, parse, plain, rewritten

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
FIRST = date(2026, 3, 1)


def signed(said: bytes, signature: bytes) -> bool:
    try:
        KEY.public_key().verify(signature, said)
    except InvalidSignature:
        return False
    return True


def line(day: date, results: dict[str, str], previous: str) -> Day:
    said = message(day, results, previous)
    return Day(day, results, previous, digest(said), KEY.sign(said).hex())


def chain(states: list[str], start: date = FIRST) -> list[Day]:
    days: list[Day] = []
    for number, state in enumerate(states):
        results = {"retention": state, "access": "kept"}
        days.append(line(start + timedelta(days=number), results, days[-1].digest if days else ""))
    return days


STATES = st.lists(st.sampled_from(["kept", "broken", "unknown"]), min_size=2, max_size=12)


@given(STATES)
def test_a_history_as_it_was_written_is_whole(states):
    days = chain(states)
    assert list(faults(days, signed)) == []
    assert list(rewritten(days, days[: len(days) // 2])) == []


@given(STATES, st.data())
def test_a_changed_result_shows_even_with_its_hash_made_anew(states, data):
    days = chain(states)
    number = data.draw(st.integers(0, len(days) - 1))
    old = days[number]
    other = {"kept": "broken", "broken": "kept", "unknown": "kept"}[old.results["retention"]]
    changed = replace(old, results={**old.results, "retention": other})
    assert any(str(old.day) in one for one in faults([*days[:number], changed, *days[number + 1 :]], signed))
    rehashed = replace(changed, digest=digest(message(changed.day, changed.results, changed.previous)))
    assert list(faults([*days[:number], rehashed, *days[number + 1 :]], signed))


@given(STATES, st.data())
def test_a_day_that_is_removed_put_twice_or_moved_shows(states, data):
    days = chain([*states, "kept"])
    number = data.draw(st.integers(1, len(days) - 2))
    assert list(faults([*days[:number], *days[number + 1 :]], signed))
    assert list(faults([*days[:number], days[number - 1], *days[number:]], signed))
    swapped = [*days[: number - 1], days[number], days[number - 1], *days[number + 1 :]]
    assert list(faults(swapped, signed))


def test_a_history_that_was_written_anew_from_the_beginning_shows_against_a_copy_alone():
    kept = chain(["kept", "broken", "kept"])
    anew = chain(["kept", "kept", "kept"])
    assert list(faults(anew, signed)) == []
    assert list(rewritten(anew, kept)) == [
        "2026-03-02: says something else than in the earlier copy",
        "2026-03-03: says something else than in the earlier copy",
    ]
    assert list(rewritten(kept[:2], kept)) == ["2026-03-03: stood in the earlier copy, and is gone"]


def test_the_line_of_another_house_shows():
    days = chain(["kept", "kept"])
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    forged = replace(
        days[1], signature=other.sign(message(days[1].day, days[1].results, days[1].previous)).hex()
    )
    assert list(faults([days[0], forged], signed)) == ["2026-03-02: the signature is not the house's"]
    assert list(faults([replace(days[0], signature="zz")], signed)) == [
        "2026-03-01: the signature is not the house's"
    ]


def test_what_is_written_to_a_file_is_read_back():
    days = chain(["kept", "broken"])
    key = KEY.public_key().public_bytes_raw()
    content = json.loads(json.dumps({"public_key": key.hex(), "history": [plain(one) for one in days]}))
    assert parse(content) == (key, days)


@pytest.mark.parametrize(
    "content",
    [None, [], "x", 7, {}, {"public_key": "ab", "history": []}, {"public_key": "zz", "history": []},
     {"public_key": "00" * 32}, {"public_key": "00" * 32, "history": [{}]},
     {"public_key": "00" * 32, "history": [None]}, {"public_key": "00" * 32, "history": 5},
     {"public_key": "00" * 32, "history": [{"day": "x", "results": {}, "previous": "", "digest": "", "signature": ""}]},
     {"public_key": "00" * 32, "history": [
         {"day": "2026-01-01", "results": {"a": "fine"}, "previous": "", "digest": "", "signature": ""}]},
     {"public_key": "00" * 32, "history": [
         {"day": "2026-01-01", "results": [], "previous": 1, "digest": "", "signature": ""}]}],
)  # fmt: skip
def test_what_is_no_history_says_so(content):
    with pytest.raises(NotAHistory):
        parse(content)
