"""Three schedules over a year's sales of 10,000 dealers, beside the same in pandas.

Run it as it is; `--dealers` takes another number. Both ways must agree to the cent. Then the
diversion test, and the ledger of as many dealers with twelve sales each. Times are of the
processor, the best of 3.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from relmkt.channel.diversion import diversion_test
from relmkt.channel.rebate_events import RebateEvents
from relmkt.channel.rebate_ledger import RebateLedger
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.channel.rebate_what_if import rebate_what_if
from relmkt.domain import Agreement

T = TypeVar("T")
SEED = 7
BRACKETS: dict[str, tuple[str, list[tuple[float, float]]]] = {
    "current": ("whole_volume", [(100, 2.0), (500, 3.0), (2000, 3.5)]),
    "steps": ("marginal", [(100, 2.0), (500, 3.5), (2000, 4.0)]),
    "flat": ("marginal", [(0, 2.5)]),
}


def timed(what: str, work: Callable[[], T], rounds: int = 3) -> T:
    """What the work gives; the best of its times is printed."""
    times: list[float] = []
    while True:
        start = time.process_time()
        found = work()
        times.append(time.process_time() - start)
        if len(times) == rounds:
            print(f"  {what:<52} {min(times) * 1000:9.1f} ms")
            return found


def in_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    """The rebates by each schedule, as one writes them with pandas."""
    volume, found = frame["quantity"], {}
    for name, (kind, brackets) in BRACKETS.items():
        if kind == "whole_volume":
            edges = [-np.inf, *(start for start, _ in brackets), np.inf]
            rates = [0.0, *(rate for _, rate in brackets)]
            reached: Any = pd.cut(volume, edges, right=False, labels=rates, ordered=False)
            found[name] = volume * reached.astype(float)
        else:
            ends = [*(start for start, _ in brackets[1:]), np.inf]
            parts = [
                (volume.clip(upper=end) - start).clip(lower=0) * rate
                for (start, rate), end in zip(brackets, ends, strict=True)
            ]
            found[name] = sum(parts)
    return pd.DataFrame({"dealer": frame["dealer"], **found}).set_index("dealer")


def ledger_of(dealers: list[str], monthly: np.ndarray) -> RebateLedger:
    """Twelve sales of each dealer, under an agreement each."""
    months = np.arange("2025-01", "2026-01", dtype="datetime64[M]").astype("datetime64[us]")
    events = RebateEvents(
        dealer=np.repeat(np.array(dealers, dtype=object), 12),
        kind=np.zeros(12 * len(dealers), dtype=np.int8),
        at=np.tile(months, len(dealers)),
        flow=np.zeros(12 * len(dealers), dtype=np.int8),
        quantity=monthly.ravel().astype(np.float64),
    )
    return RebateLedger.from_events(
        events,
        agreements=[
            Agreement(dealer=dealer, starts=date(2025, 1, 1), schedule="current")
            for dealer in dealers
        ],
        schedules={"current": schedules()["current"]},
    )


def schedules() -> dict[str, RebateSchedule]:
    return {
        name: RebateSchedule(brackets=brackets, kind=kind, currency="EUR")
        for name, (kind, brackets) in BRACKETS.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dealers", type=int, default=10_000)
    many = parser.parse_args().dealers
    random = np.random.default_rng(SEED)
    monthly = random.poisson(random.gamma(1.5, 40.0, many)[:, None], (many, 12))
    volumes = monthly.sum(axis=1).astype(np.float64)
    dealers = [f"D{number}" for number in range(many)]
    made = schedules()
    others = {name: one for name, one in made.items() if name != "current"}
    print(f"{many:,} dealers")
    answer: Any = timed(
        "what if: three schedules",
        lambda: rebate_what_if(made["current"], others, dealers=dealers, quantities=volumes),
    )
    frame = pd.DataFrame({"dealer": dealers, "quantity": volumes})
    told = timed("the same in pandas, without names and cliffs", lambda: in_pandas(frame))
    for one in (answer.current, *answer.proposed):
        assert np.abs(one.rebates - told[one.name].to_numpy()).max() < 0.005
    test = timed(
        "diversion test",
        lambda: diversion_test(made["current"], volumes, dealers=dealers, discount=8, freight=2),
    )
    ledger = timed("ledger made of twelve sales each", lambda: ledger_of(dealers, monthly), 1)
    balances = timed("balances of all", lambda: ledger.balances(date(2026, 1, 1)), 1)
    assert all(
        float(balance.accrued) == round(paid, 2)
        for balance, paid in zip(balances, answer.current.rebates.tolist(), strict=True)
    )
    print(answer)
    print(f"dumping at a loss of 10 pays for {int(test.pays.sum()):,} dealers")


if __name__ == "__main__":
    main()
