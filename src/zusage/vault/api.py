"""What the other rooms use of the vault: ``from zusage.vault import api as vault``."""

from zusage.protocol.outbox import Actor
from zusage.vault.cipher import Damaged, keyed_hash
from zusage.vault.door import (
    Blocks,
    Opened,
    Refused,
    erased_purposes,
    may,
    open,
    open_many,
    rows_and_blocks,
    shut,
)
from zusage.vault.index import digest, entry, find, key_digest, keyed_id, match_keys
from zusage.vault.keys import Keyring, NoKey, make, root_key
from zusage.vault.sealed import RowSealer, Sealed, SealedField, Undeclared, seal
from zusage.vault.shred import ALL, Part, bury, clear, cleared, erased, finish, replay, shred

__all__ = [
    "ALL",
    "Actor",
    "Blocks",
    "Damaged",
    "Keyring",
    "NoKey",
    "Opened",
    "Part",
    "Refused",
    "RowSealer",
    "Sealed",
    "SealedField",
    "Undeclared",
    "bury",
    "clear",
    "cleared",
    "digest",
    "entry",
    "erased",
    "erased_purposes",
    "find",
    "finish",
    "key_digest",
    "keyed_hash",
    "keyed_id",
    "make",
    "match_keys",
    "may",
    "open",
    "open_many",
    "replay",
    "root_key",
    "rows_and_blocks",
    "seal",
    "shred",
    "shut",
]
