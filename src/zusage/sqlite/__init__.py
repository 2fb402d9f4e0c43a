"""Django's SQLite backend, fit for `PRAGMA trusted_schema=OFF`."""
