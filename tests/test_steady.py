"""Steady decisions: entered early, left late, confirmed, and never held where they must not be."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.calendars import Span
from relmkt.domain import Hold, Standing
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, Rule, Table
from relmkt.steady import Standings, Steady, loosened
from tests.oracle import OR, truth
from tests.strategies import bounds_in, columns, conditions, records, tables
from tests.things import Thing, Things

on = handles(Thing)
START = date(2026, 1, 31)


def day(look):
    return START + timedelta(days=30 * look)


def two(high, *, low=None, undecided=None):
    """Who has x at or above a bound is "high", the others "low"."""
    rest = ALWAYS if low is None else on.x < low
    return Table(
        name="tried",
        facts=schema(Thing),
        rules=[Rule("high", on.x >= high, "high"), Rule("rest", rest, "low")],
        undecided=undecided,
    )


def path(steady, values, *, days=None):
    """The decisions at one look after the other, on one with these values of x; rows agree."""
    found, standing, standings = [], None, None
    for look, value in enumerate(values):
        as_of = day(look) if days is None else days[look]
        found.append(steady.decide(Thing(thing="T", x=value), standing, as_of=as_of))
        many = steady.decide(Things(thing=["T"], x=[value]), standings, as_of=as_of)
        standing, standings = found[-1].standing, many.standing
        assert (many.labels(), many.held()) == ([found[-1].outcome], [found[-1].held])
        assert standings[0] == standing
    return found


def outcomes(decisions):
    return [decision.outcome for decision in decisions]


# -------------------------------------------------------------------------------------- oracle


def answers(steady, thing, standing):
    """T, F or U of each rule for one for whom an outcome stands."""
    stays = steady.staying or steady.entering
    found = []
    for rule, other in zip(steady.entering.rules, stays.rules, strict=True):
        own = truth(rule.when, thing)
        found.append(OR[own][truth(other.when, thing)] if rule.outcome == standing else own)
    return found


def said(steady, letters):
    """Whether the answers settle it, the position and outcome, and what is possible."""
    rules = steady.entering.rules
    first = letters.index("T") if "T" in letters else None
    before = [at for at, letter in enumerate(letters[:first]) if letter == "U"]
    possible = {rules[at].outcome for at in before}
    if first is None:
        return False, -1, steady.entering.undecided, possible
    possible.add(rules[first].outcome)
    if len(possible) > 1:
        return False, -1, steady.entering.undecided, possible
    return True, first, rules[first].outcome, possible


def told(steady, history):
    """What each look decides, from the words of `Steady` alone: outcome, since, held."""
    word = steady.entering.undecided
    memory = None
    found = []
    for as_of, thing in history:
        settled, at, outcome, _ = said(steady, answers(steady, thing, object()))
        urgent = settled and steady.entering.rules[at].id in steady.urgent
        held = None
        if memory is None or memory["outcome"] in (word, None) or urgent:
            same = memory is not None and memory["outcome"] == outcome
            memory = {"outcome": outcome, "since": memory["since"] if same else as_of, "run": []}
        else:
            stood = memory["outcome"]
            is_so = settled and outcome == stood
            settled, at, outcome, possible = said(steady, answers(steady, thing, stood))
            if settled and outcome == stood:
                held = None if is_so else Hold.BAND
                memory["run"] = []
            elif not settled and stood in possible:
                held = Hold.UNSETTLED
                memory["run"] = []
            else:
                run = [*memory["run"], (as_of, outcome)]
                while run[0][1] != outcome:
                    run = run[1:]
                memory["run"] = run
                enough = len({when for when, _ in run}) >= steady.confirmations
                dwell = steady.dwell
                over = dwell is None or dwell.end(memory["since"]) <= as_of
                if enough and over:
                    memory = {"outcome": outcome, "since": as_of, "run": []}
                else:
                    held = Hold.DWELL if enough else Hold.CONFIRMATION
        memory["looked"] = as_of
        found.append((memory["outcome"], memory["since"], held))
    return found


@st.composite
def steadies(draw, **options):
    """A table, another with the same rules, and every way to be slow."""
    entering = draw(tables(Thing, max_rules=4, **options))
    whens = [draw(st.just(rule.when) | conditions(Thing, max_leaves=3)) for rule in entering.rules]
    rules = [
        attrs.evolve(rule, when=when) for rule, when in zip(entering.rules, whens, strict=True)
    ]
    ids = [rule.id for rule in rules]
    return Steady(
        entering=entering,
        staying=draw(st.sampled_from([None, attrs.evolve(entering, rules=rules)])),
        dwell=draw(st.sampled_from([None, "10 days", "2 months", "1 year"])),
        confirmations=draw(st.integers(1, 3)),
        urgent=draw(st.lists(st.sampled_from(ids), max_size=2, unique=True)),
    )


@st.composite
def histories(draw, *, customers=3, looks=4):
    """Something steady, and what is known at each look of those who are there."""
    steady = draw(steadies())
    often = bounds_in(steady.entering)
    days = draw(
        st.lists(st.sampled_from([0, 1, 20, 45, 200]), min_size=looks, max_size=looks).map(
            lambda gaps: [START + timedelta(days=gap) for gap in itertools.accumulate(gaps)]
        )
    )
    known = [draw(records(Thing, often=often, ids=st.just(at))) for at in range(customers)]
    found = []
    for as_of in days:
        rows = []
        for at in draw(st.permutations(range(customers))):
            if draw(st.booleans()):
                known[at] = draw(records(Thing, often=often, ids=st.just(at)))
            if draw(st.sampled_from([True, True, True, False])):
                rows.append(known[at])
        found.append((as_of, rows))
    return steady, found


def looked(steady, looks, standing=None):
    """The decisions on portfolios, each with what stood handed on."""
    found = []
    for as_of, rows in looks:
        found.append(steady.decide(Things.of(rows), standing, as_of=as_of))
        standing = Standings.concatenated([found[-1].standing, found[-1].gone])
    return found, standing


# ---------------------------------------------------------------------------------------- laws


@settings(max_examples=40)
@given(histories())
def test_records_and_columns_are_decided_as_the_words_say(drawn):
    steady, looks = drawn
    found, _ = looked(steady, looks)
    for customer in range(3):
        seen = [
            (look, row)
            for look, (_, rows) in enumerate(looks)
            for row, thing in enumerate(rows)
            if thing.thing == customer
        ]
        history = [(looks[look][0], looks[look][1][row]) for look, row in seen]
        expected = told(steady, history)
        standing = None
        for (as_of, thing), (look, row), (outcome, since, held) in zip(
            history, seen, expected, strict=True
        ):
            one = steady.decide(thing, standing, as_of=as_of)
            many = found[look]
            assert (one.outcome, one.standing.since, one.held) == (outcome, since, held)
            assert one.changed is (standing is not None and standing.outcome != one.outcome)
            assert many.labels()[row] == outcome
            assert many.held()[row] == held
            assert many.standing[row] == one.standing
            assert bool(many.changed[row]) is one.changed
            assert bool(many.settled[row]) is one.settled
            assert many.rule[row] == one.proposal.index
            assert many[row] == one
            assert many[row].reason == one.reason
            standing = one.standing


@settings(max_examples=25)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_of_standings_does_not_matter(drawn, random):
    steady, looks = drawn
    found, last = looked(steady, looks)
    shuffled, standing = [], None
    for as_of, rows in looks:
        mixed = random.sample(rows, len(rows))
        shuffled.append(steady.decide(Things.of(mixed), standing, as_of=as_of))
        held = [*shuffled[-1].standing, *shuffled[-1].gone]
        standing = Standings.of(random.sample(held, len(held)))
    for one, other in zip(found, shuffled, strict=True):
        assert {s.customer: s for s in one.standing} == {s.customer: s for s in other.standing}
    assert {s.customer: s for s in last} == {s.customer: s for s in standing}


@settings(max_examples=25)
@given(histories(), st.integers(0, 4))
def test_a_history_in_two_pieces_is_the_history_at_once(drawn, cut):
    steady, looks = drawn
    _, whole = looked(steady, looks)
    _, first = looked(steady, looks[:cut])
    handed = None if first is None else Standings.of(list(first))
    _, second = looked(steady, looks[cut:], handed)
    assert second == whole


@settings(max_examples=25)
@given(steadies(), st.data())
def test_who_stays_the_same_keeps_the_first_outcome(steady, data):
    thing = data.draw(records(Thing, often=bounds_in(steady.entering)))
    first = steady.decide(thing, as_of=START)
    standing = first.standing
    for look in range(1, 5):
        later = steady.decide(thing, standing, as_of=day(100 * look))
        assert not later.changed
        assert later.outcome == first.outcome
        standing = later.standing


@settings(max_examples=25)
@given(histories())
def test_what_is_urgent_is_never_delayed(drawn):
    steady, looks = drawn
    found, _ = looked(steady, looks)
    for (_, rows), many in zip(looks, found, strict=True):
        for thing, outcome in zip(rows, many.labels(), strict=True):
            plain = steady.entering.decide(thing)
            if plain.rule in steady.urgent:
                assert outcome == plain.outcome


@settings(max_examples=25)
@given(histories())
def test_without_bands_and_patience_it_is_the_plain_table_wherever_that_is_settled(drawn):
    steady, looks = drawn
    bare = Steady(entering=steady.entering)
    found, _ = looked(bare, looks)
    for (_, rows), many in zip(looks, found, strict=True):
        for row, thing in enumerate(rows):
            plain = bare.entering.decide(thing)
            if plain.settled:
                assert (many[row].outcome, many[row].proposal) == (plain.outcome, plain)
            elif many[row].outcome != plain.outcome:
                assert many[row].held is Hold.UNSETTLED
                assert many[row].outcome in plain.possible


@settings(max_examples=20)
@given(records(Standing), columns(Standings))
def test_standings_go_into_columns_and_back(one, many):
    assert Standings.of([one])[0] == one
    assert Standings.of(list(many)) == many


# ----------------------------------------------------------------------------------- wobbling

WIDTH = 2.0
ATOMS = st.builds(
    lambda handle, op, bound: {
        ">=": handle >= bound,
        ">": handle > bound,
        "<": handle < bound,
        "<=": handle <= bound,
    }[op],
    st.sampled_from([on.x, on.y]),
    st.sampled_from([">=", ">", "<", "<="]),
    st.integers(-3, 3),
)
WHENS = st.recursive(
    ATOMS, lambda of: st.builds(lambda a, b, both: a & b if both else a | b, of, of, st.booleans())
)


def shifted(table, by):
    """The table with every threshold moved."""

    def moved(when):
        if hasattr(when, "of"):
            return type(when)(tuple(map(moved, when.of)))
        return attrs.evolve(when, bound=when.bound + by)

    return attrs.evolve(
        table, rules=[attrs.evolve(rule, when=moved(rule.when)) for rule in table.rules]
    )


@settings(max_examples=40)
@given(st.lists(WHENS, min_size=1, max_size=4), st.data())
def test_who_wobbles_inside_the_bands_never_comes_back_to_an_outcome_left(whens, data):
    rules = [Rule(f"R{at}", when, at) for at, when in enumerate(whens)]
    table = Table(
        name="tried", facts=schema(Thing), rules=[*rules, Rule("rest", ALWAYS, len(whens))]
    )
    staying = loosened(table, shifted(table, WIDTH), shifted(table, -WIDTH))
    steady = Steady(entering=table, staying=staying)
    middles = [data.draw(st.integers(-4, 4)) for _ in "xy"]
    found, standing = [], None
    for look in range(8):
        x, y = (
            middle + data.draw(st.floats(-WIDTH / 2, WIDTH / 2, exclude_max=True))
            for middle in middles
        )
        decision = steady.decide(Thing(thing=1, x=x, y=y), standing, as_of=day(look))
        found.append(decision.outcome)
        standing = decision.standing
    runs = [outcome for outcome, _ in itertools.groupby(found)]
    assert len(runs) == len(set(runs))
    assert runs == sorted(runs, reverse=True)  # what decides only ever moves up


def test_every_small_table_does_on_every_short_history_what_the_words_say():
    values = [0.5, 1.5, 2.5, 3.5, None]
    history = list(itertools.product(values, repeat=4))
    grid = [(enter, stay) for enter in (1, 2, 3) for stay in range(1, enter + 1)]
    tried = 0
    for (high, high_stays), (low, low_stays) in itertools.product(grid, repeat=2):

        def table(first, second):
            rules = [
                Rule("high", on.x >= first, "high"),
                Rule("mid", on.x >= second, "mid"),
                Rule("rest", on.x < 2, "low"),
            ]
            return Table(name="tried", facts=schema(Thing), rules=rules, undecided="open")

        for confirmations, urgent in ((1, ()), (2, ("high",)), (2, ())):
            steady = Steady(
                entering=table(high, low),
                staying=table(high_stays, low_stays),
                confirmations=confirmations,
                urgent=urgent,
            )
            standing, columns = None, []
            for look in range(4):
                rows = Things(
                    thing=range(len(history)),
                    x=[each[look] for each in history],
                )
                decisions = steady.decide(rows, standing, as_of=day(look))
                standing = decisions.standing
                columns.append(decisions.labels())
            # Told of one history in seventeen, and of others in the next table: together of all.
            for at in range(tried % 17, len(history), 17):
                things = [
                    (day(look), Thing(thing=at, x=value)) for look, value in enumerate(history[at])
                ]
                expected = [outcome for outcome, _, _ in told(steady, things)]
                assert [column[at] for column in columns] == expected
            tried += 1
    assert tried == 108


# ------------------------------------------------------------------------------ in other words


def test_an_outcome_is_left_later_than_it_is_entered():
    steady = Steady(entering=two(5), staying=two(4))
    assert outcomes(path(steady, [4.5, 5, 4.5, 4, 3.9, 4.5])) == [
        "low",
        "high",
        "high",
        "high",
        "low",
        "low",
    ]


def test_the_reason_of_an_outcome_that_its_band_holds_names_the_exit_threshold():
    decision = path(Steady(entering=two(5), staying=two(4)), [5, 4.5])[-1]
    assert decision.held is Hold.BAND
    assert decision.reason == ("still high, for it is left later than it is entered: x 4.50 ≥ 4")
    assert decision.proposal.rule == "high"


def test_another_outcome_must_be_proposed_at_looks_in_a_row():
    steady = Steady(entering=two(5), confirmations=2)
    found = path(steady, [3, 6, 3, 6, 6, 3, 3])
    assert outcomes(found) == ["low", "low", "low", "low", "high", "high", "low"]
    assert found[1].held is Hold.CONFIRMATION
    assert found[1].reason == ("stays low; high was proposed 1 of 2 times in a row: x 6 ≥ 5")
    assert [decision.standing.times for decision in found] == [0, 1, 0, 1, 0, 1, 0]


def test_a_third_outcome_begins_the_count_anew():
    rules = [Rule("a", on.x >= 5, "a"), Rule("b", on.x >= 3, "b"), Rule("c", ALWAYS, "c")]
    table = Table(name="tried", facts=schema(Thing), rules=rules)
    steady = Steady(entering=table, confirmations=2)
    assert outcomes(path(steady, [1, 6, 4, 6, 6])) == ["c", "c", "c", "c", "a"]


def test_a_second_look_on_one_day_confirms_nothing():
    steady = Steady(entering=two(5), confirmations=2)
    found = path(steady, [3, 6, 6, 6], days=[day(0), day(1), day(1), day(2)])
    assert outcomes(found) == ["low", "low", "low", "high"]


def test_an_outcome_lasts_as_long_as_it_must_dwell():
    steady = Steady(entering=two(5), dwell="2 months")
    days = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 30), date(2026, 3, 31)]
    found = path(steady, [3, 6, 6, 6], days=days)
    assert outcomes(found) == ["low", "low", "low", "high"]
    assert found[1].held is Hold.DWELL
    assert found[1].reason == (
        "stays low until 2026-03-31 at least, having stood since 2026-01-31; "
        "high is proposed: x 6 ≥ 5"
    )


def test_confirmations_are_counted_while_an_outcome_dwells():
    steady = Steady(entering=two(5), dwell="50 days", confirmations=2)
    assert outcomes(path(steady, [3, 6, 6])) == ["low", "low", "high"]


def test_an_urgent_rule_waits_neither_for_looks_nor_for_time():
    steady = Steady(entering=two(5), dwell="1 year", confirmations=9, urgent="high")
    assert outcomes(path(steady, [3, 6, 3])) == ["low", "high", "high"]


def test_an_urgent_rule_goes_before_the_band_of_an_earlier_one():
    def table(bound):
        rules = [
            Rule("a", on.x >= bound, "a"),
            Rule("b", on.x >= 2, "b"),
            Rule("c", ALWAYS, "c"),
        ]
        return Table(name="tried", facts=schema(Thing), rules=rules)

    slow = Steady(entering=table(5), staying=table(1))
    assert outcomes(path(slow, [6, 3])) == ["a", "a"]
    assert outcomes(path(attrs.evolve(slow, urgent=["b"]), [6, 3])) == ["a", "b"]


def test_what_a_missing_fact_leaves_possible_stands_and_is_called_unsettled():
    found = path(Steady(entering=two(5, undecided="open")), [6, None])
    assert outcomes(found) == ["high", "high"]
    assert found[1].held is Hold.UNSETTLED
    assert not found[1].settled
    assert found[1].reason == (
        "stays high, which is still possible: not known, and it could change the outcome: x"
    )


def test_what_a_missing_fact_rules_out_becomes_undecided_like_any_other_outcome():
    rules = [
        Rule("a", on.is_new, "a"),
        Rule("b", on.x >= 5, "b"),
        Rule("c", ALWAYS, "c"),
    ]
    table = Table(name="tried", facts=schema(Thing), rules=rules, undecided="open")
    steady = Steady(entering=table, confirmations=2)
    sure, open_ = Thing(thing=1, is_new=True), Thing(thing=1, is_new=False)
    standing, found = None, []
    for look, thing in enumerate([sure, open_, open_, attrs.evolve(open_, x=9)]):
        decision = steady.decide(thing, standing, as_of=day(look))
        standing = decision.standing
        found.append(decision.outcome)
    # From "open" the first outcome that is settled is taken at once.
    assert found == ["a", "a", "open", "b"]


def test_a_table_without_a_word_for_undecided_stands_nowhere_where_nothing_decides():
    steady = Steady(entering=two(5, low=3), confirmations=2)
    found = path(steady, [4, 6, 4, 4, 1])
    assert outcomes(found) == [None, "high", "high", None, "low"]
    assert found[2].standing.times == 1
    looks = [(day(look), [Thing(thing="T", x=x)]) for look, x in enumerate([4, 6, 4, 4, 1])]
    many, _ = looked(steady, looks)
    assert [decisions.labels()[0] for decisions in many] == outcomes(found)
    assert [decisions.standing[0] for decisions in many] == [one.standing for one in found]


def test_facts_may_be_assumed():
    steady = Steady(entering=two(5), staying=two(4))
    first = steady.decide(Thing(thing="T"), as_of=day(0), assume={"x": 7})
    second = steady.decide(Thing(thing="T"), first.standing, as_of=day(1), assume={"x": 4.5})
    assert (second.outcome, second.held, second.proposal.assumed) == ("high", Hold.BAND, {"x": 4.5})
    many = steady.decide(
        Things(thing=["T"]), Standings.of([first.standing]), as_of=day(1), assume={"x": 4.5}
    )
    assert many[0] == second
    assert many.rows[0].x == 4.5
    assert list(many) == [second]


def test_reasons_can_be_said_in_another_language():
    decision = path(Steady(entering=two(5), staying=two(4)), [5, 4.5])[-1]
    messages = {"held: band": "bleibt {outcome}: {reason}", "high": "weil {because}"}
    assert decision.reason_in(messages) == "bleibt high: weil x 4.50 ≥ 4"
    with pytest.raises(UnknownNameError, match=r"'outcom'.*did you mean 'outcome'"):
        decision.reason_in({"held: band": "bleibt {outcom}"})


def test_those_who_are_not_looked_at_are_handed_back_as_they_were():
    steady = Steady(entering=two(5))
    first = steady.decide(Things(thing=["A", "B"], x=[1, 9]), as_of=day(0))
    second = steady.decide(Things(thing=["B", "C"], x=[1, 9]), first.standing, as_of=day(1))
    assert [held.customer for held in second.gone] == ["A"]
    assert second.gone[0] == first.standing[0]
    assert second.changed.tolist() == [True, False]
    assert second.counts() == {"high": 1, "low": 1}
    assert second.outcome.tolist() == second.proposal.tolist()
    assert len(second) == 2


def test_the_table_of_each_outcome_is_an_ordinary_one_that_verifies():
    steady = Steady(entering=two(5), staying=two(4))
    assert steady.table("low") is steady.entering
    assert steady.table(None) is steady.entering
    assert steady.table("high").rules[0].when == (on.x >= 4)
    assert all(not table.verify().findings for table in steady.tables.values())
    with pytest.raises(UnknownNameError, match="no outcome 'hihg'; did you mean 'high'"):
        steady.table("hihg")


def test_a_staying_condition_of_another_form_is_an_alternative():
    stays = attrs.evolve(
        two(5), rules=[Rule("high", on.is_new, "high"), Rule("rest", ALWAYS, "low")]
    )
    steady = Steady(entering=two(5), staying=stays)
    assert steady.table("high").rules[0].when == (on.x >= 5) | on.is_new
    assert loosened(two(5), stays).rules[0].when == (on.x >= 5) | on.is_new


def test_a_threshold_that_asks_for_equality_is_met_by_either_number():
    def table(number):
        return Table(name="tried", facts=schema(Thing), rules=[Rule("a", on.x == number, "a")])

    assert loosened(table(1), table(2)).rules[0].when == (on.x == 1) | (on.x == 2)


def test_parts_that_differ_in_more_than_a_threshold_are_alternatives_as_a_whole():
    def table(when):
        return Table(name="tried", facts=schema(Thing), rules=[Rule("a", when, "a")])

    one, other = (on.x >= 1) & (on.y >= 1), (on.x >= 1) & (on.y < 1)
    assert loosened(table(one), table(other)).rules[0].when == one | other


@settings(max_examples=25)
@given(steadies(), steadies())
def test_what_can_change_an_answer_changes_the_version(one, other):
    def kinds(steady):
        return (
            steady.entering.version,
            steady.staying and steady.staying.version,
            steady.dwell,
            steady.confirmations,
            steady.urgent,
        )

    assert (kinds(one) == kinds(other)) is (one.version == other.version)


# --------------------------------------------------------------------------------- at the door


@pytest.mark.parametrize("confirmations", [0, -1, True, 1.0, "2"])
def test_there_is_at_least_one_confirmation(confirmations):
    with pytest.raises(InvalidValueError, match="'confirmations' must be a whole number"):
        Steady(entering=two(5), confirmations=confirmations)


def test_an_urgent_rule_is_one_of_the_table():
    with pytest.raises(UnknownNameError, match="no rule 'hig' in urgent; did you mean 'high'"):
        Steady(entering=two(5), urgent=["hig"])


def test_both_tables_have_the_same_rules():
    other = attrs.evolve(two(5), rules=two(5).rules[::-1])
    with pytest.raises(InvalidValueError, match="'staying' must have the rules and outcomes"):
        Steady(entering=two(5), staying=other)
    with pytest.raises(InvalidValueError, match="only conditions may differ"):
        loosened(two(5), other)


def test_outcomes_differ_as_texts():
    rules = [Rule("a", on.is_new, 1), Rule("b", ALWAYS, "1")]
    with pytest.raises(InvalidValueError, match="'outcomes' must differ as texts"):
        Steady(entering=Table(name="tried", facts=schema(Thing), rules=rules))


def test_a_standing_is_of_the_customer_and_of_an_outcome_that_there_is():
    steady = Steady(entering=two(5))
    standing = steady.decide(Thing(thing="A", x=1), as_of=day(1)).standing
    with pytest.raises(InvalidValueError, match="'standing' must be that of 'B', got 'A'"):
        steady.decide(Thing(thing="B", x=1), standing, as_of=day(2))
    strange = attrs.evolve(standing, outcome="hihg")
    with pytest.raises(UnknownNameError, match="no outcome 'hihg' in the standing of 'A'"):
        steady.decide(Thing(thing="A", x=1), strange, as_of=day(2))
    with pytest.raises(UnknownNameError, match="no outcome 'hihg' in the standing of 'A'"):
        steady.decide(Things(thing=["A"], x=[1]), Standings.of([strange]), as_of=day(2))


def test_looks_are_taken_in_the_order_of_time():
    steady = Steady(entering=two(5))
    many = steady.decide(Things(thing=["A"], x=[1]), as_of=day(1)).standing
    with pytest.raises(InvalidValueError, match="'as_of' must not be before the latest look"):
        steady.decide(Thing(thing="A", x=1), many[0], as_of=day(0))
    with pytest.raises(InvalidValueError, match="'as_of' must not be before the latest look"):
        steady.decide(Things(thing=["A"], x=[1]), many, as_of=day(0))


def test_a_record_has_one_standing_and_a_portfolio_has_standings():
    steady = Steady(entering=two(5))
    many = steady.decide(Things(thing=["A"], x=[1]), as_of=day(1)).standing
    with pytest.raises(InvalidValueError, match="'standing' must be Standing, as the subject"):
        steady.decide(Thing(thing="A"), many, as_of=day(1))
    with pytest.raises(InvalidValueError, match="'standing' must be Standings, as the subject"):
        steady.decide(Things(thing=["A"]), many[0], as_of=day(1))
    with pytest.raises(InvalidValueError, match="'subject' must be a Thing or columns of them"):
        steady.decide(many, as_of=day(1))


def test_each_customer_is_there_once():
    steady = Steady(entering=two(5))
    with pytest.raises(InvalidRowsError, match="1 bad row in the subject\n  row 2: 'A' is there"):
        steady.decide(Things(thing=["A", "B", "A"]), as_of=day(1))
    one = Standing(customer="A", outcome="low", since=day(0), looked=day(0), times=0)
    with pytest.raises(InvalidRowsError, match="in the standings"):
        steady.decide(Things(thing=["A"]), Standings.of([one, one]), as_of=day(1))


def test_a_span_of_time_may_be_written_as_text():
    assert Steady(entering=two(5), dwell="3 months").dwell == Span(3, "month")
