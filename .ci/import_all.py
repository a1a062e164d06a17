"""Import every part of the installed relmkt but `cli` and `testing`, without any extra.

Optional packages must be imported only where they are used; a module that fails here breaks this.
"""

from __future__ import annotations

import importlib
import pkgutil

import relmkt

names = [
    module.name
    for module in pkgutil.walk_packages(relmkt.__path__, "relmkt.", onerror=lambda _: None)
    if module.name.split(".")[1] not in {"__main__", "cli", "testing"}
]
for name in names:
    importlib.import_module(name)
print(f"{len(names)} modules import without extras, relmkt {relmkt.__version__}")
