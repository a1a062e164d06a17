"""Fairness to dealers: what is wrong with the procedure, and a verdict that puts it first."""

from __future__ import annotations

from typing import ClassVar

from relmkt.domain import FairnessFacts, FairnessVerdict, ProcedureFault
from relmkt.records import handles, schema
from relmkt.rules import Checklist, Monotonicity, Rule, Table, all_of, any_of, known, never
from relmkt.thresholds import OUR_DEFAULT, Policy, Quantile, policy, threshold

__all__ = ["FairnessPolicy", "procedure_faults"]

_PARTS = ("published", "consistent", "explained", "appealable")
_KUMAR = "Kumar, Scheer & Steenkamp 1995 (procedure before result); our default (the number)"

_WORST_FIRST = (FairnessVerdict.UNFAIR, FairnessVerdict.UNEVEN, FairnessVerdict.FAIR)


def _never_worse(feature: str, *, rises: bool = True) -> tuple[Monotonicity, ...]:
    """As a fact rises (or falls), never from a verdict to a worse one."""
    return tuple(
        never(verdict, _WORST_FIRST[:at], as_=feature, rises=rises)
        for at, verdict in enumerate(_WORST_FIRST)
        if at > 0
    )


@policy
class FairnessPolicy(Policy):
    """The thresholds of the table of fairness.

    Dealers judge how a decision came about and what it brought them; both shape the relationship,
    and the procedure does so more. So a wrong procedure is *unfair* however evenly it pays,
    and an uneven result of a right one wants an explanation. Whether the procedure is right is
    asked first, and where that is unknown no even result stands for it.

    References
    ----------
    N. Kumar, L. K. Scheer and J.-B. E. M. Steenkamp (1995), "The Effects of Supplier Fairness on
    Vulnerable Resellers", *Journal of Marketing Research* 32(1), 54-65, DOI
    10.1177/002224379503200107.

    Examples
    --------
    >>> from relmkt.domain import FairnessFacts
    >>> from relmkt.policies import FairnessPolicy
    >>> facts = FairnessFacts(
    ...     dealer_class="city",
    ...     published=True,
    ...     consistent=True,
    ...     explained=True,
    ...     appealable=False,
    ...     gini=0.0,
    ...     jain=1.0,
    ...     max_min_ratio=1.0,
    ... )
    >>> decision = FairnessPolicy().table().decide(facts)
    >>> decision.outcome.value, decision.reason
    ('unfair', 'no even result makes a wrong procedure good: not appealable')
    """

    gini_most: float | Quantile = threshold(
        default=0.2,
        unit="share",
        meaning="Gini coefficient up to which a result is even",
        source=_KUMAR,
    )
    jain_least: float | Quantile = threshold(
        default=0.9,
        unit="share",
        meaning="Jain's index from which a result is even",
        source=_KUMAR,
    )
    ratio_most: float | Quantile = threshold(
        default=3.0,
        unit="ratio",
        meaning="ratio of the largest to the smallest up to which a result is even",
        source=OUR_DEFAULT,
    )

    promises: ClassVar[tuple[Monotonicity, ...]] = (
        *(promise for part in _PARTS for promise in _never_worse(part)),
        *_never_worse("jain"),
        *_never_worse("gini", rises=False),
        *_never_worse("max_min_ratio", rises=False),
        *_never_worse("got_none", rises=False),
    )
    """What more of a fact never does, wherever the thresholds are.

    :meta hide-value:
    """

    def table(self) -> Table[FairnessFacts, FairnessVerdict]:
        """The table of fairness with these thresholds.

        Raises
        ------
        InvalidValueError
            When a threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        on = handles(FairnessFacts)
        parts = [getattr(on, part) for part in _PARTS]
        even = (
            (on.gini <= limits["gini_most"])
            & (on.jain >= limits["jain_least"])
            & (on.max_min_ratio <= limits["ratio_most"])
        )
        right = all_of(*parts)
        left_out = known(on.got_none) & (on.got_none > 0)
        return Table(
            name="fairness",
            facts=schema(FairnessFacts),
            rules=[
                Rule(
                    "F1",
                    any_of(*(~part for part in parts)),
                    FairnessVerdict.UNFAIR,
                    "no even result makes a wrong procedure good: {because}",
                ),
                Rule(
                    "F4",
                    right & left_out,
                    FairnessVerdict.UNEVEN,
                    "the procedure is right, and the result wants an explanation: "
                    "{got_none} of {dealers} dealers got nothing",
                ),
                Rule(
                    "F2",
                    right & ~even,
                    FairnessVerdict.UNEVEN,
                    "the procedure is right, and the result wants an explanation: {because}",
                ),
                Rule(
                    "F3",
                    right & even,
                    FairnessVerdict.FAIR,
                    "the procedure is right and the result even: {because}",
                ),
            ],
            undecided=FairnessVerdict.UNDETERMINED,
            constants=limits,
        )


def procedure_faults() -> Checklist[FairnessFacts, ProcedureFault]:
    """What is wrong with a procedure, as a checklist; a claim that nothing shows is a fault too.

    Examples
    --------
    >>> from relmkt.domain import FairnessFacts
    >>> from relmkt.policies import procedure_faults
    >>> facts = FairnessFacts(
    ...     dealer_class="city", published=True, published_shown=False, explained=False
    ... )
    >>> found = procedure_faults().decide(facts)
    >>> [fault.value for fault in found.outcomes]
    ['no_evidence', 'not_explained']
    >>> found.reasons["E1"]
    'claimed, and nothing shows it: published, publication not shown'
    """
    on = handles(FairnessFacts)
    faults = (
        ProcedureFault.NOT_PUBLISHED,
        ProcedureFault.NOT_CONSISTENT,
        ProcedureFault.NOT_EXPLAINED,
        ProcedureFault.NOT_APPEALABLE,
    )
    rules: list[Rule[ProcedureFault]] = []
    for at, (part, fault) in enumerate(zip(_PARTS, faults, strict=True), start=1):
        right, shown = getattr(on, part), getattr(on, f"{part}_shown")
        rules.append(Rule(f"P{at}", ~right, fault, "{because}"))
        rules.append(
            Rule(
                f"E{at}",
                right & ~shown,
                ProcedureFault.NO_EVIDENCE,
                "claimed, and nothing shows it: {because}",
            )
        )
    return Checklist(name="procedure", facts=schema(FairnessFacts), rules=rules)
