"""Reports on fairness: class by class against plain loops, and what is counted apart."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.channel import fairness_report
from relmkt.errors import InvalidValueError
from relmkt.policies import FairnessPolicy

amount = st.none() | st.integers(0, 900).map(float)
dealers = st.lists(
    st.tuples(amount, amount, st.sampled_from(["city", "village", None])), min_size=1, max_size=9
)


def report_of(rows, **options):
    def number(value):
        return math.nan if value is None else value

    return fairness_report(
        [f"D-{at}" for at in range(len(rows))],
        [number(one[0]) for one in rows],
        [number(one[1]) for one in rows],
        [one[2] for one in rows],
        **options,
    )


@given(dealers)
@settings(max_examples=60)
def test_each_class_is_told_as_loops_tell_it(rows):
    report = report_of(rows)
    assert [one.dealer_class for one in report] == list(dict.fromkeys(row[2] for row in rows))
    assert len(report) == len({row[2] for row in rows})
    for one in report:
        mine = [(f"D-{at}", *row) for at, row in enumerate(rows) if row[2] == one.dealer_class]
        rates = {name: got / did for name, got, did, _ in mine if did and got is not None}
        assert one.dealers == len(mine)
        assert one.counted == len(rates)
        assert one.without_effort == sum(did == 0 for _, _, did, _ in mine)
        assert one.dealers == one.counted + one.without_effort + one.unknown
        if not rates:
            assert one.lowest is one.highest is None
            assert "none with an amount" in str(one)
            assert one.result == "nothing to compare"
            continue
        nothing = [rate for rate in rates.values() if rate == 0]
        assert one.got_none == (len(nothing) if any(rates.values()) else 0)
        low, high = min(rates.values()), max(rates.values())
        assert one.lowest == (next(n for n, rate in rates.items() if rate == low), low)
        assert one.highest == (next(n for n, rate in rates.items() if rate == high), high)
        assert one.amount == sum(got for name, got, _, _ in mine if name in rates)
        if high == 0:
            assert math.isnan(one.gini) and math.isnan(one.jain)  # noqa: PT018
            continue
        total = sum(rates.values())
        pairs = sum(abs(a - b) for a in rates.values() for b in rates.values())
        assert one.gini == pytest.approx(pairs / (2 * len(rates) * total), abs=1e-12)
        squares = sum(rate**2 for rate in rates.values())
        assert one.jain == pytest.approx(total**2 / (len(rates) * squares), rel=1e-12)
        assert one.max_min_ratio == pytest.approx(high / low if low else math.inf)


def test_the_same_for_the_same_effort_is_even_however_much_the_efforts_differ():
    report = report_of([(10.0, 5.0, "city"), (2000.0, 1000.0, "city")])
    (city,) = report
    assert (city.gini, city.jain, city.max_min_ratio) == (0, 1, 1)
    assert report.rate.tolist() == [2, 2]


def test_who_is_below_zero_is_kept_and_named():
    (city,) = report_of([(-10.0, 10.0, "city"), (30.0, 10.0, "city")])
    assert city.lowest == ("D-0", -1)
    assert city.gini == pytest.approx(8 / (2 * 2 * 4))
    assert math.isnan(city.jain)
    assert math.isnan(city.max_min_ratio)


@pytest.mark.parametrize(
    ("got", "result"),
    [
        ([0.0, 0.0], "all of them with nothing"),
        ([0.0, 30.0, 0.0], "Gini 0.667, Jain 0.333, 2 with nothing, up to 3 (D-1)"),
        ([-10.0, 30.0], "Gini 0.500, from -1 (D-0) to 3 (D-1)"),
        ([-10.0, -10.0], "Gini 0.000, from -1 (D-0) to -1 (D-0)"),
        ([10.0], "Gini 0.000, Jain 1.000, from 1 (D-0) to 1 (D-0)"),
    ],
)
def test_a_result_reads_well_whoever_got_nothing(got, result):
    (city,) = report_of([(amount, 10.0, "city") for amount in got])
    assert city.result == result
    assert "inf" not in str(city)
    assert "nan" not in str(city)


@pytest.mark.parametrize(
    ("rules", "same"),
    [
        ([{"Lumen": "a"}, {"Aster": "b"}], True),
        ([{"Lumen": "a"}, {"Lumen": "b", "Aster": "a"}], False),
        ([{"Lumen": "a"}, {"Lumen": None}], None),
        ([{"Lumen": "a"}, None], None),
        (["a", "a"], True),
        (["a", "b"], False),
        (["a", None], None),
        ([None, None], None),
    ],
)
def test_one_class_has_one_rule(rules, same):
    (city,) = report_of([(1.0, 1.0, "city"), (1.0, 1.0, "city")], rules=rules)
    assert city.same_rule is same
    assert ("different rules" in str(city)) is (same is False)


def test_a_report_gives_the_facts_of_the_table():
    rows = [(1.0, 1.0, "city"), (1.0, 1.0, "city"), (5.0, 1.0, None), (2.0, 0.0, "village")]
    report = report_of(rows, rules=["a", "b", "a", "a"])
    facts = report.facts(published=[True, None])
    assert [one.dealer_class for one in facts] == ["city", "village"]
    assert facts[0].consistent is False
    assert facts[1].consistent is None
    assert (facts[0].jain, facts[1].jain, facts[1].gini) == (1, None, None)
    assert (facts[0].got_none, facts[1].got_none) == (0, None)
    verdicts = FairnessPolicy().table().decide(facts).labels()
    assert [str(one) for one in verdicts] == ["unfair", "undetermined"]
    assert len(str(report).splitlines()) == 3
    assert "no class: 1 of 1 dealers" in str(report)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dealers": ["a", "a"]}, "'dealers' must come once each, got 'a': add up"),
        ({"effort": [1, -1]}, "'effort' must be at least 0, got -1.0 for dealer 'b'"),
        ({"amounts": [1, math.inf]}, "'amounts' must be finite"),
        ({"amounts": [1]}, "'amounts' must have 2 values"),
        ({"classes": ["x"]}, "'classes' must have 2 values"),
        ({"rules": ["x"]}, "'rules' must have 2 values"),
    ],
)
def test_figures_that_make_no_sense_are_refused(changes, message):
    right = {"dealers": ["a", "b"], "amounts": [1, 2], "effort": [1, 1], "classes": ["x", "x"]}
    with pytest.raises(InvalidValueError, match=message):
        fairness_report(**right | changes)


def test_what_is_no_number_is_refused_by_its_name():
    with pytest.raises(InvalidValueError, match="'amounts' must be numbers"):
        fairness_report(["A", "B"], [1, "x"], [1, 1], ["k", "k"])
    with pytest.raises(InvalidValueError, match="'effort' must be numbers"):
        fairness_report(["A", "B"], [1, 2], [1, [1]], ["k", "k"])


def test_dealers_and_classes_may_come_one_by_one():
    told = fairness_report(iter(["A", "B"]), [10, 30], [10, 10], iter(["k", "k"]))
    listed = fairness_report(["A", "B"], [10, 30], [10, 10], ["k", "k"])
    assert told.classes == listed.classes
    assert told.classes[0].counted == 2
