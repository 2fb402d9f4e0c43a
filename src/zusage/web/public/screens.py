"""What the form pages show: the form's fields in their groups, why they are asked, what is wrong, where else to go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from zusage.policy.page import Page
from zusage.policy.types import FormField, Kind, Policy, Purpose
from zusage.rules.interests import topic_of
from zusage.web.forms import PolicyForm
from zusage.web.words import say

# What browsers and password managers call these fields (HTML standard, autofill field names; WCAG 1.3.5).
AUTOFILL = {
    "name": "name",
    "first_name": "given-name",
    "last_name": "family-name",
    "company": "organization",
    "street": "address-line1",
    "postcode": "postal-code",
    "town": "address-level2",
    "date_of_birth": "bday",
    "email": "email",
    "phone": "tel",
    "phone_day": "tel",
    "phone_evening": "tel",
}
SIZES: dict[Kind, str] = {
    "postcode": "size-short",
    "phone": "size-middle",
    "date-of-birth": "size-short",
    "reference": "size-middle",
    "references": "size-middle few",
    "amount": "size-short",
    "amount-or-zero": "size-short",
    "day-of-month": "size-tiny",
}
TYPES: dict[Kind, str] = {"email": "email", "phone": "tel"}
INPUT_MODES: dict[Kind, str] = {"amount": "decimal", "amount-or-zero": "decimal", "day-of-month": "numeric"}
LINES: dict[Kind, int] = {"text": 6, "references": 3}
GROUPS = ("who", "what", "reach", "budget")
FOLDED = "budget"
"""The group that nobody needs to open, and that says for itself why it is asked."""
MOST_ENTRIES = 6
ABOUT = ("creditors", "jobs")
"""What a form may be about that has no page of its own; "not-me" has one of the six entries."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why something is asked, one line each."""

    purpose: str
    basis: str
    cited: str
    period: str
    recipients: tuple[str, ...]
    anchor: str


@dataclass(frozen=True, slots=True)
class Item:
    """A field or a checkbox as the template draws it. `described` are the ids of what explains it."""

    name: str
    label: str
    error: str = ""
    described: str = ""
    check: bool = False
    ticked: bool = False
    why: Why | None = None
    hint: str = ""
    value: str = ""
    kind: Kind = "line"
    required: bool = False
    optional: bool = False
    warn: bool = False

    @property
    def id(self) -> str:
        return f"f-{self.name}"

    @property
    def type(self) -> str:
        return TYPES.get(self.kind, "text")

    @property
    def inputmode(self) -> str:
        return INPUT_MODES.get(self.kind, "")

    @property
    def size(self) -> str:
        return SIZES.get(self.kind, "")

    @property
    def lines(self) -> int:
        return LINES.get(self.kind, 0)

    @property
    def prose(self) -> bool:
        return self.kind == "text"

    @property
    def autocomplete(self) -> str:
        return AUTOFILL.get(self.name, "off")


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one legend. `why` is there for a group that is folded; it is `open` where something stands in it."""

    id: str
    legend: str
    hint: str
    items: tuple[Item, ...]
    why: Why | None = None

    @property
    def open(self) -> bool:
        return any(item.value or item.error for item in self.items)


def groups(form: PolicyForm) -> list[Group]:
    """The form's fields under their legends: who, what, how to reach; last what is folded."""
    found = []
    for group in GROUPS:
        asked = [one for one in form.declared.fields if one.group == group]
        if asked:
            any_of = any(one.field in form.declared.one_of for one in asked)
            hint = say(form.language, "form.one_of") if any_of and len(form.declared.one_of) > 1 else ""
            legend = form.policy.text(form.language, f"group.{group}")
            own = None
            if group == FOLDED:
                hint, own = say(form.language, "form.budget_hint"), _why_asked(form, asked)
            found.append(Group(group, legend, hint, tuple(_items(form, asked)), own))
    return found


def consents(form: PolicyForm) -> list[Item]:
    """One unticked box per further purpose, each with its own basis, period and recipients."""
    found = []
    for further in form.consents:
        name = f"consent_{further.id}"
        label = form.policy.text(form.language, f"consent.{further.id}.ask")
        found.append(_check(form, name, label, why(form.policy, further, form.language)))
    return found


def why(policy: Policy, purpose: Purpose, language: str) -> Why:
    """Purpose, basis with its articles, period and recipients of `purpose`."""
    page = Page(policy, language)  # type: ignore[arg-type]
    return Why(
        purpose=policy.text(language, f"purpose.{purpose.id}.title"),
        basis=policy.text(language, f"basis.{purpose.basis}.text"),
        cited=page.articles(purpose),
        period=page.period(purpose),
        recipients=tuple(policy.text(language, f"recipient.{one}.name") for one in purpose.recipients),
        anchor="forms" if purpose.form else "collection",
    )


def _why_asked(form: PolicyForm, asked: list[FormField]) -> Why:
    """Why these fields of the form are asked: for how long they are kept, and who of its recipients sees them."""
    policy, language = form.policy, form.language
    names = {one.field for one in asked}
    categories = {policy.fields[name].category for name in names}
    periods = {policy.period(form.purpose.id, one).id for one in sorted(categories)}
    sees = [
        one
        for one in form.purpose.recipients
        if names & set(policy.recipients[one].fields) or categories & set(policy.recipients[one].categories)
    ]
    return replace(
        why(policy, form.purpose, language),
        period=" ".join(policy.text(language, f"retention.{one}.text") for one in sorted(periods)),
        recipients=tuple(policy.text(language, f"recipient.{one}.name") for one in sees),
    )


def summary(form: PolicyForm) -> list[Item]:
    """Everything that is wrong, in the order of the page."""
    shown = [item for group in groups(form) for item in group.items] + consents(form)
    return [item for item in shown if item.error]


def elsewhere(policy: Policy, purpose: Purpose, language: str) -> list[dict[str, str]]:
    """The other forms, for whoever came to the wrong one."""
    return [
        {
            "question": say(language, f"form.elsewhere_{other.id}"),
            "title": policy.text(language, f"purpose.{other.id}.title"),
            "url": form_url(other, language),
        }
        for other in policy.form_purposes()
        if other.id != purpose.id and other.id in ("contact", "enquiry", "payment")
    ]


def form_url(purpose: Purpose, language: str) -> str:
    """The address of a purpose's form."""
    assert purpose.form is not None
    return f"/{language}/{purpose.form.path.strip('/')}/"


@dataclass(frozen=True, slots=True)
class Offered:
    """What the home page offers: `entries`, at most six, and `more` in a line beneath them."""

    entries: tuple[dict[str, str], ...]
    more: tuple[dict[str, str], ...]


def offered(policy: Policy, language: str, topics: Sequence[str] = ()) -> Offered:
    """What the home page of this agency offers, what is of one of `topics` first, in their order."""
    about = _about(policy, language)
    rank = {topic: number for number, topic in enumerate(topics)}
    listed = [*entries(policy, language), *(one for one in about if one["topic"] in rank)]
    for one in listed:
        one.setdefault("topic", _topic(policy, one["url"]))
    listed.sort(key=lambda one: rank.get(one["topic"], len(rank)))
    rest = [one for one in about if one["topic"] not in rank]
    return Offered(tuple(listed[:MOST_ENTRIES]), (*listed[MOST_ENTRIES:], *rest))


def entries(policy: Policy, language: str) -> list[dict[str, str]]:
    """The entries of the home page that this agency has, at most six, in the order of most letters."""
    forms = {purpose.id: form_url(purpose, language) for purpose in policy.form_purposes()}
    rights = f"/{language}/privacy/rights/" if "rights" in policy.purposes else ""
    ask = forms.get("enquiry") or forms.get("contact") or next(iter(forms.values()), "")
    listed = [
        ("ask", "question", ask),
        ("pay", "instalments", forms.get("payment", "")),
        ("genuine", "genuine", f"/{language}/genuine/"),
        ("mailbox", "letter", f"/{language}/mailbox/" if forms else ""),
        ("not_me", "other-person", f"{rights}?right=not-me" if rights else ask and f"{ask}?about=not-me"),
        ("my_data", "my-data", rights or f"/{language}/privacy/#rights"),
    ]
    return [_entry(language, key, icon, url) for key, icon, url in listed if url]


def _about(policy: Policy, language: str) -> list[dict[str, str]]:
    """What a form is for beside its purpose, where a topic of the policy names it."""
    found = []
    for topic in policy.topics.values():
        for form, about in (page.split("?about=") for page in topic.pages if "?about=" in page):
            if about in ABOUT:
                entry = _entry(language, about, about, f"/{language}/{form}/?about={about}")
                found.append({**entry, "topic": topic.id})
    return found


def _topic(policy: Policy, url: str) -> str:
    """The topic of a page of ours, by its address."""
    path, _, query = url.partition("#")[0].partition("?")
    page = path.split("/", 2)[2].strip("/")
    return topic_of(policy, page, query.removeprefix("about=") if query.startswith("about=") else "")


def _entry(language: str, key: str, icon: str, url: str) -> dict[str, str]:
    title, help_ = say(language, f"home.{key}.title"), say(language, f"home.{key}.help")
    return {"icon": icon, "url": url, "title": title, "help": help_}


def _items(form: PolicyForm, asked: list[FormField]) -> Iterator[Item]:
    last_of = form.declared.one_of[-1] if form.declared.one_of else ""
    for one in asked:
        yield _field(form, one)
        way_out = form.declared.way_out.get(one.field)
        if way_out:
            yield _check(form, way_out, form.check_label(way_out))
        if one.field == last_of and form.declared.unless:
            yield _check(form, form.declared.unless, form.check_label(form.declared.unless))


def _field(form: PolicyForm, asked: FormField) -> Item:
    name, kind = asked.field, form.policy.fields[asked.field].kind
    hint = form.policy.words[form.language].get(f"field.{name}.hint", "")  # type: ignore[index]
    error = _error(form, name)
    warn = kind == "email" and form.declared.warn_open_network
    parts: dict[str, Any] = {"hint": hint, "error": error, "warning": warn}
    stands_in = name in form.declared.way_out
    return Item(
        name=name,
        label=form.label(name),
        error=error,
        described=" ".join(f"f-{name}-{part}" for part, there in parts.items() if there),
        hint=hint,
        value=form.typed(name),
        kind=kind,
        required=asked.required and not stands_in,
        optional=not asked.required and name not in form.declared.one_of,
        warn=warn,
    )


def _check(form: PolicyForm, name: str, label: str, why: Why | None = None) -> Item:
    error = _error(form, name)
    parts: dict[str, Any] = {"error": error, "hint": why}
    return Item(
        name=name,
        label=label,
        error=error,
        described=" ".join(f"f-{name}-{part}" for part, there in parts.items() if there),
        check=True,
        ticked=form.is_bound and bool(form[name].value()),
        why=why,
    )


def _error(form: PolicyForm, name: str) -> str:
    return " ".join(str(error) for error in form.errors.get(name, ())) if form.is_bound else ""
