"""`nummerwacht demo`: all of it on one machine, with invented traffic, to look at."""

from __future__ import annotations

from typing import Annotated

import typer

EXAMPLES = """
Examples:

* `nummerwacht demo` stays until Ctrl-C

* `nummerwacht demo --seconds 60` ends by itself and says what it saw
"""


def register(main: typer.Typer) -> None:
    main.command("demo", epilog=EXAMPLES)(demo)


def demo(
    seconds: Annotated[
        float | None,
        typer.Option(
            min=1, envvar="DEMO_SECONDS", help="End after so long; by default it stays until Ctrl-C."
        ),
    ] = None,
) -> None:
    """Watch it work: a broker, a worker and months of invented calls in a minute.

    With --seconds it ends with 0 only if carousels were found and every record was accounted for.
    """
    from streams.demo import run

    raise typer.Exit(run(seconds))
