"""What is known of dealers as partners, as columns: candidates, fairness, and support."""

from __future__ import annotations

from relmkt.columns import Columns
from relmkt.domain import BrandPosition, CandidateFacts, FairnessFacts

__all__ = ["BrandPositions", "Candidates", "Fairness"]


class BrandPositions(Columns[BrandPosition]):
    """The positions of many brands: the columns of `BrandPosition`."""

    record_type = BrandPosition


class Candidates(Columns[CandidateFacts]):
    """Many dealers that might be taken on: the columns of `CandidateFacts`."""

    record_type = CandidateFacts


class Fairness(Columns[FairnessFacts]):
    """How fairly many classes of dealers are treated: the columns of `FairnessFacts`."""

    record_type = FairnessFacts
