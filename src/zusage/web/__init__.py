"""What browsers see: public rooms, the mailbox, the office; they share this folder and never import one another."""
