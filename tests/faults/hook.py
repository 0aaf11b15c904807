"""A receiver of webhooks on loopback, and what it may hold against who told it.

What a webhook is promised is in `streams/sinks/README.md`: every state at least once, those of an alert in their
order, a state always alike; and again only when a worker died after the delivery and before `alerts.told` had it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from streams.sinks.runner import MOST

#: It protects nothing.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#: Seconds from a delivery to `alerts.told`: those of a flush, fifty exchanges on loopback and one produce, of a few
#: tenths, on a machine that is busy.
WINDOW = 5.0


class Delivery(NamedTuple):
    """One POST. at: monotonic seconds, when it was there."""

    at: float
    key: str
    body: bytes


class Hook:
    """Takes all that is posted, for the length of a `with` block, in threads of its own: a run that is busy
    would else answer late, and be told again for that.
    """

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        taken = self.deliveries

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:  # the name that the library asks for
                body = self.rfile.read(int(self.headers["content-length"]))
                taken.append(Delivery(time.monotonic(), self.headers["webhook-id"], body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def settings(self) -> dict[str, object]:
        """The sink, as settings have it."""
        url = f"http://127.0.0.1:{self._server.server_port}/alerts"
        return {"kind": "webhook", "name": "hook", "url": url, "secret": SECRET}

    def keys(self) -> set[str]:
        return {delivery.key for delivery in self.deliveries.copy()}

    def __enter__(self) -> Hook:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass(frozen=True, slots=True)
class Heard:
    """What is to be said of the deliveries."""

    again: int  # states told again as is promised: somebody died within the window
    too_often: int  # and otherwise
    unlike: int  # deliveries that are not what is on `alerts` under their key
    disordered: int  # states that came, for the first time, after a later one of their alert

    def right(self) -> bool:
        return not (self.too_often or self.unlike or self.disordered)


def heard(
    deliveries: Sequence[Delivery], alerts: Mapping[tuple[str, int], dict], upsets: Sequence[float]
) -> Heard:
    """Hold deliveries, as they came, against what is on `alerts` by (id, sequence).

    upsets: monotonic, when a worker died or was paused. Each lets as many states be told again as one flush
    has, if they were first told within the window before it.
    """
    first: dict[str, float] = {}
    highest: dict[str, int] = {}
    left = dict.fromkeys(sorted(upsets), MOST)
    again = too_often = unlike = disordered = 0
    for at, key, body in deliveries:
        event = json.loads(body)
        state = event["id"], int(event["sequence"])
        unlike += key != f"{state[0]}-{state[1]}" or alerts.get(state) != event
        if key in first:
            why = next((u for u, states in left.items() if states and _between(first[key], u, at)), None)
            if why is None:
                too_often += 1
            else:
                left[why] -= 1
                again += 1
            first[key] = at  # whoever told it again may have died of that too
            continue
        first[key] = at
        disordered += state[1] < highest.get(state[0], 0)
        highest[state[0]] = max(state[1], highest.get(state[0], 0))
    return Heard(again, too_often, unlike, disordered)


def _between(first: float, upset: float, again: float) -> bool:
    return first <= upset <= min(first + WINDOW, again)
