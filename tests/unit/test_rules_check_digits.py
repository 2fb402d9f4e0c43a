"""Check digits of references, against examples of the standards, and against every single wrong digit."""

import pytest
from stdnum import luhn
from stdnum.ch import esr
from stdnum.iso7064 import mod_11_10, mod_97_10

from zusage.rules.check_digits import fits

BODY = "2024771903"
MAKE = {
    "luhn": luhn.calc_check_digit,
    "mod10-recursive": esr.calc_check_digit,
    "mod11": mod_11_10.calc_check_digit,
    "mod97": mod_97_10.calc_check_digits,
}


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        ("luhn", "4539 3195 0343 6467"),
        ("mod10-recursive", "21 00000 00003 13947 14300 09017"),
        ("mod11", "07945"),
        ("mod97", "9999123456789012141490"),
    ],
)
def test_known_numbers_fit(rule: str, known: str) -> None:
    assert fits(known, rule)


@pytest.mark.parametrize("rule", MAKE)
def test_one_wrong_digit_is_found(rule: str) -> None:
    right = BODY + MAKE[rule](BODY)
    assert fits(f"AG-{right[:4]}/{right[4:-1]}.{right[-1]}", rule)
    wrong = [
        right[:at] + other + right[at + 1 :]
        for at, digit in enumerate(right)
        for other in "0123456789"
        if other != digit
    ]
    assert not [one for one in wrong if fits(one, rule)]


def test_without_a_rule_everything_fits() -> None:
    assert fits("AG-2024-1", "none") and fits("", "none")


@pytest.mark.parametrize("rule", MAKE)
@pytest.mark.parametrize("nonsense", ["", "AG-", "000", "0", "ÄÖÜ", "١٢٣٤٥"])
def test_too_little_to_be_a_reference(rule: str, nonsense: str) -> None:
    assert not fits(nonsense, rule)
