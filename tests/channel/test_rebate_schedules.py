"""Schedules: what volumes earn, where that jumps, and how schedules are refused."""

from __future__ import annotations

import json
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.channel._decimals import as_decimal, exact_sums
from relmkt.channel.rebate_schedules import Bracket, RebateSchedule
from relmkt.domain import Agreement, ScheduleKind
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from tests.channel.rebates import fraction_rebate, schedules, tenths

BRACKETS = [(100, 2), (500, 3)]


def schedule(kind="whole_volume", brackets=BRACKETS, **more):
    return RebateSchedule(brackets=brackets, kind=kind, currency="EUR", **more)


# ------------------------------------------------------------------------------ what is paid


def test_the_two_readings_of_one_list_of_brackets():
    """500 units: 400 in the first bracket, or the rate that is reached on all; no average."""
    assert schedule("marginal").rebate(500) == 800
    assert schedule("marginal").rebate(600) == 1100
    assert schedule().rebate(500) == 1500
    average = (500 * 2 + 500 * 3) / 2
    assert float(schedule().rebate(500)) != average != float(schedule("marginal").rebate(500))


@given(schedules(), tenths, tenths)
def test_the_rebate_is_what_the_words_of_its_kind_say(drawn, volume, target):
    made, pairs = drawn
    told = fraction_rebate(pairs, made.kind, volume, target if made.from_target else None)
    found = made.exact_rebate(str(float(volume)), target=str(float(target)))
    assert Fraction(found) == told
    paid = made.rebate(str(float(volume)), target=str(float(target)))
    assert paid == found.quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(schedules(), st.lists(tenths, max_size=8), tenths)
def test_columns_and_decimals_agree_to_the_cent(drawn, volumes, target):
    made, _ = drawn
    floats = [float(volume) for volume in volumes]
    paid = made.rebates(floats, targets=[float(target)] * len(floats)).tolist()
    for volume, many in zip(floats, paid, strict=True):
        one = made.rebate(volume, target=float(target))
        assert abs(float(one) - many) <= 0.005 + 1e-9


@given(schedules(), tenths, tenths, tenths)
def test_more_volume_never_earns_less(drawn, volume, more, target):
    made, _ = drawn
    below = made.rebate(float(volume), target=float(target))
    assert made.rebate(float(volume + more), target=float(target)) >= below


@given(schedules(from_target=False), tenths)
def test_whole_volume_never_pays_less_than_marginal(drawn, volume):
    _, pairs = drawn
    texts = [(str(float(start)), str(float(rate))) for start, rate in pairs]
    both = [schedule(kind, texts).exact_rebate(float(volume)) for kind in ScheduleKind]
    assert both[0] <= both[1]


def test_rounding_happens_once_and_as_stated():
    third = [(0, "0.005"), (1, "0.005")]
    assert schedule("marginal", third).rebate(2) == Decimal("0.01")
    modes = {"half_up": "0.13", "half_even": "0.12", "down": "0.12", "up": "0.13"}
    for mode, paid in modes.items():
        assert schedule(brackets=[(0, "0.125")], rounding=mode).rebate(1) == Decimal(paid)
    assert str(schedule(brackets=[(0, "0.5")], exponent=0).rebate(3)) == "2"
    assert str(schedule(brackets=[(0, 7)], exponent=1).rebate(3)) == "2E+1"


def test_a_float_is_read_as_it_is_written_whatever_the_context_of_the_thread():
    with localcontext() as around:
        around.prec = 3
        assert schedule(brackets=[(0, 0.1)]).exact_rebate(123456.7) == Decimal("12345.67")
        zone = schedule().perverse_zones("-10.123")[0]
        assert str(zone.start).startswith("80.2430")


def test_points_are_shares_of_the_amount_wherever_it_was_sold():
    points = schedule("whole_volume", [(0, "0.02"), (10_000, "0.03")], basis="amount", by="points")
    assert points.rebate(9_999) == Decimal("199.98")
    assert points.rebate(10_000) == 300


def test_from_the_target_on_and_not_below():
    made = schedule("marginal", from_target=True)
    assert made.rebate(199, target=200) == 0
    assert made.rebate(200, target=200) == 200
    assert made.rebate(200, target=0) == 200
    assert [(cliff.at, cliff.size) for cliff in made.cliffs(target=200)] == [(200, 200)]
    agreement = Agreement(dealer="D", starts=date(2025, 1, 1), target_quantity=200, target_amount=5)
    assert made.target_of(agreement) == 200
    assert schedule(basis="amount", from_target=True).target_of(agreement) == 5
    assert schedule().target_of(agreement) is None
    for asked in (lambda: made.rebate(5), lambda: made.rebates([5])):
        with pytest.raises(InvalidValueError, match="'target' must be given"):
            asked()


# ------------------------------------------------------------------------------------ judging


@given(schedules(), tenths)
def test_cliffs_are_the_jumps_and_only_they_are(drawn, target):
    made, pairs = drawn
    found = {
        Fraction(cliff.at): Fraction(cliff.size) for cliff in made.cliffs(target=float(target))
    }
    told = target if made.from_target else None
    tiny = Fraction(1, 10**9)
    for at in {start for start, _ in pairs} | {target}:
        if at == 0:
            continue
        below, here = (fraction_rebate(pairs, made.kind, x, told) for x in (at - tiny, at))
        if here - below > Fraction(1, 10**6):
            assert abs(found.pop(at) - (here - below)) < Fraction(1, 10**6)
    assert not found


@given(schedules(), st.integers(1, 80), tenths)
def test_a_zone_is_where_reaching_the_cliff_pays_although_each_unit_loses(drawn, loss, target):
    """Beside every volume in tenths the dealer's two figures are compared."""
    made, pairs = drawn
    lost, told = Fraction(loss, 10), target if made.from_target else None
    for zone in made.perverse_zones(-loss / 10, target=float(target)):
        cliff = Fraction(zone.cliff.at)
        worth = fraction_rebate(pairs, made.kind, cliff, told) - lost * cliff
        inside = True
        for step in range(1, int(cliff * 10) + 1):
            volume = cliff - Fraction(step, 10)
            gain = worth - (fraction_rebate(pairs, made.kind, volume, told) - lost * volume)
            inside = inside and gain > 0
            assert (str(float(volume)) in zone) is inside
            if inside:
                assert gain <= Fraction(zone.most)
        assert (zone.cliff.at in zone) is False


def test_there_is_no_zone_where_units_earn_by_themselves_nor_without_a_cliff():
    assert schedule().perverse_zones(0) == schedule().perverse_zones("0.5") == ()
    assert schedule("marginal").perverse_zones(-1) == ()


@given(schedules(), tenths, st.integers(-50, 50), tenths)
def test_the_marginal_incentive_is_the_margin_and_what_the_rebate_adds(drawn, at, margin, target):
    made, pairs = drawn
    told = target if made.from_target else None
    found = made.marginal_incentive(float(at), margin, step="0.5", target=float(target))
    added = fraction_rebate(pairs, made.kind, at + Fraction(1, 2), told)
    added -= fraction_rebate(pairs, made.kind, at, told)
    assert Fraction(found) == Fraction(margin, 2) + added


# ----------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("brackets", "message"),
    [
        ([(0, 3), (10, 2)], r"'rate' must be at least that .*before \(3\).*decreases is refused"),
        ([(10, 1), (10, 2)], r"'start' must be above that of the bracket before \(10\)"),
        ([(-1, 1)], "'start' must be at least 0"),
        ([(0, -1)], "'rate' must be at least 0, got .* for bracket 1"),
        ([(0, None)], "'rate' must be a number"),
        ([(0, True)], "'rate' must be a number"),
        ([(0, "much")], "'rate' must be a number, got 'much'"),
        ([(0, float("nan"))], "'rate' must be finite"),
        ([(0, "1" * 50)], "'rate' must have at most 40 digits"),
        ([], "'brackets' must hold at least one"),
        ([5], "'brackets' must be pairs"),
        ([(1, 2, 3)], "'brackets' must be pairs of a start and a rate"),
        ("0,1", "'brackets' must be pairs"),
        (7, "'brackets' must be pairs"),
    ],
)
def test_brackets_that_cannot_be_read_one_way_are_refused(brackets, message):
    with pytest.raises(InvalidValueError, match=message):
        schedule(brackets=brackets)


def test_what_is_not_stated_or_unknown_is_refused():
    with pytest.raises(UnknownNameError, match="average"):
        schedule("average")
    with pytest.raises(UnknownNameError, match="rounding 'nearest'"):
        schedule(rounding="nearest")
    with pytest.raises(InvalidValueError, match="'exponent' must be a whole number"):
        schedule(exponent=0.5)
    with pytest.raises(InvalidValueError, match="'currency' must be given"):
        RebateSchedule(brackets=BRACKETS, kind="marginal", currency="")
    with pytest.raises(InvalidValueError, match="'basis' must be 'amount' for fixed points"):
        schedule(by="points")
    with pytest.raises(TypeError, match="kind"):
        RebateSchedule(brackets=BRACKETS, currency="EUR")
    with pytest.raises(InvalidValueError, match="'step' must be above 0"):
        schedule().marginal_incentive(1, 1, step=0)


def test_a_negative_or_missing_volume_earns_nothing_silently():
    with pytest.raises(InvalidValueError, match="'volume' must be at least 0"):
        schedule().rebate(-1)
    with pytest.raises(InvalidRowsError, match=r"2 bad rows in volumes\n  row 1: .*\n  row 2: "):
        schedule().rebates([1, -1, np.nan])
    with pytest.raises(InvalidValueError, match="'volumes' must be numbers"):
        schedule().rebates(["many"])
    with pytest.raises(InvalidValueError, match="'volumes' must be one number for each dealer"):
        schedule().rebates([[1]])
    with pytest.raises(InvalidValueError, match="each dealer \\(2\\)"):
        schedule(from_target=True).rebates([1, 2], targets=[1])


@given(schedules())
def test_a_schedule_comes_back_from_json_as_it_was(drawn):
    made, _ = drawn
    assert RebateSchedule(**json.loads(json.dumps(made.as_dict()))) == made


def test_a_schedule_is_a_value():
    assert schedule() == schedule(brackets=[Bracket(Decimal(100), Decimal(2)), ("500", 3.0)])
    assert hash(schedule()) == hash(schedule())
    assert schedule() != schedule("marginal")


# ------------------------------------------------------------------------------------ decimals


@given(
    st.lists(
        st.one_of(
            st.integers(-(10**9), 10**9).map(float),
            st.decimals(-1000, 1000, places=2).map(float),
            st.decimals(-10, 10, places=7).map(float),
            st.floats(-1e17, 1e17, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-9),
        ),
        max_size=12,
    )
)
def test_sums_are_those_of_the_numbers_as_they_are_written(values):
    groups = np.arange(len(values)) % 3
    found = exact_sums(np.array(values, dtype=np.float64), groups, 3)
    for group in range(3):
        told = sum((Fraction(repr(value)) for value in values[group::3]), Fraction(0))
        assert Fraction(found[group]) == told


def test_a_number_of_numpy_is_a_number():
    assert as_decimal(np.float64(0.1), "rate") == Decimal("0.1")
    assert as_decimal(np.int64(3), "rate") == 3
