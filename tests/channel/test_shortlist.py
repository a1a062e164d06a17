"""Shortlists: against every completion of what is unknown, and every change of a fact or weight."""

from __future__ import annotations

import itertools

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relmkt.channel import Distributors, Place, Term, match_dealers, match_terms, shortlist
from relmkt.domain import BrandPosition, Distributor
from relmkt.errors import InvalidValueError

tenths = st.integers(0, 10).map(lambda n: n / 10)
known = st.fixed_dictionaries(
    {"price_level": tenths, "capability": tenths, "segment": st.sampled_from(["young", "old"])}
)
gappy = st.fixed_dictionaries(
    {
        "price_level": st.none() | tenths,
        "capability": st.none() | tenths,
        "segment": st.none() | st.sampled_from(["young", "old"]),
    }
)
weights = st.tuples(*[st.integers(1, 6).map(float)] * 3)
WANTED = {"price_level": 0.5, "capability": 0.8, "segment": "young"}


def terms_of(weights):
    price, capability, segment = weights
    return [
        Term(fact="price_level", wanted=0.5, weight=price, likeness="near", scale=0.5),
        Term(fact="capability", wanted=0.8, weight=capability, likeness="adequate", scale=1.0),
        Term(fact="segment", wanted="young", weight=segment, likeness="same"),
    ]


def listed(facts, weights, size, **options):
    dealers = Distributors.of([Distributor(dealer=at, **one) for at, one in enumerate(facts)])
    return shortlist(match_dealers(dealers, terms_of(weights)), size, **options)


def rows_in(facts, weights, size):
    """Who has fewer than `size` better ones, from scores written out by hand."""
    price, capability, segment = (one / sum(weights) for one in weights)
    scores = [
        round(
            price * max(0, 1 - abs(one["price_level"] - 0.5) / 0.5)
            + capability * min(1, 1 - (0.8 - one["capability"]))
            + segment * (one["segment"] == "young"),
            11,
        )
        for one in facts
    ]
    return {at for at, own in enumerate(scores) if sum(one > own for one in scores) < size}


@given(st.lists(known, min_size=1, max_size=7), weights, st.integers(1, 4))
@settings(max_examples=60)
def test_with_all_known_the_best_are_on_the_list_and_all_who_tie(facts, weights, size):
    found = listed(facts, weights, size)
    assert set(found.chosen) == rows_in(facts, weights, size)
    assert found.settled
    assert found.missing == {}
    assert found.undecided == []
    assert len(found) >= min(size, len(facts))
    assert (found.margin > 0) or len(found.chosen) == len(facts)


@given(st.lists(gappy, min_size=1, max_size=4), weights, st.integers(1, 3))
@settings(max_examples=40)
def test_a_place_is_certain_if_it_is_so_whatever_is_unknown(facts, weights, size):
    found = listed(facts, weights, size)
    worst = {"price_level": 0.0, "capability": -0.2, "segment": "old"}
    gaps = [(row, name) for row, one in enumerate(facts) for name in one if one[name] is None]
    assume(len(gaps) <= 7)
    outcomes = []
    for fits in itertools.product((False, True), repeat=len(gaps)):
        filled = [dict(one) for one in facts]
        for (row, name), fit in zip(gaps, fits, strict=True):
            filled[row][name] = (WANTED if fit else worst)[name]
        outcomes.append(rows_in(filled, weights, size))
    always, ever = set.intersection(*outcomes), set.union(*outcomes)
    assert set(found.chosen) == always
    assert set(found.undecided) == ever - always
    assert all(found.missing.values())
    if found.undecided:
        assert found.missing
        assert not found.settled
        assert len(found.chosen) < max(size, len(facts))


@given(st.lists(known, min_size=2, max_size=6), weights, st.integers(1, 3), st.randoms())
@settings(max_examples=30)
def test_the_order_of_the_rows_decides_nothing(facts, weights, size, random):
    order = list(range(len(facts)))
    random.shuffle(order)
    shuffled = listed([facts[at] for at in order], weights, size)
    assert {order[row] for row in shuffled.chosen} == set(listed(facts, weights, size).chosen)


@given(st.lists(known, min_size=2, max_size=6), weights, st.integers(1, 3), st.data())
@settings(max_examples=60)
def test_each_change_is_enough_and_a_smaller_one_is_not(facts, weights, size, data):
    found = listed(facts, weights, size)
    outside = [row for row in range(len(facts)) if row not in found.chosen]
    for row in found.chosen:
        assert found.changes(row) == ()
    assume(outside)
    row = data.draw(st.sampled_from(outside))
    changes = found.changes(row)
    assert [one.effort for one in changes] == sorted(one.effort for one in changes)
    told = {one.fact for one in changes}
    for one in changes:
        assert one.had == facts[row][one.fact]
        after = [dict(each) for each in facts]
        after[row][one.fact] = one.needed
        assert row in listed(after, weights, size).chosen
        if one.fact != "segment":
            after[row][one.fact] = one.needed + 1e-6 * np.sign(one.had - one.needed)
            assert row not in listed(after, weights, size).chosen
            assert abs(one.needed - WANTED[one.fact]) == pytest.approx(one.distance, abs=1e-9)
    for name in WANTED.keys() - told:  # to fit wholly is not enough
        after = [dict(each) for each in facts]
        after[row][name] = WANTED[name]
        assert row not in listed(after, weights, size).chosen


@given(st.lists(known, min_size=2, max_size=6), weights, st.integers(1, 3))
@settings(max_examples=60)
def test_the_list_stands_within_each_range_of_weights_and_not_beyond(facts, weights, size):
    found = listed(facts, weights, size)
    for at, one in enumerate(found.weight_ranges()):
        assert 0 <= one.lowest <= one.weight + 1e-12
        assert one.weight - 1e-12 <= one.highest <= 1

        def chosen_at(share, at=at):
            rest = sum(weights) - weights[at]
            moved = list(weights)
            moved[at] = share / (1 - share) * rest
            return listed(facts, moved, size).chosen

        for share in np.linspace(one.lowest, one.highest, 5)[1:-1].tolist():
            assert set(chosen_at(share)) == set(found.chosen)
        if one.lowest > 1e-5:
            assert set(chosen_at(one.lowest - 1e-6)) != set(found.chosen)
            assert one.falls is not None or one.lowest == one.highest
        if one.highest < 1 - 1e-5:
            assert set(chosen_at(one.highest + 1e-6)) != set(found.chosen)


@given(
    st.builds(list.__add__, st.lists(known, min_size=1, max_size=4), st.lists(gappy, max_size=2)),
    weights,
    st.integers(1, 3),
)
@settings(max_examples=100)
def test_a_list_with_gaps_that_is_settled_stands_within_its_ranges_and_not_beyond(
    facts, weights, size
):
    found = listed(facts, weights, size)
    assume(found.settled)
    for at, one in enumerate(found.weight_ranges()):

        def is_kept(share, at=at):
            moved = list(weights)
            moved[at] = share / (1 - share) * (sum(weights) - weights[at])
            again = listed(facts, moved, size)
            return again.settled and set(again.chosen) == set(found.chosen)

        for share in np.linspace(one.lowest, one.highest, 5)[1:-1].tolist():
            assert is_kept(share)
        if one.lowest > 1e-5:
            assert not is_kept(one.lowest - 1e-6)
        if one.highest < 1 - 1e-5:
            assert not is_kept(one.highest + 1e-6)


def test_those_who_tie_by_other_merits_stand_at_these_weights_alone():
    facts = [
        {"price_level": 0.5, "capability": 0.0, "segment": "old"},
        {"price_level": 0.0, "capability": 0.8, "segment": "old"},
        {"price_level": 0.0, "capability": 0.0, "segment": "old"},
    ]
    found = listed(facts, (0.8, 1.0, 1.0), 1)
    assert found.chosen == [0, 1]
    price, capability, segment = found.weight_ranges()
    assert price.lowest == price.highest == pytest.approx(0.8 / 2.8)
    assert capability.lowest == capability.highest
    assert (segment.lowest, segment.highest) == (0, 1)
    assert {price.falls, price.rises} <= {(0, 1), (1, 0)}


def test_two_pairs_that_tie_stand_on_either_side_of_their_crossing():
    dear = {"price_level": 0.5, "capability": 0.3, "segment": "old"}
    able = {"price_level": 0.25, "capability": 0.8, "segment": "old"}
    found = listed([dear, dear, able, able], (1.0, 1.0, 1.0), 3)
    assert found.chosen == [0, 1, 2, 3]
    assert [(one.lowest, one.highest) for one in found.weight_ranges()] == [(0, 1)] * 3


def test_what_weighs_nothing_and_is_unknown_does_not_part_those_who_tie():
    tied = {"price_level": 0.4, "capability": 0.8, "segment": None}
    better = {"price_level": 0.5, "capability": 0.8, "segment": "old"}
    found = listed([tied, tied, better], (1.0, 1.0, 0.0), 2)
    assert found.chosen == [2, 0, 1]
    price, capability, segment = found.weight_ranges()
    assert (price.lowest, price.highest) == (0, 1)
    assert (capability.lowest, capability.highest) == (0, 1)
    assert (segment.lowest, segment.highest) == (0, 0)  # of any weight it would have to be known


def test_one_that_is_better_by_no_weight_of_a_term_never_leaves_by_it():
    tied = {"price_level": 0.4, "capability": 0.6, "segment": "old"}
    better = {"price_level": 0.4, "capability": 0.8, "segment": "old"}
    found = listed([tied, tied, better], (1.0, 1.0, 1.0), 2)
    assert [(one.lowest, one.highest) for one in found.weight_ranges()] == [(0, 1)] * 3


def test_one_that_two_pairs_take_turns_to_be_below_never_leaves():
    dear = {"price_level": 0.5, "capability": 0.3, "segment": "old"}
    able = {"price_level": 0.0, "capability": 0.8, "segment": "old"}
    between = {"price_level": 0.25, "capability": 0.8, "segment": "old"}
    price, *_ = listed([dear, dear, able, able, between], (1.0, 1.0, 1.0), 4).weight_ranges()
    assert (price.lowest, price.highest) == (0, 1)
    for weight in (0.01, 0.5, 1.0, 2.0, 50.0):
        found = listed([dear, dear, able, able, between], (weight, 1.0, 1.0), 4)
        assert sorted(found.chosen) == [0, 1, 2, 3, 4]


def test_the_ends_of_a_range_name_who_goes_and_who_comes():
    facts = [
        {"price_level": 0.5, "capability": 0.3, "segment": "young"},
        {"price_level": 0.2, "capability": 0.8, "segment": "young"},
    ]
    price, capability, segment = listed(facts, (2.0, 1.0, 1.0), 1).weight_ranges()
    assert price.falls == (0, 1)
    assert price.rises is None
    # 0.6 of the weight of price is as much as 0.5 of that of capability.
    assert price.lowest == pytest.approx((0.5 / 0.6) / (0.5 / 0.6 + 2))
    assert capability.rises == (0, 1)
    assert capability.highest == pytest.approx((2 * 0.6 / 0.5) / (2 * 0.6 / 0.5 + 3))
    assert (segment.falls, segment.rises) == (None, None)


def test_one_term_has_nothing_to_be_weighed_against():
    dealers = Distributors(dealer=["a", "b"], price_level=[1.0, 2.0])
    position = BrandPosition(brand_market="Lumen in North", price_level=1.0)
    found = shortlist(match_dealers(dealers, match_terms(position)), 1)
    (only,) = found.weight_ranges()
    assert (only.lowest, only.weight, only.highest) == (1, 1, 1)


def test_who_is_not_eligible_has_no_place_and_keeps_nobody_off():
    facts = [{"price_level": one, "capability": 0.8, "segment": "young"} for one in (0.5, 0.4, 0.1)]
    found = listed(facts, (1, 1, 1), 1, eligible=[False, True, True])
    assert found.chosen == [1]
    assert found.place.tolist() == [-1, 0, 2]
    assert found.changes(0) == ()
    assert np.isnan(found.slack[0])
    assert found.margin == pytest.approx(0.6 / 3)
    assert [list(Place)[code] for code in found.place[1:]] == [Place.IN, Place.OUT]


def test_what_must_turn_out_for_a_fact_that_is_unknown():
    facts = [
        {"price_level": 0.4, "capability": 0.8, "segment": "young"},
        {"price_level": None, "capability": 0.8, "segment": "young"},
    ]
    found = listed(facts, (1, 1, 1), 1)
    assert found.place.tolist() == [1, 1]
    assert found.missing == {1: ("price_level",)}
    (change,) = found.changes(1)
    assert (change.had, change.needed) == (None, 0.5)
    assert change.distance == pytest.approx(0.1)
    assert change.effort == pytest.approx(0.8)
    assert np.isnan(found.margin)
    assert str(found).splitlines() == [
        "0 of 2 dealers, 1 asked for",
        "  open: 0, waits for the facts of others",
        "  open: 1, waits for price_level",
    ]
    with pytest.raises(InvalidValueError, match="'shortlist' must be settled, got '2 open'"):
        found.weight_ranges()


def test_a_list_is_told_and_one_without_rivals_is_as_firm_as_can_be():
    facts = [{"price_level": 0.4, "capability": 0.8, "segment": "young"}]
    found = listed(facts, (1, 1, 1), 3)
    assert str(found) == "1 of 1 dealers, 3 asked for\n  in: 0"
    assert found.slack.tolist() == [np.inf]
    assert found.margin == np.inf
    assert [(one.lowest, one.highest) for one in found.weight_ranges()] == [(0, 1)] * 3
    assert shortlist(found.matches, 1, eligible=[False]).chosen == []


def test_a_request_that_makes_no_sense_is_refused():
    facts = [{"price_level": 0.4, "capability": 0.8, "segment": "young"}]
    with pytest.raises(InvalidValueError, match="'size' must be at least 1, got 0"):
        listed(facts, (1, 1, 1), 0)
    with pytest.raises(InvalidValueError, match="'eligible' must have 1 answers"):
        listed(facts, (1, 1, 1), 1, eligible=[True, False])
    assert attrs.asdict(listed(facts, (1, 1, 1), 1), recurse=False)["size"] == 1
