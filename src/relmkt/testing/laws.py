"""Laws that rules, policies and record types keep, and ways to try your own against them.

Each function returns nothing where every law holds, and raises a `BrokenLawError` where one does
not: the law in a sentence, the smallest case that Hypothesis found, and what was found there. It
is an AssertionError, so that test runners show it as a failed test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from relmkt.columns import Columns
from relmkt.errors import BrokenLawError
from relmkt.rules import (
    Checklist,
    Condition,
    Finding,
    Handle,
    Monotonicity,
    PastUnknown,
    Table,
    as_condition,
)
from relmkt.testing._arguments import (
    check_columns_type,
    check_kind,
    check_policy_or_type,
    check_promises_apply,
    records_in,
)
from relmkt.testing._cases import Case, cases
from relmkt.testing._column_laws import check_layouts
from relmkt.testing._edges import edges
from relmkt.testing._policy_laws import PolicyOnTrial, TableOf, calibrations
from relmkt.testing._readings import Rules
from relmkt.testing._rule_laws import CASE_LAWS, RULES_LAWS, tried_on
from relmkt.testing._ways import decided_alike
from relmkt.testing.strategies import policies, records
from relmkt.thresholds import Policy

__all__ = ["check_checklist", "check_columns", "check_decisions", "check_policy", "check_table"]

R = TypeVar("R")
P = TypeVar("P", bound=Policy)


def check_table(
    table: Table[Any, Any],
    *,
    given: Iterable[Condition | Handle] = (),
    never: Iterable[Monotonicity] = (),
    accept: Iterable[type[Finding[Any, Any]]] = (),
    max_examples: int = 100,
    node_limit: int = 500_000,
) -> None:
    """Try a table against every law of tables.

    It is verified before it runs; then it decides on records at each threshold of each rule and
    beside it, and on records that are drawn, complete ones and such with gaps. The same facts must
    be decided alike one by one, in columns, in any order, by a copy of the table, and by truth
    tables written independently of the library. What is settled must stay so whatever the missing
    facts turn out to be, and the facts said to be missing must settle the rest; assumptions
    overrule nothing; explanations and reasons agree with the decision and can be said; the version
    moves with the policy and with nothing else.

    Parameters
    ----------
    table
        The table.
    given
        What is true, or unknown, of every record that can come; for verifying and for promises.
    never
        Promises on monotonicity, made with `relmkt.rules.never`.
    accept
        Kinds of findings that are meant, for example ``[Gap]`` where "no rule fits" is an answer.
        `PastUnknown` is no fault, and always accepted.
    max_examples
        How many cases are drawn, of up to three records each. How they are drawn, and whether the
        same every time, is for the Hypothesis profile that is loaded.
    node_limit
        As in `Table.verify`; reaching it counts as broken, for then nobody knows.

    Raises
    ------
    BrokenLawError
        With the law, the smallest case that breaks it, and what was found.
    InvalidValueError
        For what is no table; a checklist is tried by `check_checklist`.

    Examples
    --------
    >>> from relmkt.records import handles, identity, number, record, schema
    >>> from relmkt.rules import ALWAYS, Rule, Table, never
    >>> from relmkt.testing import laws
    >>> @record
    ... class Account:
    ...     account: str = identity("the account's number")
    ...     overdue: float | None = number(
    ...         "days since the invoice fell due", unit="day", default=None
    ...     )
    >>> table = Table(
    ...     name="dunning",
    ...     facts=schema(Account),
    ...     rules=[
    ...         Rule("late", handles(Account).overdue > 30, "call"),
    ...         Rule("fine", ALWAYS, "wait", "not late enough"),
    ...     ],
    ... )
    >>> laws.check_table(table, never=[never("call", as_="overdue")], max_examples=10)
    """
    check_kind("table", table, Table, remedy="a checklist is tried by check_checklist")
    _check_rules(table, tuple(given), tuple(never), tuple(accept), max_examples, node_limit)


def check_checklist(
    checklist: Checklist[Any, Any],
    *,
    given: Iterable[Condition | Handle] = (),
    accept: Iterable[type[Finding[Any, Any]]] = (),
    max_examples: int = 100,
    node_limit: int = 500_000,
) -> None:
    """Try a checklist against every law of checklists, which are those of tables.

    It is verified before it runs; then it answers for records at each threshold of each rule and
    beside it, and for records that are drawn, complete ones and such with gaps. Each rule must
    hold, fail or be unknown alike one by one, in columns, in any order, in data frames, by a copy
    of the checklist, as read back from JSON, and by truth tables written independently of the
    library. What is known to hold or to fail must stay so whatever the missing facts turn out to
    be, and the facts said to be missing must settle the rest, but for rules that ask whether a
    fact is absent; assumptions overrule nothing; explanations and reasons agree with the answers
    and can be said; the version moves with the rules and with nothing else.

    Parameters
    ----------
    checklist
        The checklist.
    given
        What is true, or unknown, of every record that can come; for verifying.
    accept
        Kinds of findings that are meant, for example ``[Unsatisfiable]``.
    max_examples, node_limit
        As in `check_table`.

    Raises
    ------
    BrokenLawError
        With the law, the smallest case that breaks it, and what was found.
    InvalidValueError
        For what is no checklist; a table is tried by `check_table`.

    Examples
    --------
    >>> from relmkt.records import flag, handles, identity, number, record, schema
    >>> from relmkt.rules import Checklist, Rule
    >>> from relmkt.testing import laws
    >>> @record
    ... class Letter:
    ...     letter: str = identity("the letter's number")
    ...     consent: bool | None = flag("whether the reader agreed to get it", default=None)
    ...     words: int | None = number("its length", unit="words", whole=True, default=None)
    >>> on = handles(Letter)
    >>> rules = [Rule("consent", ~on.consent, "do not send"), Rule("long", on.words > 300, "cut")]
    >>> checklist = Checklist(name="before it is sent", facts=schema(Letter), rules=rules)
    >>> laws.check_checklist(checklist, max_examples=10)
    """
    check_kind("checklist", checklist, Checklist, remedy="a table is tried by check_table")
    _check_rules(checklist, tuple(given), (), tuple(accept), max_examples, node_limit)


def check_decisions(
    table: Table[R, Any] | Checklist[R, Any], subject: Iterable[R] | Columns[R]
) -> None:
    """Try a table or a checklist on the very records given, as on last month's portfolio.

    The laws are those of `check_table`, those left out that verifying answers. Nothing is drawn, so
    that it may stand inside a Hypothesis test of your own: what one record does not know is taken
    from the next, and their other order is the reverse.

    Parameters
    ----------
    table
        The table, or the checklist.
    subject
        The records, or columns of them.

    Raises
    ------
    BrokenLawError
        With the law, the record that breaks it, and what was found.
    InvalidValueError
        For what is no table, and for what are no records of its type.

    Examples
    --------
    >>> from relmkt.columns import Portfolio
    >>> from relmkt.segments import MatrixPolicy, future_matrix
    >>> from relmkt.testing import laws
    >>> portfolio = Portfolio(
    ...     customer=["C-1", "C-2"], current_profit=[80, None], residual_value=[150, 20]
    ... )
    >>> laws.check_decisions(future_matrix(MatrixPolicy(residual_value_high=100)), portfolio)
    """
    check_kind("table", table, Table, Checklist)
    made = records_in(subject, table.facts.record_type)
    _check_case(Case.of(table, made))


def check_policy(
    policy: P | type[P],
    *,
    tables: Iterable[TableOf[P]] = (),
    portfolio: Columns[Any] | None = None,
    given: Iterable[Condition | Handle] = (),
    never: Iterable[Monotonicity] = (),
    accept: Iterable[type[Finding[Any, Any]]] = (),
    max_examples: int = 100,
    node_limit: int = 500_000,
) -> None:
    """Try a policy against every law of policies, and its table against every law of tables.

    What it builds may be a checklist: that is tried as in `check_checklist`.

    Every threshold must matter; JSON must give back the same policy; its table must be the same
    each time it is built. Calibrating must give plain numbers, the same for the same customers in
    any order, and leave plain numbers as they are. Then its table is tried as in `check_table`, at
    its own thresholds and, where a type is given, at others.

    Parameters
    ----------
    policy
        The policy; or its type, to try it with other thresholds than the defaults too.
    tables
        Functions that build a table or a checklist from a calibrated policy; by default its method
        ``table``.
    portfolio
        Columns to calibrate on before verifying; by default their numbers are evenly spread.
    given, never, accept, max_examples, node_limit
        As in `check_table`; they hold for every table. Promises say nothing of checklists.

    Raises
    ------
    BrokenLawError
        With the law, the smallest case that breaks it, and what was found.
    InvalidValueError
        For what is no policy, for one that has no ``table`` where `tables` names none, and for
        promises where every table is a checklist.

    Examples
    --------
    >>> from relmkt.domain import Strategy
    >>> from relmkt.policies import StrategyPolicy
    >>> from relmkt.rules import never
    >>> from relmkt.testing import laws
    >>> promise = never(Strategy.PROTECT, as_="attrition_risk")
    >>> laws.check_policy(StrategyPolicy, never=[promise], max_examples=10)
    """
    check_policy_or_type(policy)
    is_type = isinstance(policy, type)
    conditions = tuple(as_condition(condition) for condition in given)
    promises, meant = tuple(never), tuple(accept)
    one = cast("P", policy() if is_type else policy)
    trial = PolicyOnTrial(one, tuple(tables))
    calibrated = trial.calibrated(portfolio)
    trial.check_itself(calibrated)
    built = trial.tables_of(calibrated)
    check_promises_apply(promises, built, trial.name)
    for each in built:
        _check_rules_themselves(each, conditions, promises, meant, node_limit)
    drawn = policies(type(one)) | st.just(one) if is_type else st.just(one)

    def check(calibration: Any) -> None:
        for case in trial.check_calibration(calibration):
            _check_case(case)

    _tried(calibrations(trial, drawn, calibrated, promises, conditions), check, max_examples)


def check_columns(columns_type: type[Columns[Any]], *, max_examples: int = 100) -> None:
    """Try a record type and its columns against the laws of one schema with two layouts.

    Records gathered and read back must be the same, in any order and in parts; both layouts must
    survive copying and pickling, and keep the rules between fields as truth tables judge them.

    Parameters
    ----------
    columns_type
        The type of the columns, which names the record type.
    max_examples
        How many lists of records are drawn.

    Raises
    ------
    BrokenLawError
        With the law, the smallest case that breaks it, and what was found.

    Examples
    --------
    >>> from relmkt.columns import Portfolio
    >>> from relmkt.testing import laws
    >>> laws.check_columns(Portfolio, max_examples=10)
    """
    check_columns_type(columns_type)
    kind = columns_type.record_type
    drawn = st.booleans().flatmap(lambda zoned: st.lists(records(kind, zoned=zoned), max_size=4))
    _tried(drawn, lambda made: check_layouts(columns_type, made), max_examples)


# ------------------------------------------------------------------------------------ trying

_PATIENCE = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
"""What Hypothesis would complain of in wide record types with rules between their fields."""


def _tried(drawn: st.SearchStrategy[Any], check: Callable[[Any], None], max_examples: int) -> None:
    """Try a check on what is drawn; what breaks it is told without what Hypothesis adds."""
    seen: list[BrokenLawError] = []

    @settings(
        max_examples=max_examples,
        deadline=None,
        database=None,  # it would give one subject what was found of another
        phases=[phase for phase in settings().phases if phase is not Phase.explain],
        report_multiple_bugs=False,
        suppress_health_check=_PATIENCE,
    )
    @given(drawn)
    def law(one: Any) -> None:
        try:
            check(one)
        except BrokenLawError as error:
            seen.append(error)
            raise

    try:
        law()
    except BrokenLawError as error:
        raise _without_notes(error) from error.__cause__
    except Flaky:  # what broke it once does not always
        if not seen:
            raise
        raise _without_notes(seen[-1]) from seen[-1].__cause__


def _without_notes(error: BrokenLawError) -> BrokenLawError:
    return BrokenLawError(error.subject, error.law, case=error.case, found=error.found)


def _check_case(case: Case) -> None:
    for law in CASE_LAWS:
        tried_on(case, law)


def _check_rules(
    rules: Rules,
    given: tuple[Condition | Handle, ...],
    promises: tuple[Monotonicity, ...],
    accept: tuple[type[Finding[Any, Any]], ...],
    max_examples: int,
    node_limit: int,
) -> None:
    conditions = tuple(map(as_condition, given))
    _check_rules_themselves(rules, conditions, promises, accept, node_limit)
    _tried(cases(rules, promises=promises, given=conditions), _check_case, max_examples)


def _check_rules_themselves(
    rules: Rules,
    conditions: tuple[Condition, ...],
    promises: tuple[Monotonicity, ...],
    accept: tuple[type[Finding[Any, Any]], ...],
    node_limit: int,
) -> None:
    for holds in RULES_LAWS:
        holds(rules)
    asked: dict[str, Any] = {"never": promises} if isinstance(rules, Table) else {}
    found = rules.verify(given=conditions, node_limit=node_limit, **asked)
    faults = [each for each in found.findings if not isinstance(each, (PastUnknown, *accept))]
    told = [str(each) for each in faults]
    if not found.complete:
        told += str(found).splitlines()[1 + len(found.findings) :]
    if told:
        raise BrokenLawError(
            rules.name,
            "verified before it runs, nothing is wrong with it",
            found=map(str.strip, told),
        )
    tried_on(Case.of(rules, edges(rules, conditions)), decided_alike)
