"""`python -m bench.detection`: recall, precision and days to detection, from seeds."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from bench.detection.curves import COPIES, CURVES, SAYS, Curve, Point, draw, measure
from bench.detection.curves import table as as_table
from bench.detection.run import run
from bench.detection.score import Behaviour, overall, score, table
from monitor.policy import Policy
from monitor.simulate import Scenario

_HERE = Path(__file__).parent


#: Thresholds were set with runs of seeds below 50 in sight; the page is of others.
FIRST = 101
#: Days within which what rotates within a month should be told, and those of them after the second end at the least.
_GOAL, _SILENT = 7, 2
#: Runs of the unseen scenario on the page.
UNSEEN_SEEDS = 2
_PAGE = """# Detection, measured

{says} No public set of call records with labelled rotation is known, so recall and precision cannot
be measured on real traffic. `make detection` writes this page and its picture again, from seeds.

## Sixty organisations

{seeds} runs of 150 days, each with parameters drawn anew (`bench/detection/sixty.yaml`). Thresholds were set with other
seeds of the same behaviours in sight, so these figures are of other draws and not of unseen behaviours. *Days* are from
the behaviour's start, or from the day on which its feed has been seen for 30 days, to the first alert;
who shows withheld or unreachable numbers is told before that. *Since the second end* counts from the second
day on which a number that was new was given up, if that is later: until then one change of numbers was seen,
and who rotates can't be told from who is renumbered. *Short numbers* are those given up before
the use term whose first use was in sight and whose silence is long enough by the last day. *Precision* is, of the kinds of
alert that were told of an organisation, each once, the part that it deserved; a behaviour of which nothing was told has none.
Of all it depends on how many honest fleets there are beside the others: here about as many.

{overall}

{table}

{missed}

Known limits. A shell is told when it goes on for one whose beginning was seen, or that itself came for the people of
another; so of each chain (phoenix) the first one is never told, and the second only if the feed was there before the
first. The heir of one that was there before its feed may as well have taken over a firm of many years: the same
people, on the same lines, from other numbers, in one step. What tells them apart is that the heir does not last
either, and that is said of the third. Two that call the same people from no common line are told only where two
fifths of the people surely are the same: of those who call a part of a long list, too few are. Where nobody answers on
the numbers of any, the third in a row and those after it are told where a tenth are.

A pool that stays is told when people are called again and who calls its numbers is surely not answered: of a dozen
numbers where few pick up, else of forty. By that a quarter of the callers is meant, and a third where the numbers are
surely taken in turn or up to a cap: dealt by people or by chance they may be a sales floor's, where each has a number,
all have one list, and few are free to answer. Of twenty-five that are taken in turn, of which few pick up, it is told
up to half of the callers. Calls to the numbers that it shows now must have come in for that: a score where nobody
answers, some hundred where one in seven is answered.

Where a feed has no calls to numbers, a pool that stays is told from forty numbers on that are fifteen times as many
as the calls need, are dealt by no people at desks, and of whose calls few are picked up; who is renumbered twice
within months can't be told there from a carousel, and who shows one or two numbers a day from the feed's first day
on, and has replaced twelve at most, is not told within the term, since they may be on duty in turn.

Who answers most calls to its new numbers, if only by a machine, is told at the third set of numbers, not at the
second; sooner where people who are called again see other numbers, and few pick up; and who kept its numbers for
months before, at the third change of all of them.

Beside a main number that stays and carries half of the calls, short numbers are named by themselves; where callers
are answered, a carousel is told there when its feed was seen for two months and that part was replaced two and a half
times over, by numbers that lasted for half of the term at most; if people who are called again see others, and less
than half of the calls are picked up, or those who call these numbers are not answered. A small firm whose people
change every two months, each with a number, looks like a slow rotation where calls back are seldom answered, and is
told as one now and then.

How soon it can be: before two new numbers have ended, on two days, what is seen is a renumbering. Of n numbers that last L
days and are replaced one by one, the second ends 2L/(n+1) days after the start on average; of those that are replaced
together, the first L days after it. That a number ended is known at the close of the second day without it,
and told then. So seven days are out of reach on average for lives of {lives[0]} days below
{pools[0]} numbers, of {lives[1]} days below {pools[1]} and of {lives[2]} days below {pools[2]}, and for all that are replaced
together every five days or more. Of many numbers two ends say little, and more are waited for.

## Unseen

{unseen_seeds} runs of `bench/detection/unseen.yaml`: another season, other parameters, mixtures, and as many honest
fleets as evading ones. It was written down before anything was tuned on it, and has since been read with other seeds: for
false alarms (one, of a chain of shops, led to a change of how local presence is judged), and for what was missed (a trickle
behind short lives, the last numbers of a rotation, wide pools). So it is no longer wholly unseen.

{unseen_overall}

{unseen}

{unseen_missed}

## Where it ends

Recall within 150 days as one parameter moves from plain to hidden; {copies} organisations a point.

![Recall as a carousel hides better](detection.svg)

{curves}
"""


def write(
    found: dict[str, Behaviour],
    seeds: int,
    unseen: dict[str, Behaviour],
    curves: list[tuple[Curve, list[Point]]],
    folder: Path,
) -> None:
    """The page and its picture, in a folder."""
    lives = (30, 14, 7)
    # The least n for which 2L/(n+1) leaves the two days of silence within the seven of the goal.
    pools = [math.ceil(2 * life / (_GOAL - _SILENT) - 1) for life in lives]
    text = _PAGE.format(
        says=SAYS,
        lives=lives,
        pools=pools,
        seeds=seeds,
        overall=overall(found),
        table=table(found),
        missed=_missed(found),
        unseen_seeds=UNSEEN_SEEDS,
        unseen_overall=overall(unseen),
        unseen=table(unseen),
        unseen_missed=_missed(unseen),
        copies=COPIES,
        curves="\n\n".join(f"### {curve.title}\n\n{as_table(curve, points)}" for curve, points in curves),
    )
    (folder / "detection.md").write_text(text, "utf-8")
    draw(curves, folder / "detection.svg")


def _missed(found: dict[str, Behaviour]) -> str:
    missed = [f"- not found: {where}" for entry in found.values() for where in entry.missed]
    missed += [f"- wrongly: {where}" for entry in found.values() for where in sorted(entry.flagged)]
    return "\n".join(missed)


def main() -> int:
    """Exit 1 when an honest organisation was flagged."""
    parser = argparse.ArgumentParser(prog="python -m bench.detection", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how many runs, each with parameters of its own")
    parser.add_argument("--first", type=int, default=FIRST, help="the first seed")
    parser.add_argument("--scenario", default=str(_HERE / "sixty.yaml"), help="a scenario's name or file")
    parser.add_argument("--policy", default="nl", help="a policy's name")
    parser.add_argument(
        "--write", action="store_true", help="also measure the limits, and write detection.md"
    )
    parser.add_argument("--to", type=Path, default=_HERE.parent, help="the folder for --write")
    options = parser.parse_args()
    policy, scenario = Policy.load(options.policy), Scenario.load(options.scenario)
    runs = [run(scenario, seed, policy) for seed in range(options.first, options.first + options.seeds)]
    found = score(runs, policy)
    print(f"{SAYS}\n\n{table(found)}\n\n{overall(found)}")
    for name, entry in found.items():
        for where in entry.missed:
            print(f"missed: {name}: {where}")
        for where in sorted(entry.flagged):
            print(f"flagged wrongly: {name}: {where}")
    if options.write:
        unseen = score(
            (
                run(Scenario.load(str(_HERE / "unseen.yaml")), options.first + turn, policy)
                for turn in range(UNSEEN_SEEDS)
            ),
            policy,
        )
        curves = [(curve, measure(curve, options.first, policy)) for curve in CURVES]
        write(found, options.seeds, unseen, curves, options.to)
    return int(any(entry.flagged for entry in found.values() if not entry.evading))


if __name__ == "__main__":
    sys.exit(main())
