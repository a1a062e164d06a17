"""The command channel: phases, conditions and actions, rebates, fairness, and whom to hear."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from relmkt.adapters.files import (
    read_agreements,
    read_brand_markets,
    read_breaches,
    read_distributors,
    read_schedules,
    row_places,
    sales_in_parts,
    write_rows,
)
from relmkt.adapters.report import write_channel_report
from relmkt.channel.review import ChannelReview, review_channel
from relmkt.cli._options import Day, checked_out, checked_output, is_same_file, told_in_options
from relmkt.cli._reporting import checked_report
from relmkt.cli._screen import shown_id
from relmkt.cli._watching import watching
from relmkt.domain import Phase, Suspicion
from relmkt.errors import InvalidRowsError
from relmkt.policies import phase_actions

__all__ = ["channel", "print_review", "write_lines"]

_WORDS = Console(stderr=True)
_MOST = 10


@click.command(short_help="Say for brands and dealers what to check, to do and to pay.")
@click.argument("sales", metavar="SALES")
@click.option("--dealers", metavar="FILE", required=True, help="The dealers, one row each.")
@click.option("--agreements", metavar="FILE", required=True, help="What was agreed, one row each.")
@click.option(
    "--schedules",
    metavar="FILE.json",
    help="The schedules of rebates by name; without them no rebate is told.",
)
@click.option(
    "--brands",
    metavar="FILE",
    help="The brands in markets with the days of their launch, without which none is known as new.",
)
@click.option(
    "--breaches",
    metavar="FILE",
    help="The register of breaches: what each case calls for, and what it lacks.",
)
@click.option(
    "--as-of",
    type=Day(),
    help="The day asked; later sales are left out.  [default: the day of the last sale]",
)
@click.option("--zone", help="Time zone whose days count, where times have a zone.")
@click.option(
    "--ignore", multiple=True, metavar="COLUMN", help="A column of SALES that is not to be read."
)
@click.option("--date-format", help="How dates of SALES are written.  [default: ISO]")
@click.option("--encoding", help="Encoding of text, in all files.  [default: utf-8]")
@click.option(
    "--report",
    metavar="FILE.html",
    callback=checked_report,
    help="Write it all as one page of HTML that needs no network.",
)
@click.option(
    "--out",
    metavar="FILE",
    callback=checked_out,
    help="Write a line for each dealer to a .csv, .parquet or .jsonl file; - is standard output.",
)
def channel(
    sales: str,
    dealers: str,
    agreements: str,
    schedules: str | None,
    brands: str | None,
    breaches: str | None,
    report: str | None,
    out: str | None,
    **options: Any,
) -> None:
    """Say for brands in markets and for dealers what to check, to do and to pay.

    SALES is CSV, Parquet or JSON lines with the columns dealer, sold_at, flow (sell_in or
    sell_out), brand, product, quantity and amount, and as they are known market, territory, outlet,
    dealer_margin, on_deal, currency and line. A signal of diversion is none of a breach: who is to
    be heard has not been heard.

    \b
    relmkt channel sales.csv --dealers dealers.csv --agreements agreements.csv
    relmkt channel sales.parquet --dealers dealers.csv --agreements agreements.csv \\
        --schedules schedules.json --brands brands.csv --report channel.html --out dealers-out.csv
    """  # noqa: D301
    read = (sales, dealers, agreements, schedules, brands, breaches)
    _refuse_overwriting({"--out": out, "--report": report}, read)
    if out is None:
        checked_output()
    encoding = options["encoding"]
    with told_in_options(), watching(_WORDS, "reading the channel") as tell:
        distributors = read_distributors(dealers, encoding=encoding, progress=tell)
        agreed = read_agreements(agreements, encoding=encoding, progress=tell)
        launched = (
            None if brands is None else read_brand_markets(brands, encoding=encoding, progress=tell)
        )
        cases = (
            None if breaches is None else read_breaches(breaches, encoding=encoding, progress=tell)
        )
        known = None if schedules is None else read_schedules(schedules)
        with (
            sales_in_parts(
                sales,
                distributors=distributors,
                ignore=options["ignore"],
                date_format=options["date_format"],
                encoding=encoding,
                stdin=None if sys.stdin is None else sys.stdin.buffer,
                progress=tell,
            ) as log,
            _in_file(agreements, encoding),
        ):
            as_of = options["as_of"]
            if as_of is None:
                as_of = log.last_day(options["zone"])
                _say(f"as of {as_of}, the day of the last sale (--as-of states another)")
            tell("looking at the channel")
            review = review_channel(
                log,
                as_of=as_of,
                distributors=distributors,
                agreements=agreed,
                schedules=known,
                brand_markets=launched,
                breaches=cases,
                zone=options["zone"],
            )
        if out is not None:
            write_lines(out, review)
        if report is not None:
            write_channel_report(report, review)
    print_review(review, _WORDS if out == "-" else Console(highlight=False))
    if schedules is None:
        _say("no rebate is told: --schedules names the file of the schedules")
    for name in (out, report):
        if name not in (None, "-"):
            _say(f"{name} written")


def _refuse_overwriting(written: Mapping[str, str | None], read: Iterable[str | None]) -> None:
    given = [name for name in read if name is not None]
    for option, name in written.items():
        for source in given:
            if name is not None and name != "-" and is_same_file(source, name):
                raise click.UsageError(
                    f"{option} {name} is the file {source}, which it would overwrite; name another"
                )


@contextmanager
def _in_file(agreements: str, encoding: str | None) -> Generator[None]:
    """Errors in agreements that only all of them together show, named by their lines."""
    try:
        yield
    except InvalidRowsError as error:
        if error.what != "the agreements" or not error.rows:
            raise
        places = row_places(agreements, error.rows, encoding=encoding)
        raise InvalidRowsError(
            agreements,
            [f"{place}: {said}" for place, said in zip(places, error.problems, strict=True)],
            total=error.total,
            remedy=error.remedy,
            rows=error.rows,
        ) from None


def write_lines(out: str | Path, review: ChannelReview) -> None:
    """Write a line for each dealer, whole or not at all."""
    rows = list(review.lines())
    columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
    write_rows(out, columns, stream=None if sys.stdout is None else sys.stdout.buffer)


def print_review(review: ChannelReview, console: Console) -> None:
    """Print phases with what to check and to do, rebates, fairness, and whom to hear."""
    money = f" {review.currency}" if review.currency else ""
    _print(
        console,
        f"\n{len(review.markets):,} brands in markets and {len(review.distributors):,} dealers "
        f"as of {review.as_of}.\n",
    )
    _print_phases(review, console)
    _print_actions(review, console)
    _print_rebates(review, console, money)
    _print_suspects(review, console)
    _print_cases(review, console)
    _print_left_out(review, console)


def _print_phases(review: ChannelReview, console: Console) -> None:
    for row, name in enumerate(review.markets.tolist()):
        decided, checked = review.phases[row], review.conditions[row]
        _print(console, f"{shown_id(name)}: {_word(decided.outcome)}")
        _print(console, f"  {decided.reason}")
        for what, words in (("not met", checked.outcomes), ("not known", checked.missing)):
            if words:
                _print(console, f"  {what}: {', '.join(_word(word) for word in words)}")


def _print_actions(review: ChannelReview, console: Console) -> None:
    found = set(review.phases.labels())
    for phase in Phase:
        if phase not in found:
            continue
        _print(console, f"\nIn {_word(phase)}:" if phase is not Phase.UNDETERMINED else "\nElse:")
        for action in phase_actions(phase):
            do = "do" if action.advised else "do not"
            _print(console, f"  {do}: {action.text} ({action.reason}; {action.source})")


def _print_rebates(review: ChannelReview, console: Console, money: str) -> None:
    if not review.balances:
        return
    _print(
        console,
        f"\nRebates: {review.due:,}{money} due now, {review.pending:,}{money} pending in contract "
        "years that are not over.",
    )
    for one in review.fairness:
        _print(
            console,
            f"  {one.dealer_class or 'no class'}, {one.dealers:,} dealers: {one.verdict}; rebate "
            f"by unit: Jain {one.jain:.2f}, Gini {one.gini:.2f}, largest by smallest "
            f"{one.max_by_min:.2f}",
        )


def _print_suspects(review: ChannelReview, console: Console) -> None:
    counts = review.diversion.counts()
    _print(
        console,
        f"\nDiversion: {counts.get(Suspicion.HEAR, 0):,} dealers to be heard, "
        f"{counts.get(Suspicion.WATCH, 0):,} to be watched, "
        f"{counts.get(Suspicion.UNKNOWN, 0):,} of whom too little is known. A signal is no "
        "finding: gather evidence and hear the dealer, before anything else.",
    )
    suspects = review.suspects()
    for row in suspects[:_MOST]:
        checked = review.signals[row]
        _print(
            console,
            f"  {shown_id(review.distributors.dealer[row])}: {'; '.join(checked.reasons.values())}",
        )
    if len(suspects) > _MOST:
        _print(console, f"  … and {len(suspects) - _MOST:,} more (--out names them all)")


def _print_cases(review: ChannelReview, console: Console) -> None:
    if review.cases is None:
        return
    _print(console, f"\nBreaches: {len(review.cases):,} cases.")
    for row, decided in enumerate(review.cases):
        dealer = shown_id(review.cases.rows.ids[row])
        _print(console, f"  {dealer}: {_word(decided.outcome or 'undecided')}: {decided.reason}")


def _print_left_out(review: ChannelReview, console: Console) -> None:
    for what, told in (
        ("months", review.monthly.left_out),
        (
            "rebates",
            {_word(f"{one.reason.value}"): one.events for one in review.left_out},
        ),
    ):
        listed = ", ".join(f"{count:,} {reason}" for reason, count in told.items() if count)
        if listed:
            _print(console, f"Left out of the {what}, counted by reason: {listed}.")


def _word(value: object) -> str:
    return "-" if value is None else str(value).replace("_", " ")


def _print(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _say(text: str) -> None:
    _print(_WORDS, text)
