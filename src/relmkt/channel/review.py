"""A channel as a whole: phases, what to do, rebates, fairness, support, and whom to hear."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.channel._measured_channels import measured_channels
from relmkt.channel._review_parts import gathered
from relmkt.channel._stated_channels import joined_channels
from relmkt.channel._steady_phases import Phases, decided_phases, standings_after
from relmkt.channel.clawbacks import CheckedClawback, checked_clawbacks
from relmkt.channel.columns import (
    Agreements,
    BrandMarkets,
    Breaches,
    Channels,
    Distributors,
    SalesLog,
)
from relmkt.channel.conduct import breach_conduct
from relmkt.channel.contract_years import Place, shared_places
from relmkt.channel.dealer_columns import Fairness
from relmkt.channel.market_trends import market_facts
from relmkt.channel.monthly import MonthlySales
from relmkt.channel.rebate_balances import LeftOut, RebateBalance
from relmkt.channel.rebate_events import RebateEvents
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.channel.rebate_verdicts import RebateFairness, rebate_fairness
from relmkt.channel.sales_parts import SalesParts
from relmkt.channel.schedule_zones import ScheduleZones, schedule_zones
from relmkt.channel.support_review import DealerSupport, SupportRecords, review_support
from relmkt.domain import (
    ChannelFacts,
    ConductFacts,
    DiversionFacts,
    MarketFacts,
    Phase,
    RebateEventKind,
    Response,
    Suspicion,
)
from relmkt.errors import InvalidValueError
from relmkt.policies import (
    ChannelPolicy,
    DiversionPolicy,
    FairnessPolicy,
    PhasePolicy,
    SanctionPolicy,
    SteadyPolicy,
    SupportPolicy,
)
from relmkt.rules import CheckedRows, Decisions
from relmkt.steady import Standings, SteadyDecisions

__all__ = ["ChannelReview", "review_channel"]


@attrs.frozen(kw_only=True, eq=False)
class ChannelReview:
    """What is known of a channel on a day, and what to do.

    Attributes
    ----------
    as_of
        The day.
    distributors
        The dealers.
    monthly
        Sales by month, with how many lines were left out of them, by reason.
    phases
        The phase of each brand in each market, with the reason; in the light of what stood where
        standings were given, or a steady policy.
    conditions
        What each phase asks of the channel and is not met, row by row the same.
    contradicted
        What was said of channels and is not so by sales and agreements, in words.
    diversion, signals
        What the signals of diversion call for, one row for each dealer, and the signals.
    balances
        The rebates of contract years; none where no schedules were given.
    zones
        The cliffs of each schedule, the perverse zones before them, and who stood in one.
    left_out
        Sales that count for no rebate, by reason.
    repeated
        How many lines have the number of another one and are the same, and so count once.
    told_twice
        How many others are like another one in every field, and so count once in the rebates.
    unlisted
        The dealers who have sales or a rebate and are not among the distributors. What is said of
        markets and rebates as a whole holds them, and no line does.
    shared
        The places of several dealers at once of which an agreement does not say whether they are
        exclusive; see `contract_years.shared_places`.
    fairness
        How fair the rebates of the contract years are that were over last, class by class; None
        where no schedules were given.
    support
        What the relationships with dealers call for; None where no records of them were given.
    register
        The register of cases; None where none was given.
    cases
        What each of them calls for, row by row the same.
    clawbacks
        The claw-backs among the events of rebates, and whether the register justifies them.
        Balances hold them all, as they are on record.
    currency
        The one currency of sales and rebates; None where it is not told.
    """

    as_of: date
    distributors: Distributors
    monthly: MonthlySales
    phases: Phases
    conditions: CheckedRows[ChannelFacts, str]
    contradicted: tuple[str, ...]
    diversion: Decisions[DiversionFacts, Suspicion]
    signals: CheckedRows[DiversionFacts, str]
    balances: tuple[RebateBalance, ...]
    zones: tuple[ScheduleZones, ...]
    left_out: tuple[LeftOut, ...]
    repeated: int
    told_twice: int
    unlisted: tuple[Any, ...]
    shared: tuple[Place, ...]
    fairness: RebateFairness | None
    support: DealerSupport | None
    register: Breaches | None
    cases: Decisions[ConductFacts, Response] | None
    clawbacks: tuple[CheckedClawback, ...]
    currency: str | None

    @property
    def markets(self) -> NDArray[Any]:
        """The ids of the brands in markets, shape (k,)."""
        return self.monthly.brand_market

    @property
    def steady_phases(self) -> SteadyDecisions[MarketFacts, Phase] | None:
        """The phases with what stood and what stays; None where the table decided alone."""
        return self.phases if isinstance(self.phases, SteadyDecisions) else None

    @property
    def phase_version(self) -> str:
        """The version of the policy that decided on the phases."""
        held = self.phases
        return held.steady.version if isinstance(held, SteadyDecisions) else held.table.version

    @property
    def standings(self) -> Standings | None:
        """Where the phases stand, for the next look; None where the table decided alone."""
        return standings_after(self.phases)

    def phases_changed(self) -> dict[int, str | None]:
        """By row of the brands in markets whose phase is another than before, the phase before."""
        found: dict[int, str | None] = {}
        if (steady := self.steady_phases) is not None:
            for row in np.flatnonzero(steady.changed).tolist():
                before = steady[row].before
                found[row] = None if before is None else before.outcome
        return found

    def phases_held(self) -> list[int]:
        """The rows of those whose phase stays although the thresholds alone would say another."""
        steady = self.steady_phases
        held = [] if steady is None else steady.held()
        return [row for row, hold in enumerate(held) if hold is not None]

    def history_gaps(self, row: int) -> str:
        """What of a brand in a market could not be estimated, and why, in words; "" if nothing."""
        facts = self.phases.rows[row]
        told = (
            ("trend", facts.gap),
            ("margin", facts.margin_gap),
            ("price spread", facts.spread_gap),
        )
        gaps = [f"{what} {gap.value.replace('_', ' ')}" for what, gap in told if gap is not None]
        if not gaps:
            return ""
        months = f"{facts.months or 0} months, {facts.months_missing or 0} of them without a record"
        return f"history: {', '.join(gaps)} ({months})"

    @property
    def due(self) -> Decimal:
        """Rebates that are to be paid now, over all dealers, less what dealers owe (`owed`)."""
        return sum((one.due for one in self.balances), Decimal(0))

    @property
    def owed(self) -> Decimal:
        """What dealers owe now for contract years in which more was paid than they earned."""
        return sum((max(-one.due, Decimal(0)) for one in self.balances), Decimal(0))

    @property
    def pending(self) -> Decimal:
        """Rebates of contract years that are not over, as they stand."""
        return sum((one.pending for one in self.balances), Decimal(0))

    def _amount(self, parts: Iterable[Decimal]) -> float | None:
        return None if self.fairness is None else float(sum(parts, Decimal(0)))

    def left_out_counts(self) -> dict[str, int]:
        """How many events count for no rebate, by reason, and by kind where they are no sales."""
        found: dict[str, int] = {}
        for one in self.left_out:
            reason = one.reason.value.replace("_", " ")
            is_sale = one.kind is RebateEventKind.SALE
            name = reason if is_sale else f"{reason} ({one.kind.value})"
            found[name] = found.get(name, 0) + one.events
        return found

    @property
    def no_payment(self) -> str:
        """That no payment counts, in words; "" where one does."""
        if any(one.paid for one in self.balances):
            return ""
        if any(one.kind is RebateEventKind.PAYMENT for one in self.left_out):
            return "No payment counts: those on record are left out."
        return "No payment is on record."

    def suspects(self) -> list[int]:
        """The rows of the dealers to be heard."""
        return np.flatnonzero(self.diversion.where(Suspicion.HEAR)).tolist()

    def lines(self) -> Generator[dict[str, Any]]:
        """One line for each dealer: its rebate, and what its sales and its support call for.

        Amounts are those of the ledger, rounded as the schedules say, as floats: up to 15 digits
        they are written exactly. They are absent where no schedules were given.
        """
        of: dict[Any, list[RebateBalance]] = {}
        for one in self.balances:
            of.setdefault(one.dealer, []).append(one)
        facts = self.diversion.rows
        for row, dealer in enumerate(self.distributors.dealer.tolist()):
            mine = of.get(dealer, [])
            decided, checked = self.diversion[row], self.signals[row]
            alerts = None if self.support is None else self.support.alerts[row]
            yield {
                "dealer": dealer,
                "dealer_class": self.distributors.dealer_class[row],
                "market": self.distributors.market[row],
                "sold_in": _told(facts.column("sold_in")[row]),
                "sold_out": _told(facts.column("sold_out")[row]),
                "rebate_due": self._amount(one.due for one in mine),
                "rebate_pending": self._amount(one.pending for one in mine),
                "currency": self.currency,
                "diversion": None if decided.outcome is None else decided.outcome.value,
                "signals": "; ".join(checked.outcomes),
                "reason": decided.reason,
                "alerts": None if alerts is None else "; ".join(alerts.outcomes),
                "alert_reasons": None if alerts is None else "; ".join(alerts.reasons.values()),
            }


def review_channel(
    sales: SalesLog | SalesParts,
    *,
    as_of: date,
    distributors: Distributors,
    agreements: Agreements,
    schedules: Mapping[str, RebateSchedule] | None = None,
    rebate_events: RebateEvents | None = None,
    unit_losses: Mapping[str, Any] | None = None,
    brand_markets: BrandMarkets | None = None,
    breaches: Breaches | None = None,
    procedures: Fairness | None = None,
    support: SupportRecords | None = None,
    channel_facts: Channels | None = None,
    phase_policy: PhasePolicy | None = None,
    steady: SteadyPolicy[PhasePolicy] | None = None,
    standings: Standings | None = None,
    channel_policy: ChannelPolicy | None = None,
    diversion_policy: DiversionPolicy | None = None,
    sanction_policy: SanctionPolicy | None = None,
    fairness_policy: FairnessPolicy | None = None,
    support_policy: SupportPolicy | None = None,
    zone: str | None = None,
) -> ChannelReview:
    """Look at a channel on a day.

    Parameters
    ----------
    sales
        Sales in and out, in one currency, in any order; those that are too many for memory in
        parts, which tell the same as all at once.
    as_of
        The day.
    distributors, agreements
        The dealers, and what was agreed with them.
    schedules
        The schedules that agreements name. Without them no rebate is told, and none is guessed.
    rebate_events
        What else happened to the rebates: payments, notices, claw-backs. Without them all that was
        earned is due.
    unit_losses
        By schedule, what a unit loses that is sold only to reach a bracket; see `schedule_zones`.
    brand_markets
        When brands were launched; see `monthly_sales`.
    breaches
        The register of cases. A sanction needs a written, lawful term, evidence and a hearing; a
        signal of diversion is no case. Claw-backs among the events are held against it.
    procedures
        What is known of how rebates are decided on, by class of dealers; see `rebate_fairness`.
    support
        What is on record of contacts, trainings, answers and facts; see `review_support`.
    channel_facts
        What only the firm can say of the conditions of each phase, by brand in a market: what stock
        there is, whether a plan was disclosed. What sales and agreements show stands before it.
    phase_policy, channel_policy, diversion_policy, sanction_policy, fairness_policy, support_policy
        The thresholds; our defaults unless given.
    steady
        How reluctantly a phase is left, instead of ``phase_policy``; see `banded`, which is what is
        taken where only standings are given. With neither the table decides alone.
    standings
        Where the phases stood after the look before (`ChannelReview.standings`), by brand in a
        market. A brand without one is new, and gets what the table says.
    zone
        As for `SalesLog.days`.

    Raises
    ------
    FileError, InvalidRowsError, InvalidValueError, UnknownNameError
        As in `monthly_sales`, `RebateLedger.from_events`, `schedule_zones` and `rebate_fairness`;
        also when sales and rebates are in two currencies, for the last day of the calendar, when
        the sales of a file name no brand, for facts of a channel that has no sales, for standings
        of a later day, and for two policies of phases.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel.review import review_channel
    >>> from relmkt.simulation import channel_market
    >>> made = channel_market(7, dealers=40)
    >>> review = review_channel(
    ...     made.sales,
    ...     as_of=date(2025, 12, 31),
    ...     distributors=made.distributors,
    ...     agreements=made.agreements,
    ...     schedules=made.schedules,
    ...     brand_markets=made.brand_markets,
    ... )
    >>> review.phases[0].outcome is made.truth.phases[review.markets[0]]
    True
    """
    if as_of == date.max:
        raise InvalidValueError(
            "as_of", f"be before {as_of}", as_of, remedy="there is no day after it"
        )
    agreed = list(agreements)
    found = gathered(
        sales,
        as_of=as_of,
        distributors=distributors,
        agreements=agreed,
        schedules=schedules,
        brand_markets=brand_markets,
        rebate_events=rebate_events,
        launches=support is not None and support.asks_for_launches,
        zone=zone,
    )
    facts, told = market_facts(found.monthly), found.diversion
    phases = decided_phases(
        facts, as_of=as_of, policy=phase_policy, steady=steady, standings=standings
    )
    suspicion = (diversion_policy or DiversionPolicy()).calibrate(told)
    diversion = suspicion.table().decide(told)
    sanctions, cases = sanction_policy or SanctionPolicy(), None
    if breaches is not None:
        conduct = breach_conduct(breaches, as_of=as_of, dealers=distributors)
        sanctions = sanctions.calibrate(conduct)
        cases = sanctions.table().decide(conduct)
    channels = measured_channels(facts, phases, distributors, agreed, schedules, diversion, as_of)
    contradicted: tuple[str, ...] = ()
    if channel_facts is not None:
        channels, contradicted = joined_channels(channels, channel_facts)
    return ChannelReview(
        as_of=as_of,
        distributors=distributors,
        monthly=found.monthly,
        phases=phases,
        conditions=(channel_policy or ChannelPolicy())
        .calibrate(channels)
        .checklist()
        .decide(channels),
        contradicted=contradicted,
        diversion=diversion,
        signals=suspicion.checklist().decide(told),
        balances=found.balances,
        zones=schedule_zones(schedules or {}, found.balances, as_of=as_of, unit_losses=unit_losses),
        left_out=found.left_out,
        repeated=found.repeated,
        told_twice=found.told_twice,
        unlisted=found.unlisted,
        shared=shared_places(agreed),
        fairness=None
        if schedules is None
        else rebate_fairness(
            found.balances, distributors, as_of=as_of, procedures=procedures, policy=fairness_policy
        ),
        support=None
        if support is None
        else review_support(
            distributors, support, as_of=as_of, launched=found.launched, policy=support_policy
        ),
        register=breaches,
        cases=cases,
        clawbacks=()
        if rebate_events is None
        else checked_clawbacks(
            rebate_events,
            as_of=as_of,
            register=breaches,
            dealers=distributors,
            policy=sanctions,
            zone=zone,
        ),
        currency=_one_currency(found.currency, found.balances),
    )


def _one_currency(currency: str | None, balances: tuple[RebateBalance, ...]) -> str | None:
    """The currency of sales and of rebates, which are added up and told as one."""
    for one in balances:
        if currency is None:
            currency = one.currency
        if one.currency != currency:
            raise InvalidValueError(
                "currency",
                f"be one for sales and rebates ({currency})",
                one.currency,
                where=f"the schedule {one.schedule!r} of dealer {one.dealer!r}",
                remedy="sums of two currencies mean nothing; review each currency by itself",
            )
    return currency


def _told(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)
