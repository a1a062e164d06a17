"""The summary of a plan on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from relmkt.rules import shown

if TYPE_CHECKING:
    from relmkt.plan import Plan

__all__ = ["print_summary"]

_AT_RISK = 5


def print_summary(plan: Plan, console: Console) -> None:
    """Print strategies, the most valuable at risk, cash, and what was assumed or absent."""
    money = f" ({plan.currency})" if plan.currency else ""
    console.print(
        f"\nPlan of {plan.as_of} for {len(plan):,} customers"
        f", value over {plan.assumptions.horizon}{money}"
    )
    console.print(_strategies(plan))
    _print_at_risk(plan, console)
    _print_cash(plan, console, money)
    _print_sources(plan, console)
    for note in plan.notes:
        console.print(f"Note: {note}", markup=False, highlight=False)
    console.print(f"Policy version {plan.decisions.table.version}", highlight=False)


def _strategies(plan: Plan) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("strategy")
    for name in ("customers", "share", "value ahead", "share of value"):
        table.add_column(name, justify="right")
    lines = plan.strategies()
    total = sum(line.value for line in lines)
    for line in lines:
        share = f"{line.value / total:.1%}" if total > 0 else ""
        table.add_row(
            line.outcome.replace("_", " "),
            f"{line.customers:,}",
            f"{line.share:.1%}",
            f"{line.value:,.0f}",
            share,
        )
    table.add_section()
    table.add_row("all", f"{len(plan):,}", "100.0%", f"{total:,.0f}", "")
    return table


def _print_at_risk(plan: Plan, console: Console) -> None:
    lines = plan.at_risk(_AT_RISK)
    if not lines:
        return
    console.print("The most value at risk:")
    for line in lines:
        stake = (line.retained_value or 0.0) - (line.value or 0.0)
        console.print(
            Text(f"  {line.customer}: {stake:,.0f} at stake; {line.reason}"), soft_wrap=True
        )
    console.print()


def _print_cash(plan: Plan, console: Console, money: str) -> None:
    cash = plan.cash
    console.print(
        f"Cash{money}: {cash.released:,.0f} released, {cash.asked:,.0f} asked, "
        f"{cash.spent:,.0f} spent on the moves that gain most for each unit of it.",
        highlight=False,
    )
    for line in cash.lines:
        if line.customers:
            word = "releases" if line.side == "source" else "asks"
            reached = "" if line.side == "source" else f", {line.funded_customers:,} of them funded"
            console.print(
                f"  {line.strategy.replace('_', ' ')}: {line.customers:,} customers, "
                f"{word} {line.amount:,.0f}{reached}",
                highlight=False,
            )
    console.print()


def _print_sources(plan: Plan, console: Console) -> None:
    sources = plan.sources()
    given = [f"{s.name} ({s.given:,})" for s in sources if s.given]
    assumed = [f"{s.name} = {shown(s.value)} ({s.assumed:,})" for s in sources if s.assumed]
    wanted = [f"{s.name} ({s.unsettling:,})" for s in sources if s.unsettling]
    for title, names in (
        ("Given in the facts file", given),
        ("Assumed, for so many customers", assumed),
        ("Absent, and so many customers are undecided for want of it", wanted),
    ):
        if names:
            console.print(Text(f"{title}: {', '.join(names)}"), soft_wrap=True)
