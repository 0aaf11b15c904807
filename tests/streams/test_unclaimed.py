"""What a worker says of calls that are nobody's: in metrics by feed and direction, and in a line where most are."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Sequence

import pytest
from aiokafka import ConsumerRecord, TopicPartition

from monitor.feed import Feed
from monitor.privacy import Pseudonyms
from streams.fetching.consumer import Fetched
from streams.fetching.fetch import Batch, Part
from streams.ingest import Ingest
from streams.telemetry import Telemetry, handler
from streams.topics import Names
from streams.unclaimed import Unclaimed
from tests.cdr.master import row

#: An account is a caller's: a call that comes in from a trunk has none.
_FEED = Feed.model_validate(
    {
        "name": "north",
        "dialect": "asterisk_csv",
        "options": {"inbound_contexts": ["from-trunk"]},
        "attribution": [{"account": "1001", "organisation": "bakker"}],
    }
)


class _Taker:
    """A producer whose broker takes everything at once; nobody looks at what."""

    async def send(self, *_: object, **__: object) -> object:
        class Done:
            def __await__(self) -> object:
                yield from ()

        return Done()


def _out(at: int, account: str = "1001") -> bytes:
    return row(at, account, "+31880000001", "+31610000001", "customers").encode()


def _back(at: int) -> bytes:
    return row(at, "", "+31610000001", "+31880000001", "from-trunk").encode()


async def _told(values: Sequence[bytes]) -> tuple[Telemetry, list[dict]]:
    """What a worker says of a batch of the feed."""
    lines, logger = io.StringIO(), logging.Logger("nummerwacht", logging.INFO)
    logger.addHandler(handler("json", lines))
    telemetry = Telemetry(logger=logger)
    records = [
        ConsumerRecord("cdr", 0, at, 1767610000000, 0, None, value, None, 0, len(value), [])
        for at, value in enumerate(values)
    ]
    part = Part(TopicPartition("cdr", 0), Fetched(0, len(records), len(records), 100, records))
    ingest = Ingest(Pseudonyms(b"0" * 32, "k"), _Taker(), Names(""), 2, telemetry)
    await ingest.send(ingest.make(Batch(_FEED, [part], [], {})), "north")
    return telemetry, [json.loads(line) for line in lines.getvalue().splitlines()]


def _calls(telemetry: Telemetry, name: str, direction: str) -> float | None:
    labels = {"feed": "north", "direction": direction}
    return telemetry.registry.get_sample_value(f"nummerwacht_{name}_calls_total", labels)


async def test_calls_that_are_nobodys_are_counted_by_feed_and_direction() -> None:
    """A call back to a number that only an account's rule is about, beside outbound ones of which a few have another account."""
    telemetry, _ = await _told([*map(_out, range(20)), _out(20, "2002"), *map(_back, range(21, 28))])
    counted = {
        (name, way): _calls(telemetry, name, way)
        for name in ("sliced", "unclaimed")
        for way in ("outbound", "inbound")
    }
    assert counted == {
        ("sliced", "outbound"): 21,
        ("sliced", "inbound"): 7,
        ("unclaimed", "outbound"): 1,
        ("unclaimed", "inbound"): 7,
    }


async def test_where_all_have_an_organisation_nothing_is_said() -> None:
    """Neither a count nor a line."""
    telemetry, lines = await _told([*map(_out, range(150))])
    assert (_calls(telemetry, "unclaimed", "outbound"), lines) == (None, [])


async def test_a_line_says_of_which_way_most_calls_are_nobodys() -> None:
    """Once, as warnings are, and without a number; of the way in which a few are there is none."""
    _, lines = await _told([*map(_out, range(120)), _out(120, "2002"), *map(_back, range(121, 271))])
    said = [{name: value for name, value in line.items() if name not in ("time", "logger")} for line in lines]
    assert said == [
        {
            "level": "warning",
            "event": "most_calls_unclaimed",
            "feed": "north",
            "direction": "inbound",
            "calls": 150,
            "of": 150,
        }
    ]


@pytest.mark.parametrize(("share", "warned"), [(3, False), (2, True)])
def test_small_batches_are_judged_together(share: int, warned: bool) -> None:
    """Of a feed that brings one call at a time a third is nobody's: no line; a half: one, when a hundred are there."""
    unclaimed = Unclaimed()
    said = [unclaimed.most("north", "inbound", 1, at % share == 0) for at in range(300)]
    assert (any(said[:99]), any(said[99:])) == (False, warned)
    assert not unclaimed.most("north", "outbound", 1, 1)
