"""The reference tenant's words: whole, Swiss, plain, and in the language they say they are in."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.tenants import REFERENCE, loaded
from zusage.policy.holes.texts import required
from zusage.policy.types import LANGUAGES
from zusage.policy.words import FILES, HOUSE

# B1: short sentences. The longest one may have so many words.
LONGEST_SENTENCE = 30
# Words that only one of the languages has: a text with one of another language's is in the wrong file.
GIVEAWAYS = {
    "de": "und nicht wir Ihre",
    "fr": "nous votre vous avec",
    "it": "della che Suoi con",
    "en": "the your with we",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there(language: str) -> None:
    policy = loaded(REFERENCE)
    assert required(policy) <= set(policy.words[language])


def test_every_language_has_the_same_keys() -> None:
    words = loaded(REFERENCE).words
    for language in LANGUAGES:
        assert set(words[language]) == set(words["de"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_placeholder_is_left(language: str) -> None:
    left = {
        key: text for key, text in loaded(REFERENCE).words[language].items() if "{" in text or "}" in text
    }
    assert left == {}


def test_german_is_swiss() -> None:
    german = "\n".join(loaded(REFERENCE).words["de"].values())
    assert "ß" not in german
    assert "„" not in german
    assert "“" not in german


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(language: str) -> None:
    for key, text in loaded(REFERENCE).words[language].items():
        for sentence in re.split(r"[.:;?!] ", text):
            assert len(sentence.split()) <= LONGEST_SENTENCE, f"{language}: {key}: {sentence}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_is_in_its_language(language: str) -> None:
    others = {word for other in LANGUAGES if other != language for word in GIVEAWAYS[other].split()}
    for key, text in loaded(REFERENCE).words[language].items():
        assert not others & set(re.findall(r"\w+", text)), f"{language}: {key}: {text}"


def test_no_sentence_is_left_untranslated() -> None:
    words = loaded(REFERENCE).words
    for key in words["de"]:
        texts = [words[language][key] for language in LANGUAGES]
        if len(texts[0].split()) > 3:
            assert len(set(texts)) == len(LANGUAGES), key


def test_the_texts_of_the_house_have_the_same_keys() -> None:
    found = [tomllib.loads((HOUSE / name).read_text(encoding="utf-8")) for name in FILES]
    shapes = [{(table, key) for table, inner in one.items() for key in _keys(inner)} for one in found]
    assert all(shape == shapes[0] for shape in shapes)


def _keys(table: dict[str, object], before: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in table.items():
        found |= _keys(value, f"{before}{key}.") if isinstance(value, dict) else {before + key}
    return found


def test_labels_of_the_house_are_all_read() -> None:
    """A word that no code asks for is a word that nobody keeps right."""
    package = HOUSE.parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    labels = tomllib.loads((HOUSE / "de.toml").read_text(encoding="utf-8"))["notice"]["label"]
    unread = [label for label in labels if not re.search(f"['\"]{label}['\"]", code)]
    assert unread == []
