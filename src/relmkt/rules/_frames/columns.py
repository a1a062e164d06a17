"""Columns of a frame as features: the sorts that fit, and their values with null for the absent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeAlias

from relmkt.errors import InvalidValueError
from relmkt.rules.features import EXACT_INTEGER, Feature, Kind

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["Reading", "as_held", "is_fact", "mismatch", "reading", "sort_of", "wrong_sort"]

Reading: TypeAlias = Any
"""What a feature is in every row: an expression, null where it is absent; or one plain value."""

_PARSE = "it is text: read it as dates first, in the format that it has"
_CONVERT = "it is text: convert it to numbers first, with the decimal mark that it has"
_TAKE_TEXT = "it is JSON: take the value out first, such as with ->> in place of ->"
_TIMES = frozenset({"Date", "Datetime"})
_WORDS = frozenset({"String", "Categorical", "Enum"})


# ----------------------------------------------------------------------------------- sorts


def sort_of(dtype: nw.dtypes.DType) -> str:
    """The name of a type, without its parameters."""
    return str(dtype).partition("(")[0]


def wrong_sort(feature: Feature, dtype: nw.dtypes.DType, column: str) -> InvalidValueError | None:
    """The error that a column of this type is for a feature; None where the type fits."""
    return None if _fits(feature, dtype, sort_of(dtype)) else mismatch(feature, str(dtype), column)


def mismatch(feature: Feature, dtype: str, column: str) -> InvalidValueError:
    """The error that a column of a type with this name is for a feature."""
    rule, remedy = {
        Kind.NUMBER: ("be numbers", _CONVERT),
        Kind.FLAG: ("be True, False or null", None),
        Kind.MEMBER: (f"be one of {', '.join(feature.values)}", None),
        Kind.INSTANT: ("be dates or datetimes", _PARSE),
        Kind.DAY: ("be dates", _PARSE),
        Kind.TEXT: ("be text", None),
    }[feature.kind]
    return InvalidValueError(
        feature.name,
        rule,
        dtype,
        where=f"column '{column}'",
        remedy=_TAKE_TEXT if dtype == "JSON" else remedy if dtype == "String" else None,
    )


def _fits(feature: Feature, dtype: nw.dtypes.DType, sort: str) -> bool:
    match feature.kind:
        case Kind.NUMBER:
            return dtype.is_numeric()
        case Kind.FLAG:
            return sort == "Boolean"
        case Kind.INSTANT:
            return sort in _TIMES
        case Kind.DAY:
            return sort in _TIMES and not getattr(dtype, "time_zone", None)
        case _:
            return sort in _WORDS


# --------------------------------------------------------------------------------- readings


def as_held(feature: Feature, value: Any) -> Any:
    """A record's value as rules read it; of what they cannot read, only that it is known."""
    match feature.kind:
        case Kind.NUMBER:
            return float(value)
        case Kind.FLAG:
            return bool(value)
        case Kind.MEMBER:
            return str(value.value)
        case _:
            return True


def reading(
    nw: Any,
    feature: Feature,
    column: nw.Expr,
    dtype: nw.dtypes.DType | None = None,
    assumed: Any = None,
) -> nw.Expr:
    """A column's values as rules read them: null where absent, or what is assumed there.

    What a record would refuse is no fact: an infinite number, one outside its bounds, a count with
    a fraction, an integer that a float64 would round, a word that nobody declared. A plain range
    tells NaN apart on every engine, whatever each takes it to be greater than.

    Parameters
    ----------
    nw
        narwhals.
    feature
        The feature.
    column
        The column.
    dtype
        Its type, where it is known. Where not, it is taken to be of the sort that fits, and
        integers beyond 2**53 are the nearest float64.
    assumed
        What to take where the value is absent.
    """
    known, values = _known(nw, feature, column, dtype)
    chosen = nw.when(known).then(values)
    return chosen if assumed is None else chosen.otherwise(nw.lit(assumed))


def is_fact(nw: Any, feature: Feature, column: nw.Expr, dtype: nw.dtypes.DType | None) -> nw.Expr:
    """Where a column's value is one that a record would take."""
    return _known(nw, feature, column, dtype)[0]


def _known(
    nw: Any, feature: Feature, column: nw.Expr, dtype: nw.dtypes.DType | None
) -> tuple[nw.Expr, nw.Expr]:
    """Where the value is a fact, and the values; what they are elsewhere is of no account."""
    match feature.kind:
        case Kind.NUMBER:
            return _numbers(nw, feature, column, dtype)
        case Kind.FLAG:
            if dtype is not None and sort_of(dtype) == "Boolean":
                return ~column.is_null(), column
            is_flag = (column == nw.lit(True)) | (column == nw.lit(False))
            return ~column.is_null() & is_flag, column
        case Kind.MEMBER:
            return ~column.is_null() & column.is_in(list(feature.values)), column
        case _:  # rules ask only whether it is known
            return ~column.is_null(), nw.lit(True)


def _numbers(
    nw: Any, feature: Feature, column: nw.Expr, dtype: nw.dtypes.DType | None
) -> tuple[nw.Expr, nw.Expr]:
    sort = "" if dtype is None else sort_of(dtype)
    exact = None
    if sort in _WIDE:
        # In the column's own type, for not every engine finds one that holds both sides.
        exact = column <= nw.lit(EXACT_INTEGER, dtype=dtype)
        if not sort.startswith("U"):
            exact = exact & (column >= nw.lit(-EXACT_INTEGER, dtype=dtype))
        column = nw.when(exact).then(column)  # some engines refuse to round, and stop
    values = column.cast(nw.Float64())
    least = -sys.float_info.max if feature.lower is None else feature.lower
    most = sys.float_info.max if feature.upper is None else feature.upper
    if feature.whole:
        least, most = max(least, -EXACT_INTEGER), min(most, EXACT_INTEGER)
    # NaN is not in the range on any engine, whatever it takes NaN to be greater than. Null is
    # asked for by name: where a mask is null, not every version of every engine takes the other
    # side.
    known = ~column.is_null() & (values >= float(least)) & (values <= float(most))
    if dtype is None or not dtype.is_integer():
        # DuckDB answers a range, as it does "is NaN", from the statistics of a Parquet file where
        # it can, and these leave out NaN. That a number less itself is nothing it works out.
        known = known & (values - values == 0.0)
        if feature.whole:
            known = known & (values.round() == values)
    return (known if exact is None else exact & known), values


_WIDE = frozenset({"Int64", "Int128", "UInt64", "UInt128"})
