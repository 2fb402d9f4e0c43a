"""data.toml: bases without an article, periods without a ground, fields that nobody collects."""

from __future__ import annotations

from collections.abc import Iterator

from zusage.policy.holes.said import strangers, unused
from zusage.policy.types import Finding, Policy

FILE = "data.toml"
SENSITIVE = ("identity-proof", "budget")
"""Categories that could hurt somebody: the notice and the record mark them."""


def data(policy: Policy) -> Iterator[Finding]:
    """Holes in bases, periods, categories of data and of persons, and fields."""
    yield from _bases(policy)
    yield from _retentions(policy)
    yield from _categories(policy)
    for field in policy.fields.values():
        yield from strangers(
            FILE, f"field.{field.id}.category", "category", [field.category], policy.categories
        )
    asked = {one.field for purpose in policy.purposes.values() if purpose.form for one in purpose.form.fields}
    asked |= {field for purpose in policy.purposes.values() for field in purpose.fields}
    yield from unused(FILE, "field", policy.fields, asked, "Nobody collects this field.")


def _bases(policy: Policy) -> Iterator[Finding]:
    for basis in policy.bases.values():
        place = f"basis.{basis.id}.articles"
        yield from strangers(FILE, place, "regime", basis.articles, policy.regimes)
        for regime in policy.regimes:
            if regime not in basis.articles:
                yield Finding(
                    FILE,
                    place,
                    f"The article for the regime «{regime}» is missing.",
                    f'Write {regime} = "…".',
                )
    used = {purpose.basis for purpose in policy.purposes.values()}
    yield from unused(FILE, "basis", policy.bases, used, "No purpose rests on this basis.")


def _retentions(policy: Policy) -> Iterator[Finding]:
    for retention in policy.retentions.values():
        if not retention.ground.strip():
            yield Finding(
                FILE,
                f"retention.{retention.id}.ground",
                "This period has no ground.",
                "Name the law, or why the data is needed that long.",
            )
    used = {purpose.retention for purpose in policy.purposes.values()}
    used |= {period for purpose in policy.purposes.values() for period in purpose.periods.values()}
    used |= {purpose.blocked_after for purpose in policy.purposes.values()}
    yield from unused(FILE, "retention", policy.retentions, used, "No purpose keeps data for this period.")
    for purpose in policy.purposes.values():
        period = policy.retentions.get(purpose.retention)
        if (
            purpose.source == "connection"
            and period
            and period.unit == "minutes"
            and period.length != policy.limits.window_minutes
        ):
            yield Finding(
                FILE,
                f"retention.{period.id}.length",
                f"The notice would say {period.length} minutes, but addresses are held for "
                f"{policy.limits.window_minutes}.",
                "Make it equal to limits.window_minutes in tenant.toml.",
            )


def _categories(policy: Policy) -> Iterator[Finding]:
    kept = {category for purpose in policy.purposes.values() for category in purpose.keeps}
    yield from unused(FILE, "category", policy.categories, kept, "No purpose keeps this category.")
    for name in SENSITIVE:
        if name in policy.categories and not policy.categories[name].sensitive:
            yield Finding(
                FILE,
                f"category.{name}.sensitive",
                "This is sensitive, and not marked so.",
                "Write sensitive = true.",
            )
    named = {persons for purpose in policy.purposes.values() for persons in purpose.persons}
    yield from unused(FILE, "persons", policy.persons, named, "No purpose is about these persons.")
