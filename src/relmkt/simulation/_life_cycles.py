"""The life of brands in markets: phase, level, dealers' margin and price spread by month."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.domain import Phase

__all__ = ["LifeCycles", "life_cycles"]

Numbers = NDArray[np.float64]

_CYCLE = (Phase.INTRODUCTION, Phase.GROWTH, Phase.MATURITY, Phase.DECLINE)
_YEARLY = np.array([0.50, 0.25, 0.0, -0.30])  # growth of sales in a year
_DIFFER = np.array([0.10, 0.06, 0.02, 0.06])
_MARGIN = np.array([0.20, 0.22, 0.20, 0.045])  # at the start of the phase
_MARGIN_CHANGE = np.array([0.0, 0.0, -0.03, -0.01])  # points in a year
_LEAST_MARGIN = 0.01
_SPREAD = np.array([0.10, 0.10, 0.10, 0.03])
_SPREAD_CHANGE = np.array([0.0, 0.0, -0.03, 0.0])
_LEAST_SPREAD = 0.02
_SMALL = 0.2  # sales of a brand that has just been launched, for each unit of those of an old one
_INTRODUCED = 12  # months
_MATURE = 24
_SINCE = (8, 40)  # months that the latest phase has lasted; of an introduction 4 to 11


@attrs.frozen(eq=False, kw_only=True)
class LifeCycles:
    """The truth of brands, one row each, month by month.

    Attributes
    ----------
    phase
        The number of the phase in its order, -1 before the launch; shape (k, m).
    level
        Sales of a month without season and noise, 1 for a brand in its prime, 0 before the launch.
    margin, spread
        What dealers keep of each unit of money, and how far their prices lie apart.
    launched
        Months from the first one to that of the launch; below 0 where it was before it.
    """

    phase: NDArray[np.int8]
    level: Numbers
    margin: Numbers
    spread: Numbers
    launched: NDArray[np.int64]


def life_cycles(draw: np.random.Generator, brands: int, months: int) -> LifeCycles:
    """Brands of which about equally many are in each phase at the end."""
    last = draw.permutation(np.arange(brands) % len(_CYCLE))
    since = np.where(
        last == 0, draw.integers(4, _INTRODUCED, brands), draw.integers(*_SINCE, brands)
    )
    # When each phase began, counted from the end; the ones before it last a usual time.
    ages = since + np.select([last == 1, last == 2, last == 3], [_INTRODUCED, 48, 48 + _MATURE], 0)
    began = np.full((brands, len(_CYCLE)), months + 1)
    usual = np.array([0, _INTRODUCED, 48, 48 + _MATURE])
    for number in range(len(_CYCLE)):
        reached = last >= number
        began[reached, number] = (months - ages + usual[number])[reached]
    own = draw.normal(_YEARLY, _DIFFER, (brands, len(_CYCLE)))
    at = np.arange(months)
    phase = (at[None, :, None] >= began[:, None, :]).sum(axis=2) - 1
    held = np.maximum(phase, 0)
    rate = np.take_along_axis(own, held, axis=1) / 12.0
    # Sales are 1 where maturity begins, or at the end of what has not come so far.
    steps = np.cumsum(np.where(phase >= 0, rate, 0.0), axis=1)
    prime = np.clip(began[:, 2], 0, months - 1)
    level = np.exp(steps - np.take_along_axis(steps, prime[:, None], axis=1))
    level[last == 0] *= _SMALL
    level[phase < 0] = 0.0
    years = (at - np.take_along_axis(began, held, axis=1)) / 12.0
    return LifeCycles(
        phase=phase.astype(np.int8),
        level=level,
        margin=np.maximum(_MARGIN[held] + _MARGIN_CHANGE[held] * years, _LEAST_MARGIN),
        spread=np.maximum(_SPREAD[held] + _SPREAD_CHANGE[held] * years, _LEAST_SPREAD),
        launched=began[:, 0],
    )
