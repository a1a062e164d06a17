"""Draw the pictures of the pages: `python docs/pictures.py`, or whenever the pages are built.

None of them is kept: each is drawn from the plan of the demo, or from figures that a program of the
folder benchmarks has measured.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import relmkt
from relmkt.adapters.plots import plot_pyramid, plot_strategies, plot_whale_curve
from relmkt.cli._demo import DEMO_ASSUMPTIONS, DEMO_DAY, DEMO_SEED
from relmkt.datasets import cdnow_orders, synthetic_facts
from relmkt.domain import Tier
from relmkt.segments import concentration_of

HERE = Path(__file__).parent
FOLDER = HERE / "pictures"

# From the palette of Okabe & Ito, the light ones darkened so that their names can be read.
_PALETTE = ("#0072B2", "#D55E00", "#2E8BC0", "#A66A00", "#00795A", "#A8508A", "#000000")
_OURS = ("relmkt", "relmkt in Polars", "relmkt in DuckDB")


def of_the_demo(folder: Path) -> None:
    """The plan of `relmkt demo`: its strategies, its pyramid, and the whale curve of its profit."""
    log = cdnow_orders()
    facts = synthetic_facts(log.ids.tolist(), seed=DEMO_SEED)
    plan = relmkt.plan(log, as_of=DEMO_DAY, facts=facts, assumptions=DEMO_ASSUMPTIONS)
    plot_strategies(
        plan,
        folder / "strategies.png",
        title=f"CDNOW sample with synthetic facts: strategies for {len(plan):,} customers",
    )
    pyramid = plan.pyramid
    first = pyramid.where(Tier.TOP) | pyramid.where(Tier.BIG)
    share = plan.portfolio.current_revenue[first].sum() / pyramid.revenue.sum()
    plot_pyramid(
        pyramid,
        folder / "pyramid.png",
        title=f"{first.sum()} of {pyramid.ranked} buyers bring {share:.0%} of the revenue",
        currency=plan.currency,
    )
    profit = plan.portfolio.current_profit
    plot_whale_curve(
        concentration_of(profit[~np.isnan(profit)], amount="profit"), folder / "whale-curve.png"
    )


def of_the_sizes(folder: Path) -> None:
    """Nanoseconds a row against rows, ours drawn strong, as `benchmarks/sizes.py` measured them."""
    found: dict[str, dict[str, dict[str, float]]] = json.loads(
        (HERE / "measured" / "sizes.json").read_text(encoding="utf-8")
    )["seconds"]
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (title, by_size) in zip(figure.subplots(1, 2), found.items(), strict=True):
        _times(axes, title, by_size)
    figure.axes[0].set_ylabel("nanoseconds a row (lower is better)")
    with mpl.rc_context({"svg.hashsalt": "relmkt"}):
        figure.savefig(folder / "sizes.svg", metadata={"Date": None})


def _times(axes: Any, title: str, by_size: dict[str, dict[str, float]]) -> None:
    names = list(dict.fromkeys(name for each in by_size.values() for name in each))
    ends: list[tuple[float, float, str, str]] = []
    for name, color in zip(names, _PALETTE, strict=False):
        sizes = [int(size) for size, each in by_size.items() if name in each]
        taken = [by_size[str(size)][name] / size * 1e9 for size in sizes]
        ours = name in _OURS
        axes.plot(
            sizes,
            taken,
            color=color,
            linewidth=2.2 if ours else 1.2,
            linestyle="-" if ours else "--",
            marker="o",
            markersize=3,
        )
        ends.append((taken[-1], sizes[-1], name, color))
    axes.set_xscale("log")
    axes.set_yscale("log")
    below = 0.0
    for height, size, name, color in sorted(ends):
        # Names that would stand on one another are moved apart, the lowest first.
        below = max(height, below * 1.55) if size == max(map(int, by_size)) else height
        axes.annotate(
            name,
            (size, below),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=color,
            fontweight="bold" if name in _OURS else "normal",
        )
    axes.set_xlim(right=6e8)
    axes.set_xticks([10**power for power in range(3, 8)])
    axes.minorticks_off()
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda number, _: f"{number:,.0f}")
    axes.set_xlabel("rows", fontsize=9)
    axes.set_title(title, loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
    axes.tick_params(labelsize=8)


def draw_all(folder: Path = FOLDER) -> None:
    """Draw every picture into a folder, which is made if need be."""
    folder.mkdir(exist_ok=True)
    of_the_demo(folder)
    of_the_sizes(folder)


if __name__ == "__main__":
    draw_all()
