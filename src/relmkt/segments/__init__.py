"""Numbers to labels: the pyramid, the two matrices, concentration, migration, cash, and claims."""

from relmkt.segments.cash import CashLine, CashStatement, cash_statement
from relmkt.segments.claims import CLAIMS, Measured, measure_claims
from relmkt.segments.concentration import Concentration, concentration_of
from relmkt.segments.cuts import PyramidCuts, PyramidPolicy
from relmkt.segments.matrices import (
    LINKED_STRATEGIES,
    MatrixPolicy,
    future_matrix,
    present_matrix,
)
from relmkt.segments.migration import Migration, migrate, migrate_pyramid
from relmkt.segments.pyramid import (
    PyramidReport,
    customer_pyramid,
    portfolio_pyramid,
)

__all__ = [
    "CLAIMS",
    "LINKED_STRATEGIES",
    "CashLine",
    "CashStatement",
    "Concentration",
    "MatrixPolicy",
    "Measured",
    "Migration",
    "PyramidCuts",
    "PyramidPolicy",
    "PyramidReport",
    "cash_statement",
    "concentration_of",
    "customer_pyramid",
    "future_matrix",
    "measure_claims",
    "migrate",
    "migrate_pyramid",
    "portfolio_pyramid",
    "present_matrix",
]
