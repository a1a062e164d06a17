"""A made-up order log of any size, written as Parquet in little memory, the same for a seed.

Customers differ in how often they buy (gamma), in how long they stay (exponential) and in what they
spend (log-normal). Memory grows with the customers, not with the orders.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SEED = 20260412
FIRST, LAST = date(2022, 1, 1), date(2025, 12, 31)
SECONDS = ((LAST - FIRST).days + 1) * 86_400
SHAPE = 0.8  # of the purchase rates: the smaller, the more customers differ
STAY = 540 * 86_400  # mean time that a customer stays, in seconds
REFUNDED = 0.01  # share of the lines that are refunds
ROWS = 1_000_000  # of a block, and so of a row group

IDS = {"integer": pa.int64(), "text": pa.string()}


def schema_of(ids: str) -> pa.Schema:
    return pa.schema(
        [("customer", IDS[ids]), ("ordered_at", pa.timestamp("us")), ("amount", pa.float64())]
    )


def blocks(orders: int, customers: int, ids: str, seed: int) -> Iterator[pa.RecordBatch]:
    """The lines, customer after customer, each customer's in order of time."""
    draw = np.random.default_rng(seed)
    schema = schema_of(ids)
    born = draw.integers(0, SECONDS, customers)
    stay = np.minimum(draw.exponential(STAY, customers), SECONDS - born)
    weight = draw.gamma(SHAPE, size=customers) * stay
    # Everybody has a first order; the others fall where rates and stays make them likely.
    count = 1 + draw.multinomial(orders - customers, weight / weight.sum())
    spend = draw.normal(3.2, 0.5, customers)
    del weight
    ends = np.cumsum(count)
    start = 0
    while start < customers:
        before = ends[start - 1] if start else 0
        stop = max(int(np.searchsorted(ends, before + ROWS, "right")), start + 1)
        part = slice(start, stop)
        who = np.repeat(np.arange(start, stop), count[part])
        since = draw.random(len(who)) * np.repeat(stay[part], count[part])
        since[ends[part] - count[part] - before] = 0.0
        at = np.repeat(born[part], count[part]) + since.astype(np.int64)
        order = np.lexsort((at, who))
        amount = np.exp(draw.normal(0.0, 0.4, len(who)) + np.repeat(spend[part], count[part]))
        amount = np.maximum(np.round(amount, 2), 0.01)
        refunded = draw.random(len(who)) < REFUNDED
        refunded[ends[part] - count[part] - before] = False
        amount[refunded] *= -1.0
        moments = at[order].astype("m8[s]") + np.datetime64(FIRST, "us")
        names = who if ids == "integer" else [f"C{number:08d}" for number in who.tolist()]
        yield pa.record_batch([pa.array(names), moments, amount], schema=schema)
        start = stop


def write_log(
    path: Path, orders: int, customers: int, *, ids: str, order: str, seed: int = SEED
) -> None:
    """Write a log, by customer or in order of time as a shop writes it."""
    if not 1 <= customers <= orders:
        raise SystemExit("there must be at least one customer, and an order for each")
    made = path if order == "customer" else path.with_suffix(".by-customer")
    with pq.ParquetWriter(made, schema_of(ids), compression="zstd") as writer:
        for block in blocks(orders, customers, ids, seed):
            writer.write_batch(block, row_group_size=ROWS)
    if order == "customer":
        return
    spill = path.with_suffix(".spill")
    with duckdb.connect(
        config={"memory_limit": "512MB", "threads": 2, "temp_directory": str(spill)}
    ) as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_parquet('{made}') ORDER BY ordered_at, customer, amount)"
            f" TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
        )
    made.unlink()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("path", type=Path)
    options.add_argument("--rows", type=int, default=50_000_000)
    options.add_argument("--customers", type=int)
    options.add_argument("--ids", choices=("integer", "text"), default="integer")
    options.add_argument("--order", choices=("time", "customer"), default="time")
    options.add_argument("--seed", type=int, default=SEED)
    asked = options.parse_args()
    customers = asked.customers or max(asked.rows // 20, 1)
    write_log(asked.path, asked.rows, customers, ids=asked.ids, order=asked.order, seed=asked.seed)
    print(f"{asked.path}: {asked.rows:,} orders of {customers:,} customers, seed {asked.seed}")


if __name__ == "__main__":
    main()
