"""Invented visits for the demo: half a year, the same each time, with something rare that mustn't be named."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from datetime import date, timedelta

from django.conf import settings
from django.db import router, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from zusage.visits.models import LOG, PORTAL, Count, Evaluated
from zusage.visits.publish import OTHER, monday_of

WEEKS, LOG_WEEKS = 27, 6
SEED = 20261125
BUSY = (1.35, 1.2, 1.0, 0.95, 0.85, 0.3, 0.25)
"""Letters arrive at the beginning of the week."""
HOURS = (4, 2, 1, 1, 1, 3, 10, 24, 38, 52, 58, 54, 44, 46, 50, 50, 48, 46, 50, 54, 48, 34, 20, 9)
PARTS = {
    "page": {
        "/": 310, "/enquiry/": 190, "/payment/": 170, "/genuine/": 120, "/privacy/": 60, "/contact/": 55,
        "/privacy/rights/": 34, "/privacy/cookies/": 22, "/privacy/record/": 9, "/privacy/versions/": 4,
    },
    "browser": {
        "Chrome Mobile 141": 210, "Mobile Safari 26": 190, "Chrome 141": 150, "Safari 26": 90, "Edge 141": 85,
        "Firefox 144": 70, "Samsung Internet 28": 60, "Chrome Mobile WebView 141": 30, "Firefox Mobile 144": 12,
        "Firefox 115": 5, "Opera 122": 5, "Konqueror 5": 1, "Lynx 2": 1,
    },
    "system": {
        "Android": 310, "iOS": 240, "Windows": 220, "Mac OS X": 110, "Ubuntu": 9, "Linux": 6, "Chrome OS": 3,
        "FreeBSD": 1,
    },
    "referrer_host": {
        "": 640, "www.google.com": 150, "duckduckgo.com": 35, "www.bing.com": 30, "forum.beobachter.example": 18,
        "schuldenberatung.example": 16, "ch.search.example": 10, "blog.eine-person.example": 1,
        "intranet.kleine-firma.example": 1,
    },
    "hour": {f"{hour:02}": share for hour, share in enumerate(HOURS)},
}  # fmt: skip
"""Of each dimension the values, and how often each comes, roughly."""
CHOICES = {"allow": 6, "refuse": 9, "delete": 1}
TOPICS = {"letter": 9, "payment": 7, "rights": 3, "creditors": 2, "jobs": 1}


def load() -> None:
    """Half a year up to yesterday, and an evaluated log. Once: where something is counted, nothing is added."""
    if Count.objects.exists():
        return
    today = timezone.localdate()
    with transaction.atomic(using=router.db_for_write(Count)):
        counts = Count.objects.bulk_create(_counts(today))
        lines = sum(one.count for one in counts if one.source == LOG and one.dimension == "day")
        log = hashlib.sha256(b"an invented log").hexdigest()
        Evaluated.objects.create(fingerprint=log, length=230 * lines, lines=lines, at=today)


def _counts(today: date) -> list[Count]:
    # The same each time is what a demo wants of chance.
    chance = random.Random(SEED)  # noqa: S311
    k: int = import_string(settings.VISITS["smallest_cell"])()
    found: list[Count] = []
    for number in range(WEEKS):
        monday = monday_of(today) - timedelta(weeks=WEEKS - 1 - number)
        days = [day for day in (monday + timedelta(days=n) for n in range(7)) if day < today]
        growth = 55 + 2.2 * number + chance.uniform(-9, 9)
        views = {day: round(growth * BUSY[day.weekday()] * chance.uniform(0.85, 1.15)) for day in days}
        found += [Count(source=PORTAL, day=day, dimension="day", count=n) for day, n in views.items()]
        total = sum(views.values())
        found += _week(chance, PORTAL, monday, total, k)
        robots = round(total * chance.uniform(0.12, 0.2))
        tables = {
            "robot": {"person": total, "robot": robots},
            "choice": _drawn(chance, CHOICES, total // 6),
            "topic": _drawn(chance, TOPICS, total // 5),
        }
        found += [
            Count(source=PORTAL, day=monday, dimension=dimension, value=value, count=n)
            for dimension, cells in tables.items()
            for value, n in cells.items()
            if n
        ]
    for weeks in range(LOG_WEEKS, 0, -1):
        monday = monday_of(today) - timedelta(weeks=weeks)
        share = 270 * chance.uniform(0.8, 1.2)
        by_day = {
            monday + timedelta(days=n): round(share * BUSY[n] * chance.uniform(0.9, 1.1)) for n in range(7)
        }
        total = sum(by_day.values())
        found += [
            *(Count(source=LOG, day=day, dimension="day", count=number) for day, number in by_day.items()),
            Count(source=LOG, day=monday, dimension="robot", value="person", count=total - total // 4),
            Count(source=LOG, day=monday, dimension="robot", value="robot", count=total // 4),
        ]
        found += [one for one in _week(chance, LOG, monday, total, k) if one.dimension != "hour"]
    return found


def _week(chance: random.Random, source: str, monday: date, total: int, k: int) -> list[Count]:
    """A week's parts as an evaluation leaves them: what came fewer than k times has no name. Under the Monday."""
    made = []
    for dimension, shares in PARTS.items():
        cells: Counter[str] = Counter()
        for value, number in _drawn(chance, shares, total).items():
            ours = source == PORTAL and dimension in ("page", "hour")
            cells[value if number >= k or ours else OTHER] += number
        made += [
            Count(source=source, day=monday, dimension=dimension, value=value, count=number)
            for value, number in cells.items()
        ]
    return made


def _drawn(chance: random.Random, shares: dict[str, int], total: int) -> Counter[str]:
    return Counter(chance.choices(list(shares), list(shares.values()), k=total))
