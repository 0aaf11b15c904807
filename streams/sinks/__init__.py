"""Sinks: where alerts go. See `README.md` for what a receiver may rely on."""

from streams.sinks.jsonl import JsonlSink
from streams.sinks.make import make
from streams.sinks.runner import run_sinks
from streams.sinks.signature import Key
from streams.sinks.sink import Flushed, Refused, Retry, Sink
from streams.sinks.state import State
from streams.sinks.webhook import WebhookSink

__all__ = [
    "Flushed",
    "JsonlSink",
    "Key",
    "Refused",
    "Retry",
    "Sink",
    "State",
    "WebhookSink",
    "make",
    "run_sinks",
]
