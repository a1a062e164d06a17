"""What the guide promises hosts: threads and processes get the same answers, and pickling none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Barrier

import numpy as np
import pytest

import relmkt
from relmkt.columns import Portfolio
from relmkt.domain import CustomerFacts
from relmkt.policies import StrategyPolicy
from relmkt.policy_json import policy_from_json
from tests.hosts.conftest import PLAIN, POLICY

THREADS = 16


@pytest.fixture(scope="module")
def customers():
    """Customers of every sort, with facts missing."""
    chance = Random(17)  # noqa: S311
    features = {
        "status": ["prospect", "active", "lost"],
        "barred": [True, False, False],
        "current_profit": [-5.0, 0.0, 20.0],
        "cost_to_serve_ratio": [0.1, 0.3, 0.9],
        "cost_reducible": [True, False],
        "retained_value": [0.0, 200.0, 812.4],
        "residual_value": [-3.0, 150.0, 400.0],
        "attrition_risk": [0.1, 0.5, 0.71],
        "headroom": [-1.0, 0.0, 30.0],
        "acquisition_gain": [-1.0, 2.0],
        "winback_gain": [-1.0, 2.0],
        "significance": [(), ("benchmark",)],
    }
    return [
        CustomerFacts(
            customer=f"C-{number}",
            **{
                name: chance.choice(values)
                for name, values in features.items()
                if chance.random() < 0.85
            },
        )
        for number in range(400)
    ]


def told(decision):
    return json.dumps(decision.as_dict(), default=str)


def together(work):
    """Do the work in many threads that begin at once, switched as often as can be."""
    barrier = Barrier(THREADS)

    def begin(at):
        barrier.wait()
        return work(at)

    often, interval = 1e-6, sys.getswitchinterval()
    sys.setswitchinterval(often)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(begin, range(THREADS)))
    finally:
        sys.setswitchinterval(interval)


def test_many_threads_decide_with_one_table_as_one_does(customers):
    table = PLAIN.table()
    alone = [told(table.decide(facts)) for facts in customers]
    assert len({json.loads(text)["rule"] for text in alone}) >= 8

    def work(at):
        turned = customers[at:] + customers[:at]
        found = [told(table.decide(facts)) for facts in turned]
        return found[len(found) - at :] + found[: len(found) - at]

    for found in together(work):
        assert found == alone


def test_many_threads_decide_on_one_portfolio_as_one_does(customers):
    table, portfolio = PLAIN.table(), Portfolio.of(customers)
    alone = table.decide(portfolio)
    reasons = alone.reasons()

    def work(at):
        found = table.decide(portfolio, assume={"barred": False} if at % 2 else None)
        return at, found.rule.copy(), found.reasons()

    for at, rule, said in together(work):
        if at % 2 == 0:
            assert np.array_equal(rule, alone.rule)
            assert said == reasons
        else:
            assert not np.array_equal(rule, alone.rule)


def test_many_threads_that_read_the_same_policy_get_the_same_table(customers):
    def work(at):
        table = policy_from_json(POLICY, StrategyPolicy).table()
        return table.version, [told(table.decide(facts)) for facts in customers[:50]]

    first, *others = together(work)
    assert first[0] == PLAIN.table().version
    assert all(other == first for other in others)


SCRIPT = """
import json, sys
from relmkt import CustomerFacts, StrategyPolicy
from relmkt.policy_json import policy_from_json
table = policy_from_json(sys.argv[1], StrategyPolicy).table()
for line in sys.stdin:
    print(json.dumps(table.decide(CustomerFacts(**json.loads(line))).as_dict(), default=list))
"""


def test_another_process_gives_the_same_answers_whatever_its_hashes():
    asked = [
        {"customer": "C-1", "status": "active", "barred": False, "significance": ["benchmark"]},
        {"customer": "C-2", "status": "lost", "barred": False, "winback_gain": 3},
        {"customer": "C-3"},
    ]
    lines = "".join(json.dumps(facts) + "\n" for facts in asked)
    source = str(Path(relmkt.__file__).parents[1])
    answers = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT, POLICY],
            input=lines,
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": source},
        ).stdout
        for seed in ("0", "1", "4711")
    }
    (answer,) = answers
    here = [
        json.dumps(PLAIN.table().decide(CustomerFacts(**facts)).as_dict(), default=list)
        for facts in asked
    ]
    assert answer.splitlines() == here


def test_reasons_are_told_in_another_language_by_rule(customers):
    messages = {
        "R0": "gesperrt",
        "undecided": "noch offen: {because}",
    }
    table = PLAIN.table()
    barred = table.decide(CustomerFacts(customer=1, barred=True))
    assert barred.reason_in(messages) == "gesperrt"
    open_ = table.decide(CustomerFacts(customer=1))
    assert open_.reason_in(messages).startswith("noch offen: barred, ")
    lost = table.decide(
        CustomerFacts(
            customer=1,
            barred=False,
            status="lost",
            winback_gain=3,
            ended_by_us=False,
            need_gone=False,
        )
    )
    assert lost.reason_in(messages) == lost.reason
