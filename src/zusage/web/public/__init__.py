"""The public rooms: no cookie, no script, nothing kept before a form is sent."""
