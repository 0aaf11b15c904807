"""`nummerwacht topics`: how large, and what is missing."""

from __future__ import annotations

import re
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.settings import Settings
from streams.sizing import sizes

CALLS = st.integers(1, 10**9)
NUMBERS = st.integers(1, 10**8)


def test_a_plan_sizes_a_national_operator(run):
    """50 million calls a day from a million numbers: a handful of workers, and a partition count that lasts."""
    planned = run("topics", "--plan", "--calls-a-day", 50_000_000, "--numbers", 1_000_000)
    rows = dict(line.split("\t")[:2] for line in planned.stdout.splitlines())

    assert planned.exit_code == 0
    assert (rows["busy hour"], rows["workers"], rows["kafka.partitions"]) == ("1,736 calls/s", "2", "12")
    assert re.fullmatch(r"[\d.]+ (GB|TB)", rows["disk of the brokers"])


@given(calls=CALLS, numbers=NUMBERS, more=st.integers(1, 100))
def test_more_calls_never_need_less(calls, numbers, more):
    """Every figure of a plan grows with the calls and with the numbers, but for what a worker carries."""
    small, large = sizes(Settings(), calls, numbers), sizes(Settings(), calls * more, numbers * more)

    assert large.workers >= small.workers
    assert large.partitions >= small.partitions
    assert large.disk >= small.disk


@given(calls=CALLS, numbers=NUMBERS)
def test_partitions_leave_room_for_four_times_the_workers(calls, numbers):
    """Partitions can't be changed later, workers can."""
    planned = sizes(Settings(), calls, numbers)

    assert planned.partitions >= 4 * planned.workers
    assert planned.partitions % 12 == 0


def test_a_plan_needs_no_cluster(run, tmp_path):
    """Sizing comes before anything is set up."""
    config = tmp_path / "nummerwacht.yml"
    config.write_text("kafka: {bootstrap_servers: 'nowhere.invalid:9092', replication_factor: 1}\n")

    assert run("topics", config, "--plan").exit_code == 0


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_cluster_that_is_away_is_named_with_the_setting_that_says_where_it_is(
    run, monkeypatch, closed_port
):
    """The error is a sentence with its own exit code, not a traceback."""
    monkeypatch.setenv("NUMMERWACHT_KAFKA__BOOTSTRAP_SERVERS", f"127.0.0.1:{closed_port}")

    ended = run("topics")

    assert ended.exit_code == 4
    assert f"no Kafka at 127.0.0.1:{closed_port} (kafka.bootstrap_servers)" in ended.stderr
    assert "Traceback" not in ended.output
