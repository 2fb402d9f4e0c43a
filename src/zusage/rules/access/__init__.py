"""The access package (Auskunft, DSG 25, Art. 15 GDPR): its shape, how it reads as a paper, how it goes as JSON.

Pure: `queries/access.py` fills the shape from the stores, `actions/rights/access.py` lays the result into the mailbox.
"""
