"""Calls written as each switch writes them are read as the calls that they were."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from monitor.canonical import canonicalise
from monitor.cdr import dialect, dialects
from monitor.privacy import Pseudonyms
from monitor.simulate import Scenario, simulate
from monitor.simulate.writers import records
from tests.cdr.feeds import feed

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PSEUDONYMS = Pseudonyms(b"k" * 32, "test")
#: Numbers that got lost on the way, beside numbers that were withheld and such that no one can call.
LOST = Scenario.model_validate(
    {
        "name": "lost",
        "days": 5,
        "organisations": [
            {"name": "lost", "behaviour": "withheld", "begins": None, "rate": 80}
            | {"shown": {"withheld": 0.3, "unavailable": 0.3, "spoiled": 0.5}, "fleet": {"pool": 9}}
        ],
    }
)
_SAME = ("organisation", "number", "person", "direction", "presentation", "defect", "account")


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    frame = pl.concat(simulate(Scenario.load("small"), 3, days=40).chunks())
    return pl.concat([frame, pl.concat(simulate(LOST, 3).chunks())])


def own(frame: pl.DataFrame) -> list[bytes]:
    """The records of an operator's own making, for the mapping of `feeds.py`; each call has a leg besides."""
    rows = []
    for call in frame.iter_rows(named=True):
        times = {"start": call["started_at"], "answer": call["answered_at"], "end": call["ended_at"]}
        rows.append(
            {
                "kind": "call",
                "id": call["call_id"],
                "t": {name: round(at.timestamp() * 1e6) if at else 0 for name, at in times.items()},
                "dir": {"outbound": "O", "inbound": "T"}[call["direction"]],
                "parties": [{"number": call["presented_number"]}, {"number": call["called_number"]}],
                "cli": {"allowed": "0", "restricted": "1", "unavailable": "2"}[call["presentation"]],
                "customer": call["account"],
                "trunk": call["trunk"],
            }
        )
        rows.append(rows[-1] | {"kind": "leg"})
    return [json.dumps(row).encode() for row in rows]


def read(name: str, values: list[bytes], frame: pl.DataFrame) -> tuple[pl.DataFrame, object]:
    accounts = frame.select("account", "organisation").unique().sort("account")
    terms = feed(name, accounts)
    parsed = dialect(name).parse(values, terms)
    made = canonicalise(parsed, terms, PSEUDONYMS, now=NOW)
    assert not made.rejected.height, made.rejected
    return made.calls, parsed


@pytest.mark.parametrize("name", [name for name in dialects() if name != "canonical"])
def test_calls_are_those_of_the_canonical_records(name: str, frame: pl.DataFrame) -> None:
    """Numbers, parties, organisations, days and answers are the same as of canonical records, and every record is accounted for."""
    wanted, _ = read("canonical", records(frame), frame)
    values = own(frame) if name == "mapping" else records(frame, name)

    calls, parsed = read(name, values, frame)

    assert calls.height == wanted.height
    assert (
        parsed.records == len(values) == calls.height + parsed.rejected.height + sum(parsed.folded.values())
    )
    shape = [
        pl.col(*_SAME).cast(pl.String),
        pl.col("started_at").dt.truncate("1s"),
        pl.col("answered_at").is_not_null().alias("answered"),
    ]
    order = ["started_at", "number", "person"]
    assert_frame_equal(calls.select(shape).sort(order), wanted.select(shape).sort(order))


@pytest.mark.parametrize("name", [name for name in dialects() if name != "mapping"])
def test_records_come_in_the_order_of_their_calls(name: str, frame: pl.DataFrame) -> None:
    """Wherever it is cut, what was written so far holds the calls so far: all records of a call come before those of the next."""
    frame = frame.head(400)
    values = records(frame, name)
    half = records(frame.head(200), name)
    wanted, _ = read(name, half, frame)

    calls, _ = read(name, values[: len(half)], frame)

    assert set(calls["id"]) == set(wanted["id"])
    assert wanted["id"].n_unique() == 200


@pytest.mark.parametrize("name", [name for name in dialects() if name not in ("canonical", "mapping")])
def test_records_of_one_call_in_different_batches_share_id_and_start(name: str, frame: pl.DataFrame) -> None:
    """Wherever a batch ends and whatever comes first, the records of a call keep one id, one start and one organisation, so that it counts once."""
    frame = frame.head(400)
    values = random.Random(5).sample(made := records(frame, name), len(made))
    whole, _ = read(name, values, frame)

    apart = pl.concat(read(name, values[at : at + 37], frame)[0] for at in range(0, len(values), 37))

    once = apart.group_by("id").agg(
        pl.col("started_at", "organisation").n_unique(),
        pl.col("answered_at").is_not_null().any().alias("answered"),
    )
    assert once["started_at"].max() == once["organisation"].max() == 1
    assert set(once["id"]) == set(whole["id"])
    assert once["answered"].sum() == whole["answered_at"].is_not_null().sum()
