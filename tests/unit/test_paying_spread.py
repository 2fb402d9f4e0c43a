"""What a payment pays: nothing of it is lost, its own instalment comes first, then the oldest."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from zusage.rules.paying.spread import Due, over, spread

cents = st.integers(0, 100_000).map(lambda number: Decimal(number) / 100)
amounts = st.integers(1, 100_000).map(lambda number: Decimal(number) / 100)
plans = st.lists(st.tuples(amounts, cents), min_size=1, max_size=12).map(
    lambda pairs: [
        Due(number, amount, min(amount, paid)) for number, (amount, paid) in enumerate(pairs, start=1)
    ]
)


@given(plans, amounts, st.integers(0, 13))
def test_nothing_is_lost_and_the_order_holds(lines: list[Due], amount: Decimal, named: int) -> None:
    after = spread(lines, amount, named)
    assert [(one.number, one.amount) for one in after] == [(one.number, one.amount) for one in lines]
    gained = [now.paid - was.paid for was, now in zip(lines, after, strict=True)]
    assert sum(gained) == amount and min(gained) >= 0
    order = [one for one in after if one.number == named] + [one for one in after if one.number != named]
    # Whatever comes after one that still lacks something got nothing.
    lacking = next((at for at, one in enumerate(order) if one.lacking), len(order))
    got = dict(zip((one.number for one in after), gained, strict=True))
    assert all(got[one.number] == 0 for one in order[lacking + 1 :])
    assert over(after) == max(sum(one.paid - one.amount for one in after), Decimal(0))
    # Too much is with the one that was named, and else with the last.
    beyond = [one.number for one in after if one.paid > one.amount]
    assert beyond in ([], [named if 1 <= named <= len(lines) else len(lines)])


@given(plans)
def test_states(lines: list[Due]) -> None:
    for one in lines:
        expected = "paid" if one.paid >= one.amount else "part" if one.paid else "open"
        assert one.state == expected
