"""One run: a scenario's traffic through the whole way, as a replay of files would take it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from monitor.alert import Alert
from monitor.feed import Feed
from monitor.policy import Policy
from monitor.privacy import Pseudonyms
from monitor.reference import Reference
from monitor.replay import Counts, Outcome, Replay
from monitor.simulate import Scenario, simulate
from monitor.simulate.writers import by_feed

#: Nobody's key: the persons are invented, and a run must say the same each time.
_KEY = Pseudonyms(bytes(32), "bench")


@dataclass(frozen=True, slots=True)
class Run:
    """What was true, and what was said."""

    truth: dict  # see `monitor/simulate/labels.py`
    alerts: list[Alert]
    counts: Counts


def run(scenario: Scenario, seed: int, policy: Policy, days: int | None = None) -> Run:
    """Simulate, judge every day, and return both sides."""
    truth, outcome = judged(scenario, seed, policy, days)
    return Run(truth, outcome.alerts, outcome.counts)


def judged(scenario: Scenario, seed: int, policy: Policy, days: int | None = None) -> tuple[dict, Outcome]:
    """The same with all that the replay found, which takes more memory."""
    simulation = simulate(scenario, seed, days=days)
    begin = datetime.combine(simulation.calendar.start, time(), UTC)
    now = begin + timedelta(days=simulation.days + 30)
    chunks = list(simulation.chunks(timedelta(days=1)))
    truth = simulation.labels
    feeds = {name: Feed(name=name) for name in scenario.feeds}
    replay = Replay(
        feeds,
        policy,
        _KEY,
        now=now,
        until=begin + timedelta(days=simulation.days),
        reference=Reference.load(truth["reference"]),
    )
    for chunk in chunks:
        for feed, frame in by_feed(chunk).items():
            replay.add(feed, frame.drop("feed"))
    return truth, replay.finish()
