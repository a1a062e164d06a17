"""The search for cells that meet claims: partial evaluation, division in two, and a memo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush
from typing import Any

from relmkt.rules._proofs.partial import Domains, Link, Lit, Node, Some, Triangle

__all__ = ["LimitReachedError", "Search"]


class LimitReachedError(Exception):
    """The search has met as many nodes as it was allowed."""


class _DeadEndError(Exception):
    """Nothing is possible any more."""


class _Clause:
    """At least one of these parts must hold; they come from the claim of this number."""

    __slots__ = ("claim", "parts", "vars")

    def __init__(self, claim: int, parts: tuple[Node, ...]) -> None:
        self.claim = claim
        self.parts = parts
        self.vars = 0
        for part in parts:
            self.vars |= part.vars


class _State:
    """What is still possible, and what has still to hold."""

    __slots__ = ("_bonds", "_changed", "_clauses", "_needed", "domains")

    def __init__(
        self,
        domains: Domains,
        clauses: list[_Clause],
        bonds: Sequence[Link | Triangle],
        needed: set[int],
        changed: int = -1,
    ) -> None:
        self.domains = domains
        self._clauses = clauses
        self._bonds = bonds
        self._needed = needed
        self._changed = changed

    def must(self, claim: int, node: Node) -> None:
        """Let a node hold: the cells that contradict it are struck, what stays open is noted."""
        if isinstance(node, Lit):
            if self._keep(node.var, node.mask):
                self._needed.add(claim)
            self._alive(node.var)
        elif isinstance(node, Some):
            self._evaluate(_Clause(claim, node.parts))
        else:
            for part in node.parts:
                self.must(claim, part)

    def settle(self) -> None:
        """Evaluate what has to hold on what is possible, until neither says more of the other."""
        while self._changed:
            before, self._changed = self._changed, 0
            pending, self._clauses = self._clauses, list[_Clause]()
            for clause in pending:
                if clause.vars & (before | self._changed):
                    self._evaluate(clause)
                else:
                    self._clauses.append(clause)
            for bond in self._bonds:
                if bond.vars & (before | self._changed):
                    for var, mask in bond.narrowed(self.domains):
                        self._keep(var, mask)
                        self._alive(var)

    def _keep(self, var: int, mask: int) -> bool:
        """Strike the other cells of a variable; whether there were any."""
        kept = self.domains[var] & mask
        if kept == self.domains[var]:
            return False
        self.domains[var] = kept
        self._changed |= 1 << var
        return True

    def _alive(self, var: int) -> None:
        if not self.domains[var]:
            raise _DeadEndError

    def _evaluate(self, clause: _Clause) -> None:
        parts: list[Node] = []
        for part in clause.parts:
            status = part.status(self.domains)
            if status:
                return
            if status is None:
                parts.append(part)
        if not parts:
            self._needed.add(clause.claim)
            raise _DeadEndError
        if len(parts) == 1:
            self.must(clause.claim, parts[0])
        elif len(parts) < len(clause.parts):
            self._clauses.append(_Clause(clause.claim, tuple(parts)))
        else:
            self._clauses.append(clause)

    def open(self) -> Lit | None:
        """Where to divide next, or None when every claim is met by all that is possible."""
        if self._clauses:
            clause = min(self._clauses, key=lambda clause: len(clause.parts))
            return clause.parts[0].leaf(self.domains)
        tight = self._tight_links()
        return tight[0].leaf(self.domains) if tight else None

    def _tight_links(self) -> list[Link]:
        """The links whose relation excludes what the two numbers allow."""
        links = (bond for bond in self._bonds if isinstance(bond, Link))
        return [
            link for link in links if link.possible(self.domains) != self.domains[link.relation]
        ]

    def residual(self) -> tuple[tuple[tuple[Node, ...], ...], tuple[int, ...]]:
        """What has still to hold, and the cells of the variables that this depends on."""
        live = 0
        for part in (*self._clauses, *self._tight_links()):
            live |= part.vars
        linked = True
        while linked:
            linked = False
            for bond in self._bonds:
                if bond.vars & live and bond.vars & ~live:
                    live |= bond.vars
                    linked = True
        cells = (domain if live >> var & 1 else 0 for var, domain in enumerate(self.domains))
        return tuple(clause.parts for clause in self._clauses), tuple(cells)

    def halves(self, at: Lit) -> tuple[_State, _State]:
        """The state in two: with these cells of a variable, and with its others."""
        found: list[_State] = []
        for mask in (at.mask, ~at.mask):
            domains = self.domains.copy()
            domains[at.var] &= mask
            found.append(_State(domains, self._clauses, self._bonds, self._needed, at.vars))
        return found[0], found[1]


def _free(domains: Domains) -> Any:
    """All cells cost the same."""
    del domains
    return 0


class Search:
    """Looks for cells that meet claims, within a number of nodes.

    Parameters
    ----------
    limit
        How many residuals it may evaluate.

    Attributes
    ----------
    nodes
        How many it has evaluated.
    least
        What the one that it is evaluating costs at least; nothing that it has left out costs less.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.nodes = 0
        self.least: Any = None

    def find(
        self,
        claims: Mapping[int, Node],
        domains: Domains,
        bonds: Sequence[Link | Triangle],
        needed: set[int] | None = None,
        cost: Callable[[Domains], Any] = _free,
    ) -> Domains | None:
        """Cells of each variable, all of which meet every claim; None where none do.

        Parameters
        ----------
        claims
            What must hold, by number.
        domains
            The cells to look among.
        bonds
            What binds variables to each other, whatever is claimed.
        needed
            Gathers the claims that struck out a cell: where nothing is found, nothing is found for
            these claims alone.
        cost
            What the cheapest of these cells cost. It is never more than the cheapest of some of
            them; so those that are found are among the cheapest that meet the claims.

        Raises
        ------
        LimitReachedError
            When the limit does not allow another node.
        """
        start = _State(domains.copy(), [], bonds, set() if needed is None else needed)
        # A residual that was met before has led nowhere, or is waiting to be looked into.
        met: set[object] = set()
        # Those that may be cheapest come first; of equals, and without costs, the newest.
        waiting: list[tuple[Any, int, _State]] = [(cost(domains), 0, start)]
        is_begun = False
        while waiting:
            self.least, order, state = heappop(waiting)
            if self.nodes >= self._limit:
                raise LimitReachedError
            self.nodes += 1
            try:
                if not is_begun:
                    is_begun = True
                    for claim, node in claims.items():
                        state.must(claim, node)
                state.settle()
            except _DeadEndError:
                continue
            least = cost(state.domains)
            if least > self.least:
                heappush(waiting, (least, order, state))
                continue
            at = state.open()
            if at is None:
                return state.domains
            residual = state.residual()
            if residual not in met:
                met.add(residual)
                for order, half in enumerate(state.halves(at), -2 * self.nodes):
                    heappush(waiting, (cost(half.domains), order, half))
        return None
