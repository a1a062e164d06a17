"""The shortlist of dealers that match best, how firmly it stands, and what would change it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt._coercion import plain
from relmkt.channel.selection import Likeness, Matches
from relmkt.errors import InvalidValueError

__all__ = ["Change", "Place", "Shortlist", "WeightRange", "shortlist"]

Numbers = NDArray[np.float64]

_DIGITS = 12
"""Scores that agree to so many digits are equal: what differs beyond is rounding."""


class Place(StrEnum):
    """Where a candidate stands."""

    IN = "in"
    """On the shortlist, whatever the unknown facts turn out to be."""
    OPEN = "open"
    """On it or not: an unknown fact decides."""
    OUT = "out"
    """Not on it, whatever the unknown facts turn out to be."""


@attrs.frozen(kw_only=True)
class Change:
    """One change of one fact that brings a candidate onto the shortlist, all else as it is.

    Attributes
    ----------
    fact
        The fact.
    had
        What the dealer is now; None where that is absent.
    needed
        The nearest value that is enough; where `had` is absent, what is wanted.
    distance
        How far it is at most from what is wanted, in the unit of the fact; 0 for a text.
    effort
        The change as a share of the distance at which nothing is left of closeness; 1 for a text,
        and for a fact that is absent the closeness it must turn out to have.
    """

    fact: str
    had: float | str | None
    needed: float | str
    distance: float
    effort: float


@attrs.frozen(kw_only=True)
class WeightRange:
    """The weights of one term between which the shortlist stands, the others in proportion.

    Attributes
    ----------
    fact
        The fact.
    weight
        Its share of all the weights now.
    lowest, highest
        Between these shares the shortlist stands. At an end where two are named they tie, and so
        the list may be longer there.
    falls, rises
        One on the list and the one that it falls behind, below the lowest and above the highest;
        None where no lower or no higher weight changes the list.
    """

    fact: str
    weight: float
    lowest: float
    highest: float
    falls: tuple[Any, Any] | None
    rises: tuple[Any, Any] | None


@attrs.frozen(eq=False, kw_only=True)
class Shortlist:
    """The candidates that match best.

    Attributes
    ----------
    matches
        The matches that it was made of.
    size
        How many were asked for.
    slack
        For each dealer, shape (n,): its lowest match less the match that it must reach to be on
        the list for sure. At least 0 for those on it; infinite where there are no rivals; NaN for
        those who were not eligible.
    place
        For each dealer its code among the members of `Place`, shape (n,); -1 for those who were
        not eligible.
    """

    matches: Matches
    size: int
    slack: Numbers
    place: NDArray[np.int8]

    def __len__(self) -> int:
        return int(np.count_nonzero(self.place == _IN))

    @property
    def settled(self) -> bool:
        """Whether no unknown fact could change it."""
        return not bool((self.place == _OPEN).any())

    @property
    def chosen(self) -> list[Any]:
        """The ids of those on it, best first; of equal ones in the order given."""
        return self._ids(_IN)

    @property
    def undecided(self) -> list[Any]:
        """The ids of those whom an unknown fact decides about, best first."""
        return self._ids(_OPEN)

    @property
    def missing(self) -> dict[Any, tuple[str, ...]]:
        """For each dealer that could still come or go, its unknown facts that count."""
        if self.settled:
            return {}
        rows = np.flatnonzero((self.place == _OPEN) | (self.place == _IN)).tolist()
        found = {row: self.matches[row].unknown for row in rows}
        ids = self.matches.dealers.ids
        return {plain(ids[row]): facts for row, facts in found.items() if facts}

    @property
    def margin(self) -> float:
        """The lowest match on the list less the highest off it: what it takes to change the list.

        Infinite if nobody is off it; NaN while it is open.
        """
        if not self.settled:
            return float("nan")
        inside, outside = self.place == _IN, self.place == _OUT
        if not outside.any():
            return float("inf")
        return float(self.matches.lowest[inside].min() - self.matches.highest[outside].max())

    def changes(self, row: int) -> tuple[Change, ...]:
        """Every change of one fact that brings a candidate onto the list, the smallest first.

        Empty for those on it already, and where no single fact is enough.

        Parameters
        ----------
        row
            The row of the candidate.

        Examples
        --------
        >>> from relmkt.channel import Distributors, match_dealers, match_terms, shortlist
        >>> from relmkt.domain import BrandPosition
        >>> position = BrandPosition(brand_market="Lumen in North", price_level=1.2, capability=0.8)
        >>> dealers = Distributors(
        ...     dealer=["D-7", "D-8"], price_level=[1.2, 1.0], capability=[0.6, 0.7]
        ... )
        >>> found = shortlist(match_dealers(dealers, match_terms(position)), 1)
        >>> [(one.fact, one.had, round(one.needed, 3)) for one in found.changes(1)]
        [('price_level', 1.0, 1.15)]
        """
        if self.place[row] in (_IN, _NOWHERE):
            return ()
        short = -float(self.slack[row])
        found: list[Change] = []
        match = self.matches[row]
        for at, term in enumerate(match.terms):
            held = term.closeness or 0.0
            if term.weight * (1.0 - held) < short - 0.5 * 10.0**-_DIGITS or not term.weight:
                continue
            needed = min(held + short / term.weight, 1.0)
            found.append(self._change(at, term.had, needed, held))
        return tuple(sorted(found, key=lambda change: change.effort))

    def _change(self, at: int, had: float | str | None, needed: float, held: float) -> Change:
        term = self.matches.terms[at]
        if term.likeness is Likeness.SAME:
            return Change(fact=term.fact, had=had, needed=term.wanted, distance=0.0, effort=1.0)
        wanted, scale = float(term.wanted), float(term.scale or 1.0)
        distance = (1.0 - needed) * scale
        if had is None:
            return Change(
                fact=term.fact, had=None, needed=wanted, distance=distance, effort=needed - held
            )
        value = wanted + distance if float(had) > wanted else wanted - distance
        effort = abs(value - float(had)) / scale
        return Change(fact=term.fact, had=had, needed=value, distance=distance, effort=effort)

    def weight_ranges(self) -> tuple[WeightRange, ...]:
        """For each term the weights between which the list stands, exactly.

        A score is linear in each weight. So two candidates change places at one weight at most,
        and the ends of the range are the nearest such weights of one on the list and one off it.

        Raises
        ------
        InvalidValueError
            When the list is open: what is not settled cannot be kept.

        Examples
        --------
        >>> from relmkt.channel import Distributors, match_dealers, match_terms, shortlist
        >>> from relmkt.domain import BrandPosition
        >>> position = BrandPosition(brand_market="Lumen in North", price_level=1.2, capability=0.8)
        >>> dealers = Distributors(
        ...     dealer=["D-7", "D-8"], price_level=[1.2, 1.0], capability=[0.6, 0.7]
        ... )
        >>> for one in shortlist(match_dealers(dealers, match_terms(position)), 1).weight_ranges():
        ...     print(one.fact, round(one.lowest, 3), round(one.highest, 3), one.falls)
        price_level 0.2 1.0 ('D-7', 'D-8')
        capability 0.0 0.8 None
        """
        if not self.settled:
            raise InvalidValueError(
                "shortlist",
                "be settled",
                f"{len(self.undecided)} open",
                remedy="find out the facts that are missing first",
            )
        return tuple(self._range(at) for at in range(len(self.matches.terms)))

    def _range(self, at: int) -> WeightRange:
        weight = float(self.matches.weights[at])
        ends = _Ends(down=-weight, up=np.inf)
        self._keep_ahead(at, ends)
        self._keep_ties(at, ends)
        rest = 1.0 - weight if len(self.matches.terms) > 1 else 0.0
        return WeightRange(
            fact=self.matches.terms[at].fact,
            weight=weight,
            lowest=_share(weight + ends.down, rest),
            highest=_share(weight + ends.up, rest),
            falls=self._named(ends.falls),
            rises=self._named(ends.rises),
        )

    def _keep_ahead(self, at: int, ends: _Ends) -> None:
        """Everybody on the list stays ahead of everybody off it."""
        low, high = self._slopes(at)
        rivals = np.flatnonzero(self.place == _OUT)
        for one in np.flatnonzero(self.place == _IN).tolist():
            ahead = self.matches.lowest[one] - self.matches.highest[rivals]
            slope = _rounded(low[one] - high[rivals])
            for sign in (-1.0, 1.0):
                nearing = rivals[slope * sign < 0.0]
                moves = ahead[slope * sign < 0.0] / np.abs(slope[slope * sign < 0.0])
                if len(moves):
                    first = int(np.argmin(moves))
                    ends.come(
                        sign * max(float(moves[first]), 0.0), sign, (one, int(nearing[first]))
                    )

    def _keep_ties(self, at: int, ends: _Ends) -> None:
        """A list that is longer than asked for ends with such as tie, and are enough to.

        Those whose lines are one and the same tie at every weight. If they are more than the list
        is too long, it can end with them; with others it cannot, but where lines happen to cross.
        """
        rows = np.flatnonzero(self.place == _IN)
        values = _rounded(self.matches.lowest[rows])
        slopes = _rounded(self._slopes(at)[0][rows])
        matters = self.matches.weights > 0.0
        matters[at] = True
        alone = np.where(np.isnan(self.matches.closeness[rows][:, matters]).any(axis=1), rows, -1)
        lines = np.column_stack([values, slopes, alone])
        _, firsts, codes, alike = np.unique(
            lines, axis=0, return_index=True, return_inverse=True, return_counts=True
        )
        can_end = alike > len(rows) - self.size
        anchors = firsts[can_end]
        for one in np.flatnonzero(~can_end[codes.reshape(-1)]).tolist():
            # The moves of the weight that bring this one below every line that could be the last.
            ahead = _rounded(values[anchors] - values[one])
            slope = _rounded(slopes[anchors] - slopes[one])
            if ((slope == 0.0) & (ahead <= 0.0)).any():
                continue
            start = (-ahead[slope > 0.0] / slope[slope > 0.0]).max(initial=-np.inf)
            stop = (-ahead[slope < 0.0] / slope[slope < 0.0]).min(initial=np.inf)
            if start >= stop:
                continue
            other = anchors[0] if len(anchors) else firsts[firsts != one][0]
            pair = (int(rows[one]), int(rows[other]))
            if stop > 0.0:
                ends.come(max(float(start), 0.0), 1.0, pair)
            if start < 0.0:
                ends.come(min(float(stop), 0.0), -1.0, pair)

    def _slopes(self, at: int) -> tuple[Numbers, Numbers]:
        """How the lowest and the highest match of each move with a weight."""
        close = self.matches.closeness[:, at]
        unknown = np.isnan(close)
        return np.where(unknown, 0.0, close), np.where(unknown, 1.0, close)

    def _named(self, pair: tuple[int, int] | None) -> tuple[Any, Any] | None:
        ids = self.matches.dealers.ids
        return None if pair is None else (plain(ids[pair[0]]), plain(ids[pair[1]]))

    def _ids(self, code: int) -> list[Any]:
        rows = np.flatnonzero(self.place == code)
        order = np.lexsort(
            (rows, -_rounded(self.matches.highest[rows]), -_rounded(self.matches.lowest[rows]))
        )
        return self.matches.dealers.ids[rows[order]].tolist()

    def __str__(self) -> str:
        lines = [f"{len(self)} of {len(self.matches)} dealers, {self.size} asked for"]
        lines += [f"  in: {name}" for name in self.chosen]
        missing = self.missing
        for name in self.undecided:
            waits = ", ".join(missing.get(name, ())) or "the facts of others"
            lines += [f"  open: {name}, waits for {waits}"]
        return "\n".join(lines)


_IN, _OPEN, _OUT, _NOWHERE = 0, 1, 2, -1


@attrs.define
class _Ends:
    """How far a weight may move down and up, and the rows that meet there."""

    down: float
    up: float
    falls: tuple[int, int] | None = None
    rises: tuple[int, int] | None = None

    def come(self, move: float, sign: float, pair: tuple[int, int]) -> None:
        """Take an end that is nearer than the one so far."""
        if sign < 0 and move > self.down:
            self.down, self.falls = move, pair
        elif sign > 0 and move < self.up:
            self.up, self.rises = move, pair


def shortlist(matches: Matches, size: int, *, eligible: ArrayLike | None = None) -> Shortlist:
    """The candidates that match best, as many as asked for.

    **Ties.** Who matches as well as the last one on the list is on it too, so that no order of the
    rows decides; the list may then be longer than asked for. Matches that agree to 12 digits are
    equal.

    **Unknown facts.** A candidate is on the list if it is so whatever the unknown facts of all turn
    out to be; it is off it if it is so whatever they are; else its place is *open*, and the facts
    that could settle it are named. An open list has fewer entries than were asked for.

    Parameters
    ----------
    matches
        The matches of the candidates.
    size
        How many are wanted, at least 1.
    eligible
        For each candidate whether it may be taken at all, shape (n,); for example those for whom a
        `SelectionPolicy` finds no objection.

    Raises
    ------
    InvalidValueError
        When fewer than one are wanted, or the shape does not fit.

    Examples
    --------
    >>> from relmkt.channel import Distributors, match_dealers, match_terms, shortlist
    >>> from relmkt.domain import BrandPosition
    >>> position = BrandPosition(brand_market="Lumen in North", price_level=1.2, capability=0.8)
    >>> dealers = Distributors(
    ...     dealer=["D-7", "D-8", "D-9"],
    ...     price_level=[1.2, 1.0, None],
    ...     capability=[0.7, 0.7, 0.8],
    ... )
    >>> found = shortlist(match_dealers(dealers, match_terms(position)), 1)
    >>> found.chosen, found.undecided, found.missing
    ([], ['D-7', 'D-9'], {'D-9': ('price_level',)})
    """
    if size < 1:
        raise InvalidValueError("size", "be at least 1", size)
    n = len(matches)
    may = np.ones(n, dtype=np.bool_) if eligible is None else np.asarray(eligible, dtype=np.bool_)
    if may.shape != (n,):
        raise InvalidValueError("eligible", f"have {n} answers, one a dealer", may.shape)
    slack, place = np.full(n, np.nan), np.full(n, _NOWHERE, dtype=np.int8)
    low, high = matches.lowest[may], matches.highest[may]
    needed = _best_of_the_others(high, size)
    slack[may] = low - needed
    reached = _best_of_the_others(low, size)
    sure = _rounded(low) >= _rounded(needed)
    lost = _rounded(high) < _rounded(reached)
    place[may] = np.where(sure, _IN, np.where(lost, _OUT, _OPEN))
    for array in (slack, place):
        array.flags.writeable = False
    return Shortlist(matches=matches, size=size, slack=slack, place=place)


def _best_of_the_others(values: Numbers, rank: int) -> Numbers:
    """For each the value of this rank among all the others; minus infinity where they are fewer."""
    if len(values) <= rank:
        return np.full(len(values), -np.inf)
    ordered = np.sort(values)[::-1]
    first, second = float(ordered[rank - 1]), float(ordered[rank])
    return np.where(values >= first, second, first)


def _rounded(values: Numbers) -> Numbers:
    return np.asarray(np.round(values, _DIGITS), dtype=np.float64)


def _share(weight: float, rest: float) -> float:
    """The share of a weight beside the rest of them."""
    if np.isinf(weight) or rest <= 0.0:
        return 1.0
    return max(weight, 0.0) / (max(weight, 0.0) + rest)
