"""Signals of diversion: what they see, what they overlook, and on whom they cast suspicion."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from relmkt.channel import Agreements, Distributors, SalesLog, market_facts, monthly_sales
from relmkt.channel.diversion_signals import diversion_facts
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import DiversionFacts, Phase, Suspicion
from relmkt.policies import DiversionPolicy, PhasePolicy
from relmkt.simulation import ChannelMarket, channel_market

DAY = date(2025, 12, 31)
SEEDS = range(8)

Line = tuple[str, str, str, str, float, float]
"""Dealer, month, direction, territory, units, amount."""


def log_of(lines: list[Line], **others: object) -> SalesLog:
    dealer, month, flow, territory, units, amount = zip(*lines, strict=True)
    return SalesLog(
        dealer=dealer,
        sold_at=[date.fromisoformat(f"{one}-15") for one in month],
        flow=flow,
        territory=territory,
        quantity=units,
        amount=amount,
        product=["lamp"] * len(lines),
        market=["North"] * len(lines),
        **others,
    )


TWO = Distributors(dealer=["A", "B"], territory=["Kiel", "Husum"])


def steady(dealer: str, territory: str) -> list[Line]:
    """A year in which ten units are bought and sold each month, at 20."""
    return [
        (dealer, f"2025-{month:02d}", flow, territory, 10.0, 200.0)
        for month in range(1, 13)
        for flow in ("sell_in", "sell_out")
    ]


def asked(lines: list[Line], **others: object) -> list[DiversionFacts]:
    return list(diversion_facts(log_of(lines), as_of=DAY, distributors=TWO, **others))


def test_a_contract_year_begins_and_ends_within_a_month():
    """Sold on the 15th: of a year from the 20th of January on twelve months count, not thirteen."""
    schedule = RebateSchedule(brackets=[(100, 2)], kind="marginal", currency="EUR")
    lines = [
        ("A", month, flow, "Kiel", units, 20 * units)
        for month, units in (
            *((f"2024-{number:02d}", 10.0) for number in range(1, 13)),
            ("2025-01", 30.0),
            ("2025-02", 99.0),
        )
        for flow in ("sell_in", "sell_out")
    ]
    lines.append(("A", "2025-01", "sell_in", "Kiel", 20.0, 400.0))
    found = diversion_facts(
        log_of(lines),
        as_of=date(2025, 2, 28),
        distributors=TWO,
        agreements=Agreements(dealer=["A"], starts=[date(2024, 1, 20)], schedule=["plan"]),
        schedules={"plan": schedule},
    )[0]
    assert found.overshoot == pytest.approx((110 + 50) / 100 - 1)
    assert found.year_end_lift == pytest.approx((10 + 30 + 20) / (10 + 30))


def test_a_contract_year_that_ended_in_a_month_that_is_not_over_is_not_asked_yet():
    schedule = RebateSchedule(brackets=[(100, 2)], kind="marginal", currency="EUR")
    found = diversion_facts(
        log_of(steady("A", "Kiel")),
        as_of=date(2025, 12, 20),
        distributors=TWO,
        agreements=Agreements(dealer=["A"], starts=[date(2024, 12, 16)], schedule=["plan"]),
        schedules={"plan": schedule},
    )[0]
    assert found.overshoot is None


def test_a_dealer_that_sells_at_home_what_it_buys_gives_no_signal():
    schedule = RebateSchedule(brackets=[(100, 2)], kind="marginal", currency="EUR")
    agreements = Agreements(dealer=["A"], starts=[date(2025, 1, 1)], schedule=["plan"])
    first, second = asked(
        steady("A", "Kiel") + steady("B", "Husum"),
        agreements=agreements,
        schedules={"plan": schedule},
    )
    assert (first.sold_in, first.sold_out, first.least_stock) == (120, 120, 0)
    assert (first.foreign_share, second.foreign_share) == (0, 0)
    assert first.foreign_discount is None
    assert first.year_end_lift == 1
    assert DiversionPolicy().table().decide(first).outcome is Suspicion.CLEAR
    # Of the other nobody knows when a year ends.
    assert second.year_end_lift is None
    assert DiversionPolicy().table().decide(second).outcome is Suspicion.UNKNOWN


def test_where_nothing_was_sold_at_the_end_of_a_year_there_is_no_spike_to_measure():
    schedule = RebateSchedule(brackets=[(100, 2)], kind="marginal", currency="EUR")
    agreements = Agreements(dealer=["A"], starts=[date(2025, 1, 1)], schedule=["plan"])
    lines = [
        line
        for line in steady("A", "Kiel")
        if line[2] == "sell_in" or line[1] not in ("2025-10", "2025-11", "2025-12")
    ]
    first, _ = asked(lines, agreements=agreements, schedules={"plan": schedule})
    assert first.year_end_lift is None
    assert first.overshoot == pytest.approx(0.2)


def test_goods_that_are_never_seen_to_be_sold_raise_the_lowest_stock():
    hoard = ("A", "2024-12", "sell_in", "Kiel", 30.0, 600.0)
    sold = ("A", "2024-12", "sell_out", "Kiel", 1.0, 20.0)
    first, _ = asked([hoard, sold, *steady("A", "Kiel")])
    assert first.least_stock == pytest.approx(2.9)
    assert DiversionPolicy().checklist().decide(first).outcomes == ("never_sold",)


def test_goods_that_are_bought_early_and_sold_later_do_not():
    early = ("A", "2024-12", "sell_in", "Kiel", 30.0, 600.0)
    late = ("A", "2025-02", "sell_out", "Kiel", 30.0, 600.0)
    first, _ = asked([early, late, *steady("A", "Kiel")])
    assert first.least_stock == 0


def test_foreign_prices_are_compared_with_those_of_others_and_with_the_own_ones():
    abroad = ("A", "2025-06", "sell_out", "Husum", 10.0, 150.0)
    first, second = asked([*steady("A", "Kiel"), *steady("B", "Husum"), abroad])
    assert first.foreign_share == pytest.approx(10 / 130)
    assert first.foreign_discount == pytest.approx(0.25)
    assert first.home_discount == pytest.approx(0.25)
    assert second.foreign_discount is None


def test_the_end_of_the_latest_whole_contract_year_is_looked_at():
    schedule = RebateSchedule(brackets=[(100, 2), (150, 3)], kind="whole_volume", currency="EUR")
    agreements = Agreements(
        dealer=["A"], territories=["Kiel"], starts=[date(2025, 1, 1)], schedule=["plan"]
    )
    spike = ("A", "2025-12", "sell_in", "Kiel", 31.0, 620.0)
    first, second = asked(
        [*steady("A", "Kiel"), spike], agreements=agreements, schedules={"plan": schedule}
    )
    assert first.year_end_lift == pytest.approx(51 / 20)
    assert first.overshoot == pytest.approx(1 / 150)
    assert second.year_end_lift is None
    assert DiversionPolicy().checklist().decide(first).outcomes == ("just_over_bracket",)
    (earlier, _) = diversion_facts(
        log_of([*steady("A", "Kiel"), spike]),
        as_of=date(2025, 12, 30),
        distributors=TWO,
        agreements=agreements,
        schedules={"plan": schedule},
    )
    assert earlier.year_end_lift is None
    assert earlier.sold_in == 110  # December is not over


def test_volume_by_amount_and_by_sales_out_is_read_as_the_schedule_says():
    schedule = RebateSchedule(
        brackets=[(2000, "0.02")],
        kind="marginal",
        currency="EUR",
        basis="amount",
        flow="sell_out",
    )
    agreements = Agreements(
        dealer=["A", "B"],
        outlets=["x", None],
        starts=[date(2025, 1, 1), date(2024, 5, 1)],
        schedule=["plan", "other"],
    )
    first, second = asked(steady("A", "Kiel"), agreements=agreements, schedules={"plan": schedule})
    assert first.overshoot == pytest.approx(2400 / 2000 - 1)
    assert second.overshoot is None


def test_a_year_that_began_before_the_records_tells_nothing():
    schedule = RebateSchedule(brackets=[(1, 2)], kind="marginal", currency="EUR")
    agreements = Agreements(
        dealer=["A"], starts=[date(2024, 7, 1)], ends=[date(2025, 6, 30)], schedule=["plan"]
    )
    first, _ = asked(steady("A", "Kiel"), agreements=agreements, schedules={"plan": schedule})
    assert first.overshoot is None


def test_designated_outlets_are_own_places_too():
    lines = [("A", "2025-06", "sell_out", "Husum", 4.0, 80.0)]
    agreements = Agreements(dealer=["A"], outlets=["shop"], starts=[date(2025, 1, 1)])
    found = diversion_facts(
        log_of(lines, outlet=["shop"]), as_of=DAY, distributors=TWO, agreements=agreements
    )
    assert found[0].foreign_share == 0


def test_an_empty_log_says_nothing_of_anybody():
    empty = log_of(steady("A", "Kiel"))[:0]
    for one in diversion_facts(empty, as_of=DAY, distributors=TWO):
        assert one.sold_in is None
        assert DiversionPolicy().table().decide(one).outcome is Suspicion.UNKNOWN


def test_sales_of_unknown_dealers_count_for_prices_alone():
    abroad = ("A", "2025-06", "sell_out", "Husum", 10.0, 150.0)
    first, _ = asked([*steady("A", "Kiel"), *steady("Z", "Husum"), abroad])
    assert first.foreign_discount == pytest.approx(0.25)


# ------------------------------------------------------------------------- against the truth


@pytest.fixture(scope="module")
def markets() -> list[ChannelMarket]:
    return [channel_market(seed) for seed in SEEDS]


def test_more_than_half_of_the_diverters_are_to_be_heard_and_few_honest_dealers(markets):
    found = false = diverters = honest = watched = 0
    for made in markets:
        facts = diversion_facts(
            made.sales,
            as_of=DAY,
            distributors=made.distributors,
            agreements=made.agreements,
            schedules=made.schedules,
        )
        truly = np.isin(facts.dealer.astype(str), sorted(made.truth.diverters))
        decided = DiversionPolicy().table().decide(facts)
        heard = decided.where(Suspicion.HEAR)
        found, false = found + (heard & truly).sum(), false + (heard & ~truly).sum()
        diverters, honest = diverters + truly.sum(), honest + (~truly).sum()
        watched += ((heard | decided.where(Suspicion.WATCH)) & truly).sum()
    assert found / diverters > 0.45
    assert watched / diverters > 0.75
    assert false / honest < 0.03


def test_where_nobody_diverts_hardly_anybody_is_to_be_heard():
    made = channel_market(11, diverters=0.0)
    facts = diversion_facts(
        made.sales,
        as_of=DAY,
        distributors=made.distributors,
        agreements=made.agreements,
        schedules=made.schedules,
    )
    assert not made.truth.diverters
    assert DiversionPolicy().table().decide(facts).where(Suspicion.HEAR).mean() < 0.03


def test_most_phases_are_right_and_a_wrong_one_is_a_neighbor(markets):
    order = list(Phase)
    right = total = 0
    for made in markets:
        monthly = monthly_sales(made.sales, as_of=DAY, brand_markets=made.brand_markets)
        facts = market_facts(monthly)
        decided = PhasePolicy().calibrate(facts).table().decide(facts)
        for row, name in enumerate(facts.brand_market.tolist()):
            truth, told = made.truth.phases[name], decided[row].outcome
            total += 1
            right += told is truth
            if told is not Phase.UNDETERMINED:
                assert abs(order.index(told) - order.index(truth)) <= 1
    assert right / total > 0.75
