"""What a command shows: colours and bars on a terminal, plain lines everywhere else.

Results go to standard output and everything about getting them to standard error, so that `>` and
`|` pass on results alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.padding import Padding
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
#: Columns of a terminal below which a long last column goes under its row: beside the others it would be a
#: ribbon of a word a line.
_ROOMY = 120

#: Letters to which a column is made wide for its rows: one long name must not push all of them over the edge.
_COLUMN = 24

#: What moves a cursor, colours or ends a line, and what turns the order of letters round, with what is shown in its place:
#: names come from records, and neither a terminal nor a table must be led by them.
_UNSEEN = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    for code in (*range(32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}

#: Tells how far the work is: (done, in all).
Step = Callable[[int, int], None]


def visible(text: object) -> str:
    """Text of a record so that nothing of it is obeyed.

    >>> visible("\\x1b[2Jbakker")
    '\\\\x1b[2Jbakker'
    """
    return str(text).translate(_UNSEEN)


class Screen:
    """Standard output and standard error of one command."""

    def __init__(self) -> None:
        self.out = _console(stderr=False)
        self.err = _console(stderr=True)

    def say(self, text: str, *, whole: bool = False) -> None:
        """A line of the result. whole: it is not folded, as a command that is copied from the screen."""
        self.out.print(text, soft_wrap=whole)

    def note(self, text: str, *, whole: bool = False) -> None:
        """A line about the work; whole: as above."""
        self.err.print(text, soft_wrap=whole)

    def table(
        self,
        title: str,
        *columns: str,
        rows: list[tuple[object, ...]],
        numbers: frozenset[int] = frozenset(),
        under: bool = False,
    ) -> None:
        """Rows under columns; tab-separated where no person looks on.

        numbers: columns flush right. under: the last column is long, and goes under its row where there is no room.
        """
        rows = [tuple(cell if isinstance(cell, Text) else visible(cell) for cell in row) for row in rows]
        if not self.out.is_terminal:
            for row in (columns, *rows):
                print("\t".join(map(str, row)), file=self.out.file)  # rich would make blanks of tabs
            return
        # As a line of its own: a title of the table would be folded at the table's width.
        self.out.print(Text(title, style="bold"))
        if under and self.out.width < _ROOMY:
            self._under(columns, rows)
            return
        table = Table(box=None, padding=(0, 2, 0, 0))
        for at, column in enumerate(columns):
            table.add_column(
                column, justify="right" if at in numbers else "left", header_style="dim", overflow="fold"
            )
        for row in rows:
            # Names come from records: what looks like markup in them is shown, not obeyed.
            table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
        self.out.print(table)

    def _under(self, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
        """Rows whose last column, however long, stands under the others."""
        cells = [[str(cell) for cell in row] for row in (columns, *rows)]
        widths = [max(min(len(cell), _COLUMN) for cell in column) for column in zip(*cells, strict=True)][:-1]
        for at, row in enumerate(cells):
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False) if width)
            self.out.print(Text(line.rstrip(), style="dim" if at == 0 else ""))
            self.out.print(Padding(Text(row[-1], style="dim"), (0, 0, 0, 4)))

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """What is so, a name and a text each; on a terminal what is folded stays beside its name."""
        if not self.out.is_terminal:
            for name, said in rows:
                print(f"{name:12} {said}", file=self.out.file)
            return
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(style="dim", min_width=12)
        grid.add_column()
        for name, said in rows:
            grid.add_row(name, Text(said))
        self.out.print(grid)

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


class _Pipe(Console):
    """A console whose reader may go away: that is told to whoever prints, as of any other output."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console(*, stderr: bool) -> Console:
    console = _Pipe(stderr=stderr, highlight=False, soft_wrap=False)
    if not console.is_terminal:
        return _Pipe(stderr=stderr, highlight=False, width=_WIDE)
    return console
