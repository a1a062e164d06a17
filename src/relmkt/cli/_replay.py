"""The command replay: its options, its work, and how it is told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Mapping
from datetime import date
from functools import partial
from typing import Any, TypeAlias, TypeVar

import attrs
import click
import numpy as np
from click.core import ParameterSource
from rich import box
from rich.console import Console
from rich.table import Table

from relmkt._counts import counted
from relmkt.adapters.files import write_blocks
from relmkt.assumptions import Assumptions
from relmkt.calendars import ONE_DAY, Span
from relmkt.cli._options import Day, checked_out, policy_option
from relmkt.cli._policy_files import read_steady, stated_policy
from relmkt.cli._screen import print_table
from relmkt.cli._watching import Watching
from relmkt.columns import Portfolio
from relmkt.dated_policies import DatedPolicy
from relmkt.errors import InvalidValueError, RelmktError
from relmkt.looks import looks, period_ends
from relmkt.orders import OrderLog
from relmkt.policies import SteadyPolicy, StrategyPolicy, banded
from relmkt.replay import Paths, Replay
from relmkt.replay import replay as replay_looks
from relmkt.rules import shown

__all__ = ["print_replay", "replay_options", "replayed", "steady_from", "write_paths"]

C = TypeVar("C", bound=Callable[..., Any])

_YEAR = Span(1, "year")
_LONGEST = 12
"""Transitions that are printed."""

_MOST_LOOKS = 12
"""Looks that are printed, the latest ones."""


def replay_options() -> Callable[[C], C]:
    """When to look, how steady to be, and where to write."""
    options: list[Callable[[Any], Any]] = [
        click.option(
            "--every",
            type=click.Choice(["week", "month", "quarter", "year"]),
            default="month",
            show_default=True,
            help="Look at the end of each.",
        ),
        click.option(
            "--from",
            "first",
            type=Day(),
            help="No look before this day, nor before the first order.  [default: a year before "
            "the last]",
        ),
        click.option(
            "--to", "last", type=Day(), help="No look after this day.  [default: the last order's]"
        ),
        policy_option,
        click.option(
            "--steady",
            metavar="FILE",
            help="The policy, its exit thresholds and its patience as JSON, instead of the options "
            "that state them.",
        ),
        click.option(
            "--exit",
            "exits",
            multiple=True,
            metavar="NAME=NUMBER",
            help="An exit threshold instead of the default band of that name; may be repeated.",
        ),
        click.option(
            "--band",
            type=float,
            metavar="SHARE",
            default=0.2,
            show_default=True,
            help="Half the width of the default band round a threshold, as a share of it; 0 for "
            "no bands.",
        ),
        click.option(
            "--dwell",
            metavar="SPAN",
            default="3 months",
            show_default=True,
            help="How long a strategy lasts at least; 0 for no time.",
        ),
        click.option(
            "--confirmations",
            type=click.IntRange(min=1),
            metavar="NUMBER",
            default=2,
            show_default=True,
            help="Looks in a row that must propose another strategy.",
        ),
        click.option(
            "--urgent",
            multiple=True,
            metavar="RULE",
            default=StrategyPolicy.urgent,
            show_default=True,
            help="A rule that waits for nothing; may be repeated.",
        ),
        click.option(
            "--refit",
            is_flag=True,
            help="Fit the models at every look anew, and not at the first alone.",
        ),
        click.option(
            "--recalibrate",
            is_flag=True,
            help="Take thresholds that depend on the portfolio from each look anew.",
        ),
        click.option(
            "--steady-out",
            metavar="FILE",
            help="Write the steady policy that decided at the last look, its thresholds as "
            "numbers, as JSON for --steady.",
        ),
        click.option(
            "--out",
            metavar="FILE",
            callback=checked_out,
            help="Write every customer's path to a .csv, .parquet or .jsonl file; - is standard "
            "output, as CSV.",
        ),
    ]

    def decorate(command: C) -> C:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


Steadily: TypeAlias = Callable[[StrategyPolicy], SteadyPolicy[StrategyPolicy]]

_STATED_BY_STEADY = {
    "policy": "--policy",
    "threshold": "--threshold",
    "exits": "--exit",
    "band": "--band",
    "dwell": "--dwell",
    "confirmations": "--confirmations",
    "urgent": "--urgent",
}


def steady_from(
    options: Mapping[str, Any],
) -> tuple[SteadyPolicy[StrategyPolicy] | DatedPolicy[StrategyPolicy], Steadily | None]:
    """The steady policy that the options state, or a dated one and what makes its editions steady.

    Raises
    ------
    click.UsageError
        When a file holds no such policy, an option is not possible, or one states beside --steady
        what the file states.
    """
    try:
        if options["steady"] is not None:
            _refuse_beside_steady()
            return read_steady(options["steady"], StrategyPolicy), None
        policy = stated_policy(options["policy"], dict(options))
        if isinstance(policy, DatedPolicy):
            if options["steady_out"] is not None:
                raise InvalidValueError(
                    "--steady-out",
                    "be left out with a dated policy",
                    options["steady_out"],
                    remedy="each of its editions decides by thresholds of its own",
                )
            for edition in policy.editions:
                _banded(edition.policy, options)
            return policy, partial(_banded, options=options)
        return _banded(policy, options), None
    except RelmktError as error:
        raise click.UsageError(str(error)) from None


def _refuse_beside_steady() -> None:
    context = click.get_current_context()
    for name, option in _STATED_BY_STEADY.items():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--steady states what {option} does: leave one of them out")


def _banded(policy: StrategyPolicy, options: Mapping[str, Any]) -> SteadyPolicy[StrategyPolicy]:
    """The policy with the bands and the patience that the options state."""
    exits: dict[str, Any] = {}
    for text in options["exits"]:
        name, _, value = text.partition("=")
        try:
            exits[name] = float(value)
        except ValueError:
            raise InvalidValueError("--exit", "be NAME=NUMBER", text) from None
    width = options["band"]
    steady = banded(
        policy,
        share=width,
        level=width / 4,  # the default widths of `banded` stand in this proportion
        dwell=None if options["dwell"].strip() == "0" else options["dwell"],
        confirmations=options["confirmations"],
    )
    return attrs.evolve(steady, exit={**steady.exit, **exits}, urgent=options["urgent"])


def replayed(
    log: OrderLog,
    steady: tuple[SteadyPolicy[StrategyPolicy] | DatedPolicy[StrategyPolicy], Steadily | None],
    assumptions: Assumptions,
    facts: Portfolio | None,
    options: Mapping[str, Any],
    tell: Watching,
) -> Replay[Any]:
    """The replay of an order log."""
    zone = options["zone"]
    last: date = options["last"] or log.last_day(zone)
    first: date = options["first"] or _YEAR.end(last, -1) + ONE_DAY
    first = max(first, log.first_day(zone))  # before it there is nobody to look at
    policy, steadily = steady
    return replay_looks(
        policy,
        looks(
            log,
            period_ends(options["every"], first, last),
            facts=facts,
            assumptions=assumptions,
            refit=options["refit"],
            zone=zone,
            progress=tell,
        ),
        steadily=steadily,
        calibrate="each" if options["recalibrate"] else "first",
        assume=assumptions.facts,
        value="retained_value",
        progress=tell,
    )


def write_paths(out: str, made: Replay[Any], tell: Watching) -> None:
    """Write a row for each customer and look: what stood, what was said, and what held it."""
    tell("writing the paths")

    def blocks() -> Generator[dict[str, Any]]:
        for look in range(len(made.days)):
            rows = made.rows(look)
            yield {
                "customer": rows["customer"],
                "day": rows["day"],
                "strategy": rows["outcome"],
                "without_steadiness": rows["plain"],
                "changed": rows["changed"],
                "held_by": rows["held_by"],
            }
            tell.done((look + 1) / len(made.days))

    write_blocks(out, blocks(), stream=None if sys.stdout is None else sys.stdout.buffer)


def print_replay(made: Replay[Any], console: Console) -> None:
    """Print how the portfolio moved, between which strategies, and what steadiness saved."""
    days: tuple[date, ...] = made.days
    first, last = days[0], days[-1]
    many = f"{counted(len(days), 'look')}, {first} to {last}" if len(days) > 1 else f"{last}"
    _say(
        console,
        f"\nHow many of {counted(len(made), 'customer')} had each strategy at {many}, "
        "decided steadily:\n",
    )
    print_table(_counts(made.steady), console)
    if len(days) > _MOST_LOOKS:
        _say(console, f"The latest {_MOST_LOOKS} of {counted(len(days), 'look')} are shown.")
    if made.steady.total_changes:
        _say(console, "\nHow customers moved, and what they were worth then, if retained:\n")
        print_table(_moves(made.steady), console)
    _say(console, "\nChanges of strategy:\n")
    print_table(_flapping(made), console)
    for told in _saved(made):
        _say(console, told)
    for told in _patience(made.policy, dated=len(made.editions) > 1):
        _say(console, told)
    for day, basis in made.editions:
        _say(console, f"From {day} on the thresholds decided that are {basis}.")


def _patience(policy: SteadyPolicy[Any], *, dated: bool) -> list[str]:
    count, dwell = policy.confirmations, policy.dwell
    confirmed = "at one look" if count == 1 else f"at {count} looks in a row"
    lasts = "" if dwell is None else f", and one lasts {dwell} at least"
    urgent = " and ".join(policy.urgent)
    head = f"\nSteady means: another strategy must be proposed {confirmed}{lasts}"
    told = [f"{head}; {urgent} wait for nothing."]
    if policy.exit:
        at_last = " at the last look" if dated else ""
        told.append(f"Thresholds{at_last}, and where what was entered there is left:")
    numbers: dict[str, Any] = policy.policy.values()
    for name, exits in policy.exit.items():
        told.append(f"  {_named(name)} {shown(numbers[name])}: {' or '.join(map(shown, exits))}")
    told.append(f"Steady strategy policy, version {policy.steady().version}.")
    return told


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False)


def _named(outcome: object) -> str:
    return str(outcome).replace("_", " ")


def _new_table(first: str, *numbers: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(first, no_wrap=True)
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _counts(paths: Paths[Any]) -> Table:
    counts = paths.counts[-_MOST_LOOKS:]
    table = _new_table("look", *(_named(word) for word, many in _met(paths, counts) if many))
    met = [at for at, (_, many) in enumerate(_met(paths, counts)) if many]
    for day, row in zip(paths.days[-_MOST_LOOKS:], counts, strict=True):
        table.add_row(str(day), *(f"{row[at]:,}" for at in met))
    return table


def _met(paths: Paths[Any], counts: Any) -> list[tuple[Any, int]]:
    return list(zip(paths.outcomes, counts.sum(axis=0).tolist(), strict=True))


def _moves(paths: Paths[Any]) -> Table:
    table = _new_table("from", "to", "times", "worth")
    table.columns[1].justify = "left"
    pairs: list[list[int]] = np.argwhere(paths.transitions).tolist()
    pairs = [pair for pair in pairs if pair[0] != pair[1]]
    pairs.sort(key=lambda at: (-paths.transitions[at[0], at[1]], at))
    for start, end in pairs[:_LONGEST]:
        table.add_row(
            _named(paths.outcomes[start]),
            _named(paths.outcomes[end]),
            f"{paths.transitions[start, end]:,}",
            f"{paths.value_moved[start, end]:,.0f}",
        )
    rest = pairs[_LONGEST:]
    if rest:
        table.add_row(
            "other moves",
            "",
            f"{sum(int(paths.transitions[start, end]) for start, end in rest):,}",
            f"{sum(float(paths.value_moved[start, end]) for start, end in rest):,.0f}",
        )
    return table


def _flapping(made: Replay[Any]) -> Table:
    within = made.steady.within
    table = _new_table(
        "",
        "changes",
        "per customer",
        f"came back within {counted(within, 'look')}",
        "days between changes",
    )
    for name, paths in (("thresholds alone", made.plain), ("steadily", made.steady)):
        between = paths.mean_days_between
        table.add_row(
            name,
            f"{paths.total_changes:,}",
            f"{paths.total_changes / len(made):.2f}",
            f"{paths.share_returning:.1%}",
            "" if np.isnan(between) else f"{between:.0f}",
        )
    return table


def _saved(made: Replay[Any]) -> list[str]:
    saved, late = made.changes_avoided, made.delays
    told: list[str] = []
    if made.plain.total_changes:
        share = saved / made.plain.total_changes
        told.append(
            f"\nSteadiness saved {saved:,} of {counted(made.plain.total_changes, 'change')} "
            f"({share:.0%})."
        )
    if late.late:
        told.append(
            f"It cost time: {late.late:,} of {counted(late.changes, 'change')} came later than the "
            f"thresholds alone had it, by {late.mean_looks:.1f} looks "
            f"({counted(round(late.mean_days), 'day')}) on average."
        )
    if late.waiting:
        stand, have = ("stands", "has") if late.waiting == 1 else ("stand", "have")
        told.append(
            f"{counted(late.waiting, 'customer')} {stand} elsewhere at the end than the thresholds "
            f"alone say, and {have} for {counted(round(late.mean_days_waiting), 'day')} on average."
        )
    return told
