"""The door of the pipeline: what is no log and no facts is named, with what to make of it."""

from __future__ import annotations

from datetime import date

import pandas as pd
import polars as pl
import pytest

import relmkt
from relmkt.errors import InvalidValueError
from relmkt.models.forecasts import fit

DAY = date(2026, 1, 8)
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
        ("policy", "be a StrategyPolicy or None"),
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
