"""What is asked of a worker over HTTP: `/metrics`, `/healthz`, `/readyz`, on one port.

Loopback by the settings' default: the metrics name feeds and, behind a setting, organisations.
"""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

#: None when all is well, else why not, in a few words without personal data.
Check = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Health:
    """Named checks of a worker. Who does the work adds the check: `health.ready["recovery"] = ...`.

    - `alive`: fails when only a restart helps (`/healthz`)
    - `ready`: fails while the worker does not judge yet (`/readyz`)
    """

    alive: dict[str, Check] = field(default_factory=dict)
    ready: dict[str, Check] = field(default_factory=dict)


def failures(checks: Mapping[str, Check]) -> dict[str, str]:
    """What fails and why. A check that raises fails: who cannot say that all is well is not well."""
    found = {}
    for name, check in checks.items():
        try:
            reason = check()
        except Exception as error:
            reason = type(error).__name__
        if reason is not None:
            found[name] = reason
    return found


def outlets(registry: CollectorRegistry, health: Health) -> web.Application:
    """The three addresses as an aiohttp application."""

    async def metrics(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={"Content-Type": content_type})

    async def healthz(request: web.Request) -> web.Response:
        return _answer(failures(health.alive))

    async def readyz(request: web.Request) -> web.Response:
        return _answer(failures(health.alive) | failures(health.ready))

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/healthz", healthz), web.get("/readyz", readyz)])
    return app


def _answer(failing: dict[str, str]) -> web.Response:
    return web.json_response({"ok": not failing, "failing": failing}, status=503 if failing else 200)


class NotFree(OSError):
    """The address of /metrics can't be had; its text says which and why."""


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another process has it; a second worker on a machine needs a port of its own"
    return os.strerror(error.errno) if error.errno else str(error)


@asynccontextmanager
async def serve(registry: CollectorRegistry, health: Health, *, host: str, port: int) -> AsyncIterator[str]:
    """Serves while the block runs; gives the address, such as `http://127.0.0.1:6066`.

    port: 0 takes any free one. Raises `NotFree` when it can't be listened on.
    """
    runner = web.AppRunner(outlets(registry, health), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise NotFree(
                f"{host}:{port} (worker.http_host, worker.http_port) can't be listened on: {_why(error)}"
            ) from None
        bound = runner.addresses[0][1]
        yield f"http://{f'[{host}]' if ':' in host else host}:{bound}"
    finally:
        await runner.cleanup()
