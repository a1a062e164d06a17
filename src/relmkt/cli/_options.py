"""The options that commands share; those of the assumptions come from their own declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

import attrs
import click

from relmkt.assumptions import ASSUMED_FACTS, Assumptions
from relmkt.domain import CustomerFacts
from relmkt.errors import InvalidValueError, RelmktError, UnknownNameError
from relmkt.policies import StrategyPolicy
from relmkt.records import schema
from relmkt.rules import Kind
from relmkt.thresholds import Threshold, thresholds

__all__ = [
    "Day",
    "assumption_options",
    "assumptions_from",
    "order_options",
    "policy_from",
]

C = TypeVar("C", bound=Callable[..., Any])


class Day(click.ParamType[date]):
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


def _all(decorators: Iterable[Callable[[C], C]]) -> Callable[[C], C]:
    def decorate(command: C) -> C:
        for decorator in reversed(list(decorators)):
            command = decorator(command)
        return command

    return decorate


def order_options(customer: str) -> Callable[[C], C]:
    """Where the orders are, which columns hold them, and what is known beside them.

    ``customer`` is the name of the option for the column with the customer's id.
    """
    return _all(
        [
            click.argument("orders", metavar="ORDERS"),
            click.option("--facts", metavar="FILE", help="Known facts, one row for each customer."),
            click.option(
                "--as-of",
                type=Day(),
                help="Day of the plan; later orders are left out.  [default: the last order's]",
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
            click.option("--encoding", help="Encoding of text.  [default: utf-8]"),
            click.option("--decimal", default=".", show_default=True, help="Decimal mark of CSV."),
            click.option(
                "--date-format", help="How dates are written, such as %d.%m.%Y.  [default: ISO]"
            ),
        ]
    )


def assumption_options() -> Callable[[C], C]:
    """One option for each assumption, and those for facts and thresholds."""
    declared = [_option(setting) for setting in thresholds(Assumptions) if setting.name != "facts"]
    return _all(
        [
            *declared,
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
            click.option(
                "--threshold",
                multiple=True,
                metavar="NAME=NUMBER",
                help="A threshold of the strategy policy; may be repeated.",
            ),
        ]
    )


def _option(setting: Threshold) -> Callable[[Any], Any]:
    number = isinstance(setting.default, float)
    default = "" if setting.default is None else f"  [default: {_shown(setting.default)}]"
    return click.option(
        f"--{setting.name.replace('_', '-')}",
        setting.name,
        type=float if number else str,
        metavar="NUMBER" if number else "TEXT",
        help=f"{setting.meaning[0].upper()}{setting.meaning[1:]} ({setting.unit}).{default}",
    )


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def assumptions_from(options: Mapping[str, Any]) -> Assumptions:
    """The assumptions that the options state.

    Raises
    ------
    click.UsageError
        When one of them is not possible.
    """
    names = [field.name for field in attrs.fields(Assumptions) if field.name != "facts"]
    stated = {name: options[name] for name in names if options.get(name) is not None}
    facts = {} if options["assume_nothing"] else dict(ASSUMED_FACTS)
    try:
        facts.update(_fact(text) for text in options["assume"])
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


def policy_from(options: Mapping[str, Any]) -> StrategyPolicy:
    """The strategy policy with the thresholds that the options state.

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
        return StrategyPolicy(**stated)
    except RelmktError as error:
        raise click.UsageError(str(error)) from None


def _number(field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidValueError(field, "be a number", text) from None
