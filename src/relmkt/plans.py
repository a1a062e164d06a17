"""The plan: for every customer the move, its rule and reason, the tier, the value, the risk."""

from __future__ import annotations

import difflib
import operator
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._counts import counted
from relmkt.assumptions import Assumptions
from relmkt.cash_flows import CashFlows
from relmkt.columns import Columns, Portfolio, Relationships
from relmkt.contact_candidates import contact_candidates
from relmkt.domain import Abstention, CustomerFacts, PlanLine, RelationshipFacts, Strategy
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.models.forecasts import Forecasts, Models
from relmkt.planning import ContactCandidates, ContactOptions, ContactPlan, plan_contacts
from relmkt.policies import ApproachOutcome, BondOutcome, StrategyPolicy, actions_for
from relmkt.rules import ABSENT_CODE, Decisions, Explanation, features_in
from relmkt.segments import CashStatement, PyramidReport
from relmkt.segments.cash import USES
from relmkt.summaries import Summaries

__all__ = ["FactSource", "Plan", "PlanLines", "StrategyLine"]

F = TypeVar("F")

_ID_SHOWN = 40

_BLOCK = 1 << 14
"""Customers whose lines are made at a time, where not all are wanted at once."""


class PlanLines(Columns[PlanLine]):
    """The lines of a plan: the columns of `PlanLine`."""

    record_type = PlanLine


@attrs.frozen(kw_only=True)
class FactSource:
    """Where one fact of a plan comes from.

    Attributes
    ----------
    name
        The fact.
    given
        Customers for whom the facts file gave it.
    estimated
        Customers for whom the order log told it, by the models and assumptions.
    assumed
        Customers for whom it was assumed.
    relied_on
        How many of these were decided by a rule that asks for it, or comes after one that does.
    value
        What was assumed; None where nothing was.
    absent
        Customers for whom it is not known. Most often it is not asked of them either.
    unsettling
        Customers who are undecided for want of it, and perhaps of others.
    """

    name: str
    given: int
    estimated: int
    assumed: int
    relied_on: int
    value: Any
    absent: int
    unsettling: int


@attrs.frozen(kw_only=True)
class StrategyLine:
    """One strategy (or abstention) in the summary of a plan.

    Attributes
    ----------
    outcome
        The strategy.
    customers
        How many customers have it.
    value
        Their expected value ahead, as far as it is known; None where it is known of nobody, as of
        prospects.
    share
        Their share of all customers.
    """

    outcome: Strategy | Abstention
    customers: int
    value: float | None
    share: float


@attrs.frozen(kw_only=True, eq=False)
class Plan:
    """Everything that was found on the way from the orders to the moves.

    Attributes
    ----------
    as_of
        The day of the plan.
    currency
        The currency of all amounts; None where nobody said.
    assumptions
        What was assumed.
    policy
        The policy that decided, calibrated.
    models
        The fitted models.
    summaries, forecasts
        What the log says of each customer, and what the models expect; prospects are not in them.
    portfolio
        The facts before assumptions filled them; prospects come last.
    decisions
        The strategies, and the facts as they were decided on.
    pyramid
        The tiers.
    relationships
        The facts of the relationships, before assumptions filled them; row by row the same
        customers.
    approaches, bonds
        How close to come to each customer, and what to tie it with.
    contact_options
        How contacts are planned.
    known_contacts
        What is known about contacting the customers, row by row; None where nothing is.
    planned_contacts
        The contacts, where one bears on another: with a capacity, a log of contacts or a ledger of
        tasks. Else None, for each customer's are found when they are asked for, in no more memory
        than those at hand take.
    flows, cash
        What each move releases and asks, and the statement of sources and uses of cash.
    given
        For each fact of the facts file, for how many customers it was known.
    """

    as_of: date
    currency: str | None
    assumptions: Assumptions
    policy: StrategyPolicy
    models: Models
    summaries: Summaries
    forecasts: Forecasts
    portfolio: Portfolio
    decisions: Decisions[CustomerFacts, Strategy | Abstention]
    pyramid: PyramidReport
    relationships: Relationships
    approaches: Decisions[RelationshipFacts, ApproachOutcome]
    bonds: Decisions[RelationshipFacts, BondOutcome]
    contact_options: ContactOptions
    known_contacts: ContactCandidates | None
    planned_contacts: ContactPlan | None
    flows: CashFlows
    cash: CashStatement
    given: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.portfolio)

    def __iter__(self) -> Iterator[PlanLine]:
        """The lines as records."""
        return iter(self.lines())

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know before trusting the plan."""
        found = list(self.models.notes)
        late = self.summaries.later_orders
        if late:
            were = "was" if late == 1 else "were"
            found.append(f"{counted(late, 'order line')} after {self.as_of} {were} left out")
        return tuple(found)

    @property
    def contacts(self) -> ContactPlan:
        """The next contact of each customer, row by row; what is due, and what is skipped and why.

        Unless it was made with the plan it is made whenever it is asked for.

        Examples
        --------
        >>> from datetime import date
        >>> import relmkt
        >>> from relmkt.datasets import cdnow_orders
        >>> plan = relmkt.plan(cdnow_orders(), as_of=date(1998, 6, 30))
        >>> plan.contacts.tasks()[0].action
        'partnership.work_together'
        """
        if self.planned_contacts is not None:
            return self.planned_contacts
        return plan_contacts(
            contact_candidates(
                self.decisions,
                self.approaches,
                self.pyramid.codes,
                self.portfolio,
                self.summaries,
                self.known_contacts,
            ),
            as_of=self.as_of,
            options=self.contact_options,
        )

    def lines(self, *, reasons: bool = True) -> PlanLines:
        """The plan as columns, one row for each customer.

        Parameters
        ----------
        reasons
            Whether to write the reasons out, which takes most of the time; without them the rules
            still stand.
        """
        decisions, portfolio, forecasts = self.decisions, self.portfolio, self.forecasts
        strategy = [str(word) for word in decisions.labels()]
        contacts = self.contacts.next_contacts(reasons=reasons)
        ahead = len(portfolio) - len(forecasts)
        basis = decisions.table.basis

        def throughout(value: str | None) -> list[str | None]:
            return [value] * len(portfolio)

        def padded(name: str) -> Any:
            """A forecast, absent for the prospects that follow."""
            return np.concatenate([forecasts.column(name), np.full(ahead, np.nan)])

        return PlanLines(
            customer=portfolio.ids,
            strategy=strategy,
            rule=decisions.rule_ids(),
            reason=decisions.reasons() if reasons else None,
            next_strategy=[None if word is None else str(word) for word in decisions.nexts()],
            settled=decisions.settled,
            missing=["; ".join(names) or None for names in decisions.missing()],
            assumed=["; ".join(names) or None for names in decisions.assumed_names()],
            status=portfolio.status,
            tier=self.pyramid.codes,
            value=portfolio.residual_value,
            retained_value=portfolio.retained_value,
            attrition_risk=portfolio.attrition_risk,
            probability_alive=padded("probability_alive"),
            expected_purchases=padded("expected_purchases"),
            expected_spend=padded("expected_spend"),
            current_revenue=portfolio.current_revenue,
            current_profit=portfolio.current_profit,
            cash_released=self.flows.released,
            cash_asked=self.flows.asked,
            expected_gain=self.flows.gain,
            funded=self._funded(),
            approach=[str(word) for word in self.approaches.labels()],
            approach_reason=self.approaches.reasons() if reasons else None,
            bond=[str(word) for word in self.bonds.labels()],
            bond_reason=self.bonds.reasons() if reasons else None,
            actions=self._actions(),
            next_contact=contacts.day,
            contact_channel=contacts.channel,
            contact_action=contacts.action,
            contact_key=contacts.key,
            contact_reason=contacts.reason,
            as_of=np.full(len(portfolio), np.datetime64(self.as_of, "D")),
            currency=throughout(self.currency),
            policy_version=throughout(decisions.table.version),
            policy_valid_from=np.full(
                len(portfolio),
                np.datetime64("NaT" if basis is None else basis.valid_from, "D"),
            ),
            policy_reference=throughout(None if basis is None else basis.reference),
        )

    def _funded(self) -> NDArray[np.int8]:
        """Whether a move that asks for cash gets it; absent for those that ask for none."""
        asks = np.zeros(len(self), dtype=np.bool_)
        for strategy in USES:
            asks |= self.decisions.where(strategy)
        return np.where(asks, self.cash.funded, ABSENT_CODE).astype(np.int8)

    def _actions(self) -> list[str]:
        """The keys of the actions of every customer, looked up once for each combination."""
        known: dict[tuple[Any, Any, Any], str] = {}

        def keys(*decided: Any) -> str:
            found = known.get(decided)
            if found is None:
                strategy, approach, bond = decided
                actions = actions_for(strategy=strategy, approach=approach, bond=bond)
                found = known[decided] = "; ".join(action.key for action in actions)
            return found

        return [*map(keys, self.decisions.labels(), self.approaches.labels(), self.bonds.labels())]

    def to_frame(self, *, like: F) -> F:
        """The lines as a data frame of the same kind as another (pandas, Polars, PyArrow)."""
        return self.lines().to_frame(like=like)

    def row_of(self, customer: Any) -> int:
        """The row of a customer.

        Raises
        ------
        UnknownNameError
            When the plan has no such customer; similar ids are offered.
        """
        ids = self.portfolio.ids.tolist()
        for row, known in enumerate(ids):
            if known == customer or str(known) == str(customer):
                return row
        where = f"a plan for {len(ids):,}"
        raise UnknownNameError("customer", customer, _near(str(customer), ids), where=where)

    def explain(self, customer: Any) -> Explanation[CustomerFacts, Strategy | Abstention]:
        """Why a customer has the strategy: every rule, and the facts that made it hold or fail.

        Parameters
        ----------
        customer
            The id; text is compared with the text of ids that are numbers.
        """
        record = self.portfolio[self.row_of(customer)]
        return self.decisions.table.explain(record, assume=self.assumptions.facts)

    def strategies(self) -> tuple[StrategyLine, ...]:
        """Customers and value by strategy, in the order of the rules; only those that occur."""
        found: list[StrategyLine] = []
        for outcome, customers in self.decisions.counts().items():
            if customers:
                values = self.portfolio.residual_value[self.decisions.where(outcome)]
                known = values[~np.isnan(values)]
                found.append(
                    StrategyLine(
                        outcome=outcome,
                        customers=customers,
                        value=float(known.sum()) if known.size else None,
                        share=customers / len(self),
                    )
                )
        return tuple(found)

    def at_risk(self, count: int = 10) -> tuple[PlanLine, ...]:
        """The customers to protect, those with the most value at stake first.

        The value at stake is the retained value less the value as things stand.

        Parameters
        ----------
        count
            How many, at the most.
        """
        rows = np.flatnonzero(self.decisions.where(Strategy.PROTECT))
        stake = (self.portfolio.retained_value - self.portfolio.residual_value)[rows]
        order = np.argsort(-np.nan_to_num(stake, nan=-np.inf), kind="stable")[:count]
        return tuple(self.line(int(row)) for row in rows[order])

    def line(self, row: int) -> PlanLine:
        """One line of the plan as a record; a negative row counts from the end."""
        at = range(len(self))[operator.index(row)]
        return self._part(slice(at, at + 1)).lines()[0]

    def blocks(self, size: int = _BLOCK) -> Iterator[PlanLines]:
        """The lines, so many customers at a time: a plan whose lines do not fit into memory.

        One after the other, the blocks are what `lines` gives.

        Parameters
        ----------
        size
            Customers in a block; fewer in the last one.

        Raises
        ------
        InvalidValueError
            When the size is below 1.

        Examples
        --------
        >>> from datetime import date
        >>> import relmkt
        >>> from relmkt.datasets import cdnow_orders
        >>> plan = relmkt.plan(cdnow_orders(), as_of=date(1998, 6, 30))
        >>> [len(block) for block in plan.blocks(1_000)]
        [1000, 1000, 357]
        """
        if size < 1:
            raise InvalidValueError("size", "be at least 1", size)
        return (part.lines() for part in self.parts(size))

    def parts(self, size: int = _BLOCK) -> Iterator[Plan]:
        """The plan of so many customers at a time, for what does not fit into memory as a whole.

        Parameters
        ----------
        size
            Customers in a part, at least 1; fewer in the last one.
        """
        return (self._part(slice(start, start + size)) for start in range(0, len(self), size))

    def _part(self, at: slice) -> Plan:
        flows = self.flows
        return attrs.evolve(
            self,
            portfolio=self.portfolio[at],
            decisions=self.decisions.rows_at(at),
            relationships=self.relationships[at],
            approaches=self.approaches.rows_at(at),
            bonds=self.bonds.rows_at(at),
            summaries=self.summaries[at],
            known_contacts=None if self.known_contacts is None else self.known_contacts[at],
            planned_contacts=None
            if self.planned_contacts is None
            else self.planned_contacts.part(at),
            forecasts=self.forecasts[at],  # the prospects behind them have none
            flows=CashFlows(flows.released[at], flows.asked[at], flows.gain[at]),
            pyramid=attrs.evolve(self.pyramid, codes=self.pyramid.codes[at]),
            cash=attrs.evolve(self.cash, funded=self.cash.funded[at]),
        )

    def sources(self) -> tuple[FactSource, ...]:
        """For each fact that the rules ask for, where it comes from and where it is absent."""
        found: list[FactSource] = []
        decisions = self.decisions
        wanted = Counter(name for names in decisions.missing() for name in names)
        for name in decisions.table.features:
            known = len(self) - int(np.count_nonzero(self.portfolio.absent(name)))
            given = self.given.get(name, 0)
            filled = decisions.assumed.get(name, np.zeros(len(self), dtype=np.bool_))
            assumed = int(np.count_nonzero(filled))
            rules = decisions.table.rules
            asking = [at for at, rule in enumerate(rules) if name in features_in(rule.when)]
            reached = (decisions.rule >= asking[0]) | (decisions.rule < 0)
            found.append(
                FactSource(
                    name=name,
                    given=given,
                    estimated=known - given,
                    assumed=assumed,
                    relied_on=int(np.count_nonzero(filled & reached)),
                    value=self.assumptions.facts.get(name) if assumed else None,
                    absent=len(self) - known - assumed,
                    unsettling=wanted[name],
                )
            )
        return tuple(found)


def _near(name: str, ids: list[Any]) -> list[str]:
    """A few ids that resemble a name: a million of them would be no help in a message."""
    shown = [str(known)[:_ID_SHOWN] for known in ids[:100_000]]
    found = difflib.get_close_matches(name[:_ID_SHOWN], shown, n=5, cutoff=0.5) or shown[:5]
    return [*found, "…"] if len(found) < len(ids) else found
