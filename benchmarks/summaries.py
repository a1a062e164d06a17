"""Order log to summaries: a million lines beside lifetimes, and the memory that ten million take.

Run it as it is; `--rows` takes another size, `--memory-rows 0` leaves the memory out.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from datetime import date

import numpy as np

from relmkt.orders import OrderLog
from relmkt.summaries import Summaries, summarize

SEED = 20260301
LAST = date(2022, 12, 31)
RATIO = 4.0  # at least so many times as fast as lifetimes, whatever the log
MEMORY = 1_600  # MB at the peak, for ten million lines and the log itself
LINES_A_CUSTOMER = 10


def make_log(rows: int, ids: str, *, is_sorted: bool) -> OrderLog:
    """Three years of lines at any second, of customers who order ten times on average."""
    draw = np.random.default_rng(SEED)
    customers = max(rows // LINES_A_CUSTOMER, 1)
    who = draw.integers(0, customers, rows, dtype=np.int32)
    when = draw.integers(0, 3 * 365 * 86_400, rows)
    if is_sorted:
        who.sort()
        when |= who.astype(np.int64) << 32
        when.sort()
        when &= (1 << 32) - 1
    when *= 1_000_000
    when += np.datetime64("2020-01-01", "us").astype(np.int64)
    if ids == "integer":
        customer = who.astype(np.int64)
    else:
        customer = np.empty(rows, dtype="U12")
        names = np.array([f"C{number:011d}" for number in range(customers)])
        for start in range(0, rows, 1 << 20):
            part = slice(start, start + (1 << 20))
            customer[part] = names[who[part]]
    amount = draw.integers(0, 20_000, rows) / 100.0
    columns = {"customer": customer, "ordered_at": when.view("M8[us]"), "amount": amount}
    for array in columns.values():
        array.flags.writeable = False  # so that the log shares it
    return OrderLog(**columns)


def best_of(rounds: int, *sides: Callable[[], object]) -> list[float]:
    """The least time of each side, the sides in turn."""
    times = [[] for _ in sides]
    for _ in range(rounds):
        for side, taken in zip(sides, times, strict=True):
            start = time.perf_counter()
            side()
            taken.append(time.perf_counter() - start)
    return [min(taken) for taken in times]


def beside_lifetimes(rows: int, ids: str, *, is_sorted: bool) -> float:
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes.utils import summary_data_from_transaction_data

    log = make_log(rows, ids, is_sorted=is_sorted)
    frame = pd.DataFrame(
        {"customer": log.ids, "at": log.ordered_at, "amount": log.amount}  # text ids: dtype str
    )

    def theirs() -> pd.DataFrame:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return summary_data_from_transaction_data(
                frame, "customer", "at", "amount", observation_period_end=LAST.isoformat()
            )

    def ours() -> Summaries:
        return summarize(log, as_of=LAST, unit="day")

    # The same answer first; theirs comes sorted by id, and has the mean 0 where we have none.
    found, other = ours(), theirs()
    found = found[np.argsort(found.ids)]
    for mine, its in {"frequency": "frequency", "recency": "recency", "age": "T"}.items():
        np.testing.assert_array_equal(found.column(mine), other[its].to_numpy())
    mean = np.nan_to_num(found.monetary_value)
    np.testing.assert_allclose(mean, other["monetary_value"].to_numpy(), rtol=1e-9, atol=1e-9)

    seconds, rival = best_of(3, ours, theirs)
    order = "sorted by customer and time" if is_sorted else "in no order"
    print(
        f"  {ids:7} ids, {order:27}  relmkt {seconds:6.3f} s   lifetimes {rival:6.3f} s"
        f"   {rival / seconds:5.1f} times as fast"
    )
    return rival / seconds


def in_memory(rows: int, ids: str, order: str) -> None:
    """What a process takes that makes a log and summarizes it; printed for the one that asked."""
    log = make_log(rows, ids, is_sorted=order == "sorted")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    customers = len(summarize(log, as_of=LAST))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{customers} {seconds} {own} {peak}")


def memory_of(rows: int, ids: str, order: str) -> float:
    told = subprocess.run(
        [sys.executable, __file__, "--in-memory", ids, order, "--rows", str(rows)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    customers, seconds, own, peak = (float(part) for part in told.split())
    print(
        f"  {ids:7} ids, {order:8}  {customers:9,.0f} customers  {seconds:5.2f} s"
        f"   peak {peak:6,.0f} MB (before it, with the log: {own:,.0f} MB)"
    )
    return peak


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--memory-rows", type=int, default=10_000_000)
    options.add_argument("--in-memory", nargs=2, metavar=("IDS", "ORDER"), help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.in_memory:
        in_memory(asked.rows, *asked.in_memory)
        return

    print(f"order log to summaries, {asked.rows:,} lines, seed {SEED}, best of 3 in turn")
    ratios = [
        beside_lifetimes(asked.rows, ids, is_sorted=is_sorted)
        for ids in ("integer", "text")
        for is_sorted in (False, True)
    ]
    missed = []
    if min(ratios) < RATIO:
        missed.append(f"the least ratio is {min(ratios):.1f}, and should be {RATIO:g}")
    if asked.memory_rows:
        print(f"peak resident memory, {asked.memory_rows:,} lines, each in a process of its own")
        peaks = [
            memory_of(asked.memory_rows, ids, order)
            for ids in ("integer", "text")
            for order in ("any", "sorted")
        ]
        if asked.memory_rows <= 10_000_000 and max(peaks) > MEMORY:
            missed.append(f"the highest peak is {max(peaks):,.0f} MB, and should be {MEMORY:,} MB")
    if missed:
        sys.exit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
