"""Hypothesis strategies: records of any type, their columns, order logs, tables and policies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

import attrs
from hypothesis import reject
from hypothesis import strategies as st

from relmkt.columns import Columns, Portfolio
from relmkt.errors import InvalidValueError
from relmkt.logs import Log
from relmkt.orders import OrderLog
from relmkt.records import schema
from relmkt.testing._questions import bounds_in, conditions, tables
from relmkt.testing._values import BOUNDS, COMMON, identities, near, numbers_of, values_of
from relmkt.thresholds import Policy, Quantile, Threshold, thresholds

__all__ = [
    "BOUNDS",
    "COMMON",
    "bounds_in",
    "columns",
    "conditions",
    "identities",
    "logs",
    "near",
    "numbers_of",
    "order_logs",
    "policies",
    "portfolios",
    "records",
    "tables",
    "values_of",
]

R = TypeVar("R")
C = TypeVar("C", bound=Columns[Any])
L = TypeVar("L", bound=Log[Any])
P = TypeVar("P", bound=Policy)

_IS_ABSENT = st.sampled_from([True, False, False])  # absent first: what fails shrinks to that
_ATTEMPTS = 4
"""How often a record is drawn again that breaks a rule between its fields."""

_SHARES = ("share", "probability")


def records(
    record_type: type[R],
    *,
    often: Mapping[str, Iterable[float]] | None = None,
    ids: st.SearchStrategy[Any] | None = None,
    zoned: bool = False,
    complete: bool = False,
) -> st.SearchStrategy[R]:
    """Records of a type, built from what it declares.

    Parameters
    ----------
    record_type
        The record type.
    often
        By feature, numbers to try often (with their neighbors), for example thresholds.
    ids
        The ids; by default of every sort.
    zoned
        Whether instants have a zone.
    complete
        Whether every fact is known; else about one in three is absent.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.testing.strategies import records
    >>> @settings(max_examples=10)
    ... @given(records(CustomerFacts, complete=True))
    ... def law(facts):
    ...     assert 0 <= facts.attrition_risk <= 1
    >>> law()
    """
    words = {name: tuple(values) for name, values in (often or {}).items()}
    return _records(record_type, words, identities() if ids is None else ids, zoned, complete)


@st.composite
def _records(
    draw: st.DrawFn,
    record_type: type[Any],
    often: Mapping[str, tuple[float, ...]],
    ids: st.SearchStrategy[Any],
    zoned: bool,
    complete: bool,
) -> Any:
    for _ in range(_ATTEMPTS):
        data = _facts(draw, record_type, often, zoned=zoned, complete=complete)
        try:
            return record_type(**{schema(record_type).identity: draw(ids)}, **data)
        except InvalidValueError:  # a rule between fields
            continue
    return reject()


def _facts(
    draw: st.DrawFn,
    record_type: type[Any],
    often: Mapping[str, tuple[float, ...]],
    *,
    zoned: bool,
    complete: bool,
) -> dict[str, Any]:
    """Values by field, without the id; unless complete, about one in three is left out."""
    found = schema(record_type)
    data: dict[str, Any] = {}
    for name, feature in found.features.items():
        if name == found.identity:
            continue
        field = feature.member_of or name
        is_required = found.fields[field].required
        if not (complete or is_required) and draw(_IS_ABSENT):
            continue
        value = draw(values_of(feature, often=often.get(name, BOUNDS), zoned=zoned))
        if feature.member_of is None:
            data[name] = value
        else:
            data.setdefault(field, {})[name.removeprefix(f"{field}_")] = value
    return data


def columns(
    columns_type: type[C],
    *,
    max_size: int = 8,
    details: Mapping[str, Any] | None = None,
    **options: Any,
) -> st.SearchStrategy[C]:
    """Columns of a type, with as many rows as asked and gaps in them.

    Parameters
    ----------
    columns_type
        The type of the columns.
    max_size
        How many rows there are at most.
    details
        Attributes of the whole, where the type has any.
    **options
        As for `records`.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from relmkt.columns import Portfolio
    >>> from relmkt.testing.strategies import columns
    >>> @settings(max_examples=10)
    ... @given(columns(Portfolio))
    ... def law(portfolio):
    ...     assert Portfolio.of(list(portfolio)) == portfolio
    >>> law()
    """
    rows = st.lists(records(columns_type.record_type, **options), max_size=max_size)
    return rows.map(lambda made: columns_type.of(made, **(details or {})))


def portfolios(*, max_size: int = 8, **options: Any) -> st.SearchStrategy[Portfolio]:
    """Portfolios of customers, with gaps; the options are those of `records`."""
    return columns(Portfolio, max_size=max_size, **options)


def order_logs(**options: Any) -> st.SearchStrategy[OrderLog]:
    """Order logs: purchases and refunds in any order; the options are those of `logs`."""
    return logs(OrderLog, **options)


def logs(
    log_type: type[L],
    *,
    min_size: int = 0,
    max_size: int = 12,
    ids: st.SearchStrategy[Any] | None = None,
    zoned: bool | None = None,
) -> st.SearchStrategy[L]:
    """Logs of a type: lines in any order, of customers or dealers who come back.

    A log is in one currency, or does not say which; its instants have a zone throughout or nowhere.

    Parameters
    ----------
    log_type
        The type of the log.
    min_size, max_size
        How many lines there are.
    ids
        The ids; by default of every sort, three of them at the most.
    zoned
        Whether instants have a zone; None for either.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from relmkt.channel import SalesLog
    >>> from relmkt.testing.strategies import logs
    >>> @settings(max_examples=10)
    ... @given(logs(SalesLog, min_size=1, zoned=False))
    ... def law(log):
    ...     assert log.last_day() == max(log.days()).item()
    >>> law()
    """
    return _logs(log_type, min_size, max_size, ids, zoned)


@st.composite
def _logs(
    draw: st.DrawFn,
    log_type: type[Any],
    min_size: int,
    max_size: int,
    ids: st.SearchStrategy[Any] | None,
    zoned: bool | None,
) -> Any:
    if ids is None:
        ids = st.sampled_from(draw(st.lists(identities(), min_size=1, max_size=3)))
    has_zone = draw(st.booleans()) if zoned is None else zoned
    one = records(log_type.record_type, ids=ids, zoned=has_zone)
    lines = draw(st.lists(one, min_size=min_size, max_size=max_size))
    log = log_type.of([attrs.evolve(line, currency=None) for line in lines])
    currency = draw(st.sampled_from([None, "EUR", "USD"]))
    return log if currency is None else log.replace(currency=[currency] * len(log))


def policies(policy_type: type[P], *, plain: bool = False) -> st.SearchStrategy[P]:
    """Policies of a type, each threshold as it is declared: its default, and other numbers.

    Where the unit is a share or a probability numbers lie between 0 and 1; elsewhere they are any
    finite numbers. A default that depends on the portfolio stays one, or becomes a number.

    Parameters
    ----------
    policy_type
        The type of the policy.
    plain
        Whether every threshold is a plain number, so that the policy decides as it is.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from relmkt.policies import StrategyPolicy
    >>> from relmkt.testing.strategies import policies
    >>> @settings(max_examples=10)
    ... @given(policies(StrategyPolicy, plain=True))
    ... def law(policy):
    ...     assert policy.table().version == policy.table().version
    >>> law()
    """
    stated = {declared.name: _settings(declared, plain) for declared in thresholds(policy_type)}
    return _policies(policy_type, stated)


@st.composite
def _policies(
    draw: st.DrawFn, policy_type: type[Any], stated: Mapping[str, st.SearchStrategy[Any]]
) -> Any:
    values = {name: draw(setting) for name, setting in stated.items()}
    for declared in thresholds(policy_type):
        if declared.at_most is not None:
            _put_in_order(values, declared.name, declared.at_most)
    try:
        return policy_type(**values)
    except InvalidValueError:  # a rule of the policy's own
        reject()


def _put_in_order(values: dict[str, Any], low: str, high: str) -> None:
    """Two that are numbers, the lower one first."""
    pair = values[low], values[high]
    if not any(isinstance(value, Quantile) for value in pair):
        values[low], values[high] = sorted(pair)


def _settings(declared: Threshold, plain: bool) -> st.SearchStrategy[Any]:
    """What one threshold may be, its default first."""
    is_share = declared.unit.split(" ")[0] in _SHARES
    low, high = (0.0, 1.0) if is_share else (-1e6, 1e6)
    default = cast("float | Quantile", declared.default)
    number = default.otherwise if isinstance(default, Quantile) else float(default)
    low = low if declared.least is None else max(low, declared.least)
    marked = [x for x in (number, *near([number]), *BOUNDS) if low <= x <= high]
    numbers = st.sampled_from([number, *marked]) | st.floats(low, high)
    if declared.whole:
        marked = [x for x in (number - 1, number + 1) if low <= x]
        numbers = st.sampled_from([number, *marked]) | st.integers(math.ceil(low), int(high))
    return numbers if plain or not isinstance(default, Quantile) else st.just(default) | numbers
