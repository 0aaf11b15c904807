"""A worker's life: everything it consists of is started, watched, and ended in order."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, TypeVar

from monitor.config.mistakes import Mistake
from monitor.settings import Settings
from streams import app as wiring
from streams.around_faust.recovery import broken
from streams.cluster import provision
from streams.cluster.membership import membership
from streams.cluster.security import connection
from streams.config import ConfigError
from streams.http import Health, serve
from streams.keys import pseudonyms
from streams.memory import give_back, sparing
from streams.progress import Progress
from streams.reference import followed
from streams.sinks.make import make as make_sink
from streams.sinks.runner import run_sinks
from streams.telemetry import Telemetry
from streams.telemetry.events.worker import KeyUsed, WatchdogRestarted, WorkerStarted
from streams.telemetry.logs import handler
from streams.terms import policy as policy_of
from streams.terms import reference as reference_of
from streams.topics import Names
from streams.watchdog import Stuck, Watchdog

_LOG = logging.getLogger("nummerwacht.topics")
#: How a worker that was started again tells itself why: the process is replaced, so that locks of the
#: store and threads that hang are gone for certain.
_AGAIN = "NW_STARTED_AGAIN"
#: Seconds that an orderly end may take; what is unfinished then is read again, and known as repeats.
_END_SECONDS = 30.0
#: Seconds after which an end that hangs is made an end: those of the sinks, of the app, and some for the rest.
_CERTAIN_SECONDS = 2 * _END_SECONDS + 5
#: Seconds between looks at whether a service of the app has crashed.
_LOOK_SECONDS = 1.0

_T = TypeVar("_T")


class Stopped(Exception):
    """A worker was told to stop before it had started."""


@dataclass(slots=True)
class Running:
    """A worker that runs: its parts, and where its metrics are."""

    parts: wiring.Nummerwacht
    url: str
    health: Health


def run(settings: Settings) -> None:
    """Run a worker until it is told to stop. Raises `ConfigError` and Kafka's errors at the start."""
    sparing()
    log = logging.getLogger()
    log.addHandler(handler(settings.telemetry.log_format))
    logging.getLogger("nummerwacht").setLevel(settings.telemetry.log_level.upper())
    telemetry = Telemetry(organisations=settings.telemetry.organisation_labels)
    if reason := os.environ.pop(_AGAIN, None):
        telemetry.emit(WatchdogRestarted(reason))
    try:
        with asyncio.Runner(loop_factory=_loop()) as runner:
            runner.run(_until_stopped(settings, telemetry))
    except Stuck as stuck:
        _start_again(stuck)


def _start_again(stuck: Stuck) -> None:
    """Replace this process by a new one."""
    logging.getLogger().error("%s: starting again", stuck)
    os.environ[_AGAIN] = stuck.reason
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "streams", *sys.argv[1:]])


def _certainly(end: Callable[..., None], *arguments: object) -> None:
    """End so in any case, when the end in order has not come in time: what hangs would keep the process for ever."""
    timer = threading.Timer(_CERTAIN_SECONDS, end, arguments)
    timer.daemon = True
    timer.start()


def _loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one: it is a tenth of a fetch."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _until_stopped(settings: Settings, telemetry: Telemetry) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, _stop, stop)
    # For whoever asks why a worker stands still: `kill -USR1` writes where each task waits.
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, where)
    with suppress(Stopped):
        async with running(settings, telemetry, stop=stop) as worker:
            waiting = asyncio.create_task(stop.wait())
            done, _ = await asyncio.wait({waiting, worker.parts.failed}, return_when=asyncio.FIRST_COMPLETED)
            if worker.parts.failed in done:
                waiting.cancel()
                error = worker.parts.failed.exception()
                _certainly(_start_again, error) if isinstance(error, Stuck) else _certainly(os._exit, 1)
                raise error


def _stop(stop: asyncio.Event) -> None:
    stop.set()
    _certainly(os._exit, 0)


def where() -> None:
    """A line a task: where it waits, from what began it to the innermost; asyncio's own shows the first only."""
    for task in asyncio.all_tasks():
        places, at = [], task.get_coro()
        while at is not None:
            frame = getattr(at, "cr_frame", None) or getattr(at, "ag_frame", None)
            if frame is not None:
                places.append(
                    f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}"
                )
            at = getattr(at, "cr_await", None) or getattr(at, "ag_await", None)
        print(f"{task.get_name()}: {' < '.join(reversed(places))}", file=sys.stderr, flush=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Has a folder of state for this worker alone while the block runs. Raises `ConfigError` when another has it.

    RocksDB's own locks are one a partition, so that two workers seem to share a folder until a partition moves.
    """
    with _appending("worker.datadir", folder / ".worker") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            taken = Mistake("worker.datadir", f"another worker has {folder}; each needs a folder of its own")
            raise ConfigError("the settings", [taken]) from None
        except OSError as error:
            text = f"{folder} can't be locked ({error.strerror}); state needs a file system that has locks (flock)"
            raise ConfigError("the settings", [Mistake("worker.datadir", text)]) from error
        yield


def _appending(setting: str, file: Path) -> BinaryIO:
    """A file that is appended to, in a folder that is made if need be. Raises `ConfigError`, which names the setting."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("ab")
    except OSError as error:
        text = f"{file} can't be written ({error.strerror}); it needs a folder that this user may write to"
        raise ConfigError("the settings", [Mistake(setting, text)]) from error


def writable(settings: Settings) -> None:
    """Whether the files of sinks can be written: asked before the worker takes partitions from others. Raises `ConfigError`."""
    for at, sink in enumerate(settings.sinks):
        if sink.kind == "jsonl":
            _appending(f"sinks.{at}.path", sink.path).close()


@asynccontextmanager
async def running(
    settings: Settings, telemetry: Telemetry, health: Health | None = None, stop: asyncio.Event | None = None
) -> AsyncIterator[Running]:
    """A worker for the length of a block. `parts.failed` tells when it ended by itself, and why.

    stop: ends the start, too, which may take long. Raises `Stopped` then, and what broke the start.
    """
    policy = policy_of(settings.policy)
    health = health or Health()
    await _unless(stop, _topics(settings))
    async with AsyncExitStack() as stack:
        stack.enter_context(alone(settings.worker.datadir))
        writable(settings)
        file = reference_of(settings.reference)
        reading = stack.enter_async_context(followed(settings.kafka, file, telemetry))
        known, following = await _unless(stop, reading)
        key = pseudonyms(settings.privacy)
        worker = wiring.create(
            settings,
            policy,
            key,
            reference=known,
            telemetry=telemetry,
        )
        health.alive["work"] = lambda: _failure(worker.failed)
        health.ready["recovery"] = lambda: None if worker.recovered() else "the state is being read back"
        url = await stack.enter_async_context(
            serve(telemetry.registry, health, host=settings.worker.http_host, port=settings.worker.http_port)
        )
        watchdog = Watchdog(
            connection(settings.kafka),
            {"records": worker.fetch.positions, "slices": worker.keepers.positions},
            worker.recovering,
            settings.worker.stuck_after.total_seconds(),
            kept={"slices"},
        )

        def background(work: Coroutine) -> None:
            stack.push_async_callback(_cancelled, _watched(work, worker))

        # Before the start: it reads the state back, which can break or hang as well.
        background(watchdog.watch())
        background(_crashed(worker))
        background(Progress(worker.app, telemetry).watch())
        background(give_back())
        if following is not None:
            background(following.follow())
        starting = asyncio.create_task(worker.app.start())
        stack.push_async_callback(_cancelled, starting)
        stack.push_async_callback(_ended, worker)
        stopping = asyncio.create_task(stop.wait()) if stop else asyncio.Future()
        await asyncio.wait({starting, worker.failed, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if worker.app.crash_reason is not None:
            raise worker.app.crash_reason
        if worker.failed.done():
            worker.failed.result()  # raises what broke the start
        if not starting.done():
            raise Stopped
        starting.result()
        telemetry.emit(WorkerStarted(version("nummerwacht"), policy.profile, policy.version))
        telemetry.emit(KeyUsed(key.key_id, key.fingerprint))
        stop_sinks = asyncio.Event()
        if settings.sinks:
            sinks = [make_sink(sink) for sink in settings.sinks]
            names = Names(settings.kafka.topic_prefix)
            delivering = run_sinks(
                connection(settings.kafka),
                names,
                sinks,
                telemetry,
                stop_sinks,
                membership=membership(settings.kafka),
            )
            stack.push_async_callback(_told_to, stop_sinks, _watched(delivering, worker))
        yield Running(worker, url, health)


async def _unless(stop: asyncio.Event | None, work: Coroutine[object, object, _T]) -> _T:
    """What some work of the start comes to. Raises `Stopped` when told to stop before: a broker may never answer."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait()) if stop else asyncio.Future()
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Stopped
        return working.result()
    finally:
        stopping.cancel()
        await _cancelled(working)


async def _topics(settings: Settings) -> None:
    """Make the topics that are missing; refuse what can't work. Raises `ConfigError`, `Unreachable`."""
    kafka = settings.kafka
    made = {topic.name for topic in await provision.make(kafka, provision.needed(kafka))}
    found = await provision.find(kafka, provision.needed(kafka))
    flaws = provision.flaws(kafka, found)
    # One that was made just now is as it should be, though not every broker may know of it yet.
    for name, doubt in provision.doubts([each for each in found if each.topic.name not in made]).items():
        _LOG.warning("topic %s: %s; `nummerwacht topics` says how to change it", name, doubt)
    flaws += [
        Mistake(
            f"feeds.{at}.topic",
            f"there is no topic {found.topic.name} on {kafka.bootstrap_servers}; it is made where the CDRs come "
            "from, or by `nummerwacht topics CONFIG --apply --with-feeds`",
        )
        for at, found in enumerate(await provision.find(kafka, provision.of_feeds(settings)))
        if found.partitions is None
    ]
    if flaws:
        raise ConfigError("the settings", flaws)


def _failure(failed: asyncio.Future) -> str | None:
    return type(failed.exception()).__name__ if failed.done() and failed.exception() else None


async def _crashed(worker: wiring.Nummerwacht) -> None:
    """Ends by raising what broke a service of the app: Faust only stops it, and the rest would go on without."""
    while (reason := broken(worker.app)) is None:  # noqa: ASYNC110 (mode's event for it is its own)
        await asyncio.sleep(_LOOK_SECONDS)
    raise reason


def _watched(work: Coroutine, worker: wiring.Nummerwacht) -> asyncio.Task:
    """Work in the background whose failure ends the worker."""

    def ended(task: asyncio.Task) -> None:
        if not task.cancelled() and task.exception() and not worker.failed.done():
            worker.failed.set_exception(task.exception())

    task = asyncio.create_task(work)
    task.add_done_callback(ended)
    return task


async def _cancelled(task: asyncio.Task) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, Exception):  # a failure was told by `_watched`
        await task


async def _told_to(stop: asyncio.Event, task: asyncio.Task) -> None:
    stop.set()
    try:
        async with asyncio.timeout(_END_SECONDS):
            await asyncio.wait({task})
    except TimeoutError:
        await _cancelled(task)


async def _ended(worker: wiring.Nummerwacht) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_END_SECONDS):
            await worker.app.stop()
    if worker.failed.done():
        worker.failed.exception()  # seen
