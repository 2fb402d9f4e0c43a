"""Probes of the forms, and of what it is used for that comes by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, Q

from zusage.models import SubmissionValue
from zusage.models.inventory import tables
from zusage.policy.types import AUTHORITATIVE, Form, Policy
from zusage.promises.look import CouldNotLook, Look
from zusage.promises.page import Page, asked
from zusage.promises.stored import NEWEST, newest, newest_lines
from zusage.promises.types import Evidence, judged, probe
from zusage.web.words import say

OURS = ("form_token", "policy_version", "cost_notice")
"""Hidden fields of a form: what makes it one submission, and which notices were seen: privacy, costs of a plan."""
RECKONED_WITH = ("amount_owed",)
"""What the payment form's help takes besides, for one sum: that nothing keeps it, the fields of the values show."""
USES = (
    "Marketing", "DirectMarketing", "SocialMediaMarketing", "Advertising", "PersonalisedAdvertising",
    "TargetedAdvertising", "SellDataToThirdParties", "SellInsightsFromData", "SellProducts", "CreditChecking",
    "CustomerSolvencyMonitoring", "CustomerRelationshipManagement", "Personalisation", "ServicePersonalisation",
    "ResearchAndDevelopment", "CommercialResearch", "NonCommercialResearch", "AcademicResearch",
)  # fmt: skip
"""Purposes of the DPV that have no place in collecting debts: marketing, sale, scoring, research."""


@probe(quick=True)
def contact(look: Look) -> Iterator[Evidence]:
    """The contact form asks for the declared fields and no other, marks the optional ones, and no other is stored."""
    yield from _form(look, "contact")


@probe(quick=True)
def enquiry(look: Look) -> Iterator[Evidence]:
    """So does the enquiry form."""
    yield from _form(look, "enquiry")


@probe(quick=True)
def payment(look: Look) -> Iterator[Evidence]:
    """So does the payment form, which takes the references of several files."""
    yield from _form(look, "payment")
    form = look.policy.purposes["payment"].form
    several = (
        [one.field for one in form.fields if look.policy.fields[one.field].kind == "references"]
        if form
        else []
    )
    yield judged("fields for several files", len(several), [] if several else ["none"])


@probe(quick=False)
def all_of_contact(look: Look) -> Iterator[Evidence]:
    """Every stored value of the contact form is of a field that it declares: the whole table is counted."""
    yield _every_value(look, "contact")


@probe(quick=False)
def all_of_enquiry(look: Look) -> Iterator[Evidence]:
    """So is every value of the enquiry form."""
    yield _every_value(look, "enquiry")


@probe(quick=False)
def all_of_payment(look: Look) -> Iterator[Evidence]:
    """So is every value of the payment form."""
    yield _every_value(look, "payment")


@probe(quick=True)
def declared_purposes(look: Look) -> Iterator[Evidence]:
    """What the newest rows, openings and disclosures were for is declared, and nothing declared is a use of its own."""
    known = set(look.policy.purposes)
    for model in _with_purpose():
        rows = list(newest(model._default_manager.all()).values_list("purpose", flat=True))
        yield judged(f"purposes in {model._meta.label}", len(rows), _strange(rows, known))
    lines = [one.purpose for one in newest_lines(look)]
    yield judged("purposes in the protocol", len(lines), _strange(lines, known))
    opens = [one for role in look.policy.roles.values() for one in role.opens]
    yield judged("purposes that roles open", len(opens), _strange(opens, known))
    uses = {one.id: one.dpv.partition(":")[2] for one in look.policy.purposes.values()}
    yield judged(
        "uses in the policy", len(uses), (f"{name} is {use}" for name, use in uses.items() if use in USES)
    )


@probe(quick=False)
def all_purposes(look: Look) -> Iterator[Evidence]:
    """So is what every row is for."""
    for model in _with_purpose():
        if model is SubmissionValue:
            number, stray = _stray(look)
            undeclared = sum(count for purpose, _, count in stray if purpose not in look.policy.purposes)
        else:
            strangers = ~Q(purpose__in=["", *look.policy.purposes])
            number = model._default_manager.count()
            undeclared = model._default_manager.filter(strangers).count()
        faults = [f"{undeclared} for none that is declared"] if undeclared else []
        yield judged(f"purposes in {model._meta.label}", number, faults)


def _form(look: Look, purpose: str) -> Iterator[Evidence]:
    declared = look.policy.purposes.get(purpose)
    if declared is None or declared.form is None:
        raise CouldNotLook(f"the policy has no form for {purpose}")
    path = f"/{AUTHORITATIVE}/{declared.form.path.strip('/')}/"
    page = asked(look, path)
    # Other forms may stand there, too: a choice about cookies, which goes elsewhere.
    page.inputs = [one for one in page.inputs if one.sent_to in ("", path)]
    yield judged(f"fields of {path}", len(page.inputs), _differs(look.policy, declared.form, page))
    fields = [field for one, field in _newest(look) if one == purpose]
    names = {one.field for one in declared.form.fields}
    stray = sorted(set(fields) - names)
    yield judged(
        f"fields of the newest values of {purpose}", len(fields), (f"{one} is none" for one in stray)
    )


def _differs(policy: Policy, form: Form, page: Page) -> Iterator[str]:
    """What a form's page has other than declared."""
    names = {one.field for one in form.fields} | set(RECKONED_WITH)
    ticks = {*form.way_out.values(), *filter(None, [form.unless])}
    optional = say(AUTHORITATIVE, "form.optional")
    for one in page.inputs:
        expected = {
            "hidden": one.name in OURS,
            "checkbox": one.name in ticks or one.name.startswith("consent_"),
            "submit": True,  # a button asks nothing
        }
        if not expected.get(one.kind, one.name in names):
            yield f"{one.name} is asked for, and not declared"
    for asked_for in form.fields:
        found = page.named(asked_for.field)
        if found is None:
            yield f"{asked_for.field} is declared, and not asked for"
            continue
        may_lack = asked_for.field in form.way_out or asked_for.field in form.one_of
        if found.required != (asked_for.required and asked_for.field not in form.way_out):
            yield f"{asked_for.field} is {'' if found.required else 'not '}required"
        if (optional in found.label) != (not asked_for.required and not may_lack):
            yield f"{asked_for.field} is {'' if optional in found.label else 'not '}marked as optional"


def _newest(look: Look) -> list[tuple[str, str]]:
    """Purpose and field of the newest values."""
    rows = newest(SubmissionValue.objects.all(), 5 * NEWEST).values_list("purpose", "field")
    return look.once("newest values", lambda: list(rows))


def _every_value(look: Look, purpose: str) -> Evidence:
    number, stray = _stray(look)
    faults = [f"{count} of {field or 'no field'}" for one, field, count in stray if one == purpose]
    return judged(f"values among which those of {purpose} are looked for", number, faults)


def _stray(look: Look) -> tuple[int, list[tuple[str, str, int]]]:
    """How many values there are, and those that no purpose declares: purpose, field, and how many.

    One look at the whole table for all who ask, since that takes longer than the counting.
    """

    def work() -> tuple[int, list[tuple[str, str, int]]]:
        fits = Q()
        for purpose in look.policy.purposes:
            fits |= Q(purpose=purpose, field__in=_declared(look.policy, purpose))
        rows = SubmissionValue.objects.exclude(fits).order_by().values_list("purpose", "field")
        return SubmissionValue.objects.count(), list(rows.annotate(Count("purpose")))

    return look.once("values that no purpose declares", work)


def _declared(policy: Policy, purpose: str) -> list[str]:
    """The fields of a purpose: those of its form, or its own."""
    declared = policy.purposes[purpose]
    return [one.field for one in declared.form.fields] if declared.form else list(declared.fields)


def _with_purpose() -> Iterator[type[Any]]:
    """The tables that say what their rows are for, but for the protocol's."""
    for model in tables():
        if model._meta.app_label != "protocol" and any(
            one.name == "purpose" for one in model._meta.concrete_fields
        ):
            yield model


def _strange(found: Iterable[str], known: set[str]) -> Iterator[str]:
    """Purposes that aren't declared. An empty one names none: all of a subject's, or no subject's."""
    return (f"'{one}' isn't declared" for one in sorted(set(found) - known - {""}))
