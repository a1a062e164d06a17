"""Synthetic channels: the same for a seed, and the truth agrees with the data."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.domain import Flow, Phase
from relmkt.errors import InvalidValueError
from relmkt.simulation import ChannelMarket, channel_market, channel_parts

SMALL = {"dealers": 12, "markets": 2, "brands": 2, "products": 2, "months": 24}


def lines(made: ChannelMarket) -> list[tuple[object, ...]]:
    return [
        tuple(made.sales.values(name)[at] for name in ("dealer", "flow", "territory", "quantity"))
        for at in range(0, len(made.sales), 97)
    ]


def same(one: ChannelMarket, other: ChannelMarket) -> bool:
    return (
        one.sales == other.sales
        and one.distributors == other.distributors
        and one.agreements == other.agreements
        and one.brand_markets == other.brand_markets
        and one.truth.diverters == other.truth.diverters
        and one.truth.paths == other.truth.paths
        and one.truth.dumped.tobytes() == other.truth.dumped.tobytes()
    )


@given(seed=st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_the_same_seed_makes_the_same_bytes(seed):
    made = channel_market(seed, **SMALL)
    assert same(made, channel_market(np.random.default_rng(seed), **SMALL))
    assert made.sales.quantity.tobytes() == channel_market(seed, **SMALL).sales.quantity.tobytes()


def test_another_seed_makes_another_market():
    assert lines(channel_market(1, **SMALL)) != lines(channel_market(2, **SMALL))


@given(
    seed=st.integers(0, 2**32),
    carried=st.sampled_from([None, 1, 3]),
    diverters=st.sampled_from([0.0, 0.1, 0.5]),
)
@settings(max_examples=12, deadline=None)
def test_nothing_is_sold_or_dumped_that_was_not_bought_before(seed, carried, diverters):
    made = channel_market(seed, **SMALL, carried=carried, diverters=diverters)
    stock: dict[tuple[object, object], dict[object, float]] = defaultdict(
        lambda: defaultdict(float)
    )
    for dealer, product, day, flow, units in zip(
        made.sales.dealer.tolist(),
        made.sales.product.tolist(),
        made.sales.sold_at.tolist(),
        made.sales.values("flow"),
        made.sales.quantity.tolist(),
        strict=True,
    ):
        assert units > 0
        assert units == int(units)
        sign = 1 if flow == Flow.SELL_IN else -1
        stock[dealer, product][day] += sign * units
    for months in stock.values():
        assert np.cumsum([months[day] for day in sorted(months)]).min() >= 0
    # What was dumped and not seen is in no line, and was bought all the same.
    of_dealer = [
        sum(sum(months.values()) for (name, _), months in stock.items() if name == dealer)
        for dealer in made.distributors.dealer.tolist()
    ]
    unseen = (made.truth.dumped - made.truth.traced).sum(axis=1)
    assert (np.array(of_dealer) >= unseen).all()


@given(seed=st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_only_diverters_dump_and_only_when_a_year_ends(seed):
    made = channel_market(seed, **SMALL, diverters=0.3)
    of_year = (made.first_month + np.arange(24)).astype(int) % 12
    assert not made.truth.dumped[:, of_year < 10].any()
    who = [dealer in made.truth.diverters for dealer in made.distributors.dealer.tolist()]
    assert not made.truth.dumped[~np.array(who)].any()
    assert (made.truth.traced <= made.truth.dumped).all()
    assert len(made.truth.diverters) <= 4  # of six dealers in each of two markets


def test_goods_are_dumped_in_territories_of_others_below_their_price():
    made = channel_market(5, dealers=60, markets=2, diverters=0.2)
    own = dict(
        zip(made.distributors.dealer.tolist(), made.distributors.territory.tolist(), strict=True)
    )
    sales = made.sales
    abroad = np.array(
        [own[dealer] != place for dealer, place in zip(sales.dealer, sales.territory, strict=True)]
    )
    diverter = np.isin(sales.dealer.astype(str), sorted(made.truth.diverters))
    out = np.array([flow == Flow.SELL_OUT for flow in sales.values("flow")])
    assert out[abroad].all()
    margin = sales.dealer_margin / sales.amount
    assert (
        np.nanmean(margin[abroad & diverter]) < np.nanmean(margin[out & ~abroad & diverter]) - 0.03
    )
    # The others serve customers from elsewhere too, at their usual prices.
    usual = np.nanmean(margin[out & ~abroad & ~diverter])
    assert np.nanmean(margin[abroad & ~diverter]) == pytest.approx(usual, abs=0.02)


def test_every_phase_occurs_and_a_path_never_goes_back():
    made = channel_market(3)
    assert set(made.truth.phases.values()) == set(Phase) - {Phase.UNDETERMINED}
    order = list(Phase)
    for name, path in made.truth.paths.items():
        codes = [-1 if phase is None else order.index(phase) for phase in path]
        assert codes == sorted(codes)
        assert path[-1] is made.truth.phases[name]


def test_nothing_is_sold_before_the_launch():
    made = channel_market(4)
    launched = {(one.brand, one.market): one.launched for one in made.brand_markets}
    for brand, market, day in zip(
        made.sales.brand.tolist(),
        made.sales.market.tolist(),
        made.sales.sold_at.tolist(),
        strict=True,
    ):
        assert day.date() >= launched[brand, market]


def test_the_parts_are_the_whole():
    whole = channel_market(9, **SMALL)
    parts = list(channel_parts(9, **SMALL))
    assert [part.distributors.market[0] for part in parts] == ["North", "South"]
    assert sum(len(part.sales) for part in parts) == len(whole.sales)
    assert frozenset().union(*(part.truth.diverters for part in parts)) == whole.truth.diverters


def test_dealers_without_an_agreement_sell_and_agreements_name_a_schedule():
    made = channel_market(2, dealers=200, outside=0.1)
    under = set(made.agreements.dealer.tolist())
    assert 0 < 200 - len(under) < 40
    assert set(made.sales.dealer.tolist()) - under
    assert set(made.agreements.schedule.tolist()) <= set(made.schedules)
    places = made.agreements.territories.tolist()
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"dealers": 3}, "'dealers' must be at least 8"),
        ({"months": 11}, "'months' must be at least 12"),
        ({"brands": 0}, "'brands' must be at least 1"),
        ({"carried": 13}, "'carried' must not exceed the products"),
        ({"carried": 0}, "'carried' must be at least 1"),
        ({"diverters": 0.6}, "'diverters' must lie between 0 and 0.5"),
        ({"outside": -0.1}, "'outside' must lie between 0 and 0.5"),
    ],
)
def test_a_setting_that_makes_no_market_is_refused(setting, said):
    with pytest.raises(InvalidValueError, match=said.replace("(", r"\(")):
        channel_market(1, **setting)
