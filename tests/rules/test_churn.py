"""Churn: why an organisation is graded, and what it is that keeps its alert open."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from monitor.fleet.answering import answering
from monitor.fleet.turnover import turnover
from monitor.fleet.wholesale import wholesale
from monitor.policy import Policy
from monitor.rules.churn import churn
from monitor.rules.churn_reasons import reason_of
from monitor.rules.family import NONE, STRONG, Family
from monitor.verdict import Reason
from tests.rules.test_number_carousel import rotate
from tests.rules.traffic import Traffic, judged

RULE = Policy.load("nl").rules.number_carousel
SLACK = RULE.telling.slack
#: Share that lasts the term, below which an alert goes on.
LASTING = 1 - SLACK * (1 - RULE.churn.survival)


def rotating(excused: bool, returning: bool = False) -> Family:
    """Who goes through three numbers every ten days, and of whom it is not known who answers."""
    traffic = Traffic()
    traffic.watch(range(130))
    rotate(traffic, "acme", range(30, 130), 10, 3, 60, 0)
    _, judge, _ = judged(traffic, 129)
    moment = judge.moment()
    found, nobody = turnover(moment, RULE.churn), np.zeros(1, bool)
    replies = answering(moment, RULE.calls_back)
    sets = wholesale(moment, RULE.churn, found)
    return churn(
        moment,
        RULE.churn,
        found,
        replies,
        replies,
        sets,
        nobody,
        SLACK,
        np.array([excused]),
        np.array([returning]),
    )


@pytest.mark.wide
def test_who_is_excused_is_told_the_bound_that_keeps_its_alert_open() -> None:
    """Its numbers may yet return: it is not graded, and the threshold is the eased one, not that by which others open."""
    graded, excused, returning = rotating(False), rotating(True), rotating(True, returning=True)
    assert [family.grade.tolist() for family in (graded, excused, returning)] == [[STRONG], [NONE], [NONE]]
    assert [family.lasts.tolist() for family in (graded, excused, returning)] == [[True], [True], [False]]
    assert graded.reason(0).threshold == RULE.churn.survival
    assert excused.reason(0).threshold == pytest.approx(LASTING)
    assert excused.reason(0).measure == "survival_at_use_term"


def going_on(each: float, pace: float, replaced: bool = True) -> Reason:
    """Of an organisation that is not graded, where so many last at most by the curve, and by the rate."""
    no, one = np.zeros(1, bool), np.ones(1)
    names = ("deaths", "turnovers", "life", "steps")
    seen = SimpleNamespace(
        once=no, again=no, early=no, graded=no, hidden=no, replaced=np.array([replaced]), lasting=LASTING, reached=0.55,
        terms=RULE.churn, found=SimpleNamespace(**dict.fromkeys(names, one)),
        each=SimpleNamespace(at_term=0 * one, low=0 * one, high=each * one, reached=one),
        curve=SimpleNamespace(at_term=0 * one, low=0 * one, high=one, reached=one),
        pace=SimpleNamespace(survival=0 * one, low=0 * one, high=pace * one, successors=one, independent=one),
        stayed=SimpleNamespace(share=0.1 * one, calls=200 * one),
        replies=SimpleNamespace(exposure=lambda code: {}), exposure=lambda code: {}, stays=lambda code: "",
    )  # fmt: skip
    return reason_of(seen, 0)


def test_an_alert_that_goes_on_is_told_by_the_interval_that_keeps_it_open() -> None:
    """By the curve where that bears it out; by the rate where only that does; by the share that stayed where neither does."""
    curve, rate, stayed = going_on(0.5, 0.4), going_on(0.9, 0.4), going_on(0.9, 0.95, replaced=False)
    assert (curve.measure, curve.interval, curve.threshold) == ("survival_at_use_term", (0, 0.5), LASTING)
    assert (rate.measure, rate.interval, rate.threshold) == ("survival_at_this_rate", (0, 0.4), LASTING)
    assert (stayed.measure, stayed.value, stayed.threshold) == ("stayed_share", 0.1, RULE.churn.stayed)


@pytest.mark.wide
def test_sets_that_rest_for_a_season_and_return_are_not_told_to_be_replaced() -> None:
    """Once they are seen to return none is given up, and nobody is answered: the alert goes on since hardly any number stayed."""
    traffic = Traffic()
    traffic.watch(range(176))
    for day in range(176):
        for number in range(6 if day >= 30 else 0):
            shown = 100 * ((day - 30) // 14 % 8) + number
            traffic.call(day, "acme", shown, 40, answered=8)
            traffic.answer(day, "acme", shown, (day + number) % 2 * 2, 0)
    alerts, _, _ = judged(traffic, 175)
    told = [alert for alert in alerts if alert.kind == "number_carousel"]
    assert [alert.status for alert in told[:1] + told[-1:]] == ["open", "update"]
    assert "survival_at_use_term" in {reason.measure for reason in told[0].reasons}
    stayed = {reason.measure: reason for reason in told[-1].reasons}["stayed_share"]
    assert (stayed.value, stayed.threshold, stayed.strong) == (0, RULE.churn.stayed, False)
    assert stayed.exposure["answered_share"] == 0
    assert {reason.family for reason in told[-1].reasons} == {"churn", "dispersion", "dialler"}
