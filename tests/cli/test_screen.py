"""The summary on the screen: complete, in words, and readable on a narrow terminal."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import attrs
import numpy as np
import pytest
from rich.console import Console

import relmkt
from relmkt.assumptions import Assumptions
from relmkt.cli._demo import DEMO_ASSUMPTIONS
from relmkt.cli._screen import print_customer, print_summary, shown_id
from relmkt.columns import Portfolio
from relmkt.datasets import cdnow_orders, synthetic_facts
from relmkt.domain import Approach
from relmkt.policies import ACTIONS
from relmkt.thresholds import thresholds
from tests.market import DAY, MODELS, log_of


@pytest.fixture(scope="module")
def made():
    log = cdnow_orders()
    facts = synthetic_facts(log.ids.tolist(), seed=3)
    return relmkt.plan(log, as_of=log.last_day(), facts=facts, assumptions=DEMO_ASSUMPTIONS)


def printed(plan, width=100):
    paper = io.StringIO()
    print_summary(plan, Console(file=paper, width=width, highlight=False))
    return paper.getvalue()


def planned(market, **options):
    return relmkt.plan(log_of(market), as_of=DAY, **({"models": MODELS} | options))


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal_and_no_number_is_lost(made, width):
    told = printed(made, width)
    assert max(map(len, told.splitlines())) <= width
    for line in made.strategies():
        assert f" {line.customers:,} " in told
        assert f"{line.share:.1%}" in told
        assert line.outcome.replace("_", " ") in told
        if line.value is not None:
            assert f" {line.value + 0.0:,.0f} " in told
    for line in made.at_risk(5):
        assert str(line.customer) in told
    assert made.decisions.table.version in told


def numbers_of(text):
    return sorted(re.findall(r"\d(?:[\d,.:-]*\d)?%?", text))


@pytest.mark.parametrize("width", [20, 30, 40, 50])
def test_on_a_narrow_terminal_every_number_stands_whole(made, width):
    # Amounts in the millions are what a narrow column would cut first.
    rich = attrs.evolve(
        made,
        portfolio=made.portfolio.replace(
            residual_value=made.portfolio.residual_value * 1e5,
            retained_value=made.portfolio.retained_value * 1e5,
        ),
    )
    for plan in (made, rich):
        wide, narrow = printed(plan, 1_000), printed(plan, width)
        assert len(numbers_of(wide)) > 80
        assert numbers_of(narrow) == numbers_of(wide)
        assert "…" not in narrow
    assert re.search(r"\d,\d{3},\d{3},\d{3} ", narrow)


@pytest.mark.parametrize("width", [30, 60, 100])
def test_every_assumption_is_told_as_stated_or_as_a_default(width):
    stated = Assumptions(
        margin_rate=0.285,
        cost_per_order=0.005,
        contacts_per_period=4,
        discount_rate="12% per year",
        lost_after_gaps=3,
        period="2 months",
        currency="EUR",
        facts={"headroom": 3.0, "barred": False},
    )
    told = " ".join(printed(planned([{DAY: 5.0}], assumptions=stated), width).split())
    first, default = told.split(" Stated: ")[1].split(" By default (relmkt plan --help says")
    for name in (
        "margin rate = 28.5% of revenue;",
        "cost per order = 0.005 EUR;",
        "contacts per period = 4;",
        "discount rate = 12% per year;",
        "lost after gaps = 3 times the cohort's gap;",
        "period = 2 months;",
        "currency = EUR;",
        "headroom where absent = 3;",
        "competitor_pull where absent = unknown",
    ):
        assert name in first
        assert name not in default
    assert "barred" not in first
    for name in (
        "horizon = 3 years;",
        "risk horizon = 6 months;",
        "lost below = 20%;",
        "avoidable share = 100% of cost to serve;",
        "no cost per contact, per period, of acquisition, of regaining, of protecting, of",
    ):
        assert name in default
        assert name not in first
    for setting in thresholds(Assumptions):
        if setting.unit != "facts":
            name = setting.name.replace("_", " ")
            assert name.removeprefix("cost ") in first + default


def test_where_nothing_was_stated_only_the_defaults_are_told():
    told = printed(planned([{DAY: 5.0}]))
    assert "Stated:" not in told
    assert told.count("By default (") == 1
    nothing = printed(planned([{DAY: 5.0}], assumptions=Assumptions(facts={})))
    assert "Stated: nothing taken for absent facts." in nothing


@pytest.mark.parametrize(
    ("period", "told"),
    [
        ("1 year", "the last year:"),
        ("1 month", "the last month:"),
        ("2 years", "the last 2 years:"),
    ],
)
def test_the_last_period_is_told_as_one_says_it(period, told):
    plan = planned([{DAY: 5.0}], assumptions=Assumptions(period=period))
    paper = io.StringIO()
    print_customer(plan, "C-0", Console(file=paper, width=60))
    assert f"  current profit, over {told} 1.50\n" in paper.getvalue()


def test_the_most_valuable_at_risk_come_with_what_is_at_stake_and_the_reason(made):
    told = " ".join(printed(made, 300).split())
    for line in made.at_risk(5):
        assert f"{line.customer} {line.retained_value - line.value:,.0f} {line.reason}" in told


def test_the_shares_of_value_add_up_to_all(made):
    lines = printed(made).splitlines()
    table = lines[lines.index(next(line for line in lines if line.startswith("strategy"))) + 2 :]
    shares = []
    for line in table:
        if line.startswith("all"):
            break
        if line.rstrip().endswith("%") and line.count("%") == 2:
            shares.append(float(line.split()[-1].rstrip("%")))
    assert len(shares) >= 8
    assert sum(shares) == pytest.approx(100.0, abs=0.5)


def test_cash_is_told_by_move(made):
    told = " ".join(printed(made).split())
    cash = made.cash
    assert f"Cash (USD): {cash.released:,.0f} released, {cash.asked:,.0f} asked;" in told
    for line in cash.lines:
        if line.customers:
            assert (
                f"{line.strategy.replace('_', ' ')} {line.customers:,} {line.amount:,.0f}" in told
            )


def test_what_was_given_and_assumed_is_told(made):
    told = printed(made)
    given = told[told.index("Given in the facts file:") : told.index("Assumed, and a decision")]
    assert "for 2,417 customers: barred" in given
    assert "for 60 customers: status" in given
    assert "significance_high_volume=no" in told
    # Nobody's move rests on this one: prospects are decided before it is asked for.
    assert "headroom=0" not in told


def test_what_was_absent_is_told_with_those_who_wait_for_it():
    told = " ".join(printed(planned([{DAY: 5.0}] * 3, models=None)).split())
    absent = told[told.index("Absent, so that a strategy could not be told") :]
    assert "for 3 customers: status, acquisition_gain, winback_gain, retained_value" in absent
    assert "Note: no forecasts of purchases (BG/NBD), too little data:" in told


def test_an_unknown_value_is_told_as_unknown_and_never_as_zero():
    told = printed(planned([{DAY: 5.0}], models=None))
    row = next(line for line in told.splitlines() if line.startswith("undecided"))
    assert row.split() == ["undecided", "1", "100.0%", "unknown"]
    assert (
        next(line for line in told.splitlines() if line.startswith("all")).split()[-1] == "unknown"
    )


def test_one_customer_is_no_customers():
    told = printed(planned([{DAY: 5.0}]))
    assert "Plan for 1 customer as of" in told
    assert "1 customers" not in told


def test_without_moves_that_cost_or_bring_there_is_no_table_of_cash():
    plan = planned([{DAY: 5.0}], models=None)
    assert "Cash: no move of this plan releases or asks for any." in printed(plan)


def test_moves_whose_cost_nobody_stated_ask_for_none_and_it_is_told_how_to_state_it():
    closed = Portfolio(customer=["C-0"], status=["lost"])
    market = [{DAY - timedelta(days=9): 5.0, DAY: 5.0}]
    told = printed(planned(market, facts=closed))
    hint = "none asked: no cost of a move is stated (as by --cost-of-regaining 3)."
    assert f"Cash: 0 released, {hint}" in told
    assert "of regaining" in " ".join(told.split()).split("no cost per order")[1]
    dear = Assumptions(cost_of_regaining=1.0)
    told = printed(planned(market, facts=closed, assumptions=dear))
    assert "Cash: 0 released, 1 asked; 0 of that can be paid from what is released" in told


def test_amounts_that_are_unknown_are_counted():
    closed = Portfolio(customer=["C-0"], status=["lost"], significance_benchmark=[True])
    plan = planned([{DAY - timedelta(days=9): 5.0, DAY: 5.0}], models=None, facts=closed)
    assert plan.line(0).strategy == "win_back"
    harvested = attrs.evolve(
        plan.cash, lines=[attrs.evolve(line, unknown=2) for line in plan.cash.lines[:1]]
    )
    told = printed(attrs.evolve(plan, cash=harvested))
    assert "The amount is unknown for 2 customers, who are in no sum." in told


def test_ids_that_would_steer_the_terminal_or_fill_it_are_tamed():
    assert shown_id("C-17") == "C-17"
    assert shown_id(17) == "17"
    assert shown_id("a\x1b[2J\nb") == "a\\x1b[2J\\nb"
    assert shown_id("x" * 1_000) == "x" * 40 + "…"
    assert shown_id("[bold]") == "[bold]"


def test_ids_that_look_like_markup_are_printed_as_they_are():
    market = [{DAY - timedelta(days=200): 90.0, DAY - timedelta(days=190): 80.0}]
    log = log_of(market, names=["[bold red]"])
    stated = Assumptions(lost_below=0.0)
    pull = Portfolio(customer=["[bold red]"], competitor_pull=[0.9])
    plan = relmkt.plan(log, as_of=DAY, models=MODELS, assumptions=stated, facts=pull)
    assert plan.line(0).strategy == "protect"
    assert "[bold red]" in printed(plan)
    paper = io.StringIO()
    print_customer(plan, "[bold red]", Console(file=paper, width=60))
    assert paper.getvalue().startswith("customer [bold red], as of")


def test_one_customer_is_printed_with_figures_and_notes():
    plan = planned([{DAY: 5.0}], models=None, assumptions=Assumptions(currency="EUR"))
    paper = io.StringIO()
    print_customer(plan, "C-0", Console(file=paper, width=60))
    told = paper.getvalue()
    assert told.startswith(f"customer C-0, as of {DAY}; amounts in EUR\n")
    assert "  value ahead, over 3 years: unknown\n" in told
    assert "  current profit, over the last year: 1.50\n" in told
    assert "\nnote: no forecasts of purchases (BG/NBD), too little data" in told
    assert "\nStated: currency = EUR.\n" in told
    assert "\nBy default (relmkt plan --help says" in told


def test_the_approaches_are_told_the_least_costly_first(made):
    told = printed(made, 100)
    part = told.split("How close to come to them")[1].split("Cash")[0]
    counts = {str(word): count for word, count in made.approaches.counts().items() if count}
    found = [
        line.split()[:2]
        for line in part.splitlines()
        if line.split()[:1] and line.split()[0] in counts
    ]
    assert {name: int(count.replace(",", "")) for name, count in found} == counts
    order = [str(word) for word in Approach if word in counts]
    assert [name for name, _ in found][: len(order)] == order


def test_a_customer_is_told_with_approach_bond_and_what_to_do(made):
    row = int(np.flatnonzero(made.approaches.where(Approach.PARTNERSHIP))[0])
    console = Console(file=io.StringIO(), width=200)
    print_customer(made, made.portfolio.ids[row], console)
    told = console.file.getvalue()
    line = made.line(row)
    assert f"approach: partnership ({line.approach_reason})" in told
    assert f"bond: financial ({line.bond_reason})" in told
    for key in line.actions.split("; "):
        action = ACTIONS[key]
        assert action.text in told
        assert ", ".join(action.channels) in told


def test_facts_of_relationships_that_are_assumed_otherwise_are_stated():
    stated = Assumptions(relationship_facts={"bond_now": "social"})
    told = printed(planned([{DAY: 5.0}], assumptions=stated), 200)
    assert "bond_now where absent = social" in told
    assert "next_bond_gain where absent = unknown" in told
