"""A receiver of webhooks on loopback, whose answers are set beforehand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class Answer:
    """One answer: status, headers, and the seconds it takes."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    body: bytes | None = None


@dataclass
class Request:
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """Keeps what it was sent. Answers as `by_key` says, else in the order of `answers`, then for ever with the last of them."""

    url: str = ""
    answers: list[Answer] = field(default_factory=lambda: [Answer()])
    by_key: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def take(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.requests.append(Request(dict(request.headers), await request.read()))
        answer = self.by_key.get(self.requests[-1].key)
        if answer is None:
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        try:
            await asyncio.sleep(answer.seconds)
        finally:
            self.at_once -= 1
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    @property
    def keys(self) -> list[str]:
        return [request.key for request in self.requests]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/alerts", receiver.take)
    async with TestServer(app, host="127.0.0.1") as server:
        receiver.url = str(server.make_url("/alerts"))
        yield receiver
