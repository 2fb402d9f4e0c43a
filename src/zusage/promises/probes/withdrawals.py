"""Probes of consents: each was given, and what was withdrawn is done no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef

from zusage.models import Mailbox
from zusage.policy.types import Policy
from zusage.promises.look import CouldNotLook, Look
from zusage.promises.plant import LANGUAGE
from zusage.promises.spans import covered, erased, spans
from zusage.promises.stored import (
    CHUNK,
    NEWEST,
    chunks,
    every_line,
    lines_about,
    newest,
    newest_lines,
    remembered,
)
from zusage.promises.types import Evidence, judged, probe
from zusage.promises.visitor import in_mailbox
from zusage.vault import api as vault
from zusage.vault.models import NOTICE, Consent

CONSENT = "consent"


@probe(quick=True)
def on_record(look: Look) -> Iterator[Evidence]:
    """The newest consents are in force where the protocol says they were given, and ended where it says so."""
    yield from _recorded(look, Consent.objects.order_by("-given_at")[:NEWEST])
    yield from _withdrawn(look, [one for one in newest_lines(look) if one.act == "withdraw"])


@probe(quick=False)
def all_on_record(look: Look) -> Iterator[Evidence]:
    """So are all consents."""
    yield from _recorded(look, Consent.objects.all())
    for piece in chunks(every_line("withdraw"), 2000):
        yield from _withdrawn(look, piece)


@probe(quick=True)
def nothing_after_withdrawal(look: Look) -> Iterator[Evidence]:
    """Nothing was opened or sent for a purpose that lives by consent while there was none."""
    yield from _without(look, [one for one in newest_lines(look) if one.act in ("open", "disclose")])


@probe(quick=False)
def nothing_after_any_withdrawal(look: Look) -> Iterator[Evidence]:
    """The same for all the protocol knows, and no address for notices is left where none are wanted."""
    for piece in chunks(every_line("open", "disclose"), 2000):
        yield from _without(look, piece)
    yield _addresses(Mailbox.objects.all())


@probe(quick=True)
def no_address_left(look: Look) -> Iterator[Evidence]:
    """Where somebody wants no notices any more, their address is gone."""
    ended = newest(Consent.objects.filter(purpose=NOTICE, withdrawn_at__isnull=False))
    yield _addresses(Mailbox.objects.filter(subject_id__in=list(ended.values_list("subject_id", flat=True))))


@probe(quick=False)
def one_withdraws(look: Look) -> Iterator[Evidence]:
    """Somebody planted consents to notices in their mailbox and withdraws: as easily, and nothing opens after."""
    if NOTICE not in look.policy.purposes:
        raise CouldNotLook("the policy has no notices")
    person = look.person
    visitor, room = in_mailbox(look.portal, person), f"/{LANGUAGE}/mailbox/"
    mine = Consent.objects.filter(subject_id=person.subject_id, purpose=NOTICE)
    page = visitor.send(
        f"{room}notice/",
        visitor.get(f"{room}letters/"),
        {"notice": "on", "notice_email": "probe@example.com"},
    )
    given, giving = mine.filter(withdrawn_at=None).count(), visitor.sent
    yield judged("consents given by a form in the mailbox", given, [] if given else ["it isn't on record"])
    offered = page.named("notice")
    yield judged("ways to withdraw on that page", int(bool(offered)), [] if offered else ["none"])
    visitor.send(f"{room}notice/", page, {"notice": "off"})
    steps = visitor.sent - giving
    faults = ["the consent is still in force"] if mine.filter(withdrawn_at=None).exists() else []
    faults += ["it isn't on record any more"] if mine.count() < given else []
    faults += ["it takes more forms than consenting"] if steps > giving else []
    yield judged("consents withdrawn by a form in the mailbox", given, faults)
    box = Mailbox.objects.get(subject_id=person.subject_id)
    found = vault.open_many([box], NOTICE, vault.Actor.system("notices"))[0]
    still = [] if isinstance(found, vault.Refused) else ["it opens"]
    still += [] if box.notice_email is None else ["it is still there"]
    yield judged("the address after the withdrawal", 1, still)


def _living(policy: Policy) -> set[str]:
    """The purposes that live by consent."""
    return {one.id for one in policy.purposes.values() if one.basis == CONSENT}


def _recorded(look: Look, rows: Any) -> Iterator[Evidence]:
    """Consents against what the protocol says of them, as far back as it remembers."""
    begins, living, number, faults = remembered(look), _living(look.policy), 0, []
    columns = ("pk", "subject_id", "purpose", "given_at", "withdrawn_at")
    for piece in chunks(rows.values_list(*columns).iterator(CHUNK)):
        number += len(piece)
        said = lines_about({one[1] for one in piece}, "consent", "withdraw")
        for pk, subject, purpose, given_at, withdrawn_at in piece:
            if purpose not in living:
                faults.append(f"the consent {pk} is for '{purpose}', which asks for none")
            if given_at <= begins:
                continue
            acts = [one.act for one in said.get(subject, ()) if one.purpose == purpose]
            if CONSENT not in acts:
                faults.append(f"the consent {pk} was given by nobody")
            elif withdrawn_at is None and acts[-1] == "withdraw":
                faults.append(f"the consent {pk} was withdrawn, and is in force")
            elif withdrawn_at is not None and "withdraw" not in acts:
                faults.append(f"the consent {pk} was withdrawn by nobody")
    yield judged("consents", number, faults)


def _withdrawn(look: Look, lines: list[Any]) -> Iterator[Evidence]:
    """Withdrawals in the protocol: what they ended is still on record as ended, unless its person is gone."""
    subjects = {one.subject_id for one in lines}
    held = spans(Consent, subjects, "given_at", "withdrawn_at")
    faults = []
    for line in lines:
        known = held.get((line.subject_id, line.purpose), [])
        if any(since <= line.at and until is None for since, until in known):
            faults.append(f"a withdrawal of {line.purpose} was undone")
    yield judged("withdrawals", len(lines), faults)


def _without(look: Look, lines: list[Any]) -> Iterator[Evidence]:
    """Acts for a purpose that lives by consent, at a moment without one."""
    living = _living(look.policy)
    acts = [one for one in lines if one.purpose in living and one.actor_kind != "subject"]
    held = spans(Consent, {one.subject_id for one in acts}, "given_at", "withdrawn_at")
    gone = erased({one.subject_id for one in acts})
    faults = [
        f"{line.act} for {line.purpose} without a consent, {line.record_type}"
        for line in acts
        if not gone.get(line.subject_id, set()) & {"", line.purpose}
        and not covered(held.get((line.subject_id, line.purpose), ()), line.at)
    ]
    yield judged("acts for purposes that live by consent", len(acts), faults)


def _addresses(rows: Any) -> Evidence:
    live = Consent.in_force.filter(subject_id=OuterRef("subject_id"), purpose=NOTICE)
    kept = rows.filter(~Exists(live), notice_email__isnull=False).count()
    return judged(
        "mailboxes without a wish for notices", rows.count(), [f"{kept} hold an address"] if kept else []
    )
