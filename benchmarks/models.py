"""Models: fits and forecasts of CDNOW and of a million customers, beside lifetimes and mpmath.

Run it with ``python benchmarks/models.py``; it takes about a minute, most of it in the rival. The
market is simulated from the published CDNOW parameters with seed 2005, in continuous time, so
that hardly two rows are equal. Times are the best of alternating runs; the rival fits the million
once. It exits with an error when a stated bound is missed.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter
from numpy.typing import NDArray

from relmkt.formulas import bg_nbd
from relmkt.models import BGNBD, GammaGamma

Floats = NDArray[np.float64]
Histories = tuple[Floats, Floats, Floats]

PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
MONTH = 4.345  # the month in weeks that lifetimes uses
FAILURES: list[str] = []


def cdnow() -> tuple[Floats, Floats, Floats, Floats]:
    """Summarize the CDNOW sample in the wheel of lifetimes, in weeks up to 1997-09-30."""
    found = importlib.util.find_spec("lifetimes")
    assert found is not None, "the benchmark compares with lifetimes"
    assert found.submodule_search_locations
    path = Path(found.submodule_search_locations[0]) / "datasets" / "CDNOW_sample.txt"
    spent: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for line in path.read_text().splitlines():
        customer, _, day, _, amount = line.split()
        spent[customer][date.fromisoformat(day)] += float(amount)
    end = date(1997, 9, 30)
    rows: list[tuple[float, ...]] = []
    for days in spent.values():
        seen = sorted(day for day in days if day <= end)
        first, last = seen[0], seen[-1]
        money = [days[day] for day in seen[1:]] or [0.0]
        rows.append(
            (len(seen) - 1, (last - first).days / 7, (end - first).days / 7, float(np.mean(money)))
        )
    x, t_x, T, mean = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    return x, t_x, T, mean


def market(n: int, *, r: float, alpha: float, a: float, b: float) -> Histories:
    """Simulate the histories of n customers, observed for 27 to 39 weeks."""
    draw = np.random.default_rng(2005)
    age = draw.uniform(27.0, 39.0, n)
    rate = np.maximum(draw.gamma(r, 1.0 / alpha, n), 1e-300)
    leave = draw.beta(a, b, n)
    frequency, recency, now = np.zeros(n), np.zeros(n), np.zeros(n)
    active = np.arange(n)
    while active.size:
        now[active] += draw.exponential(1.0, active.size) / rate[active]
        active = active[now[active] <= age[active]]
        frequency[active] += 1.0
        recency[active] = now[active]
        active = active[draw.uniform(size=active.size) >= leave[active]]
    return frequency, recency, age


def peer_of(parameters: dict[str, float]) -> Any:
    """A model of lifetimes with these parameters."""
    peer = BetaGeoFitter()
    peer.params_ = pd.Series(parameters)
    peer.predict = peer.conditional_expected_number_of_purchases_up_to_time
    return peer


def seconds(*works: Callable[[], object], rounds: int) -> list[float]:
    """The best time of each of several works, done in turn."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for place, work in enumerate(works):
            start = time.perf_counter()
            work()
            best[place] = min(best[place], time.perf_counter() - start)
    return best


def report(work: str, ours: float, theirs: float) -> None:
    """Print one line of times."""
    print(f"{work:46s} {ours * 1e3:9.1f} ms {theirs * 1e3:9.1f} ms {theirs / ours:8.1f} x")


def require(holds: bool, claim: str) -> None:
    """Remember a claim that does not hold."""
    print(f"  {'holds ' if holds else 'MISSED'}  {claim}")
    if not holds:
        FAILURES.append(claim)


def exact(p: dict[str, float], t: float, x: float, t_x: float, age: float) -> float:
    """Eq. (10) of Fader, Hardie & Lee (2005) as printed, with 160 digits and a nudge off 0 / 0."""
    with mp.workdps(160):
        r, alpha, a, b = (mp.mpf(p[name]) for name in ("r", "alpha", "a", "b"))
        a = a + mp.mpf(10) ** -60 if abs(a - 1) < mp.mpf(10) ** -60 else a
        z = t / (alpha + age + t)
        hyper = mp.hyp2f1(r + x, b + x, a + b + x - 1, z)
        bracket = 1 - ((alpha + age) / (alpha + age + t)) ** (r + x) * hyper
        left = a / (b + mp.mpf(x) - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x) if x else 0
        return float((a + b + x - 1) / (a - 1) * bracket / (1 + left))


def accuracy() -> None:
    """Print relative errors of expected purchases where closed forms fail."""
    cases: list[tuple[str, dict[str, float], float, tuple[float, float, float]]] = [
        ("published, 39 weeks", PUBLISHED, 39.0, (2, 30.43, 38.86)),
        ("a = 1", {**PUBLISHED, "a": 1.0}, 39.0, (2, 30.43, 38.86)),
        ("a = 1 + 1e-9", {**PUBLISHED, "a": 1.0 + 1e-9}, 39.0, (2, 30.43, 38.86)),
        ("a = 1000", {**PUBLISHED, "a": 1000.0}, 39.0, (2, 30.43, 38.86)),
        (
            "a + b < 1, x = 0",
            {"r": 0.11, "alpha": 2.24, "a": 0.31, "b": 0.5},
            1.0,
            (0, 0, 30),
        ),
        ("x = 400, ten years", PUBLISHED, 521.8, (400, 30.43, 38.86)),
        ("one hour", PUBLISHED, 0.006, (1, 0.003, 0.006)),
    ]
    print(f"\n{'expected purchases: relative error':46s} {'relmkt':>12s} {'lifetimes':>12s}")
    for name, p, t, (x, t_x, T) in cases:
        truth = exact(p, t, x, t_x, T)
        ours = float(bg_nbd.conditional_expected_purchases(t, x, t_x, T, **p))
        theirs = float(peer_of(p).predict(t, x, t_x, T))
        print(f"  {name:44s} {abs(ours / truth - 1):12.1e} {abs(theirs / truth - 1):12.1e}")
        if abs(ours / truth - 1) > 1e-9:
            FAILURES.append(f"relative error of 1e-9 at {name}")


def small() -> None:
    """Fit the CDNOW sample."""
    x, t_x, T, mean = cdnow()
    model = BGNBD.fit(x, t_x, T)
    spend = GammaGamma.fit(x, mean)
    print(f"\nCDNOW, {x.size:,} customers: {model.status.value}, {model.iterations} steps")
    for name, value in model.parameters.items():
        print(f"  {name:6s} {value:12.7f}  standard error {model.standard_errors[name]:.6f}")
    print(f"  log-likelihood {model.log_likelihood:.5f}")
    for name, value in spend.parameters.items():
        print(f"  {name:6s} {value:12.7f}  standard error {spend.standard_errors[name]:.6f}")
    print(f"  log-likelihood {spend.log_likelihood:.5f}")
    ours, theirs = seconds(
        lambda: BGNBD.fit(x, t_x, T), lambda: BetaGeoFitter().fit(x, t_x, T), rounds=9
    )
    report("BG/NBD fit, CDNOW", ours, theirs)
    require(ours <= 0.030, "CDNOW is fitted within 30 ms")


def large(n: int) -> None:
    """Fit and forecast a simulated market."""
    x, t_x, T = market(n, **PUBLISHED)
    print(f"\n{n:,} customers, {x.sum():,.0f} repeat purchases, seed 2005")
    model = BGNBD.fit(x, t_x, T)
    peer = BetaGeoFitter()
    (theirs,) = seconds(lambda: peer.fit(x, t_x, T), rounds=1)
    (ours,) = seconds(lambda: BGNBD.fit(x, t_x, T), rounds=5)
    apart = max(abs(peer.params_[name] / value - 1) for name, value in model.parameters.items())
    print(f"  {model.status.value}; parameters differ from lifetimes' by at most {apart:.1e}")
    report("BG/NBD fit, distinct rows", ours, theirs)
    require(apart < 0.02, "both fits agree within 2%")
    require(ours <= 1.5, "a million customers are fitted within 1.5 s")
    require(theirs / ours >= 8.0, "at least 8 times as fast as lifetimes")

    days = (x, np.ceil(7 * t_x) / 7, np.ceil(7 * T) / 7)
    (by_day,) = seconds(lambda: BGNBD.fit(*days), rounds=3)
    print(f"{'BG/NBD fit, the same in whole days':46s} {by_day * 1e3:9.1f} ms")

    rival = peer_of(dict(model.parameters))
    ours_ahead, theirs_ahead = model.expected_purchases(39, x, t_x, T), rival.predict(39, x, t_x, T)
    apart = float(np.max(np.abs(ours_ahead / theirs_ahead - 1)))
    ours, theirs = seconds(
        lambda: model.expected_purchases(39, x, t_x, T),
        lambda: rival.predict(39, x, t_x, T),
        rounds=3,
    )
    report("expected purchases, 39 weeks", ours, theirs)
    print(f"  largest relative difference {apart:.1e}")

    steps = MONTH * np.arange(1, 13)
    factors = 1.01 ** -np.arange(1.0, 13.0)

    def rival_value() -> Floats:
        """Twelve months as lifetimes values them: increments at 1% a month."""
        total = np.zeros(n)
        for step, factor in zip(steps, factors, strict=True):
            bought = rival.predict(step, x, t_x, T) - rival.predict(step - MONTH, x, t_x, T)
            total += factor * bought
        return total

    value = bg_nbd.discounted_expected_purchases(steps, factors, x, t_x, T, **model.parameters)
    start = time.perf_counter()
    apart = float(np.max(np.abs(value / rival_value() - 1)))
    theirs = time.perf_counter() - start
    (ours,) = seconds(
        lambda: model.discounted_expected_purchases(
            x, t_x, T, horizon="12 months", rate="10% per year", as_of=date(2024, 1, 1)
        ),
        rounds=3,
    )
    report("12-month value", ours, theirs)
    print(f"  largest relative difference on lifetimes' months {apart:.1e}")


def main() -> int:
    """Run all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    customers: int = parser.parse_args().customers
    warnings.simplefilter("ignore")
    print(f"{'work':46s} {'relmkt':>12s} {'lifetimes':>12s} {'ratio':>10s}")
    small()
    large(customers)
    accuracy()
    for claim in FAILURES:
        print(f"missed: {claim}", file=sys.stderr)
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
