"""The plan: its layouts agree, its sums add up, and the same input gives the same answer."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import relmkt
from relmkt.assumptions import ASSUMED_FACTS, Assumptions
from relmkt.columns import Portfolio
from relmkt.datasets import cdnow_orders, synthetic_facts
from relmkt.domain import Abstention, Status, Strategy, Tier
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.orders import OrderLog
from relmkt.policies import StrategyPolicy
from relmkt.segments.cash import USES
from tests.market import DAY, IN_DAYS, MODELS, assumed, log_of, markets

CDNOW_DAY = date(1998, 6, 30)
STATED = Assumptions(
    cost_per_order=1.5,
    cost_per_period=2.0,
    cost_of_acquisition=8.0,
    cost_of_regaining=3.0,
    cost_of_protecting=4.0,
    cost_of_enhancing=3.0,
)


@pytest.fixture(scope="module")
def made():
    """A plan in which everything occurs: the CDNOW sample with synthetic facts beside."""
    log = cdnow_orders()
    facts = synthetic_facts(log.ids.tolist(), seed=3)
    return relmkt.plan(log, as_of=CDNOW_DAY, facts=facts, assumptions=STATED)


@pytest.fixture(scope="module")
def frame(made):
    return made.to_frame(like=pd.DataFrame())


def planned(market, stated=None, **options):
    names = options.pop("names", None)
    options = {"models": MODELS} | options
    return relmkt.plan(log_of(market, names=names), as_of=DAY, assumptions=stated, **options)


def text_of(plan):
    """All that a plan says, to compare with another."""
    return [str(line) for line in plan]


# ------------------------------------------------------------------------------------ layouts


def test_columns_and_records_agree(made):
    lines = made.lines()
    records = list(made)
    assert len(records) == len(lines) == len(made) == 2_357 + 60
    for name in lines.names:
        if name == "customer":
            continue
        told = [getattr(record, name) for record in records]
        assert lines.values(name) == told, name
    assert set(lines.values("as_of")) == {CDNOW_DAY}
    assert set(lines.values("currency")) == {"USD"}
    assert set(lines.values("policy_version")) == {made.decisions.table.version}


@pytest.mark.parametrize("like", [pd.DataFrame(), pl.DataFrame(), pa.table({})])
def test_frames_of_every_kind_hold_the_lines(made, like):
    frame = made.to_frame(like=like)
    assert isinstance(frame, type(like))
    rows = frame.to_pylist() if isinstance(frame, pa.Table) else None
    if isinstance(frame, pl.DataFrame):
        rows = frame.to_dicts()
    elif rows is None:
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    for row, line in zip(rows, made, strict=True):
        told = attrs.asdict(line)
        for name in ("as_of", "next_contact"):
            if isinstance(row[name], pd.Timestamp):  # pandas has no type for a day
                row[name] = row[name].date()
        assert {name: value for name, value in row.items() if value is not None} == {
            name: value for name, value in told.items() if value is not None
        }


@pytest.mark.parametrize("like", [pd.DataFrame(), pl.DataFrame(), pa.table({})])
def test_frames_of_a_plan_in_which_columns_are_empty(like):
    frame = planned([{DAY: 5.0}]).to_frame(like=like)
    assert len(frame) == 1


def test_one_line_is_that_line_of_all(made):
    lines = made.lines()
    for row in (0, 17, 2_356, 2_357, 2_416):
        assert made.line(row) == lines[row]
    assert made.line(-1) == lines[len(made) - 1]
    with pytest.raises(IndexError):
        made.line(len(made))


def test_lines_without_reasons_are_the_same_otherwise(made):
    short = made.lines(reasons=False)
    assert all(reason is None for reason in short.values("reason"))
    for name in ("strategy", "rule", "value", "missing"):
        assert short.values(name) == made.lines().values(name)


def test_a_line_says_what_the_decision_says(made):
    for row in range(0, len(made), 97):
        line, decision = made.line(row), made.decisions[row]
        assert line.strategy == decision.outcome
        assert line.rule == decision.rule
        assert line.reason == decision.reason
        assert line.next_strategy == decision.next
        assert line.settled is decision.settled
        assert line.missing == ("; ".join(decision.missing) or None)
        assert set((line.assumed or "").split("; ")) - {""} == set(decision.assumed)


# --------------------------------------------------------------------------------- one customer


def test_explain_says_the_same_as_the_line(made):
    for customer in ("00004", "prospect-001"):
        line = made.line(made.row_of(customer))
        explanation = made.explain(customer)
        assert explanation.decision.outcome == line.strategy
        assert explanation.decision.reason == line.reason
        assert str(explanation).startswith(f"{line.strategy}: {line.reason}")
        assert [trace.rule.id for trace in explanation.rules] == [f"R{at}" for at in range(12)]


def test_a_customer_is_found_by_number_or_by_its_text():
    plan = planned([{DAY: 5.0}, {DAY: 6.0}], names=[7, 42])
    assert plan.row_of(42) == plan.row_of("42") == 1
    assert plan.explain("7").decision.facts.customer == 7


def test_an_unknown_customer_is_told_whose_id_is_near(made):
    with pytest.raises(UnknownNameError) as caught:
        made.explain("0004")
    told = str(caught.value)
    assert told.startswith("no customer '0004' in a plan for 2,417; did you mean '")
    assert "00004" in told
    assert told.endswith("…")  # there are more than these
    assert len(told) < 200


def test_a_very_long_id_makes_no_very_long_message():
    plan = planned([{DAY: 5.0}], names=["x" * 1_000_000])
    with pytest.raises(UnknownNameError) as caught:
        plan.row_of("y" * 1_000_000)
    assert len(str(caught.value)) < 400


# ----------------------------------------------------------------------------------------- sums


def test_strategies_sum_up(made):
    found = made.strategies()
    counted = Counter(line.strategy for line in made)
    assert {str(line.outcome): line.customers for line in found} == counted
    assert sum(line.share for line in found) == pytest.approx(1.0)
    values = dict.fromkeys(counted, 0.0)
    for line in made:
        values[line.strategy] += line.value or 0.0
    for line in found:
        if line.outcome in (Strategy.START, Abstention.DO_NOT_PURSUE):
            assert line.value is None  # prospects have no value ahead that is known
        else:
            assert line.value == pytest.approx(values[str(line.outcome)])


def test_strategies_come_in_the_order_of_the_rules(made):
    places = [made.decisions.outcomes.index(line.outcome) for line in made.strategies()]
    assert places == sorted(places)


def test_at_risk_lists_whom_to_protect_the_most_at_stake_first(made):
    found = made.at_risk(10_000)
    assert {line.strategy for line in found} == {"protect"}
    assert len(found) == Counter(line.strategy for line in made)["protect"]
    stakes = [line.retained_value - line.value for line in found]
    assert stakes == sorted(stakes, reverse=True)
    assert made.at_risk(3) == found[:3]
    assert made.at_risk(0) == ()


def test_cash_adds_up_line_by_line(made):
    lines = list(made)
    assert made.cash.released == pytest.approx(sum(line.cash_released or 0 for line in lines))
    assert made.cash.asked == pytest.approx(sum(line.cash_asked or 0 for line in lines))
    paid = sum(line.cash_asked for line in lines if line.funded)
    assert made.cash.spent == pytest.approx(paid)
    assert paid <= made.cash.released * (1 + 1e-9)


def test_only_moves_that_ask_for_cash_are_funded_or_not(made):
    for line in made:
        assert (line.funded is not None) == (line.strategy in USES)


def test_the_tiers_follow_the_revenue_of_the_period(made):
    lines = list(made)
    assert all((line.tier is Tier.PROSPECT) == (line.status is Status.PROSPECT) for line in lines)
    top = [line.current_revenue for line in lines if line.tier is Tier.TOP]
    small = [line.current_revenue for line in lines if line.tier is Tier.SMALL]
    assert min(top) >= max(small)


# -------------------------------------------------------------------------------------- sources


def test_sources_add_up_for_every_fact_the_rules_ask_for(made):
    sources = made.sources()
    assert [source.name for source in sources] == list(made.decisions.table.features)
    for source in sources:
        told = source.given + source.estimated + source.assumed + source.absent
        assert told == len(made), source.name
        assert min(source.given, source.estimated, source.assumed, source.absent) >= 0
        assert source.relied_on <= source.assumed
        assert (source.value is None) == (source.assumed == 0)


def test_sources_count_what_the_lines_say(made):
    assumed, missing = Counter(), Counter()
    for line in made:
        assumed.update((line.assumed or "").split("; "))
        missing.update((line.missing or "").split("; "))
    for source in made.sources():
        assert source.relied_on == assumed[source.name], source.name
        assert source.unsettling == missing[source.name], source.name


def test_given_counts_the_cells_of_the_facts():
    facts = Portfolio(
        customer=["C-0", "P"], status=[None, "prospect"], headroom=[3.0, None], barred=[True, False]
    )
    plan = planned([{DAY: 5.0}, {DAY: 6.0}], facts=facts)
    given = {source.name: source.given for source in plan.sources()}
    assert (given["headroom"], given["barred"], given["status"], given["need_gone"]) == (1, 2, 1, 0)
    assert plan.line(0).strategy == "hold"


def test_assumed_facts_are_recorded_in_the_decision():
    plan = planned([{DAY: 5.0}], Assumptions(facts={"competitor_pull": 0.75, "barred": False}))
    decision = plan.decisions[0]
    assert decision.facts.competitor_pull == 0.75
    assert decision.assumed["competitor_pull"] == 0.75
    assert plan.portfolio[0].competitor_pull is None
    pull = next(source for source in plan.sources() if source.name == "competitor_pull")
    assert (pull.assumed, pull.relied_on, pull.value) == (1, 1, 0.75)


def test_with_nothing_assumed_the_undecided_name_what_is_missing():
    market = [{DAY: 5.0}, {DAY - timedelta(days=40): 5.0, DAY: 6.0}]
    plan = planned(market, Assumptions(facts={}))
    assert [line.strategy for line in plan] == ["undecided"] * 2
    for line in plan:
        assert line.settled is False
        assert line.rule is None
        assert "barred" in line.missing.split("; ")
        assert line.assumed is None
        assert "barred" in line.reason
    assert set(plan.line(0).missing.split("; ")) <= set(ASSUMED_FACTS)


# ----------------------------------------------------------------------------- logs at the edge


def empty_log():
    return OrderLog(
        customer=np.array([], dtype=str),
        ordered_at=np.array([], dtype="datetime64[D]"),
        amount=np.array([], dtype=float),
    )


def test_an_empty_log_is_refused():
    with pytest.raises(InvalidValueError, match="'log' must hold at least one order, got 0"):
        relmkt.plan(empty_log(), as_of=DAY)


def test_a_day_before_the_first_order_is_refused():
    with pytest.raises(InvalidValueError) as caught:
        relmkt.plan(log_of([{DAY: 5.0, DAY - timedelta(days=3): 1.0}]), as_of=date(2026, 1, 1))
    assert str(caught.value) == (
        "'as_of' must not be before the first order, got '2026-01-01': "
        "all 2 order lines are of later days"
    )


@pytest.mark.parametrize(
    "market",
    [
        [{DAY: 5.0}],
        [{DAY: 0.5}, {DAY: 0.5}],
        [{DAY - timedelta(days=9): 5.0, DAY: 7.0}],
        [{DAY - timedelta(days=700): 5.0, DAY: 7.0}, {DAY: 3.0}],
    ],
    ids=["one order", "two customers", "one customer", "two unlike ones"],
)
def test_a_log_too_small_to_fit_is_planned_and_says_so(market):
    plan = relmkt.plan(log_of(market), as_of=DAY)
    assert [note.split(",")[0] for note in plan.notes] == [
        "no forecasts of purchases (BG/NBD)",
        "no forecasts of spend (Gamma-Gamma)",
    ]
    for line in plan:
        assert line.strategy == "undecided"
        assert {"retained_value", "attrition_risk"} <= set(line.missing.split("; "))
        assert line.value is None
        assert line.probability_alive is None
    assert plan.strategies()[0].value is None
    assert plan.at_risk() == ()


def test_a_log_of_refunds_only_has_customers_whose_status_is_not_known():
    plan = relmkt.plan(log_of([{DAY: -5.0}, {DAY: -1.0}]), as_of=DAY)
    for line in plan:
        assert line.status is None
        assert line.tier is Tier.INACTIVE
        assert (line.strategy, line.current_revenue < 0) == ("undecided", True)
        assert "status" in line.missing.split("; ")


def test_free_orders_are_planned():
    plan = relmkt.plan(
        OrderLog(customer=["a", "b"], ordered_at=[DAY, DAY], amount=[0.0, 0.0]), as_of=DAY
    )
    assert [line.strategy for line in plan] == ["undecided", "undecided"]


def test_later_orders_are_left_out_and_counted():
    market = [{DAY: 5.0, DAY + timedelta(days=1): 9.0}, {DAY + timedelta(days=40): 3.0}]
    plan = planned(market)
    assert len(plan) == 1
    assert plan.line(0).current_revenue == 5.0
    assert plan.notes[-1] == f"2 order lines after {DAY} were left out"
    assert text_of(plan) == text_of(planned([{DAY: 5.0}]))


def test_costs_in_another_currency_than_the_orders_are_refused():
    log = OrderLog(customer=["a"], ordered_at=[DAY], amount=[1.0], currency=["USD"])
    with pytest.raises(InvalidValueError, match=r"be that of the orders \(USD\), got 'EUR'"):
        relmkt.plan(log, as_of=DAY, assumptions=Assumptions(currency="EUR"))
    assert relmkt.plan(log, as_of=DAY, assumptions=Assumptions(currency="USD")).currency == "USD"
    stated = planned([{DAY: 5.0}], Assumptions(currency="EUR"))
    assert stated.currency == stated.lines().currency == "EUR"
    assert planned([{DAY: 5.0}]).currency is None


def test_orders_with_a_zone_are_planned_by_its_days():
    late = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
    log = OrderLog(customer=["a", "b"], ordered_at=[late, late - timedelta(days=1)], amount=[1, 2])
    assert len(relmkt.plan(log, as_of=DAY, zone="UTC")) == 2
    berlin = relmkt.plan(log, as_of=DAY, zone="Europe/Berlin")
    assert [line.customer for line in berlin] == ["b"]
    assert "1 order line after" in berlin.notes[-1]
    with pytest.raises(InvalidValueError, match="'zone' must be given"):
        relmkt.plan(log, as_of=DAY)


def test_strangers_among_the_facts_are_refused():
    with pytest.raises(InvalidRowsError, match="'nobody' must be in the order log"):
        planned([{DAY: 5.0}], facts=Portfolio(customer=["nobody"], headroom=[1.0]))


def test_a_customer_whose_closing_is_known_is_won_back_or_let_go():
    market = [{DAY - timedelta(days=40): 50.0, DAY: 60.0}]
    closed = Portfolio(customer=["C-0"], status=["lost"])
    assert planned(market, facts=closed).line(0).strategy == "win_back"
    dear = Assumptions(cost_of_regaining=10_000.0)
    assert planned(market, dear, facts=closed).line(0).strategy == "let_go"


def test_the_stages_of_long_work_are_told():
    told = []
    planned([{DAY: 5.0}], progress=told.append)
    assert told == [
        "summarizing the orders",
        "fitting the models",
        "forecasting",
        "deciding",
    ]


def test_the_policy_is_the_callers_and_is_calibrated():
    policy = StrategyPolicy(attrition_risk_high=0.9)
    plan = planned([{DAY: 5.0}], policy=policy)
    assert plan.policy.attrition_risk_high == 0.9
    assert plan.policy.retained_value_high == pytest.approx(plan.portfolio.retained_value[0])
    assert not isinstance(policy.retained_value_high, float)


# ------------------------------------------------------------------ the same, and the same again


@settings(max_examples=30)
@given(markets, assumed)
def test_twice_the_same_is_the_same_and_nothing_given_is_changed(market, stated):
    log = log_of(market)
    before = [log.column(name).copy() for name in log.names]
    facts = Portfolio(customer=["C-0"], headroom=[5.0])
    told = attrs.asdict(stated, recurse=False)
    one = relmkt.plan(log, as_of=DAY, assumptions=stated, models=MODELS, facts=facts)
    two = relmkt.plan(log, as_of=DAY, assumptions=stated, models=MODELS, facts=facts)
    assert text_of(one) == text_of(two)
    for name, column in zip(log.names, before, strict=True):
        np.testing.assert_array_equal(log.column(name), column)
    assert list(facts.names) == ["customer", "headroom"]
    assert attrs.asdict(stated, recurse=False) == told


@settings(max_examples=30)
@given(markets, assumed, st.randoms(use_true_random=False))
def test_shuffling_the_log_changes_no_line(market, stated, chance):
    log = log_of(market)
    order = list(range(len(log)))
    chance.shuffle(order)
    plain = relmkt.plan(log, as_of=DAY, assumptions=stated, models=MODELS)
    shuffled = relmkt.plan(log[np.array(order)], as_of=DAY, assumptions=stated, models=MODELS)
    same_but_for_cash = [
        {line.customer: attrs.evolve(line, funded=None) for line in plan}
        for plan in (plain, shuffled)
    ]
    assert same_but_for_cash[0] == same_but_for_cash[1]
    assert plain.cash.released == pytest.approx(shuffled.cash.released)
    assert plain.cash.spent == pytest.approx(shuffled.cash.spent)


def test_shuffling_a_whole_log_changes_neither_the_fit_nor_a_line():
    log = cdnow_orders()
    order = np.random.default_rng(5).permutation(len(log))
    plain = relmkt.plan(log, as_of=CDNOW_DAY, assumptions=STATED)
    shuffled = relmkt.plan(log[order], as_of=CDNOW_DAY, assumptions=STATED)
    assert shuffled.models.purchases.parameters == plain.models.purchases.parameters
    assert shuffled.models.spend.parameters == pytest.approx(plain.models.spend.parameters)
    told = {line.customer: (line.strategy, line.rule, line.tier) for line in plain}
    assert {line.customer: (line.strategy, line.rule, line.tier) for line in shuffled} == told


@settings(max_examples=30)
@given(markets, assumed)
def test_days_or_weeks_decide_the_same(market, stated):
    # Thresholds of the portfolio lie on values of the portfolio, where rounding would decide.
    policy = StrategyPolicy(
        retained_value_high=40.1, residual_value_high=30.1, cost_ratio_high=0.31
    )
    weekly = planned(market, stated, policy=policy)
    daily = planned(market, stated, policy=policy, models=IN_DAYS, unit="day")
    assert [line.rule for line in weekly] == [line.rule for line in daily]


SCRIPT = """
import relmkt
from datetime import date
from relmkt.datasets import cdnow_orders
plan = relmkt.plan(cdnow_orders(), as_of=date(1998, 6, 30))
print(hash(tuple(line.reason for line in plan)), plan.decisions.table.version)
"""


def test_nothing_depends_on_the_clock_the_place_or_the_hash_seed():
    """The machine's day, zone and language have no say; hashes are compared within one seed."""
    versions = set()
    for zone, language, seed in (("UTC", "C", "0"), ("Pacific/Kiritimati", "de_DE.UTF-8", "0")):
        env = os.environ | {"TZ": zone, "LC_ALL": language, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=env, check=True
        )
        versions.add(done.stdout)
    assert len(versions) == 1


def test_blocks_of_a_plan_are_its_lines_with_the_prospects_at_the_end():
    facts = Portfolio(
        customer=["new", "C-00002", "newer"],
        status=["prospect", None, "prospect"],
        headroom=[None, 20.0, None],
    )
    log = OrderLog(
        customer=[f"C-{row:05}" for row in range(7)],
        ordered_at=[date(2026, 1, 1) + timedelta(days=row) for row in range(7)],
        amount=[10.0 + row for row in range(7)],
    )
    made = relmkt.plan(log, as_of=date(2026, 3, 31), facts=facts, assumptions=STATED)
    whole = made.lines()
    for size in (1, 2, 4, 7, 8, 9, 100):
        blocks = list(made.blocks(size))
        assert [len(block) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
        assert type(whole).concatenated(blocks) == whole


def test_blocks_of_the_sample_are_its_lines():
    made = relmkt.plan(cdnow_orders(), as_of=CDNOW_DAY, assumptions=STATED)
    assert [line for block in made.blocks(500) for line in block] == list(made)


@pytest.mark.parametrize("size", [0, -1])
def test_blocks_of_nobody_are_refused(size):
    made = relmkt.plan(cdnow_orders(), as_of=CDNOW_DAY)
    with pytest.raises(InvalidValueError, match="'size' must be at least 1"):
        made.blocks(size)
