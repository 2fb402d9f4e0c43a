"""Of a Referer nothing is kept but the name of a website."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.visits import referrers
from zusage.visits.agents import UNKNOWN, read


@pytest.mark.parametrize(
    "referrer, host",
    [
        ("https://www.example.ch/path/marker?q=marker#marker", "www.example.ch"),
        ("http://example.ch", "example.ch"),
        ("https://example.ch?marker", "example.ch"),
        ("https://example.ch#marker", "example.ch"),
        ("https://example.ch\\marker", "example.ch"),
        ("HTTPS://WWW.Example.CH/", "www.example.ch"),
        ("https://example.ch./", "example.ch"),
        ("https://example.ch:8443/marker", "example.ch"),
        ("https://example.ch:/marker", "example.ch"),
        ("https://marker:marker@example.ch:99/marker", "example.ch"),
        ("https://marker@marker@example.ch/", "example.ch"),
        ("https://a_b.example.ch/", "a_b.example.ch"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://b\u00c3\u00bccher.example/", "xn--bcher-kva.example"),  # UTF-8, as WSGI hands it on
        ("https://b\u00fccher.example/", ""),  # Latin-1: no browser does
        ("https://192.0.2.7/", ""),
        ("https://3221225991/", ""),
        ("https://0xc0.0.2.7/", ""),
        ("https://192.0.2.0x7/", ""),
        ("https://[2001:db8::7]/", ""),
        ("https://[2001:db8::7]:443/", ""),
        ("https://localhost/", ""),
        ("https://intranet/", ""),
        ("https://example..ch/", ""),
        ("https://-example.ch/", ""),
        ("https://example.ch\x00.marker.ch/", ""),
        ("https://exam\nple.ch/", ""),
        ("https://exam ple.ch/", ""),
        ("https://%65xample.ch/", ""),
        ("https://example.ch:port/", ""),
        ("https:///marker", ""),
        ("https://", ""),
        ("//example.ch/", ""),
        ("example.ch", ""),
        ("android-app://com.google.android.gm/", ""),
        ("file:///home/marker/letter.html", ""),
        ("data:text/html,marker", ""),
        ("about:client", ""),
        ("", ""),
        ("https://" + "a" * 64 + ".ch/", ""),
        ("https://" + "a." * 200 + "ch/", ""),
    ],
)
def test_the_host_of_a_referrer(referrer, host):
    assert referrers.host(referrer) == host


@pytest.mark.parametrize(
    "start, piece, end, host",
    [
        ("https://", "a.", "ch/", ""),
        ("https://", "x", "@example.ch/", "example.ch"),
        ("https://", "@", "/", ""),
    ],
)
def test_a_huge_referrer_takes_no_time(start, piece, end, host):
    begun = time.process_time()
    assert referrers.host(start + piece * 1_000_000 + end) == host
    assert time.process_time() - begun < 1


# Whatever a server hands on of a header's bytes.
HEADER = st.binary(max_size=300).map(lambda sent: sent.decode("latin-1")) | st.text(max_size=300)
LIKE_A_REFERRER = st.tuples(
    st.sampled_from(["http", "https", "HTTP", "ftp", ""]), st.sampled_from(["://", ":", "//", ""]), HEADER
).map("".join)
NAME = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*")


@given(HEADER | LIKE_A_REFERRER)
def test_any_referrer_is_a_hosts_name_or_nothing(referrer):
    found = referrers.host(referrer)
    assert found == "" or (NAME.fullmatch(found) and 4 <= len(found) <= 253)


@given(
    st.from_regex(r"\A[a-z]{1,20}\.[a-z]{2,10}\Z"),
    st.text(st.characters(codec="ascii", exclude_characters="@/?#\\:")),
    HEADER,
)
def test_name_password_path_and_query_are_never_kept(host, user, rest):
    assert referrers.host(f"https://{user}@{host}/{rest}") == host
    assert referrers.host(f"http://{host}:80?{rest}") == host


@given(HEADER)
def test_any_user_agent_has_names_that_a_store_takes(user_agent):
    browser, system, robot = read(user_agent)
    for name in (browser, system):
        assert 1 <= len(name) <= 60 and name.isprintable(), name
    assert isinstance(robot, bool)


def test_a_name_cut_from_what_was_sent_is_tidied():
    assert read("\x00\x00\x00").browser == UNKNOWN
    assert read("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0") == (
        "Firefox 128",
        "Linux",
        False,
    )
