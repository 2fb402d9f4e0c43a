"""The words of the screens: the same in all languages, all used, in plain Swiss spelling."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from zusage.policy.types import LANGUAGES
from zusage.rules.camt import shapes as camt
from zusage.rules.problems import CODES
from zusage.web import errors, words

WEB = Path(words.__file__).parent
# Keys that code puts together out of parts; each pattern with where the parts come from.
PUT_TOGETHER = (
    r"proof\.(not_all|some_unknown|ago\.(minute|hour|day))_(one|many)",
    r"problem\.[a-z-]+",  # rules.problems.CODES and forms.py
    r"error\.[a-z-]+\.(title|text)",  # problem_page(…, name)
    r"home\.[a-z_]+\.(title|help)",  # public/screens.py
    r"form\.elsewhere_[a-z]+",  # public/screens.py
    r"form\.about_[a-z]+(_message)?",  # public/screens.py ABOUT
    r"conflict\.[a-z-]+",  # actions.base.Conflict, said by the office
    r"office\..*",  # the office's own tests
    r"rights\.[a-z-]+\.(name|title|help|message|button)",  # policy.law.RIGHTS
    r"rights\.state_[a-z]+",  # mailbox/rights.py
    r"genuine\.(found\.[a-z_]+\.(title|text)|kind_[a-z_]+|forged_report_[a-z]+)",  # public/genuine.py
    r"plan\.((state|text|line|progress|how|alt|sentence)_[a-z_]+|ends_on)",  # plans.py, mailbox/plans.py
    r"plan_help\.line_[a-z_]+",  # public/instalments.py
    r"camt\.[a-z-]+",  # rules.camt.shapes.CODES
)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def sources() -> str:
    files = [*WEB.rglob("*.html"), *WEB.rglob("*.py")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_says_the_same_with_the_same_placeholders(language):
    german, other = words.words("de"), words.words(language)
    assert set(other) == set(german)
    assert {key: placeholders(text) for key, text in other.items()} == {
        key: placeholders(text) for key, text in german.items()
    }


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_problem_of_the_rules_has_words(language, code):
    assert words.words(language)[f"problem.{code}"]


def test_each_mistake_in_a_banks_file_has_words():
    assert {key for key in words.words("de") if key.startswith("camt.")} == {
        f"camt.{one}" for one in camt.CODES
    }


def test_a_text_that_is_missing_is_never_passed_over():
    with pytest.raises(KeyError):
        words.say("de", "form.nothing-like-that")
    with pytest.raises(KeyError):
        words.say("de", "form.summary", count=3)


def test_each_key_in_a_template_exists():
    templates = "".join(file.read_text(encoding="utf-8") for file in WEB.rglob("*.html"))
    asked = set(re.findall(r"{%\s*word\s+[\"']([^\"']+)[\"']", templates))
    assert len(asked) > 100
    assert asked - set(words.words("de")) == set()


def test_each_error_page_has_its_words():
    named = set(re.findall(r"problem_page\(\s*request,\s*\d+,\s*\"([a-z-]+)\"", sources()))
    assert {"not-found", "server", "too-large", "already-sent"} <= named
    assert {f"error.{name}.{part}" for name in named for part in ("title", "text")} <= set(words.words("de"))
    assert errors.problem_page.__doc__


def test_no_key_is_there_that_nobody_uses():
    text = sources()
    quoted = set(re.findall(r"[\"']([a-z_]+(?:\.[a-zA-Z0-9_-]+)+)[\"']", text))
    unused = [
        key
        for key in words.words("de")
        if key not in quoted and not any(re.fullmatch(pattern, key) for pattern in PUT_TOGETHER)
    ]
    assert not unused, unused


def test_every_error_and_problem_is_one_that_occurs():
    text = sources()
    for key in words.words("de"):
        room, _, rest = key.partition(".")
        if room == "error" and "." in rest:
            assert f'"{rest.partition(".")[0]}"' in text, key
        if room == "problem" and rest not in CODES:
            assert f'"problem.{rest}"' in text, key


def test_german_is_spelt_as_in_switzerland():
    assert [key for key, text in words.words("de").items() if "ß" in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_tidy(language):
    for key, text in words.words(language).items():
        assert text == text.strip() and "  " not in text and '"' not in text, key
        assert len(re.findall(r"\S+", text)) <= 70, f"{key} is long for somebody in a hurry"
