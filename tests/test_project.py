"""The project's own papers agree with one another and with the code."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

import pytest
import yaml

import relmkt

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = DECLARED["project"]
TRY_IT = (
    "python3 -m venv .venv && .venv/bin/pip install '.[cli,models,plot,report]' "
    "&& .venv/bin/relmkt demo"
)
TEST_IT = (
    "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest"
)


def commands_of(page: str) -> list[str]:
    """The lines of a page's shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("command", [TRY_IT, TEST_IT])
def test_readme_sets_everything_up_in_one_line_on_the_first_screen(command):
    assert commands_of(README).count(command) == 1
    assert command in README.splitlines()[:40]


def test_contributing_sets_up_by_the_same_line_as_the_readme():
    assert TEST_IT in commands_of((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))


def test_every_extra_that_a_page_installs_is_declared():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "benchmarks").glob("*.md")]
    named = {
        extra
        for page in pages
        for group in re.findall(r"install (?:-e )?'\.\[(.+?)\]'", page.read_text(encoding="utf-8"))
        for extra in group.split(",")
    }
    assert {"cli", "models", "plot", "test", "docs", "bench"} <= named
    assert named <= set(PROJECT["optional-dependencies"])


def test_the_table_of_extras_lists_what_users_can_ask_for():
    listed = set(re.findall(r"^\| `(\w+)` \|", README, flags=re.MULTILINE))
    assert listed == set(PROJECT["optional-dependencies"]) - {
        "test",
        "docs",
        "bench",
        "lint",
    }


def test_core_depends_on_three_packages_and_bounds_none_from_above():
    names = [re.split(r"[><=~!\[]", text)[0] for text in PROJECT["dependencies"]]
    assert names == ["attrs", "numpy", "python-dateutil"]
    extras = ("models", "cli", "frames", "plot", "json", "testing")
    users = [PROJECT["optional-dependencies"][name] for name in extras]
    for text in [*PROJECT["dependencies"], *(text for extra in users for text in extra)]:
        assert re.fullmatch(r"[\w-]+>=[\d.]+", text), text


def test_lowest_versions_are_the_lower_bounds_of_all_that_users_meet():
    told = subprocess.run(
        [sys.executable, ".ci/lowest.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    extras = PROJECT["optional-dependencies"]
    asked = [text for name in ("models", "cli", "frames", "testing") for text in extras[name]]
    for text in [*PROJECT["dependencies"], *asked]:
        assert text.replace(">=", "==") in told
    assert not any(line.startswith(("pytest", "relmkt")) for line in told)


def test_citation_carries_the_version_and_license_of_the_package():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == relmkt.__version__
    assert citation["license"] == PROJECT["license"]
    assert [author["name"] for author in citation["authors"]] == [
        author["name"] for author in PROJECT["authors"]
    ]


def test_changelog_opens_with_what_is_unreleased_and_dates_every_release():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *releases = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert first == "[Unreleased]"
    for release in releases:
        match = re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})", release)
        assert match is not None, release
        date.fromisoformat(match[2])
    kinds = set(re.findall(r"^### (.+)$", text, flags=re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def parts_of_the_library() -> set[str]:
    """Each public module or package, and the modules of a package that lists no names."""
    parts = set()
    for path in sorted((ROOT / "src" / "relmkt").iterdir()):
        if path.name.startswith("_") or path.name == "py.typed":
            continue
        parts.add(path.stem)
        opening = path / "__init__.py"
        if opening.is_file() and "__all__" not in opening.read_text(encoding="utf-8"):
            inner = (module.stem for module in path.glob("[!_]*.py"))
            parts |= {f"{path.stem}.{name}" for name in inner}
    return parts


def test_every_part_of_the_library_has_its_reference_page():
    told = {
        name
        for page in (ROOT / "docs" / "reference").glob("*.md")
        for name in re.findall(
            r"^\.\. automodule:: relmkt\.([\w.]+)", page.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert parts_of_the_library() - told == set(), "add docs/reference/NAME.md: see CONTRIBUTING.md"


def test_typed_marker_ships_with_the_package():
    assert (ROOT / "src" / "relmkt" / "py.typed").is_file()
