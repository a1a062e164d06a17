"""Policies in files: what a plan decided by, kept for decisions to come."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, BinaryIO, TypeAlias, TypeVar, cast

import attrs
import click

from relmkt._counts import counted
from relmkt.adapters.files import read_text, write_text
from relmkt.cli._options import policy_from
from relmkt.dated_policies import DatedPolicy, Edition
from relmkt.domain import CustomerFacts
from relmkt.errors import FileError, RelmktError
from relmkt.policies import (
    SteadyPolicy,
    StrategyOutcome,
    StrategyPolicy,
    steady_policy_from_json,
)
from relmkt.policies.steady import TablePolicy
from relmkt.policy_json import any_policy_from_json, policy_to_json
from relmkt.rules import Basis, Table
from relmkt.shipped import VERIFIABLE, VerifiablePolicy
from relmkt.thresholds import Policy, Quantile

__all__ = [
    "plain_table",
    "read_policy",
    "read_shipped",
    "read_steady",
    "stated_policy",
    "write_policy",
]

P = TypeVar("P", bound=Policy)
T = TypeVar("T", bound=TablePolicy)

AnyPolicy: TypeAlias = StrategyPolicy | DatedPolicy[StrategyPolicy]


def read_policy(path: str, *, stdin: BinaryIO | None = None) -> AnyPolicy:
    """The strategy policy in a file of policy JSON, or the dated one.

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


def read_shipped(
    path: str, *, stdin: BinaryIO | None = None
) -> VerifiablePolicy | DatedPolicy[VerifiablePolicy]:
    """The policy in a file of policy JSON, or the dated one, of the shipped type that it names.

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
    kinds = {kind.__name__: kind for kind in VERIFIABLE.values()}
    kind = kinds.get(named, StrategyPolicy) if isinstance(named, str) else StrategyPolicy
    return _from_json(path, text, kind)


def read_steady(path: str, kind: type[T]) -> SteadyPolicy[T]:
    """The steady policy of a kind in a file.

    Raises
    ------
    FileError
        When the file cannot be read, or holds no steady policy; the message names the file.
    """
    text = _text(path, None)
    try:
        return steady_policy_from_json(text, kind)
    except RelmktError as error:
        content = _content(text)
        if "policy" in content and "kind" not in content:
            remedy = "name it by --policy"
            raise FileError(path, "is a policy without exits", remedy=remedy) from None
        raise FileError(path, str(error)) from None


def _text(path: str, stdin: BinaryIO | None) -> str:
    try:
        return read_text(path, stdin=stdin)
    except FileError as error:
        remedy = error.remedy
        if remedy is not None and remedy.startswith("say "):  # as arguments of the library
            remedy = "save it as UTF-8" if "encoding" in remedy else "a policy is JSON"
        raise FileError(path, error.problem, remedy=remedy) from None


def _from_json(path: str, text: str, kind: type[P]) -> P | DatedPolicy[P]:
    try:
        return any_policy_from_json(text, kind)
    except RelmktError as error:
        if _content(text).get("kind") == "table":
            raise FileError(
                path, "is a table, not a policy", remedy="name the policy that it was made of"
            ) from None
        if _content(text).get("kind") == "steady policy":
            raise FileError(
                path, "is a steady policy", remedy="relmkt replay takes it by --steady"
            ) from None
        raise FileError(path, str(error)) from None


def _content(text: str) -> dict[str, Any]:
    """The object that a text of JSON holds; an empty one where it holds none."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}


def stated_policy(
    path: str | None, options: dict[str, Any], *, stdin: BinaryIO | None = None
) -> AnyPolicy:
    """The policy in a file, or the default one, with stated thresholds.

    Parameters
    ----------
    path
        The file; None for the default policy.
    options
        The options of the command.
    stdin
        Standard input, where it may hold a policy.

    Raises
    ------
    click.UsageError
        When the file holds no policy; when thresholds are stated that cannot be, or beside a dated
        policy: no reference would tell of them.
    """
    try:
        policy = StrategyPolicy() if path is None else read_policy(path, stdin=stdin)
    except RelmktError as error:
        raise click.UsageError(str(error)) from None
    if not isinstance(policy, DatedPolicy):
        return policy_from(options, policy)
    if options["threshold"]:
        raise click.UsageError(
            f"--threshold would change what {path} says was decided elsewhere: add an edition to "
            "it, or name a policy without dates"
        )
    return policy


def plain_table(
    path: str | None, options: dict[str, Any], asking: str, *, stdin: BinaryIO | None = None
) -> Table[CustomerFacts, StrategyOutcome]:
    """The table of the policy in a file, or of the default one; all thresholds must be numbers.

    Of a dated policy it is that of the edition which is valid on the day of the option ``--on``.

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
        When the file holds no policy, a dated one and no day is stated or none of its editions is
        valid then, or thresholds that only a portfolio can make numbers; all of them are named.
    """
    policy, basis = _on(path, stated_policy(path, options, stdin=stdin), options["on"])
    open_ones = {
        name: value for name, value in policy.values().items() if isinstance(value, Quantile)
    }
    if not open_ones:
        return attrs.evolve(policy.table(), basis=basis)
    told = "; ".join(f"{name} is {value}" for name, value in open_ones.items())
    states = " ".join(f"--threshold {name}=NUMBER" for name in open_ones)
    remedy = f"or state {states}" if basis is None else "or state numbers in its editions"
    raise click.UsageError(
        f"{path or 'the default policy'} has thresholds that depend on a portfolio, which {asking} "
        f"does not have ({told}): take the policy of a plan (relmkt plan ORDERS --policy-out "
        f"POLICY.json), {remedy}"
    )


def _on(
    path: str | None, policy: AnyPolicy, day: date | None
) -> tuple[StrategyPolicy, Basis | None]:
    """The policy that is valid on a day, and what it rests on; without dates, on any day."""
    if not isinstance(policy, DatedPolicy):
        return policy, None
    if day is None:
        raise click.UsageError(
            f"{path} has {_editions(policy)}: state by --on the day to decide on, such as "
            f"--on {policy.editions[-1].valid_from}"
        )
    try:
        edition = policy.edition_at(day)
    except RelmktError as error:
        raise click.UsageError(f"{path}: {error}") from None
    return edition.policy, edition.basis


def _editions(policy: DatedPolicy[StrategyPolicy]) -> str:
    return counted(len(policy.editions), "dated edition")


def write_policy(path: str, policy: StrategyPolicy, basis: Basis | None = None) -> None:
    """Write a policy as JSON, whole or not at all; with a basis, as a dated one of one edition.

    Raises
    ------
    FileError
        When the file cannot be written there.
    """
    if basis is None:
        write_text(path, policy_to_json(policy))
    else:
        edition = Edition(valid_from=basis.valid_from, policy=policy, reference=basis.reference)
        write_text(path, policy_to_json(DatedPolicy([edition])))
