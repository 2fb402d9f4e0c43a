"""The tables of the visits store: raw page views until the next evaluation, and counts.

No column can hold an address, an identifier or a hash of one, and no row leads to another.
"""

from __future__ import annotations

from django.db import models

PORTAL, LOG = "portal", "log"
DIMENSIONS = (
    "day",
    "hour",
    "page",
    "browser",
    "system",
    "referrer_host",
    "robot",
    "choice",
    "topic",
)
"""What is counted, each by itself: there is no cross table. All but `robot`, `choice` and `topic` count persons only.

Values: `day` is the day's total and has none, `hour` has two digits, `robot` is ``person`` or ``robot``, an empty
`referrer_host` stands for none that was told.
"""


class View(models.Model):
    """One page view, until it is counted within the hour. UNLOGGED on PostgreSQL: no write-ahead log keeps it."""

    day = models.DateField()
    hour = models.SmallIntegerField()
    page = models.CharField(max_length=200)
    browser = models.CharField(max_length=60)
    system = models.CharField(max_length=60)
    referrer_host = models.CharField(max_length=255, blank=True)
    robot = models.BooleanField()


class Choice(models.Model):
    """One choice about cookies, or one topic newly put into one, until it is counted. UNLOGGED on PostgreSQL."""

    day = models.DateField()
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=60)


class Count(models.Model):
    """How often a value of one dimension came on a day. A log's counts are a week's, under its Monday."""

    source = models.CharField(max_length=10)
    day = models.DateField()
    dimension = models.CharField(max_length=20)
    value = models.CharField(max_length=255, blank=True)
    count = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "day", "dimension", "value"], name="count_once"),
        ]


class Pending(models.Model):
    """What is still too rare in its week to be named: its value is a keyed hash, under a key of the week."""

    week = models.DateField()
    day = models.DateField()
    dimension = models.CharField(max_length=20)
    digest = models.CharField(max_length=32)
    count = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["week", "day", "dimension", "digest"], name="pending_once"),
        ]


class Evaluation(models.Model):
    """One row: when single visits were last counted and deleted. What is older than that isn't here any more."""

    id = models.SmallIntegerField(primary_key=True)
    at = models.DateTimeField()


class Evaluated(models.Model):
    """A log that has been evaluated: the hash of its content, so that it counts once."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    length = models.BigIntegerField()
    lines = models.BigIntegerField()
    at = models.DateField()
