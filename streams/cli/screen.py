"""What a command shows: colours and bars on a terminal, plain lines everywhere else.

Results go to standard output and everything about getting them to standard error, so that `>` and
`|` pass on results alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

#: Width of what is not shown on a terminal: rich would fold it at 80 columns, and lines that
#: machines read must not be folded.
_WIDE = 10_000
#: Seconds between the plain lines of long work: few enough for a log that is kept.
_SELDOM = 10.0

#: Tells how far the work is: (done, in all).
Step = Callable[[int, int], None]


class Screen:
    """Standard output and standard error of one command."""

    def __init__(self) -> None:
        self.out = _console(stderr=False)
        self.err = _console(stderr=True)

    def say(self, text: str) -> None:
        """A line of the result."""
        self.out.print(text)

    def note(self, text: str) -> None:
        """A line about the work."""
        self.err.print(text)

    def table(
        self, title: str, *columns: str, rows: list[tuple[object, ...]], numbers: frozenset[int] = frozenset()
    ) -> None:
        """Rows under columns; tab-separated where no person looks on. numbers: columns flush right."""
        if not self.out.is_terminal:
            for row in (columns, *rows):
                print("\t".join(map(str, row)), file=self.out.file)  # rich would make blanks of tabs
            return
        table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
        for at, column in enumerate(columns):
            table.add_column(
                column, justify="right" if at in numbers else "left", header_style="dim", overflow="fold"
            )
        for row in rows:
            # Names come from records: what looks like markup in them is shown, not obeyed.
            table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
        self.out.print(table)

    @contextmanager
    def work(self, what: str, *, of_bytes: bool = False) -> Iterator[Step]:
        """A bar for long work on a terminal, and elsewhere a line now and then."""
        if not self.err.is_terminal:
            yield _Seldom(self.err, what)
            return
        counted = DownloadColumn() if of_bytes else MofNCompleteColumn()
        columns = (TextColumn("{task.description}"), BarColumn(), counted, TimeRemainingColumn())
        with Progress(*columns, console=self.err, transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total or None)


class _Seldom:
    """Says how far the work is, every ten seconds at most."""

    def __init__(self, err: Console, what: str) -> None:
        self._err, self._what, self._said = err, what, time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._said >= _SELDOM:
            self._said = now
            self._err.print(f"{self._what}: {done / total:.0%}" if total else f"{self._what}: {done:,}")


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, soft_wrap=False)
    if not console.is_terminal:
        return Console(stderr=stderr, highlight=False, width=_WIDE)
    return console
