"""What is drawn is what was asked for, and Hypothesis knows our types by their names."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import relmkt.policies
from relmkt import channel
from relmkt.columns import Columns, Portfolio
from relmkt.consent import ConsentEvents
from relmkt.domain import (
    ConsentEvent,
    Contact,
    ContactFacts,
    ContactTask,
    CustomerFacts,
    Forecast,
    Order,
    PlanLine,
    Standing,
    Status,
    Summary,
    TaskEvent,
)
from relmkt.errors import InvalidValueError, MissingExtraError
from relmkt.models import Forecasts
from relmkt.orders import OrderLog
from relmkt.planning import ContactCandidates, ContactLog, ContactTasks, TaskEvents
from relmkt.plans import PlanLines
from relmkt.policies import StrategyPolicy
from relmkt.records import handles, schema
from relmkt.rules import Feature, Kind, Table
from relmkt.segments import MatrixPolicy
from relmkt.steady import Standings
from relmkt.summaries import Summaries
from relmkt.testing import _plugin as plugin
from relmkt.testing.oracle import fact, following, truth
from relmkt.testing.strategies import (
    bounds_in,
    columns,
    numbers_of,
    order_logs,
    policies,
    portfolios,
    records,
    tables,
)
from relmkt.thresholds import OUR_DEFAULT, Policy, Quantile, policy, threshold
from tests.things import DatedThings, Thing

ROOT = Path(__file__).parents[2]
QUICK = settings(max_examples=25)
UNSHRUNK = settings(max_examples=5, phases=[Phase.generate])


@QUICK
@given(records(Thing, complete=True), st.data())
def test_a_complete_record_knows_every_fact(thing, data):
    for name in schema(Thing).features:
        assert fact(thing, name) is not None
    partly = data.draw(records(Thing, ids=st.just(7)))
    assert partly.thing == 7


def test_a_record_may_know_nothing_and_thresholds_come_up():
    assert find(records(Thing), lambda thing: thing.x is None and thing.marks is None)
    at = find(records(Thing, often={"x": [0.3]}), lambda thing: thing.x == 0.3)
    assert find(records(Thing), lambda thing: thing.color is not None).color
    assert at.x == 0.3


@pytest.mark.parametrize(
    ("lower", "upper", "often", "whole"),
    [
        (0.5, 0.75, (7.0,), False),
        (None, None, (), False),
        (0.25, 3.5, (2.5,), True),
        (-3, -1, (), True),
        (2, 2, (), True),
    ],
)
def test_numbers_keep_within_the_bounds_of_their_feature(lower, upper, often, whole):
    feature = Feature(name="x", kind=Kind.NUMBER, lower=lower, upper=upper, whole=whole)

    @QUICK
    @given(numbers_of(feature, often))
    def law(value):
        assert lower is None or lower <= value <= upper
        assert isinstance(value, int) is whole

    law()


@QUICK
@given(columns(DatedThings, max_size=2, details={"unit": "day"}, complete=True))
def test_columns_have_the_details_and_the_rows_that_were_asked_for(held):
    assert held.unit == "day"
    assert len(held) <= 2
    assert not any(held.has_absent(name) for name in held.names)


@QUICK
@given(portfolios(max_size=3))
def test_a_portfolio_is_of_customers(portfolio):
    assert type(portfolio) is Portfolio
    assert len(portfolio) <= 3


@pytest.mark.parametrize("zoned", [False, True, None])
def test_an_order_log_is_in_one_currency_and_of_few_customers(zoned):
    @QUICK
    @given(order_logs(min_size=1, zoned=zoned))
    def law(log):
        assert zoned is None or log.in_utc("ordered_at") is zoned
        assert len({repr(line.customer) for line in log}) <= 3
        assert {line.currency for line in log} == {log.one_currency}

    law()


def test_customers_come_back_in_an_order_log():
    logs = order_logs(min_size=2, max_size=2)
    assert find(logs, lambda log: log[0].customer == log[1].customer).one_currency is None
    assert len(find(order_logs(ids=st.just("C-1"), min_size=3), len)) == 3


@policy
class Narrow(Policy):
    """Two thresholds that must stand in order."""

    low: float | Quantile = threshold(default=1.0, unit="euro", meaning="low", source=OUR_DEFAULT)
    high: float | Quantile = threshold(
        default=Quantile("headroom", 0.5, otherwise=2.0), unit="euro", meaning="high"
    )

    def __attrs_post_init__(self):
        if not isinstance(self.high, Quantile) and self.low > self.high:
            raise InvalidValueError("low", "not exceed 'high'", self.low)


@QUICK
@given(policies(StrategyPolicy), policies(StrategyPolicy, plain=True), policies(Narrow, plain=True))
def test_policies_hold_their_defaults_and_other_numbers(any_one, plain, narrow):
    assert 0 <= any_one.attrition_risk_high <= 1
    assert plain.numbers() == plain.values()
    assert narrow.low <= narrow.high


def test_a_policy_of_defaults_is_the_simplest():
    assert find(policies(StrategyPolicy), lambda _: True) == StrategyPolicy()
    assert find(policies(Narrow), lambda each: not isinstance(each.high, Quantile)).high == 2.0


@QUICK
@given(tables(CustomerFacts, outcomes=["yes", "no"], max_rules=2, absence=False))
def test_tables_lead_where_they_were_asked_to(table):
    assert {rule.outcome for rule in table.rules} <= {"yes", "no"}
    assert len(table.rules) <= 3
    assert "Absent" not in repr(table.rules)


def test_bounds_are_those_of_every_rule():
    table = MatrixPolicy(cost_ratio_high=0.3, residual_value_high=100)
    assert bounds_in(StrategyPolicy().calibrate(Portfolio(customer=[1])).table())["headroom"]
    assert table.cost_ratio_high == 0.3


# ------------------------------------------------------------------------------------ the oracle


def test_the_oracle_reads_sets_word_by_word():
    facts = CustomerFacts(customer=1, significance={"benchmark": True, "door_opener": False})
    on = handles(CustomerFacts)
    words = ["benchmark", "door_opener", "inspiration"]
    assert [fact(facts, f"significance_{word}") for word in words] == [True, False, None]
    assert truth(on.any_of("significance"), facts) == "T"
    assert truth(on.status.is_in([Status.LOST]), facts) == "U"
    assert following((), facts, -1) is None


# ------------------------------------------------------------------------------- the entry point

TYPES = [ConsentEvent, CustomerFacts, Forecast, Order, PlanLine, Standing, Summary]
TYPES += [Contact, ContactFacts, ContactTask, TaskEvent]
COLUMNS = [
    Portfolio,
    ConsentEvents,
    OrderLog,
    Summaries,
    Forecasts,
    PlanLines,
    Standings,
]
COLUMNS += [ContactCandidates, ContactLog, ContactTasks, TaskEvents]


CHANNEL = [
    kind for kind in vars(channel).values() if isinstance(kind, type) and issubclass(kind, Columns)
]
DECIDING = [
    kind
    for kind in map(vars(relmkt.policies).get, relmkt.policies.__all__)
    if isinstance(kind, type) and issubclass(kind, Policy)
]


@pytest.mark.parametrize("kind", [*TYPES, *COLUMNS, *CHANNEL, *DECIDING, MatrixPolicy, Table])
def test_hypothesis_draws_our_types(kind):
    plugin.register()
    assert isinstance(find(st.from_type(kind), lambda _: True, settings=UNSHRUNK), kind)


def test_hypothesis_draws_tables_of_the_record_type_that_is_named():
    plugin.register()
    for kind, record_type in ((Table[Thing, str], Thing), (Table, CustomerFacts)):
        table = find(st.from_type(kind), lambda _: True, settings=UNSHRUNK)
        assert table.facts.record_type is record_type


def run(code, folder, **environment):
    known = {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT / 'src'}", **environment}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **known},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def installed(tmp_path):
    """A folder in which the entry points of pyproject.toml are, as pip would write them."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    told = tmp_path / "relmkt_of_this_test-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: relmkt-of-this-test\nVersion: 1\n")
    lines = [f"{name} = {place}" for name, place in declared["entry-points"]["hypothesis"].items()]
    (told / "entry_points.txt").write_text("\n".join(["[hypothesis]", *lines]))
    return tmp_path


@pytest.mark.parametrize(
    "first",
    ["import hypothesis, relmkt", "import relmkt, hypothesis", "import relmkt.testing.strategies"],
)
def test_the_entry_point_works_whatever_is_imported_first(first, installed):
    code = f"""{first}
from hypothesis import find, strategies as st
import sys
from relmkt import CustomerFacts
assert "relmkt.testing._plugin" in sys.modules
if "testing" not in {first!r}:
    assert "relmkt.testing.laws" not in sys.modules
    assert "relmkt.testing.strategies" not in sys.modules
print(find(st.from_type(CustomerFacts), lambda facts: facts.barred).barred)
"""
    told = run(code, installed)
    assert (told.stdout, told.stderr) == ("True\n", "")


def test_without_hypothesis_the_extra_is_named(tmp_path):
    hidden = "import sys; sys.modules['hypothesis'] = None; import relmkt.plans, relmkt.testing"
    told = run(hidden, tmp_path)
    assert MissingExtraError.__name__ in told.stderr
    assert "pip install 'relmkt[testing]'" in told.stderr
