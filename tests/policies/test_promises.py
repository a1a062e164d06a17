"""What each policy promises of more or less of a fact is what the words say, and nothing less."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
import yaml

from relmkt.policies import SHIPPED

WORDS = yaml.safe_load(Path(__file__).with_name("promises.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_policy_promises_what_the_words_say(name):
    told = [
        f"as {move}, never {way}"
        for part in WORDS[name]
        for move, way in product(part["as"], part["never"])
    ]
    assert sorted(map(str, SHIPPED[name].promises)) == sorted(told)


def test_there_are_words_for_every_policy_with_promises():
    assert set(WORDS) == set(SHIPPED)
