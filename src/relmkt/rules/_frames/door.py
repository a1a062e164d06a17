"""A frame at the door: the columns that a table asks for, each of a sort that fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from relmkt._narwhals import plain_texts
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.rules._frames.columns import Reading, is_fact, mismatch, sort_of, wrong_sort
from relmkt.rules._frames.conditions import Conditions
from relmkt.rules.conditions import features_in
from relmkt.rules.features import Feature, Kind

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    from relmkt.rules._frames.stages import Stages
    from relmkt.rules._ruled import Facts

__all__ = ["FrameColumn", "admitted", "refuse_broken", "refuse_values"]

_NAMED_ROWS = 10
"""How many bad rows a message names."""


@attrs.frozen(eq=False)
class FrameColumn:
    """A feature, and the column of a frame that holds it."""

    feature: Feature
    name: str
    expr: nw.Expr
    dtype: nw.dtypes.DType | None

    def error(self, problems: list[str], total: int) -> InvalidRowsError:
        """Some of its rows are bad."""
        return InvalidRowsError(f"column '{self.name}'", problems, total=total)


# ------------------------------------------------------------------------------------ columns


def admitted(
    stages: Stages, columns: Mapping[str, str | None], facts: Facts[Any], asking: str
) -> dict[str, FrameColumn | None]:
    """For each feature its column; None where it is absent in every row.

    Raises
    ------
    UnknownNameError
        For a column that the frame does not have.
    InvalidValueError
        For a column of the wrong sort.
    """
    found: dict[str, FrameColumn | None] = {}
    for name, column in columns.items():
        if column is None:
            found[name] = None
            continue
        if column not in stages.types:
            asked = ", ".join(str(other) for other in columns.values() if other is not None)
            raise UnknownNameError(
                "column",
                column,
                stages.types,
                where=f"the data frame, of which '{asking}' asks {asked} "
                f"(columns={{'{name}': None}} states that it is absent)",
            )
        found[name] = _column(stages, facts, facts.features[name], column)
    return found


def _column(stages: Stages, facts: Facts[Any], feature: Feature, name: str) -> FrameColumn | None:
    dtype = stages.types[name]
    column = FrameColumn(feature, name, stages.nw.col(name), dtype)
    if feature.kind is Kind.TEXT:  # of which rules ask only whether it is known; ids are opaque
        return column
    foreign = stages.foreign(name)
    if foreign is not None:
        raise mismatch(feature, foreign, name)
    sort = sort_of(dtype)
    holds_objects = sort == "Object" or stages.hides_objects(name)
    if holds_objects and stages.is_eager:
        return _from_objects(stages, facts, column)
    error = wrong_sort(feature, dtype, name)
    if error is None:
        return _with_words(stages, column, sort) if sort in _WORDS else column
    if stages.is_eager:
        series = stages.series(name)
        if series.is_null().all():
            return None
        if feature.kind is Kind.INSTANT and _has_zone(series):
            return column
        raise error
    if sort == "Unknown" or (holds_objects and feature.kind is not Kind.NUMBER):
        # In a lazy frame no more is known of a column of nothing but null, or of objects.
        return attrs.evolve(column, dtype=None)
    raise error


def _has_zone(series: nw.Series[Any]) -> bool:
    """Whether these are times of pandas with a zone, of which narwhals knows but some by name.

    For the sake of the underscore "datetime64[us, America/New_York]" is no time to it.
    """
    return getattr(getattr(series.to_native(), "dtype", None), "tz", None) is not None


_WORDS = frozenset({"String", "Categorical", "Enum"})


def _with_words(stages: Stages, column: FrameColumn, sort: str) -> FrameColumn:
    """Categories as the words that they are, and texts as engines compare them."""
    if stages.is_eager:
        held = stages.series(column.name)
        plain = plain_texts(held)
        if plain is not held:
            column = attrs.evolve(column, expr=stages.add(plain))
    if sort == "String":
        return column
    if stages.is_eager and stages.implementation.is_pandas_like():
        # Some versions of pandas make "nan" of a category's gap, with a warning.
        words = np.array(stages.series(column.name).to_numpy(), dtype=object)
        expr = stages.add(stages.nw.new_series("", words, backend=stages.implementation))
    else:
        expr = column.expr.cast(stages.nw.String())
    return attrs.evolve(column, expr=expr)


def _from_objects(stages: Stages, facts: Facts[Any], column: FrameColumn) -> FrameColumn:
    """Python objects in a frame, each read as a record would read it."""
    nw = stages.nw
    series = stages.series(column.name)
    values = [
        None if gap else value
        for value, gap in zip(series.to_list(), series.is_null().to_list(), strict=True)
    ]
    feature = column.feature
    read: list[Any] = []
    problems: list[str] = []
    for row, value in enumerate(values):
        try:
            read.append(None if value is None else _read(facts, feature, value))
        except (InvalidValueError, UnknownNameError) as error:
            problems.append(_placed(error, row))
    if problems:
        raise column.error(problems[:_NAMED_ROWS], len(problems))
    if feature.kind is Kind.NUMBER:
        made: Any = np.array(read, dtype=np.float64)
        dtype = nw.Float64()
    else:
        made = np.array(read, dtype=object)
        dtype = None
    added = stages.add(nw.new_series("", made, backend=stages.implementation))
    return attrs.evolve(column, expr=added, dtype=dtype)


def _read(facts: Facts[Any], feature: Feature, value: Any) -> Any:
    if type(value) in _AS_THEY_ARE.get(feature.kind, ()):
        return value
    found = facts.checked({feature.name: value})[feature.name]
    return found.value if feature.kind is Kind.MEMBER else found


_AS_THEY_ARE: dict[Kind, tuple[type, ...]] = {Kind.FLAG: (bool,), Kind.NUMBER: (float,)}
"""What needs no reading; of numbers the bounds are looked at later."""


# ------------------------------------------------------------------------------------- values


def refuse_values(stages: Stages, columns: Sequence[FrameColumn], facts: Facts[Any]) -> None:
    """Refuse what a record would refuse, in a frame that is in memory."""
    nw = stages.nw
    bad = {f"bad_{at}": _bad(nw, column) for at, column in enumerate(columns)}
    if not bad:
        return
    counts = stages.select(**{name: mask.sum() for name, mask in bad.items()})
    for name, column in zip(bad, columns, strict=True):
        total = int(counts[name].to_list()[0] or 0)
        if total:
            raise _refusal(stages, column, bad[name], facts, total)


def _bad(nw: Any, column: FrameColumn) -> nw.Expr:
    """Where a value is given that is no fact, or none is given although one must be."""
    given = ~column.expr.is_null()
    if column.dtype is not None and column.dtype.is_float():
        given = given & ~column.expr.is_nan()
    bad = given & ~is_fact(nw, column.feature, column.expr, column.dtype)
    return bad | ~given if column.feature.required else bad


def _refusal(
    stages: Stages, column: FrameColumn, bad: nw.Expr, facts: Facts[Any], total: int
) -> InvalidRowsError:
    found = stages.select(bad=bad, value=column.expr)
    rows = np.flatnonzero(found["bad"].to_numpy())[:_NAMED_ROWS].tolist()
    values = _python(found["value"], rows)
    problems = [
        _problem(facts, column.feature, value, row) for value, row in zip(values, rows, strict=True)
    ]
    return column.error(problems, total)


def _python(series: nw.Series[Any], rows: list[int]) -> list[Any]:
    """The values of some rows as Python has them, None for null."""
    held = series[rows]
    gaps = held.is_null().to_list()
    values = held.to_list()
    return [None if gap else value for value, gap in zip(values, gaps, strict=True)]


def _problem(facts: Facts[Any], feature: Feature, value: Any, row: int) -> str:
    if value is None or value != value:  # noqa: PLR0124  (NaN)
        return _placed(InvalidValueError(feature.name, "be given", value), row)
    try:
        facts.checked({feature.name: value})
    except (InvalidValueError, UnknownNameError) as error:
        return _placed(error, row)
    # A record would have read this spelling of the word; a frame is compared as it stands.
    return _placed(UnknownNameError(feature.label, value, feature.values), row)


def _placed(error: InvalidValueError | UnknownNameError, row: int) -> str:
    where = f"row {row}"
    if isinstance(error, UnknownNameError):
        return str(UnknownNameError(error.kind, error.name, error.choices, where=where))
    return str(
        InvalidValueError(error.field, error.rule, error.value, where=where, remedy=error.remedy)
    )


def refuse_broken(stages: Stages, readings: Mapping[str, Reading], facts: Facts[Any]) -> None:
    """Refuse rows that break a rule between the fields, in a frame that is in memory."""
    nw = stages.nw
    conditions = Conditions(nw, readings, facts.features)
    for constraint in facts.constraints:
        asked = dict.fromkeys((constraint.field, *features_in(constraint.holds)))
        if not asked.keys() <= readings.keys():
            continue
        broken = conditions.sides(constraint.holds).false
        if not isinstance(broken, nw.Expr):
            continue
        total = int(stages.select(bad=broken.sum())["bad"].to_list()[0] or 0)
        if not total:
            continue
        given = {name: readings[name] for name in asked if isinstance(readings[name], nw.Expr)}
        found = stages.select(**{_BROKEN: broken}, **given)
        rows = np.flatnonzero(found[_BROKEN].to_numpy())[:_NAMED_ROWS].tolist()
        columns = {name: _python(found[name], rows) for name in given}
        problems: list[str] = []
        for at, row in enumerate(rows):
            values = {
                name: _value(
                    facts.features[name], columns[name][at] if name in given else readings[name]
                )
                for name in asked
            }
            rule = facts.rule_of(constraint, values)
            problem = InvalidValueError(constraint.field, rule, values[constraint.field])
            problems.append(_placed(problem, row))
        raise InvalidRowsError(
            facts.record_type.__name__, problems, total=total, remedy=constraint.remedy
        )


_BROKEN = "relmkt broken"


def _value(feature: Feature, value: Any) -> Any:
    """The value as a record holds it."""
    if value is None or value != value:  # noqa: PLR0124  (NaN)
        return None
    return int(value) if feature.whole else value
