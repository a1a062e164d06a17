"""Other schedules over the sales of last year: who gains, who loses, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt.channel._per_dealer import dealer_ids, volume_array
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import RebateBasis
from relmkt.errors import InvalidValueError

__all__ = ["RebateMove", "RebateScenario", "RebateWhatIf", "rebate_what_if"]

Floats = NDArray[np.float64]


@attrs.frozen(kw_only=True)
class RebateMove:
    """One dealer whose rebate would have been another.

    Attributes
    ----------
    dealer
        Who.
    old, new, change
        Its rebate by the schedule that held, by the other one, and what that adds.
    """

    dealer: Any
    old: float
    new: float
    change: float

    def __str__(self) -> str:
        return f"{self.dealer}: {self.old:,.2f} to {self.new:,.2f} ({self.change:+,.2f})"


@attrs.frozen(kw_only=True, eq=False)
class RebateScenario:
    """What one schedule would have paid; arrays of shape (n,), read-only.

    Attributes
    ----------
    name, schedule
        Which schedule.
    dealers
        The dealers as given.
    rebates
        What each would have got; floats, not rounded.
    changes
        What that is above the schedule that held.
    crossed
        How many cliffs each dealer's volume has passed.
    """

    name: str
    schedule: RebateSchedule
    dealers: NDArray[Any]
    rebates: Floats
    changes: Floats
    crossed: NDArray[np.int64]

    @property
    def cost(self) -> float:
        """What all rebates together would have cost."""
        return math.fsum(self.rebates.tolist())

    @property
    def gaining(self) -> int:
        """How many would have got more."""
        return int((self.changes >= self._small).sum())

    @property
    def losing(self) -> int:
        """How many would have got less."""
        return int((self.changes <= -self._small).sum())

    def gainers(self, limit: int | None = None) -> tuple[RebateMove, ...]:
        """Who would have got more, whoever gains most first; less than half a cent is not more."""
        return self._moves(-self.changes, limit)

    def losers(self, limit: int | None = None) -> tuple[RebateMove, ...]:
        """Who would have got less, whoever loses most first; less than half a cent is not less."""
        return self._moves(self.changes, limit)

    @property
    def _small(self) -> float:
        """Half of the smallest amount of the currency: what is below it, nobody is paid."""
        return 0.5 * 10.0**self.schedule.exponent

    def _moves(self, order: Floats, limit: int | None) -> tuple[RebateMove, ...]:
        rows = np.flatnonzero(order <= -self._small)
        rows = rows[np.argsort(order[rows], kind="stable")][:limit]
        return tuple(
            RebateMove(dealer=dealer, old=new - change, new=new, change=change)
            for dealer, new, change in zip(
                *(column[rows].tolist() for column in (self.dealers, self.rebates, self.changes)),
                strict=True,
            )
        )


@attrs.frozen(kw_only=True, eq=False)
class RebateWhatIf:
    """The schedule that held, beside others, over the same sales.

    Attributes
    ----------
    current
        What held.
    proposed
        The others, in the order in which they were given.
    """

    current: RebateScenario
    proposed: tuple[RebateScenario, ...]

    def __str__(self) -> str:
        currency = self.current.schedule.currency
        heads = f"{'':<16} {f'cost ({currency})':>18} {'change':>16}"
        lines = [f"{heads} {'gain':>7} {'lose':>7} {'cliffs':>7}"]
        lines += (
            f"{one.name:<16} {one.cost:>18,.2f} {one.cost - self.current.cost:>+16,.2f} "
            f"{one.gaining:>7,} {one.losing:>7,} {int(one.crossed.sum()):>7,}"
            for one in (self.current, *self.proposed)
        )
        return "\n".join(lines)


def rebate_what_if(
    current: RebateSchedule,
    proposed: Mapping[str, RebateSchedule],
    *,
    dealers: Iterable[Any],
    quantities: ArrayLike | None = None,
    amounts: ArrayLike | None = None,
    targets: ArrayLike | None = None,
) -> RebateWhatIf:
    """Any number of schedules over the sales of a year that is over.

    This is arithmetic on what was sold. It does not say what dealers would have sold under another
    schedule: for what they have reason to do, see `diversion_test`.

    Parameters
    ----------
    current
        The schedule that held.
    proposed
        The others, by name.
    dealers
        The dealers' ids, one for each row.
    quantities, amounts
        What each dealer sold of what counts, in units and in money, shape (n,), known and at least
        0; those that the schedules go by.
    targets
        The target of each, for schedules that pay from the target on.

    Raises
    ------
    InvalidValueError
        When a schedule is in another currency, or goes by what is not given.
    InvalidRowsError
        For sales that are missing or negative; the first rows are named.

    Examples
    --------
    >>> from relmkt.channel.rebate_schedules import RebateSchedule
    >>> from relmkt.channel.rebate_what_if import rebate_what_if
    >>> brackets = [(100, 2), (500, 3)]
    >>> whole = RebateSchedule(brackets=brackets, kind="whole_volume", currency="EUR")
    >>> steps = RebateSchedule(brackets=[(0, 2), (500, 6)], kind="marginal", currency="EUR")
    >>> answer = rebate_what_if(
    ...     whole, {"steps": steps}, dealers=["A", "B", "C"], quantities=[90, 510, 1000]
    ... )
    >>> print(answer)
                             cost (EUR)           change    gain    lose  cliffs
    current                    4,530.00            +0.00       0       0       4
    steps                      5,240.00          +710.00       2       1       0
    >>> [str(move) for move in answer.proposed[0].losers()]
    ['B: 1,530.00 to 1,060.00 (-470.00)']
    """
    volumes = {
        basis: None if given is None else volume_array(name, given)
        for basis, name, given in (
            (RebateBasis.QUANTITY, "quantities", quantities),
            (RebateBasis.AMOUNT, "amounts", amounts),
        )
    }
    sizes = [len(held) for held in volumes.values() if held is not None]
    ids = dealer_ids(dealers, sizes[0] if sizes else 0)
    old: Floats | None = None
    scenarios: list[RebateScenario] = []
    for name, schedule in [("current", current), *proposed.items()]:
        held = volumes[schedule.basis]
        if held is None or len(held) != len(ids):
            raise InvalidValueError(
                f"{'quantities' if schedule.basis is RebateBasis.QUANTITY else 'amounts'}",
                f"be one number for each dealer ({len(ids):,})",
                None if held is None else len(held),
                where=f"schedule {name!r}",
                remedy=f"it goes by {schedule.basis.value}",
            )
        if schedule.currency != current.currency:
            raise InvalidValueError(
                "currency",
                f"be that of the schedule that held ({current.currency})",
                schedule.currency,
                where=f"schedule {name!r}",
                remedy="money of two currencies is not compared",
            )
        paid = schedule.rebates(held, targets=targets)
        old = paid if old is None else old
        changes, crossed = paid - old, _crossed(schedule, held, targets)
        for array in (paid, changes, crossed):
            array.flags.writeable = False
        scenarios.append(
            RebateScenario(
                name=name,
                schedule=schedule,
                dealers=ids,
                rebates=paid,
                changes=changes,
                crossed=crossed,
            )
        )
    return RebateWhatIf(current=scenarios[0], proposed=tuple(scenarios[1:]))


def _crossed(
    schedule: RebateSchedule, volumes: Floats, targets: ArrayLike | None
) -> NDArray[np.int64]:
    """How many cliffs lie at or below each volume."""
    plain = attrs.evolve(schedule, from_target=False)
    cliffs = np.array([float(cliff.at) for cliff in plain.cliffs()])
    crossed = np.searchsorted(cliffs, volumes, side="right").astype(np.int64)
    if not schedule.from_target:
        return crossed
    floors = np.asarray(targets, dtype=np.float64)
    # What lies below the target is cut away; at the target there is a cliff, if anything is paid.
    cut = np.searchsorted(cliffs, floors, side="right")
    jumps = (plain.rebates(floors) > 0).astype(np.int64)
    return np.where(volumes >= floors, crossed - cut + jumps, 0)
