"""Maximum likelihood for a few positive parameters: Newton's method on their logarithms."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import attrs
import numpy as np

from relmkt.formulas._arrays import FloatArray

__all__ = ["Objective", "Summit", "climb"]

Objective = Callable[[FloatArray], tuple[float, FloatArray, FloatArray]]
"""From parameters to the log-likelihood, its gradient and its matrix of second derivatives."""

_ROUNDS = 150
_LONGEST_STEP = 3.0
_SETTLED = 1e-6


@attrs.frozen(eq=False)
class Summit:
    """Where a climb ended.

    Parameters
    ----------
    point
        The parameters.
    value
        The log-likelihood there.
    hessian
        Its second derivatives by the parameters.
    information
        Minus its second derivatives by the logarithms of the parameters.
    bound
        For each parameter: -1 or 1 where the lower or upper bound holds it back, else 0.
    iterations
        Newton steps.
    settled
        Whether the last step was too small to matter.
    promised
        What the last step promised to add to the log-likelihood.
    """

    point: FloatArray
    value: float
    hessian: FloatArray
    information: FloatArray
    bound: tuple[int, ...]
    iterations: int
    settled: bool
    promised: float


def climb(
    objective: Objective, start: Sequence[float] | FloatArray, bounds: tuple[FloatArray, FloatArray]
) -> Summit:
    """The highest point that Newton's method reaches from a start, within bounds.

    In a direction in which the likelihood curves upward, the curvature's sign is turned, so that
    every step climbs. A parameter at its bound whose gradient points outward is held there. A
    likelihood that rises for ever, ever more slowly, keeps Newton's step in the logarithm near one:
    only a small step ends the climb, and never a small slope, so that what runs away reaches its
    bound.
    """
    low, high = np.log(bounds[0]), np.log(bounds[1])
    place = np.clip(np.log(np.asarray(start, dtype=np.float64)), low, high)
    point = np.exp(place)
    value, gradient, hessian = objective(point)
    settled, iterations, promised = False, 0, math.inf
    while not settled and iterations < _ROUNDS:
        slope, curve = _in_logs(point, gradient, hessian)
        free = _bound(place, slope, low, high) == 0
        step = np.zeros(place.shape)
        step[free] = _newton(slope[free], curve[np.ix_(free, free)])
        step *= min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        promised = float(slope @ step)
        noise = 1e-12 * (1.0 + abs(value))
        for halving in range(40):
            tried = np.clip(place + step / 2.0**halving, low, high)
            risen, gradient_there, hessian_there = objective(np.exp(tried))
            if risen >= value + 1e-4 * promised / 2.0**halving - noise:
                break
        else:
            break
        moved = float(np.abs(tried - place).max())
        place, point, value = tried, np.exp(tried), risen
        gradient, hessian = gradient_there, hessian_there
        iterations += 1
        # With one parameter at its bound, others may no longer matter: then a small gain is enough.
        settled = moved < _SETTLED or (not free.all() and promised < noise)
    slope, curve = _in_logs(point, gradient, hessian)
    return Summit(
        point=point,
        value=value,
        hessian=hessian,
        information=-curve,
        bound=tuple(int(side) for side in _bound(place, slope, low, high)),
        iterations=iterations,
        settled=settled,
        promised=promised,
    )


def _in_logs(
    point: FloatArray, gradient: FloatArray, hessian: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Gradient and second derivatives by the logarithms of the parameters."""
    slope = point * gradient
    return slope, hessian * np.multiply.outer(point, point) + np.diag(slope)


def _bound(place: FloatArray, slope: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    return np.where((place >= high) & (slope > 0.0), 1.0, 0.0) - np.where(
        (place <= low) & (slope < 0.0), 1.0, 0.0
    )


def _newton(slope: FloatArray, curve: FloatArray) -> FloatArray:
    if not slope.size:
        return slope
    bends, directions = np.linalg.eigh(-curve)
    bends = np.abs(bends)
    bends = np.maximum(bends, max(1e-12 * float(bends.max()), 1e-300))
    return directions @ ((directions.T @ slope) / bends)
