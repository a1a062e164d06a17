"""What proofs are made of: each step is exact where trying every combination says what is exact."""

from __future__ import annotations

import math
import operator
from itertools import pairwise, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relmkt.records import handles, identity, number, record, schema
from relmkt.rules import Op
from relmkt.rules._proofs.cells import Cells, between, cut, range_of, rank, ranked
from relmkt.rules._proofs.partial import (
    EQUAL,
    FALSE,
    GREATER,
    LESS,
    TRUE,
    UNRELATED,
    Link,
    Lit,
    Triangle,
    _relation,
    all_,
    some,
)
from relmkt.rules._proofs.search import LimitReachedError, Search, _Clause, _State
from relmkt.rules._proofs.variables import Variables
from tests.oracle import truth
from tests.strategies import conditions
from tests.things import Thing

# Four variables: two numbers of four cells, the last of them absence, their relation, and a third
# variable that nothing binds.
LEFT, RIGHT, RELATION, FREE = range(4)
KNOWN, GONE = 0b0111, 3
LINK = Link(RELATION, LEFT, RIGHT, KNOWN)
RELATIONS = (LESS, EQUAL, GREATER, UNRELATED)
FACTS = schema(Thing)
every = st.tuples(*[st.integers(1, 15)] * 4).map(list)


def bits(domain):
    """The cells of a domain, each as its place."""
    return [place for place in range(4) if domain >> place & 1]


def stands(left, right):
    """The cell of the relation in which two cells stand."""
    if GONE in (left, right):
        return 3
    return 0 if left < right else 1 if left == right else 2


def worlds(domains, is_linked=True):
    """Every combination of cells, those that contradict the link left out."""
    for world in product(*map(bits, domains)):
        if not is_linked or world[RELATION] == stands(world[LEFT], world[RIGHT]):
            yield world


def gathered(found, var):
    return sum(1 << cell for cell in {world[var] for world in found})


# ------------------------------------------------------------------------------- the bonds


@settings(max_examples=200)
@given(every)
def test_a_link_keeps_the_cells_that_have_partners_and_no_others(domains):
    narrowed = dict(LINK.narrowed(domains))
    found = list(worlds(domains))
    assert narrowed == {var: gathered(found, var) for var in (RELATION, LEFT, RIGHT)}
    anyhow = list(worlds([*domains[:RELATION], 15, 1]))
    assert LINK.possible(domains) == gathered(anyhow, RELATION)


@given(every)
def test_where_a_link_is_divided_there_is_something_to_divide(domains):
    if any(len(bits(domains[var])) > 1 for var in (RELATION, LEFT, RIGHT)):
        leaf = LINK.leaf(domains)
        assert 0 < domains[leaf.var] & leaf.mask < domains[leaf.var]


@given(*[st.integers(0, 15)] * 3)
def test_three_relations_agree_where_three_numbers_stand_so(first, second, third):
    found = [0, 0, 0]
    for one, two, three in product(range(4), repeat=3):  # the last of each is absent
        cells = [1 << stands(*pair) for pair in ((one, two), (one, three), (two, three))]
        if all(cell & domain for cell, domain in zip(cells, (first, second, third), strict=True)):
            found = [held | cell for held, cell in zip(found, cells, strict=True)]
    domains = [0, first, second, 0, third]
    assert Triangle(1, 2, 4).narrowed(domains) == ((1, found[0]), (2, found[1]), (4, found[2]))


def test_two_numbers_are_related_by_size_or_not_at_all():
    assert [_relation(1, 2), _relation(2, 2), _relation(3, 2)] == [LESS, EQUAL, GREATER]
    assert {_relation(None, 1), _relation(1, None), _relation(None, None)} == {UNRELATED}


def test_a_bond_names_the_variables_that_it_binds():
    assert Link(3, 4, 6, 1).vars == 0b1011000
    assert Triangle(1, 2, 5).vars == 0b100110


# ------------------------------------------------------------------------------- the nodes

lits = st.builds(Lit, st.integers(0, 3), st.integers(1, 14))
plain = st.recursive(
    lits.map(lambda lit: ("lit", lit)),
    lambda parts: st.tuples(st.sampled_from(["all", "some"]), st.lists(parts, max_size=3)),
    max_leaves=8,
)


def made(said):
    """A node, by what is said of it."""
    how, of = said
    return of if how == "lit" else {"all": all_, "some": some}[how](map(made, of))


def holds(said, world):
    """Whether what is said is so."""
    how, of = said
    if how == "lit":
        return bool(of.mask >> world[of.var] & 1)
    return {"all": all, "some": any}[how](holds(part, world) for part in of)


@settings(max_examples=100)
@given(plain, every)
def test_a_node_is_worth_what_it_says_of_every_world(said, domains):
    node = made(said)
    answers = {holds(said, world) for world in worlds(domains, is_linked=False)}
    status = node.status(domains)
    assert answers == {status} or status is None
    for world in worlds(domains, is_linked=False):
        assert node.status([1 << cell for cell in world]) is holds(said, world)
    if status is None:
        leaf = node.leaf(domains)
        assert leaf.status(domains) is None
        assert node.vars >> leaf.var & 1
    narrow = list(domains)
    for var in range(4):
        if not node.vars >> var & 1:
            narrow[var] = 15
    assert node.status(narrow) == status


def test_words_about_one_variable_are_one_word():
    one, two, other = Lit(0, 0b0110), Lit(0, 0b0011), Lit(1, 0b0001)
    both, either = all_([one, two]), some([one, two])
    assert (type(both), both.var, both.mask) == (Lit, 0, 0b0010)
    assert (type(either), either.var, either.mask) == (Lit, 0, 0b0111)
    nested = all_([other, all_([one, other])])
    assert [(part.var, part.mask) for part in nested.parts] == [(1, 0b0001), (0, 0b0110)]
    assert (nested.vars, some([other, Lit(3, 1)]).vars, _Clause(0, (other,)).vars) == (3, 10, 2)
    assert all_([one, FALSE, other]) is FALSE
    assert some([one, TRUE, other]) is TRUE
    assert (all_([]), some([])) == (TRUE, FALSE)
    assert all_([some([one, other])]).parts != ()


# ------------------------------------------------------------------------------- the cells

TOP = 2**53
ENDS = [-math.inf, -TOP - 2, -TOP, 1 - TOP, -5, -1, 0, 0.5, 1, 7, TOP - 1, TOP, TOP + 2, math.inf]
floats = st.floats(allow_nan=False, allow_infinity=False)


@given(floats)
def test_floats_are_ranked_in_their_order(number):
    assert ranked(rank(number)) == number
    assert rank(math.nextafter(number, math.inf)) == rank(number) + 1
    assert math.copysign(1, ranked(0)) == 1
    assert (ranked(1), ranked(-1)) == (5e-324, -5e-324)


@settings(max_examples=200)
@given(floats, st.integers(1, 60), st.integers(1, 5))
def test_between_two_neighbors_all_numbers_are_found_that_there_are(lower, apart, count):
    assume(rank(lower) + apart <= rank(math.inf))  # beyond infinity there is no number
    upper = ranked(rank(lower) + apart)
    found = between(lower, upper, count)
    assert len(found) == min(count, apart - 1)
    assert all(low < high for low, high in pairwise([lower, *found, upper]))


@given(floats | st.just(-math.inf), floats | st.just(math.inf), st.integers(1, 5))
def test_between_two_numbers_there_are_others_in_order(one, two, count):
    lower, upper = min(one, two), max(one, two)
    if rank(upper) - rank(lower) > count:
        found = between(lower, upper, count)
        assert len(found) == count
        assert all(low < high for low, high in pairwise([lower, *found, upper]))


@pytest.mark.parametrize("lower", ENDS)
@pytest.mark.parametrize("upper", ENDS)
@pytest.mark.parametrize("count", [1, 3])
def test_between_two_numbers_there_are_integers_up_to_the_largest_that_are_exact(
    lower, upper, count
):
    if lower < upper:
        near = {at + step for at in (-TOP, 0, TOP) for step in range(-12, 13)}
        there = [number for number in near if lower < number < upper and abs(number) <= TOP]
        found = between(lower, upper, count, whole=True)
        assert len(found) == min(count, len(there))
        assert {*found} <= {*there}
        assert found == sorted(set(found))


def test_numbers_that_stand_for_others_are_short_to_say():
    inf = math.inf
    assert between(-inf, inf, 3, whole=True) == [0, 1, 2]
    assert between(-inf, -5, 2, whole=True) == [-7, -6]
    assert between(-inf, 1, 2, whole=True) == [-1, 0]
    assert between(-inf, inf, 2) == [1, 2]
    assert between(0, 1, 1) == [0.5]
    assert between(0.1, 0.2, 2) == [0.13, 0.17]
    assert between(7, inf, 2) == [10, 20]
    assert between(-inf, -7, 2) == [-20, -10]
    assert between(-inf, 0.5, 2) == [-2, -0.5]


@given(st.sets(st.integers(-3, 3).map(float)), st.integers(0, 127), st.floats(-4, 4), st.data())
def test_beside_a_bound_stand_the_cells_whose_numbers_do(values, known, bound, data):
    values = tuple(sorted(values))
    bound = data.draw(st.sampled_from([*values, bound]))
    cells = Cells(values, known & (1 << len(values)) - 1, 0)
    for op in Op:
        chosen = [at for at, value in enumerate(values) if op.holds(value, bound)]
        assert cells.beside(op, bound) == cells.known & sum(1 << at for at in chosen)


def test_the_choices_are_the_cells_that_there_are_and_absence_where_it_can_be():
    values = ("a", "b", "c")
    assert Cells(values, 0b101, 0b1000).choices() == ["a", "c", None]
    assert Cells(values, 0b110, 0).choices() == ["b", "c"]


def test_the_cells_of_a_number_hold_its_bounds_and_whole_numbers_between_thresholds():
    on = handles(Thing)
    features = {name: FACTS.features[name] for name in ("share", "count", "x")}
    cells = cut(features, [on.count > 1, on.count < 3, on.x > -0.0])
    share, count = cells["share"], cells["count"]
    assert [value for value in share.values if share.known >> share.values.index(value) & 1] == [
        0,
        0.5,
        1,
    ]
    known = {value for at, value in enumerate(count.values) if count.known >> at & 1}
    assert {0, 1, 2, 3, TOP} < known
    assert all(value.is_integer() for value in known)
    assert not any(value < 0 or value > TOP for value in known)
    assert not any(value == 0 and math.copysign(1, value) < 0 for value in cells["x"].values)
    assert range_of(features["count"]) == (0, TOP)
    assert range_of(features["x"]) == (-math.inf, math.inf)


@record
class Counts:
    """Two counts that can be compared."""

    id: str = identity("what it is called")
    one: int = number("how many", unit="piece", lower=0, whole=True)
    two: int = number("how many others", unit="piece", lower=0, whole=True)


def test_counts_that_are_compared_have_the_whole_numbers_between_their_thresholds():
    features, on = schema(Counts).features, handles(Counts)
    for cells in cut(features, [on.one > 1, on.one < 3, on.one < on.two]).values():
        assert not {1.0, 2.0, 3.0} - {*cells.choices()} or cells.values == ("witness",)


# --------------------------------------------------------------------- conditions, as nodes

ASKED = {
    "true": {"T"},
    "not_true": {"F", "U"},
    "false": {"F"},
    "not_false": {"T", "U"},
    "unknown": {"U"},
}


@settings(max_examples=150)
@given(st.lists(conditions(Thing), min_size=1, max_size=3), st.data())
def test_of_one_record_every_question_has_the_answer_of_the_truth_tables(asked, data):
    variables = Variables(FACTS.features, tuple(asked))
    domains = [
        1
        << data.draw(st.sampled_from([at for at in range(domain.bit_length()) if domain >> at & 1]))
        for domain in variables.domains
    ]
    for bond in variables.bonds:
        if isinstance(bond, Link):
            domains[bond.relation] = bond.possible(domains)
    record = FACTS.record(variables.values(domains))
    for condition in asked:
        for question, answers in ASKED.items():
            node = getattr(variables.reader, question)(condition)
            assert node.status(domains) is (truth(condition, record) in answers), question


def test_two_numbers_are_compared_in_either_order():
    on = handles(Thing)
    pairs = [(on.x, on.y), (on.y, on.x)]
    operators = operator.lt, operator.le, operator.eq, operator.ne, operator.ge, operator.gt
    for compare in operators:
        nodes = []
        for left, right in pairs:
            variables = Variables(FACTS.features, (compare(left, right),))
            nodes.append(variables.reader.true(compare(left, right)).mask)
        forth, back = nodes
        assert [bool(forth & cell) for cell in (LESS, EQUAL, GREATER)] == [
            bool(back & cell) for cell in (GREATER, EQUAL, LESS)
        ]


# ------------------------------------------------------------------------------ the search

CHAIN = [Link(4, 0, 1, KNOWN), Link(5, 1, 2, KNOWN), Link(6, 7, 8, KNOWN), Triangle(6, 9, 10)]


@settings(max_examples=100)
@given(
    st.lists(st.integers(1, 15), min_size=12, max_size=12),
    st.lists(st.lists(st.integers(0, 11), min_size=2, max_size=2, unique=True), max_size=2),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.permutations(CHAIN),
)
def test_a_state_is_told_by_what_is_open_and_all_that_it_is_bound_to(
    domains, asked, are_free, bonds
):
    clauses = [_Clause(at, tuple(Lit(var, 1) for var in each)) for at, each in enumerate(asked)]
    links = [bond for bond in CHAIN if isinstance(bond, Link)]
    for link, is_free in zip(links, are_free, strict=True):
        if is_free:  # the relation excludes nothing that the numbers allow
            domains[link.relation] = link.possible(domains)
    tight = [link for link in links if link.possible(domains) != domains[link.relation]]
    live = {var for each in asked for var in each}
    live |= {var for link in tight for var in (link.relation, link.left, link.right)}
    for _ in CHAIN:  # as often as there are bonds, for each to take the others along
        for bond in CHAIN:
            bound = {var for var in range(12) if bond.vars >> var & 1}
            live |= bound if bound & live else set()
    parts, cells = _State(domains, clauses, bonds, set()).residual()
    assert parts == tuple(clause.parts for clause in clauses)
    assert cells == tuple(domain if var in live else 0 for var, domain in enumerate(domains))


def cost(domains):
    """What the cheapest of the cells cost, each as much as its place; relations cost nothing."""
    return sum((domains[var] & -domains[var]).bit_length() for var in (LEFT, RIGHT, FREE))


@settings(max_examples=200)
@given(st.lists(plain, max_size=4), every, st.booleans())
def test_a_search_finds_cells_that_meet_every_claim_wherever_there_are_any(said, domains, is_dear):
    claims = dict(enumerate(map(made, said)))
    search, needed = Search(10_000), set()
    asked = {"cost": cost} if is_dear else {}
    found = search.find(claims, domains, [LINK], needed, **asked)
    met = [world for world in worlds(domains) if all(holds(claim, world) for claim in said)]
    assert (found is None) is (not met)
    if found is None:
        alone = [said[claim] for claim in needed]
        assert not any(all(holds(each, world) for each in alone) for world in worlds(domains))
    else:
        within = list(worlds(found))
        assert within
        assert set(within) <= set(met)
        assert not any(kept & ~domain for kept, domain in zip(found, domains, strict=True))
        if is_dear:
            least = min(cost([1 << cell for cell in world]) for world in met)
            assert cost(found) == least == search.least
    if search.nodes:
        again = Search(search.nodes)
        assert again.find(claims, domains, [LINK], **asked) == found
        with pytest.raises(LimitReachedError):
            Search(search.nodes - 1).find(claims, domains, [LINK], **asked)


wide = st.lists(lits.map(lambda lit: ("lit", lit)), min_size=3, max_size=4)


@settings(max_examples=150)
@given(st.lists(wide.map(lambda parts: ("some", parts)), min_size=3, max_size=12), every)
def test_of_many_claims_those_are_named_that_leave_nothing(said, domains):
    claims, needed = dict(enumerate(map(made, said))), set()
    found = Search(10_000).find(claims, domains, [LINK], needed)
    met = [world for world in worlds(domains) if all(holds(claim, world) for claim in said)]
    assert (found is None) is (not met)
    assert needed <= claims.keys()
    if found is None:
        alone = [said[claim] for claim in needed]
        assert not any(all(holds(each, world) for each in alone) for world in worlds(domains))


def test_a_search_without_claims_ends_at_once():
    search = Search(1)
    assert search.find({}, [15, 15], []) == [15, 15]
    assert search.nodes == 1


def test_a_claim_that_strikes_nothing_is_not_needed():
    needed = set()
    claims = {7: Lit(0, 0b0111), 8: Lit(1, 0b0001), 9: Lit(1, 0b0010)}
    assert Search(9).find(claims, [0b0011, 15], [], needed) is None
    assert needed == {8, 9}
