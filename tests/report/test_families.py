"""The dossier draws what each family of an alert was read from."""

from __future__ import annotations

import polars as pl
import pytest

from monitor.alert import Alert
from monitor.day.usage import day_of
from monitor.replay import Outcome
from monitor.report import dossier
from monitor.report.families import _counted, pictures
from monitor.report.texts import TEXTS
from monitor.simulate import Scenario
from tests.report.replayed import POLICY, replayed

TOWN = Scenario.model_validate(
    {
        "name": "town",
        "days": 75,
        "organisations": [
            {"name": "honest", "behaviour": "steady_caller", "rate": 40},
            {"name": "turn", "behaviour": "round_robin", "rate": 260, "fleet": {"pool": 90}},
            {"name": "local", "behaviour": "local_presence", "rate": 200, "fleet": {"pool": 100}},
            {"name": "rests", "behaviour": "burn_and_rest", "rate": 90, "fleet": {"pool": 6}},
            {
                "name": "even",
                "behaviour": "rotate",
                "rate": 150,
                "begins": 35,
                "pick": {"how": "round_robin"},
                "fleet": {"pool": 5, "life": 5},
            },
            {
                "name": "pool",
                "behaviour": "shared_pool",
                "members": 2,
                "rate": 120,
                "fleet": {"pool": 6, "life": 6},
            },
            {
                "name": "warm",
                "behaviour": "warm_up",
                "rate": 300,
                "begins": 30,
                "fleet": {"pool": 8, "life": [10, 18]},
                "pick": {"how": "capped", "warm": 5, "full": 60, "over": 8},
            },
            {"name": "shells", "behaviour": "phoenix", "rate": 60, "shell_life": 14, "begins": 16},
        ],
    }
)


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return replayed(TOWN)


@pytest.mark.wide
def test_each_family_that_is_named_has_its_picture(outcome: Outcome) -> None:
    """For every reason of an alert about a fleet, and none for organisations without alerts."""
    end = day_of(outcome.until)
    drawn = set()
    for name in {alert.organisation for alert in outcome.alerts}:
        alerts = [alert for alert in outcome.alerts if alert.organisation == name]
        fleet = [alert for alert in alerts if alert.kind == "number_carousel"]
        families = {picture.family for picture in pictures(outcome, name, alerts, end)}
        own = {"numbers_of_others": "sharing", "rise_with_age": "warming"}
        named = {own.get(reason.measure, reason.family) for alert in fleet for reason in alert.reasons}
        assert families == named - {"churn"}  # the curve and the lanes are drawn for everybody
        drawn |= families
    assert drawn == {
        "dispersion",
        "recontact",
        "recycling",
        "dialler",
        "local_presence",
        "linkage",
        "sharing",
        "warming",
    }


def test_heights_are_shares_of_the_largest(outcome: Outcome) -> None:
    """Bars fit their frame; the largest fills it, but for shares of calls."""
    end = day_of(outcome.until)
    alerts = [alert for alert in outcome.alerts if alert.organisation in ("turn", "local", "rests")]
    for picture in (
        p for name in ("turn", "local", "rests") for p in pictures(outcome, name, alerts, end) if p.bars
    ):
        heights = [height for _, height, _ in picture.bars.bars]
        assert all(0 <= height <= 1 for height in heights)
        assert picture.family == "local_presence" or max(heights) == 1


def test_bars_that_stand_out_are_explained(outcome: Outcome) -> None:
    """By their colour, in both languages; and where none would be like the others, none stands out."""
    end = day_of(outcome.until)
    orange = {
        picture.family
        for name in {alert.organisation for alert in outcome.alerts}
        for picture in pictures(
            outcome, name, [each for each in outcome.alerts if each.organisation == name], end
        )
        if picture.bars and any(out for _, _, out in picture.bars.bars)
    }
    assert orange == {"dispersion", "recontact", "dialler", "local_presence", "warming"}
    for family in orange:
        assert "oranje" in TEXTS["nl"][f"{family}_says"]
        assert "orange" in TEXTS["en"][f"{family}_says"]


def test_persons_are_drawn_over_as_many_days_as_the_alert_says(outcome: Outcome) -> None:
    """Both in its words and under its picture; four weeks where an alert of a version before does not say."""
    alerts = [
        alert for alert in outcome.alerts if alert.organisation == "turn" and alert.kind == "number_carousel"
    ]
    days = [reason.exposure["days"] for reason in alerts[0].reasons if reason.family == "recontact"]
    assert days == [9]
    end = day_of(outcome.until)
    recent, last = (
        next(each for each in pictures(outcome, "turn", told, end) if each.family == "recontact").bars
        for told in (alerts, [_without_days(alerts[0])])
    )
    assert (recent.days, last.days) == (9, 28)
    assert recent.most < last.most
    page = (
        dossier(outcome, POLICY)
        .partition(">turn</h2>")[2]
        .partition("Nummers die iemand zag")[2]
        .partition("<h3>")[0]
    )
    assert "mensen die in 28 dagen meer dan eens zijn gebeld" in page
    assert "called more than once in 28 days" in page


def _without_days(alert: Alert) -> Alert:
    reasons = [
        reason.model_copy(
            update={"exposure": {name: value for name, value in reason.exposure.items() if name != "days"}}
        )
        for reason in alert.reasons
    ]
    return alert.model_copy(update={"reasons": reasons})


def test_bars_that_are_not_drawn_are_counted_on_the_page(outcome: Outcome) -> None:
    """Sixty of ninety numbers are not taken for all of them."""
    alerts = [alert for alert in outcome.alerts if alert.organisation == "turn"]
    found = {picture.family: picture for picture in pictures(outcome, "turn", alerts, day_of(outcome.until))}
    hidden = found["dispersion"].bars.hidden
    assert (len(found["dispersion"].bars.bars), hidden > 0) == (60, True)
    bars = dossier(outcome, POLICY).partition(">turn</h2>")[2].partition("Oproepen per nummer")[2]
    assert f"{hidden} minder gebruikte nummers niet getekend" in bars.partition("<h3>")[0]


def test_of_many_values_those_are_drawn_that_came_most() -> None:
    """A cap at which calls pile up is seen, however many smaller counts there are below it."""
    counts = pl.DataFrame({"calls": [*range(1, 71), 100], "count": [1] * 70 + [9]})
    bars = _counted(counts, lambda _, many: many == 9)
    assert (bars.bars[-1], len(bars.bars), bars.hidden) == (("100", 1.0, True), 60, 11)


def test_the_page_names_them_in_both_languages(outcome: Outcome) -> None:
    """And shows the organisations that went on for each other."""
    page = dossier(outcome, POLICY)
    assert (
        page.count("Organisaties die elkaar mogelijk opvolgden")
        == page.count("Organisations that may have gone on for each other")
        > 0
    )
    assert "shells-2" in page
    assert "Nummers die ook anderen gebruiken" in page
    assert "Numbers that others use as well" in page


@pytest.mark.wide
def test_no_curve_denies_the_ends_that_a_table_lists() -> None:
    """Numbers that ended with their organisation ended in no curve of it: it was flat beside a table of them."""
    shells = {"name": "shells", "behaviour": "phoenix", "rate": 60, "shell_life": 14, "begins": 16}
    honest = {"name": "honest", "behaviour": "steady_caller", "rate": 40}
    town = {"name": "town", "days": 110, "organisations": [honest, shells]}
    chapters = dossier(replayed(Scenario.model_validate(town)), POLICY).split("<section")[1:]
    listed = [
        chapter for chapter in chapters if "kort gebruikt nummer" in chapter and "<h2>shells-" in chapter
    ]
    assert listed
    assert not [chapter for chapter in listed if ">0 nummers raakten" in chapter]
