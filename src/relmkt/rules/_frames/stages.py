"""A frame that is given columns for a while, so that nothing is computed twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from relmkt._narwhals import held_frame, narwhals
from relmkt.errors import InvalidValueError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    from relmkt._narwhals import Frame

__all__ = ["Stages", "new_names", "staged", "the_library"]

_PURPOSE = "deciding in a data frame"


def the_library() -> Any:
    """narwhals, or the extra to install."""
    return narwhals(_PURPOSE)


class Stages:
    """A frame, and the columns that are added to it under names that it does not have.

    What is kept in a column is not computed again by engines that would do so for every mention.

    Parameters
    ----------
    frame
        The frame as narwhals holds it.

    Attributes
    ----------
    nw
        narwhals.
    types
        The types of the frame's own columns, by name.
    is_eager
        Whether it is in memory.
    is_empty
        Whether it is in memory and has no rows.
    """

    def __init__(self, frame: Frame) -> None:
        self.nw = the_library()
        self.types = frame.collect_schema()
        self.is_eager = isinstance(frame, self.nw.DataFrame)
        self.implementation = frame.implementation
        self._frame: Any = frame
        self.is_empty = self.is_eager and len(self._frame) == 0
        self._is_lazy_inside = False
        self._prefix = "relmkt_"
        while any(str(name).casefold().startswith(self._prefix) for name in self.types):
            self._prefix = f"_{self._prefix}"
        self._count = 0

    def series(self, column: str) -> nw.Series[Any]:
        """A column of a frame in memory, before `go_lazy`."""
        return self._frame[column]

    def hides_objects(self, column: str) -> bool:
        """Whether a column of Dask holds Python objects: narwhals takes them for text."""
        native: Any = self._frame.to_native()
        return self.implementation.is_dask() and native.dtypes[column].kind == "O"

    def foreign(self, column: str) -> str | None:
        """DuckDB's own name for a type that narwhals does not know or takes for text, or None."""
        if not self.implementation.is_duckdb():
            return None
        native: Any = self._frame.to_native()
        own = str(native.types[native.columns.index(column)]).strip('"')
        is_foreign = own == "JSON" or (self.types[column] == self.nw.Unknown and own != "NULL")
        return own if is_foreign else None

    def go_lazy(self) -> None:
        """Plan from here on what is an eager Polars frame: through narwhals that is quicker."""
        if self.is_eager and self.implementation.is_polars():
            self._frame = self._frame.lazy()
            self._is_lazy_inside = True

    def add(self, series: nw.Series[Any]) -> nw.Expr:
        """A series as a column of the frame, before `go_lazy`."""
        name = self._name()
        self._frame = self._frame.with_columns(series.alias(name))
        return self.nw.col(name)

    def keep(self, values: Iterable[Any]) -> list[Any]:
        """The values; the expressions among them as the columns that hold them from now on."""
        kept: list[Any] = []
        added: list[nw.Expr] = []
        for value in values:
            if isinstance(value, self.nw.Expr):
                name = self._name()
                added.append(value.alias(name))
                kept.append(self.nw.col(name))
            else:
                kept.append(value)
        if added:
            self._frame = self._frame.with_columns(*added)
        return kept

    def select(self, **columns: nw.Expr) -> nw.DataFrame[Any]:
        """These columns alone, computed; only of a frame in memory."""
        found = self._frame.select(*(value.alias(name) for name, value in columns.items()))
        return found.collect() if self._is_lazy_inside else found

    def finished(self, columns: Mapping[str, nw.Expr]) -> Frame:
        """The frame's own columns and these, as lazy or eager as it came."""
        own = [self.nw.col(name) for name in self.types]
        new = [value.alias(name) for name, value in columns.items()]
        # A frame of rows without columns, which pandas has, keeps its rows only so.
        found = self._frame.select(*own, *new) if own else self._frame.with_columns(*new)
        return found.collect() if self._is_lazy_inside else found

    def finished_empty(self, columns: Mapping[str, nw.dtypes.DType]) -> Frame:
        """The frame without rows, with columns of these types more.

        Older versions of narwhals cannot tell nothing from one value that stands for every row.
        """
        own = [self.nw.col(name) for name in self.types]
        new = [
            self.nw.new_series(name, [], dtype, backend=self.implementation)
            for name, dtype in columns.items()
        ]
        return self._frame.select(*own).with_columns(*new)

    def _name(self) -> str:
        self._count += 1
        return f"{self._prefix}{self._count}"


def staged(frame: object) -> Stages:
    """A frame of any kind, ready to be worked on."""
    return Stages(held_frame(frame, _PURPOSE))


def new_names(names: Iterable[str], wanted: Sequence[str], taken: Iterable[str]) -> list[str]:
    """Names for new columns, as many as wanted, and none that the frame has.

    Names that differ only in case are one, as they are to databases.
    """
    several = isinstance(cast("object", names), Iterable)
    given = [names] if isinstance(names, str) else list(names) if several else []
    if not all(isinstance(cast("object", name), str) for name in given):
        given = []
    folded = [str(name).casefold() for name in given]
    if len(given) != len(wanted) or len(set(folded)) != len(wanted):
        raise InvalidValueError(
            "names", f"be {len(wanted)} different names, for {', '.join(wanted)}", names
        )
    held = {str(name).casefold() for name in taken}
    for name, bare in zip(given, folded, strict=True):
        if bare in held:
            raise InvalidValueError(
                "names",
                "be new to the data frame",
                name,
                remedy="it has such a column: give another name, or drop that column first",
            )
    return given
