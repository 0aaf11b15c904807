"""Numbers that several carousels use: what a partition says of them, and what is told."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
import zstandard

from monitor.across.lives import Report
from monitor.across.pools import ALL, SAMPLE, Pool, Shown, ends_a_week, pools
from monitor.across.registry import Registry
from monitor.alert import Alert
from monitor.day.usage import start_of
from monitor.judge import Judge
from monitor.policy import Policy
from monitor.reference import Known, Reference
from monitor.tenure import Tenures
from monitor.told import Told
from monitor.verdict import Reason
from tests.rules.traffic import FIRST_NUMBER, START, Traffic, judged

POLICY = Policy.load("nl")
FIRST = next(day for day in range(20_000, 20_007) if ends_a_week(day))
WHY = Reason(
    "churn", "survival_at_use_term", 0.0, 0.7, "Numbers stay in use.", (0.0, 0.3), {"numbers_ended": 9.0}
)


def shown(number: int, term: int = 60, days: int = 1) -> Shown:
    return Shown(FIRST_NUMBER + number, FIRST - 30, True, FIRST - 20, term, 2, term, days)


def pool(name: str, numbers: range, bureaus: tuple[str, ...] = (), **how: int) -> Pool:
    """What a partition would say of numbers that are used alike: of many a sample."""
    known = sorted((shown(number, **how) for number in numbers), key=lambda each: each.order)
    upto = known[SAMPLE - 1].order if len(known) > SAMPLE else ALL
    calls = sum(each.term for each in known)
    return Pool(name, known[:SAMPLE], upto, calls, len(known), list(bureaus), ["f"], 1.0, WHY)


def told(*weeks: list[Pool], reference: dict | None = None, days: int | None = None) -> list[Alert]:
    """All that is told of pools that are said week by week."""
    registry = Registry(POLICY, Reference.load(reference))
    alerts: list[Alert] = []
    for day in range(days or 7 * len(weeks)):
        pools = weeks[day // 7] if day % 7 == 0 and day // 7 < len(weeks) else []
        registry.add(Report.decode(Report(0, FIRST + day, pools=pools).encode()))
        alerts += registry.close()
    return alerts


def named(alerts: list[Alert]) -> dict[str, list[str]]:
    return {alert.organisation: alert.evidence.related for alert in alerts if alert.status == "open"}


def test_who_uses_the_same_numbers_is_told_with_the_others() -> None:
    """Each with why it is told of a carousel, which numbers, how many users they have, and whether at once."""
    alerts = told([pool("a", range(10), days=3), pool("b", range(4, 14), days=2), pool("c", range(20, 30))])
    assert named(alerts) == {"a": ["b"], "b": ["a"]}
    first = alerts[0]
    assert first.about == "sharing"
    assert [reason.measure for reason in first.reasons] == ["survival_at_use_term", "numbers_of_others"]
    assert [reason.strong for reason in first.reasons] == [True, False]
    assert first.clears_when == first.reasons[1].clears_when  # why it is a carousel has an alert of its own
    assert first.reasons[1].value == 0.6
    assert first.reasons[1].interval is None
    assert first.reasons[1].exposure["on_one_day"] == 6
    assert first.evidence.counts["users_of_a_number"] == 2
    assert [int(each.number[1:]) - FIRST_NUMBER for each in first.evidence.numbers] == list(range(4, 10))


@pytest.mark.parametrize(
    ("why", "pools", "reference"),
    [
        ("two numbers only", [pool("a", range(4)), pool("b", range(2, 6))], None),
        ("a fifth of the calls", [pool("a", range(20)), pool("b", range(16, 36))], None),
        ("the other one hardly called from them", [pool("a", range(10)), pool("b", range(10), term=4)], None),
        ("clients of one bureau", [pool(n, range(10), bureaus=("bureau:x",)) for n in "ab"], None),
        (
            "a declared merger",
            [pool("a", range(10)), pool("b", range(10))],
            {"declarations": [{"event": "merger", "on": "2024-12-01", "organisation": "a", "formerly": ["b"]}]},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_who_only_looks_like_it_is_not_told(why: str, pools: list[Pool], reference: dict | None) -> None:
    """Nothing is said of anybody who has a few numbers of another one, or may show them."""
    alerts = told(pools, reference=reference)
    assert named(alerts) == ({"b": ["a"]} if "hardly" in why else {})


def test_of_a_sample_the_share_has_an_interval_and_others_are_compared_where_both_are_known() -> None:
    """Of two with a thousand numbers each, of which half are the same, the half lies in the interval."""
    alerts = told([pool("a", range(1000)), pool("b", range(500, 1500))])
    assert named(alerts) == {"a": ["b"], "b": ["a"]}
    for alert in alerts:
        low, high = alert.reasons[1].interval
        assert 0.3 < low < 0.5 < high < 0.7


def test_it_goes_on_while_both_do_and_ends_a_fortnight_after() -> None:
    """As long as of both it is told that they go through numbers, and no longer."""
    both = [pool("a", range(10)), pool("b", range(10))]
    alone = [pool("a", range(10))]
    alerts = told(both, both, both, alone, days=50)
    assert [(alert.organisation, alert.status) for alert in alerts] == [
        ("a", "open"), ("b", "open"), ("a", "resolved"), ("b", "resolved"),
    ]  # fmt: skip
    assert {(alert.as_of.date() - alerts[0].as_of.date()).days for alert in alerts[2:]} == {3 * 7 + 13}
    assert {alert.status for alert in told(*[both] * 60)} == {"open"}


@pytest.mark.parametrize("merged", ["first", "later"])
def test_what_is_known_anew_at_a_restart_is_told(merged: str) -> None:
    """An alert that was told is resolved when a merger was declared meanwhile, and one that was not is opened when it was withdrawn."""
    merger = Reference.load(
        {"declarations": [{"event": "merger", "on": "2024-12-01", "organisation": "a", "formerly": ["b"]}]}
    )
    before, after = (merger, Reference()) if merged == "first" else (Reference(), merger)
    said = [
        Report(0, FIRST + day, pools=[pool("a", range(10)), pool("b", range(10))] if day % 7 == 0 else [])
        for day in range(60)
    ]
    registry = Registry(POLICY, before)
    alerts = [alert for report in said[:10] if registry.add(report) for alert in registry.close()]
    later = Registry(POLICY, after)
    for name, note in registry.shared.changes().items():
        later.shared.restore(name, note)
    later.restore(said[:10])
    alerts += [alert for report in said[10:] if later.add(report) for alert in later.close()]
    ends = ["open"] if merged == "first" else ["open", "resolved"]
    for name in "ab":
        assert [alert.status for alert in alerts if alert.organisation == name] == ends


def test_a_merger_that_is_known_when_a_week_ends_is_known_for_that_week() -> None:
    """What is followed while workers run counts from the next close on."""
    merger = {
        "declarations": [{"event": "merger", "on": "2024-12-01", "organisation": "a", "formerly": ["b"]}]
    }
    known = Known(Reference())
    registry = Registry(POLICY, known)
    known.now = Reference.load(merger)
    registry.add(Report(0, FIRST, pools=[pool("a", range(10)), pool("b", range(10))]))
    assert registry.close() == []


@pytest.mark.parametrize("seed", range(3))
def test_partitions_at_any_pace_and_a_restart_tell_the_same(seed: int) -> None:
    """Each of two in a partition of its own; one that is read back from its notes goes on as if it never stopped."""
    both = (
        [pool("a", range(10)), pool("b", range(90, 100))],
        [pool("a", range(10)), pool("b", range(4, 14))],
    )
    days = 60
    said = {p: [Report(p, FIRST + d, pools=[both[d >= 7][p]] if d % 7 == 0 and d < 40 else []) for d in range(days)] for p in range(2)}  # fmt: skip
    plain = Registry(POLICY, partitions=2)
    wanted = [alert for pair in zip(*said.values(), strict=True) for report in pair if plain.add(report) for alert in plain.close()]  # fmt: skip
    assert {alert.status for alert in wanted} == {"open", "resolved"}
    chance, lanes = random.Random(seed), [list(reports) for reports in said.values()]
    registry, notes, kept, found = Registry(POLICY, partitions=2), {}, {}, []
    while any(lanes):
        report = chance.choice([lane for lane in lanes if lane]).pop(0)
        registry.add(report)
        found += registry.close()
        notes[Registry.place(report)] = report.encode()
        kept |= registry.shared.changes()
        if chance.random() < 0.1:
            registry = Registry(POLICY, partitions=2)
            for name, note in kept.items():
                registry.shared.restore(name, note)
            registry.restore(map(Report.decode, notes.values()))
    assert found == wanted


def test_a_report_of_the_version_before_has_no_pools() -> None:
    """And one of this version comes back as it was."""
    report = Report(0, 9, pools=[pool("a", range(300), bureaus=("bureau:x",)), pool("b", range(3))])
    assert Report.decode(report.encode()) == report
    old = zstandard.compress(json.dumps([3, 0, 9, 0, True, []]).encode())
    assert Report.decode(old) == Report(0, 9)


def test_what_is_said_of_shared_numbers_is_about_days_that_were_looked_at() -> None:
    """Not about weeks before the feeds were seen."""
    here = replace(pool("a", range(10)), since=FIRST - 40)
    first = told([here, pool("b", range(10))])[0]
    assert (first.window.since, first.window.to) == (start_of(FIRST - 40), start_of(FIRST + 1))


@pytest.mark.wide
def test_why_it_is_a_carousel_is_said_as_it_is_then() -> None:
    """Not as it was last told, which may be weeks ago."""
    traffic = Traffic()
    for day in range(130):
        for name in ("a", "b"):
            for place in range(5 if day >= 40 else 0):
                traffic.call(day, name, 10 * (day // 6) + place, 20)
        traffic.call(day, "alone", 900_000, 80)
    alerts, _, _ = judged(traffic, 129)
    own, shared = (
        [
            alert
            for alert in alerts
            if alert.organisation == "a" and alert.kind == "number_carousel" and alert.about == about
        ]
        for about in ("", "sharing")
    )
    last = shared[-1]
    before = [alert for alert in own if alert.as_of <= last.as_of][-1]
    assert before.as_of < last.as_of
    ages = [alert.reasons[0].exposure["organisation_age_days"] for alert in (before, last)]
    assert ages[1] - ages[0] == (last.as_of - before.as_of).days


@pytest.mark.wide
def test_a_partition_says_it_at_the_end_of_a_week_and_leaves_out_what_was_declared() -> None:
    """Numbers that came with a declared event are not told; of the others on which days they were used."""
    traffic = Traffic()
    for day in range(117):
        traffic.call(day, "honest", 900_000, 80)
        for place in range(4):
            traffic.call(day, "turns", 10 * (max(day - 45, 0) // 5) + place, 20)
    event = {"event": "porting", "on": start_of(START + 60).date(), "organisation": "turns"}
    for events in ([], [event]):
        _, judge, _ = judged(traffic, 109, reference=Reference.load({"declarations": events}))
        weeks = 0
        for day in range(110, 117):
            judge.close(START + day, *traffic.frames(day))
            assert [each for report in judge.lives(0) for each in report.pools] == []
            said = [each for report in judge.lives(0, {"turns": [WHY]}) for each in report.pools]
            assert [each.organisation for each in said] == (["turns"] if ends_a_week(START + day) else [])
            for each in said:
                weeks += 1
                assert (each.upto, each.reason, each.size) == (ALL, WHY, len(each.numbers))
                came = {shown.first - START for shown in each.numbers}
                assert (50 in came, 80 in came) == (not events, True)
                used = {
                    shown.days.bit_count()
                    for shown in each.numbers
                    if START + 80 <= shown.last <= START + 105
                }
                assert used == {5}
        assert weeks == 1


@pytest.mark.wide
def test_of_a_carousel_that_has_long_been_silent_no_number_is_said() -> None:
    """While it is still told of, and others go on, a week ends as any other."""
    traffic = Traffic()
    for day in range(200):
        traffic.call(day, "honest", 900_000, 80)
        if day < 60:
            traffic.call(day, "gone", day // 5, 20)
    _, judge, _ = judged(traffic, 189)
    said = []
    for day in range(190, 200):
        judge.close(START + day, *traffic.frames(day))
        said += [each for report in judge.lives(0, {"gone": [WHY]}) for each in report.pools]
    assert {(each.organisation, each.size, each.calls) for each in said} == {("gone", 0, 0)}


@pytest.mark.wide
def test_users_in_several_partitions_are_told_as_those_in_one() -> None:
    """Who judges a partition sees its own organisations alone; the registry tells the same as where all are in one."""

    def traffic(*names: str) -> Traffic:
        made = Traffic()
        made.watch(range(100))
        for day in range(100):
            for name in names:
                for place in range(5 if day >= 40 else 0):
                    own = 100_000 if name == "alone" else 0
                    made.call(day, name, own + 10 * (day // 6) + place, 20)
        return made

    names = ("a", "b", "c", "alone")
    whole, _, _ = judged(traffic(*names), 99)
    parts = [traffic("a", "alone"), traffic("b", "c")]
    judges, registry = [Judge(POLICY), Judge(POLICY)], Registry(POLICY, partitions=2)
    tellers = [Told(POLICY), Told(POLICY)]
    alerts: list[Alert] = []
    for day in range(100):
        for partition, (part, one) in enumerate(zip(parts, judges, strict=True)):
            teller = tellers[partition]
            verdicts = one.close(START + day, *part.frames(day))
            teller.step(START + day, verdicts, lasts=one.lasts, watched=one.watched)
            for report in one.lives(partition, teller.open_of("number_carousel", START + day, verdicts)):
                registry.add(Report.decode(report.encode()))
        alerts += registry.close()
    shared = [alert for alert in whole if any(r.measure == "numbers_of_others" for r in alert.reasons)]
    assert named(shared) == {"a": ["b", "c"], "b": ["a", "c"], "c": ["a", "b"]}
    assert alerts == shared


def test_the_numbers_are_passed_over_once_for_all_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many organisations are told of, their numbers are looked for once."""
    traffic = Traffic()
    for organisation in range(20):
        for number in range(3):
            traffic.call(organisation % 2, f"o{organisation:02}", number, 5, feed=f"f{organisation % 3}")
    judge = judged(traffic, 1)[1]
    passes: list[str] = []
    column = Tenures.__getattr__
    monkeypatch.setattr(Tenures, "__getattr__", lambda self, name: passes.append(name) or column(self, name))
    counted = []
    for many in (1, 20):
        passes.clear()
        found = pools(judge.moment(), {f"o{organisation:02}": [WHY] for organisation in range(many)})
        counted.append(passes.count("organisation"))
        assert [(pool.size, pool.feeds, pool.coverage) for pool in found] == [
            (3, [f"f{organisation % 3}"], 1.0) for organisation in range(many)
        ]
    assert counted[0] == counted[1]
