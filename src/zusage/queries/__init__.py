"""Every read that is more than a lookup. What is personal is opened through the vault, by the actor who asks."""
