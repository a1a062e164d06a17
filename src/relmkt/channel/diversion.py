"""The diversion test: for whom a schedule makes dumping across territories pay, and how much."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt.channel._per_dealer import dealer_ids, volume_array
from relmkt.channel.rebate_schedules import RebateSchedule

__all__ = ["DiversionCase", "DiversionTest", "diversion_test"]

Floats = NDArray[np.float64]


@attrs.frozen(kw_only=True)
class DiversionCase:
    """One dealer for whom dumping pays.

    Attributes
    ----------
    dealer, volume
        Who, and what it sells in a contract year by itself.
    extra
        How much more it would best buy, and dump elsewhere.
    rebate
        What that adds to its rebate.
    loss
        What the dumping costs it.
    gain
        The one less the other.
    """

    dealer: Any
    volume: float
    extra: float
    rebate: float
    loss: float
    gain: float

    def __str__(self) -> str:
        return (
            f"{self.dealer} at {self.volume:,.10g}: dumps {self.extra:,.10g} more, "
            f"{self.rebate:,.2f} of rebate for {self.loss:,.2f} of loss, gains {self.gain:,.2f}"
        )


@attrs.frozen(kw_only=True, eq=False)
class DiversionTest:
    """What dumping would bring each dealer at best; arrays of shape (n,), read-only.

    Attributes
    ----------
    schedule
        The schedule that was tested.
    dealers, volumes
        The dealers as given, and what each sells by itself.
    extra
        The best volume to buy beyond that and dump, up to the highest start or to ``most``; 0 where
        none of them pays.
    rebate, loss, gain
        What that adds to the rebate, what it costs, and the difference.
    endless
        Where the highest rate is above the loss on a unit: each unit that is dumped pays there, as
        many as can be bought, so that only ``most`` bounds ``extra``.
    is_bounded
        Whether ``most`` was given.
    """

    schedule: RebateSchedule
    dealers: NDArray[Any]
    volumes: Floats
    extra: Floats
    rebate: Floats
    loss: Floats
    gain: Floats
    endless: NDArray[np.bool_]
    is_bounded: bool

    @property
    def pays(self) -> NDArray[np.bool_]:
        """Where dumping pays, shape (n,): also beyond the highest start, if nothing bounds it."""
        return (self.gain > 0) | (self.endless & (not self.is_bounded))

    def cases(self) -> tuple[DiversionCase, ...]:
        """The dealers for whom dumping ``extra`` pays, whoever gains most first.

        Whom it pays without end alone, above the highest start, nobody can tell how much it gains.
        """
        rows = np.flatnonzero(self.gain > 0)
        rows = rows[np.argsort(-self.gain[rows], kind="stable")]
        columns = (self.dealers, self.volumes, self.extra, self.rebate, self.loss, self.gain)
        return tuple(
            DiversionCase(
                dealer=dealer, volume=volume, extra=extra, rebate=rebate, loss=loss, gain=gain
            )
            for dealer, volume, extra, rebate, loss, gain in zip(
                *(column[rows].tolist() for column in columns), strict=True
            )
        )

    def __str__(self) -> str:
        cases = self.cases()
        currency = self.schedule.currency
        total = math.fsum(case.gain for case in cases)
        of_all = f"{int(self.pays.sum()):,} of {len(self.dealers):,} dealers"
        is_open = bool(self.endless.any()) and not self.is_bounded
        reach = "up to the highest bracket" if is_open else "in all"
        lines = [f"dumping pays for {of_all}, {total:,.2f} {currency} {reach}"]
        lines += [f"  {case}" for case in cases[:_SHOWN]]
        if len(cases) > _SHOWN:
            lines.append(f"  … and {len(cases) - _SHOWN:,} more")
        if self.endless.any():
            lines.append(
                f"  for {int(self.endless.sum()):,} the highest rate is above the loss on a unit: "
                "dumping pays without end" + ("; say how many can be bought (most)" * is_open)
            )
        return "\n".join(lines)


_SHOWN = 10


def diversion_test(
    schedule: RebateSchedule,
    volumes: ArrayLike,
    *,
    dealers: Iterable[Any],
    discount: ArrayLike,
    freight: ArrayLike = 0.0,
    most: ArrayLike | None = None,
    targets: ArrayLike | None = None,
) -> DiversionTest:
    """For each dealer the extra volume that it would best buy and dump, and what it gains by that.

    A dealer who buys x units more and dumps them in another territory loses the discount that it
    has to give and the freight on each, and gains R(q + x) - R(q), where R is the rebate and q what
    it sells by itself. Between two brackets this is straight in x, and brackets only ever add; so
    the best x is to dump nothing, to reach one of the starts above q, or to dump all that can be
    bought. These are compared, and no other volume is tried.

    Parameters
    ----------
    schedule
        The schedule, marginal or of whole volume.
    volumes
        What each dealer sells in a contract year by itself, in what the schedule counts; shape
        (n,), known and at least 0.
    dealers
        Their ids.
    discount
        What a dumped unit sells below its cost to the dealer, at least 0: one number, or one for
        each dealer. Of a schedule by amount, of each unit of money.
    freight
        What moving a unit costs, at least 0, as well.
    most
        The most units that can be bought beyond ``volumes``. Unless given, as many as it takes to
        reach the highest start. Dumped units are whole.
    targets
        For a schedule that pays from the target on: the target of each dealer.

    Returns
    -------
    test
        Of two volumes that gain the same, the smaller one; what is less than half of the smallest
        amount that the schedule pays counts as no gain.

    Raises
    ------
    InvalidRowsError, InvalidValueError
        For volumes, discounts and freights that are missing or negative.

    Examples
    --------
    >>> from relmkt.channel.diversion import diversion_test
    >>> from relmkt.channel.rebate_schedules import RebateSchedule
    >>> whole = RebateSchedule(brackets=[(100, 2), (500, 3)], kind="whole_volume", currency="EUR")
    >>> print(diversion_test(whole, [440, 90, 300], dealers=["A", "B", "C"], discount=8, freight=2))
    dumping pays for 2 of 3 dealers, 120.00 EUR in all
      B at 90: dumps 10 more, 200.00 of rebate for 100.00 of loss, gains 100.00
      A at 440: dumps 60 more, 620.00 of rebate for 600.00 of loss, gains 20.00
    """
    sold = volume_array("volumes", volumes)
    size = len(sold)
    names = dealer_ids(dealers, size)
    cost = _each("discount", discount, size) + _each("freight", freight, size)
    room = None if most is None else np.floor(_each("most", most, size))
    floors = None if targets is None else volume_array("targets", targets, size)
    now = schedule.rebates(sold, targets=floors)
    extra, rebate = np.zeros(size), np.zeros(size)
    gain = np.zeros(size)

    aims: list[Floats] = [np.full(size, float(one.start)) for one in schedule.brackets]
    if schedule.from_target and floors is not None:
        aims.append(floors)
    tries = [np.ceil(aim - sold - _near(aim)) for aim in aims]
    tries += [room] if room is not None else []
    small = 0.5 * 10.0**schedule.exponent  # what floats round must not make anybody a diverter
    for more in np.sort(np.stack(tries), axis=0):
        fits = more > 0
        if room is not None:
            fits &= more <= room
        step = np.where(fits, more, 0.0)
        reached = sold + step
        for aim in aims:  # 5.6 and 12 more is 17.6, and not the float right below it
            reached = np.where(np.abs(reached - aim) <= _near(aim), aim, reached)
        added = schedule.rebates(reached, targets=floors) - now
        better = added - cost * step
        take = fits & (better > gain + small)
        extra[take], rebate[take], gain[take] = step[take], added[take], better[take]
    for array in (sold, extra, rebate, gain):
        array.flags.writeable = False
    loss = cost * extra
    endless = float(schedule.brackets[-1].rate) > cost
    loss.flags.writeable = endless.flags.writeable = False
    return DiversionTest(
        schedule=schedule,
        dealers=names,
        volumes=sold,
        extra=extra,
        rebate=rebate,
        loss=loss,
        gain=gain,
        endless=endless,
        is_bounded=room is not None,
    )


def _near(aim: Floats) -> Floats:
    """How far floats may be from a volume and mean it."""
    return 1e-9 * np.maximum(aim, 1.0)


def _each(name: str, values: ArrayLike, size: int) -> Floats:
    """One number for each dealer, from one for all or one for each."""
    if np.ndim(values) == 0:
        values = [values] * size  # pyright: ignore[reportAssignmentType]
    return volume_array(name, values, size)
