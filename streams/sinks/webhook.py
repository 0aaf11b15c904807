"""A receiver over HTTP: each alert state is one signed POST of its CloudEvent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime

import httpx

from streams.sinks.signature import Key, headers
from streams.sinks.sink import Flushed, Refused, Retry, Sink
from streams.sinks.state import State

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"

#: Answers that are about the alert that was sent, which no later try would change: it can't be read, is at odds with
#: what is there, is too large, of another type, or says what the receiver can't use.
_REFUSED = frozenset({400, 406, 409, 413, 415, 422, 451})

#: Answers of a receiver that may have failed at this alert alone; any other, as of one that asks for another password, has
#: moved, or is away behind its proxy, would be given to all of them.
_ALONE = frozenset({500})

#: Requests under way at once. Enough to hide a receiver's latency, too few to be a burden on it.
_AT_ONCE = 4

#: Bytes of an answer that are taken from the line, so that it can be used again: far more than receivers say.
_ANSWER = 64 * 1024


class WebhookSink(Sink):
    """POSTs alert states in CloudEvents' structured mode; any 2xx answer means that it is kept.

    - an answer about what was sent (400, 406, 409, 413, 415, 422, 451): refused, and never tried again
    - any other, and everything below HTTP: failed, to be tried again; `Retry-After` is heeded. So is an answer of
      one who no longer knows us or is no longer there (401, 403, 404, 410): it is the receiver or the settings that must be mended,
      and all alerts would be refused meanwhile. Redirects are not followed, since they would carry evidence to an
      address that nobody configured
    - `webhook-id` is the state's key: the same on every try, so that a receiver can drop repeats
    """

    def __init__(
        self,
        name: str,
        url: str,
        keys: Sequence[Key],
        *,
        seconds: float,
        retry: Retry,
        at_once: int = _AT_ONCE,
        now: Callable[[], float] = time.time,
    ) -> None:
        """keys: all of them sign. seconds: for a whole exchange. at_once: requests under way."""
        super().__init__(name, retry)
        if not keys:
            raise ValueError("alerts are never sent unsigned: a webhook needs a secret")
        self._url, self._keys, self._now = url, keys, now
        self._gate = asyncio.Semaphore(at_once)
        self._seconds = seconds
        self._flushes = 0
        self._failed: dict[str, int] = {}  # by alert: at which flush it failed last
        self._client = httpx.AsyncClient(timeout=seconds, follow_redirects=False)

    async def flush(self) -> Flushed:
        flushed, away = Flushed(), asyncio.Event()
        alerts: dict[str, list[State]] = {}
        for state in self.held:
            alerts.setdefault(state.id, []).append(state)
        # What failed last comes last: one alert at which a gateway answers that the receiver is away would keep all from it.
        alerts = dict(sorted(alerts.items(), key=lambda alert: self._failed.get(alert[0], 0)))
        await asyncio.gather(*(self._tell(states, flushed, away) for states in alerts.values()))
        done = {state.key for state in flushed.delivered} | {refused.state.key for refused in flushed.refused}
        self.held = [state for state in self.held if state.key not in done]
        self._flushes += 1
        self._failed |= {failed.state.id: self._flushes for failed in flushed.failed}
        self._failed = {state.id: self._failed[state.id] for state in self.held if state.id in self._failed}
        return flushed

    async def _tell(self, states: Sequence[State], flushed: Flushed, away: asyncio.Event) -> None:
        """The states of one alert, in order, up to one that failed. When the receiver is away nothing more is begun: each would
        cost a time-out. An alert at which it always fails holds up no other.
        """
        for state in states:
            async with self._gate:
                if not self.may_begin() or away.is_set() or not await self._post(state, flushed, away):
                    return

    async def _post(self, state: State, flushed: Flushed, away: asyncio.Event) -> bool:
        """Send a state; whether the next one of its alert may follow."""
        signed = {
            "content-type": CONTENT_TYPE,
            **headers(self._keys, state.key, int(self._now()), state.value),
        }
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream("POST", self._url, content=state.value, headers=signed) as answer,
            ):
                await _passed_by(answer)
        except (httpx.RequestError, TimeoutError) as error:
            flushed.failure = _word(error)
            flushed.failed.append(Refused(state, flushed.failure))
            away.set()
            return False
        if answer.is_success:
            flushed.delivered.append(state)
        elif answer.status_code in _REFUSED:
            flushed.refused.append(Refused(state, f"http_{answer.status_code}"))
        else:
            flushed.failure = f"http_{answer.status_code}"
            flushed.failed.append(Refused(state, flushed.failure))
            flushed.again_in = max(flushed.again_in, self._wait(answer))
            if answer.status_code not in _ALONE:
                away.set()
            return False
        return True

    def _wait(self, answer: httpx.Response) -> float:
        """The seconds of `Retry-After`, given as seconds or as a date; 0 when it says nothing useful."""
        said = answer.headers.get("Retry-After", "")
        if said.isdecimal():
            return float(said)
        try:
            return max(0.0, parsedate_to_datetime(said).timestamp() - self._now())
        except (ValueError, OverflowError):
            return 0.0

    async def close(self) -> None:
        await self._client.aclose()


async def _passed_by(answer: httpx.Response) -> None:
    """Leave what an answer says besides its status, as it comes and not unpacked: a receiver may send without end.

    What is short is taken from the line, so that this can be used again.
    """
    size = 0
    async for chunk in answer.aiter_raw():
        size += len(chunk)
        if size > _ANSWER:
            return


def _word(error: Exception) -> str:
    """`ConnectTimeout` and its like, as one of few words."""
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "timeout"
    return "unreachable" if isinstance(error, httpx.ConnectError) else "broken_off"
