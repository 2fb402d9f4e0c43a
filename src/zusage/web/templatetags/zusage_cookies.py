"""Template tag: the line that tells of the cookie for topics, as long as nobody has chosen."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from zusage.web import interests
from zusage.web.templatetags.zusage_words import language_of

register = template.Library()


@register.inclusion_tag("parts/cookie_line.html", takes_context=True)
def cookie_line(context: Context, new_window: bool = False) -> dict[str, Any]:
    """``{% cookie_line %}``: where the law is content with information and a way to refuse (FMG 45c).

    `new_window`: the answer opens beside the page, where something may have been typed.
    """
    request = context.get("request")
    shown = request is not None and not interests.consent_first() and interests.undecided(request)
    return {"shown": shown, "language": language_of(context), "new_window": new_window}
