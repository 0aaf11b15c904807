"""`nummerwacht`: flags are read and files opened here; the work is done in other rooms."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from importlib.metadata import version
from typing import Annotated

import typer
from rich.markup import escape
from typer.core import TyperGroup

from streams.cli import (
    check,
    dead_letters,
    demo,
    dossier,
    reference,
    replay,
    simulate,
    topics,
    what_if,
    worker,
)
from streams.cli.exits import Exit
from streams.cli.screen import Screen

#: What is the matter with a file or its disk and no bug of ours; the system's words and the name say it.
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENAMETOOLONG})


class _Commands(TyperGroup):
    """Turns what commands raise into a sentence and an exit code."""

    def invoke(self, ctx: typer.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _let_go()
            raise typer.Exit(Exit.PIPE) from None
        except Exception as error:
            cause = _one(error)
            code = _exit_of(cause)
            if code is None:
                raise
            Screen().note(f"[bold red]error:[/] {escape(_said(cause))}")
            raise typer.Exit(code) from None


def _one(error: Exception) -> Exception:
    """The error itself, where it comes as the only one of a group: sinks run in one."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _let_go() -> None:
    """Give standard output up: what Python would still write at its end has nobody to read it."""
    with suppress(OSError, ValueError):  # ValueError: a test's output has no file number
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said(error: Exception) -> str:
    """An error in words; of one that the system gave, the file and what is the matter with it."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    return str(error)


def _exit_of(error: Exception) -> Exit | None:
    """The exit code of an error that its text explains; None for one that is a bug."""
    # Imported when something went wrong, so that `--help` needs no Kafka client.
    from aiokafka.errors import KafkaError

    from monitor.newer import NewerVersion
    from monitor.settings import MissingKey
    from streams.cluster.embedded import NoBroker
    from streams.config import ConfigError
    from streams.files import Unreadable
    from streams.http import NotFree
    from streams.watchdog import MadeAnew

    known: tuple[tuple[type[Exception], Exit], ...] = (
        (ConfigError, Exit.USAGE),
        (MissingKey, Exit.USAGE),
        (Unreadable, Exit.DATA),
        (NewerVersion, Exit.DATA),
        (MadeAnew, Exit.DATA),
        (KafkaError, Exit.CLUSTER),
        (ConnectionError, Exit.CLUSTER),
        (FileNotFoundError, Exit.USAGE),
        (PermissionError, Exit.USAGE),
        (IsADirectoryError, Exit.USAGE),
        (NotADirectoryError, Exit.USAGE),
        (FileExistsError, Exit.USAGE),
        (NotFree, Exit.USAGE),
        (NoBroker, Exit.FAILED),
    )
    if isinstance(error, OSError) and error.errno in _DISK:
        return Exit.FAILED
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


def _version(wanted: bool) -> None:
    if wanted:
        Screen().say(f"nummerwacht {version('nummerwacht')}")
        raise typer.Exit


@main.callback()
def _main(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Say which version this is and exit."
        ),
    ] = False,
) -> None:
    pass


for command in (demo, worker, replay, dossier, simulate, check, topics, reference, dead_letters, what_if):
    command.register(main)
