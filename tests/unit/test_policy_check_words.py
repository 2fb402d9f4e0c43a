"""Holes in the words are refused at their place, by language and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tenants import Hole, refused

HOLES: dict[str, Hole] = {
    "missing in French": (
        "fr.toml",
        'explanation = "Nous avons besoin de ces indications pour répondre à votre question et vous joindre."',
        "",
        "fr.toml: purpose.contact.explanation",
        "This text is missing in French. Write it in French, like the German «Wir brauchen diese Angaben",
    ),
    "missing in German": ("de.toml", 'title = "Kontakt"', "", "de.toml: purpose.contact.title", "in German."),
    "no sentence for a consent": (
        "it.toml",
        "[consent.callback]\nask",
        "[consent.callbak]\nask",
        "it.toml: consent.callback.ask",
        "missing in Italian",
    ),
    "stale": (
        "en.toml",
        "[purpose.contact]",
        '[purpose.old]\ntitle = "Old"\n[purpose.contact]',
        "en.toml: purpose.old.title",
        "Nobody reads this text.",
    ),
    "a hint in one language": (
        "en.toml",
        'label = "First name"',
        'label = "First name"\nhint = "As in your passport"',
        "de.toml: field.first_name.hint",
        "missing in German",
    ),
    "an empty text": (
        "en.toml",
        'title = "Contact"',
        'title = " "',
        "en.toml: purpose.contact.title",
        "empty",
    ),
    "a number for a text": (
        "en.toml",
        'title = "Contact"',
        "title = 7",
        "en.toml: purpose.contact.title",
        "not a text",
    ),
    "a hidden character": (
        "en.toml",
        'title = "Contact"',
        'title = "Con\\u202etact"',
        "en.toml: purpose.contact.title",
        "nobody can see",
    ),
    "a text twice": (
        "en.toml",
        "[purpose.contact]",
        '"purpose.contact.title" = "Again"\n[purpose.contact]',
        "en.toml: purpose.contact.title",
        "twice",
    ),
    "a placeholder for nothing": (
        "en.toml",
        'title = "Contact"',
        'title = "Contact {whom}"',
        "en.toml: purpose.contact.title",
        "Nothing can stand in for {whom}",
    ),
    "a brace on its own": (
        "en.toml",
        'title = "Contact"',
        'title = "Contact {"',
        "en.toml: purpose.contact.title",
        "a brace on its own",
    ),
    "a period without its figure": (
        "en.toml",
        "{period} after we receive it.",
        "For a while.",
        "en.toml: retention.contact.text",
        "doesn't say the declared period",
    ),
    "a figure of its own": (
        "en.toml",
        "{period} after we receive it.",
        "{period}, at most 60 days.",
        "en.toml: retention.contact.text",
        "a figure of its own",
    ),
    "a safeguard without words": (
        "recipients.toml",
        'role = "processor"\ncountry = "CH"',
        'role = "processor"\ncountry = "US"\nsafeguard = "Standardvertragsklauseln"',
        "fr.toml: recipient.hosting.safeguard",
        "missing in French",
    ),
    "a country without a name": (
        "recipients.toml",
        'role = "processor"\ncountry = "CH"',
        'role = "processor"\ncountry = "NO"',
        "it.toml: country.NO",
        "missing in Italian",
    ),
}


@pytest.mark.parametrize("name", HOLES)
def test_a_hole_is_refused_at_its_place(tmp_path: Path, name: str) -> None:
    refused(tmp_path, HOLES[name])
