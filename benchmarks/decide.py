"""`relmkt decide` as a child process: lines a second with the full answer, and the memory it takes.

Run it as it is; `--lines` takes another size. The target is of processor time, best of 3, so that a
busy machine does not fail it; the time on the wall stands beside.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from relmkt.adapters.bulk_json import records_from_json, records_to_json
from relmkt.assumptions import ASSUMED_FACTS
from relmkt.columns import Portfolio
from relmkt.policies import StrategyPolicy
from relmkt.policy_json import policy_to_json

SEED = 20260301
LEAST = 60_000  # lines a second
MEMORY = 100  # MB at the peak, whatever the number of lines
POLICY = StrategyPolicy(retained_value_high=3000, residual_value_high=1500, cost_ratio_high=0.3)
WITHOUT = "import sys; sys.modules['msgspec'] = None; from relmkt.cli import main; main()"
WAYS = {
    "from a file": (["-m", "relmkt"], False),
    "through a pipe": (["-m", "relmkt"], True),
    "from a file, without msgspec": (["-c", WITHOUT], False),
}


def make_facts(lines: int) -> Portfolio:
    """Customers of whom 8 to 12 facts are known, of 12."""
    draw = np.random.default_rng(SEED)

    def amounts(low: float, high: float) -> np.ndarray:
        found = np.round(draw.uniform(low, high, lines), 2)
        found[draw.random(lines) < 0.1] = np.nan
        return found

    revenue = amounts(0, 5000)
    significance = {
        f"significance_{word}": (draw.random(lines) < 0.02).astype(np.int8)
        for word in ("high_volume", "high_future_value", "benchmark", "door_opener", "inspiration")
    }
    return Portfolio(
        customer=np.array([f"C-{number:08d}" for number in range(lines)]),
        status=draw.choice(np.array([0, 1, 1, 1, 1, 2], dtype=np.int8), lines),
        **significance,
        current_revenue=revenue,
        current_contribution=np.round(revenue * 0.3, 2),
        current_profit=np.round(revenue * 0.3 - amounts(0, 500), 2),
        avoidable_profit=np.round(revenue * 0.3 - amounts(0, 500), 2),
        cost_to_serve_ratio=amounts(0, 1),
        retained_value=amounts(-100, 6000),
        residual_value=amounts(-100, 3000),
        attrition_risk=amounts(0, 1),
        winback_gain=amounts(-50, 300),
        barred=np.zeros(lines, dtype=np.int8),
    )


def run(folder: Path, arguments: list[str], *, piped: bool) -> tuple[float, float, float]:
    """Seconds on the wall, seconds of the processor, and MB at the peak."""
    command = [sys.executable, *arguments, "decide", str(folder / "policy.json")]
    with (folder / "facts.jsonl").open("rb") as facts, (folder / "out.jsonl").open("wb") as out:
        start = time.perf_counter()
        feeder = subprocess.Popen(["cat"], stdin=facts, stdout=subprocess.PIPE) if piped else None
        source = facts if feeder is None else feeder.stdout
        child = subprocess.Popen(command, stdin=source, stdout=out)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if feeder is not None:
            feeder.stdout.close()
            feeder.wait()
    if child.returncode:
        sys.exit(f"the command ended with {child.returncode}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def write_facts(folder: Path, lines: int) -> None:
    (folder / "facts.jsonl").write_bytes(records_to_json(make_facts(lines)))


def check(folder: Path, lines: int) -> None:
    """All lines are answered, the first ones as single records are decided."""
    table = POLICY.table()
    with (folder / "facts.jsonl").open("rb") as facts:
        some = records_from_json(b"".join(islice(facts, 2_000)), Portfolio)
    with (folder / "out.jsonl").open("rb") as out:
        for customer in some:
            told = json.loads(next(out))
            alone = table.decide(customer, assume=ASSUMED_FACTS)
            assert (told["customer"], told["reason"]) == (customer.customer, alone.reason)
            assert (told["outcome"], told["next"]) == (alone.outcome, alone.next)
        assert len(some) + sum(1 for _ in out) == lines


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lines", type=int, default=400_000)
    lines = options.parse_args().lines
    print(f"relmkt decide, {lines:,} lines of 8 to 12 facts, seed {SEED}, best of 3")
    missed = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "policy.json").write_text(policy_to_json(POLICY), encoding="utf-8")
        # In a process of its own, for children inherit the peak of the one that starts them.
        maker = get_context("spawn").Process(target=write_facts, args=(folder, lines))
        maker.start()
        maker.join()
        for way, (arguments, piped) in WAYS.items():
            runs = [run(folder, arguments, piped=piped) for _ in range(3)]
            check(folder, lines)
            wall, processor, memory = map(min, zip(*runs, strict=True))
            print(
                f"  {way:30} {lines / processor:8,.0f} lines a second of processor time"
                f"  {lines / wall:8,.0f} on the wall   peak {memory:4,.0f} MB"
            )
            if lines / processor < LEAST and "without" not in way:
                missed.append(f"{way}: {lines / processor:,.0f} lines a second, not {LEAST:,}")
            if memory > MEMORY:
                missed.append(f"{way}: {memory:,.0f} MB at the peak, not {MEMORY}")
    if missed:
        sys.exit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
