"""The one door to data frames: narwhals, imported when it is used, and what is no frame for us."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from relmkt.errors import InvalidValueError, MissingExtraError, UnknownNameError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    Frame: TypeAlias = nw.DataFrame[Any] | nw.LazyFrame[Any]

__all__ = [
    "READING",
    "eager_frame",
    "given_back",
    "held_frame",
    "is_lazy",
    "named_columns",
    "narwhals",
    "needed_column",
    "plain_texts",
]

F = TypeVar("F")

READING = "reading a data frame"


def narwhals(purpose: str) -> ModuleType:
    """`narwhals.stable.v2`, or the extra to install."""
    try:
        import narwhals.stable.v2 as nw
    except ImportError:
        raise MissingExtraError("narwhals", extra="frames", purpose=purpose) from None
    return nw


def held_frame(frame: object, purpose: str) -> Frame:
    """A frame of any kind as narwhals holds it, each column with a name of its own.

    Raises
    ------
    InvalidValueError
        For what is no frame, for two columns of one name, and in Polars for a column whose name
        is a pattern.
    MissingExtraError
        When narwhals is not installed.
    """
    nw = narwhals(purpose)
    try:
        held = nw.from_native(frame, pass_through=True)
    except nw.exceptions.DuplicateError:
        native: Any = frame
        names = native.column_names if hasattr(native, "column_names") else native.columns
        raise _doubled([str(name) for name in names]) from None
    kinds = (nw.DataFrame, nw.LazyFrame)
    if not isinstance(held, kinds) and type(frame).__module__.startswith("narwhals"):
        # Older ones do not take a frame that another of their namespaces has wrapped.
        unwrapped: Any = frame
        held = nw.from_native(unwrapped.to_native(), pass_through=True)
    if not isinstance(held, kinds):
        raise InvalidValueError(
            "frame",
            "be a data frame",
            _sort(frame),
            remedy="pandas, Polars and PyArrow frames are known, DuckDB relations, and what else "
            "narwhals knows",
        )
    if held.implementation.is_polars():  # which has no two of one name
        for name in held.collect_schema().names():
            if name == "*" or (name.startswith("^") and name.endswith("$")):
                raise InvalidValueError(
                    "frame",
                    "have columns that Polars can tell from patterns",
                    name,
                    remedy="to Polars it stands for every column that it matches: rename it",
                )
    else:
        names = list(held.columns)
        if len(set(names)) < len(names):
            raise _doubled(names)
        if any(isinstance(name, tuple) for name in cast("list[object]", names)):
            raise InvalidValueError(
                "frame",
                "have columns of one level",
                names[0],
                remedy="give each column one name of its own",
            )
    return cast("Frame", held)


def eager_frame(frame: object, purpose: str) -> nw.DataFrame[Any]:
    """A frame that is in memory; a lazy one is its owner's to collect."""
    held = held_frame(frame, purpose)
    if isinstance(held, narwhals(purpose).LazyFrame):
        raise InvalidValueError(
            "frame",
            "be in memory",
            _sort(frame),
            remedy="it is lazy: collect it first, where you choose",
        )
    return cast("nw.DataFrame[Any]", held)


def given_back(frame: F, found: Any) -> F:
    """What was found, as the owner of a frame knows frames: native, or wrapped as his was."""
    if isinstance(frame, type(found)):
        return cast("F", found)
    module = type(frame).__module__
    if not module.startswith("narwhals"):
        return cast("F", found.to_native())
    is_stable = module.startswith("narwhals.stable.")
    wrapping = import_module(".".join(module.split(".")[:3]) if is_stable else "narwhals")
    return cast("F", wrapping.from_native(found.to_native()))


def named_columns(columns: object) -> dict[str, Any]:
    """Which column is which feature, as the caller says.

    Raises
    ------
    InvalidValueError
        For what is no mapping.
    """
    if not isinstance(columns, Mapping):
        raise InvalidValueError(
            "columns", "say which is which", columns, remedy='write {"customer": "id", ...}'
        )
    return dict(cast("Mapping[str, Any]", columns))


def is_lazy(held: Frame) -> bool:
    """Whether a frame, as narwhals holds it, is a question and not its answer."""
    return isinstance(held, narwhals(READING).LazyFrame)


def plain_texts(series: nw.Series[Any]) -> nw.Series[Any]:
    """The series; what PyArrow holds as views of texts, which it cannot compare, as plain texts.

    Polars hands out such views where PyArrow asks it for a table.
    """
    native: Any = series.to_native()
    held: Any = getattr(native, "type", None)
    if "string_view" not in str(held):
        return series
    pa: Any = import_module("pyarrow")
    plain = pa.large_string()
    if pa.types.is_dictionary(held):
        plain = pa.dictionary(held.index_type, plain, held.ordered)
    return narwhals(READING).from_native(native.cast(plain), series_only=True)


def needed_column(column: object, columns: Sequence[str]) -> str:
    """The column's name, if the frame has it."""
    if column not in columns:
        raise UnknownNameError("column", str(column), columns, where="the data frame")
    return str(column)


def _sort(frame: object) -> str:
    return f"{type(frame).__module__.partition('.')[0]}.{type(frame).__name__}"


def _doubled(names: list[str]) -> InvalidValueError:
    twice = [name for name, count in Counter(names).items() if count > 1]
    return InvalidValueError(
        "frame",
        "have one column of each name",
        ", ".join(twice),
        remedy="rename or drop the others",
    )
