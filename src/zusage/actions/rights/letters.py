"""The letters of a rights request: into the person's mailbox, in their language, whole.

A refusal is put together here alone: it always has its ground, the article, the reasons, and where to complain.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from zusage.actions import mails
from zusage.models import RIGHTS, Message, RightsRequest, Staff
from zusage.policy.law import Ground, regimes
from zusage.policy.page import Page
from zusage.rules.erasure import Fate
from zusage.tenant import policy
from zusage.vault import api as vault


def send(request: RightsRequest, author: Staff, body: str, letter_id: UUID) -> Message:
    """Lay a letter into the mailbox, and let the person know by e-mail where they asked for that.

    Must run inside an action. `letter_id`: see `actions.mailbox.once`.
    """
    ring = vault.Keyring()
    ring.key_or_new(request.subject_id, RIGHTS)
    return mails.lay(request.submission, body, author, letter_id, ring)


def refusal(request: RightsRequest, ground: Ground, reasons: str) -> str:
    """Why the agency doesn't do what was asked, and where the person can complain."""
    page = _page(request)
    article = page.cite(ground.articles[request.regime].citation)
    return _letter(
        request,
        page.text("rights-letter.refused"),
        f"{page.text(f'ground.{ground.id}.title')} ({article})\n{page.text(f'ground.{ground.id}.text')}",
        reasons,
        page.text("rights-letter.again") if request.identity == "refused" else "",
        complaint(request),
    )


def extension(request: RightsRequest, until: date, reasons: str) -> str:
    """That the answer takes longer, until when, and why."""
    page = _page(request)
    return _letter(request, f"{page.text('rights-letter.extended')} {page.day(until)}", reasons)


def unidentified(request: RightsRequest, reasons: str) -> str:
    """That identity isn't shown, for a right that no ground of the list refuses: what to do next, where to complain."""
    page = _page(request)
    return _letter(
        request,
        page.text("ground.identity.text"),
        reasons,
        page.text("rights-letter.again"),
        complaint(request),
    )


def gone(request: RightsRequest, fates: Sequence[Fate]) -> str:
    """What was deleted, a line for each purpose."""
    return "\n".join(gone_lines(_page(request), fates))


def erased(request: RightsRequest, deleted: Sequence[str], staying: Sequence[Fate]) -> str:
    """What was deleted (`deleted`, as `gone` says it), what stays until when and why, and where to complain."""
    page = _page(request)
    kept = [kept_line(page, fate) for fate in staying]
    return _letter(
        request,
        page.text("erasure.done"),
        "\n".join([page.text("erasure.gone"), *deleted] if deleted else [page.text("erasure.nothing")]),
        "\n".join([page.text("erasure.stays"), *dict.fromkeys(kept)]) if kept else "",
        page.text("erasure.after"),
        complaint(request),
    )


def restricted(request: RightsRequest, kind: str, purposes: Sequence[str]) -> str:
    """That the data of these purposes is blocked, or that processing for them has stopped, and what that means."""
    page = _page(request)
    titles = [f"– {page.text(f'purpose.{one}.title')}" for one in purposes]
    return _letter(
        request,
        "\n".join([page.text(f"restriction.{kind}"), *titles]),
        page.text("restriction.means"),
        complaint(request),
    )


def lifted(request: RightsRequest, purpose: str, reasons: str) -> str:
    """That a restriction ends, and why."""
    page = _page(request)
    title = page.text(f"purpose.{purpose}.title") if purpose else page.text("restriction.everything")
    return _letter(request, f"{page.text('restriction.lifted')}\n– {title}", reasons, complaint(request))


def gone_lines(page: Page, fates: Sequence[Fate]) -> list[str]:
    """A line for each purpose, with the categories that have a period of their own."""
    by_purpose: dict[str, list[str]] = {}
    for fate in fates:
        by_purpose.setdefault(fate.held.purpose, []).append(fate.held.category)
    return [f"– {_named(page, purpose, categories)}" for purpose, categories in by_purpose.items()]


def _named(page: Page, purpose: str, categories: Sequence[str]) -> str:
    title = page.text(f"purpose.{purpose}.title")
    if "" in categories:  # all of it, or all but what is named elsewhere
        return title
    return f"{title}: {', '.join(page.text(f'category.{one}.name') for one in categories)}"


def kept_line(page: Page, fate: Fate) -> str:
    """What stays, until when, and why."""
    held = fate.held
    name = _named(page, held.purpose, [held.category])
    said = []
    if fate.why == "hold":
        review = f"{page.text('erasure.review')} {page.day(fate.until)}." if fate.until else ""
        said = [page.text("erasure.hold"), review]
    elif fate.why == "claims":
        said = [page.text("ground.claims.text")]
    else:
        until = (
            f"{page.text('erasure.until')} {page.day(fate.until)}."
            if fate.until
            else page.text("erasure.running")
        )
        said = [until, page.text(f"retention.{held.retention.id}.text"), f"({page.cite(fate.ground)})"]
    return f"– {name}. {' '.join(filter(None, said))}"


def answer(request: RightsRequest, text: str) -> str:
    """The officer's own letter; to whoever complained, with where to go on."""
    return f"{text}\n\n{complaint(request)}" if request.right == "complaint" else text


def complaint(request: RightsRequest) -> str:
    """Where one can complain under the law of the request, with its article."""
    page = _page(request)
    article = page.cite(regimes()[request.regime].complaint.article.citation)
    words = f"complaint.{request.regime}"
    return f"{page.text(f'{words}.title')}\n{page.text(f'{words}.text')} ({article})"


def _letter(request: RightsRequest, *paragraphs: str) -> str:
    page = _page(request)
    asked = f"{page.text('rights-letter.request')} {page.day(request.received_on)}"
    subject = f"{asked}: {page.text(f'right.{request.right}')}"
    whole = [page.text("rights-letter.hello"), subject, *paragraphs, page.text("rights-letter.bye")]
    return "\n\n".join(filter(None, whole))


def _page(request: RightsRequest) -> Page:
    return Page(policy(), request.submission.language)  # type: ignore[arg-type]
