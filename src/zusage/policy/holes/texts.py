"""The words: each text there in each language, none that nobody reads, no figure that could contradict a fact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from zusage.policy import words
from zusage.policy.law import regimes
from zusage.policy.sections import SECTIONS
from zusage.policy.types import AUTHORITATIVE, LANGUAGES, Finding, Form, Language, Policy

NAMES: dict[Language, str] = {"de": "German", "fr": "French", "it": "Italian", "en": "English"}
FIGURE = re.compile(r"\d")


def texts(policy: Policy, own: Mapping[Language, Mapping[str, str]]) -> Iterator[Finding]:
    """Holes in the tenant's words `own`, as written."""
    needed = required(policy)
    hints = {f"field.{id_}.hint" for id_ in policy.fields}
    hints |= {"plan.cost_notice"} if policy.plans else set()  # anybody may say the costs, whatever the law
    needed |= {key for key in hints if any(key in own[language] for language in LANGUAGES)}
    house = words.house()
    for language in LANGUAGES:
        file = f"{language}.toml"
        for key in sorted(needed - set(own[language]) - set(house[language])):
            yield Finding(
                file,
                key,
                f"This text is missing in {NAMES[language]}.",
                f"Write it in {NAMES[language]}{_model(own, language, key)}.",
            )
        for key in own[language]:
            if key not in needed and key not in house[language]:
                yield Finding(file, key, "Nobody reads this text.", "Correct its key, or remove it.")
        yield from _periods(policy, own[language], file)


def required(policy: Policy) -> set[str]:
    """The keys of the texts that every language must have, the house's or the tenant's."""
    keys = {f"notice.{section}.{part}" for section in SECTIONS for part in ("title", "text")}
    keys |= {f"purpose.{id_}.{part}" for id_ in policy.purposes for part in ("title", "explanation")}
    keys |= {f"purpose.{one.id}.automated" for one in policy.purposes.values() if one.automated}
    keys |= {f"recipient.{id_}.{part}" for id_ in policy.recipients for part in ("name", "task")}
    keys |= {f"recipient.{one.id}.safeguard" for one in policy.recipients.values() if one.safeguard}
    keys |= {f"country.{policy.controller.country}", f"supervisor.{policy.controller.supervisor}"}
    keys |= {f"country.{one.country}" for one in policy.recipients.values()}
    keys |= {f"retention.{id_}.text" for id_ in policy.retentions}
    keys |= {f"basis.{id_}.text" for id_ in policy.bases}
    keys |= {f"category.{id_}.name" for id_ in policy.categories}
    keys |= {f"persons.{id_}.name" for id_ in policy.persons}
    keys |= {f"field.{id_}.label" for id_ in policy.fields}
    keys |= {f"cookie.{id_}.purpose" for id_ in policy.cookies}
    keys |= {f"cookie.{one.id}.refused" for one in policy.cookies.values() if not one.necessary}
    keys |= {f"notice.cookies.{one}" for one in ("consent", "refusal") if policy.topics}
    keys |= {f"topic.{id_}.name" for id_ in policy.topics}
    keys |= {f"measure.{id_}.text" for id_ in policy.measures}
    keys |= {f"promise.{id_}.{part}" for id_ in policy.promises for part in ("text", "how")}
    keys |= {f"role.{id_}.name" for id_ in policy.roles}
    known = [regimes()[name] for name in policy.regimes if name in regimes()]
    keys |= {"plan.cost_notice"} if policy.plans and any(one.cost_notice for one in known) else set()
    keys |= {f"consent.{one.id}.ask" for one in policy.purposes.values() if one.basis == "consent"}
    for purpose in policy.purposes.values():
        keys |= _form(purpose.form) if purpose.form else set()
    return keys


def _form(form: Form) -> set[str]:
    keys = {f"group.{one.group}" for one in form.fields}
    keys |= {f"choice.{box}.label" for box in (*form.way_out.values(), form.unless) if box}
    return keys | ({"warning.open-network"} if form.warn_open_network else set())


def _periods(policy: Policy, own: Mapping[str, str], file: str) -> Iterator[Finding]:
    """A period's text must say the declared period, and no other figure."""
    for id_ in policy.retentions:
        key = f"retention.{id_}.text"
        text = own.get(key, "{period}")
        if "{period}" not in text:
            yield Finding(
                file, key, "This text doesn't say the declared period.", "Put {period} where it belongs."
            )
        elif FIGURE.search(words.PLACEHOLDER.sub("", text)):
            yield Finding(
                file,
                key,
                "This text says a figure of its own, which could contradict the declared period.",
                "Leave the figure to {period}.",
            )


def _model(own: Mapping[Language, Mapping[str, str]], language: Language, key: str) -> str:
    """The authoritative text, as a model for the missing one."""
    model = own[AUTHORITATIVE].get(key)
    return f", like the German «{model[:80]}»" if model and language != AUTHORITATIVE else ""
