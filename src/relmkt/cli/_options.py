"""The options that commands share; those of the assumptions come from their own declaration."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click

from relmkt.adapters.files import checked_memory, format_of
from relmkt.assumptions import ASSUMED_FACTS, Assumptions
from relmkt.calendars import Rate, Span
from relmkt.domain import CustomerFacts
from relmkt.errors import FileError, InvalidValueError, RelmktError, UnknownNameError
from relmkt.policies import StrategyPolicy
from relmkt.records import schema
from relmkt.rules import Kind
from relmkt.thresholds import Threshold, thresholds

__all__ = [
    "Day",
    "absent_options",
    "assumption_options",
    "assumptions_from",
    "checked_out",
    "checked_output",
    "in_options",
    "is_one_output",
    "kept_whole",
    "on_option",
    "order_options",
    "policy_from",
    "policy_option",
    "threshold_option",
    "told_in_options",
]

C = TypeVar("C", bound=Callable[..., Any])


class Day(click.ParamType):  # pyright: ignore[reportMissingTypeArgument]  (not generic in click 8.2)
    """A date as ISO 8601 writes it."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read ``2026-03-31``."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is no date; write for example 2026-03-31", param, ctx)


class _Parsed(click.ParamType):  # pyright: ignore[reportMissingTypeArgument]
    """A span or a rate, read by its own class, so that a bad one is named by its option."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read ``12 months`` or ``10% per year``."""
        try:
            return self._parse(value)
        except RelmktError as error:
            self.fail(str(error), param, ctx)


def _memory(text: str) -> str:
    """The text itself, if it is an amount of memory."""
    checked_memory(text)
    return text


_KINDS: dict[type, tuple[Any, str]] = {
    float: (float, "NUMBER"),
    Span: (_Parsed("span", Span.parse), "SPAN"),
    Rate: (_Parsed("rate", Rate.parse), "RATE"),
    type(None): (str, "CODE"),
}
"""What an option takes, by the type of its default."""


def checked_out(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """Where to write the plan to, refused before the work rather than after it.

    Raises
    ------
    FileError
        When there is no such folder.
    """
    del context, parameter
    if value is None or value == "-":
        return value
    try:
        format_of(value, None)
    except FileError:
        raise click.BadParameter(
            f"'{value}' must end in .csv, .parquet or .jsonl, for that tells what to write"
        ) from None
    folder = Path(value).parent
    if not folder.is_dir():
        raise FileError(value, f"there is no folder '{folder}'", remedy="make it first")
    return value


def checked_output() -> None:
    """Refuse to work where nobody can hear of it.

    Raises
    ------
    FileError
        When standard output is closed.
    """
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise FileError("-", "there is no standard output here", remedy="redirect it to a file")


_MADE = {
    "--out": "the plan",
    "--policy-out": "the policy",
    "--calendar": "the calendar",
    "--tasks-out": "the list of tasks",
    "--report": "the report",
}
"""What the file of an option would hold."""


def kept_whole(written: Mapping[str, str | None], *, read: Mapping[str, str | None]) -> None:
    """Refuse to write over a file that is read, and to write two things to one file.

    Parameters
    ----------
    written
        For each option that names a file to write, its value.
    read
        For what is read, in words, the file of it.

    Raises
    ------
    click.UsageError
        When two are one file, by whatever names.
    """
    wanted = [(option, out) for option, out in written.items() if out is not None]
    for at, (option, out) in enumerate(wanted):
        made = _MADE[option]
        for what, name in read.items():
            if out != "-" and name is not None and is_same_file(name, out):
                raise click.UsageError(
                    f"{option} {out} is the file of the {what}, which {made} would overwrite; "
                    f"name another file for {made}"
                )
        for other, name in wanted[:at]:
            if is_one_output(name, out):
                raise click.UsageError(
                    f"{option} {out} is that of {other}, too; name another file for {made}"
                )


def is_one_output(name: str, other: str) -> bool:
    """Whether both would be written to the same place; ``-`` is standard output."""
    if "-" in (name, other):
        return name == other
    return Path(name).resolve() == Path(other).resolve() or is_same_file(name, other)


def is_same_file(name: str, out: str) -> bool:
    """Whether both are one file that is there, by whatever name; ``-`` is standard input."""
    try:
        if name == "-":
            return sys.stdin is not None and os.path.samestat(
                os.fstat(sys.stdin.fileno()), Path(out).stat()
            )
        return Path(name).samefile(out)
    except (OSError, ValueError):  # one is not there, or is no file
        return False


def _checked_facts(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """The file of the facts: standard input is for the orders."""
    del parameter
    if value == "-":
        raise click.UsageError(
            "--facts cannot be standard input; write the facts to a file", context
        )
    return value


def _all(decorators: Iterable[Callable[[C], C]]) -> Callable[[C], C]:
    def decorate(command: C) -> C:
        for decorator in reversed(list(decorators)):
            command = decorator(command)
        return command

    return decorate


def _unless(left_out: bool, *options: Callable[[Any], Any]) -> tuple[Callable[[Any], Any], ...]:
    return () if left_out else options


def order_options(customer: str, *, past: bool = False) -> Callable[[C], C]:
    """Where the orders are, which columns hold them, and what is known beside them.

    ``customer`` is the name of the option for the column with the customer's id. With ``past``
    many days are looked at, and the options that are about one day are left out.
    """
    return _all(
        [
            click.argument("orders", metavar="ORDERS"),
            click.option(
                "--facts",
                metavar="FILE",
                callback=_checked_facts,
                help="Known facts, one row for each customer.",
            ),
            click.option(
                "--facts-customer",
                metavar="COLUMN",
                help="Column of the facts with the customer's id.  [default: as in ORDERS]",
            ),
            *_unless(
                past,
                click.option(
                    "--as-of",
                    type=Day(),
                    help="Day of the plan; later orders are left out.  [default: the last order's]",
                ),
            ),
            click.option(
                customer, "customer_column", metavar="COLUMN", help="Column with the customer's id."
            ),
            click.option(
                "--date", metavar="COLUMN", help="Column with the day or time of the order."
            ),
            click.option("--amount", metavar="COLUMN", help="Column with the amount."),
            click.option("--margin", metavar="COLUMN", help="Column with the margin of the order."),
            click.option("--unit-cost", metavar="COLUMN", help="Column with the cost of one unit."),
            click.option("--quantity", metavar="COLUMN", help="Column with the units bought."),
            click.option("--currency-column", metavar="COLUMN", help="Column with the currency."),
            click.option("--zone", help="Time zone whose days count, where times have a zone."),
            click.option(
                "--format",
                "file_format",
                type=click.Choice(["csv", "parquet", "jsonl"]),
                help="Format of ORDERS, where its name does not tell.",
            ),
            click.option(
                "--delimiter", help="What parts the fields of CSV.  [default: looked for]"
            ),
            click.option("--encoding", help="Encoding of text, in both files.  [default: utf-8]"),
            click.option(
                "--decimal",
                type=click.Choice([".", ","]),
                default=".",
                show_default=True,
                help="Decimal mark of CSV, in both files.",
            ),
            *_unless(
                past,
                click.option(
                    "--memory",
                    type=_Parsed("memory", _memory),
                    metavar="SIZE",
                    help="Never hold the orders: DuckDB reads them within so much memory, as "
                    "512MB. Identical rows are then counted only on request.",
                ),
                click.option(
                    "--count-duplicates",
                    is_flag=True,
                    help="With --memory: count the rows identical to earlier ones; it takes an "
                    "eighth more time.",
                ),
            ),
            click.option(
                "--date-format", help="How dates are written, such as %d.%m.%Y.  [default: ISO]"
            ),
        ]
    )


def assumption_options() -> Callable[[C], C]:
    """One option for each assumption, and those for facts and thresholds."""
    declared = [_option(setting) for setting in thresholds(Assumptions) if setting.unit != "facts"]
    return _all([*declared, absent_options()])


def absent_options() -> Callable[[C], C]:
    """What is taken for absent facts, and the thresholds: the options of all that decides."""
    return _all(
        [
            click.option(
                "--assume",
                multiple=True,
                metavar="FACT=VALUE",
                help="Take this for a fact where it is absent; may be repeated.",
            ),
            click.option(
                "--assume-nothing",
                is_flag=True,
                help="Do not take the defaults for absent facts: say what is undecided.",
            ),
            threshold_option,
        ]
    )


policy_option = click.option(
    "--policy",
    metavar="FILE",
    help="The policy as JSON: thresholds, or editions of them with their dates.",
)
"""The option that names a policy, where the argument is another file."""

on_option = click.option(
    "--on",
    type=Day(),
    help="Of a dated policy, take the edition that is valid on this day.",
)
"""The option that states the day on which a dated policy is to be valid."""

threshold_option = click.option(
    "--threshold",
    multiple=True,
    metavar="NAME=NUMBER",
    help="A threshold of the strategy policy; may be repeated.",
)
"""The option that states thresholds."""


def _option(setting: Threshold) -> Callable[[Any], Any]:
    kind, metavar = _KINDS[type(setting.default)]
    default = "" if setting.default is None else f"  [default: {_shown(setting.default)}]"
    return click.option(
        f"--{setting.name.replace('_', '-')}",
        setting.name,
        type=kind,
        metavar=metavar,
        help=f"{setting.meaning[0].upper()}{setting.meaning[1:]} ({setting.unit}).{default}",
    )


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


_ARGUMENT = re.compile(
    r"""(\w+)='\.\.\.';[ ]--\w+[ ]on[ ]the[ ]command[ ]line   # name it by customer='...'
      | (\w+)='([^']*)'[ ]\(--\w+[ ]on[ ]the[ ]command[ ]line\)  # say customer='who'
      | columns=\{'(\w+)':[ ]'\.\.\.'\}
      | \b(format|encoding|delimiter|decimal|date_format|zone)=(['"])(.*?)\6""",
    re.VERBOSE,
)


_NO_OPTION = re.compile(
    r" \(name it by columns=\{'(?!(?:margin|unit_cost|quantity|currency)')\w+': '\.\.\.'\}\)"
)


def in_options(text: str, *, customer: str = "") -> str:
    """A message in which arguments of the library are called by the options that set them.

    Parameters
    ----------
    text
        The message.
    customer
        The option for the column with the id, if it is not ``--customer``.

    Examples
    --------
    >>> from relmkt.cli._options import in_options
    >>> in_options("say format='csv', or encoding='utf-16'")
    'say --format csv, or --encoding utf-16'
    """
    named = {"customer": customer or "--customer", "currency": "--currency-column"}

    def option(match: re.Match[str]) -> str:
        name = match[1] or match[2] or match[4] or match[5]
        value = match[3] or match[7]
        found = named.get(name, f"--{name.replace('_', '-')}")
        return f"{found} {value}" if value else found

    return _ARGUMENT.sub(option, _NO_OPTION.sub("", text))


@contextlib.contextmanager
def told_in_options() -> Generator[None]:
    """Errors speak of the options of this command, where those of the library name arguments."""
    try:
        yield
    except RelmktError as error:
        command = click.get_current_context().info_name
        text = in_options(str(error), customer="--customer-column" if command == "explain" else "")
        field, kind = getattr(error, "field", None), getattr(error, "kind", None)
        if field in ("date_format", "delimiter", "zone") or kind in ("encoding", "file format"):
            raise click.UsageError(text) from None
        raise RelmktError(text) from None


def assumptions_from(options: Mapping[str, Any]) -> Assumptions:
    """The assumptions that the options state.

    Raises
    ------
    click.UsageError
        When one of them is not possible.
    """
    names = [setting.name for setting in thresholds(Assumptions) if setting.unit != "facts"]
    stated = {name: options[name] for name in names if options.get(name) is not None}
    facts = {} if options["assume_nothing"] else dict(ASSUMED_FACTS)
    try:
        facts.update(_fact(text) for text in options["assume"])
        if options["assume_nothing"]:
            stated["relationship_facts"] = {}
        return Assumptions(**stated, facts=facts)
    except RelmktError as error:
        raise click.UsageError(str(error)) from None


def _fact(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    features = schema(CustomerFacts).features
    if not sign:
        raise InvalidValueError("--assume", "be FACT=VALUE", text, remedy="such as headroom=0")
    if name not in features:
        raise UnknownNameError("fact", name, features)
    word = value.strip().lower()
    match features[name].kind:
        case Kind.NUMBER:
            return name, _number(f"--assume {name}", value)
        case Kind.FLAG if word in ("yes", "true", "1", "no", "false", "0"):
            return name, word in ("yes", "true", "1")
        case Kind.FLAG:
            raise InvalidValueError(f"--assume {name}", "be yes or no", value)
        case _:
            return name, value


def policy_from(options: Mapping[str, Any], policy: StrategyPolicy | None = None) -> StrategyPolicy:
    """The strategy policy (the default one, or that given) with the thresholds that are stated.

    Raises
    ------
    click.UsageError
        When one of them is not possible.
    """
    names = [declared.name for declared in thresholds(StrategyPolicy)]
    stated: dict[str, float] = {}
    try:
        for text in options["threshold"]:
            name, sign, value = text.partition("=")
            if not sign:
                raise InvalidValueError("--threshold", "be NAME=NUMBER", text)
            if name not in names:
                raise UnknownNameError("threshold", name, names)
            stated[name] = _number(f"--threshold {name}", value)
        return attrs.evolve(policy or StrategyPolicy(), **stated)
    except RelmktError as error:
        raise click.UsageError(str(error)) from None


def _number(field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidValueError(field, "be a number", text) from None
