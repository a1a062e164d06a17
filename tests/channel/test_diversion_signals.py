"""Signals of diversion: what they see, what they overlook, and on whom they cast suspicion."""

from __future__ import annotations

from datetime import date

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.channel import (
    Agreements,
    Distributors,
    SalesLog,
    market_facts,
    monthly_sales,
    review_channel,
)
from relmkt.channel.diversion_signals import diversion_facts
from relmkt.channel.rebate_balances import RebateBalance
from relmkt.channel.rebate_events import RebateEvents
from relmkt.channel.rebate_ledger import RebateLedger
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import Agreement, DiversionFacts, Phase, RebateEvent, SalesRecord, Suspicion
from relmkt.errors import UnknownNameError
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


def test_a_part_of_the_sales_may_begin_later_than_all_of_them():
    """Of a year that began before any sale was recorded nothing is told; of a pause in it, all."""
    schedule = RebateSchedule(brackets=[(100, 2)], kind="marginal", currency="EUR")
    lines = [
        ("A", month, flow, "Kiel", units, 20 * units)
        for month, flow, units in (
            ("2025-11", "sell_in", 90.0),
            ("2025-12", "sell_in", 30.0),
            ("2025-12", "sell_out", 20.0),
            ("2026-02", "sell_out", 10.0),
        )
    ]
    of_all = {
        "as_of": date(2026, 2, 28),
        "distributors": TWO,
        "agreements": Agreements(dealer=["A"], starts=[date(2025, 1, 1)], schedule=["plan"]),
        "schedules": {"plan": schedule},
    }
    part = log_of(lines)
    for since, lift, overshoot in (
        (None, None, None),
        (date(2025, 2, 1), None, None),
        (date(2025, 1, 31), 120 / 20, 0.2),
        (date(2024, 6, 1), 120 / 20, 0.2),
    ):
        found = diversion_facts(part, since=since, **of_all)[0]
        assert (found.year_end_lift, found.overshoot) == (lift, pytest.approx(overshoot))


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
        starts=[date(2025, 1, 1), date(2024, 5, 1)],
        schedule=["plan", None],
    )
    first, second = asked(steady("A", "Kiel"), agreements=agreements, schedules={"plan": schedule})
    assert first.overshoot == pytest.approx(2400 / 2000 - 1)
    assert second.overshoot is None
    with pytest.raises(UnknownNameError, match="no schedule 'plan'"):
        asked(steady("A", "Kiel"), agreements=agreements, schedules={"other": schedule})


# ------------------------------------------------------------- the volume is that of the ledger

OPEN = {"brackets": [(100, 2), (150, 3)], "kind": "whole_volume", "currency": "EUR"}
ONE = {"dealer": "A", "starts": date(2025, 1, 1), "schedule": "plan"}


def overshoot_of(
    agreement: Agreement, schedule: RebateSchedule, *extra: Line, **others: object
) -> float | None:
    lines = [*steady("A", "Kiel"), *extra]
    found = diversion_facts(
        log_of(lines, **others),
        as_of=DAY,
        distributors=TWO,
        agreements=[agreement],
        schedules={"plan": schedule},
    )
    return found[0].overshoot


def test_sales_at_another_place_are_no_volume():
    """120 at Kiel and 31 at Husum: just over 150 together, and far over 100 where Kiel counts."""
    away = ("A", "2025-12", "sell_in", "Husum", 31.0, 620.0)
    anywhere, there = Agreement(**ONE), Agreement(**ONE, territories="Kiel")
    assert overshoot_of(anywhere, RebateSchedule(**OPEN), away) == pytest.approx(1 / 150)
    assert overshoot_of(there, RebateSchedule(**OPEN), away) == pytest.approx(0.2)


def test_sales_of_other_brands_and_on_deals_are_no_volume():
    brand = ["Nova"] + ["Lumen"] * 23
    mine = Agreement(**ONE, brand="Lumen")
    assert overshoot_of(mine, RebateSchedule(**OPEN), brand=brand) == pytest.approx(0.1)
    deal = [True] + [False] * 23
    plain, lenient = RebateSchedule(**OPEN), RebateSchedule(**OPEN, counts_deals=True)
    assert overshoot_of(Agreement(**ONE), plain, on_deal=deal) == pytest.approx(0.1)
    assert overshoot_of(Agreement(**ONE), lenient, on_deal=deal) == pytest.approx(0.2)


def test_a_target_from_which_on_is_paid_is_a_bracket_too():
    schedule = RebateSchedule(**OPEN, from_target=True)
    reached = Agreement(**ONE, target_quantity=119)
    missed = Agreement(**ONE, target_quantity=121)
    assert overshoot_of(reached, schedule) == pytest.approx(1 / 119)
    assert overshoot_of(missed, schedule) is None


def test_where_each_point_reaches_brackets_by_itself_the_nearest_counts():
    schedule = RebateSchedule(**OPEN, by="each_outlet")
    both = Agreement(**ONE, territories="Kiel; Husum")
    away = ("A", "2025-12", "sell_in", "Husum", 101.0, 2020.0)
    assert overshoot_of(both, schedule, away) == pytest.approx(0.01)
    assert overshoot_of(both, RebateSchedule(**OPEN), away) == pytest.approx(221 / 150 - 1)


def test_of_two_agreements_of_a_year_the_nearest_bracket_counts():
    lines = [*steady("A", "Kiel"), ("A", "2025-12", "sell_in", "Husum", 101.0, 2020.0)]
    found = diversion_facts(
        log_of(lines),
        as_of=DAY,
        distributors=TWO,
        agreements=[Agreement(**ONE, territories=place) for place in ("Kiel", "Husum")],
        schedules={"plan": RebateSchedule(**OPEN)},
    )
    assert found[0].overshoot == pytest.approx(0.01)


def nearest(balances: list[RebateBalance], schedules: dict[str, RebateSchedule]) -> float | None:
    """How far volumes of balances lie above what they reached, step by step; the least of it."""
    found: list[float] = []
    for one in balances:
        schedule = schedules[one.schedule]
        marks = [float(bracket.start) for bracket in schedule.brackets if bracket.start > 0]
        if schedule.from_target:
            target = one.agreement.target_quantity
            if float(one.volume) < target:
                continue
            found.append(float(one.volume) / target)
        for point in one.points:
            below = [mark for mark in marks if mark <= float(point.volume)]
            if below:
                found.append(float(point.volume) / max(below))
    return min(found) - 1 if found else None


@st.composite
def lines_of_two(draw):
    """Lines of A and B, and one of somebody else, so that there are records of the whole year."""
    first = SalesRecord(
        dealer="Z", sold_at=date(2025, 1, 1), flow="sell_in", brand="Lumen", quantity=1
    )
    return [first] + [
        SalesRecord(
            dealer=draw(st.sampled_from("AB")),
            sold_at=date(2025, draw(st.integers(1, 12)), draw(st.sampled_from([1, 15, 28]))),
            flow=draw(st.sampled_from(["sell_in", "sell_in", "sell_out"])),
            brand=draw(st.sampled_from(["Lumen", "Nova", None])),
            territory=draw(st.sampled_from(["Kiel", "Husum", None])),
            quantity=draw(st.sampled_from([1, 2.5, 8, -2, None])),
            on_deal=draw(st.sampled_from([True, False, None])),
            line=str(row),
        )
        for row in range(draw(st.integers(1, 25)))
    ]


plans = st.builds(
    RebateSchedule,
    brackets=st.sampled_from([[(0, 1), (4, 2)], [(3, 1), (9, 2), (20, 3)]]),
    kind=st.sampled_from(["marginal", "whole_volume"]),
    currency=st.just("EUR"),
    flow=st.sampled_from(["sell_in", "sell_out"]),
    by=st.sampled_from(["outlets", "each_outlet"]),
    counts_deals=st.booleans(),
    from_target=st.booleans(),
)
terms = st.builds(
    Agreement,
    dealer=st.just("A"),
    starts=st.just(date(2025, 1, 1)),
    territories=st.sampled_from([None, "Kiel", "Kiel; Husum"]),
    brand=st.sampled_from([None, "Lumen"]),
    schedule=st.just("plan"),
    target_quantity=st.sampled_from([2, 10]),
)


@settings(max_examples=60)
@given(lines=lines_of_two(), plan=plans, mine=terms, back=st.sampled_from([None, 1.0, 5.0]))
def test_signal_and_ledger_never_disagree(lines, plan, mine, back):
    agreed = [mine, attrs.evolve(mine, dealer="B", brand="Nova")]
    sales, known = SalesLog.of(lines), {"plan": plan}
    as_of = date(2026, 1, 31)
    returned = RebateEvents.of(
        []
        if back is None
        else [
            RebateEvent(
                dealer="A",
                kind="sale",
                at=date(2026, 1, 9),
                belongs_to=date(2025, 12, 1),
                flow=plan.flow,
                brand="Lumen",
                territory="Kiel",
                quantity=-back,
            )
        ]
    )
    alone = RebateLedger.from_events(
        RebateEvents.of_sales(sales), agreements=agreed, schedules=known
    ).balances(as_of)
    facts = diversion_facts(
        sales, as_of=as_of, distributors=TWO, agreements=agreed, schedules=known
    )
    review = review_channel(
        sales,
        as_of=as_of,
        distributors=TWO,
        agreements=Agreements.of(agreed),
        schedules=known,
        rebate_events=returned,
    )
    sold = {one.dealer for one in lines}
    for told, balances in ((facts, alone), (review.diversion.rows, review.balances)):
        for row, name in enumerate(("A", "B")):
            own = [one for one in balances if one.dealer == name and one.year.end.year == 2026]
            meant = nearest(own, known) if name in sold else None
            if told[row].overshoot is None:
                assert meant is None
            else:
                assert told[row].overshoot == pytest.approx(meant)


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
