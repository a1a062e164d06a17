"""The pictures of the pages: drawn alike each time, all shown, and each told in words too."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
SHOWN = [
    (page.name, name, alt)
    for page in sorted(DOCS.glob("*.md"))
    for name, alt in re.findall(
        r"^```\{image\} pictures/([\w.-]+)\n(?::alt: (.+)\n)?```$",
        page.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The same pictures, drawn twice."""
    found = importlib.util.spec_from_file_location("pictures", DOCS / "pictures.py")
    pictures = importlib.util.module_from_spec(found)
    found.loader.exec_module(pictures)
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    for folder in folders:
        pictures.draw_all(folder)
    return [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]


def test_pictures_are_drawn_alike_each_time(drawn):
    one, two = drawn
    assert one == two


def test_what_is_drawn_is_shown_and_what_is_shown_is_drawn(drawn):
    assert {name for _, name, _ in SHOWN} == set(drawn[0])


def test_none_of_them_is_kept():
    ignored = (DOCS.parent / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "docs/pictures/" in ignored


@pytest.mark.parametrize(("page", "name", "alt"), SHOWN, ids=[name for _, name, _ in SHOWN])
def test_each_is_told_in_words_for_those_who_do_not_see_it(page, name, alt):
    assert len(alt.split()) > 20, f"{page}: say in ':alt:' what {name} shows"


def test_the_words_tell_the_numbers_of_the_demo(tmp_path):
    """Every number in them is one of the summary that the README shows, or of the pyramid."""
    from relmkt.cli._demo import run_demo

    plan, *_ = run_demo(tmp_path, lambda _: None)
    known = {f"{found.customers:,}" for found in plan.strategies()}
    known |= {f"{abs(found.value):,.0f}" for found in plan.strategies() if found.value is not None}
    known |= {f"{count:,}" for count in plan.pyramid.customers.tolist()}
    known |= {f"{amount:,.0f}" for amount in plan.pyramid.revenue.tolist()}
    told = [alt for _, name, alt in SHOWN if name in ("strategies.png", "pyramid.png")]
    numbers = [number for alt in told for number in re.findall(r"\d[\d,]*\d|\d", alt)]
    assert len(numbers) > 15
    assert [number for number in numbers if number not in known] == []
