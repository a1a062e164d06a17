"""What expressions need of a table and of its records, whoever made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from relmkt.rules.conditions import Condition
from relmkt.rules.features import Feature

__all__ = ["RuleLike", "SchemaLike", "TableLike"]


class RuleLike(Protocol):
    """What an expression needs of a rule."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def when(self) -> Condition:
        """Its condition."""
        ...

    @property
    def outcome(self) -> Any:
        """What follows."""
        ...

    @property
    def reason(self) -> str:
        """The template of its reason."""
        ...


class SchemaLike(Protocol):
    """What an expression needs of a record type (`relmkt.records.Schema` is one)."""

    @property
    def record_type(self) -> type[Any]:
        """The type of one record."""
        ...

    @property
    def features(self) -> Mapping[str, Feature]:
        """The features by name."""
        ...

    @property
    def constraints(self) -> Sequence[Any]:
        """The rules between the fields, each with ``field``, ``holds`` and ``remedy``."""
        ...

    def rule_of(self, constraint: Any, values: Mapping[str, Any]) -> str:
        """What a broken rule between fields asks, with the numbers that break it."""
        ...

    def checked(self, assumptions: Mapping[str, Any]) -> dict[str, Any]:
        """Values as a record would hold them, refused where it would refuse them."""
        ...


class TableLike(Protocol):
    """What an expression needs of a table (`relmkt.rules.Table` is one)."""

    @property
    def name(self) -> str:
        """What it decides."""
        ...

    @property
    def facts(self) -> Any:
        """The schema of its records, a `SchemaLike`."""
        ...

    # Of attributes with a converter, type checkers see the converter; hence Any.

    @property
    def rules(self) -> Any:
        """The rules in their order, each a `RuleLike`."""
        ...

    @property
    def outcomes(self) -> Sequence[Any]:
        """Every outcome once, in the order of their codes."""
        ...

    @property
    def undecided(self) -> Any:
        """The outcome that stands for "undecided", or None."""
        ...

    @property
    def features(self) -> Sequence[str]:
        """The names of the features that the rules ask about."""
        ...

    @property
    def constants(self) -> Any:
        """Named thresholds, for the reasons."""
        ...
