"""What every fitted model carries, and how a climb is judged."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relmkt.errors import UnusableModelError
from relmkt.formulas._arrays import FloatArray
from relmkt.models._climb import Objective, Summit, climb

__all__ = ["Fit", "FitStatus", "FittedModel", "Move", "fit_parameters", "same"]

# Our defaults. Shape parameters are sought between these bounds; a standard error of 5 in the
# logarithm means a factor of e^10 either way at 95%, which is no knowledge.
_FARTHEST = 1e8
_FAR = 1e4
_WIDEST_ERROR = 5.0
_WORTH_MORE_STEPS = 1e-3
# From a standard error of 2 in the logarithm, a factor of 50 either way, limiting cases are tried.
_VAGUE_ERROR, _MOVED, _NOTICED_LOSS = 2.0, 0.2, 1.92
_ROUNDED_FAR_OUT = 1e-5
# From this many distinct rows, the climb starts from the summit of a sample.
_MANY, _SAMPLE = 60_000, 20_000

Move = tuple[str, int]
"""A parameter that runs to 0 (-1) or to infinity (1)."""

_Start = Sequence[float] | FloatArray
_Bounds = tuple[FloatArray, FloatArray]


class FitStatus(enum.Enum):
    """How far a model's parameters can be trusted.

    Examples
    --------
    >>> from relmkt.models import FitStatus
    >>> FitStatus.BOUNDARY.usable, FitStatus.NOT_IDENTIFIED.usable
    (True, False)
    """

    CONVERGED = "converged"
    """A maximum inside the bounds, where the likelihood falls off in every direction."""
    BOUNDARY = "boundary"
    """A limiting case fits better than all inside, or about as well. Forecasts hold."""
    NOT_IDENTIFIED = "not identified"
    """Unlike parameters explain the data equally well."""
    TOO_LITTLE_DATA = "too little data"
    """Fewer distinct repeat customers than parameters: nothing was fitted."""
    GIVEN = "given"
    """The parameters were stated by the caller, not fitted."""

    @property
    def usable(self) -> bool:
        """Whether forecasts may be asked of the model."""
        return self not in (FitStatus.NOT_IDENTIFIED, FitStatus.TOO_LITTLE_DATA)


def same(left: ArrayLike, right: ArrayLike) -> bool:
    """Equality of numbers or arrays in which NaN equals NaN."""
    return bool(np.array_equal(left, right, equal_nan=True))


_ALIKE = attrs.cmp_using(eq=same)


@attrs.frozen(kw_only=True)
class Fit:
    """The result of fitting the parameters of one model.

    Parameters
    ----------
    point
        The parameters in the order of the model; NaN where nothing was fitted.
    covariance
        Their covariance, read-only; NaN for parameters at a bound.
    log_likelihood
        At the parameters, in the units of the data.
    status, note
        How far to trust it, and the same in a sentence.
    iterations
        Newton steps on all rows.
    """

    point: FloatArray = attrs.field(eq=_ALIKE, hash=False)
    covariance: FloatArray = attrs.field(eq=_ALIKE, hash=False)
    log_likelihood: float
    status: FitStatus
    note: str
    iterations: int


@attrs.frozen(kw_only=True)
class FittedModel:
    """What a fitted model says about its fit.

    Parameters
    ----------
    status
        How far the parameters can be trusted.
    note
        The same in a sentence.
    log_likelihood
        At the parameters, with all constants and in the units of the data; NaN without a fit.
    covariance
        Covariance of the parameters in their order, read-only; NaN where it does not exist.
    customers
        Customers in the data, by weight.
    repeat_customers
        Those with a repeat purchase.
    iterations
        Newton steps taken.
    """

    names: ClassVar[tuple[str, ...]] = ()

    status: FitStatus = FitStatus.GIVEN
    note: str = "the parameters were given, not fitted"
    log_likelihood: float = attrs.field(default=math.nan, eq=_ALIKE, hash=False)
    covariance: FloatArray = attrs.field(
        factory=lambda: np.zeros((0, 0)), eq=_ALIKE, hash=False, repr=False
    )
    customers: int = 0
    repeat_customers: int = 0
    iterations: int = 0

    @property
    def parameters(self) -> Mapping[str, float]:
        """The parameters by name."""
        return {name: float(getattr(self, name)) for name in self.names}

    @property
    def standard_errors(self) -> Mapping[str, float]:
        """The standard errors by the parameter's name; NaN where they do not exist."""
        if not self.covariance.size:
            return dict.fromkeys(self.names, math.nan)
        return dict(zip(self.names, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    @property
    def observations(self) -> int:
        """How many customers enter the likelihood."""
        return self.customers

    @property
    def aic(self) -> float:
        """Akaike's criterion: 2 k - 2 log-likelihood."""
        return 2.0 * len(self.names) - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion: k log(n) - 2 log-likelihood; NaN without a fit."""
        if not self.observations:
            return math.nan
        return len(self.names) * math.log(self.observations) - 2.0 * self.log_likelihood

    def _require_usable(self, asked: str) -> None:
        if not self.status.usable:
            raise UnusableModelError(
                type(self).__name__,
                asked,
                because=self.note,
                remedy="fit it to more customers or a longer period, or state parameters with 'of'",
            )


def fit_parameters(
    names: Sequence[str],
    objective: Callable[[slice], Objective],
    *,
    rows: int,
    distinct_repeats: int,
    starts: Sequence[_Start],
    scales: Mapping[str, float],
    shift: float,
    limits: Sequence[tuple[frozenset[Move], str]],
) -> Fit:
    """Fit positive parameters by maximum likelihood and judge the result.

    Parameters
    ----------
    names
        The parameters in order.
    objective
        From a slice of the merged rows to the log-likelihood of those rows, in scaled units.
    rows
        Merged rows there are.
    distinct_repeats
        Distinct histories with a repeat purchase; with fewer than parameters, nothing is fitted.
    starts
        Points to start from; the next is tried only when the one before did not converge.
    scales
        For the parameters that are measured in a unit: the unit of the scaled data.
    shift
        What the change of units adds to the log-likelihood.
    limits
        What it means that parameters run to 0 (-1) or to infinity (1); larger cases come first.
    """
    count = len(names)
    nothing = _read_only(np.full((count, count), math.nan))
    if distinct_repeats < count:
        return Fit(
            point=_read_only(np.full(count, math.nan)),
            covariance=nothing,
            log_likelihood=math.nan,
            status=FitStatus.TOO_LITTLE_DATA,
            note=f"{count} parameters need {count} distinct histories with a repeat purchase, "
            f"found {distinct_repeats}",
            iterations=0,
        )
    farthest = np.array([1e2 * _FARTHEST if name in scales else _FARTHEST for name in names])
    bounds = (1.0 / farthest, farthest)
    everything = objective(slice(None))
    if rows >= _MANY:
        near = _best(objective(slice(_SAMPLE)), starts, bounds)
        starts = [near.point, starts[0]]
    summit = _run_out(everything, _best(everything, starts, bounds), bounds)
    doubt = _doubt(everything, summit, bounds)
    status, note = _judge(summit, doubt, names, limits)
    unit = np.array([scales.get(name, 1.0) for name in names])
    return Fit(
        point=_read_only(summit.point * unit),
        covariance=_covariance(summit, doubt.case, unit) if status.usable else nothing,
        log_likelihood=summit.value + shift,
        status=status,
        note=note,
        iterations=summit.iterations,
    )


def _best(objective: Objective, starts: Sequence[_Start], bounds: _Bounds) -> Summit:
    """The first strict maximum, or else the highest point."""
    summits: list[Summit] = []
    for start in starts:
        summits.append(climb(objective, start, bounds))
        if _is_maximum(summits[-1]):
            return summits[-1]
    return max(summits, key=lambda summit: summit.value)


def _run_out(objective: Objective, summit: Summit, bounds: _Bounds) -> Summit:
    """The limiting case that a climb was on its way to when rounding stopped it.

    Far out, the slope toward a bound is less than the rounding of the sums that it is the
    difference of, and the climb stops short though much seems to be gained. Then the parameter
    nearest its bound is put there and the others climb on, until they settle.
    """
    low, high = bounds[0].copy(), bounds[1].copy()
    case = summit
    while case.promised > _WORTH_MORE_STEPS:
        left = (_far(case) != 0) & (low < high)
        if not left.any():
            break
        place, edge = np.log(case.point), np.log(bounds[1])
        held = int(np.argmin(np.where(left, edge - np.abs(place), math.inf)))
        low[held] = high[held] = bounds[int(place[held] > 0.0)][held]
        start = case.point.copy()
        start[held] = low[held]
        case = climb(objective, start, (low, high))
    # The likelihood itself is rounded there: sums of 1e8 times its size cancel in it.
    lost = _NOTICED_LOSS + _ROUNDED_FAR_OUT * abs(summit.value)
    return case if case.value >= summit.value - lost else summit


def _is_maximum(summit: Summit) -> bool:
    """Whether the climb ended inside the bounds, below in every direction."""
    return summit.settled and not any(summit.bound) and not _is_flat(summit.information)


def _is_flat(information: FloatArray) -> bool:
    return float(np.linalg.eigvalsh(information).min()) < _WIDEST_ERROR**-2


@attrs.frozen
class _Doubt:
    """What a blunt maximum leaves open: a limiting case that explains the data as well, or any."""

    case: Summit | None = None
    any_value: bool = False


def _doubt(objective: Objective, summit: Summit, bounds: _Bounds) -> _Doubt:
    """The case at a bound, if there is one, that the data cannot tell from a blunt maximum.

    Where some direction is hardly known, each parameter that it moves is held at its bounds and the
    others climb: a loss that a likelihood-ratio test at 5% does not notice is no loss. A parameter
    that may as well be at either bound could have any value.
    """
    bends, directions = np.linalg.eigh(summit.information)
    if any(summit.bound) or bends[0] >= _VAGUE_ERROR**-2:
        return _Doubt()
    cases: list[Summit] = []
    for moved in np.flatnonzero(np.abs(directions[:, 0]) > _MOVED):
        as_good: list[Summit] = []
        for bound in bounds:
            low, high, start = bounds[0].copy(), bounds[1].copy(), summit.point.copy()
            low[moved] = high[moved] = start[moved] = bound[moved]
            case = climb(objective, start, (low, high))
            if case.value >= summit.value - _NOTICED_LOSS:
                as_good.append(case)
        if len(as_good) > 1:
            return _Doubt(any_value=True)
        cases += as_good
    return _Doubt(case=max(cases, key=lambda case: case.value) if cases else None)


def _judge(
    summit: Summit,
    doubt: _Doubt,
    names: Sequence[str],
    limits: Sequence[tuple[frozenset[Move], str]],
) -> tuple[FitStatus, str]:
    """A status and a sentence."""
    if doubt == _Doubt() and _is_maximum(summit):
        return FitStatus.CONVERGED, "a strict maximum of the likelihood"
    if not summit.settled and summit.promised > _WORTH_MORE_STEPS:
        return (
            FitStatus.NOT_IDENTIFIED,
            f"the search for the maximum did not settle in {summit.iterations} steps",
        )
    far = _far(doubt.case or summit)
    if doubt.any_value or not far.any():
        return (
            FitStatus.NOT_IDENTIFIED,
            "the likelihood is flat: unlike parameters explain these customers equally well",
        )
    moves = [(name, int(side)) for name, side in zip(names, far, strict=True) if side]
    toward = ", ".join(f"{name} → {'∞' if side > 0 else '0'}" for name, side in moves)
    left, meanings = set(moves), list[str]()
    for case, meaning in limits:
        if case <= left:
            left -= case
            meanings.append(meaning)
    said = f" ({'; '.join(dict.fromkeys(meanings))})" if meanings else ""
    rises = "the data do not exclude" if doubt.case else "the likelihood rises toward"
    return FitStatus.BOUNDARY, f"{rises} a limiting case, {toward}{said}"


def _far(summit: Summit) -> FloatArray:
    """-1 or 1 for parameters that are at a bound, or beyond what data can tell from one; else 0."""
    signs = np.sign(np.log(summit.point))
    beyond = np.abs(np.log(summit.point)) > math.log(_FAR)
    return np.where(beyond, signs, np.array(summit.bound, dtype=np.float64))


def _covariance(summit: Summit, limit: Summit | None, unit: FloatArray) -> FloatArray:
    """Inverse of the observed information of what the data settle; NaN for the rest."""
    covariance = np.full(summit.hessian.shape, math.nan)
    certain = limit is None and _is_maximum(summit)
    known = np.ones(unit.size, dtype=bool) if certain else _far(limit or summit) == 0
    while known.any() and _is_flat(summit.information[np.ix_(known, known)]):
        flattest = np.linalg.eigh(summit.information[np.ix_(known, known)])[1][:, 0]
        known[np.flatnonzero(known)[int(np.argmax(np.abs(flattest)))]] = False
    inside = np.ix_(known, known)
    covariance[inside] = np.linalg.inv(-summit.hessian[inside])
    return _read_only(covariance * np.multiply.outer(unit, unit))


def _read_only(array: FloatArray) -> FloatArray:
    array.flags.writeable = False
    return array
