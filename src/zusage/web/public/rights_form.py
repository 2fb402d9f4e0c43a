"""The forms of rights: which fields each way asks for, out of those that the policy declares for the purpose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from zusage.actions.rights.requests import UNPROVEN, Way
from zusage.models import RIGHTS
from zusage.policy.law import Right
from zusage.policy.types import Form, FormField, Policy
from zusage.rules import receipts
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.web.forms import PolicyForm, Unchanging, make_class
from zusage.web.public.screens import Group, Item, groups, summary
from zusage.web.uploads import OneFile
from zusage.web.words import say

NEEDS_WORDS: tuple[Right, ...] = ("rectification", "complaint", "question")
"""Where nobody could do anything without a sentence from the person."""
WHO = ("name", "street", "postcode", "town")


class Code(Unchanging, forms.Field):
    """The code on a letter; cleaned to its normal form."""

    def __init__(self, language: str) -> None:
        super().__init__(required=False)
        self.language = language

    def clean(self, value: Any) -> str:
        try:
            return receipts.normal(str(value or "")[:200], receipts.LETTER_LENGTH)
        except Problem as problem:
            said = say(self.language, f"problem.{problem.code}", **problem.params)
            raise ValidationError(said, code=problem.code) from None


class RightsForm(PolicyForm):
    """The form of one right and one way. What was uploaded comes beside it: browsers send no file twice."""

    right: ClassVar[Right]
    way: ClassVar[Way]
    proof_error: str = ""

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.way == "letter-code" and isinstance(self.cleaned_data.get("case_reference"), tuple):
            self._miss("case_reference", say(self.language, "rights.one_reference"))
        return self.cleaned_data

    def label(self, name: str) -> str:
        if name == "message":
            return say(self.language, f"rights.{self.right}.message")
        return super().label(name)

    def check_proof(self, proof: OneFile) -> None:
        """Whether a proof came, and isn't too large. Whether it is one is for `rules.proofs` to say."""
        if self.way != "stranger":
            return
        if proof.too_large:
            most = self.policy.limits.proof_megabytes
            self.proof_error = say(self.language, "problem.proof-too-large", limit=most)
        elif not proof.content:
            self.proof_error = say(self.language, "rights.proof_missing")

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong, so far as the form alone can tell."""
        return self.is_valid() and not self.proof_error

    def _one_of_problem(self) -> str:
        return say(self.language, "rights.nothing_said")


# As in web/forms.py: policies are compared by identity.
_CLASSES: dict[tuple[Right, Way, str], type[RightsForm]] = {}


def form_of(right: Right, way: Way, language: str) -> type[RightsForm]:
    """The form by which `right` is asked for in this `way`."""
    key = (right, way, language)
    known = _CLASSES.get(key)
    if known is None or known.policy is not policy():
        known = _CLASSES[key] = _make(policy(), right, way, language)
    return known


def ways(right: Right) -> tuple[Way, ...]:
    """The ways to say who one is for `right`, the easiest first; for who isn't that person, none is needed."""
    if right == "not-me":
        return ("none",)
    return ("mailbox", "letter-code", "none" if right in UNPROVEN else "stranger")


def shown(form: RightsForm) -> list[Group]:
    """The form's fields under their legends, with the letter's code beside the reference that it belongs to."""
    found = []
    for group in groups(form):
        items = list(group.items)
        if group.id == "what" and form.way == "letter-code":
            items.insert(1, _code(form))
        found.append(replace(group, items=tuple(items)))
    return found


def wrong(form: RightsForm) -> list[Item]:
    """Everything that is wrong, in the order of the page."""
    found = summary(form)
    if form.way == "letter-code" and (code := _code(form)).error:
        found.insert(next((n for n, one in enumerate(found) if one.name == "message"), len(found)), code)
    return [*found, proof_item(form)] if form.proof_error else found


def proof_item(form: RightsForm) -> Item:
    """The field for the file."""
    error = form.proof_error
    described = "f-proof-hint f-proof-error" if error else "f-proof-hint"
    label = say(form.language, "rights.proof")
    return Item("proof", label, error=error, described=described, required=True)


def _code(form: RightsForm) -> Item:
    error = " ".join(str(one) for one in form.errors.get("letter_code", ())) if form.is_bound else ""
    described = "f-letter_code-hint f-letter_code-error" if error else "f-letter_code-hint"
    return Item(
        name="letter_code",
        label=say(form.language, "rights.letter_code"),
        error=error,
        described=described,
        hint=say(form.language, "rights.letter_code_hint", count=receipts.LETTER_LENGTH),
        value=form.typed("letter_code"),
        kind="reference",
        required=True,
    )


def _fields(right: Right, way: Way) -> tuple[FormField, ...]:
    said = FormField("message", right in NEEDS_WORDS, "what")
    if way == "letter-code":
        return FormField("case_reference", True, "what"), said
    if way == "stranger":
        who = tuple(FormField(one, True, "who") for one in WHO)
        return *who, FormField("case_reference", False, "what"), said
    return FormField("case_reference", False, "what"), said


def _make(tenant: Policy, right: Right, way: Way, language: str) -> type[RightsForm]:
    purpose = tenant.purposes[RIGHTS]
    fields = tuple(one for one in _fields(right, way) if one.field in purpose.fields)
    # Whoever isn't that person says at least which letter it is about.
    one_of = ("case_reference", "message") if right == "not-me" else ()
    form = Form(path="", fields=fields, one_of=one_of, unless="", way_out={}, warn_open_network=False)
    more: dict[str, Any] = {"right": right, "way": way}
    if way == "letter-code":
        more["letter_code"] = Code(language)
    return make_class(RightsForm, tenant, replace(purpose, form=form), language, more)
