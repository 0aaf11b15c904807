"""From settings to sinks."""

from __future__ import annotations

from monitor.config.mistakes import Mistake
from monitor.settings import JsonLines, Webhook
from streams.config import ConfigError
from streams.sinks.jsonl import JsonlSink
from streams.sinks.signature import keys
from streams.sinks.sink import Retry, Sink
from streams.sinks.webhook import WebhookSink


def make(settings: Webhook | JsonLines) -> Sink:
    """The sink of its settings. Raises `ConfigError` for a secret that cannot sign."""
    if isinstance(settings, JsonLines):
        return JsonlSink(settings.name, settings.path)
    try:
        signing = keys(settings.secret.get_secret_value() if settings.secret else "")
        return WebhookSink(
            settings.name,
            settings.url,
            signing,
            seconds=settings.timeout.total_seconds(),
            retry=Retry(longest=settings.backoff_most.total_seconds(), attempts=settings.attempts),
        )
    except ValueError as flaw:
        raise ConfigError("the settings", [Mistake(f"sinks.{settings.name}.secret", str(flaw))]) from None
