"""Policies in files: what a plan decided by, kept for decisions to come."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from relmkt.adapters.files import read_text
from relmkt.errors import FileError, RelmktError
from relmkt.policies import StrategyPolicy
from relmkt.policy_json import policy_from_json, policy_to_json

__all__ = ["read_policy", "write_policy"]


def read_policy(path: str, *, stdin: BinaryIO | None = None) -> StrategyPolicy:
    """The strategy policy in a file of policy JSON.

    Parameters
    ----------
    path
        The file; ``-`` is standard input.
    stdin
        Standard input, where it may hold a policy.

    Raises
    ------
    FileError
        When the file cannot be read, or holds no such policy; the message names the file.
    """
    text = read_text(path, stdin=stdin)
    try:
        return policy_from_json(text, StrategyPolicy)
    except RelmktError as error:
        raise FileError(path, str(error)) from None


def write_policy(path: str, policy: StrategyPolicy) -> None:
    """Write a policy as JSON, whole or not at all.

    Raises
    ------
    FileError
        When the file cannot be written there.
    """
    target = Path(path).resolve()  # where a link leads, so that the link stays
    try:
        if target.exists() and not target.is_file():  # a pipe or a device cannot be replaced
            target.write_text(policy_to_json(policy), encoding="utf-8")
            return
        with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
            made = Path(folder, target.name)
            made.write_text(policy_to_json(policy), encoding="utf-8")
            made.replace(target)
    except OSError as error:
        raise FileError(path, f"cannot be written: {error.strerror or error}") from None
