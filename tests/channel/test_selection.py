"""Matches: by hand with plain loops, alike for one dealer and for many, and closeness, not size."""

from __future__ import annotations

import math

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.channel import (
    BrandPositions,
    Candidates,
    Distributors,
    Likeness,
    Term,
    match_dealers,
    match_terms,
)
from relmkt.domain import BrandPosition, CandidateFacts, Distributor, Objection
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.policies import MatchPolicy, SelectionPolicy
from relmkt.testing import laws
from relmkt.thresholds import OUR_DEFAULT, Quantile, thresholds

shares = st.integers(0, 20).map(lambda n: n / 20)
maybe = st.none()
dealer_facts = st.fixed_dictionaries(
    {
        "segment": maybe | st.sampled_from(["young", "old"]),
        "price_level": maybe | st.integers(0, 40).map(lambda n: n / 10),
        "value_orientation": maybe | shares,
        "capability": maybe | shares,
        "capital": maybe | st.integers(0, 200).map(lambda n: n * 1000.0),
    }
)
known_facts = st.fixed_dictionaries(
    {
        "segment": st.sampled_from(["young", "old"]),
        "price_level": st.integers(0, 40).map(lambda n: n / 10),
        "value_orientation": shares,
        "capability": shares,
        "capital": st.integers(0, 200).map(lambda n: n * 1000.0),
    }
)
weight = st.integers(0, 5).map(float)
policies = st.builds(
    MatchPolicy,
    segment_weight=weight,
    price_weight=weight,
    value_weight=weight,
    capability_weight=weight,
    capital_weight=st.integers(1, 5).map(float),
)
POSITION = BrandPosition(
    brand_market="Lumen in North",
    segment="young",
    price_level=1.2,
    value_orientation=0.7,
    capability=0.6,
    capital_adequate=50_000,
)


def many(facts):
    return Distributors.of([Distributor(dealer=at, **one) for at, one in enumerate(facts)])


def bounds_by_hand(facts, policy):
    """Lowest and highest, with one loop over the terms."""
    rows = [
        ("segment", policy.segment_weight, lambda had: float(had == "young")),
        ("price_level", policy.price_weight, lambda had: max(0, 1 - abs(had - 1.2) / 0.5)),
        ("value_orientation", policy.value_weight, lambda had: max(0, 1 - abs(had - 0.7))),
        ("capability", policy.capability_weight, lambda had: max(0, 1 - abs(had - 0.6))),
        ("capital", policy.capital_weight, lambda had: min(1, had / 50_000)),
    ]
    total = sum(weight for _, weight, _ in rows)
    low = high = 0.0
    for name, weight, closeness in rows:
        if facts[name] is None:
            high += weight / total
        else:
            low += weight / total * closeness(facts[name])
            high += weight / total * closeness(facts[name])
    return low, high


@given(st.lists(dealer_facts, min_size=1, max_size=6), policies)
@settings(max_examples=60)
def test_a_match_is_the_weighted_closeness_by_hand(facts, policy):
    matches = match_dealers(many(facts), match_terms(POSITION, policy))
    assert matches.weights.sum() == pytest.approx(1)
    for row, one in enumerate(facts):
        low, high = bounds_by_hand(one, policy)
        assert matches.lowest[row] == pytest.approx(low, abs=1e-12)
        assert matches.highest[row] == pytest.approx(high, abs=1e-12)


@given(st.lists(dealer_facts, min_size=1, max_size=6), policies)
@settings(max_examples=40)
def test_one_dealer_has_the_same_numbers_as_among_many(facts, policy):
    dealers, terms = many(facts), match_terms(POSITION, policy)
    for alone, among in zip(
        (match_dealers(dealers[row : row + 1], terms)[0] for row in range(len(dealers))),
        match_dealers(dealers, terms),
        strict=True,
    ):
        assert alone == among


@given(dealer_facts, policies)
@settings(max_examples=40)
def test_the_terms_of_a_match_add_up_to_it(facts, policy):
    match = match_dealers(many([facts]), match_terms(POSITION, policy))[0]
    known = [one.contribution for one in match.terms if one.contribution is not None]
    open_weight = sum(one.weight for one in match.terms if one.contribution is None)
    assert math.fsum(known) == pytest.approx(match.lowest, abs=1e-12)
    assert match.lowest + open_weight == pytest.approx(match.highest, abs=1e-12)
    assert (match.score is None) is bool(match.unknown)
    for one in match.terms:
        assert (one.had is None) is (one.gap is None) is (one.closeness is None)


@given(known_facts, policies, st.data())
@settings(max_examples=40)
def test_what_is_unknown_lies_between_the_bounds(facts, policy, data):
    hidden = data.draw(st.sets(st.sampled_from(sorted(facts))))
    seen = {name: None if name in hidden else value for name, value in facts.items()}
    terms = match_terms(POSITION, policy)
    bounds = match_dealers(many([seen]), terms)[0]
    truth = match_dealers(many([facts]), terms)[0]
    assert bounds.lowest - 1e-12 <= truth.score <= bounds.highest + 1e-12


@given(known_facts, st.integers(0, 10**9))
@settings(max_examples=40)
def test_more_capital_than_is_adequate_changes_nothing(facts, more):
    rich = facts | {"capital": 50_000.0 + more}
    enough = facts | {"capital": 50_000.0}
    matches = match_dealers(many([rich, enough]), match_terms(POSITION))
    assert matches.score[0] == matches.score[1]


@given(st.integers(0, 49_999), st.integers(1, 1000))
@settings(max_examples=30)
def test_less_capital_than_is_adequate_matches_less(capital, less):
    terms = [term for term in match_terms(POSITION) if term.fact == "capital"]
    dealers = Distributors(dealer=[1, 2], capital=[capital, max(capital - less, 0)])
    high, low = match_dealers(dealers, terms).score
    assert low < high < 1 or capital == 0


numbers = st.integers(-50, 50).map(float)


def near(wanted, scale):
    return Term(fact="price_level", wanted=wanted, likeness="near", scale=scale)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 60), st.integers(0, 9))
def test_a_match_moves_with_nothing_but_the_distance_by_its_scale(wanted, had, scale, shift):
    def score(wanted, had, scale):
        rows = Distributors(dealer=[1], price_level=[had])
        return match_dealers(rows, [near(wanted, scale)]).score[0]

    plain = score(wanted, had, scale)
    assert score(wanted + shift, had + shift, scale) == pytest.approx(plain, abs=1e-12)
    assert score(wanted * 7, had * 7, scale * 7) == pytest.approx(plain, abs=1e-12)
    assert score(had, wanted, scale) == plain
    further = had + (shift if had >= wanted else 0)
    assert score(wanted, further, scale) <= plain
    assert bool(plain == 1) is (wanted == had)


@given(known_facts, policies, st.integers(2, 9))
@settings(max_examples=30)
def test_only_the_shares_of_the_weights_count(facts, policy, times):
    names = [one.name for one in thresholds(MatchPolicy) if one.name.endswith("weight")]
    other = attrs.evolve(policy, **{name: getattr(policy, name) * times for name in names})
    first, second = (
        match_dealers(many([facts]), match_terms(POSITION, one)).score[0] for one in (policy, other)
    )
    assert first == pytest.approx(second, abs=1e-12)


def test_the_dealer_that_is_as_the_brand_matches_wholly_and_a_giant_does_not():
    as_it_is = {
        "segment": "young",
        "price_level": 1.2,
        "value_orientation": 0.7,
        "capability": 0.6,
        "capital": 50_000.0,
    }
    giant = as_it_is | {"segment": "all", "price_level": 2.0, "capability": 1.0, "capital": 9e9}
    small, large = match_dealers(many([as_it_is, giant]), match_terms(POSITION)).score
    assert small == 1
    assert large == pytest.approx((0 + 0 + 1 + 0.6 + 1) / 5)


def test_a_match_is_told_term_by_term():
    dealers = Distributors(dealer=["D-7"], segment=["old"], price_level=[1.1])
    match = match_dealers(dealers, match_terms(POSITION))[0]
    assert str(match).splitlines() == [
        "D-7: 0.160 to 0.760",
        "  segment: old for young, 0% of 0.200 = 0.000",
        "  price_level: 1.1 for 1.2, 80% of 0.200 = 0.160",
        "  value_orientation: unknown, 0 to 0.200",
        "  capability: unknown, 0 to 0.200",
        "  capital: unknown, 0 to 0.200",
    ]
    assert match.unknown == ("value_orientation", "capability", "capital")
    contributions = match_dealers(dealers, match_terms(POSITION)).contributions
    assert contributions[0, :2].tolist() == pytest.approx([0, 0.16])
    known = match_dealers(dealers, [near(1.2, 0.5)])[0]
    assert str(known).splitlines()[0] == "D-7: 0.800"


def test_an_unknown_fact_of_no_weight_leaves_a_match_settled():
    policy = MatchPolicy(segment_weight=0)
    facts = {"price_level": 1.2, "value_orientation": 0.7, "capability": 0.6, "capital": 50_000}
    matches = match_dealers(many([facts]), match_terms(POSITION, policy))
    assert matches.score.tolist() == [1]
    assert matches[0].score == 1


def test_what_a_match_tells_of_a_candidate():
    dealers = Distributors(dealer=["D-7", "D-8"], capital=[25_000, None])
    found = match_dealers(dealers, match_terms(POSITION)).candidates(conflict=[False, True])
    assert found[0].capital_ratio == 0.5
    assert found[1].capital_ratio is None
    assert found[1].conflict
    assert found[0].match_lowest == pytest.approx(0.1)
    no_capital = [near(1.2, 0.5)]
    assert match_dealers(dealers, no_capital).candidates()[0].capital_ratio is None


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"weight": -1},
            InvalidValueError,
            r"must be .* at least 0, got -1 .*price_level",
        ),
        ({"weight": math.nan}, InvalidValueError, "'weight' must be a finite number"),
        ({"scale": 0}, InvalidValueError, "'scale' must be a finite number above 0"),
        ({"scale": None}, InvalidValueError, "'scale' must be"),
        ({"wanted": "dear"}, InvalidValueError, "'wanted' must be a finite number"),
        ({"wanted": math.inf}, InvalidValueError, "'wanted' must be a finite number"),
        ({"fact": "price"}, UnknownNameError, "no fact 'price'"),
        ({"fact": "dealer"}, UnknownNameError, "no fact 'dealer'"),
        ({"likeness": "alike"}, UnknownNameError, "no likeness 'alike'"),
        ({"likeness": "same"}, InvalidValueError, "fit a fact that is a number"),
        ({"fact": "segment"}, InvalidValueError, "fit a fact that is a text"),
        (
            {"fact": "segment", "likeness": "same", "wanted": 1},
            InvalidValueError,
            "'wanted' must be a text",
        ),
        (
            {"fact": "segment", "likeness": "same", "wanted": "young"},
            InvalidValueError,
            "'scale' must be left out",
        ),
    ],
)
def test_a_term_that_makes_no_sense_is_refused(changes, error, message):
    right = {"fact": "price_level", "wanted": 1.2, "likeness": "near", "scale": 0.5}
    with pytest.raises(error, match=message):
        Term(**right | changes)


def test_matches_that_make_no_sense_are_refused():
    dealers = Distributors(dealer=[1, 2], capital=[1, 2], currency=["EUR", "USD"])
    term = near(1.2, 0.5)
    with pytest.raises(InvalidValueError, match="have a weight above 0"):
        match_dealers(dealers, [attrs.evolve(term, weight=0)])
    with pytest.raises(InvalidValueError, match="have a weight above 0"):
        match_dealers(dealers, [])
    with pytest.raises(InvalidValueError, match="ask for each fact once"):
        match_dealers(dealers, [term, term])
    with pytest.raises(InvalidRowsError, match=r"2: must be 'EUR', got 'USD'"):
        match_dealers(dealers, match_terms(POSITION))
    with pytest.raises(InvalidRowsError, match=r"1: must be 'USD', got 'EUR'"):
        match_dealers(dealers, match_terms(POSITION), currency="USD")
    assert len(match_dealers(dealers, [term])) == 2
    assert match_dealers(dealers[:1], match_terms(POSITION), currency="EUR")[0].lowest < 0.1


def test_money_is_not_compared_with_that_of_a_position_in_another_currency():
    stated = attrs.evolve(POSITION, currency="EUR")
    dealers = Distributors(dealer=[1], capital=[1_000_000], currency=["JPY"])
    with pytest.raises(InvalidRowsError, match=r"1: must be 'EUR', got 'JPY'"):
        match_dealers(dealers, match_terms(stated))
    with pytest.raises(InvalidValueError, match=r"that of the capital that is wanted \(EUR\)"):
        match_dealers(dealers, match_terms(stated), currency="JPY")
    here = dealers.replace(currency=["EUR"])
    assert match_dealers(here, match_terms(stated), currency="EUR")[0].terms[-1].closeness == 1
    without = match_terms(attrs.evolve(stated, capital_adequate=None))
    assert len(match_dealers(dealers, without)) == 1
    with pytest.raises(InvalidValueError, match="'position' must state something"):
        match_terms(BrandPosition(brand_market="Lumen in North"))
    with pytest.raises(InvalidValueError, match=r"'weight' must be .* at least 0"):
        match_terms(POSITION, MatchPolicy(price_weight=-1))
    with pytest.raises(InvalidValueError, match="plain number"):
        match_terms(POSITION, MatchPolicy(price_weight=Quantile("capital", 0.5)))


# ----------------------------------------------------------------------------- minimum conditions

FINE = {
    "match_lowest": 0.6,
    "match_highest": 0.9,
    "capital_ratio": 1,
    "barred": False,
    "conflict": False,
    "territory_free": True,
    "accepts_plan": True,
}
SPOILT = {
    "barred": (True, Objection.BARRED),
    "conflict": (True, Objection.CONFLICT),
    "territory_free": (False, Objection.TERRITORY_TAKEN),
    "capital_ratio": (0.99, Objection.UNDERFUNDED),
    "match_highest": (0.6 - 1e-9, Objection.POOR_MATCH),
    "accepts_plan": (False, Objection.PLAN_REFUSED),
}


def test_nothing_speaks_against_a_dealer_that_meets_every_condition():
    found = SelectionPolicy().checklist().decide(CandidateFacts(dealer=1, **FINE))
    assert found.outcomes == ()
    assert found.settled


@pytest.mark.parametrize("fact", SPOILT)
def test_each_condition_alone_speaks_against_a_dealer(fact):
    value, objection = SPOILT[fact]
    facts = FINE | {"match_lowest": 0.1, fact: value}
    checklist = SelectionPolicy().checklist()
    for found in (
        checklist.decide(CandidateFacts(dealer=1, **facts)),
        checklist.decide(Candidates.of([CandidateFacts(dealer=1, **facts)]))[0],
    ):
        assert found.outcomes == (objection,)
    unknown = checklist.decide(CandidateFacts(dealer=1, **facts | {fact: None}))
    assert unknown.outcomes == ()
    assert unknown.missing == (fact,)


def test_every_objection_says_what_it_is_about():
    facts = {fact: value for fact, (value, _) in SPOILT.items()}
    worst = CandidateFacts(dealer=1, **facts | {"match_highest": 0.5})
    found = SelectionPolicy().checklist().decide(worst)
    assert found.reasons == {
        "S1": "the law comes first: barred",
        "S2": "nobody serves two whose interests are opposed: conflict of interests",
        "S3": "what was promised to one is not given to another: territory taken",
        "S4": "could not carry its part: capital ratio 0.99 < 1",
        "S5": "too far from the position of the brand: match highest 0.5 < 0.6",
        "S6": "a partner wants the same plan: plan refused",
    }


def test_the_checklist_of_objections_breaks_no_law():
    checklist = SelectionPolicy().checklist()
    assert checklist.verify().sound
    assert {rule.outcome for rule in checklist.rules} == {*Objection}
    laws.check_checklist(checklist, max_examples=8)


@pytest.mark.parametrize("kind", [Candidates, BrandPositions])
def test_the_columns_break_no_law(kind):
    laws.check_columns(kind, max_examples=8)


@pytest.mark.parametrize("policy", [MatchPolicy, SelectionPolicy])
def test_every_number_is_declared_as_ours(policy):
    for declared in thresholds(policy):
        assert declared.unit
        assert OUR_DEFAULT in declared.source
    assert {str(one) for one in Likeness} == {"same", "near", "adequate"}
