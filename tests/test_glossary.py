"""The glossary knows the words that answers are given in, and each of them once."""

from __future__ import annotations

import enum
import re
from pathlib import Path

import pytest

import relmkt.domain as words

GLOSSARY = (Path(__file__).parents[1] / "docs" / "glossary.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\{glossary\}\n(.*?)^```$", GLOSSARY, flags=re.MULTILINE | re.DOTALL)
TERMS = [line for block in BLOCKS for line in block.splitlines() if line and line[0] != " "]
KINDS = [
    kind
    for kind in vars(words).values()
    if isinstance(kind, type) and issubclass(kind, enum.Enum) and kind.__module__ != "enum"
]


def letters(text: str) -> str:
    """A text without what writers differ in: "e-mail" is "email"."""
    return re.sub(r"[^a-z]", "", text.replace("{term}", "").lower())


@pytest.mark.parametrize("kind", KINDS, ids=[kind.__name__ for kind in KINDS])
def test_every_word_of_an_answer_is_in_the_glossary(kind):
    assert [member.value for member in kind if letters(member.value) not in letters(GLOSSARY)] == []


def test_no_term_stands_twice():
    assert len(TERMS) > 90
    assert len(set(TERMS)) == len(TERMS)


def test_every_term_has_its_meaning():
    for block in BLOCKS:
        for term in re.split(r"\n\n+", block.strip()):
            name, *meaning = term.splitlines()
            assert meaning, name
            assert all(line.startswith("  ") for line in meaning), name
