"""How far long work has come, for whoever watches a terminal."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

__all__ = ["Watching", "watching"]


class Watching:
    """Says the stage of the work, and which share of it is done; says nothing if nobody watches."""

    def __init__(self, progress: Progress | None, stage: str) -> None:
        self._progress = progress
        if progress is not None:
            self._task = progress.add_task(stage, total=None)

    def __call__(self, stage: str) -> None:
        """Another stage begins, of which nothing is known yet."""
        if self._progress is not None:
            self._progress.remove_task(self._task)
            self._task = self._progress.add_task(stage, total=None)

    def done(self, share: float) -> None:
        """A share of the stage, between 0 and 1, is done; may be called from any thread."""
        if self._progress is not None:
            self._progress.update(self._task, total=1.0, completed=share)


@contextmanager
def watching(console: Console, stage: str) -> Generator[Watching, None, None]:
    """Show stages on a terminal as long as they last, and nothing anywhere else."""
    if not console.is_terminal:
        yield Watching(None, stage)
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as progress:
        yield Watching(progress, stage)
