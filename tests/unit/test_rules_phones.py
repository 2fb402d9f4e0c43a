import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zusage.rules.phones import phone, shown
from zusage.rules.problems import Problem


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("079 123 45 67", "+41791234567"),
        ("0791234567", "+41791234567"),
        ("079/123'45'67".replace("'", " "), "+41791234567"),
        ("079-123-45-67", "+41791234567"),
        ("079.123.45.67", "+41791234567"),
        ("+41 79 123 45 67", "+41791234567"),
        ("+41 (0)79 123 45 67", "+41791234567"),
        ("0041 79 123 45 67", "+41791234567"),
        ("0041791234567", "+41791234567"),
        ("(044) 123 45 67", "+41441234567"),
        ("044 123 45 67", "+41441234567"),
        ("0171/1234567", "+491711234567"),
        ("0171 – 123 45 67", "+491711234567"),
        ("+49 (0)171 1234567", "+491711234567"),
        ("0049 171 1234567", "+491711234567"),
        ("030 12345678", "+493012345678"),
        ("0791 2345678", "+497912345678"),
        ("\u202a+41 79 123 45 67\u202c", "+41791234567"),
        ("079\u00a0123\u202f45\u00a067", "+41791234567"),
        ("+423 232 12 12", "+4232321212"),
        ("+351 912 345 678", "+351912345678"),
        ("+381 64 1234567", "+381641234567"),
        ("+90 532 123 45 67", "+905321234567"),
        ("+39 06 1234567", "+39061234567"),
    ],
)
def test_written_in_many_ways(raw: str, kept: str) -> None:
    assert phone(raw) == kept


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "missing"),
        ("keine", "phone-unclear"),
        ("0800 ALEKTUM", "phone-unclear"),
        ("12", "phone-unclear"),
        ("079 123 45 67 / 044 123 45 67", "phone-unclear"),
        ("079 123 45 678", "phone-impossible"),
        ("079 123 45 6", "phone-impossible"),
        ("112", "phone-impossible"),
        ("+41 79 123 45 6", "phone-impossible"),
        ("+999 123 456 789", "phone-unclear"),
        ("٠٧٩ ١٢٣ ٤٥ ٦٧", "digits-other"),
        ("079 123 45 67; Bcc", "phone-unclear"),
        ("079\n123 45 67", "text-control"),
    ],
)
def test_refused(raw: str, problem: str) -> None:
    with pytest.raises(Problem) as caught:
        phone(raw)
    assert caught.value.code == problem


def test_a_swiss_number_with_a_digit_too_many_is_nobody_elses() -> None:
    assert phonenumbers.is_valid_number(phonenumbers.parse("079 123 45 678", "DE"))
    with pytest.raises(Problem):
        phone("079 123 45 678")


def test_shown() -> None:
    assert shown("+41791234567") == "+41 79 123 45 67"


@given(
    st.sampled_from(["75", "76", "77", "78", "79"]),
    st.integers(2_000_000, 9_999_999),
    st.sampled_from(["", " ", ".", "-", "/"]),
)
def test_every_swiss_mobile(prefix: str, rest: int, between: str) -> None:
    e164 = f"+41{prefix}{rest}"
    assume(phonenumbers.is_valid_number(phonenumbers.parse(e164)))
    digits = str(rest)
    raw = between.join(["0" + prefix, digits[:3], digits[3:5], digits[5:]])
    assert phone(raw) == phone(shown(e164)) == phone(e164) == e164
