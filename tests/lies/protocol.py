"""Lies about who did what: told by plain SQL in the protocol's store."""

from __future__ import annotations

from tests.lies import lie
from tests.lies.scene import Scene

OTHERS = ("contact-form", "transfer-safeguards")


@lie("measures", stays=OTHERS)
def an_entry_says_something_else(scene: Scene) -> None:
    changed = "UPDATE protocol_entry SET record_type = 'nothing' WHERE position = 2"
    assert scene.sql(changed, store="protocol") == 1


@lie("measures", stays=OTHERS)
def an_entry_is_gone(scene: Scene) -> None:
    assert scene.sql("DELETE FROM protocol_entry WHERE position = 3", store="protocol") == 1


@lie("measures", stays=OTHERS)
def the_tail_is_cut_off(scene: Scene) -> None:
    """The newest entries, with their seal: what is left is whole in itself."""
    last = "SELECT max(number) FROM protocol_seal"
    scene.sql(
        f"DELETE FROM protocol_entry WHERE position >= (SELECT first FROM protocol_seal WHERE number = ({last}))",
        store="protocol",
    )
    assert scene.sql(f"DELETE FROM protocol_seal WHERE number = ({last})", store="protocol") == 1


@lie("measures", stays=OTHERS)
def a_seal_is_changed(scene: Scene) -> None:
    assert scene.sql("UPDATE protocol_seal SET last = last + 1 WHERE number = 1", store="protocol") == 1


@lie("measures", stays=OTHERS)
def two_entries_change_places(scene: Scene) -> None:
    for before, after in ((2, -1), (3, 2), (-1, 3)):
        moved = "UPDATE protocol_entry SET position = %s WHERE position = %s"
        assert scene.sql(moved, after, before, store="protocol") == 1
