"""Records to try with: simulated calls, in the order in which they are sent, and what is true of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from monitor.alert import Alert
from monitor.day.usage import start_of
from monitor.policy import Policy
from monitor.privacy import Pseudonyms
from monitor.replay import Outcome, Replay
from monitor.simulate import Scenario, simulate
from monitor.simulate.writers import by_feed, records
from tests.field.field import KEY, Field, State


def calls(scenario: Scenario | str, seed: int = 1, **how: object) -> pl.DataFrame:
    """The calls of a scenario as canonical records with their feed, in the order in which they are sent."""
    loaded = Scenario.load(scenario) if isinstance(scenario, str) else scenario
    return pl.concat(simulate(loaded, seed, **how).chunks())


def values(frame: pl.DataFrame, dialect: str = "canonical") -> dict[str, list[bytes]]:
    """The same as records by feed."""
    return {feed: records(part, dialect) for feed, part in by_feed(frame).items()}


def replayed(field: Field, sent: dict[str, list[bytes]]) -> Outcome:
    """What a replay says of the records."""
    pseudonyms = Pseudonyms(KEY.encode(), field.settings.privacy.key_id)
    feeds = {feed.name: feed for feed in field.settings.feeds}
    replay = Replay(feeds, Policy.load("nl"), pseudonyms, now=datetime.now(UTC))
    for feed, batch in sent.items():
        replay.add(feed, batch)
    return replay.finish()


def until(alerts: list[Alert], state: State) -> list[Alert]:
    """The alerts of the days that the stream has closed."""
    end = start_of(min(state.closed.values())) + timedelta(days=1)
    return [alert for alert in alerts if alert.as_of <= end]


def delivered_as_replayed(
    field: Field, sent: dict[str, list[bytes]], state: State, events: list[dict], lines: list[str]
) -> None:
    """Alerts are those of a replay of the same records, and a sink has each state of them once. lines: of its file."""
    wanted = {(alert.id, alert.sequence) for alert in until(replayed(field, sent).alerts, state)}
    assert wanted
    assert set(told(events)) == wanted
    assert len(lines) == len(wanted)


def states(events: list[dict]) -> dict[tuple[str, int], list[dict]]:
    """What was told under each (id, sequence): the events, alike ones once. There must be one: the same state may
    be told again, and never another under its key.
    """
    found: dict[tuple[str, int], list[dict]] = {}
    for event in events:
        alike = found.setdefault((event["id"], int(event["sequence"])), [])
        if event not in alike:
            alike.append(event)
    return found


def plain(event: dict) -> dict:
    """The alert state in a CloudEvent, the explanation left out."""
    return {name: value for name, value in event["data"].items() if name != "explanation"}


def told(events: list[dict]) -> dict[tuple[str, int], dict]:
    """The alert states among CloudEvents, by id and sequence. Raises `AssertionError` for two that share them and differ."""
    found = states(events)
    twice = {key: alike for key, alike in found.items() if len(alike) > 1}
    assert not twice, f"other things were told under the same id and sequence: {twice}"
    return {key: plain(event) for key, (event,) in found.items()}
