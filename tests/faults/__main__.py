"""`make faults`: things are killed, paused, filled, refused, deleted and sent again, and every count must still be right.

On a real Apache Kafka with RocksDB stores. The traffic of every run is rough (`traffic.py`), the faults fall in the
middle of it (`faults.py`). After each run the kept state is held against SQL over the records, the alerts against a
replay, and what a file and a webhook were told against both (`once.py`).

FAULTS_RUNS, FAULTS_SEED and FAULTS_ONLY choose the runs. With fewer runs than there are faults each run mixes some, so that
together they have all. FAULTS_VOLUME and FAULTS_PARTS make one larger. `make faults-whole` needs none of them: a worker
killed 100 times over more than 2 M records, and then each kind once.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.brokers.apache import ApacheKafka
from tests.faults.faults import FAULTS, drawn
from tests.faults.found import Found, closing, restarted, table
from tests.faults.once import Plan, once
from tests.field.field import NotSettled

#: Faults in a run of one kind: as many, but for one, as the parts in which its traffic is sent.
_PARTS = int(os.environ.get("FAULTS_PARTS", "5"))
#: Times the 33,000 calls of a run.
_VOLUME = int(os.environ.get("FAULTS_VOLUME", "1"))
#: Kills of the large run, and its volume: 2.05 M calls, of which a tenth is sent twice.
_KILLS, _LARGE = 100, 66
#: Compaction looks for work twice a second, not every fifteen.
_BROKER = {"log.cleaner.backoff.ms": "500", "log.cleaner.min.cleanable.ratio": "0.01"}


def chosen(runs: int, seed: int, only: str | None) -> list[Plan]:
    """The runs that the environment says."""
    names = [only] if only else list(FAULTS)
    mixed = not only and runs < len(names)
    return [
        Plan(drawn(seed, at, runs) if mixed else [names[at % len(names)]] * (_PARTS - 1), seed + at, _VOLUME)
        for at in range(runs)
    ]


def whole(seed: int) -> list[Plan]:
    """A hundred kills over 2 M records, and each kind once."""
    kinds = [Plan([name] * (_PARTS - 1), seed + at) for at, name in enumerate(FAULTS, 1)]
    return [Plan(["kill -9"] * _KILLS, seed, _LARGE), *kinds]


async def _once(plan: Plan, broker: ApacheKafka, folder: Path) -> tuple[Found, int]:
    """A run and its tries: a second when it did not come to an end in time, since others use the machine too. Counts have none."""
    try:
        return await once(plan, broker, folder), 1
    except NotSettled as error:
        print(f"{error}\n     did not come to an end in time; once more", flush=True)
        return await once(plan, broker, folder.with_name(f"{folder.name}-again")), 2


async def main(plans: list[Plan]) -> int:
    found: list[Found] = []
    tries = 0
    with tempfile.TemporaryDirectory(prefix="nummerwacht-faults-") as home:
        broker = await ApacheKafka(Path(home) / "kafka", _BROKER, heap="768m").started()
        try:
            for at, plan in enumerate(plans):
                print(f"{at + 1:4} seed {plan.seed}: {plan.name}", flush=True)
                of_plan, needed = await _once(plan, broker, Path(home) / f"run-{at}")
                found.append(of_plan)
                tries += needed
                print(f"     {found[-1].line()}", flush=True)
        finally:
            broker.stop()
    print(f"\n{table(found)}\n")
    for each in found:
        if not each.right():
            print(f"not as it should be: {each}")
    print(restarted(found, tries))
    print(closing(found))
    return int(not all(each.right() for each in found))


def _asked(words: list[str]) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "which", nargs="?", choices=["whole"], help="whole: 100 kills, then each kind of fault once"
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    seed = int(os.environ.get("FAULTS_SEED", "1"))
    if _asked(sys.argv[1:]).which == "whole":
        plans = whole(seed)
    else:
        runs = int(os.environ.get("FAULTS_RUNS", str(2 * len(FAULTS))))
        plans = chosen(runs, seed, os.environ.get("FAULTS_ONLY"))
    sys.exit(asyncio.run(main(plans)))
