"""purposes.toml: what would be kept without being told, or asked for without being kept."""

from __future__ import annotations

from collections.abc import Iterator

from zusage.policy.holes.exceptions import exception
from zusage.policy.holes.periods import periods
from zusage.policy.holes.said import known, strangers
from zusage.policy.reader import is_id
from zusage.policy.types import Finding, Form, Policy, Purpose

FILE = "purposes.toml"
CONSENT = "consent"


def purposes(policy: Policy) -> Iterator[Finding]:
    """Holes in the purposes and their forms."""
    if not policy.purposes:
        yield Finding(FILE, "purpose", "There is no purpose.", "Declare one: [purpose.contact].")
    paths: dict[str, str] = {}
    for purpose in policy.purposes.values():
        yield from _names(policy, purpose)
        yield from _collects(policy, purpose)
        yield from periods(policy, purpose)
        yield from exception(policy, purpose)
        if purpose.of:
            yield from _further(policy, purpose)
        if purpose.form:
            yield from _form(policy, purpose, purpose.form)
            other = paths.setdefault(purpose.form.path, purpose.id)
            if other != purpose.id:
                yield _hole(
                    purpose,
                    "form.path",
                    f"Purpose '{other}' has a form at this path too.",
                    "Give each form a path of its own.",
                )


def _hole(purpose: Purpose, entry: str, problem: str, remedy: str) -> Finding:
    return Finding(FILE, f"purpose.{purpose.id}.{entry}", problem, remedy)


def _names(policy: Policy, purpose: Purpose) -> Iterator[Finding]:
    """Whatever a purpose names must be declared."""
    place = f"purpose.{purpose.id}"
    if not purpose.basis:
        yield _hole(purpose, "basis", f"Purpose '{purpose.id}' has no legal basis.", known(policy.bases))
    else:
        yield from strangers(FILE, f"{place}.basis", "basis", [purpose.basis], policy.bases)
    if not purpose.retention:
        yield _hole(
            purpose,
            "retention",
            f"Purpose '{purpose.id}' doesn't say how long it keeps data.",
            known(policy.retentions),
        )
    else:
        yield from strangers(FILE, f"{place}.retention", "period", [purpose.retention], policy.retentions)
    yield from strangers(FILE, f"{place}.recipients", "recipient", purpose.recipients, policy.recipients)
    yield from strangers(FILE, f"{place}.persons", "category of persons", purpose.persons, policy.persons)
    yield from strangers(FILE, f"{place}.keeps", "category", purpose.keeps, policy.categories)
    yield from strangers(FILE, f"{place}.fields", "field", purpose.fields, policy.fields)
    yield from strangers(FILE, f"{place}.of", "purpose", purpose.of, policy.purposes)
    yield from strangers(FILE, f"{place}.periods", "category kept here", purpose.periods, purpose.keeps)
    yield from strangers(FILE, f"{place}.periods", "period", purpose.periods.values(), policy.retentions)
    if purpose.blocked_after:
        named = [purpose.blocked_after]
        yield from strangers(FILE, f"{place}.blocked_after", "period", named, policy.retentions)


def _collects(policy: Policy, purpose: Purpose) -> Iterator[Finding]:
    """What is kept must be collected; what is collected must be kept."""
    own = [one.field for one in purpose.form.fields] if purpose.form else []
    if not purpose.keeps:
        yield _hole(
            purpose, "keeps", f"Purpose '{purpose.id}' keeps nothing.", "Name the categories it stores."
        )
    if not purpose.persons:
        yield _hole(
            purpose,
            "persons",
            f"Purpose '{purpose.id}' doesn't say whose data it keeps.",
            "Name the categories of persons: the record of processing lists them.",
        )
    if purpose.form and purpose.source != "form":
        yield _hole(
            purpose,
            "source",
            f"Purpose '{purpose.id}' has a form, but says that its data comes from «{purpose.source}».",
            'Write source = "form", or take the form out.',
        )
    if purpose.source == "form" and not purpose.form and not purpose.of:
        yield _hole(
            purpose,
            "source",
            f"Purpose '{purpose.id}' keeps data but no form collects it.",
            'Give it a form, or say where its data comes from, e.g. source = "creditor".',
        )
    collected = {policy.fields[id_].category for id_ in own if id_ in policy.fields}
    if purpose.form:
        for category in purpose.keeps:
            if category in policy.categories and category not in collected:
                yield _hole(
                    purpose,
                    "keeps",
                    f"Purpose '{purpose.id}' keeps '{category}' but no form collects it.",
                    f"Ask for it in the form, or take '{category}' out of keeps.",
                )
    for id_ in own if purpose.form else purpose.fields if not purpose.of else ():
        field = policy.fields.get(id_)
        if field and field.category not in purpose.keeps:
            yield _hole(
                purpose,
                "keeps",
                f"The field '{id_}' is asked for, but purpose '{purpose.id}' doesn't keep '{field.category}'.",
                f"Add '{field.category}' to keeps, or don't ask for '{id_}'.",
            )


def _further(policy: Policy, purpose: Purpose) -> Iterator[Finding]:
    """A further purpose uses what other forms asked for, with a consent of its own."""
    if purpose.basis != CONSENT:
        yield _hole(
            purpose,
            "basis",
            f"Purpose '{purpose.id}' is a further purpose to '{', '.join(purpose.of)}' without consent.",
            'Write basis = "consent".',
        )
    if purpose.form:
        yield _hole(
            purpose,
            "form",
            "A further purpose can't have a form of its own.",
            "Remove the form, or the entry `of`.",
        )
    if not purpose.fields:
        yield _hole(
            purpose, "fields", f"Purpose '{purpose.id}' doesn't say which fields it uses.", "Name them."
        )
    for other in purpose.of:
        form = policy.purposes[other].form if other in policy.purposes else None
        asked = {one.field for one in form.fields} if form else set()
        if other in policy.purposes and not asked.intersection(purpose.fields):
            yield _hole(
                purpose,
                "of",
                f"The form of '{other}' asks for none of the fields that '{purpose.id}' uses.",
                f"Take '{other}' out of `of`, or ask for one of: {', '.join(purpose.fields)}.",
            )


def _form(policy: Policy, purpose: Purpose, form: Form) -> Iterator[Finding]:
    names = [one.field for one in form.fields]
    place = f"purpose.{purpose.id}.form"
    if not names:
        yield _hole(purpose, "form.fields", "This form asks for nothing.", "Name its fields.")
    if not is_id(form.path):
        yield _hole(purpose, "form.path", "This can't be a path.", "Use small letters, digits and - only.")
    yield from strangers(FILE, f"{place}.fields", "field", names, policy.fields)
    for name in sorted({one for one in names if names.count(one) > 1}):
        yield _hole(purpose, "form.fields", f"The field '{name}' stands here twice.", "Remove one.")
    yield from strangers(FILE, f"{place}.one_of", "field in this form", form.one_of, names)
    yield from strangers(FILE, f"{place}.way_out", "field in this form", form.way_out, names)
    required = {one.field for one in form.fields if one.required}
    for name in form.one_of:
        if name in required:
            yield _hole(
                purpose,
                "form.one_of",
                f"The field '{name}' is required anyway.",
                "Take it out of one_of, or write required = false.",
            )
    for name in form.way_out:
        if name in names and name not in required:
            yield _hole(
                purpose,
                "form.way_out",
                f"The field '{name}' is optional: nobody needs a way out.",
                "Remove its way out, or write required = true.",
            )
    for box in filter(None, (*form.way_out.values(), form.unless)):
        if not is_id(box) or box in policy.fields:
            yield _hole(purpose, "form", f"«{box}» can't be the name of a box to tick.", "Choose another.")
    if form.unless and not form.one_of:
        yield _hole(purpose, "form.unless", "There is nothing to choose from.", "Write one_of, or remove it.")
    emails = [name for name in names if name in policy.fields and policy.fields[name].kind == "email"]
    if emails and not form.warn_open_network and "open-network" in policy.promises:
        yield _hole(
            purpose,
            "form.warn_open_network",
            f"The form asks for '{emails[0]}' without the warning that 'open-network' promises.",
            "Write warn_open_network = true.",
        )
    if not any(purpose.id in role.opens for role in policy.roles.values()):
        yield Finding(
            "roles.toml",
            "role",
            f"Nobody may open what the form of '{purpose.id}' collects.",
            f"Add '{purpose.id}' to the `opens` of a role.",
        )
