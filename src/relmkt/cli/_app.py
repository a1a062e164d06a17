"""The commands plan, explain and demo."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import click
from rich.console import Console

import relmkt
from relmkt.adapters.files import read_facts, read_orders, write_rows
from relmkt.cli._options import (
    assumption_options,
    assumptions_from,
    order_options,
    policy_from,
)
from relmkt.cli._screen import print_summary
from relmkt.errors import FileError, RelmktError
from relmkt.plan import Plan, PlanLines
from relmkt.rules import shown

__all__ = ["run"]

_WORDS = Console(stderr=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(relmkt.__version__, prog_name="relmkt")
def app() -> None:
    r"""Find the right relationship strategy for every customer, with the reason.

    \b
    See it on a published sample:   relmkt demo
    On your own orders:             relmkt plan orders.csv --out plan.csv
    Why, for one customer:          relmkt explain orders.csv --customer C-17

    Results go to standard output, words about the work to standard error. The command ends with 0
    if all went well, 1 if the data are at fault, 2 if the command line is.
    """


@app.command()
@order_options("--customer")
@click.option(
    "--out",
    metavar="FILE",
    help="Write the plan to a .csv, .parquet or .jsonl file; - is standard output, as CSV.",
)
@assumption_options()
def plan(orders: str, out: str | None, **options: Any) -> None:
    r"""Plan the next move for every customer in ORDERS, a file of orders (- is standard input).

    ORDERS is CSV, Parquet or JSON lines with a customer, a date and an amount in each row; a refund
    is a negative amount. What orders cannot tell comes from --facts: competitor_pull, headroom,
    cost_reducible, significance, barred, and prospects with the status "prospect".

    \b
    relmkt plan orders.csv
    relmkt plan orders.csv --facts known.csv --margin-rate 0.4 --out plan.csv
    zcat orders.csv.gz | relmkt plan - --customer who --date day --amount eur --out -
    """
    made = _planned(orders, options)
    if out is not None:
        with _telling("writing the plan"):
            _write(out, made.lines())
    print_summary(made, _WORDS if out == "-" else Console(highlight=False))
    if out not in (None, "-"):
        _say(f"{out}: {len(made):,} customers written")


@app.command()
@order_options("--customer-column")
@click.option("--customer", metavar="ID", required=True, help="The customer to explain.")
@assumption_options()
def explain(orders: str, customer: str, **options: Any) -> None:
    r"""Say why one customer in ORDERS has the strategy: every rule, and what made it hold or fail.

    \b
    relmkt explain orders.csv --customer C-17
    """
    made = _planned(orders, options)
    line = made.line(made.row_of(customer))
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(f"customer {line.customer}, as of {made.as_of}")
    for name in ("status", "tier", "value", "retained_value", "attrition_risk", "current_profit"):
        value = getattr(line, name)
        console.print(f"  {name.replace('_', ' ')}: {shown(value)}")
    console.print(str(made.explain(customer)))


@app.command()
@click.option(
    "--out",
    metavar="DIR",
    default="relmkt-demo",
    show_default=True,
    help="Folder for the plan, the facts and the picture.",
)
def demo(out: str) -> None:
    """Plan the CDNOW sample, 6,919 published orders of 2,357 customers, with made-up facts beside.

    Orders cannot tell what competitors do or who could buy more, so a seeded generator makes such
    facts up; the file says so in its name. Written to the folder: plan.csv, facts-synthetic.csv and
    strategies.png.
    """
    from relmkt.cli._demo import run_demo

    with _telling("planning") as tell:
        made, written = run_demo(Path(out), tell)
    print_summary(made, Console(highlight=False))
    for path in written:
        _say(f"{path} written")


def _planned(orders: str, options: dict[str, Any]) -> Plan:
    assumptions, policy = assumptions_from(options), policy_from(options)
    with _telling("reading the orders") as tell:
        read = read_orders(
            orders,
            customer=options["customer_column"],
            date=options["date"],
            amount=options["amount"],
            columns={
                name: options[option]
                for name, option in (
                    ("margin", "margin"),
                    ("unit_cost", "unit_cost"),
                    ("quantity", "quantity"),
                    ("currency", "currency_column"),
                )
                if options[option] is not None
            },
            delimiter=options["delimiter"],
            encoding=options["encoding"],
            decimal=options["decimal"],
            date_format=options["date_format"],
            format=options["file_format"],
            stdin=sys.stdin.buffer,
            progress=tell,
        )
        facts = None if options["facts"] is None else read_facts(options["facts"]).facts
        if not len(read.log):
            raise FileError(orders, "holds no order", remedy="a plan needs at least one")
        as_of = options["as_of"]
        if as_of is None:
            as_of = read.log.last_day(options["zone"])
            _say(f"as of {as_of}, the day of the last order (--as-of states another)")
        made = relmkt.plan(
            read.log,
            as_of=as_of,
            facts=facts,
            assumptions=assumptions,
            policy=policy,
            zone=options["zone"],
            progress=tell,
        )
    if read.duplicate_rows:
        _say(
            f"{orders}: {read.duplicate_rows:,} rows are identical to earlier ones; "
            "they were kept, for a customer may buy the same twice"
        )
    return made


def _write(out: str, lines: PlanLines) -> None:
    columns = {name: lines.values(name) for name in lines.names}
    write_rows(out, columns, stream=sys.stdout.buffer if out == "-" else None)


def _say(text: str) -> None:
    _WORDS.print(text, markup=False, highlight=False, soft_wrap=True)


@contextlib.contextmanager
def _telling(stage: str) -> Generator[Callable[[str], None]]:
    """Show the stage of long work where somebody is watching."""
    if not _WORDS.is_terminal:
        yield _nothing
        return
    with _WORDS.status(stage) as status:
        yield status.update


def _nothing(stage: str) -> None:
    del stage


def run() -> None:
    """Run the command; a user's mistake ends in a sentence, never in a traceback."""
    try:
        app(prog_name="relmkt")
    except RelmktError as error:
        _WORDS.print(f"relmkt: {error}", markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(1) from None
    except BrokenPipeError:
        # Whoever read our output has enough; Python must not try to flush the rest into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
