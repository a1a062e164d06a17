"""Decisions as lines of JSON: one by one, or many at once from parts that are written once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from json.encoder import encode_basestring
from typing import Any, Generic, TypeVar

from relmkt.adapters._json_values import plain_time
from relmkt.columns import Columns
from relmkt.rules import Decision, Decisions, Explanation, Table
from relmkt.rules._reasons import Speaker

__all__ = ["Answers"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")


def _plain(value: object) -> Any:
    """What JSON has no word for: a time, or an outcome of some other sort."""
    return plain_time(value) if isinstance(value, date) else str(value)


_WRITTEN = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_plain).encode


class Answers(Generic[R, OutcomeT]):
    """The answers of a table, as lines of JSON.

    Parameters
    ----------
    table
        The table that decides.
    identity
        The name of the field with the id.
    assumptions
        What is taken for absent facts.
    """

    def __init__(
        self, table: Table[R, OutcomeT], identity: str, assumptions: Mapping[str, Any]
    ) -> None:
        self._speaker = Speaker(table)
        self._identity = identity
        self._key = f", {_WRITTEN(identity)}: "
        self._assumptions = assumptions
        # By the position of the rule; the last, at -1, is for those that no rule decided.
        words = [(rule.outcome, rule.id) for rule in table.rules] + [(table.undecided, None)]
        self._heads = [
            f', "outcome": {_WRITTEN(outcome)}, "rule": {_WRITTEN(rule)}, "reason": '
            for outcome, rule in words
        ]
        self._basis = {} if table.basis is None else {"basis": table.basis.as_dict()}
        self._tail = ", " + _WRITTEN({"version": table.version, **self._basis})[1:] + "\n"

    def answer(self, number: int, record: R, decision: Decision[R, OutcomeT]) -> str:
        """The answer to one record."""
        return _WRITTEN(self._told(number, record, decision)) + "\n"

    def explained(self, number: int, record: R, explanation: Explanation[R, OutcomeT]) -> str:
        """The answer to one record, with the facts that carried it and every rule."""
        decision = explanation.decision
        told = self._told(number, record, decision)
        told["used"] = decision.used
        told["rules"] = [
            {
                "id": trace.rule.id,
                "outcome": trace.rule.outcome,
                "holds": trace.holds,
                "atoms": [{"said": atom.said, "gap": atom.gap} for atom in trace.atoms],
            }
            for trace in explanation.rules
        ]
        return _WRITTEN(told) + "\n"

    def error(self, number: int, field: str | None, message: str) -> str:
        """The answer to a line that holds no record."""
        told = {
            "line": number,
            "error": {"field": None if field is None else _text(field), "message": _text(message)},
        }
        return _WRITTEN(told) + "\n"

    def answers(
        self, numbers: Sequence[int], columns: Columns[Any], decisions: Decisions[R, OutcomeT]
    ) -> list[str]:
        """The answers to many records: what `answer` gives for each."""
        rules = decisions.rule.tolist()
        return [
            f'{{"line": {number}{self._key}{one}{self._heads[rule]}{reason}{state}{taken}{after}'
            for number, one, rule, reason, state, taken, after in zip(
                numbers,
                [_id(one) for one in columns.ids.tolist()],
                rules,
                map(encode_basestring, self._speaker.reasons(decisions.rows, decisions.rule)),
                self._states(decisions),
                self._taken(decisions),
                self._ends(decisions),
                strict=True,
            )
        ]

    def _told(self, number: int, record: R, decision: Decision[R, OutcomeT]) -> dict[str, Any]:
        return {
            "line": number,
            self._identity: getattr(record, self._identity),
            "outcome": decision.outcome,
            "rule": decision.rule,
            "reason": decision.reason,
            "settled": decision.settled,
            "possible": decision.possible,
            "missing": decision.missing,
            "assumed": decision.assumed,
            "next": decision.next,
            "version": decision.version,
            **self._basis,
        }

    def _states(self, decisions: Decisions[R, OutcomeT]) -> list[str]:
        """Whether each is settled, which outcomes are possible, and which facts are missing."""
        written: dict[Any, str] = {}
        found: list[str] = []
        for settled, possible, missing in zip(
            decisions.settled.tolist(),
            self._speaker.possible(decisions.rows, decisions.rule),
            self._speaker.missing(decisions.rows, decisions.rule),
            strict=True,
        ):
            key = (settled, possible, missing)
            text = written.get(key)
            if text is None:
                text = written[key] = (
                    f', "settled": {_WRITTEN(settled)}, "possible": {_WRITTEN(possible)}'
                    f', "missing": {_WRITTEN(missing)}'
                )
            found.append(text)
        return found

    def _taken(self, decisions: Decisions[R, OutcomeT]) -> list[str]:
        """What was assumed of each."""
        names = decisions.assumed_names()
        written = {
            few: f', "assumed": {_WRITTEN({name: self._assumptions[name] for name in few})}'
            for few in set(names)
        }
        return [written[few] for few in names]

    def _ends(self, decisions: Decisions[R, OutcomeT]) -> list[str]:
        """What is next in line for each, and the version."""
        outcomes = decisions.nexts()
        written = {
            outcome: f', "next": {_WRITTEN(outcome)}{self._tail}' for outcome in set(outcomes)
        }
        return [written[outcome] for outcome in outcomes]


def _id(one: str | int) -> str:
    return encode_basestring(one) if isinstance(one, str) else str(one)


def _text(text: str) -> str:
    """Half of a surrogate pair, which a line may hold, is shown as a question mark."""
    return text.encode(errors="replace").decode()
