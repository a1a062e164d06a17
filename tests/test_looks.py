"""Looks back know what was known on their day, and nothing of what came later."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.assumptions import Assumptions
from relmkt.columns import Portfolio
from relmkt.datasets import cdnow_orders
from relmkt.domain import Order
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.looks import looks, period_ends
from relmkt.models.forecasts import fit
from relmkt.orders import OrderLog
from relmkt.pipeline import plan
from relmkt.summaries import summarize

DAYS = [date(1997, 6, 30), date(1997, 9, 30), date(1998, 3, 31)]
LOG = cdnow_orders()


def models_on(day):
    return fit(summarize(LOG, as_of=day))


# ------------------------------------------------------------------------------------- the days


@given(
    st.sampled_from(["week", "month", "quarter", "year"]),
    st.dates(date(1999, 1, 1), date(2030, 1, 1)),
    st.integers(0, 900),
)
def test_the_ends_of_periods_are_all_days_after_which_another_begins(every, first, length):
    last = first + timedelta(days=length)
    begins = {
        "week": lambda day: day.weekday() == 0,
        "month": lambda day: day.day == 1,
        "quarter": lambda day: day.day == 1 and day.month in (1, 4, 7, 10),
        "year": lambda day: day.day == 1 and day.month == 1,
    }[every]
    days = [first + timedelta(days=at) for at in range(length + 1)]
    expected = tuple(day for day in days if begins(day + timedelta(days=1)))
    if expected:
        assert period_ends(every, first, last) == expected
    else:
        with pytest.raises(InvalidValueError, match=f"'range' must hold the end of a {every}"):
            period_ends(every, first, last)


def test_a_period_is_one_of_four():
    with pytest.raises(UnknownNameError, match="no period 'mnth'; did you mean 'month'"):
        period_ends("mnth", date(2026, 1, 1), date(2026, 12, 31))


# ------------------------------------------------------------------------------------ the looks


def test_a_look_is_what_a_plan_of_that_day_decides_on():
    fitted = models_on(DAYS[0])
    found = list(looks(LOG, DAYS))
    assert [day for day, _ in found] == DAYS
    for day, portfolio in found:
        assert portfolio == plan(LOG, as_of=day, models=fitted).portfolio
    stated = dict(looks(LOG, DAYS[1:], models=fitted))
    assert stated[DAYS[2]] == found[2][1]


def test_a_look_does_not_know_later_orders():
    cut = LOG[LOG.days() <= np.datetime64(DAYS[0])]
    ((_, before),) = looks(cut, DAYS[:1])
    (_, same), *_ = looks(LOG, DAYS)
    assert before == same


def test_models_may_be_fitted_at_every_look():
    *_, (_, portfolio) = looks(LOG, DAYS, refit=True)
    assert portfolio == plan(LOG, as_of=DAYS[-1]).portfolio
    with pytest.raises(InvalidValueError, match="'refit' must be False where models are stated"):
        list(looks(LOG, DAYS, refit=True, models=models_on(DAYS[0])))


def test_models_are_fitted_at_the_first_look_that_allows_it():
    days = [date(1997, 1, 2), *DAYS]
    (_, early), *later = looks(LOG, days)
    assert np.isnan(early.retained_value).all()
    assert [portfolio for _, portfolio in later] == [p for _, p in looks(LOG, DAYS)]


def test_facts_are_the_same_at_every_look_for_those_who_are_there():
    firsts: dict[str, date] = {}
    for customer, ordered in zip(LOG.customer.tolist(), LOG.days().tolist(), strict=True):
        firsts[customer] = min(firsts.get(customer, ordered), ordered)
    first, late = min(firsts, key=firsts.__getitem__), max(firsts, key=firsts.__getitem__)
    facts = Portfolio(
        customer=[first, late, "new"], headroom=[5, 6, 7], status=[None, None, "prospect"]
    )
    days = [date(1997, 1, 15), date(1997, 12, 31)]
    assert firsts[late] > days[0]
    (_, early), (_, later) = looks(LOG, days, facts=facts)
    held = dict(zip(early.ids.tolist(), early.headroom.tolist(), strict=True))
    assert (held[first], held["new"]) == (5, 7)
    assert late not in held
    held = dict(zip(later.ids.tolist(), later.headroom.tolist(), strict=True))
    assert (held[first], held[late], held["new"]) == (5, 6, 7)


def test_progress_is_told_and_assumptions_are_taken():
    told = []
    found = dict(
        looks(LOG, DAYS[:1], assumptions=Assumptions(margin_rate=0.6), progress=told.append)
    )
    assert told == ["what was known on 1997-06-30"]
    plain = dict(looks(LOG, DAYS[:1], assumptions=Assumptions(margin_rate=0.3)))
    bought = plain[DAYS[0]].current_revenue > 0
    ratio = found[DAYS[0]].current_profit[bought] / plain[DAYS[0]].current_profit[bought]
    assert ratio == pytest.approx(2)


def test_there_are_orders_on_the_first_day():
    with pytest.raises(InvalidValueError, match="'days' must not be before the first order"):
        list(looks(LOG, [date(1996, 12, 31)]))


def test_two_orders_are_enough_to_look():
    log = OrderLog.of(
        [
            Order(customer="A", ordered_at=date(2026, 1, 5), amount=10),
            Order(customer="B", ordered_at=date(2026, 2, 5), amount=10),
        ]
    )
    found = dict(looks(log, [date(2026, 1, 31), date(2026, 2, 28)]))
    assert [portfolio.ids.tolist() for portfolio in found.values()] == [["A"], ["A", "B"]]
