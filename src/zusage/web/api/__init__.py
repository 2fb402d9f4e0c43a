"""The door for other software: no session, no cookie, no page; a token for one purpose."""
