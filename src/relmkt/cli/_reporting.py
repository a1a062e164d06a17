"""The report that a command writes beside the plan, and the earlier plan that it compares with."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import attrs
import click

from relmkt.adapters.files import read_plan
from relmkt.adapters.report import write_report
from relmkt.errors import FileError, MissingExtraError, RelmktError
from relmkt.plans import Plan, PlanLines

__all__ = ["Reporting", "checked_report", "report_options"]


@attrs.frozen
class Reporting:
    """What was asked for.

    Attributes
    ----------
    report
        Where the report is to be written; None if none is wanted.
    previous
        The earlier plan that it compares with.
    """

    report: str | None
    previous: PlanLines | None

    def check(self, plan: Plan) -> None:
        """Refuse a later plan before anything is written."""
        days = [] if self.previous is None else self.previous.values("as_of")[:1]
        if days and days[0] is not None and days[0] > plan.as_of:
            raise RelmktError(
                f"--since names a plan of {days[0]}, later than this one of {plan.as_of}: "
                "name an earlier plan, or state a later day by --as-of"
            )

    def write(self, plan: Plan) -> None:
        """Write the report, if one is wanted: whole, or not at all."""
        if self.report is not None:
            write_report(self.report, plan, previous=self.previous)


def report_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options ``--report`` and ``--since``, handed on as ``reporting``."""

    @click.option(
        "--report",
        metavar="FILE.html",
        callback=checked_report,
        help="Write the plan as one page of HTML that needs no network.",
    )
    @click.option(
        "--since",
        metavar="PLAN",
        help="An earlier plan, as --out wrote it: the report tells who has moved since.",
    )
    @functools.wraps(command)
    def asked(report: str | None, since: str | None, **options: Any) -> None:
        if since is not None and report is None:
            raise click.UsageError("--since says what a report compares with; state --report too")
        # Read before the work, so that a file that is none is refused at once.
        previous = None if since is None else _earlier(since)
        command(reporting=Reporting(report, previous), **options)

    return asked


def _earlier(since: str) -> PlanLines:
    lines = read_plan(since)
    if "strategy" not in lines.names:
        raise FileError(since, "is no file of a plan: it has no column 'strategy'")
    return lines


def checked_report(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """Where to write the report to, refused before the work rather than after it."""
    del context, parameter
    if value is None:
        return None
    if not value.lower().endswith((".html", ".htm")):
        raise click.BadParameter(f"'{value}' must end in .html, for that is what is written")
    folder = Path(value).parent
    if not folder.is_dir():
        raise FileError(value, f"there is no folder '{folder}'", remedy="make it first")
    if find_spec("jinja2") is None:
        raise MissingExtraError("jinja2", extra="report", purpose="a report")
    return value
