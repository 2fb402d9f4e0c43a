from __future__ import annotations

from django.apps import AppConfig


class ZusageConfig(AppConfig):
    """The house itself: subjects, submissions, messages, cases, staff."""

    name = "zusage"
    label = "zusage"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zusage import checks  # noqa: F401  (registers the checks that stop a start with a hole in it)
