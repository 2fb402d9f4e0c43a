"""A new key-encryption key: every key of the vault is wrapped by it, and each backup's journal sealed by it."""

from __future__ import annotations

from collections.abc import Callable

from zusage.actions.base import action
from zusage.actions.staff import OPERATOR
from zusage.backup import places
from zusage.protocol.outbox import Deed, record
from zusage.vault import keys


def rotate(progress: Callable[[int], None]) -> tuple[int, dict[str, places.State]]:
    """Wrap what an older key wraps by the newest; how many keys that were, and how it went with each backup's journal.

    Killed in the middle, it goes on where it was. Raises vault.Damaged where a key that wrapped one isn't here.
    """
    done = 0
    for number in keys.rewrap():
        done += number
        progress(number)
    states = places.reseal()
    if done:
        _tell()
    return done, states


@action
def _tell() -> None:
    record(OPERATOR, [Deed("rotate-keys")])
