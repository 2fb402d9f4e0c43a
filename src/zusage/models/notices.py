"""The published notices: every version that anybody could have seen."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class NoticeVersion(models.Model):
    """A notice as it was published, in all languages, under the hash of its content."""

    digest = models.CharField(primary_key=True, max_length=64)
    published_at = models.DateTimeField(default=timezone.now)
    document = models.JSONField()
