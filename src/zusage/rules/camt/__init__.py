"""What banks tell of an account, camt.053 (statement) and camt.054 (notification) of ISO 20022, as single payments."""
