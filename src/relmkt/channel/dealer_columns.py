"""What is known of dealers as partners, as columns: candidates, fairness, and support."""

from __future__ import annotations

from relmkt.columns import Columns
from relmkt.domain import (
    AttitudeAnswer,
    BrandPosition,
    CandidateFacts,
    DealerContact,
    DealerFacts,
    DealerTraining,
    FairnessFacts,
    InformationItem,
    PromotionPlan,
)

__all__ = [
    "AttitudeAnswers",
    "BrandPositions",
    "Candidates",
    "DealerContacts",
    "DealerTrainings",
    "Fairness",
    "InformationItems",
    "PromotionPlans",
    "Supports",
]


class BrandPositions(Columns[BrandPosition]):
    """The positions of many brands: the columns of `BrandPosition`."""

    record_type = BrandPosition


class Candidates(Columns[CandidateFacts]):
    """Many dealers that might be taken on: the columns of `CandidateFacts`."""

    record_type = CandidateFacts


class Fairness(Columns[FairnessFacts]):
    """How fairly many classes of dealers are treated: the columns of `FairnessFacts`."""

    record_type = FairnessFacts


class DealerContacts(Columns[DealerContact]):
    """Many contacts with dealers: the columns of `DealerContact`."""

    record_type = DealerContact


class DealerTrainings(Columns[DealerTraining]):
    """Many trainings of dealers: the columns of `DealerTraining`."""

    record_type = DealerTraining


class AttitudeAnswers(Columns[AttitudeAnswer]):
    """Many answers of dealers: the columns of `AttitudeAnswer`."""

    record_type = AttitudeAnswer


class InformationItems(Columns[InformationItem]):
    """Many items of information: the columns of `InformationItem`."""

    record_type = InformationItem


class PromotionPlans(Columns[PromotionPlan]):
    """Many joint promotions: the columns of `PromotionPlan`."""

    record_type = PromotionPlan


class Supports(Columns[DealerFacts]):
    """What is known of the support of many dealers: the columns of `DealerFacts`."""

    record_type = DealerFacts
