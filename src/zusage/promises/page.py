"""Reading a page of the portal as a browser does: its fields, its words, what it would load and from where."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from zusage.policy.types import Policy
from zusage.promises.look import CouldNotLook, Look

FIELDS = ("input", "textarea", "select")
LOADS = {
    "script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "video": "src", "audio": "src",
    "embed": "src", "object": "data", "form": "action", "track": "src", "input": "src",
}  # fmt: skip
"""Where a page says what a browser should fetch for it, or send to."""


@dataclass(slots=True)
class Input:
    """A field of a form. `sent_to`: where its form says it goes. `label`: what stands beside it."""

    name: str
    id: str
    kind: str
    required: bool
    checked: bool
    value: str
    sent_to: str = ""
    label: str = ""


@dataclass(slots=True)
class Page:
    """What a page holds. `loads`: the addresses it makes a browser ask or send to; `links`: where it leads."""

    inputs: list[Input] = field(default_factory=list)
    text: str = ""
    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def named(self, name: str) -> Input | None:
        """The field of that name."""
        return next((one for one in self.inputs if one.name == name), None)

    def hidden(self) -> dict[str, str]:
        """The hidden fields, which go back with the form."""
        return {one.name: one.value for one in self.inputs if one.kind == "hidden"}

    def says(self, words: str) -> bool:
        """Whether `words` stand on the page, however they are broken into lines."""
        return plain(words) in self.text


def read(source: str) -> Page:
    """A page from its HTML."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    for one in reader.page.inputs:
        one.label = plain(" ".join(reader.labels.get(one.id, [])))
    reader.page.text = plain(" ".join(reader.words))
    return reader.page


def plain(words: str) -> str:
    """Words with one space between them."""
    return " ".join(html.unescape(words).replace("\u00ad", "").split())


def asked(look: Look, path: str) -> Page:
    """The portal's page at `path`. Raises CouldNotLook where it doesn't answer with one."""
    answer = look.portal.get(path)
    if answer.status != 200:
        raise CouldNotLook(f"{path} answers {answer.status}")
    return read(answer.text)


def public_paths(policy: Policy, language: str) -> Iterator[str]:
    """The pages that anybody can see, in one language."""
    privacy = ("", "cookies/", "versions/", "promises/", "record/")
    for end in ("", "genuine/", "mailbox/", *(f"privacy/{one}" for one in privacy)):
        yield f"/{language}/{end}"
    if "rights" in policy.purposes:
        yield f"/{language}/privacy/rights/"
        yield f"/{language}/privacy/rights/?right=complaint&way=none"
    for purpose in policy.form_purposes():
        if purpose.form:
            yield f"/{language}/{purpose.form.path.strip('/')}/"


def foreign(address: str, own: str) -> bool:
    """Whether an address on a page leads to another host than `own`."""
    return urlsplit(address).netloc not in ("", own)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.words: list[str] = []
        self.labels: dict[str, list[str]] = {}
        self._label = ""
        self._sent_to = ""
        self._quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._sent_to = given.get("action", "")
        if tag in FIELDS and given.get("name"):
            kind = given.get("type", "text") if tag == "input" else tag
            self.page.inputs.append(
                Input(
                    given["name"], given.get("id", ""), kind, "required" in given, "checked" in given,
                    given.get("value", ""), self._sent_to,
                )
            )  # fmt: skip
        if given.get(LOADS.get(tag, "")) and given.get("rel") not in ("canonical", "alternate", "license"):
            self.page.loads.append(given[LOADS[tag]])
        if tag == "a" and given.get("href"):
            self.page.links.append(given["href"])
        if tag == "label":
            self._label = given.get("for", "")
        if tag in ("script", "style"):
            self._quiet += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._label = ""
        if tag in ("script", "style"):
            self._quiet -= 1

    def handle_data(self, data: str) -> None:
        if self._quiet:
            return
        self.words.append(data)
        if self._label:
            self.labels.setdefault(self._label, []).append(data)
