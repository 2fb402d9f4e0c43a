"""Cases as creditors and agencies send them: columns, files, and each row checked and made into what is kept."""
