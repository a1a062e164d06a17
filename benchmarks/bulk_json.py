"""A million facts out to JSON and in again, beside the standard library and msgspec on records.

Run it as it is; `--rows` takes another size. The targets are of processor time, best of 3, so that
a busy machine does not miss them; the time on the wall stands beside. The rivals work on records,
one by one, of which they are given fewer.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from relmkt.adapters.bulk_json import records_from_json, records_to_json
from relmkt.columns import Portfolio
from relmkt.domain import CustomerFacts

SEED = 20260301
OUT, IN = 1_000_000, 200_000  # rows a second
FEWER = 10  # the rivals have a tenth of the rows


def make_facts(rows: int) -> Portfolio:
    """Customers with twelve facts, as an order log and a facts file give them."""
    draw = np.random.default_rng(SEED)
    revenue = np.round(draw.uniform(0, 5000, rows), 2)
    words = ("high_volume", "high_future_value", "benchmark", "door_opener", "inspiration")
    return Portfolio(
        customer=np.array([f"C-{number:08d}" for number in range(rows)]),
        status=draw.choice(np.array([0, 1, 1, 1, 1, 2], dtype=np.int8), rows),
        **{f"significance_{word}": (draw.random(rows) < 0.02).astype(np.int8) for word in words},
        current_revenue=revenue,
        current_contribution=np.round(revenue * 0.3, 2),
        current_profit=np.round(revenue * 0.3 - draw.uniform(0, 500, rows), 2),
        avoidable_profit=np.round(revenue * 0.3 - draw.uniform(0, 500, rows), 2),
        cost_to_serve_ratio=np.round(draw.uniform(0, 1, rows), 4),
        retained_value=np.round(draw.uniform(-100, 6000, rows), 2),
        residual_value=np.round(draw.uniform(-100, 3000, rows), 2),
        attrition_risk=np.round(draw.uniform(0, 1, rows), 4),
        barred=np.zeros(rows, dtype=np.int8),
    )


def plain(facts: CustomerFacts) -> dict[str, Any]:
    """A record as a dictionary, as one writes it by hand."""
    names = (attribute.name for attribute in facts.__attrs_attrs__)
    told = {name: getattr(facts, name) for name in names if getattr(facts, name) is not None}
    return told | {"significance": list(facts.significance)}


def measured(name: str, rows: int, work: Callable[[], Any]) -> tuple[Any, float]:
    """The answer, and rows a second of processor time; both times are printed."""
    processor, wall, found = [], [], None
    for _ in range(3):
        found = None  # so that two answers are never kept at once
        start, began = time.process_time(), time.perf_counter()
        found = work()
        processor.append(time.process_time() - start)
        wall.append(time.perf_counter() - began)
    rate = rows / min(processor)
    print(f"  {name:42} {rate:10,.0f} rows a second   {rows / min(wall):10,.0f} on the wall")
    return found, rate


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    rows = options.parse_args().rows
    print(f"{rows:,} customers with 12 facts, seed {SEED}, best of 3 of processor time")
    facts = make_facts(rows)
    text, out = measured("relmkt, columns to JSON lines", rows, lambda: records_to_json(facts))
    found, back = measured(
        "relmkt, JSON lines to columns", rows, lambda: records_from_json(text, Portfolio)
    )
    assert found == facts
    few = [*facts[: rows // FEWER]]
    short = records_to_json(few)
    lines = short.splitlines()
    assert text.startswith(short)
    assert [json.loads(line) for line in lines] == [plain(one) for one in few]
    measured(
        "msgspec, records to JSON lines",
        len(few),
        lambda: msgspec.json.Encoder().encode_lines([plain(one) for one in few]),
    )
    measured(
        "standard library, records to JSON lines",
        len(few),
        lambda: "\n".join(json.dumps(plain(one)) for one in few),
    )
    one_by_one, _ = measured(
        "msgspec, JSON lines to records",
        len(few),
        lambda: [CustomerFacts(**msgspec.json.decode(line)) for line in lines],
    )
    assert one_by_one == few
    measured(
        "standard library, JSON lines to records",
        len(few),
        lambda: [CustomerFacts(**json.loads(line)) for line in lines],
    )
    missed = [
        f"{way}: {rate:,.0f} rows a second, not {target:,}"
        for way, rate, target in (("out", out, OUT), ("in", back, IN))
        if rate < target
    ]
    if missed:
        sys.exit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
