"""What a firm says of its channels, beside what sales and agreements show."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.channel import ChannelReview, Channels, review_channel
from relmkt.channel._stated_channels import joined_channels
from relmkt.domain import ChannelFacts, Phase
from relmkt.errors import InvalidRowsError
from relmkt.simulation import ChannelMarket, channel_market

DAY = date(2025, 12, 31)
FLAGS = ("criteria_set", "like_terms", "target_set", "successor_named")


@pytest.fixture(scope="module")
def made() -> ChannelMarket:
    return channel_market(5, dealers=40)


def reviewed(made: ChannelMarket, said: Channels | None) -> ChannelReview:
    return review_channel(
        made.sales,
        as_of=DAY,
        distributors=made.distributors,
        agreements=made.agreements,
        schedules=made.schedules,
        brand_markets=made.brand_markets,
        channel_facts=said,
    )


some = st.lists(
    st.fixed_dictionaries({name: st.sampled_from([None, True, False]) for name in FLAGS}),
    min_size=1,
    max_size=5,
)


@given(some, some, st.randoms())
def test_what_is_measured_stands_and_what_is_not_is_as_it_is_said(shown, stated, random):
    shown_rows = [{"brand_market": f"B{at}", **row} for at, row in enumerate(shown)]
    stated_rows = [{"brand_market": f"B{at}", **row} for at, row in enumerate(stated[: len(shown)])]
    random.shuffle(stated_rows)
    joined, contradicted = joined_channels(channels(shown_rows), channels(stated_rows))
    said_of = {row["brand_market"]: row for row in stated_rows}
    differing = 0
    assert joined.ids.tolist() == [row["brand_market"] for row in shown_rows]
    for at, row in enumerate(shown_rows):
        said = said_of.get(row["brand_market"], {})
        for name in FLAGS:
            expected = said.get(name) if row[name] is None else row[name]
            assert getattr(joined[at], name) is expected
            differing += None not in (row[name], said.get(name)) and row[name] != said[name]
    assert len(contradicted) == differing


def channels(rows: list[dict[str, Any]]) -> Channels:
    return Channels.of([ChannelFacts(**row) for row in rows])


def test_every_condition_of_a_phase_can_be_answered(made):
    silent = reviewed(made, None)
    names = silent.markets.tolist()
    every = {
        "criteria_set": True,
        "poorly_matched": 0,
        "plan_disclosed": False,
        "risk_share": 0.9,
        "price_cut_share": 0.5,
        "rebate_into_price": 0.5,
        "stock_months": 4.0,
        "obligations_listed": True,
        "successor_named": False,
    }
    told = reviewed(made, channels([{"brand_market": name, **every} for name in names]))
    asked = {
        Phase.INTRODUCTION: {"plan_not_disclosed", "too_much_risk"},
        Phase.MATURITY: {"price_war", "rebate_funds_price_war"},
        Phase.DECLINE: {"stock_at_risk", "no_successor"},
    }
    for row, decided in enumerate(told.phases):
        assert told.conditions[row].missing == ()
        assert asked.get(decided.outcome, set()) <= set(told.conditions[row].outcomes)
    assert {decided.outcome for decided in told.phases} >= set(asked)
    assert told.contradicted == ()
    assert any(silent.conditions[row].missing for row in range(len(names)))


def test_a_contradiction_is_told_and_what_is_measured_stands(made):
    name = reviewed(made, None).markets[0]
    said = channels([{"brand_market": name, "phase": "introduction", "target_set": False}])
    told = reviewed(made, said)
    shown = told.phases[0].outcome
    assert shown is not Phase.INTRODUCTION
    assert told.contradicted == (
        f"{name}: phase is said to be introduction; by sales and agreements it is {shown}",
        f"{name}: target set is said to be no; by sales and agreements it is yes",
    )
    assert told.conditions.rows.values("target_set")[0] is True


def test_a_brand_that_has_no_sales_is_refused(made):
    with pytest.raises(
        InvalidRowsError, match="of the brand in a market 'Luman'; there are of"
    ) as bad:
        reviewed(made, Channels(brand_market=["Luman"]))
    assert bad.value.rows == (0,)
    name = reviewed(made, None).markets[0]
    with pytest.raises(InvalidRowsError, match="stands there twice"):
        reviewed(made, Channels(brand_market=[name, name]))
