"""The special functions that SciPy lends, imported when first needed."""

from __future__ import annotations

import importlib
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike

from relmkt.errors import MissingExtraError
from relmkt.formulas._arrays import FloatArray

__all__ = ["digamma", "log_beta", "trigamma"]


def log_beta(a: ArrayLike, b: ArrayLike) -> FloatArray:
    """The log of B(a, b)."""
    return np.asarray(_scipy_special().betaln(a, b), dtype=np.float64)


def digamma(x: ArrayLike) -> FloatArray:
    """The derivative of log Gamma."""
    return np.asarray(_scipy_special().digamma(x), dtype=np.float64)


def trigamma(x: ArrayLike) -> FloatArray:
    """The second derivative of log Gamma."""
    return np.asarray(_scipy_special().zeta(2.0, x), dtype=np.float64)


def _scipy_special() -> ModuleType:
    try:
        return importlib.import_module("scipy.special")
    except ImportError:
        raise MissingExtraError(
            "scipy", extra="models", purpose="the Gamma-Gamma likelihood"
        ) from None
