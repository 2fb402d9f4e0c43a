"""The container of a backup: it gives back what was put in, or says that it was changed; nothing in between."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.backup import container
from zusage.backup.container import CHUNK, KEY, MAGIC, SEALED, Writer
from zusage.backup.problems import Broken
from zusage.backup.recovery import recovery_key_of

PAIR = recovery_key_of(bytes(range(32)))
HEAD = len(MAGIC) + KEY
SIZES = [0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7, 5 * CHUNK]


def written(
    plain: bytes, context: bytes = b"place", public: bytes = PAIR.public, step: int = 10_000
) -> bytes:
    out = io.BytesIO()
    writer = Writer(out, public, context)
    for start in range(0, len(plain), step):
        writer.write(plain[start : start + step])
    writer.finish()
    assert writer.size == len(out.getvalue())
    return out.getvalue()


def opened(content: bytes, context: bytes = b"place") -> bytes:
    assert PAIR.private is not None
    return b"".join(container.read(io.BytesIO(content), PAIR.private, context))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [1000, CHUNK, 3 * CHUNK])
def test_what_goes_in_comes_out(size, step):
    plain = os.urandom(size)
    content = written(plain, step=step)
    assert opened(content) == plain
    assert len(content) == HEAD + size + 16 * max(1, -(-size // CHUNK))


@given(st.binary(max_size=3000), st.binary(max_size=40))
def test_any_bytes_at_any_place(plain, context):
    assert opened(written(plain, context), context) == plain


@pytest.mark.parametrize("size", SIZES)
def test_a_file_without_its_end_is_refused(size):
    content = written(os.urandom(size))
    cuts = {0, 1, HEAD - 1, HEAD, HEAD + 1, HEAD + 16, HEAD + SEALED, HEAD + 2 * SEALED, len(content) - 1}
    for cut in (one for one in cuts if one < len(content)):
        with pytest.raises(Broken):
            opened(content[:cut])


@given(st.data())
def test_every_cut_and_every_changed_bit_is_noticed(data):
    content = written(b"x" * data.draw(st.sampled_from([0, 50, CHUNK, CHUNK + 50])))
    cut = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(Broken):
        opened(content[:cut])
    place, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    changed = bytearray(content)
    changed[place] ^= 1 << bit
    # X25519 passes over the highest bit of a public key; but the key for the content follows from all of them.
    with pytest.raises(Broken):
        opened(bytes(changed))


def test_every_single_byte_of_a_small_file_counts():
    content = written(b"a small file")
    for place in range(len(content)):
        for change in (0x01, 0x80, 0xFF):
            changed = bytearray(content)
            changed[place] ^= change
            with pytest.raises(Broken):
                opened(bytes(changed))


@given(st.data())
def test_chunks_can_not_be_moved_left_out_doubled_or_added(data):
    content = written(os.urandom(4 * CHUNK + 9))
    head, chunks = content[:HEAD], [content[HEAD + n * SEALED :][:SEALED] for n in range(5)]
    other = written(os.urandom(4 * CHUNK + 9))
    pieces = [*chunks, *(other[HEAD + n * SEALED :][:SEALED] for n in range(5)), b"", b"x" * 16]
    order = data.draw(st.lists(st.integers(0, len(pieces) - 1), max_size=7))
    built = head + b"".join(pieces[number] for number in order)
    if built == content:
        return
    with pytest.raises(Broken):
        opened(built)


def test_more_at_the_end_is_refused():
    for size in SIZES:
        content = written(os.urandom(size))
        for more in (b"\0", b"\0" * 16, b"\0" * SEALED, content):
            with pytest.raises(Broken):
                opened(content + more)


def test_it_opens_at_its_place_and_with_its_key_alone():
    content = written(b"plain", b"backup one, data")
    with pytest.raises(Broken):
        opened(content, b"backup one, keys")
    with pytest.raises(Broken):
        b"".join(container.read(io.BytesIO(content), bytes(32), b"backup one, data"))


@pytest.mark.parametrize("public", [bytes(32), b"\1" + bytes(31), b"\xff" * 32])
def test_a_public_key_without_a_secret_behind_it_is_refused(public):
    with pytest.raises(Broken):
        opened(MAGIC + public + b"x" * 100)


@given(st.binary(max_size=200))
def test_rubbish_is_broken_and_nothing_else(rubbish):
    for content in (rubbish, MAGIC + rubbish):
        with pytest.raises(Broken):
            opened(content)


def test_two_files_of_the_same_have_nothing_in_common():
    one, other = written(b"same" * 1000), written(b"same" * 1000)
    assert one[:8] == other[:8] and one[8:] != other[8:]
    assert b"samesame" not in one
