"""Replay: a policy leads a portfolio through time, look by look, with steadiness and without."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Generic, Literal, TypeVar, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import joined
from relmkt._counts import counted
from relmkt._grouping import refuse_other_ids
from relmkt.calendars import checked_day
from relmkt.columns import Portfolio
from relmkt.dated_policies import DatedPolicy
from relmkt.domain import Hold
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.policies.steady import SteadyPolicy, TablePolicy
from relmkt.replay.paths import NOT_THERE, Delays, Paths, delays, walked
from relmkt.rules import Basis
from relmkt.steady import Standings
from relmkt.steady._columns import HOLDS, State, looked_at, matched, refuse_twins

__all__ = ["Replay", "Step", "replay"]

OutcomeT = TypeVar("OutcomeT")
Codes = NDArray[np.int16]


@attrs.frozen(kw_only=True)
class Step(Generic[OutcomeT]):
    """One look at one customer.

    Attributes
    ----------
    day
        The day of the look.
    outcome
        What stood after it.
    plain
        What the plain table said.
    changed
        Whether another outcome stood after the look before.
    held
        Why the outcome stood although the plain table said another; None where nothing was held.
    """

    day: date
    outcome: OutcomeT | None
    plain: OutcomeT | None
    changed: bool
    held: Hold | None


@attrs.frozen(kw_only=True, eq=False)
class Replay(Generic[OutcomeT]):
    """How a portfolio moved, with steadiness and without; printed, it is read aloud.

    Attributes
    ----------
    name
        What was decided.
    policy
        The policy as it decided at the last look.
    ids
        All customers who were there at any look, in the order of first appearance, shape (n,).
    steady
        The paths that the steady policy led along.
    plain
        The paths without steadiness: at each look what the entering table says.
    delays
        What steadiness cost.
    standing
        What stands after the last look, for everybody; to go on from there, hand it to `replay`.
    bases
        For each look the edition of a dated policy that decided, as what it rests on; None where
        the policy has no dates.
    """

    name: str
    policy: SteadyPolicy[Any]
    ids: NDArray[Any]
    steady: Paths[OutcomeT]
    plain: Paths[OutcomeT]
    delays: Delays
    standing: Standings
    bases: tuple[Basis | None, ...]
    _held: NDArray[np.int8] = attrs.field(repr=False, alias="held")

    def __len__(self) -> int:
        """How many customers there are."""
        return len(self.ids)

    @property
    def days(self) -> tuple[date, ...]:
        """The days of the looks."""
        return self.steady.days

    @property
    def editions(self) -> tuple[tuple[date, Basis], ...]:
        """The editions of a dated policy that decided, each with the first look at which it did."""
        first: dict[Basis, date] = {}
        for day, basis in zip(self.days, self.bases, strict=True):
            if basis is not None:
                first.setdefault(basis, day)
        return tuple((day, basis) for basis, day in first.items())

    @property
    def changes_avoided(self) -> int:
        """How many changes steadiness saved."""
        return self.plain.total_changes - self.steady.total_changes

    def path(self, customer: Any) -> list[Step[OutcomeT]]:
        """What happened to one customer at every look at which it was there.

        Raises
        ------
        UnknownNameError
            When there is no such customer.
        """
        found = np.flatnonzero(self.ids == customer)
        if not found.size:
            raise UnknownNameError("customer", customer, self.ids[:20].tolist())
        row = int(found[0])
        steps: list[Step[OutcomeT]] = []
        for look, day in enumerate(self.days):
            code = int(self.steady.codes[look, row])
            if code != NOT_THERE:
                outcome = self.steady.outcomes[code]
                held = int(self._held[look, row])
                steps.append(
                    Step(
                        day=day,
                        outcome=outcome,
                        plain=self.plain.outcomes[int(self.plain.codes[look, row])],
                        changed=bool(steps) and steps[-1].outcome != outcome,
                        held=HOLDS[held] if held >= 0 else None,
                    )
                )
        return steps

    def rows(self, look: int) -> dict[str, Any]:
        """One look as columns, a row for each customer who was there: for files.

        The columns are ``customer``, ``day``, ``outcome``, ``plain``, ``changed`` and ``held_by``.
        """
        codes = self.steady.codes[look]
        there = np.flatnonzero(codes != NOT_THERE)
        before = self._before(look)[there]
        words = np.array([None if w is None else str(w) for w in self.steady.outcomes], object)
        holds = np.array([*map(str, HOLDS), None], dtype=object)
        return {
            "customer": self.ids[there],
            "day": np.full(len(there), np.datetime64(self.days[look], "D")),
            "outcome": words[codes[there]].tolist(),
            "plain": words[self.plain.codes[look][there]].tolist(),
            "changed": (before != NOT_THERE) & (before != codes[there]),
            "held_by": holds[self._held[look][there]].tolist(),
        }

    def _before(self, look: int) -> Codes:
        """The outcome of each customer at the latest look before."""
        found = np.full(len(self), NOT_THERE, dtype=np.int16)
        for codes in self.steady.codes[:look]:
            np.copyto(found, codes, where=codes != NOT_THERE)
        return found

    def __str__(self) -> str:
        looks, customers = counted(len(self.days), "look"), counted(len(self), "customer")
        when = f"from {self.days[0]} to {self.days[-1]}"
        saved, late = self.changes_avoided, self.delays
        lines = [
            f"{self.name}, {looks} {when}, {customers}",
            *(f"  decided from {day} on by what is {basis}" for day, basis in self.editions),
            f"  without steadiness: {self.plain}",
            f"  with steadiness: {self.steady}",
        ]
        if saved > 0:
            share = saved / self.plain.total_changes
            lines.append(f"  saved: {counted(saved, 'change')}, {share:.0%} of them")
        if late.late:
            lines.append(
                f"  cost: {late.late:,} of {counted(late.changes, 'change')} came later, by "
                f"{late.mean_looks:.1f} looks ({counted(round(late.mean_days), 'day')}) on average"
            )
        if late.waiting:
            lines.append(
                f"  at the end: {counted(late.waiting, 'customer')} elsewhere than without "
                f"steadiness, for {counted(round(late.mean_days_waiting), 'day')} on average"
            )
        return "\n".join(lines)


def replay(
    policy: SteadyPolicy[Any] | TablePolicy | DatedPolicy[Any],
    portfolios: Iterable[tuple[date, Portfolio]],
    *,
    steadily: Callable[[Any], SteadyPolicy[Any]] | None = None,
    calibrate: Literal["first", "each"] | Portfolio = "first",
    standing: Standings | None = None,
    assume: Mapping[str, Any] | None = None,
    value: str | None = None,
    within: int = 3,
    progress: Callable[[str], None] | None = None,
) -> Replay[Any]:
    """Lead a portfolio through time, look by look, with steadiness and without.

    Parameters
    ----------
    policy
        A steady policy; a plain one is replayed as it is. Of a dated policy each look is decided by
        the edition that is valid on its day.
    portfolios
        The day of each look and what was known on it, in the order of time; customers may come
        and go. Each is needed once only, so they may be made one by one.
    steadily
        Makes a plain policy a steady one, such as `relmkt.policies.banded`; of a dated policy, each
        edition.
    calibrate
        Where quantiles become numbers: once, on the ``"first"`` portfolio or on one that is given
        (which serves all editions, so that only what was decided changes with them);
        or on ``"each"`` anew. In the latter case the thresholds move, and customers with them who
        have not changed at all.
    standing
        What stood before the first look, from an earlier replay.
    assume
        What to take for facts that are absent.
    value
        The name of a number that says what a customer is worth, for the value moved.
    within
        How many looks after leaving an outcome count as coming back soon.
    progress
        Called with a few words at each look.

    Returns
    -------
    Replay
        Paths, transitions, flapping figures, and what steadiness saved and cost. Figures count from
        the first of these looks; what a ``standing`` says of earlier ones is in no path.

    Raises
    ------
    InvalidValueError
        When looks are not in the order of time or come before the first edition, ids are texts at
        one and numbers at another, or an argument is not possible.
    InvalidRowsError
        When a customer is twice in one portfolio.
    UnknownNameError
        When the value is no fact.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt import Portfolio, StrategyPolicy
    >>> from relmkt.policies import SteadyPolicy
    >>> from relmkt.replay import replay
    >>> policy = StrategyPolicy(
    ...     retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3
    ... )
    >>> def known(risk):
    ...     return Portfolio(
    ...         customer=["C-17"],
    ...         status=["active"],
    ...         barred=[False],
    ...         retained_value=[800],
    ...         attrition_risk=[risk],
    ...         competitor_pull=[0],
    ...         wallet_share_falling=[False],
    ...         current_profit=[50],
    ...         headroom=[0],
    ...         residual_value=[800],
    ...         avoidable_profit=[50],
    ...     )
    >>> risks = [0.45, 0.52, 0.48, 0.53, 0.49, 0.35]
    >>> looks = [(date(2026, month, 1), known(risk)) for month, risk in enumerate(risks, start=1)]
    >>> steady = SteadyPolicy(policy=policy, exit={"attrition_risk_high": 0.4})
    >>> replayed = replay(steady, looks)
    >>> [str(step.outcome) for step in replayed.path("C-17")]
    ['maintain', 'protect', 'protect', 'protect', 'protect', 'maintain']
    >>> print(replayed)
    strategy, 6 looks from 2026-01-01 to 2026-06-01, 1 customer
      without steadiness: 4 changes, 4 for each customer; 100.0% came back within 3 looks; 30 days \
between two changes
      with steadiness: 2 changes, 2 for each customer; 0.0% came back within 3 looks; 120 days \
between two changes
      saved: 2 changes, 50% of them
      cost: 1 of 2 changes came later, by 1.0 looks (31 days) on average
    """
    if isinstance(within, bool) or not isinstance(within, int) or within < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValueError("within", "be a whole number of at least 1", within)
    if not isinstance(calibrate, Portfolio) and calibrate not in ("first", "each"):
        raise UnknownNameError("way to calibrate", str(calibrate), ("first", "each"))
    editions = _editions(policy, steadily)
    walk: _Walk | None = None
    deciding: tuple[SteadyPolicy[Any], Basis | None] | None = None
    first: Portfolio | None = None
    for day, portfolio in _pairs(portfolios):
        if progress is not None:
            progress(f"deciding as of {day}")
        if first is None:
            first = calibrate if isinstance(calibrate, Portfolio) else portfolio
        found = editions(day)
        if walk is None or calibrate == "each" or found != deciding:
            plain = found[0].calibrate(portfolio if calibrate == "each" else first)
            walk = _Walk(plain, standing) if walk is None else walk.going_on_with(plain)
            deciding = found
        walk.look(day, portfolio, found[1], assume, value)
    if walk is None:
        raise InvalidValueError("portfolios", "hold at least one look", 0)
    return walk.told(within)


def _editions(
    policy: object, steadily: Callable[[Any], SteadyPolicy[Any]] | None
) -> Callable[[date], tuple[SteadyPolicy[Any], Basis | None]]:
    """What decides on a day, and what that rests on; editions are made steady before any look."""

    def steady(plain: Any) -> SteadyPolicy[Any]:
        return SteadyPolicy(policy=plain) if steadily is None else steadily(plain)

    if isinstance(policy, SteadyPolicy):
        if steadily is not None:
            raise InvalidValueError(
                "steadily", "be left out where the policy is steady already", steadily
            )
        always: SteadyPolicy[Any] = cast("Any", policy)
        return lambda _: (always, None)
    if isinstance(policy, DatedPolicy):
        dated = cast("DatedPolicy[Any]", policy)
        made = {each.valid_from: steady(each.policy) for each in dated.editions}

        def on(day: date) -> tuple[SteadyPolicy[Any], Basis | None]:
            edition = dated.edition_at(day)
            return made[edition.valid_from], edition.basis

        return on
    plain = steady(policy)
    return lambda _: (plain, None)


def _pairs(portfolios: object) -> Iterator[tuple[date, Portfolio]]:
    """The looks, each of which must be a pair."""
    rule = "be pairs of a day and a portfolio"
    if not isinstance(portfolios, Iterable):
        raise InvalidValueError("portfolios", rule, portfolios)
    for each in cast("Iterable[Any]", portfolios):
        if not isinstance(each, (tuple, list)) or len(cast("tuple[Any, ...]", each)) != 2:
            raise InvalidValueError("portfolios", rule, cast("object", each))
        day, portfolio = cast("tuple[date, Portfolio]", each)
        yield checked_day("portfolios", day), portfolio


class _Walk:
    """A replay while it goes on: what stands, and what was decided at each look."""

    def __init__(self, policy: SteadyPolicy[Any], standing: Standings | None) -> None:
        self._policy, self._table = policy, policy.steady()
        self._ids: NDArray[Any] = np.array([], dtype=object)
        self._state = State.empty(0)
        if standing is not None:
            if not isinstance(standing, Standings):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise InvalidValueError("standing", "be Standings, or None", standing)
            refuse_twins("the standings", standing.ids)
            self._ids, self._state = standing.ids, self._table.state_of(standing)
        self._days: list[date] = []
        self._bases: list[Basis | None] = []
        self._looks: list[tuple[NDArray[np.intp], Codes, Codes, NDArray[np.int8]]] = []
        self._values: list[NDArray[np.float64]] = []

    def going_on_with(self, policy: SteadyPolicy[Any]) -> _Walk:
        """The same walk with other thresholds."""
        self._policy, self._table = policy, policy.steady()
        return self

    def look(
        self,
        day: date,
        portfolio: Portfolio,
        basis: Basis | None,
        assume: Mapping[str, Any] | None,
        value: str | None,
    ) -> None:
        """Decide on one portfolio."""
        self._check(day)
        wanted = self._table.entering.facts.record_type
        if getattr(portfolio, "record_type", None) is not wanted:
            raise InvalidValueError(
                "portfolios",
                f"hold columns of {wanted.__name__}",
                portfolio,
                where=f"the look of {day}",
            )
        refuse_twins(f"the portfolio of {day}", portfolio.ids)
        refuse_other_ids(
            self._ids[:1].tolist(),
            portfolio.ids[:1].tolist(),
            "be at every look what it is at the first",
            where=f"the portfolio of {day}",
        )
        places, new = matched(self._ids, portfolio.ids)
        known = places.copy()
        known[new] = -1
        look = looked_at(self._table, portfolio, self._state.at(known), day, assume)
        if new.size:
            self._ids = joined([self._ids, portfolio.ids[new]])
        self._state = self._state.put(places, look.state, len(self._ids))
        plain = look.plain.outcome.astype(np.int16)
        self._days.append(day)
        self._bases.append(basis)
        self._looks.append((places, look.outcome, plain, look.held))
        if value is not None:
            worth = portfolio.column(value)
            if worth.dtype.kind != "f":
                raise InvalidValueError("value", "name a number", value)
            self._values.append(worth)

    def _check(self, day: date) -> None:
        last: date | None = self._days[-1] if self._days else None
        looked: NDArray[Any] = self._state.looked
        if last is None and len(looked):
            last = looked.max().item()
        if last is not None and day <= last:
            raise InvalidValueError(
                "portfolios", f"be in the order of time, after {last}", str(day)
            )

    def told(self, within: int) -> Replay[Any]:
        """What came of it."""
        table = self._table
        words: tuple[Any, ...] = table.entering.outcomes
        if table.entering.undecided is None:
            words = (*words, None)
        shape = (len(self._days), len(self._ids))
        steady, plain = (np.full(shape, NOT_THERE, dtype=np.int16) for _ in "ab")
        held = np.full(shape, -1, dtype=np.int8)
        values = [np.full(shape[1], np.nan) for _ in self._values]
        for look, (places, outcome, said, holds) in enumerate(self._looks):
            # Where a table has no word for undecided its code is -1: here, the last one.
            steady[look, places] = np.where(outcome < 0, len(words) - 1, outcome)
            plain[look, places] = np.where(said < 0, len(words) - 1, said)
            held[look, places] = holds
            if self._values:
                values[look][places] = self._values[look]
        return Replay(
            name=table.entering.name,
            policy=self._policy,
            ids=self._ids,
            steady=walked(self._days, words, steady, values, within),
            plain=walked(self._days, words, plain, values, within),
            delays=delays(self._days, steady, plain),
            standing=table.standings(self._ids, self._state),
            bases=tuple(self._bases),
            held=held,
        )
