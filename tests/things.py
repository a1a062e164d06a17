"""A record type with a field of every sort, for laws that no policy should color."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from relmkt.columns import Columns
from relmkt.records import (
    Constraint,
    CustomerId,
    Handles,
    MemberSet,
    day,
    flag,
    identity,
    instant,
    member,
    members,
    number,
    record,
    text,
)
from relmkt.rules import known


class Color(StrEnum):
    RED = "red"
    DARK_GREEN = "dark_green"
    BLUE = "blue"


class Mark(StrEnum):
    OLD = "old"
    RARE = "rare"
    SIGNED_BY_HAND = "signed_by_hand"


@record
class Thing:
    """Of everything one, and no rule between fields."""

    thing: CustomerId = identity("what it is called")
    x: float | None = number("any number", unit="one", default=None)
    y: float | None = number("another", unit="one", default=None)
    share: float | None = number("between 0 and 1", unit="share", lower=0, upper=1, default=None)
    count: int | None = number("how many", unit="piece", lower=0, whole=True, default=None)
    is_new: bool | None = flag("new", default=None)
    is_loud: bool | None = flag("loud", default=None)
    color: Color | None = member(Color, "color", default=None)
    marks: MemberSet[Mark] | None = members(Mark, "what is marked on it", default=None)
    since: datetime | None = instant("when it came", default=None)
    born: date | None = day("when it was made", default=None)
    note: str | None = text("a remark", default=None)


class Things(Columns[Thing]):
    record_type = Thing


class DatedThings(Columns[Thing]):
    """Columns with a detail of the whole, as summaries have their unit."""

    record_type = Thing
    details = ("unit",)
    unit: str | None


@record
class Bound:
    """Rules between fields, of every shape."""

    bound: CustomerId = identity("what it is called")
    low: float | None = number("the lower", unit="one", default=None)
    high: float | None = number("the upper", unit="one", default=None)
    count: int = number("how many", unit="piece", whole=True)
    is_new: bool | None = flag("new", default=None)

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        return (
            Constraint("low", on.low <= on.high, remedy="low is where it begins"),
            Constraint("high", (on.high < 100) & (on.count < 100), remedy="all is small here"),
            Constraint("is_new", known(on.is_new) | (on.count > 0), remedy="say whether it is new"),
        )


class Bounds(Columns[Bound]):
    record_type = Bound


@record
class Parcel:
    """A rule between fields that may not all be known, one of them a word."""

    parcel: CustomerId = identity("what it is called")
    pieces: int | None = number("how many", unit="piece", whole=True, default=None)
    weight: float | None = number("its weight", unit="kg", default=None)
    color: Color | None = member(Color, "color", default=None)

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        holds = (on.pieces < 5) & (on.weight < 10) & on.color.is_in(["red"])
        return (Constraint("pieces", holds, remedy="few, light and red"),)
