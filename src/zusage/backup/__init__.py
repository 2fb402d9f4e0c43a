"""Backups: made, checked, restored; and the journal of erasures beside them, so that no restore brings anybody back.

The room writes whole stores and therefore stands outside the actions. Its doors are `make.backup`, `check.check`,
`restore.restore` and `places.export_tombstones`.
"""
