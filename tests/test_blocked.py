"""A blocked subject against every action there is: each is refused, or is a lawful exception that says why.

An action that isn't in these tables turns the first test red: decide what a blocked person may expect of it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from tests import plans
from tests.camt import Entry, Paid, Statement, file
from tests.cast import LEA
from tests.make import clerk, officer, staff, submission
from tests.test_sweep import FILE
from zusage import actions
from zusage.actions import creditor, disclose, intake, letters, matching, office
from zusage.actions.base import ACTIONS, Conflict
from zusage.actions.cases import open_case
from zusage.actions.disclose import NotDisclosed, Order
from zusage.actions.plans import mailbox as plan_mailbox
from zusage.actions.plans import offer, payments
from zusage.actions.plans import office as plan_office
from zusage.actions.plans.payments_file import SYSTEM
from zusage.models import Case, Instalment, Message, Note, Payment, Plan, Staff, Submission, SubmissionValue
from zusage.policy.types import Policy
from zusage.queries import inbox
from zusage.queries import office as office_queries
from zusage.rules.camt.reading import Reading
from zusage.rules.camt.shapes import Booked
from zusage.rules.instalments import Wish
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import Restriction
from zusage.vault.sealed import Place

pytestmark = pytest.mark.django_db

REFUSALS = (Conflict, NotDisclosed, vault.Refused)
TOKEN = "token-of-a-page-0"


class Blocked:
    """Everything of one subject, blocked; and a submission of somebody else."""

    def __init__(self, kind: str, purposes: tuple[str, ...]) -> None:
        self.clerk, self.officer = clerk(), officer()
        self.case = open_case(vault.Actor.system("test"), date(2026, 3, 4), FILE)
        self.sent = submission("enquiry", case_reference="ZH-2026-10041")
        self.other = submission("enquiry", case_reference="ZH-2026-10041")
        Submission.objects.filter(pk=self.sent.pk).update(case=self.case)
        self.sent.refresh_from_db()
        for subject in (self.sent.subject_id, self.case.subject_id):
            for purpose in purposes:
                Restriction.objects.create(subject_id=subject, kind=kind, purpose=purpose)


KINDS = [
    (kind, purposes)
    for kind in ("restriction", "objection")
    for purposes in (("",), ("enquiry", "collection"))
]


@pytest.fixture(params=KINDS, ids=lambda one: f"{one[0]}-{'all' if one[1] == ('',) else 'named'}")
def blocked(request: pytest.FixtureRequest) -> Blocked:
    return Blocked(*request.param)


def _reopen(it: Blocked) -> None:
    Submission.objects.filter(pk=it.sent.pk).update(state="closed")
    office.reopen(it.clerk, it.sent.pk)


def _none(it: Blocked) -> None:
    Submission.objects.filter(pk=it.sent.pk).update(case=None)
    matching.none(it.clerk, it.sent.pk)


def _undo(it: Blocked) -> None:
    if not Restriction.objects.filter(ended_at=None).exists():
        _none(it)
    matching.undo(it.clerk, it.sent.pk)


def _disclose(it: Blocked) -> None:
    order = Order("creditor", "collection", "contract", "csv")
    disclose.disclose(vault.Actor.staff(it.clerk), order, [it.case])


def _proposal(it: Blocked) -> Submission:
    """A proposal for the case, by somebody who is blocked if it is."""
    sent = plans.proposal(LEA, it.case)
    for purpose in Restriction.objects.filter(subject_id=it.case.subject_id, ended_at=None):
        Restriction.objects.create(subject_id=sent.subject_id, kind=purpose.kind, purpose="")
    return sent


def _plan(it: Blocked, notice: str = plans.NOTICE) -> Plan:
    """A plan of the case that was made before all was blocked; without a notice, an offer."""
    live = list(Restriction.objects.filter(ended_at=None).values_list("pk", flat=True))
    Restriction.objects.update(ended_at="2026-01-01T00:00:00Z")
    made = plans.accepted(it.clerk, plans.proposal(LEA, it.case, notice=notice))
    Message.objects.all().delete()
    Restriction.objects.filter(pk__in=live).update(ended_at=None)
    for one in Restriction.objects.filter(subject_id=it.case.subject_id, ended_at=None):
        Restriction.objects.create(subject_id=made.subject_id, kind=one.kind, purpose="plan")
    made.refresh_from_db()
    return made


def _confirm(it: Blocked) -> None:
    plan = _plan(it, notice="")
    Plan.objects.filter(pk=plan.pk).update(cost_notice=plans.NOTICE)
    plan_mailbox.confirm(plan.submission.subject_id, plan.pk, plan.version)


def _resume(it: Blocked) -> None:
    plan = _plan(it)
    Plan.objects.filter(pk=plan.pk).update(state="paused")
    plan_office.resume(it.clerk, plan.pk, plan.version)


def _pause(it: Blocked) -> None:
    plan = _plan(it)
    plan_office.pause(it.clerk, plan.pk, plan.version)


def _end(it: Blocked) -> None:
    plan = _plan(it)
    plan_office.end(it.clerk, plan.pk, "agency", "", plan.version)


def _payment(it: Blocked, reference: str = "") -> Booked:
    given = Statement([Entry([Paid("10.00", reference)])], policy().accounts[0].iban)
    accounts = {one.iban: one.currency for one in policy().accounts}
    return next(one for one in Reading(BytesIO(file(given)), accounts) if isinstance(one, Booked))


def _book(it: Blocked) -> None:
    first = Instalment.objects.filter(plan=_plan(it)).order_by("number")[0]
    ring = vault.Keyring()
    key = ring.opener(first.subject_id, "plan")
    reference = key.unseal(bytes(first.reference), Place(first).of("reference")).decode()
    payments._book(SYSTEM, _payment(it, reference), b"d" * 32, None, first.pk)


def _assign_payment(it: Blocked) -> None:
    ring = vault.Keyring()
    payments._keep(SYSTEM, _payment(it), b"d" * 32, None, ring, ring.reserve("plan"))
    payments.assign(it.clerk, Payment.objects.get().pk, _plan(it).pk)


def _counter(it: Blocked) -> None:
    wish = Wish(Decimal("150.00"), 1)
    offer.counter(it.clerk, _proposal(it).pk, [it.case.pk], wish, expected=0, form_token=TOKEN)


REFUSED: dict[str, Callable[[Blocked], Any]] = {
    "office._answer": lambda it: office.answer(it.clerk, it.sent.pk, "Antwort", TOKEN, 0),
    "office.note": lambda it: office.note(it.clerk, it.sent.pk, "Notiz", TOKEN),
    "office.assign": lambda it: office.assign(it.clerk, it.sent.pk, it.clerk, None),
    "assigning.choose": lambda it: matching.choose(it.clerk, it.other.pk, it.case.pk),
    "assigning.none": _none,
    "assigning.not_this": lambda it: matching.not_this(it.clerk, it.other.pk, it.case.pk),
    "assigning.undo": _undo,
    "misfiled._correct": lambda it: matching.correct(it.clerk, it.sent.pk, None),
    "office.reopen": _reopen,
    "disclose.disclose": _disclose,
    "letters.write": lambda it: letters.write(it.clerk, [it.case.pk], TOKEN),
    "plans.offer._accept": lambda it: offer.accept(
        it.clerk, _proposal(it).pk, [it.case.pk], expected=0, form_token=TOKEN
    ),
    "plans.offer._counter": _counter,
    "plans.offer._decline": lambda it: offer.decline(it.clerk, _proposal(it).pk, "rules", "", 0, TOKEN),
    "plans.mailbox.confirm": _confirm,
    "plans.payments._book": _book,
    "plans.payments.assign": _assign_payment,
    "plans.office.pause": _pause,
    "plans.office.resume": _resume,
    "plans.office.end": _end,
    "creditor.pass_on": lambda it: creditor.pass_on(it.clerk, it.sent.pk, "csv"),
}

OWN = "the person themselves acts, and their own eyes and rights are never restricted"
RIGHTS = "a lawful exception: it serves the person's own rights"
LAW = "a lawful exception: a law demands it"
DEFENCE = "a lawful exception: claims are defended"
HOUSE = "it is about no subject"
ENDS = "it reads nothing, and ends something sooner"
ALLOWED = {
    "intake.take_receipt": OWN,
    "intake._ticket_again": OWN,
    "mailbox.enter": OWN,
    "mailbox.mark_read": OWN,
    "mailbox._reply": OWN,
    "mailbox.ask_notice": OWN,
    "mailbox.withdraw": OWN,
    "plans.mailbox.show": "it shows nothing of what is blocked",
    "plans.mailbox.turn_down": ENDS,
    "plans.mailbox._dispute": OWN,
    "plans.chores._look": "it leaves out who is blocked",
    "plans.payments._keep": "it is about a subject of the payment's own",
    "rights.requests._by_mailbox": OWN,
    "rights.letter_codes.proved": OWN,
    "rights.letter_codes.make": "it leaves out who is blocked",
    "rights.concerns.look": RIGHTS,
    "rights.concerns.add_concern": RIGHTS,
    "rights.concerns.drop_concern": RIGHTS,
    "rights.concerns.compare": RIGHTS,
    "rights.concerns.dismiss": RIGHTS,
    "linking._propose": "it leaves out who is blocked",
    "rights.decisions.assign": RIGHTS,
    "rights.decisions.decide_identity": RIGHTS,
    "rights.decisions.set_regime": RIGHTS,
    "rights.decisions.extend": RIGHTS,
    "rights.decisions.write": RIGHTS,
    "rights.decisions.settle": RIGHTS,
    "rights.decisions.answer": RIGHTS,
    "rights.decisions.refuse": RIGHTS,
    "rights.decisions._remind": RIGHTS,
    "rights.restrict.lift": RIGHTS,
    "rights.restrict._of_subject": RIGHTS,
    "rights.restrict._answer": RIGHTS,
    "rights.access._gather": RIGHTS,
    "rights.access._stored": RIGHTS,
    "rights.rectify.change": RIGHTS,
    "rights.rectify.dispute": RIGHTS,
    "rights.rectify.settle": RIGHTS,
    "rights.rectify.tell": RIGHTS,
    "rights.erase._erase": RIGHTS,
    "rights.erase.erase_again": RIGHTS,
    "rights.erase._after_hold": RIGHTS,
    "rights.erase._answer": RIGHTS,
    "demands._receive": LAW,
    "demands.hand_over": LAW,
    "demands.close": LAW,
    "holds.place": DEFENCE,
    "holds.place_by_reference": DEFENCE,
    "holds.review": DEFENCE,
    "holds.lift": DEFENCE,
    "breaches._register": "an incident has a subject of its own, which nobody blocks",
    "breaches.amend": "an incident has a subject of its own, which nobody blocks",
    "breaches.close": "an incident has a subject of its own, which nobody blocks",
    "cases.open_case": "it begins with a subject of its own",
    "tokens.add": HOUSE,
    "tokens.end": HOUSE,
    "tokens.used": HOUSE,
    "office.close": ENDS,
    "matching.look": "it opens nothing of who is blocked, and leaves the message to a human",
    "matching.leave": ENDS,
    "matching.look_again": "it reads nothing; looking does, and opens nothing of who is blocked",
    "matching.learn": HOUSE,
    "house.publish_notice": HOUSE,
    "house.expire_tickets": ENDS,
    "house.forget_sessions": ENDS,
    "rotation._tell": HOUSE,
    "proofs.note": HOUSE,
    "proofs.close_days": HOUSE,
    "proofs._told": HOUSE,
    "proofs.announce_probe": "whoever is planted is nobody, and gone in a moment",
    "proofs._forget": "whoever is planted is nobody, and gone in a moment",
    "protocol._tell": HOUSE,
    "protocol.look": "the protocol holds ids and words of the policy, nothing of anybody's",
    "staff.hire": HOUSE,
    "staff.deactivate": HOUSE,
    "staff.reactivate": HOUSE,
    "staff.reset_access": HOUSE,
    "staff.set_password": HOUSE,
    "staff.choose_language": HOUSE,
    "staff.signed": HOUSE,
}


def test_every_action_is_decided_about():
    for module in pkgutil.walk_packages(actions.__path__, "zusage.actions."):
        importlib.import_module(module.name)
    assert set(REFUSED).isdisjoint(ALLOWED)
    assert set(ACTIONS) - set(REFUSED) - set(ALLOWED) == set(), "decide whether a blocked subject stops it"
    assert (set(REFUSED) | set(ALLOWED)) - set(ACTIONS) == set(), "no such action any more"


@pytest.mark.parametrize("name", REFUSED)
def test_nobody_works_with_what_is_blocked(name, blocked):
    before = (Message.objects.count(), Note.objects.count())
    with pytest.raises(REFUSALS):
        REFUSED[name](blocked)
    assert (Message.objects.count(), Note.objects.count()) == before
    assert Submission.objects.get(pk=blocked.other.pk).case_id is None


@pytest.mark.parametrize("name", REFUSED)
def test_without_the_block_each_of_them_is_done(name, blocked):
    """The refusals above are the block's doing, and nothing else's."""
    Restriction.objects.update(ended_at="2026-01-01T00:00:00Z")
    REFUSED[name](blocked)


def test_no_role_opens_it_for_any_purpose_but_the_exceptions(blocked):
    rows = [*SubmissionValue.objects.filter(submission=blocked.sent), blocked.case]
    whole: Policy = policy()
    for role in whole.roles:
        actor = vault.Actor.staff(staff(role))
        for purpose in whole.purposes:
            for row in rows:
                with pytest.raises(vault.Refused):  # without a warrant the exceptions don't open it either
                    vault.open(row, purpose, actor)
    for row in rows:
        assert vault.open(row, row.purpose, vault.Actor.subject(row.subject_id))


def test_lists_and_matching_show_nothing_of_it(blocked):
    person: Staff = blocked.clerk
    line = next(one for one in inbox.page(person, inbox.Filters(), "1")[1] if one.submission == blocked.sent)
    assert (line.shut, line.name) == ("restricted", "")
    shown = office_queries.submission(person, blocked.sent.pk)
    assert all(not letter.fields and not letter.body for letter in shown.letters)
    assert shown.file is not None and shown.file.values == {} and shown.review.candidates is None
    other = office_queries.submission(person, blocked.other.pk).review.candidates
    assert other is not None and (other.shown, other.blocked) == ((), 1)
    assert office_queries.cases_by_reference(person, "ZH-2026-10041") == []
    assert Case.objects.filter(pk=blocked.case.pk).exists()


def test_nothing_is_lost_by_it(blocked):
    """The matter can be closed, the person can write, and a new form is taken."""
    office.close(blocked.clerk, blocked.sent.pk)
    assert Submission.objects.get(pk=blocked.sent.pk).state == "closed"
    assert intake.submit is not None and submission("enquiry")
