"""Cost against size: rules and summaries from a thousand to ten million rows, beside their rivals.

Run it with ``python benchmarks/sizes.py``; ``--largest`` stops earlier, ``--out DIR`` writes the
figures (sizes.json), from which the pages' picture is drawn. At each size the runs alternate, so
that what else the machine does falls on all alike; a median is told, and what a rival takes for one
of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
from rules import NAMES, Rows, by_select, table
from summaries import LAST, make_log

from relmkt.summaries import summarize

SEED = 20261121
LARGEST = 10_000_000
BUDGET = 4.0  # about how many seconds a run may take in all, at one size
ZEN_MOST = 100_000  # it decides one record at a time
PACKAGES = ("numpy", "polars", "duckdb", "narwhals", "zen-engine", "lifetimes", "pandas")

RULES = "12 rules over 8 columns: outcome and rule index"
SUMMARIES = "order log to summaries, ten orders a customer"


def medians(runs: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The median seconds of each, run in turn, more often the quicker they are."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    begun = time.perf_counter()
    while time.perf_counter() - begun < BUDGET * len(runs) or len(seconds[next(iter(runs))]) < 3:
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
        if len(seconds[next(iter(runs))]) == 200:
            break
    return {name: statistics.median(taken) for name, taken in seconds.items()}


# --------------------------------------------------------------------------------------- rules


CONDITIONS = (
    "a > 0.95 and b > 0.5",
    "a > 0.9 and c <= 0.2",
    "b > 0.97",
    "c > 0.8 and d > 0.8",
    "d < 0.1 and e > 0.4",
    "e > 0.9 and f <= 0.5 and a > 0.3",
    "f < 0.05 or g > 0.98",
    "g > 0.7 and h > 0.7",
    "h < 0.1",
    "a > 0.5 and h > 0.5",
    "b > 0.5 and g <= 0.6",
    "c > 0.1",
)
"""The conditions of `rules.table` as SQL, for the rivals that read it."""


def by_polars() -> list[pl.Expr]:
    """The rule and the outcome by hand, for complete columns."""
    rule: Any = pl
    outcome: Any = pl
    for at, condition in enumerate(CONDITIONS):
        held = pl.sql_expr(condition)
        rule = rule.when(held).then(pl.lit(at, pl.Int8))
        outcome = outcome.when(held).then(pl.lit(at % 5, pl.Int8))
    none = pl.lit(-1, pl.Int8)
    return [rule.otherwise(none).alias("rule"), outcome.otherwise(none).alias("outcome")]


def by_case() -> str:
    """The same in SQL."""
    rules = " ".join(f"when {held} then {at}" for at, held in enumerate(CONDITIONS))
    outcomes = " ".join(f"when {held} then {at % 5}" for at, held in enumerate(CONDITIONS))
    return (
        f"select (case {rules} else -1 end)::tinyint as rule, "
        f"(case {outcomes} else -1 end)::tinyint as outcome from rows"
    )


def zen_of_twelve() -> Any:
    """The same table in zen-engine, which decides one record at a time."""
    import zen

    rules = [
        {"_id": str(at), "when": condition, "rule": str(at), "outcome": str(at % 5)}
        for at, condition in enumerate(CONDITIONS)
    ]
    outputs = [
        {"id": name, "name": name, "field": name, "type": "expression"}
        for name in ("rule", "outcome")
    ]
    inputs = [{"id": "when", "name": "when", "type": "expression"}]
    at = {"position": {"x": 0, "y": 0}}
    content = {"hitPolicy": "first", "inputs": inputs, "outputs": outputs, "rules": rules}
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", **at},
        {"id": "t", "name": "t", "type": "decisionTableNode", **at, "content": content},
        {"id": "out", "name": "out", "type": "outputNode", **at},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "t", "type": "edge"},
        {"id": "2", "sourceId": "t", "targetId": "out", "type": "edge"},
    ]
    return zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))


def rules_at(size: int) -> dict[str, float]:
    """Seconds of each way to decide, at one size; all give the same."""
    rng = np.random.default_rng(SEED)
    arrays = {name: rng.random(size) for name in NAMES}
    rows = Rows(row=np.arange(size), **arrays)
    frame = pl.DataFrame(arrays)
    twelve = table()
    outcome_of = np.array([*(at % 5 for at in range(12)), -1], dtype=np.int8)
    connection = duckdb.connect()
    connection.register("frame", frame.to_arrow())
    connection.execute("create table rows as select * from frame")
    relation = connection.table("rows")
    expression = twelve.expression()
    case, chain = by_case(), by_polars()
    keep = ["rule", "outcome"]

    def in_duckdb() -> Any:
        return expression.decide(relation).select("rule", "outcome").fetchnumpy()

    def in_polars() -> Any:
        return expression.decide(frame.lazy()).select(keep).collect()

    runs: dict[str, Callable[[], object]] = {
        "relmkt": lambda: twelve.decide(rows),
        "np.select, in blocks": lambda: by_select(arrays, outcome_of),
        "relmkt in Polars": in_polars,
        "Polars by hand": lambda: frame.lazy().select(chain).collect(),
        "relmkt in DuckDB": in_duckdb,
        "DuckDB CASE": lambda: connection.execute(case).fetchnumpy(),
    }
    expected = twelve.decide(rows).rule
    assert np.array_equal(by_select(arrays, outcome_of)[0], expected)
    for name in ("relmkt in Polars", "Polars by hand"):
        assert np.array_equal(runs[name]()["rule"].to_numpy(), expected), name
    for name in ("relmkt in DuckDB", "DuckDB CASE"):
        assert np.array_equal(np.asarray(runs[name]()["rule"]), expected), name
    found = medians(runs)
    if size <= ZEN_MOST:
        found |= medians({"zen-engine": zen_run(arrays, expected)})
    return found


def zen_run(arrays: dict[str, np.ndarray], expected: np.ndarray) -> Callable[[], object]:
    engine = zen_of_twelve()
    columns = [arrays[name].tolist() for name in NAMES]
    records = [dict(zip(NAMES, values, strict=True)) for values in zip(*columns, strict=True)]
    assert engine.evaluate(records[0])["result"]["rule"] == expected[0]
    return lambda: [engine.evaluate(record) for record in records]


# ----------------------------------------------------------------------------------- summaries


def summaries_at(size: int) -> dict[str, float]:
    """Seconds from a log in no order to summaries."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes.utils import summary_data_from_transaction_data

    log = make_log(size, "integer", is_sorted=False)
    frame = pd.DataFrame({"customer": log.ids, "at": log.ordered_at, "amount": log.amount})

    def theirs() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return summary_data_from_transaction_data(
                frame, "customer", "at", "amount", observation_period_end=LAST.isoformat()
            )

    return medians({"relmkt": lambda: summarize(log, as_of=LAST, unit="day"), "lifetimes": theirs})


# -------------------------------------------------------------------------------------- telling


def told(title: str, by_size: dict[int, dict[str, float]]) -> str:
    """Seconds of our own, and of each rival how many times as long."""
    names = list(dict.fromkeys(name for found in by_size.values() for name in found))
    sizes = list(by_size)
    head = "".join(f"{size:>12,}" for size in sizes)
    lines = [title, f"  {'rows':26}{head}"]
    for name in names:
        cells = ""
        for size in sizes:
            seconds = by_size[size].get(name)
            ours = by_size[size]["relmkt"]
            cell = "-" if seconds is None else f"{seconds / ours:.2f} x"
            cells += f"{f'{seconds * 1000:,.2f} ms' if name == 'relmkt' else cell:>12}"
        lines.append(f"  {name:26}{cells}")
    return "\n".join(lines)


def machine() -> str:
    """What it ran on, and with which versions."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    cores = os.cpu_count()
    return (
        f"{platform.machine()}, {cores} cores, {platform.system()}, "
        f"Python {platform.python_version()}, relmkt {version('relmkt')}\n{packages}"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--largest", type=int, default=LARGEST)
    options.add_argument("--out", type=Path)
    asked = options.parse_args()
    sizes = [size for size in (10**power for power in range(3, 8)) if size <= asked.largest]
    found: dict[str, dict[int, dict[str, float]]] = {}
    print(machine())
    for title, at in ((RULES, rules_at), (SUMMARIES, summaries_at)):
        found[title] = {size: at(size) for size in sizes}
        print(told(title, found[title]))
    if asked.out is not None:
        asked.out.mkdir(parents=True, exist_ok=True)
        content = {"machine": machine(), "seconds": found}
        text = json.dumps(content, indent=2, default=str) + "\n"
        (asked.out / "sizes.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
