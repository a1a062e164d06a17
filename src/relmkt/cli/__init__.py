"""The command ``relmkt``: results on standard output, words on standard error."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command, or say what is missing to run it."""
    try:
        import click as _click
        import rich as _rich
    except ImportError as error:
        from relmkt.errors import MissingExtraError

        print(  # noqa: T201  (without click this is how to speak)
            MissingExtraError(error.name or "click", extra="cli", purpose="the command line"),
            file=sys.stderr,
        )
        raise SystemExit(1) from None
    del _click, _rich
    from relmkt.cli._app import run

    run()
