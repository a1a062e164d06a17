"""The diversion test against every whole volume that could be dumped."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.channel.diversion import diversion_test
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.errors import InvalidRowsError, InvalidValueError
from tests.channel.rebates import fraction_rebate, schedules, tenths


def whole(brackets=((100, 2), (500, 3)), kind="whole_volume"):
    return RebateSchedule(brackets=brackets, kind=kind, currency="EUR")


def test_a_bracket_is_reached_by_as_many_units_as_it_takes_on_paper():
    """In floats 17.6 - 5.6 is above 12."""
    for start, sold, extra in ((17.6, 5.6, 12), (9.3, 3.3, 6), (1.1, 0.1, 1), (8.2, 4.2, 4)):
        test = diversion_test(whole([(start, 2)]), [sold], dealers="A", discount=0)
        assert test.extra.tolist() == [extra]
        assert test.gain[0] == pytest.approx(2 * start)


@given(
    schedules(),
    st.lists(st.tuples(tenths, tenths, st.integers(0, 80)), min_size=1, max_size=5),
    st.none() | st.integers(0, 60),
)
def test_no_whole_volume_gains_more_than_the_one_that_is_found(drawn, dealers, most):
    """Written without the closed form: every unit up to the highest start, or to what there is."""
    schedule, pairs = drawn
    volumes, targets, costs = zip(*dealers, strict=True)
    test = diversion_test(
        schedule,
        [float(volume) for volume in volumes],
        dealers=range(len(dealers)),
        discount=[cost / 10 for cost in costs],
        most=most,
        targets=[float(target) for target in targets],
    )
    for row, (volume, target, cost) in enumerate(dealers):
        told = target if schedule.from_target else None
        highest = max([start for start, _ in pairs] + ([target] if told is not None else []))
        last = most if most is not None else max(0, -((volume - highest) // 1))

        def gain(extra, volume=volume, told=told, cost=cost):
            more = fraction_rebate(pairs, schedule.kind, volume + extra, told)
            now = fraction_rebate(pairs, schedule.kind, volume, told)
            return more - now - Fraction(cost, 10) * extra

        gains = [gain(extra) for extra in range(int(last) + 1)]
        assert test.gain[row] == pytest.approx(float(max(gains)), abs=1e-9)
        assert gains[int(test.extra[row])] == max(gains)
        is_endless = float(pairs[-1][1]) > cost / 10
        assert test.pays[row] == (test.gain[row] > 0 or (most is None and is_endless))
        assert test.rebate[row] - test.loss[row] == pytest.approx(test.gain[row], abs=1e-9)
        assert test.endless[row] == is_endless


def test_whoever_stands_right_before_a_cliff_gains_and_whoever_is_far_does_not():
    test = diversion_test(
        whole(), [499, 480, 300], dealers=["near", "close", "far"], discount=8, freight=2
    )
    near, close = test.cases()
    assert (near.dealer, near.extra, near.rebate, near.loss, near.gain) == ("near", 1, 502, 10, 492)
    assert (close.dealer, close.gain) == ("close", 340)
    assert "dumping pays for 2 of 3 dealers, 832.00 EUR in all" in str(test)


def test_a_marginal_schedule_does_not_pay_for_dumping_unless_its_rate_is_above_the_loss():
    steps = whole(kind="marginal")
    assert not diversion_test(steps, [499], dealers=["D"], discount=3).pays.any()
    generous = diversion_test(steps, [499], dealers=["D"], discount=1, most=100)
    assert generous.extra.tolist() == [100]
    assert generous.gain.tolist() == [1 * 2 + 99 * 3 - 100]
    assert "without end" in str(generous)


def test_beyond_the_highest_bracket_dumping_pays_too_where_nothing_bounds_it():
    steps = whole(kind="marginal")
    test = diversion_test(steps, [600, 50], dealers="AB", discount=2)
    assert test.pays.tolist() == [True, True]
    assert (test.extra[0], test.cases()) == (0, ())
    said = str(test)
    assert said.startswith("dumping pays for 2 of 2 dealers, 0.00 EUR up to the highest bracket\n")
    assert said.endswith("dumping pays without end; say how many can be bought (most)")
    bounded = diversion_test(steps, [600, 50], dealers="AB", discount=2, most=10)
    assert bounded.pays.tolist() == [True, False]
    assert str(bounded).startswith("dumping pays for 1 of 2 dealers, 10.00 EUR in all\n")


def test_the_target_is_worth_dumping_for_though_no_bracket_starts_there():
    flat = RebateSchedule(brackets=[(0, 2)], kind="marginal", currency="EUR", from_target=True)
    test = diversion_test(flat, [95, 40], dealers="AB", discount=5, targets=[100, 100])
    assert test.extra.tolist() == [5, 0]
    assert test.gain.tolist() == [175, 0]


def test_what_floats_round_makes_nobody_a_diverter():
    """Three units at a loss of a tenth cost 0.3, and in floats a little less or more."""
    for rate, loss in ((0.1, 0.1), (0.3, 0.3), (0.7, 0.7)):
        flat = whole([(0, 0), (1, rate)], "marginal")
        assert not diversion_test(flat, [1.1, 2.2], dealers="AB", discount=loss, most=3).pays.any()


def test_the_first_ten_are_named_and_the_others_counted():
    test = diversion_test(whole(), [499] * 12, dealers=range(12), discount=10)
    assert str(test).endswith("… and 2 more")


def test_the_answer_cannot_be_written_to():
    test = diversion_test(whole(), [499], dealers=["D"], discount=10)
    for array in (test.dealers, test.volumes, test.extra, test.gain, test.loss, test.endless):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_bad_input_is_refused():
    with pytest.raises(InvalidRowsError, match="bad row in discount"):
        diversion_test(whole(), [1], dealers=["D"], discount=-1)
    with pytest.raises(InvalidRowsError, match="bad row in volumes"):
        diversion_test(whole(), [np.nan], dealers=["D"], discount=1)
    with pytest.raises(InvalidValueError, match="'dealers' must be one for each volume"):
        diversion_test(whole(), [1], dealers=["D", "E"], discount=1)
    with pytest.raises(InvalidValueError, match="'freight' must be one number for each dealer"):
        diversion_test(whole(), [1], dealers=["D"], discount=1, freight=[1, 2])
