"""Forecasts: an oracle in plain Python, laws, and silence where a model has nothing to say."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.assumptions import Assumptions
from relmkt.calendars import Span
from relmkt.datasets import cdnow_orders
from relmkt.models import FitStatus, fit, forecast
from relmkt.models.forecasts import Forecasts
from relmkt.orders import OrderLog
from relmkt.summaries import summarize
from tests.market import (
    DAY,
    IN_DAYS,
    MODELS,
    Customer,
    assumed,
    histories,
    log_of,
    markets,
    oracle_forecast,
    spans,
)

OF_PURCHASES = (
    "probability_alive",
    "attrition_risk",
    "expected_purchases",
    "discounted_purchases",
    "retained_purchases",
    "regained_purchases",
)
ALL = (*OF_PURCHASES, "expected_spend")


def forecasts_of(market, stated, models=MODELS, unit="week"):
    return forecast(summarize(log_of(market), as_of=DAY, unit=unit), models, stated)


@given(markets, assumed)
def test_forecasts_are_those_of_the_oracle(market, stated):
    found = forecasts_of(market, stated)
    assert found.as_of == DAY
    assert found.ids.tolist() == [f"C-{at}" for at in range(len(market))]
    for row, history in enumerate(market):
        told = oracle_forecast(history, stated)
        for name in ALL:
            value = found.column(name)[row]
            if told is None:
                assert np.isnan(value)
            else:
                assert value == pytest.approx(told[name], rel=1e-9, abs=1e-12), name


@settings(max_examples=60)
@given(markets, assumed)
def test_days_and_weeks_forecast_the_same(market, stated):
    weekly = forecasts_of(market, stated)
    daily = forecasts_of(market, stated, IN_DAYS, "day")
    for name in ALL:
        np.testing.assert_allclose(daily.column(name), weekly.column(name), rtol=1e-9)


@settings(max_examples=60)
@given(markets, assumed)
def test_models_in_another_unit_than_the_summaries_forecast_the_same(market, stated):
    weekly = forecasts_of(market, stated)
    for models, unit in ((MODELS, "day"), (IN_DAYS, "week")):
        mixed = forecasts_of(market, stated, models, unit)
        for name in ALL:
            np.testing.assert_allclose(mixed.column(name), weekly.column(name), rtol=1e-9)


def test_fitted_weekly_models_forecast_the_same_from_daily_summaries():
    weekly, daily = (
        summarize(cdnow_orders(), as_of=date(1997, 9, 30), unit=unit) for unit in ("week", "day")
    )
    models = fit(weekly)
    plain, mixed = (forecast(each, models, Assumptions()) for each in (weekly, daily))
    for name in ALL:
        np.testing.assert_allclose(mixed.column(name), plain.column(name), rtol=1e-9)


@settings(max_examples=60)
@given(markets, st.randoms(use_true_random=False), assumed)
def test_the_order_of_customers_is_the_order_of_their_forecasts(market, chance, stated):
    order = list(range(len(market)))
    chance.shuffle(order)
    plain, shuffled = (
        forecasts_of(market, stated),
        forecasts_of([market[at] for at in order], stated),
    )
    for name in ALL:
        np.testing.assert_array_equal(shuffled.column(name), plain.column(name)[order])


@settings(max_examples=60)
@given(markets, assumed)
def test_who_may_leave_buys_no_more_than_who_stays(market, stated):
    found = forecasts_of(market, stated)
    known = ~np.isnan(found.probability_alive)
    slack = 1 + 1e-9
    discounted, regained, retained = (
        found.column(f"{name}_purchases")[known] for name in ("discounted", "regained", "retained")
    )
    assert (discounted <= regained * slack).all()
    assert (regained <= retained * slack).all()


@settings(max_examples=60)
@given(histories.filter(lambda history: Customer(history).x > 0), st.integers(1, 400), spans)
def test_the_longer_a_repeat_customer_is_silent_the_higher_the_risk(history, days, horizon):
    # Fixed in days, so that the calendar's longer months have no say.
    stated = Assumptions(risk_horizon=Span(Span.parse(horizon).days(DAY), "day"))
    log, last = log_of([history]), max(history)

    def risk(as_of):
        return forecast(summarize(log, as_of=as_of), MODELS, stated).attrition_risk[0]

    assert risk(last) <= risk(last + timedelta(days=days)) + 1e-12


@settings(max_examples=60)
@given(markets, spans, spans)
def test_within_a_longer_time_the_risk_is_lower(market, one, other):
    short, long = sorted((one, other), key=lambda span: Span.parse(span).days(DAY))
    low = forecasts_of(market, Assumptions(risk_horizon=long)).attrition_risk
    high = forecasts_of(market, Assumptions(risk_horizon=short)).attrition_risk
    known = ~np.isnan(low)
    assert (low[known] <= high[known] + 1e-12).all()


@settings(max_examples=60)
@given(markets)
def test_a_one_time_buyer_is_active_for_certain_and_yet_at_risk(market):
    found = forecasts_of(market, Assumptions())
    once = np.array([Customer(history).x == 0 for history in market])
    assert (found.probability_alive[once] == 1.0).all()
    assert (found.attrition_risk[once] > 0.0).all()


def test_without_discount_the_discounted_purchases_are_the_expected_ones():
    stated = Assumptions(discount_rate=0.0)
    summaries = summarize(cdnow_orders(), as_of=date(1997, 9, 30))
    found = forecast(summaries, fit(summaries), stated)
    np.testing.assert_allclose(found.discounted_purchases, found.expected_purchases, rtol=1e-9)


# ---------------------------------------------------------------------------- unusable models


@pytest.mark.parametrize("count", [1, 2, 3])
def test_too_little_data_gives_no_number_and_says_so(count):
    market = [{DAY - timedelta(days=30): 10.0, DAY: 12.0}] * count
    summaries = summarize(log_of(market), as_of=DAY)
    models = fit(summaries)
    assert models.purchases.status is FitStatus.TOO_LITTLE_DATA
    assert models.spend.status is FitStatus.TOO_LITTLE_DATA
    found = forecast(summaries, models, Assumptions())
    for name in ALL:
        assert np.isnan(found.column(name)).all(), name
    first, second = models.notes
    assert first.startswith("no forecasts of purchases (BG/NBD), too little data: ")
    assert second.startswith("no forecasts of spend (Gamma-Gamma), too little data: ")


def test_one_usable_model_speaks_for_itself():
    market = [{DAY - timedelta(days=30): 10.0, DAY: 12.0}] * 2
    summaries = summarize(log_of(market), as_of=DAY)
    unusable = fit(summaries)
    only_purchases = forecast(
        summaries, attrs.evolve(unusable, purchases=MODELS.purchases), Assumptions()
    )
    assert not np.isnan(only_purchases.attrition_risk).any()
    assert np.isnan(only_purchases.expected_spend).all()
    only_spend = forecast(summaries, attrs.evolve(unusable, spend=MODELS.spend), Assumptions())
    assert np.isnan(only_spend.attrition_risk).all()
    assert not np.isnan(only_spend.expected_spend).any()


def test_models_that_converged_or_were_given_need_no_note():
    assert not any(note.startswith("no forecasts") for note in MODELS.notes)
    assert fit(summarize(cdnow_orders(), as_of=date(1997, 9, 30))).notes == ()


def test_refunds_only_enter_no_fit_and_have_no_forecast():
    plain = cdnow_orders()
    refunded = OrderLog.concatenated(
        [
            plain,
            OrderLog(
                customer=["refunded"],
                ordered_at=[date(1997, 3, 1)],
                amount=[-5.0],
                currency=["USD"],
            ),
        ]
    )
    day = date(1997, 9, 30)
    with_refund, without = summarize(refunded, as_of=day), summarize(plain, as_of=day)
    models = fit(with_refund)
    assert models.purchases.parameters == fit(without).purchases.parameters
    found = forecast(with_refund, models, Assumptions())
    assert all(np.isnan(found.column(name)[-1]) for name in ALL)
    assert not np.isnan(found.attrition_risk[:-1]).any()


def test_repeat_purchases_that_bring_nothing_enter_the_fit_of_purchases_only():
    day = date(1997, 9, 30)
    free = OrderLog(
        customer=["free"] * 2,
        ordered_at=[date(1997, 2, 1), date(1997, 5, 1)],
        amount=[0.0, 0.0],
        currency=["USD"] * 2,
    )
    summaries = summarize(OrderLog.concatenated([cdnow_orders(), free]), as_of=day)
    models = fit(summaries)
    assert models.purchases.customers == len(summaries)
    assert models.spend.parameters == fit(summarize(cdnow_orders(), as_of=day)).spend.parameters
    found = forecast(summaries, models, Assumptions())
    # Nothing is known of this customer's spend: it is expected to be that of a new one.
    assert found.expected_spend[-1] == pytest.approx(models.spend.population_mean)


def test_forecasts_are_columns_that_nobody_can_write_to():
    found = forecasts_of([{DAY: 10.0}], Assumptions())
    assert isinstance(found, Forecasts)
    with pytest.raises(ValueError, match="read-only"):
        found.attrition_risk[0] = 0.0
