"""The gate: the one way by which personal data leaves the house.

It asks the policy whether this recipient may get this for this purpose on this ground (`rules/disclosure.py`), opens
through the vault, cuts what the recipient isn't declared to get, and leaves a line of what went. Nothing else in the
code may send: the walls between the rooms say so, and a test that walks the code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from zusage import mail
from zusage.actions.base import action
from zusage.models import Demand, Disclosure, Mailbox
from zusage.models.inventory import category_of
from zusage.policy.types import AUTHORITATIVE, Recipient
from zusage.protocol.outbox import Actor, Deed, record
from zusage.queries.opening import disputes
from zusage.rules.disclosure import Allowed, NotDisclosed, Order, allowed, check, citation, guarantee
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import NOTICE
from zusage.vault.sealed import row_name

__all__ = ["Disclosed", "NotDisclosed", "Order", "disclose", "send_notice_mail"]

MAIL_SERVICE = "mail-service"
DISPUTED = "_disputed"

Notes = Mapping[tuple[str, str], Mapping[str, str]]
"""Notes of dispute, as `queries.opening.disputes` finds them."""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What may leave now: for each record its values by field or column (None: that record stays shut), and the lines.

    The lines are on record already. Whoever got the values hands them over, and to nobody but the recipient.
    """

    values: tuple[dict[str, str] | None, ...]
    lines: tuple[Disclosure, ...]


@action
def disclose(
    actor: Actor,
    order: Order,
    records: Sequence[Any],
    *,
    demand: Demand | None = None,
    batch: UUID | None = None,
    form_token: str = "",
) -> Disclosed:
    """Open `records` for the recipient of `order`, cut to what it may get, and put on record what went.

    `demand`: the authority's demand that a disclosure by law answers. `batch` joins the lines of one file. The same
    page (`form_token`) sent twice is one disclosure: it gives the same again, and is on record once.
    Raises NotDisclosed; vault.Refused where `actor` may not open for that purpose.
    """
    recipient = check(policy(), order, timezone.localdate())
    if order.ground == "law" and demand is None:
        raise NotDisclosed("not-by-law")
    may = allowed(policy(), recipient)
    opened = vault.open_many(records, order.purpose, actor)
    # To whoever uses them for purposes of their own a value goes with its note; a processor gets what it carries.
    open_ones = [
        one for one, found in zip(records, opened, strict=True) if not isinstance(found, vault.Refused)
    ]
    notes = {} if recipient.role == "processor" else disputes(open_ones, order.purpose, actor)
    values = tuple(
        None if isinstance(found, vault.Refused) else _cut(one, found, order, may, notes)
        for one, found in zip(records, opened, strict=True)
    )
    if not any(values):
        shut = any(isinstance(found, vault.Refused) for found in opened)
        raise NotDisclosed("blocked" if shut else "nothing")
    lines = _lines(actor, order, recipient, records, values, demand, batch)
    new = _new(lines, form_token) if form_token else lines
    Disclosure.objects.bulk_create(new)
    record(actor, [_deed(line) for line in new])
    return Disclosed(values, tuple(lines))


def send_notice_mail(mailbox: Mailbox, language: str) -> bool:
    """Send the notice that a letter waits, to the address the person gave for it; False where none may be sent.

    The mail says nothing else: no content, no case, no name. Raises SMTPException or OSError where it doesn't go out.
    """
    order = Order(MAIL_SERVICE, NOTICE, "contract", "mail")
    try:
        address = (disclose(Actor.system("notices"), order, [mailbox]).values[0] or {}).get("notice_email")
    except NotDisclosed:
        return False  # withdrawn, blocked or erased since; or the contract is over
    if not address:
        return False
    words = policy().text
    mail.send(address, words(language, "mail.notice.subject"), words(language, "mail.notice.body"))
    return True


def send_house_mail(what: str) -> None:
    """Send the agency's own office for data protection a mail of the policy's words ``mail.<what>.…``.

    Nothing in it is about anybody. Raises SMTPException or OSError where it doesn't go out.
    """
    words, to = policy().text, policy().controller.privacy_email
    mail.send(to, words(AUTHORITATIVE, f"mail.{what}.subject"), words(AUTHORITATIVE, f"mail.{what}.body"))


def _cut(one: Any, opened: vault.Opened, order: Order, may: Allowed, notes: Notes) -> dict[str, str]:
    """What of a record passes. What is asked for by name and may not go is refused; the rest is cut in silence.

    A value that is disputed takes its note with it, as ``<name>_disputed``.
    """
    found = {}
    disputed = notes.get((one._meta.label_lower, row_name(one)), {})
    for column, value in opened.items():
        field = getattr(one, "field", "")
        name = field or column
        passes = may.passes(field, category_of(one, column))
        if order.fields is None and passes:
            found[name] = value
        elif order.fields and name in order.fields:
            if not passes:
                raise NotDisclosed("field-not-declared", name)
            found[name] = value
        if name in found and column in disputed:
            found[name + DISPUTED] = disputed[column] or "–"
    return found


def _lines(
    actor: Actor,
    order: Order,
    recipient: Recipient,
    records: Sequence[Any],
    values: Sequence[dict[str, str] | None],
    demand: Demand | None,
    batch: UUID | None,
) -> list[Disclosure]:
    """One line for each subject: what went about them, never a value."""
    names: dict[UUID, dict[str, None]] = {}
    rows: dict[UUID, list[Any]] = {}
    for one, found in zip(records, values, strict=True):
        if found:
            names.setdefault(one.subject_id, dict.fromkeys(name for name, _ in order.made))
            names[one.subject_id].update(dict.fromkeys(found))
            rows.setdefault(one.subject_id, []).append(one)
    contract = recipient.contract
    bound = f"{contract.title}, {contract.concluded.isoformat()}, {contract.document}" if contract else ""
    return [
        Disclosure(
            subject_id=subject_id,
            recipient=recipient.id,
            purpose=order.purpose,
            ground=order.ground,
            citation=citation(order.citation) if order.citation else "",
            country=recipient.country,
            safeguard=guarantee(policy(), recipient),
            contract=bound,
            fields=" ".join(fields),
            form=order.form,
            record_type=rows[subject_id][0]._meta.label_lower,
            record_id=_row_name(rows[subject_id]),
            batch=batch,
            demand=demand,
            actor_kind=actor.kind,
            actor_id=actor.id,
        )
        for subject_id, fields in names.items()
    ]


def _new(lines: list[Disclosure], form_token: str) -> list[Disclosure]:
    """Those that aren't on record yet for this page, by which each gets its id."""
    for line in lines:
        line.pk = _once(line, form_token)
    known = set(Disclosure.objects.filter(pk__in=[line.pk for line in lines]).values_list("pk", flat=True))
    return [line for line in lines if line.pk not in known]


def _once(line: Disclosure, form_token: str) -> UUID:
    what = "\0".join((line.recipient, line.purpose, line.form, line.fields, line.record_type, line.record_id))
    return vault.keyed_id("disclosure", line.subject_id.bytes, form_token.encode(), what.encode())


def _row_name(rows: list[Any]) -> str:
    """The record's id, or its submission's where the values of one went together."""
    submission = getattr(rows[0], "submission_id", None)
    return str(submission or rows[0].pk)


def _deed(line: Disclosure) -> Deed:
    return Deed(
        "disclose", "zusage.disclosure", str(line.pk), line.subject_id, line.purpose, recipient=line.recipient
    )
