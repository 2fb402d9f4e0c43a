"""The vault: everything personal is sealed under a key per subject and purpose, and opened by one door.

Its door to the other rooms is `zusage.vault.api`, imported as ``vault``.
"""
