"""Why a backup isn't made or restored. Each says in plain words what to do; commands show them as they are."""

from __future__ import annotations


class BackupProblem(Exception):
    """Something is in the way of a backup or a restore."""


class Broken(BackupProblem):
    """Truncated, altered, mixed up with another backup, or not ours: nothing of it may be used."""


class Declined(BackupProblem):
    """It could be done, and shouldn't without the operator's express word. The message names the option for it."""


class CannotRun(BackupProblem):
    """A key, a folder or a file is missing."""
