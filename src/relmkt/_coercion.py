"""Values on their way into columns: each kind's conversion, and what it refuses."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Mapping, Set
from contextlib import suppress
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.errors import InvalidRowsError, InvalidValueError, RelmktError, UnknownNameError
from relmkt.records._fields import as_day, as_float, as_instant, spelled
from relmkt.rules import ABSENT_CODE, Feature, Kind
from relmkt.rules._blocks import absent_in
from relmkt.rules.features import EXACT_INTEGER

__all__ = [
    "ABSENT",
    "NAMED_ROWS",
    "Texts",
    "Utc",
    "coerced",
    "joined",
    "named",
    "plain",
    "refuse_bad",
]

NAMED_ROWS = 10
"""How many bad rows a message names."""

_WIDEST_ID = 64
"""Longer texts are kept as Python objects: a column of fixed width would pay for the longest."""

ABSENT: dict[Kind, NDArray[Any]] = {
    Kind.NUMBER: np.array(np.nan),
    Kind.FLAG: np.array(ABSENT_CODE, dtype=np.int8),
    Kind.MEMBER: np.array(ABSENT_CODE, dtype=np.int8),
    Kind.INSTANT: np.array("NaT", dtype="datetime64[us]"),
    Kind.DAY: np.array("NaT", dtype="datetime64[D]"),
    Kind.TEXT: np.array(None, dtype=object),
}


_FIRST_DAY = np.datetime64("0001-01-01")
_END_OF_TIME = np.datetime64("10000-01-01")
"""Beyond these there is no date in Python."""


@attrs.frozen(eq=False)
class Utc:
    """Instants (datetime64) that are known to be in UTC, which an array alone cannot say."""

    instants: NDArray[Any]


@attrs.frozen(eq=False, slots=False)
class Texts:
    """Texts by number: what a log repeats a million times is held, and looked at, once.

    Parameters
    ----------
    codes
        For each row the place of its text in ``words``, and -1 where it is absent, shape (n,).
    words
        The texts, each once.
    """

    codes: NDArray[np.int32]
    words: NDArray[Any]

    @classmethod
    def of(cls, codes: NDArray[Any], words: Iterable[Any]) -> Texts | None:
        """From codes, and words that may be there twice; None where some are no texts."""
        held = list(words)
        if not set(map(type, held)) <= {str}:
            return None
        once = {word: code for code, word in enumerate(dict.fromkeys(held))}
        if len(once) < len(held):
            codes = np.array([*map(once.__getitem__, held), -1], dtype=np.int32)[codes]
        return cls(np.array(codes, dtype=np.int32), _objects(once))

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, where: Any) -> Any:
        """The text of one row, or the texts of some."""
        codes: Any = self.codes[where]
        if np.ndim(codes):
            return Texts(codes, self.words)
        return None if codes < 0 else self.words[codes]

    @property
    def absent(self) -> NDArray[np.bool_]:
        """Where there is no text, shape (n,)."""
        return self.codes < 0

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Where there is no text, or one without a letter, shape (n,)."""
        return np.array([*(not word for word in self.words), True], dtype=np.bool_)[self.codes]

    @cached_property
    def array(self) -> NDArray[Any]:
        """The texts of all rows as objects, None where absent; closed to writing."""
        found: NDArray[Any] = np.append(self.words, _objects([None]))[self.codes]
        found.flags.writeable = False
        return found


def plain(value: Any) -> Any:
    """A NumPy scalar as the Python value that it holds; anything else as it is."""
    return cast("Any", value).item() if isinstance(value, np.generic) else value


def named(ids: NDArray[Any], row: int) -> str:
    return repr(plain(ids[row]))


# ----------------------------------------------------------------------------- bad values


def refuse_bad(
    feature: Feature,
    array: NDArray[Any],
    ids: NDArray[Any],
    identity: str,
    *,
    required: bool = False,
) -> None:
    """Raise with the first bad rows of a column; an id is never absent, nor what is required."""
    if feature.name == identity:
        bad, rule = _missing_ids(array), "be given"
    elif required and (gaps := absent_in(feature.kind, array)).any():
        bad, rule = gaps, "be given"
    elif feature.kind is Kind.NUMBER:
        bad, rule = _bad_numbers(feature, array)
    elif feature.kind in {Kind.INSTANT, Kind.DAY}:
        bad, rule = _bad_times(array)
    else:
        return
    _refuse(_Place(feature, identity, ids), array, bad, rule)


def _refuse(
    place: _Place, array: NDArray[Any], bad: NDArray[np.bool_], rule: str, remedy: str | None = None
) -> None:
    """Raise if any row is bad, with the number of them and the first ones by name."""
    rows = np.flatnonzero(bad)
    if rows.size:
        name = place.feature.name
        problems = [
            str(
                InvalidValueError(
                    name, rule, _readable(array[row]), where=place.row(row), remedy=remedy
                )
            )
            for row in rows[:NAMED_ROWS].tolist()
        ]
        raise InvalidRowsError(
            f"column '{name}'", problems, total=int(rows.size), rows=rows[:NAMED_ROWS].tolist()
        )


def _bad_numbers(feature: Feature, array: NDArray[Any]) -> tuple[NDArray[np.bool_], str]:
    """Where numbers break the first of their rules that any breaks. NaN breaks none."""
    nothing = np.zeros(0, dtype=np.bool_)
    if not array.size:
        return nothing, ""
    # The extremes tell at once that nothing is wrong, which is the rule: no mask is built then.
    least, most = _extremes(array)
    if np.isinf(least) or np.isinf(most):
        return np.isinf(array), "be finite"
    if feature.lower is not None and least < feature.lower:
        return array < feature.lower, f"be at least {feature.lower:g}"
    if feature.upper is not None and most > feature.upper:
        return array > feature.upper, f"be at most {feature.upper:g}"
    if feature.whole and (most > EXACT_INTEGER or least < -EXACT_INTEGER):
        return np.abs(array) > EXACT_INTEGER, "be at most 2**53 in size"
    if feature.whole:
        return np.floor(array) < array, "be a whole number"
    return nothing, ""


def _bad_times(array: NDArray[Any]) -> tuple[NDArray[np.bool_], str]:
    """Where times lie beyond what a date can say. NaT does not."""
    if not array.size:
        return np.zeros(0, dtype=np.bool_), ""
    least, most = _extremes(array)
    if least < _FIRST_DAY or most >= _END_OF_TIME:
        return (array < _FIRST_DAY) | (array >= _END_OF_TIME), "lie in the years 1 to 9999"
    return np.zeros(0, dtype=np.bool_), ""


def _missing_ids(array: NDArray[Any]) -> NDArray[np.bool_]:
    """Where an id is None, NaN, NaT or an empty text, as for one record."""
    match array.dtype.kind:
        case "f":
            return np.isnan(array)
        case "M" | "m":
            return np.isnat(array)
        case "U" | "T":
            return np.asarray(array == "")
        case "O":
            missing: Any = absent_in(Kind.TEXT, array) | (array != array) | (array == "")  # noqa: PLR0124
            return missing.astype(np.bool_)
        case _:
            return np.zeros(0, dtype=np.bool_)


def _extremes(array: NDArray[Any]) -> tuple[Any, Any]:
    return np.fmin.reduce(array), np.fmax.reduce(array)


def _readable(value: Any) -> Any:
    """The value as a message shows it: a time that Python has no date for is written out."""
    is_time = getattr(value, "dtype", np.dtype(object)).kind == "M" and not np.isnat(value)
    return str(value) if is_time else value


# ----------------------------------------------------------------------------- coercion


@attrs.frozen(eq=False)
class _Place:
    """The column that values are on their way to."""

    feature: Feature
    identity: str
    ids: NDArray[Any] | None

    def row(self, row: int) -> str:
        if self.ids is None or row >= len(self.ids):
            return f"row {row}"
        return f"row {row} ({self.identity} {named(self.ids, row)})"

    def wrong(self, rule: str, values: Any, remedy: str | None = None) -> InvalidValueError:
        """The values are of another sort altogether."""
        sort = getattr(values, "dtype", type(values).__name__)
        return InvalidValueError(self.feature.name, rule, str(sort), remedy=remedy)


def coerced(
    feature: Feature, values: Any, identity: str, ids: NDArray[Any] | None = None
) -> tuple[NDArray[Any], bool]:
    """The values as a column of the feature's kind, and whether instants had a zone.

    A list is judged value by value, as for records; an array by its type and its extremes. The ids,
    where they are known already, are for messages.
    """
    place = _Place(feature, identity, ids)
    if isinstance(values, Texts):
        if feature.kind is Kind.MEMBER:
            with suppress(RelmktError):  # who errs is named by the rows
                codes = _as_members(place, values.words)
                return np.append(codes, np.int8(ABSENT_CODE))[values.codes], False
        values = values.array
    if isinstance(values, (str, bytes, Mapping, Set)) or not isinstance(values, (Iterable, Utc)):
        raise place.wrong("be a sequence, with one value for each row", values)
    if isinstance(values, np.ndarray) and np.ndim(cast("Any", values)) != 1:
        raise InvalidValueError(feature.name, "have one dimension", np.shape(cast("Any", values)))
    if feature.name == identity:
        return _as_ids(values), False
    if feature.kind is Kind.INSTANT:
        return _as_instants(place, values)
    convert: Callable[[_Place, Any], NDArray[Any]] = {
        Kind.NUMBER: _as_numbers,
        Kind.FLAG: _as_flags,
        Kind.MEMBER: _as_members,
        Kind.DAY: _as_days,
        Kind.TEXT: _as_texts,
    }[feature.kind]
    return convert(place, values), False


def joined(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    """One array after the other; numbers and texts stay what they are, as objects.

    Where only one of them holds anything, it is that one itself.
    """
    filled = [array for array in arrays if array.size] or arrays[:1]
    if len(filled) == 1:
        return filled[0]
    if len({array.dtype.kind for array in filled}) > 1:
        filled = [array.astype(object) for array in filled]
    return np.concatenate(filled)


def _kept(array: NDArray[Any], dtype: Any = None) -> NDArray[Any]:
    """The array itself if nobody can write to it, else a copy."""
    wanted = array.dtype if dtype is None else np.dtype(dtype)
    if array.dtype == wanted and not _is_writable(array):
        return array
    return np.array(array, dtype=wanted)


def _is_writable(array: NDArray[Any]) -> bool:
    """Whether the array, or one that it is a view of, may be written to."""
    held: object = array
    while isinstance(held, np.ndarray):
        if held.flags.writeable:
            return True
        held = held.base
    return False


def _array(values: Any) -> NDArray[Any]:
    """An array as it is; anything else as an array of objects, so that nothing is reinterpreted."""
    return cast("NDArray[Any]", values) if isinstance(values, np.ndarray) else _objects(values)


def _objects(values: Any) -> NDArray[Any]:
    held = list(values)
    return np.fromiter(held, dtype=object, count=len(held))


def _each(
    place: _Place, values: Iterable[Any], convert: Callable[[Feature, Any], Any]
) -> list[Any]:
    """Each value converted, None as it is; all bad rows are counted, and the first ones named."""
    found: list[Any] = []
    problems: list[str] = []
    total = 0
    for row, value in enumerate(values):
        try:
            found.append(None if value is None else convert(place.feature, value))
        except (InvalidValueError, UnknownNameError) as error:
            total += 1
            if total <= NAMED_ROWS:
                problems.append(str(_placed(error, place.row(row))))
    if total:
        raise InvalidRowsError(f"column '{place.feature.name}'", problems, total=total)
    return found


def _placed(error: InvalidValueError | UnknownNameError, where: str) -> RelmktError:
    if isinstance(error, UnknownNameError):
        return UnknownNameError(error.kind, error.name, error.choices, where=where)
    return InvalidValueError(error.field, error.rule, error.value, where=where, remedy=error.remedy)


def _as_ids(values: Any) -> NDArray[Any]:
    if isinstance(values, np.ndarray):
        return _kept(cast("NDArray[Any]", values))
    array = _objects(values)
    kinds = set(map(type, array))
    if kinds == {int} and all(abs(value) < 2**63 for value in array):
        return array.astype(np.int64)
    if kinds == {str} and all(len(v) <= _WIDEST_ID and not v.endswith("\0") for v in array):
        return array.astype(np.str_)
    return array


def _as_numbers(place: _Place, values: Any) -> NDArray[Any]:
    array = np.asarray(values) if hasattr(values, "__array__") else _objects(values)
    if array.dtype.kind == "f":
        return _kept(array, np.float64)
    if array.dtype.kind in "iu":
        if array.size and (array.max() > EXACT_INTEGER or array.min() < -EXACT_INTEGER):
            _each(place, array.tolist(), _one_number)
        return array.astype(np.float64)
    if array.dtype == np.dtype(object):
        kinds = set(map(type, array))
        if kinds <= {float, int, type(None)}:  # which is quick, and the rule
            with suppress(OverflowError):
                found = array.astype(np.float64)
                # 2**53 + 1 has been rounded to 2**53 by now.
                if int not in kinds or not (np.abs(found) >= EXACT_INTEGER).any():
                    return found
        return _objects(_each(place, array.tolist(), _one_number)).astype(np.float64)
    raise place.wrong("be numbers", array, "convert it first; None stands for an absent value")


def _one_number(feature: Feature, value: Any) -> float:
    number = as_float(value)
    if number is None:
        raise InvalidValueError(
            feature.name, "be a number", value, remedy="None stands for an absent value"
        )
    if isinstance(value, numbers.Integral) and abs(int(value)) > EXACT_INTEGER:
        raise InvalidValueError(
            feature.name,
            "be at most 2**53 in size",
            value,
            remedy="a larger integer would be rounded",
        )
    return number


def _as_flags(place: _Place, values: Any) -> NDArray[Any]:
    array = np.asarray(values) if hasattr(values, "__array__") else _objects(values)
    if array.dtype == np.bool_:
        return array.astype(np.int8)
    if array.dtype == np.int8:
        return _codes(place, array, 2)
    if array.dtype == np.dtype(object):
        if set(map(type, array)) <= {bool, type(None)}:  # which is quick, and the rule
            return _coded(array.tolist())
        return _coded(_each(place, array.tolist(), _one_flag))
    raise place.wrong("be True, False or None", array)


def _one_flag(feature: Feature, value: Any) -> int:
    if isinstance(value, (bool, np.bool_)):
        return int(cast("Any", value))
    raise InvalidValueError(feature.name, "be True, False or None", value)


def _as_members(place: _Place, values: Any) -> NDArray[Any]:
    array = _array(values)
    if array.dtype == np.int8:
        return _codes(place, array, len(place.feature.values))
    if array.dtype.kind not in "OU":
        raise place.wrong(f"be one of {', '.join(place.feature.values)}", values)
    codes = {word: code for code, word in enumerate(place.feature.values)}
    known: dict[Any, int] = {**codes, None: ABSENT_CODE}
    with suppress(KeyError, TypeError):  # quick, where every word is spelled as it is listed
        return np.array([*map(known.__getitem__, array)], dtype=np.int8)

    def one(feature: Feature, value: Any) -> int:
        if not isinstance(value, str):
            raise InvalidValueError(feature.name, f"be one of {', '.join(codes)}", value)
        code = codes.get(value)
        if code is None:
            code = codes.get(spelled(value))
        if code is None:
            raise UnknownNameError(feature.label, value, codes)
        return code

    return _coded(_each(place, array.tolist(), one))


def _codes(place: _Place, array: NDArray[Any], count: int) -> NDArray[Any]:
    """Small integers that are codes already: -1 for what is absent, else 0 to ``count`` - 1."""
    if array.size and (array.min() < ABSENT_CODE or array.max() >= count):
        raise place.wrong(f"have the codes -1 to {count - 1}", array)
    return _kept(array)


def _coded(found: list[int | None]) -> NDArray[Any]:
    return np.array([ABSENT_CODE if code is None else code for code in found], dtype=np.int8)


def _as_instants(place: _Place, values: Any) -> tuple[NDArray[Any], bool]:
    if isinstance(values, Utc):
        return _times(place, values.instants, "datetime64[us]"), True
    array = _array(values)
    if array.dtype.kind == "M":
        return _times(place, array, "datetime64[us]"), False
    if array.dtype != np.dtype(object):
        raise place.wrong("be dates or datetimes", array)
    found = _each(place, array.tolist(), _one_instant)
    zones = {value.tzinfo is not None for value in found if value is not None}
    if len(zones) > 1:
        raise InvalidValueError(
            place.feature.name,
            "have a zone throughout or nowhere",
            "both",
            remedy="give the naive ones their zone first",
        )
    naive = [None if value is None else value.replace(tzinfo=None) for value in found]
    return np.array(naive, dtype="datetime64[us]"), True in zones


def _one_instant(feature: Feature, value: Any) -> datetime:
    return as_instant(value, feature.name)


def _as_days(place: _Place, values: Any) -> NDArray[Any]:
    array = _array(values)
    if array.dtype.kind == "M":
        days = _times(place, array, "datetime64[D]")
        if days.dtype != array.dtype:
            instants = array.astype("datetime64[us]")
            late = (instants != days) & ~np.isnat(instants)
            _refuse(place, instants, late, "be a date", "take the day, in the zone that counts")
        return days
    return np.array(_each(place, array.tolist(), _one_day), dtype="datetime64[D]")


def _one_day(feature: Feature, value: Any) -> date:
    return as_day(value, feature.name)


def _times(place: _Place, array: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Times in another unit; before, for NumPy lets them overflow in silence."""
    if np.datetime_data(array.dtype)[0] in _COARSE:
        _refuse(place, array, *_bad_times(array))
    return _kept(array, dtype)


_COARSE = {"Y", "M", "W", "D", "h", "m", "s", "ms"}


def _as_texts(place: _Place, values: Any) -> NDArray[Any]:
    array = _array(values)
    if array.dtype.kind == "U":
        return _kept(array)
    if array.dtype == np.dtype(object):
        if not set(map(type, array)) <= {str, type(None)}:  # which is quick, and the rule
            _each(place, array.tolist(), _one_text)
        return _kept(array)
    raise place.wrong("be text", array)


def _one_text(feature: Feature, value: Any) -> str:
    if isinstance(value, str):
        return value
    raise InvalidValueError(feature.name, "be text", value)
