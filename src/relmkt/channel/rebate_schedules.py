"""Schedules of rebates: what a volume earns, where that jumps, and where the jump does harm.

There are two ways to read "from 100 units 2, from 500 units 3", and they are far apart: at 500
units the one gives 1,200 and the other 1,500. A schedule says which it is (`ScheduleKind`), and no
average is ever taken.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt.channel._decimals import (
    EXACT,
    as_decimal,
    check_exponent,
    check_rounding,
    rounded,
)
from relmkt.channel._per_dealer import volume_array
from relmkt.channel._schedule_pieces import (
    Bracket,
    Cliff,
    PerverseZone,
    Piece,
    as_brackets,
    piece_at,
    zone_before,
)
from relmkt.domain import Agreement, Designation, Flow, RebateBasis, ScheduleKind
from relmkt.errors import InvalidValueError, UnknownNameError

__all__ = ["Bracket", "Cliff", "PerverseZone", "RebateSchedule"]

W = TypeVar("W", ScheduleKind, RebateBasis, Designation, Flow)
_NONE = Decimal(0)


def _word(words: type[W]) -> Callable[[Any], W]:
    def read(value: Any) -> W:
        try:
            return words(value)
        except ValueError:
            raise UnknownNameError(words.__name__, value, [word.value for word in words]) from None

    return read


def _currency(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidValueError(
            "currency", "be given", value, remedy="write for example 'EUR': money has a currency"
        )
    return value


def _check_bool(_: Any, attribute: Any, value: Any) -> None:
    # Any text is true in Python, the word "no" among them.
    if not isinstance(value, bool):
        raise InvalidValueError(attribute.name, "be true or false", value)


@attrs.frozen(kw_only=True, slots=False)
class RebateSchedule:
    """What a volume earns: brackets, and all that must be said so that they can be read one way.

    Volume is what a dealer sold in a contract year and what counts: units, or money. Below the
    first bracket nothing is paid. Rounding happens once, at the end.

    Parameters
    ----------
    brackets
        Pairs of a start and a rate, or `Bracket`: starts rise and rates never fall. A rate is money
        for each unit (``basis="quantity"``) or a share of the amount (``basis="amount"``).
    kind
        What the rate is paid on: ``"marginal"``, each bracket's rate on the part within it, or
        ``"whole_volume"``, the rate that is reached on everything, which makes a cliff of every
        start. There is no default: which of the two it is has to be said.
    currency
        The currency that is paid.
    basis
        What volume is measured in.
    by
        What "by designated point" means here: ``"outlets"``, only sales at the designated outlets
        and territories count; ``"each_outlet"``, and each of them reaches the brackets by itself;
        ``"points"``, fixed percentage points of all sales under the agreement, wherever they were
        made (then rates are points, and volume is an amount).
    flow
        Which sales count: ``"sell_in"``, what the dealer bought (our default), or ``"sell_out"``.
    counts_deals
        Whether sales at the price of a promotion count. Our default: no. A sale of which it is not
        known counts as one that is not on a deal.
    from_target
        Whether nothing is paid below the target of the agreement. This makes a cliff of the target,
        in a marginal schedule too. Our default: no.
    exponent
        The power of ten of the smallest amount that is paid: -2 for cents.
    rounding
        ``"half_up"`` (our default), ``"half_even"``, ``"half_down"``, ``"up"``, ``"down"``,
        ``"ceiling"`` or ``"floor"``, as in the module `decimal`.

    Raises
    ------
    InvalidValueError
        For brackets that do not rise, rates that fall, what is no number, and what is neither true
        nor false.
    UnknownNameError
        For a word that there is not.

    Examples
    --------
    >>> from relmkt.channel.rebate_schedules import RebateSchedule
    >>> brackets = [(100, 2), (500, 3)]
    >>> steps = RebateSchedule(brackets=brackets, kind="marginal", currency="EUR")
    >>> whole = RebateSchedule(brackets=brackets, kind="whole_volume", currency="EUR")
    >>> [str(steps.rebate(volume)) for volume in (99, 100, 499, 500)]
    ['0.00', '0.00', '798.00', '800.00']
    >>> [str(whole.rebate(volume)) for volume in (99, 100, 499, 500)]
    ['0.00', '200.00', '998.00', '1500.00']
    """

    brackets: tuple[Bracket, ...] = attrs.field(converter=as_brackets)
    kind: ScheduleKind = attrs.field(converter=_word(ScheduleKind))
    currency: str = attrs.field(converter=_currency)
    basis: RebateBasis = attrs.field(default=RebateBasis.QUANTITY, converter=_word(RebateBasis))
    by: Designation = attrs.field(default=Designation.OUTLETS, converter=_word(Designation))
    flow: Flow = attrs.field(default=Flow.SELL_IN, converter=_word(Flow))
    counts_deals: bool = attrs.field(default=False, validator=_check_bool)
    from_target: bool = attrs.field(default=False, validator=_check_bool)
    exponent: int = attrs.field(default=-2, converter=check_exponent)
    rounding: str = attrs.field(default="half_up", converter=check_rounding)

    def __attrs_post_init__(self) -> None:
        if self.by is Designation.POINTS and self.basis is not RebateBasis.AMOUNT:
            raise InvalidValueError(
                "basis",
                "be 'amount' for fixed points",
                self.basis.value,
                remedy="points are percent of an amount; for money by the unit say by='outlets'",
            )

    # ------------------------------------------------------------------------------ paying

    def exact_rebate(self, volume: Any, *, target: Any = None) -> Decimal:
        """The rebate on a volume before rounding; see `rebate`."""
        at = as_decimal(volume, "volume")
        if at < 0:
            raise InvalidValueError(
                "volume",
                "be at least 0",
                volume,
                remedy="take returned goods off the volume first; where more came back than was "
                "sold, the volume is 0",
            )
        return piece_at(self._pieces(target), at).at(at)

    def rebate(self, volume: Any, *, target: Any = None) -> Decimal:
        """The rebate on the volume of a year, rounded as the schedule says.

        Parameters
        ----------
        volume
            Units or money that count, at least 0; a float is read as it is written.
        target
            The target of the agreement; needed where the schedule pays from the target on, and
            without meaning elsewhere.

        Raises
        ------
        InvalidValueError
            For a negative volume, and for a missing target where one is needed.
        """
        return rounded(self.exact_rebate(volume, target=target), self.exponent, self.rounding)

    def rebates(self, volumes: ArrayLike, *, targets: ArrayLike | None = None) -> NDArray[Any]:
        """The rebates on many volumes as floats, not rounded, shape (n,).

        For scenarios: what is paid out is what `rebate` says. The two differ by no more than the
        rounding of the schedule, and what floats round.

        Parameters
        ----------
        volumes
            Shape (n,), known and at least 0.
        targets
            One for each volume, as for `rebate`.

        Raises
        ------
        InvalidRowsError
            For volumes that are missing, negative or infinite; the first rows are named.

        Examples
        --------
        >>> from relmkt.channel.rebate_schedules import RebateSchedule
        >>> whole = RebateSchedule(
        ...     brackets=[(100, 2), (500, 3)], kind="whole_volume", currency="EUR"
        ... )
        >>> whole.rebates([99, 100, 500]).tolist()
        [0.0, 200.0, 1500.0]
        """
        found = volume_array("volumes", volumes)
        starts, bases, slopes = self._arrays
        place = np.searchsorted(starts, found, side="right") - 1
        paid = bases[place] + slopes[place] * (found - starts[place])
        if self.from_target:
            if targets is None:
                raise _no_target()
            paid[found < volume_array("targets", targets, len(found))] = 0.0
        return paid

    def target_of(self, agreement: Agreement) -> Any:
        """The target of an agreement where the schedule goes by it, None where it does not."""
        if not self.from_target:
            return None
        by_quantity = self.basis is RebateBasis.QUANTITY
        return agreement.target_quantity if by_quantity else agreement.target_amount

    # ----------------------------------------------------------------------------- judging

    def cliffs(self, *, target: Any = None) -> tuple[Cliff, ...]:
        """Each volume at which the rebate jumps, with the size of the jump; lowest first.

        Examples
        --------
        >>> from relmkt.channel.rebate_schedules import RebateSchedule
        >>> brackets = [(100, 2), (500, 3)]
        >>> whole = RebateSchedule(brackets=brackets, kind="whole_volume", currency="EUR")
        >>> [(str(cliff.at), str(cliff.size)) for cliff in whole.cliffs()]
        [('100', '200'), ('500', '500')]
        >>> RebateSchedule(brackets=brackets, kind="marginal", currency="EUR").cliffs()
        ()
        """
        jumps = (
            Cliff(after.start, EXACT.subtract(after.base, before.at(after.start)))
            for before, after in itertools.pairwise(self._pieces(target))
        )
        return tuple(jump for jump in jumps if jump.size > 0)

    def perverse_zones(self, unit_margin: Any, *, target: Any = None) -> tuple[PerverseZone, ...]:
        """Before each cliff, the volumes from which reaching it pays more than it costs.

        A unit that is sold below cost, or bought and dumped elsewhere, has a negative margin. From
        a volume in the zone, all the units up to the cliff may be sold so, and the dealer still
        gains: the jump, and the rates on the way, are more than what the units lose.

        Parameters
        ----------
        unit_margin
            What one more unit earns before any rebate; of a schedule by amount, what one more unit
            of money does. Where it is not negative there is no zone: selling more pays by itself.
        target
            As for `rebate`.

        Returns
        -------
        zones
            One for each cliff, lowest first; one zone may reach down over an earlier cliff.

        Examples
        --------
        >>> from relmkt.channel.rebate_schedules import RebateSchedule
        >>> whole = RebateSchedule(
        ...     brackets=[(100, 2), (500, 3)], kind="whole_volume", currency="EUR"
        ... )
        >>> for zone in whole.perverse_zones(-10):
        ...     print(f"above {zone.start} and below {zone.cliff.at}: up to {zone.most} is gained")
        above 80 and below 100: up to 200 is gained
        above 437.5 and below 500: up to 500 is gained
        """
        margin = as_decimal(unit_margin, "unit_margin")
        if margin >= 0:
            return ()
        pieces = self._pieces(target)
        return tuple(zone_before(cliff, pieces, margin) for cliff in self.cliffs(target=target))

    def marginal_incentive(
        self, volume: Any, unit_margin: Any, *, step: Any = 1, target: Any = None
    ) -> Decimal:
        """What the next step earns a dealer: its margin, and the rebate that it adds.

        Parameters
        ----------
        volume
            Where the dealer stands.
        unit_margin
            What one more unit earns before any rebate; negative where it is dumped.
        step
            How much more is sold, above 0.
        target
            As for `rebate`.

        Examples
        --------
        >>> from relmkt.channel.rebate_schedules import RebateSchedule
        >>> whole = RebateSchedule(
        ...     brackets=[(100, 2), (500, 3)], kind="whole_volume", currency="EUR"
        ... )
        >>> [str(whole.marginal_incentive(volume, -10)) for volume in (98, 99, 100)]
        ['-10', '190', '-8']
        """
        more = as_decimal(step, "step")
        if more <= 0:
            raise InvalidValueError("step", "be above 0", step)
        at = as_decimal(volume, "volume")
        added = EXACT.subtract(
            self.exact_rebate(EXACT.add(at, more), target=target),
            self.exact_rebate(at, target=target),
        )
        margin = as_decimal(unit_margin, "unit_margin")
        return EXACT.add(EXACT.multiply(margin, more), added)

    def as_dict(self) -> dict[str, Any]:
        """All that is stated, as JSON can write it; ``RebateSchedule(**read)`` gives it back.

        Examples
        --------
        >>> import json
        >>> from relmkt.channel.rebate_schedules import RebateSchedule
        >>> whole = RebateSchedule(brackets=[(100, "2.5")], kind="whole_volume", currency="EUR")
        >>> written = json.dumps(whole.as_dict())
        >>> written[:56]
        '{"brackets": [["100", "2.5"]], "kind": "whole_volume", "'
        >>> RebateSchedule(**json.loads(written)) == whole
        True
        """
        stated = {field.name: getattr(self, field.name) for field in attrs.fields(type(self))}
        pairs = [[str(bracket.start), str(bracket.rate)] for bracket in self.brackets]
        return stated | {"brackets": pairs}

    # ------------------------------------------------------------------------------ inside

    def _pieces(self, target: Any) -> tuple[Piece, ...]:
        """The straight pieces of the rebate, from volume 0 on."""
        if not self.from_target:
            return self._plain_pieces
        if target is None:
            raise _no_target()
        at = as_decimal(target, "target")
        if at <= 0:
            return self._plain_pieces
        reached = piece_at(self._plain_pieces, at)
        return (
            Piece(_NONE, _NONE, _NONE),
            Piece(at, reached.at(at), reached.slope),
            *(piece for piece in self._plain_pieces if piece.start > at),
        )

    @cached_property
    def _plain_pieces(self) -> tuple[Piece, ...]:
        pieces = [Piece(_NONE, _NONE, _NONE)]
        for bracket in self.brackets:
            if self.kind is ScheduleKind.MARGINAL:
                base = pieces[-1].at(bracket.start)
            else:
                base = EXACT.multiply(bracket.rate, bracket.start)
            pieces.append(Piece(bracket.start, base, bracket.rate))
        return tuple(pieces[1:] if self.brackets[0].start == 0 else pieces)

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.float64], ...]:
        """The starts, bases and slopes of the pieces."""
        rows = [attrs.astuple(piece) for piece in self._plain_pieces]
        return tuple(np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))


def _no_target() -> InvalidValueError:
    return InvalidValueError(
        "target",
        "be given for a schedule that pays from the target on",
        None,
        remedy="say for each dealer what it agreed to sell",
    )
