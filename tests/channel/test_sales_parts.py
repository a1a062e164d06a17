"""Sales in parts tell of a channel what they tell at once."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import pairwise

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.adapters.files import read_sales, sales_in_parts
from relmkt.channel import (
    Agreements,
    BrandMarkets,
    Distributors,
    SalesLog,
    SalesParts,
    days_since_launch,
    review_channel,
)
from relmkt.channel._review_parts import gathered
from relmkt.channel.rebate_events import RebateEvents
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import Agreement, Distributor, RebateEvent, SalesRecord
from relmkt.errors import FileError, InvalidRowsError, InvalidValueError, RelmktError

DAY = date(2025, 12, 31)
START = date(2023, 11, 1)
DEALERS = ["A", "B", "C", "D", "E"]
HOMES = {"A": "North", "B": "North", "C": "South", "D": None}
OWN = {**HOMES, "D": "West", "E": "East"}
SCHEDULES = {
    "units": RebateSchedule(brackets=[(5, 1), (40, 2.5)], kind="marginal", currency="EUR"),
    "money": RebateSchedule(
        brackets=[(0, 0.01), (100, 0.035)],
        kind="whole_volume",
        currency="EUR",
        basis="amount",
        flow="sell_out",
        by="each_outlet",
    ),
}
dealers = Distributors.of(
    Distributor(dealer=name, dealer_class="city", market=home, territory=f"{name}-town")
    for name, home in HOMES.items()
)
brand_markets = BrandMarkets(
    brand_market=["L-N", "silent"],
    brand=["Lumen", "Lumen"],
    market=["North", "West"],
    launched=[date(2024, 1, 1), None],
)


@st.composite
def some_sales(draw):
    """Lines of dealers that mostly keep to their market; in a few of them nobody keeps to any."""
    is_wild = draw(st.integers(0, 4)) == 0
    told = []
    for row in range(draw(st.integers(1, 40))):
        dealer = draw(st.sampled_from(DEALERS))
        sign, quantity = draw(st.sampled_from([1, 1, 1, -1])), draw(st.sampled_from([0.5, 3, 12]))
        price = draw(st.sampled_from([0.1, 9.99, 10.0, 10.5, None]))
        own = OWN[dealer]
        told.append(
            SalesRecord(
                dealer=dealer,
                sold_at=START + timedelta(days=30 * draw(st.integers(0, 27))),
                flow=draw(st.sampled_from(["sell_in", "sell_out"])),
                brand=draw(st.sampled_from(["Lumen", "Nova", None])),
                market=draw(st.sampled_from(["North", "South", None])) if is_wild else own,
                product=draw(st.sampled_from(["lamp", "torch", None])),
                territory=draw(st.sampled_from([f"{dealer}-town", "A-town", "C-town", None])),
                quantity=draw(st.sampled_from([sign * quantity, sign * quantity, None])),
                amount=None if price is None else sign * round(quantity * price, 2),
                dealer_margin=price,
                currency="EUR",
                line=f"L-{draw(st.integers(0, 3)) if is_wild else row}",
            )
        )
    return told


sales = some_sales()
agreements = st.lists(
    st.builds(
        Agreement,
        dealer=st.sampled_from(DEALERS),
        starts=st.just(date(2023, 1, 1)) | st.just(date(2024, 1, 1)),
        ends=st.just(date(2025, 12, 31)),
        territories=st.sampled_from([None, "A-town; B-town", "C-town; D-town; E-town"]),
        schedule=st.sampled_from(["units", "money", None]),
    ),
    max_size=5,
    unique_by=lambda one: one.dealer,
)


def by_markets(told: list[SalesRecord]) -> list[list[SalesRecord]]:
    """The lines in groups that share no dealer, no market and no number of a line."""
    groups: list[tuple[set[object], list[SalesRecord]]] = []
    for one in told:
        marks = {("dealer", one.dealer), ("market", one.market)}
        if one.market is None:
            marks.add(("market", HOMES.get(one.dealer)))
        if one.line is not None:
            marks.add(("line", one.line))
        mine = [group for group in groups if group[0] & marks]
        groups = [group for group in groups if not group[0] & marks]
        lines = [line for group in mine for line in group[1]]
        groups.append((marks.union(*(group[0] for group in mine)), [*lines, one]))
    return [[line for line in told if any(line is mine for mine in group)] for _, group in groups]


events = st.lists(
    st.builds(
        RebateEvent,
        dealer=st.sampled_from(DEALERS),
        kind=st.just("payment"),
        at=st.sampled_from([datetime(2025, 3, 1), datetime(2025, 9, 1)]),
        key=st.sampled_from(["P-1", "P-2", None]),
        amount=st.just(Decimal("1.50")),
    ),
    max_size=3,
    unique_by=lambda one: one.key,
).map(lambda told: RebateEvents.of(told * 2) if told else None)


def told_by(log, agreed, schedules, events=None):
    """What a review of sales says, in the order of names; or the sort of its error."""
    try:
        review = review_channel(
            log,
            as_of=DAY,
            distributors=dealers,
            agreements=Agreements.of(agreed) if agreed else Agreements(dealer=[], starts=[]),
            schedules=schedules,
            rebate_events=events,
            brand_markets=brand_markets,
        )
    except RelmktError as error:
        return type(error)
    return review


def in_order_of_names(monthly):
    rows = np.argsort(monthly.brand_market.astype(str))
    return [
        monthly.brand_market[rows].tolist(),
        monthly.brand[rows].tolist(),
        monthly.launched[rows].tolist(),
        *(
            getattr(monthly, name)[rows]
            for name in ("sales", "margin", "margin_base", "spread", "spread_base")
        ),
    ]


@settings(max_examples=60)
@given(sales, agreements, st.sampled_from([None, SCHEDULES]), events)
def test_parts_tell_what_all_sales_tell_at_once(told, agreed, schedules, events):
    parts = [SalesLog.of(group) for group in by_markets(told)]
    log = SalesLog.of(told)
    whole = told_by(log, agreed, schedules, events)
    found = told_by(SalesParts(parts=parts, ends=log), agreed, schedules, events)
    if isinstance(whole, type):
        assert found is whole
        return
    assert found.balances == whole.balances
    assert found.left_out == whole.left_out
    assert (found.told_twice, found.unlisted) == (whole.told_twice, whole.unlisted)
    assert found.repeated == whole.repeated
    assert repr(found.fairness) == repr(whole.fairness)  # NaN is NaN here
    assert found.currency == whole.currency == "EUR"
    assert found.monthly.left_out == whole.monthly.left_out
    assert found.monthly.first_month == whole.monthly.first_month
    for mine, theirs in zip(
        in_order_of_names(found.monthly), in_order_of_names(whole.monthly), strict=True
    ):
        if isinstance(mine, list):
            assert mine == theirs
        else:
            np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-12)
    facts, others = found.diversion.rows, whole.diversion.rows
    assert facts.ids.tolist() == others.ids.tolist() == dealers.dealer.tolist()
    for name in others.names[1:]:
        np.testing.assert_allclose(facts.column(name), others.column(name), rtol=1e-12, atol=1e-12)


@settings(max_examples=30)
@given(sales)
def test_parts_tell_when_each_dealer_got_what_was_new_to_it(told):
    log = SalesLog.of([attrs.evolve(one, brand="Lumen", line=None) for one in told])
    parts = [SalesLog.of(group) for group in by_markets(list(log))]
    whole, found = (
        gathered(
            each,
            as_of=DAY,
            distributors=dealers,
            agreements=[],
            schedules=None,
            brand_markets=None,
            rebate_events=None,
            launches=True,
            zone=None,
        )
        for each in (log, SalesParts(parts=parts, ends=log))
    )
    np.testing.assert_array_equal(found.launched, whole.launched)
    expected = days_since_launch(log, dealers.dealer, as_of=DAY)
    np.testing.assert_array_equal(whole.launched, expected)


def as_csv(told: list[SalesRecord]) -> bytes:
    names = [
        *("dealer", "sold_at", "flow", "brand", "market", "product", "territory"),
        *("quantity", "amount", "line", "currency"),
    ]
    lines = [",".join(names)]
    for one in told:
        values = [getattr(one, name) for name in names]
        values[1] = one.sold_at.isoformat()
        lines.append(",".join("" if value is None else str(value) for value in values))
    return "\n".join(lines).encode()


@settings(max_examples=15)
@given(sales, st.sampled_from([1, 8]))
def test_a_file_in_parts_holds_the_lines_of_the_file_and_parts_no_market_and_no_dealer(told, lines):
    text = as_csv(told)
    log = read_sales("-", stdin=BytesIO(text))
    with sales_in_parts("-", distributors=dealers, lines=lines, stdin=BytesIO(text)) as found:
        assert found.last_day() == log.last_day()
        assert found.first_day() == log.first_day()
        parts = list(found)
    assert sorted(map(repr, (one for part in parts for one in part))) == sorted(map(repr, log))
    groups = by_markets(list(log))
    if lines == 1:
        assert len(parts) == len(groups)
    else:
        assert len(parts) <= len(groups)
        for one, other in pairwise(parts):
            assert len(one) + len(other) > lines or len(one) > lines
    rows = {repr(one): row for row, one in enumerate(log)}
    for part in parts:
        order = [rows[repr(one)] for one in part]
        assert order == sorted(order) or len(rows) < len(log)


@pytest.mark.parametrize("count", [0, -1])
def test_a_part_has_at_least_one_line(count):
    with (
        pytest.raises(InvalidValueError, match="'lines' must be at least 1"),
        sales_in_parts("-", lines=count, stdin=BytesIO(b"")),
    ):
        pass


def test_a_file_without_lines_is_one_empty_part():
    text = b"dealer,sold_at,flow\n"
    with sales_in_parts("-", stdin=BytesIO(text)) as found:
        assert [len(part) for part in found] == [0]
        assert found.first_day() is None
        with pytest.raises(FileError, match=r"^-: holds no sales"):
            found.last_day()


def test_rows_that_contradict_themselves_are_named_by_all_their_lines():
    told = [
        f"{dealer},2025-03-01,sell_out,{market},-1,5\n"
        for dealer, market in (("A", "North"), ("C", "South"))
    ]
    text = ("dealer,sold_at,flow,market,quantity,amount\n" + "".join(told)).encode()
    with pytest.raises(InvalidRowsError) as at_once:
        read_sales("-", stdin=BytesIO(text))
    with (
        sales_in_parts("-", lines=1, stdin=BytesIO(text)) as found,
        pytest.raises(InvalidRowsError, match=re.escape(str(at_once.value))),
    ):
        list(found)
    assert at_once.value.total == 2


def test_times_with_a_zone_keep_it():
    text = b"dealer,sold_at,flow\nA,2025-03-01T23:30:00Z,sell_out\n"
    with sales_in_parts("-", stdin=BytesIO(text)) as found:
        assert found.last_day("Europe/Berlin") == date(2025, 3, 2)
        assert [part.in_utc("sold_at") for part in found] == [True]


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"dealer": ["A"], "market": ["South"]}, "'dealer' must be in one part"),
        ({"dealer": ["C"], "market": ["North"]}, "'market' must be in one part"),
        (
            {"dealer": ["C"], "market": ["South"], "currency": ["USD"]},
            "'currency' must be 'EUR' as in the first part, got 'USD'",
        ),
    ],
)
def test_parts_that_cannot_be_told_apart_are_refused(others, message):
    moment = {"sold_at": [date(2025, 3, 1)], "flow": ["sell_out"]}
    first = SalesLog(dealer=["A"], market=["North"], currency=["EUR"], **moment)
    other = SalesLog(**({"currency": ["EUR"]} | moment | others))
    with pytest.raises(InvalidValueError, match=message):
        list(SalesParts(parts=[first, other], ends=first))


@pytest.mark.parametrize("lines", [10, 10_000])
def test_texts_that_stand_in_a_file_often_are_read_as_they_are_written(lines):
    places = ["Kiel", None, "Åby", "x" * 80]
    told = [
        SalesRecord(
            dealer=f"D-{row % 5}",
            sold_at=START + timedelta(days=row),
            flow="sell_out",
            market=["North", "South"][row % 5 % 2],
            territory=places[row % 4],
            line=f"L-{row}",
        )
        for row in range(200)
    ]
    text = as_csv(told)
    log = read_sales("-", stdin=BytesIO(text))
    assert list(log) == told
    assert log.numbered("territory").values == places
    with sales_in_parts("-", lines=lines, stdin=BytesIO(text)) as found:
        parts = list(found)
    assert len(parts) == (2 if lines == 10 else 1)
    assert sorted((one for part in parts for one in part), key=lambda one: one.sold_at) == told
    assert set(parts[0].numbered("territory").values) == set(places)


def test_sales_that_name_no_brand_are_refused_in_parts_as_at_once():
    log = SalesLog(
        dealer=["A", "C"],
        sold_at=[START, START],
        flow=["sell_out", "sell_out"],
        market=["North", "South"],
    )
    parts = SalesParts(parts=[log[:1], log[1:]], ends=log)
    for told in (log, parts):
        with pytest.raises(InvalidValueError, match="'brand' must be given"):
            review_channel(
                told, as_of=DAY, distributors=dealers, agreements=Agreements(dealer=[], starts=[])
            )


def test_one_key_for_the_payments_of_two_dealers_is_refused_in_parts_too():
    told = [
        SalesRecord(
            dealer=dealer,
            sold_at=START,
            flow="sell_in",
            brand="Lumen",
            market=OWN[dealer],
            quantity=1,
            amount=1,
        )
        for dealer in ("A", "C")
    ]
    agreed = [Agreement(dealer=dealer, starts=START, schedule="units") for dealer in ("A", "C")]
    paid = RebateEvents.of(
        RebateEvent(dealer=dealer, kind="payment", at=DAY, key="P-1", amount=1)
        for dealer in ("A", "C")
    )
    log = SalesLog.of(told)
    for parts in ([log], [log[:1], log[1:]]):
        sales = SalesParts(parts=parts, ends=log)
        assert told_by(sales, agreed, SCHEDULES, paid) is InvalidRowsError
        assert told_by(sales, agreed, SCHEDULES, paid[:1]) is not InvalidRowsError
