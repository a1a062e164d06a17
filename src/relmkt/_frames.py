"""Data frames to columns and back: any eager frame that narwhals knows, the same kind out as in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import Texts, Utc, coerced
from relmkt._narwhals import READING, eager_frame, narwhals, needed_column
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules import Feature, Kind
from relmkt.rules._blocks import absent_in
from relmkt.rules._frames.columns import sort_of, wrong_sort

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["frame_like", "read_frame"]

F = TypeVar("F")


def read_frame(
    frame: object, names: Mapping[str, str], features: Mapping[str, Feature], identity: str
) -> dict[str, Any]:
    """The values of a frame's columns, by feature, as arrays or lists that `Columns` takes.

    Everything is copied, so neither the frame nor the columns feel what happens to the other.

    Parameters
    ----------
    frame
        An eager data frame: pandas, Polars, PyArrow, and what else narwhals knows.
    names
        For each feature the name of the frame's column.
    features
        The features that there are.
    identity
        The feature that names the row; its values are kept as given.

    Raises
    ------
    UnknownNameError
        For a feature or a column that does not exist.
    InvalidValueError
        For a lazy frame, no frame at all, or a column whose values are of the wrong sort.
    MissingExtraError
        When narwhals is not installed.
    """
    held = eager_frame(frame, READING)
    columns = [str(name) for name in held.columns]
    found: dict[str, Any] = {}
    for feature, column in names.items():
        if feature not in features:
            raise UnknownNameError("field", feature, features)
        series = held[needed_column(column, columns)]
        found[feature] = _Reader(series, features[feature]).values(feature == identity)
    return found


def frame_like(like: F, values: Iterable[tuple[Feature, NDArray[Any]]], utc: frozenset[str]) -> F:
    """Columns as a frame of the same kind as another; see `Columns.to_frame`."""
    purpose = "writing a data frame"
    nw = narwhals(purpose)
    kind = eager_frame(like, purpose).implementation
    made = {
        feature.name: _series(nw, feature, array, kind).to_native() for feature, array in values
    }
    frame = nw.from_dict(made, backend=kind)
    instants = [nw.col(name).dt.replace_time_zone("UTC") for name in made if name in utc]
    return cast("F", (frame.with_columns(*instants) if instants else frame).to_native())


# ------------------------------------------------------------------------------------ reading


class _Reader:
    """One column of a frame on its way to one feature."""

    def __init__(self, series: nw.Series[Any], feature: Feature) -> None:
        self.series = series = _with_known_zone(series)
        self.dtype = series.dtype
        self.sort = sort_of(series.dtype)
        self.feature = feature
        self.gaps = np.array(series.is_null().to_numpy(), dtype=np.bool_)

    def values(self, is_identity: bool) -> Any:
        if is_identity:
            return self._ids()
        if self.sort == "Object" or self.gaps.all():
            return self._plain()
        error = wrong_sort(self.feature, self.dtype, self.series.name)
        if error is not None:
            raise error
        match self.feature.kind:
            case Kind.NUMBER:
                return self._numbers()
            case Kind.INSTANT:
                return self._instants()
            case Kind.DAY:
                return self._days()
            case Kind.TEXT | Kind.MEMBER:
                return self._texts() or self._plain()
            case Kind.FLAG:
                return self._plain()

    def _texts(self) -> Texts | None:
        """Texts that the frame holds by number, where its kind tells the numbers."""
        if self.sort not in ("Categorical", "Enum"):
            return None
        native = self.series.to_native()
        kind = self.series.implementation
        if kind.is_pandas() and hasattr(native, "cat"):
            return Texts.of(native.cat.codes.to_numpy(), native.cat.categories)
        if not kind.is_pyarrow():
            return None
        parts = native.unify_dictionaries().chunks
        if not parts:  # nor is there a dictionary
            return None
        codes = [
            part.indices.cast("int64").fill_null(-1).to_numpy(zero_copy_only=False)
            for part in parts
        ]
        return Texts.of(np.concatenate(codes), parts[0].dictionary.to_pylist())

    def _plain(self) -> list[Any]:
        """Python values; whatever stands for null in this kind of frame is None."""
        values = self.series.to_list()
        for row in np.flatnonzero(self.gaps).tolist():
            values[row] = None
        return values

    def _array(self, series: nw.Series[Any], dtype: str | None = None) -> NDArray[Any]:
        """A copy: what a frame shares with its arrays may still be written to by its owner."""
        array = np.array(series.to_numpy(), dtype=dtype)
        array.flags.writeable = False
        return array

    def _ids(self) -> Any:
        is_plain = self.dtype.is_integer() or self.dtype.is_float()
        if is_plain and not self.gaps.any():
            return self._array(self.series)
        return self._texts() or self._plain()

    def _numbers(self) -> NDArray[Any]:
        float64 = narwhals(READING).Float64()
        series = self.series.cast(float64) if self.dtype.is_decimal() else self.series
        if not self.gaps.any():
            return self._array(series)
        # Integers with gaps would pass through float64 and be rounded before anyone could refuse.
        known, _ = coerced(self.feature, self._array(series.fill_null(0)), "")
        return np.where(self.gaps, np.nan, known)

    def _instants(self) -> NDArray[Any] | Utc | list[Any]:
        instants = self._times()
        if instants is None:
            return self._plain()
        # Those of a column with a zone come in UTC.
        return Utc(instants) if getattr(self.dtype, "time_zone", None) else instants

    def _days(self) -> NDArray[Any] | list[Any]:
        instants = self._times()
        if instants is None:
            return self._plain()
        days = instants.astype("datetime64[D]")
        if (instants != days)[~self.gaps].any():
            raise InvalidValueError(
                self.feature.name,
                "be dates",
                str(self.dtype),
                where=f"column '{self.series.name}'",
                remedy="some have a time of day: take the date of each first",
            )
        return days

    def _times(self) -> NDArray[Any] | None:
        """The values as datetime64; None where the frame only hands out objects."""
        is_array = self.series.to_numpy().dtype.kind == "M"
        return self._array(self.series, "datetime64[us]") if is_array else None


def _with_known_zone(series: nw.Series[Any]) -> nw.Series[Any]:
    """The series, in UTC if it is one of pandas whose zone narwhals fails to read.

    "datetime64[us, America/New_York]" is no instant to it, for the sake of the underscore.
    """
    dtype = getattr(series.to_native(), "dtype", None)
    zone = getattr(getattr(dtype, "pyarrow_dtype", dtype), "tz", None)
    if zone is None or str(series.dtype).startswith("Datetime"):
        return series
    nw = narwhals(READING)
    return nw.from_native(series.to_native().dt.tz_convert("UTC"), series_only=True)


# ------------------------------------------------------------------------------------ writing


def _series(nw: Any, feature: Feature, array: NDArray[Any], kind: Any) -> nw.Series[Any]:
    """One column as a series: words for codes, null for what is absent."""
    gaps = absent_in(feature.kind, array)
    has_gaps = bool(gaps.any())
    # pandas has a null of its own for every sort, and no type for text that all its versions share.
    is_pandas = kind.is_pandas_like()
    dtype: Any = None
    values: Any = array
    match feature.kind:
        case Kind.NUMBER:
            if feature.whole and not has_gaps:
                values = array.astype(np.int64)
        case Kind.FLAG:
            values = array == 1
            if has_gaps:
                values = np.where(gaps, None, values.astype(object))
                dtype, values = (None, values) if is_pandas else (nw.Boolean, values.tolist())
        case Kind.MEMBER:
            # The code of what is absent is -1, and so finds the last.
            values = np.array([*feature.values, None], dtype=object)[array]
            dtype, values = (None, values) if is_pandas else (nw.String, values.tolist())
        case Kind.TEXT if has_gaps and not is_pandas:
            # Polars makes no text of an array that holds nothing but None; of a list it does.
            dtype, values = nw.String, array.tolist()
        case Kind.TEXT | Kind.INSTANT | Kind.DAY:
            pass
    try:
        series = nw.new_series(feature.name, values, dtype, backend=kind)
    except (TypeError, ValueError) as error:
        raise InvalidValueError(
            feature.name,
            "be of one sort to stand in this kind of frame",
            str(error),
            remedy="make the ids text, or ask for another kind of frame",
        ) from None
    if feature.kind is Kind.NUMBER and has_gaps and not is_pandas:
        x = nw.col(feature.name)
        known = nw.when(~x.is_nan()).then(x).alias(feature.name)
        series = series.to_frame().select(known)[feature.name]
        series = series.cast(nw.Int64) if feature.whole else series
    return series
