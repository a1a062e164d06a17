"""The command decide: known facts in, decisions out, line by line, for hosts in any language."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from relmkt.adapters.decision_stream import DecisionStream
from relmkt.cli._options import absent_options, assumptions_from, checked_output, on_option
from relmkt.cli._policy_files import plain_table
from relmkt.errors import FileError, RelmktError

if TYPE_CHECKING:
    from io import BufferedIOBase

__all__ = ["decide"]

_PIECE = 1 << 20
"""Bytes that are read at a time, where so many are there."""


@click.command(short_help="Decide on facts as JSON lines, one answer for each line.")
@click.argument("policy", metavar="[POLICY.json]", required=False)
@click.option(
    "--facts",
    metavar="FILE",
    default="-",
    show_default=True,
    help="The facts as JSON lines; - is standard input.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Add the facts that carried each decision, and every rule with what made it hold or fail.",
)
@on_option
@absent_options()
@click.pass_context
def decide(
    context: click.Context, policy: str | None, facts: str, explain: bool, **options: Any
) -> None:
    """Decide by the strategy policy in POLICY.json on facts as JSON lines, and answer each at once.

    A line is what is known of one customer: {"customer": "C-17", "status": "active",
    "retained_value": 812.4}. Its answer is a line on standard output with the outcome, the rule and
    the reason, or with the error that the line has. Absent facts are taken as relmkt plan takes
    them, so both decide alike.

    A stream has no portfolio to take "the top 20%" from: all thresholds must be numbers. Let a
    plan find them (--policy-out), or state each by --threshold. A dated policy has an edition for
    each span of time: state by --on the day to decide on, and each answer names the edition.

    \b
    relmkt plan orders.csv --policy-out policy.json
    relmkt decide policy.json < facts.jsonl > decisions.jsonl

    The command ends with 0 if every line was decided on, with 1 if some line had an error, and with
    2 if nothing could be decided: the command line or the policy is at fault.
    """  # noqa: D301  (click reads the backspace)
    if policy == facts == "-":
        raise click.UsageError(
            "standard input holds the facts: name the file of the policy (or of the facts, by "
            "--facts)"
        )
    stdin = None if sys.stdin is None else sys.stdin.buffer  # pyright: ignore[reportUnnecessaryComparison]
    table = plain_table(policy, options, "a stream", stdin=stdin)
    try:
        stream = DecisionStream(table, assume=assumptions_from(options).facts, explain=explain)
    except RelmktError as error:
        raise click.UsageError(str(error)) from None
    checked_output()
    out = sys.stdout.buffer
    with _opened(facts) as source:
        for answers in stream.answers(_pieces(source)):
            out.write(answers)
            out.flush()
    context.exit(1 if stream.errors else 0)


@contextlib.contextmanager
def _opened(facts: str) -> Generator[BinaryIO]:
    if facts != "-":
        try:
            file = Path(facts).open("rb")  # noqa: SIM115  (closed below)
        except OSError as error:
            raise click.UsageError(f"{facts}: cannot be read: {error.strerror or error}") from None
        with file:
            yield file
    elif sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise FileError("-", "there is no standard input here", remedy="name a file by --facts")
    else:
        _widen(sys.stdin.buffer)
        yield sys.stdin.buffer


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    """What is there, as soon as anything is: whoever waits for an answer is not kept waiting."""
    read = cast("BufferedIOBase", source).read1
    while piece := read(_PIECE):
        yield piece


def _widen(pipe: BinaryIO) -> None:
    """Let a pipe hold more than its usual 64 kB (on Linux), for many lines at once are cheaper."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIECE)
