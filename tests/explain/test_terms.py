"""A term that is spoken of is told with its length, as the policy has it; and how sure something must be with a figure."""

from __future__ import annotations

import re
from statistics import NormalDist

import pytest

from monitor.alert import Reason
from monitor.explain import LANGUAGES, explain
from monitor.fleet.survival import CONFIDENCE, Z
from monitor.policy import Policy
from tests.explain.alerts import alert
from tests.explain.test_explain import words
from tests.explain.test_recount import TOWN
from tests.report.replayed import replayed

_ENDED = {"numbers_ended": 6, "turnovers": 2, "usual_life_days": 20}
#: What speaks of a term that is not its threshold: by measure, what it is read from.
_OF_A_TERM = {
    ("churn", "survival_at_use_term"): _ENDED,
    ("churn", "survival_at_this_rate"): _ENDED | {"successors": 7},
    ("churn", "life_between_changes"): _ENDED | {"days_seen_before": 9},
    ("linkage", "short_lives_on_a_line"): {"people": 0.3, "persons": 700, "days": 61, "lasting": 0},
    ("unreachable_number", "answered_share"): {"inbound": 40},
    ("unreachable_number", "answered_share_together"): {"inbound": 80, "numbers": 9},
}


def told(family: str, measure: str, **exposure: float) -> dict[str, str]:
    kind = family if family == "unreachable_number" else "number_carousel"
    reason = Reason(
        family=family, measure=measure, value=0.2, threshold=0.7, exposure=_OF_A_TERM[family, measure] | exposure, strong=True,
        clears_when="",
    )  # fmt: skip
    return explain(alert(kind=kind, number=None, reasons=[reason]))


@pytest.mark.parametrize(("family", "measure"), sorted(_OF_A_TERM))
def test_a_term_is_told_with_its_length(family: str, measure: str) -> None:
    """Where a reason notes it; an alert of a version before is told without."""
    said, before = told(family, measure, term_days=60), told(family, measure)
    assert re.search(r"termijn (van bereikbaarheid )?van 60 dagen", said["nl"])
    assert "term of 60 days" in said["en"]
    assert not re.search(r"termijn (van bereikbaarheid )?van \d", before["nl"])
    assert re.sub(r"(termijn|termijn van bereikbaarheid) van 60 dagen", r"\1", said["nl"]) == before["nl"]
    assert said["en"].replace(" of 60 days", "") == before["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_measure_speaks_of_a_term_without_its_length(language: str) -> None:
    """It is its threshold, or noted beside it; what a head or a part says of it stands beside such a sentence."""
    texts, name = words(language), {"nl": "termijn", "en": r"\bterm\b"}[language]
    for key, text in [*texts["measures"].items(), *texts["clears"].items()]:
        if re.search(name, text):
            assert "term_days" in text or re.search(r"(termijn is|term is)\s+\{\{ reason.threshold", text), (
                key
            )


def test_the_length_of_a_term_is_that_of_the_policy() -> None:
    """Whichever it is: nothing that is told of knows it by heart."""
    nl = Policy.load("nl").model_dump(mode="json", by_alias=True)
    nl["tenure"]["use_term"], nl["rules"]["unreachable_number"]["term"] = 80, 120
    outcome = replayed(TOWN, policy=Policy.load(nl))
    noted = {
        (reason.family, reason.exposure["term_days"])
        for each in outcome.alerts
        for reason in each.reasons
        if "term_days" in reason.exposure
    }
    assert noted == {("churn", 80), ("unreachable_number", 120)}


def test_how_sure_it_must_be_that_calls_are_answered_is_said_with_a_figure() -> None:
    """That of the intervals: an alert ends when the whole of one lies above the share, not when the share does."""
    said = told("unreachable_number", "answered_share", term_days=183)
    assert (
        "De melding vervalt als met 95% zekerheid ten minste 70% van de oproepen wordt beantwoord, of de termijn van bereikbaarheid "
        "van 183 dagen voorbij is." in said["nl"]
    )
    assert (
        "It is cleared when with 95% certainty at least 70% of the calls are answered, or the term of 183 days for being reachable "
        "has passed." in said["en"]
    )
    assert NormalDist().inv_cdf((1 + CONFIDENCE) / 2) == pytest.approx(Z, abs=1e-6)


@pytest.mark.parametrize(("language", "vague"), [("nl", r"\bzeker\b"), ("en", r"\bsure(ly)?\b")])
def test_no_sentence_says_surely_without_how_sure(language: str, vague: str) -> None:
    """In Dutch it reads as a second "at least"."""
    texts = words(language)
    assert not [
        key
        for part in ("measures", "parts", "clears")
        for key, text in texts[part].items()
        if re.search(vague, text, re.I)
    ]
