"""An alert in words, in Dutch and English: neutral, with its figures, and with what would clear it.

The sentences are data (`nl.yaml`, `en.yaml`), one for each measure that a rule can give; a measure
without a sentence of its own is given as a figure against its threshold. Where a sentence has more than one
form, `variants.py` chooses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC
from functools import cache
from importlib import resources
from typing import Literal

from jinja2 import Environment, StrictUndefined, Template, UndefinedError

from monitor.alert import Alert, Reason, clearing
from monitor.config import strict_yaml
from monitor.explain.formats import FORMATS
from monitor.explain.variants import variants
from monitor.fleet.survival import CONFIDENCE
from monitor.policy import Policy
from monitor.terms import Telling

LANGUAGES = ("nl", "en")
#: What it raises where sentences are of other measures than an alert has.
UNSAYABLE = (UndefinedError, TypeError, ValueError, LookupError, ArithmeticError)
#: What an organisation is called in a letter: the name that the reference gives it, and its key (`Reference.called`).
Called = Callable[[str], str]
#: Parts paragraphs; as it stands in the sentences, and as it is put in before names, which may have any letter.
_PART, _CUT = "¶", "\x1e"
#: Parts the paragraphs of an alert in words: nothing within one has a line's end.
PARTING = "\n\n"
#: Families that head the words of a carousel, or a measure that has a head of its own, by the first that it has: only re-contact looks
#: at what one person saw.
_HEADED = ("recontact", "churn", "recycling", "churn.stayed_share", "local_presence")
#: To which numbers calls are meant, where a reason says how many of them were answered.
_HEARD = {"churn": "all", "recycling": "all", "recontact": "shown", "local_presence": "shown"}
#: What says that a reason speaks of persons, or of who picked up: its family or measure, or what it was measured on.
_OF_PERSONS = {"recontact", "local_presence", "phoenix", "short_lives_on_a_line", "same_number_share_at_most"}
_OF_ANSWERS = {"unreachable_number", "picked_up_share", "passing_calls_back"}
#: How a sentence gives the value of its reason.
_VALUE = re.compile(r"reason\.value \| (?P<whole>round \| )?(?P<form>share|number|count)")


def explain(alert: Alert, policy: Policy | None = None, called: Called = str) -> dict[str, str]:
    """The alert in words, by language, its paragraphs parted by a blank line.

    policy: gives the basis its title, and instants their time zone; without it its key is named, and they are UTC.
    called: what an organisation is called; by default its key.
    """
    return {language: PARTING.join(parts) for language, parts in paragraphs(alert, policy, called).items()}


def figures(alert: Alert, called: Called = str) -> dict[str, str]:
    """The reasons of an alert as figures against their thresholds, by language; for one that `explain` has no sentences for
    (`UNSAYABLE`), as an older build may have opened. It says what it is not all the same.
    """
    return {
        language: " ".join(
            _template(_words(language)["figures"], language)
            .render(alert=alert, who=called(alert.organisation))
            .split()
        )
        for language in LANGUAGES
    }


def paragraphs(alert: Alert, policy: Policy | None = None, called: Called = str) -> dict[str, list[str]]:
    """The same in paragraphs: what, each reason, what it is held against, what clears it, and what it is not."""
    return {
        language: [" ".join(part.split()) for part in _said(alert, policy, language, called).split(_CUT)]
        for language in LANGUAGES
    }


def together(alerts: Sequence[Alert], policy: Policy, called: Called = str) -> dict[str, str]:
    """Alerts of one kind about several numbers of an organisation, in words, by language: what they have in common."""
    first = alerts[0]
    said = {}
    for language in LANGUAGES:
        words = _words(language)
        known = {
            "alert": first,
            "who": called(first.organisation),
            "numbers": len(alerts),
            "over": sum(alert.status == "resolved" for alert in alerts),
            "threshold": first.reasons[0].threshold,
            "what": words["kinds"][f"{first.kind}s"],
            **_basis(alerts, policy, language),
            "clears": _clears(first.reasons[0], language, _slack(first, policy)),
            "for_days": _for_days(first, policy, language),
        }
        said[language] = " ".join(_template(words["together"], language).render(known).split())
    return said


def _said(alert: Alert, policy: Policy | None, language: str, called: Called) -> str:
    words, slack = _words(language), _slack(alert, policy)
    known = {
        "alert": alert,
        "who": called(alert.organisation),
        "others": [called(name) for name in alert.evidence.related],
        **_basis([alert], policy, language),
        "zone": policy.zone if policy else UTC,
        "what": _what(alert, words["kinds"]),
        "reasons": _reasons(alert, language),
        # A family that still holds keeps an alert open; whoever is another organisation goes on for nobody.
        "joint": words["joints"]["any" if alert.about == "linkage" else "all"],
        "clears": list(
            dict.fromkeys(filter(None, (_clears(each, language, slack) for each in clearing(alert.reasons))))
        ),
        "for_days": _for_days(alert, policy, language),
        **_changed(alert, words["before"]["severities"]),
    }
    return _template(words["alert"].replace(_PART, _CUT), language).render(known)


def _basis(alerts: Sequence[Alert], policy: Policy | None, language: str) -> dict[str, str]:
    """What alerts of one kind are held against, and how it stands to that: a proposal is no law, a country's plan is about its own numbers,
    and call records don't show all that a source asks.
    """
    key, words = alerts[0].policy.basis, _words(language)
    source = policy.sources.get(key) if policy else None
    if source is None:
        return {"basis": key, "rests": words["rests"]["other"], "abroad": "", "unseen": ""}
    said = {
        "basis": source.titles.get(language, source.title),
        "rests": words["rests"][source.kind or "other"],
        "abroad": "",
        "unseen": source.unseen.get(language, ""),
    }
    code = source.country_code
    elsewhere = {_elsewhere(alert, code) for alert in alerts}
    if elsewhere == {"all"}:
        said["rests"] = _template(words["abroad"]["rests"], language).render(code=code)
    elif elsewhere != {"none"}:
        said["abroad"] = _template(words["abroad"]["some"], language).render(code=code)
    return said


def _elsewhere(alert: Alert, code: int | None) -> Literal["none", "some", "all"]:
    """Whether the numbers of an alert are of another country than its source is about, if that is about one's."""
    if code is None:
        return "none"
    if alert.number is not None:
        return "none" if alert.number.startswith(f"+{code}") else "all"
    # Of an alert of a version before it is not known whether any was.
    return "some" if any(reason.exposure.get("elsewhere", 1) for reason in alert.reasons) else "none"


def _for_days(alert: Alert, policy: Policy | None, language: str) -> str:
    """For how many days in a row it takes what clears the alert, where that is more than one."""
    rule = policy.kinds().get(alert.kind) if policy else None
    if rule is None or rule.telling.clean_days == 1:
        return ""
    return _template(_words(language)["for_days"], language).render(days=rule.telling.clean_days)


def _changed(alert: Alert, severities: Mapping[str, str]) -> dict[str, object]:
    """What an update changes besides figures: (severity before, now), if they differ, and how many reasons are gone, and are new."""
    if alert.before is None:
        return {"severities": None, "gone": 0, "new": 0}
    before, now = (
        {(each.family, each.measure) for each in reasons} for reasons in (alert.before.reasons, alert.reasons)
    )
    changed = alert.before.severity != alert.severity
    return {
        "severities": [severities[each] for each in (alert.before.severity, alert.severity)]
        if changed
        else None,
        "gone": len(before - now),
        "new": len(now - before),
    }


def _slack(alert: Alert, policy: Policy | None) -> float:
    """How much of what opened the alert keeps it open."""
    rule = policy.kinds().get(alert.kind) if policy else None
    return (rule.telling if rule else Telling()).slack


def _what(alert: Alert, kinds: Mapping[str, str]) -> str:
    """The kind in words: of several numbers together where one would be named, of one that went on for another or shares,
    and of a carousel by what its families say.
    """
    if alert.about:
        return kinds[alert.about]
    if alert.kind == "number_carousel":
        heads = {
            own if (own := f"{reason.family}.{reason.measure}") in kinds else reason.family
            for reason in alert.reasons
        }
        return kinds[next((head for head in _HEADED if head in heads), "number_use")]
    together = f"{alert.kind}s" if alert.number is None else alert.kind
    return kinds.get(together) or kinds.get(alert.kind, alert.kind)


def _reasons(alert: Alert, language: str) -> list[str]:
    """Each reason in words. Whether those who call are answered bears on several, and is said with the first of them, and how
    that was counted, and what words mean, after the last; how old numbers are, beside their churn.
    """
    words, texts = _words(language), []
    known = any(reason.exposure.get("calls_back") for reason in alert.reasons)
    said: dict[str, int] = {}  # where
    for reason in alert.reasons:
        text = _reason(reason, alert, language)
        if "numbers_age_days" in reason.exposure:
            text = f"{text} {_template(words['aged'], language).render(**reason.exposure)}".strip()
        if "passing_calls_back" in reason.exposure:
            text = f"{text} {_template(words['passing'], language).render(**reason.exposure)}".strip()
        heard = _heard(reason, known, language)
        if heard and heard not in said:
            said[heard] = len(texts)
            text = f"{text} {heard} {words['therefore'].get(f'{reason.family}.{reason.measure}', '')}".strip()
        texts.append(text)
    if known and said:
        texts[max(said.values())] += f" {words['heard']['counted']}"
    for meant, at in _meant(alert.reasons, said.values() if known else ()):
        texts[at] += f" {words['meant'][meant]}"
    return [
        f"{text} {_before(reason, alert, language)}".strip()
        for text, reason in zip(texts, alert.reasons, strict=True)
    ]


def _meant(reasons: Sequence[Reason], heard: Collection[int]) -> list[tuple[str, int]]:
    """Words whose meaning is to be told, always in one order, and after which reason: the last in which they stand.

    heard: the reasons with which it is said whether those who call are answered.
    """
    last: dict[str, int] = {}
    for at, reason in enumerate(reasons):
        speaks = {reason.family, reason.measure, *reason.exposure}
        if speaks & _OF_PERSONS:
            last["persons"] = at
        if speaks & _OF_ANSWERS or at in heard:
            last["answered"] = at
    return sorted(last.items())


def _before(reason: Reason, alert: Alert, language: str) -> str:
    """What of an updated reason was told before; nothing where that reads the same, or its sentence does not give the value."""
    was = [
        each.value
        for each in (alert.before.reasons if alert.before else ())
        if (each.family, each.measure) == (reason.family, reason.measure)
    ]
    words = _words(language)
    form = _VALUE.search(words["measures"].get(f"{reason.family}.{reason.measure}", ""))
    if not was or form is None:
        return ""
    said = FORMATS[language]["share" if form["form"] == "share" else "number"]
    before, now = (said(round(value) if form["whole"] else value) for value in (was[0], reason.value))
    if before == now:
        return ""
    return _template(words["before"]["other"], language).render(before=before, now=now)


def _heard(reason: Reason, known: bool, language: str) -> str:
    """How many of those who call are answered; nothing where it does not bear on the reason.

    known: whether that is known of any numbers of the organisation.
    """
    if reason.family not in _HEARD or "calls_back" not in reason.exposure:
        return ""
    if known and not reason.exposure["calls_back"]:
        return ""
    text = _words(language)["heard"][_HEARD[reason.family] if known else "unknown"]
    return _template(text, language).render(**reason.exposure).strip()


def _reason(reason: Reason, alert: Alert, language: str) -> str:
    measures: Mapping[str, str] = _words(language)["measures"]
    text = measures.get(f"{reason.family}.{reason.measure}", measures["other"])
    known = {"reason": reason, "since": alert.window.since, **reason.exposure}
    parts = {name: _parts(chosen, known, language) for name, chosen in variants(reason).items()}
    return _template(text, language).render(known | parts).strip()


def _parts(chosen: str | list[str] | None, known: Mapping[str, object], language: str) -> str | list[str]:
    """The parts of a sentence in words; nothing for none."""
    if isinstance(chosen, list):
        return [_template(_words(language)["parts"][key], language).render(known) for key in chosen]
    return "".join(_parts([chosen] if chosen else [], known, language))


def _clears(reason: Reason, language: str, slack: float) -> str:
    clears: Mapping[str, str] = _words(language)["clears"]
    # Empty for what counts for nothing: to end it clears no alert.
    text = clears.get(f"{reason.family}.{reason.measure}", clears.get(reason.family, clears["other"]))
    return _template(text, language).render(reason=reason, slack=slack, **reason.exposure).strip()


@cache
def _words(language: str) -> dict:
    text = resources.files("monitor.explain").joinpath(f"{language}.yaml").read_text("utf-8")
    return strict_yaml.read(text)


@cache
def _template(text: str, language: str) -> Template:
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # plain text, not HTML
    environment.filters |= FORMATS[language]
    environment.globals["confidence"] = CONFIDENCE
    return environment.from_string(text)
