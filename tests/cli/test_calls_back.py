"""Calls that come in and are nobody's, since rules name their organisation by what only a caller has: said before, and after."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cdr.master import row

ACCOUNT = "{account: '1001', organisation: bakker}"
NUMBERS = "{first: '+31880001000', last: '+31880001099', organisation: bakker}"
CALLS_BACK = "only an account or a trunk says that calls are those of "


def settings(feed: str, *rules: str, more: str = "") -> str:
    return f"feeds: [{{name: north, {feed}, attribution: [{', '.join(rules)}]}}]\nprivacy: {{demo: true}}\n{more}"


@pytest.fixture
def master(tmp_path) -> Path:
    """Ten calls of an account, and four back to its number, which have none."""
    path = tmp_path / "Master.csv"
    out = [row(at, "1001", "+31880001001", "+31610000001", "customers") for at in range(10)]
    back = [row(at, "", "+31610000001", "+31880001001", "from-trunk") for at in range(10, 14)]
    path.write_text("".join(f"{line}\n" for line in (*out, *back)))
    return path


@pytest.fixture
def config(tmp_path) -> Path:
    return tmp_path / "nw.yml"


ASTERISK = "dialect: asterisk_csv, options: {inbound_contexts: [from-trunk]}"
MAPPED = "dialect: mapping, mapping: {call_id: i, started_at: t, presented_number: n, called_number: c%s}"


@pytest.mark.parametrize(
    ("feed", "rules", "named"),
    [
        (ASTERISK, [ACCOUNT], True),
        (ASTERISK, [ACCOUNT, "{prefix: '+31880002', organisation: slager}"], True),
        (ASTERISK, ["{trunk: SIP/7, prefix: '+31880001', organisation: bakker}"], True),
        (ASTERISK, [ACCOUNT, NUMBERS], False),
        (ASTERISK, ["{account: '1001', bureau: desk}"], False),
        ("dialect: asterisk_csv, options: {outbound_contexts: [out]}", [ACCOUNT], False),
        ("dialect: freeswitch_json, options: {inbound_contexts: [public]}", [ACCOUNT], True),
        ("dialect: cgrates_json, options: {inbound_categories: [in]}", [ACCOUNT], True),
        (
            "dialect: cgrates_json, options: {inbound_categories: [in], organisation_from: Tenant}",
            [ACCOUNT],
            False,
        ),
        ("dialect: canonical", [ACCOUNT], True),
        (MAPPED % "", [ACCOUNT], False),
        (MAPPED % ", direction: d", [ACCOUNT], True),
        (MAPPED % ", direction: d, organisation: o", [ACCOUNT], False),
    ],
)
def test_rules_that_lose_calls_back_are_named(run, config, feed, rules, named):
    """Wherever calls can come in, and an organisation is known by an account or a trunk and by no number."""
    config.write_text(settings(feed, *rules))
    ended = run("check", config)
    assert ended.exit_code == 0, ended.output
    assert (f"feeds.0.attribution: {CALLS_BACK}'bakker'," in ended.stdout) is named
    assert (CALLS_BACK in ended.stdout) is named


@pytest.mark.parametrize(
    ("reference", "named"),
    [
        ("accounts: [{account: '7', organisation: slager}]", "'slager'"),
        (
            "accounts: [{account: '7', organisation: slager}]\nranges: [{prefix: '+3188', organisation: slager}]",
            None,
        ),
        ("accounts: [{feed: south, account: '7', organisation: slager}]", None),
        (
            "accounts: [" + ", ".join(f"{{account: '{at}', organisation: o{at}}}" for at in range(8)) + "]",
            "'o0', 'o1', 'o2', 'o3', 'o4' and 3 others",
        ),
    ],
)
def test_the_references_accounts_and_ranges_are_rules_too(run, config, reference, named):
    """Of many organisations a few are named."""
    config.write_text(settings(ASTERISK, more="reference: known.yml\n"))
    config.with_name("known.yml").write_text(reference)
    said = run("check", config).stdout
    assert (f"{CALLS_BACK}{named}, and" in said) if named else (CALLS_BACK not in said)


def test_whose_calls_back_are_instead_is_said(run, config):
    """Where a feed has an organisation for the rest, that is whose they are taken for: its own are no matter."""
    config.write_text(settings(f"{ASTERISK}, organisation: slager", ACCOUNT))
    assert "calls back are those of 'slager'" in run("check", config).stdout
    config.write_text(settings(f"{ASTERISK}, unnamed: trunk", ACCOUNT))
    assert "calls back are nobody's (`unknown`), or its trunk's by itself" in run("check", config).stdout
    config.write_text(settings(f"{ASTERISK}, organisation: bakker", ACCOUNT))
    assert CALLS_BACK not in run("check", config).stdout


@pytest.mark.parametrize(
    "command", [("check", "{config}", "--sample", "{file}"), ("replay", "--config", "{config}", "{file}")]
)
def test_calls_back_that_are_nobodys_are_told_with_what_to_do(run, config, master, command):
    """However few they are among all calls; with the numbers nothing is left to say."""
    asked = [word.format(config=config, file=master) for word in command]
    config.write_text(settings(ASTERISK, ACCOUNT))
    said = run(*asked).stderr
    assert "4 of 4 calls that come in belong to no known organisation" in said
    assert "`first` and `last`, or `prefix`" in said
    config.write_text(settings(ASTERISK, ACCOUNT, NUMBERS))
    ended = run(*asked)
    assert ended.exit_code == 0, ended.output
    assert "no known organisation" not in ended.stderr


def test_where_all_calls_are_nobodys_those_that_come_in_are_not_told_apart(run, config, master):
    """It is said once, of all of them."""
    config.write_text(settings(ASTERISK, "{account: '2002', organisation: bakker}"))
    said = run("replay", "--config", config, master).stderr
    assert "14 of 14 calls belong to no known organisation" in said
    assert "calls that come in" not in said
    # More calls back than others do not make it the others that are nobody's.
    more = [row(at, "", "+31610000001", "+31880001001", "from-trunk") for at in range(14, 40)]
    master.write_text(master.read_text() + "".join(f"{line}\n" for line in more))
    config.write_text(settings(ASTERISK, ACCOUNT))
    assert "30 of 30 calls that come in belong to" in run("replay", "--config", config, master).stderr


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        ("dialect: asterisk_csv, unnamed: account", ", each account by itself"),
        ("dialect: asterisk_csv, unnamed: trunk", ", each trunk by itself"),
        ("dialect: asterisk_csv", ", no organisation"),
        (
            f"dialect: asterisk_csv, unnamed: account, attribution: [{ACCOUNT}]",
            ", 1 rule, else each account by itself",
        ),
        ("dialect: canonical, unnamed: trunk", ", the record's own organisation, else each trunk by itself"),
        ("dialect: asterisk_csv, unnamed: trunk, organisation: bakker", ", bakker"),
    ],
)
def test_whose_the_calls_of_a_feed_are_is_said(run, config, feed, said):
    """Also of those that nothing names, where each account or trunk is judged by itself."""
    config.write_text(f"feeds: [{{name: north, {feed}}}]\nprivacy: {{demo: true}}\n")
    (line,) = (each for each in run("check", config).stdout.splitlines() if each.startswith("read "))
    assert line.endswith(said)
