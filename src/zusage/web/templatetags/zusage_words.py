"""Template tags: words of the screens, words of the policy, dates in full, and what the frame of each page needs.

Each tag takes the language from the context variable `language`, else from the request, else German.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.template.context import Context
from django.utils import dateformat, timezone, translation
from django.utils.safestring import SafeString

from zusage import processing, tenant
from zusage.models import RIGHTS
from zusage.policy.types import AUTHORITATIVE, LANGUAGES, Controller, Policy
from zusage.rules import phones
from zusage.web import icons
from zusage.web.words import say

register = template.Library()

NAMES = {"de": "Deutsch", "fr": "Français", "it": "Italiano", "en": "English"}


def language_of(context: Context) -> str:
    """The language that the page is in."""
    language = context.get("language") or getattr(context.get("request"), "language", None)
    return str(language) if language in LANGUAGES else AUTHORITATIVE


@register.simple_tag(takes_context=True)
def word(context: Context, key: str, **params: object) -> str:
    """``{% word "form.send" %}``, ``{% word "letters.count" n=3 %}``."""
    return say(language_of(context), key, **params)


@register.simple_tag(takes_context=True)
def policy_text(context: Context, *parts: str) -> str:
    """``{% policy_text "purpose.enquiry.title" %}``, or in pieces: ``"purpose." purpose.id ".title"``."""
    return tenant.policy().text(language_of(context), "".join(parts))


@register.simple_tag(takes_context=True)
def policy_text_or_nothing(context: Context, *parts: str) -> str:
    """As `policy_text`, for words that a policy may leave out (hints)."""
    return tenant.policy().words[language_of(context)].get("".join(parts), "")  # type: ignore[index]


@register.simple_tag
def tenant_policy() -> Policy:
    """The policy itself, for what a page counts or lists."""
    return tenant.policy()


@register.simple_tag
def controller() -> Controller:
    """The agency: name, address, contacts."""
    return tenant.policy().controller


@register.simple_tag(takes_context=True)
def page_language(context: Context) -> str:
    """The language of the page, for the ``lang`` attribute."""
    return language_of(context)


@register.simple_tag(takes_context=True)
def room(context: Context, path: str = "") -> str:
    """The address of a public page in the page's language: ``{% room "mailbox/" %}`` gives ``/de/mailbox/``."""
    return f"/{language_of(context)}/{path}"


RIGHTS_PAGE = "privacy/rights/"
PROMISE_PAGES = {
    "public-record": "privacy/record/",
    **dict.fromkeys(
        (
            "access",
            "rectification",
            "blocking",
            "deletion",
            "objection",
            "withdrawal",
            "questions-complaints",
        ),
        RIGHTS_PAGE,
    ),
}
"""Promises that have a page where they are kept -> its path."""


@register.simple_tag(takes_context=True)
def promise_page(context: Context, promise: str) -> str:
    """The address of the page where a promise is kept; nothing where there is none."""
    path = PROMISE_PAGES.get(promise, "")
    there = path != RIGHTS_PAGE or processing.listed(RIGHTS)
    return room(context, path) if path and there else ""


@register.simple_tag(takes_context=True)
def promise_mark(context: Context, promise: str) -> dict[str, str] | None:
    """Whether a promise is kept and when somebody last looked: ``state word proved``; None on a page without marks."""
    return (context.get("marks") or {}).get(promise)


@register.simple_tag(takes_context=True)
def contact_path(context: Context) -> str:
    """The address of the form to write to us with: contact, else this agency's first; nothing without forms."""
    forms = {purpose.id: purpose.form.path for purpose in tenant.policy().form_purposes() if purpose.form}
    path = forms.get("contact") or next(iter(forms.values()), "")
    return f"/{language_of(context)}/{path.strip('/')}/" if path else ""


@register.simple_tag(takes_context=True)
def other_languages(context: Context) -> list[dict[str, Any]]:
    """The four languages with the address of this same page in each: ``code name url current``."""
    request = context.get("request")
    here = language_of(context)
    rest, query = "", ""
    if request is not None:
        first, _, after = request.path.lstrip("/").partition("/")
        if first in LANGUAGES:
            rest = after
            # Only what reading a page takes (two versions to compare); nothing that was typed is in an address.
            query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    return [
        {"code": code, "name": NAMES[code], "url": f"/{code}/{rest}{query}", "current": code == here}
        for code in LANGUAGES
    ]


@register.simple_tag
def icon(name: str, small: bool = False) -> SafeString:
    """``{% icon "letter" %}``: one of `zusage.web.icons`."""
    return icons.icon(name, small=small)


@register.simple_tag(takes_context=True)
def full_date(context: Context, value: date | datetime | None) -> str:
    """A date in full, as the language writes it: «23. November 2026», "23 November 2026"."""
    return _dated(language_of(context), value, "date.full")


@register.simple_tag(takes_context=True)
def full_moment(context: Context, value: datetime | None) -> str:
    """Date and time of day, in the site's time zone."""
    return _dated(language_of(context), value, "date.moment")


@register.filter
def phone_shown(number: str) -> str:
    """``+41441234567`` as people write it."""
    return phones.shown(number)


def _dated(language: str, value: date | datetime | None, pattern: str) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    with translation.override(language):
        return dateformat.format(value, say(language, pattern))
