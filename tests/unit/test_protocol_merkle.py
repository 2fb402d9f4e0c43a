"""The tree over a batch: as RFC 6962 defines it, and no change, removal, insertion or swap gives the same root."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.protocol import canon
from zusage.protocol.merkle import leaf_hash, root

LEAVES = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


def by_definition(contents: list[bytes]) -> bytes:
    """MTH of RFC 6962, word by word."""
    if not contents:
        return hashlib.sha256(b"").digest()
    if len(contents) == 1:
        return hashlib.sha256(b"\x00" + contents[0]).digest()
    k = 1
    while k * 2 < len(contents):
        k *= 2
    return hashlib.sha256(b"\x01" + by_definition(contents[:k]) + by_definition(contents[k:])).digest()


def of(contents: list[bytes]) -> bytes:
    return root(leaf_hash(one) for one in contents)


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_it_is_the_tree_of_rfc_6962(contents):
    assert of(contents) == by_definition(contents)


def test_known_roots():
    """The test vectors of RFC 6962's reference implementation (Certificate Transparency)."""
    inputs = [
        bytes.fromhex(one)
        for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                    "606162636465666768696a6b6c6d6e6f")
    ]  # fmt: skip
    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert of(inputs[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert of(inputs[:3]).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert of(inputs).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(LEAVES, st.data())
def test_any_single_change_is_found(contents, data):
    at = data.draw(st.integers(0, len(contents) - 1))
    other = data.draw(st.binary(max_size=8).filter(lambda one: one != contents[at]))
    assert of([*contents[:at], other, *contents[at + 1 :]]) != of(contents)


@given(LEAVES, st.data())
def test_any_removal_is_found(contents, data):
    at = data.draw(st.integers(0, len(contents) - 1))
    assert of([*contents[:at], *contents[at + 1 :]]) != of(contents)


@given(LEAVES, st.binary(max_size=8), st.data())
def test_any_insertion_is_found(contents, more, data):
    at = data.draw(st.integers(0, len(contents)))
    assert of([*contents[:at], more, *contents[at:]]) != of(contents)


@given(LEAVES, st.data())
def test_any_swap_is_found(contents, data):
    one = data.draw(st.integers(0, len(contents) - 1))
    two = data.draw(st.integers(0, len(contents) - 1))
    swapped = list(contents)
    swapped[one], swapped[two] = swapped[two], swapped[one]
    assert (of(swapped) == of(contents)) == (swapped == contents)


@given(LEAVES)
def test_a_node_passes_for_no_leaf(contents):
    """Two leaves' hashes together, taken for one leaf's content, give another root."""
    pair = [leaf_hash(b"a"), leaf_hash(b"b")]
    assert leaf_hash(b"".join(pair)) != root(pair)
    assert of([*contents, b"".join(pair)]) != of([*contents, b"a", b"b"])


# --- what is hashed

WORDS = st.text(max_size=6)
CONTENTS = st.tuples(
    WORDS, WORDS, WORDS, WORDS, st.none() | st.uuids(), WORDS, WORDS, WORDS
)  # fmt: skip


@given(CONTENTS, CONTENTS)
def test_no_two_contents_have_one_digest(one, two):
    salt = bytes(16)
    assert (canon.digest_of(one, salt) == canon.digest_of(two, salt)) == (one == two)


@given(CONTENTS, st.binary(min_size=16, max_size=16))
def test_without_the_salt_nobody_guesses_it(content, salt):
    assert (canon.digest_of(content, salt) == canon.digest_of(content, bytes(16))) == (salt == bytes(16))


def test_where_one_word_ends_and_the_next_begins_matters():
    one = ("ab", "c", "", "", None, "", "", "")
    two = ("a", "bc", "", "", None, "", "", "")
    assert canon.digest_of(one, bytes(16)) != canon.digest_of(two, bytes(16))


@given(
    st.integers(1, 2**60),
    st.uuids(),
    st.integers(0, 2**52).map(lambda one: canon.EPOCH + one * canon.MICROSECOND),
)
def test_a_leaf_is_of_its_place_its_id_and_its_microsecond(position, id_, at):
    digest = bytes(32)
    leaf = canon.leaf(position, id_, at, digest)
    assert leaf == canon.leaf(position, id_, at.astimezone(timezone(timedelta(hours=5))), digest)
    assert leaf != canon.leaf(position + 1, id_, at, digest)
    assert leaf != canon.leaf(position, uuid.uuid4(), at, digest)
    assert leaf != canon.leaf(position, id_, at + timedelta(microseconds=1), digest)
    assert leaf != canon.leaf(position, id_, at, b"\x01" * 32)


def test_the_bytes_are_written_down():
    """As docs/decisions/0028 shows them: who checks without this program has to make the same ones."""
    at = datetime(2026, 11, 25, 15, 0, 0, 1, tzinfo=UTC)
    id_ = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
    said = canon.seal_bytes(7, 1, 2, b"\x01" * 32, canon.NOTHING, at, "k")
    assert json.loads(said) == ["seal 1", 7, 1, 2, "01" * 32, "00" * 32, 1795618800000001, "k"]
    plain = b'["entry 1",1,"00112233445566778899aabbccddeeff",1795618800000001,"' + b"00" * 32 + b'"]'
    assert canon.leaf(1, id_, at, bytes(32)) == hashlib.sha256(b"\x00" + plain).digest()


@pytest.mark.parametrize("size", [1, 2, 3, 499, 500])
def test_a_batch_of_any_size(size):
    contents = [str(number).encode() for number in range(size)]
    assert of(contents) == by_definition(contents)


@given(CONTENTS)
def test_the_quick_way_writes_what_json_writes(content):
    subject = content[4]
    said = ["content 1", *content[:4], subject.hex if subject else "", *content[5:]]
    plain = json.dumps(said, separators=(",", ":")).encode()
    assert canon.digest_of(content, b"s" * 16) == hashlib.sha256(b"s" * 16 + plain).digest()
