"""Verifying a policy before it runs, whatever numbers a portfolio will give its thresholds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from itertools import count, pairwise, product
from typing import Any, Generic, TypeVar, cast

import attrs

from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules import (
    Checklist,
    Feature,
    Finding,
    Kind,
    Monotonicity,
    Overlap,
    Table,
    Threshold,
    Verification,
    atoms,
)
from relmkt.rules._proofs.cells import between
from relmkt.thresholds import Policy, Quantile

__all__ = ["Found", "PolicyVerification", "Trial", "marked", "stand_ins", "verify_policy"]

P = TypeVar("P", bound=Policy)
R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")

TRIAL_LIMIT = 1_000
"""How many tables are tried before giving up."""


@attrs.frozen
class Trial(Generic[P, R, OutcomeT]):
    """One verification: of the policy with plain numbers.

    Attributes
    ----------
    policy
        The policy with a number in the place of each threshold that depends on the portfolio.
    verification
        What was found in its table.
    """

    policy: P
    verification: Verification[R, OutcomeT]


@attrs.frozen
class Found(Generic[P, R, OutcomeT]):
    """One thing that is wrong, however many trials show it.

    Attributes
    ----------
    finding
        It, as the first trial shows it.
    trials
        The trials that show it.
    """

    finding: Finding[R, OutcomeT] | Overlap[R]
    trials: tuple[Trial[P, R, OutcomeT], ...]


@attrs.frozen
class PolicyVerification(Generic[P, R, OutcomeT]):
    """What was found in a policy.

    Attributes
    ----------
    policy
        The policy as it was given.
    trials
        One where all thresholds are plain numbers; else one for each order in which those that
        depend on the portfolio can stand among the numbers that the rules compare with.
    promises
        The statements on monotonicity that were tried.
    """

    policy: P
    trials: tuple[Trial[P, R, OutcomeT], ...]
    promises: tuple[Monotonicity, ...]

    @property
    def findings(self) -> tuple[Found[P, R, OutcomeT], ...]:
        """What is wrong, each thing once."""
        return self._gathered(lambda found: found.findings)

    @property
    def overlaps(self) -> tuple[Found[P, R, OutcomeT], ...]:
        """The pairs of rules that can hold at once, if they were asked for."""
        return self._gathered(lambda found: found.overlaps)

    @property
    def stopped(self) -> str | None:
        """Why it stopped before the end, or None."""
        told = (trial.verification.stopped for trial in self.trials)
        return next((why for why in told if why is not None), None)

    @property
    def sound(self) -> bool:
        """Whether every question was answered for every trial, and nothing is wrong."""
        return all(trial.verification.sound for trial in self.trials)

    @property
    def depends(self) -> dict[str, Quantile]:
        """The thresholds that depend on the portfolio."""
        return _quantiles(self.policy)

    def _gathered(
        self,
        of: Callable[[Verification[R, OutcomeT]], Iterable[Finding[R, OutcomeT] | Overlap[R]]],
    ) -> tuple[Found[P, R, OutcomeT], ...]:
        found: dict[
            object, tuple[Finding[R, OutcomeT] | Overlap[R], list[Trial[P, R, OutcomeT]]]
        ] = {}
        for trial in self.trials:
            for finding in of(trial.verification):
                found.setdefault(_what(finding), (finding, []))[1].append(trial)
        return tuple(Found(finding, tuple(trials)) for finding, trials in found.values())


def _what(finding: Finding[Any, Any] | Overlap[Any]) -> tuple[object, ...]:
    """What is found, whoever its witness is; no two kinds of findings have the same of these."""
    return tuple((name, getattr(finding, name)) for name in _IDENTITY if hasattr(finding, name))


_IDENTITY = ("rule", "by", "behind_unknown", "outcome", "rules", "past", "statement")


def verify_policy(
    policy: P,
    build: Callable[[P], Table[R, OutcomeT] | Checklist[R, OutcomeT]],
    *,
    never: Iterable[Monotonicity] = (),
    overlaps: bool = False,
) -> PolicyVerification[P, R, OutcomeT]:
    """Verify the table (or checklist) of a policy before there is a portfolio to calibrate it on.

    What `Table.verify` finds depends on the order in which the thresholds of one fact stand, and
    not on how far apart they are. So a threshold that waits for a portfolio is tried at every place
    that it can take among the other numbers of its fact; what holds at all of them holds for every
    portfolio.

    Parameters
    ----------
    policy
        The policy. Its thresholds stand in the rules as they are, not as parts of other numbers.
    build
        Makes the table of a policy with plain numbers, or its checklist.
    never
        Statements on monotonicity, such as the promises of the policy; of a table only.
    overlaps
        Whether to list the pairs of rules that can hold at once.

    Returns
    -------
    PolicyVerification
        One trial for each order of the thresholds, and what they found.

    Raises
    ------
    InvalidValueError
        When a threshold depends on a fact that is no number, the orders are too many to try, or a
        statement is made of a checklist.
    UnknownNameError
        When a threshold depends on a fact that is not there, or a statement names what is not.

    Examples
    --------
    >>> from relmkt.policies import StrategyPolicy, verify_policy
    >>> found = verify_policy(StrategyPolicy(), StrategyPolicy.table, never=StrategyPolicy.promises)
    >>> found.sound, len(found.trials)
    (True, 6)
    """
    promises = tuple(never)
    trials = tuple(
        Trial(plain, _verified(build(plain), promises, overlaps=overlaps))
        for plain in stand_ins(policy, build)
    )
    return PolicyVerification(policy, trials, promises)


def _verified(
    made: Table[R, OutcomeT] | Checklist[R, OutcomeT],
    promises: tuple[Monotonicity, ...],
    *,
    overlaps: bool,
) -> Verification[R, OutcomeT]:
    if isinstance(made, Table):
        return made.verify(never=promises, overlaps=overlaps)
    if promises:
        raise InvalidValueError(
            "never", "be left out of a checklist, which has no one outcome", str(promises[0])
        )
    return made.verify(overlaps=overlaps)


def stand_ins(
    policy: P, build: Callable[[P], Table[Any, Any] | Checklist[Any, Any]]
) -> tuple[P, ...]:
    """The policy with plain numbers, once for every order in which its thresholds can stand.

    Parameters
    ----------
    policy
        The policy; one whose thresholds are all plain numbers stands for itself.
    build
        Makes the table of a policy with plain numbers.

    Returns
    -------
    tuple of policies
        In no two of them do the thresholds of some fact stand in the same order among the numbers
        that the rules compare it with, unless two thresholds that depend on the portfolio share
        the fact; then some orders come more than once.

    Raises
    ------
    InvalidValueError
        When a threshold depends on a fact that is no number, or there are too many orders.
    UnknownNameError
        When a threshold depends on a fact that is not there.

    Examples
    --------
    >>> from relmkt.policies import StrategyPolicy, stand_ins
    >>> tried = stand_ins(StrategyPolicy(cost_ratio_high=0.3), StrategyPolicy.table)
    >>> [plain.residual_value_high for plain in tried]
    [-1.0, 0.0, 1.0]
    """
    waiting = _quantiles(policy)
    if not waiting:
        return (policy,)
    plain, marks = marked(policy)
    table = build(plain)
    features = table.facts.features
    for name, quantile in waiting.items():
        _check(name, quantile, features)
    bounds = [
        atom for rule in table.rules for atom in atoms(rule.when) if isinstance(atom, Threshold)
    ]
    asked = {
        name: {atom.feature for atom in bounds if atom.bound == mark}
        for mark, name in marks.items()
    }
    places: dict[str, list[float]] = {}
    for name, quantile in waiting.items():
        rivals = _rivals(name, asked)
        shared = set[str]().union(*(asked[rival] for rival in rivals))
        ends = {end for fact in shared for end in (features[fact].lower, features[fact].upper)}
        cuts = {float(end) for end in ends if end is not None}
        cuts.update(
            atom.bound for atom in bounds if atom.feature in shared and atom.bound not in marks
        )
        places[name] = _places(cuts, quantile, features[quantile.fact], len(rivals))
    orders = math.prod(map(len, places.values()))
    if orders > TRIAL_LIMIT:
        raise InvalidValueError(
            "thresholds",
            f"stand in at most {TRIAL_LIMIT:,} orders",
            orders,
            remedy=f"state plain numbers for some of {', '.join(waiting)}",
        )
    return tuple(
        _with(policy, dict(zip(places, numbers, strict=True)))
        for numbers in product(*places.values())
    )


def marked(policy: P) -> tuple[P, dict[float, str]]:
    """The policy with a mark for each threshold that has no number yet, to see where it goes.

    Parameters
    ----------
    policy
        The policy.

    Returns
    -------
    policy
        With plain numbers; a mark is a number that no other threshold is.
    marks
        The thresholds that depend on the portfolio, by mark.

    Examples
    --------
    >>> from relmkt.policies import StrategyPolicy, marked
    >>> plain, marks = marked(StrategyPolicy())
    >>> marks[plain.retained_value_high]
    'retained_value_high'
    """
    waiting = _quantiles(policy)
    held = set(policy.values().values())
    odd = (number for step in count(1) if (number := math.pi * step) not in held)
    marks = dict(zip(odd, waiting, strict=False))
    return _with(policy, {name: mark for mark, name in marks.items()}), marks


def _quantiles(policy: Policy) -> dict[str, Quantile]:
    return {name: value for name, value in policy.values().items() if isinstance(value, Quantile)}


def _with(policy: P, numbers: Mapping[str, float]) -> P:
    return cast("P", attrs.evolve(cast("Any", policy), **numbers))


def _check(name: str, quantile: Quantile, features: Mapping[str, Feature]) -> None:
    numbers = [fact for fact, feature in features.items() if feature.kind is Kind.NUMBER]
    if quantile.fact not in features:
        raise UnknownNameError("fact", quantile.fact, numbers, where=f"threshold '{name}'")
    if quantile.fact not in numbers:
        raise InvalidValueError(
            name, "depend on a number", f"{quantile.fact}, a {features[quantile.fact].kind.value}"
        )


def _rivals(name: str, asked: Mapping[str, set[str]]) -> set[str]:
    """The thresholds that share a fact with this one, or with one that does; and this one."""
    found = {name}
    while True:
        facts = set[str]().union(*(asked[rival] for rival in found))
        more = {other for other in asked if not facts.isdisjoint(asked[other])}
        if more <= found:
            return found
        found |= more


def _places(cuts: set[float], quantile: Quantile, fact: Feature, rivals: int) -> list[float]:
    """Where a quantile can stand: on each cut, and as often as it has rivals between two.

    Between the same two cuts all rivals get the same numbers, so that they meet in every order.
    """
    lower = -math.inf if fact.lower is None else fact.lower
    upper = math.inf if fact.upper is None else fact.upper
    found = {cut for cut in cuts if lower <= cut <= upper or cut == quantile.otherwise}
    for low, high in pairwise([-math.inf, *sorted(cuts), math.inf]):
        if max(low, lower) < min(high, upper) or low < quantile.otherwise < high:
            found.update(between(low, high, rivals))
    return sorted(found)
