"""How an instalment is paid: references, the codes that a bank's app reads, dates for a calendar. Pure."""
