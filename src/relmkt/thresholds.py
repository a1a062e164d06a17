"""Policies as frozen records of thresholds: each with its unit, default, meaning and source."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol, Self, TypeVar, cast, dataclass_transform

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.errors import InvalidValueError
from relmkt.records._fields import as_float

__all__ = [
    "OUR_DEFAULT",
    "Policy",
    "Quantile",
    "Threshold",
    "about",
    "policy",
    "threshold",
    "thresholds",
]

P = TypeVar("P")

OUR_DEFAULT = "our default"
"""The source of a threshold that no publication gives."""

_META = "relmkt-threshold"


class Facts(Protocol):
    """Columns of facts, as far as calibrating needs them."""

    def column(self, name: str) -> NDArray[Any]:
        """The values of one fact, NaN where absent."""
        ...


def _check_level(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    del instance
    if as_float(value) is None or not 0.0 <= value <= 1.0:
        raise InvalidValueError(attribute.name, "be a share between 0 and 1", value)


def _check_above(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    del instance
    number = as_float(value)
    if number is None or not (math.isfinite(number) or number == -math.inf):
        raise InvalidValueError(attribute.name, "be a finite number", value)


def _check_otherwise(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    del instance
    number = as_float(value)
    if number is None or not math.isfinite(number):
        raise InvalidValueError(attribute.name, "be a finite number", value)


@attrs.frozen
class Quantile:
    """A threshold that depends on the portfolio: a quantile of one fact.

    Parameters
    ----------
    fact
        The name of a numeric fact.
    level
        The share of the values that lie below the threshold, between 0 and 1.
    above
        Only known values above this one count.
    otherwise
        The threshold where no value counts.

    Examples
    --------
    >>> from relmkt.columns import Portfolio
    >>> from relmkt.thresholds import Quantile
    >>> Quantile("headroom", 0.5).of(Portfolio(customer=[1, 2, 3], headroom=[10, None, 30]))
    20.0
    """

    fact: str
    level: float = attrs.field(validator=_check_level)
    above: float = attrs.field(default=-math.inf, validator=_check_above)
    otherwise: float = attrs.field(default=0.0, validator=_check_otherwise)

    def of(self, portfolio: Facts) -> float:
        """The quantile of the values that count, linear between neighbors.

        Raises
        ------
        UnknownNameError
            When there is no such fact.
        InvalidValueError
            When the fact is no number.
        """
        values = portfolio.column(self.fact)
        if values.dtype.kind != "f":
            raise InvalidValueError("fact", "be the name of a number", self.fact)
        known = values[values > self.above]
        return float(np.quantile(known, self.level)) if known.size else self.otherwise

    def __str__(self) -> str:
        name = self.fact.replace("_", " ")
        among = "" if self.above == -math.inf else f" of those above {self.above:g}"
        if self.level == 0.5:
            return f"the median {name}{among}"
        return f"the {name} that the top {1 - self.level:.4g}{among} reach"


@attrs.frozen(kw_only=True)
class Threshold:
    """What is declared of one setting: a threshold of a policy, or an assumption.

    Attributes
    ----------
    name
        The name of the field.
    meaning
        What it means, in a few words.
    unit
        The unit of the value.
    source
        Where the default comes from.
    default
        The value that holds unless another is given.
    whole
        Whether it must be a whole number.
    least
        The least that it may be; None where nothing bounds it.
    at_most
        The name of the threshold of the same policy that this one does not exceed; None for none.
    """

    name: str
    meaning: str
    unit: str
    source: str
    default: Any
    whole: bool = False
    least: float | None = None
    at_most: str | None = None


def threshold(
    *,
    default: float | Quantile,
    unit: str,
    meaning: str,
    source: str = OUR_DEFAULT,
    whole: bool = False,
    least: float | None = None,
    at_most: str | None = None,
) -> Any:
    """A field of a policy: a finite number, or a quantile that calibrating makes one.

    With ``whole`` it must be a whole number, which no quantile is sure to be; with ``least`` it is
    not below that, and with ``at_most`` not above another threshold of the policy.
    """
    declared = about(unit=unit, meaning=meaning, source=source)
    return attrs.field(
        default=default,
        validator=_check_threshold,
        metadata={_META: declared[_META] | {"whole": whole, "least": least, "at_most": at_most}},
    )


def about(*, unit: str, meaning: str, source: str = OUR_DEFAULT) -> dict[str, Any]:
    """What is declared of a setting, as the metadata of its field."""
    return {_META: {"meaning": meaning, "unit": unit, "source": source}}


def _check_threshold(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    del instance
    declared: Mapping[str, Any] = attribute.metadata[_META]
    whole, least, unit = (declared[name] for name in ("whole", "least", "unit"))
    if isinstance(value, Quantile) and not whole:
        return
    number = as_float(value)
    if whole and (number is None or not number.is_integer()):
        raise InvalidValueError(
            attribute.name,
            "be a whole number",
            str(value) if isinstance(value, Quantile) else value,
            remedy=f"it counts {unit}",
        )
    if number is None or not math.isfinite(number):
        raise InvalidValueError(attribute.name, "be a finite number or a Quantile", value)
    if least is not None and number < least:
        raise InvalidValueError(
            attribute.name, f"be at least {least:g}", value, remedy=f"it counts {unit}"
        )


class Policy:
    """What every policy can do: be calibrated, and say its thresholds."""

    __slots__ = ()

    def __attrs_post_init__(self) -> None:
        """Refuse thresholds out of order; a quantile has its place once it is a number."""
        for declared in thresholds(type(self)):
            value = getattr(self, declared.name)
            if declared.at_most is None or isinstance(value, Quantile):
                continue
            most = getattr(self, declared.at_most)
            if not isinstance(most, Quantile) and value > most:
                raise InvalidValueError(
                    declared.name,
                    f"not exceed {declared.at_most!r} ({most!r})",
                    value,
                    remedy="between the two lie those who are neither",
                )

    def calibrate(self, portfolio: Facts) -> Self:
        """The policy with plain numbers: each quantile taken on this portfolio."""
        numbers = {
            name: value.of(portfolio)
            for name, value in self.values().items()
            if isinstance(value, Quantile)
        }
        return cast("Self", attrs.evolve(cast("Any", self), **numbers))

    def values(self) -> dict[str, float | Quantile]:
        """The thresholds by name."""
        return {declared.name: getattr(self, declared.name) for declared in thresholds(type(self))}

    def numbers(self) -> dict[str, float]:
        """The thresholds by name, all of them plain numbers.

        Raises
        ------
        InvalidValueError
            When one still depends on a portfolio.
        """
        for name, value in self.values().items():
            if isinstance(value, Quantile):
                raise InvalidValueError(
                    name, "be a plain number", str(value), remedy="call calibrate(portfolio) first"
                )
        return {name: float(cast("float", value)) for name, value in self.values().items()}


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(threshold,))
def policy(cls: type[P]) -> type[P]:
    """Make a class a policy: immutable, keyword-only, its thresholds validated."""
    return attrs.frozen(kw_only=True)(cls)


def thresholds(policy_type: type[Any]) -> tuple[Threshold, ...]:
    """The declared thresholds of a policy (or the settings of assumptions), in their order."""
    return tuple(
        Threshold(name=field.name, default=field.default, **field.metadata[_META])
        for field in attrs.fields(policy_type)
        if _META in field.metadata
    )
