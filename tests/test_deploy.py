"""What is deployed to watch the workers names only what workers tell."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from monitor.config.duration import parse
from monitor.settings import Kafka, Worker
from streams.cli import main
from streams.cli.exits import Exit
from streams.config import ConfigError, load
from streams.telemetry import catalogue

ROOT = Path(__file__).resolve().parents[1]
PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARDS = PROMETHEUS.parent / "grafana" / "dashboards"
#: Labels that Prometheus itself adds, and that of a histogram's buckets.
ADDED = {"instance", "job", "le"}


def _told() -> dict[str, set[str]]:
    """The labels of every series that a worker can tell, by name."""
    series: dict[str, set[str]] = {}
    for row in catalogue():
        names = [row.name + end for end in ("_bucket", "_count", "_sum")]
        for name in names if row.type == "histogram" else [row.name]:
            series[name] = {*row.labels, *ADDED}
    return series


def _rules(kind: str) -> list[dict]:
    paths = (PROMETHEUS / "rules").glob("*.yml")
    groups = [group for path in paths for group in yaml.safe_load(path.read_text("utf-8"))["groups"]]
    return [rule for group in groups for rule in group["rules"] if kind in rule]


def _all_panels() -> list[dict]:
    return [
        panel for path in DASHBOARDS.glob("*.json") for panel in json.loads(path.read_text("utf-8"))["panels"]
    ]


def _panels() -> list[dict]:
    """Those that show something: rows only head them."""
    return [panel for panel in _all_panels() if panel["type"] != "row"]


def _tests() -> list[dict]:
    paths = (PROMETHEUS / "tests").glob("*.yml")
    return [test for path in paths for test in yaml.safe_load(path.read_text("utf-8"))["tests"]]


def test_rules_and_dashboards_read_only_what_exists() -> None:
    """Every series in a query is one that a worker tells, or that a rule records."""
    queries = [target["expr"] for panel in _panels() for target in panel["targets"]]
    queries += [rule["expr"] for kind in ("record", "alert") for rule in _rules(kind)]
    named = {
        name for query in queries for name in re.findall(r"nummerwacht[_:][a-z0-9_:]+(?![a-z0-9_:(])", query)
    }
    assert named - set(_told()) - {rule["record"] for rule in _rules("record")} == set()


def test_each_panel_says_what_it_shows_and_in_which_unit() -> None:
    """Whoever watches the field did not write the metrics."""
    silent = [panel["title"] for panel in _panels() if not panel["description"].endswith(".")]
    bare = [panel["title"] for panel in _panels() if not panel["fieldConfig"]["defaults"].get("unit")]
    assert (silent, bare) == ([], [])


def test_a_chart_of_bars_has_one_table_with_the_label_that_names_them() -> None:
    """Of series over time it would draw bars for every moment, and not one for each band."""
    bars = [panel for panel in _panels() if panel["type"] == "barchart"]
    for panel in bars:
        (target,) = panel["targets"]
        assert (target["format"], target["instant"]) == ("table", True)
        (rule,) = (rule for rule in _rules("record") if rule["record"] == target["expr"])
        assert rule["expr"].startswith(f"sum by ({panel['options']['xField']}) (")
        assert panel["transformations"][0]["options"]["sort"] == [{"field": panel["options"]["xField"]}]
    assert len(bars) == 1


def test_a_figure_is_of_now_and_coloured_only_where_a_colour_says_something() -> None:
    """A series that went is not shown as it last was, and counts do not turn red from 80 on, as by Grafana's default."""
    stats = {panel["title"]: panel for panel in _panels() if panel["type"] == "stat"}
    steps = {}
    for title, panel in stats.items():
        assert [(target["instant"], target["range"]) for target in panel["targets"]] == [(True, False)]
        assert panel["options"]["reduceOptions"]["calcs"] == ["lastNotNull"]
        said = panel["fieldConfig"]["defaults"]
        if said["color"]["mode"] == "thresholds":
            steps[title] = [(step["value"], step["color"]) for step in said["thresholds"]["steps"]]
        else:
            assert said["color"] == {"mode": "fixed", "fixedColor": "text"}
    day = 86_400
    assert steps == {
        "Age of the last judged day": [(None, "green"), (2.5 * day, "orange"), (3 * day, "red")],
        "Workers up": [(None, "red"), (1, "green")],
    }
    (late,) = (rule["expr"] for rule in _rules("alert") if rule["alert"] == "DaysNotClosed")
    assert "> 3 * 86400" in late


def test_what_became_of_alerts_and_what_feeds_lack_is_charted() -> None:
    """Whether alerts arrive, how many are new, and what was not told or came late is on the dashboard, by row."""
    rows, recorded = {}, {rule["record"]: rule["expr"] for rule in _rules("record")}
    for panel in _all_panels():
        if panel["type"] == "row":
            charted = rows.setdefault(panel["title"], set())
            continue
        for query in (target["expr"] for target in panel["targets"] if rows):
            charted |= set(re.findall(r"nummerwacht_[a-z_]+", recorded.get(query.partition("{")[0], query)))
    sinks = {f"nummerwacht_sink_{name}" for name in ("lag_alerts", "queue_alerts", "deliveries_total")}
    assert {*sinks, "nummerwacht_sink_dead_alerts_total"} <= rows["Delivery"]
    assert "nummerwacht_told_alerts_total" in rows["New per day"]
    calls = {f"nummerwacht_{name}_calls_total" for name in ("late", "too_late")}
    assert {*calls, "nummerwacht_lost_answers_days"} <= rows["Feeds"]


def test_alerts_of_numbers_given_up_are_in_no_chart_with_others() -> None:
    """There are thousands of them where of other kinds there are a few."""
    queries = [
        target["expr"]
        for panel in _panels()
        for target in panel["targets"]
        if re.search(r":(?:open|opened)_alerts:", target["expr"])
    ]
    assert queries
    assert [query for query in queries if not re.search(r"\{kind(?:=|!=|!~)\"", query)] == []


def test_panels_lie_beside_each_other() -> None:
    """None covers another, and none is wider than the page."""
    taken = set()
    for panel in _all_panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
    ids = [panel["id"] for panel in _all_panels()]
    assert len(ids) == len(set(ids))


def test_the_dashboard_shows_a_use_term_of_what_is_kept_as_long_as_alerts() -> None:
    """Prometheus of the composition keeps what the dashboard shows, on a volume, as long as alerts are on their topic."""
    (dashboard,) = (json.loads(path.read_text("utf-8")) for path in DASHBOARDS.glob("*.json"))
    prometheus = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]["prometheus"]
    flags = dict(flag.removeprefix("--").split("=") for flag in prometheus["command"])
    kept = parse(flags["storage.tsdb.retention.time"])
    assert dashboard["time"] == {"from": "now-90d", "to": "now"}
    assert timedelta(days=90) < kept == Kafka().alerts_kept
    mounted = dict(volume.split(":")[:2][::-1] for volume in prometheus["volumes"])
    assert mounted[flags["storage.tsdb.path"]] == "prometheus"


def test_a_worker_of_the_composition_is_asked_where_it_answers() -> None:
    """Its health is asked on the port that its settings leave it at."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    asked = [services[name]["healthcheck"]["test"][-1] for name in ("worker-1", "worker-2")]
    settings = yaml.safe_load((ROOT / "deploy" / "nummerwacht" / "nummerwacht.yml").read_text("utf-8"))[
        "worker"
    ]
    port = settings.get("http_port", Worker().http_port)
    assert all(f"http://127.0.0.1:{port}/healthz" in command for command in asked)


@pytest.mark.parametrize("test", _tests(), ids=lambda test: test["name"])
def test_rules_are_tried_on_series_that_can_exist(test: dict) -> None:
    """A rule's test feeds it series of names and labels that a worker tells: else it tries a rule that never fires."""
    for series in test["input_series"]:
        name, labels = re.fullmatch(r"(\w+)(?:\{(.*)\})?", series["series"]).groups()
        if name.startswith("nummerwacht_"):
            assert set(re.findall(r"(\w+)=", labels or "")) <= _told()[name]


def test_each_alert_is_tried_and_says_what_to_do() -> None:
    """Each has a test in which it fires, and a section in the runbook to which it points."""
    fired = {
        rule["alertname"]
        for test in _tests()
        for rule in test.get("alert_rule_test", ())
        if rule["exp_alerts"]
    }
    sections = re.findall(r"^### (\w+)$", (PROMETHEUS / "README.md").read_text("utf-8"), re.MULTILINE)
    alerts = {rule["alert"]: rule["annotations"]["runbook"] for rule in _rules("alert")}
    assert set(alerts) == fired == set(sections)
    where = "{{ or $externalLabels.runbooks `deploy/prometheus/README.md` }}"
    assert alerts == {name: f"{where}#{name.lower()}" for name in alerts}


def test_where_runbooks_are_is_said_in_one_place_and_is_no_label_of_an_alert() -> None:
    """The external label that is shown is the one that the rules read, and it is taken off what Alertmanager is sent."""
    text = (PROMETHEUS / "prometheus.yml").read_text("utf-8")
    shown = yaml.safe_load(text.replace("# external_labels:", "external_labels:"))["global"][
        "external_labels"
    ]
    assert {name: url.rpartition("/")[2] for name, url in shown.items()} == {"runbooks": "README.md"}
    alerting = yaml.safe_load(text)["alerting"]
    assert alerting["alert_relabel_configs"] == [{"action": "labeldrop", "regex": "runbooks"}]


def test_the_service_starts_what_there_is_and_stops_at_what_stays_wrong() -> None:
    """The unit's command and the exit codes at which nobody should start it again are those of the code."""
    unit = (PROMETHEUS.parent / "systemd" / "nummerwacht@.service").read_text("utf-8")
    lines = [line.partition("=")[::2] for line in unit.splitlines() if "=" in line and line[0] not in "#["]
    (command,) = (said for name, said in lines if name == "ExecStart")
    (codes,) = (said for name, said in lines if name == "RestartPreventExitStatus")

    assert command.split()[1] in {each.name for each in main.registered_commands}
    assert [int(code) for code in codes.split()] == [Exit.USAGE, Exit.DATA]


def test_the_service_is_given_what_its_settings_leave_out(tmp_path: Path) -> None:
    """With each variable of the unit, those to be taken in too, settings without a secret or a path of one can be used, and not without."""
    unit = (PROMETHEUS.parent / "systemd" / "nummerwacht@.service").read_text("utf-8")
    secret = tmp_path / "secret"
    secret.write_text(f"whsec_{base64.b64encode(bytes(32)).decode()}", "utf-8")
    given = dict.fromkeys(re.findall(r"NUMMERWACHT_\w+", unit), str(secret))
    given["NUMMERWACHT_WORKER__HTTP_PORT"] = "6067"
    settings = tmp_path / "nummerwacht.yml"
    settings.write_text(
        json.dumps(
            {
                "kafka": {
                    "security": {
                        "security.protocol": "SASL_PLAINTEXT",
                        "sasl.mechanism": "PLAIN",
                        "sasl.username": "u",
                    }
                },
                "sinks": [
                    {"kind": "webhook", "name": "hook", "url": "https://alerts.example/hook"},
                    {"kind": "jsonl", "name": "file"},
                ],
            }
        ),
        "utf-8",
    )
    assert load(settings, given).sinks[1].path == secret
    for name in ("KAFKA__SECURITY__SASL_PASSWORD_FILE", "SINKS__0__SECRET_FILE", "SINKS__1__PATH"):
        with pytest.raises(ConfigError):
            load(settings, {key: said for key, said in given.items() if not key.endswith(name)})
