"""Pictures of a plan, drawn with Matplotlib."""

# Matplotlib types its keyword arguments in part only.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from relmkt.domain import Abstention
from relmkt.errors import MissingExtraError
from relmkt.plans import Plan, StrategyLine

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_strategies"]

_STRATEGY = "#0072B2"
_ABSTENTION = "#999999"  # both from the palette of Okabe & Ito, told apart by the color-blind
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
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", extra="plot", purpose="a picture") from None

    lines = plan.strategies()[::-1]
    figure = Figure(figsize=(9.5, 0.42 * len(lines) + 1.7), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharey=True)
    money = f" ({plan.currency})" if plan.currency else ""
    counts: list[float | None] = [float(line.customers) for line in lines]
    _bars(left, lines, counts, "Customers")
    values = [line.value for line in lines]
    _bars(right, lines, values, f"Value ahead, over {plan.assumptions.horizon}{money}")
    left.set_yticks(range(len(lines)), [line.outcome.replace("_", " ") for line in lines])
    for tick, line in zip(left.get_yticklabels(), lines, strict=True):
        tick.set_color(_GRAY_INK if isinstance(line.outcome, Abstention) else _STRATEGY)
    figure.suptitle(
        title or f"Strategies for {len(plan):,} customers, {plan.as_of}",
        x=0.01,
        ha="left",
        fontsize=13,
        color=_INK,
    )
    figure.supxlabel(
        "Blue: the seven strategies. Gray: no strategy was chosen.",
        x=0.01,
        ha="left",
        fontsize=8,
        color=_INK,
    )
    # Without a date inside, the same plan draws the same file.
    metadata: dict[str, Any] = {"Software": None} if str(path).endswith(".png") else {}
    figure.savefig(str(path), dpi=150, metadata=metadata or None)


def _color(line: StrategyLine) -> str:
    return _ABSTENTION if isinstance(line.outcome, Abstention) else _STRATEGY


def _bars(
    axes: Axes, lines: tuple[StrategyLine, ...], lengths: list[float | None], title: str
) -> None:
    colors = [_color(line) for line in lines]
    bars = axes.barh(
        range(len(lines)), [length or 0.0 for length in lengths], color=colors, height=0.7
    )
    labels = ["not known" if length is None else f"{length + 0.0:,.0f}" for length in lengths]
    axes.bar_label(bars, labels=labels, padding=3, fontsize=9, color=_INK)
    axes.set_title(title, loc="left", fontsize=10, color=_INK)
    axes.margins(x=0.18)
    axes.spines[["top", "right", "bottom", "left"]].set_visible(False)
    axes.axvline(0, color=_INK, linewidth=0.8)
    axes.tick_params(left=False, bottom=False, labelbottom=False)
