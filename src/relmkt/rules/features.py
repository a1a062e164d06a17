"""What a rule may ask about: a feature's name, kind, bounds and meaning, as data."""

from __future__ import annotations

import enum

import attrs

from relmkt.errors import InvalidValueError

__all__ = ["EXACT_INTEGER", "Feature", "Kind"]

EXACT_INTEGER = 2**53
"""The largest integer up to which every one is exact as a float64."""


class Kind(enum.Enum):
    """What sort of value a feature holds, and so which questions a rule may ask of it."""

    NUMBER = "number"
    FLAG = "flag"
    MEMBER = "member"
    INSTANT = "instant"
    DAY = "day"
    TEXT = "text"


def _ordered_bounds(
    instance: Feature, attribute: attrs.Attribute[float | None], value: float | None
) -> None:
    if value is not None and instance.lower is not None and value < instance.lower:
        raise InvalidValueError(
            attribute.name, f"not be below 'lower' ({instance.lower})", value, where=instance.name
        )


@attrs.frozen(kw_only=True)
class Feature:
    """One named fact about a record, as rules, columns and documentation see it.

    Parameters
    ----------
    name
        The field's name; for one member of a set, ``field_member``.
    kind
        The sort of value.
    meaning
        One sentence that says what the value means.
    unit
        The unit of a number, for example ``"day"`` or ``"currency"``.
    lower, upper
        Inclusive bounds of a number; None where there is none.
    whole
        Whether a number counts things.
    values
        The words that a member may be, in the order of their codes.
    member_of
        For one member of a set: the field that holds the set.
    required
        Whether it must be given, and so is never absent. A set that must be given may leave words
        open.
    spoken
        How the name is read aloud, where its own words will not do.
    denied
        How a flag that is not set is read aloud; unless given, "not" and the name.
    """

    name: str
    kind: Kind
    meaning: str = ""
    unit: str | None = None
    lower: float | None = None
    upper: float | None = attrs.field(default=None, validator=_ordered_bounds)
    whole: bool = False
    values: tuple[str, ...] = ()
    member_of: str | None = None
    required: bool = False
    spoken: str | None = None
    denied: str | None = None

    @property
    def label(self) -> str:
        """The name as it is read aloud; of one member of a set, the member's alone."""
        if self.spoken is not None:
            return self.spoken
        name = self.name
        if self.member_of is not None:
            name = name.removeprefix(f"{self.member_of}_")
        return name.replace("_", " ")

    @property
    def denial(self) -> str:
        """How a flag that is not set is read aloud."""
        return f"not {self.label}" if self.denied is None else self.denied
