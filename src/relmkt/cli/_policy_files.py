"""Policies in files: what a plan decided by, kept for decisions to come."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, TypeVar, cast

import click

from relmkt.adapters.files import read_text
from relmkt.cli._options import policy_from
from relmkt.errors import FileError, RelmktError
from relmkt.policies import SHIPPED, ShippedPolicy, StrategyPolicy
from relmkt.policy_json import policy_from_json, policy_to_json
from relmkt.thresholds import Policy, Quantile

__all__ = ["plain_policy", "read_policy", "read_shipped", "write_policy", "write_text"]

P = TypeVar("P", bound=Policy)


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
    return _from_json(path, _text(path, stdin), StrategyPolicy)


def read_shipped(path: str, *, stdin: BinaryIO | None = None) -> ShippedPolicy:
    """The policy in a file of policy JSON, of whichever shipped type it says that it is.

    Parameters
    ----------
    path, stdin
        As for `read_policy`.

    Raises
    ------
    FileError
        As for `read_policy`.
    """
    text = _text(path, stdin)
    named = _content(text).get("policy")
    kinds = {kind.__name__: kind for kind in SHIPPED.values()}
    kind = kinds.get(named, StrategyPolicy) if isinstance(named, str) else StrategyPolicy
    return _from_json(path, text, kind)


def _text(path: str, stdin: BinaryIO | None) -> str:
    try:
        return read_text(path, stdin=stdin)
    except FileError as error:
        remedy = error.remedy
        if remedy is not None and remedy.startswith("say "):  # as arguments of the library
            remedy = "save it as UTF-8" if "encoding" in remedy else "a policy is JSON"
        raise FileError(path, error.problem, remedy=remedy) from None


def _from_json(path: str, text: str, kind: type[P]) -> P:
    try:
        return policy_from_json(text, kind)
    except RelmktError as error:
        if _content(text).get("kind") == "table":
            raise FileError(
                path, "is a table, not a policy", remedy="name the policy that it was made of"
            ) from None
        raise FileError(path, str(error)) from None


def _content(text: str) -> dict[str, Any]:
    """The object that a text of JSON holds; an empty one where it holds none."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}


def plain_policy(
    path: str | None, options: dict[str, Any], asking: str, *, stdin: BinaryIO | None = None
) -> StrategyPolicy:
    """The policy in a file, or the default one, with stated thresholds; all must be numbers.

    Parameters
    ----------
    path
        The file; None for the default policy.
    options
        The options of the command.
    asking
        What wants numbers and has no portfolio, for the message.
    stdin
        Standard input, where it may hold a policy.

    Raises
    ------
    click.UsageError
        When the file holds no policy, or thresholds that only a portfolio can make numbers; all of
        them are named.
    """
    try:
        policy = policy_from(options, read_policy(path, stdin=stdin) if path else StrategyPolicy())
    except RelmktError as error:
        raise click.UsageError(str(error)) from None
    open_ones = {
        name: value for name, value in policy.values().items() if isinstance(value, Quantile)
    }
    if not open_ones:
        return policy
    told = "; ".join(f"{name} is {value}" for name, value in open_ones.items())
    states = " ".join(f"--threshold {name}=NUMBER" for name in open_ones)
    raise click.UsageError(
        f"{path or 'the default policy'} has thresholds that depend on a portfolio, which {asking} "
        f"does not have ({told}): take the policy of a plan (relmkt plan ORDERS --policy-out "
        f"POLICY.json), or state {states}"
    )


def write_policy(path: str, policy: StrategyPolicy) -> None:
    """Write a policy as JSON, whole or not at all.

    Raises
    ------
    FileError
        When the file cannot be written there.
    """
    write_text(path, policy_to_json(policy))


def write_text(path: str, text: str) -> None:
    """Write a text in UTF-8, whole or not at all.

    Raises
    ------
    FileError
        When the file cannot be written there.
    """
    target = Path(path).resolve()  # where a link leads, so that the link stays
    try:
        if target.exists() and not target.is_file():  # a pipe or a device cannot be replaced
            target.write_text(text, encoding="utf-8")
            return
        with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
            made = Path(folder, target.name)
            made.write_text(text, encoding="utf-8")
            made.replace(target)
    except OSError as error:
        raise FileError(path, f"cannot be written: {error.strerror or error}") from None
