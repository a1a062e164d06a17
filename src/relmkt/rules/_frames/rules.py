"""Rules on the columns of a frame: what tables and checklists share there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from relmkt._narwhals import named_columns, needed_column
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules._frames.columns import Reading, as_held, reading
from relmkt.rules._frames.door import FrameColumn, refuse_broken, refuse_values
from relmkt.rules._frames.stages import Stages, the_library
from relmkt.rules._statements import stated
from relmkt.rules._words import Template

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    from relmkt.rules._ruled import Facts, RuleList

__all__ = ["FrameRules", "as_expr", "asked", "check_codes", "reasons_in_general"]

_ANY_VALUE = "…"


def asked(
    rules: RuleList[Any, Any],
    columns: Mapping[str, str | None] | None,
    assume: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The columns that rules ask for by feature, and what is assumed, as `FrameRules` holds them.

    Raises
    ------
    UnknownNameError
        When `columns` or `assume` names no feature.
    InvalidValueError
        When a record would refuse what is assumed.
    MissingExtraError
        When narwhals is not installed.
    """
    the_library()
    features = rules.facts.features
    names: dict[str, str | None] = {name: name for name in rules.features}
    for name, column in named_columns(columns or {}).items():
        if name not in features:
            raise UnknownNameError("feature", name, features, where="columns")
        if name in names:
            names[name] = column
    return {"columns": names, "assumptions": rules.facts.checked(assume or {})}


@attrs.frozen(eq=False, kw_only=True)
class FrameRules:
    """What the features of rules are called in a frame, and what is assumed."""

    columns: Mapping[str, str | None]
    assumptions: Mapping[str, Any]

    def named(self, facts: Facts[Any]) -> dict[str, Reading]:
        """Each feature as the column of its name, of which no more is known."""
        nw = the_library()
        found: dict[str, Reading] = {}
        for name, column in self.columns.items():
            assumed = self._assumed(facts, name)
            if column is None:
                found[name] = assumed
            else:
                feature = facts.features[name]
                found[name] = reading(nw, feature, nw.col(column), None, assumed)
        return found

    def kept(
        self, facts: Facts[Any], stages: Stages, columns: Mapping[str, FrameColumn | None]
    ) -> dict[str, Reading]:
        """Each feature as a column that is added to a frame; refused where it holds no facts."""
        held = [column for column in columns.values() if column is not None]
        stages.go_lazy()
        if stages.is_eager:
            refuse_values(stages, held, facts)
        kept = stages.keep(
            reading(stages.nw, held.feature, held.expr, held.dtype, self._assumed(facts, name))
            if held is not None
            else self._assumed(facts, name)
            for name, held in columns.items()
        )
        found: dict[str, Reading] = dict(zip(columns, kept, strict=True))
        if stages.is_eager:
            refuse_broken(stages, found, facts)
        return found

    def _assumed(self, facts: Facts[Any], name: str) -> Any:
        """What is taken where a feature is absent, as a frame holds it; or None."""
        value = self.assumptions.get(name)
        return None if value is None else as_held(facts.features[name], value)


def as_expr(value: Any) -> nw.Expr:
    """An expression; of a plain value, the same in every row."""
    nw = the_library()
    return value if isinstance(value, nw.Expr) else nw.lit(value)


def check_codes(stages: Stages, columns: Iterable[str]) -> None:
    """Refuse columns that the frame does not have, or that hold no codes."""
    for column in columns:
        needed_column(column, list(stages.types))
        if not stages.types[column].is_numeric():
            raise InvalidValueError(
                column, "be a column of codes, as decide gives it", str(stages.types[column])
            )


def reasons_in_general(rules: RuleList[Any, Any]) -> list[str]:
    """Each rule's reason as it is the same for every row: a row's own number is "…"."""
    features = rules.facts.features
    words = {**dict.fromkeys(features, _ANY_VALUE), **rules.constants}
    return [
        Template(rule.reason).filled(words, [stated(rule.when, features)]) for rule in rules.rules
    ]
