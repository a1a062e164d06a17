"""DuckDB on a short lead: what it may touch, and how it stops."""

from __future__ import annotations

import duckdb
import pytest

from relmkt.adapters._engine import connected, literal, quoted


def test_only_what_is_allowed_can_be_read(tmp_path):
    allowed, other, folder = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "aside"
    allowed.write_text("x\n1\n")
    other.write_text("x\n1\n")
    folder.mkdir()
    with connected(folder, allowed) as connection:
        assert connection.execute(f"SELECT * FROM '{allowed}'").fetchall() == [(1,)]
        with pytest.raises(duckdb.PermissionException):
            connection.execute(f"SELECT * FROM '{other}'")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('https://example.invalid/orders.csv')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET autoload_known_extensions = true",
    ],
)
def test_no_network_and_no_extension_can_be_reached(tmp_path, query):
    with connected(tmp_path) as connection, pytest.raises(duckdb.Error):
        connection.execute(query)


def test_variables_of_the_program_are_no_tables(tmp_path):
    secret = {"word": [1]}
    with connected(tmp_path) as connection, pytest.raises(duckdb.CatalogException):
        connection.execute("SELECT * FROM secret")
    assert secret


def test_the_connection_is_closed_afterwards(tmp_path):
    with connected(tmp_path) as connection:
        pass
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("SELECT 1")


def test_an_interrupt_that_duckdb_reports_is_an_interrupt_again(tmp_path):
    with pytest.raises(KeyboardInterrupt), connected(tmp_path):
        raise RuntimeError("Query interrupted")  # its words for Ctrl-C


def test_other_troubles_pass_as_they_are(tmp_path):
    with pytest.raises(RuntimeError, match="something else"), connected(tmp_path):
        raise RuntimeError("something else")


def test_texts_and_names_are_quoted(tmp_path):
    text, name = 'it\'s "so"', "a \"b\" 'c'"
    with connected(tmp_path) as connection:
        found = connection.execute(f"SELECT {literal(text)} AS {quoted(name)}")
        assert (found.description[0][0], found.fetchall()) == (name, [(text,)])
