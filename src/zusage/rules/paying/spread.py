"""What a payment pays: its own instalment first, then the oldest that are open. Nothing of it is ever lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from zusage.rules.money import ZERO


@dataclass(frozen=True, slots=True)
class Due:
    """An instalment: its number, what is due by it, what came in for it (more than is due: overpaid)."""

    number: int
    amount: Decimal
    paid: Decimal = ZERO

    @property
    def lacking(self) -> Decimal:
        """What is still to be paid; 0 or more."""
        return max(self.amount - self.paid, ZERO)

    @property
    def state(self) -> str:
        """As it is stored: open, part or paid."""
        return "paid" if not self.lacking else "part" if self.paid else "open"


def spread(lines: Sequence[Due], amount: Decimal, named: int = 0) -> list[Due]:
    """`lines` after a payment of `amount` that names the instalment `named` (0: none).

    What is left when all are paid stays with the one that is named, else with the last: an over-payment.
    """
    left = amount
    found = {one.number: one for one in lines}
    own = [one for one in lines if one.number == named]
    for one in (*own, *lines):
        taken = min(left, found[one.number].lacking)
        found[one.number] = replace(found[one.number], paid=found[one.number].paid + taken)
        left -= taken
    if left:
        rest = found[(own or lines)[-1].number]
        found[rest.number] = replace(rest, paid=rest.paid + left)
    return [found[one.number] for one in lines]


def over(lines: Sequence[Due]) -> Decimal:
    """What came in beyond all that was due."""
    return max(sum((one.paid - one.amount for one in lines), ZERO), ZERO)
