"""Check digits of case references: whether the last digits follow from those before.

A rule runs over the digits of a reference from left to right; letters, spaces, dots, hyphens and slashes are read over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from stdnum import luhn
from stdnum.iso7064 import mod_11_10, mod_97_10

from zusage.policy.types import CheckDigits

_OTHER = re.compile(r"[^0-9]")
_CARRY = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5) * 2
"""Of mod 10 recursive. The library has it, too, at three times the time, and hundreds are tried for one message."""
_FEWEST = 4
"""So few digits name no case, and half of them would fit by chance."""


def fits(reference: str, rule: CheckDigits) -> bool:
    """Whether the digits of `reference`, as written or in its normal form, end as `rule` says.

    luhn: mod 10, every second digit doubled (ISO/IEC 7812). mod10-recursive: as in the Swiss QR reference. mod11: ISO
    7064, MOD 11,10. mod97: two digits, ISO 7064, MOD 97-10. none: everything fits.
    """
    if rule == "none":
        return True
    digits = reference if reference.isascii() and reference.isdecimal() else _OTHER.sub("", reference)
    return len(digits) >= _FEWEST and _RULES[rule](digits)


def _recursive(digits: str) -> bool:
    carry = 0
    for digit in digits[:-1]:
        carry = _CARRY[carry + int(digit)]
    return (10 - carry) % 10 == int(digits[-1])


class Machine(NamedTuple):
    """A rule as a machine that reads digit by digit: for trying out hundreds of slips of one reference.

    `steps[state][digit]` is the next state, the first is `start`; what ends in one that is `good` fits.
    """

    start: int
    steps: tuple[tuple[int, ...], ...]
    good: frozenset[int]


@cache
def machine(rule: CheckDigits) -> Machine:
    """The machine of a rule other than none; `fits` wants a few digits, besides."""
    digits = range(10)
    if rule == "mod10-recursive":
        return Machine(
            0, tuple(tuple(_CARRY[carry + one] for one in digits) for carry in digits), frozenset({0})
        )
    if rule == "mod11":
        twice = [(carry or 10) * 2 % 11 for carry in digits]
        return Machine(5, tuple(tuple((two + one) % 10 for one in digits) for two in twice), frozenset({1}))
    if rule == "mod97":
        rests = (tuple((10 * rest + one) % 97 for one in digits) for rest in range(97))
        return Machine(0, tuple(rests), frozenset({1}))
    # luhn: ten times the sum if the last digit counts once, and the sum if it counts twice.
    doubled = [one * 2 // 10 + one * 2 % 10 for one in digits]
    return Machine(
        0,
        tuple(
            tuple((twice + one) % 10 * 10 + (once + doubled[one]) % 10 for one in digits)
            for once in digits
            for twice in digits
        ),
        frozenset(digits),
    )


_RULES: dict[CheckDigits, Callable[[str], bool]] = {
    "luhn": luhn.is_valid,
    "mod10-recursive": _recursive,
    "mod11": mod_11_10.is_valid,
    "mod97": mod_97_10.is_valid,
}
