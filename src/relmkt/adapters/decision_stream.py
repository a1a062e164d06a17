"""Decisions as a stream: a record as JSON on each line, and for each line one answer or one error.

This is the command ``relmkt decide`` for programs that hold the lines themselves. It needs nothing
but the core; where msgspec is installed (extra ``json``), lines are parsed three times as fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from relmkt.adapters._answers import Answers
from relmkt.adapters._json_rows import columns_from_lines, quickest_decoder, stripped_mark
from relmkt.adapters._json_values import Faulty, read_line
from relmkt.columns import Columns, Portfolio
from relmkt.errors import InvalidValueError, RelmktError
from relmkt.records import schema
from relmkt.rules import Table

__all__ = ["LONGEST_LINE", "DecisionStream"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")

LONGEST_LINE = 1 << 20
"""Bytes of a line beyond which it is an error; no more of it is kept."""

_BATCH = 1 << 12
"""Lines answered together: enough for columns to pay, few enough for memory and patience."""

_FEW = 32
"""As many lines as this are quicker answered one by one."""

_PARTED = 1 << 9
"""As many lines as this are no longer parted in the search for bad ones: each is read by itself."""

_BYTES = (bytes, bytearray, memoryview)

_SHOWN = 60
"""Bytes that are shown of a line that is too long."""


class DecisionStream(Generic[R, OutcomeT]):
    r"""A table that answers line by line.

    Each line of JSON is a record, in the form that `relmkt.adapters.bulk_json` tells. Each that is
    not blank gets one answer, in order: an object with the number of the line and the id, and
    ``outcome``, ``rule``, ``reason``, ``settled``, ``possible``, ``missing``, ``assumed``, ``next``
    and ``version`` as those of `relmkt.rules.Decision`, and where the table has one its ``basis``,
    the edition of a dated policy that decided; or, for a line that is no such record, an
    object with the number of the line and an ``error`` with ``field`` (null for the line as a
    whole) and ``message``. A bad line does not touch its neighbors.

    Parameters
    ----------
    table
        The table that decides.
    columns_type
        The columns of its records.
    assume
        What is taken for facts that are absent, as `relmkt.rules.Table.decide` takes it.
    explain
        Whether to add ``used``, the facts that carried the decision, and ``rules``, each with its
        ``id``, ``outcome``, ``holds`` (null where it is unknown) and ``atoms``: what each of them
        says, and its ``gap``, the number less what it was compared with.

    Attributes
    ----------
    lines
        How many lines have been read, blank ones counted.
    errors
        How many of them were answered by an error.

    Raises
    ------
    InvalidValueError, UnknownNameError
        When the table is none or its records have other columns, and when an assumption is none
        that the record type allows.

    Examples
    --------
    >>> from relmkt.adapters.decision_stream import DecisionStream
    >>> from relmkt.policies import StrategyPolicy
    >>> policy = StrategyPolicy(
    ...     retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3
    ... )
    >>> stream = DecisionStream(policy.table())
    >>> lines = b'{"customer": 7, "barred": true}\n{"customer": 8, "bared": true}\n'
    >>> for answer in b"".join(stream.answers([lines])).decode().splitlines():
    ...     print(answer[:72])
    {"line": 1, "customer": 7, "outcome": "hold", "rule": "R0", "reason": "t
    {"line": 2, "error": {"field": "bared", "message": "no field 'bared'; di
    >>> stream.errors
    1
    """

    def __init__(
        self,
        table: Table[R, OutcomeT],
        columns_type: type[Columns[Any]] = Portfolio,
        *,
        assume: Mapping[str, Any] | None = None,
        explain: bool = False,
    ) -> None:
        if not isinstance(table, Table):  # pyright: ignore[reportUnnecessaryIsInstance]
            remedy = "of a policy give policy.table()" if hasattr(table, "table") else None
            raise InvalidValueError(
                "table", "be a table, of whose rules the first decides", table, remedy=remedy
            )
        self.lines = 0
        self.errors = 0
        self._table = table
        self._columns_type = columns_type
        self._assume = dict(assume or {})
        self._explain = explain
        self._decoder = quickest_decoder()
        self._record_type = table.facts.record_type
        if getattr(columns_type, "record_type", None) is not self._record_type:
            raise InvalidValueError(
                "columns_type", f"be columns of {self._record_type.__name__}", columns_type
            )
        declared = schema(self._record_type)
        declared.checked(self._assume)
        self._words = Answers(table, declared.identity, self._assume)

    def answers(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The answers to the lines of a stream, as soon as a line is complete.

        Parameters
        ----------
        chunks
            The stream in pieces of any size, which may end within a line or a letter. All lines
            that a piece completes are answered before the next is asked for.

        Yields
        ------
        bytes
            JSON lines in UTF-8, whole ones; to be passed on at once.

        Raises
        ------
        InvalidValueError
            When a piece is not of bytes.
        """
        if isinstance(chunks, (str, *_BYTES)):
            raise InvalidValueError(
                "chunks", "be pieces of bytes", chunks, remedy="write [...] even for one"
            )
        return self._answers(chunks)

    def _answers(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for lines in _complete_lines(chunks):
            for start in range(0, len(lines), _BATCH):
                numbered = self._numbered(lines[start : start + _BATCH])
                if numbered:
                    yield "".join(self._answered(numbered)).encode()

    def _numbered(self, lines: list[bytes]) -> list[tuple[int, bytes]]:
        """The lines with their numbers, without those that are blank."""
        first, self.lines = self.lines + 1, self.lines + len(lines)
        if first == 1:
            lines = [stripped_mark(lines[0]), *lines[1:]]
        return [
            (number, line)
            for number, line in enumerate(lines, start=first)
            if line and not line.isspace()
        ]

    def _answered(self, numbered: list[tuple[int, bytes]]) -> list[str]:
        """The answers, all at once if every line is good; bad ones are looked for by halves."""
        if self._explain or len(numbered) <= _FEW:
            return [self._alone(number, self._read(line)) for number, line in numbered]
        lines = [line for _, line in numbered]
        if max(map(len, lines)) <= LONGEST_LINE:
            columns = columns_from_lines(self._columns_type, lines, self._decoder)
            together = self._together([number for number, _ in numbered], columns)
            if together is not None:
                return together
        if len(numbered) <= _PARTED:
            return self._sorted_out(numbered)
        half = len(numbered) // 2
        return self._answered(numbered[:half]) + self._answered(numbered[half:])

    def _together(self, numbers: list[int], columns: Columns[Any] | None) -> list[str] | None:
        if columns is None:
            return None
        try:
            decisions = self._table.decide(columns, assume=self._assume)
        except RelmktError:  # what is assumed breaks a rule between the fields of some line
            return None
        return self._words.answers(numbers, columns, decisions)

    def _sorted_out(self, numbered: list[tuple[int, bytes]]) -> list[str]:
        """Each line read by itself, and the good ones decided together still."""
        read = [(number, self._read(line)) for number, line in numbered]
        good = {number: found for number, found in read if not isinstance(found, Faulty)}
        try:
            columns = self._columns_type.of(good.values())
        except (
            RelmktError
        ):  # they are good, but not in one column: some have a zone, some have none
            columns = None
        together = self._together([*good], columns)
        if together is None:
            return [self._alone(number, found) for number, found in read]
        answers = dict(zip(good, together, strict=True))
        return [answers.get(number) or self._alone(number, found) for number, found in read]

    def _read(self, line: bytes) -> R | Faulty:
        return _too_long(line) or read_line(self._record_type, line)

    def _alone(self, number: int, found: R | Faulty) -> str:
        if isinstance(found, Faulty):
            return self._error(number, found)
        try:
            if self._explain:
                explanation = self._table.explain(found, assume=self._assume)
                return self._words.explained(number, found, explanation)
            return self._words.answer(number, found, self._table.decide(found, assume=self._assume))
        except InvalidValueError as error:
            return self._error(number, Faulty(error.field, error))

    def _error(self, number: int, found: Faulty) -> str:
        self.errors += 1
        return self._words.error(number, found.field, str(found.error))


def _too_long(line: bytes) -> Faulty | None:
    if len(line) <= LONGEST_LINE:
        return None
    start = line[:_SHOWN].decode(errors="replace")
    return Faulty(None, InvalidValueError("line", f"have at most {LONGEST_LINE:,} bytes", start))


def _complete_lines(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines that each piece completes, without their ends; of one too long only the start."""
    rest = bytearray()
    skipping = False
    for chunk in chunks:
        if not isinstance(chunk, _BYTES):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidValueError("chunks", "be pieces of bytes", chunk)
        chunk = bytes(chunk)
        if skipping:
            _, ended, chunk = chunk.partition(b"\n")
            if not ended:
                continue
            skipping = False
        first, *others = chunk.split(b"\n")
        rest += first
        if others:
            yield [bytes(rest), *others[:-1]]
            rest = bytearray(others[-1])
        if len(rest) > LONGEST_LINE:
            yield [bytes(rest)]
            rest.clear()
            skipping = True
    if rest:
        yield [bytes(rest)]
