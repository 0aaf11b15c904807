"""Policies: pairs of terms that make no sense together are refused, each in words that say which two."""

from __future__ import annotations

from importlib import resources

import polars as pl
import pytest
import yaml

from monitor.alert import Alert
from monitor.day.coverage import Coverage
from monitor.day.usage import start_of
from monitor.explain import explain
from monitor.fleet.answers import Answers
from monitor.policy import Policy, WrongPolicy
from monitor.reference import Reference
from monitor.terms import Answers as Terms
from tests.rules.traffic import START, Traffic, judged
from tests.scenarios.acts import ACTS


def profile() -> dict:
    """The Dutch profile as plain data."""
    return yaml.safe_load(resources.files("monitor.policies").joinpath("nl.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("tenure.retired_after", 10, "tenure: retired_after must be more than idle_after"),
        ("tenure.retired_after", 14, "tenure: retired_after must be more than idle_after"),
        ("tenure.memory", 90, "tenure: memory must be more than retired_after and use_term"),
        ("tenure.memory", 182, "rules.unreachable_number.term: must be at most tenure.memory"),
        ("rules.number_carousel.churn", {"window": 201}, "tenure.memory: must be at least twice"),
        (
            "rules.number_carousel.churn",
            {"window": 134},
            "churn.window: must be at least churn.turnovers times",
        ),
        (
            "tenure.use_term",
            121,
            "churn.window: must be at least churn.turnovers times tenure.use_term (182)",
        ),
        (
            "rules.number_carousel.dispersion",
            {"supports": 11},
            "dispersion: strong must be at least supports",
        ),
        ("rules.short_tenure.until", "2022-08-10", "rules.short_tenure: until lies before from"),
        (
            "rules.anonymous_calls.window",
            61,
            "rules.anonymous_calls.window: must be less than or equal to 60",
        ),
        ("rules.invalid_number.window", 29, "rules.invalid_number.window: must be less than or equal to 28"),
    ],
)
def test_terms_that_make_no_sense_together_are_refused(path: str, value: object, said: str) -> None:
    """A policy in which one term rules out another would be judged by, and nobody would know what it says."""
    policy = profile()
    *sections, name = path.split(".")
    inside = policy
    for section in sections:
        inside = inside[section]
    inside[name] = value
    with pytest.raises(WrongPolicy) as error:
        Policy.load(policy)
    assert said in str(error.value)


@pytest.mark.wide
@pytest.mark.parametrize(("life", "found"), [(182, True), (183, False)])
def test_another_use_term_is_judged_to_the_day(life: int, found: bool) -> None:
    """Numbers that are replaced a day before a use term of half a year are told of; those that reach it are not."""
    policy = profile()
    policy["tenure"] |= {"use_term": 183, "memory": 732}
    policy["rules"]["number_carousel"]["churn"] = {"window": 366}
    traffic = Traffic()
    ACTS["rotate"](traffic, who="acme", days=[0, 560], numbers=4, calls=40, life=life, stagger=True)
    alerts = judged(traffic, 559, Policy.load(policy))[0]
    assert {alert.kind for alert in alerts} == ({"number_carousel", "short_tenure"} if found else set())


@pytest.mark.wide
@pytest.mark.parametrize("kept", ["window", "use_term"])
def test_the_widest_terms_that_are_allowed_can_be_judged_by(kept: str) -> None:
    """Numbers that ended as long ago as anything is remembered are no harm."""
    policy = profile()
    if kept == "window":
        policy["rules"]["number_carousel"]["churn"] = {"window": 200}
    else:
        policy["tenure"]["use_term"] = 120
    traffic = Traffic()
    ACTS["rotate"](traffic, who="acme", days=[0, 420], numbers=2, calls=20, life=20, trickle=9)
    assert judged(traffic, 419, Policy.load(policy))[0] != []


def test_a_rule_keeps_its_own_terms_of_telling_beside_one_that_is_set() -> None:
    """Whoever sets how often a carousel is told again does not set when it is resolved."""
    policy, standing = profile(), Policy.load("nl")
    for rule in policy["rules"].values():
        rule["telling"] = {"update_days": 3}
    for kind, rule in Policy.load(policy).kinds().items():
        assert rule.telling == standing.kinds()[kind].telling.model_copy(update={"update_days": 3}), kind


def hiding(**terms: object) -> tuple[list[Alert], Policy]:
    """What is told of one that withholds its number in half of its calls for three days, and in four of a hundred after that."""
    policy = profile()
    policy["rules"]["anonymous_calls"] |= terms
    traffic = Traffic()
    for day in range(40):
        hidden = 50 if 10 <= day < 13 else 4 if day >= 13 else 0
        traffic.call(day, "acme", 1, 100 - hidden)
        traffic.withhold(day, "acme", hidden)
    policy = Policy.load(policy)
    return judged(traffic, 39, policy)[0], policy


def test_how_much_keeps_an_alert_open_is_a_term() -> None:
    """Four of a hundred keep open what is told from five on, unless the policy asks for more; the words say how much, and for how long."""
    assert [alert.status for alert in hiding()[0]] == ["open"]
    alerts, policy = hiding(telling={"slack": 0.9})
    assert [alert.status for alert in alerts] == ["open", "resolved"]
    for known in (policy, None):
        assert "when over 14 days at most 4.5% of the calls" in explain(alerts[0], known)["en"]
        assert "als over 14 dagen bij ten hoogste 4,5% van de oproepen" in explain(alerts[0], known)["nl"]


def test_from_which_share_it_is_grave_is_a_term() -> None:
    """Six of ten calls are most of them, unless the policy says otherwise."""
    traffic, said = Traffic(), {}
    traffic.call(0, "acme", 1, 40)
    traffic.withhold(0, "acme", 60)
    for share in (0.6, 0.61):
        policy = profile()
        policy["rules"]["anonymous_calls"]["grave"] = share
        said[share] = judged(traffic, 0, Policy.load(policy))[0][0].severity
    assert said == {0.6: "high", 0.61: "medium"}


@pytest.mark.wide
def test_for_how_long_a_declared_event_explains_is_a_term() -> None:
    """A number that comes ten days after a merger came with it, unless the policy allows for fewer days."""
    traffic = Traffic()
    for day in range(60):
        traffic.call(day, "acme", 1, 10)
        traffic.call(day, "acme", 2, 10 if day >= 50 else 0)
    event = {"event": "merger", "on": start_of(START + 40).date(), "organisation": "acme", "formerly": ["b"]}
    known = Reference.load({"declarations": [event]})
    born = {}
    for days in (9, 10, 14):
        policy = Policy.load(profile() | {"tenure": {"declared": days}})
        born[days] = judged(traffic, 59, policy, known)[1].moment().born.tolist()
    assert born == {9: [False, True], 10: [False, False], 14: [False, False]}


def test_when_answers_are_lost_is_a_term() -> None:
    """A day of whose hours one in twelve has an answer, where all have, is lost where that part may be left."""
    days = [(day, 2**12 - 1, 1 if day == 20 else 2**12 - 1) for day in range(21)]
    seen = pl.DataFrame(
        [("feed", START + day, 2**24 - 1, called, answered) for day, called, answered in days],
        Coverage.SCHEMA,
        orient="row",
    )
    lost = {}
    for left in (0.05, 0.125):
        answers = Answers(terms=Terms(left=left))
        answers.see(seen)
        lost[left] = [day - START for found in answers.lost(START + 20).values() for day in found]
    assert lost == {0.05: [], 0.125: [20]}


@pytest.mark.wide
@pytest.mark.parametrize(("longer", "told"), [(1.71, []), (1.72, ["number_carousel"])])
def test_how_much_longer_the_numbers_before_a_rhythm_may_have_been_seen_is_a_term(
    longer: float, told: list[str]
) -> None:
    """Numbers that were seen for sixty days, and those after them for thirty-five."""
    policy, traffic = profile(), Traffic()
    policy["rules"]["number_carousel"]["churn"] = {"whole_longer": longer}
    for base, days in ((100, [0, 60]), (110, [60, 95]), (120, [95, 130])):
        ACTS["stay"](traffic, who="acme", days=days, numbers=6, calls=60, base=base)
    ACTS["stay"](traffic, who="honest", days=[0, 130], numbers=4, calls=80, base=900)
    assert [alert.kind for alert in judged(traffic, 129, Policy.load(policy))[0] if not alert.number] == told
