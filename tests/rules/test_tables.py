"""A table decides the same on a record and on columns, and says what it does not know."""

from __future__ import annotations

import copy
import json
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from operator import eq, ge, gt, le, lt, ne

import attrs
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from relmkt.columns import Portfolio
from relmkt.domain import CustomerFacts
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.records import handles, schema
from relmkt.rules import (
    ALWAYS,
    NEVER,
    AllOf,
    AnyOf,
    Comparison,
    Rule,
    Table,
    Threshold,
    absent,
    all_of,
    any_of,
    known,
)
from relmkt.testing.oracle import LETTER, decided, fact, filled, following, truth
from relmkt.testing.strategies import bounds_in, conditions, records, tables, values_of
from tests.things import Mark, Thing, Things

on = handles(Thing)
ONE = Thing(thing=1)


def table_of(*rules, facts=Thing, **options):
    return Table(name="table", facts=schema(facts), rules=rules, **options)


@st.composite
def tables_and_things(draw, *, max_size=9, **options):
    """A table, and things that hold its thresholds often."""
    table = draw(tables(Thing, **options))
    often = bounds_in(table)
    return table, draw(st.lists(records(Thing, often=often), max_size=max_size))


@pytest.fixture(params=[1, 3, 1 << 16])
def block_rows(request, monkeypatch):
    monkeypatch.setattr("relmkt.rules._scan.BLOCK_ROWS", request.param)
    return request.param


def same_everywhere(table, things, columns):
    """Record, columns and oracle agree on the rule, the outcome and on what is settled."""
    expected = [decided(table.rules, thing) for thing in things]
    one_by_one = [table.decide(thing) for thing in things]
    together = table.decide(columns)
    outcomes = [table.undecided if at < 0 else table.rules[at].outcome for at in expected]

    assert [decision.index for decision in one_by_one] == expected
    assert together.rule.tolist() == expected
    assert together.settled.tolist() == [at >= 0 for at in expected]
    assert together.labels() == outcomes == [decision.outcome for decision in one_by_one]
    assert together.rule_ids() == [decision.rule for decision in one_by_one]
    assert [decision.settled for decision in one_by_one] == together.settled.tolist()
    assert together.reasons() == [decision.reason for decision in one_by_one]
    assert together.missing() == [decision.missing for decision in one_by_one]
    assert together.nexts() == [decision.next for decision in one_by_one]
    assert len(together) == len(things)
    for decision, alone in zip(together, one_by_one, strict=True):
        assert decision == alone
    return together, one_by_one


# ------------------------------------------------------------- one policy, and not several


@given(drawn=tables_and_things())
def test_record_and_columns_decide_as_the_oracle_does(drawn):
    table, things = drawn
    same_everywhere(table, things, Things.of(things))


def test_blocks_do_not_show(block_rows):
    @given(drawn=tables_and_things(max_size=12))
    def law(drawn):
        table, things = drawn
        same_everywhere(table, things, Things.of(things))

    law()


@given(st.data(), tables(CustomerFacts))
def test_customers_are_decided_alike(data, table):
    customers = data.draw(st.lists(records(CustomerFacts, often=bounds_in(table)), max_size=6))
    same_everywhere(table, customers, Portfolio.of(customers))


@given(st.data(), tables(Thing))
def test_complete_columns_are_decided_alike(data, table):
    things = data.draw(
        st.lists(records(Thing, often=bounds_in(table), complete=True), min_size=1, max_size=6)
    )
    together, _ = same_everywhere(table, things, Things.of(things))
    assert not any(decision.missing for decision in together)


@given(drawn=tables_and_things())
def test_next_is_the_first_later_rule_that_holds_and_leads_elsewhere(drawn):
    table, things = drawn
    columns = Things.of(things)
    expected = [following(table.rules, thing, decided(table.rules, thing)) for thing in things]
    assert [table.decide(thing).next for thing in things] == expected
    assert table.decide(columns).nexts() == expected


@pytest.mark.parametrize("count", [1, 126, 127, 128, 255, 256, 300])
@pytest.mark.parametrize("words", [1, 8, 9, 17, 127, 300])
def test_many_rules_and_many_outcomes_fit_their_small_integers(count, words):
    # Where `is_loud` is unknown every third rule is in doubt, and only its own outcome helps.
    rules = [
        Rule(
            f"r{at}",
            (on.x == at) if at % 3 else ((on.x == at) & on.is_loud) | ((on.x > at) & on.is_loud),
            f"o{at * 7 % words}",
        )
        for at in range(count)
    ]
    table = table_of(*rules, undecided="?")
    steps = {-1, 0, 1, 2, 3, 125, 126, 127, 128, 254, 255, 256, 257, 258, 299, 300, count - 1}
    things = [
        Thing(thing=f"{x}{loud}", x=x, is_loud=loud)
        for x in sorted(steps)
        for loud in (True, False, None)
    ]
    columns = Things.of(things)
    expected = [decided(rules, thing) for thing in things]
    together = table.decide(columns)
    assert together.rule.tolist() == expected == [table.decide(thing).index for thing in things]
    assert together.labels() == ["?" if at < 0 else rules[at].outcome for at in expected]
    assert together.rule.dtype.itemsize == (1 if count < 127 else 2)
    assert count < 3 or -1 in expected


@pytest.mark.parametrize("words", [2, 7, 8, 9, 16, 17, 130])
def test_doubt_between_any_two_outcomes_is_told_apart_from_none(words):
    maybe = [Rule(f"maybe {k}", (on.x == k) & on.is_loud, f"o{k}") for k in range(words)]
    sure = [Rule(f"sure {k}", on.y == k, f"o{k}") for k in range(words)]
    table = table_of(*maybe, *sure)
    pairs = [(x, y) for x in range(words) for y in range(words)]
    x, y = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    decisions = table.decide(Things(thing=np.arange(len(pairs)), x=x, y=y))
    assert decisions.settled.tolist() == (x == y).tolist()
    assert decisions.labels() == [f"o{b}" if a == b else None for a, b in pairs]


def test_decisions_on_columns_are_read_only_small_integers():
    table = table_of(Rule("a", on.x > 0, "a"), Rule("b", ALWAYS, "b"))
    decisions = table.decide(Things(thing=[1, 2, 3], x=[1, 0, None]), assume={"x": 5})
    arrays = [decisions.outcome, decisions.rule, decisions.settled, decisions.assumed["x"]]
    for array in (*arrays, decisions.where("a")[:0]):
        assert array.dtype in (np.int8, np.bool_)
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    some = decisions.rows_at(np.array([2, 0]))
    assert [decision.facts.thing for decision in some] == [3, 1]
    assert [decision.assumed for decision in some] == [{"x": 5}, {}]
    with pytest.raises(ValueError, match="read-only"):
        some.rule[0] = 1


def test_decisions_are_counted_and_found_by_outcome():
    table = table_of(
        Rule("a", on.x > 0, "a"), Rule("b", on.x < 0, "b"), Rule("c", on.x == 0, "a"), undecided="?"
    )
    decisions = table.decide(Things(thing=[1, 2, 3, 4], x=[1, 0, None, -1]))
    assert table.outcomes == decisions.outcomes == ("a", "b", "?")
    assert decisions.counts() == {"a": 2, "b": 1, "?": 1}
    assert decisions.where("a").tolist() == [True, True, False, False]
    assert decisions[-1].outcome == "b"
    with pytest.raises(UnknownNameError, match="no outcome 'z'; there are: a, b"):
        decisions.where("z")
    with pytest.raises(IndexError):
        decisions[4]
    with pytest.raises(TypeError):
        decisions["b"]


def test_an_empty_portfolio_has_no_decisions():
    table = table_of(Rule("a", on.x > 0, "a"))
    decisions = table.decide(Things(thing=[]))
    assert (len(decisions), list(decisions), decisions.reasons()) == (0, [], [])
    assert decisions.counts() == {"a": 0}


# --------------------------------------------------------------------------------- undecided
# Three laws hold of tables that do not ask whether a fact is absent: such a rule decides by what is
# known, and may decide otherwise once more is.


@given(drawn=tables_and_things(max_size=1, absence=False), other=records(Thing, complete=True))
def test_what_is_settled_stays_whatever_the_missing_facts_turn_out_to_be(drawn, other):
    table, things = drawn
    for thing in things:
        before = table.decide(thing)
        after = table.decide(filled(thing, other))
        if before.settled:
            assert after.outcome == before.outcome
            assert after.settled
            assert (before.possible, before.missing) == ((before.outcome,), ())
        elif after.settled:
            assert after.outcome in before.possible
        else:  # every fact is known, so no rule fits
            assert (after.possible, after.missing) == ((), ())
            assert "T" not in [truth(rule.when, thing) for rule in table.rules]


@given(drawn=tables_and_things(max_size=1, absence=False), other=records(Thing))
def test_learning_a_fact_never_opens_an_outcome_that_was_closed(drawn, other):
    table, things = drawn
    for thing in things:
        assert set(table.decide(filled(thing, other)).possible) <= set(table.decide(thing).possible)


@given(drawn=tables_and_things(max_size=1, absence=False), other=records(Thing, complete=True))
def test_the_missing_facts_are_absent_and_settle_the_matter_when_known(drawn, other):
    table, things = drawn
    for thing in things:
        missing = table.decide(thing).missing
        assert all(fact(thing, name) is None for name in missing)
        after = table.decide(filled(thing, other, missing))
        assert after.missing == ()
        assert after.settled or after.possible == ()


@given(drawn=tables_and_things(max_size=1))
def test_possible_outcomes_are_those_of_rules_that_may_still_decide(drawn):
    table, things = drawn
    for thing in things:
        decision = table.decide(thing)
        answers = [truth(rule.when, thing) for rule in table.rules]
        end = answers.index("T") + 1 if "T" in answers else len(answers)
        still = [
            rule.outcome
            for rule, answer in zip(table.rules[:end], answers, strict=False)
            if answer != "F"
        ]
        assert decision.settled or decision.possible == tuple(dict.fromkeys(still))
        assert decision.used.keys() >= set(decision.missing)


def test_a_rule_that_asks_what_is_absent_decides_by_what_is_known():
    table = table_of(Rule("ask", absent(on.x), "ask"), Rule("go", on.x > 0, "go"))
    assert table.decide(ONE).outcome == "ask"
    assert table.decide(ONE).settled
    assert table.decide(Thing(thing=1, x=1)).outcome == "go"


def test_an_unknown_rule_that_leads_to_the_same_outcome_leaves_no_doubt():
    table = table_of(Rule("maybe", on.x > 0, "go"), Rule("sure", on.y > 0, "go"))
    decision = table.decide(Thing(thing=1, y=1))
    assert (decision.outcome, decision.rule, decision.missing) == ("go", "sure", ())


def test_a_missing_fact_is_named_only_where_it_matters():
    table = table_of(
        Rule("first", (on.x > 0) & on.is_new, "a"),
        Rule("second", on.y > 0, "b"),
        Rule("third", on.is_loud, "c"),
        undecided="?",
    )
    decision = table.decide(Thing(thing=1, is_new=True, y=5))
    assert (decision.outcome, decision.missing) == ("?", ("x",))
    assert decision.possible == ("a", "b")
    assert decision.used == {"x": None}
    assert decision.reason == "not known, and it could change the outcome: x"
    assert table.decide(Thing(thing=1, is_new=False, y=5)).rule == "second"


def test_where_no_rule_fits_nothing_is_missing():
    same_everywhere(table_of(Rule("never", NEVER, "a")), [ONE, ONE], Things.of([ONE, ONE]))
    decision = table_of(Rule("a", on.x > 0, "a")).decide(Thing(thing=1, x=0))
    assert (decision.settled, decision.outcome, decision.rule) == (False, None, None)
    assert (decision.possible, decision.missing, decision.next) == ((), (), None)
    assert decision.reason == "no rule fits"
    assert decision.reason_in({"no rule": "nichts paßt"}) == "nichts paßt"


# ------------------------------------------------------------------------------- assumptions


@st.composite
def assumptions(draw):
    """Some facts by feature, each with a value that it may have."""
    features = [f for name, f in schema(Thing).features.items() if name != "thing"]
    chosen = draw(st.lists(st.sampled_from(features), unique_by=lambda f: f.name, max_size=4))
    return {feature.name: draw(values_of(feature)) for feature in chosen}


@given(drawn=tables_and_things(max_size=6), taken=assumptions())
def test_assumptions_fill_record_and_columns_alike_and_overrule_nothing(drawn, taken):
    table, things = drawn
    columns = Things.of(things)
    together = table.decide(columns, assume=taken)
    assert columns == Things.of(things)
    for row, thing in enumerate(things):
        alone = table.decide(thing, assume=taken)
        gaps = {name: value for name, value in taken.items() if fact(thing, name) is None}
        assert dict(alone.assumptions) == gaps
        for name in schema(Thing).features:
            before = fact(thing, name)
            assert fact(alone.facts, name) == (gaps.get(name) if before is None else before)
        assert together[row] == attrs.evolve(
            alone,
            assumptions=tuple((name, gaps[name]) for name in together.assumed if name in gaps),
        )
        assert alone.index == decided(table.rules, alone.facts)
        assert alone.index == together.rule[row]
        assert set(alone.assumed) <= set(gaps)
        assert together.assumed_names()[row] == tuple(alone.assumed)
        assert table.explain(thing, assume=taken).decision == alone


@given(drawn=tables_and_things(max_size=3))
def test_no_assumption_is_no_change(drawn):
    table, things = drawn
    for thing in things:
        assert table.decide(thing, assume={}) == table.decide(thing)
    assert table.decide(Things.of(things), assume={}).assumed == {}


def test_an_assumption_is_told_only_where_a_rule_up_to_the_deciding_one_asks():
    table = table_of(Rule("a", on.x > 0, "a"), Rule("b", on.y > 0, "b"), Rule("c", ALWAYS, "c"))
    assumed = {"x": 1, "y": 2, "note": "said"}
    assert table.decide(ONE, assume=assumed).assumed == {"x": 1}
    assert table.decide(Thing(thing=1, x=0), assume=assumed).assumed == {"y": 2}
    assert "assumed: x = 1" in str(table.explain(ONE, assume=assumed))
    undecided = table.decide(ONE, assume={"y": 2})
    assert (undecided.outcome, undecided.assumed) == (None, {"y": 2})


def test_members_of_a_set_are_assumed_one_by_one():
    table = table_of(Rule("a", on.marks_old & ~on.marks_rare, "a"), Rule("b", ALWAYS, "b"))
    assumed = {"marks_rare": False, "marks_old": False}
    thing = Thing(thing=1, marks={Mark.OLD: True})
    decision = table.decide(thing, assume=assumed)
    assert (decision.outcome, decision.assumed) == ("a", {"marks_rare": False})
    assert decision.facts.marks.get(Mark.SIGNED_BY_HAND) is None
    assert table.decide(Things.of([thing]), assume=assumed)[0] == decision


@pytest.mark.parametrize("subject", [ONE, Things.of([ONE]), Thing(thing=1, share=0.5)])
@pytest.mark.parametrize(
    ("assumed", "told"),
    [
        ({"share": 2}, "'share' must be at most 1, got 2"),
        ({"x": "much"}, "'x' must be a number, got 'much'"),
        ({"x": None}, "'x' must be known to be assumed, got None"),
        ({"marks_old": "yes"}, "'marks_old' must be True, False or None, got 'yes'"),
        ({"since": "today"}, "'since' must be a date or a datetime"),
        ({"shares": 1}, "no fact 'shares'; did you mean 'share'"),
        ({"marks": {"old"}}, "no fact 'marks'; did you mean 'marks_"),
        ({"color": "rot"}, "no color 'rot'"),
    ],
)
def test_a_bad_assumption_is_refused_even_where_nothing_needs_it(subject, assumed, told):
    table = table_of(Rule("a", on.x > 0, "a"))
    with pytest.raises((InvalidValueError, UnknownNameError), match=re.escape(told)):
        table.decide(subject, assume=assumed)


@pytest.mark.parametrize("subject", [ONE, Things.of([ONE])])
@pytest.mark.parametrize("assumed", [["share"], "share", 5])
def test_assumptions_say_what_is_taken_for_which_fact(subject, assumed):
    with pytest.raises(InvalidValueError, match="'assume' must say what to take for which fact"):
        table_of(Rule("a", on.x > 0, "a")).decide(subject, assume=assumed)


@pytest.mark.parametrize("reason", ["{x:.1f}", "{x!z}", "{x:{share}}", "{because:d}"])
def test_a_reason_that_formats_what_it_gets_as_text_is_refused_when_it_is_made(reason):
    told = (
        f"'reason' must take facts and constants as they are shown, got {reason!r} for the reason "
        "of a: they come as texts: leave out the format behind the colon"
    )
    with pytest.raises(InvalidValueError) as caught:
        table_of(Rule("a", on.x > 0, "a", reason))
    assert str(caught.value) == told
    decision = table_of(Rule("a", on.x > 0, "a")).decide(ONE)
    with pytest.raises(InvalidValueError, match="must take facts and constants as they are shown"):
        decision.table.reason(0, {}, messages={"a": reason})


def test_a_table_is_made_of_rules_and_a_schema():
    rule = Rule("a", ALWAYS, "a")
    for rules, told in (
        (rule, "'rules' must be a list, got Rule"),
        ([rule, "b"], "'rules' must hold rules, got 'b': make each with Rule"),
    ):
        with pytest.raises(InvalidValueError, match=re.escape(told)):
            Table(name="table", facts=schema(Thing), rules=rules)
    with pytest.raises(InvalidValueError, match="'facts' must be the schema of a record type, got"):
        Table(name="table", facts=Thing, rules=[rule])


# ----------------------------------------------------------------------------------- version


def permuted(condition):
    if isinstance(condition, AllOf | AnyOf):
        return type(condition)(tuple(map(permuted, reversed(condition.of))))
    return condition


def changed(condition):
    """The condition with one thing in it different."""
    match condition:
        case Threshold(feature, op, bound):
            return Threshold(feature, op, np.nextafter(bound, np.inf))
        case Comparison(left, op, right):
            return Comparison(left, op.opposite, right)
        case AllOf(of) | AnyOf(of) if of:
            return type(condition)((changed(of[0]), *of[1:]))
        case _:
            return ~condition


def version_of(*rules, **options):
    return table_of(*rules, **options).version


@given(tables(Thing))
def test_version_ignores_reasons_and_the_order_of_equal_parts(table):
    rules = [
        Rule(rule.id, permuted(rule.when), rule.outcome, "in other words", otherwise=rule.otherwise)
        for rule in table.rules
    ]
    twin = attrs.evolve(table, rules=rules, constants={"of_no_weight": 1})
    assert twin.version == table.version
    assert re.fullmatch("[0-9a-f]{12}", table.version)


@given(tables(Thing), st.data())
def test_version_changes_with_any_condition_or_outcome(table, data):
    at = data.draw(st.integers(0, len(table.rules) - 1))
    rule = table.rules[at]
    for other in (
        attrs.evolve(rule, when=changed(rule.when)),
        attrs.evolve(rule, outcome=f"{rule.outcome}!"),
        attrs.evolve(rule, id=f"{rule.id}!"),
        attrs.evolve(rule, otherwise=not rule.otherwise),
    ):
        rules = [*table.rules[:at], other, *table.rules[at + 1 :]]
        assert attrs.evolve(table, rules=rules).version != table.version
    if len(table.rules) > 1:
        assert attrs.evolve(table, rules=table.rules[::-1]).version != table.version
    assert attrs.evolve(table, undecided="other").version != table.version


def test_a_version_is_the_same_in_every_release():
    of = [
        on.x > 10, on.x > 2, on.x < on.y, on.is_new, ~on.is_loud, on.color == "red",
        on.color != "blue", absent(on.born), known(on.since),
    ]  # fmt: skip
    rules = [
        Rule("ä", any_of(*of), "a"),
        Rule("b", all_of(on.x > 10, on.x > 2, on.y <= 3), "b"),
        Rule("c", ALWAYS, "c"),
    ]
    table = Table(name="größe", facts=schema(Thing), rules=rules, undecided="?")
    assert table.version == "b82b4ad83d11"


def test_version_knows_one_zero_and_one_kind_of_number():
    versions = {version_of(Rule("a", on.x >= zero, "a")) for zero in (0, 0.0, -0.0, np.int64(0))}
    assert len(versions) == 1
    assert version_of(Rule("a", Threshold("x", (on.x > 1).op, 1), "a")) == version_of(
        Rule("a", on.x > 1.0, "a")
    )


def test_version_is_the_same_on_every_machine_and_in_every_year():
    assert version_of(Rule("a", (on.x >= 0.5) & on.color.is_in(["red"]), "go")) == "1e2e1f6cd507"


def test_version_follows_the_words_that_a_condition_may_meet():
    words = version_of(Rule("a", on.color != "red", "a"))
    assert words != version_of(Rule("a", on.color == "red", "a"))


# ------------------------------------------------------------------- explanations and reasons


@given(drawn=tables_and_things(max_size=2))
def test_every_trace_answers_as_the_oracle_does(drawn):
    table, things = drawn
    for thing in things:
        explanation = table.explain(thing)
        assert explanation.decision == table.decide(thing)
        assert [trace.rule for trace in explanation.rules] == list(table.rules)
        for trace in explanation.rules:
            assert LETTER[trace.holds] == truth(trace.rule.when, thing)
            for atom in trace.atoms:
                assert LETTER[atom.holds] == truth(atom.atom, thing)
        lines = str(explanation).splitlines()
        assert lines[-1] == f"  policy version {table.version}"
        assert sum(line.startswith("-> ") for line in lines) == explanation.decision.settled


@given(drawn=tables_and_things(max_size=2))
def test_the_named_atoms_are_enough_to_prove_the_answer(drawn):
    table, things = drawn
    for thing in things:
        for trace in table.explain(thing).rules:
            proven = {name for atom in trace.atoms for name in named_in(atom.atom)}
            if trace.holds is not None:
                # Whatever else were different, these facts alone decide.
                bare = filled(Thing(thing=thing.thing), thing, proven)
                asks_absence = "Absent" in repr(trace.rule.when)
                assert asks_absence or truth(trace.rule.when, bare) == LETTER[trace.holds]


def named_in(atom):
    return (atom.left, atom.right) if isinstance(atom, Comparison) else (atom.feature,)


@given(drawn=tables_and_things(max_size=2))
def test_a_gap_has_the_sign_of_the_answer(drawn):
    table, things = drawn
    for thing in things:
        for trace in table.explain(thing).rules:
            for found in trace.atoms:
                if isinstance(found.atom, Threshold | Comparison) and found.holds is not None:
                    assert found.atom.op.holds(found.gap, 0.0) is found.holds
                else:
                    assert found.gap is None


NUMBER = r"([-+]?[\d,.]+(?:e[-+]?\d+)?)"


@given(drawn=tables_and_things(max_size=2))
def test_numbers_as_printed_stand_in_the_relation_that_is_printed(drawn):
    table, things = drawn
    holds = {"<": lt, "≤": le, ">": gt, "≥": ge, "=": eq, "≠": ne}
    for thing in things:
        for trace in table.explain(thing).rules:
            for found in trace.atoms:
                if found.holds is None or not isinstance(found.atom, Threshold | Comparison):
                    continue
                text = re.fullmatch(rf".+? {NUMBER} (.) (?:\D+ )?{NUMBER}", found.said)
                assert text, found.said
                left, right = (float(part.replace(",", "")) for part in (text[1], text[3]))
                assert holds[text[2]](left, right)


def test_a_comparison_waits_for_both_of_its_numbers():
    table = table_of(Rule("a", on.x > on.y, "a"))
    (rule,) = table.explain(Thing(thing=1)).rules
    assert str(rule) == "a a: unknown (x unknown and y unknown)"


@pytest.mark.parametrize(
    ("x", "condition", "said"),
    [
        (0.4999999, on.x < 0.5, "x 0.4999999 < 0.5"),
        (0.5, on.x >= 0.5, "x 0.5 ≥ 0.5"),
        (1.2536231884057971, on.x > 1.25, "x 1.254 > 1.25"),
        (0.1 + 0.2, on.x > 0.3, "x 0.30000000000000004 > 0.3"),
        (812.4, on.x >= 200, "x 812.40 ≥ 200"),
        (1234.5, on.x >= 1234, "x 1,234.5 ≥ 1,234"),
        (999.996, on.x < 1000.2, "x 1,000 < 1,000.2"),
        (1234567.0, on.x > 1, "x 1,234,567 > 1"),
        (-0.0, on.x <= 0, "x 0 ≤ 0"),
        (2e300, on.x > 0, "x 2e+300 > 0"),
        (1e-9, on.x > 0, "x 1e-09 > 0"),
        (0.001, on.x > 0, "x 0.001 > 0"),
        (0.0005, on.x > 0, "x 0.0005 > 0"),
        (0.71394, on.x > 0, "x 0.714 > 0"),
        (1.5, on.x > 0, "x 1.50 > 0"),
        (1000.4, on.x > 0, "x 1,000 > 0"),
        (999999999999999.0, on.x > 0, "x 999,999,999,999,999 > 0"),
        (1e15, on.x > 0, "x 1e+15 > 0"),
        (1e15 + 2, on.x > 0, "x 1e+15 > 0"),
        (3.0, on.x == 3, "x 3 = 3"),
        (3.0, on.x != 4, "x 3 ≠ 4"),
        (3.0, on.x <= on.y, "x 3 ≤ y 5"),
    ],
)
def test_reasons_print_numbers_for_readers(x, condition, said):
    table = table_of(Rule("a", condition, "a"))
    assert table.decide(Thing(thing=1, x=x, y=5)).reason == said


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (on.is_new, "is new"),
        (~on.is_loud, "not is loud"),
        (on.color == "dark_green", "color dark_green"),
        (absent(on.note), "note unknown"),
        (known(on.color), "color known"),
        (on.marks_old | on.is_new, "old"),
        (on.count >= 3, "count 1,234 ≥ 3"),
    ],
)
def test_reasons_say_words_and_flags(condition, said):
    thing = Thing(
        thing=1, is_new=True, is_loud=False, color="dark_green", count=1234, marks={"old"}
    )
    assert table_of(Rule("a", condition, "a")).decide(thing).reason == said


def test_traces_say_what_is_unknown():
    table = table_of(
        Rule("a", on.x > 1, "a"),
        Rule("b", on.x < on.y, "b"),
        Rule("c", on.is_new & (on.color == "red"), "c"),
        Rule("d", ALWAYS, "d"),
        Rule("e", NEVER, "e"),
    )
    assert str(table.explain(Thing(thing=1, y=1))).splitlines() == [
        "None: not known, and it could change the outcome: x, is new, color",
        "   a a: unknown (x unknown)",
        "   b b: unknown (x unknown)",
        "   c c: unknown (is new unknown; color unknown)",
        "   d d: holds (always)",
        "   e e: fails (never)",
        f"  policy version {table.version}",
    ]


def test_an_explanation_names_what_would_come_next():
    table = table_of(
        Rule("a", on.x > 1, "a", "{x} over {limit}, {is_new}, {note}"),
        Rule("b", on.y > 1, "b"),
        constants={"limit": 1.0},
    )
    explanation = table.explain(Thing(thing=1, x=2.5, y=3, is_new=False))
    assert str(explanation).splitlines()[:2] == [
        "a: 2.50 over 1, no, unknown",
        "-> a a: holds (x 2.50 > 1)",
    ]
    assert "  next in line: b" in str(explanation)


def test_a_host_gives_reasons_in_its_own_language():
    table = table_of(Rule("a", on.x > 1, "a", "{because}"), Rule("b", on.y > 1, "b"))
    words = {"a": "weil {because}", "undecided": "es fehlt {because}"}
    assert table.decide(Thing(thing=1, x=2)).reason_in(words) == "weil x 2 > 1"
    assert table.decide(ONE).reason_in(words) == "es fehlt x, y"
    assert table.decide(Thing(thing=1, x=0, y=2)).reason_in(words) == "y 2 > 1"
    with pytest.raises(UnknownNameError, match="no word 'z' in the reason of a"):
        table.decide(ONE).reason_in({"a": "{z}"})


def test_a_decision_is_ready_for_json():
    table = table_of(Rule("a", on.x > 1, "a"), Rule("b", on.y > 1, "b"))
    told = table.decide(Thing(thing=1, y=2), assume={"x": 3}).as_dict()
    assert json.loads(json.dumps(told)) == {
        "outcome": "a",
        "rule": "a",
        "reason": "x 3 > 1",
        "settled": True,
        "possible": ["a"],
        "missing": [],
        "used": {"x": 3},
        "assumed": {"x": 3},
        "next": "b",
        "thresholds": {},
        "version": table.version,
    }


# ---------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([], "'rules' must hold at least one rule, got () for table"),
        (
            [Rule("a", ALWAYS, "a"), Rule("a", NEVER, "b")],
            "'rule id' must be unique in its table, got 'a' for table",
        ),
        ([Rule("undecided", ALWAYS, "a")], "'rule id' must be unique in its table, got 'undecided"),
        ([Rule("no rule", ALWAYS, "a")], "'rule id' must be unique in its table, got 'no rule'"),
        ([Rule("a", Threshold("z", (on.x > 1).op, 1), "a")], "no feature 'z' in rule a of table"),
        ([Rule("a", ALWAYS, "a", "{z}")], "no word 'z' in the reason of a"),
        ([Rule("a", ALWAYS, "a", "{")], "'reason' must have its braces in pairs, got '{'"),
        ([Rule("a", ALWAYS, "a", "{}")], "no word ''"),
    ],
)
def test_a_table_that_could_not_decide_is_refused(rules, told):
    with pytest.raises((InvalidValueError, UnknownNameError), match=re.escape(told)):
        table_of(*rules)


@pytest.mark.parametrize("count", [255, 256, 257])
def test_as_many_rules_as_a_byte_counts_decide_as_fewer_do(count):
    table = table_of(*(Rule(f"r{at}", on.x == at, f"o{at % 5}") for at in range(count)))
    rows = Things(thing=[1, 2, 3, 4], x=[0, count - 1, count, None])
    assert table.decide(rows).rule.tolist() == [0, count - 1, -1, -1]


@pytest.mark.parametrize(
    "subject", [{"thing": 1}, None, Portfolio(customer=[1]), CustomerFacts(customer=1), [ONE]]
)
def test_a_subject_of_another_type_is_refused(subject):
    with pytest.raises(InvalidValueError) as caught:
        table_of(Rule("a", ALWAYS, "a")).decide(subject)
    assert caught.value.value is subject
    told = str(caught.value)
    assert told.startswith("'subject' must be a Thing or columns of them, got ")
    assert told.endswith(": build one, for example Thing(**mapping)")


def test_bad_rows_never_reach_a_table():
    with pytest.raises(InvalidRowsError):
        Things(thing=[1], share=[2])


# ------------------------------------------------------------------------- as values, in threads


@given(drawn=tables_and_things(max_size=2))
def test_tables_and_decisions_survive_copying_and_pickling(drawn):
    table, things = drawn
    for again in (
        lambda value: pickle.loads(pickle.dumps(value)),  # noqa: S301
        copy.copy,
        copy.deepcopy,
    ):
        assert again(table) == table
        assert hash(again(table)) == hash(table)
        assert again(table).version == table.version
        for thing in things:
            decision = table.decide(thing)
            assert again(decision) == decision
            assert again(decision).reason == decision.reason
            assert hash(again(decision)) == hash(decision)
            assert again(table).decide(thing) == decision


def test_a_table_does_not_feel_what_happens_to_its_arguments():
    constants, rules = {"limit": 1.0}, [Rule("a", on.x > 1, "a", "over {limit}")]
    table = table_of(*rules, constants=constants)
    constants["limit"] = 99.0
    assert table.decide(Thing(thing=1, x=2)).reason == "over 1"


def test_threads_decide_alike(monkeypatch):
    monkeypatch.setattr("relmkt.rules._scan.BLOCK_ROWS", 64)
    table = table_of(
        Rule("a", (on.x > 0.5) & on.is_new, "a"), Rule("b", on.y > 0.5, "b"), Rule("c", ALWAYS, "c")
    )
    random = np.random.default_rng(7)
    columns = Things(
        thing=np.arange(5_000),
        x=np.where(random.random(5_000) < 0.1, np.nan, random.random(5_000)),
        y=random.random(5_000),
        is_new=random.integers(-1, 2, 5_000).astype(np.int8),
    )
    once = table.decide(columns)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: table.decide(columns), range(16)):
            assert found.rule.tolist() == once.rule.tolist()
        singles = list(pool.map(table.decide, list(columns[:500])))
    assert [decision.index for decision in singles] == once.rule[:500].tolist()


@given(conditions(Thing), conditions(Thing), records(Thing))
def test_a_rule_split_in_two_decides_as_one(left, right, thing):
    whole = table_of(Rule("r", any_of(left, right), "yes"), Rule("end", ALWAYS, "no"))
    parts = table_of(
        Rule("r1", all_of(left), "yes"), Rule("r2", all_of(right), "yes"), Rule("end", ALWAYS, "no")
    )
    assume("U" not in (truth(left, thing), truth(right, thing)))
    assert whole.decide(thing).outcome == parts.decide(thing).outcome


@pytest.mark.parametrize("value", [float("inf"), float("nan"), None, [1]])
def test_constants_are_finite_numbers_or_texts(value):
    with pytest.raises(InvalidValueError) as caught:
        table_of(Rule("a", on.x > 1, "a"), constants={"limit": value})
    told = f"'limit' must be a finite number or a text, got {value!r} for the constants of table"
    assert str(caught.value) == told


# ------------------------------------------------------------------------- absence, case by case


def test_some_rows_of_decisions_are_the_decisions_on_some_rows():
    table = table_of(Rule("a", on.x > 5, "a"), Rule("b", on.y > 5, "b"))
    rows, assume = Things(thing=[1, 2, 3], x=[9, 1, None], y=[None, 9, None]), {"y": 1}
    whole = table.decide(rows, assume=assume)
    assert whole.rule.tolist() == [0, 1, -1]
    for chosen in (slice(1, 3), np.array([2, 0])):
        part, again = whole.rows_at(chosen), table.decide(rows[chosen], assume=assume)
        for name in ("rule", "outcome", "settled"):
            assert getattr(part, name).tolist() == getattr(again, name).tolist()
        assert part.assumed_names() == again.assumed_names()
        assert part.reasons() == again.reasons()
    singles = [table.decide(row, assume=assume) for row in rows]
    assert whole.assumed_names() == [tuple(single.assumed) for single in singles]
    assert whole.assumed_names() == [(), (), ("y",)]


def test_where_no_rule_fits_it_is_told_what_was_assumed_and_in_the_words_one_asks_for():
    table = table_of(Rule("a", on.x > 5, "a"), constants={"limit": 5})
    decision = table.decide(Thing(thing=1), assume={"x": 3})
    assert (decision.rule, decision.assumed) == (None, {"x": 3})
    words = {"no rule": "{x} is no more than {limit}"}
    assert table.reason(-1, {"x": 3.0}, words) == "3 is no more than 5"


def every_way(*handles):
    """Conditions on flags: all and any of them, set and not set."""
    for chosen in (handles, [~handle for handle in handles]):
        yield all_of(*chosen)
        yield any_of(*chosen)


def test_a_whole_set_is_asked_as_its_words_are_one_by_one():
    marks = [on[f"marks_{mark.value}"] for mark in Mark]
    asked = [
        *every_way(*marks),
        *every_way(*marks, on.is_new),
        all_of(*marks, ~on.is_new),
        any_of(~marks[0], ~marks[1], marks[2]),
    ]
    table = table_of(*(Rule(f"r{at}", when, "a") for at, when in enumerate(asked)))
    for answers in product((True, False, None), repeat=3):
        held = {mark.value: had for mark, had in zip(Mark, answers, strict=True) if had is not None}
        for is_new in (True, False, None):
            thing = Thing(thing=1, marks=held, is_new=is_new)
            for trace, when in zip(table.traces(thing), asked, strict=True):
                assert LETTER[trace.holds] == truth(when, thing)
            for rule in table.rules:
                (alone,) = table_of(rule).decide(Things.of([thing])).settled.tolist()
                assert alone is (truth(rule.when, thing) == "T")
                assert (table_of(rule).decide(thing).rule is not None) is alone


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (on.x < 5, [0, -1, -1, -1]),
        (on.x == 5, [-1, 0, -1, -1]),
        (on.x != 5, [0, -1, 0, -1]),
        (on.x != on.y, [0, 0, -1, -1]),
        (on.y != on.x, [0, 0, -1, -1]),
        (on.color != "red", [-1, 0, 0, -1]),
        (on.color.is_in(["red", "blue"]), [0, -1, 0, -1]),
        (absent(on.x), [-1, -1, -1, 0]),
        (known(on.x), [0, 0, 0, -1]),
        (known(on.note), [0, 0, 0, 0]),
        (absent(on.note), [-1, -1, -1, -1]),
    ],
)
def test_what_is_absent_is_neither_equal_nor_other(when, expected):
    rows = Things(
        thing=range(4),
        x=[4, 5, 6, None],
        y=[1, 2, None, 3],
        color=["red", "dark green", "blue", None],
        note=np.array(["a", "b", "c", "d"]),
    )
    table = table_of(Rule("a", when, "a"))
    assert table.decide(rows).rule.tolist() == expected
    assert [table.decide(row).rule for row in rows] == ["a" if at == 0 else None for at in expected]
    assert rows.absent("note").dtype == np.bool_
    waiting = table_of(Rule("a", when, "a"), Rule("z", ALWAYS, "z"))
    told = [{"T": 0, "F": 1, "U": -1}[truth(when, row)] for row in rows]
    assert waiting.decide(rows).rule.tolist() == told
    assert [waiting.decide(row).index for row in rows] == told
