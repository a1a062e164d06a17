"""Whom nobody may contact again, known by a keyed hash and by nothing else."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import plain
from relmkt.errors import InvalidValueError

__all__ = ["Suppressions"]

_SHORTEST = 16
_DIGEST = re.compile("[0-9a-f]{64}")


def _check_secret(_: object, attribute: attrs.Attribute[bytes], value: bytes) -> None:
    if not isinstance(value, bytes) or len(value) < _SHORTEST:  # pyright: ignore[reportUnnecessaryIsInstance]
        # The value itself stays out of the message.
        shown = f"{len(value)} bytes" if isinstance(value, bytes) else type(value).__name__  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValueError(
            attribute.name,
            f"be at least {_SHORTEST} bytes",
            shown,
            remedy="make one with secrets.token_bytes(32), and keep it apart from the digests",
        )


def _check_digests(
    _: object, attribute: attrs.Attribute[frozenset[str]], value: frozenset[str]
) -> None:
    for digest in value:
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidValueError(
                attribute.name,
                "be hexadecimal digests of SHA-256",
                digest,
                remedy="ids are put in by including(ids)",
            )


@attrs.frozen
class Suppressions:
    """Whom nobody may contact again: a set of keyed hashes (HMAC with SHA-256) of ids.

    It holds no id, and without the key nobody can tell whose hash one is, or try ids until one
    fits. An id is hashed as text, so that ``7`` read from one file and ``"7"`` from another are the
    same customer: of two errors, to write to somebody who was erased is the worse one.

    Parameters
    ----------
    secret
        The key, at least 16 random bytes. Keep it apart from the digests (a pickle of this holds
        both), and keep it: another key finds nobody.
    digests
        The hashes, as an earlier list gave them.

    Raises
    ------
    InvalidValueError
        For a key that is no bytes or too short, and for digests that are none.

    Examples
    --------
    >>> from relmkt.consent import Suppressions
    >>> nobody = Suppressions(b"32 random bytes, kept elsewhere.")
    >>> erased = nobody.including(["C-17"])
    >>> erased
    <Suppressions: 1>
    >>> erased.holds(["C-17", "C-18"]).tolist()
    [True, False]
    >>> Suppressions(b"32 random bytes, kept elsewhere.", erased.digests) == erased
    True
    """

    secret: bytes = attrs.field(validator=_check_secret)
    digests: frozenset[str] = attrs.field(
        default=frozenset(), converter=frozenset, validator=_check_digests
    )

    @property
    def fingerprint(self) -> str:
        """What tells this key from others: to be kept with the digests, and compared on return."""
        return hmac.digest(self.secret, b"fingerprint", "sha256").hex()

    @classmethod
    def restored(cls, secret: bytes, digests: Iterable[str], fingerprint: str) -> Suppressions:
        """The list that was kept, if this is the key that it was made with.

        Raises
        ------
        InvalidValueError
            When it is another key, which would find nobody and so suppress nobody.

        Examples
        --------
        >>> from relmkt.consent import Suppressions
        >>> kept = Suppressions(b"32 random bytes, kept elsewhere.").including(["C-17"])
        >>> mine = b"another key, of another day....."
        >>> Suppressions.restored(mine, kept.digests, kept.fingerprint)
        Traceback (most recent call last):
            ...
        relmkt.errors.InvalidValueError: 'secret' must be the key that the digests were made with, \
got 'another key': with another one nobody is suppressed
        """
        found = cls(secret, frozenset(digests))
        if not hmac.compare_digest(found.fingerprint, fingerprint):
            raise InvalidValueError(
                "secret",
                "be the key that the digests were made with",
                "another key",
                remedy="with another one nobody is suppressed",
            )
        return found

    def including(self, ids: Iterable[Any]) -> Suppressions:
        """The list with these customers on it too."""
        return attrs.evolve(self, digests=self.digests | set(self._hashed(ids)))

    def holds(self, ids: Iterable[Any]) -> NDArray[np.bool_]:
        """Whether each of these customers is on the list, shape (n,)."""
        found = [digest in self.digests for digest in self._hashed(ids)]
        return np.array(found, dtype=np.bool_)

    def _hashed(self, ids: Iterable[Any]) -> Iterable[str]:
        digest, secret = hmac.digest, self.secret
        held = ids.tolist() if isinstance(ids, np.ndarray) else ids
        return (
            digest(
                secret, b"id:" + _text(plain(name)).encode("utf-8", "surrogatepass"), "sha256"
            ).hex()
            for name in held
        )

    def __len__(self) -> int:
        return len(self.digests)

    def __repr__(self) -> str:
        return f"<Suppressions: {len(self):,}>"


def _text(name: Any) -> str:
    """An id as text: a whole number is written as one, however it was read."""
    if isinstance(name, float) and name.is_integer():
        return str(int(name))
    return str(name)
