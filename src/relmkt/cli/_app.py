"""The commands plan, explain and demo, and those that have a file of their own."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NoReturn, cast

import click
from rich.console import Console

import relmkt
from relmkt._counts import counted
from relmkt.adapters.files import (
    OrderOptions,
    OrdersRead,
    SummariesRead,
    read_facts,
    read_orders,
    read_summaries,
    rows_of,
    write_blocks,
    write_text,
)
from relmkt.assumptions import Assumptions
from relmkt.cli._channel import channel
from relmkt.cli._channel_words import print_review
from relmkt.cli._contacts import (
    agenda,
    contact_options,
    contact_options_from,
    write_contact_calendar,
    write_tasks,
)
from relmkt.cli._decide import decide
from relmkt.cli._options import (
    assumption_options,
    assumptions_from,
    checked_out,
    checked_output,
    kept_whole,
    order_options,
    policy_option,
    told_in_options,
)
from relmkt.cli._policy_files import stated_policy, write_policy
from relmkt.cli._replay import (
    print_replay,
    replay_options,
    replayed,
    steady_from,
    write_paths,
)
from relmkt.cli._reporting import Reporting, report_options
from relmkt.cli._screen import print_customer, print_summary, shown_id
from relmkt.cli._table import table
from relmkt.cli._verify import verify
from relmkt.cli._watching import Watching, watching
from relmkt.columns import Portfolio, Relationships
from relmkt.errors import RelmktError, UnknownNameError
from relmkt.pipeline import PLANNED, plan_from_summaries
from relmkt.plans import Plan
from relmkt.policies import steady_policy_to_json

__all__ = ["run"]

_WORDS = Console(stderr=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(relmkt.__version__, prog_name="relmkt")
def app() -> None:
    """Find the right relationship strategy for every customer, with the reason.

    \b
    See it on a published sample:   relmkt demo
    On your own orders:             relmkt plan orders.csv --out plan.csv
    Why, for one customer:          relmkt explain orders.csv --customer C-17
    Whom to contact on a day:       relmkt agenda plan.csv --day 2026-03-31
    How the strategies moved:       relmkt replay orders.csv --every month
    Brands, dealers and rebates:    relmkt channel sales.csv --dealers d.csv --agreements a.csv
    Check the policy, read aloud:   relmkt verify --rules
    On facts, line by line:         relmkt decide policy.json < facts.jsonl

    Results go to standard output, words about the work to standard error. The command ends with 0
    if all went well, 1 if the data are at fault, 2 if the command line is.
    """  # noqa: D301  (click reads the backspace)


@app.command(short_help="Plan the next move for every customer in a file of orders.")
@order_options("--customer")
@click.option(
    "--out",
    metavar="FILE",
    callback=checked_out,
    help="Write the plan to a .csv, .parquet or .jsonl file; - is standard output, as CSV.",
)
@click.option(
    "--policy-out",
    metavar="FILE",
    help="Write the policy that decided, its thresholds as numbers, as JSON for relmkt decide.",
)
@policy_option
@contact_options
@report_options
@assumption_options()
def plan(
    orders: str, out: str | None, policy_out: str | None, reporting: Reporting, **options: Any
) -> None:
    """Plan the next move for every customer in ORDERS, a file of orders (- is standard input).

    ORDERS is CSV, Parquet or JSON lines with a customer, a date and an amount in each row; a refund
    is a negative amount. What orders cannot tell comes from --facts: competitor_pull, headroom,
    cost_reducible, significance, barred, and prospects with the status "prospect"; and how each
    customer is approached: approach_now, approach_since, segment, wants_closeness, bond_now.

    \b
    relmkt plan orders.csv
    relmkt plan orders.csv --facts known.csv --margin-rate 0.4 --out plan.csv
    relmkt plan orders.csv --contact-facts consent.csv --calendar plan.ics
    relmkt plan orders.csv --out plan.csv --report report.html --since last-month.csv
    relmkt plan orders.parquet --memory 512MB --out plan.parquet
    zcat orders.csv.gz | relmkt plan - --customer who --date day --amount eur --out -
    """  # noqa: D301
    kept_whole(
        {
            "--out": out,
            "--policy-out": policy_out,
            "--calendar": options["calendar"],
            "--tasks-out": options["tasks_out"],
            "--report": reporting.report,
        },
        read={
            "orders": orders,
            "facts": options["facts"],
            "policy": options["policy"],
            "contact facts": options["contact_facts"],
            "contacts": options["contacted"],
            "tasks": options["tasks"],
            "consent": options["consent"],
        },
    )
    if out is None:
        checked_output()
    made = _planned(orders, options)
    reporting.check(made)
    if policy_out is not None:
        write_policy(policy_out, made.policy, made.decisions.table.basis)
    if out is not None:
        with watching(_WORDS, "writing the plan") as tell:
            _write(out, made, tell)
    calendar, tasks_out = options["calendar"], options["tasks_out"]
    with told_in_options():
        entered = None if calendar is None else write_contact_calendar(calendar, made)
        noted = None if tasks_out is None else write_tasks(tasks_out, made)
    if reporting.report is not None:
        with watching(_WORDS, "writing the report"):
            reporting.write(made)
    print_summary(made, _WORDS if "-" in (out, tasks_out) else Console(highlight=False))
    if out not in (None, "-"):
        _say(f"{out}: {counted(len(made), 'customer')} written")
    if entered is not None:
        _say(f"{calendar}: {counted(entered, 'contact')} written")
    if noted is not None and tasks_out != "-":
        _say(f"{tasks_out}: {counted(noted, 'planned contact')} written")
    if policy_out is not None:
        _say(f"{policy_out}: policy {made.decisions.table.version} written")
    if reporting.report is not None:
        _say(f"{reporting.report}: report written")


@app.command(short_help="Say why one customer has the strategy.")
@order_options("--customer-column")
@click.option("--customer", metavar="ID", required=True, help="The customer to explain.")
@policy_option
@assumption_options()
def explain(orders: str, customer: str, **options: Any) -> None:
    """Say why one customer in ORDERS has the strategy: every rule, and what made it hold or fail.

    \b
    relmkt explain orders.csv --customer C-17
    """  # noqa: D301
    checked_output()
    made = _planned(orders, options)
    print_customer(made, customer, Console())


@app.command(short_help="Show how the strategies of a portfolio moved over time.")
@order_options("--customer", past=True)
@replay_options()
@assumption_options()
def replay(orders: str, out: str | None, steady_out: str | None, **options: Any) -> None:
    """Show how the customers in ORDERS would have moved between strategies, look by look.

    Each look knows the orders up to its day and no later ones. Beside the path that the thresholds
    alone lead along stands the steady one: an outcome is left at another threshold than it is
    entered, must be proposed at several looks in a row, and lasts for a time at least.

    \b
    relmkt replay orders.csv --every month
    relmkt replay orders.csv --every week --from 2025-01-01 --to 2025-12-31 --out paths.csv
    relmkt replay orders.csv --dwell "6 months" --confirmations 3 --exit attrition_risk_high=0.35
    relmkt replay orders.csv --policy policy.json --steady-out steady.json
    relmkt replay orders.csv --steady steady.json
    """  # noqa: D301
    kept_whole(
        {"--out": out, "--steady-out": steady_out},
        read={"orders": orders, **{name: options[name] for name in ("facts", "policy", "steady")}},
    )
    if out is None:
        checked_output()
    assumptions = assumptions_from(options)
    steady = steady_from({**options, "steady_out": steady_out})
    with told_in_options(), watching(_WORDS, "reading the orders") as tell:
        read = _read(orders, {**options, "memory": None}, assumptions, tell)
        _tell_columns(orders, read, options)
        facts = None if options["facts"] is None else _known_facts(options, tell)[0]
        made = replayed(cast("OrdersRead", read).log, steady, assumptions, facts, options, tell)
        if out is not None:
            write_paths(out, made, tell)
        if steady_out is not None:
            write_text(steady_out, steady_policy_to_json(made.policy))
    console = _WORDS if out == "-" else Console(highlight=False)
    print_replay(made, console)
    when = "every look" if options["refit"] else "the first look whose orders allow it"
    console.print(f"Models are fitted at {when}; no look knows later orders.", highlight=False)
    if out not in (None, "-"):
        looks = counted(len(made.days), "look")
        _say(f"{out}: {counted(len(made), 'customer')} at {looks} written")
    if steady_out is not None:
        _say(f"{steady_out}: policy {made.policy.steady().version} written")


@app.command(short_help="Plan a published sample of orders, to see what comes out.")
@click.option(
    "--out",
    metavar="DIR",
    default="relmkt-demo",
    show_default=True,
    help="Folder for the plan, the facts, the picture and the report.",
)
@click.option(
    "--channel",
    "of_channel",
    is_flag=True,
    help="Review a synthetic channel of dealers instead, whose truth is known.",
)
def demo(out: str, of_channel: bool) -> None:
    """Plan the CDNOW sample, 6,919 published orders of 2,357 customers, with made-up facts beside.

    Orders cannot tell what competitors do or who could buy more, so a seeded generator makes such
    facts up; the file says so in its name. Written to the folder: plan.csv, facts-synthetic.csv,
    strategies.png and report.html.

    With --channel a market of dealers is made up instead, reviewed as relmkt channel does, and what
    was found is held against the truth. Written to the folder: sales-synthetic.csv,
    dealers-synthetic.csv, agreements-synthetic.csv, brands-synthetic.csv, schedules-synthetic.json,
    procedures-synthetic.csv, contacts-synthetic.csv, trainings-synthetic.csv,
    attitudes-synthetic.csv, dealer-facts-synthetic.csv, dealers-out.csv and channel.html.
    """
    if of_channel:
        _demo_channel(Path(out))
        return
    from relmkt.cli._demo import run_demo

    with watching(_WORDS, "planning") as tell:
        made, written, left_out = run_demo(Path(out), tell)
    console = Console(highlight=False)
    print_summary(made, console)
    console.print(
        "The facts beside the orders, and all costs, are synthetic: made up by a seeded generator."
    )
    for path in written:
        _say(f"{path} written")
    if left_out is not None:
        _say(f"no report is written: {left_out}")


def _demo_channel(folder: Path) -> None:
    from relmkt.cli._channel_demo import print_recovery, run_channel_demo

    with watching(_WORDS, "making up a market") as tell:
        made = run_channel_demo(folder, tell)
    console = Console(highlight=False)
    print_review(made.review, console)
    print_recovery(made, console)
    for path in made.written:
        _say(f"{path} written")


app.add_command(agenda)
app.add_command(channel)
app.add_command(verify)
app.add_command(decide)
app.add_command(table)


def _planned(orders: str, options: dict[str, Any]) -> Plan:
    if options["policy"] == "-":
        raise click.UsageError("--policy cannot be standard input; write the policy to a file")
    assumptions, policy = assumptions_from(options), stated_policy(options["policy"], options)
    with told_in_options(), watching(_WORDS, "reading the orders") as tell:
        read = _read(orders, options, assumptions, tell)
        _tell_columns(orders, read, options)
        known = None if options["facts"] is None else _known_facts(options, tell)
        facts, relationships = (None, None) if known is None else known
        as_of = options["as_of"]
        if as_of is None:
            as_of = (
                read.log.last_day(options["zone"])
                if isinstance(read, OrdersRead)
                else read.summaries.as_of
            )
            _say(f"as of {as_of}, the day of the last order (--as-of states another)")
        contacts = contact_options_from(options, options["zone"], tell)
        if isinstance(read, OrdersRead):
            made = relmkt.plan(
                read.log,
                as_of=as_of,
                facts=facts,
                relationships=relationships,
                assumptions=assumptions,
                policy=policy,
                contacts=contacts,
                zone=options["zone"],
                progress=tell,
            )
        else:
            made = plan_from_summaries(
                read.summaries,
                facts=facts,
                relationships=relationships,
                assumptions=assumptions,
                policy=policy,
                contacts=contacts,
                progress=tell,
            )
    if read.duplicate_rows:
        kept = "are identical to earlier ones; they were"
        if read.duplicate_rows == 1:
            kept = "is identical to an earlier one; it was"
        rows = counted(read.duplicate_rows, "row")
        _say(f"{orders}: {rows} {kept} kept, for a customer may buy the same twice")
    elif read.duplicate_rows is None:
        _say(f"{orders}: identical rows, if any, were kept and not counted (--count-duplicates)")
    return made


def _read(
    orders: str, options: dict[str, Any], assumptions: Assumptions, tell: Watching
) -> OrdersRead | SummariesRead:
    """The orders; where memory is bounded, what they say of each customer instead."""
    reading = OrderOptions(
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
        stdin=None if sys.stdin is None else sys.stdin.buffer,
        progress=tell,
    )
    if options["memory"] is None:
        return read_orders(orders, **reading)
    return read_summaries(
        orders,
        memory=options["memory"],
        as_of=options["as_of"],
        zone=options["zone"],
        period=assumptions.period,
        only=PLANNED,
        duplicates=options["count_duplicates"],
        watch=tell.done,
        **reading,
    )


_CALLED = {"ordered_at": "date"}
"""Fields that the command calls otherwise than `Order` does."""


def _tell_columns(orders: str, read: OrdersRead | SummariesRead, options: dict[str, Any]) -> None:
    """Say which column was read as what, where the user has not said all of it."""
    asked = {"customer": "customer_column", "currency": "currency_column"}
    unasked = {
        name: column
        for field, column in read.columns.items()
        if options.get(asked.get(name := _CALLED.get(field, field), name)) is None
    }
    if all(name in ("customer", "date", "amount") and name == unasked[name] for name in unasked):
        return
    told = (f"{_CALLED.get(name, name)} = {shown_id(read.columns[name])}" for name in read.columns)
    _say(f"{orders}: {', '.join(told)}")


def _known_facts(
    options: dict[str, Any], tell: Callable[[str], None]
) -> tuple[Portfolio, Relationships]:
    """The facts file; its ids are in the column stated, or in one called as in the orders."""

    def read(customer: str | None) -> tuple[Portfolio, Relationships]:
        found = read_facts(
            options["facts"],
            customer=customer,
            encoding=options["encoding"],
            decimal=options["decimal"],
            progress=tell,
        )
        return found.facts, found.relationships

    stated, logged = options["facts_customer"], options["customer_column"]
    try:
        if stated or not logged:
            return read(stated)
        try:
            return read(logged)
        except UnknownNameError as error:
            if error.kind != "column":
                raise
            return read(None)
    except UnknownNameError as error:
        if error.kind != "column":
            raise
        where = f"{options['facts']} (name it by --facts-customer)"
        raise UnknownNameError("column", error.name, error.choices, where=where) from None


def _write(out: str, made: Plan, tell: Watching) -> None:
    """Write the lines block by block: with their reasons they may be larger than the orders."""

    def blocks() -> Generator[dict[str, Any]]:
        written = 0
        for lines in made.blocks():
            yield rows_of(lines)
            written += len(lines)
            tell.done(written / len(made))

    write_blocks(out, blocks(), stream=None if sys.stdout is None else sys.stdout.buffer)


def _say(text: str) -> None:
    _WORDS.print(text, markup=False, highlight=False, soft_wrap=True)


def run() -> None:
    """Run the command; a user's mistake ends in a sentence, never in a traceback.

    Whoever read our output and has enough of it (``| head``) ends the command in silence: click
    sees to that. A signal to stop ends it as an error would, so that whatever was set aside is
    removed on the way out.
    """
    stopped: list[int] = []

    def stop(number: int, frame: object) -> NoReturn:
        del frame
        stopped.append(128 + number)
        raise SystemExit(stopped[0])

    if threading.current_thread() is threading.main_thread():  # no other may handle signals
        signal.signal(signal.SIGTERM, stop)
    try:
        app(prog_name="relmkt")
    except SystemExit:
        # DuckDB makes an interrupt of its own of whatever a signal raised while it worked.
        if stopped:
            raise SystemExit(stopped[0]) from None
        raise
    except RelmktError as error:
        _say(f"relmkt: {error}")
        raise SystemExit(1) from None
    except OSError as error:
        _say(f"relmkt: {error.filename or 'standard output'}: {error.strerror or error}")
        # Python must not try to flush the rest to where there is no room for it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
