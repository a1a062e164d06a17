"""Your own record types, tables and policies, tried against every law that ours keep.

`relmkt.testing.laws` tries them, `relmkt.testing.strategies` draws what they are tried on, and
`relmkt.testing.oracle` says what is right. It needs Hypothesis: install ``relmkt[testing]``. Where
both are installed, ``hypothesis.strategies.from_type`` knows our types without an import.

Examples
--------
>>> from relmkt.policies import StrategyPolicy
>>> from relmkt.testing import laws
>>> laws.check_policy(StrategyPolicy, max_examples=10)
"""

from importlib.util import find_spec

from relmkt.errors import MissingExtraError

if find_spec("hypothesis") is None:
    raise MissingExtraError("hypothesis", extra="testing", purpose="relmkt.testing")
