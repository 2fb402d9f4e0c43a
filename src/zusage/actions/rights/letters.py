"""The letters of a rights request: into the person's mailbox, in their language, whole.

A refusal is put together here alone: it always has its ground, the article, the reasons, and where to complain.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from zusage.actions.mails import send_notice
from zusage.models import RIGHTS, Message, RightsRequest, Staff
from zusage.policy.law import Ground, regimes
from zusage.policy.page import Page
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import NOTICE, Consent


def send(request: RightsRequest, author: Staff, body: str, letter_id: UUID) -> Message:
    """Lay a letter into the mailbox, and let the person know by e-mail where they asked for that.

    Must run inside an action. `letter_id`: see `actions.mailbox.once`.
    """
    message = Message(
        id=letter_id,
        submission=request.submission,
        subject_id=request.subject_id,
        purpose=RIGHTS,
        sender="agency",
        author=author,
    )
    ring = vault.Keyring()
    ring.key_or_new(request.subject_id, RIGHTS)
    vault.seal(message, {"body": body}, ring)
    message.save(force_insert=True)
    if Consent.in_force.filter(subject_id=request.subject_id, purpose=NOTICE).exists():
        send_notice.enqueue(str(request.submission_id))
    return message


def refusal(request: RightsRequest, ground: Ground, reasons: str) -> str:
    """Why the agency doesn't do what was asked, and where the person can complain."""
    page = _page(request)
    article = page.cite(ground.articles[request.regime].citation)
    return _letter(
        request,
        page.text("rights-letter.refused"),
        f"{page.text(f'ground.{ground.id}.title')} ({article})\n{page.text(f'ground.{ground.id}.text')}",
        reasons,
        page.text("rights-letter.again") if ground.id == "identity" else "",
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
