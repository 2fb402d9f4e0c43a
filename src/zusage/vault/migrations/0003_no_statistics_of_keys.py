from __future__ import annotations

from typing import Any

from django.db import migrations


def keep_none(apps: Any, schema_editor: Any) -> None:
    """PostgreSQL's planner keeps some values of each column apart, where no deletion reaches them: not of keys.

    Setting the type anew drops what it kept so far.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE vault_datakey ALTER COLUMN wrapped TYPE bytea")
        schema_editor.execute("ALTER TABLE vault_datakey ALTER COLUMN wrapped SET STATISTICS 0")


class Migration(migrations.Migration):
    dependencies = [("vault", "0002_rights")]

    operations = [
        migrations.RunPython(keep_none, migrations.RunPython.noop, hints={"model_name": "datakey"}),
    ]
