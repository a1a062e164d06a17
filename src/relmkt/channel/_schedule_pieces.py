"""The pieces of a schedule: brackets as they are written, and the straight lines they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import attrs

from relmkt.channel._decimals import EXACT, as_decimal, quotient
from relmkt.errors import InvalidValueError

__all__ = ["Bracket", "Cliff", "PerverseZone", "Piece", "as_brackets", "piece_at", "zone_before"]


@attrs.frozen
class Bracket:
    """From which volume on a rate holds.

    Attributes
    ----------
    start
        The lowest volume of the bracket; the bracket ends where the next one starts.
    rate
        Money for each unit; of a schedule by amount, a share (0.03 is three percent).
    """

    start: Decimal
    rate: Decimal


@attrs.frozen
class Cliff:
    """A jump: a volume at which the rebate rises at once.

    Attributes
    ----------
    at
        The volume that must be reached.
    size
        How much more is paid at it than right below it, before rounding.
    """

    at: Decimal
    size: Decimal


@attrs.frozen
class PerverseZone:
    """Volumes from which it pays to reach a cliff even at a loss on each unit.

    Attributes
    ----------
    start
        It pays from any volume above this one, or from this one on where ``closed`` is True; to
        28 digits.
    cliff
        The cliff at which the zone ends.
    closed
        Whether ``start`` belongs to the zone.
    most
        What reaching the cliff gains at most, which is right below it or at the start.
    """

    start: Decimal
    cliff: Cliff
    closed: bool
    most: Decimal

    def __contains__(self, volume: object) -> bool:
        at = as_decimal(volume, "volume")
        return (self.start < at or (self.closed and self.start == at)) and at < self.cliff.at


@attrs.frozen
class Piece:
    """A straight line: what is paid at its start, and for each unit beyond."""

    start: Decimal
    base: Decimal
    slope: Decimal

    def at(self, volume: Decimal) -> Decimal:
        """What a volume on this line earns."""
        return EXACT.add(self.base, EXACT.multiply(self.slope, EXACT.subtract(volume, self.start)))


def as_brackets(values: Any) -> tuple[Bracket, ...]:
    """The brackets of pairs of a start and a rate, which rise and never fall."""
    if isinstance(values, (str, Mapping)) or not isinstance(values, Iterable):
        raise InvalidValueError("brackets", "be pairs of a start and a rate", cast("Any", values))
    found: list[Bracket] = []
    for number, given in enumerate(cast("Iterable[Any]", values), start=1):
        where = f"bracket {number}"
        pair: Any = attrs.astuple(given) if isinstance(given, Bracket) else given
        if not isinstance(pair, (tuple, list)) or len(cast("Sequence[Any]", pair)) != 2:
            raise InvalidValueError(
                "brackets", "be pairs of a start and a rate", given, where=where
            )
        start, rate = (
            as_decimal(value, name, where=where)
            for name, value in zip(("start", "rate"), cast("Sequence[Any]", pair), strict=True)
        )
        for name, value in (("start", start), ("rate", rate)):
            if value < 0:
                raise InvalidValueError(name, "be at least 0", value, where=where)
        if found and start <= found[-1].start:
            raise InvalidValueError(
                "start",
                f"be above that of the bracket before ({found[-1].start})",
                start,
                where=where,
                remedy="brackets rise, and each volume belongs to one of them",
            )
        if found and rate < found[-1].rate:
            raise InvalidValueError(
                "rate",
                f"be at least that of the bracket before ({found[-1].rate})",
                rate,
                where=where,
                remedy="a schedule that decreases is refused: who sells more would earn less",
            )
        found.append(Bracket(start, rate))
    if not found:
        raise InvalidValueError("brackets", "hold at least one", ())
    return tuple(found)


def piece_at(pieces: Sequence[Piece], volume: Decimal) -> Piece:
    """The piece that a volume lies in."""
    return next(piece for piece in reversed(pieces) if piece.start <= volume)


def zone_before(cliff: Cliff, pieces: Sequence[Piece], margin: Decimal) -> PerverseZone:
    """From the cliff down, piece by piece, as far as the dealer is better off at the cliff.

    With R(q) the rebate, the dealer has R(q) + margin q, apart from what does not change. Along a
    piece this is straight: so either the whole piece is below what the cliff gives, or it crosses
    that at one volume.
    """

    def worth(piece: Piece, volume: Decimal) -> Decimal:
        return EXACT.add(piece.at(volume), EXACT.multiply(margin, volume))

    at_cliff = worth(piece_at(pieces, cliff.at), cliff.at)
    most, start, closed, end = cliff.size, cliff.at, False, cliff.at
    for piece in reversed([piece for piece in pieces if piece.start < cliff.at]):
        missing = EXACT.subtract(at_cliff, worth(piece, end))  # above 0: jumps only go up
        most = max(most, missing)
        if worth(piece, piece.start) >= at_cliff:
            falls = EXACT.add(piece.slope, margin)
            start, closed = EXACT.add(end, quotient(missing, falls)), False
            break
        start, closed, end = piece.start, True, piece.start
        most = max(most, EXACT.subtract(at_cliff, worth(piece, start)))
    return PerverseZone(start, cliff, closed, most)
