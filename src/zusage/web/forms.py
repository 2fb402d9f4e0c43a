"""Forms built from a purpose of the policy: what isn't declared can't be collected.

A form class exists per (policy, purpose, language), made once. Values come out as the rules normalise them (dates and
phone numbers in one way of writing); what a person typed stays as it was whenever the form is shown again.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils import timezone

from zusage.policy.types import FormField, Kind, Policy, Purpose
from zusage.rules.fields import Value, clean
from zusage.rules.problems import Problem
from zusage.web.words import say

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
_VERSION = re.compile(r"[0-9a-f]{64}")


class Lines(forms.Textarea):
    """Several values of one name: one per line, or the name repeated."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str:
        if isinstance(data, QueryDict):
            return "\n".join(str(value) for value in data.getlist(name))
        value = data.get(name) or ""
        return value if isinstance(value, str) else "\n".join(value)


class Unchanging:
    """A field that nothing changes after it was made: every form of its class shares it.

    Django copies each field for each form, which costs more here than checking what was entered.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self


class Tick(Unchanging, forms.BooleanField):
    """A box that may be ticked."""


class Entry(Unchanging, forms.Field):
    """One declared field. Cleans by the rule of its kind; a problem speaks the page's language."""

    def __init__(self, kind: Kind, language: str) -> None:
        super().__init__(required=False, widget=Lines if kind == "references" else forms.TextInput)
        self.kind = kind
        self.language = language

    def clean(self, value: Any) -> Value:
        raw = str(value or "")
        if not raw.strip():
            return ""
        try:
            return clean(self.kind, raw, timezone.localdate())
        except Problem as problem:
            said = say(self.language, f"problem.{problem.code}", **problem.params)
            raise ValidationError(said, code=problem.code) from None


class PolicyForm(forms.Form):
    """A purpose's form. `form_class` makes the subclasses."""

    policy: ClassVar[Policy]
    purpose: ClassVar[Purpose]
    language: ClassVar[str]

    def clean(self) -> dict[str, Any]:
        declared = self.declared
        for asked in declared.fields:
            if asked.required and not self._given(asked.field):
                self._check_required(asked)
        if (
            declared.one_of
            and not any(map(self._given, declared.one_of))
            and not self._ticked(declared.unless)
        ):
            self._miss(declared.one_of[0], self._one_of_problem())
        for further in self.consents:
            if self._ticked(f"consent_{further.id}") and not any(map(self._given, self._asked_by(further))):
                fields = self._or(self._asked_by(further))
                self._miss(
                    f"consent_{further.id}", say(self.language, "problem.consent-needs", fields=fields)
                )
        return self.cleaned_data

    def unchecked(self) -> Self:
        """This form with what was typed into it, and nothing said of what is missing or wrong."""
        self._errors, self.cleaned_data = ErrorDict(), {}
        return self

    @property
    def declared(self) -> Any:
        """The purpose's `policy.types.Form`."""
        return self.purpose.form

    @property
    def consents(self) -> tuple[Purpose, ...]:
        """The further purposes that this form asks a consent for: those that use what it asks."""
        return tuple(
            further for further in self.policy.further_purposes(self.purpose.id) if self._asked_by(further)
        )

    def values(self) -> dict[str, Value]:
        """What was given, by field, normalised; only declared fields, only those that aren't empty."""
        given = ((asked.field, self.cleaned_data.get(asked.field)) for asked in self.declared.fields)
        return {name: value for name, value in given if value}

    def consented(self) -> tuple[str, ...]:
        """The further purposes consented to."""
        return tuple(further.id for further in self.consents if self._ticked(f"consent_{further.id}"))

    def form_token(self) -> str:
        """The token of the page that was sent, so that two clicks make one submission; a new one where none came."""
        sent = self.data.get("form_token", "") if self.is_bound else ""
        return sent if _TOKEN.fullmatch(sent) else secrets.token_urlsafe(16)

    def version_seen(self) -> str:
        """The version of the notice that the page named, or nothing."""
        sent = self.data.get("policy_version", "") if self.is_bound else ""
        return sent if _VERSION.fullmatch(sent) else ""

    def typed(self, name: str) -> str:
        """What stands in the field `name`, exactly as it was typed."""
        return str(self[name].value() or "")

    def label(self, name: str) -> str:
        return self.policy.text(self.language, f"field.{name}.label")

    def check_label(self, name: str) -> str:
        """The sentence beside a way out such as ``mailbox_only``."""
        return self.policy.text(self.language, f"choice.{name}.label")

    def _check_required(self, asked: FormField) -> None:
        way_out = self.declared.way_out.get(asked.field)
        if not way_out:
            self._miss(asked.field, say(self.language, "problem.missing"))
        elif not self._ticked(way_out):
            other = self.check_label(way_out)
            self._miss(asked.field, say(self.language, "problem.missing-or", other=other))

    def _one_of_problem(self) -> str:
        if not self.declared.unless:
            return say(self.language, "problem.one-of-only")
        return say(self.language, "problem.one-of", other=self.check_label(self.declared.unless))

    def _asked_by(self, further: Purpose) -> tuple[str, ...]:
        return tuple(asked.field for asked in self.declared.fields if asked.field in further.fields)

    def _or(self, names: tuple[str, ...]) -> str:
        labels = [self.label(name) for name in names]
        last = f" {say(self.language, 'form.or')} ".join(labels[-2:])
        return ", ".join([*labels[:-2], last])

    def _given(self, name: str) -> bool:
        # A field with an error was filled in: it isn't missing too.
        return bool(self.cleaned_data.get(name)) or name in self.errors

    def _ticked(self, name: str) -> bool:
        return bool(name and self.cleaned_data.get(name))

    def _miss(self, name: str, said: str) -> None:
        self.add_error(name, ValidationError(said))


def _checks(purpose: Purpose) -> tuple[str, ...]:
    assert purpose.form is not None
    return tuple(filter(None, (*purpose.form.way_out.values(), purpose.form.unless)))


# Policies are compared by identity: they are loaded once, and hold mappings that have no hash.
_CLASSES: dict[tuple[int, str, str], type[PolicyForm]] = {}


def form_class(policy: Policy, purpose_id: str, language: str) -> type[PolicyForm]:
    """The form of `purpose_id`. Raises KeyError for a purpose that isn't declared, ValueError for one without form."""
    key = (id(policy), purpose_id, language)
    known = _CLASSES.get(key)
    if known is None or known.policy is not policy:
        purpose = policy.purposes[purpose_id]
        if purpose.form is None:
            raise ValueError(f"purpose '{purpose.id}' has no form")
        known = _CLASSES[key] = make_class(PolicyForm, policy, purpose, language)
    return known


F = TypeVar("F", bound=PolicyForm)


def make_class(
    kind: type[F], policy: Policy, purpose: Purpose, language: str, more: Mapping[str, Any] | None = None
) -> type[F]:
    """The form of a `purpose` that has one, as a subclass of `kind` with `more` in it."""
    assert purpose.form is not None
    made: dict[str, Any] = {"policy": policy, "purpose": purpose, "language": language, **(more or {})}
    for asked in purpose.form.fields:
        made[asked.field] = Entry(policy.fields[asked.field].kind, language)
    further = (f"consent_{other.id}" for other in policy.further_purposes(purpose.id))
    for name in (*_checks(purpose), *further):
        made[name] = Tick(required=False)
    return type("PurposeForm", (kind,), made)
