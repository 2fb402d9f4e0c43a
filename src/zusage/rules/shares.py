"""What a count of successes says about how often something succeeds."""

from __future__ import annotations

from math import sqrt

NORMAL_95 = 1.959964


def interval(right: int, many: int) -> tuple[float, float]:
    """Between which shares the true one lies, with 95 % confidence (Wilson, JASA 22, 1927); 0 to 1 for no count."""
    if not many:
        return 0.0, 1.0
    share, z = right / many, NORMAL_95
    middle = share + z * z / (2 * many)
    half = z * sqrt(share * (1 - share) / many + z * z / (4 * many * many))
    whole = 1 + z * z / many
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)
