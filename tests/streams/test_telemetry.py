"""Telemetry: one event, one line, its metrics; by one scheme, and without personal data."""

from __future__ import annotations

import dataclasses
import importlib
import io
import json
import logging
import pkgutil
import re
import typing
from pathlib import Path

import pytest
from prometheus_client import generate_latest

import monitor
from streams.telemetry import Drop, Event, Telemetry, catalogue, handler, survival_bands
from streams.telemetry import events as rooms
from streams.telemetry.events import EVENTS
from streams.telemetry.events.ingest import RecordsFetched, RecordsRejected
from streams.telemetry.events.judgement import (
    AlertTold,
    CallsPartitionReleased,
    CoverageMeasured,
    LatestCallSeen,
    NumbersCounted,
    WatermarkMoved,
)
from streams.telemetry.events.tenures import CallsLagged, RecoveryProgressed
from streams.telemetry.logs import mask
from streams.telemetry.metric import LABELS, UNITS, Type
from streams.telemetry.sparing import Sparing

SAMPLES = {"str": "some", "int": 3, "float": 0.5, "Mapping[str, int]": {"some": 2}}


def sample(event: type[Event]) -> Event:
    """An instance of any event, its fields filled by type."""
    return event(**{field.name: SAMPLES[str(field.type)] for field in dataclasses.fields(event)})


@pytest.fixture
def lines() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(lines: io.StringIO) -> logging.Logger:
    logger = logging.Logger("nummerwacht", logging.DEBUG)
    logger.addHandler(handler("json", lines))
    return logger


@pytest.fixture
def telemetry(logger: logging.Logger) -> Telemetry:
    return Telemetry(logger=logger)


def value(telemetry: Telemetry, name: str, **labels: str) -> float | None:
    return telemetry.registry.get_sample_value(name, labels)


def read(lines: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_every_event_class_is_listed():
    """No event, and no room of events, is left out of the list from which metrics and docs are derived."""
    for room in pkgutil.iter_modules(rooms.__path__, f"{rooms.__name__}."):
        importlib.import_module(room.name)

    def below(base: type) -> set[str]:
        children = base.__subclasses__()
        found = {child.__name__ for child in children if child.__module__.startswith(rooms.__name__)}
        return found.union(*map(below, children))

    assert below(Event) == {event.__name__ for event in EVENTS}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name())
def test_an_event_is_one_line_and_at_least_one_metric(event, telemetry, lines):
    """An event moves or ends metrics, and writes one line that bears its name."""
    telemetry.emit(sample(event))
    assert event.metrics or event.ends
    assert [line["event"] for line in read(lines)] == [event.name()]
    scraped = {
        name
        for family in telemetry.registry.collect()
        for name in (family.name, *(s.name for s in family.samples))
    }
    assert {metric.name for metric in event.metrics} <= scraped


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name())
def test_what_a_metric_needs_the_event_has(event):
    """Each label and each value of a metric is a field or property of the event that moves it."""
    typing.get_type_hints(event)
    for metric in event.metrics:
        wanted = {*metric.labels, metric.value or "name", metric.each[1] if metric.each else "name"}
        assert {name for name in wanted if not hasattr(sample(event), name)} == set()


@pytest.mark.parametrize("row", catalogue(), ids=lambda row: row.name)
def test_names_and_labels_follow_the_scheme(row):
    """A name is `nummerwacht_<name>_<unit>[_total]`, and labels come from the closed list."""
    total = "_total" if row.type == "counter" else ""
    name = re.fullmatch(rf"nummerwacht(?:_[a-z]+)*_([a-z]+){total}", row.name)
    assert name is not None
    assert name[1] in UNITS
    assert set(row.labels) <= LABELS
    assert row.help.endswith(".")


def test_no_unit_and_no_label_is_unused():
    """The closed lists hold nothing that no metric has."""
    metrics = [metric for event in EVENTS for metric in event.metrics]
    assert {metric.unit for metric in metrics} == UNITS
    assert {label for row in catalogue() for label in row.labels} == LABELS


@pytest.mark.parametrize(
    "event", [event for event in EVENTS if issubclass(event, Drop)], ids=lambda event: event.name()
)
def test_a_drop_says_why_and_whether_it_was_meant(event, telemetry):
    """Every counter of a drop has a reason and says whether the drop was intended."""
    telemetry.emit(sample(event))
    (metric,) = event.metrics
    assert {"reason", "intended"} <= set(metric.labels)
    assert f'intended="{str(event.intended).lower()}"' in generate_latest(telemetry.registry).decode()


def test_what_is_not_meant_is_a_warning():
    """A drop that was not intended is at least a warning; one that was is no line of daily logs."""
    for event in EVENTS:
        if issubclass(event, Drop):
            assert (event.level >= logging.WARNING) is (not event.intended)


def test_two_metrics_never_share_a_name():
    """One name means one thing."""
    names = [row.name for row in catalogue()]
    assert names == sorted(set(names))


def test_a_counter_adds_what_the_event_says(telemetry):
    """A counter moves by the event's value, not by one."""
    telemetry.emit(RecordsFetched("north", records=3, bytes=40))
    telemetry.emit(RecordsFetched("north", records=4, bytes=50))
    assert value(telemetry, "nummerwacht_fetched_records_total", feed="north") == 7
    assert value(telemetry, "nummerwacht_fetched_bytes_total", feed="north") == 90


def test_a_status_that_nobody_has_any_longer_is_zero(telemetry):
    """A snapshot sets what it does not name to 0, instead of leaving the former value."""
    telemetry.emit(NumbersCounted(0, {"in_use": 5, "idle": 1}))
    telemetry.emit(NumbersCounted(0, {"in_use": 4}))
    assert value(telemetry, "nummerwacht_status_numbers", partition="0", status="in_use") == 4
    assert value(telemetry, "nummerwacht_status_numbers", partition="0", status="idle") == 0


def test_a_released_partition_is_told_no_longer(telemetry):
    """After a rebalance the former owner's series are gone, and those of its other partitions stay."""
    for partition in (0, 1):
        telemetry.emit(CallsLagged(partition, slices=9))
        telemetry.emit(NumbersCounted(partition, {"in_use": 5}))
    telemetry.emit(CallsPartitionReleased(0))
    assert value(telemetry, "nummerwacht_calls_lag_slices", partition="0") is None
    assert value(telemetry, "nummerwacht_status_numbers", partition="0", status="in_use") is None
    assert value(telemetry, "nummerwacht_calls_lag_slices", partition="1") == 9
    assert value(telemetry, "nummerwacht_status_numbers", partition="1", status="in_use") == 5


def test_a_partition_that_comes_back_is_told_again(telemetry):
    """Releasing a partition is not for ever."""
    telemetry.emit(NumbersCounted(0, {"in_use": 5}))
    telemetry.emit(CallsPartitionReleased(0))
    telemetry.emit(NumbersCounted(0, {"idle": 2}))
    assert value(telemetry, "nummerwacht_status_numbers", partition="0", status="idle") == 2
    assert value(telemetry, "nummerwacht_status_numbers", partition="0", status="in_use") is None


def test_the_age_of_a_watermark_grows_by_itself():
    """A watermark that stands still gets older without any event."""
    now = 1000.0
    telemetry = Telemetry(now=lambda: now)
    telemetry.emit(WatermarkMoved(0, "north", at=940.0))
    assert value(telemetry, "nummerwacht_watermark_age_seconds", feed="north", partition="0") == 60
    now = 1300.0
    assert value(telemetry, "nummerwacht_watermark_age_seconds", feed="north", partition="0") == 360


def test_a_released_partition_takes_with_it_what_it_told_of_each_feed(telemetry):
    """A worker that has lost its partitions does not keep a low coverage, nor an old watermark, for ever."""
    for feed in ("north", "south"):
        for partition in (0, 1):
            telemetry.emit(CoverageMeasured(partition, feed, 0.5))
            telemetry.emit(WatermarkMoved(partition, feed, 940.0))
            telemetry.emit(LatestCallSeen(partition, feed, 950.0))
    telemetry.emit(CallsPartitionReleased(0))
    for name in ("coverage_ratio", "watermark_seconds", "watermark_age_seconds", "latest_call_seconds"):
        told = [
            sample.labels
            for family in telemetry.registry.collect()
            for sample in family.samples
            if sample.name == f"nummerwacht_{name}"
        ]
        assert told == [{"feed": feed, "partition": "1"} for feed in ("north", "south")]


def test_every_event_is_told_somewhere():
    """No event, and so no documented metric, is one that nothing in the house ever says."""
    events = Path(rooms.__file__).parent
    sources = [
        path.read_text("utf-8")
        for room in (events.parents[1], Path(monitor.__file__).parent)
        for path in room.rglob("*.py")
        if events not in path.parents
    ]
    # Imported, and besides that used: an emitter may be handed the class.
    said = {
        event.__name__
        for event in EVENTS
        if any(len(re.findall(rf"\b{event.__name__}\b", source)) > 1 for source in sources)
    }
    assert {event.__name__ for event in EVENTS} - said == set()


@pytest.mark.parametrize("event", [event for event in EVENTS if event.ends], ids=lambda event: event.name())
def test_what_an_event_ends_can_be_told_from_what_goes_on(event):
    """It has a label of every metric that it ends: one without any would end nothing."""
    for metric in event.ends:
        assert any(hasattr(sample(event), label) for label in metric.labels)


def test_recovery_of_nothing_is_complete(telemetry):
    """An empty changelog is recovered, not stuck at nothing of nothing."""
    telemetry.emit(RecoveryProgressed(0, done=0, total=0))
    assert value(telemetry, "nummerwacht_recovery_ratio", partition="0") == 1


def test_an_organisation_is_named_only_behind_the_setting(logger, lines):
    """Without the setting neither labels nor lines name an organisation; with it both do."""
    event = AlertTold("number_carousel", "open", organisation="acme")
    silent, open_ = Telemetry(logger=logger), Telemetry(logger=logger, organisations=True)
    silent.emit(event)
    assert "acme" not in generate_latest(silent.registry).decode() + lines.getvalue()
    open_.emit(event)
    labels = {"kind": "number_carousel", "status": "open", "organisation": "acme"}
    assert open_.registry.get_sample_value("nummerwacht_told_alerts_total", labels) == 1
    assert read(lines)[-1]["organisation"] == "acme"


def test_two_telemetries_share_nothing():
    """Each owns its registry, so that two workers in one process do not count for each other."""
    one, other = Telemetry(), Telemetry()
    one.emit(RecordsFetched("north", records=3))
    assert value(other, "nummerwacht_fetched_records_total", feed="north") is None


def test_the_same_warning_is_written_once_in_the_quiet_time(logger, lines):
    """Ten alike warnings are one line, the next one later says how many were held back; all count."""
    tick = 0.0
    telemetry = Telemetry(logger=logger, quiet=10, ticks=lambda: tick)
    for _ in range(10):
        telemetry.emit(RecordsRejected("north", "not_json"))
    telemetry.emit(RecordsRejected("north", "no_start"))
    assert [line["reason"] for line in read(lines)] == ["not_json", "no_start"]
    tick = 10.0
    telemetry.emit(RecordsRejected("north", "not_json"))
    assert read(lines)[-1]["held_back"] == 9
    labels = {"feed": "north", "reason": "not_json", "intended": "false"}
    assert value(telemetry, "nummerwacht_rejected_records_total", **labels) == 11


@pytest.mark.parametrize("style", ["keyvalue", "json"])
def test_no_phone_number_gets_into_a_line(style):
    """What a library prints of a record it chokes on is masked: message, arguments and traceback."""
    lines = io.StringIO()
    logger = logging.Logger("library", logging.DEBUG)
    logger.addHandler(handler(style, lines))
    try:
        raise ValueError("bad record {'called': '+31209990001'}")
    except ValueError:
        logger.exception("cannot read %r at offset %d", b'{"caller":"0209990002"}', 17)
    assert "ValueError" in lines.getvalue()
    assert "offset 17" in lines.getvalue()
    assert re.search(r"\d{9}", lines.getvalue()) is None


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+31209990001", "..."),
        ("number 0209990001.", "number ...."),
        ("tel:+31209990001;phone-context", "tel:...;phone-context"),
        ("16 calls in 2026", "16 calls in 2026"),
        ("alert 7f3a1234567890bc7f3a1234567890bc", "alert 7f3a1234567890bc7f3a1234567890bc"),
        ("31209990001f", "...f"),
        ("(020) 999 00 01, 020.999.00.01", "(..., ..."),
        ("+31 (0)20 999 00 01; +31.20.999.0001", "...; ..."),
        ("0.25 s, 127.0.0.1:9092, 2026-01-05 00:00:00", "0.25 s, 127.0.0.1:9092, 2026-01-05 00:00:00"),
        ("sip:%2B31209990001@x", "sip:...@x"),
        ("called31209990001", "called..."),
        ("+31 20 999 0001, 020-999 0001", "..., ..."),
        ("2026-11-29 12:30, partition 3 of 12", "2026-11-29 12:30, partition 3 of 12"),
    ],
)
def test_mask(text, masked):
    """Long runs of digits are masked, short ones and those within an id are kept."""
    assert mask(text) == masked


def test_a_key_value_line_is_one_line_that_can_be_split():
    """Values with spaces, quotes or line ends are quoted, so that a line stays a line."""
    lines = io.StringIO()
    logger = logging.Logger("nummerwacht", logging.DEBUG)
    logger.addHandler(handler("keyvalue", lines))
    Telemetry(logger=logger).emit(RecordsRejected("north west", 'bad "x"\nline', 2))
    (line,) = lines.getvalue().splitlines()
    assert line.endswith(r'event=records_rejected feed="north west" reason="bad \"x\"\nline" records=2')


def test_a_mapping_is_one_key_an_entry(telemetry, lines):
    """A snapshot in the log needs no parser of its own."""
    telemetry.emit(NumbersCounted(2, {"in_use": 5, "idle": 1}))
    said = read(lines)[0]
    assert (said["numbers.in_use"], said["numbers.idle"]) == (5, 1)


def test_bands_of_survival_hold_their_lower_bound():
    """0.2 is of the second band, 1 of the last, and nobody falls between."""
    bands = survival_bands([0.0, 0.1999, 0.2, 0.999, 1.0, None])
    assert list(bands.values()) == [2, 1, 0, 0, 2, 1]


def test_times_are_measured_in_buckets_of_seconds():
    """Every histogram is of seconds, for which the buckets are made."""
    metrics = {metric for event in EVENTS for metric in event.metrics if metric.type is Type.HISTOGRAM}
    assert {metric.unit for metric in metrics} == {"seconds"}


def test_what_a_library_says_again_and_again_is_said_now_and_then() -> None:
    """Of many lines of one wording a few pass, later ones say how many were left out, and our own all pass."""
    now, lines = [0.0], io.StringIO()
    logger = logging.getLogger("test.sparing")
    logger.propagate = False
    shown = logging.StreamHandler(lines)
    shown.addFilter(Sparing(lambda: now[0]))
    logger.addHandler(shown)
    for at in range(100):
        logger.warning("no connection to %s", f"broker-{at}")
        logger.warning("event", extra={"said": {"at": at}})
    logger.warning("something else")
    now[0] = 60.0
    logger.warning("no connection to %s", "broker-x")
    said = lines.getvalue().splitlines()
    assert [line for line in said if line != "event"] == [
        "no connection to broker-0",
        "no connection to broker-1",
        "no connection to broker-2",
        "something else",
        "no connection to broker-x (and 97 more lines like it)",
    ]
    assert said.count("event") == 100
