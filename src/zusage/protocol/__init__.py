"""Who did what, when, for which purpose, about whom: ids only (DSV 4; Art. 5(2) GDPR)."""
