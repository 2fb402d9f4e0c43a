"""Template tags of the office's frame."""

from __future__ import annotations

from django import template

from zusage.queries import rights

register = template.Library()


@register.simple_tag
def rights_waiting() -> dict[str, int]:
    """How many rights requests wait (``all``), and how many of them are overdue (``late``)."""
    every, late = rights.waiting()
    return {"all": every, "late": late}
