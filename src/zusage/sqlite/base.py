"""With an untrusted schema SQLite refuses functions in it, and Django puts JSON_VALID() into each JSON column's check.

So this backend leaves that one check out: what we write into such a column is made by `json.dumps` anyway.
"""

from __future__ import annotations

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.features import DatabaseFeatures as Features


class DatabaseFeatures(Features):
    can_introspect_json_field = False


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures
    data_type_check_constraints = {
        kind: check
        for kind, check in base.DatabaseWrapper.data_type_check_constraints.items()
        if kind != "JSONField"
    }
