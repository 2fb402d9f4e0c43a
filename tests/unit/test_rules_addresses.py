"""E-mail addresses, postcodes, network addresses."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.provisional import domains

from zusage.rules.emails import email
from zusage.rules.postcodes import postcode
from zusage.rules.problems import Problem
from zusage.rules.sources import UNKNOWN, source


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("anna@example.ch", "anna@example.ch"),
        (" Anna.Bühler@Example.CH ".replace("ü", "u"), "Anna.Buhler@example.ch"),
        ("a+b_c@sub.example.co.uk", "a+b_c@sub.example.co.uk"),
        ("o'neill@example.com", "o'neill@example.com"),
        ("anna@Bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@xn--bcher-kva.example", "anna@xn--bcher-kva.example"),
        ("anna@example.ch\r\n", "anna@example.ch"),
    ],
)
def test_emails(raw: str, kept: str) -> None:
    assert email(raw) == kept


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "missing"),
        ("anna", "email-unclear"),
        ("@example.ch", "email-unclear"),
        ("anna@", "email-domain"),
        ("anna@example", "email-domain"),
        ("anna@example..ch", "email-domain"),
        ("anna@example.ch.", "email-domain"),
        ("anna@-example.ch", "email-domain"),
        ("anna@exa_mple.ch", "email-domain"),
        ("anna@192.0.2.1", "email-domain"),
        ("anna@192.0.2.123", "email-domain"),
        ("anna@[192.0.2.1]", "email-domain"),
        ("anna@example.c", "email-domain"),
        ("anna@strasse.de".replace("ss", "ß"), "email-domain"),
        ("anna@example.ch\r\nBcc: all@example.org", "text-control"),
        ("anna@example.ch\nBcc: all@example.org", "text-control"),
        ("anna@example.ch%0ABcc:x@example.org", "email-domain"),
        ("anna\x00@example.ch", "text-control"),
        ("anna@exam\u202eple.ch", "text-direction"),
        ('"anna b"@example.ch', "email-unclear"),
        (".anna@example.ch", "email-unclear"),
        ("an..na@example.ch", "email-unclear"),
        ("an na@example.ch", "email-unclear"),
        ("zoë@example.ch", "email-unclear"),
        ("Anna <anna@example.ch>", "email-unclear"),
        ("anna@example.ch, bea@example.ch", "email-several"),
        ("anna@example.ch bea@example.ch", "email-several"),
        (f"{'a' * 65}@example.ch", "email-unclear"),
        (f"anna@{'a.' * 125}ch", "email-too-long"),
        (f"anna@{'a' * 64}.ch", "email-domain"),
        ("a" * 10_000, "email-too-long"),
    ],
)
def test_emails_refused(raw: str, problem: str) -> None:
    with pytest.raises(Problem) as caught:
        email(raw)
    assert caught.value.code == problem


@given(st.from_regex(r"[a-zA-Z0-9_+-]{1,20}(\.[a-zA-Z0-9]{1,20})?", fullmatch=True), domains(max_length=100))
def test_sane_addresses_are_taken(local: str, domain: str) -> None:
    assert email(f"{local}@{domain}") == f"{local}@{domain.lower()}"


@given(
    st.text(max_size=60),
    st.sampled_from(["\r", "\n", "\r\n", "\x00", "\u2028"]),
    st.text(min_size=1, max_size=60),
)
def test_no_result_can_break_a_header(before: str, breaker: str, after: str) -> None:
    for raw in (f"{before}{breaker}{after}", f"a@{before}{breaker}{after}.ch", f"a{before}@b{breaker}c.ch"):
        try:
            kept = email(raw)
        except Problem:
            continue
        assert kept.isascii() and kept.isprintable() and " " not in kept and kept.count("@") == 1


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("8000", "8000"),
        ("CH-8000", "8000"),
        ("ch 8000", "8000"),
        ("CH8000", "8000"),
        ("CH – 8000", "8000"),
        ("FL-9490", "9490"),
    ]
    + [
        ("10115", "10115"),
        ("D-10115", "10115"),
        ("DE 10115", "10115"),
        ("01067", "01067"),
        ("A-1010", "A-1010"),
        ("1010", "1010"),
    ]
    + [("sw1a 1aa", "SW1A 1AA"), ("1234-567", "1234-567"), ("11000", "11000")],
)
def test_postcodes(raw: str, kept: str) -> None:
    assert postcode(raw) == kept


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "missing"),
        ("Zürich", "postcode-unclear"),
        ("Bern", "postcode-unclear"),
        ("12", "postcode-unclear"),
    ]
    + [
        ("12345678901", "postcode-unclear"),
        ("CH-800", "postcode-length"),
        ("D-8000", "postcode-length"),
        ("80٠٠", "digits-other"),
    ]
    + [("8000;", "postcode-unclear"), ("80\n00", "text-control")],
)
def test_postcodes_refused(raw: str, problem: str) -> None:
    with pytest.raises(Problem) as caught:
        postcode(raw)
    assert caught.value.code == problem


@given(st.ip_addresses(v=4))
def test_ipv4_counts_whole(address: IPv4Address) -> None:
    assert source(str(address)) == source(f"::ffff:{address}") == address.packed


@given(st.ip_addresses(v=6), st.binary(min_size=8, max_size=8))
def test_ipv6_counts_by_its_64(address: IPv6Address, other: bytes) -> None:
    if address.packed[:8] == bytes(8):
        return
    neighbour = IPv6Address(address.packed[:8] + other)
    assert source(str(address)) == source(str(neighbour)) == address.packed[:8]


@pytest.mark.parametrize("nothing", ["", "unix:", "localhost", "1.2.3", "1.2.3.4.5", "٠.٠.٠.٠"])
def test_no_address(nothing: str) -> None:
    assert source(nothing) == UNKNOWN
