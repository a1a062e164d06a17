"""A picture of a schedule of rebates, with its cliffs and perverse zones named."""

# Matplotlib types its keyword arguments in part only.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relmkt.channel.rebate_schedules import Cliff, PerverseZone, RebateSchedule
from relmkt.domain import RebateBasis
from relmkt.errors import InvalidValueError, MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_schedule"]

_LINE = "#0072B2"
_ZONE = "#E69F00"
_CLIFF = "#D55E00"  # all from the palette of Okabe & Ito, told apart by the color-blind
_INK = "#333333"


def plot_schedule(
    schedule: RebateSchedule,
    path: str | Path,
    *,
    unit_margin: Any = None,
    target: Any = None,
    upto: float | None = None,
    title: str | None = None,
) -> None:
    """Draw what each volume earns, each cliff with its size, and the perverse zone before it.

    Parameters
    ----------
    schedule
        The schedule.
    path
        The file to write; its suffix tells the format (``.png``, ``.svg``, ``.pdf``).
    unit_margin
        What one more unit earns before any rebate, negative where it is dumped; unless given, no
        zone is drawn.
    target
        The target of the agreement, for a schedule that pays from it on.
    upto
        The highest volume that is drawn; unless given, a quarter above the highest start.
    title
        What stands above the picture.

    Raises
    ------
    MissingExtraError
        When Matplotlib is not installed.
    InvalidValueError
        When ``upto`` is not above 0.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", extra="plot", purpose="a picture") from None

    starts = [bracket.start for bracket in schedule.brackets]
    starts += [Decimal(str(target))] if schedule.from_target and target is not None else []
    last = float(upto) if upto is not None else 1.25 * float(max(starts)) or 1.0
    if not last > 0:
        raise InvalidValueError("upto", "be above 0", upto)
    cliffs = [cliff for cliff in schedule.cliffs(target=target) if float(cliff.at) <= last]
    zones: list[PerverseZone] = []
    if unit_margin is not None:
        zones += (
            zone
            for zone in schedule.perverse_zones(unit_margin, target=target)
            if zone.cliff in cliffs
        )
    figure = Figure(figsize=(9.5, 5.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes: Axes = figure.subplots()
    top = float(schedule.exact_rebate(last, target=target)) or 1.0
    for zone in zones:
        _draw_zone(axes, zone, top)
    _draw_line(axes, schedule, target, cliffs, last)
    by_quantity = schedule.basis is RebateBasis.QUANTITY
    axes.set_xlabel("Units sold" if by_quantity else f"Sales ({schedule.currency})", color=_INK)
    axes.set_ylabel(f"Rebate ({schedule.currency})", color=_INK)
    axes.set_xlim(0, last)
    axes.set_ylim(0, 1.12 * top)
    for cliff in cliffs:
        _draw_cliff(axes, schedule, target, cliff)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    kind = "on the whole volume" if schedule.kind.value == "whole_volume" else "by bracket"
    figure.suptitle(
        title or f"A rebate that is paid {kind}", x=0.01, ha="left", fontsize=13, color=_INK
    )
    if zones:
        figure.supxlabel(
            f"Orange: the perverse zones. From there the dealer gains by reaching the cliff, "
            f"although each unit loses {-Decimal(str(unit_margin)):f} {schedule.currency}.",
            x=0.01,
            ha="left",
            fontsize=8,
            color=_INK,
        )
    # Without a date inside, the same schedule draws the same file.
    metadata: dict[str, Any] = {"Software": None} if str(path).endswith(".png") else {}
    figure.savefig(str(path), dpi=150, metadata=metadata or None)


def _draw_line(
    axes: Axes, schedule: RebateSchedule, target: Any, cliffs: list[Cliff], last: float
) -> None:
    """The rebate, broken at each cliff."""
    kinks = {float(bracket.start) for bracket in schedule.brackets} | {0.0, last}
    kinks |= {float(cliff.at) for cliff in cliffs}
    jumps = {float(cliff.at): float(cliff.size) for cliff in cliffs}
    xs: list[float] = []
    ys: list[float] = []
    for at in sorted(kink for kink in kinks if kink <= last):
        paid = float(schedule.exact_rebate(at, target=target))
        if at in jumps:
            xs += [at, float("nan")]
            ys += [paid - jumps[at], float("nan")]
        xs.append(at)
        ys.append(paid)
    axes.plot(xs, ys, color=_LINE, linewidth=2.2, solid_capstyle="butt", zorder=3)


def _draw_cliff(axes: Axes, schedule: RebateSchedule, target: Any, cliff: Cliff) -> None:
    at, size = float(cliff.at), float(cliff.size)
    upper = float(schedule.exact_rebate(cliff.at, target=target))
    lower = upper - size
    dot: dict[str, Any] = {"color": _LINE, "markersize": 5, "zorder": 4}
    axes.plot([at, at], [lower, upper], color=_CLIFF, linewidth=1.6, linestyle=":", zorder=2)
    axes.plot([at], [upper], "o", **dot)
    axes.plot([at], [lower], "o", markerfacecolor="white", **dot)
    is_left = at < 0.15 * axes.get_xlim()[1]  # no room for the label before it
    axes.annotate(
        f"cliff at {at:,.10g}\n+{size:,.2f} {schedule.currency}",
        (0 if is_left else at, upper),
        xytext=(6, 14) if is_left else (-8, 4),
        textcoords="offset points",
        ha="left" if is_left else "right",
        va="bottom",
        fontsize=8,
        color=_CLIFF,
    )


def _draw_zone(axes: Axes, zone: PerverseZone, top: float) -> None:
    start, end = float(zone.start), float(zone.cliff.at)
    axes.axvspan(start, end, color=_ZONE, alpha=0.28, linewidth=0, zorder=1)
    axes.annotate(
        f"perverse zone\n{start:,.6g} to {end:,.10g}",
        ((start + end) / 2, 1.11 * top),
        ha="center",
        va="top",
        fontsize=7,
        color=_INK,
    )
