"""`short_tenure`: which numbers are named, and when."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import numpy as np
import pytest

from monitor.day.usage import start_of
from monitor.reference import Reference
from tests.rules.test_number_carousel import rotate, stay
from tests.rules.traffic import FIRST_NUMBER, START, Traffic, judged, opened


def sole(life: int, born: int = 60, until: int = 200) -> Traffic:
    """An organisation that calls from one number, then another takes over after `life` days."""
    traffic = Traffic()
    traffic.watch(range(until))
    for day in range(born, until):
        traffic.call(day, "acme", 1 if day < born + life else 2, 20)
    return traffic


def test_a_number_that_lasts_a_day_less_than_the_term_is_short() -> None:
    """89 days are short of 90, and it is said when the number has been silent for 30 days."""
    alerts, _, _ = judged(sole(89), 199)
    assert opened(alerts, "short_tenure") == {("acme", 1): 60 + 88 + 30}


def test_a_number_that_lasts_the_term_is_not_short() -> None:
    """90 days of use are what the term asks for."""
    alerts, _, _ = judged(sole(90), 199)
    assert alerts == []


def test_nothing_is_said_on_the_day_before() -> None:
    """29 days of silence retire nobody."""
    alerts, _, _ = judged(sole(40, born=60), 60 + 39 + 29)
    assert alerts == []


@pytest.mark.wide
def test_an_alert_ends_when_the_last_use_of_its_number_is_too_long_ago_to_be_looked_at() -> None:
    """A year after it, as the README of the rules says: twice the window of churn and a week that is clean, and no day sooner."""
    alerts, _, _ = judged(sole(40, born=31, until=450), 440)
    ends = {(alert.as_of - start_of(START + 1)).days for alert in alerts if alert.status == "resolved"}
    assert ends == {70 + 360 + 6}
    assert "too long ago to be looked at" in alerts[-1].clears_when


@pytest.mark.wide
def test_a_number_that_may_be_older_than_its_feed_is_never_short() -> None:
    """A number first seen within a month of its feed's first day has an unknown birth."""
    alerts, _, _ = judged(sole(40, born=29), 150)
    assert opened(alerts, "short_tenure") == {}
    alerts, _, _ = judged(sole(40, born=30), 150)
    assert list(opened(alerts, "short_tenure")) == [("acme", 1)]


@pytest.mark.wide
def test_nobody_is_named_before_the_feed_has_been_seen_for_the_term() -> None:
    """The first day on which a tenure can be short is the feed's ninetieth."""
    alerts, _, _ = judged(sole(10, born=30), 120)
    assert opened(alerts, "short_tenure") == {("acme", 1): 89}


@pytest.mark.wide
@pytest.mark.parametrize(("calls", "named"), [(20, False), (1, True)])
def test_a_single_call_is_anothers_where_numbers_make_far_more(calls: int, named: bool) -> None:
    """A number with one call among those that make hundreds is not named; among those that make few it is."""
    traffic = Traffic()
    rotate(traffic, "acme", range(40, 200), 10, 1, calls, 100)
    for day in range(70, 140, 30):
        traffic.call(day, "acme", 900 + day, 1)
    alerts, _, _ = judged(traffic, 199)
    told = {number for _, number in opened(alerts, "short_tenure")}
    assert {103, 104, 105} <= told
    assert ({970, 1000} <= told) is named


@pytest.mark.wide
def test_a_trickle_keeps_no_number_alive() -> None:
    """A number that drops to a few calls is retired from when it did."""
    traffic = sole(40)
    for day in range(100, 200, 3):
        traffic.call(day, "acme", 1, 1)
    alerts, _, _ = judged(traffic, 199)
    assert opened(alerts, "short_tenure") == {("acme", 1): 60 + 39 + 30}
    (line,) = alerts[0].evidence.numbers
    assert line.last_use - line.first_use == timedelta(days=39)


@pytest.mark.wide
def test_a_colleague_who_leaves_is_not_named() -> None:
    """One of ten numbers that ends early, while others are hired, is no evasion."""
    traffic = Traffic()
    stay(traffic, "office", range(200), 9, 90, 0)
    stay(traffic, "office", range(60, 90), 1, 10, 50)
    stay(traffic, "office", range(91, 200), 1, 10, 51)
    alerts, _, _ = judged(traffic, 199)
    assert alerts == []


@pytest.mark.wide
def test_numbers_that_rest_with_their_campaign_are_not_named() -> None:
    """A campaign of three weeks that ends, next to a service that goes on."""
    traffic = Traffic()
    stay(traffic, "shop", range(200), 2, 40, 0)
    stay(traffic, "shop", range(100, 121), 8, 400, 50)
    alerts, _, _ = judged(traffic, 199)
    assert alerts == []


@pytest.mark.wide
@pytest.mark.parametrize("life", [1, 7, 30])
def test_every_number_that_a_carousel_retires_is_named_and_no_other(life: int) -> None:
    """At least 98 % of those that came a fortnight after the feed and were retired before the term; none of those still in use, or there from its first days."""
    traffic = Traffic()
    stay(traffic, "honest", range(160), 4, 80, 9_000_000)
    rotate(traffic, "carousel", range(160), life, 5, 30, 0)
    alerts, _, _ = judged(traffic, 159)
    named = {number for _, number in opened(alerts, "short_tenure")}
    days = defaultdict(list)
    for day, rows in traffic.usage.items():
        for organisation, number, *_ in rows:
            if organisation == "carousel":
                days[number - FIRST_NUMBER].append(day)
    gone = {number for number, used in days.items() if 159 - max(used) >= 30}
    truth = {number for number in gone if min(days[number]) >= 14}
    assert named <= {number for number in gone if min(days[number]) >= 4}
    assert len(named & truth) >= 0.98 * len(truth)


@pytest.mark.wide
def test_a_number_that_returns_is_resolved() -> None:
    """Whoever is used again was not retired."""
    traffic = sole(40, until=260)
    for day in range(160, 260):
        traffic.call(day, "acme", 1, 20)
    alerts, _, told = judged(traffic, 259)
    assert [alert.status for alert in alerts] == ["open", "resolved"]
    assert told.open_alerts()["short_tenure"] == 0


@pytest.mark.wide
def test_a_silent_feed_retires_nobody() -> None:
    """Days on which the number's feed was not seen are not counted as its silence."""
    traffic = Traffic()
    stay(traffic, "other", range(200), 2, 40, 0)
    for day in range(60, 200):
        traffic.call(day, "acme", 2, 20)
    for day in range(60, 100):
        traffic.call(day, "acme", 1, 60, feed="second")
    traffic.watch(range(60), feed="second")
    alerts, _, _ = judged(traffic, 199)
    assert alerts == []


@pytest.mark.wide
def test_an_exempt_organisation_is_not_named() -> None:
    """A class that the rule leaves out, and an exemption that was granted."""
    for reference in (
        {"organisations": {"acme": {"class": "exempt"}}},
        {"exemptions": [{"organisation": "acme", "rules": ["short_tenure"], "reason": "a shelter"}]},
    ):
        alerts, _, _ = judged(sole(40), 199, reference=Reference.load(reference))
        assert alerts == []


@pytest.mark.wide
def test_a_trickle_keeps_no_number_alive_that_was_used_for_a_day() -> None:
    """Of a number used for one day, all of its share is in that day, whatever the week around it brought."""
    traffic = Traffic()
    stay(traffic, "honest", range(160), 4, 80, 9_000_000)
    rotate(traffic, "carousel", range(60, 160), 1, 10, 300, 0)
    used = sorted(
        {number - FIRST_NUMBER for _, number, *_ in traffic.usage[61] if number < FIRST_NUMBER + 10**6}
    )
    for day in range(64, 160, 2):
        for number in used:
            traffic.call(day, "carousel", number, 1)
    alerts, _, _ = judged(traffic, 159)
    assert {("carousel", number) for number in used} <= set(opened(alerts, "short_tenure"))


@pytest.mark.wide
def test_the_last_numbers_of_a_rotation_are_named_when_older_ones_call_again() -> None:
    """Who rotates for a while and goes back to old numbers gave up the last ones too."""
    traffic = Traffic()
    stay(traffic, "acme", range(60), 5, 50, 9_000_000)
    rotate(traffic, "acme", range(60, 90), 3, 5, 50, 0)
    stay(traffic, "acme", range(90, 170), 5, 50, 9_000_000)
    last = {number - FIRST_NUMBER for _, number, *_ in traffic.usage[89]}
    alerts, _, _ = judged(traffic, 169)
    named = {number for _, number in opened(alerts, "short_tenure")}
    assert last <= named
    assert all(number < 9_000_000 for number in named)


@pytest.mark.wide
def test_a_small_shop_that_loses_some_colleagues_is_not_named() -> None:
    """Six ends in four seats, three of them early, are no proof that new numbers do not last."""
    traffic = Traffic()
    spells = [
        [(0, 60), (60, 170)],
        [(0, 97), (97, 112), (113, 139), (139, 170)],
        [(0, 67), (67, 107), (107, 170)],
        [(0, 170)],
    ]
    for seat, numbers in enumerate(spells):
        for turn, days in enumerate(numbers):
            stay(traffic, "shop", range(*days), 1, 3, 10 * seat + turn)
    alerts, _, _ = judged(traffic, 169)
    assert alerts == []


def _through_an_outage(life: int, out: range, until: int = 260) -> Traffic:
    """As `sole`, and nothing of the only feed comes on the days `out`."""
    traffic = Traffic()
    traffic.watch(day for day in range(until) if day not in out)
    for day in range(60, until):
        if day not in out:
            traffic.call(day, "acme", 1 if day < 60 + life else 2, 20)
    return traffic


@pytest.mark.wide
@pytest.mark.parametrize(
    ("life", "out", "short"),
    [
        (40, range(100, 150), False),  # up to 90 days: its end may lie anywhere in the outage
        (40, range(100, 149), True),  # 89 at most
        (40, range(110, 160), True),  # it had ended before
        (40, range(70, 90), True),  # within its life nothing is unknown
    ],
)
def test_a_number_may_have_been_in_use_while_its_feed_was_out(life: int, out: range, short: bool) -> None:
    """A life that lasted the term with the days that nobody saw next to it is not called short."""
    alerts, _, _ = judged(_through_an_outage(life, out), 259)
    assert bool(opened(alerts, "short_tenure")) == short


@pytest.mark.wide
def test_a_number_that_comes_out_of_an_outage_may_be_older() -> None:
    """The days before its first use on which its feed was out count for it, with the weekend between."""
    traffic, outages = Traffic(), {"older": range(70, 118), "short": range(71, 118)}
    for who, out in outages.items():
        traffic.watch((day for day in range(300) if day not in out), who)
        for day in range(300):
            # The organisation begins again two days after its feed.
            if day not in range(out.start, out.stop + 2):
                traffic.call(day, who, 0 if day < out.start else 1 if day < 160 else 2, 20, who)
    alerts, _, _ = judged(traffic, 299)
    told = opened(alerts, "short_tenure")
    assert [(who, 1) in told for who in outages] == [False, True]


@pytest.mark.wide
def test_the_weekend_after_the_last_use_counts_for_a_number() -> None:
    """Who calls on weekdays alone can't be seen to keep a number on a Sunday."""
    traffic = Traffic()
    traffic.watch(range(260))
    for who, last in (("short", 146), ("long", 147)):
        for day in range(60, 260):
            if day not in (148, 149):
                traffic.call(day, who, 1 if day <= last else 2, 20)
    alerts, _, _ = judged(traffic, 259)
    assert {who for who, _ in opened(alerts, "short_tenure")} == {"short"}


@pytest.mark.wide
def test_a_feed_that_was_out_is_no_rest_of_its_numbers() -> None:
    """Numbers that are given up after an outage are named as soon as they would be without one."""
    traffic, outages = Traffic(), {"without": range(0), "with": range(120, 140)}
    for who, out in outages.items():
        traffic.watch((day for day in range(330) if day not in out), who)
        for day in range(330):
            if day not in out:
                for number in rotating(day):
                    traffic.call(day, who, number, 20, who)
    alerts, _, _ = judged(traffic, 329)
    told = opened(alerts, "short_tenure")
    without, after = (
        {number: day for (of, number), day in told.items() if of == who and 195 < day < 225}
        for who in outages
    )
    assert without == after != {}


@pytest.mark.wide
def test_what_was_told_stands_while_the_number_does_not_call() -> None:
    """That another number came back after a fortnight does not end what was told, to be told again a week later."""
    traffic = Traffic()
    rotate(traffic, "carousel", range(150), 6, 5, 100, 0)
    for day in (110, 126):
        traffic.call(day, "carousel", 9_000_000, 20)
    alerts, _, _ = judged(traffic, 149)
    assert len(opened(alerts, "short_tenure")) > 50
    assert [alert.number for alert in alerts if alert.status == "resolved"] == []


@pytest.mark.wide
def test_a_call_that_tries_a_number_out_says_nothing_of_rests() -> None:
    """Numbers that are tried five weeks before their use are named after a month all the same, and none between trial and use."""
    traffic = Traffic()
    stay(traffic, "honest", range(150), 4, 80, 9_000_000)
    rotate(traffic, "carousel", range(150), 6, 5, 100, 0)
    for day in range(36, 150, 6):
        for number in range(day // 6 * 5, day // 6 * 5 + 5):
            traffic.call(day - 35, "carousel", number)
    alerts, _, _ = judged(traffic, 149)
    named = opened(alerts, "short_tenure")
    used = {number: number // 5 * 6 for _, number in named}
    assert all(used[number] + 5 + 30 <= day for (_, number), day in named.items())
    # First seen more than a month after the feed, and silent for a month by now.
    assert {number for number, begun in used.items() if begun >= 66} == set(range(55, 100))
    assert [alert.number for alert in alerts if alert.status == "resolved"] == []


@pytest.mark.wide
def test_what_was_told_ends_when_others_return_after_longer_rests() -> None:
    """Where numbers come back after seven weeks, one that is silent for six may be resting too."""
    traffic = Traffic()
    stay(traffic, "honest", range(190), 4, 80, 9_000_000)
    for day in range(64, 190):
        for place in range(5):
            traffic.call(day, "rests", 10 * (day // 8 % 7) + place, 20)
    alerts, _, told = judged(traffic, 189)
    assert opened(alerts, "short_tenure")
    assert told.open_alerts()["short_tenure"] == 0


@pytest.mark.wide
def test_a_number_that_seldom_calls_may_be_in_use_before_its_first_and_after_its_last_call() -> None:
    """With a call every fourth day, 85 days may be of 90; with one a day they are 85, and 77 are too few for either."""
    traffic = Traffic()
    traffic.watch(range(260))
    for who, every, last in (("seldom", 4, 144), ("often", 1, 144), ("too-few", 4, 136)):
        for day in range(60, 260, every):
            traffic.call(day, who, 1 if day <= last else 2, 1)
    alerts, _, _ = judged(traffic, 259)
    assert {who for who, number in opened(alerts, "short_tenure") if number == 1} == {"often", "too-few"}


def rotating(day: int) -> list[int]:
    """Five numbers a day; each lasts forty days."""
    return [100 * seat + (day + 8 * seat) // 40 for seat in range(5)]


@pytest.mark.wide
@pytest.mark.parametrize(("on", "brought"), [(14, True), (15, False), (-14, True), (-15, False)])
def test_a_declared_event_explains_a_fortnight_before_and_after_it(on: int, brought: bool) -> None:
    """A number that is first used a fortnight from the event came with it; a day further from it, it did not."""
    traffic = Traffic()
    for day in range(61):
        traffic.call(day, "acme", 1, 10)
        traffic.call(day, "acme", 2, 10 if day >= 40 else 0)
    event = {"event": "renumbering", "on": start_of(START + 40 + on).date(), "organisation": "acme"}
    _, judge, _ = judged(traffic, 60, reference=Reference.load({"declarations": [event]}))
    moment = judge.moment()
    row = moment.state.find("acme", FIRST_NUMBER + 2)
    assert bool(moment.brought[row]) is brought
    assert np.count_nonzero(moment.brought) == brought


@pytest.mark.wide
def test_a_number_that_ended_while_its_organisation_was_exempt_is_not_named() -> None:
    """An exemption's end names nobody for what was allowed; what ends on the day after it is."""
    for until, named in ((99, False), (98, True)):
        last = str(start_of(START + until).date())
        said = {"organisation": "acme", "rules": ["short_tenure"], "until": last, "reason": "a trial"}
        alerts, _, _ = judged(sole(40), 199, reference=Reference.load({"exemptions": [said]}))
        assert list(opened(alerts, "short_tenure")) == [("acme", 1)] * named
