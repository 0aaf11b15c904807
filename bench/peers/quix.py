"""The core of the job in Quix Streams: parse, group_by organisation, usage in its state store by number.

`python -m bench.peers.quix`, as many processes as there are cores to use. Written with care for speed: msgspec,
bytes of fixed form on the repartition topic and in the store, lz4 and lingering batches.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import rocksdict
from quixstreams import Application
from quixstreams.models import Deserializer, Serializer

from bench.peers import tell
from bench.peers.call import Call, packed, read, usage, use

seen = counted = rejected = 0


class _Packed(Serializer):
    """A call as it goes onto the topic by organisation."""

    def __call__(self, value: Call, ctx: object) -> bytes:
        return packed(value)


class _Unpacked(Deserializer):
    def __call__(self, value: bytes, ctx: object) -> bytes:
        return value


def _parse(value: bytes) -> Call | None:
    global seen, rejected
    seen += 1
    try:
        return read(value)
    except msgspec.MsgspecError:
        rejected += 1
        return None


def _count(value: bytes, state) -> None:
    global counted
    started, answered = use.unpack_from(value)
    number = value[use.size :]
    kept = state.get_bytes(number)
    if kept is None:
        calls, all_answered, first, last = 0, 0, started, started
    else:
        calls, all_answered, first, last = usage.unpack(kept)
    state.set_bytes(
        number, usage.pack(calls + 1, all_answered + answered, min(first, started), max(last, started))
    )
    counted += 1


def _app(folder: Path) -> Application:
    return Application(
        broker_address=tell.told("bootstrap"),
        consumer_group=tell.told("app"),
        auto_offset_reset="earliest",
        state_dir=folder,
        loglevel="ERROR",
        consumer_extra_config={"fetch.min.bytes": 65_536, "fetch.wait.max.ms": 50},
        producer_extra_config={"linger.ms": 100, "compression.type": "lz4", "batch.size": 262_144},
    )


def main() -> None:
    folder = Path(tell.told("folder"))
    app = _app(folder)
    cdrs = app.topic(tell.told("topic"), key_deserializer="bytes", value_deserializer="bytes")
    frame = app.dataframe(cdrs).apply(_parse).filter(lambda call: call is not None)
    frame = frame.group_by(
        lambda call: call.organisation, "organisation", key_serializer="str", key_deserializer="str",
        value_serializer=_Packed(), value_deserializer=_Unpacked(),
    )  # fmt: skip
    frame.update(_count, stateful=True)
    own: set[int] = set()

    def end() -> None:
        # What was counted by an earlier owner of a partition is in the store of the last one.
        own.update(part.partition for part in app._consumer.assignment() if part.topic != cdrs.name)
        app.stop()

    tell.counts(lambda: (seen, counted))
    tell.when_asked(end)
    app.run()
    tell.kept(_state(folder, own), rejected)


def _state(folder: Path, own: set[int]) -> list[tell.Kept]:
    """What the stores hold, after the last checkpoint."""
    entries = []
    for store in sorted(path.parent for path in folder.rglob("CURRENT")):
        if int(store.name) in own:
            rows = rocksdict.Rdict(
                str(store),
                rocksdict.Options(raw_mode=True),
                access_type=rocksdict.AccessType.read_only(),
            )
            entries += [tell.Kept(*usage.unpack(value)) for value in rows.values()]
            rows.close()
    return entries


if __name__ == "__main__":
    main()
