"""The files of the host guide, loaded as their hosts load them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from relmkt.policies import StrategyPolicy
from relmkt.policy_json import policy_to_json

HOSTS = Path(__file__).parents[2] / "docs" / "hosts"

PLAIN = StrategyPolicy(retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3)
POLICY = policy_to_json(PLAIN)

LEAVING = {"retained_value": 812.4, "attrition_risk": 0.71}
"""What is known of one who matters and may leave."""

WHY = "matters and may leave: status active, retained value 812.40 ≥ 200, attrition risk 0.71 ≥ 0.5"


@pytest.fixture
def package(monkeypatch):
    """Load a package from a folder under the name that its host gives it."""

    def load(name: str, folder: Path):
        spec = importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        for loaded in [loaded for loaded in sys.modules if loaded.split(".")[0] == name]:
            monkeypatch.delitem(sys.modules, loaded)
        monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        spec.loader.exec_module(module)
        return module

    return load
