"""The command channel: phases, conditions and actions, rebates, fairness, and whom to hear."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click
from rich.console import Console

from relmkt.adapters.files import (
    read_agreements,
    read_attitudes,
    read_brand_markets,
    read_breaches,
    read_channel_facts,
    read_dealer_contacts,
    read_dealer_facts,
    read_distributors,
    read_procedures,
    read_rebate_events,
    read_schedules,
    read_standings,
    read_trainings,
    row_places,
    sales_in_parts,
    write_rows,
)
from relmkt.adapters.report import write_channel_report
from relmkt.channel.review import ChannelReview, review_channel
from relmkt.channel.support_review import SupportRecords
from relmkt.cli._channel_words import print_review
from relmkt.cli._options import (
    Day,
    checked_out,
    checked_output,
    is_one_output,
    is_same_file,
    told_in_options,
)
from relmkt.cli._policy_files import read_steady
from relmkt.cli._reporting import checked_report
from relmkt.cli._watching import watching
from relmkt.errors import InvalidRowsError
from relmkt.policies import PhasePolicy, SteadyPolicy, banded

__all__ = ["channel", "write_lines"]

_WORDS = Console(stderr=True)


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
    "--rebate-events",
    metavar="FILE",
    help="What else happened to rebates, one row each: payments, notices, claw-backs; without them "
    "all that was earned is due.",
)
@click.option(
    "--unit-loss",
    "unit_losses",
    multiple=True,
    metavar="SCHEDULE=AMOUNT",
    help="What a unit loses that is sold elsewhere only to reach a bracket of a schedule, for its "
    "perverse zones; may be repeated.",
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
    "--procedures",
    metavar="FILE",
    help="How rebates are decided on, a row for each class of dealers: published, consistent, "
    "explained, appealable, and what shows it.",
)
@click.option(
    "--channel-facts",
    metavar="FILE",
    help="What only you know of the conditions of each phase, a row for each brand in a market: "
    "the plan that was disclosed, stock, price cuts, what is owed.",
)
@click.option(
    "--contacts", metavar="FILE", help="All contacts with dealers in the period, one row each."
)
@click.option("--trainings", metavar="FILE", help="The trainings of dealers, one row each.")
@click.option(
    "--topic",
    "topics",
    multiple=True,
    help="A topic that each dealer should be trained in; may be repeated.",
)
@click.option("--attitudes", metavar="FILE", help="The answers of dealers to surveys.")
@click.option(
    "--dealer-facts",
    metavar="FILE",
    help="What no other file tells of dealers: which are key dealers, how repeat rates changed.",
)
@click.option(
    "--standings",
    metavar="FILE",
    help="Where the phases stood after the look before (--standings-out): a phase is left later "
    "than it is entered, once it lasted and another was proposed twice.",
)
@click.option(
    "--steady",
    metavar="FILE.json",
    help="The steady policy of phases, instead of our default bands and patience.",
)
@click.option(
    "--standings-out",
    metavar="FILE",
    callback=checked_out,
    help="Write where the phases stand now, for --standings at the next look.",
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
    standings: str | None,
    steady: str | None,
    standings_out: str | None,
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
    relmkt channel sales.csv --dealers dealers.csv --agreements agreements.csv \\
        --contacts contacts.csv --trainings trainings.csv --topic displays --dealer-facts facts.csv
    """  # noqa: D301
    given = {name: options[name] for name in _RECORDS if options[name] is not None}
    read = (
        *(sales, dealers, agreements, schedules, brands, breaches, standings, steady),
        *given.values(),
    )
    _refuse_overwriting({"--out": out, "--report": report, "--standings-out": standings_out}, read)
    if standings_out is not None and (
        standings_out == "-" or (out is not None and is_one_output(out, standings_out))
    ):
        raise click.UsageError("--standings-out names a file of its own")
    _check_topics(options["topics"], given)
    losses = _unit_losses(options["unit_losses"])
    if schedules is None:
        _refuse_without_schedules({**given, "unit_loss": losses})
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
        stood = (
            None
            if standings is None
            else read_standings(standings, encoding=encoding, progress=tell)
        )
        records = {
            name: _RECORDS[name](path, encoding=encoding, progress=tell)
            for name, path in given.items()
        }
        procedures, events = records.pop("procedures", None), records.pop("rebate_events", None)
        channels = records.pop("channel_facts", None)
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
            _in_files(
                {
                    "the agreements": agreements,
                    "the brands in markets": brands,
                    "the procedures": given.get("procedures"),
                    "the channel facts": given.get("channel_facts"),
                },
                encoding,
            ),
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
                rebate_events=events,
                unit_losses=losses,
                brand_markets=launched,
                breaches=cases,
                procedures=procedures,
                support=_support(records, options["topics"]),
                channel_facts=channels,
                steady=_steady(steady, standings or standings_out),
                standings=stood,
                zone=options["zone"],
            )
        if out is not None:
            write_lines(out, review)
        if report is not None:
            write_channel_report(report, review)
        if standings_out is not None:
            _write_standings(standings_out, review)  # last, for it is what the next look starts at
    print_review(review, _WORDS if out == "-" else Console(highlight=False))
    if schedules is None:
        _say("no rebate is told: --schedules names the file of the schedules")
    for name in (out, report, standings_out):
        if name not in (None, "-"):
            _say(f"{name} written")


_RECORDS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "rebate_events": read_rebate_events,
        "procedures": read_procedures,
        "channel_facts": read_channel_facts,
        "contacts": read_dealer_contacts,
        "trainings": read_trainings,
        "attitudes": read_attitudes,
        "dealer_facts": read_dealer_facts,
    }
)
"""What reads the file of each option that tells of rebates, channels, or dealers as partners."""


_OF_SCHEDULES = {
    "procedures": "without them no rebate is judged",
    "rebate_events": "by them rebates are earned",
    "unit_loss": "it is of the units of one of them",
}
"""Why an option means nothing without schedules."""


def _refuse_without_schedules(given: Mapping[str, Any]) -> None:
    for name, why in _OF_SCHEDULES.items():
        if given.get(name):
            raise click.UsageError(f"--{name.replace('_', '-')} needs --schedules: {why}")


def _check_topics(topics: Sequence[str], given: Mapping[str, str]) -> None:
    if bool(topics) is not ("trainings" in given):
        raise click.UsageError(
            "--trainings and --topic go together: coverage is of topics that are asked for"
        )


def _unit_losses(told: Sequence[str]) -> dict[str, Decimal]:
    losses: dict[str, Decimal] = {}
    for text in told:
        name, _, amount = text.rpartition("=")
        try:
            loss = Decimal(amount)
        except InvalidOperation:
            name, loss = "", Decimal(0)
        if not name:
            raise click.UsageError(f"--unit-loss must be SCHEDULE=AMOUNT, got '{text}'")
        if name in losses:
            raise click.UsageError(f"--unit-loss names the schedule {name} twice; give it one loss")
        losses[name] = loss
    return losses


def _support(records: Mapping[str, Any], topics: Sequence[str]) -> SupportRecords | None:
    if not records:
        return None
    return SupportRecords(
        contacts=records.get("contacts"),
        trainings=records.get("trainings"),
        topics=topics,
        answers=records.get("attitudes"),
        facts=records.get("dealer_facts"),
    )


def _refuse_overwriting(written: Mapping[str, str | None], read: Iterable[str | None]) -> None:
    given = [name for name in read if name is not None]
    for option, name in written.items():
        for source in given:
            if name is not None and name != "-" and is_same_file(source, name):
                raise click.UsageError(
                    f"{option} {name} is the file {source}, which it would overwrite; name another"
                )


@contextmanager
def _in_files(files: Mapping[str, str | None], encoding: str | None) -> Generator[None]:
    """Errors that only all rows of a file together show, named by their lines in it."""
    try:
        yield
    except InvalidRowsError as error:
        file = files.get(error.what)
        if file is None or not error.rows:
            raise
        places = row_places(file, error.rows, encoding=encoding)
        raise InvalidRowsError(
            file,
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


def _steady(path: str | None, file: str | None) -> SteadyPolicy[PhasePolicy] | None:
    """How reluctantly phases are left; None where nothing asks for it."""
    if path is not None:
        return read_steady(path, PhasePolicy)
    return None if file is None else banded(PhasePolicy())


def _write_standings(path: str, review: ChannelReview) -> None:
    standings = review.standings
    assert standings is not None  # noqa: S101  (phases are steady where standings are asked for)
    columns = {name: standings.values(name) for name in standings.names}
    write_rows(path, {"brand_market": columns.pop("customer"), **columns})


def _say(text: str) -> None:
    _WORDS.print(text, markup=False, highlight=False, soft_wrap=True)
