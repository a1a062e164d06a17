"""The page: its parts, its look and its table, put into one text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from relmkt.adapters._texts import write_text
from relmkt.adapters.report._basis import basis, claims, subtitle
from relmkt.adapters.report._curve import curve
from relmkt.adapters.report._customers import FIRST, customers
from relmkt.adapters.report._found import Found, money
from relmkt.adapters.report._matrices import matrices
from relmkt.adapters.report._moves import day_of, moves
from relmkt.adapters.report._portfolio import at_risk, cash, pyramid, strategies
from relmkt.adapters.report._template import policy_hash, source_of, template_of
from relmkt.adapters.report._week import week
from relmkt.adapters.report._words import brief
from relmkt.errors import InvalidValueError
from relmkt.plans import Plan, PlanLines

__all__ = ["report_html", "write_report"]

MOST_ROWS = 50_000
"""Customers that the table of one page holds, unless another number is asked for."""


def report_html(
    plan: Plan,
    *,
    previous: Plan | PlanLines | None = None,
    title: str | None = None,
    most_rows: int = MOST_ROWS,
) -> str:
    """A plan as one page of HTML: what to do first, the portfolio in pictures, every customer.

    The page stands alone. It loads nothing, and forbids itself to; its script only sorts, filters
    and pages the table of customers, whose first rows can be read without it. It follows the light
    or dark theme of the reader, prints on paper, and can be used by keyboard and screen reader.
    Whatever ids, currencies and titles hold is shown as text. The same plan gives the same bytes.

    Parameters
    ----------
    plan
        The plan.
    previous
        An earlier plan of the same customers, or its lines (see
        `relmkt.adapters.files.read_plan`): the page then tells who has moved since.
    title
        What stands at the top.
    most_rows
        Customers in the table, at least 1. Where the plan has more, the most pressing ones are
        kept, and the page says so; every figure is of all.

    Returns
    -------
    str
        The page.

    Raises
    ------
    InvalidValueError
        When ``previous`` is something else, holds no strategies or is of a later day, or
        ``most_rows`` is below 1.
    MissingExtraError
        When Jinja is not installed.

    Examples
    --------
    >>> from datetime import date
    >>> import relmkt
    >>> from relmkt.adapters.report import report_html
    >>> from relmkt.datasets import cdnow_orders
    >>> plan = relmkt.plan(cdnow_orders(), as_of=date(1998, 6, 30))
    >>> page = report_html(plan, title="The CDNOW sample")
    >>> page.splitlines()[0], "<h1>The CDNOW sample</h1>" in page
    ('<!doctype html>', True)
    """
    if previous is not None and not isinstance(previous, (Plan, PlanLines)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValueError(
            "previous",
            "be a Plan, its lines, or None",
            type(previous),
            remedy="read a file of a plan with relmkt.adapters.files.read_plan",
        )
    if isinstance(previous, PlanLines) and "strategy" not in previous.names:
        raise InvalidValueError("previous", "hold strategies", ", ".join(previous.names))
    then = None if previous is None else day_of(previous)
    if then is not None and then > plan.as_of:
        raise InvalidValueError(
            "previous",
            f"not be of a later day than the plan ({plan.as_of})",
            str(then),
            remedy="name an earlier plan, or exchange the two",
        )
    if most_rows < 1:
        raise InvalidValueError("most_rows", "be at least 1", most_rows)
    template = template_of("report.html.jinja")
    style, script = source_of("report.css"), source_of("report.js")
    # The contacts are planned once, and not whenever a part asks for them.
    found = Found(plan=attrs.evolve(plan, planned_contacts=plan.contacts))
    parts: dict[str, Any] = {
        "week": week(found),
        "strategies": strategies(found),
        "pyramid": pyramid(found),
        "curve": curve(found),
        "matrices": matrices(found),
        "moves": moves(found, previous),
        "cash": cash(found),
        "at_risk": at_risk(found),
        "claims": claims(found),
        "basis": basis(found),
        "customers": customers(found, most_rows),
    }
    return template.render(
        title=title or "Customer plan",
        subtitle=subtitle(found),
        tiles=_tiles(found),
        money=money(plan),
        first=FIRST,
        parts=parts,
        style=style,
        script=script,
        style_hash=policy_hash(style),
        script_hash=policy_hash(script),
    )


def write_report(
    path: str | Path,
    plan: Plan,
    *,
    previous: Plan | PlanLines | None = None,
    title: str | None = None,
    most_rows: int = MOST_ROWS,
) -> None:
    """Write the report of a plan to a file, whole or not at all.

    Parameters
    ----------
    path
        The file; one that is there already is replaced at the very end, in one step.
    plan, previous, title, most_rows
        As in `report_html`.

    Raises
    ------
    FileError
        When the file cannot be written there.
    InvalidValueError, MissingExtraError
        As in `report_html`.

    Examples
    --------
    >>> from datetime import date
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import relmkt
    >>> from relmkt.adapters.report import write_report
    >>> from relmkt.datasets import cdnow_orders
    >>> plan = relmkt.plan(cdnow_orders(), as_of=date(1998, 6, 30))
    >>> with TemporaryDirectory() as folder:
    ...     write_report(Path(folder, "report.html"), plan)
    ...     print(Path(folder, "report.html").read_text(encoding="utf-8")[:15])
    <!doctype html>
    """
    write_text(path, report_html(plan, previous=previous, title=title, most_rows=most_rows))


def _tiles(found: Found) -> tuple[tuple[str, str, str], ...]:
    """The figures to take away: what, how much, and of what."""
    plan = found.plan
    unit = money(plan)
    values = [line.value for line in plan.strategies() if line.value is not None]
    bought = plan.pyramid.ranked
    revenue = float(plan.pyramid.revenue.sum())
    asked = plan.cash.asked
    risk = found.stake[plan.decisions.where("protect")]  # pyright: ignore[reportArgumentType]
    return (
        ("Customers", f"{len(plan):,}", f"{bought:,} bought in the period"),
        (
            "Revenue in the period",
            brief(revenue) + unit,
            f"the last {_last(plan)}",
        ),
        (
            "Value ahead",
            (brief(sum(values)) + unit) if values else "unknown",
            f"expected over {plan.assumptions.horizon}, net of cost to serve",
        ),
        (
            "At stake",
            brief(float(risk[risk > 0].sum())) + unit,
            f"with {len(risk):,} to protect",
        ),
        (
            "Cash released",
            brief(plan.cash.released) + unit,
            f"{brief(asked)}{unit} asked for" if asked else "no cost of a move is stated",
        ),
    )


def _last(plan: Plan) -> str:
    period = plan.assumptions.period
    return period.unit if period.count == 1 else str(period)
