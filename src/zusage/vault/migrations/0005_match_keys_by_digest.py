from __future__ import annotations

from typing import Any

from django.db import migrations

MAKE = """
CREATE TABLE vault_matchkey_new (
    digest BLOB NOT NULL, subject_id char(32) NOT NULL, purpose varchar(60) NOT NULL, name varchar(20) NOT NULL
);
INSERT INTO vault_matchkey_new SELECT digest, subject_id, purpose, name FROM vault_matchkey ORDER BY rowid;
DROP TABLE vault_matchkey;
ALTER TABLE vault_matchkey_new RENAME TO vault_matchkey;
CREATE INDEX vault_matchkey_digest ON vault_matchkey (digest);
CREATE INDEX vault_matchkey_subject_id ON vault_matchkey (subject_id);
"""
BACK = """
CREATE TABLE vault_matchkey_old (
    digest BLOB NOT NULL, subject_id char(32) NOT NULL, purpose varchar(60) NOT NULL, name varchar(20) NOT NULL,
    PRIMARY KEY (digest, subject_id)
);
INSERT INTO vault_matchkey_old SELECT digest, subject_id, purpose, name FROM vault_matchkey ORDER BY rowid;
DROP TABLE vault_matchkey;
ALTER TABLE vault_matchkey_old RENAME TO vault_matchkey;
CREATE INDEX vault_matchkey_subject_id ON vault_matchkey (subject_id);
"""


def remade(statements: str) -> Any:
    """Run them on SQLite; PostgreSQL's tree of the key is small enough, and stays."""

    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "sqlite":
            for one in filter(str.strip, statements.split(";")):
                schema_editor.execute(one)

    return run


class Migration(migrations.Migration):
    """On SQLite match keys are found by their digest alone: the tree that each one goes into at random is a third as large.

    See `docs/decisions/0035-where-rows-lie.md`.
    """

    dependencies = [("vault", "0004_matching")]

    operations = [
        migrations.RunPython(remade(MAKE), remade(BACK), hints={"model_name": "matchkey"}),
    ]
