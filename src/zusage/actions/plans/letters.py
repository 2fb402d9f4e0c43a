"""The letters of a plan: into the mailbox of who wrote, in their language, in the policy's words (`plan.letter`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID, uuid4

from zusage.actions import mails
from zusage.models import Plan, Staff, Submission
from zusage.policy.page import Page
from zusage.protocol.outbox import Actor, Deed, record
from zusage.queries.plans import PLANS, Line, shown
from zusage.tenant import policy
from zusage.vault import api as vault

WITH_SCHEDULE = ("accepted", "offered", "countered", "confirmed", "resumed")
"""Letters that sum up what the plan is."""
WITHOUT_DEBT = ("accepted", "offered", "countered", "confirmed")
"""Letters that say that a plan acknowledges nothing."""


def lay(
    plan: Plan,
    what: str,
    actor: Actor,
    *,
    author: Staff | None = None,
    letter_id: UUID | None = None,
    lines: Sequence[Line] = (),
    until: date | None = None,
    text: str = "",
) -> None:
    """Lay the letter `what` into the mailbox of who wrote; nothing where they are gone, or the plan can't be opened.

    `lines`: instalments that it names, `until`: a day, `text`: the clerk's own words. Must run inside an action.
    """
    if plan.submission is None:
        return
    page = Page(policy(), plan.submission.language)  # type: ignore[arg-type]
    said = page.text(f"plan.letter.{what}")
    parts = [f"{said} {page.day(until)}." if until else said, text]
    parts.append("\n".join(_line(page, one) for one in lines))
    if what in WITH_SCHEDULE:
        parts += _schedule(page, plan)
    if what in WITHOUT_DEBT:
        parts.append(page.text("plan.letter.no_acknowledgement"))
    send(plan.submission, parts, actor, author=author, letter_id=letter_id)


def decline(
    submission: Submission, reason: str, text: str, actor: Actor, author: Staff, letter_id: UUID
) -> None:
    """That the agency doesn't agree, and why."""
    page = Page(policy(), submission.language)  # type: ignore[arg-type]
    parts = [page.text("plan.letter.declined"), page.text(f"plan.letter.reason.{reason}"), text]
    parts.append(page.text("plan.letter.again"))
    send(submission, parts, actor, author=author, letter_id=letter_id)


def mute(submission: Submission) -> bool:
    """Whether who wrote is blocked: nothing may be written for the purpose of their form."""
    shut = vault.shut([submission.subject_id], submission.purpose)
    return any(one.reason == "restricted" for one in shut.values())


def send(
    submission: Submission,
    parts: Iterable[str],
    actor: Actor,
    *,
    author: Staff | None = None,
    letter_id: UUID | None = None,
) -> None:
    """A letter of these paragraphs, between greeting and close; with the e-mail where one is wanted.

    Nothing goes to who is blocked, or had their form deleted: what became of the plan stands in its history.
    """
    if mute(submission):
        return
    page = Page(policy(), submission.language)  # type: ignore[arg-type]
    whole = [page.text("plan.letter.hello"), *parts, page.text("plan.letter.bye")]
    try:
        message = mails.lay(submission, "\n\n".join(filter(None, whole)), author, letter_id or uuid4())
    except vault.NoKey:
        return
    record(
        actor,
        [Deed("answer", "zusage.message", str(message.pk), submission.subject_id, submission.purpose)],
    )


def _line(page: Page, one: Line) -> str:
    return f"– {page.day(one.due)}: {one.rest.shown()}"


def _schedule(page: Page, plan: Plan) -> list[str]:
    (found,) = shown([plan], PLANS)
    if not found.lines:
        return []
    first, last = found.lines[0], found.lines[-1]
    rows = [
        ("sum", found.total.shown()),
        ("number", str(len(found.lines))),
        ("rate", first.amount.shown()),
        ("first", page.day(first.due)),
        ("last", page.day(last.due)),
    ]
    lines = [f"{page.text(f'plan.letter.{name}')}: {value}" for name, value in rows]
    return ["\n".join(lines), page.text("plan.letter.where")]
