"""Files from outside: none, but for a proof of identity and a bank's. They stay in memory, never on a disk."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from zusage.policy.types import LANGUAGES
from zusage.tenant import policy

PROOF, BANK = "proof", "bank"
_RIGHTS = re.compile(rf"/({'|'.join(LANGUAGES)})/privacy/rights/")
_PAYMENTS = "/office/payments/"
BANK_MEGABYTES = 2
"""Of a bank's file: some thousand payments. What is larger comes in by the command, which no browser waits for."""
_MEGABYTE = 1_000_000
LONGEST_BODY = 32 * _MEGABYTE
"""What is read over to the end, to answer it with words. A larger body is refused before it is read."""


class NoFiles(FileUploadHandler):
    """What is used everywhere: a file ends the request."""

    def new_file(self, *about: Any, **more: Any) -> None:
        raise TooManyFilesSent("This address takes no files.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never comes so far."""

    def file_complete(self, file_size: int) -> None:
        """Never comes so far."""


class OneFile(FileUploadHandler):
    """One file, of the field `name`: `content` is its bytes, empty where none came or where it was `too_large`."""

    def __init__(self, request: HttpRequest | None, name: str, megabytes: int) -> None:
        super().__init__(request)
        self.name, self.megabytes = name, megabytes
        self.content = b""
        self.too_large = False
        self._parts: list[bytes] = []
        self._size = 0

    def new_file(self, field_name: str, *about: Any, **more: Any) -> None:
        if field_name != self.name:
            raise TooManyFilesSent("This address takes one file, of one field.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a part of the file; nothing once it is too large, so that memory has a bound."""
        self._size += len(raw_data)
        if self._size > self.megabytes * _MEGABYTE:
            self.too_large = True
            self._parts.clear()
        else:
            self._parts.append(raw_data)

    def file_complete(self, file_size: int) -> None:
        self.content = b"" if self.too_large else b"".join(self._parts)
        self._parts.clear()


def prepare(request: HttpRequest) -> None:
    """Before a form is read: let an address that takes a file take one."""
    if _RIGHTS.fullmatch(request.path_info):
        request.file = _proof(request)  # type: ignore[attr-defined]
    elif request.path_info == _PAYMENTS:
        request.file = _bank_file(request)  # type: ignore[attr-defined]
    else:
        return
    request.upload_handlers = [request.file]  # type: ignore[attr-defined]


def too_large(request: HttpRequest) -> bool:
    """Whether a body is announced that nobody wants to read."""
    told = str(request.META.get("CONTENT_LENGTH", ""))
    return hasattr(request, "file") and told.isdecimal() and int(told) > LONGEST_BODY


def proof(request: HttpRequest) -> OneFile:
    """What came as a proof of identity with this request."""
    return getattr(request, "file", None) or _proof(request)


def bank_file(request: HttpRequest) -> OneFile:
    """What came as a bank's file with this request."""
    return getattr(request, "file", None) or _bank_file(request)


def _proof(request: HttpRequest) -> OneFile:
    return OneFile(request, PROOF, policy().limits.proof_megabytes)


def _bank_file(request: HttpRequest) -> OneFile:
    return OneFile(request, BANK, BANK_MEGABYTES)
