"""One schema, two layouts: the fields and the validation of a record type, as read-only columns."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar, cast, overload

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import (
    ABSENT,
    NAMED_ROWS,
    Texts,
    Utc,
    coerced,
    joined,
    named,
    plain,
    refuse_bad,
)
from relmkt._counts import counted
from relmkt._grouping import by_first_appearance
from relmkt.domain import CustomerFacts, RelationshipFacts
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.records import Schema, schema
from relmkt.rules import ABSENT_CODE, Feature, Kind
from relmkt.rules._blocks import Block, absent_in
from relmkt.rules.conditions import features_in

__all__ = ["Columns", "Numbered", "Portfolio", "Relationships"]

F = TypeVar("F")
R = TypeVar("R")

_Held: TypeAlias = NDArray[Any] | Texts


@attrs.frozen(eq=False)
class Numbered:
    """The values of a column by number, in the order in which they first appear.

    Attributes
    ----------
    codes
        The number of each row's value, shape (n,).
    firsts
        For each number the row where it first appears, shape (k,), ascending.
    values
        The values by number; what is absent is one of them.
    """

    codes: NDArray[np.int32]
    firsts: NDArray[np.int32]
    values: list[Any]


class Columns(Generic[R]):
    """Equal-length, read-only arrays with the fields of a record type.

    Numbers are float64 (NaN where absent), flags int8 (-1 where absent), members int8 codes in the
    order of their type (-1), instants datetime64[us] and days datetime64[D] (NaT), texts objects
    (None); ids are kept as given. A set is one flag for each word, named ``field_word``. A column
    that is not given is absent throughout and takes no memory. Arrays that may be written to are
    copied; read-only ones are shared.

    Indexed by a number it gives the record; by a slice, a mask or positions, columns again.

    Parameters
    ----------
    columns
        The values by feature name; the id is required.

    Raises
    ------
    UnknownNameError
        For a name that the record type does not declare.
    InvalidRowsError
        When values break the rules of their fields; the first bad rows are named.
    InvalidValueError
        When lengths differ, or a column's values are of the wrong sort.

    Examples
    --------
    >>> from relmkt.columns import Portfolio
    >>> portfolio = Portfolio(customer=["C-1", "C-2"], attrition_risk=[0.2, None])
    >>> len(portfolio), portfolio.attrition_risk
    (2, array([0.2, nan]))
    >>> portfolio[1].customer
    'C-2'
    """

    record_type: ClassVar[type[Any]]
    details: ClassVar[tuple[str, ...]] = ()
    """Attributes that belong to the whole and travel with every part (a unit, a day)."""

    _data: dict[str, _Held]
    _utc: frozenset[str]
    _size: int
    _gaps: dict[str, bool]
    _numbers: dict[str, Numbered]

    def __init__(self, **columns: Any) -> None:
        found = self._schema()
        details = {name: columns.pop(name, None) for name in self.details}
        for name in columns:
            if name not in found.features:
                raise UnknownNameError("column", name, found.features)
        if columns.get(found.identity) is None:
            raise InvalidValueError(
                found.identity, "be given", None, remedy="every row needs an id"
            )
        data: dict[str, _Held] = {}
        utc: set[str] = set()
        ids: NDArray[Any] | None = None
        for name in (found.identity, *(name for name in columns if name != found.identity)):
            given, feature = columns[name], found.features[name]
            if given is None:
                continue
            if isinstance(given, Texts) and feature.kind is Kind.TEXT:
                data[name] = given
                continue
            if ids is None and name != found.identity:
                ids = _array(data[found.identity])
            data[name], has_zone = coerced(feature, given, found.identity, ids)
            utc.update({name} if has_zone else ())
        self._adopt(data, frozenset(utc), len(data[found.identity]), details)
        self._check(data)

    # ------------------------------------------------------------------ making

    @classmethod
    def of(cls, records: Iterable[R], **details: Any) -> Self:
        """Gather records into columns; reading them back gives the same records."""
        held = list(records)
        found = cls._schema()
        required = {name for name, spec in found.fields.items() if spec.required}
        columns: dict[str, Any] = {}
        for name, get in found.getters.items():
            values = [get(record) for record in held]
            if name in required or any(value is not None for value in values):
                columns[name] = values
        return cls(**columns, **details)

    @classmethod
    def concatenated(cls, parts: Sequence[Self]) -> Self:
        """The rows of one after the rows of the other.

        Raises
        ------
        InvalidValueError
            When there are no parts, when their details differ, or when a column of instants has
            a zone in one and none in another.
        """
        if not parts:
            raise InvalidValueError("parts", "hold at least one", parts)
        for name in cls.details:
            for part in parts:
                if getattr(part, name) != getattr(parts[0], name):
                    raise InvalidValueError(
                        name, f"be the same throughout ({getattr(parts[0], name)})", part
                    )
        names = dict.fromkeys(name for part in parts for name in part._data)
        for name in names:
            if len({name in part._zoned() for part in parts if part._has_known(name)}) > 1:
                raise InvalidValueError(name, "have a zone throughout or nowhere", "both")
        data: dict[str, _Held] = {
            name: joined([part.column(name) for part in parts]) for name in names
        }
        utc = frozenset(name for part in parts for name in part._zoned())
        return parts[0]._derived(data, utc)

    @classmethod
    def from_frame(cls, frame: object, /, **names: Any) -> Self:
        """Read the columns of a data frame; it is copied, never changed.

        Parameters
        ----------
        frame
            An eager frame: pandas, Polars, PyArrow, and what else narwhals knows. A lazy one is
            collected by its owner first. Instants with a zone are kept in UTC, and cut to the
            microsecond; ids are kept as given.
        **names
            For each field the name of the frame's column; details as their values. Nothing is
            read that is not named.

        Raises
        ------
        UnknownNameError
            For a column that the frame does not have, or a field that does not exist.
        InvalidValueError
            For a lazy frame, and for a column of the wrong sort (text where numbers belong).
        InvalidRowsError
            When values break the rules of their fields.
        MissingExtraError
            When the extra ``frames`` is not installed.

        Examples
        --------
        >>> import polars as pl
        >>> from relmkt.columns import Portfolio
        >>> frame = pl.DataFrame({"id": ["C-1", "C-2"], "risk": [0.2, None]})
        >>> Portfolio.from_frame(frame, customer="id", attrition_risk="risk").attrition_risk
        array([0.2, nan])
        """
        from relmkt._frames import read_frame

        found = cls._schema()
        details = {name: names.pop(name) for name in cls.details if name in names}
        return cls(**read_frame(frame, names, found.features, found.identity), **details)

    def to_frame(self, *, like: F) -> F:
        """The columns that are given, as a data frame of the same kind as another.

        Words stand for members, True and False for flags, integers for counts, null for whatever
        is absent; instants in UTC carry their zone. pandas has no type for a day: there it is the
        midnight that begins it, and counts and flags with gaps are floats and objects.

        Parameters
        ----------
        like
            An eager data frame, for example the one that the values came from; it is not changed.

        Raises
        ------
        InvalidValueError
            For a lazy frame, or ids of several sorts where the frame can hold only one.
        MissingExtraError
            When the extra ``frames`` is not installed.

        Examples
        --------
        >>> import polars as pl
        >>> from relmkt.columns import Portfolio
        >>> portfolio = Portfolio(customer=["C-1", "C-2"], status=["active", None])
        >>> portfolio.to_frame(like=pl.DataFrame()).rows()
        [('C-1', 'active'), ('C-2', None)]
        """
        from relmkt._frames import frame_like

        features = self._schema().features
        values = [(features[name], self.column(name)) for name in self._data]
        return frame_like(like, values, self._utc)

    @classmethod
    def _schema(cls) -> Schema[Any]:
        return schema(cls.record_type)

    def _adopt(
        self,
        data: dict[str, _Held],
        utc: frozenset[str],
        size: int,
        details: Mapping[str, Any],
    ) -> None:
        for held in data.values():
            _closed(held)
        self._data = data
        self._utc = utc
        self._size = size
        self._gaps = {}
        self._numbers = {}
        for name, value in details.items():
            setattr(self, name, value)

    def _derived(self, data: dict[str, _Held], utc: frozenset[str] | None = None) -> Self:
        """Columns from values that have been checked already."""
        made = object.__new__(type(self))
        details = {name: getattr(self, name) for name in self.details}
        size = len(data[self._schema().identity])
        made._adopt(data, self._utc if utc is None else utc, size, details)
        return made

    def replace(self, **columns: Any) -> Self:
        """The same rows with some columns new; None takes a column away.

        Examples
        --------
        >>> from relmkt.columns import Portfolio
        >>> Portfolio(customer=[1, 2]).replace(headroom=[5, 7]).headroom
        array([5., 7.])
        """
        held = {name: self.given(name) for name in self._data}
        held |= {name: getattr(self, name) for name in self.details}
        return type(self)(**held | columns)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Copied or unpickled arrays are as read-only as these."""
        self.__dict__.update(state)
        for held in self._data.values():
            _closed(held)

    # ----------------------------------------------------------------- reading

    def __len__(self) -> int:
        return self._size

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that are given."""
        return tuple(self._data)

    @property
    def ids(self) -> NDArray[Any]:
        """The ids, shape (n,), as given."""
        return _array(self._data[self._schema().identity])

    def column(self, name: str) -> NDArray[Any]:
        """The values of one feature, shape (n,); all absent where the column is not given.

        Raises
        ------
        UnknownNameError
            For a name that the record type does not declare.
        """
        held = self._data.get(name)
        if held is None:
            features = self._schema().features
            if name not in features:
                raise UnknownNameError("column", name, features)
            held = np.broadcast_to(ABSENT[features[name].kind], (self._size,))
        return _array(held)

    def given(self, name: str) -> Any:
        """The values of one feature as columns of any kind take them: shared, and with their zone.

        Raises
        ------
        UnknownNameError
            For a name that the record type does not declare.

        Examples
        --------
        >>> from relmkt.columns import Portfolio
        >>> held = Portfolio(customer=[1, 2], headroom=[5, 7])
        >>> Portfolio(customer=["C-1", "C-2"], headroom=held.given("headroom")).headroom
        array([5., 7.])
        """
        held = self._data.get(name)
        if isinstance(held, Texts):
            return held
        return Utc(self.column(name)) if name in self._utc else self.column(name)

    def numbered(self, name: str) -> Numbered:
        """The values of one feature by number, in the order in which they first appear.

        Texts are numbered once, however often that is asked.

        Raises
        ------
        UnknownNameError
            For a name that the record type does not declare.
        InvalidValueError
            For ids that cannot be told apart.

        Examples
        --------
        >>> from relmkt.columns import Portfolio
        >>> found = Portfolio(customer=["C-2", "C-1", "C-2"]).numbered("customer")
        >>> found.codes.tolist(), found.values
        ([0, 1, 0], ['C-2', 'C-1'])
        """
        found = self._numbers.get(name)
        if found is None:
            held = self._data.get(name)
            texts = held if isinstance(held, Texts) else None
            codes, firsts = by_first_appearance(self.column(name) if texts is None else texts.codes)
            values = self.column(name)[firsts] if texts is None else texts[firsts].array
            found = Numbered(codes, firsts, values.tolist())
            self._numbers[name] = found
        return found

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name.startswith("_") or name in self.details:
            raise AttributeError(name)
        try:
            return self.column(name)
        except UnknownNameError as error:
            raise AttributeError(str(error)) from None

    def values(self, name: str, rows: NDArray[Any] | None = None) -> list[Any]:
        """The values of one feature as records hold them, None where absent."""
        column = self.column(name)
        feature = self._schema().features[name]
        held = (column if rows is None else column[rows]).tolist()
        match feature.kind:  # the same as below, without a call for each value
            case Kind.NUMBER if not feature.whole:
                return [value if value == value else None for value in held]  # noqa: PLR0124
            case Kind.FLAG | Kind.MEMBER:
                words = (False, True) if feature.kind is Kind.FLAG else feature.values
                return [*map((*words, None).__getitem__, held)]  # the absent code is -1
            case Kind.TEXT if column.dtype != np.dtype(object):
                return held
            case _:
                return [self._value(feature, value) for value in held]

    def has_absent(self, name: str) -> bool:
        """Whether any value of a feature is absent."""
        held = self._gaps.get(name)
        if held is None:
            held = self._size > 0 if name not in self._data else bool(self.absent(name).any())
            self._gaps[name] = held
        return held

    def absent(self, name: str) -> NDArray[np.bool_]:
        """Where a feature is absent, shape (n,)."""
        held = self._data.get(name)
        if isinstance(held, Texts):
            return held.absent
        column = self.column(name)
        return absent_in(self._schema().features[name].kind, column)

    def _has_known(self, name: str) -> bool:
        return name in self._data and not self.absent(name).all()

    def _zoned(self) -> frozenset[str]:
        """The columns with instants that had a zone; an empty column has none to speak of."""
        return frozenset(name for name in self._utc if self._has_known(name))

    def in_utc(self, name: str) -> bool:
        """Whether a column of instants had a zone, and so is in UTC."""
        return name in self._utc

    @overload
    def __getitem__(self, key: int) -> R: ...

    @overload
    def __getitem__(self, key: slice | NDArray[Any] | Sequence[int]) -> Self: ...

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, (int, np.integer)):
            return self._record(range(self._size)[operator.index(cast("int", key))])
        where = _positions(key, self._size)
        return self._derived({name: array[where] for name, array in self._data.items()})

    def __iter__(self) -> Iterator[R]:
        return (self._record(row) for row in range(self._size))

    def _record(self, row: int) -> R:
        found = self._schema()
        values: dict[str, Any] = {}
        for name, array in self._data.items():
            feature = found.features[name]
            value = self._value(feature, array[row])
            if feature.member_of is None:
                values[name] = value
            else:
                answers = values.setdefault(feature.member_of, {})
                answers[name.removeprefix(f"{feature.member_of}_")] = value
        return cast("R", self.record_type(**values))

    def _value(self, feature: Feature, value: Any) -> Any:
        found: Any = plain(value)
        match feature.kind:
            case Kind.NUMBER if math.isnan(found):
                return None
            case Kind.NUMBER:
                return int(found) if feature.whole else cast("float", found)
            case Kind.FLAG:
                return bool(found) if found != ABSENT_CODE else None
            case Kind.MEMBER:
                return feature.values[int(found)] if found != ABSENT_CODE else None
            case Kind.INSTANT | Kind.DAY:
                moment: datetime | None = found
                return _in_utc(moment) if feature.name in self._utc else moment
            case _:
                return found

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = self, cast("Columns[R]", other)
        if len(mine) != len(theirs) or mine._zoned() != theirs._zoned():
            return False
        if any(getattr(mine, name) != getattr(theirs, name) for name in self.details):
            return False
        return all(
            _same(mine.column(name), theirs.column(name)) for name in {**mine._data, **theirs._data}
        )

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        details = "".join(f", {name}={getattr(self, name)}" for name in self.details)
        rows, columns = counted(self._size, "row"), counted(len(self._data), "column")
        return f"<{type(self).__name__}: {rows}, {columns}{details}>"

    # ----------------------------------------------------------------- filling

    def filled(self, assumptions: Mapping[str, Any]) -> tuple[Self, dict[str, NDArray[np.bool_]]]:
        """Absent values filled by assumption; known ones are never overruled.

        Returns
        -------
        columns
            The same rows, with the gaps filled.
        assumed
            For each assumed feature, the rows where it was filled, shape (n,).
        """
        data = dict(self._data)
        utc = set(self._zoned())
        assumed: dict[str, NDArray[np.bool_]] = {}
        found = self._schema()
        for name, value in found.checked(assumptions).items():
            gaps = self.absent(name)
            if not gaps.any():
                continue
            one, has_zone = coerced(found.features[name], [value], found.identity)
            if has_zone is not (name in utc) and self._has_known(name):
                raise InvalidValueError(name, "have a zone throughout or nowhere", value)
            if has_zone:
                utc.add(name)
            if gaps.all():  # one value for all rows takes the memory of one
                data[name] = np.broadcast_to(one[0], (self._size,))
            else:
                data[name] = np.where(gaps, one[0], self.column(name)).astype(one.dtype)
            assumed[name] = gaps
        made = self._derived(data, frozenset(utc))
        made._check_constraints(found)
        return made, assumed

    # ---------------------------------------------------------------- checking

    def _check(self, data: Mapping[str, _Held]) -> None:
        found = self._schema()
        required = {name for name, spec in found.fields.items() if spec.required}
        for name in required - data.keys():
            raise InvalidValueError(name, "be given", None)
        for name, held in data.items():
            if len(held) != self._size:
                raise InvalidValueError(
                    name, f"have {self._size:,} values, one for each id", len(held)
                )
            if isinstance(held, Texts) and not (name in required and held.empty.any()):
                continue  # so that nobody needs the texts of all rows
            refuse_bad(
                found.features[name],
                _array(held),
                self.ids,
                found.identity,
                required=name in required,
            )
        self._check_constraints(found)

    def _check_constraints(self, found: Schema[Any]) -> None:
        for constraint in found.constraints:
            asked = [name for name in found.features if name in features_in(constraint.holds)]
            columns = {name: self.column(name) for name in asked}
            gaps = frozenset(name for name in asked if self.has_absent(name))
            block = Block(columns, gaps, found.features, self._size)
            broken = np.flatnonzero(block.verdict(constraint.holds).failed())
            if broken.size:
                problems: list[str] = []
                for row in broken[:NAMED_ROWS].tolist():
                    values = {
                        name: self._value(found.features[name], self.column(name)[row])
                        for name in (constraint.field, *asked)
                    }
                    problem = InvalidValueError(
                        constraint.field,
                        found.rule_of(constraint, values),
                        values[constraint.field],
                        where=f"row {row} ({found.identity} {named(self.ids, row)})",
                    )
                    problems.append(str(problem))
                raise InvalidRowsError(
                    self.record_type.__name__,
                    problems,
                    total=int(broken.size),
                    remedy=constraint.remedy,
                    rows=broken[:NAMED_ROWS].tolist(),
                )


def _array(held: _Held) -> NDArray[Any]:
    return held.array if isinstance(held, Texts) else held


def _closed(held: _Held) -> None:
    """Make sure that nobody writes to what is held."""
    array = held.codes if isinstance(held, Texts) else held
    array.flags.writeable = False


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.replace(tzinfo=UTC)


def _positions(key: Any, size: int) -> Any:
    """A slice as it is; a mask of the right length, or positions, as an array."""
    if isinstance(key, slice):
        return cast("Any", key)
    where = np.asarray(key)
    if where.ndim != 1 or (where.size and where.dtype.kind not in "biu"):
        raise InvalidValueError(
            "rows",
            "be a number, a slice, a mask or positions",
            key,
            remedy="columns are attributes",
        )
    if where.dtype == np.bool_ and len(where) != size:
        raise InvalidValueError("mask", f"have {size:,} entries", len(where))
    return where if where.size else where.astype(np.intp)


def _same(left: NDArray[Any], right: NDArray[Any]) -> bool:
    if left.dtype.kind in "fmM" and right.dtype.kind in "fmM":
        return np.array_equal(left, right, equal_nan=True)
    return np.array_equal(left, right)


class Portfolio(Columns[CustomerFacts]):
    """What is known of many customers on one day: the columns of `CustomerFacts`."""

    record_type = CustomerFacts


class Relationships(Columns[RelationshipFacts]):
    """What is known of many relationships on one day: the columns of `RelationshipFacts`."""

    record_type = RelationshipFacts
