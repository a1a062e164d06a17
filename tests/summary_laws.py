"""The law of summaries on engines: a frame of any kind gives what the order log gives.

A kind of frame has two functions: ``make`` makes one of a PyArrow table, ``rows`` gives the rows of
one as dicts. Ids are text, for that every engine groups.
"""

from __future__ import annotations

import math
from datetime import datetime, time

import attrs
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from relmkt.domain import Summary
from relmkt.records import schema
from relmkt.summaries import summarize
from tests.test_summaries import cases

COLUMNS = {
    "customer": "who",
    "ordered_at": "at",
    "amount": "eur",
    "discount": "off",
    "margin": "gain",
    "unit_cost": "cost",
    "quantity": "count",
}

EXACT = {"customer", "orders", "frequency", "first_order", "last_order", "period_orders"}
"""Sums are added up in an order of the engine's own, and Polars divides by a number by multiplying
with its inverse; counts and days are the same to the last bit."""


@st.composite
def named_cases(draw, **fixed):
    """Logs and questions; the ids are text, and the times of some logs are days."""
    case = draw(cases(**fixed))
    lines = [attrs.evolve(line, customer=str(line.customer)) for line in case.lines]
    if case.zone is None and draw(st.booleans()):
        lines = [attrs.evolve(line, at=datetime.combine(line.at, time.min)) for line in lines]
    return attrs.evolve(case, lines=lines)


def table_of(case, *, with_days=True):
    """The lines as a PyArrow table, and which columns it has; days where all times are days."""
    names, arrays = {}, {}
    for feature, column in COLUMNS.items():
        field = {"ordered_at": "at", "amount": "cents"}.get(feature, feature)
        values = [getattr(line, field) for line in case.lines]
        if feature == "customer":
            arrays[column] = pa.array(values, pa.string())
        elif feature == "ordered_at":
            is_days = with_days and case.zone is None
            is_days = is_days and all(value.time() == time.min for value in values)
            zone = None if case.zone is None else "UTC"
            arrays[column] = pa.array(values, pa.date32() if is_days else pa.timestamp("us", zone))
        elif feature == "amount" or {*values} - {None}:
            scale = 1 if feature == "quantity" else 100
            arrays[column] = pa.array([v if v is None else v / scale for v in values], pa.float64())
        else:
            continue
        names[feature] = column
    return pa.table(arrays), names


def asked_of(case):
    return {
        "as_of": case.as_of,
        "unit": case.unit,
        "zone": case.zone,
        "merge": case.merge,
        "refunds": case.refunds,
        "period": case.period_days and f"{case.period_days} days",
    }


def plain(value):
    """A value as a record holds it, whatever the kind of frame makes of it."""
    if isinstance(value, float) and math.isnan(value):
        return None
    return value.date() if isinstance(value, datetime) else value


def same_summary(kind, case, *, with_days=True):
    """A frame of this kind gives the summaries of the log, and stays of its kind.

    A kind that makes Python objects of days is tried without them.
    """
    table, names = table_of(case, with_days=with_days)
    frame = kind.make(table)
    answer = summarize(frame, columns=names, **asked_of(case))
    assert isinstance(frame, type(answer))
    found = {row["customer"]: row for row in kind.rows(answer)}
    wanted = case.summaries()
    assert sorted(found) == sorted(wanted.ids.tolist())
    for number, customer in enumerate(wanted.ids.tolist()):
        for name in schema(Summary).features:
            value = plain(found[customer].get(name))
            want = wanted.values(name)[number]
            if name in EXACT or None in {value, want}:
                assert value == want, name
            else:
                assert value == pytest.approx(want, rel=1e-12, abs=1e-11), name
    return answer
