"""`nummerwacht check`: what a worker would do, what it would refuse, and what is unwise."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

KEY = "invented-for-a-test-and-long-enough"
GOOD = f"""
feeds:
  - name: north
    topic: cdr.north
    dialect: canonical
privacy:
  key: {KEY}
"""


ONE_WAY = "without {} calls that come in count as the organisation's own"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "nummerwacht.yml"
    path.write_text(GOOD)
    return path


def test_good_settings_are_told_in_the_order_of_the_datas_way(run, config):
    """What is read, hidden, judged and told; and that a worker would start."""
    ended = run("check", config)

    assert ended.exit_code == 0
    said = [line.split()[0] for line in ended.stdout.splitlines()]
    assert [word for word in said if word in ("read", "write", "hide", "judge", "tell", "keep", "show")] == [
        "read",
        "write",
        "hide",
        "judge",
        "tell",
        "keep",
        "show",
    ]
    assert "a worker would start" in ended.stdout


def test_the_key_is_not_shown(run, config):
    """The output of a check ends up in tickets."""
    assert KEY not in run("check", config).output


def test_without_a_key_it_says_that_a_worker_would_not_start(run, config):
    """And how to make one."""
    config.write_text(GOOD.split("privacy")[0])

    ended = run("check", config)

    assert ended.exit_code == 2
    assert "would not start: privacy.key: no key" in ended.stdout
    assert "openssl rand -hex 32" in ended.stdout


def test_without_feeds_it_says_that_a_worker_would_not_start(run, config):
    """There is nothing to read."""
    config.write_text(f"privacy: {{key: {KEY}}}\n")

    ended = run("check", config)

    assert ended.exit_code == 2
    assert "would not start: feeds: none" in ended.stdout


@pytest.mark.parametrize("topic", ["calls", "alerts.dead", "nummerwacht-ledger-changelog"])
def test_a_feed_that_would_be_a_loop_is_refused(run, config, topic):
    """Nobody is told that a worker would start which reads what it writes."""
    config.write_text(GOOD.replace("cdr.north", topic))
    ended = run("check", config)
    assert ended.exit_code == 2
    assert f"the topic {topic!r} of 'north' is one of Nummerwacht's own" in ended.stderr


@pytest.mark.parametrize("second", ["a.jsonl", "./b/../a.jsonl", "link.jsonl", "{}/a.jsonl"])
def test_two_sinks_that_write_one_file_are_refused(run, config, second):
    """Whatever each calls it: a worker would end when the second one opens it."""
    (config.parent / "link.jsonl").symlink_to("a.jsonl")
    sinks = "sinks: [{{kind: jsonl, name: one, path: a.jsonl}}, {{kind: jsonl, name: two, path: '{}'}}]\n"
    config.write_text(GOOD + sinks.format(second.format(config.parent)))
    ended = run("check", config)
    assert ended.exit_code == 2
    said = " ".join(ended.stdout.split())
    assert "would not start: sinks.1.path:" in said
    assert "is the file of the sink 'one' too" in said
    config.write_text(GOOD + sinks.format("b.jsonl"))
    assert run("check", config).exit_code == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("kafka: {bootstrap_servers: 'broker.example:9092'}", "carries CDRs in clear"),
        ("kafka: {bootstrap_servers: 'broker.example:9092', replication_factor: 1}", "loses the state"),
        ("worker: {http_host: 0.0.0.0}", "shows metrics without a log-in"),
        ("telemetry: {organisation_labels: true}", "sees who is suspected"),
        (
            "sinks: [{kind: webhook, name: ksf, url: 'http://alerts.example/', secret: "
            "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3}]",
            "sinks.0.url: evidence over http",
        ),
    ],
)
def test_what_somebody_would_regret_is_said_without_refusing_it(run, config, more, said):
    """A warning has the setting's path; a worker would start all the same."""
    config.write_text(GOOD + more + "\n")

    ended = run("check", config)

    assert ended.exit_code == 0
    assert said in ended.stdout


@pytest.mark.parametrize(
    ("feed", "named"),
    [
        ("{name: north}", True),
        ("{name: north, dialect: asterisk_csv}", False),
        ("{name: north, dialect: asterisk_csv, organisation: bakker}", True),
        ("{name: north, dialect: asterisk_csv, attribution: [{account: '1', organisation: bakker}]}", True),
        ("{name: north, dialect: cgrates_json}", False),
        ("{name: north, dialect: cgrates_json, options: {organisation_from: Tenant}}", True),
    ],
)
def test_a_feed_whose_calls_would_all_be_unknowns_is_said(run, config, feed, named):
    """Records that name nobody, and no rule that does: the whole field would be one organisation."""
    config.write_text(f"feeds: [{feed}]\nprivacy: {{key: invented-for-a-test-and-long-enough}}\n")
    said = run("check", config).stdout

    assert ("name no organisation" not in said) is named
    assert "a worker would start" in said


@pytest.mark.parametrize(
    ("dialect", "option"),
    [
        ("asterisk_csv", "inbound_contexts"),
        ("asterisk_json", "inbound_contexts"),
        ("freeswitch_json", "inbound_contexts"),
        ("cgrates_json", "inbound_categories"),
    ],
)
def test_a_feed_that_cannot_tell_which_way_calls_go_is_named(run, config, dialect, option):
    """Until its settings say how; callers' numbers would be taken for the organisation's."""
    config.write_text(GOOD.replace("canonical", dialect))
    assert f"feeds.0.options: {ONE_WAY.format(option)}" in run("check", config).stdout

    config.write_text(GOOD.replace("canonical", f"{dialect}\n    options: {{{option}: [network]}}"))
    assert "feeds.0.options" not in run("check", config).stdout


def test_a_rule_of_attribution_that_does_nothing_is_named(run, config):
    """One before it takes all its calls."""
    rules = "[{prefix: '+31', organisation: bakker}, {prefix: '+3188', organisation: slager}]"
    config.write_text(GOOD.replace("canonical", f"canonical\n    attribution: {rules}"))

    assert "feeds.0.attribution.1: a rule before it takes all its calls" in run("check", config).stdout


def test_good_settings_on_one_machine_have_no_warning(run, config):
    """The defaults are for one machine, and none of them is unwise there."""
    assert "unwise" not in run("check", config).stdout


def test_the_key_that_everybody_can_read_is_unwise(run, config):
    """`docker-compose.yml` has one for a first look, and whoever copies it keeps it."""
    compose = Path(__file__).parents[2] / "docker-compose.yml"
    (key,) = re.findall(r"NUMMERWACHT_PRIVACY__KEY:-([^}]+)}", compose.read_text("utf-8"))
    config.write_text(GOOD.replace(KEY, key))

    assert "unwise: privacy.key: the one of docker-compose.yml is public" in run("check", config).stdout


def test_a_certificate_that_cannot_be_read_is_told_before_a_worker_is_started(run, config):
    """It is opened as a worker would."""
    config.write_text(GOOD + "kafka: {security: {security.protocol: SSL, ssl.ca.location: no-such-ca.pem}}\n")

    ended = run("check", config)

    assert ended.exit_code == 2
    assert "kafka.security.ssl.ca.location" in ended.stdout
    assert "no-such-ca.pem: can't be read" in ended.stdout


def test_a_policy_that_is_neither_a_profile_nor_a_file_is_named(run, config):
    """With the nearest profile there is."""
    config.write_text(GOOD + "policy: nld\n")

    ended = run("check", config)

    assert ended.exit_code == 2
    assert "is neither a profile nor a file; did you mean 'nl'?" in ended.stdout


def test_a_policy_is_explained_with_its_sources_and_every_threshold(run):
    """What holds from when, for whom, and on what it rests."""
    shown = run("check", "--policy", "nl").stdout

    assert "short_tenure from 2022-08-11" in shown
    assert "rests on" in shown
    assert "not seen: What the calls were about, and whether they were unsolicited" in shown
    assert "90\tuse_term\t" in shown


RECORD = {
    "call_id": "c1",
    "started_at": "2026-01-05T09:00:00Z",
    "presented_number": "+31201230000",
    "called_number": "+31612345678",
    "organisation": "De Proef",
}


def test_a_sample_shows_what_a_record_became(run, config):
    """The organisation's number as it is, the person called as a pseudonym only."""
    ended = run("check", config, "--sample", "-", stdin=json.dumps(RECORD).encode())

    assert ended.exit_code == 0
    assert "record 1 became a call" in ended.stdout
    assert "De Proef" in ended.stdout
    assert "+31201230000" in ended.stdout
    assert "612345678" not in ended.stdout
    assert "pseudonym" in ended.stdout


def test_a_sample_shows_why_a_record_was_rejected(run, config):
    """The reason is one of the closed list that metrics count by."""
    broken = {name: value for name, value in RECORD.items() if name != "call_id"}

    ended = run("check", config, "--sample", "-", stdin=json.dumps(broken).encode())

    assert ended.exit_code == 3
    assert "record 1 was rejected" in ended.stdout


def test_a_sample_of_csv_without_a_header_is_told_what_is_missing(run, config):
    """That it is no JSON says little to whoever made it with a spreadsheet."""
    ended = run("check", config, "--sample", "-", stdin=b"c1;2026-01-05T09:00:00Z;+31612345678\n")

    assert ended.exit_code == 3
    assert "no header of Nummerwacht's CSV" in ended.stderr
    assert "separated by `;`" in ended.stderr


def test_a_sample_names_the_keys_that_nobody_reads(run, config):
    """One that is nearly a known key comes first, with what was probably meant; of many the rest is counted."""
    record = RECORD | {"acount": "7", **{f"x{at}": "?" for at in range(7)}}

    ended = run("check", config, "--sample", "-", stdin=(json.dumps(record) + "\n").encode() * 2)

    assert "unknown key 'acount'; did you mean 'account'?: 2\nunknown key 'x0': 2\n" in ended.stdout
    assert "other unknown keys: 6\n" in ended.stdout


MAPPED = """
feeds:
  - name: own
    dialect: mapping
    mapping: {call_id: id, started_at: at, presented_number: from.cli, called_number: to, answered_at: answer}
"""
RATED = """
feeds:
  - {name: own, dialect: cgrates_json, options: {presented: [from.cli, CLI], trunk: [from.clid]}}
"""
OWN = '{"CGRID": "c", "SetupTime": "2026-01-05T09:00:00Z", "Destination": "+31600000001", "id": %d, "at": "2026-01-05T09:00:00Z", "from": {"clid": "+31200000001"}, "to": "+31600000001", "answer": %s}\n'


@pytest.mark.parametrize("command", ["check {} --sample {}", "replay --config {} {}"])
@pytest.mark.parametrize(("settings", "path"), [(MAPPED, "from.cli"), (RATED, "from.cli or CLI")])
def test_what_settings_name_and_no_record_has_is_named(run, tmp_path, command, settings, path):
    """Else a mistyped path is a fleet of withheld numbers; what a few records lack is no mistake."""
    config, sample = tmp_path / "own.yml", tmp_path / "own.jsonl"
    config.write_text(settings)
    sample.write_text(OWN % (1, "null") + OWN % (2, '"2026-01-05T09:00:05Z"'))

    said = run(*command.format(config, sample).split()).stderr

    assert f"feed own: its settings name {path!r}, which is in no record" in said
    assert said.count("which is in no record") == 1


def test_a_sample_needs_to_know_its_feed_when_there_are_several(run, config):
    """The names are shown to choose from."""
    config.write_text(
        GOOD.replace("privacy:", "  - {name: south, topic: cdr.south, dialect: canonical}\nprivacy:")
    )

    ended = run("check", config, "--sample", "-", stdin=b"{}")

    assert ended.exit_code == 2
    assert "north, south" in ended.output


@pytest.mark.parametrize("more", [(), ("--sample", "-")], ids=["settings", "sample"])
def test_a_feed_that_there_is_none_of_is_named_with_those_there_are(run, config, more):
    """Also where no sample is read: nobody takes it for one that was looked at."""
    ended = run("check", config, "--feed", "nrth", *more, stdin=b"{}")

    assert ended.exit_code == 2
    said = " ".join(ended.stderr.replace("│", " ").split())
    assert "--feed nrth: there is no such feed; there are north" in said


def test_everything_that_cannot_be_used_is_said_at_once(run, config):
    """A policy, what is known of organisations, a sink's secret and a certificate: nobody mends one to be told of the next."""
    config.write_text(
        GOOD
        + """
policy: mine.yaml
reference: theirs.yaml
sinks:
  - {kind: webhook, name: desk, url: "https://alerts.example/hook", secret: "whsec_????????????????"}
kafka:
  security: {security.protocol: SSL, ssl.ca.location: nowhere.pem}
"""
    )
    config.with_name("mine.yaml").write_text("a: 1\n")

    ended = run("check", config)

    assert ended.exit_code == 2
    said = [line for line in ended.stdout.splitlines() if line.startswith("would not start:")]
    for what in ("mine.yaml", "theirs.yaml", "sinks.desk.secret", "nowhere.pem"):
        assert what in ended.stdout
    assert len(said) == 4
    assert "a worker would start" not in ended.stdout
