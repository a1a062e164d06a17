"""How well dealers match the position of a brand: closeness and not size, term by term."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import NAMED_ROWS, named
from relmkt.channel.columns import Distributors
from relmkt.channel.dealer_columns import Candidates
from relmkt.domain import BrandPosition, Distributor
from relmkt.errors import InvalidRowsError, InvalidValueError, UnknownNameError
from relmkt.policies import MatchPolicy
from relmkt.records import schema
from relmkt.records._fields import as_float
from relmkt.rules import Kind

__all__ = ["Likeness", "Match", "Matches", "Term", "TermMatch", "match_dealers", "match_terms"]

Numbers = NDArray[np.float64]


class Likeness(StrEnum):
    """How the closeness of one fact is found."""

    SAME = "same"
    """Wholly where the words are the same, and not at all elsewhere."""
    NEAR = "near"
    """Less by each step away from what is wanted, in either direction."""
    ADEQUATE = "adequate"
    """Wholly from what is wanted on, and no more for more; less by each step below it."""


def _check_weight(term: Term, attribute: attrs.Attribute[float], value: float) -> None:
    number = as_float(value)
    if number is None or not (math.isfinite(number) and number >= 0):
        raise InvalidValueError(
            attribute.name, "be a finite number, at least 0", value, where=f"term '{term.fact}'"
        )


@attrs.frozen(kw_only=True)
class Term:
    """One likeness that a match consists of.

    Parameters
    ----------
    fact
        The name of a fact of `Distributor`: a text for ``"same"``, else a number.
    wanted
        What the position of the brand is.
    weight
        How much it counts, at least 0; of all the weights their shares in the sum matter.
    likeness
        How closeness is found.
    scale
        The distance from what is wanted at which nothing is left of closeness, above 0; in the
        unit of the fact. Not for ``"same"``.
    currency
        The currency of what is wanted, where it is money and that is known.

    Raises
    ------
    UnknownNameError
        When a dealer has no such fact, or the likeness is none.
    InvalidValueError
        When a value does not fit the fact, a weight is negative, or a scale is not above 0.

    Examples
    --------
    >>> from relmkt.channel import Term
    >>> Term(fact="price_level", wanted=1.2, weight=2, likeness="near", scale=0.5).scale
    0.5
    """

    fact: str
    wanted: float | str
    weight: float = attrs.field(default=1.0, validator=_check_weight)
    likeness: Likeness
    scale: float | None = None
    currency: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.likeness not in list(Likeness):
            raise UnknownNameError("likeness", self.likeness, list(Likeness))
        object.__setattr__(self, "likeness", Likeness(self.likeness))
        features = schema(Distributor).features
        if self.fact not in features or self.fact == schema(Distributor).identity:
            known = [name for name in features if name != schema(Distributor).identity]
            raise UnknownNameError("fact", self.fact, known, where="Distributor")
        where = f"term '{self.fact}'"
        kind = Kind.TEXT if self.likeness is Likeness.SAME else Kind.NUMBER
        if features[self.fact].kind is not kind:
            raise InvalidValueError(
                "likeness",
                f"fit a fact that is a {features[self.fact].kind.name.lower()}",
                str(self.likeness),
                where=where,
                remedy='"same" is of texts, "near" and "adequate" are of numbers',
            )
        if kind is Kind.TEXT:
            if not isinstance(self.wanted, str):
                raise InvalidValueError("wanted", "be a text", self.wanted, where=where)
            if self.scale is not None:
                raise InvalidValueError("scale", "be left out", self.scale, where=where)
            return
        wanted, scale = as_float(self.wanted), as_float(self.scale)
        if wanted is None or not math.isfinite(wanted):
            raise InvalidValueError("wanted", "be a finite number", self.wanted, where=where)
        if scale is None or not (math.isfinite(scale) and scale > 0):
            raise InvalidValueError(
                "scale",
                "be a finite number above 0",
                self.scale,
                where=where,
                remedy="it is the distance at which nothing is left of closeness",
            )

    def closeness(self, dealers: Distributors) -> tuple[NDArray[Any], Numbers]:
        """How far each dealer is from what is wanted, and what that leaves of closeness.

        Returns
        -------
        gap
            Shape (n,): above 0 for more than is wanted, below 0 for less; of texts 1 where they
            differ. NaN where the fact is absent.
        closeness
            Shape (n,), from 0 to 1; NaN where the fact is absent.
        """
        values = dealers.column(self.fact)
        if self.likeness is Likeness.SAME:
            differs = values != np.array(self.wanted, dtype=object)
            gap = np.where(dealers.absent(self.fact), np.nan, differs.astype(np.float64))
            return gap, 1.0 - gap
        gap = values - float(self.wanted)
        away = np.maximum(-gap, 0.0) if self.likeness is Likeness.ADEQUATE else np.abs(gap)
        return gap, np.maximum(1.0 - away / float(self.scale or 1.0), 0.0)


def match_terms(position: BrandPosition, policy: MatchPolicy | None = None) -> tuple[Term, ...]:
    """The terms of a match with the position of a brand; what it does not state is no term.

    Capital is *adequate*: enough is enough. The distance at which nothing is left of it is the
    whole of what is adequate. Segment, price level, values and capability are *near*, or the same.

    Parameters
    ----------
    position
        The position of the brand.
    policy
        Weights and distances; the defaults where it is left out.

    Raises
    ------
    InvalidValueError
        When the position states nothing, or a weight or a distance is out of its bounds.

    Examples
    --------
    >>> from relmkt.channel import match_terms
    >>> from relmkt.domain import BrandPosition
    >>> position = BrandPosition(brand_market="Lumen in North", price_level=1.2, capability=0.7)
    >>> [(term.fact, term.wanted, term.likeness.value) for term in match_terms(position)]
    [('price_level', 1.2, 'near'), ('capability', 0.7, 'near')]
    """
    limits = (MatchPolicy() if policy is None else policy).numbers()
    declared = (
        ("segment", position.segment, "segment", Likeness.SAME, None),
        ("price_level", position.price_level, "price", Likeness.NEAR, "price_range"),
        ("value_orientation", position.value_orientation, "value", Likeness.NEAR, "value_range"),
        ("capability", position.capability, "capability", Likeness.NEAR, "capability_range"),
        ("capital", position.capital_adequate or None, "capital", Likeness.ADEQUATE, None),
    )
    terms: list[Term] = []
    for fact, wanted, word, likeness, scale in declared:
        if wanted is None:
            continue
        reach = limits[scale] if scale else None
        terms.append(
            Term(
                fact=fact,
                wanted=wanted,
                weight=limits[f"{word}_weight"],
                likeness=likeness,
                scale=float(wanted) if likeness is Likeness.ADEQUATE else reach,
                currency=position.currency if fact == "capital" else None,
            )
        )
    if not terms:
        raise InvalidValueError(
            "position", "state something to match by", str(position.brand_market)
        )
    return tuple(terms)


@attrs.frozen(kw_only=True)
class TermMatch:
    """What one term adds to the match of one dealer.

    Attributes
    ----------
    fact
        The fact.
    wanted, had
        What the position of the brand is, and what the dealer is; None where that is absent.
    gap
        How much more the dealer has than is wanted, below 0 for less; None where absent.
    closeness
        What that leaves of closeness, 0 to 1; None where absent.
    weight
        The share of the term in the match.
    contribution
        Weight times closeness; None where absent.
    """

    fact: str
    wanted: float | str
    had: float | str | None
    gap: float | None
    closeness: float | None
    weight: float
    contribution: float | None

    def __str__(self) -> str:
        if self.closeness is None:
            return f"{self.fact}: unknown, 0 to {self.weight:.3f}"
        return (
            f"{self.fact}: {_shown(self.had)} for {_shown(self.wanted)}, "
            f"{self.closeness:.0%} of {self.weight:.3f} = {self.contribution:.3f}"
        )


@attrs.frozen(kw_only=True)
class Match:
    """How well one dealer matches.

    Attributes
    ----------
    dealer
        The dealer's id.
    terms
        What each term adds.
    lowest, highest
        The match if what is unknown does not fit at all, and if it fits wholly.
    """

    dealer: Any
    terms: tuple[TermMatch, ...]
    lowest: float
    highest: float

    @property
    def score(self) -> float | None:
        """The match, 0 to 1; None where an unknown fact leaves it open."""
        return self.lowest if not self.unknown else None

    @property
    def unknown(self) -> tuple[str, ...]:
        """The facts that are absent and would count."""
        return tuple(term.fact for term in self.terms if term.closeness is None and term.weight > 0)

    def __str__(self) -> str:
        told = f"{self.lowest:.3f}"
        if self.unknown:
            told += f" to {self.highest:.3f}"
        return "\n".join([f"{self.dealer}: {told}", *(f"  {term}" for term in self.terms)])


@attrs.frozen(eq=False, kw_only=True)
class Matches:
    """How well many dealers match; indexed by a number it gives the `Match` of one.

    Attributes
    ----------
    dealers
        The dealers.
    terms
        The terms.
    weights
        The share of each term, shape (k,); they sum to 1.
    gaps, closeness
        As in `TermMatch`, shape (n, k); NaN where the fact is absent.
    lowest, highest
        As in `Match`, shape (n,).
    """

    dealers: Distributors
    terms: tuple[Term, ...]
    weights: Numbers
    gaps: Numbers
    closeness: Numbers
    lowest: Numbers
    highest: Numbers

    @property
    def score(self) -> Numbers:
        """The match of each dealer, shape (n,); NaN where an unknown fact leaves it open."""
        open_ = (np.isnan(self.closeness) & (self.weights > 0)).any(axis=1)
        return np.where(open_, np.nan, self.lowest)

    @property
    def contributions(self) -> Numbers:
        """What each term adds for each dealer, shape (n, k); NaN where the fact is absent."""
        return self.weights * self.closeness

    def candidates(self, **facts: Any) -> Candidates:
        """What the conditions for taking a dealer on ask, as far as the match tells it.

        Parameters
        ----------
        **facts
            The facts that no match tells, by name: ``barred``, ``conflict`` and the like.
        """
        capital = next((term for term in self.terms if term.fact == "capital"), None)
        if capital is not None:
            facts.setdefault("capital_ratio", self.dealers.capital / float(capital.wanted))
        return Candidates(
            dealer=self.dealers.ids, match_lowest=self.lowest, match_highest=self.highest, **facts
        )

    def __len__(self) -> int:
        return len(self.dealers)

    def __iter__(self) -> Iterator[Match]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, row: int) -> Match:
        row = range(len(self))[row]
        dealer = self.dealers[row]
        told: list[TermMatch] = []
        for at, term in enumerate(self.terms):
            closeness = _known(self.closeness[row, at])
            weight = float(self.weights[at])
            told.append(
                TermMatch(
                    fact=term.fact,
                    wanted=term.wanted,
                    had=getattr(dealer, term.fact),
                    gap=_known(self.gaps[row, at]),
                    closeness=closeness,
                    weight=weight,
                    contribution=None if closeness is None else weight * closeness,
                )
            )
        return Match(
            dealer=dealer.dealer,
            terms=tuple(told),
            lowest=float(self.lowest[row]),
            highest=float(self.highest[row]),
        )


def match_dealers(
    dealers: Distributors, terms: Sequence[Term], *, currency: str | None = None
) -> Matches:
    """How well each dealer matches: the weighted mean of its closeness in every term.

    The match is the sum of weight times (1 less the distance by its scale), with weights that sum
    to 1. A dealer as the position has it scores 1, however small; one that is larger, dearer or
    richer than that scores no more. A fact that is absent counts neither as 0 nor as an average:
    the match then lies between two bounds, and both are told.

    Parameters
    ----------
    dealers
        The candidates.
    terms
        What they are matched by, for example from `match_terms`.
    currency
        The currency of the capital that is wanted; a dealer whose money is in another is refused.
        Unless given, that of the term, which is that of the position.

    Raises
    ------
    InvalidValueError
        When there is no term, two ask for the same fact, or every weight is 0; when the currency is
        not that of the term.
    InvalidRowsError
        When the capital of a dealer is in another currency.

    Examples
    --------
    >>> from relmkt.channel import Distributors, match_dealers, match_terms
    >>> from relmkt.domain import BrandPosition
    >>> position = BrandPosition(
    ...     brand_market="Lumen in North", price_level=1.2, capital_adequate=50_000
    ... )
    >>> dealers = Distributors(
    ...     dealer=["D-7", "D-8"], price_level=[1.1, 0.8], capital=[50_000, 900_000]
    ... )
    >>> matches = match_dealers(dealers, match_terms(position))
    >>> print(matches[0])
    D-7: 0.900
      price_level: 1.1 for 1.2, 80% of 0.500 = 0.400
      capital: 50,000 for 50,000, 100% of 0.500 = 0.500
    >>> matches.score.round(2).tolist()
    [0.9, 0.6]
    """
    _refuse_bad_terms(terms)
    capital = next((term for term in terms if term.fact == "capital"), None)
    if capital is not None:
        stated = capital.currency
        if currency is not None and stated not in (None, currency):
            raise InvalidValueError(
                "currency",
                f"be that of the capital that is wanted ({stated})",
                currency,
                remedy="convert the capital that is adequate first",
            )
        _refuse_other_currencies(dealers, currency or stated)
    raw = np.array([float(term.weight) for term in terms])
    weights = raw / raw.max()  # first, so that no sum overflows
    weights /= weights.sum()
    pairs = [term.closeness(dealers) for term in terms]
    gaps = np.column_stack([gap for gap, _ in pairs])
    closeness = np.column_stack([one for _, one in pairs])
    unknown = np.isnan(closeness)
    low = (weights * np.where(unknown, 0.0, closeness)).sum(axis=1)
    high = (weights * np.where(unknown, 1.0, closeness)).sum(axis=1)
    for array in (weights, gaps, closeness):
        array.flags.writeable = False
    return Matches(
        dealers=dealers,
        terms=tuple(terms),
        weights=weights,
        gaps=gaps,
        closeness=closeness,
        lowest=np.clip(low, 0.0, 1.0),
        highest=np.clip(high, 0.0, 1.0),
    )


def _refuse_bad_terms(terms: Sequence[Term]) -> None:
    if not any(term.weight > 0 for term in terms):
        raise InvalidValueError(
            "terms",
            "have a weight above 0",
            [float(term.weight) for term in terms],
            remedy="what all weigh nothing match alike",
        )
    facts = [term.fact for term in terms]
    for fact in facts:
        if facts.count(fact) > 1:
            raise InvalidValueError("terms", "ask for each fact once", fact)


def _refuse_other_currencies(dealers: Distributors, currency: str | None) -> None:
    told = ~dealers.absent("currency") & ~dealers.absent("capital")
    rows = np.flatnonzero(told)
    if not rows.size:
        return
    first = dealers.currency[rows[0]] if currency is None else currency
    others = rows[dealers.currency[rows] != np.array(first, dtype=object)]
    if others.size:
        raise InvalidRowsError(
            "column 'currency'",
            [
                f"{named(dealers.ids, row)}: must be {first!r}, got {dealers.currency[row]!r}"
                for row in others[:NAMED_ROWS].tolist()
            ],
            total=int(others.size),
            remedy="capital is compared: convert it to one currency first",
        )


def _known(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)


def _shown(value: float | str | None) -> str:
    return f"{value:,.10g}" if isinstance(value, float | int) else str(value)
