"""The laws of policies: thresholds that matter, calibrating that can be repeated, and JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Generic, TypeAlias, TypeVar, cast

import attrs
import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from relmkt.columns import Columns
from relmkt.errors import BrokenLawError, InvalidValueError, RelmktError
from relmkt.policy_json import policy_from_json, policy_to_json
from relmkt.records import schema
from relmkt.rules import Checklist, Condition, Kind, Monotonicity, Table
from relmkt.testing._arguments import check_kind
from relmkt.testing._cases import Case, cases, columns_of, written
from relmkt.testing._readings import Rules
from relmkt.testing.strategies import columns
from relmkt.thresholds import Policy, Quantile, thresholds

__all__ = ["Calibration", "PolicyOnTrial", "TableOf", "calibrations", "spread_evenly"]

P = TypeVar("P", bound=Policy)

TableOf: TypeAlias = Callable[[P], Rules]
"""A function that builds a table or a checklist from a calibrated policy."""

_SPREAD = 101
_WIDE = 1000.0
_ANY: dict[Kind, Any] = {
    Kind.FLAG: False,
    Kind.INSTANT: datetime(2000, 1, 1),
    Kind.DAY: date(2000, 1, 1),
    Kind.TEXT: "-",
}


@attrs.frozen
class Calibration(Generic[P]):
    """A policy, the portfolio that it is calibrated on, and a case for each of its tables.

    Attributes
    ----------
    policy
        The policy before it is calibrated.
    rows
        The portfolio.
    order
        The positions of its rows in another order.
    calibrated
        The policy with plain numbers.
    cases
        What its tables are tried on.
    """

    policy: P
    rows: Columns[Any]
    order: tuple[int, ...]
    calibrated: P
    cases: tuple[Case, ...]


@attrs.frozen
class PolicyOnTrial(Generic[P]):
    """A policy, and the functions that build its tables."""

    policy: P
    _builders: tuple[TableOf[P], ...]

    @property
    def name(self) -> str:
        """The name of its type."""
        return type(self.policy).__name__

    def tables_of(self, policy: P) -> tuple[Rules, ...]:
        """The tables and checklists of a policy."""
        return tuple(self._built(build, policy) for build in self._builders or (_own_table,))

    def _built(self, build: TableOf[P], policy: P) -> Rules:
        if not callable(build):
            raise InvalidValueError("tables", "be functions that build a table", build)
        found = build(policy)
        check_kind("tables", found, Table, Checklist, where=f"what {self.name} builds")
        return found

    @property
    def record_type(self) -> type[Any]:
        """The record type that its tables decide on."""
        numbers = {
            name: value.otherwise
            for name, value in self.policy.values().items()
            if isinstance(value, Quantile)
        }
        plain = cast("P", attrs.evolve(cast("Any", self.policy), **numbers))
        return self.tables_of(plain)[0].facts.record_type

    def calibrated(self, portfolio: Columns[Any] | None) -> P:
        """The policy with plain numbers, taken where none is given on numbers evenly spread."""
        quantiles = [x for x in self.policy.values().values() if isinstance(x, Quantile)]
        if not quantiles and portfolio is None:
            return self.policy
        rows = spread_evenly(self.record_type, quantiles) if portfolio is None else portfolio
        return self.policy.calibrate(rows)

    # ------------------------------------------------------------------ of the policy itself

    def check_itself(self, calibrated: P) -> None:
        """The laws that need no customers."""
        self._check_declared()
        for policy in (self.policy, calibrated):
            self._check_json(policy)
        self._check_plain(calibrated)
        self._check_same_tables(calibrated)
        self._check_thresholds_matter(calibrated)

    def _broken(self, law: str, *found: str, case: str | None = None) -> BrokenLawError:
        return BrokenLawError(self.name, law, case=case, found=found)

    def _check_declared(self) -> None:
        for declared in thresholds(type(self.policy)):
            for word in ("meaning", "unit", "source"):
                if not getattr(declared, word).strip():
                    raise self._broken(
                        "every threshold says what it means, its unit and its source",
                        f"{declared.name} has no {word}",
                    )

    def _check_json(self, policy: P) -> None:
        again = policy_from_json(policy_to_json(policy), type(policy))
        if again != policy:
            raise self._broken(
                "JSON gives back the same policy", f"written: {policy}", f"read: {again}"
            )

    def _check_plain(self, calibrated: P) -> None:
        try:
            calibrated.numbers()
        except InvalidValueError as error:
            raise self._broken(
                "a calibrated policy has plain numbers, and only those", str(error)
            ) from None

    def _check_same_tables(self, calibrated: P) -> None:
        for one, two in zip(self.tables_of(calibrated), self.tables_of(calibrated), strict=True):
            if one != two or one.version != two.version:
                raise self._broken(
                    "the same policy builds the same table, whenever it is asked",
                    f"{one.name}: version {one.version}, and then version {two.version}",
                )

    def _check_thresholds_matter(self, calibrated: P) -> None:
        before = self._versions(calibrated)
        for name, value in calibrated.numbers().items():
            tried: list[float] = []
            for other in (value + 0.125, value - 0.125, value * 2 + 1, value / 2):
                after = self._versions_with(calibrated, name, other)
                if after is not None:
                    tried.append(other)
                    if after != before:
                        break
            else:
                if tried:
                    raise self._broken(
                        "every threshold matters: with another number the table is another",
                        f"{name}: {value!r} and {', '.join(map(repr, tried))} "
                        f"build the same table, version {', '.join(before)}",
                    )

    def _versions(self, policy: P) -> tuple[str, ...]:
        return tuple(table.version for table in self.tables_of(policy))

    def _versions_with(self, policy: P, name: str, value: float) -> tuple[str, ...] | None:
        """The versions with another number; None where the policy refuses it."""
        try:
            return self._versions(attrs.evolve(cast("Any", policy), **{name: value}))
        except InvalidValueError:
            return None

    # -------------------------------------------------------------------- of how it calibrates

    def check_calibration(self, drawn: Calibration[P]) -> tuple[Case, ...]:
        """The laws of calibrating; what its tables are to be tried on comes back."""
        case = f"for {drawn.policy}" + "".join(f"\n    {written(row)}" for row in drawn.rows)
        calibrated = drawn.calibrated
        self._check_json(drawn.policy)
        self._check_plain(calibrated)
        stated = drawn.policy.values().items()
        if moved := [
            f"{name}: {value!r} became {getattr(calibrated, name)!r}"
            for name, value in stated
            if not isinstance(value, Quantile) and getattr(calibrated, name) != value
        ]:
            raise self._broken("calibrating leaves plain numbers as they are", *moved, case=case)
        others = {
            "calibrated once more": calibrated.calibrate(drawn.rows),
            "calibrated again": drawn.policy.calibrate(drawn.rows),
            "with the customers in another order": drawn.policy.calibrate(
                drawn.rows[np.array(drawn.order, dtype=np.intp)]
            ),
        }
        for how, other in others.items():
            if other != calibrated:
                raise self._broken(
                    "the same customers give the same thresholds",
                    f"calibrated: {calibrated}",
                    f"{how}: {other}",
                    case=case,
                )
        return drawn.cases


def _own_table(policy: Any) -> Rules:
    build = getattr(policy, "table", None)
    if not callable(build):
        raise InvalidValueError(
            "policy",
            "have a method 'table', or have its tables named",
            type(policy).__name__,
            remedy="pass the functions that build them: tables=[...]",
        )
    return cast("Rules", build())


def calibrations(
    trial: PolicyOnTrial[P],
    drawn: st.SearchStrategy[P],
    stated: P,
    promises: tuple[Monotonicity, ...],
    given: tuple[Condition, ...],
) -> st.SearchStrategy[Calibration[P]]:
    """Policies, calibrated on portfolios, with cases of their tables.

    Promises are tried at the thresholds that are stated, and not at any that are drawn.
    """
    rows = columns(columns_of(trial.record_type), max_size=4)

    @st.composite
    def calibration(draw: st.DrawFn) -> Calibration[P]:
        policy, portfolio = draw(drawn), draw(rows)
        order = tuple(draw(st.permutations(range(len(portfolio)))))
        calibrated = policy.calibrate(portfolio)
        try:
            tables = trial.tables_of(calibrated)
        except RelmktError:
            if not any(isinstance(value, Quantile) for value in calibrated.values().values()):
                reject()  # numbers that the policy refuses together
            tables = ()
        kept = promises if calibrated == stated else ()
        made = tuple(draw(cases(each, promises=kept, given=given, max_size=2)) for each in tables)
        return Calibration(policy, portfolio, order, calibrated, made)

    return calibration()


def spread_evenly(record_type: type[Any], quantiles: Sequence[Quantile]) -> Columns[Any]:
    """Columns whose numbers are evenly spread: over their bounds, or over a thousand each way."""
    found = schema(record_type)
    asked = {quantile.fact for quantile in quantiles}
    held: dict[str, Any] = {found.identity: range(_SPREAD)}
    for name, feature in found.features.items():
        if name == found.identity or not (name in asked or feature.required):
            continue
        if feature.kind is not Kind.NUMBER:
            held[name] = [feature.values[0] if feature.values else _ANY[feature.kind]] * _SPREAD
            continue
        low = -_WIDE if feature.lower is None else feature.lower
        high = max(low, _WIDE) if feature.upper is None else feature.upper
        spread = np.linspace(min(low, high), high, _SPREAD)
        held[name] = np.round(spread) if feature.whole else spread
    return columns_of(record_type)(**held)
