"""How many of one person's files `zusage link-subjects` proposes, how many of others', and what it takes.

    python -m bench.linking [--people 20000] [--database sqlite|postgres] [--seed 1]

Invented people with a file each (`bench.people`), some with several, none with a number by which they are known to be
one. Every fiftieth has a second one that knows nothing of the first: another creditor, a new address, no telephone; a
third of them another surname since a marriage, a third a slip of a key in the name, half the old e-mail.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from bench.matching.house import house
from bench.people import COLUMNS, Case, cases

EVERY = 50
MARRIED = ("Amstutz", "Brunner", "Da Silva", "Yılmaz")


def files(number: int, seed: int) -> Iterator[tuple[str, Case]]:
    """Cases with a name of whose they are; second files of some of them among the others."""
    draw, waiting = Random(seed), list[tuple[str, Case]]()
    for place, case in enumerate(cases(number, seed)):
        owner = case["debtor_number"]
        yield owner, case | {"debtor_number": ""}
        if case["debtor_kind"] == "person" and place % EVERY == 0:
            waiting.append((owner, case))
        if len(waiting) > 200:
            owner, first = waiting.pop(0)
            yield owner, _second(first, draw, place)
    for more, (owner, first) in enumerate(waiting):
        yield owner, _second(first, draw, number + more)


def _second(case: Case, draw: Random, place: int) -> Case:
    second = case | {
        "reference": f"BE-2026-{place:07}",
        "creditor": "Zweite AG",
        "debtor_number": "",
        "phones": "",
    }
    second["addresses"] = f"Neugasse {draw.randrange(1, 99)}, {draw.randrange(1000, 9600)} Neudorf"
    chance = draw.randrange(3)
    if chance == 0:
        second |= {
            "former_names": case["last_name"],
            "last_name": draw.choice(MARRIED),
        }
    elif chance == 1 and len(case["last_name"]) > 4:
        at = draw.randrange(1, len(case["last_name"]) - 1)
        second["last_name"] = case["last_name"][:at] + case["last_name"][at + 1 :]
    if draw.random() < 0.5:
        second["emails"] = ""
    return second


def main() -> int:
    """Print what was found, and what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, house(options.database, Path(folder)):
        print(json.dumps(_measured(options.people, options.seed, Path(folder))))
    return 0


def _measured(number: int, seed: int, folder: Path) -> dict[str, float]:
    from django.core.management import call_command

    from zusage.actions.linking import link_subjects
    from zusage.models import Case as Stored
    from zusage.models import Link
    from zusage.vault import api as vault

    owners, table = {}, folder / "cases.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        for owner, case in files(number, seed):
            owners[case["reference"]] = owner
            rows.writerow(case)
    call_command("import_cases", str(table), verbosity=0)
    begun, busy = time.monotonic(), time.process_time()
    done = link_subjects()
    took, worked = time.monotonic() - begun, time.process_time() - busy
    stored = list(Stored.objects.all())
    opened = vault.open_many(stored, "collection", vault.Actor.system("linking"), ("reference",))
    subjects = {
        case.subject_id: owners[plain["reference"]]
        for case, plain in zip(stored, opened, strict=True)
        if not isinstance(plain, vault.Refused)
    }
    found = {frozenset(pair) for pair in Link.objects.values_list("subject_id", "other_id")}
    right = sum(len({subjects[one] for one in pair}) == 1 for pair in found)
    counts: dict[str, int] = {}
    for owner in subjects.values():
        counts[owner] = counts.get(owner, 0) + 1
    return {
        "compared": done.compared,
        "pairs of one person": sum(one * (one - 1) // 2 for one in counts.values()),
        "proposed": len(found),
        "of them right": right,
        "seconds": round(took, 1),
        "of processor": round(worked, 1),
        "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    raise SystemExit(main())
