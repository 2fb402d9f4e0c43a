"""The office: where those who work here read, answer and assign, and look after their accounts."""
