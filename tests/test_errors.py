"""Errors say field, rule, value, place and remedy; they are short, and they travel."""

from __future__ import annotations

import copy
import pickle
import time

import numpy as np
import pytest

from relmkt.errors import (
    BrokenLawError,
    FileError,
    InvalidRowsError,
    InvalidValueError,
    MissingExtraError,
    RelmktError,
    RelmktWarning,
    UnknownNameError,
    UnusableModelError,
)

EXAMPLES = [
    (
        InvalidValueError("age", "be at least 0", -1),
        "'age' must be at least 0, got -1",
        ValueError,
    ),
    (
        InvalidValueError("age", "be at least 0", -1, where="row 3", remedy="time runs forward"),
        "'age' must be at least 0, got -1 for row 3: time runs forward",
        ValueError,
    ),
    (
        BrokenLawError("dunning", "whoever pays is left alone", case="for A1", found=["called"]),
        "dunning breaks a law: whoever pays is left alone\n  for A1\n  called",
        AssertionError,
    ),
    (
        InvalidRowsError("orders", ["row 1: bad"], total=1),
        "1 bad row in orders\n  row 1: bad",
        ValueError,
    ),
    (
        InvalidRowsError("orders", ["row 1: bad"], total=1_235, remedy="mend them"),
        "1,235 bad rows in orders\n  row 1: bad\n  … and 1,234 more\nmend them",
        ValueError,
    ),
    (
        UnknownNameError("column", "custmer", ["customer", "date"]),
        "no column 'custmer'; did you mean 'customer'? There are: customer, date",
        LookupError,
    ),
    (
        UnknownNameError("column", "zzz", ["customer", "date"], where="a.csv"),
        "no column 'zzz' in a.csv; there are: customer, date",
        LookupError,
    ),
    (
        UnknownNameError("column", "DATE", ["Date"]),
        "no column 'DATE'; did you mean 'Date'? There are: Date",
        LookupError,
    ),
    (UnknownNameError("column", "x", []), "no column 'x'; there are: none", LookupError),
    (UnknownNameError("unit", 5, ["day"]), "no unit '5'; there are: day", LookupError),
    (
        MissingExtraError("scipy", extra="models", purpose="fitting"),
        "fitting needs the package 'scipy': run  pip install 'relmkt[models]'",
        ImportError,
    ),
    (
        UnusableModelError(
            "BG/NBD", "a forecast", because="it did not converge", remedy="add data"
        ),
        "BG/NBD cannot give a forecast: it did not converge; add data",
        ValueError,
    ),
    (FileError("a.csv", "it is empty"), "a.csv: it is empty", RelmktError),
    (
        FileError("a.csv", "it is empty", remedy="name another"),
        "a.csv: it is empty; name another",
        RelmktError,
    ),
]


@pytest.mark.parametrize(("error", "text", "kind"), EXAMPLES)
def test_an_error_reads_as_a_sentence_and_is_of_a_standard_kind(error, text, kind):
    assert str(error) == text
    assert isinstance(error, RelmktError)
    assert isinstance(error, kind)


@pytest.mark.parametrize("error", [error for error, _, _ in EXAMPLES])
def test_an_error_comes_home_from_another_process_as_it_was(error):
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert vars(twin) == vars(error)


def test_values_are_shown_as_a_reader_would_write_them():
    assert "got 1.5" in str(InvalidValueError("x", "be 1", np.float64(1.5)))
    assert "got 3" in str(InvalidValueError("x", "be 1", np.array(3)))
    assert "got array([1, 2])" in str(InvalidValueError("x", "be 1", np.array([1, 2])))


def test_a_million_characters_do_not_make_a_message_as_long():
    text = str(InvalidValueError("x", "be short", "y" * 1_000_000))
    assert len(text) < 150
    assert "… (1,000,002 characters)" in text
    exact = str(InvalidValueError("x", "be short", "y" * 78))
    assert exact.endswith("y'")
    start = time.perf_counter()
    name = str(UnknownNameError("column", "customer" * 200_000, ["customer", "date"]))
    assert time.perf_counter() - start < 1
    assert len(name) < 200


def test_a_warning_is_no_error():
    assert issubclass(RelmktWarning, UserWarning)
    assert not issubclass(RelmktWarning, RelmktError)
