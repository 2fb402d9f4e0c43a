"""What the creditor of a case is told: what the person wrote about it, cut to what creditors may get."""

from __future__ import annotations

from uuid import UUID

from zusage.actions.base import Conflict, action
from zusage.actions.disclose import NotDisclosed, Order, disclose
from zusage.models import Case, Staff, Submission, SubmissionValue
from zusage.protocol.outbox import Actor
from zusage.vault import api as vault

CREDITOR = "creditor"


@action
def pass_on(
    clerk: Staff,
    submission_id: UUID,
    form: str,
    fields: tuple[str, ...] | None = None,
    form_token: str = "",
) -> dict[str, str]:
    """What the creditor gets of a submission and its case, by field or column: it is on record with that.

    `fields`: those chosen; None: all that creditors may get. `form`: csv or json, as it is written down.
    Raises Conflict("no-case") where no case says who the creditor is; NotDisclosed; Submission.DoesNotExist.
    """
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    actor = Actor.staff(clerk)
    vault.may(actor, submission.purpose)
    if submission.case is None:
        raise Conflict("no-case")
    case: Case = submission.case
    values = list(SubmissionValue.objects.filter(submission=submission).order_by("field"))
    went: dict[str, str] = {}
    for purpose, records in ((case.purpose, [case]), (submission.purpose, values)):
        order = Order(CREDITOR, purpose, "contract", form, fields=fields)
        try:
            for found in disclose(actor, order, records, form_token=form_token).values:
                went |= found or {}
        except NotDisclosed as refused:
            if refused.reason != "nothing":
                raise
    if not went:
        raise NotDisclosed("nothing")
    return went
