"""The core of the job in Bytewax: parse by batches, a topic by organisation, usage by key with recovery.

`python -m bench.peers.bytewax_flow AT ADDRESSES`: one of a cluster of processes. Written with care for speed: msgspec,
batches all the way, bytes of fixed form on the second topic, lz4 and lingering batches; state is kept by organisation
(its numbers in a dictionary), since a key costs more than a number.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import bytewax.operators as op
import msgspec
from bytewax._bytewax import cli_main
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir

from bench.peers import tell
from bench.peers.call import packed, read, use

seen = counted = rejected = 0
_BATCH = 5_000


def _parse(batch: list[KafkaSourceMessage]) -> Iterable[KafkaSinkMessage]:
    global seen, rejected
    seen += len(batch)
    found = []
    for message in batch:
        try:
            call = read(message.value)
        except msgspec.MsgspecError:
            rejected += 1
            continue
        found.append(KafkaSinkMessage(call.organisation.encode(), packed(call)))
    return found


def _keyed(batch: list[KafkaSourceMessage]) -> Iterable[tuple[str, bytes]]:
    return [(message.key.decode(), message.value) for message in batch]


class _Usage(op.StatefulBatchLogic):
    """Usage of an organisation's numbers: number -> [calls, answered, first, last]."""

    all: list[_Usage] = []  # noqa: RUF012 - the state of this process, to be summed in the end

    def __init__(self, numbers: dict[bytes, tuple[int, int, int, int]] | None) -> None:
        self.numbers = numbers or {}
        self.all.append(self)

    def on_batch(self, values: list[bytes]) -> tuple[list[None], bool]:
        global counted
        numbers = self.numbers
        for value in values:
            started, answered = use.unpack_from(value)
            number = value[use.size :]
            calls, all_answered, first, last = numbers.get(number, (0, 0, started, started))
            numbers[number] = (
                calls + 1,
                all_answered + answered,
                first if first < started else started,
                last if last > started else started,
            )
        counted += len(values)
        return [], op.StatefulBatchLogic.RETAIN

    def snapshot(self) -> dict[bytes, tuple[int, int, int, int]]:
        return dict(self.numbers)


def _flow() -> Dataflow:
    brokers, second = [tell.told("bootstrap")], tell.told("second")
    reading = {"fetch.min.bytes": "65536", "fetch.wait.max.ms": "50"}
    writing = {"linger.ms": "100", "compression.type": "lz4", "batch.size": "262144"}
    flow = Dataflow("usage")
    cdrs = op.input(
        "cdrs", flow, KafkaSource(brokers, [tell.told("topic")], add_config=reading, batch_size=_BATCH)
    )
    uses = op.flat_map_batch("parse", cdrs, _parse)
    op.output("to-organisation", uses, KafkaSink(brokers, second, add_config=writing))
    dealt = op.input(
        "by-organisation", flow, KafkaSource(brokers, [second], add_config=reading, batch_size=_BATCH)
    )
    keyed = op.flat_map_batch("keyed", dealt, _keyed)
    told = op.stateful_batch("count", keyed, _Usage)
    op.inspect("nothing", told, lambda *_: None)
    return flow


def _end() -> None:
    state = [tell.Kept(*row) for usage in _Usage.all for row in usage.numbers.values()]
    tell.kept(state, rejected)
    os._exit(0)  # a flow that tails a topic has no end


def main(at: int, addresses: list[str]) -> None:
    folder = Path(tell.told("folder"))
    folder.mkdir(parents=True)
    # A recovery partition a process: each keeps its own of those that belong together.
    init_db_dir(folder, len(addresses))
    for other in set(range(len(addresses))) - {at}:
        (folder / f"part-{other}.sqlite3").unlink()
    tell.counts(lambda: (seen, counted))
    tell.when_asked(_end)
    cli_main(
        _flow(), workers_per_process=1, process_id=at if len(addresses) > 1 else None,
        addresses=addresses if len(addresses) > 1 else None,
        epoch_interval=timedelta(seconds=5), recovery_config=RecoveryConfig(folder),
    )  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2].split(";"))
