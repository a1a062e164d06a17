"""The oracle of `relmkt.testing` under the names that tests have known it by."""

from relmkt.testing.oracle import AND, LETTER, NOT, OR, decided, fact, filled, following, truth

__all__ = ["AND", "LETTER", "NOT", "OR", "decided", "fact", "filled", "following", "truth"]
