"""Every example that a reader can see is run: in the pages, and in each docstring by itself."""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from sybil import Document, Example, Region, Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.myst import CodeBlockParser, DocTestDirectiveParser, PythonCodeBlockParser
from sybil.parsers.myst.lexers import DirectiveLexer
from sybil.parsers.rest import DocTestParser
from sybil.typing import Parser

_FLAGS = doctest.ELLIPSIS
_SOURCE = Path(__file__).parent / "src"


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


class Sessions:
    """What a reader types at a terminal, and sees: blocks of ``console``, and files with a name.

    A line that begins with ``$`` is run, in a folder that the page has for itself, and what follows
    up to the next one must be its output, where ``...`` stands for anything, and space for any
    space. A block of code with a ``:caption:`` is a file that the reader makes, of that name.
    """

    def __init__(self) -> None:
        self._typed = CodeBlockParser("console", self.run)
        self._named = DirectiveLexer("code-block")

    def __call__(self, document: Document) -> Iterator[Region]:
        """Find what is typed and what is written in a page."""
        yield from self._typed(document)
        for region in self._named(document):
            if "caption" in region.lexemes["options"]:
                region.parsed = (region.lexemes["options"]["caption"], region.lexemes["source"])
                region.evaluator = self.write
                yield region

    def run(self, example: Example) -> str | None:
        """Run the commands of a block, and say where the page shows something else."""
        for part in ("\n" + example.parsed.rstrip("\n")).split("\n$ ")[1:]:
            command, _, wanted = part.partition("\n")
            while command.endswith("\\"):
                more, _, wanted = wanted.partition("\n")
                command = command[:-1] + more
            got = _typed(command, _folder_of(example))
            # How wide a table is drawn differs between versions of rich; what it says does not.
            flags = _FLAGS | doctest.NORMALIZE_WHITESPACE
            shown, said = (re.sub("─+", "─", text) + "\n" for text in (wanted, got))
            if not doctest.OutputChecker().check_output(shown, said, flags):
                return f"$ {command}\nThe page shows:\n{wanted}\n\nThe command says:\n{got}"
        return None

    def write(self, example: Example) -> None:
        """Make the file that the page shows."""
        name, text = example.parsed
        (_folder_of(example) / name).write_text(text, encoding="utf-8")


def _folder_of(example: Example) -> Path:
    """The folder of the page, made when the first example needs one."""
    if "_folder" not in example.namespace:
        example.namespace["_folder"] = tempfile.TemporaryDirectory()
    return Path(example.namespace["_folder"].name)


def _remove(folder: tempfile.TemporaryDirectory[str] | None) -> None:
    if folder is not None:
        folder.cleanup()


def _typed(command: str, folder: Path) -> str:
    """What a command says: ours is run in this process, for speed."""
    if not command.startswith("relmkt "):
        found = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = os.environ | {"PYTHONPATH": str(_SOURCE), "PATH": found}
        done = subprocess.run(  # noqa: S602  (the pages are ours)
            command, shell=True, cwd=folder, env=environment, capture_output=True, check=False
        )
        return (done.stdout + done.stderr).decode()
    from relmkt.cli import main

    screen = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(screen),
        contextlib.redirect_stderr(screen),
        contextlib.suppress(SystemExit),
        mock.patch.object(sys, "argv", shlex.split(command)),
        mock.patch.dict(os.environ, {"COLUMNS": "80"}),
    ):
        main()
    return screen.buffer.getvalue().decode()


_pages = Sybil(
    name="pages",
    parsers=[
        Sessions(),
        PythonCodeBlockParser(doctest_optionflags=_FLAGS),
        DocTestDirectiveParser(optionflags=_FLAGS),
    ],
    patterns=["README.md", "docs/*.md", "docs/*/*.md"],
    setup=lambda namespace: namespace.update(__name__="__main__"),
    teardown=lambda namespace: _remove(namespace.get("_folder")),
)
_docstrings = Sybil(
    name="docstrings",
    parsers=[DocTestParser(optionflags=_FLAGS)],
    path="src",
    pattern="*.py",
    document_types={".py": Docstrings},
)

pytest_collect_file = (_pages + _docstrings).pytest()
