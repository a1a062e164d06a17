"""A replay counts what each customer went through, and nothing else."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from datetime import date, datetime, timedelta
from functools import partial

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.columns import Portfolio
from relmkt.dated_policies import DatedPolicy, Edition
from relmkt.domain import Abstention, CustomerFacts, Hold, Strategy
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.policies import SteadyPolicy, StrategyPolicy, banded
from relmkt.records import handles, schema
from relmkt.replay import replay
from relmkt.rules import Rule, Table
from relmkt.segments import MatrixPolicy
from relmkt.steady import Standings
from relmkt.thresholds import Policy, Quantile, policy, threshold

START = date(2026, 1, 31)
on = handles(CustomerFacts)


@policy
class Care(Policy):
    """Two thresholds on one fact, and a word for undecided or none."""

    high: float | Quantile = threshold(default=0.6, unit="share", meaning="from which to call")
    some: float | Quantile = threshold(default=0.3, unit="share", meaning="from which to write")

    def table(self):
        limits = self.numbers()
        rules = [
            Rule("R1", on.barred, "leave"),
            Rule("R2", on.attrition_risk >= limits["high"], "call"),
            Rule("R3", on.attrition_risk >= limits["some"], "write"),
            Rule("R4", on.attrition_risk < limits["some"], "rest"),
        ]
        return Table(name="care", facts=schema(CustomerFacts), rules=rules)


def day(look):
    return START + timedelta(days=30 * look)


def known(rows, look=0):
    return day(look), Portfolio.of(rows)


def risks(*values, start=0, **facts):
    """Looks at one customer with these attrition risks."""
    return [
        known([CustomerFacts(customer="C", barred=False, attrition_risk=risk, **facts)], start + at)
        for at, risk in enumerate(values)
    ]


@st.composite
def looks(draw, *, customers=3, most=6):
    """Looks at customers who come and go, in any order of rows."""
    found = []
    for look in range(draw(st.integers(1, most))):
        rows = [
            CustomerFacts(
                customer=customer,
                barred=draw(st.sampled_from([False, False, False, True, None])),
                attrition_risk=draw(st.sampled_from([None, 0.1, 0.28, 0.32, 0.58, 0.62, 0.9])),
                headroom=draw(st.sampled_from([None, 1, 10])),
            )
            for customer in draw(st.permutations(range(customers)))
            if draw(st.sampled_from([True, True, True, False]))
        ]
        found.append(known(rows, look))
    return found


STEADY = st.builds(
    lambda exits, dwell, confirmations, urgent: SteadyPolicy(
        policy=Care(), exit=exits, dwell=dwell, confirmations=confirmations, urgent=urgent
    ),
    st.sampled_from([{}, {"high": 0.5}, {"high": (0.55, 0.65), "some": (0.2, 0.4)}]),
    st.sampled_from([None, "31 days", "3 months"]),
    st.integers(1, 3),
    st.sampled_from([(), ("R1",), ("R2",)]),
)


def lived(steady, given_looks):
    """For each customer the days, the steady outcomes, the plain ones and the worth, by records."""
    table = steady.steady()
    found, standing = {}, {}
    for look, (as_of, portfolio) in enumerate(given_looks):
        for facts in portfolio:
            decision = table.decide(facts, standing.get(facts.customer), as_of=as_of)
            standing[facts.customer] = decision.standing
            plain = table.entering.decide(facts)
            step = (look, as_of, decision.outcome, plain.outcome, facts.headroom, decision.held)
            found.setdefault(facts.customer, []).append(step)
    return found, standing


def figures(steps, within):
    """Changes, returns and days between changes of one path of (look, day, outcome)."""
    changes = [
        (look, when, before, after)
        for (_, _, before), (look, when, after) in itertools.pairwise(steps)
        if before != after
    ]
    pairs = list(itertools.pairwise(changes))
    returns = sum(
        first[2] == second[3] and second[0] - first[0] <= within for first, second in pairs
    )
    return len(changes), returns, [(second[1] - first[1]).days for first, second in pairs]


# ---------------------------------------------------------------------------------------- laws


@settings(max_examples=40)
@given(STEADY, looks(), st.integers(1, 3))
def test_a_replay_is_what_each_customer_lived_through(steady, given_looks, within):
    found = replay(steady, given_looks, value="headroom", within=within)
    paths, standing = lived(steady, given_looks)
    assert found.ids.tolist() == list(paths)
    assert {held.customer: held for held in found.standing} == standing
    for at, name in ((2, "steady"), (3, "plain")):
        told = getattr(found, name)
        moves, worth, gaps = Counter(), Counter(), []
        for row, steps in enumerate(paths.values()):
            changes, returns, days = figures([(s[0], s[1], s[at]) for s in steps], within)
            assert (told.changes[row], told.returns[row]) == (changes, returns)
            gaps += days
            for before, after in itertools.pairwise(steps):
                moves[before[at], after[at]] += 1
                if before[at] != after[at]:
                    worth[before[at], after[at]] += after[4] or 0
        for (i, one), (j, other) in itertools.product(enumerate(told.outcomes), repeat=2):
            assert told.count(one, other) == moves[one, other]
            assert told.value_moved[i, j] == worth[one, other]
        expected = sum(gaps) / len(gaps) if gaps else math.nan
        assert told.mean_days_between == pytest.approx(expected, nan_ok=True)
        counted = Counter((s[0], s[at]) for steps in paths.values() for s in steps)
        for look, code in itertools.product(range(len(given_looks)), range(len(told.outcomes))):
            assert told.counts[look, code] == counted[look, told.outcomes[code]]
    for customer, steps in paths.items():
        path = found.path(customer)
        assert [(s.day, s.outcome, s.plain, s.held) for s in path] == [
            (s[1], s[2], s[3], s[5]) for s in steps
        ]
        outcomes = [s[2] for s in steps]
        assert [s.changed for s in path] == [
            at > 0 and outcomes[at - 1] != outcomes[at] for at in range(len(steps))
        ]
        assert path == [
            attrs.evolve(step, changed=row["changed"])
            for step, row in zip(path, rows_of(found, customer), strict=True)
        ]


def rows_of(found, customer):
    """What the rows for a file say of one customer."""
    told = []
    for look in range(len(found.days)):
        rows = found.rows(look)
        for at, who in enumerate(rows["customer"].tolist()):
            if who == customer:
                told.append({name: values[at] for name, values in rows.items()})
    return told


@settings(max_examples=40)
@given(STEADY, looks())
def test_the_delays_are_those_since_the_plain_table_said_so_without_a_break(steady, given_looks):
    late, waiting = [], []
    changes = 0
    paths, _ = lived(steady, given_looks)
    for steps in paths.values():
        for at, (before, after) in enumerate(itertools.pairwise(steps)):
            if before[2] != after[2]:
                changes += 1
                run = itertools.takewhile(
                    lambda s, said=after[2]: s[3] == said, reversed(steps[: at + 2])
                )
                first = list(run)[-1]
                if first[0] < after[0]:
                    late.append((after[0] - first[0], (after[1] - first[1]).days))
        last = steps[-1]
        if last[2] != last[3]:
            run = itertools.takewhile(lambda s, said=last[3]: s[3] == said, reversed(steps))
            waiting.append((last[1] - list(run)[-1][1]).days)
    found = replay(steady, given_looks).delays
    assert (found.changes, found.late, found.waiting) == (changes, len(late), len(waiting))
    if late:
        assert found.mean_looks == pytest.approx(np.mean([looks for looks, _ in late]))
        assert found.mean_days == pytest.approx(np.mean([days for _, days in late]))
    if waiting:
        assert found.mean_days_waiting == pytest.approx(np.mean(waiting))


@settings(max_examples=40)
@given(STEADY, looks())
def test_nobody_changes_more_often_for_being_treated_steadily(steady, given_looks):
    found = replay(steady, given_looks)
    assert (found.steady.changes <= found.plain.changes).all()
    assert found.changes_avoided >= 0


@settings(max_examples=40)
@given(looks())
def test_without_steadiness_a_replay_is_the_plain_path_wherever_it_is_settled(given_looks):
    found = replay(Care(), given_looks)
    same = found.steady.codes == found.plain.codes
    undecided = found.plain.codes == found.plain.outcomes.index(None)
    assert (same | undecided).all()


@settings(max_examples=40)
@given(STEADY, looks(), st.integers(1, 5))
def test_a_replay_in_two_pieces_is_the_replay_at_once(steady, given_looks, cut):
    whole = replay(steady, given_looks)
    if not 0 < cut < len(given_looks):
        return
    first = replay(steady, given_looks[:cut])
    second = replay(steady, given_looks[cut:], standing=first.standing)
    assert {s.customer: s for s in second.standing} == {s.customer: s for s in whole.standing}
    for customer in whole.ids.tolist():
        pieces = [
            (step.day, step.outcome, step.plain, step.held)
            for piece in (first, second)
            if customer in piece.ids.tolist()
            for step in piece.path(customer)
        ]
        assert pieces == [(s.day, s.outcome, s.plain, s.held) for s in whole.path(customer)]


# ------------------------------------------------------------------------------ in other words


def test_a_wobble_at_a_threshold_flaps_without_steadiness_and_stands_with_it():
    steady = SteadyPolicy(policy=Care(), exit={"high": 0.5})
    found = replay(steady, risks(0.55, 0.62, 0.58, 0.61, 0.59, 0.4))
    assert [step.outcome for step in found.path("C")] == ["write", *["call"] * 4, "write"]
    assert (found.plain.total_changes, found.steady.total_changes) == (4, 2)
    assert found.changes_avoided == 2
    assert (found.plain.share_returning, found.steady.share_returning) == (1.0, 0.0)
    assert str(found) == (
        "care, 6 looks from 2026-01-31 to 2026-06-30, 1 customer\n"
        "  without steadiness: 4 changes, 4 for each customer; 100.0% came back within 3 looks; "
        "30 days between two changes\n"
        "  with steadiness: 2 changes, 2 for each customer; 0.0% came back within 3 looks; "
        "120 days between two changes\n"
        "  saved: 2 changes, 50% of them\n"
        "  cost: 1 of 2 changes came later, by 1.0 looks (30 days) on average"
    )


def test_a_replay_that_ends_while_a_change_waits_says_so():
    steady = SteadyPolicy(policy=Care(), confirmations=3)
    found = replay(steady, risks(0.1, 0.7, 0.7))
    assert found.path("C")[-1].held is Hold.CONFIRMATION
    assert str(found).splitlines()[-1] == (
        "  at the end: 1 customer elsewhere than without steadiness, for 30 days on average"
    )


def test_looks_at_nobody_are_told_in_one_line():
    found = replay(Care(), [(START, Portfolio(customer=[]))])
    assert str(found).startswith("care, 1 look from 2026-01-31 to 2026-01-31, 0 customers")
    assert math.isnan(found.steady.share_returning)
    assert len(found) == 0


def test_a_threshold_that_depends_on_the_portfolio_is_a_number_once():
    relative = Care(high=Quantile("attrition_risk", 0.5), some=0.0)
    everybody = [(0.2, 0.4, 0.6), (0.5, 0.7, 0.9)]
    given_looks = [
        known(
            [
                CustomerFacts(customer=at, barred=False, attrition_risk=risk)
                for at, risk in enumerate(each)
            ],
            look,
        )
        for look, each in enumerate(everybody)
    ]
    once = replay(relative, given_looks)
    assert once.policy.policy.high == 0.4
    assert [step.outcome for step in once.path(0)] == ["write", "call"]
    each = replay(relative, given_looks, calibrate="each")
    assert each.policy.policy.high == 0.7
    assert [step.outcome for step in each.path(0)] == ["write", "write"]
    stated = replay(relative, given_looks, calibrate=given_looks[1][1])
    assert stated.policy.policy.high == 0.7
    assert [step.outcome for step in stated.path(1)] == ["write", "call"]


def test_those_who_stood_before_and_never_come_are_kept():
    first = replay(Care(), risks(0.7))
    second = replay(Care(), [(day(1), Portfolio(customer=["D"]))], standing=first.standing)
    assert second.ids.tolist() == ["C", "D"]
    assert second.path("C") == []
    assert second.standing[0] == first.standing[0]


def test_facts_may_be_assumed_and_progress_is_told():
    told = []
    found = replay(Care(), risks(None), assume={"attrition_risk": 0.9}, progress=told.append)
    assert found.path("C")[0].outcome == "call"
    assert told == ["deciding as of 2026-01-31"]


def test_the_strategies_are_replayed_with_their_default_bands():
    given_looks = risks(
        0.1,
        0.7,
        0.45,
        0.2,
        0.2,
        status="active",
        significance=set(),
        retained_value=900,
        residual_value=900,
        competitor_pull=0,
        wallet_share_falling=False,
        current_profit=10,
        avoidable_profit=10,
        cost_to_serve_ratio=0.1,
        headroom=0,
    )
    plain = StrategyPolicy(retained_value_high=500, residual_value_high=500, cost_ratio_high=0.5)
    found = replay(banded(plain, dwell=None), given_looks)
    maintain, protect = Abstention.MAINTAIN, Strategy.PROTECT
    steady = [maintain, protect, protect, protect, maintain]
    assert [step.outcome for step in found.path("C")] == steady
    assert [step.held for step in found.path("C")] == [
        None,
        None,
        Hold.BAND,
        Hold.CONFIRMATION,
        None,
    ]


# ------------------------------------------------------------------------------ dated policies


def dated(*highs, every=1):
    """Editions of which each is valid for so many looks."""
    return DatedPolicy(
        [
            Edition(valid_from=day(at * every), policy=Care(high=high), reference=f"board {at}")
            for at, high in enumerate(highs)
        ]
    )


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from([0.1, 0.4, 0.5, 0.7, 0.9]), min_size=1, max_size=6),
    st.lists(st.sampled_from([0.35, 0.5, 0.6, 0.8]), min_size=1, max_size=4),
    st.integers(1, 3),
)
def test_each_look_is_decided_by_the_edition_that_is_valid_on_its_day(met, highs, every):
    policy = dated(*highs, every=every)
    found = replay(policy, risks(*met))
    edition = [policy.edition_at(day(at)) for at in range(len(met))]
    assert [step.outcome for step in found.path("C")] == [
        "call" if risk >= valid.policy.high else "write" if risk >= 0.3 else "rest"
        for risk, valid in zip(met, edition, strict=True)
    ]
    assert found.bases == tuple(valid.basis for valid in edition)
    assert [basis for _, basis in found.editions] == list(dict.fromkeys(found.bases))
    assert found.policy.policy == edition[-1].policy
    for first, basis in found.editions:
        assert f"decided from {first} on by what is {basis}" in str(found)


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from([0.1, 0.4, 0.5, 0.7, 0.9]), min_size=1, max_size=6),
    st.integers(1, 6),
)
def test_editions_that_are_alike_are_as_one_policy_however_steady(met, count):
    plain = Care()
    policy = dated(*[plain.high] * count)
    once = replay(banded(plain, dwell=None), risks(*met))
    found = replay(policy, risks(*met), steadily=lambda each: banded(each, dwell=None))
    assert found.path("C") == once.path("C")
    assert replay(plain, risks(*met), steadily=partial(banded, dwell=None)).path("C") == once.path(
        "C"
    )
    assert once.bases == (None,) * len(met)


def test_the_first_portfolio_makes_the_quantiles_of_all_editions_numbers():
    """Else customers would move because the portfolio did, and not because of what was decided."""
    middle = Quantile("attrition_risk", 0.5)
    editions = [
        Edition(valid_from=day(at), policy=Care(high=middle), reference="b") for at in (0, 1)
    ]
    looks = [
        known(
            [CustomerFacts(customer=at, barred=False, attrition_risk=at / 10) for at in who], look
        )
        for look, who in enumerate([(4, 5, 6), (7, 8, 9)])
    ]
    policy = DatedPolicy(editions)
    assert replay(policy, looks).policy.policy.high == 0.5
    assert replay(policy, looks, calibrate="each").policy.policy.high == 0.8
    assert replay(policy, looks, calibrate=looks[1][1]).policy.policy.high == 0.8


def test_what_cannot_be_replayed_by_its_dates_is_refused():
    with pytest.raises(InvalidValueError, match="must not be before the first edition"):
        replay(DatedPolicy([Edition(valid_from=day(1), policy=Care(), reference="b")]), risks(0.1))
    matrix = Edition(valid_from=START, policy=MatrixPolicy(), reference="b")
    with pytest.raises(InvalidValueError, match="'policy' must be a policy that builds a table"):
        replay(DatedPolicy([matrix]), risks(0.1))
    with pytest.raises(InvalidValueError, match="'steadily' must be left out where the policy is"):
        replay(banded(Care()), risks(0.1), steadily=banded)


# --------------------------------------------------------------------------------- at the door


def test_looks_are_in_the_order_of_time():
    with pytest.raises(InvalidValueError, match="must be in the order of time, after 2026-01-31"):
        replay(Care(), [*risks(0.1), *risks(0.1)])
    standing = replay(Care(), risks(0.1)).standing
    with pytest.raises(InvalidValueError, match="must be in the order of time, after 2026-01-31"):
        replay(Care(), risks(0.1), standing=standing)


def test_there_is_a_look():
    with pytest.raises(InvalidValueError, match="'portfolios' must hold at least one look"):
        replay(Care(), [])


def test_a_customer_is_in_a_portfolio_once():
    with pytest.raises(InvalidRowsError, match="1 bad row in the portfolio of 2026-01-31"):
        replay(Care(), [(START, Portfolio(customer=["C", "C"]))])
    one = replay(Care(), risks(0.1)).standing
    with pytest.raises(InvalidRowsError, match="in the standings"):
        replay(Care(), risks(0.1, start=1), standing=Standings.concatenated([one, one]))


def test_names_and_numbers_are_checked():
    with pytest.raises(UnknownNameError, match="did you mean 'headroom'"):
        replay(Care(), risks(0.1), value="hedroom")
    with pytest.raises(InvalidValueError, match="'value' must name a number, got 'barred'"):
        replay(Care(), risks(0.1), value="barred")
    with pytest.raises(InvalidValueError, match="'within' must be a whole number"):
        replay(Care(), risks(0.1), within=0)
    with pytest.raises(UnknownNameError, match="no way to calibrate 'once'"):
        replay(Care(), risks(0.1), calibrate="once")
    found = replay(Care(), risks(0.1))
    with pytest.raises(UnknownNameError, match="no customer 'D'"):
        found.path("D")
    with pytest.raises(UnknownNameError, match="no outcome 'cal'"):
        found.steady.count("cal", "write")


@pytest.mark.parametrize(
    ("day", "options", "error", "words"),
    [
        ("2026-01-31", {}, InvalidValueError, "'portfolios' must be a date, got '2026-01-31'"),
        (datetime(2026, 1, 31), {}, InvalidValueError, "'portfolios' must be a date"),
        (START, {"within": 1.5}, InvalidValueError, "'within' must be a whole number"),
        (START, {"calibrate": 3}, UnknownNameError, "no way to calibrate '3'"),
    ],
)
def test_what_is_no_day_no_number_of_looks_and_no_way_to_calibrate_is_refused(
    day, options, error, words
):
    looks = [(day, Portfolio(customer=["C-1"], barred=[False]))]
    with pytest.raises(error, match=words):
        replay(StrategyPolicy(), looks, **options)


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (3, "'policy' must be a policy that builds a table, got 3"),
        (None, "'policy' must be a policy that builds a table, got None"),
        (StrategyPolicy, "'policy' must be a policy that builds a table, got <class"),
        (MatrixPolicy(), "'policy' must be a policy that builds a table, got MatrixPolicy"),
    ],
)
def test_what_is_no_policy_with_a_table_is_not_replayed(policy, told):
    with pytest.raises(InvalidValueError, match=told):
        replay(policy, risks(0.1))


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        (3, "'portfolios' must be pairs of a day and a portfolio, got 3"),
        ([3], "'portfolios' must be pairs of a day and a portfolio, got 3"),
        ([(START,)], "'portfolios' must be pairs of a day and a portfolio"),
        ([(START, None)], "'portfolios' must hold columns of CustomerFacts, got None for the look"),
        ([(START, CustomerFacts(customer="C"))], "must hold columns of CustomerFacts, got Cust"),
    ],
)
def test_what_is_no_look_is_refused(looks, told):
    with pytest.raises(InvalidValueError, match=told):
        replay(Care(), looks)


def test_what_stood_before_is_standings():
    with pytest.raises(InvalidValueError, match="'standing' must be Standings, or None, got 'C'"):
        replay(Care(), risks(0.1), standing="C")


def test_a_text_and_a_number_are_not_two_customers():
    looks = [
        (START, Portfolio(customer=["7"], barred=[False])),
        (START + timedelta(days=30), Portfolio(customer=[7], barred=[False])),
    ]
    with pytest.raises(InvalidValueError, match="'customer' must be at every look what it is"):
        replay(StrategyPolicy(), looks)
