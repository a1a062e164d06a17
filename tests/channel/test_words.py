"""The records of the channel: what they refuse, and what they say of themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.channel import (
    Agreements,
    BrandMarkets,
    Breaches,
    Channels,
    Conducts,
    Distributors,
    Markets,
    SalesLog,
)
from relmkt.domain import Agreement, Breach, ConductFacts, MarketFacts, SalesRecord
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.records import handles, in_order, schema
from relmkt.testing import _plugin, laws
from relmkt.testing.strategies import logs

KINDS = (Agreements, BrandMarkets, Breaches, Channels, Conducts, Distributors, Markets)
DAY = date(2026, 3, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_records_and_columns_are_two_layouts_of_one_thing(kind):
    laws.check_columns(kind, max_examples=10)


@given(logs(SalesLog))
def test_a_log_of_sales_gives_back_its_lines(log):
    assert SalesLog.of(list(log)) == log


@settings(max_examples=10)
@given(st.data())
def test_hypothesis_knows_the_records_their_columns_and_the_log(data):
    _plugin.register()
    for kind in (*KINDS, SalesLog):
        assert isinstance(data.draw(st.from_type(kind)), kind)
        assert isinstance(data.draw(st.from_type(kind.record_type)), kind.record_type)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: SalesRecord(dealer=1, sold_at=DAY, flow="sell_out", quantity=2, amount=-5),
            r"'amount' must fit the other fields \(quantity 2 > 0, amount -5 < 0\), got -5.0",
        ),
        (
            lambda: MarketFacts(brand_market=1, sales_trend=0.1, trend_low=0.2),
            r"'trend_low' must not exceed 'sales_trend' \(0.1\), got 0.2",
        ),
        (
            lambda: MarketFacts(brand_market=1, trend_low=0.3, trend_high=0.2),
            r"'trend_high' must not be below 'trend_low' \(0.3\), got 0.2",
        ),
        (
            lambda: MarketFacts(brand_market=1, months=3, months_missing=4),
            r"'months_missing' must not exceed 'months' \(3\), got 4",
        ),
        (
            lambda: Breach(dealer=1, term_kind="other", has_evidence=False, upheld=True),
            "what there is no evidence for is not upheld",
        ),
        (
            lambda: ConductFacts(party=1, has_evidence=False, upheld=True),
            "what there is no evidence for is not upheld",
        ),
        (
            lambda: Agreement(dealer=1, starts=DAY, ends=date(2026, 2, 28)),
            r"'starts' must not exceed 'ends' \(2026-02-28\), got datetime.date\(2026, 3, 1\)",
        ),
        (
            lambda: Breach(dealer=1, term_kind="other", notified_on=DAY, heard_on=date(2026, 1, 1)),
            "a dealer is heard after it was notified",
        ),
        (lambda: Agreement(dealer=1, starts=None), "'starts' must be given, got None"),
        (lambda: Agreement(dealer=1, starts=DAY, target_quantity=-1), "must be at least 0"),
    ],
)
def test_what_contradicts_itself_is_refused(make, message):
    with pytest.raises(InvalidValueError, match=message):
        make()


def test_rows_of_columns_whose_days_lie_the_wrong_way_round_are_named():
    with pytest.raises(InvalidRowsError, match=r"'starts' must not exceed 'ends' \(2026-02-28\)"):
        Agreements(dealer=[1, 2], starts=[DAY, DAY], ends=[None, date(2026, 2, 28)])


def test_only_days_are_put_in_order():
    on = handles(Agreement)
    with pytest.raises(InvalidValueError, match="'target_amount' must be a day to be put in order"):
        in_order(on.starts, on.target_amount)
    with pytest.raises(InvalidValueError, match="'target_amount' must be a day"):
        in_order(on.target_amount, on.target_quantity)


def test_a_rule_between_days_is_no_matter_for_tables():
    assert schema(Agreement).given == ()
    assert len(schema(Breach).given) == 1


def test_a_word_that_nobody_knows_is_refused():
    with pytest.raises(UnknownNameError, match="sideways"):
        SalesRecord(dealer=1, sold_at=DAY, flow="sideways")


@pytest.mark.parametrize("quantity", [None, -3])
def test_a_quantity_may_be_missing_or_returned(quantity):
    assert SalesRecord(dealer=1, sold_at=DAY, flow="sell_in", quantity=quantity).amount is None


def test_territories_and_outlets_are_told_one_by_one():
    agreement = Agreement(dealer=1, starts=DAY, territories=" Kiel ;Husum;; Kiel", outlets="")
    assert agreement.territory_names == ("Kiel", "Husum")
    assert agreement.outlet_names == ()
    assert Agreement(dealer=1, starts=DAY).territory_names == ()


def test_sales_have_days_in_the_zone_that_counts():
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    log = SalesLog(dealer=[1], sold_at=[late], flow=["sell_out"])
    assert str(log.last_day("Europe/Berlin")) == "2026-03-02"
    with pytest.raises(InvalidValueError, match="'zone' must be given for sales whose times have"):
        log.days()
    plain = SalesLog(dealer=[1], sold_at=[DAY], flow=["sell_out"])
    with pytest.raises(InvalidValueError, match="'zone' must be left out for sales whose times"):
        plain.days("UTC")
    with pytest.raises(InvalidValueError, match="'log' must hold sales"):
        SalesLog.of([]).last_day()


def test_logs_of_two_currencies_are_not_put_together():
    euro, dollar = (
        SalesLog(dealer=[1], sold_at=[DAY], flow=["sell_out"], currency=[code])
        for code in ("EUR", "USD")
    )
    assert euro.one_currency == "EUR"
    with pytest.raises(InvalidRowsError, match=r"got 'USD' for row 1 \(dealer 1\)"):
        SalesLog.concatenated([euro, dollar])
