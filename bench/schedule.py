"""How long a schedule takes to print, with a payment slip for each of its instalments.

    python -m bench.schedule

Once to warm up (fonts are read, and Typst remembers layouts), then the best of five, by the clock and in processor
time of all threads.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import zusage
from zusage.papers import api as papers
from zusage.policy.load import load
from zusage.policy.plans import Account
from zusage.policy.types import Policy
from zusage.rules.paying import paper
from zusage.rules.paying.references import new_reference

TIMES = 5
TODAY = date(2026, 12, 1)


@dataclass(frozen=True)
class Line:
    """An instalment that nothing has been paid of."""

    number: int
    due: date
    amount: Decimal
    paid: Decimal
    reference: str


def main() -> None:
    """Print a line for each kind of slip and number of instalments."""
    policy = load(Path(zusage.__file__).parent / "policies" / "alektum_ch")
    for account in policy.accounts:
        for count in (1, 12, 60):
            clock, cpu, size = _best(policy, account, count)
            took = f"{clock * 1000:5.0f} ms, CPU {cpu * 1000:4.0f} ms"
            print(f"{account.currency}  {count:2} instalments  {took}, {size:,} bytes")


def _best(policy: Policy, account: Account, count: int) -> tuple[float, float, int]:
    assert policy.plans
    clocks, cpus, size = [], [], 0
    for _ in range(TIMES + 1):
        lines = [
            Line(
                n, date(2027 + n // 12, n % 12 + 1, 28), Decimal("104.15"), Decimal(0), new_reference(account)
            )
            for n in range(1, count + 1)
        ]
        plan = paper.Agreed(account.currency, account, TODAY, lines, policy.plans.terms, ("AZ-2041-77",))
        clock, cpu = time.perf_counter(), time.process_time()
        size = len(papers.schedule(paper.schedule(plan, policy, "de", TODAY)))
        clocks.append(time.perf_counter() - clock)
        cpus.append(time.process_time() - cpu)
    return min(clocks[1:]), min(cpus[1:]), size


if __name__ == "__main__":
    main()
