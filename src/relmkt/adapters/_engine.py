"""DuckDB, kept on a short lead: for one call, with one file, so much memory, and no network."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from relmkt.errors import InvalidValueError, MissingExtraError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["checked_memory", "connected", "literal", "quoted", "watched"]

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
}


_UNITS = {
    f"{letter}{sign}": base**power
    for power, letter in enumerate("KMGT", start=1)
    for sign, base in (("B", 10**3), ("IB", 2**10))
}
_LEAST = 128_000_000
"""Below this DuckDB cannot do its work; what it takes beside it is a little more anyhow."""

_MOST = 10**15
"""Beyond some amount DuckDB fails to read the number; no machine has so much."""

_GLANCE = 0.1
"""Seconds between two looks at how far a query has come."""


def checked_memory(memory: str) -> str:
    """An amount of memory as DuckDB takes it.

    Raises
    ------
    InvalidValueError
        When it is not written as ``512MB``, too little to work with, or more than there can be.

    Examples
    --------
    >>> from relmkt.adapters._engine import checked_memory
    >>> checked_memory("0.5 gb"), checked_memory("512MiB")
    ('500000000 B', '536870912 B')
    """
    found = re.fullmatch(
        r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([KMGT]i?B)\s*", str(memory), re.IGNORECASE | re.ASCII
    )
    if found is None:
        raise InvalidValueError(
            "memory", "be an amount with its unit", memory, remedy="write for example 512MB or 2GB"
        )
    amount = int(float(found[1]) * _UNITS[found[2].upper()])
    if amount < _LEAST:
        raise InvalidValueError(
            "memory", f"be at least {_LEAST // 10**6}MB", memory, remedy="the work needs so much"
        )
    if amount > _MOST:
        raise InvalidValueError(
            "memory", f"be at most {_MOST // 10**12}TB", memory, remedy="no machine has more"
        )
    return f"{amount} B"


@contextmanager
def connected(
    folder: Path, *readable: Path, memory: str | None = None, threads: int = 2
) -> Generator[DuckDBPyConnection, None, None]:
    """A connection that can touch a temporary folder and the given files, and nothing else.

    Parameters
    ----------
    folder
        Where DuckDB may put what exceeds memory, and read and write files.
    readable
        Further files that it may read.
    memory
        How much memory it may take, as `checked_memory` gives it; its tables are then kept in the
        folder. Unless given they are kept in memory, and there is no bound but the machine's.
    threads
        How many threads it may use; each of them wants memory of its own.

    Raises
    ------
    InvalidValueError
        When the memory, or the disk, does not suffice.
    MissingExtraError
        When DuckDB is not installed.
    KeyboardInterrupt
        When the user interrupts a query.
    """
    try:
        import duckdb
    except ImportError:
        raise MissingExtraError(
            "duckdb", extra="cli", purpose="reading and writing files"
        ) from None
    config = {**_CONFIG, "threads": threads, "temp_directory": str(folder / "spill")}
    if memory is not None:
        config["memory_limit"] = memory
    database = ":memory:" if memory is None else str(folder / "tables")
    connection = duckdb.connect(database, config=config)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        files = ", ".join(literal(str(path)) for path in readable)
        connection.execute(f"SET allowed_paths = [{files}]")
        connection.execute(f"SET allowed_directories = [{literal(str(folder))}]")
        connection.execute("SET enable_external_access = false")
        # The bar itself is never printed; but unless it is on, nobody can ask how far a query is.
        connection.execute("SET enable_progress_bar_print = false")
        connection.execute(f"SET enable_progress_bar = {str(memory is not None).lower()}")
        connection.execute("SET lock_configuration = true")
        yield connection
    except duckdb.OutOfMemoryException as error:
        raise InvalidValueError(
            "memory",
            "suffice for the work",
            memory,
            remedy=f"give more memory, or more room for temporary files ({_first_line(error)})",
        ) from None
    except RuntimeError as error:
        if "interrupted" in str(error).lower():  # what DuckDB makes of Ctrl-C
            raise KeyboardInterrupt from None
        raise
    finally:
        connection.close()


@contextmanager
def watched(
    connection: DuckDBPyConnection, done: Callable[[float], None] | None
) -> Generator[None, None, None]:
    """Tell from another thread which share of a query is done, while it runs here.

    Parameters
    ----------
    connection
        What runs the query.
    done
        Called with a share between 0 and 1; None tells nobody.
    """
    if done is None:
        yield
        return
    over = Event()

    def look() -> None:
        while not over.wait(_GLANCE):
            percent = connection.query_progress()
            if percent >= 0.0:  # below it, nothing is known
                done(min(percent / 100.0, 1.0))

    watch = Thread(target=look, daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
