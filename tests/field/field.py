"""Topics of their own on a broker, workers as processes that can be killed, and what became of it all."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from monitor.settings import Settings
from streams.cluster import provision
from streams.config import load
from streams.topics import Names, Topic
from tests.field.mirror import Mirror, State, at_end, partitions_of

#: A key for tests; it protects nothing.
KEY = "0123456789abcdef0123456789abcdef"
#: Seconds without a day closed, after which none will be: idle partitions are told of every two.
_STILL_SECONDS = 5.5
#: Seconds in which what is waited for must move: a few rebalances of a worker that is started on a slow
#: machine, each as long as its session and rebalance time-outs together.
_STUCK_SECONDS = 300.0
#: Seconds that a worker may take to end in order: its own limits are 30 for sinks and 30 for the app.
_END_SECONDS = 75.0
#: What a worker that its watchdog starts again says of it.
_BEGUN_AGAIN = "s: starting again"
#: Seconds to write where every task waits, and how much of a log is shown, about 150 lines.
_WRITE_SECONDS, _LOG = 1.5, 16_000


@dataclass(frozen=True, slots=True)
class End:
    """A worker that ended by itself, and with what: an exit code, or minus the signal that ended it."""

    worker: int
    code: int


class NotSettled(AssertionError):
    """What was sent was not all counted in the time that it may take."""


@dataclass(slots=True)
class Field:
    """One installation under a prefix of its own."""

    bootstrap: str
    prefix: str
    folder: Path
    feeds: Sequence[Mapping[str, object]] = ({"name": "alfa"},)
    partitions: int = 3
    feed_partitions: int = 3
    more: Mapping[str, object] = field(default_factory=dict)  # sections over the defaults here
    workers: dict[int, subprocess.Popen] = field(default_factory=dict)
    ends: list[End] = field(default_factory=list)  # of workers that nobody ended
    #: Monotonic: when a worker was killed or paused, or was seen to have ended by itself.
    upsets: list[float] = field(default_factory=list)
    _noted: set[subprocess.Popen] = field(default_factory=set)  # those of `ends`
    config: Path = field(init=False)
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "nummerwacht.yml"
        sections = {
            "kafka": {
                "bootstrap_servers": self.bootstrap,
                "topic_prefix": self.prefix,
                "partitions": self.partitions,
                "replication_factor": 1,
                # As short as heartbeats allow: a test waits for these when a worker is killed.
                "session_timeout": "6s",
                "heartbeat": "1s",
                "rebalance_timeout": "8s",
            },
            "feeds": [{"topic": f"{self.prefix}cdr.{feed['name']}", **feed} for feed in self.feeds],
            "privacy": {"key": KEY},
            "flush": {"interval": "300ms"},
            "time": {"idle": "2s"},
        }
        for name, section in self.more.items():
            sections[name] = (
                section if isinstance(section, list | str) else sections.get(name, {}) | dict(section)
            )
        self.config.write_text(yaml.safe_dump(sections))
        self.settings = load(self.config, {})

    @property
    def names(self) -> Names:
        return Names(self.prefix)

    async def make(self) -> Field:
        """Make the topics."""
        kafka = self.settings.kafka
        feeds = [Topic(feed.topic, self.feed_partitions, "") for feed in self.settings.feeds]
        await provision.make(kafka, [*provision.needed(kafka), *feeds])
        return self

    # -- workers

    def start(self, number: int, module: str = "streams", *arguments: str) -> None:
        """Start a worker; each has a folder of its own that stays when it dies.

        module: what to run, with its arguments before those of a worker.
        """
        environment = os.environ | {
            "NUMMERWACHT_WORKER__DATADIR": str(self.folder / f"worker-{number}"),
            "NUMMERWACHT_WORKER__HTTP_PORT": "0",
        }
        log = (self.folder / f"worker-{number}.log").open("ab")
        command = [sys.executable, "-m", module, *arguments, "worker", str(self.config)]
        self.workers[number] = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        log.close()

    def kill(self, number: int) -> None:
        """kill -9."""
        self.upsets.append(time.monotonic())
        self._end(number, signal.SIGKILL)

    def stop(self, number: int) -> None:
        """As an operator stops one."""
        self._end(number, signal.SIGTERM)

    def _end(self, number: int, how: signal.Signals) -> None:
        self.look()  # who has ended by itself was not ended here
        process = self.workers.pop(number)
        process.send_signal(how)
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGUSR1)
            time.sleep(_WRITE_SECONDS)
            process.kill()
            process.wait()
            raise AssertionError(f"worker {number} did not end:\n{self.log(number)}") from None

    def pause(self, number: int) -> None:
        self.upsets.append(time.monotonic())
        self.workers[number].send_signal(signal.SIGSTOP)

    def wake(self, number: int) -> None:
        self.workers[number].send_signal(signal.SIGCONT)

    def end(self) -> None:
        """Kill whatever still runs."""
        for process in self.workers.values():
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
        self.workers.clear()

    def look(self) -> None:
        """Note who has ended by itself."""
        for number, process in self.workers.items():
            if process.poll() is not None and process not in self._noted:
                self._noted.add(process)
                self.ends.append(End(number, process.returncode))
                self.upsets.append(time.monotonic())

    def revive(self) -> None:
        """Start again who ended by itself, as whoever started a worker does; `ends` has it."""
        self.look()
        for number, process in list(self.workers.items()):
            if process.poll() is not None:
                self.start(number)

    def log(self, number: int) -> str:
        """The end of a worker's log."""
        return (self.folder / f"worker-{number}.log").read_text(errors="replace")[-_LOG:]

    def restarts(self) -> int:
        """How often a worker found that it was stuck, and began again (`streams/watchdog.py`)."""
        logs = self.folder.glob("worker-*.log")
        return sum(log.read_text(errors="replace").count(_BEGUN_AGAIN) for log in logs)

    def where(self) -> str:
        """Where each task of every worker waits, at the end of its log: for who asks why nothing moves."""
        for process in self.workers.values():
            if process.poll() is None:
                process.send_signal(signal.SIGUSR1)
        time.sleep(_WRITE_SECONDS)
        return "\n".join(f"--- worker {number}\n{self.log(number)}" for number in sorted(self.workers))

    def alive(self) -> None:
        """Raises `AssertionError` when a worker ended by itself."""
        for number, process in self.workers.items():
            if process.poll() is not None:
                raise AssertionError(f"worker {number} ended with {process.returncode}:\n{self.log(number)}")

    # -- records

    async def send(
        self, records: Mapping[str, Sequence[bytes | None]], to: Mapping[str, Sequence[int]] | None = None
    ) -> int:
        """Send records to their feeds' topics, in order, the feeds side by side; returns how many.

        to: the partition of each, counted on beyond the last; without it they go over the partitions in turn.
        """
        topics = {feed.name: feed.topic for feed in self.settings.feeds}
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, linger_ms=5, max_request_size=12 * 1024**2
        )
        await producer.start()
        try:
            turns = sorted(
                (at / len(values), feed, at) for feed, values in records.items() for at in range(len(values))
            )
            waiting = []
            for _, feed, at in turns:
                value = records[feed][at]
                partition = (to[feed][at] if to else at) % self.feed_partitions
                key = None if value is not None else b"gone"
                waiting.append(await producer.send(topics[feed], value, key, partition=partition))
            await asyncio.gather(*waiting)
        finally:
            await producer.stop()
        return len(waiting)

    # -- what became of it

    async def settled(
        self,
        sent: int,
        seconds: float = 600.0,
        check: Callable[[], None] | None = None,
        *,
        patience: float = _STUCK_SECONDS,
    ) -> State:
        """Wait until all that was sent is read, counted and kept; what is kept then.

        sent: records on the feeds' topics in all. seconds: at most; it ends sooner when one part of what is
        waited for has stood still for `patience` seconds. check: what is done about workers that ended; by
        default it is an error. Raises `NotSettled` that says where every worker waits, and at its end what for.
        """
        check = check or self.alive
        until = time.monotonic() + seconds
        moved: dict[object, tuple[int, float]] = {}
        async with Mirror(self.bootstrap, self.names, self.partitions) as mirror:
            still: tuple[float, dict[int, int]] | None = None
            wanted: dict[int, int] | None = None
            while True:
                check()
                await mirror.poll()
                state = mirror.state()
                read = await self.committed()
                # Ticks of idle partitions go on for ever, so the ends that count are those of when all was read.
                if wanted is None and read >= sent:
                    # What was produced before the sources' offsets were committed is there now.
                    await mirror.poll()
                    wanted = {partition: mirror.calls_end(partition) for partition in range(self.partitions)}
                    continue
                missing = {} if wanted else {"records": read}
                ends = wanted or {
                    partition: mirror.calls_end(partition) for partition in range(self.partitions)
                }
                missing |= {
                    p: state.heads.get(p, 0) for p, end in ends.items() if state.heads.get(p, 0) < end
                }
                done = wanted is not None and not missing
                # Days are closed once the partitions are idle, so wait until no more are.
                if done and still is not None and still[1] == state.closed:
                    if time.monotonic() - still[0] > _STILL_SECONDS:
                        return state
                else:
                    still = (time.monotonic(), state.closed) if done else None
                now = time.monotonic()
                moved = {
                    what: moved[what] if what in moved and moved[what][0] == at else (at, now)
                    for what, at in missing.items()
                }
                stuck = [what for what, (_, since) in moved.items() if now - since > patience]
                if stuck or now > until:
                    # The last line, which is what is left of a long log that is cut.
                    raise NotSettled(
                        f"{self.where()}\nnot settled ({stuck or seconds} still for too long): {read} of {sent} "
                        f"read, heads {state.heads} of {ends}, closed {state.closed}"
                    )
                await asyncio.sleep(0.3)

    async def begun(self, records: int = 1, seconds: float = _STUCK_SECONDS) -> None:
        """Wait until the workers have done with so many records. Raises `AssertionError` that says where they wait."""
        until = time.monotonic() + seconds
        while (done := await self.committed()) < records:
            self.alive()
            if time.monotonic() > until:
                raise AssertionError(f"{done} of {records} records read in {seconds} s\n{self.where()}")
            await asyncio.sleep(0.1)

    def group(self, *, of_feeds: bool) -> AIOKafkaConsumer:
        """One to ask how far the group is that reads the feeds, or else `calls`."""
        app = self.names.app
        return AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, enable_auto_commit=False,
            group_id=f"{app}-{self.settings.worker.group}" if of_feeds else app,
        )  # fmt: skip

    async def committed(self) -> int:
        """Records of the feeds that the group of ingest has done with."""
        async with self.group(of_feeds=True) as group:
            total = 0
            for feed in self.settings.feeds:
                parts = await partitions_of(group, feed.topic)
                group.assign(parts)
                for part in parts:
                    total += await group.committed(part) or 0
            return total

    async def read(self, topic: str) -> list:
        """Every record of a topic."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
        )
        await consumer.start()
        try:
            parts = await partitions_of(consumer, topic)
            consumer.assign(parts)
            await consumer.seek_to_beginning(*parts)
            records = []
            while not all([await at_end(consumer, part) for part in parts]):
                polled = await consumer.getmany(timeout_ms=200)
                records += [record for batch in polled.values() for record in batch]
            return records
        finally:
            await consumer.stop()

    async def alerts(self) -> list[dict]:
        """The CloudEvents on the topic `alerts`."""
        return [json.loads(record.value) for record in await self.read(self.names.alerts)]
