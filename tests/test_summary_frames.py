"""Summaries of frames and relations: the same as those of an order log, on every engine."""

from __future__ import annotations

import attrs
import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from relmkt.domain import Summary
from relmkt.records import schema
from relmkt.summaries import summarize
from tests.test_summaries import cases

COLUMNS = {"customer": "who", "ordered_at": "at", "amount": "eur"}
EXTRAS = {"discount": "off", "margin": "gain", "unit_cost": "cost", "quantity": "count"}


def frame_of(case):
    """The lines of a case as a Polars frame, and which columns it has."""
    names = dict(COLUMNS)
    values = {
        "who": [str(line.customer) for line in case.lines],
        "at": [line.at for line in case.lines],
        "eur": [line.cents / 100 for line in case.lines],
    }
    for name, column in EXTRAS.items():
        held = [getattr(line, name) for line in case.lines]
        if {*held} - {None}:
            names[name] = column
            scale = 1 if name == "quantity" else 100
            values[column] = [None if v is None else v / scale for v in held]
    zone = None if case.zone is None else "UTC"
    types = dict.fromkeys(values, pl.Float64) | {"who": pl.String, "at": pl.Datetime("us", zone)}
    return pl.DataFrame(values, schema=types), names


def as_duckdb(frame):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Asia/Tokyo'")
    connection.register("orders", frame.to_arrow())
    return connection.sql("SELECT * FROM orders")


def asked(case):
    return {
        "as_of": case.as_of,
        "unit": case.unit,
        "zone": case.zone,
        "merge": case.merge,
        "refunds": case.refunds,
        "period": case.period_days and f"{case.period_days} days",
    }


def same(found, case, log):
    """Equal to the summaries of the log, in every column of the answer."""
    wanted = case.summaries(log)
    rows = {row["customer"]: row for row in found}
    assert sorted(rows) == sorted(wanted.ids.tolist())
    for number, customer in enumerate(wanted.ids.tolist()):
        one = rows[customer]
        for name in schema(Summary).features:
            value = one.get(name)
            want = wanted.values(name)[number]
            if isinstance(want, float) and value is not None:
                np.testing.assert_allclose(value, want, rtol=1e-9, atol=1e-9, err_msg=name)
            else:
                assert value == want, (name, value, want, customer)


ENGINES = {
    "polars": (lambda frame: frame.lazy(), lambda found: found.collect().to_dicts()),
    "duckdb": (as_duckdb, lambda found: found.to_arrow_table().to_pylist()),
}


@pytest.mark.parametrize("engine", ENGINES)
@given(case=cases())
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_an_engine_gives_what_the_order_log_gives(engine, case):
    make, read = ENGINES[engine]
    case = attrs.evolve(
        case, lines=[attrs.evolve(line, customer=str(line.customer)) for line in case.lines]
    )
    frame, names = frame_of(case)
    same(read(summarize(make(frame), columns=names, **asked(case))), case, case.log)
