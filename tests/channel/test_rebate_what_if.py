"""Schedules over the sales of last year, against one dealer at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.channel.rebate_what_if import rebate_what_if
from relmkt.errors import InvalidRowsError, InvalidValueError
from tests.channel.rebates import schedules, tenths


def schedule(brackets=((100, 2), (500, 3)), kind="whole_volume", currency="EUR", **more):
    return RebateSchedule(brackets=brackets, kind=kind, currency=currency, **more)


@given(
    schedules(),
    schedules(),
    st.lists(st.tuples(tenths, tenths), min_size=1, max_size=6),
)
def test_each_dealer_gets_what_the_schedule_gives_it_alone(old, new, dealers):
    volumes = [float(volume) for volume, _ in dealers]
    targets = [float(target) for _, target in dealers]
    answer = rebate_what_if(
        old[0], {"new": new[0]}, dealers=range(len(dealers)), quantities=volumes, targets=targets
    )
    (scenario,) = answer.proposed
    named = {move.dealer: move for move in (*scenario.gainers(), *scenario.losers())}
    for row, (volume, target) in enumerate(zip(volumes, targets, strict=True)):
        was, now = (float(one[0].exact_rebate(volume, target=target)) for one in (old, new))
        assert answer.current.rebates[row] == pytest.approx(was)
        assert scenario.rebates[row] == pytest.approx(now)
        if abs(now - was) > 0.0051:
            assert (named[row].change > 0) is (now > was)
            assert named[row].old == pytest.approx(was)
        for one, (made, _) in ((answer.current, old), (scenario, new)):
            passed = [cliff for cliff in made.cliffs(target=target) if float(cliff.at) <= volume]
            assert one.crossed[row] == len(passed)
    assert scenario.cost == pytest.approx(sum(scenario.rebates))
    assert len(scenario.gainers()) == scenario.gaining
    assert len(scenario.losers()) == scenario.losing


def test_gainers_and_losers_come_with_the_largest_first():
    answer = rebate_what_if(
        schedule(), {"flat": schedule([(0, 2)])}, dealers="ABCD", quantities=[50, 90, 600, 900]
    )
    (flat,) = answer.proposed
    assert [move.dealer for move in flat.gainers()] == ["B", "A"]
    assert [str(move) for move in flat.losers(1)] == ["D: 2,700.00 to 1,800.00 (-900.00)"]


def test_any_number_of_schedules_by_quantity_and_by_amount():
    points = schedule([(0, "0.02")], basis="amount", by="points")
    answer = rebate_what_if(
        schedule(),
        {"points": points, "current": schedule([(0, 1)])},
        dealers=["A"],
        quantities=[100],
        amounts=[5000],
    )
    assert [one.cost for one in answer.proposed] == [100, 100]
    assert answer.current.cost == 200
    assert [line.split()[0] for line in str(answer).splitlines()[1:]] == [
        "current",
        "points",
        "current",
    ]


def test_bad_input_is_refused():
    dollars = schedule(currency="USD")
    with pytest.raises(InvalidValueError, match="'currency' must be that of the schedule"):
        rebate_what_if(schedule(), {"us": dollars}, dealers=["A"], quantities=[1])
    with pytest.raises(InvalidValueError, match="'amounts' must be one number for each dealer"):
        rebate_what_if(schedule(), {"x": schedule(basis="amount")}, dealers=["A"], quantities=[1])
    with pytest.raises(InvalidValueError, match=r"'quantities' must be .* schedule 'current'"):
        rebate_what_if(schedule(), {}, dealers=[])
    with pytest.raises(InvalidRowsError, match="bad row in quantities"):
        rebate_what_if(schedule(), {}, dealers=["A"], quantities=[-1])
