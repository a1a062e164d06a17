"""What can go wrong, said kindly: field, rule, value, place and remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from relmkt._counts import counted

__all__ = [
    "BrokenLawError",
    "FileError",
    "InvalidRowsError",
    "InvalidValueError",
    "MissingExtraError",
    "RelmktError",
    "RelmktWarning",
    "UnknownNameError",
    "UnusableModelError",
]


class RelmktError(Exception):
    """The base of every error that relmkt raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by its text, so that an error comes home from another process as it was."""
        return _revived, (type(self), str(self)), self.__dict__


class RelmktWarning(UserWarning):
    """Something that the reader should know, and that did not stop the work."""


class InvalidValueError(RelmktError, ValueError):
    """A value broke the rule of its field.

    Parameters
    ----------
    field
        The name of the field or argument.
    rule
        The rule as it follows the word "must", for example ``"be at least 0"``.
    value
        The value that broke it.
    where
        The customer, row or line, for example ``"customer 'C-17'"``.
    remedy
        Why the rule stands, or what to do.

    Examples
    --------
    >>> from relmkt.errors import InvalidValueError
    >>> print(
    ...     InvalidValueError("recency", "not exceed 'age' (30.0)", 31.5, where="customer 'C-17'")
    ... )
    'recency' must not exceed 'age' (30.0), got 31.5 for customer 'C-17'
    """

    def __init__(
        self,
        field: str,
        rule: str,
        value: object,
        *,
        where: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.field = field
        self.rule = rule
        self.value = value
        self.where = where
        self.remedy = remedy
        place = f" for {where}" if where else ""
        advice = f": {remedy}" if remedy else ""
        super().__init__(f"'{field}' must {rule}, got {_shown(value)}{place}{advice}")


class InvalidRowsError(RelmktError, ValueError):
    """Some rows of a batch are bad; all are counted, the first ones are named, nothing was kept.

    Parameters
    ----------
    what
        What the rows are, for example ``"orders"``.
    problems
        One line for each bad row that is named.
    total
        How many bad rows there are in all; at least ``len(problems)``.
    remedy
        What to do about it.
    rows
        The rows that are named, counted from 0, where the rows have numbers.
    """

    def __init__(
        self,
        what: str,
        problems: Sequence[str],
        *,
        total: int,
        remedy: str | None = None,
        rows: Sequence[int] = (),
    ) -> None:
        self.what = what
        self.problems = tuple(problems)
        self.total = total
        self.remedy = remedy
        self.rows = tuple(rows)
        head = f"{counted(total, 'bad row')} in {what}"
        more = total - len(self.problems)
        lines = [head, *(f"  {problem}" for problem in self.problems)]
        if more > 0:
            lines.append(f"  … and {more:,} more")
        if remedy:
            lines.append(remedy)
        super().__init__("\n".join(lines))


class UnknownNameError(RelmktError, LookupError):
    """A name that nothing here answers to; the nearest known names are offered.

    Parameters
    ----------
    kind
        What the name should be the name of, for example ``"column"``.
    name
        The unknown name.
    choices
        The names that are known.
    where
        Where it was looked for, for example a file's name.

    Examples
    --------
    >>> from relmkt.errors import UnknownNameError
    >>> print(UnknownNameError("column", "custmer", ["customer", "date", "amount"]))
    no column 'custmer'; did you mean 'customer'? There are: customer, date, amount
    """

    def __init__(
        self, kind: str, name: object, choices: Iterable[object], *, where: str | None = None
    ) -> None:
        self.kind = kind
        self.name = str(name)
        self.choices = tuple(map(str, choices))  # pandas takes any object for a name
        self.where = where
        folded = {choice.casefold(): choice for choice in self.choices}
        # Of a name much longer than any choice none is near, and comparing would take for ever.
        near = difflib.get_close_matches(self.name[:_LONGEST_SHOWN].casefold(), folded, n=1)
        place = f" in {where}" if where else ""
        hint = f"did you mean '{folded[near[0]]}'? There" if near else "there"
        known = ", ".join(self.choices) or "none"
        super().__init__(f"no {kind} '{_clipped(self.name)}'{place}; {hint} are: {known}")


class MissingExtraError(RelmktError, ImportError):
    """An optional package is needed that is not installed.

    Parameters
    ----------
    package
        The package that could not be imported.
    extra
        The extra of relmkt that installs it.
    purpose
        What it is needed for.
    """

    def __init__(self, package: str, *, extra: str, purpose: str) -> None:
        self.package = package
        self.extra = extra
        self.purpose = purpose
        super().__init__(
            f"{purpose} needs the package '{package}': run  pip install 'relmkt[{extra}]'"
        )


class UnusableModelError(RelmktError, ValueError):
    """A fitted model was asked for what its fit does not support.

    Parameters
    ----------
    model
        The model's name.
    asked
        What was asked of it.
    because
        Why it cannot answer.
    remedy
        What to do instead.
    """

    def __init__(self, model: str, asked: str, *, because: str, remedy: str) -> None:
        self.model = model
        self.asked = asked
        self.because = because
        self.remedy = remedy
        super().__init__(f"{model} cannot give {asked}: {because}; {remedy}")


class FileError(RelmktError):
    """A file cannot be read or written as asked.

    Parameters
    ----------
    path
        The file as the user named it; ``-`` is standard input or output.
    problem
        What is wrong with it.
    remedy
        What to do about it.
    """

    def __init__(self, path: str, problem: str, *, remedy: str | None = None) -> None:
        self.path = path
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{path}: {problem}" + (f"; {remedy}" if remedy else ""))


class BrokenLawError(RelmktError, AssertionError):
    """A law does not hold; test runners show it as a failed test.

    Parameters
    ----------
    subject
        What breaks it: the name of a table, a policy or a record type.
    law
        The law, in a sentence.
    case
        The smallest case that was found, as Python would write it; None where it breaks always.
    found
        What was found, a line each.

    Examples
    --------
    >>> from relmkt.errors import BrokenLawError
    >>> print(BrokenLawError("dunning", "whoever pays is left alone", found=["A1 is called"]))
    dunning breaks a law: whoever pays is left alone
      A1 is called
    """

    def __init__(
        self, subject: str, law: str, *, case: str | None = None, found: Iterable[str] = ()
    ) -> None:
        self.subject = subject
        self.law = law
        self.case = case
        self.found = tuple(found)
        lines = [*(case.splitlines() if case is not None else ()), *self.found]
        super().__init__("\n  ".join([f"{subject} breaks a law: {law}", *lines]))


_LONGEST_SHOWN = 80


def _clipped(text: str) -> str:
    """A million-character field must not become a million-character message."""
    if len(text) <= _LONGEST_SHOWN:
        return text
    return f"{text[:_LONGEST_SHOWN]}… ({len(text):,} characters)"


def _revived(kind: type[RelmktError], text: str) -> RelmktError:
    return kind.__new__(kind, text)


def _shown(value: object) -> str:
    """The value as a reader would write it: NumPy scalars without their type's name."""
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "shape", None) == ():
        value = item()
    return _clipped(repr(value))
