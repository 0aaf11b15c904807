"""What was told: nothing twice, whatever dies between a note and its flush."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files

import hypothesis.strategies as st
import pytest
import yaml
import zstandard
from hypothesis import given

from monitor.alert import Alert, decode, encode
from monitor.day.usage import start_of
from monitor.explain import explain
from monitor.newer import NewerVersion
from monitor.policy import Policy
from monitor.told import Told
from monitor.verdict import Evidence, Reason, Verdict

POLICY = Policy.load("nl")
DAY = 20_000
KIND = "number_carousel"


def verdict(organisation: str, kind: str, share: float, day: int) -> Verdict:
    reason = Reason(
        family=kind, measure="m", value=share, threshold=0.1, clears_when="c", exposure={"calls": 10.0}
    )
    return Verdict(
        kind, organisation, None, "medium", (reason,), (day - 6, day), lambda: Evidence({}, (), (), 1.0)
    )


days = st.lists(
    st.dictionaries(
        st.tuples(st.sampled_from("ab"), st.sampled_from(["anonymous_calls", "number_carousel"])),
        st.sampled_from([0.2, 0.25, 0.9]),
        max_size=3,
    ),
    max_size=40,
)


@given(days, st.integers(0, 40), st.integers(1, 5))
def test_days_that_are_closed_again_from_notes_ahead_of_them_tell_the_same(
    field: list[dict], crash: int, again: int
) -> None:
    """With notes of some days later than the state, the days in between are taken once, and every later alert is the same."""

    def step(told: Told, at: int) -> list[tuple[str, int, str]]:
        verdicts = [
            verdict(organisation, kind, share, 20000 + at)
            for (organisation, kind), share in field[at].items()
        ]
        return [(alert.id, alert.sequence, alert.status) for alert in told.step(20000 + at, verdicts)]

    whole, notes = Told(POLICY), {}
    told = [step(whole, at) for at in range(len(field))]
    crash = min(crash, len(field))
    dying = Told(POLICY)
    for at in range(crash):
        step(dying, at)
        notes |= dying.changes()
    heir = Told(POLICY)
    for organisation, note in notes.items():
        heir.restore(organisation, note)

    redone = {at: step(heir, at) for at in range(max(0, crash - again), len(field))}

    assert all(set(redone[at]) <= set(told[at]) for at in redone)
    assert [redone[at] for at in range(crash, len(field))] == told[crash:]


def test_a_measure_that_was_renamed_is_not_told_again() -> None:
    """An alert that a version before opened goes on under the measure's new name, without an update."""
    before, after = Told(POLICY), Told(POLICY)
    old = verdict("acme", "anonymous_calls", 0.2, 20_000)
    new = verdict("acme", "anonymous_calls", 0.2, 20_020)
    old, new = (
        replace(each, reasons=(replace(each.reasons[0], measure=name),))
        for each, name in ((old, "days_in_use_by_a_shell"), (new, "days_in_use_until_succession"))
    )
    assert [alert.status for alert in before.step(20_000, [old])] == ["open"]
    after.restore("acme", before.state("acme"))
    assert after.step(20_020, [new]) == []


def test_what_a_reason_notes_besides_and_its_words_for_its_end_are_not_told_again() -> None:
    """A build that notes more of a reason, or says otherwise what clears it, updates no alert that is open for that."""
    told, before = Told(POLICY), verdict("a", KIND, 0.2, DAY)
    told.step(DAY, [before])
    heir = Told(POLICY)
    heir.restore("a", told.state("a"))
    more = replace(before.reasons[0], clears_when="otherwise", exposure={"calls": 10.0, "days": 28.0})
    for day in range(DAY + 1, DAY + 40):
        assert heir.step(day, [replace(before, reasons=(more,), window=(day - 6, day))]) == []


def test_an_alert_that_ends_still_names_those_that_it_rests_on() -> None:
    """Also where another worker ends it: its last words name them. Of one that an earlier version told they are not known."""
    before, clean = Told(POLICY), POLICY.rules.number_carousel.telling.clean_days
    step(before, 0, high(0.9, evidence=lambda: Evidence({}, (), (), 1.0, related=("slager", "kok"))))
    note = before.state("acme")
    version, stepped, (row,) = json.loads(zstandard.decompress(note))
    old = zstandard.compress(json.dumps([version - 1, stepped, [row[:-1]]]).encode())
    for kept, related in ((note, ["slager", "kok"]), (old, [])):
        after = Told(POLICY)
        after.restore("acme", kept)
        told = [alert for day in range(1, clean + 1) for alert in step(after, day)]
        assert [(alert.status, alert.evidence.related) for alert in told] == [("resolved", related)]


def test_notes_of_a_later_version_are_refused() -> None:
    """What a later version told may hold more than this one would write again."""
    note = zstandard.compress(json.dumps([99, None, []]).encode())
    with pytest.raises(NewerVersion, match="upgrade"):
        Told(POLICY).restore("acme", note)


def test_days_on_which_nobody_watched_neither_end_an_alert_nor_the_days_that_it_must_hold() -> None:
    """An alert is not resolved, and one that is about to be opened not forgotten, on days without any of its feeds."""
    told, clean = Told(POLICY), POLICY.rules.number_carousel.telling.clean_days
    held = verdict("acme", "number_carousel", 0.9, 20_000)

    def step(day: int, *verdicts: Verdict, seen: bool = True) -> list[str]:
        return [alert.status for alert in told.step(20_000 + day, verdicts, watched=lambda _: seen)]

    hold = POLICY.rules.number_carousel.telling.hold_days
    said = [step(2 * day, held) + step(2 * day + 1, seen=False) for day in range(hold)]
    assert said == [[]] * (hold - 1) + [["open"]]
    assert [step(100 + day, seen=False) for day in range(2 * clean)] == [[]] * (2 * clean)
    assert [step(200 + day) for day in range(clean)] == [[]] * (clean - 1) + [["resolved"]]


def high(value: float, **changed: object) -> Verdict:
    """A verdict of high severity, which is told on its first day."""
    return replace(verdict("acme", KIND, value, DAY), severity="high", **changed)


def step(told: Told, day: int, *verdicts: Verdict) -> list[Alert]:
    return told.step(DAY + day, verdicts)


def test_days_without_a_verdict_count_in_a_row() -> None:
    """An alert whose verdict comes back before the clean days are over begins to count them anew."""
    told, clean = Told(POLICY), POLICY.rules.number_carousel.telling.clean_days
    assert [alert.status for alert in step(told, 0, high(0.9))] == ["open"]
    for day in range(1, clean):
        assert step(told, day) == []
    assert step(told, clean, high(0.9)) == []
    for day in range(clean + 1, 2 * clean):
        assert step(told, day) == []
    assert [alert.status for alert in step(told, 2 * clean)] == ["resolved"]


def test_an_update_has_the_reasons_of_its_day() -> None:
    """What is told again says what was measured now, and so does what is told at the end."""
    told, often = Told(POLICY), POLICY.rules.number_carousel.telling.update_days
    step(told, 0, high(0.9))
    (update,) = step(told, often, high(0.3))
    assert (update.status, update.reasons[0].value) == ("update", 0.3)
    clean = POLICY.rules.number_carousel.telling.clean_days
    (end,) = [alert for day in range(often + 1, often + 1 + clean) for alert in step(told, day)]
    assert (end.status, end.reasons[0].value) == ("resolved", 0.3)


def test_an_update_says_what_was_told_before_also_from_a_note() -> None:
    """The severity and the values of the last time, whoever told it; what opens or ends changes nothing."""
    told, heir = Told(POLICY), Told(POLICY)
    (opened,) = told.step(20_000, [verdict("acme", "anonymous_calls", 0.2, 20_000)])
    heir.restore("acme", told.state("acme"))
    graver = replace(verdict("acme", "anonymous_calls", 0.9, 20_007), severity="high")
    (update,), (again,) = (each.step(20_007, [graver]) for each in (told, heir))
    assert update == again
    assert update.before.severity == "medium"
    assert [(each.family, each.measure, each.value) for each in update.before.reasons] == [
        ("anonymous_calls", "m", 0.2)
    ]
    (over,) = told.step(20_008, [])
    assert (opened.before, over.status, over.before) == (None, "resolved", None)
    assert decode(encode(update))[0] == update


def test_it_is_told_again_on_the_first_day_that_the_policy_allows() -> None:
    """One day before `update_days` have passed nothing is told, on that day it is."""
    told, often = Told(POLICY), POLICY.rules.number_carousel.telling.update_days
    step(told, 0, high(0.9))
    assert step(told, often - 1, high(0.3)) == []
    assert [alert.status for alert in step(told, often, high(0.3))] == ["update"]


@pytest.mark.parametrize(
    ("before", "now", "again"),
    [
        (0.5, 0.64, False),
        (0.5, 0.66, True),
        (0.5, 0.36, False),
        (0.5, 0.34, True),
        (10.0, 19.9, False),
        (10.0, 20.1, True),
        (10.0, 5.1, False),
        (10.0, 4.9, True),
    ],
)
def test_a_measure_is_told_again_when_it_has_moved_far_enough(before: float, now: float, again: bool) -> None:
    """A share by more than `moved`, up or down; another measure to more than `factor` times as much, or as little."""
    told, often = Told(POLICY), POLICY.rules.number_carousel.telling.update_days
    step(told, 0, high(before))
    assert bool(step(told, often, high(now))) is again


def test_who_is_near_a_threshold_is_not_told_of_over_and_over() -> None:
    """A severity that falls and rises again, or a reason that comes and goes, is told when it rises or comes, and not each time."""
    told, telling = Told(POLICY), POLICY.rules.number_carousel.telling
    other = replace(high(0.9).reasons[0], measure="other")
    one, two = high(0.9), high(0.9, reasons=(*high(0.9).reasons, other))
    low = replace(one, severity="medium")
    said = [
        alert.status
        for day in range(20 * telling.update_days)
        for alert in step(told, day, (one, two, low, two)[day // telling.update_days % 4])
    ]
    assert said == ["open", "update"]


@pytest.mark.parametrize("less", ["reasons", "severity"])
def test_that_it_says_less_is_told_once_it_does_so_for_long_enough(less: str) -> None:
    """On the last of `less_days` days in a row; what it says again is told at once."""
    told, telling = Told(POLICY), POLICY.rules.number_carousel.telling
    other = replace(high(0.9).reasons[0], measure="other")
    much = high(0.9, reasons=(*high(0.9).reasons, other))
    little = high(0.9) if less == "reasons" else replace(much, severity="medium")
    assert [alert.status for alert in step(told, 0, much)] == ["open"]
    for day in range(1, telling.less_days):
        assert step(told, day, little) == []
    assert step(told, telling.less_days, much) == []
    for day in range(1, telling.less_days):
        assert step(told, telling.less_days + day, little) == []
    (update,) = step(told, 2 * telling.less_days, little)
    assert (update.status, len(update.reasons), update.severity) == (
        "update",
        len(little.reasons),
        little.severity,
    )
    (again,) = step(told, 2 * telling.less_days + telling.update_days, much)
    assert (again.status, len(again.reasons), again.severity) == ("update", 2, "high")


@pytest.mark.parametrize("by_others", [True, False])
def test_what_keeps_an_alert_open_by_other_reasons_is_told_after_a_while(by_others: bool) -> None:
    """An alert does not stand for good with reasons that hold no more, where those by which it goes on hold as they stand."""
    told, telling = Told(POLICY), POLICY.rules.number_carousel.telling
    other = replace(high(0.9).reasons[0], measure="other")
    step(told, 0, high(0.9))
    goes_on = high(0.9, reasons=(other,), opens=False, by_others=by_others)
    for day in range(1, telling.less_days):
        assert step(told, day, goes_on) == []
    said = step(told, telling.less_days, goes_on)
    assert [(alert.status, alert.reasons[0].measure) for alert in said] == [("update", "other")] * by_others


def test_an_alert_that_opened_later_was_not_open_on_a_day_before() -> None:
    """Notes may be ahead of the day that is closed again: of that day it is said who was told of by then."""
    told = Told(POLICY)
    step(told, 3, high(0.9))
    assert told.open_of(KIND, DAY + 2) == {}
    assert told.open_of(KIND, DAY + 3).keys() == {"acme"}


def test_a_window_does_not_end_after_the_moment_it_is_told_at() -> None:
    """Within a day the window ends at that instant, not at the day's end."""
    told, at = Told(POLICY), start_of(DAY) + timedelta(hours=9)
    (alert,) = told.step(DAY, [high(0.9)], at=at)
    assert alert.window.to == alert.as_of == at


def test_an_alert_whose_rule_was_taken_out_is_resolved_at_the_next_whole_day() -> None:
    """Whoever was told that it is open is told that it is not, whether or not its feeds are seen."""
    told, kinds = Told(POLICY), ("anonymous_calls", "number_carousel")
    opened = [
        alert
        for day in range(20_000, 20_004)
        for alert in told.step(day, [verdict("acme", kind, 0.9, day) for kind in kinds])
    ]
    note = told.changes()["acme"]
    rules = yaml.safe_load((files("monitor") / "policies" / "nl.yaml").read_text())
    for kind in kinds:
        del rules["rules"][kind]
    policy = Policy.load(rules)
    without = Told(policy)
    without.restore("acme", note)
    assert [without.open_alerts()[kind] for kind in kinds] == [1, 1]
    assert without.step(20_004, [], at=start_of(20_004) + timedelta(hours=9)) == []
    resolved = without.step(20_004, [], watched=lambda _: False)
    assert {alert.id for alert in resolved} == {alert.id for alert in opened}
    assert {alert.status for alert in resolved} == {"resolved"}
    assert all(explain(alert, policy)["en"] for alert in resolved)
    heir = Told(POLICY)
    heir.restore("acme", without.changes()["acme"])
    assert sum(heir.open_alerts().values()) == 0
    assert heir.step(20_005, []) == []
