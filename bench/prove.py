"""What proving costs at 1,000 and at 1,000,000 subjects, on SQLite: the quick look of the worker, and the whole one.

    python -m bench.prove [--subjects 1000 1000000]

On the stores of `bench.rights` (invented rows, which many probes rightly find broken: the cost is the same). Each look
in a process of its own: seconds, seconds of processor time, peak memory, and the probes that took longest.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

from bench.rights import FOLDER, _begin, fill


def main() -> int:
    """Print a line per size and look, then JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subjects", type=int, nargs="+", default=[1_000, 1_000_000])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(options.one, options.quick)))
        return 0
    found: dict[str, Any] = {}
    for number in options.subjects:
        for look in ("quick", "whole"):
            command = [sys.executable, "-m", "bench.prove", "--one", str(number)]
            command += ["--quick"] if look == "quick" else []
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            one = json.loads(done.stdout.splitlines()[-1])
            found[f"{number} {look}"] = one
            slow = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in one["slowest"])
            print(
                f"{number:>9,} subjects, {look:<5}: {one['seconds']:.1f} s, processor {one['processor']:.1f} s, "
                f"{one['megabytes']} MB   ({slow})",
                flush=True,
            )
    print(json.dumps(found))
    return 0


def measured(number: int, quick: bool) -> dict[str, Any]:
    """One look at a store of `number` subjects."""
    folder = FOLDER / str(number)
    _begin(folder)
    folder.chmod(0o700)
    if not (folder / "filled").exists():
        fill(folder, number)
    from zusage.actions.house import publish_notice
    from zusage.promises.prover import prove

    publish_notice()
    took: dict[str, float] = {}
    last = ["", time.perf_counter()]

    def tell(name: str) -> None:
        now = time.perf_counter()
        if last[0]:
            took[str(last[0])] = took.get(str(last[0]), 0) + now - float(last[1])
        last[:] = [name.rpartition("probes.")[2], now]

    begun, used = time.perf_counter(), time.process_time()
    prove(quick=quick, tell=tell)
    seconds, processor = time.perf_counter() - begun, time.process_time() - used
    tell("")
    slowest = sorted(took.items(), key=lambda pair: -pair[1])[:4]
    return {
        "seconds": round(seconds, 2),
        "processor": round(processor, 2),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "slowest": [(name, round(one, 2)) for name, one in slowest],
    }


if __name__ == "__main__":
    sys.exit(main())
