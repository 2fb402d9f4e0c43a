"""The password hash of the tests' own process: the same algorithm in the same format, a thousandth of the work."""

from __future__ import annotations

from django.contrib.auth.hashers import ScryptPasswordHasher


class QuickScrypt(ScryptPasswordHasher):
    work_factor = 2**4
