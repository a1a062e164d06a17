"""Every example that a reader can see is run: in the pages, and in each docstring by itself."""

from __future__ import annotations

import doctest
from collections.abc import Iterator
from typing import Any

from sybil import Document, Example, Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.myst import DocTestDirectiveParser, PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser
from sybil.typing import Parser

_FLAGS = doctest.ELLIPSIS


class Docstrings(PythonDocStringDocument):
    """A Python file whose docstrings stand alone: what one imports, the next does not have.

    So an example can be copied from the reference page as it is.
    """

    def __init__(self, text: str, path: str) -> None:
        Document.__init__(self, text, path)
        self._starts: list[int] = []

    @classmethod
    def parse(cls, path: str, *parsers: Parser, encoding: str = "utf-8") -> Docstrings:
        """Read the file's docstrings, and remember where each begins."""
        document = super().parse(path, *parsers, encoding=encoding)
        document._starts = sorted(start for start, _, _ in cls.extract_docstrings(document.text))
        return document

    def examples(self) -> Iterator[Example]:
        """Give the examples, those of one docstring in a namespace of their own."""
        namespaces: dict[int, dict[str, Any]] = {}
        for example in super().examples():
            begun = sum(start <= example.start for start in self._starts)
            example.namespace = namespaces.setdefault(begun, {"__name__": "__main__"})
            yield example


_pages = Sybil(
    name="pages",
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=_FLAGS),
        DocTestDirectiveParser(optionflags=_FLAGS),
    ],
    patterns=["README.md", "docs/*.md", "docs/*/*.md"],
    setup=lambda namespace: namespace.update(__name__="__main__"),
)
_docstrings = Sybil(
    name="docstrings",
    parsers=[DocTestParser(optionflags=_FLAGS)],
    path="src",
    pattern="*.py",
    document_types={".py": Docstrings},
)

pytest_collect_file = (_pages + _docstrings).pytest()
