"""From a log to facts: an oracle in plain Python, laws, known facts, and who came back."""

from __future__ import annotations

from datetime import date

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relmkt.assumptions import Assumptions
from relmkt.columns import Portfolio
from relmkt.datasets import cdnow_orders
from relmkt.domain import CustomerFacts, Significance, Status
from relmkt.errors import InvalidRowsError, InvalidValueError
from relmkt.facts import (
    customer_facts,
    known_gap,
    margin_rate_ahead,
    rows_in,
    with_known_facts,
)
from relmkt.models import fit, forecast
from relmkt.orders import OrderLog
from relmkt.records import MemberSet
from relmkt.summaries import summarize
from tests.market import (
    DAY,
    IN_DAYS,
    MODELS,
    Customer,
    assumed,
    first_ones,
    histories,
    log_of,
    markets,
    oracle_facts,
    oracle_forecast,
)

MONEY = (
    "current_revenue",
    "current_contribution",
    "current_profit",
    "avoidable_profit",
    "retained_value",
    "residual_value",
    "winback_gain",
)
margins = st.none() | st.integers(1, 100).map(lambda percent: percent / 100)


def facts_of(market, stated, *, models=MODELS, unit="week", **options):
    summaries = summarize(log_of(market, **options), as_of=DAY, unit=unit, period=stated.period)
    return customer_facts(summaries, forecast(summaries, models, stated), stated)


def alike(found, told):
    """The columns of two portfolios are the same to rounding, and absent in the same places."""
    for name in found.names:
        one, other = found.column(name), told.column(name)
        if one.dtype.kind == "f":
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@given(markets, assumed, margins)
def test_facts_are_those_of_the_oracle(market, stated, margin):
    found = facts_of(market, stated, margin=margin)
    told = oracle_facts(market, stated, margin=margin)
    for row, facts in enumerate(told):
        record = found[row]
        for name, value in facts.items():
            got = getattr(record, name)
            if name == "status" or value is None:
                # A silence, or a probability, within rounding of its bound may fall either way.
                assert got == value or on_the_verge(market, row, stated), name
            else:
                assert got == pytest.approx(value, rel=1e-7, abs=1e-7), name


def on_the_verge(market, row, stated):
    customers = [Customer(history) for history in market]
    gaps = [one.t_x / one.x for one in customers if one.x > 0]
    one = customers[row]
    if one.x < 0:
        return False
    if one.x == 0:
        return bool(gaps) and one.age == pytest.approx(np.median(gaps) * stated.lost_after_gaps)
    return one.probability_alive() == pytest.approx(stated.lost_below)


@settings(max_examples=60)
@given(markets, assumed)
def test_the_first_by_revenue_and_by_retained_value_are_significant(market, stated):
    found = facts_of(market, stated)
    for word, values, share in (
        (Significance.HIGH_VOLUME, found.current_revenue, stated.high_volume_share),
        (Significance.HIGH_FUTURE_VALUE, found.retained_value, stated.high_value_share),
    ):
        values = [None if np.isnan(value) else value for value in values.tolist()]
        marked = first_ones(values, share)
        assert [facts.significance and facts.significance.get(word) for facts in found] == marked


def test_ties_for_significance_are_all_in():
    market = [{DAY: 50.0}, {DAY: 50.0}, {DAY: 50.0}, {DAY: 9.0}]
    found = facts_of(market, Assumptions(high_volume_share=0.25))
    assert found.significance_high_volume.tolist() == [1, 1, 1, 0]
    assert facts_of(market, Assumptions(high_volume_share=0.1)).significance_high_volume.any() == 0


def test_nobody_without_revenue_is_significant_for_it():
    market = [{date(2024, 2, 1): 50.0}, {DAY: -3.0}]
    found = facts_of(market, Assumptions(high_volume_share=1.0))
    assert found.significance_high_volume.tolist() == [0, 0]


# -------------------------------------------------------------------------------------- laws


@settings(max_examples=60)
@given(markets, st.randoms(use_true_random=False), assumed, margins)
def test_shuffling_customers_shuffles_their_facts(market, chance, stated, margin):
    order = list(range(len(market)))
    chance.shuffle(order)
    plain = facts_of(market, stated, margin=margin)
    names = [f"C-{at}" for at in order]
    shuffled = facts_of([market[at] for at in order], stated, margin=margin, names=names)
    told = plain[np.array(order)]
    assert shuffled.ids.tolist() == told.ids.tolist()
    for name in told.names[1:]:
        np.testing.assert_array_equal(shuffled.column(name), told.column(name))


@settings(max_examples=60)
@given(markets, assumed, margins)
def test_days_or_weeks_make_the_same_facts(market, stated, margin):
    weekly = facts_of(market, stated, margin=margin)
    alike(facts_of(market, stated, margin=margin, models=IN_DAYS, unit="day"), weekly)


@settings(max_examples=60)
@given(markets, assumed)
def test_twice_the_money_is_twice_the_value_when_costs_double_too(market, stated):
    double = [{day: 2 * amount for day, amount in history.items()} for history in market]
    costs = ("per_order", "per_contact", "per_period", "of_regaining")
    dearer = attrs.evolve(
        stated, **{f"cost_{name}": 2 * getattr(stated, f"cost_{name}") for name in costs}
    )
    models = attrs.evolve(MODELS, spend=attrs.evolve(MODELS.spend, gamma=2 * MODELS.spend.gamma))
    plain, found = facts_of(market, stated), facts_of(double, dearer, models=models)
    for name in MONEY:
        np.testing.assert_allclose(found.column(name), 2 * plain.column(name), rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(found.status, plain.status)
    np.testing.assert_allclose(found.cost_to_serve_ratio, plain.cost_to_serve_ratio, rtol=1e-9)


@settings(max_examples=60)
@given(
    markets,
    assumed,
    st.sampled_from(["cost_per_order", "cost_per_contact", "cost_per_period", "cost_of_regaining"]),
    st.integers(1, 500),
)
def test_more_cost_never_raises_a_value(market, stated, cost, more):
    dearer = attrs.evolve(stated, **{cost: getattr(stated, cost) + more})
    plain, found = facts_of(market, stated), facts_of(market, dearer)
    for name in MONEY:
        known = ~np.isnan(plain.column(name))
        slack = 1e-9 * np.abs(plain.column(name)[known]) + 1e-9
        assert (found.column(name)[known] <= plain.column(name)[known] + slack).all(), name
    assert (found.cost_to_serve_ratio >= plain.cost_to_serve_ratio).all()


@settings(max_examples=60)
@given(markets, assumed)
def test_where_a_purchase_pays_the_value_ahead_is_at_most_that_if_retained(market, stated):
    found = facts_of(market, stated)
    for row, history in enumerate(market):
        ahead = oracle_forecast(history, stated)
        if ahead and stated.margin_rate * ahead["expected_spend"] >= stated.cost_per_order:
            slack = 1e-9 * abs(found.retained_value[row]) + 1e-9
            assert found.residual_value[row] <= found.retained_value[row] + slack


def test_unusable_models_leave_values_absent_and_what_the_log_tells_in_place():
    market = [{DAY: 10.0}, {date(2026, 1, 5): 20.0, DAY: 30.0}]
    stated = Assumptions()
    summaries = summarize(log_of(market), as_of=DAY, period=stated.period)
    found = customer_facts(summaries, forecast(summaries, fit(summaries), stated), stated)
    for name in ("attrition_risk", "retained_value", "residual_value", "winback_gain"):
        assert np.isnan(found.column(name)).all(), name
    assert found.significance_high_future_value.tolist() == [-1, -1]
    assert found.current_revenue.tolist() == [10.0, 50.0]
    # Who bought once is judged by the gap, who bought again by a forecast, and there is none.
    assert [facts.status for facts in found] == [Status.ACTIVE, None]


def test_without_a_repeat_customer_there_is_no_gap_and_no_telling_who_is_lost():
    market = [{date(2024, 2, 1): 10.0}, {DAY: 10.0}]
    assert np.isnan(known_gap(summarize(log_of(market), as_of=DAY)))
    found = facts_of(market, Assumptions(lost_after_gaps=0.0))
    assert [facts.status for facts in found] == [None, None]


def test_a_customer_of_refunds_only_is_neither_active_nor_lost():
    found = facts_of([{DAY: -5.0}, *MARKET], Assumptions())
    assert [facts.status is None for facts in found] == [True, False, False, False]


# ------------------------------------------------------------------------- who came back after all


def test_of_those_called_lost_at_cdnow_fewer_came_back_than_of_the_others():
    """As of 1997-09-30 with the defaults, followed for 39 weeks: the figures of the docstring."""
    log, day, stated = cdnow_orders(), date(1997, 9, 30), Assumptions()
    summaries = summarize(log, as_of=day, period=stated.period)
    found = customer_facts(summaries, forecast(summaries, fit(summaries), stated), stated)
    later = set(log.ids[log.ordered_at.astype("datetime64[D]") > np.datetime64(day)].tolist())
    came_back = np.array([customer in later for customer in found.ids.tolist()])
    lost = np.array([facts.status is Status.LOST for facts in found])
    once = summaries.frequency == 0

    def returned(group):
        return int(group.sum()), int((group & came_back).sum())

    assert (log.last_day() - day).days == 39 * 7
    assert known_gap(summaries) == pytest.approx(6.952, abs=1e-3)
    assert returned(once & lost) == (1318, 174)
    assert returned(once & ~lost) == (93, 19)
    assert returned(~once & lost) == (84, 29)
    assert returned(~once & ~lost) == (862, 462)
    for told in ("13.2% of 1,318", "93 others 20.4%", "34.5% of 84", "862 others 53.6%"):
        assert told in " ".join((customer_facts.__doc__ or "").split())


# ------------------------------------------------------------------------------- known facts


def known_of(market, known, stated=None, models=MODELS, **options):
    stated = stated or Assumptions()
    return with_known_facts(
        facts_of(market, stated, models=models, **options),
        known,
        models=models,
        assumptions=stated,
        as_of=DAY,
        margin_rate=stated.margin_rate,
    )


MARKET = [{DAY: 10.0}, {date(2026, 1, 5): 20.0, DAY: 30.0}, {date(2024, 1, 5): 5.0}]


def test_what_is_known_overrules_the_estimate_and_leaves_the_rest():
    plain = facts_of(MARKET, Assumptions())
    known = Portfolio(
        customer=["C-2", "C-0"],
        retained_value=[99.0, None],
        headroom=[None, 4.0],
        status=["lost", None],
    )
    found = known_of(MARKET, known)
    assert found.given == {"retained_value": 1, "headroom": 1, "status": 1}
    assert found.portfolio.retained_value.tolist() == [*plain.retained_value[:2].tolist(), 99.0]
    np.testing.assert_array_equal(found.portfolio.headroom, [4.0, np.nan, np.nan])
    assert [facts.status for facts in found.portfolio][2] is Status.LOST
    np.testing.assert_array_equal(found.portfolio.current_revenue, plain.current_revenue)


def test_a_customer_who_is_known_to_be_lost_has_a_winback_gain():
    found = known_of(MARKET, Portfolio(customer=["C-1"], status=["lost"])).portfolio
    assert found[1].status is Status.LOST
    assert found[1].winback_gain is not None


@pytest.mark.parametrize("name", ["ended_by_us", "need_gone"])
def test_a_relationship_that_is_known_to_be_over_is_lost_unless_the_status_is_told(name):
    known = Portfolio.of(
        [
            CustomerFacts(customer="C-0", **{name: True}),
            CustomerFacts(customer="C-1", status=Status.ACTIVE, **{name: True}),
            CustomerFacts(customer="C-2", **{name: False}),
        ]
    )
    plain = facts_of(MARKET, Assumptions())
    found = known_of(MARKET, known).portfolio
    assert [facts.status for facts in found] == [Status.LOST, Status.ACTIVE, plain[2].status]


def test_a_profit_that_is_known_agrees_with_what_follows_from_it():
    stated = Assumptions(margin_rate=0.5, cost_per_order=2.0, avoidable_share=0.25)
    plain = facts_of(MARKET, stated)
    known = Portfolio(
        customer=["C-0", "C-1", "C-2"],
        current_profit=[-50.0, None, None],
        current_contribution=[None, 9.0, None],
        current_revenue=[None, None, 400.0],
    )
    found = known_of(MARKET, known, stated).portfolio
    cost = plain.current_contribution - plain.current_profit
    assert found.current_contribution[:2].tolist() == [-50.0 + cost[0], 9.0]
    assert found.current_profit[:2].tolist() == [-50.0, 9.0 - cost[1]]
    assert found.avoidable_profit[:2].tolist() == [-50.0 + 0.75 * cost[0], 9.0 - 0.25 * cost[1]]
    assert found.cost_to_serve_ratio[2] == cost[2] / 400.0
    assert found[2].current_profit == plain[2].current_profit


def test_what_is_known_of_dependent_facts_is_kept_as_told():
    known = Portfolio(
        customer=["C-0"],
        current_profit=[-50.0],
        current_contribution=[1.0],
        avoidable_profit=[-2.0],
        cost_to_serve_ratio=[0.5],
    )
    found = known_of(MARKET, known).portfolio[0]
    assert (found.current_profit, found.current_contribution) == (-50.0, 1.0)
    assert (found.avoidable_profit, found.cost_to_serve_ratio) == (-2.0, 0.5)


@pytest.mark.parametrize(("covered", "rate"), [(60.0, -0.1), (40.0, 0.3)])
def test_the_margins_of_few_do_not_speak_for_the_rest(covered, rate):
    log = OrderLog(
        customer=["a", "b"],
        ordered_at=[DAY, DAY],
        amount=[covered, 100.0 - covered],
        margin=[-0.1 * covered, None],
    )
    summaries = summarize(log, as_of=DAY)
    assert margin_rate_ahead(summaries, Assumptions()) == pytest.approx(rate)


def test_significance_may_be_known_in_part():
    some = MemberSet(frozenset({Significance.BENCHMARK}), frozenset({Significance.INSPIRATION}))
    known = Portfolio.of([CustomerFacts(customer="C-1", significance=some)])
    found = known_of(MARKET, known, Assumptions(high_volume_share=0.34))
    held = found.portfolio[1].significance
    assert held.get(Significance.BENCHMARK) is True
    assert held.get(Significance.INSPIRATION) is False
    assert held.get(Significance.DOOR_OPENER) is None
    assert held.get(Significance.HIGH_VOLUME) is True  # from the log, untouched
    assert found.given["significance_benchmark"] == 1


def test_prospects_follow_the_customers_and_get_an_acquisition_gain():
    stated = Assumptions(margin_rate=0.5, cost_of_acquisition=7.0)
    known = Portfolio(
        customer=["P-2", "C-0", "P-1"],
        status=["prospect", None, "prospect"],
        acquisition_gain=[None, None, 3.0],
    )
    found = known_of(MARKET, known, stated).portfolio
    assert found.ids.tolist() == ["C-0", "C-1", "C-2", "P-2", "P-1"]
    assert found[4].acquisition_gain == 3.0
    # Whoever first orders on the day of the plan has bought once, and is expected to buy again.
    new = oracle_forecast({DAY: 1.0}, stated)
    mean = MODELS.spend.population_mean
    assert found[3].acquisition_gain == pytest.approx(
        (1 + new["discounted_purchases"]) * 0.5 * mean - 7.0
    )
    assert np.isnan(found.acquisition_gain[:3]).all()


def test_without_usable_models_the_gain_of_a_prospect_is_absent_unless_it_is_stated():
    known = Portfolio(
        customer=["P-1", "P-2"], status=["prospect"] * 2, acquisition_gain=[5.0, None]
    )
    summaries = summarize(log_of(MARKET), as_of=DAY, period=Assumptions().period)
    found = known_of(MARKET, known, models=fit(summaries))
    np.testing.assert_array_equal(found.portfolio.acquisition_gain[3:], [5.0, np.nan])


def refused(known, market=MARKET, error=InvalidRowsError, **options):
    with pytest.raises(error) as caught:
        known_of(market, known, **options)
    return str(caught.value)


def test_an_unknown_customer_who_is_no_prospect_is_refused():
    assert refused(Portfolio(customer=["C-0", "c-1"], headroom=[1.0, 2.0])) == (
        "1 bad row in the known facts\n"
        "  customer 'c-1' must be in the order log, or have the status 'prospect'\n"
        "are the ids written the same way in both?"
    )


def test_a_bar_on_an_unknown_customer_is_refused_too():
    """A mistyped id must not leave the one who is barred without protection."""
    assert "'c-1' must be in the order log" in refused(Portfolio(customer=["c-1"], barred=[True]))


def test_many_unknown_customers_are_counted_and_some_named():
    told = refused(Portfolio(customer=[f"X-{at}" for at in range(2_000)], headroom=[1.0] * 2_000))
    assert told.startswith("2,000 bad rows in the known facts\n")
    assert "… and 1,990 more" in told


def test_a_prospect_who_has_ordered_is_refused():
    told = refused(Portfolio(customer=["C-1"], status=["prospect"]))
    assert "customer 'C-1' must have no orders, being a prospect" in told
    assert told.endswith(
        "who has ordered is 'active' or 'lost', or leave the status to be estimated"
    )


def test_two_rows_of_one_customer_are_refused():
    told = refused(Portfolio(customer=["C-1", "C-1", "C-0"], headroom=[1.0, 2.0, 3.0]))
    assert "customer 'C-1' must have one row only" in told
    assert "customer 'P'" in refused(Portfolio(customer=["P", "P"], status=["prospect"] * 2))


@pytest.mark.parametrize("status", [None, "prospect"])
def test_numbers_for_texts_and_texts_for_numbers_are_refused_with_advice(status):
    told = refused(Portfolio(customer=[1, 2], status=[status] * 2), error=InvalidValueError)
    assert told == (
        "'customer' must be in the known facts what it is in the order log, such as 'C-0', got 1: "
        "make the ids texts in both, or numbers in both"
    )
    other = Portfolio(customer=["1"], status=[status])
    assert "got '1'" in refused(other, error=InvalidValueError, names=[1, 2, 3])


@settings(max_examples=60)
@given(st.lists(histories, min_size=1, max_size=5), st.data())
def test_known_facts_about_nobody_change_nothing(market, data):
    plain = facts_of(market, Assumptions())
    names = data.draw(st.lists(st.sampled_from(plain.ids.tolist()), unique=True))
    assume(names)
    known = Portfolio(customer=names, headroom=[None] * len(names))
    found = known_of(market, known)
    assert found.given == {"headroom": 0}
    alike(found.portfolio, plain)


numbers = st.integers(0, 9)
ids = st.one_of(
    st.tuples(st.lists(numbers, unique=True), st.lists(numbers)),
    st.tuples(st.lists(numbers.map(str), unique=True), st.lists(numbers.map(str))),
    st.tuples(st.lists(numbers.map(float), unique=True), st.lists(numbers)),
)


@given(ids)
def test_rows_of_the_same_customers_are_those_that_a_dictionary_finds(both):
    known, here = both
    place = {customer: row for row, customer in enumerate(known)}
    found = rows_in(Portfolio(customer=known), Portfolio(customer=here))
    assert found.tolist() == [place.get(customer, -1) for customer in here]
