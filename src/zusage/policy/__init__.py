"""What the tenant promises, as data. Pure Python: nothing in here knows Django or a database."""
