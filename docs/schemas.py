"""Write the JSON Schema of every record type to docs/schemas: `python docs/schemas.py`."""

from __future__ import annotations

import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

import attrs

import relmkt
from relmkt.columns import Columns
from relmkt.json_schema import json_schema
from relmkt.records import schema

FOLDER = Path(__file__).parent / "schemas"


def record_types() -> list[type[Any]]:
    """Every record type of the library, by name: what is declared, and what has columns."""
    for module in pkgutil.walk_packages(relmkt.__path__, "relmkt."):
        if not module.name.startswith(("relmkt.cli", "relmkt.__main__")):
            importlib.import_module(module.name)
    found = {kind.record_type for kind in Columns.__subclasses__() if hasattr(kind, "record_type")}
    found |= {kind for kind in vars(relmkt.domain).values() if _is_record_type(kind)}
    mine = [kind for kind in found if kind.__module__.startswith("relmkt.")]
    return sorted(mine, key=lambda kind: kind.__name__)


def _is_record_type(kind: object) -> bool:
    if not isinstance(kind, type) or not attrs.has(kind):
        return False
    try:
        return bool(schema(kind).fields)
    except KeyError:  # an attrs class that declares its fields in another way
        return False


def files() -> dict[str, str]:
    """The content of each file by name."""
    return {
        f"{kind.__name__}.schema.json": json.dumps(json_schema(kind), indent=2, ensure_ascii=False)
        + "\n"
        for kind in record_types()
    }


def main() -> None:
    """Write all of them, and leave none of another day."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.schema.json"):
        path.unlink()
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
