"""A log larger than memory: summaries beside plain SQL and Polars, and a whole plan, with peaks.

Each side runs in a process of its own, in turn. `--rows` takes another size, `--rounds 1` is
quicker; `--log` takes a file that `big_log.py` has made.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from big_log import LAST, SEED, write_log

MEMORY = "512MB"
RATIO = 1.3  # at most so many times the time of plain SQL
PEAK = 1_000  # MB at the peak of a whole plan
CURRENT = date(LAST.year, 1, 1)  # the first day of the current period

# The same answer in plain SQL: all columns of a summary, in the order of first appearance.
SQL = f"""
WITH days AS (
  SELECT customer, CAST(ordered_at AS DATE) AS day, sum(amount) AS rest,
    sum(CASE WHEN amount < 0 THEN -amount ELSE 0 END) AS refunds, min(file_row_number) AS row
  FROM read_parquet('{{log}}', file_row_number = true)
  WHERE CAST(ordered_at AS DATE) <= DATE '{LAST}' GROUP BY ALL
),
bought AS (
  SELECT *, refunds = 0 OR rest > 1e-9 * (rest + 2 * refunds) AS is_purchase FROM days
),
gaps AS (
  SELECT *, day - lag(day) OVER (PARTITION BY customer, is_purchase ORDER BY day) AS gap FROM bought
),
totals AS (
  SELECT customer, min(row) AS row,
    count(*) FILTER (is_purchase) AS orders,
    min(day) FILTER (is_purchase) AS first_order,
    max(day) FILTER (is_purchase) AS last_order,
    sum(rest) FILTER (is_purchase AND gap IS NOT NULL) AS repeats,
    sum(gap * gap) FILTER (is_purchase) AS squares,
    sum(rest) AS revenue, sum(refunds) AS refunds,
    count(*) FILTER (is_purchase AND day >= DATE '{CURRENT}') AS period_orders,
    coalesce(sum(rest) FILTER (day >= DATE '{CURRENT}'), 0) AS period_revenue
  FROM gaps GROUP BY customer
)
SELECT customer, CAST(orders AS DOUBLE) AS orders,
  CAST(greatest(orders - 1, 0) AS DOUBLE) AS frequency,
  (last_order - first_order) / 7.0::DOUBLE AS recency,
  (DATE '{LAST}' - first_order) / 7.0::DOUBLE AS age,
  repeats / nullif(orders - 1, 0) AS monetary_value,
  first_order, last_order, revenue, refunds,
  (last_order - first_order) / 7.0::DOUBLE / nullif(orders - 1, 0) AS gap_mean,
  CASE WHEN orders > 2 THEN sqrt(greatest(0.0, (squares - (last_order - first_order)
    * ((last_order - first_order) / (orders - 1)::DOUBLE)) / (orders - 2))) / 7.0::DOUBLE
    END AS gap_spread,
  CAST(period_orders AS DOUBLE) AS period_orders, period_revenue
FROM totals ORDER BY row
"""


def by_relmkt(log: Path, *, duplicates: bool = False) -> dict[str, Any]:
    from relmkt.adapters.files import read_summaries

    found = read_summaries(log, memory=MEMORY, period="12 months", duplicates=duplicates).summaries
    return {name: found.column(name) for name in found.names}


def by_sql(log: Path) -> dict[str, Any]:
    import duckdb

    with (
        tempfile.TemporaryDirectory() as spill,
        duckdb.connect(
            config={"memory_limit": MEMORY, "threads": 2, "temp_directory": spill}
        ) as connection,
    ):
        return connection.execute(SQL.format(log=log)).fetchnumpy()


def by_polars(log: Path) -> dict[str, Any]:
    import polars as pl

    day, gap = pl.col("day"), pl.col("gap")
    bought = pl.col("is_purchase")
    days = (
        pl.scan_parquet(log, row_index_name="row")
        .with_columns(day=pl.col("ordered_at").dt.date())
        .filter(day <= LAST)
        .group_by("customer", "day")
        .agg(
            pl.col("amount").sum().alias("rest"),
            (-pl.col("amount").clip(upper_bound=0.0)).sum().alias("refunds"),
            pl.col("row").min(),
        )
    )
    rest, refunds = pl.col("rest"), pl.col("refunds")
    is_left = (refunds == 0) | (rest > 1e-9 * (rest + 2 * refunds))
    current = day >= CURRENT
    totals = (
        days.with_columns(is_purchase=is_left)
        .group_by("customer")
        .agg(
            pl.col("row").min(),
            bought.sum().cast(pl.Float64).alias("orders"),
            day.filter(bought).min().alias("first_order"),
            day.filter(bought).max().alias("last_order"),
            rest.filter(bought).sum().alias("paid"),
            rest.filter(bought).sort_by(day.filter(bought)).first().alias("first_paid"),
            day.filter(bought).sort().diff().dt.total_days().alias("gap"),
            rest.sum().alias("revenue"),
            refunds.sum(),
            (bought & current).sum().cast(pl.Float64).alias("period_orders"),
            rest.filter(current).sum().alias("period_revenue"),
        )
        .with_columns(squares=gap.list.eval(pl.element() ** 2).list.sum())
    )
    orders, first, last = pl.col("orders"), pl.col("first_order"), pl.col("last_order")
    gaps = pl.when(orders > 1).then(orders - 1)
    span = (last - first).dt.total_days()
    found = totals.sort("row").select(
        "customer",
        orders,
        (orders - 1).clip(lower_bound=0.0).alias("frequency"),
        (span / 7).alias("recency"),
        ((pl.lit(LAST) - first).dt.total_days() / 7).alias("age"),
        ((pl.col("paid") - pl.col("first_paid")) / gaps).alias("monetary_value"),
        first,
        last,
        "revenue",
        "refunds",
        (span / 7 / gaps).alias("gap_mean"),
        pl.when(orders > 2)
        .then(((pl.col("squares") - span * span / gaps) / (orders - 2)).clip(lower_bound=0).sqrt())
        .truediv(7)
        .alias("gap_spread"),
        "period_orders",
        "period_revenue",
    )
    return {
        series.name: series.to_numpy() for series in found.collect(engine="streaming").get_columns()
    }


SIDES: dict[str, Callable[[Path], dict[str, Any]]] = {
    "relmkt": by_relmkt,
    "relmkt, duplicates counted": lambda log: by_relmkt(log, duplicates=True),
    "DuckDB SQL": by_sql,
    "Polars streaming": by_polars,
}


def one_side(side: str, log: Path) -> None:
    """Run a side in this process; print its time and peak, and what answers have to agree in."""
    import resource

    import numpy as np

    start = time.perf_counter()
    found = SIDES[side](log)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    place = np.arange(1.0, len(found["customer"]) + 1)  # so that the order of rows has a say
    sums = {}
    for name, values in found.items():
        known = np.ma.filled(values, np.nan if np.asarray(values).dtype.kind == "f" else None)
        if known.dtype.kind == "M":
            known = known.astype("M8[D]").astype(np.float64)
            known[known < -1e9] = np.nan  # no day
        sums[name] = float(np.nansum(known * place / len(place)))
    print(json.dumps([seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, sums]))


def alone(*command: str) -> str:
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:
        sys.exit(f"{' '.join(command)} failed: {told.stderr}")
    return told.stdout


def compare(log: Path, rounds: int) -> list[str]:
    """Each side in turn, so many times; what was missed."""
    taken: dict[str, list[tuple[float, float, float]]] = {side: [] for side in SIDES}
    first: dict[str, float] = {}
    for _ in range(rounds):
        for side in SIDES:
            told = alone(sys.executable, __file__, "--side", side, "--log", str(log))
            seconds, cpu, peak, sums = json.loads(told)
            taken[side].append((seconds, cpu, peak))
            first = first or sums
            for name, expected in first.items():
                if abs(sums[name] - expected) > 1e-9 * abs(expected):
                    sys.exit(f"{side} finds another {name}: {sums[name]}, not {expected}")
    sql = statistics.median(seconds for seconds, _, _ in taken["DuckDB SQL"])
    for side, found in taken.items():
        seconds, cpu, peak = (statistics.median(values) for values in zip(*found, strict=True))
        print(
            f"  {side:28} {seconds:7.1f} s  {seconds / sql:5.2f} times SQL   "
            f"processors {cpu:6.1f} s   peak {peak:6,.0f} MB"
        )
    ours = statistics.median(seconds for seconds, _, _ in taken["relmkt"])
    if ours / sql > RATIO:
        return [f"the ratio to SQL is {ours / sql:.2f}, and should be at most {RATIO:g}"]
    return []


def plan(log: Path, rounds: int) -> list[str]:
    """The whole command; what was missed."""
    found: list[tuple[float, float]] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=log.parent) as folder:
            start = time.perf_counter()
            out = str(Path(folder) / "plan.parquet")
            process = subprocess.Popen(
                [sys.executable, "-m", "relmkt", "plan", log, "--memory", MEMORY, "--out", out],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            _, status, used = os.wait4(process.pid, 0)
            if status:
                sys.exit("relmkt plan failed")
            found.append((time.perf_counter() - start, used.ru_maxrss / 1024))
    seconds, peak = (statistics.median(values) for values in zip(*found, strict=True))
    print(
        f"  relmkt plan --memory {MEMORY}, written as Parquet: {seconds:.1f} s, peak {peak:,.0f} MB"
    )
    if peak > PEAK:
        return [f"the plan's peak is {peak:,.0f} MB, and should be at most {PEAK:,} MB"]
    return []


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=50_000_000)
    options.add_argument("--customers", type=int)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--log", type=Path, help="a log to take, instead of one made up here")
    options.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.side:
        one_side(asked.side, asked.log)
        return
    with tempfile.TemporaryDirectory() as folder:
        log = asked.log
        if log is None:
            log = Path(folder) / "orders.parquet"
            customers = asked.customers or max(asked.rows // 20, 1)
            write_log(log, asked.rows, customers, ids="integer", order="time")
            print(
                f"{asked.rows:,} orders of {customers:,} customers, seed {SEED}, in order of time"
            )
        print(f"summaries with {MEMORY} for DuckDB, each alone, median of {asked.rounds} in turn")
        missed = compare(log, asked.rounds)
        missed += plan(log, asked.rounds)
    if missed:
        sys.exit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
