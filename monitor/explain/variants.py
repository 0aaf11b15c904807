"""Which of several sentences, or parts of one, say what is known of a measure.

They are chosen here once, and not in each language: so a sentence of `nl.yaml` or `en.yaml` is flat, and what they have in
common stays the same. What is chosen is a key under `parts` there, or several.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from monitor.alert import Reason

#: By the name by which a measure's sentence calls it: the key of a part, the keys of several, or none.
Parts = Mapping[str, str | list[str] | None]


def variants(reason: Reason) -> Parts:
    """The parts of a reason's sentence; none where it has only one form.

    Raises KeyError where its exposure lacks what they are chosen by.
    """
    choose = _BY_MEASURE.get((reason.family, reason.measure))
    return choose(reason) if choose else {}


def _days_in_use(reason: Reason) -> Parts:
    """How a number was called from: in its use, and by a trickle after it, as far as these are known apart."""
    known, said = reason.exposure, []
    if not known.get("days_to_last_call"):
        said.append("tenure.calling.alone")
        if known["days_with_calls"] > reason.value:
            said.append("tenure.calling.trickle_of_old")
    elif "days_with_calls_after_use" not in known:
        said.append("tenure.calling.in_all")
    elif "calls_after_use" in known:
        said.append("tenure.calling.trickle")
    else:
        said.append("tenure.calling.trickle_by_days")
    if known.get("days_unseen"):
        said.append("tenure.calling.unseen")
    if "days_seen_before" in known:
        said.append("tenure.calling.begun")
    return {"calling": said}


def _phoenix(reason: Reason) -> Parts:
    """Since when it calls, in how many successions, what others have in common with it, and what else it may be."""
    known = reason.exposure
    return {
        **_beginning(reason),
        "in_a_row": "linkage.in_a_row" if known.get("links", 1) > 1 else None,
        "elsewhere": _elsewhere(known),
        "otherwise": _otherwise(known),
    }


def _otherwise(known: Mapping[str, float]) -> str:
    if known["same_line"]:
        return "linkage.otherwise.line"
    return "linkage.otherwise.unanswered" if "answered_below" in known else "linkage.otherwise.list"


def _elsewhere(known: Mapping[str, float]) -> str:
    if "others" not in known:  # an alert of a version before
        return "linkage.elsewhere.unasked"
    if not known["others"]:
        return "linkage.elsewhere.unknown"
    if known["others"] == 1:
        return "linkage.elsewhere.one"
    return "linkage.elsewhere.some" if known["others_alike"] else "linkage.elsewhere.none"


def _beginning(reason: Reason) -> Parts:
    if reason.exposure["days_together"]:
        return {"when": "linkage.when.before"}
    return {"when": "linkage.when.after" if reason.exposure["days_between"] else "linkage.when.same_day"}


def _unallocated(reason: Reason) -> Parts:
    """What the tables say of a number: that nobody has its range, where a number that is merely too short is known from that."""
    in_range = reason.exposure.get("not_valid") == 0
    return {"table": f"invalid_number.table.{'range' if in_range else 'not_valid'}"}


def _undialable(reason: Reason) -> Parts:
    """Why numbers can't be dialled, for each defect that was seen."""
    known = reason.exposure
    # Of an alert of a version before it is not known which are in a range that nobody has.
    not_valid = known.get("not_valid", known["unallocated"])
    counts = {"unallocated": known["unallocated"] - not_valid, "not_valid": not_valid} | {
        name: known[name] for name in ("not_dialable", "wrong_class")
    }
    return {"why": [f"invalid_number.why.{name}" for name, calls in counts.items() if calls > 0]}


def _answered(reason: Reason) -> Parts:
    """How many calls came in, beside those that count."""
    return {"in_all": "unreachable_number.in_all" if "inbound_in_all" in reason.exposure else None}


def _replaced(reason: Reason) -> Parts:
    """What was replaced of the numbers that do not stay, and on how many decisions the interval rests."""
    known, decisions = reason.exposure, None
    # Where nobody is answered, numbers count each by the curve.
    each = reason.measure == "survival_at_use_term" and "calls_back" in known
    if "steps" in known and not each:
        decisions = "churn.decisions.one" if known["steps"] < 1.5 else "churn.decisions.several"
    return {"part": "churn.part" if "part_of_calls" in known else None, "decisions": decisions}


_BY_MEASURE: Mapping[tuple[str, str], Callable[[Reason], Parts]] = {
    ("churn", "survival_at_use_term"): _replaced,
    ("churn", "survival_at_this_rate"): _replaced,
    ("linkage", "phoenix"): _phoenix,
    ("linkage", "phoenix_line"): _beginning,
    ("tenure", "days_in_use"): _days_in_use,
    ("invalid_number", "unallocated"): _unallocated,
    ("invalid_number", "undialable_share"): _undialable,
    ("invalid_number", "undialable_numbers"): _undialable,
    ("unreachable_number", "answered_share"): _answered,
    ("unreachable_number", "answered_share_together"): _answered,
}
