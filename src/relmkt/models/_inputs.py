"""What customers' histories must be, checked for whole columns and said for the first bad row."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt.calendars import FixedUnit, Span, days_per
from relmkt.errors import InvalidValueError
from relmkt.formulas._arrays import FloatArray

__all__ = [
    "check_frequency",
    "check_histories",
    "check_horizon",
    "check_positive",
    "check_weights",
    "floats",
    "number_or_array",
    "refuse",
]


def floats(**columns: ArrayLike) -> tuple[FloatArray, ...]:
    """The columns as float64, broadcast to one shape."""
    arrays: list[FloatArray] = []
    for name, column in columns.items():
        try:
            arrays.append(np.asarray(column, dtype=np.float64))
        except (TypeError, ValueError):
            raise InvalidValueError(name, "be numbers", column) from None
    try:
        return np.broadcast_arrays(*arrays)
    except ValueError:
        sizes = ", ".join(f"{name} {a.shape}" for name, a in zip(columns, arrays, strict=True))
        first = next(iter(columns))
        raise InvalidValueError(
            first, "have one entry for each customer, like the other columns", sizes
        ) from None


def refuse(
    bad: NDArray[np.bool_], field: str, rule: str, values: FloatArray, remedy: str | None = None
) -> None:
    """Raise for the first row at which ``bad`` is true."""
    if bad.any():
        row = int(np.argmax(bad))
        where = f"the customer in row {row}" if bad.ndim else None
        raise InvalidValueError(field, rule, values.ravel()[row], where=where, remedy=remedy)


def check_histories(
    frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Frequency, recency and age of customers, as arrays of one shape, each row possible."""
    x, t_x, T = floats(frequency=frequency, recency=recency, age=age)
    check_frequency(x)
    refuse(~np.isfinite(t_x), "recency", "be a finite number", t_x)
    refuse(~np.isfinite(T), "age", "be a finite number", T)
    refuse(t_x < 0.0, "recency", "be at least 0", t_x, "it is time since the first purchase")
    beyond = t_x > T
    if beyond.any():
        limit = T.ravel()[int(np.argmax(beyond))].item()
        refuse(
            beyond,
            "recency",
            f"not exceed 'age' ({limit!r})",
            t_x,
            "both are measured from the first purchase",
        )
    refuse(
        (x == 0.0) & (t_x > 0.0),
        "recency",
        "be 0 where 'frequency' is 0",
        t_x,
        "without a repeat purchase, the last purchase is the first; recency is no time until today",
    )
    refuse(
        (x > 0.0) & (t_x == 0.0),
        "recency",
        "be above 0 where 'frequency' is above 0",
        t_x,
        "merge purchases of the same moment: a repeat purchase comes after the first",
    )
    return x, t_x, T


def check_frequency(x: FloatArray) -> None:
    """Whole numbers from 0."""
    whole = np.isfinite(x) & (x >= 0.0) & (x == np.floor(x))
    refuse(~whole, "frequency", "be a whole number of at least 0", x, "it counts repeat purchases")


def check_positive(**parameters: float) -> None:
    """Parameters must be above 0, and of a size that double precision can add to others."""
    for name, value in parameters.items():
        (number,) = floats(**{name: value})
        if number.ndim or not 1e-30 <= float(number) <= 1e30:
            raise InvalidValueError(name, "be a number between 1e-30 and 1e30", value)


def check_weights(weights: ArrayLike | None, shape: tuple[int, ...]) -> FloatArray:
    """How many customers each row stands for: whole numbers from 0; one each by default."""
    if weights is None:
        return np.ones(shape)
    (counts,) = floats(weights=weights)
    if counts.shape != shape:
        raise InvalidValueError("weights", f"have the shape {shape}", counts.shape)
    whole = np.isfinite(counts) & (counts >= 0.0) & (counts == np.floor(counts))
    refuse(~whole, "weights", "be a whole number of at least 0", counts, "it counts customers")
    return counts


def check_horizon(horizon: ArrayLike | Span, unit: FixedUnit, as_of: date | None) -> FloatArray:
    """The horizon in the model's unit: a number in it already, or a span of the calendar."""
    if isinstance(horizon, (str, Span)):
        span = Span.parse(horizon)
        if span.unit in ("day", "week"):
            days = span.count * days_per(span.unit)
        elif as_of is None:
            raise InvalidValueError(
                "as_of",
                f"be given for a horizon of {span}",
                None,
                remedy="months and years are as long as the calendar says",
            )
        else:
            days = span.days(as_of)
        return np.asarray(days / days_per(unit))
    (ahead,) = floats(horizon=horizon)
    refuse(~np.isfinite(ahead) | (ahead < 0.0), "horizon", "be finite and at least 0", ahead)
    return ahead


def number_or_array(values: FloatArray) -> FloatArray | float:
    """A float for one customer, the array for many."""
    return float(values) if values.ndim == 0 else values
