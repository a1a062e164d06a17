"""From the texts of cells to the values of features, in SQL, with a fault where there is none."""

from __future__ import annotations

import re
from enum import IntEnum

import attrs

from relmkt.adapters._engine import literal
from relmkt.adapters._table import clipped
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules import ABSENT_CODE, Feature, Kind
from relmkt.rules.features import EXACT_INTEGER

__all__ = ["Cell", "Fault", "Reading", "refusal"]


class Fault(IntEnum):
    """What can be wrong with the text of a cell."""

    MISSING = 1
    NUMBER = 2
    NAN = 3
    INFINITE = 4
    ROUNDED = 5
    LOWER = 6
    UPPER = 7
    WHOLE = 8
    INSTANT = 9
    FLAG = 10
    WORD = 11
    IDENTITY = 12


@attrs.frozen(kw_only=True)
class Reading:
    """How the texts of a file are to be read.

    Parameters
    ----------
    decimal
        What parts the whole from the fraction, ``"."`` or ``","``.
    date_format
        How dates are written, in the codes of ``strptime``; ISO 8601 if it is None.
    zoned_format
        Whether that format reads a zone.
    """

    decimal: str = "."
    date_format: str | None = None
    zoned_format: bool = False


@attrs.frozen(kw_only=True)
class Cell:
    """One column of a file, and what becomes of it.

    Parameters
    ----------
    feature
        What the column gives; for a set of words, the first of its flags.
    column
        The column's name in the file.
    text
        SQL for the text of a cell, NULL where it is empty.
    sort
        SQL for the sort of id in a cell.
    required
        Whether an empty cell is a fault.
    is_identity
        Whether it holds the ids.
    words
        The words of a set, if the column holds sets of words.
    reading
        How its texts are to be read.
    value
        SQL for the value as the file holds it, of the type ``sort_of_value``; NULL where there are
        texts only.
    sort_of_value
        What DuckDB calls its type.
    """

    feature: Feature
    column: str
    text: str
    sort: str = "'text'"
    value: str = "NULL"
    sort_of_value: str | None = None
    required: bool = False
    is_identity: bool = False
    words: tuple[str, ...] = ()
    reading: Reading = Reading()

    @property
    def is_native(self) -> bool:
        """Whether the file holds values of the type that is wanted, so that no text is read."""
        if self.words or self.sort_of_value is None:
            return False
        if self.is_identity:
            return self.sort_of_value in _INTEGERS
        match self.feature.kind:
            case Kind.NUMBER:
                return self.sort_of_value in (*_INTEGERS, *_FLOATS)
            case Kind.INSTANT | Kind.DAY:
                return self.sort_of_value in (*_TIMES, _TIME_WITH_ZONE)
            case _:
                return False

    @property
    def is_direct(self) -> bool:
        """Whether reading it again is hardly more than a look at the file."""
        is_text = self.is_identity or self.feature.kind in (Kind.TEXT, Kind.MEMBER)
        return self.is_native or (is_text and self.sort_of_value == "VARCHAR" and not self.words)

    @property
    def has_zone(self) -> bool:
        """Whether the file says of all its instants that they have a zone."""
        return self.sort_of_value == _TIME_WITH_ZONE

    def prepared(self, at: int) -> str:
        """SQL for what the value and the fault are made of, from the text ``r`` or the value."""
        if self.is_native:
            return self._native(at)
        trimmed, reading = f"nullif(trim(r{at}), '')", self.reading
        if self.is_identity or (self.feature.kind is Kind.TEXT and not self.words):
            return f"r{at} AS s{at}"
        if self.words:
            listed = f"string_split(regexp_replace({_folded(trimmed)}, '_*;_*', ';', 'g'), ';')"
            listed = f"[word FOR word IN {listed} IF word <> '']"
            return f"CASE WHEN lower({trimmed}) = 'none' THEN [] ELSE {listed} END AS s{at}"
        match self.feature.kind:
            case Kind.NUMBER:
                return f"{_number(trimmed, reading)} AS s{at}"
            case Kind.INSTANT | Kind.DAY:
                return f"{_instant(trimmed, reading)} AS s{at}, {_zoned(trimmed, reading)} AS z{at}"
            case _:
                return f"{_folded(trimmed)} AS s{at}"

    def _native(self, at: int) -> str:
        if self.is_identity:
            return f"CAST(n{at} AS BIGINT) AS s{at}"
        if self.feature.kind is Kind.NUMBER:
            return f"CAST(n{at} AS DOUBLE) AS s{at}"
        if self.has_zone:
            return f"n{at} AT TIME ZONE 'UTC' AS s{at}, true AS z{at}"
        return f"TRY_CAST(n{at} AS TIMESTAMP) AS s{at}, false AS z{at}"

    def fault(self, at: int) -> str:
        """SQL for the fault of a cell, NULL where there is none."""
        blank = f"n{at} IS NULL" if self.is_native else f"r{at} IS NULL OR trim(r{at}) = ''"
        missing = str(int(Fault.MISSING)) if self.required else "NULL"
        cases = " ".join(f"WHEN {test} THEN {int(fault)}" for fault, test in self._tests(at))
        return f"CAST(CASE WHEN {blank} THEN {missing} {cases} END AS UTINYINT) AS f{at}"

    def _tests(self, at: int) -> list[tuple[Fault, str]]:
        value, feature = f"s{at}", self.feature
        if self.is_identity and self.is_native:
            return []
        if self.is_identity:
            whole = f"k{at} = 'int' AND TRY_CAST(s{at} AS BIGINT) IS NOT NULL"
            return [(Fault.IDENTITY, f"NOT (k{at} = 'text' OR {whole})")]
        if self.words:
            known = "[" + ", ".join(map(literal, self.words)) + "]"
            return [(Fault.WORD, f"NOT list_has_all({known}, {value})")]
        match feature.kind:
            case Kind.NUMBER:
                return self._number_tests(value, at)
            case Kind.INSTANT | Kind.DAY:
                return [(Fault.INSTANT, f"{value} IS NULL OR {value} NOT BETWEEN {_INSTANTS}")]
            case Kind.FLAG:
                return [(Fault.FLAG, f"{value} NOT IN ({_listed(_YES + _NO)})")]
            case Kind.MEMBER:
                return [(Fault.WORD, f"{value} NOT IN ({_listed(feature.values)})")]
            case Kind.TEXT:
                return []

    def _number_tests(self, value: str, at: int) -> list[tuple[Fault, str]]:
        feature = self.feature
        if self.sort_of_value in _INTEGERS:
            exact = f"{-EXACT_INTEGER} AND {EXACT_INTEGER}"
            tests = [(Fault.ROUNDED, f"n{at} NOT BETWEEN {exact}")]
        else:
            # Not isnan: DuckDB answers it from the statistics of the file, which leave out NaN.
            tests = [(Fault.INFINITE, f"isinf({value})"), (Fault.NAN, f"NOT isfinite({value})")]
        if not self.is_native:
            rounded = f"abs({value}) >= {EXACT_INTEGER} AND {_is_rounded(f'trim(r{at})')}"
            tests = [(Fault.NUMBER, f"{value} IS NULL"), *tests, (Fault.ROUNDED, rounded)]
        if feature.lower is not None:
            tests.append((Fault.LOWER, f"{value} < {feature.lower!r}"))
        if feature.upper is not None:
            tests.append((Fault.UPPER, f"{value} > {feature.upper!r}"))
        if feature.whole:
            tests.append((Fault.WHOLE, f"{value} <> floor({value})"))
        return tests

    def values(self, at: int) -> dict[str, str]:
        """For each feature of the column, SQL for its value as it is fetched."""
        value = f"s{at}"
        if self.words:
            field = self.feature.member_of
            return {
                f"{field}_{word}": f"CAST(CASE WHEN {value} IS NULL THEN {ABSENT_CODE}"
                f" ELSE list_contains({value}, {literal(word)}) END AS TINYINT)"
                for word in self.words
            }
        return {self.feature.name: self._value(value)}

    def _value(self, value: str) -> str:
        if self.is_identity or self.feature.kind is Kind.TEXT:
            return value
        match self.feature.kind:
            case Kind.NUMBER:
                return f"coalesce({value}, CAST('nan' AS DOUBLE))"
            case Kind.FLAG:
                answer = f"{value} IN ({_listed(_YES)})"
                return f"CAST(coalesce(CAST({answer} AS TINYINT), {ABSENT_CODE}) AS TINYINT)"
            case Kind.MEMBER:
                codes = " ".join(
                    f"WHEN {literal(word)} THEN {code}"
                    for code, word in enumerate(self.feature.values)
                )
                return f"CAST(CASE {value} {codes} ELSE {ABSENT_CODE} END AS TINYINT)"
            case _:
                return value


_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_FLOATS = ("FLOAT", "DOUBLE")
_TIMES = ("DATE", "TIMESTAMP")
_TIME_WITH_ZONE = "TIMESTAMP WITH TIME ZONE"
_INSTANTS = "TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999'"
_YES = ("yes", "true", "1")
_NO = ("no", "false", "0")
_CLOCK = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_NAIVE = f"{_DAY}([T ]{_CLOCK})?"
_ZONE = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
_ZONED = f"{_DAY}[T ]{_CLOCK} ?{_ZONE}"


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(map(literal, words))


def _folded(text: str) -> str:
    return f"regexp_replace(lower({text}), '[ -]', '_', 'g')"


def _number(text: str, reading: Reading) -> str:
    """DuckDB reads ``1_000`` as a number; a cell that holds it is none."""
    if reading.decimal == ",":
        text = f"CASE WHEN contains({text}, '.') THEN NULL ELSE replace({text}, ',', '.') END"
    return f"CASE WHEN NOT contains({text}, '_') THEN TRY_CAST({text} AS DOUBLE) END"


def _is_rounded(text: str) -> str:
    exact = f"TRY_CAST({text} AS HUGEINT) BETWEEN -{EXACT_INTEGER} AND {EXACT_INTEGER}"
    return f"(regexp_full_match({text}, '[+-]?[0-9]+') AND NOT coalesce({exact}, false))"


def _instant(text: str, reading: Reading) -> str:
    """An instant without its zone; one that has a zone is brought to UTC.

    DuckDB drops the zone in silence where it makes a TIMESTAMP of a text: the two go apart.
    """
    if reading.date_format is not None:
        read = f"try_strptime({text}, {literal(reading.date_format)})"
        return f"({read} AT TIME ZONE 'UTC')" if reading.zoned_format else read
    full = f"regexp_replace({text}, ' {_ZONE}$', '\\1')"
    full = f"regexp_replace({full}, '([T ][0-9]{{2}}:[0-9]{{2}}){_ZONE}$', '\\1:00\\2')"
    full = f"regexp_replace({full}, '([+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2')"
    return (
        f"CASE WHEN regexp_full_match({text}, '{_NAIVE}') THEN TRY_CAST({text} AS TIMESTAMP)"
        f" WHEN regexp_full_match({text}, '{_ZONED}')"
        f" THEN TRY_CAST({full} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END"
    )


def _zoned(text: str, reading: Reading) -> str:
    if reading.date_format is not None:
        return "true" if reading.zoned_format else "false"
    return f"regexp_matches({text}, ':[0-9.]+ ?{_ZONE}$')"


# ---------------------------------------------------------------------------------- refusals


def refusal(cell: Cell, fault: Fault, text: str | None) -> str:
    """What is wrong with a cell, in words, with the remedy."""
    if fault is Fault.WORD:
        words = cell.words or cell.feature.values
        return str(UnknownNameError(cell.column, clipped(_unknown_word(text or "", cell)), words))
    rule, remedy = _rule(cell, fault, text or "")
    return str(InvalidValueError(cell.column, rule, text, remedy=remedy))


def _unknown_word(text: str, cell: Cell) -> str:
    """The first word of a set that is none, as it is written; ``none`` stands alone."""
    if not cell.words:
        return text
    written = [word.strip() for word in text.split(";")]
    return next(w for w in written if w and re.sub("[ -]", "_", w.lower()) not in cell.words)


def _rule(cell: Cell, fault: Fault, text: str) -> tuple[str, str | None]:
    """What a cell must be, and what to do."""
    feature = cell.feature
    leave = None if cell.required else "leave the cell empty where it is not known"
    match fault:
        case Fault.MISSING:
            return "be given", None
        case Fault.NUMBER:
            return "be a number", _number_remedy(text, cell.reading)
        case Fault.NAN:
            return "be a number, not NaN", leave
        case Fault.INFINITE:
            return "be finite", leave
        case Fault.ROUNDED:
            return "be at most 2**53 in size", "a larger integer would be rounded"
        case Fault.LOWER:
            return f"be at least {feature.lower:g}", None
        case Fault.UPPER:
            return f"be at most {feature.upper:g}", None
        case Fault.WHOLE:
            return "be a whole number", None
        case Fault.INSTANT:
            return _instant_rule(text, cell.reading)
        case Fault.FLAG:
            return "be yes or no (true or false, 1 or 0)", leave
        case _:
            return (
                "be text or a whole number below 2**63",
                "write it in quotation marks to keep it as text",
            )


def _number_remedy(text: str, reading: Reading) -> str:
    other = "," if reading.decimal == "." else "."
    if "." in text and "," in text:
        if text.rindex(other) < text.rindex(reading.decimal):
            return "leave out the separators of thousands"
        return f"leave out the separators of thousands, and say decimal='{other}'"
    if other in text:
        return f"if that parts the whole from the fraction, say decimal='{other}'"
    return "write it plainly, without signs of currency or spaces"


def _instant_rule(text: str, reading: Reading) -> tuple[str, str | None]:
    if reading.date_format is not None:
        return f"be a date written as {reading.date_format}", None
    rule = "be a date written as 2026-03-31 or 2026-03-31T09:30:00"
    if re.match(_DAY, text):
        return rule, "there is no such day, or no such time"
    example = "%Y%m%d" if re.fullmatch("[0-9]{8}", text) else "%d.%m.%Y"
    return rule, f"say how dates are written, for example date_format='{example}'"
