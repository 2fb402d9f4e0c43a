"""Probes of how long data is kept: nothing longer than its period, and nothing without one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from zusage.models import Concern, Hold, Subject
from zusage.models.inventory import tables
from zusage.models.stored import HOUSE
from zusage.promises.look import Look
from zusage.promises.stored import chunks, columns, declared, lines_about, remembered, stores
from zusage.promises.types import Evidence, judged, probe
from zusage.queries.periods import Rule, due, leftovers, rules, slices, without_start
from zusage.vault.models import Tombstone

GRACE = timedelta(days=1)
"""The sweep works once a day: what was due yesterday must be gone today."""
REVIEW = timedelta(days=30)
"""How long after the day of its review a legal hold still counts as a reason."""
MOST = 1000
"""Rows past their period of which a quick probe looks for a reason, for each rule."""


@probe(quick=True)
def nothing_overdue(look: Look) -> Iterator[Evidence]:
    """No row is past its period without a reason that counts: an open request, a legal hold with author and review."""
    yield from (overdue(look, one, MOST) for one in rules(look.policy))


@probe(quick=False)
def nothing_overdue_at_all(look: Look) -> Iterator[Evidence]:
    """The same, however many rows wait for a reason."""
    yield from (overdue(look, one) for one in rules(look.policy))


@probe(quick=True)
def every_table(look: Look) -> Iterator[Evidence]:
    """Each table in which a subject's id stands has a period, and each period a day on which it begins."""
    faults, number = [], 0
    for store in stores():
        known = declared(store)
        for table, names in columns(look, store).items():
            about = [
                one
                for one in names
                if one == "subject_id" or one.endswith("_subject_id") or one == "about_id"
            ]
            if not about:
                continue
            number += 1
            model = known.get(table)
            entry = tables().get(model) if model else None
            if entry is None or not entry.subject or (entry.kept == HOUSE and model is not Tombstone):
                faults.append(f"{table}.{about[0]} has no period")
    yield judged("tables with a subject's id", number, faults)
    yield judged("periods in the policy", len(look.policy.retentions), without_start(look.policy))
    lasting = [
        f"{one.id} of {one.length} {one.unit}"
        for one in look.policy.retentions.values()
        if one.length < 1 or not one.ground
    ]
    yield judged("lengths and grounds", len(look.policy.retentions), lasting)


@probe(quick=True)
def holds(look: Look) -> Iterator[Evidence]:
    """Each legal hold has an author, a day of review that isn't long past, and its line in the protocol."""
    live = list(
        Hold.objects.filter(ended_at=None).values_list("pk", "subject_id", "author", "review_on", "since")
    )
    yield judged("legal holds", len(live), (f"the hold {pk} {why}" for pk, why in _empty_holds(look, live)))


@probe(quick=False)
def nothing_left_over(look: Look) -> Iterator[Evidence]:
    """No row has lost what its period hangs on: values of a submission that is gone, traces of a subject who is."""
    # Each submission once: the index has its values side by side.
    number = look.number(
        "default",
        "SELECT count(*) FROM (SELECT DISTINCT submission_id FROM zusage_submissionvalue) AS one WHERE NOT EXISTS "
        "(SELECT 1 FROM zusage_submission WHERE zusage_submission.id = one.submission_id)",
    )
    yield judged("submissions of which only values are left", number, [f"{number} of them"] if number else [])
    for model, column in leftovers():
        if "__" in column:
            continue
        gone = model._default_manager.filter(~Exists(Subject.objects.filter(pk=OuterRef(column))))
        left = gone.count()
        yield judged(
            f"rows of {model._meta.label} without their subject", left, [f"{left} of them"] if left else []
        )


def overdue(look: Look, rule: Rule, most: int | None = None) -> Evidence:
    """Rows past the period of one rule, without a reason. `most`: of how many a reason is looked for."""
    today = timezone.localdate(look.now) - GRACE
    late = [row for piece in slices(rule) for row in _without_reason(look, rule, today, piece, most)]
    faults = [f"{len(late)} rows, since {min(late)}"] if late else []
    return judged(f"{rule.model._meta.label} past the period of {rule.id}", len(late), faults)


def _without_reason(look: Look, rule: Rule, today: date, piece: Q, most: int | None) -> list[date]:
    """When the periods began of the rows that should have gone, or been blocked."""
    rows = due(rule, today).filter(piece).order_by(rule.started)
    wanted: Any = rows.values_list(rule.table.subject, rule.started)
    found: Iterable[Any] = wanted[:most] if most else wanted.iterator(2000)
    late: list[date] = []
    for part in chunks(found):
        excused = _excused(look, {subject for subject, _ in part}, rule.purpose)
        late += [_day(began) for subject, began in part if subject not in excused]
    return late


def _excused(look: Look, subjects: set[UUID], purpose: str) -> set[UUID]:
    """Those of whom nothing goes now, for a reason that counts, or counted until the last sweep."""
    lately = look.now - GRACE - timedelta(hours=12)
    open_ = Q(request__state="open") | Q(request__closed_at__gt=lately)
    asking = Concern.objects.filter(open_, about_id__in=subjects)
    lasting = Q(ended_at=None) | Q(ended_at__gt=lately)
    held = Hold.objects.filter(lasting, subject_id__in=subjects, held__in=["", purpose])
    live = list(held.values_list("pk", "subject_id", "author", "review_on", "since"))
    empty = {pk for pk, _ in _empty_holds(look, live)}
    return {
        *asking.values_list("about_id", flat=True),
        *(subject for pk, subject, *_ in live if pk not in empty),
    }


def _empty_holds(
    look: Look, live: Sequence[tuple[UUID, UUID, UUID | None, date, datetime]]
) -> Iterator[tuple[UUID, str]]:
    """Holds that are no reason, and why."""
    said = lines_about({subject for _, subject, *_ in live}, "hold")
    begins, today = remembered(look), timezone.localdate(look.now)
    for pk, subject, author, review_on, since in live:
        if author is None:
            yield pk, "has no author"
        elif review_on + REVIEW < today:
            yield pk, f"should have been reviewed on {review_on}"
        elif since > begins and not any(line.record_id == str(pk) for line in said.get(subject, ())):
            yield pk, "was put there by nobody: the protocol has no line of it"


def _day(when: Any) -> date:
    return timezone.localdate(when) if isinstance(when, datetime) else when
