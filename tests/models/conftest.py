"""Customers to fit models to: the CDNOW sample, and markets simulated from known parameters."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

from relmkt.datasets import cdnow_path

Floats = NDArray[np.float64]
Histories = tuple[Floats, Floats, Floats]

CALIBRATION_END = date(1997, 9, 30)


def cdnow_lines() -> Iterator[tuple[str, date, float]]:
    """Customer, day and amount of each line of the CDNOW sample."""
    lines = cdnow_path().read_text(encoding="utf-8").splitlines()
    for row in csv.DictReader(lines):
        yield row["customer"], date.fromisoformat(row["date"]), float(row["amount"])


@attrs.frozen
class Cdnow:
    """Calibration summaries in weeks, and the purchase days of the 39 weeks after."""

    frequency: Floats
    recency: Floats
    age: Floats
    monetary_value: Floats
    later: Floats

    @property
    def histories(self) -> Histories:
        return self.frequency, self.recency, self.age


@pytest.fixture(scope="session")
def cdnow() -> Cdnow:
    spent: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for customer, day, amount in cdnow_lines():
        spent[customer][day] += amount
    rows: list[tuple[float, ...]] = []
    for days in spent.values():
        seen = sorted(day for day in days if day <= CALIBRATION_END)
        repeats = [days[day] for day in seen[1:]]
        rows.append(
            (
                len(repeats),
                (seen[-1] - seen[0]).days / 7,
                (CALIBRATION_END - seen[0]).days / 7,
                float(np.mean(repeats)) if repeats else 0.0,
                len(days) - len(seen),
            )
        )
    return Cdnow(*(np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)))


Market = Callable[..., Histories]


@pytest.fixture(scope="session")
def market() -> Market:
    """Simulates histories of n customers in continuous time, purchase by purchase."""

    def simulate(
        n: int,
        seed: int,
        *,
        r: float = 0.5,
        alpha: float = 4.0,
        a: float = 0.8,
        b: float = 2.5,
        rate: float | None = None,
        leave: float | None = None,
    ) -> Histories:
        draw = np.random.default_rng(seed)
        age = draw.uniform(20.0, 60.0, n)
        rates = draw.gamma(r, 1.0 / alpha, n) if rate is None else np.full(n, rate)
        chances = draw.beta(a, b, n) if leave is None else np.full(n, leave)
        frequency, recency, now = np.zeros(n), np.zeros(n), np.zeros(n)
        active = np.arange(n)
        while active.size:
            now[active] += draw.exponential(1.0, active.size) / np.maximum(rates[active], 1e-300)
            active = active[now[active] <= age[active]]
            frequency[active] += 1.0
            recency[active] = now[active]
            active = active[draw.uniform(size=active.size) >= chances[active]]
        return frequency, recency, age

    return simulate
