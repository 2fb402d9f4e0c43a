from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.rules.dates import birth_date
from zusage.rules.problems import Problem

TODAY = date(2026, 3, 1)
MONTHS = {
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    "it": [
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


@pytest.mark.parametrize(
    "raw",
    [
        "1.2.1980",
        "01.02.1980",
        "01.02.80",
        "1980-02-01",
        "1980-2-1",
        "1/2/1980",
        "1 2 1980",
        "1-2-1980",
        "1. 2. 1980",
        "01021980",
    ]
    + [
        "19800201",
        " 1.2.1980. ",
        "1.\u00a02.\u00a01980",
        "1–2–1980",
        "1. Februar 1980",
        "1 Februar 1980",
        "1. Feb. 1980",
        "1.Feb.80",
    ]
    + [
        "1er février 1980",
        "le 1er fevrier 1980",
        "1° febbraio 1980",
        "il 1 febbraio 1980",
        "1st February 1980",
        "1 FEB 1980",
    ]
    + ["February 1, 1980", "Feb 1st, 1980", "1 of February 1980", "1980/02/01", "1980.02.01"],
)
def test_written_in_many_ways(raw: str) -> None:
    assert birth_date(raw, TODAY) == date(1980, 2, 1)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "missing"),
        ("gestern", "date-unclear"),
        ("1.2", "date-unclear"),
        ("1.2.980", "date-unclear"),
        ("010280", "date-unclear"),
        ("1. Brumaire 1980", "date-unclear"),
        ("1.2.1980 12:00", "date-unclear"),
        ("١.٢.١٩٨٠", "digits-other"),
        ("31.2.1980", "date-impossible"),
        ("29.2.1981", "date-impossible"),
        ("0.1.1980", "date-impossible"),
        ("12/31/1980", "date-impossible"),
        ("1980-13-01", "date-impossible"),
        ("2.3.2026", "date-future"),
        ("1.1.9999", "date-future"),
        ("31.12.1899", "date-too-early"),
        ("1.1.0001", "date-too-early"),
        ("1.2.20", "date-century"),
        ("1.2.26", "date-century"),
        ("1.2.16", "date-century"),
        ("1\u202e.2.1980", "text-direction"),
    ],
)
def test_refused(raw: str, problem: str) -> None:
    with pytest.raises(Problem) as caught:
        birth_date(raw, TODAY)
    assert caught.value.code == problem


def test_today_and_the_first_day_are_taken() -> None:
    assert birth_date("1.3.2026", TODAY) == TODAY
    assert birth_date("1.1.1900", TODAY) == date(1900, 1, 1)


@pytest.mark.parametrize(("two_digits", "year"), [("27", 1927), ("99", 1999), ("00", 2000), ("15", 2015)])
def test_two_digits_where_only_one_century_fits(two_digits: str, year: int) -> None:
    assert birth_date(f"1.2.{two_digits}", TODAY) == date(year, 2, 1)


@given(st.dates(date(1900, 1, 1), TODAY), st.sampled_from(["de", "fr", "it", "en"]))
def test_every_date_in_every_writing(day: date, language: str) -> None:
    name = MONTHS[language][day.month - 1]
    for raw in (
        day.isoformat(),
        f"{day:%d.%m.%Y}",
        f"{day.day}/{day.month}/{day.year}",
        f"{day:%d%m%Y}",
        f"{day:%Y%m%d}",
        f"{day.day}. {name} {day.year}",
        f"{day.day} {name.upper()} {day.year}",
    ):
        assert birth_date(raw, TODAY) == day


@given(st.dates(date(1900, 1, 1), date(2150, 1, 1)), st.integers(0, 110 * 366))
def test_two_digits_are_right_or_asked_back(today: date, days: int) -> None:
    born = max(today - timedelta(days=days), date(1900, 1, 1))
    if today.year - born.year > 110:
        return
    try:
        assert birth_date(f"{born:%d.%m.%y}", today) == born
    except Problem as problem:
        # 29 February of the other century, or the same two digits in both
        assert problem.code == "date-century"
