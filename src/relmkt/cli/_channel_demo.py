"""The demo of the channel: a synthetic market, a review of it, and what of the truth it found."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import attrs
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
from relmkt.simulation import (
    ChannelRecovery,
    SupportRecovery,
    channel_market,
    channel_recovery,
    dealer_records,
    support_recovery,
)

__all__ = ["CHANNEL_DAY", "CHANNEL_SEED", "ChannelDemo", "print_recovery", "run_channel_demo"]

CHANNEL_DAY = date(2025, 12, 31)
"""The last day of the synthetic market."""

CHANNEL_SEED = 20261122
"""Its seed."""


@attrs.frozen(kw_only=True, eq=False)
class ChannelDemo:
    """What a demo of the channel made: the review, what of the truth it found, and the files."""

    review: ChannelReview
    channel: ChannelRecovery
    support: SupportRecovery
    written: tuple[Path, ...]


def run_channel_demo(folder: Path, tell: Callable[[str], None]) -> ChannelDemo:
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
    partners = dealer_records(CHANNEL_SEED, made, as_of=CHANNEL_DAY)
    tell("looking at the channel")
    review = review_channel(
        made.sales,
        as_of=CHANNEL_DAY,
        distributors=made.distributors,
        agreements=made.agreements,
        schedules=made.schedules,
        brand_markets=made.brand_markets,
        procedures=partners.procedures,
        support=partners.records,
    )
    tell("writing")
    tables: dict[str, Columns[Any] | None] = {
        "sales": made.sales,
        "dealers": made.distributors,
        "agreements": made.agreements,
        "brands": made.brand_markets,
        "procedures": partners.procedures,
        "contacts": partners.records.contacts,
        "trainings": partners.records.trainings,
        "attitudes": partners.records.answers,
        "dealer-facts": partners.records.facts,
    }
    page, lines = folder / "channel.html", folder / "dealers-out.csv"
    schedules = folder / "schedules-synthetic.json"
    written = [schedules, lines, page]
    write_channel_report(page, review, title="Channel review of a synthetic market")
    for name, rows in tables.items():
        if rows is not None:
            path = folder / f"{name}-synthetic.csv"
            write_rows(path, {column: rows.values(column) for column in rows.names})
            written.append(path)
    write_text(
        schedules,
        json.dumps({name: _settings(one) for name, one in made.schedules.items()}, indent=2) + "\n",
    )
    write_lines(lines, review)
    assert review.support is not None  # noqa: S101  (its records were given)
    return ChannelDemo(
        review=review,
        channel=channel_recovery(review, made.truth),
        support=support_recovery(review.support, partners.truth),
        written=tuple(sorted(written)),
    )


def _settings(schedule: RebateSchedule) -> dict[str, Any]:
    return {
        "kind": schedule.kind.value,
        "currency": schedule.currency,
        "brackets": [[float(one.start), float(one.rate)] for one in schedule.brackets],
    }


def print_recovery(made: ChannelDemo, console: Console) -> None:
    """Print what of the truth was found: phases, diverters, and dealers who are badly served."""
    found = made.channel
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
    console.print(f"{found}.\nSupport: {made.support}.", soft_wrap=True)
