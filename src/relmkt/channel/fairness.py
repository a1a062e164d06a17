"""What dealers got for what they did, class by class: how evenly, and who stands at the ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt._coercion import plain
from relmkt._grouping import by_first_appearance
from relmkt.channel.dealer_columns import Fairness
from relmkt.errors import InvalidValueError
from relmkt.formulas.concentration import gini
from relmkt.formulas.fairness import jain_index, max_min_ratio

__all__ = ["ClassFairness", "FairnessReport", "fairness_report"]

Numbers = NDArray[np.float64]


@attrs.frozen(kw_only=True)
class ClassFairness:
    """How evenly the dealers of one class are treated.

    Attributes
    ----------
    dealer_class
        The class; None for the dealers of whom none is known.
    dealers
        How many dealers it has.
    counted
        How many of them have an amount for each unit of effort, by which the rest is told.
    without_effort, unknown
        How many have no effort above 0, and of how many amount or effort is unknown.
    amount, effort
        The sums over those who are counted.
    gini, jain, max_min_ratio
        The indexes of the amount for each unit of effort. The last two are NaN where somebody is
        below zero.
    got_none
        How many of those counted got nothing, where others got something.
    lowest, highest
        Who gets least and most for each unit of effort, and how much; the first of equal ones. None
        where nobody is counted.
    same_rule
        Whether those of the class have one rule; None where rules are not known of all.
    """

    dealer_class: Any
    dealers: int
    counted: int
    without_effort: int
    unknown: int
    amount: float
    effort: float
    gini: float
    jain: float
    max_min_ratio: float
    got_none: int
    lowest: tuple[Any, float] | None
    highest: tuple[Any, float] | None
    same_rule: bool | None

    def __str__(self) -> str:
        name = "no class" if self.dealer_class is None else self.dealer_class
        if self.lowest is None or self.highest is None:
            return f"{name}: {self.dealers} dealers, none with an amount and an effort"
        told = f"{name}: {self.counted} of {self.dealers} dealers, {self.result}"
        return told + ("; different rules in one class" if self.same_rule is False else "")

    @property
    def result(self) -> str:
        """The indexes, and who stands at both ends, in words."""
        if self.lowest is None or self.highest is None:
            return "nothing to compare"
        (first, low), (last, high) = self.lowest, self.highest
        least, most = spelled(first), spelled(last)
        if low == high == 0.0:
            return "all of them with nothing"
        told = [
            f"{name} {index:.3f}"
            for name, index in (("Gini", self.gini), ("Jain", self.jain))
            if not math.isnan(index)
        ]
        if low == 0.0:
            told.append(f"{self.got_none} with nothing, up to {high:,.4g} ({most})")
        else:
            told.append(f"from {low:,.4g} ({least}) to {high:,.4g} ({most})")
        return ", ".join(told)


@attrs.frozen(eq=False, kw_only=True)
class FairnessReport:
    """How evenly dealers are treated, one entry for each class.

    Attributes
    ----------
    rate
        For each dealer its amount for each unit of effort, shape (n,); NaN where there is none.
    classes
        The classes, in order of first appearance.
    """

    rate: Numbers
    classes: tuple[ClassFairness, ...]

    def __iter__(self) -> Iterator[ClassFairness]:
        return iter(self.classes)

    def __len__(self) -> int:
        return len(self.classes)

    def facts(self, **procedure: Any) -> Fairness:
        """What the table of fairness asks, one row for each class that has a name.

        What no amount tells is added by name, one value for each such class: ``published``,
        ``explained`` and the like. *Consistent* is known to be false where rules differ in a class;
        that rules are the same does not yet say that they were applied alike.
        """
        rows = [one for one in self.classes if one.dealer_class is not None]
        procedure.setdefault(
            "consistent", [False if one.same_rule is False else None for one in rows]
        )
        return Fairness(
            dealer_class=[one.dealer_class for one in rows],
            dealers=[one.counted for one in rows],
            gini=[_finite(one.gini) for one in rows],
            jain=[_finite(one.jain) for one in rows],
            max_min_ratio=[_finite(one.max_min_ratio) for one in rows],
            got_none=[one.got_none if one.counted else None for one in rows],
            **procedure,
        )

    def __str__(self) -> str:
        return "\n".join(map(str, self.classes))


def fairness_report(
    dealers: ArrayLike,
    amounts: ArrayLike,
    effort: ArrayLike,
    classes: ArrayLike,
    *,
    rules: ArrayLike | Sequence[Any] | None = None,
) -> FairnessReport:
    """How evenly dealers of one class got rebates or support for their effort.

    Compared is the amount for each unit of effort within a class, for between classes rules differ
    on purpose. Who has no effort has no rate, and is counted apart; so is who lacks a figure.
    Amounts below zero, after more was taken back than given, are kept: the Gini coefficient knows
    them, the other indexes are NaN then.

    Parameters
    ----------
    dealers
        The ids, each once, shape (n,).
    amounts
        What each dealer got, shape (n,); NaN where unknown.
    effort
        What it did for it: units sold, service points; at least 0, shape (n,); NaN where unknown.
    classes
        The class of each dealer, shape (n,); None where unknown.
    rules
        The name of the rule or schedule that holds for each dealer, shape (n,); None where unknown.
        Who has several has them by what each is for, as ``{"Lumen": "2026"}``: rules for different
        things may differ.

    Raises
    ------
    InvalidValueError
        When shapes differ, a dealer comes twice, a number is infinite, or an effort is negative.

    Examples
    --------
    >>> from relmkt.channel import fairness_report
    >>> report = fairness_report(
    ...     ["D-1", "D-2", "D-3"], [500, 300, 90], [100, 100, 30], ["city", "city", "village"]
    ... )
    >>> print(report)
    city: 2 of 2 dealers, Gini 0.125, Jain 0.941, from 3 (D-2) to 5 (D-1)
    village: 1 of 1 dealers, Gini 0.000, Jain 1.000, from 3 (D-3) to 3 (D-3)
    """
    ids = _column("dealers", dealers)
    got, did = _numbers("amounts", amounts, len(ids)), _numbers("effort", effort, len(ids))
    if (did < 0.0).any():
        row = int(np.argmax(did < 0.0))
        raise InvalidValueError("effort", "be at least 0", did[row], where=f"dealer {ids[row]!r}")
    _refuse_twice(ids)
    kinds = _column("classes", classes, len(ids))
    schedules = None if rules is None else _column("rules", rules, len(ids))
    rate = np.full(len(ids), np.nan)
    with np.errstate(over="ignore"):
        np.divide(got, did, out=rate, where=did > 0.0)
    codes, firsts = by_first_appearance(kinds)
    found: list[ClassFairness] = []
    for code, first in enumerate(firsts.tolist()):
        rows = np.flatnonzero(codes == code)
        counted = rows[np.isfinite(rate[rows])]
        known = rate[counted]
        is_below = bool((known < 0.0).any())
        unknown = np.isnan(got[rows]) | np.isnan(did[rows])
        found.append(
            ClassFairness(
                dealer_class=plain(kinds[first]),
                dealers=len(rows),
                counted=len(counted),
                without_effort=int(np.count_nonzero(did[rows] == 0.0)),
                unknown=int(np.count_nonzero(unknown & ~(did[rows] == 0.0))),
                amount=float(got[counted].sum()),
                effort=float(did[counted].sum()),
                gini=gini(known),
                jain=math.nan if is_below else jain_index(known),
                max_min_ratio=math.nan if is_below else max_min_ratio(known),
                got_none=int(np.count_nonzero(known <= 0.0)) if (known > 0.0).any() else 0,
                lowest=_end(ids, rate, counted, np.argmin),
                highest=_end(ids, rate, counted, np.argmax),
                same_rule=None if schedules is None else _same(schedules[rows].tolist()),
            )
        )
    rate.flags.writeable = False
    return FairnessReport(rate=rate, classes=tuple(found))


def spelled(name: Any) -> str:
    """An id in words: signs that cannot be seen, or that a terminal would obey, are spelled out."""
    text = str(name)
    return text if text.isprintable() else repr(text)[1:-1]


def _end(
    ids: NDArray[Any], rate: Numbers, rows: NDArray[np.intp], find: Any
) -> tuple[Any, float] | None:
    if not len(rows):
        return None
    row = rows[int(find(rate[rows]))]
    return plain(ids[row]), float(rate[row])


def _same(rules: list[Any]) -> bool | None:
    """Whether all are one for the same thing; two that differ are enough to know they are not."""
    known: dict[Any, Any] = {}
    is_unknown = False
    for rule in rules:
        of = cast("Mapping[Any, Any]", rule) if isinstance(rule, Mapping) else {None: rule}
        for thing, name in of.items():
            if name is None:
                is_unknown = True
            elif known.setdefault(thing, name) != name:
                return False
    return None if is_unknown else True


def _column(name: str, values: ArrayLike | Sequence[Any], size: int | None = None) -> NDArray[Any]:
    """One value for each dealer, as given."""
    given = list(cast("Iterable[Any]", values))
    held = np.fromiter(given, dtype=object, count=len(given))
    if size is not None and len(held) != size:
        raise InvalidValueError(name, f"have {size} values, one a dealer", len(held))
    return held


def _numbers(name: str, values: ArrayLike, size: int) -> Numbers:
    try:
        held = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidValueError(name, "be numbers, NaN where unknown", values) from None
    if held.shape != (size,):
        raise InvalidValueError(name, f"have {size} values, one a dealer", held.shape)
    if np.isinf(held).any():
        raise InvalidValueError(name, "be finite, or NaN where unknown", np.inf)
    return held


def _refuse_twice(ids: NDArray[Any]) -> None:
    _, firsts = by_first_appearance(ids)
    if len(firsts) < len(ids):
        again = next(row for row in range(len(ids)) if row not in set(firsts.tolist()))
        raise InvalidValueError(
            "dealers", "come once each", plain(ids[again]), remedy="add up what each got first"
        )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
