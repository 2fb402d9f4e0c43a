"""Zusage: a debtor portal whose privacy notice is executable."""
