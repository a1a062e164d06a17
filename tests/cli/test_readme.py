"""What the README says comes out is what comes out."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console

from relmkt.cli._demo import run_demo
from relmkt.cli._screen import print_summary

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_what_the_demo_prints(tmp_path):
    block = re.search(
        r"^```text\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert block is not None
    plan, _, left_out = run_demo(tmp_path, lambda _: None)
    assert left_out is None
    console = Console(file=io.StringIO(), width=100)
    print_summary(plan, console)
    printed = {line.rstrip() for line in console.file.getvalue().splitlines()}
    promised = block[1].splitlines()
    assert len(promised) > 10
    assert [line for line in promised if line not in printed] == []
