"""The demo of the channel: a synthetic market, a review of it, and what of the truth it found."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from relmkt.adapters.files import write_rows, write_text
from relmkt.adapters.report import write_channel_report
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.channel.review import ChannelReview, review_channel
from relmkt.cli._channel import write_lines
from relmkt.cli._screen import print_table
from relmkt.columns import Columns
from relmkt.domain import Phase
from relmkt.errors import FileError
from relmkt.simulation import ChannelRecovery, channel_market, channel_recovery

__all__ = ["CHANNEL_DAY", "CHANNEL_SEED", "print_recovery", "run_channel_demo"]

CHANNEL_DAY = date(2025, 12, 31)
"""The last day of the synthetic market."""

CHANNEL_SEED = 20261122
"""Its seed."""


def run_channel_demo(
    folder: Path, tell: Callable[[str], None]
) -> tuple[ChannelReview, ChannelRecovery, list[Path]]:
    """Make up a market, review it, and write both to a folder.

    Raises
    ------
    FileError
        When the folder cannot be made.
    MissingExtraError
        When DuckDB or Jinja is not installed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            str(folder), f"cannot be made ({error.strerror})", remedy="name another with --out"
        ) from None
    made = channel_market(CHANNEL_SEED)
    tell("looking at the channel")
    review = review_channel(
        made.sales,
        as_of=CHANNEL_DAY,
        distributors=made.distributors,
        agreements=made.agreements,
        schedules=made.schedules,
        brand_markets=made.brand_markets,
    )
    tell("writing")
    names = ("sales", "dealers", "agreements", "brands")
    written = [folder / f"{name}-synthetic.csv" for name in names]
    written += [
        folder / name for name in ("schedules-synthetic.json", "dealers-out.csv", "channel.html")
    ]
    write_channel_report(written[6], review, title="Channel review of a synthetic market")
    tables: tuple[Columns[Any], ...] = (
        made.sales,
        made.distributors,
        made.agreements,
        made.brand_markets,
    )
    for path, rows in zip(written, tables, strict=False):
        write_rows(path, {name: rows.values(name) for name in rows.names})
    write_text(
        written[4],
        json.dumps({name: _settings(one) for name, one in made.schedules.items()}, indent=2) + "\n",
    )
    write_lines(written[5], review)
    return review, channel_recovery(review, made.truth), written


def _settings(schedule: RebateSchedule) -> dict[str, Any]:
    return {
        "kind": schedule.kind.value,
        "currency": schedule.currency,
        "brackets": [[float(one.start), float(one.rate)] for one in schedule.brackets],
    }


def print_recovery(found: ChannelRecovery, console: Console) -> None:
    """Print the true phases by the told ones, and the diverters found by the false alarms."""
    console.print("\nThis market is synthetic, made up by a seeded generator that knows the truth:")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Truly in")
    for phase in Phase:
        table.add_column(f"told {phase.value}", justify="right")
    for truly in Phase:
        counts = [found.phases.get((truly, told), 0) for told in Phase]
        if any(counts):
            table.add_row(truly.value, *(str(count) for count in counts))
    print_table(table, console)
    console.print(f"{found}.", soft_wrap=True)
