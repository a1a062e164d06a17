"""The strategies of `relmkt.testing` under the names that tests have known them by."""

from relmkt.testing.oracle import filled
from relmkt.testing.strategies import (
    BOUNDS,
    COMMON,
    bounds_in,
    columns,
    conditions,
    identities,
    near,
    numbers_of,
    records,
    tables,
    values_of,
)

__all__ = [
    "BOUNDS",
    "COMMON",
    "bounds_in",
    "columns",
    "conditions",
    "filled",
    "identities",
    "near",
    "numbers_of",
    "records",
    "tables",
    "values_of",
]
