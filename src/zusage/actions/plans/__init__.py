"""What happens to plans of instalments. Each step is in the plan's history, in the protocol, and in the mailbox."""
