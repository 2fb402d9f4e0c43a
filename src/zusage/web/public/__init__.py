"""The public rooms: no script, no cookie that a person hasn't allowed, nothing kept before a form is sent."""
