"""How fairly a class of dealers is treated: the procedure, what came of it, and the verdict."""

from __future__ import annotations

from enum import StrEnum

from relmkt.records import Constraint, Handles, flag, identity, number, record, text
from relmkt.rules import absent

__all__ = ["FairnessFacts", "FairnessVerdict", "ProcedureFault"]


class ProcedureFault(StrEnum):
    """What is wrong with a procedure."""

    NOT_PUBLISHED = "not_published"
    """The rules were not told to all whom they are for before they held."""
    NOT_CONSISTENT = "not_consistent"
    """Dealers of one class have different rules, or the same rule was applied differently."""
    NOT_EXPLAINED = "not_explained"
    """Dealers were not told how the decision on them came about."""
    NOT_APPEALABLE = "not_appealable"
    """A dealer cannot have the decision on it looked at again."""
    NO_EVIDENCE = "no_evidence"
    """The procedure is claimed to be right, and nothing shows it."""


class FairnessVerdict(StrEnum):
    """How fair a class of dealers is treated, the best first."""

    FAIR = "fair"
    """By a right procedure, and evenly by what each has done."""
    UNEVEN = "uneven"
    """By a right procedure, and unevenly: it wants a look and an explanation."""
    UNFAIR = "unfair"
    """By a wrong procedure, which no even result makes good."""
    UNDETERMINED = "undetermined"
    """Too little is known."""


def _shown(what: str) -> str:
    return f"what shows that {what}; where to find it"


@record
class FairnessFacts:
    """What the checklist of procedure and the table of fairness ask of one class of dealers.

    What is claimed and what shows it are two facts: see `policies.FairnessPolicy`. The indexes are
    of what dealers got for each unit of their effort.

    Examples
    --------
    >>> from relmkt.domain import FairnessFacts
    >>> facts = FairnessFacts(dealer_class="city", published=True, published_shown=True)
    >>> facts.appealable is None
    True
    """

    dealer_class: str = identity("the class of dealers for which the same rules hold")
    dealers: int | None = number(
        "dealers of the class that got something or did something",
        unit="dealer",
        lower=0,
        whole=True,
        default=None,
    )
    got_none: int | None = number(
        "dealers of the class that got nothing for their effort, while others got something",
        unit="dealer",
        lower=0,
        whole=True,
        spoken="dealers with nothing",
        default=None,
    )
    published: bool | None = flag(
        "whether the rules were told to all whom they are for before they held",
        denied="not published",
        default=None,
    )
    published_shown: bool | None = flag(
        "whether there is evidence of that",
        spoken="publication shown",
        denied="publication not shown",
        default=None,
    )
    published_evidence: str | None = text(_shown("the rules were published"), default=None)
    consistent: bool | None = flag(
        "whether dealers of the class have the same rules, applied in the same way",
        denied="not consistent",
        default=None,
    )
    consistent_shown: bool | None = flag(
        "whether there is evidence of that",
        spoken="consistency shown",
        denied="consistency not shown",
        default=None,
    )
    consistent_evidence: str | None = text(_shown("the rules are consistent"), default=None)
    explained: bool | None = flag(
        "whether dealers were told how the decision on them came about",
        denied="not explained",
        default=None,
    )
    explained_shown: bool | None = flag(
        "whether there is evidence of that",
        spoken="explanation shown",
        denied="explanation not shown",
        default=None,
    )
    explained_evidence: str | None = text(_shown("decisions were explained"), default=None)
    appealable: bool | None = flag(
        "whether a dealer can have the decision on it looked at again, by another person",
        denied="not appealable",
        default=None,
    )
    appealable_shown: bool | None = flag(
        "whether there is evidence of that",
        spoken="way of appeal shown",
        denied="way of appeal not shown",
        default=None,
    )
    appealable_evidence: str | None = text(_shown("there is a way of appeal"), default=None)
    gini: float | None = number(
        "Gini coefficient among the dealers of the class",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    jain: float | None = number(
        "Jain's index of fairness among the dealers of the class",
        unit="share",
        lower=0,
        upper=1,
        default=None,
    )
    max_min_ratio: float | None = number(
        "what the one that gets most gets, for each unit of the one that gets least; absent where "
        "that one gets nothing",
        unit="ratio",
        lower=1,
        default=None,
    )

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        """The rules between the fields."""
        del cls
        names = ("published", "consistent", "explained", "appealable")
        shown = (
            Constraint(
                f"{name}_shown",
                ~getattr(on, f"{name}_shown") | getattr(on, name),
                remedy="what is not so cannot be shown to be",
            )
            for name in names
        )
        return (
            *shown,
            Constraint(
                "max_min_ratio",
                absent(on.max_min_ratio) | absent(on.got_none) | (on.got_none <= 0),
                remedy="nothing has no multiple; leave the ratio absent",
            ),
        )
