"""A policy with exit thresholds: what it decides is entered by one number and left by another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Generic, Protocol, Self, TypeVar, cast

import attrs

from relmkt.calendars import Span
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules import Table
from relmkt.steady import Steady, loosened
from relmkt.steady.tables import as_ids, as_span
from relmkt.thresholds import Quantile, thresholds

__all__ = ["SteadyPolicy", "TablePolicy", "banded"]

P = TypeVar("P", bound="TablePolicy")

Exit = tuple["float | Quantile", ...]


class TablePolicy(Protocol):
    """A policy that builds a table, as far as deciding steadily needs it."""

    def values(self) -> dict[str, float | Quantile]:
        """The thresholds by name."""
        ...

    def calibrate(self, portfolio: Any) -> Self:
        """The policy with plain numbers."""
        ...

    def table(self) -> Table[Any, Any]:
        """The table of these thresholds."""
        ...


def _as_exits(exits: object) -> dict[str, Exit]:
    if not isinstance(exits, Mapping):
        raise InvalidValueError(
            "exit",
            "be a mapping from thresholds to exits",
            exits,
            remedy='such as {"attrition_risk_high": 0.4}',
        )
    found: dict[str, Exit] = {}
    for name, value in cast("Mapping[str, Any]", exits).items():
        several = isinstance(value, (tuple, list))
        held = tuple(cast("Iterable[Any]", value)) if several else (value,)
        if several and len(held) not in (1, 2):
            raise InvalidValueError(
                f"exit of {name}", "be one value, or a pair round the threshold", held
            )
        found[name] = held
    return found


def _check_exits(name: str, exits: tuple[float, ...], enters: float) -> None:
    if len(exits) == 2 and not exits[0] <= enters <= exits[1]:
        raise InvalidValueError(f"exit of {name}", f"enclose the threshold ({enters:g})", exits)


def _named_urgent(steady: SteadyPolicy[Any]) -> tuple[str, ...]:
    return getattr(steady.policy, "urgent", ())


def _check_policy(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    del instance
    asked = ("values", "calibrate", "table")
    if isinstance(value, type) or not all(callable(getattr(value, name, None)) for name in asked):
        raise InvalidValueError(
            attribute.name,
            "be a policy that builds a table",
            value,
            remedy="such as StrategyPolicy()",
        )


@attrs.frozen(kw_only=True)
class SteadyPolicy(Generic[P]):
    """A policy, and how reluctantly its outcomes are left.

    A rule that led to the standing outcome asks the exit threshold where that is easier to meet
    than the threshold itself; so an exit below a threshold holds what asks for "at least", one
    above it what asks for "less than", and a pair holds both.

    Parameters
    ----------
    policy
        The policy; its thresholds are those of entering.
    exit
        By the name of a threshold, the number (or quantile) at which an outcome is left, or a pair
        of them, one on either side of the threshold. `banded` makes one for every threshold.
    dwell
        How long an outcome lasts at least, as ``"3 months"``; None for no time.
    confirmations
        At how many looks in a row another outcome must be proposed.
    urgent
        The ids of the rules that wait for nothing; by default those that the policy names, of the
        strategies R0 (the law) and R5 (protect).

    Raises
    ------
    UnknownNameError
        When there is no threshold of that name, or no such rule.
    InvalidValueError
        When a single exit threshold makes no rule easier to stay in, a pair does not enclose the
        threshold, or a number is not possible.

    Examples
    --------
    >>> from relmkt.policies import SteadyPolicy, StrategyPolicy
    >>> policy = StrategyPolicy(
    ...     retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3
    ... )
    >>> steady = SteadyPolicy(
    ...     policy=policy, exit={"attrition_risk_high": 0.4}, dwell="3 months", confirmations=2
    ... ).steady()
    >>> steady.urgent, steady.table("protect").verify().findings
    (('R0', 'R5'), ())
    >>> SteadyPolicy(policy=policy, exit={"attrition_risk_high": 0.6})
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidValueError: 'exit of attrition_risk_high' must make a rule easier to \
stay in than to enter, got 0.6: it is entered at 0.5, so try the other side of that
    """

    policy: P = attrs.field(validator=_check_policy)
    exit: Mapping[str, Exit] = attrs.field(factory=dict[str, Exit], converter=_as_exits, hash=False)
    dwell: Span | None = attrs.field(default=None, converter=as_span)
    confirmations: int = 1
    urgent: tuple[str, ...] = attrs.field(
        default=attrs.Factory(_named_urgent, takes_self=True), converter=as_ids
    )

    def __attrs_post_init__(self) -> None:
        values = self.policy.values()
        for name in self.exit:
            if name not in values:
                raise UnknownNameError("threshold", name, values, where="exit")
        # Thresholds that wait for a portfolio have no table yet: any number shows its rules.
        waiting = {name: 0.0 for name, value in values.items() if isinstance(value, Quantile)}
        plain = _with(self.policy, waiting)
        entering = plain.table()
        Steady(entering=entering, confirmations=self.confirmations, urgent=self.urgent)
        for name, exits in self.exit.items():
            others = [_with(plain, {name: value}) for value in exits]
            if name not in waiting and not any(isinstance(value, Quantile) for value in exits):
                numbers = cast("tuple[float, ...]", exits)
                _check_exits(name, numbers, cast("float", values[name]))
                # A pair is on either side, whichever of them the rules ask for.
                if len(exits) == 1 and loosened(entering, others[0].table()) == entering:
                    raise InvalidValueError(
                        f"exit of {name}",
                        "make a rule easier to stay in than to enter",
                        exits[0],
                        remedy=f"it is entered at {values[name]:g}, so try the other side of that",
                    )

    def calibrate(self, portfolio: Any) -> Self:
        """The policy with plain numbers: each quantile taken on this portfolio, of exits too.

        An exit that comes out as the threshold itself, for want of different values, is dropped.
        """
        policy = self.policy.calibrate(portfolio)
        entered = policy.values()
        exits = {
            name: tuple(
                value.of(portfolio) if isinstance(value, Quantile) else value for value in values
            )
            for name, values in self.exit.items()
        }
        kept = {name: values for name, values in exits.items() if {*values} != {entered[name]}}
        return attrs.evolve(self, policy=policy, exit=kept)

    def table(self) -> Table[Any, Any]:
        """The entering table.

        Raises
        ------
        InvalidValueError
            When a threshold still depends on a portfolio: call `calibrate` first.
        """
        return self.policy.table()

    def steady(self) -> Steady[Any, Any]:
        """The table with its exit thresholds, its dwell, confirmations and urgent rules.

        Raises
        ------
        InvalidValueError
            When a threshold still depends on a portfolio: call `calibrate` first.
        """
        entering = self.policy.table()
        others = [
            _with(self.policy, {name: value}).table()
            for name, values in self.exit.items()
            for value in values
        ]
        return Steady(
            entering=entering,
            staying=loosened(entering, *others) if others else None,
            dwell=self.dwell,
            confirmations=self.confirmations,
            urgent=self.urgent,
        )


def _with(policy: P, values: Mapping[str, float | Quantile]) -> P:
    """The policy with other thresholds; one that would be out of order with them moves along."""
    changed = dict(values)
    for declared in thresholds(type(policy)):
        if declared.at_most is None:
            continue
        held: dict[str, float | Quantile] = {**policy.values(), **changed}
        low, high = held[declared.name], held[declared.at_most]
        if isinstance(low, Quantile) or isinstance(high, Quantile) or low <= high:
            continue
        if declared.name in values:
            changed[declared.at_most] = low
        else:
            changed[declared.name] = high
    return cast("P", attrs.evolve(cast("Any", policy), **changed))


def banded(
    policy: P,
    *,
    share: float = 0.2,
    level: float = 0.05,
    dwell: str | Span | None = "3 months",
    confirmations: int = 2,
) -> SteadyPolicy[P]:
    """A policy with a band round each of its thresholds, and some patience; all our defaults.

    Parameters
    ----------
    policy
        The policy.
    share
        How far the ends of the band of a plain number lie from it, as a share of its size. A
        threshold of 0 gets none: what is a little of money, only the firm can say.
    level
        How far the ends of the band of a quantile lie from it, in levels: at 0.05 the band of the
        top 20% reaches from the top 25% to the top 15%.
    dwell, confirmations
        As for `SteadyPolicy`.

    Raises
    ------
    InvalidValueError
        When a width is negative or no number.

    Examples
    --------
    >>> from relmkt.policies import StrategyPolicy, banded
    >>> steady = banded(StrategyPolicy())
    >>> [round(value, 3) for value in steady.exit["attrition_risk_high"]]
    [0.4, 0.6]
    >>> [str(value) for value in steady.exit["retained_value_high"]]
    ['the retained value that the top 0.25 reach', 'the retained value that the top 0.15 reach']
    """
    for name, width in (("share", share), ("level", level)):
        if isinstance(width, bool) or not 0 <= width < math.inf:
            raise InvalidValueError(name, "be a number of at least 0", width)
    exits: dict[str, Exit] = {}
    for name, value in policy.values().items():
        if isinstance(value, Quantile):
            if level:
                exits[name] = tuple(
                    attrs.evolve(value, level=min(max(round(value.level + by, 10), 0.0), 1.0))
                    for by in (-level, level)
                )
        elif value and share:
            exits[name] = (value - share * abs(value), value + share * abs(value))
    return SteadyPolicy(policy=policy, exit=exits, dwell=dwell, confirmations=confirmations)
