"""DuckDB, kept on a short lead: in memory, for one call, with one file and no network."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from relmkt.errors import MissingExtraError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["connected", "literal", "quoted"]

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 2,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
}


@contextmanager
def connected(folder: Path, *readable: Path) -> Generator[DuckDBPyConnection, None, None]:
    """A connection that can touch a temporary folder and the given files, and nothing else.

    Parameters
    ----------
    folder
        Where DuckDB may put what exceeds memory, and read and write files.
    readable
        Further files that it may read.

    Raises
    ------
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
    connection = duckdb.connect(config={**_CONFIG, "temp_directory": str(folder / "spill")})
    try:
        connection.execute("SET TimeZone = 'UTC'")
        files = ", ".join(literal(str(path)) for path in readable)
        connection.execute(f"SET allowed_paths = [{files}]")
        connection.execute(f"SET allowed_directories = [{literal(str(folder))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    except RuntimeError as error:
        if "interrupted" in str(error).lower():  # what DuckDB makes of Ctrl-C
            raise KeyboardInterrupt from None
        raise
    finally:
        connection.close()


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
