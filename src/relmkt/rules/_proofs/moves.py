"""Statements on monotonicity as claims: one rule is the first to hold here, and another there."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from relmkt.rules._proofs.partial import FALSE, Domains, Lit, Node, all_, some
from relmkt.rules._proofs.variables import RuleClaims

__all__ = ["Moves"]


@attrs.frozen
class _Side:
    """One way to come by an outcome: the first rules to hold, as bits, and whether they decide."""

    rules: int
    is_decided: bool


class Moves:
    """The ways in which an outcome turns into another.

    Which rule is the first to hold is a variable, for each of the two records one. It has a bit for
    each rule, and one more for none.

    Parameters
    ----------
    outcomes
        The outcome of each rule.
    undecided
        The outcome that stands for "undecided", or None.
    """

    def __init__(self, outcomes: tuple[object, ...], undecided: object) -> None:
        self._outcomes = outcomes
        self._undecided = undecided
        self._every = (2 << len(outcomes)) - 1

    def claims(
        self,
        from_: tuple[object, ...] | None,
        to: tuple[object, ...] | None,
        worlds: tuple[RuleClaims, RuleClaims],
        selector: int,
    ) -> Iterator[tuple[list[Node], Domains]]:
        """Claims that some such move meets if there is one, with the cells of two more variables.

        Parameters
        ----------
        from_, to
            The outcomes before and after; None for every outcome of a rule.
        worlds
            The claims about the rules before and after.
        selector
            The first of the two variables; the second follows it.
        """
        for one in self._sides(from_):
            for other in self._sides(to):
                nodes = [
                    *self._differ(selector, one, other),
                    *self._reached(worlds[0], selector, one),
                    *self._reached(worlds[1], selector + 1, other),
                ]
                yield nodes, [one.rules, other.rules]

    def ends(
        self, wanted: tuple[object, ...], world: RuleClaims, selector: int
    ) -> Iterator[tuple[list[Node], int]]:
        """Claims that all meet who come by one of these outcomes, with the cells of one variable.

        Parameters
        ----------
        wanted
            The outcomes.
        world
            The claims about the rules.
        selector
            The variable.
        """
        for side in self._sides(wanted):
            yield list(self._reached(world, selector, side)), side.rules

    def _sides(self, wanted: tuple[object, ...] | None) -> list[_Side]:
        """The ways to come by one of these outcomes: decided by a rule, and undecided."""
        wanted = self._outcomes if wanted is None else wanted
        rules = self._with(*wanted)
        sides = [_Side(rules, is_decided=True)] if rules else []
        if self._undecided in wanted:
            sides.append(_Side(self._every, is_decided=False))
        return sides

    def _with(self, *outcomes: object) -> int:
        """The rules with these outcomes, as bits."""
        return sum(1 << at for at, outcome in enumerate(self._outcomes) if outcome in outcomes)

    def _reached(self, world: RuleClaims, selector: int, side: _Side) -> Iterator[Node]:
        """That the rule which a variable names is the first to hold, and decides or does not."""
        doubts: list[Node] = [Lit(selector, 1 << len(self._outcomes))]
        for at, outcome in enumerate(self._outcomes):
            not_before = (2 << at) - 1
            elsewhere = self._every & ~self._with(outcome)
            yield some([Lit(selector, self._every & ~(1 << at)), world.true[at]])
            if side.is_decided:
                alike = self._every & ~elsewhere
                yield some([Lit(selector, not_before | alike), world.false[at]])
                yield some([Lit(selector, not_before | elsewhere), world.not_true[at]])
            else:
                yield some([Lit(selector, not_before), world.not_true[at]])
                later = elsewhere & ~not_before
                doubts.append(all_([Lit(selector, later), world.unknown[at]]))
        if not side.is_decided:
            yield some(doubts)

    def _differ(self, selector: int, one: _Side, other: _Side) -> Iterator[Node]:
        """That the two outcomes are not the same."""
        if one.is_decided and other.is_decided:
            for outcome in dict.fromkeys(self._outcomes):
                rest = self._every & ~self._with(outcome)
                yield some([Lit(selector, rest), Lit(selector + 1, rest)])
        elif one.is_decided is other.is_decided:
            yield FALSE
        else:
            decided = selector if one.is_decided else selector + 1
            yield Lit(decided, self._every & ~self._with(self._undecided))
