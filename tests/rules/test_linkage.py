"""Shells that succeed each other, next to all that only looks like it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import zstandard

from monitor.across.lives import Life, Report, carried
from monitor.across.pools import ALL, Pool, ends_a_week
from monitor.across.registry import Registry
from monitor.day.usage import start_of
from monitor.policy import Policy
from monitor.verdict import Reason
from tests.rules.town import POLICY, START, Town, opened, shells


def test_the_heir_of_a_shell_is_told_within_days() -> None:
    """When the one before has been silent for days, and it is seen to have called for long enough to be known."""
    told = shells().told()
    assert opened(told, "number_carousel") == {"shell1": 56, "shell2": 86}
    assert [reason.measure for reason in told[0].reasons] == ["phoenix", "life_of_predecessor"]
    assert next(a for a in told if a.organisation == "shell2").evidence.related == ["shell1", "shell0"]


def test_the_numbers_that_ended_with_a_shell_are_named() -> None:
    """A month after its last call, if their beginning was seen."""
    told = [alert for alert in shells().told() if alert.kind == "short_tenure"]
    assert opened(told, "short_tenure") == {"shell1": 110}
    assert len([alert for alert in told if alert.status == "open"]) == 5


def date_of(day: int) -> str:
    return start_of(START + day).date().isoformat()


def bound_from(day: int) -> Policy:
    """The policy, had it been made on that day."""
    terms = POLICY.model_dump(by_alias=True)
    for kind in ("number_carousel", "short_tenure"):
        terms["rules"][kind]["from"] = date_of(day)
    return Policy.load(terms)


@pytest.mark.parametrize("how", ["new rule", "exempt before"])
@pytest.mark.parametrize(
    ("day", "heirs", "numbers"),
    [
        (50, {"shell1": 56, "shell2": 86}, {"shell1": 110}),
        (51, {"shell2": 86}, {"shell1": 110}),
        (80, {"shell2": 86}, {"shell1": 110}),
        (81, {}, {}),
    ],
)
def test_what_ended_before_the_rule_bound_is_no_breach(
    how: str, day: int, heirs: dict[str, int], numbers: dict[str, int]
) -> None:
    """Shells that ended on the 50th and the 80th day count where the rule bound them on that day, and not where from the next one on."""
    rules = ["number_carousel", "short_tenure"]
    until = {"rules": rules, "until": date_of(day - 1), "reason": "granted"}
    exempt = {"exemptions": [{"organisation": f"shell{turn}", **until} for turn in range(3)]}
    told = shells().told(policy=bound_from(day)) if how == "new rule" else shells().told(exempt)
    assert opened(told, "number_carousel") == heirs
    assert opened(told, "short_tenure") == numbers


def test_a_line_alone_tells_only_the_third() -> None:
    """Other people, on a line that each had to itself: once may be a new tenant."""
    town = Town()
    for turn, (first, last) in enumerate([(20, 50), (54, 80), (83, 110)]):
        people = range(1000 * turn, 1000 * turn + 100)
        town.lives(f"shell{turn}", first, last, people, range(turn * 10, turn * 10 + 5), line="t")
    assert opened(town.told(), "number_carousel") == {"shell2": 86}


def rented(shared: int, **how: object) -> Town:
    """Two that call a hundred people each, so many of which are the same."""
    town = Town().lives("a", 20, 50, range(100), range(5), **how)
    return town.lives("b", 54, 90, range(100 - shared, 200 - shared), range(5, 9), **how)


def beside(town: Town) -> Town:
    """Others call on that line as well, for as long."""
    return town.lives("x", 0, 190, range(2000, 2100), range(50, 55), "t")


@pytest.mark.parametrize(
    ("why", "town", "told"),
    [
        ("half of a list, on a line of their own", rented(45, line="t"), True),
        ("half of a list, on no common line", rented(45), False),
        ("most of a list, on no common line", rented(60), True),
        ("most of a list, on a line of many", beside(rented(55, line="t")), False),
        ("all of a list, on a line of many", beside(rented(90, line="t")), True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_how_many_people_must_be_the_same_depends_on_the_line(why: str, town: Town, told: bool) -> None:
    """Two that rent a list share half of it, and a bureau may call one list for several clients."""
    assert ("b" in opened(town.told(), "number_carousel")) == told


@pytest.mark.parametrize(("others", "told"), [(2, {"shell1", "shell2"}), (3, set())])
def test_the_persons_say_nothing_where_some_that_stay_call_them_too(others: int, told: set[str]) -> None:
    """In a town where everybody calls everybody whoever begins has as much in common with anyone; one or two may be theirs."""
    town = shells()
    for turn in range(others):
        town.lives(f"stays{turn}", 0, 190, range(turn, 100 + turn), range(900 + turn, 901 + turn))
    assert opened(town.told(), "number_carousel").keys() == told
    assert town.told(shuffled=others) == town.told()


def test_it_must_be_clearly_more_than_others_have_in_common() -> None:
    """Two that call two thirds of what others call are like these; two that call nine tenths of it are not."""

    def among(shared: int) -> Town:
        town = rented(shared)
        for turn in range(5):
            people = [*range(100 - shared, 165 - shared), *range(1000 * turn + 1000, 1000 * turn + 1035)]
            town.lives(f"stays{turn}", 0, 190, people, range(900 + turn, 901 + turn))
        return town

    assert opened(among(65).told(), "number_carousel") == {}
    alerts = among(92).told()
    assert opened(alerts, "number_carousel").keys() == {"b"}
    exposure = alerts[0].reasons[0].exposure
    assert (exposure["others"], exposure["others_alike"]) == (5, 0)


def in_a_row(shared: int, shells: int = 4, beside: bool = False, **how: object) -> Town:
    """Some that call a hundred people each, so many of which the one before called too; beside: with one that stays, on their line."""
    town = Town()
    if beside:
        town.lives("stays", 0, 190, range(5000, 5100), range(900, 905), **how)
    for turn in range(shells):
        people = range((100 - shared) * turn, (100 - shared) * turn + 100)
        first, numbers = 20 + 32 * turn, range(turn * 10, turn * 10 + 5)
        town.lives(f"shell{turn}", first, first + 28, people, numbers, **how)
    return town


@pytest.mark.parametrize(
    ("why", "town", "told"),
    [
        ("half of the people each time", in_a_row(48), {"shell2", "shell3"}),
        ("half of the people once", in_a_row(48, shells=2), set()),
        ("fewer than half each time", in_a_row(44), set()),
        ("most people each time, at a bureau", in_a_row(58, beside=True, bureau="b"), {"shell2", "shell3"}),
        ("half of the people each time, at a bureau", in_a_row(52, beside=True, bureau="b"), set()),
        ("some people each time, at a bureau of their own", in_a_row(12, bureau="b"), {"shell2", "shell3"}),
        ("hardly anybody, at a bureau of their own", in_a_row(6, bureau="b"), set()),
        ("some people once, at a bureau of their own", in_a_row(12, shells=2, bureau="b"), set()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_links_of_one_chain_speak_together(why: str, town: Town, told: set[str]) -> None:
    """What one succession leaves open two may settle; who begins after a chain and calls fewer of its people is not of it."""
    assert opened(town.told(), "number_carousel").keys() == told
    town.lives("other", 150, 180, [*range(60, 100), *range(900, 960)], range(90, 95))
    assert "other" not in opened(town.told(), "number_carousel")


@pytest.mark.parametrize(
    ("why", "first", "last", "numbers"),
    [
        ("they overlap by weeks", 38, 90, range(5, 9)),
        ("weeks lie between them", 68, 110, range(5, 9)),
        ("one number of four goes along", 54, 90, range(4, 8)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_is_linked_twice_over_need_not_be_near(why: str, first: int, last: int, numbers: range) -> None:
    """By its people and by a line of its own: then it is told, and with one of these alone it is not."""
    both, people, line = (
        Town().lives("a", 20, 50, range(100), range(5), before).lives("b", first, last, whom, numbers, on)
        for before, whom, on in (("t", range(100), "t"), ("t", range(100), "u"), ("t", range(500, 600), "t"))
    )
    assert opened(both.told(), "number_carousel").keys() == {"b"}
    assert people.told() == line.told() == []


def test_one_that_came_for_another_in_the_feeds_first_fortnight_had_begun_then() -> None:
    """So its own heir is told; and not itself, since how long the one before it was there is unknown."""
    town = Town()
    for turn, (first, last) in enumerate([(0, 8), (10, 40), (43, 80)]):
        town.lives(f"shell{turn}", first, last, range(100), range(turn * 10, turn * 10 + 5))
    assert list(opened(town.told(), "number_carousel")) == ["shell2"]


@pytest.mark.parametrize(("last", "named"), [(93, {1, 5}), (94, {5})])
def test_of_one_of_unknown_age_those_numbers_are_named_that_began_in_sight(
    last: int, named: set[int]
) -> None:
    """Where it was seen for less than the term: of one that lasted it, numbers that ended with it say nothing."""
    town = Town().lives("old", 5, last, range(100), range(2))
    for told in town.days.values():
        for life in told:
            for number in life.numbers or ():
                number[1] += 40 * (number[0] % 2)  # the other one may have rested when the feed was new
    town.lives("a", last + 3, last + 30, range(100), range(5, 6)).lives(
        "b", last + 33, last + 60, range(100), range(8, 9)
    )
    told = [alert for alert in town.told() if alert.kind == "short_tenure" and alert.status == "open"]
    assert {int(alert.number[-2:]) for alert in told} == named


@pytest.mark.parametrize(
    ("why", "town"),
    [
        ("a change of name, with the numbers", shells(numbers=range(5))),
        ("other people, on no common line", Town().lives("a", 20, 50, range(100), range(5)).lives("b", 54, 90, range(900, 999), range(5, 9))),
        ("months later", Town().lives("a", 20, 50, range(100), range(5)).lives("b", 80, 130, range(100), range(5, 9))),
        ("after a long life", Town().lives("a", 20, 120, range(100), range(5)).lives("b", 124, 160, range(100), range(5, 9))),
        ("of unknown age", Town().lives("a", 5, 50, range(100), range(5)).lives("b", 54, 90, range(100), range(5, 9))),
        ("of unknown age, for others than the one before", Town().lives("x", 0, 8, range(200, 299), range(20, 25)).lives("a", 10, 50, range(100), range(5)).lives("b", 54, 90, range(100), range(5, 9))),
        ("of unknown age, on the line of the one before", Town().lives("x", 0, 8, range(200, 299), range(20, 25), "t").lives("a", 10, 50, range(300, 399), range(5), "t").lives("b", 54, 90, range(300, 399), range(5, 9))),
        ("both go on", Town().lives("a", 20, 150, range(100), range(5)).lives("b", 54, 150, range(100), range(5, 9))),
        ("hardly any calls", shells(calls=9)),
        ("clients of a bureau on one line", Town().lives("a", 20, 50, range(100), range(5), "t", "bureau").lives("b", 54, 80, range(200, 299), range(5, 9), "t", "bureau").lives("c", 83, 120, range(400, 499), range(10, 14), "t", "bureau")),
        ("a line of many", Town().lives("x", 0, 190, range(2000, 2100), range(50, 55), "t").lives("a", 20, 50, range(100), range(5), "t").lives("b", 54, 80, range(200, 299), range(5, 9), "t").lives("c", 83, 120, range(400, 499), range(10, 14), "t")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_who_only_looks_like_it_is_not_told(why: str, town: Town) -> None:
    """Where one sign is missing (other numbers, the same people or line, soon after a short life), nobody is told."""
    assert town.told() == []


def test_a_declared_merger_and_an_exempt_class_are_not_told() -> None:
    """What was told beforehand, and who may."""
    declared = {"declarations": [{"event": "merger", "on": "2024-12-01", "organisation": n, "formerly": [f]} for n, f in (("shell1", "shell0"), ("shell2", "shell1"))]}  # fmt: skip
    assert shells().told(declared) == []
    assert shells().told({"organisations": {f"shell{n}": {"class": "exempt"} for n in range(3)}}) == []


def test_one_that_calls_again_had_not_ended() -> None:
    """The alert about its heir is taken back."""
    town = Town().lives("a", 20, 50, range(100), range(5)).lives("b", 54, 120, range(100), range(5, 9))
    again = replace(town.days[55][0], last=START + 75)
    town.days.setdefault(75, []).append(again)
    assert [(a.organisation, a.status) for a in town.told() if a.status != "update"] == [
        ("b", "open"),
        ("b", "resolved"),
    ]


def test_partitions_at_any_pace_and_reports_said_twice_tell_the_same() -> None:
    """The days decide, not who was quicker."""
    plain = shells().told()
    for seed in range(3):
        assert shells().told(shuffled=seed) == plain


def test_what_was_kept_leads_back_to_the_same_point() -> None:
    """A registry that is read back from its notes goes on as one that never stopped."""
    town = shells().lives("x", 0, 190, range(50), range(90, 92)).lives("y", 0, 190, range(50), range(95, 97))
    reports = [Report(0, START + day, 0, True, town.days.get(day, [])) for day in range(120)]
    whole = Registry(POLICY)
    for stop in (56, 58, 85, 88):
        first, notes, said = Registry(POLICY), {}, {}
        for report in reports[:stop]:
            first.add(report)
            first.close()
            notes[Registry.place(report)] = report.encode()
            said |= first.told.changes()
        heir = Registry(POLICY)
        for name, note in said.items():
            heir.told.restore(name, note)
        heir.restore(map(Report.decode, notes.values()))
        alerts = []
        for report in reports[stop:]:
            heir.add(report)
            alerts += heir.close()
        whole = Registry(POLICY)
        wanted = []
        for report in reports:
            whole.add(report)
            closed = whole.close()
            wanted += closed if report.day >= START + stop else []
        assert alerts == wanted


@pytest.mark.parametrize("stop", [299, 334, 350])
def test_what_was_kept_leads_back_to_the_same_point_after_many_months(stop: int) -> None:
    """Whom an organisation called when it was new is forgotten after the same time by one that never stopped and by one that is read back."""
    last, going = 330, {}
    for people, days in ((range(100), range(20, 42)), (range(1000, 1100), range(42, last + 10))):
        said = Town().lives("old", 20, last, people, range(5), line="t").days
        going |= {day: lives for day, lives in said.items() if day in days}
    # It works through a list, and who comes after it begins that list again.
    for day, lives in (
        Town().lives("heir", last + 4, last + 60, range(100), range(40, 45), line="t").days.items()
    ):
        going.setdefault(day, []).extend(lives)
    why = Reason(
        family="churn",
        measure="survival_at_use_term",
        value=0.0,
        threshold=0.7,
        exposure={"numbers_ended": 9.0, "usual_life_days": 12.0, "turnovers": 5.0},
        clears_when="",
    )
    replaced = [Pool("old", [], ALL, 400, 5, [], ["f"], 1.0, why)]

    def told(again_from: int | None) -> list[tuple[str, str, int]]:
        registry, notes, said, alerts = Registry(POLICY), {}, {}, []
        for day in range(last + 60):
            if day == again_from:
                registry = Registry(POLICY)
                for name, note in said.items():
                    registry.told.restore(name, note)
                registry.restore(map(Report.decode, notes.values()))
            pools = replaced if ends_a_week(START + day) and 100 < day <= last else []
            report = Report(0, START + day, 0, True, going.get(day, []), pools)
            registry.add(report)
            notes[Registry.place(report)] = report.encode()
            alerts += registry.close()
            said |= registry.told.changes()
        return [(alert.organisation, alert.status, alert.sequence) for alert in alerts]

    assert told(stop) == told(None)


def test_it_says_on_which_feeds_they_were_seen() -> None:
    """The feeds of all of the chain, and the least of their coverages; a report of the version before has none."""
    lives = [
        Life("a", 1, 0, 9, 5, {}, feeds=["north"], coverage=0.9),
        Life("b", 1, 0, 9, 5, {}, feeds=["east"]),
    ]
    assert carried(lives) == (("east", "north"), 0.9)
    report = Report(0, 9, lives=lives)
    assert Report.decode(report.encode()) == report
    rows = [["a", 1, 0, 9, 5, {}, None, None, 0]]
    old = zstandard.compress(json.dumps([1, 0, 9, 0, True, rows]).encode())
    assert carried(Report.decode(old).lives) == ((), 1.0)


def test_a_number_that_its_own_organisation_may_retire_is_left_to_it() -> None:
    """One without which a shell called for a fortnight is not named as one that ended with it, and of before none is known to be so."""
    town = shells()
    for lives in town.days.values():
        for life in lives:
            for number in life.numbers or ():
                number[4] = POLICY.tenure.called_days - number[0] % 2
    named = {alert.number for alert in town.told() if alert.kind == "short_tenure"}
    assert named == {"+31850000011", "+31850000013"}
    rows = [["a", 1, 0, 9, 5, {}, [[31850000000, 1, 9, 5]], None, 0, [], 1.0]]
    old = zstandard.compress(json.dumps([2, 0, 9, 0, True, rows]).encode())
    assert Report.decode(old).lives[0].numbers == [[31850000000, 1, 9, 5, 0]]
