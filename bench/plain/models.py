from __future__ import annotations

from django.db import models


class Payment(models.Model):
    """One row per submission, in plain columns."""

    name = models.CharField(max_length=100)
    case_references = models.TextField()
    date_of_birth = models.DateField()
    phone_day = models.CharField(max_length=40, blank=True)
    phone_evening = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    message = models.TextField(blank=True)
    monthly_instalment = models.DecimalField(max_digits=12, decimal_places=2)
    payment_day = models.PositiveSmallIntegerField()
    received_at = models.DateTimeField(auto_now_add=True)
