"""The two kinds of people: subjects, of whom the tables know an id, and staff."""

from __future__ import annotations

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone


class Subject(models.Model):
    """Betroffene Person: an id that everything about them hangs on, and nothing else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now)


class Staff(AbstractBaseUser):
    """Somebody who works at the agency. The role decides, through the policy, which purposes they may open."""

    ROLES = [("clerk", "clerk"), ("officer", "officer"), ("administrator", "administrator")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(max_length=60, unique=True)
    role = models.CharField(max_length=13, choices=ROLES)
    language = models.CharField(max_length=2, default="de")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["role"]
    objects = BaseUserManager()

    def __str__(self) -> str:
        return self.username
