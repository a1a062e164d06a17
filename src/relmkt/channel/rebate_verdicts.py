"""How fair the rebates of a channel are, class by class: the procedure, and then the result."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from relmkt._coercion import NAMED_ROWS
from relmkt.calendars import ONE_DAY, Span
from relmkt.channel.columns import Distributors
from relmkt.channel.dealer_columns import Fairness
from relmkt.channel.fairness import ClassFairness, FairnessReport, fairness_report
from relmkt.channel.rebate_balances import RebateBalance
from relmkt.domain import FairnessFacts, FairnessVerdict, ProcedureFault, RebateBasis
from relmkt.errors import InvalidRowsError
from relmkt.policies import FairnessPolicy, procedure_faults
from relmkt.records import schema
from relmkt.rules import Checked, CheckedRows, Decision, Decisions

__all__ = ["NOT_COMPARED", "RebateFairness", "rebate_fairness"]

NOT_COMPARED = "not compared, for some rebates go by units and some by money"
"""What is said of a class with both (`RebateFairness.mixed`)."""

_YEAR = Span(12, "month")
_PARTS = ("published", "consistent", "explained", "appealable")


@attrs.frozen(kw_only=True, eq=False)
class RebateFairness:
    """How fair the rebates are that dealers earned, class by class.

    Attributes
    ----------
    report
        The figures of every class, and of the dealers of whom no class is known.
    decisions
        The verdict on each class that has a name, in the order of the report.
    faults
        What is wrong with its procedure, or claimed and not shown, row by row the same.
    contradicted
        What was said of the procedure and is not so by the agreements, in words.
    mixed
        The classes in which some rebates go by units and some by money, None for the dealers of no
        known class: a unit is not compared with a unit of money, and they have no figures.
    """

    report: FairnessReport
    decisions: Decisions[FairnessFacts, FairnessVerdict]
    faults: CheckedRows[FairnessFacts, ProcedureFault]
    contradicted: tuple[str, ...]
    mixed: tuple[Any, ...]

    def judged(
        self,
    ) -> list[
        tuple[
            ClassFairness,
            Decision[FairnessFacts, FairnessVerdict],
            Checked[FairnessFacts, ProcedureFault],
        ]
    ]:
        """The classes that have a name, each with the verdict on it and the faults."""
        named = [one for one in self.report if one.dealer_class is not None]
        return list(zip(named, self.decisions, self.faults, strict=True))

    def unknown(self, row: int) -> tuple[str, ...]:
        """What is not known of the procedure of one class, in words, in the order of `judged`."""
        features = schema(FairnessFacts).features
        return tuple(features[name].label for name in self.faults[row].missing)

    @property
    def unnamed(self) -> ClassFairness | None:
        """The figures of the dealers of whom no class is known: there is no verdict on them."""
        return next((one for one in self.report if one.dealer_class is None), None)


def rebate_fairness(
    balances: Iterable[RebateBalance],
    distributors: Distributors,
    *,
    as_of: date,
    procedures: Fairness | None = None,
    policy: FairnessPolicy | None = None,
) -> RebateFairness:
    """Judge the rebates of the contract years that were over last, class by class.

    Compared is what each dealer earned for each unit that counts, in the latest contract year of
    each of its agreements that was over within the last twelve months. Who had none is counted as
    unknown, and so is everybody in a class in which some rebates go by units and some by money.
    What agreements tell of the procedure:

    - *published*: each of them says on which day its schedule was published. A day after the start
      of the contract year shows that it was not, in time; where a day is missing, nothing is known.
    - *consistent*: not, where dealers of a class have different schedules for one brand. That they
      have the same does not say that it was applied alike.

    Parameters
    ----------
    balances
        The balances of a ledger of rebates on the day.
    distributors
        The dealers, with their classes.
    as_of
        The day.
    procedures
        What is known beside, by class: whether decisions were explained, can be appealed, and what
        shows that. It fills what the agreements leave open and changes nothing that they tell; nor
        does it the indexes, which are those of the sales.
    policy
        The limits; our defaults unless given.

    Raises
    ------
    InvalidRowsError
        When a procedure is of a class that no dealer has, or stands there twice.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import Distributors, Fairness, rebate_fairness
    >>> dealers = Distributors(dealer=["D-7", "D-8"], dealer_class=["city", "city"])
    >>> found = rebate_fairness(
    ...     [],
    ...     dealers,
    ...     as_of=date(2026, 3, 31),
    ...     procedures=Fairness(dealer_class=["city"], appealable=[False]),
    ... )
    >>> found.decisions[0].reason
    'no even result makes a wrong procedure good: not appealable'
    """
    latest = latest_years(balances, as_of)
    ids: list[Any] = distributors.dealer.tolist()
    classes: list[Any] = distributors.dealer_class.tolist()
    mine = [latest.get(dealer, []) for dealer in ids]
    bases: dict[Any, set[RebateBasis]] = {}
    for name, held in zip(classes, mine, strict=True):
        bases.setdefault(name, set()).update(one.basis for one in held)
    mixed = tuple(name for name, found in bases.items() if len(found) > 1)
    report = fairness_report(
        ids,
        [float(_sum(one.accrued for one in held)) if held else math.nan for held in mine],
        [
            max(float(_sum(one.volume for one in held)), 0.0)
            if held and name not in mixed
            else math.nan
            for name, held in zip(classes, mine, strict=True)
        ],
        classes,
        rules=[_rules(held) for held in mine],
    )
    of_class: dict[Any, list[RebateBalance]] = {}
    for name, held in zip(classes, mine, strict=True):
        of_class.setdefault(name, []).extend(held)
    named = [one for one in report if one.dealer_class is not None]
    measured = {
        "published": [_published(of_class[one.dealer_class]) for one in named],
        "consistent": [False if one.same_rule is False else None for one in named],
    }
    columns, contradicted = _procedure([one.dealer_class for one in named], measured, procedures)
    facts = report.facts(**columns)
    limits = (policy or FairnessPolicy()).calibrate(facts)
    return RebateFairness(
        report=report,
        decisions=limits.table().decide(facts),
        faults=procedure_faults().decide(facts),
        contradicted=contradicted,
        mixed=mixed,
    )


def latest_years(balances: Iterable[RebateBalance], as_of: date) -> dict[Any, list[RebateBalance]]:
    """For each dealer the latest year of each agreement, of those that were over lately."""
    since = _YEAR.end(as_of + ONE_DAY, -1)
    found: dict[Any, RebateBalance] = {}
    for one in balances:
        if since < one.year.end <= as_of + ONE_DAY:
            held = found.get(one.agreement)
            if held is None or held.year < one.year:
                found[one.agreement] = one
    of: dict[Any, list[RebateBalance]] = {}
    for one in found.values():
        of.setdefault(one.dealer, []).append(one)
    return of


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _rules(balances: list[RebateBalance]) -> dict[Any, str] | None:
    """The schedules of one dealer, by brand; None where there is none."""
    of: dict[Any, set[str]] = {}
    for one in balances:
        of.setdefault(one.agreement.brand, set()).add(one.schedule)
    return {brand: "; ".join(sorted(names)) for brand, names in of.items()} or None


def _published(balances: list[RebateBalance]) -> bool | None:
    """Whether each schedule was published before its contract year began."""
    days = [one.agreement.published for one in balances]
    if any(
        day is not None and day > one.year.start for day, one in zip(days, balances, strict=True)
    ):
        return False
    return True if days and None not in days else None


def _procedure(
    classes: list[Any], measured: Mapping[str, list[bool | None]], procedures: Fairness | None
) -> tuple[dict[str, list[Any]], tuple[str, ...]]:
    """The columns on the procedure: as measured, else as said; and what was said and is not so."""
    columns: dict[str, list[Any]] = {name: list(values) for name, values in measured.items()}
    if procedures is None:
        return columns, ()
    row_of = _rows(classes, procedures)
    contradicted: list[str] = []
    for part in _PARTS:
        values = columns.setdefault(part, [None] * len(classes))
        said = [procedures.values(name) for name in (part, f"{part}_shown", f"{part}_evidence")]
        shown: list[Any] = [None] * len(classes)
        evidence: list[Any] = [None] * len(classes)
        for at, name in enumerate(classes):
            row = row_of.get(name)
            if row is None:
                continue
            claim = said[0][row]
            if values[at] is None:
                values[at] = claim
            elif claim is not None and claim is not values[at]:
                contradicted.append(
                    f"{name}: said to be {_word(part, claim)}; by the agreements it is "
                    f"{_word(part, values[at])}"
                )
                continue
            shown[at], evidence[at] = said[1][row], said[2][row]
        columns[f"{part}_shown"], columns[f"{part}_evidence"] = shown, evidence
    return columns, tuple(contradicted)


def _word(part: str, value: bool) -> str:
    return part if value else f"not {part}"


def _rows(classes: list[Any], procedures: Fairness) -> dict[Any, int]:
    """The row of each class; a procedure that is of none is refused, and so is a second one."""
    row_of: dict[Any, int] = {}
    problems: dict[int, str] = {}
    for row, name in enumerate(procedures.ids.tolist()):
        if name not in classes:
            known = ", ".join(repr(one) for one in classes) or "none"
            problems[row] = f"no dealer is of the class {name!r}; the classes are {known}"
        elif row_of.setdefault(name, row) != row:
            problems[row] = f"the class {name!r} stands there twice"
    if problems:
        rows = list(problems)
        raise InvalidRowsError(
            "the procedures",
            [problems[row] for row in rows[:NAMED_ROWS]],
            total=len(rows),
            remedy="name each class as the dealers do, once",
            rows=rows[:NAMED_ROWS],
        )
    return row_of
