"""Settings: every flaw is named with its place and what to do about it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr, ValidationError

from monitor.config import duration
from monitor.config.mistakes import mistakes
from monitor.settings import KEY_BYTES, JsonLines, MissingKey, Settings, Webhook
from streams.config import ConfigError, load
from streams.topics import Names, plan

CONFIG = Path(__file__).parent / "config"
FLAWED = sorted(CONFIG.glob("conf.*.yml"))
KEY = "invented-for-a-test-and-long-enough"


def says(path: Path) -> list[str]:
    """What a rejected file expects to be told, in the comments on top of it."""
    lines = path.read_bytes().decode("utf-8", "replace").splitlines()
    return [line.removeprefix("# says: ") for line in lines if line.startswith("# says: ")]


def write(folder: Path, text: str) -> Path:
    path = folder / "nummerwacht.yml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", FLAWED, ids=[path.name for path in FLAWED])
def test_a_flawed_file_is_rejected_in_the_words_on_top_of_it(path):
    """The message has the path of the flaw, and the nearest right name where there is one."""
    with pytest.raises(ConfigError) as caught:
        load(path, {})

    assert says(path), "a rejected file says what it expects"
    assert [said for said in says(path) if said not in str(caught.value)] == []


@pytest.mark.parametrize("path", FLAWED, ids=[path.name for path in FLAWED])
def test_a_rejection_tells_no_secret(path):
    """Whatever is wrong with a file, the values in it are not repeated."""
    with pytest.raises(ConfigError) as caught:
        load(path, {})

    assert "invented-for-a-test" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_every_flaw_of_a_file_is_told_at_once(tmp_path):
    """Somebody who mends one flaw is not sent back for the next."""
    path = write(tmp_path, "kafka: {partitions: 0}\nworker: {htp_port: 1}\nflush: {interval: soon}\n")

    with pytest.raises(ConfigError) as caught:
        load(path, {})

    assert {flaw.path for flaw in caught.value.flaws} == {
        "kafka.partitions",
        "worker.htp_port",
        "flush.interval",
    }


@pytest.mark.parametrize("prefix", ["", "nl-"])
def test_no_feed_is_one_of_the_workers_own_topics(tmp_path, prefix):
    """A worker would read what it writes, without end; under another prefix, or none, the same name is a feed's."""
    own = [topic.name for topic in plan(Names(prefix), 12, calls_days=14, alerts_days=400, reference=True)]
    assert len(own) == 7
    for topic in own:
        feed = f"feeds: [{{name: north, topic: {topic}}}]\n"
        with pytest.raises(ConfigError, match=f"the topic '{topic}' of 'north' is one of Nummerwacht's own"):
            load(write(tmp_path, f"kafka: {{topic_prefix: '{prefix}'}}\n{feed}"), {})
        assert load(write(tmp_path, f"kafka: {{topic_prefix: other-}}\n{feed}"), {}).feeds[0].topic == topic


def test_a_feed_that_is_called_rejected_needs_a_topic_of_its_own(tmp_path):
    """By default it would be read from `cdr.rejected`."""
    with pytest.raises(ConfigError, match=r"'cdr\.rejected' of 'rejected'"):
        load(write(tmp_path, "feeds: [{name: rejected}]\n"), {})


def test_nothing_at_all_is_a_valid_configuration():
    """Every setting but a feed's own has a default."""
    assert load(None, {}) == Settings()


def test_the_environment_wins_over_the_file(tmp_path):
    """What differs between machines need not be in the file."""
    path = write(tmp_path, "kafka: {bootstrap_servers: file:9092, partitions: 24}\n")

    settings = load(path, {"NUMMERWACHT_KAFKA__BOOTSTRAP_SERVERS": "env:9092"})

    assert (settings.kafka.bootstrap_servers, settings.kafka.partitions) == ("env:9092", 24)


def test_the_environment_reaches_into_a_list(tmp_path):
    """The secret of a sink can stay out of the file that names the sink."""
    path = write(tmp_path, "sinks:\n- {kind: webhook, name: ksf, url: 'https://alerts.example/'}\n")

    settings = load(path, {"NUMMERWACHT_SINKS__0__SECRET": KEY})

    assert settings.sinks[0].secret.get_secret_value() == KEY


def test_kafka_names_with_dots_are_spelt_with_underscores_in_the_environment(tmp_path):
    """The environment overrides `sasl.password` of the file, though no variable may have a dot."""
    path = write(
        tmp_path,
        "kafka: {security: {security.protocol: SASL_SSL, sasl.mechanism: PLAIN, sasl.username: a, sasl.password: b}}",
    )

    security = load(path, {"NUMMERWACHT_KAFKA__SECURITY__SASL_PASSWORD": "c"}).kafka.security

    assert security.sasl_password.get_secret_value() == "c"


def test_a_list_may_come_whole_from_the_environment():
    """A container without a file is configured by its variables alone."""
    settings = load(
        None, {"NUMMERWACHT_SINKS": '[{"kind": "jsonl", "name": "here", "path": "/tmp/alerts.jsonl"}]'}
    )

    assert settings.sinks == [JsonLines(kind="jsonl", name="here", path=Path("/tmp/alerts.jsonl"))]


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        (
            "NUMMERWACHT_KAFAK__PARTITIONS",
            "3",
            "NUMMERWACHT_KAFAK__PARTITIONS: no such section; did you mean 'kafka'?",
        ),
        ("NUMMERWACHT_KAFKA__PARTITION", "3", "kafka.partition: unknown key; did you mean 'partitions'?"),
        ("NUMMERWACHT_SINKS", "ksf", "sinks: no JSON: in a variable a list or a mapping is given as JSON"),
        ("NUMMERWACHT_SINKS", "3", "sinks: must be a list"),
    ],
)
def test_an_unknown_variable_is_an_error_too(variable, value, said):
    """A misspelt variable would else be a setting that silently does nothing."""
    with pytest.raises(ConfigError) as caught:
        load(None, {variable: value})

    assert said in str(caught.value)


def test_variables_of_the_tests_are_no_settings():
    """`NUMMERWACHT_TEST_BOOTSTRAP` chooses the tests' broker and is left alone."""
    assert load(None, {"NUMMERWACHT_TEST_BOOTSTRAP": "broker:9092"}) == Settings()


def test_without_a_key_there_is_no_secret_to_begin_with():
    """Called numbers are never written in clear: the caller is told how to make a key."""
    with pytest.raises(MissingKey, match=r"openssl rand -hex 32.*NUMMERWACHT_PRIVACY__KEY"):
        load(None, {}).privacy.secret()


def test_the_key_comes_from_a_file_without_its_line_end(tmp_path):
    """Secret stores mount files; the path is read from the settings' own folder."""
    (tmp_path / "key.txt").write_text(KEY + "\n")

    settings = load(write(tmp_path, "privacy: {key_file: key.txt}\n"), {})

    assert settings.privacy.secret() == KEY.encode()


def test_a_secret_is_never_shown(tmp_path):
    """Neither the key nor a password is in what a log line or a traceback could show."""
    settings = load(None, {"NUMMERWACHT_PRIVACY__KEY": KEY})

    assert KEY not in repr(settings)
    assert KEY not in settings.model_dump_json()


def test_relative_paths_are_read_from_the_files_folder(tmp_path):
    """A configuration works from whichever folder the worker is started in."""
    settings = load(write(tmp_path, "worker: {datadir: state}\nreference: known.yml\n"), {})

    assert (settings.worker.datadir, settings.reference) == (tmp_path / "state", tmp_path / "known.yml")


def test_sinks_are_told_apart_by_kind(tmp_path):
    """Each kind has its own keys."""
    path = write(
        tmp_path,
        "sinks:\n- {kind: webhook, name: ksf, url: 'https://alerts.example/', secret_file: secret}\n- {kind: jsonl, name: here, path: a.jsonl}\n",
    )

    (tmp_path / "secret").write_text(KEY)

    assert [type(sink) for sink in load(path, {}).sinks] == [Webhook, JsonLines]


def test_a_missing_file_is_named(tmp_path):
    """The message has the path that was tried, and why it failed."""
    with pytest.raises(ConfigError, match=r"nowhere\.yml can't be used:\n  can't be read: No such file"):
        load(tmp_path / "nowhere.yml", {})


def test_a_key_is_as_long_as_a_hash(tmp_path):
    """One byte less than asked for is refused, exactly that many is taken."""
    with pytest.raises(ConfigError):
        load(None, {"NUMMERWACHT_PRIVACY__KEY": "k" * (KEY_BYTES - 1)})

    assert load(None, {"NUMMERWACHT_PRIVACY__KEY": "k" * KEY_BYTES}).privacy.secret() == b"k" * KEY_BYTES


@given(st.integers(0, 10**9).map(lambda ms: timedelta(milliseconds=ms)))
def test_a_duration_reads_back_as_it_was_written(value):
    """`text` and `parse` are each other's inverse, to the millisecond."""
    assert duration.parse(duration.text(value)) == value


def test_the_length_of_a_text_is_told_in_characters_and_that_of_a_list_in_entries():
    """Of a secret, too, of which pydantic counts items."""

    class Form(BaseModel):
        word: SecretStr = Field(min_length=8)
        names: list[str] = Field(min_length=2)

    data = {"word": "hunter2", "names": ["a"]}
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(data)

    assert [str(flaw) for flaw in mistakes(caught.value, Form, data)] == [
        "word: must have 8 characters at least",
        "names: must have 2 entries at least",
    ]
