"""Small samples that ship with the library, each with its source named."""

from __future__ import annotations

import csv
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable

from relmkt.datasets.synthetic import synthetic_facts
from relmkt.orders import OrderLog

__all__ = ["cdnow_orders", "cdnow_path", "synthetic_facts"]


def cdnow_path() -> Traversable:
    """Where the CDNOW sample lies: a file of comma-separated values.

    Its columns are customer (text), date (ISO), quantity and amount (US dollars).

    Examples
    --------
    >>> from relmkt.datasets import cdnow_path
    >>> cdnow_path().read_text(encoding="utf-8").splitlines()[:2]
    ['customer,date,quantity,amount', '00004,1997-01-01,2,29.33']
    """
    return files("relmkt.datasets") / "cdnow_sample.csv"


def cdnow_orders() -> OrderLog:
    """The CDNOW sample: 6,919 purchases of 2,357 customers of an online music store.

    A tenth of those who bought for the first time in the first quarter of 1997, followed to the end
    of June 1998. The ids are texts; some customers bought twice on a day, and 8 lines are free.

    References
    ----------
    Fader, P. S. & Hardie, B. G. S. (2001). Forecasting repeat sales at CDNOW: a case study.
    Interfaces 31(3), S94-S107. https://doi.org/10.1287/inte.31.3s.94.9683
    The rows are those of the wheel of lifetimes 0.11.3 (package under the MIT license).

    Examples
    --------
    >>> from relmkt.datasets import cdnow_orders
    >>> log = cdnow_orders()
    >>> log
    <OrderLog: 6,919 rows, 5 columns>
    >>> log[0].customer, log[0].amount, log[0].currency
    ('00004', 29.33, 'USD')
    """
    rows = list(csv.DictReader(cdnow_path().read_text(encoding="utf-8").splitlines()))
    return OrderLog(
        customer=[row["customer"] for row in rows],
        ordered_at=[date.fromisoformat(row["date"]) for row in rows],
        quantity=[float(row["quantity"]) for row in rows],
        amount=[float(row["amount"]) for row in rows],
        currency=["USD"] * len(rows),
    )
