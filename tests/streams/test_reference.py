"""The topic `reference`: read whole before anybody is judged, followed after that, and a bad entry is no end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from monitor.alert import data
from monitor.day.coverage import Coverage
from monitor.day.sheet import Sheet
from monitor.entries import written
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.privacy import Pseudonyms
from monitor.reference import Known, Reference
from monitor.replay import Replay
from streams.reference import followed, publish
from streams.telemetry import Telemetry
from tests.field.field import KEY, Field
from tests.field.traffic import told, until
from tests.streams import waiting

BEGIN = datetime(2026, 1, 1, 8, tzinfo=UTC)
FILE = Reference.load('ranges: [{prefix: "+3188", organisation: bakker}]')
EXEMPT = Reference.load("exemptions: [{organisation: slager, rules: [anonymous_calls], reason: granted}]")


async def _made(bootstrap: str, prefix: str, folder: Path) -> Field:
    more = {
        "kafka": {"reference_topic": True},
        "time": {"grace": "0s"},
        "worker": {"http_port": 0, "datadir": str(folder)},
    }
    return await Field(bootstrap, prefix, folder, partitions=1, feed_partitions=1, more=more).make()


async def _put(field: Field, known: Reference, *gone: str) -> None:
    values = {key: written(entry) for key, entry in known.entries().items()}
    await publish(field.settings.kafka, values | dict.fromkeys(gone))


@pytest.fixture
async def field(bootstrap: str, prefix: str, tmp_path: Path) -> AsyncIterator[Field]:
    made = await _made(bootstrap, prefix, tmp_path)
    yield made
    made.end()


async def test_it_is_read_whole_at_the_beginning_and_then_followed(field: Field) -> None:
    """The file, over it what was there before, then what comes; a tombstone takes away, and the file's entry is back."""
    kafka, key = field.settings.kafka, "range/*/3188*"
    await _put(field, Reference.load('ranges: [{prefix: "+3188", organisation: slager}]'))
    async with followed(kafka, FILE, Telemetry()) as (known, following):
        assert known.now.entries()[key].organisation == "slager"
        task = asyncio.create_task(following.follow())
        await _put(field, EXEMPT)
        await waiting.until(lambda: known.now.exemptions)
        await publish(kafka, dict.fromkeys([key, *EXEMPT.entries()]))
        await waiting.until(lambda: known.now.entries() == FILE.entries())
        task.cancel()


async def test_an_empty_topic_is_no_reason_to_wait(field: Field) -> None:
    """A worker starts with what the file says."""
    async with asyncio.timeout(30), followed(field.settings.kafka, FILE, Telemetry()) as (known, _):
        assert known.now == FILE


async def test_a_bad_entry_is_left_out_counted_and_said(
    field: Field, caplog: pytest.LogCaptureFixture
) -> None:
    """With its key and why; the others count, and so does what is put right."""
    telemetry = Telemetry()
    async with AIOKafkaProducer(bootstrap_servers=field.bootstrap) as producer:
        for key, value in (
            (b"declaration/x", b"{"),
            (b"kind/a", b"{}"),
            (b"\xff", b"{}"),
            (b"organisation/a", b"3"),
        ):
            await producer.send_and_wait(field.names.reference, value, key)
    await _put(field, EXEMPT)
    async with followed(field.settings.kafka, None, telemetry) as (known, following):
        assert known.now.entries() == EXEMPT.entries()
        assert following.entries.wrong.keys() == {"declaration/x", "kind/a", repr(b"\xff"), "organisation/a"}
        task = asyncio.create_task(following.follow())
        await publish(field.settings.kafka, {"organisation/a": b'{"class": "charity"}'})
        await waiting.until(lambda: known.now.organisations)
        task.cancel()
    said = [record.said for record in caplog.records if record.getMessage() == "entry_rejected"]
    assert (said[0]["key"], said[0]["reason"]) == ("declaration/x", "not_json")
    name = "nummerwacht_reference_rejected_entries_total"
    unusable = "nummerwacht_reference_unusable_entries"
    assert telemetry.registry.get_sample_value(unusable) == 3  # one was put right
    wrong = telemetry.registry.get_sample_value(name, {"reason": "wrong_key", "intended": "false"})
    assert wrong == 2


def _records(days: int) -> list[bytes]:
    """An organisation that begins on day 35 and changes its only number on day 80, one that hides, and one that stays."""
    lines = []
    for day in range(days):
        for at in range(60):
            began = (BEGIN + timedelta(days=day, seconds=90 * at)).isoformat()
            call = {"started_at": began, "answered_at": began, "called_number": f"+3161{day:03}{at:04}"}
            number = f"+3188000000{1 if day < 80 else 2}"
            if day >= 35:
                lines.append(
                    call | {"call_id": f"a{day}-{at}", "organisation": "bakker", "presented_number": number}
                )
            lines += [
                call | {"call_id": f"b{day}-{at}", "organisation": "slager", "presented_number": None},
                call | {"call_id": f"c{day}-{at}", "presented_number": f"+3120000000{at % 4}"},
            ]
    return [json.dumps(line).encode() for line in lines]


def _replayed(field: Field, records: list[bytes], reference: Reference) -> list:
    feeds = {feed.name: feed for feed in field.settings.feeds}
    replay = Replay(
        feeds, Policy.load("nl"), Pseudonyms(KEY.encode(), "1"), now=datetime.now(UTC), reference=reference
    )
    replay.add("alfa", records)
    return replay.finish().alerts


@pytest.mark.wide
async def test_a_worker_judges_by_the_topic_as_a_replay_by_the_file(field: Field) -> None:
    """A merger that was published keeps a change of number silent, and an exemption who hides."""
    known = Reference.load(
        """
        ranges: [{prefix: "+3120000000", organisation: kruidenier}]
        declarations: [{event: merger, on: 2026-03-22, organisation: bakker, formerly: [molenaar]}]
        exemptions: [{organisation: slager, rules: [anonymous_calls], until: 2026-01-31, reason: granted}]
        """
    )
    records = _records(125)
    bare = {(alert.kind, alert.organisation) for alert in _replayed(field, records, Reference())}
    assert {("anonymous_calls", "slager"), ("short_tenure", "bakker")} <= bare
    alerts = _replayed(field, records, known)
    assert {(alert.kind, alert.organisation) for alert in alerts} == {("anonymous_calls", "slager")}
    await _put(field, known)
    field.start(1)
    state = await field.settled(await field.send({"alfa": records}))
    wanted = {(alert.id, alert.sequence): data(alert) for alert in until(alerts, state)}
    assert wanted
    assert told(await field.alerts()) == wanted
    assert "kruidenier" in set(state.usage["organisation"].cast(str).to_list())


def test_what_changes_is_in_use_from_the_next_day_that_is_closed() -> None:
    """A judge goes by one reference through a day, and by the next one after it."""
    known = Known(EXEMPT)
    judge = Judge(Policy.load("nl"), known)
    usage, contacts, links, nearby = (part.frame for part in Sheet.empty())
    coverage = Coverage.total([]).frame
    judge.close(20_000, usage, contacts, links, coverage, nearby)
    known.now = FILE
    assert judge.moment().reference is EXEMPT
    judge.close(20_001, usage, contacts, links, coverage, nearby)
    assert judge.moment().reference is FILE
