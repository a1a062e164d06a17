"""The cells of the two profitability matrices."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["FutureCell", "PresentCell"]


class PresentCell(StrEnum):
    """Matrix A: contribution today (before cost to serve) against cost to serve."""

    MOST_PROFITABLE = "most_profitable"
    """High contribution, low cost to serve: keep and protect."""
    PROFITABLE_CHEAP = "profitable_cheap"
    """Low contribution, low cost to serve: enhance, and keep it cheap."""
    PROFITABLE_COSTLY = "profitable_costly"
    """High contribution, high cost to serve: protect, and lower the cost."""
    LEAST_PROFITABLE = "least_profitable"
    """Low contribution, high cost to serve: re-engineer first, end last."""


class FutureCell(StrEnum):
    """Matrix B: profit today (net of cost to serve) against profit expected."""

    BEST = "best"
    """High now and ahead: protect and enhance."""
    INVEST = "invest"
    """Low now, high ahead: enhance."""
    RETAIN = "retain"
    """High now, low ahead: harvest."""
    WORST = "worst"
    """Low now and ahead: re-engineer first, end last."""
