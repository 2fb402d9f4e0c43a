"""The counters in memory: shared, bounded, never in the way, and soon forgotten."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zusage.rules.sources import UNKNOWN, source
from zusage.web.limits import _SLOT, PROBES, SLOTS, Counters, known

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "look", "back"]),
        st.sampled_from(["receipt", "forms"]),
        st.integers(0, 5),
        st.integers(0, 90),  # seconds since the step before
    ),
    max_size=60,
)


@given(steps=STEPS, window=st.integers(1, 200))
@settings(max_examples=150)
def test_they_count_as_a_plain_dictionary_would(steps, window):
    counters, plain, now = Counters(slots=4096), {}, 1_000_000.0
    for what, scope, who, seconds in steps:
        now += seconds
        key, name = (scope, who), bytes([who])
        times, end = plain.get(key, (0, 0))
        if end <= now:
            times, end = 0, 0
        if what == "add":
            plain[key] = times, end = times + 1, end or int(now) + window
            found = counters.add(scope, name, window, now)
            assert (found.times, found.seconds_left) == (times, end - int(now))
        elif what == "look":
            assert counters.look(scope, name, now).times == times
        else:
            if end:
                plain[key] = max(0, times - 1), end
            counters._visit(scope, name, 0, now, -1)
            assert counters.look(scope, name, now).times == max(0, times - 1)


@given(
    sources=st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=300),
    slots=st.integers(PROBES, 32),
)
@settings(max_examples=50)
def test_a_full_table_neither_grows_nor_refuses_the_newcomer(sources, slots):
    counters = Counters(slots=slots)
    size = len(counters._memory)
    assert size == slots * _SLOT.size
    for number, one in enumerate(sources):
        before = counters.look("forms", one, 1000.0 + number).times
        # Whoever comes is counted on from what is known of them: nobody inherits another's count.
        assert (
            counters.add("forms", one, 600, 1000.0 + number).times
            == before + 1
            <= sources[: number + 1].count(one)
        )
    assert len(counters._memory) == size


def test_a_full_table_forgets_whose_window_ends_first():
    counters = Counters(slots=PROBES)
    for number in range(PROBES):
        counters.add("forms", bytes([number]), 600, 1000.0 + number)
    counters.add("forms", b"newcomer", 600, 2000.0 - 900)
    assert counters.look("forms", bytes([0]), 1100.0).times == 0
    assert all(counters.look("forms", bytes([number]), 1100.0).times == 1 for number in range(1, PROBES))


def test_the_memory_of_all_sources_is_small_and_bounded():
    assert SLOTS * _SLOT.size < 4 * 1024 * 1024


def test_a_window_ends_by_itself():
    counters = Counters(slots=64)
    counters.add("receipt", b"x", 600, 1000.0)
    assert counters.add("receipt", b"x", 600, 1599.0).times == 2
    assert counters.look("receipt", b"x", 1600.0).times == 0
    again = counters.add("receipt", b"x", 600, 1600.0)
    assert (again.times, again.seconds_left) == (1, 600)


def test_no_address_is_in_the_memory():
    counters = Counters(slots=64)
    address = source("203.0.113.77")
    counters.add("receipt", address, 600)
    held = bytes(counters._memory)
    assert address not in held and b"203.0.113.77" not in held
    # The same address under another process's key leaves other bytes.
    other = Counters(slots=64)
    other.add("receipt", address, 600)
    assert counters._tag("receipt", address) != other._tag("receipt", address)


def test_forked_processes_and_threads_count_together():
    counters = Counters(slots=1024)
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            with ThreadPoolExecutor(4) as pool:
                for _ in range(200):
                    pool.submit(counters.add, "forms", b"everybody", 600)
            os._exit(0)
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    assert counters.look("forms", b"everybody").times == 800


def test_a_process_that_is_killed_in_its_turn_blocks_nobody():
    counters = Counters(slots=64)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with counters._turn.taken():
            os.write(writer, b"x")
            time.sleep(60)
        os._exit(0)
    os.read(reader, 1)  # it is its turn now
    done = threading.Event()
    threading.Thread(target=lambda: (counters.add("forms", b"x", 60), done.set()), daemon=True).start()
    assert not done.wait(0.2)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert done.wait(5)
    assert counters.look("forms", b"x").times == 1


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_what_one_source_is(one, other, same):
    assert (source(one) == source(other)) is same


@pytest.mark.parametrize("nobody", ["", "unix:", "localhost", "1.2.3", "\x00"])
def test_who_cannot_be_told_apart_is_never_refused(nobody):
    assert source(nobody) == UNKNOWN and not known(source(nobody))
