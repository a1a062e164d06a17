"""The summary of a plan on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from relmkt._counts import counted
from relmkt.cli._assumed import told_assumptions
from relmkt.cli._contact_words import print_contacts, told_contact
from relmkt.domain import Approach
from relmkt.policies import ACTIONS, Action
from relmkt.rules import shown

if TYPE_CHECKING:
    from relmkt.calendars import Span
    from relmkt.plans import Plan, StrategyLine

__all__ = ["print_customer", "print_summary", "print_table", "printable", "shown_id"]

_AT_RISK = 5
_LONGEST_ID = 40
_LONGEST_WORD = 24
_NARROW = 60
_WIDE = 1_000


def shown_id(customer: Any) -> str:
    """An id for the screen: a long one cut, and no code in it that a terminal would obey."""
    text = printable(str(customer))
    return text if len(text) <= _LONGEST_ID else f"{text[:_LONGEST_ID]}…"


def printable(text: str) -> str:
    """A text for the screen, with no code in it that a terminal would obey."""
    return text if text.isprintable() else repr(text)[1:-1]


def print_summary(plan: Plan, console: Console) -> None:
    """Print strategies, the most valuable at risk, cash, and what was assumed or absent.

    On a terminal too narrow for a table its words are folded; no number is ever cut.
    """
    money = f", in {plan.currency}" if plan.currency else ""
    _say(
        console,
        f"\nPlan for {counted(len(plan), 'customer')} as of {plan.as_of}. "
        f"Value ahead is what is expected over {plan.assumptions.horizon}{money}, "
        "net of the cost to serve.\n",
    )
    print_table(_strategies(plan), console)
    _print_at_risk(plan, console)
    _print_approaches(plan, console)
    print_contacts(plan, console)
    _print_cash(plan, console)
    _print_sources(plan, console)
    _print_assumptions(plan, console)
    for note in plan.notes:
        _say(console, f"Note: {note}.")
    table = plan.decisions.table
    since = "" if table.basis is None else f", {table.basis}"
    _say(console, f"Strategy policy, version {table.version}{since}.")


def print_customer(plan: Plan, customer: Any, console: Console) -> None:
    """Print one customer's figures, and every rule with what made it hold or fail."""
    line = plan.line(plan.row_of(customer))
    assumed = plan.assumptions
    money = f"; amounts in {plan.currency}" if plan.currency else ""
    told = [f"customer {shown_id(line.customer)}, as of {plan.as_of}{money}"]
    for label, value in (
        ("status", line.status),
        ("tier", line.tier),
        (f"value ahead, over {assumed.horizon}", line.value),
        ("value ahead if retained", line.retained_value),
        (f"attrition risk, no purchase within {assumed.risk_horizon}", line.attrition_risk),
        ("probability of being active", line.probability_alive),
        (f"current profit, over the last {_last(assumed.period)}", line.current_profit),
    ):
        told.append(f"  {label}: {shown(value)}")
    told.append(str(plan.explain(customer)))
    told += [
        f"approach: {line.approach} ({line.approach_reason})",
        f"bond: {line.bond} ({line.bond_reason})",
        told_contact(line),
        "to do:",
        *(f"  {_told_action(ACTIONS[key])}" for key in (line.actions or "").split("; ")),
    ]
    told += [f"note: {note}" for note in plan.notes]
    console.print("\n".join(told), markup=False, highlight=False, soft_wrap=True)
    _say(console, "")
    _print_assumptions(plan, console)


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False)


def _last(period: Span) -> str:
    """The period after the words "the last": the last year, the last 2 years."""
    return period.unit if period.count == 1 else str(period)


def _table(*numbers: str, first: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(first, no_wrap=True)
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def print_table(table: Table, console: Console) -> None:
    """Print a table whole: where the terminal is too narrow it folds between words, or stands out.

    A line that stands out is wrapped by the terminal, which loses nothing.
    """
    for column in table.columns:
        column.min_width = max(map(_longest_word, (column.header, *column.cells)))
    least = Measurement.get(console, console.options.update_width(_WIDE), table).minimum
    if least > console.width:
        table.width = least
    console.print(table, crop=False)


def _longest_word(cell: object) -> int:
    """How wide a column must be for its words; of a long id, that cannot be had."""
    return min(_LONGEST_WORD, max(map(cell_len, str(cell).split()), default=0))


def _strategies(plan: Plan) -> Table:
    table = _table("customers", "share", "value ahead", "share of value", first="strategy")
    lines = plan.strategies()
    total = sum(line.value or 0.0 for line in lines)
    for line in lines:
        table.add_row(
            line.outcome.replace("_", " "),
            f"{line.customers:,}",
            f"{line.share:.1%}",
            *_value(line, total),
        )
    table.add_section()
    known = any(line.value is not None for line in lines)
    table.add_row("all", f"{len(plan):,}", "100.0%", f"{total:,.0f}" if known else "unknown", "")
    return table


def _value(line: StrategyLine, total: float) -> tuple[str, str]:
    if line.value is None:
        return "unknown", ""
    return f"{line.value + 0.0:,.0f}", f"{line.value / total:.1%}" if total > 0 else ""


def _print_at_risk(plan: Plan, console: Console) -> None:
    lines = plan.at_risk(_AT_RISK)
    if not lines:
        return
    _say(console, "\nThe most value at risk, among the customers to protect:\n")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("customer", overflow="fold")
    table.add_column("at stake", justify="right")
    table.add_column("reason")
    for line in lines:
        known = line.retained_value is not None and line.value is not None
        stake = (line.retained_value or 0.0) - (line.value or 0.0)
        table.add_row(
            Text(shown_id(line.customer)),
            f"{stake:,.0f}" if known else "unknown",
            Text(line.reason or ""),
        )
    print_table(table, console)


def _told_action(action: Action) -> str:
    ways = f" ({', '.join(action.channels)})" if action.channels else ""
    return f"{action.text}{ways}"


def _print_approaches(plan: Plan, console: Console) -> None:
    """How many customers are to be approached how, the least costly level first."""
    counts = plan.approaches.counts()
    table = _table("customers", "share", first="approach")
    for word in (*Approach, *(word for word in counts if word not in tuple(Approach))):
        if counts[word]:
            table.add_row(word.value, f"{counts[word]:,}", f"{counts[word] / len(plan):.1%}")
    _say(console, "\nHow close to come to them, by the segment, the least costly first:\n")
    print_table(table, console)


def _print_cash(plan: Plan, console: Console) -> None:
    cash = plan.cash
    lines = [line for line in cash.lines if line.customers or line.unknown]
    if not lines:
        _say(console, "\nCash: no move of this plan releases or asks for any.\n")
        return
    money = f" ({plan.currency})" if plan.currency else ""
    told = f"\nCash{money}: {cash.released:,.0f} released, "
    if cash.asked:
        told += (
            f"{cash.asked:,.0f} asked; {cash.spent:,.0f} of that can be paid from what is "
            "released, first where a unit of it gains most.\n"
        )
    else:
        told += "none asked" + (
            ": no cost of a move is stated (as by --cost-of-regaining 3).\n"
            if _moves_free(plan)
            else ".\n"
        )
    _say(console, told)
    table = _table("customers", "releases", "asks", "funded", first="move")
    for line in lines:
        is_source = line.side == "source"
        amount = f"{line.amount:,.0f}"
        table.add_row(
            line.strategy.replace("_", " "),
            f"{line.customers + line.unknown:,}",
            amount if is_source else "",
            "" if is_source else amount,
            "" if is_source else f"{line.funded_customers:,}",
        )
    print_table(table, console)
    unknown = sum(line.unknown for line in lines)
    if unknown:
        _say(
            console, f"The amount is unknown for {counted(unknown, 'customer')}, who are in no sum."
        )
    _say(console, "")


def _moves_free(plan: Plan) -> bool:
    assumed = plan.assumptions
    return not any(
        (
            assumed.cost_of_acquisition,
            assumed.cost_of_regaining,
            assumed.cost_of_protecting,
            assumed.cost_of_enhancing,
        )
    )


def _print_assumptions(plan: Plan, console: Console) -> None:
    for told in told_assumptions(plan):
        _say(console, told)
    _say(console, "")


def _print_sources(plan: Plan, console: Console) -> None:
    sources = plan.sources()
    for title, counts in (
        ("Given in the facts file:", {source.name: source.given for source in sources}),
        (
            "Assumed, and a decision rests on it (--assume states otherwise):",
            {f"{source.name}={shown(source.value)}": source.relied_on for source in sources},
        ),
        (
            "Absent, so that a strategy could not be told (a facts file or --assume may tell):",
            {source.name: source.unsettling for source in sources},
        ),
    ):
        grouped: dict[int, list[str]] = {}
        for name, count in counts.items():
            if count:
                grouped.setdefault(count, []).append(name)
        if not grouped:
            continue
        _say(console, title)
        lines = [
            (f"  for {counted(count, 'customer')}:", ", ".join(names))
            for count, names in sorted(grouped.items(), reverse=True)
        ]
        if console.width < _NARROW:
            for who, names in lines:
                _say(console, f"{who} {names}")
            continue
        table = Table.grid(padding=(0, 1))
        table.add_column(justify="right", no_wrap=True)
        table.add_column()
        for who, names in lines:
            table.add_row(who, Text(names))
        console.print(table)
    if any(source.given or source.relied_on or source.unsettling for source in sources):
        _say(console, "")
