"""`nummerwacht topics`: how large, and what is missing."""

from __future__ import annotations

import asyncio
import io
import re
import socket
from dataclasses import replace
from math import ceil
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from monitor.settings import Settings
from streams.cli.screen import Screen
from streams.cluster import provision
from streams.cluster.sizing import ID_HELD, NUMBER_HELD, STATE_A_WORKER, WORKER, sizes

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules" / "alerting.yml"
CALLS = st.integers(1, 10**9)
NUMBERS = st.integers(1, 10**8)


def test_a_plan_sizes_a_national_operator(run):
    """50 million calls a day from a million numbers: a handful of workers, and a partition count that lasts."""
    planned = run("topics", "--plan", "--calls-a-day", 50_000_000, "--numbers", 1_000_000)
    rows = dict(line.split("\t")[:2] for line in planned.stdout.splitlines())

    assert planned.exit_code == 0
    assert (rows["busy hour"], rows["workers"], rows["kafka.partitions"]) == ("1,736 calls/s", "2", "12")
    assert re.fullmatch(r"[\d.]+ (GB|TB)", rows["disk of the brokers"])


@pytest.mark.parametrize(
    ("calls", "numbers", "workers", "partitions"),
    [(50_000_000, 1_000_000, 2, 12), (100_000_000, 2_000_000, 3, 12), (2_000_000_000, 20_000, 19, 84)],
)
def test_a_plan_counts_workers_by_what_they_hold(calls, numbers, workers, partitions):
    """Where the calls of the busy hour would be work for two, ids of a week may be more than two can hold."""
    planned = sizes(Settings(), calls, numbers)
    assert (planned.workers, planned.partitions) == (workers, partitions)
    assert planned.worker_memory <= STATE_A_WORKER + WORKER


def test_no_plan_is_told_of_by_the_workers_alert():
    """What a plan lets a worker hold is where the alerting rule StateLarge begins."""
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    [rule] = [rule for group in groups for rule in group["rules"] if rule.get("alert") == "StateLarge"]
    assert float(rule["expr"].rsplit(">", 1)[1]) == STATE_A_WORKER


@given(calls=CALLS, numbers=NUMBERS)
def test_a_worker_of_a_plan_holds_no_more_than_it_can(calls, numbers):
    """Partitions are dealt whole, and one worker may be away: the one with the most of them holds its share all the same."""
    planned = sizes(Settings(), calls, numbers)
    most = ceil(planned.partitions / max(1, planned.workers - 1)) / planned.partitions
    held = numbers * NUMBER_HELD + calls * 7 * ID_HELD
    assert held * most <= STATE_A_WORKER
    assert planned.workers == max(2, planned.workers_by_calls, planned.workers_by_state)


def test_every_figure_of_a_plan_has_its_true_reason(run):
    """Two workers don't make twelve partitions by four each, and what is reckoned twice is said to be."""
    planned = run("topics", "--plan", "--calls-a-day", 100_000_000, "--numbers", 2_000_000)
    rows = {row[0]: row[1:] for row in (line.split("\t") for line in planned.stdout.splitlines())}
    assert rows["workers"] == [
        "3",
        "1 to be half idle in the busy hour, 3 so that each holds at most 8.0 GB of state while one is away; "
        "at least two, so that one may be replaced",
    ]
    assert rows["kafka.partitions"][1].startswith("at least 4 for each worker, in steps of 12")
    assert rows["disk of a worker"] == [
        "7.6 GB",
        "its part of the state and that of one that is away, 2 times: old and new while the store is compacted",
    ]
    assert rows["memory of a worker"] == [
        "5.4 GB",
        "the same part once, as it is held, and 1.2 GB to work in",
    ]


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


@pytest.fixture
def others(bootstrap, prefix, monkeypatch):
    """Makes the topics, some of them with other settings than they should have: {topic: settings}."""

    def others(configs: dict[str, dict[str, str]]) -> None:
        kafka = {"bootstrap_servers": bootstrap, "topic_prefix": prefix, "replication_factor": 1}
        for name, value in kafka.items():
            monkeypatch.setenv(f"NUMMERWACHT_KAFKA__{name.upper()}", str(value))
        settings = Settings.model_validate({"kafka": kafka}).kafka
        wanted = provision.needed(settings)
        given = {f"{prefix}{name}": config for name, config in configs.items()}
        made = [replace(topic, configs=topic.configs | given.get(topic.name, {})) for topic in wanted]
        asyncio.run(provision.make(settings, made))

    return others


def _differs(table: str) -> dict[str, str]:
    """The last column, of the topics that have something there."""
    rows = [line.split("\t") for line in table.splitlines()[1:]]
    return {row[0]: row[-1] for row in rows if row[-1]}


def test_topics_as_they_should_be_need_no_word(run, others):
    """Nothing is said where nothing is to be done."""
    others({})

    ended = run("topics")

    assert (ended.exit_code, ended.stderr, _differs(ended.stdout)) == (0, "", {})


def test_another_retention_is_shown_with_the_command_that_changes_it(run, others, bootstrap, prefix):
    """A changed setting has no effect on a topic that is there; a worker would start all the same."""
    others({"alerts": {"retention.ms": "604800000"}})

    ended = run("topics")

    assert ended.exit_code == 0
    assert _differs(ended.stdout) == {f"{prefix}alerts": "retention.ms is 7d and should be 400d"}
    assert (
        f"kafka-configs.sh --bootstrap-server {bootstrap} --alter --entity-type topics "
        f"--entity-name {prefix}alerts --add-config retention.ms=34560000000" in ended.stderr
    )


@pytest.mark.parametrize("flags", [(), ("--apply",)])
def test_a_topic_that_loses_state_is_an_error(run, others, prefix, flags):
    """A worker would refuse it, so the command does not end well, whether it looks or makes."""
    others({"alerts.told": {"cleanup.policy": "delete"}})

    ended = run("topics", *flags)

    assert ended.exit_code == 2
    assert f"topic {prefix}alerts.told: cleanup.policy is delete and should be compact" in ended.stderr
    assert f"--entity-name {prefix}alerts.told --add-config cleanup.policy=compact" in ended.stderr


def test_the_rights_of_a_worker_are_commands_that_grant_them(run, tmp_path):
    """For what its settings name and nothing else; a name that a shell would take apart stays whole."""
    config = tmp_path / "nummerwacht.yml"
    config.write_text(
        "kafka: {bootstrap_servers: 'k1:9092', topic_prefix: nl-, reference_topic: true}\n"
        "feeds: [{name: north, topic: cdr.north}]\n"
        "sinks: [{kind: jsonl, name: file, path: /tmp/alerts.jsonl}]\n"
    )
    ended = run("topics", config, "--acls", "User:CN=nummer wacht")
    commands = [line for line in ended.stdout.splitlines() if not line.startswith("#")]
    named = [line.split()[-1] for line in commands]

    assert ended.exit_code == 0
    assert named == [
        "cdr.north", "nl-calls", "nl-nummerwacht-ledger-changelog", "nl-cdr.rejected", "nl-alerts", "nl-alerts.told",
        "nl-alerts.dead", "nl-reference", "nl-nummerwacht", "nl-nummerwacht-ingest", "nl-nummerwacht-sink-file",
    ]  # fmt: skip
    assert commands[0] == (
        "kafka-acls.sh --bootstrap-server k1:9092 --add --allow-principal 'User:CN=nummer wacht' "
        "--operation Read --topic cdr.north"
    )
    assert "Nothing was granted" in ended.stderr


@pytest.mark.parametrize(
    ("flags", "said"),
    [(("--acls", "bakker"), "as User:bakker"), (("--acls", "User:x", "--apply"), "--acls only writes")],
)
def test_a_principal_is_said_as_kafka_says_it(run, flags, said):
    """A name alone would grant nothing to anybody."""
    ended = run("topics", *flags)
    assert ended.exit_code == 2
    assert said in " ".join(ended.stderr.replace("│", " ").split())


def test_a_command_is_one_line_on_a_terminal_too():
    """Half of one that is pasted would run."""
    screen, said = Screen(), io.StringIO()
    screen.out = Console(file=said, width=40, force_terminal=True, highlight=False)
    screen.say("kafka-acls.sh " + "--operation Read " * 9 + "--topic calls", whole=True)
    assert said.getvalue().count("\n") == 1
