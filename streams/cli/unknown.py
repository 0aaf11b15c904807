"""Keys that nobody reads, paths at which nothing was, organisations without a call and calls back without one, in words.

A mistyped name costs no record, and its calls then say something else: that the number was withheld, that nobody answered,
that whoever was exempt from a rule has broken it. Calls back of which it is not known whom they were to say nothing at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.reference import Reference

#: Keys that are named; an operator's own records may have dozens that are rightly left out.
_NAMED = 5
#: Pairs of names that are compared, at some ten microseconds each: a reference may name a whole country's organisations.
_COMPARED = 200_000
#: Likeness (0 to 1, `difflib`) of names of organisations that may be one: a letter in five. Firms are often called alike.
_ALIKE = 0.8


def unknown_keys(counts: Mapping[str, int], total: int) -> Iterator[tuple[str, int]]:
    """(what, how many values) of the keys that are in most records, and of all others together.

    total: of all keys, of which `counts` may have the first only.
    """
    from monitor.cdr.canonical import OPTIONAL

    # Those that may be meant first: they change what a call says.
    near = {key: get_close_matches(key.lower(), OPTIONAL, n=1) for key in counts}
    order = sorted(counts, key=lambda key: (not near[key], -counts[key], key))
    for key in order[:_NAMED]:
        meant = f"; did you mean {near[key][0]!r}?" if near[key] else ""
        yield f"unknown key {key!r}{meant}", counts[key]
        total -= counts[key]
    if total:
        yield "other unknown keys", total


def nowhere(there: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """What mappings and options name and no record has; there: by feed and path, the records that have it."""
    for (feed, path), records in there.items():
        if not records:
            yield f"feed {feed}: its settings name {path!r}, which is in no record; is it spelled as it is there?"


def unreached(nobodys: int, inbound: int) -> str:
    """Of so many inbound calls so many are nobody's: what then is not told, and what to do."""
    return (
        f"{nobodys:,} of {inbound:,} calls that come in belong to no known organisation, so it is not known who answers callers: "
        "no number is told of as unreachable, nor a carousel for which that matters. A call that comes in seldom has its "
        "customer's account or trunk. Say whose the numbers are that are called: `first` and `last`, or `prefix`, in the feed's "
        "`attribution:` (a file of settings) or in `ranges:` of the reference"
    )


def uncalled(reference: Reference, called: Collection[str]) -> str | None:
    """The organisations of a reference without a call, those that may be mistyped first; None where all have one.

    called: the organisations that have calls. One that went on as another, and a bureau, which calls for others, have none
    by right.
    """
    claims = (*reference.accounts, *reference.ranges)
    named = {*reference.organisations, *(claim.organisation for claim in claims if claim.organisation)}
    named |= {each.organisation for each in (*reference.exemptions, *reference.declarations)}
    rightly = {name for event in reference.declarations for name in event.formerly}
    rightly |= {claim.bureau for claim in claims if claim.bureau}
    left = sorted(named - rightly - set(called))
    if not left:
        return None
    # One that the reference names as well is spelt as it is meant.
    candidates = {name.lower(): name for name in sorted(set(called) - named)}
    looked = left[: max(_NAMED, _COMPARED // max(1, len(candidates)))]
    near = {name: get_close_matches(name.lower(), candidates, n=1, cutoff=_ALIKE) for name in looked}
    meant = {name: f" (did you mean {candidates[found[0]]!r}?)" for name, found in near.items() if found}
    left.sort(key=lambda name: name not in meant)
    names = [f"{name!r}{meant.get(name, '')}" for name in left[:_NAMED]]
    if len(left) > _NAMED:
        names.append(f"and {len(left) - _NAMED:,} others")
    return (
        f"the reference names organisations that have no call in what was judged: {', '.join(names)}. "
        "Is each spelt as its calls name it? What is said of a name without calls is said of nobody"
    )
