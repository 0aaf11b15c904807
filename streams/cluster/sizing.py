"""How large a cluster must be for so many calls: arithmetic on measured figures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from monitor.settings import Settings

#: Bytes of a CDR on a feed's topic: canonical JSON has 250 to 400, and brokers keep what they are sent.
RECORD = 350
#: Bytes of a call in a slice (Arrow, lz4): 45 in those of 40,000 calls, 57 of 4,000, 90 of 250 (`bench.where`).
CALL = 60
#: Bytes of a call's id in the state, for as long as its repeats are known.
ID = 8
#: Bytes of a number in the state, at most: days of use are merged, and packed. The bench holds it below.
NUMBER = 1_000
#: Bytes of an alert with its evidence; one in a hundred numbers is told of in a year, and then ten times.
ALERT, ALERTS_A_NUMBER = 8_000, 0.1
#: Calls a second that one core takes on the live path: under half of what the bench measures (`bench.live`), as cores differ.
CALLS_A_SECOND = 100_000
#: The busiest hour of telephony has an eighth of the day's calls.
BUSY_HOUR = 1 / 8
#: A worker should be half idle in the busy hour, so that it catches up when it was away.
USE = 0.5
#: Bytes of a worker under full load with few numbers, most of them batches in work (packed values are the most, by
#: `python -m bench.live`); of a number, and of an id.
WORKER, NUMBER_HELD, ID_HELD = 1.25e9, 1_000, 9
#: Bytes of state that a worker holds at most, those of one that is away included: where the alerting rule StateLarge begins
#: (`deploy/prometheus/rules/`), two thirds of a machine with 12 GB. A planned cluster should not be told of on its first day.
STATE_A_WORKER = 8e9
#: Partitions for each worker, at least, and the step in which they are counted: 2, 3, 4, 6 and 12 workers share it evenly.
PARTITIONS_A_WORKER, STEP = 4, 12
#: Times the live state that a store or a compacted log takes: while it is compacted, what is old and what is new lie side by side.
COMPACTING = 2


@dataclass(frozen=True, slots=True)
class Sizes:
    """What to set up. Disk is what the brokers hold in all, copies included, in bytes."""

    calls_a_second: float  # in the busy hour
    workers: int  # the larger of the next two, and two at least
    workers_by_calls: int  # half idle in the busy hour
    workers_by_state: int  # none holds more than `STATE_A_WORKER`, while one of them is away too
    partitions: int  # of `calls`
    feed_partitions: int  # of a feed's topic that carries all of it
    feed_disk: float  # for the days that `calls` is kept
    calls_disk: float
    state_disk: float
    alerts_disk: float
    worker_disk: float  # of each worker's own store
    worker_memory: float

    @property
    def disk(self) -> float:
        return self.feed_disk + self.calls_disk + self.state_disk + self.alerts_disk


def sizes(settings: Settings, calls_a_day: int, numbers: int) -> Sizes:
    """The plan for so many calls a day from so many numbers in use.

    Partitions are at least four times the workers, in steps of 12: they can't be changed later, workers can.
    """
    kafka = settings.kafka
    busy = calls_a_day * BUSY_HOUR / 3600
    kept = kafka.calls_kept / timedelta(days=1)
    ids = calls_a_day * (settings.time.repeats / timedelta(days=1))
    state, held = numbers * NUMBER + ids * ID, numbers * NUMBER_HELD + ids * ID_HELD
    by_calls = math.ceil(busy / (CALLS_A_SECOND * USE))
    by_state = next(many for many in count(2) if held * _share(many) <= STATE_A_WORKER)
    workers = max(2, by_calls, by_state)  # two, so that one may be replaced
    partitions, share = _partitions(workers), _share(workers)
    return Sizes(
        calls_a_second=busy,
        workers=workers,
        workers_by_calls=by_calls,
        workers_by_state=by_state,
        partitions=partitions,
        feed_partitions=partitions,
        feed_disk=calls_a_day * RECORD * kept * kafka.replication_factor,
        calls_disk=calls_a_day * CALL * kept * kafka.replication_factor,
        state_disk=state * kafka.replication_factor * COMPACTING,
        alerts_disk=numbers * ALERTS_A_NUMBER * ALERT * kafka.replication_factor,
        worker_disk=state * share * COMPACTING,
        worker_memory=WORKER + held * share,
    )


def _partitions(workers: int) -> int:
    return STEP * math.ceil(max(1, workers * PARTITIONS_A_WORKER / STEP))


def _share(workers: int) -> float:
    """The largest part of the state that one of several carries while another is away: partitions are dealt whole."""
    partitions = _partitions(workers)
    return math.ceil(partitions / max(1, workers - 1)) / partitions
