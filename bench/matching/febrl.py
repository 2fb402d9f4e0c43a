"""FEBRL4 against files of 5,000 and 100,000 persons, beside Splink 4 in the same run.

    python -m bench.matching.febrl [--febrl FOLDER] [--sizes 5000 100000] [--single 21] [--plot FILE]

Trained on one half of the true pairs (`bench/train_matching.py`), tested on the other. Pairwise: every pair of a
message and a person that is held for one, above the threshold that was best on the training half. Top 1: the best
candidate of each message, whatever its confidence. Then how far the confidence is to be believed, and the time for a
single message.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from bench.matching import febrl_data as data
from bench.matching.febrl_data import Register, Row
from bench.matching.reliability import draw
from bench.matching.splink_peer import Peer
from zusage.rules.matching.calibrate import STEPS, calibrated, expected_error, reliability

Pair = tuple[str, str, float]
"""Number of the message, of the person, and how sure it is that they are one."""
AIMS = {"all": 0.999, "no reference": 0.993, "neither": 0.961}


class Found(NamedTuple):
    """How well pairs were found: at the threshold, and by the best candidate of each message."""

    precision: float
    recall: float
    top: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _f1(self.precision, self.recall)


def main() -> int:
    """Print the tables; 1 if an aim is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--febrl", help="folder of dataset4a.csv and dataset4b.csv; else ZUSAGE_FEBRL")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(data.SIZES))
    parser.add_argument("--single", type=int, default=21, help="messages that both look for one by one")
    parser.add_argument("--plot", type=Path, help="draw the reliability of the confidence into this SVG")
    options = parser.parse_args()
    return run(
        Console(width=110), data.load(data.folder(options.febrl)), options.sizes, options.single, options.plot
    )


def run(console: Console, halves: data.Halves, sizes: Sequence[int], single: int, plot: Path | None) -> int:
    """Measure and print it all; 1 if an aim is missed."""
    table = Table("on file", "fields", "", "precision", "recall", "F1", "top-1 F1")
    said: list[tuple[float, bool]] = []
    best: list[tuple[float, bool]] = []
    missed = False
    for size in sizes:
        people = data.crowd(halves.debtors, size)
        for name, without in data.SETTINGS.items():
            register, peer = Register(people, without), Peer(people, halves.training, without)
            ours = partial(_pairs, register, without)
            found = {"ours": _measure(halves, ours), "Splink": _measure(halves, peer.pairs)}
            for who, one in found.items():
                figures = (one.precision, one.recall, one.f1, one.top)
                table.add_row(f"{size:,}", name, who, *(f"{figure:.4f}" for figure in figures))
            missed |= found["ours"].f1 < max(AIMS[name], found["Splink"].f1)
            for candidates in _said(halves.test, register, without):
                said += candidates
                best += candidates[:1]
            if name == "all":
                console.print(_single(halves.test[:single], register, peer, size))
    console.print(table)
    _print_calibration(console, said, best)
    if plot:
        plot.write_text(draw(reliability(said)), encoding="utf-8")
    return int(missed or expected_error(said) > 0.01)


def _pairs(register: Register, without: Sequence[str], rows: Sequence[Row]) -> list[Pair]:
    return [
        (row["number"], number, share)
        for row in rows
        for number, share in register.rated(data.writer(row, without))
    ]


def _measure(halves: data.Halves, pairs: Callable[[Sequence[Row]], list[Pair]]) -> Found:
    """The threshold from the training half, the figures from the other."""
    least = _threshold(pairs(halves.training), len(halves.training))
    tested = pairs(halves.test)
    held = [one == other for one, other, sure in tested if sure >= least]
    top: dict[str, tuple[float, bool]] = {}
    for one, other, sure in tested:
        top[one] = max(top.get(one, (-1.0, False)), (sure, one == other))
    right = sum(true for _, true in top.values())
    return Found(
        sum(held) / len(held), sum(held) / len(halves.test), _f1(right / len(top), right / len(halves.test))
    )


def _threshold(pairs: Iterable[Pair], many: int) -> float:
    """Where F1 is best: in the middle between the last pair that is held for one and the next."""
    ranked = sorted(((sure, one == other) for one, other, sure in pairs), reverse=True)
    best, least, right = -1.0, 1.0, 0
    for at, (sure, true) in enumerate(ranked, start=1):
        right += true
        below = ranked[at][0] if at < len(ranked) else 0.0
        if below < sure and (f1 := _f1(right / at, right / many)) > best:
            best, least = f1, (sure + below) / 2
    return least


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _said(
    rows: Sequence[Row], register: Register, without: Sequence[str]
) -> Iterable[list[tuple[float, bool]]]:
    """Per message: the confidence in each candidate, and whether it is right. Every tenth writer is on no file."""
    for at, row in enumerate(rows):
        away = "" if at % data.AWAY else row["number"]
        rated = register.rated(data.writer(row, without), away)
        yield [(calibrated(share), number == row["number"]) for number, share in rated]


def _single(rows: Sequence[Row], register: Register, peer: Peer, size: int) -> str:
    """The time that one message takes, as it comes in."""
    taken = []
    for row in rows:
        began = time.perf_counter()
        register.rated(data.writer(row))
        taken.append(time.perf_counter() - began)
    ours, theirs = statistics.median(taken), statistics.median(peer.seconds_for_one(rows))
    return (
        f"one message among {size:,}, median of {len(rows)}: ours {ours * 1e3:.2f} ms, Splink {theirs * 1e3:.0f} ms, "
        f"{theirs / ours:,.0f} times as long"
    )


def _print_calibration(
    console: Console, said: Sequence[tuple[float, bool]], best: Sequence[tuple[float, bool]]
) -> None:
    table = Table(
        "confidence from", "candidates", "said", "so", title="Calibration on the test half, all settings"
    )
    for row in reliability(said):
        table.add_row(f"{STEPS[row.step]:g}", f"{row.many:,}", f"{row.said:.4f}", f"{row.true:.4f}")
    console.print(table)
    console.print(
        f"expected calibration error: {expected_error(said):.4f} of all candidates, {expected_error(best):.4f} of "
        "each message's best"
    )


if __name__ == "__main__":
    sys.exit(main())
