"""Files as people upload them, and as people who mean no good build them."""

from __future__ import annotations

import random
import struct
import zipfile
import zlib
from functools import cache
from io import BytesIO

import typst
from PIL import Image


@cache
def picture(form: str, mode: str = "RGB", size: tuple[int, int] = (60, 40), **how: object) -> bytes:
    """A picture of noise, in the format `form` of Pillow."""
    noise = Image.frombytes("L", size, random.Random(1).randbytes(size[0] * size[1])).convert(mode)
    out = BytesIO()
    noise.save(out, form, **how)
    return out.getvalue()


@cache
def twin() -> bytes:
    """Two pictures in one file, as phones make them."""
    out = BytesIO()
    Image.new("RGB", (60, 40)).save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (9, 9))])
    return out.getvalue()


@cache
def document() -> bytes:
    """A real PDF."""
    return bytes(typst.compile(b"= Reisepass\n#lorem(300)"))


def made(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of one page, with `objects` from number 4 on."""
    first = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
    )
    content, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, one in enumerate((*first, *objects), start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(places) + 1
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    return content + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (count, trailer, start)


def stream(entries: bytes, data: bytes) -> bytes:
    """A stream object for `made`."""
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)


def packed(inner: bytes, entries: bytes = b"/Filter/FlateDecode") -> bytes:
    """An object stream with one object, number 9."""
    return stream(b"/Type/ObjStm/N 1/First 4" + entries, zlib.compress(b"9 0 " + inner))


def zipped() -> bytes:
    """A small archive."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "b")
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def samsung(*blocks: bytes, gap: bytes = b"") -> bytes:
    """What Samsung's phones write behind a picture; `gap`: what they don't."""
    behind = [len(b"".join(blocks[index:]) + gap) for index in range(len(blocks))]
    entries = (struct.pack("<HHII", 0, 1, at, len(one)) for at, one in zip(behind, blocks, strict=True))
    directory = b"SEFH" + struct.pack("<II", 101, len(blocks)) + b"".join(entries)
    return b"".join(blocks) + gap + directory + struct.pack("<I", len(directory)) + b"SEFT"
