"""The law on every engine that is installed, clusters and all; prints what it tried and found.

Run it from a checkout with ``python -m tests.engines.everywhere``; the extra ``engines`` installs
what is not in the ordinary test suite. PySpark needs Java 17.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import sys
import time
import warnings
from collections import Counter

import duckdb
import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings

from tests.engines.kinds import (
    AT,
    EXPLOSION,
    IN_CI,
    NULLABLE,
    FrameKind,
    pandas_rows,
)
from tests.engines.laws import (
    NAMES,
    WORDS,
    bad_input,
    drawn,
    expected,
    frame_of,
    law_of_patience,
    many_outcomes,
    many_thresholds,
)
from tests.summary_laws import named_cases, same_summary

EXAMPLES = 30
ROWS = 40
LOGS = 8
UNZONED = {"Ibis", "SQLFrame"}
"""Engines that are asked of no times with a zone; see `relmkt.summarize`."""


def spark():
    """Spark on this machine alone, without its log and its pages."""
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    from pyspark.sql import SparkSession

    settled = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.log.level": "OFF",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",  # times without a zone stay without one
    }
    session = SparkSession.builder.master("local[1]").config(map=settled).getOrCreate()
    query = f"select 0 as {AT}, cast(raise_error('{EXPLOSION}') as double) as x"
    return FrameKind(
        "PySpark",
        session.createDataFrame,
        lambda frame: [row.asDict() for row in frame.collect()],
        is_lazy=True,
        explosive=lambda: session.sql(query),
    )


def dask():
    """Dask, with nullable columns, in two parts."""
    import dask.dataframe as dd

    def explode(frame):
        raise AssertionError(EXPLOSION)

    def explosive():
        like = pd.DataFrame({AT: [0], "x": [1.0]})
        return dd.from_pandas(like, npartitions=1).map_partitions(explode, meta=like)

    return FrameKind(
        "Dask",
        lambda t: dd.from_pandas(t.to_pandas(types_mapper=NULLABLE.get), npartitions=2),
        lambda frame: pandas_rows(frame.compute()),
        is_lazy=True,
        explosive=explosive,
        has_decimals=False,
    )


def dask_objects():
    """Dask with columns of Python objects, which it would otherwise make text of."""
    import dask
    import dask.dataframe as dd

    def make(table):
        with dask.config.set({"dataframe.convert-string": False}):
            return dd.from_pandas(table.to_pandas(), npartitions=2)

    return FrameKind(
        "Dask, objects",
        make,
        lambda frame: pandas_rows(frame.compute()),
        is_lazy=True,
        has_decimals=False,
    )


def ibis():
    """Ibis on DuckDB."""
    import ibis

    backend = ibis.duckdb.connect()
    backend.raw_sql(f"create view bad as select 0 as {AT}, error('{EXPLOSION}')::double as x")
    return FrameKind(
        "Ibis",
        ibis.memtable,
        lambda table: table.to_pyarrow().to_pylist(),
        is_lazy=True,
        explosive=lambda: backend.table("bad"),
    )


def sqlframe():
    """SQLFrame on DuckDB."""
    from sqlframe.duckdb import DuckDBSession

    connection = duckdb.connect()
    session = DuckDBSession(conn=connection)
    made = Counter()

    def make(table):
        made["tables"] += 1
        name = f"t{made['tables']}"
        connection.register("given", table)
        connection.execute(f"create table {name} as from given")
        return session.table(name)

    def explosive():
        connection.execute(
            f"create or replace view bad as select 0 as {AT}, error('{EXPLOSION}')::double as x"
        )
        return session.table("bad")

    return FrameKind(
        "SQLFrame",
        make,
        lambda frame: [row.asDict() for row in frame.collect()],
        is_lazy=True,
        explosive=explosive,
    )


PACKAGES = {"pandas": "pandas", "Polars": "polars", "PyArrow": "pyarrow", "DuckDB": "duckdb"}
MORE = {
    "PySpark": ("pyspark", [spark]),
    "Dask": ("dask", [dask, dask_objects]),
    "Ibis": ("ibis-framework", [ibis]),
    "SQLFrame": ("sqlframe", [sqlframe]),
}


def version(package):
    """The version that is installed, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


class Tried:
    """What one kind of frame was asked, and how often it agreed."""

    def __init__(self, kind):
        self.kind = kind
        self.count = Counter()
        self.seconds = 0.0

    def try_one(self, example):
        """Decide on one frame, and compare every row with the oracle."""
        table, things, types, with_nan = example
        frame = frame_of(self.kind, table, things, types, with_nan)
        begun = time.perf_counter()
        found = table.expression().decide(frame)
        told = self.kind.read(found, *NAMES)
        self.seconds += time.perf_counter() - begun
        right = expected(table, things)
        self.count["frames"] += 1
        self.count["rows"] += len(right)
        self.count["kept"] += isinstance(frame, type(found)) and len(told) == len(right)
        for mine, theirs in zip(told, right, strict=True):
            for name, a, b in zip(NAMES, mine, theirs, strict=True):
                self.count[name] += a == b

    def summarize_one(self, case):
        """Summarize one log in a frame, and compare every value with the array path."""
        if case.zone is not None and self.kind.name in UNZONED:
            return
        self.count["logs"] += 1
        with contextlib.suppress(AssertionError):
            same_summary(self.kind, case, with_days="Dask" not in self.kind.name)
            self.count["summarized"] += 1

    def finish(self):
        """Try what needs one frame: that nothing is run early, and the words of errors."""
        if self.kind.explosive is not None:
            law_of_patience(self.kind)
            self.count["patient"] = 1
        self.count["words"] = bad_input(self.kind) == WORDS

    def line(self, installed):
        """One line of the table."""
        rows = self.count["rows"]
        agree = [f"{100 * self.count[name] / rows:.0f}%" for name in NAMES]
        kept = "yes" if self.count["kept"] == self.count["frames"] else "NO"
        patient = "-" if not self.kind.is_lazy else "no" if self.count["patient"] else "not tried"
        cells = [self.kind.name, installed, self.count["frames"], rows, *agree, kept, patient]
        words = "yes" if self.count["words"] else "types differ"
        return [*map(str, cells), words, f"{self.count['summarized']} of {self.count['logs']}"]

    def agrees(self):
        """Whether nothing differed."""
        rows = self.count["rows"]
        return (
            all(self.count[name] == rows for name in NAMES)
            and self.count["kept"] == self.count["frames"]
            and self.count["summarized"] == self.count["logs"]
        )


def main():
    """Try all engines that are installed, and print the table."""
    warnings.simplefilter("ignore")
    kinds = [(kind, version(PACKAGES[kind.name.partition(",")[0]])) for kind in IN_CI]
    for name, (package, makers) in MORE.items():
        installed = version(package)
        if installed is None:
            print(f"{name} is not installed: pip install 'relmkt[engines]'")
            continue
        kinds += [(make(), installed) for make in makers]
    tried = [Tried(kind) for kind, _ in kinds]

    same_each_time = settings(
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @settings(same_each_time, max_examples=EXAMPLES)
    @given(drawn(min_size=ROWS // 2, max_size=ROWS))
    def law(example):
        for one in tried:
            one.try_one(example)

    @settings(same_each_time, max_examples=LOGS)
    @given(named_cases())
    def law_of_summaries(case):
        for one in tried:
            one.summarize_one(case)

    law()
    law_of_summaries()
    for one in tried:
        one.try_one(many_thresholds())
        one.try_one(many_outcomes())
        one.finish()
    head = ["engine", "version", "frames", "rows", *NAMES, "same kind", "run early", "same words"]
    head.append("summaries")
    lines = [head, *(one.line(installed) for one, (_, installed) in zip(tried, kinds, strict=True))]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    for line in lines:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )
    return 0 if all(one.agrees() for one in tried) else 1


if __name__ == "__main__":
    sys.exit(main())
