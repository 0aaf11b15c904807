"""`nummerwacht worker`: one process that reads feeds, judges, and tells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streams.cli.refusals import refusals

EXAMPLES = """
Examples:

* `nummerwacht worker nummerwacht.yml`

* `NUMMERWACHT_PRIVACY__KEY=$(cat key) nummerwacht worker nummerwacht.yml`

* `NUMMERWACHT_WORKER__DATADIR=/var/lib/nw/2 NUMMERWACHT_WORKER__HTTP_PORT=6067 nummerwacht worker nummerwacht.yml`
  is a second one on the same machine
"""


def register(main: typer.Typer) -> None:
    main.command("worker", epilog=EXAMPLES)(worker)


def worker(
    config: Annotated[
        Path | None, typer.Argument(help="Settings file; without it the environment alone (NUMMERWACHT_...).")
    ] = None,
) -> None:
    """Read the feeds, judge, and tell, until stopped. Start as many as there is work for.

    Refuses to start without a pseudonym key: see `privacy.key`. SIGTERM and Ctrl-C end it cleanly.
    """
    from streams.config import ConfigError, load

    settings = load(config)
    if flaws := list(refusals(settings)):
        raise ConfigError(str(config or "the environment"), flaws)

    from streams.worker import run

    run(settings)
