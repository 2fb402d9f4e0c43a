"""The words of the statistics, in the language of whoever looks: what a value is called, how a number is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.utils import dateformat, translation

from zusage.visits.agents import UNKNOWN
from zusage.visits.plots import printable
from zusage.visits.publish import OTHER, TOTAL
from zusage.visits.tables import WEEK, Line

CLOSED = ("robot", "choice", "topic")
"""Dimensions whose values are a few words of ours."""


class Speech:
    """`say` gives the words for a key in a language. `k`: below so many, a number isn't shown."""

    def __init__(self, say: Callable[..., str], language: str, k: int) -> None:
        self._say, self._language, self.k = say, language, k
        self._separator = self("thousands")

    def __call__(self, key: str, **params: object) -> str:
        """The words of the statistics for `key`. Raises KeyError where there are none."""
        return self._say(self._language, f"office.statistics.{key}", **params)

    def number(self, number: int) -> str:
        """With a mark at the thousands."""
        return f"{number:,}".replace(",", self._separator)

    def count(self, dimension: str, line: Line) -> str:
        """A line's number, or why there is none."""
        if line.number is not None:
            return self.number(line.number)
        return self("hidden_day") if dimension == TOTAL else self("fewer", k=self.k)

    def value(self, dimension: str, value: str) -> str:
        """What a value is called."""
        if value == OTHER:
            return self("other", k=self.k)
        if dimension in (TOTAL, WEEK):
            return self._time(dimension, value)
        if dimension == "hour" and value.isascii() and value.isdecimal():
            return self("hour", first=int(value), last=int(value) + 1)
        if value in ("", UNKNOWN):
            return self(f"nothing.{dimension}" if dimension == "referrer_host" else "nothing.else")
        if dimension in CLOSED:
            try:
                return self(f"{dimension}.{value}")
            except KeyError:
                return printable(value)
        return self("home", page=value) if dimension == "page" and value == "/" else printable(value)

    def axis(self, dimension: str, value: str, years: bool) -> str:
        """A value beneath its column, in few letters."""
        if dimension == "hour":
            return str(int(value))
        return self._dated(date.fromisoformat(value), "axis_month" if years else "axis_day")

    def period(self, first: date, last: date) -> str:
        """From the Monday `first` to the Sunday of the week of `last`."""
        days = (first, last + timedelta(days=6))
        return self("period", first=self._dated(days[0], "full"), last=self._dated(days[1], "full"))

    def _time(self, dimension: str, value: str) -> str:
        day = date.fromisoformat(value)
        if dimension == TOTAL and "W" in value:
            return self("other_days", monday=self._dated(day, "axis_day"))
        if dimension == WEEK:
            return self("week", monday=self._dated(day, "full"))
        return self._dated(day, "weekday")

    def _dated(self, day: date, pattern: str) -> str:
        with translation.override(self._language):
            return dateformat.format(day, self(f"date.{pattern}"))
