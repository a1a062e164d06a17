"""The demo: a published sample, made-up facts beside it, a plan, a picture and a report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import relmkt
from relmkt._counts import counted
from relmkt.adapters.files import write_rows
from relmkt.adapters.plots import plot_strategies
from relmkt.adapters.report import write_report
from relmkt.assumptions import Assumptions
from relmkt.datasets import cdnow_orders, synthetic_facts
from relmkt.errors import FileError, MissingExtraError
from relmkt.plans import Plan

__all__ = ["DEMO_ASSUMPTIONS", "DEMO_DAY", "DEMO_SEED", "run_demo"]

DEMO_DAY = date(1998, 6, 30)
"""The last day of the sample."""

DEMO_SEED = 20261121
"""The seed of the made-up facts."""

DEMO_ASSUMPTIONS = Assumptions(
    margin_rate=0.30,
    cost_per_order=1.50,
    cost_per_contact=0.10,
    contacts_per_period=12,
    cost_per_period=1.00,
    cost_of_acquisition=8.00,
    cost_of_regaining=3.00,
    cost_of_protecting=4.00,
    cost_of_enhancing=3.00,
    currency="USD",
)
"""Costs for the demo; made up, like its facts."""


def run_demo(
    folder: Path, tell: Callable[[str], None]
) -> tuple[Plan, list[Path], MissingExtraError | None]:
    """Plan the sample, and write the plan, the facts, the picture and the report to a folder.

    Returns
    -------
    tuple
        The plan, the files that were written, and why the report was left out, or None: without
        Jinja all the rest is still worth seeing.

    Raises
    ------
    FileError
        When the folder cannot be made.
    MissingExtraError
        When Matplotlib, DuckDB or SciPy is not installed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            str(folder), f"cannot be made ({error.strerror})", remedy="name another with --out"
        ) from None
    log = cdnow_orders()
    facts = synthetic_facts(log.ids.tolist(), seed=DEMO_SEED)
    plan = relmkt.plan(
        log, as_of=DEMO_DAY, facts=facts, assumptions=DEMO_ASSUMPTIONS, progress=tell
    )
    tell("writing")
    names = ("plan.csv", "facts-synthetic.csv", "strategies.png", "report.html")
    written = [folder / name for name in names]
    # The picture first: it is what may fail, for want of Matplotlib.
    plot_strategies(
        plan,
        written[2],
        title=f"CDNOW sample with synthetic facts: strategies for {counted(len(plan), 'customer')}",
    )
    lines = plan.lines()
    write_rows(written[0], {name: lines.values(name) for name in lines.names})
    write_rows(written[1], {name: facts.values(name) for name in facts.names})
    try:
        write_report(written[3], plan, title="CDNOW sample with synthetic facts")
    except MissingExtraError as error:
        return plan, written[:3], error
    return plan, written, None
