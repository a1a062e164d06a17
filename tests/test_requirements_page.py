"""The page of requirement numbers lists each of them once, with a name that there is."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "requirements.md"
ITEMS = {"000": 21, "001": 27, "002": 26, "003": 32}
TABLES = (
    *("B1", "B2", "B3", "B3b", "B4", "B5-A", "B5-B", "B5c", "B5d", "B5e"),
    *(f"B{number}" for number in range(6, 24)),
)
NUMBERS = [f"{article}-{at}" for article, last in ITEMS.items() for at in range(1, last + 1)]
ROWS = re.findall(
    r"^\| (\d{3}-\d+|B[\w-]+) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
)


def names_in(text: str) -> list[str]:
    return re.findall(r"\{py:obj\}`(relmkt[\w.]*)`", text)


def found(name: str) -> object:
    """What a dotted name leads to: a module as deep as there is one, and then its attributes."""
    parts = name.split(".")
    for depth in range(len(parts), 0, -1):
        try:
            thing: object = importlib.import_module(".".join(parts[:depth]))
        except ModuleNotFoundError:
            continue
        for part in parts[depth:]:
            thing = getattr(thing, part)
        return thing
    raise ModuleNotFoundError(name)


def test_every_number_stands_on_the_page_once_and_in_its_order():
    assert [number for number, _, _ in ROWS] == [*NUMBERS, *TABLES]


def test_every_row_of_a_table_is_read():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = [
        line for line in lines if line.startswith("|") and not line.startswith(("|---", "| Nu"))
    ]
    assert len(rows) == len(ROWS)


@pytest.mark.parametrize(("number", "about", "does"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_names_what_there_is_or_says_that_nothing_does(number, about, does):
    assert not names_in(about)
    if does == "planned":
        return
    if does.startswith("none: "):
        assert "relmkt" not in does
        assert len(does) > len("none: ") + 10, "say why"
        return
    names = names_in(does)
    assert names, "name what does it, or say 'planned', or 'none: ' and why"
    assert len(names) == does.count("`relmkt"), "write each name as {py:obj}`relmkt.…`"
    for name in names:
        assert found(name) is not None
        assert not any(part.startswith("_") for part in name.split("."))


def test_a_name_that_is_not_there_is_noticed():
    with pytest.raises(AttributeError):
        found("relmkt.segments.no_such_matrix")
    with pytest.raises(ModuleNotFoundError):
        found("no_such_package.at_all")
