"""The command as a user runs it: in this process for speed, or in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

import relmkt as package
from relmkt.cli._app import run

TRACE = "Traceback (most recent call last)"

HEADER = "customer,date,amount\n"
ORDERS = HEADER + (
    "anna,2026-01-05,20\nben,2026-01-07,35.5\nanna,2026-02-11,18\nanna,2026-03-12,25\n"
    "cleo,2026-03-15,9.9\n"
)


def names(folder: Path | None = None) -> list[str]:
    """What lies in a folder, this one if none is named."""
    return sorted(path.name for path in (folder or Path()).iterdir())


@attrs.frozen
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own to stand in, with a small file of orders."""
    monkeypatch.chdir(tmp_path)
    # Processes started here find the package that is tested, installed or not.
    monkeypatch.setenv("PYTHONPATH", str(Path(package.__file__).resolve().parents[1]))
    Path("orders.csv").write_text(ORDERS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def file(folder: Path) -> Callable[[str, str | bytes], str]:
    """Write a file, and give its name back."""

    def write(name: str, content: str | bytes) -> str:
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return write


@pytest.fixture
def relmkt(folder, monkeypatch, capfd) -> Callable[..., Ended]:
    """Run the command in this process."""

    def call(*arguments: str, stdin: bytes | None = None, columns: int = 100) -> Ended:
        monkeypatch.setattr(sys, "argv", ["relmkt", *arguments])
        monkeypatch.setenv("COLUMNS", str(columns))
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            run()
        told = capfd.readouterr()
        code = ended.value.code
        assert TRACE not in told.err
        return Ended(code if isinstance(code, int) else 0, told.out, told.err)

    return call


@pytest.fixture
def process(folder) -> Callable[..., Ended]:
    """Run ``python -m relmkt`` in a process of its own."""

    def call(*arguments: str, stdin: bytes | None = None, **env: str) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "relmkt", *arguments],
            input=b"" if stdin is None else stdin,
            capture_output=True,
            env=os.environ | {"COLUMNS": "100", "PYTHONIOENCODING": "utf-8"} | env,
            check=False,
        )
        told = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert TRACE not in told.err
        return told

    return call
