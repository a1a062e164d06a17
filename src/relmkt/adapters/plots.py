"""Pictures of a plan, drawn with Matplotlib."""

# Matplotlib types its keyword arguments in part only.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from relmkt._counts import counted
from relmkt.domain import Abstention, Tier
from relmkt.errors import InvalidValueError, MissingExtraError
from relmkt.plans import Plan
from relmkt.segments import Concentration, PyramidReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_pyramid", "plot_strategies", "plot_whale_curve"]

_STRONG = "#0072B2"
_PALE = "#999999"  # both from the palette of Okabe & Ito, told apart by the color-blind
_INK = "#333333"
_GRAY_INK = "#666666"  # gray enough to tell apart, and dark enough to read


def plot_strategies(plan: Plan, path: str | Path, *, title: str | None = None) -> None:
    """Draw how many customers each strategy has, beside the value ahead that is in their hands.

    Parameters
    ----------
    plan
        The plan.
    path
        The file to write; its suffix tells the format (``.png``, ``.svg``, ``.pdf``).
    title
        What stands above the picture; unless given, the day and the number of customers.

    Raises
    ------
    MissingExtraError
        When Matplotlib is not installed.
    """
    lines = plan.strategies()
    money = f" ({plan.currency})" if plan.currency else ""
    figure = _bars_beside_bars(
        names=[line.outcome.replace("_", " ") for line in lines],
        strong=[not isinstance(line.outcome, Abstention) for line in lines],
        left=("Customers", [float(line.customers) for line in lines]),
        right=(
            f"Value ahead, over {plan.assumptions.horizon}{money}",
            [line.value for line in lines],
        ),
    )
    _write(
        figure,
        path,
        title=title or f"Strategies for {counted(len(plan), 'customer')}, {plan.as_of}",
        note="Blue: the seven strategies. Gray: no strategy was chosen.",
    )


def plot_pyramid(
    report: PyramidReport,
    path: str | Path,
    *,
    title: str | None = None,
    currency: str | None = None,
) -> None:
    """Draw how many customers each tier of the pyramid has, beside the revenue that they bring.

    Parameters
    ----------
    report
        The pyramid, as `Plan.pyramid` or `relmkt.segments.customer_pyramid` gives it. Tiers without
        anybody are left out.
    path
        The file to write; its suffix tells the format (``.png``, ``.svg``, ``.pdf``).
    title
        What stands above the picture; unless given, the number of customers.
    currency
        The currency of the revenue.

    Raises
    ------
    InvalidValueError
        When no customer has a tier.
    MissingExtraError
        When Matplotlib is not installed.
    """
    tiers = tuple(Tier)
    shown = np.flatnonzero(report.customers).tolist()
    if not shown:
        raise InvalidValueError("report", "hold at least one customer with a tier", 0)
    ranked = (Tier.TOP, Tier.BIG, Tier.MEDIUM, Tier.SMALL)
    figure = _bars_beside_bars(
        names=[tiers[code].value for code in shown],
        strong=[tiers[code] in ranked for code in shown],
        left=("Customers", [float(report.customers[code]) for code in shown]),
        right=(
            "Revenue in the period" + (f" ({currency})" if currency else ""),
            [float(report.revenue[code]) for code in shown],
        ),
    )
    _write(
        figure,
        path,
        title=title or f"The customer pyramid: {counted(len(report), 'customer')} by tier",
        note="Blue: bought in the period. Gray: did not.",
    )


def plot_whale_curve(
    concentration: Concentration, path: str | Path, *, title: str | None = None
) -> None:
    """Draw which share of the total the best customers bring: of profit, the whale curve.

    The curve rises as long as customers bring something, stands highest where the first one
    brings nothing, and falls from there on by what the others cost.

    Parameters
    ----------
    concentration
        What `relmkt.segments.concentration_of` gives.
    path
        The file to write; its suffix tells the format (``.png``, ``.svg``, ``.pdf``).
    title
        What stands above the picture; unless given, what the best bring.

    Raises
    ------
    InvalidValueError
        When the total is not positive, for then there are no shares of it.
    MissingExtraError
        When Matplotlib is not installed.
    """
    if not concentration.total > 0:
        raise InvalidValueError(
            "concentration", "be of amounts with a total above 0", concentration.total
        )
    figure = _empty((7.0, 4.4))
    axes = figure.subplots()
    best, most = 100 * concentration.peak_customers, 100 * concentration.peak_share
    axes.plot([0, 100], [0, 100], color=_PALE, linewidth=1, linestyle="--")
    axes.annotate(
        "if all brought the same",
        (72, 72),
        xytext=(6, -4),
        textcoords="offset points",
        va="top",
        fontsize=8,
        color=_GRAY_INK,
    )
    axes.plot(
        100 * concentration.curve_customers,
        100 * concentration.curve_share,
        color=_STRONG,
        linewidth=2.2,
    )
    axes.plot([best], [most], "o", color=_STRONG, markersize=6)
    axes.annotate(
        f"{most:.0f}%",
        (best, most),
        xytext=(0, 9),
        textcoords="offset points",
        ha="center",
        fontsize=9,
        color=_INK,
    )
    axes.axhline(100, color=_INK, linewidth=0.6)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, max(112.0, 1.12 * most))
    axes.set_xlabel("Customers, the best first (%)", fontsize=9, color=_INK)
    axes.set_title(f"Share of all {concentration.amount} (%)", loc="left", fontsize=9, color=_INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, labelcolor=_INK)
    told = f"the best {best:.0f}% bring {most:.0f}% of the {concentration.amount}"
    _write(figure, path, title=title or f"Of {counted(concentration.customers, 'customer')} {told}")


def _empty(size: tuple[float, float]) -> Figure:
    """A figure to draw on, which no other program's settings of Matplotlib's windows touch."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", extra="plot", purpose="a picture") from None
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _bars_beside_bars(
    *,
    names: Sequence[str],
    strong: Sequence[bool],
    left: tuple[str, Sequence[float | None]],
    right: tuple[str, Sequence[float | None]],
) -> Figure:
    """Two quantities of the same things: a row for each, the first one on top."""
    figure = _empty((9.5, 0.42 * len(names) + 1.7))
    both = figure.subplots(1, 2, sharey=True)
    for axes, (title, lengths) in zip(both, (left, right), strict=True):
        _bars(axes, lengths, [_STRONG if one else _PALE for one in strong], title)
    both[0].set_yticks(range(len(names)), names)
    both[0].invert_yaxis()
    for tick, one in zip(both[0].get_yticklabels(), strong, strict=True):
        tick.set_color(_STRONG if one else _GRAY_INK)
    return figure


def _bars(axes: Axes, lengths: Sequence[float | None], colors: Sequence[str], title: str) -> None:
    bars = axes.barh(
        range(len(lengths)), [length or 0.0 for length in lengths], color=colors, height=0.7
    )
    labels = ["not known" if length is None else f"{length + 0.0:,.0f}" for length in lengths]
    axes.bar_label(bars, labels=labels, padding=3, fontsize=9, color=_INK)
    axes.set_title(title, loc="left", fontsize=10, color=_INK)
    axes.margins(x=0.18)
    axes.spines[["top", "right", "bottom", "left"]].set_visible(False)
    axes.axvline(0, color=_INK, linewidth=0.8)
    axes.tick_params(left=False, bottom=False, labelbottom=False)


def _write(figure: Figure, path: str | Path, *, title: str, note: str | None = None) -> None:
    """Write the figure, the title over it, and nothing in it that tells the hour."""
    import matplotlib as mpl

    figure.suptitle(title, x=0.01, ha="left", fontsize=13, color=_INK)
    if note is not None:
        figure.supxlabel(note, x=0.01, ha="left", fontsize=8, color=_INK)
    # Without a date or a random name inside, the same plan draws the same file.
    told: dict[str, dict[str, Any]] = {
        ".png": {"Software": None},
        ".svg": {"Date": None},
        ".pdf": {"CreationDate": None},
    }
    with mpl.rc_context({"svg.hashsalt": "relmkt"}):
        figure.savefig(str(path), dpi=150, metadata=told.get(Path(path).suffix.lower()))
