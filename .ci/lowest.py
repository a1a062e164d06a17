"""Print the lowest versions that pyproject.toml promises, one pin a line, for pip's `--constraint`.

What a user may meet has a lower bound, and is pinned to it. A tool without one is left free.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[(?P<extras>[\w,-]+)\])?(?:>=(?P<lowest>[\w.]+))?")


def pins(project: dict, extra: str | None) -> dict[str, str]:
    """The lowest version of each requirement of an extra, or of the core for None."""
    optional = project["optional-dependencies"]
    found: dict[str, str] = {}
    for text in project["dependencies"] if extra is None else optional[extra]:
        match = REQUIREMENT.fullmatch(text)
        if match is None:
            sys.exit(f"pyproject.toml: '{text}' must have a lower bound alone, as in 'name>=1.2'")
        if match["name"] == project["name"]:
            for name in match["extras"].split(","):
                found |= pins(project, name)
        elif match["lowest"]:
            found[match["name"]] = match["lowest"]
        elif extra is None:
            sys.exit(f"pyproject.toml: '{text}' must have a lower bound")
    return found


if __name__ == "__main__":
    declared = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest = pins(declared, None) | pins(declared, "test")
    print("\n".join(f"{name}=={version}" for name, version in sorted(lowest.items())))
