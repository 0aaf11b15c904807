"""`unreachable_number`: calls to shown numbers that nobody answers."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.day.usage import start_of
from monitor.fleet.moment import Moment
from monitor.policy import Policy
from monitor.reference import Reference
from monitor.tenure import Tenures
from tests.rules.traffic import FIRST_NUMBER, START, Traffic, judged, opened

NL = Policy.load("nl")
SHORT = NL.model_copy(
    update={
        "rules": NL.rules.model_copy(
            update={"unreachable_number": NL.rules.unreachable_number.model_copy(update={"term": 30})}
        )
    }
)


def test_what_clears_it_says_how_sure_it_must_be_and_for_how_long() -> None:
    """In figures: the term is the policy's, and told with the reason."""
    traffic = Traffic()
    for day in range(20):
        traffic.call(day, "deaf", 1, 10)
        traffic.answer(day, "deaf", 1, 3, 0)
    reason = judged(traffic, 19, SHORT)[0][0].reasons[0]
    assert reason.exposure["term_days"] == 30
    assert reason.clears_when == (
        "With 95% certainty at least 20% of the calls are answered, or 30 days have passed since the last call that showed it."
    )


def test_a_desk_that_is_out_of_order_for_days_is_no_finding() -> None:
    """Thirty calls a day without an answer for five days say nothing; for a week, of a number or of ten, they do."""
    traffic = Traffic()
    for day in range(20):
        for number in range(10):
            traffic.call(day, "many", number, 10)
        for who in ("launch", "dead"):
            traffic.call(day, who, 0, 50)
            traffic.answer(day, who, 0, 30, 24 if who == "launch" and day > 4 else 0)
        for number in range(10):
            traffic.answer(day, "many", number, 3, 0)
    alerts, _, _ = judged(traffic, 19)
    assert opened(alerts, "unreachable_number") == {("dead", 0): 6, ("many", None): 6}


def test_a_service_line_says_nothing_of_the_days_on_which_others_are_tested() -> None:
    """A line that is called each day and never shown: the numbers that are were called on one bad day alone."""
    traffic = Traffic()
    for day in range(30):
        for number in range(20):
            traffic.call(day, "firm", number, 5)
        traffic.answer(day, "firm", 900, 50, 50)
    for number in range(20):
        traffic.answer(15, "firm", number, 3, 0)
    alerts, _, _ = judged(traffic, 29)
    assert opened(alerts, "unreachable_number") == {}


@pytest.mark.wide
def test_a_number_that_is_past_the_term_says_nothing_of_the_days_on_which_others_are_tested() -> None:
    """Who calls the old number, on whatever days, calls none of those that are judged: they were called on one bad day alone."""
    traffic = Traffic()
    for day in range(20):
        traffic.call(day, "firm", 0, 20)
    for day in range(20, 90):
        for number in range(10, 40):
            traffic.call(day, "firm", number, 3)
        if day >= 60:
            traffic.answer(day, "firm", 0, 2, 0)
    for number in range(10, 40):
        traffic.answer(80, "firm", number, 3, 0)
    alerts, _, _ = judged(traffic, 89, SHORT)
    assert opened(alerts, "unreachable_number") == {}


@pytest.mark.wide
def test_of_many_numbers_none_is_named_for_bad_luck() -> None:
    """Sixty nurses who pick up a quarter of the calls: each is tested every day, and some have a bad month."""
    random = np.random.default_rng(3)
    traffic = Traffic()
    for day in range(120):
        for number in range(60):
            traffic.call(day, "nurses", number, 5)
            calls = int(random.poisson(1.3))
            traffic.answer(day, "nurses", number, calls, int(random.binomial(calls, 0.27)))
    alerts, _, _ = judged(traffic, 119)
    assert opened(alerts, "unreachable_number") == {}


def test_a_dead_number_among_many_that_are_answered_is_named() -> None:
    """It takes more calls than for a number that is alone, and is known within the month."""
    traffic = Traffic()
    for day in range(60):
        for number in range(40):
            traffic.call(day, "firm", number, 5)
            traffic.answer(day, "firm", number, 2, 0 if number == 7 else 1)
        traffic.call(day, "alone", 0, 5)
        traffic.answer(day, "alone", 0, 2, 0)
    alerts, _, _ = judged(traffic, 59)
    told = opened(alerts, "unreachable_number")
    assert told.keys() == {("alone", 0), ("firm", 7)}
    assert told["alone", 0] == 9
    assert 15 <= told["firm", 7] <= 25


@pytest.mark.wide
def test_calls_after_the_term_are_nobodys_fault() -> None:
    """A number that was last shown longer ago than the term need not be answered; on the term's last day it must."""
    traffic = Traffic()
    for day in range(90):
        traffic.call(day, "acme", 1, 5 if day < 10 else 0)
        traffic.call(day, "acme", 2, 50)
        # The twentieth call comes on the seventh day, right before or right after the term's end.
        if 33 <= day < 40:
            traffic.answer(day, "acme", 1, 3 if day < 39 else 2, 0)
        traffic.call(day, "later", 3, 5 if day < 9 else 0)
        traffic.call(day, "later", 4, 50)
        if 33 <= day < 40:
            traffic.answer(day, "later", 3, 3 if day < 39 else 2, 0)
    alerts, _, _ = judged(traffic, 89, policy=SHORT)
    assert opened(alerts, "unreachable_number") == {("acme", 1): 39}


def test_an_alert_ends_with_the_term() -> None:
    """Nobody calls the number any more, nobody is answered: it lasts for the term after its last call, and no longer."""
    traffic = Traffic()
    for day in range(80):
        traffic.call(day, "acme", 1, 5 if day < 20 else 0)
        traffic.call(day, "acme", 2, 50)
        traffic.answer(day, "acme", 1, 3 if day < 15 else 0, 0)
    alerts, _, _ = judged(traffic, 79, policy=SHORT)
    clean = SHORT.rules.unreachable_number.telling.clean_days
    assert [(alert.status, (alert.as_of - start_of(START + 1)).days) for alert in alerts] == [
        ("open", 6),
        ("resolved", 19 + 30 + clean),
    ]


@pytest.mark.wide
def test_an_alert_ends_when_calls_are_answered() -> None:
    """Once calls to the number are surely answered, it is told that it ended."""
    traffic = Traffic()
    for day in range(70):
        traffic.call(day, "acme", 1, 5)
        traffic.answer(day, "acme", 1, 3, 0 if day < 15 else 3)
    alerts, _, _ = judged(traffic, 69)
    assert [alert.status for alert in alerts if alert.status != "update"] == ["open", "resolved"]


def test_one_number_does_not_speak_for_all() -> None:
    """Hundreds of calls to one dead number beside others that are answered say nothing of these."""
    traffic = Traffic()
    for day in range(20):
        for number in range(6):
            traffic.call(day, "acme", number, 20)
            traffic.answer(day, "acme", number, 40 if number == 0 else 1, 0 if number == 0 else 1)
    alerts, _, _ = judged(traffic, 19)
    assert opened(alerts, "unreachable_number").keys() == {("acme", 0)}


@pytest.mark.parametrize("number", [None, FIRST_NUMBER])
def test_the_numbers_are_passed_over_once_for_all_that_is_open(
    number: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a day it is worked out once what is answered, however many alerts are asked about."""
    traffic = Traffic()
    for organisation in range(20):
        traffic.call(0, f"o{organisation}", 0, 5)
        traffic.answer(0, f"o{organisation}", 0, 3, organisation % 2 * 3)
    _, judge, _ = judged(traffic, 0)
    read: list[str] = []
    column = Tenures.__getattr__
    monkeypatch.setattr(Tenures, "__getattr__", lambda self, name: read.append(name) or column(self, name))
    applies = Moment.applies
    monkeypatch.setattr(Moment, "applies", lambda *about: read.append("applies") or applies(*about))

    lasting = [judge.lasts(f"o{organisation}", "unreachable_number", number) for organisation in range(20)]

    assert lasting == [True, False] * 10
    assert (read.count("applies"), read.count("organisation")) == (1, 3)


@pytest.mark.wide
def test_a_month_in_which_its_organisation_was_exempt_says_nothing() -> None:
    """Who answered nobody while exempt is told of when it has not done so for a month since."""
    traffic = Traffic()
    for day in range(80):
        for who in ("bound", "exempt"):
            traffic.call(day, who, 0, 50)
            traffic.answer(day, who, 0, 10, 0)
    last = str(start_of(START + 30).date())
    said = {"organisation": "exempt", "rules": ["unreachable_number"], "until": last, "reason": "a trial"}
    alerts, _, _ = judged(traffic, 79, reference=Reference.load({"exemptions": [said]}))
    assert opened(alerts, "unreachable_number") == {("bound", 0): 6, ("exempt", 0): 30 + 35}


@pytest.mark.wide
@pytest.mark.parametrize(("shown", "opens"), [(1, False), (19, False), (60, True)])
def test_a_number_that_was_hardly_shown_is_not_judged(shown: int, opens: bool) -> None:
    """Of the calls to it no more count than were made from it, however many nobody answers."""
    traffic = Traffic()
    for day in range(90):
        traffic.call(day, "acme", 1, 50)
        traffic.call(day, "acme", 0, shown if day == 3 else 0)
        traffic.answer(day, "acme", 0, 2 if day > 60 and day % 7 < 5 else 0, 0)
    alerts, _, _ = judged(traffic, 89)
    assert opened(alerts, "unreachable_number").keys() == ({("acme", 0)} if opens else set())


def test_numbers_that_were_hardly_shown_speak_for_no_others() -> None:
    """Sixty calls back on six numbers that were shown once each are those of six; shown ten times each they tell of them together."""
    traffic = Traffic()
    for day in range(20):
        for who in ("once", "often"):
            traffic.call(day, who, 100, 50)
            for number in range(6):
                traffic.call(day, who, number, 0 if day else 1 if who == "once" else 10)
                traffic.answer(day, who, number, 1 if day >= 5 else 0, 0)
    alerts, _, _ = judged(traffic, 19)
    assert opened(alerts, "unreachable_number") == {("often", None): 14}
    assert alerts[0].reasons[0].exposure["inbound"] == 60


def test_all_calls_that_came_in_are_told_beside_those_that_count() -> None:
    """Of a caller who dials ten times a day three calls count; of both, what was answered is told."""
    traffic = Traffic()
    for day in range(30):
        for number in range(6):
            traffic.call(day, "acme", number, 10)
            traffic.answer(day, "acme", number, 10, int(number == day == 0))
    alerts, _, _ = judged(traffic, 29)
    together = next(alert.reasons[0].exposure for alert in alerts if alert.number is None)
    days = together["inbound_in_all"] / 60
    assert days == int(days) > 0
    assert together["inbound"] < together["inbound_in_all"]
    assert together["answered"] < together["answered_in_all"] == 1


@pytest.mark.wide
def test_a_stray_call_does_not_bind_a_number_that_was_given_up_before_the_term() -> None:
    """Of one whose use ended longer ago only what was shown lately counts; of one whose use ended within the term all that it made."""
    traffic = Traffic()
    for day in range(230):
        for who, until in (("before", 20), ("within", 60)):
            traffic.call(day, who, 1, 50)
            traffic.call(day, who, 0, 40 if day < until else int(day == 200))
            traffic.answer(day, who, 0, 2 if day >= 210 else 0, 0)
    alerts, _, _ = judged(traffic, 229)
    assert opened(alerts, "unreachable_number") == {("within", 0): 223}
