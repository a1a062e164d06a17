"""Rules on the columns of a frame: what tables and checklists share there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from relmkt._narwhals import named_columns, narwhals
from relmkt.errors import UnknownNameError
from relmkt.rules._frames.columns import Reading, as_held, reading
from relmkt.rules._frames.door import FrameColumn, refuse_broken, refuse_values
from relmkt.rules._frames.stages import Stages

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    from relmkt.rules._ruled import Facts, RuleList

__all__ = ["PURPOSE", "FrameRules", "as_expr", "asked"]

PURPOSE = "deciding in a data frame"


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
    narwhals(PURPOSE)
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
        nw = narwhals(PURPOSE)
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
    nw = narwhals(PURPOSE)
    return value if isinstance(value, nw.Expr) else nw.lit(value)
