"""What browsers are told with each page, and that no page takes anything from elsewhere."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from zusage.policy.types import LANGUAGES
from zusage.promises.look import CouldNotLook, Look, marks_in
from zusage.promises.plant import LANGUAGE
from zusage.promises.types import Evidence, judged, probe

WANTED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""What every page says. Files that never change may be kept."""
CLOSED = ("default-src", "base-uri", "frame-ancestors")
"""Directives that allow nothing at all."""
HARMLESS = ("'none'", "'self'")
LEAST_HSTS = 31_536_000
LOADS = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "frame": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "audio": ("src",),
    "video": ("src", "poster"),
    "track": ("src",),
    "form": ("action",),
    "button": ("formaction",),
    "input": ("src", "formaction"),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
    "base": ("href",),
}
"""What makes a browser fetch or send something. A link that somebody may follow is none of it."""
STYLED = re.compile(r"(?:url\(|@import)\s*['\"]?\s*((?:https?:)?//[^'\")\s]+)", re.IGNORECASE)


@probe(quick=True)
def headers(look: Look) -> Iterator[Evidence]:
    """Every kind of page, errors too, forbids foreign and inline sources, framing, guessing of types, and copies."""
    pages = _pages(look)
    faults = []
    for path in pages:
        answer = look.page(path)
        faults += [f"{path}: {fault}" for fault in _faults(answer.headers)]
    yield judged("what pages tell browsers", len(pages), faults)
    asked = RequestFactory().get("/", secure=True, headers={"host": _host()})
    said = _over_https(asked.environ)
    found = re.search(r"max-age=(\d+)", said)
    seconds = int(found.group(1)) if found else 0
    yield judged(
        "behind https",
        1,
        [] if seconds >= LEAST_HSTS else [f"browsers are told to keep to it for {seconds} seconds"],
    )


@probe(quick=True)
def nothing_foreign(look: Look) -> Iterator[Evidence]:
    """No page refers to another host, and none has a script within; nor has any template or style of the house."""
    pages = _pages(look)
    faults = []
    for path in pages:
        faults += [f"{path} {fault}" for fault in _foreign(look.page(path).text)]
    yield judged("pages", len(pages), faults)
    files = list(_files())
    yield judged(
        "templates, scripts and styles",
        len(files),
        (
            f"{file.name} {fault}"
            for file in files
            for fault in _foreign(file.read_text(encoding="utf-8"), file.suffix)
        ),
    )


@probe(quick=False)
def in_the_mailbox(look: Look) -> Iterator[Evidence]:
    """The pages behind the mailbox's door, opened with the receipt of somebody planted, say and load no more."""
    person = look.person
    door = f"/{LANGUAGE}/mailbox/"
    entered = look.portal.post(door, {"receipt": person.receipt})
    cookie = "; ".join(one.partition(";")[0] for one in entered.cookies.values())
    answers = {
        path: look.portal.get(path, {"Cookie": cookie}) for path in (f"{door}letters/", f"{door}rights/")
    }
    if any(one.status != 200 for one in answers.values()) or not marks_in(
        html.unescape(answers[f"{door}letters/"].text), person.marks
    ):
        raise CouldNotLook("the receipt of somebody planted opens no mailbox")
    faults = [f"{path}: {fault}" for path, one in answers.items() for fault in _faults(one.headers)]
    faults += [f"{path} {fault}" for path, one in answers.items() for fault in _foreign(one.text)]
    yield judged("pages of the mailbox", len(answers), faults)


def _pages(look: Look) -> list[str]:
    """One address of each kind: public, forms, the doors of mailbox and office, what isn't there."""
    forms = [one.form.path.strip("/") for one in look.policy.form_purposes() if one.form]
    kinds = [
        "",
        "genuine/",
        "privacy/",
        "privacy/record/",
        "privacy/versions/",
        "mailbox/",
        "mailbox/letters/",
        "nothing/there/",
    ]
    first, *others = LANGUAGES
    return [
        *(f"/{first}/{one}" for one in (*kinds, *(f"{form}/" for form in forms))),
        *(f"/{one}/" for one in others),
        "/office/login/",
        "/office/",
        "/nothing-there",
    ]


def _faults(given: Mapping[str, str]) -> Iterator[str]:
    for name, wanted in WANTED.items():
        if wanted not in given.get(name, "").split(", "):
            yield f"{name} isn't {wanted}"
    said: dict[str, list[str]] = {}
    for part in given.get("content-security-policy", "").split(";"):
        directive, _, allowed = part.strip().partition(" ")
        said[directive] = allowed.split()
    for directive in CLOSED:
        if said.get(directive) != ["'none'"]:
            yield f"{directive} isn't closed"
    for directive, sources in said.items():
        strange = [one for one in sources if one not in HARMLESS]
        if strange:
            yield f"{directive} allows {strange[0]}"


def _foreign(text: str, kind: str = ".html") -> Iterator[str]:
    if kind != ".js":
        yield from (f"takes something from {_name(url)}" for url in STYLED.findall(text))
    if kind == ".html":
        reader = _Reader()
        reader.feed(text)
        yield from reader.faults
    elif kind == ".js":
        yield from (
            f"speaks to {_name(url)}" for url in re.findall(r"['\"`]((?:https?:)?//[\w.-]+\.\w+)", text)
        )


def _name(url: str) -> str:
    return urlsplit(url).hostname or "elsewhere"


class _Reader(HTMLParser):
    """Collects what a page would make a browser load or run. Words of templates are no addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in LOADS.get(tag, ()):
            for one in given.get(name, "").split(","):
                if re.match(r"\s*(?:[a-z]+:)?//", one, re.IGNORECASE) or re.match(
                    r"\s*javascript:", one, re.IGNORECASE
                ):
                    self.faults.append(f"has <{tag}> from {_name(one.strip())}")
        if tag == "script" and "src" not in given and given.get("type", "") not in ("application/json",):
            self.faults.append("has a script within")
        if "style" in given or any(value and re.fullmatch(r"on[a-z]{4,}", name) for name, value in attrs):
            self.faults.append(f"has a style or a script at <{tag}>")
        if (
            tag == "meta"
            and given.get("http-equiv", "").lower() == "refresh"
            and "//" in given.get("content", "")
        ):
            self.faults.append("leads elsewhere by itself")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)


def _files() -> Iterator[Path]:
    web = Path(apps.get_app_config("zusage").path) / "web"
    for kind in ("templates/**/*.html", "static/**/*.css", "static/**/*.js"):
        yield from sorted(web.glob(kind))


def _over_https(environ: Mapping[str, Any]) -> str:
    """What this code says of https to who comes by it: without a server, for a certificate isn't ours to show."""
    said: list[str] = []

    def start(status: str, given: list[tuple[str, str]], info: Any = None) -> Any:
        said.extend(value for name, value in given if name.lower() == "strict-transport-security")

    body = WSGIHandler()(dict(environ), start)
    body.close()
    if not said and settings.SECURE_HSTS_SECONDS is None:
        raise CouldNotLook("the code answers nothing over https")
    return said[0] if said else ""


def _host() -> str:
    return next((one for one in settings.ALLOWED_HOSTS if one != "*"), "localhost").lstrip(".")
