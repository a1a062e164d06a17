"""The command table: the rules as JSON for hosts in other languages, with test vectors."""

from __future__ import annotations

import sys
from typing import Any

import click

from relmkt.adapters.files import write_text
from relmkt.cli._options import checked_output, is_one_output, on_option, threshold_option
from relmkt.cli._policy_files import plain_table
from relmkt.table_json import table_to_json
from relmkt.table_vectors import vectors_to_json

__all__ = ["table"]


@click.command(short_help="Write the rules as JSON, for hosts in other languages.")
@click.argument("policy", metavar="[POLICY.json]", required=False)
@click.option(
    "--out",
    metavar="FILE",
    default="-",
    show_default=True,
    help="Where the table goes; - is standard output.",
)
@click.option(
    "--vectors",
    metavar="FILE",
    help="Also write records on every side of every threshold, with what is decided on each; - is "
    "standard output.",
)
@on_option
@threshold_option
def table(policy: str | None, out: str, vectors: str | None, **options: Any) -> None:
    """Write the table of the strategy policy in POLICY.json, for a host that is not in Python.

    POLICY.json may be -, which is standard input.

    The table holds the rules with their conditions, outcomes and reasons; the vectors are records
    with what it decides on them. A host that agrees on all of these reads the table right. The page
    "Tables for other languages" says how. All thresholds must be numbers: let a plan find them
    (--policy-out), or state each by --threshold. Of a dated policy it is the edition that is valid
    on the day of --on.

    \b
    relmkt plan orders.csv --policy-out policy.json
    relmkt table policy.json --out strategy.table.json --vectors strategy.vectors.json
    """  # noqa: D301  (click reads the backspace)
    if vectors is not None and is_one_output(vectors, out):
        raise click.UsageError("--vectors and --out name the same file: give each its own")
    if "-" in (out, vectors):
        checked_output()
    stdin = None if sys.stdin is None else sys.stdin.buffer  # pyright: ignore[reportUnnecessaryComparison]
    made = plain_table(policy, options, "a table", stdin=stdin)
    if vectors is not None:
        _write(vectors, vectors_to_json(made))
    _write(out, table_to_json(made))


def _write(path: str, text: str) -> None:
    if path == "-":
        sys.stdout.write(text)
    else:
        write_text(path, text)
