"""Whatever a docstring or a page cites by author and year stands in the bibliography."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIBLIOGRAPHY = (ROOT / "docs" / "bibliography.md").read_text(encoding="utf-8")
ENTRIES = re.split(r"^- ", BIBLIOGRAPHY, flags=re.MULTILINE)[1:]
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
# The last author and the year: "Fader & Hardie (2013)", "A. Curry (2000)", "Mittal et al. 2008".
CITED = re.compile(
    r"([A-Z][a-zéöü]+(?:-[A-Z][a-z]+)?)(?: et al\.)?,? \(?((?:19|20)\d\d)[ab]?\b(?!-|\.\d)"
)
SOURCES = [
    *sorted((ROOT / "src").rglob("*.py")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "reference").glob("*.md")),
    ROOT / "README.md",
]


def cited_in(text: str) -> set[tuple[str, str]]:
    """Authors and years that a text cites; a day or a month of a year is no citation."""
    found = CITED.findall(re.sub(r"\s+", " ", text))
    return {(author, year) for author, year in found if author not in MONTHS}


def has(author: str, year: str) -> bool:
    return any(
        re.search(rf"\b{author}\b", entry) and re.search(rf"\({year}[ab]?\)", entry)
        for entry in ENTRIES
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("as Fader, Hardie & Lee\n    (2005), Eq. 9, say", {("Lee", "2005")}),
        ("(Stauss & Friege 1999)", {("Friege", "1999")}),
        ("Mittal et al. 2008; Berry 1995", {("Mittal", "2008"), ("Berry", "1995")}),
        ("(Fader, Hardie & Lee 2005a)", {("Lee", "2005")}),
        ("June 1998 and 1998-06-30, or draft 2020-12", set()),
        ("of the 1990s, and in 2,005 rows", set()),
    ],
)
def test_citations_are_found(text, found):
    assert cited_in(text) == found


def test_every_cited_work_stands_in_the_bibliography():
    wanted = {
        (author, year, path.name)
        for path in SOURCES
        for author, year in cited_in(path.read_text(encoding="utf-8"))
    }
    assert len(wanted) > 20
    assert {one for one in wanted if not has(*one[:2])} == set()


def test_every_entry_of_a_list_begins_with_its_author_in_alphabetical_order():
    for section in re.split(r"^## ", BIBLIOGRAPHY, flags=re.MULTILINE)[1:]:
        authors = re.findall(r"^- (\w+)", section, flags=re.MULTILINE)
        assert authors == sorted(authors), section.splitlines()[0]


def test_every_word_for_how_far_a_work_was_traced_is_explained():
    words = set(re.findall(r"^- \*\*([\w -]+)\*\*:", BIBLIOGRAPHY, flags=re.MULTILINE))
    used = {
        found.lower()
        for found in re.findall(
            r"\*(Reproduced|Seen|Second-hand|Main point seen|From\s+memory)", BIBLIOGRAPHY
        )
    }
    assert {re.sub(r"\s+", " ", word) for word in used} <= words
    assert len(words) == 5
