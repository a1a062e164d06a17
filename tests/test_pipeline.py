"""The door of the pipeline: what is no log and no facts is named, with what to make of it."""

from __future__ import annotations

from datetime import date

import pandas as pd
import polars as pl
import pytest

import relmkt
from relmkt.datasets import cdnow_orders
from relmkt.errors import InvalidValueError
from relmkt.models.forecasts import fit
from relmkt.pipeline import PLANNED, plan_from_summaries

DAY = date(2026, 1, 8)
DAY_OF_CDNOW = date(1998, 6, 30)
LOG = relmkt.OrderLog(customer=["a"], ordered_at=[date(2026, 1, 1)], amount=[5.0])
CELLS = {"customer": ["a"], "ordered_at": [date(2026, 1, 1)], "amount": [5.0]}


@pytest.mark.parametrize("log", [pd.DataFrame(CELLS), pl.DataFrame(CELLS), CELLS, [], 3, None])
def test_what_is_no_log_is_refused_with_the_way_to_make_one(log):
    with pytest.raises(InvalidValueError) as refused:
        relmkt.plan(log, as_of=DAY)
    assert refused.value.field == "log"
    told = str(refused.value)
    assert told.startswith(f"'log' must be an OrderLog, got {type(log)!r}: ")
    assert told.endswith("OrderLog.from_frame(df, customer=..., ordered_at=..., amount=...)")


@pytest.mark.parametrize("value", [pd.DataFrame(CELLS), {}, {"headroom": 3}, [], 0, 7, "x"])
@pytest.mark.parametrize(
    ("argument", "rule"),
    [
        ("facts", "be a Portfolio or None"),
        ("assumptions", "be Assumptions or None"),
        ("policy", "be a StrategyPolicy, a dated one or None"),
        ("models", "be Models or None"),
    ],
)
def test_arguments_of_another_type_are_refused_by_name_even_where_they_are_empty(
    argument, rule, value
):
    with pytest.raises(InvalidValueError) as refused:
        relmkt.plan(LOG, as_of=DAY, **{argument: value})
    assert (refused.value.field, refused.value.rule) == (argument, rule)
    assert str(refused.value).startswith(f"'{argument}' must {rule}, got {type(value)!r}: ")
    assert refused.value.remedy


def test_what_the_remedies_name_is_there():
    frame = pd.DataFrame(CELLS | {"headroom": [3.0]})
    log = relmkt.OrderLog.from_frame(
        frame, customer="customer", ordered_at="ordered_at", amount="amount"
    )
    facts = relmkt.Portfolio.from_frame(frame, customer="customer", headroom="headroom")
    stated = relmkt.Assumptions(margin_rate=0.3)
    policy = relmkt.StrategyPolicy(target_profit=0)
    models = fit(relmkt.summarize(log, as_of=DAY))
    made = relmkt.plan(
        log, as_of=DAY, facts=facts, assumptions=stated, policy=policy, models=models
    )
    assert len(made) == 1


def test_summaries_made_elsewhere_give_the_same_plan():
    log = cdnow_orders()
    made = relmkt.plan(log, as_of=DAY_OF_CDNOW)
    again = plan_from_summaries(relmkt.summarize(log, as_of=DAY_OF_CDNOW, period="1 year"))
    assert again.lines() == made.lines()
    assert again.cash.lines == made.cash.lines


def test_a_plan_asks_for_no_other_column_of_the_summaries():
    log = cdnow_orders()
    whole = relmkt.summarize(log, as_of=DAY_OF_CDNOW, period="1 year")
    part = whole.replace(**dict.fromkeys(set(whole.names) - {"customer", *PLANNED}))
    assert plan_from_summaries(part).lines() == plan_from_summaries(whole).lines()


@pytest.mark.parametrize("value", [LOG, None, pd.DataFrame(CELLS)])
def test_what_are_no_summaries_is_refused_with_the_way_to_make_them(value):
    with pytest.raises(InvalidValueError, match=r"must be Summaries, got .*summarize") as refused:
        plan_from_summaries(value)
    assert refused.value.field == "summaries"


@pytest.mark.parametrize("period", [None, "6 months", "364 days"])
def test_summaries_of_another_period_are_refused(period):
    summaries = relmkt.summarize(LOG, as_of=DAY, period=period)
    with pytest.raises(InvalidValueError, match="must be that of the assumptions") as refused:
        plan_from_summaries(summaries)
    assert refused.value.field == "period"


@pytest.mark.parametrize("period", ["12 months", "365 days"])
def test_a_period_of_the_same_days_is_the_same_period(period):
    summaries = relmkt.summarize(LOG, as_of=DAY, period=period)
    assert len(plan_from_summaries(summaries)) == 1


def test_summaries_of_nobody_are_refused():
    nobody = relmkt.summarize(LOG, as_of=DAY, period="1 year")[:0]
    with pytest.raises(InvalidValueError, match="at least one customer"):
        plan_from_summaries(nobody)
