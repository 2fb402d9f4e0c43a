"""What people demand about their data: filing it, deciding it, doing it."""
