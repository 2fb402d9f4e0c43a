"""E-mail addresses: a useful part of RFC 5321 and 5322. Nothing is looked up: only a mail can say if one exists."""

from __future__ import annotations

import re

from zusage.rules import text
from zusage.rules.problems import Problem

LONGEST = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Where the old and the new encoding of international names disagree: the same letters would reach two different
# domains. Whoever has such a domain can write it in its ASCII form (xn--…).
_DISPUTED = re.compile("[ß\u03c2\u200c\u200d]")


def email(raw: str) -> str:
    """The address with its domain in lower-case ASCII (``müller.ch`` -> ``xn--mller-kva.ch``).

    Not taken: quoted or non-ASCII local parts, address literals, domains without a dot, more than one address.
    Problems: missing, email-…, and those of text (a line break, as in header injection, is text-control).
    """
    try:
        entry = text.line(raw, LONGEST)
    except Problem as problem:
        if problem.code == "text-too-long":
            raise Problem("email-too-long", limit=LONGEST) from None
        raise
    if not entry:
        raise Problem("missing")
    if entry.count("@") > 1 and re.search("[,; ]", entry):
        raise Problem("email-several")
    local, at, domain = entry.partition("@")
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        raise Problem("email-unclear")
    address = f"{local}@{_ascii_domain(domain)}"
    if len(address) > LONGEST:
        raise Problem("email-too-long", limit=LONGEST)
    return address


def _ascii_domain(domain: str) -> str:
    if "." not in domain or _DISPUTED.search(domain):
        raise Problem("email-domain")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise Problem("email-domain") from None
    labels = ascii_domain.split(".")
    if len(labels) < 2 or len(ascii_domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Problem("email-domain")
    if len(labels[-1]) < 2 or labels[-1].isdigit():
        raise Problem("email-domain")
    return ascii_domain
