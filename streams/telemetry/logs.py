"""Log lines: `key=value` for people, JSON for machines, and no phone number in either."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

from streams.telemetry.sparing import Sparing

Style = Literal["keyvalue", "json"]

#: What people put between the digits of a number, up to three of them: +31 (0)20.
_BETWEEN = r"[ ().\-/\u00a0\u2010-\u2015]{0,3}"
#: Seven digits and more (a Dutch number without its zero has nine, the shortest subscriber part seven), in groups where they
#: begin as a number that is dialled does. Not what stands in a hexadecimal word of an alert's id, which has 32 signs.
_DIGITS = re.compile(
    r"(?P<id>(?<![0-9A-Za-z%])(?=[0-9]*[a-f])[0-9a-f]{32}(?![0-9A-Za-z]))"
    rf"|(?:\+|%2[Bb])\d(?:{_BETWEEN}\d){{6,}}|(?<!\d)0\d(?:{_BETWEEN}\d){{6,}}|\d{{7,}}"
)

_PLAIN = re.compile(r"[^\s\"=]+")


def mask(text: str) -> str:
    """The text without anything that could be a phone number.

    >>> mask("call from +31 (0)20 123 45 67 refused, id 12ab7712345678ff12ab7712345678ff")
    'call from ... refused, id 12ab7712345678ff12ab7712345678ff'
    """
    return _DIGITS.sub(lambda found: found["id"] or "...", text)


class _Lines(logging.Formatter):
    """Time, level, logger, event, then the event's fields. A message of a library is a field too:
    libraries print what they choke on, so it is masked like all text.
    """

    def fields(self, record: logging.LogRecord) -> dict[str, object]:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        said = getattr(record, "said", None)
        if said is None:
            line["message"] = record.getMessage()
        else:
            line |= {"event": record.getMessage()} | said
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return {key: _clean(value) if key != "time" else value for key, value in line.items()}


def _clean(value: object) -> object:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, float):
        return round(value, 6)
    return value if isinstance(value, int) or value is None else mask(str(value))


class KeyValueLines(_Lines):
    """`time=... level=info logger=nummerwacht event=day_closed day=20415 seconds=0.31`"""

    def format(self, record: logging.LogRecord) -> str:
        return " ".join(f"{key}={_quoted(value)}" for key, value in self.fields(record).items())


class JsonLines(_Lines):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.fields(record), ensure_ascii=False)


def _quoted(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def handler(style: Style = "keyvalue", stream: TextIO | None = None) -> logging.Handler:
    """A handler (standard error unless told otherwise) that writes such lines; the caller adds it."""
    lines = logging.StreamHandler(stream if stream is not None else sys.stderr)
    lines.setFormatter(JsonLines() if style == "json" else KeyValueLines())
    lines.addFilter(Sparing())
    return lines
