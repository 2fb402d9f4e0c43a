"""The cookie for topics: few values, nothing else is believed, and when it may be set at all."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tenants import MINIMAL, REFERENCE, loaded
from zusage.policy.law import asks_first
from zusage.rules.interests import Interests, add, after_view, parse, topic_of, written

TOPICS = tuple(loaded(REFERENCE).topics)
LIFE = timedelta(minutes=loaded(REFERENCE).cookies["interests"].life_minutes)
TODAY = date(2026, 11, 25)
MONDAY = date(2026, 11, 23)

CHOICES = st.sampled_from(["", "allowed", "refused"])


@given(st.one_of(st.text(), st.binary(max_size=9000).map(lambda raw: raw.decode("latin-1"))))
@example("1.2026W48." + "-".join(TOPICS) * 500)
@example("1.²026W48.payment")
@example("1.2026W48.payment\n")
@example("1.9999W99.payment")
@example("1.0000W01.payment")
@example("1.yes ")
def test_whatever_somebody_writes_is_topics_or_nothing(value: str) -> None:
    found = parse(value, TOPICS, TODAY, LIFE)
    assert found is None or written(found) == value


@given(st.from_regex(r"1\.(open\.)?20\d\dW\d\d\.[a-z-]{0,40}", fullmatch=True))
def test_what_looks_like_ours_is_believed_only_if_we_would_write_it(value: str) -> None:
    found = parse(value, TOPICS, TODAY, LIFE)
    assert found is None or (written(found) == value and set(found.topics) <= set(TOPICS))


@given(st.sampled_from(["", "allowed"]), st.lists(st.sampled_from(TOPICS), min_size=1, max_size=9))
def test_a_value_is_read_as_it_was_written(choice, read: list[str]) -> None:
    held = Interests(choice)
    for topic in read:
        held = add(held, topic, TODAY)
    assert held.topics[0] == read[-1] and held.week == MONDAY
    assert len(held.topics) == min(len(set(read)), 2 if choice else 1)
    assert parse(written(held), TOPICS, TODAY, LIFE) == held


@pytest.mark.parametrize(
    ("value", "choice", "topics"),
    [
        ("1.2026W48.payment-letter", "allowed", ("payment", "letter")),
        ("1.open.2026W48.jobs", "", ("jobs",)),
        ("1.yes", "allowed", ()),
        ("1.no", "refused", ()),
    ],
)
def test_the_values(value, choice, topics) -> None:
    found = parse(value, TOPICS, TODAY, LIFE)
    assert found == Interests(choice, topics, MONDAY if topics else None)
    assert written(found) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yes",
        "2.yes",
        "1.maybe",
        "1.2026W49.payment",  # next week
        "1.2026W54.payment",
        "1.2025W48.payment",  # older than its life
        "1.2026W48.",
        "1.2026W48.payment-payment",
        "1.2026W48.payment-letter-rights",  # more than we remember
        "1.open.2026W48.payment-letter",  # more than we remember without a choice
        "1.2026W48.payments",
        "1.2026W48.payment-",
        "1.2026W48.Payment",
        "1.2026-11-25.payment",
        "1.2026W48.payment.12345",
        " 1.yes",
    ],
)
def test_nothing_else_is_believed(value) -> None:
    assert parse(value, TOPICS, TODAY, LIFE) is None


def test_it_is_forgotten_after_its_life() -> None:
    value = written(add(Interests("allowed"), "payment", TODAY))
    last = MONDAY + LIFE
    assert parse(value, TOPICS, last, LIFE) is not None
    assert parse(value, TOPICS, last + timedelta(days=1), LIFE) is None


def test_a_topic_that_the_policy_no_longer_has_is_forgotten() -> None:
    assert parse("1.2026W48.jobs", ("payment",), TODAY, LIFE) is None


def test_there_are_too_few_values_to_tell_people_apart_by() -> None:
    weeks = [MONDAY - timedelta(weeks=back) for back in range(60)]
    orders = [*permutations(TOPICS, 1), *permutations(TOPICS, 2), *permutations(TOPICS, 3)]
    candidates = ["1.yes", "1.no"]
    for week in weeks:
        year, number, _ = week.isocalendar()
        for order in orders:
            for opened in ("", "open."):
                candidates.append(f"1.{opened}{year}W{number:02}.{'-'.join(order)}")
    believed = [value for value in candidates if parse(value, TOPICS, TODAY, LIFE)]
    assert len(believed) == 2 + 26 * (5 + 5 * 4 + 5) == 782
    assert max(map(len, believed)) < 40


@given(
    CHOICES, st.sampled_from(["", *TOPICS]), st.sampled_from(["", *TOPICS]), st.booleans(), st.booleans(), st.booleans()
)  # fmt: skip
def test_when_it_may_be_set(choice, before, topic, first, gpc, informed) -> None:
    held = Interests(choice)
    if before and choice != "refused":
        held = add(held, before, TODAY)
    after = after_view(
        None if held == Interests() else held, topic, TODAY, asks_first=first, gpc=gpc, informed=informed
    )
    if gpc:
        assert after is None, "a signal binds, whatever was chosen"
    elif choice == "refused":
        assert after == held
    elif first and choice != "allowed":
        assert after is None, "no consent, no cookie"
    elif topic and (choice == "allowed" or informed or held.topics):
        assert after is not None and after.topics[0] == topic and after.choice == choice
    else:
        assert after == (None if held == Interests() else held)


def test_the_stricter_law_binds() -> None:
    assert not asks_first(("ch",))
    assert asks_first(("de",)) and asks_first(("ch", "de")) and asks_first(("de", "ch"))


def test_a_page_has_the_topic_that_the_policy_gives_it() -> None:
    policy = loaded(REFERENCE)
    assert topic_of(policy, "genuine") == topic_of(policy, "enquiry", "not-me") == "letter"
    assert topic_of(policy, "privacy/rights") == "rights"
    assert topic_of(policy, "contact", "jobs") == "jobs"
    assert topic_of(policy, "contact") == topic_of(policy, "contact", "nothing") == topic_of(policy, "") == ""
    assert topic_of(loaded(MINIMAL), "genuine") == ""
