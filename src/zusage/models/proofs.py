"""What the probes found: the newest of each, and a line for each day, signed and chained."""

from __future__ import annotations

from django.db import models


class ProbePerson(models.Model):
    """Somebody whom the prover plants, from before they are there until they are gone: a killed run leaves a trace."""

    submission_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()


class Finding(models.Model):
    """The newest that a probe found for a promise: `state` since `since`; `evidence` as the prover gives it.

    After `good_until` nobody has looked for too long, and what was found then says nothing of now.
    """

    STATES = [("kept", "kept"), ("broken", "broken"), ("unknown", "unknown")]

    promise = models.CharField(max_length=60)
    probe = models.CharField(max_length=200)
    state = models.CharField(max_length=7, choices=STATES)
    since = models.DateTimeField()
    at = models.DateTimeField()
    good_until = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    evidence = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["promise", "probe"], name="finding_once")]


class ProofDay(models.Model):
    """How each promise stood on a day, at its worst: `results` is promise -> state.

    `digest` is the hash of the day, its results and the digest before it; `signature` signs it. The running day has
    neither until it is over.
    """

    day = models.DateField(primary_key=True)
    results = models.JSONField()
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    signature = models.CharField(max_length=128, blank=True)
