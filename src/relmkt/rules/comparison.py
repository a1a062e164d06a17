"""Two tables on one portfolio: who moves from which outcome to which, and what it is worth."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules._differences import Differences, differences
from relmkt.rules._movers import Mover, called
from relmkt.rules._words import shown
from relmkt.rules.conditions import Handle
from relmkt.rules.decisions import Decisions
from relmkt.rules.features import Kind
from relmkt.rules.verification import ANYTHING

if TYPE_CHECKING:
    from relmkt.rules._blocks import Layout
    from relmkt.rules.tables import Table

__all__ = ["TableComparison", "compare"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")

_SEVERAL = (list, tuple)


@attrs.frozen(kw_only=True, eq=False)
class TableComparison(Generic[R, OutcomeT]):
    """What two tables decide for the same rows, by `Table.compare`; printed, it is read aloud.

    Attributes
    ----------
    before, after
        The decisions of the first table and of the second.
    outcomes
        The outcomes of both, those of the first in their order; the words for "undecided" last,
        and None where a table has no such word.
    matrix
        How many go from each outcome (the row) to each (the column), shape (k, k), read-only.
    value
        What the rows are worth, shape (n,), read-only; None where it was not asked for.
    value_matrix
        The same transitions by the sum of what is known of that, shape (k, k), read-only; zeros
        where it was not asked for.
    unvalued
        How many of each transition are of unknown worth, shape (k, k), read-only.
    limit
        How many transitions are printed, and how many movers are named unless more are asked for.
    """

    before: Decisions[R, OutcomeT]
    after: Decisions[R, OutcomeT]
    outcomes: tuple[OutcomeT | None, ...]
    matrix: NDArray[np.int64]
    value: NDArray[np.float64] | None
    value_matrix: NDArray[np.float64]
    unvalued: NDArray[np.int64]
    limit: int
    _codes: tuple[NDArray[np.int16], NDArray[np.int16]] = attrs.field(repr=False, alias="codes")

    def __len__(self) -> int:
        return len(self.before)

    @property
    def differences(self) -> Differences:
        """What differs between the two tables."""
        return differences(self.before.table, self.after.table)

    @property
    def moved(self) -> NDArray[np.bool_]:
        """The rows that have another outcome, shape (n,)."""
        return self._codes[0] != self._codes[1]

    @property
    def share_unchanged(self) -> float:
        """The share of the rows that keep their outcome; NaN where there are no rows."""
        return float(np.trace(self.matrix)) / len(self) if len(self) else float("nan")

    @property
    def value_moved(self) -> float:
        """What those who move are worth together, as far as it is known."""
        return float(self.value_matrix[self._moves].sum())

    @property
    def newly_decided(self) -> NDArray[np.bool_]:
        """The rows that no rule decided before, and one does now, shape (n,)."""
        return ~self.before.settled & self.after.settled

    @property
    def newly_undecided(self) -> NDArray[np.bool_]:
        """The rows that a rule decided before, and none does now, shape (n,)."""
        return self.before.settled & ~self.after.settled

    def count(self, from_: OutcomeT | None, to: OutcomeT | None) -> int:
        """How many go from one outcome to another (or stay).

        Raises
        ------
        UnknownNameError
            When an outcome is not one of the tables.
        """
        return int(self.matrix[self._place(from_), self._place(to)])

    def value_of(self, from_: OutcomeT | None, to: OutcomeT | None) -> float:
        """What those who go from one outcome to another (or stay) are worth, as far as is known.

        Raises
        ------
        UnknownNameError
            When an outcome is not one of the tables.
        """
        return float(self.value_matrix[self._place(from_), self._place(to)])

    def movers(
        self, from_: object = ANYTHING, to: object = ANYTHING, *, limit: int | None = None
    ) -> list[Mover[R, OutcomeT]]:
        """Those who have another outcome, by name: the most valuable first, else in their order.

        Parameters
        ----------
        from_
            The outcome before, or several in a list; by default any.
        to
            The outcome after, likewise.
        limit
            How many to name; by default the limit of the comparison.

        Raises
        ------
        UnknownNameError
            When an outcome is not one of the tables.
        """
        most = self.limit if limit is None else _limit(limit)
        chosen = self.moved
        for side, codes in zip((from_, to), self._codes, strict=True):
            if side is not ANYTHING:
                words = cast("Iterable[Any]", side) if isinstance(side, _SEVERAL) else (side,)
                chosen = chosen & np.isin(codes, [self._place(word) for word in words])
        rows = np.flatnonzero(chosen)
        if self.value is not None:
            rows = rows[np.argsort(-self.value[rows], kind="stable")]  # unknown ones come last
        return [self._mover(row) for row in rows[:most].tolist()]

    @property
    def _moves(self) -> NDArray[np.bool_]:
        """The transitions between different outcomes, shape (k, k)."""
        return ~np.eye(len(self.outcomes), dtype=np.bool_)

    def _mover(self, row: int) -> Mover[R, OutcomeT]:
        worth = None if self.value is None else float(self.value[row])
        return Mover(
            id=self.before.rows.ids[row : row + 1].tolist()[0],
            row=row,
            value=None if worth is None or np.isnan(worth) else worth,
            before=self.before[row],
            after=self.after[row],
        )

    def _place(self, outcome: object) -> int:
        if outcome not in self.outcomes:
            raise UnknownNameError("outcome", outcome, map(called, self.outcomes))
        return self.outcomes.index(cast("OutcomeT", outcome))

    # ------------------------------------------------------------------------------- words

    def __str__(self) -> str:
        size, moved = len(self), int(np.count_nonzero(self.moved))
        name = self.before.table.name
        verb = "moves" if moved == 1 else "move"
        head = f"{name}: {moved:,} of {size:,} {verb}"
        if moved:
            head += self._worth(self.value_moved, moved, int(self.unvalued[self._moves].sum()))
        lines = [head, *(f"  {told}" for told in self._transitions())]
        for word, rows in (("decided", self.newly_decided), ("undecided", self.newly_undecided)):
            if rows.any():
                lines.append(f"  {np.count_nonzero(rows):,} newly {word}")
        lines += [f"  {told}" for told in str(self.differences).splitlines()]
        return "\n".join(lines)

    def _transitions(self) -> Iterator[str]:
        pairs = [pair for pair in np.argwhere(self.matrix).tolist() if pair[0] != pair[1]]
        # The most valuable first; of equals, and where nobody asked for value, the most frequent.
        pairs.sort(key=lambda at: (-self.value_matrix[*at], -self.matrix[*at]))
        for start, end in pairs[: self.limit]:
            count = int(self.matrix[start, end])
            ends = f"from {called(self.outcomes[start])} to {called(self.outcomes[end])}"
            worth = float(self.value_matrix[start, end])
            unknown = int(self.unvalued[start, end])
            yield f"{count:,} {ends}{self._worth(worth, count, unknown)}"
        rest = pairs[self.limit :]
        if rest:
            others = sum(int(self.matrix[*at]) for at in rest)
            yield f"{others:,} between other outcomes"

    def _worth(self, value: float, count: int, unknown: int) -> str:
        if self.value is None:
            return ""
        if unknown == count:
            return ", of unknown worth"
        told = f", worth {shown(value)}"
        return f"{told} and {unknown:,} of unknown worth" if unknown else told


def compare(
    table: Table[R, OutcomeT],
    other: Table[R, OutcomeT],
    portfolio: Layout,
    *,
    value: str | Handle | ArrayLike | None = None,
    assume: Mapping[str, Any] | None = None,
    limit: int = 20,
) -> TableComparison[R, OutcomeT]:
    """What would change if another table decided: who moves, from where to where, worth how much.

    Parameters
    ----------
    table
        The table as it is.
    other
        The table that might take its place, on the same record type.
    portfolio
        The columns that both decide on.
    value
        What each row is worth: the name of a number, its handle, or an array of shape (n,); NaN
        where that is not known. Such rows count, and their worth does not.
    assume
        What to take for facts that are absent, as for `Table.decide`.
    limit
        How many transitions to print, and how many movers to name unless more are asked for.

    Returns
    -------
    TableComparison
        The transitions; it names the movers.

    Raises
    ------
    InvalidValueError
        When the tables decide on different record types, the portfolio is no columns of theirs,
        or the value is no number, infinite, or of another length.
    UnknownNameError
        When the value names no fact.

    Examples
    --------
    >>> from relmkt.columns import Portfolio
    >>> from relmkt.records import handles, schema
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.rules import ALWAYS, Rule, Table
    >>> from relmkt.rules.comparison import compare
    >>> def table(high):
    ...     risky = handles(CustomerFacts).attrition_risk >= high
    ...     rules = [Rule("risky", risky, "protect"), Rule("rest", ALWAYS, "keep", "safe enough")]
    ...     constants = {"attrition_risk_high": high}
    ...     return Table(name="care", facts=schema(CustomerFacts), rules=rules, constants=constants)
    >>> portfolio = Portfolio(
    ...     customer=["C-1", "C-2", "C-3"],
    ...     attrition_risk=[0.2, 0.4, 0.6],
    ...     retained_value=[80, 1200, 300],
    ... )
    >>> comparison = compare(table(0.5), table(0.3), portfolio, value="retained_value")
    >>> print(comparison)
    care: 1 of 3 moves, worth 1,200
      1 from keep to protect, worth 1,200
      attrition risk high from 0.5 to 0.3
      altered: risky
    >>> print(comparison.movers()[0])
    C-2, worth 1,200, keep becomes protect: risky failed (attrition risk 0.4 < 0.5), and holds \
now (attrition risk 0.4 ≥ 0.3)
    """
    wanted = table.facts.record_type
    if getattr(getattr(other, "facts", None), "record_type", None) is not wanted:
        raise InvalidValueError(
            "other",
            f"be a table that decides on {wanted.__name__}, as {table.name} does",
            other,
            remedy="policy.table() makes one",
        )
    if getattr(portfolio, "record_type", None) is not wanted:
        raise InvalidValueError("portfolio", f"be columns of {wanted.__name__}", portfolio)
    most = _limit(limit)
    worth = None if value is None else _worth(table, portfolio, value)
    before, after = (each.decide(portfolio, assume=assume) for each in (table, other))
    outcomes = _outcomes(table, other)
    codes = _codes(before, outcomes), _codes(after, outcomes)
    size = len(outcomes)
    at = codes[0].astype(np.intp) * size + codes[1]

    def matrix(of: NDArray[Any], weights: NDArray[Any] | None = None) -> NDArray[Any]:
        found = np.bincount(of, weights, minlength=size * size).reshape(size, size)
        found.flags.writeable = False
        return found

    is_known = np.full(len(before), False) if worth is None else ~np.isnan(worth)
    unknown = at[:0] if worth is None else at[~is_known]
    return TableComparison(
        before=before,
        after=after,
        outcomes=outcomes,
        matrix=matrix(at).astype(np.int64, copy=False),
        value=worth,
        value_matrix=matrix(at[is_known], at[:0] if worth is None else worth[is_known]),
        unvalued=matrix(unknown),
        limit=most,
        codes=codes,
    )


def _limit(limit: int) -> int:
    try:
        found = operator.index(limit)
    except TypeError:
        found = -1
    if found < 0:
        raise InvalidValueError("limit", "be a whole number, at least 0", limit)
    return found


def _worth(table: Table[Any, Any], portfolio: Layout, value: Any) -> NDArray[np.float64]:
    """What each row is worth, read-only."""
    if isinstance(value, (str, Handle)):
        name = value.feature.name if isinstance(value, Handle) else value
        features = table.facts.features
        if name not in features:
            raise UnknownNameError("fact", name, features, where="value")
        kind = features[name].kind
        if kind is not Kind.NUMBER:
            raise InvalidValueError("value", "name a number", f"{name}, a {kind.value}")
        value = portfolio.column(name)
    found = _numbers(value)
    if found is None:
        raise InvalidValueError("value", "be numbers, or the name of one", value)
    if found.shape != (len(portfolio),):
        rule = f"have one number for each of {len(portfolio):,} rows"
        raise InvalidValueError("value", rule, f"shape {found.shape}")
    if np.isinf(found).any():
        row = int(np.flatnonzero(np.isinf(found))[0])
        raise InvalidValueError(
            "value", "be finite", found[row], where=f"row {row}", remedy="NaN is for the unknown"
        )
    found.flags.writeable = False
    return found


def _numbers(value: object) -> NDArray[np.float64] | None:
    """The value as an array of its own, NaN for None; None where something in it is no number."""
    try:
        held: NDArray[Any] = np.asarray(value)
        is_number = held.dtype.kind in "fiu"
        if held.dtype == np.dtype(object):
            is_number = all(map(_is_number_or_nothing, held.ravel().tolist()))
        return held.astype(np.float64) if is_number else None
    except (TypeError, ValueError, OverflowError):  # of several lengths, or too large
        return None


def _is_number_or_nothing(value: object) -> bool:
    is_number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    return value is None or is_number


def _outcomes(*tables: Table[Any, OutcomeT]) -> tuple[OutcomeT | None, ...]:
    """The outcomes of the tables, the words for "undecided" last."""
    words: dict[OutcomeT | None, None] = {}
    for table in tables:
        words.update(dict.fromkeys(table.outcomes))
    for table in tables:
        words.pop(table.undecided, None)
        words[table.undecided] = None
    return tuple(words)


def _codes(
    decisions: Decisions[Any, OutcomeT], outcomes: tuple[OutcomeT | None, ...]
) -> NDArray[np.int16]:
    """The outcome of each row as a position among all outcomes."""
    words = (*decisions.outcomes, decisions.table.undecided)
    places = np.array([outcomes.index(word) for word in words], dtype=np.int16)
    return places[decisions.outcome]
