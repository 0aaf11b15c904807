"""`nummerwacht`: flags are read and files opened here; the work is done in other rooms."""

from __future__ import annotations

import typer
from rich.markup import escape
from typer.core import TyperGroup

from streams.cli import check, demo, replay, simulate, topics, what_if, worker
from streams.cli.exits import Exit
from streams.cli.screen import Screen


class _Commands(TyperGroup):
    """Turns what commands raise into a sentence and an exit code."""

    def invoke(self, ctx: typer.Context) -> object:
        try:
            return super().invoke(ctx)
        except Exception as error:
            cause = _one(error)
            code = _exit_of(cause)
            if code is None:
                raise
            Screen().note(f"[bold red]error:[/] {escape(str(cause))}")
            raise typer.Exit(code) from None


def _one(error: Exception) -> Exception:
    """The error itself, where it comes as the only one of a group: sinks run in one."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _exit_of(error: Exception) -> Exit | None:
    """The exit code of an error that its text explains; None for one that is a bug."""
    # Imported when something went wrong, so that `--help` needs no Kafka client.
    from aiokafka.errors import KafkaError

    from monitor.lives import NewerReport
    from monitor.settings import MissingKey
    from monitor.wire import NewerSlice
    from streams.config import ConfigError
    from streams.embedded import NoBroker
    from streams.files import Unreadable
    from streams.ledger import NewerState

    known: tuple[tuple[type[Exception], Exit], ...] = (
        (ConfigError, Exit.USAGE),
        (MissingKey, Exit.USAGE),
        (Unreadable, Exit.DATA),
        (NewerState, Exit.DATA),
        (NewerSlice, Exit.DATA),
        (NewerReport, Exit.DATA),
        (KafkaError, Exit.CLUSTER),
        (ConnectionError, Exit.CLUSTER),
        (FileNotFoundError, Exit.USAGE),
        (PermissionError, Exit.USAGE),
        (IsADirectoryError, Exit.USAGE),
        (NoBroker, Exit.FAILED),
    )
    return next((code for kind, code in known if isinstance(error, kind)), None)


main = typer.Typer(
    name="nummerwacht",
    cls=_Commands,
    help="Watches how long organisations use the numbers they call from, and tells number carousels from honest fleets.",
    epilog="New here? Try `nummerwacht demo`. Exit codes: "
    + ", ".join(f"{code.value} {code.says}" for code in Exit)
    + ".",
    rich_markup_mode="markdown",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_show_locals=False,  # locals hold keys and phone numbers
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (demo, worker, replay, simulate, check, topics, what_if):
    command.register(main)
