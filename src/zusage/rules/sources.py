"""Where a request comes from, as coarse as will do against abuse. It lives only in memory, as a keyed hash."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

UNKNOWN = b""


def source(address: str) -> bytes:
    """The 4 bytes of an IPv4 address, or the first 8 of an IPv6 one: a /64 is one household or one machine.

    An IPv4 address inside an IPv6 one (``::ffff:192.0.2.1``) counts as IPv4. `UNKNOWN` for what is no address
    (a server behind a local socket gives none): nobody can be told apart there, so nobody may be refused for it.
    """
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address.strip())
    except ValueError:
        return UNKNOWN
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return parsed.packed[:8]
        parsed = parsed.ipv4_mapped
    return parsed.packed
