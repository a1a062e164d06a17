"""What is said of channels beside what is measured: the measure stands, the rest is as said."""

from __future__ import annotations

from typing import Any

from relmkt._coercion import NAMED_ROWS
from relmkt.channel.columns import Channels
from relmkt.errors import InvalidRowsError

__all__ = ["joined_channels"]


def joined_channels(measured: Channels, stated: Channels) -> tuple[Channels, tuple[str, ...]]:
    """The facts that conditions are decided on: as measured, else as said.

    Parameters
    ----------
    measured
        What sales and agreements tell of brands in markets, each once, shape (k,).
    stated
        What else is said of some of them, in any order. What is absent says nothing.

    Returns
    -------
    joined
        Shape (k,), in the order of ``measured``.
    contradicted
        What was said and is measured to be otherwise, in words.

    Raises
    ------
    InvalidRowsError
        When something is said of a brand in a market that is not among the measured, or twice of
        one.

    Examples
    --------
    >>> from relmkt.channel import Channels
    >>> from relmkt.channel._stated_channels import joined_channels
    >>> measured = Channels(brand_market=["Lumen in North"], target_set=[True])
    >>> stated = Channels(brand_market=["Lumen in North"], target_set=[False], stock_months=[3.0])
    >>> joined, contradicted = joined_channels(measured, stated)
    >>> joined[0].target_set, joined[0].stock_months
    (True, 3.0)
    >>> contradicted
    ('Lumen in North: target set is said to be no; by sales and agreements it is yes',)
    """
    names: list[Any] = measured.ids.tolist()
    row_of = _rows(names, stated)
    contradicted: list[tuple[int, str]] = []
    columns: dict[str, list[Any]] = {name: list(measured.values(name)) for name in measured.names}
    for name in stated.names:
        if name == "brand_market":
            continue
        said = stated.values(name)
        values = columns.setdefault(name, [None] * len(names))
        for at, row in row_of.items():
            if values[at] is None:
                values[at] = said[row]
            elif said[row] is not None and said[row] != values[at]:
                told = f"{names[at]}: {name.replace('_', ' ')} is said to be {_word(said[row])}"
                shown = f"by sales and agreements it is {_word(values[at])}"
                contradicted.append((at, f"{told}; {shown}"))
    in_order = sorted(contradicted, key=lambda pair: pair[0])
    return Channels(**columns), tuple(words for _, words in in_order)


def _rows(names: list[Any], stated: Channels) -> dict[int, int]:
    """The row of what is said, by the place of the brand in a market of which it is said."""
    places = {name: at for at, name in enumerate(names)}
    row_of: dict[int, int] = {}
    problems: dict[int, str] = {}
    for row, name in enumerate(stated.ids.tolist()):
        if name not in places:
            known = ", ".join(repr(one) for one in names[:NAMED_ROWS]) or "none"
            more = ", …" if len(names) > NAMED_ROWS else ""
            problems[row] = (
                f"there are no sales of the brand in a market {name!r}; there are of {known}{more}"
            )
        elif row_of.setdefault(places[name], row) != row:
            problems[row] = f"the brand in a market {name!r} stands there twice"
    if problems:
        rows = list(problems)
        raise InvalidRowsError(
            "the channel facts",
            [problems[row] for row in rows[:NAMED_ROWS]],
            total=len(rows),
            remedy="name each brand in a market as the sales do, once",
            rows=rows[:NAMED_ROWS],
        )
    return row_of


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, (int, float)) else str(value).replace("_", " ")
