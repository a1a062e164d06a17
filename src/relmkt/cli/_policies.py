"""Policies from files, for the commands that take one."""

from __future__ import annotations

import sys

from relmkt.adapters.files import read_text
from relmkt.errors import RelmktError
from relmkt.policies import StrategyPolicy
from relmkt.policy_json import policy_from_json

__all__ = ["read_policy"]


def read_policy(path: str) -> StrategyPolicy:
    """The strategy policy in a file of policy JSON; ``-`` is standard input.

    Raises
    ------
    RelmktError
        When the file cannot be read, or holds no such policy; the message names the file.
    """
    text = read_text(path, stdin=None if sys.stdin is None else sys.stdin.buffer)
    try:
        return policy_from_json(text, StrategyPolicy)
    except RelmktError as error:
        raise RelmktError(f"{path}: {error}") from None
