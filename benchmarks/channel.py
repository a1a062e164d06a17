"""Sales of 10,000 dealers and 1,000 products in 36 months, 28.8 million lines, beside pandas.

The sales are made up market by market (`relmkt.simulation.channel_parts`), written as one Parquet
file with a row group for each of 50 markets, and read back market by market, so that no more than
one of them is in memory. Every dealer carries 60 of the products; months without a sale have no
line. Each way of working runs in a process of its own, which tells its peak of memory:

- ``relmkt`` and ``pandas`` compute the same: sales out by brand, market and month with the dealers'
  margin and the spread of their prices; the sums of both are compared. The file holds texts by
  number; pandas makes categories of them, and a log holds them so too.
- ``review`` adds the trends, the phases and the signals of diversion.
- ``command`` is ``relmkt channel`` on that file, with its dealers, agreements, brands and
  schedules: phases, rebates of each contract year, fairness, diversion, and a line for each dealer.

Making the files takes two minutes, the rest one and a half. It ends with an error where a way of
relmkt takes more than a minute or 2 GiB, where the sums differ, or where they take more than one
and a half times as long as with pandas.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DAY = date(2025, 12, 31)
TEXTS = ("dealer", "flow", "brand", "product", "territory", "market")
NUMBERS = ("quantity", "amount", "dealer_margin")
FILES = ("dealers.parquet", "agreements.parquet", "brands.parquet", "schedules.json")
SEED = 20261122


def make(path: str, dealers: int, markets: int, carried: int) -> None:
    """Write the sales, one row group for each market, and the files that go with them."""
    from relmkt.channel import Agreements, BrandMarkets, Distributors
    from relmkt.simulation import channel_parts

    writer, lines = None, 0
    known: dict[Any, list[Any]] = {Distributors: [], Agreements: [], BrandMarkets: []}
    schedules: Mapping[str, Any] = {}
    for part in channel_parts(
        SEED, dealers=dealers, markets=markets, brands=20, products=50, carried=carried
    ):
        table = pa.table(
            {
                "sold_at": part.sales.column("sold_at").astype("datetime64[us]"),
                **{name: pa.array(part.sales.values(name)).dictionary_encode() for name in TEXTS},
                **{name: pa.array(part.sales.column(name), from_pandas=True) for name in NUMBERS},
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=len(table))
        lines += len(table)
        schedules = part.schedules
        for kind, rows in zip(
            known, (part.distributors, part.agreements, part.brand_markets), strict=True
        ):
            known[kind].append(rows)
    assert writer is not None
    writer.close()
    for kind, name in zip(known, FILES, strict=False):
        frame = kind.concatenated(known[kind]).to_frame(like=pa.table({}))
        pq.write_table(frame, beside(path, name))
    settings = {
        name: {
            "kind": one.kind.value,
            "currency": one.currency,
            "brackets": [[float(bracket.start), float(bracket.rate)] for bracket in one.brackets],
        }
        for name, one in schedules.items()
    }
    Path(beside(path, FILES[3])).write_text(json.dumps(settings), encoding="utf-8")
    print(f"{lines:,} lines of {dealers:,} dealers")


def beside(path: str, name: str) -> str:
    return str(Path(path).with_name(name))


def parts(path: str) -> Iterator[pa.Table]:
    file = pq.ParquetFile(path)
    for number in range(file.num_row_groups):
        yield file.read_row_group(number)


def logs(path: str) -> Iterator[Any]:
    from relmkt.channel import SalesLog

    for table in parts(path):
        yield SalesLog.from_frame(table, **{name: name for name in table.column_names})


def with_relmkt(path: str) -> float:
    from relmkt.channel import MonthlySales, monthly_sales

    found = MonthlySales.combined([monthly_sales(log, as_of=DAY) for log in logs(path)])
    print(f"{len(found):,} brands in markets, {found.sales.shape[1]} months")
    return float(np.nansum(found.sales) + np.nansum(found.spread))


def with_review(path: str) -> float:
    from relmkt.channel import Distributors, MonthlySales, market_facts, monthly_sales
    from relmkt.channel.diversion_signals import diversion_facts
    from relmkt.policies import DiversionPolicy, PhasePolicy

    monthly, heard, dealers = [], 0, 0
    for log in logs(path):
        monthly.append(monthly_sales(log, as_of=DAY))
        # Everybody's place is where its first delivery went.
        names, first = np.unique(log.dealer.astype(str), return_index=True)
        known = Distributors(dealer=names.tolist(), territory=log.territory[first])
        facts = diversion_facts(log, as_of=DAY, distributors=known)
        heard += int(DiversionPolicy().table().decide(facts).where("hear").sum())
        dealers += len(facts)
    facts = market_facts(MonthlySales.combined(monthly))
    phases = PhasePolicy().calibrate(facts).table().decide(facts)
    print({phase.value: count for phase, count in phases.counts().items()})
    print(f"{heard:,} of {dealers:,} dealers to be heard")
    return float(heard)


def with_pandas(path: str) -> float:
    """The same sums, part by part, by group-bys."""
    import pandas as pd

    found = []
    for table in parts(path):
        frame = table.to_pandas()
        frame = frame[frame["flow"] == "sell_out"]
        frame["month"] = frame["sold_at"].dt.to_period("M")
        group = ["brand", "market", "month"]
        sums = frame.groupby(group, observed=True)[["amount", "dealer_margin"]].sum()
        own = frame.groupby([*group, "product", "dealer"], observed=True)[
            ["amount", "quantity"]
        ].sum()
        own = own[(own["amount"] > 0) & (own["quantity"] > 0)]
        goods = own.groupby(level=[*group, "product"], observed=True)
        total = goods[["amount", "quantity"]].transform("sum")
        mean = total["amount"] / total["quantity"]
        own["square"] = own["quantity"] * (own["amount"] / own["quantity"] - mean) ** 2
        told = own.groupby(level=[*group, "product"], observed=True).agg(
            amount=("amount", "sum"),
            quantity=("quantity", "sum"),
            square=("square", "sum"),
            dealers=("amount", "size"),
        )
        told = told[told["dealers"] > 1]
        spread = np.sqrt(told["square"] / told["quantity"]) / (told["amount"] / told["quantity"])
        weighted = (spread * told["amount"]).groupby(level=group, observed=True).sum()
        base = told["amount"].groupby(level=group, observed=True).sum()
        sums["spread"] = weighted / base
        found.append(sums)
    made = pd.concat(found)
    print(f"{len(made):,} cells")
    return float(made["amount"].sum() + made["spread"].sum())


def with_command(path: str) -> float:
    """All that the command tells of the file, with a line for each dealer."""
    dealers, agreements, brands, schedules = (beside(path, name) for name in FILES)
    told = subprocess.run(
        [
            *(sys.executable, "-m", "relmkt", "channel", path),
            *("--dealers", dealers, "--agreements", agreements, "--brands", brands),
            *("--schedules", schedules, "--as-of", str(DAY)),
            *("--out", beside(path, "dealers-out.csv")),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    for line in told.stdout.splitlines():
        if line.startswith(("Rebates", "Diversion")) or "brands in markets" in line:
            print(line)
    return 0.0


WAYS = {
    "relmkt": with_relmkt,
    "pandas": with_pandas,
    "review": with_review,
    "command": with_command,
}


def compare(dealers: int, markets: int, carried: int) -> None:
    """Make a file, measure each way in a process of its own, and judge."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/sales.parquet"
        sizes = [f"--dealers={dealers}", f"--markets={markets}", f"--carried={carried}"]
        _run("make", path, *sizes)
        found = {way: _run(way, path) for way in WAYS}
    (took, _, check), (other, _, their_check) = found["relmkt"], found["pandas"]
    print(f"the sums take {took / other:.1f} times as long as with pandas")
    if abs(check - their_check) > 1e-9 * abs(check):
        raise SystemExit(f"the sums differ: {check} and {their_check}")
    if took > 1.5 * other:
        raise SystemExit("the sums take more than one and a half times as long as with pandas")
    for way in ("relmkt", "review", "command"):
        seconds, peak, _ = found[way]
        if seconds > 60 or peak > 2048:
            raise SystemExit(f"{way} took {seconds:.1f} s and {peak:,.0f} MiB")


def _run(*arguments: str) -> tuple[float, float, float]:
    done = subprocess.run(
        [sys.executable, __file__, *arguments], check=True, capture_output=True, text=True
    )
    print(done.stdout, end="")
    told = done.stdout.splitlines()[-1]
    if not told.startswith("figures"):
        return 0.0, 0.0, 0.0
    took, peak, check = map(float, told.split()[1:])
    return took, peak, check


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("way", nargs="?", choices=["all", "make", *WAYS], default="all")
    asked.add_argument("path", nargs="?", default="")
    asked.add_argument("--dealers", type=int, default=10_000)
    asked.add_argument("--markets", type=int, default=50)
    asked.add_argument("--carried", type=int, default=60)
    given = asked.parse_args()
    if given.way == "make":
        make(given.path, given.dealers, given.markets, given.carried)
        return
    if given.way == "all":
        compare(given.dealers, given.markets, given.carried)
        return
    begun = time.perf_counter()
    checked = WAYS[given.way](given.path)
    took = time.perf_counter() - begun
    who = resource.RUSAGE_CHILDREN if given.way == "command" else resource.RUSAGE_SELF
    peak = resource.getrusage(who).ru_maxrss / 1024
    print(f"{given.way}: {took:.1f} s, peak {peak:,.0f} MiB")
    print(f"figures {took} {peak} {checked}")


if __name__ == "__main__":
    main()
