"""Conditions and tables: facts of one thing in; the rule that decides and its reason out."""

from relmkt.rules._blocks import ABSENT_CODE, Layout
from relmkt.rules._differences import Differences, differences
from relmkt.rules._movers import Mover
from relmkt.rules._ruled import Facts, Rule
from relmkt.rules._statements import stated
from relmkt.rules._words import shown
from relmkt.rules.basis import Basis
from relmkt.rules.check_expressions import CheckExpression
from relmkt.rules.checklists import Checked, CheckedRows, Checklist
from relmkt.rules.comparison import TableComparison
from relmkt.rules.conditions import (
    ALWAYS,
    NEVER,
    Absent,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Flagged,
    Handle,
    OneOf,
    Op,
    Threshold,
    absent,
    all_of,
    any_of,
    as_condition,
    atoms,
    features_in,
    known,
    negate,
)
from relmkt.rules.decisions import AtomTrace, Decision, Decisions, Explanation, RuleTrace
from relmkt.rules.expressions import Expression
from relmkt.rules.features import Feature, Kind
from relmkt.rules.nearest import Change, Nearest
from relmkt.rules.tables import Table
from relmkt.rules.verification import (
    ANYTHING,
    Anything,
    Broken,
    Finding,
    Gap,
    Monotonicity,
    Overlap,
    PastUnknown,
    Shadowed,
    Unsatisfiable,
    Verification,
    never,
)

__all__ = [
    "ABSENT_CODE",
    "ALWAYS",
    "ANYTHING",
    "NEVER",
    "Absent",
    "AllOf",
    "AnyOf",
    "Anything",
    "AtomTrace",
    "Basis",
    "Broken",
    "Change",
    "CheckExpression",
    "Checked",
    "CheckedRows",
    "Checklist",
    "Comparison",
    "Condition",
    "Decision",
    "Decisions",
    "Differences",
    "Explanation",
    "Expression",
    "Facts",
    "Feature",
    "Finding",
    "Flagged",
    "Gap",
    "Handle",
    "Kind",
    "Layout",
    "Monotonicity",
    "Mover",
    "Nearest",
    "OneOf",
    "Op",
    "Overlap",
    "PastUnknown",
    "Rule",
    "RuleTrace",
    "Shadowed",
    "Table",
    "TableComparison",
    "Threshold",
    "Unsatisfiable",
    "Verification",
    "absent",
    "all_of",
    "any_of",
    "as_condition",
    "atoms",
    "differences",
    "features_in",
    "known",
    "negate",
    "never",
    "shown",
    "stated",
]
