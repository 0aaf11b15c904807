"""What the numbers of honest and of evading organisations look like over time, and when somebody is told of them.

`python -m bench.numbers --write` draws `bench/numbers.svg`, which the README shows: invented organisations of one seed, judged as
a replay judges them. Without `--write` it says of whom it told, and when.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bench.detection.curves import SAYS, drawing
from bench.detection.run import judged
from monitor.day.usage import day_of, start_of
from monitor.policy import Policy
from monitor.replay import Outcome
from monitor.report.pictures import Lanes, lanes
from monitor.simulate import Scenario

PICTURE = Path(__file__).with_name("numbers.svg")
SEED = 1
#: Of each organisation, in the order of the picture: what stands above its numbers, and what it does.
CAST = {
    "centre": ("A call centre: nothing to tell", {"behaviour": "steady_caller", "rate": 150}),
    "weekly": ("A carousel: each number for a week", {"behaviour": "rotate", "rate": 150, "fleet": {"pool": 4, "life": 7}}),
    "office": ("An office with staff that leaves: nothing to tell", {"behaviour": "direct_dial", "rate": 150, "fleet": {"pool": 120}}),
    "rests": ("Numbers that rest and come back", {"behaviour": "burn_and_rest", "rate": 150, "fleet": {"pool": 6, "life": 5}}),
}  # fmt: skip
DAYS = 150
#: Numbers of each that are drawn, those that are used most: all that a carousel goes through, or it would seem to rest.
_DRAWN = 100
#: Rows of the image that a lane has, the last of them empty.
_HIGH = 6
#: No calls, then from few to many.
_SHADES = ("#ffffff", "#b9d4ea", "#7fb0d8", "#3f86bf", "#14568c")


def found() -> Outcome:
    """The cast, all days of it judged."""
    scenario = Scenario.model_validate(
        {
            "name": "numbers",
            "days": DAYS,
            "organisations": [{"name": name, **entry} for name, (_, entry) in CAST.items()],
        }
    )
    _, outcome = judged(scenario, SEED, Policy.load("nl"))
    return outcome


def told(outcome: Outcome) -> dict[str, int]:
    """The day on which each organisation was first told of as a carousel."""
    days: dict[str, int] = {}
    for alert in outcome.alerts:
        if alert.kind == "number_carousel":
            days.setdefault(alert.organisation, day_of(alert.opened_at))
    return days


def fleets(outcome: Outcome) -> dict[str, Lanes]:
    """The numbers of each organisation over time."""
    usage, end = outcome.usage.partition_by("organisation", as_dict=True), day_of(outcome.until)
    return {name: lanes(usage[(name,)], end, set(), most=_DRAWN) for name in CAST}


def draw(lanes_of: Mapping[str, Lanes], told: Mapping[str, int], path: Path) -> None:
    """The fleets as a picture, a line where an alert opened."""
    from matplotlib.colors import ListedColormap

    plt = drawing()
    figure, places = plt.subplots(2, 2, figsize=(9, 6), layout="constrained", sharex=True)
    begin = min(fleet.begin for fleet in lanes_of.values())
    for (name, fleet), place in zip(lanes_of.items(), places.flat, strict=True):
        # As an image: bar by bar the picture would be far larger.
        field = np.zeros((len(fleet.lanes), _HIGH, DAYS), np.uint8)
        for y, lane in enumerate(fleet.lanes):
            for bar in lane.bars:
                x = bar.x + fleet.begin - begin
                field[y, :-1, x : x + bar.width] = bar.shade + 1
        image = field.reshape(-1, DAYS)
        extent = (0, DAYS, len(fleet.lanes), 0)
        place.imshow(image, ListedColormap(_SHADES), vmin=0, vmax=len(_SHADES) - 1, aspect="auto", interpolation="nearest", extent=extent)  # fmt: skip
        place.set(title=CAST[name][0], xlim=(0, DAYS), ylim=(len(fleet.lanes), 0), yticks=[])
        place.set_ylabel(f"{len(fleet.lanes)} of {len(fleet.lanes) + fleet.hidden} numbers" if fleet.hidden else f"{len(fleet.lanes)} numbers")  # fmt: skip
        if name in told:
            place.axvline(told[name] - begin, color="#b3261e")
            place.text(told[name] - begin + 2, 0.4, "alert", color="#b3261e", va="top")
    for place in places[-1]:
        place.set_xlabel("days")
    figure.suptitle(f"Each line is a number, the darker the more calls that day. {SAYS}", fontsize="small")
    figure.savefig(path, metadata={"Date": None, "Description": SAYS})
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.numbers", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"draw {PICTURE.name}")
    arguments = parser.parse_args()
    outcome = found()
    days = told(outcome)
    for name, (says, _) in CAST.items():
        when = f"told on {start_of(days[name]):%Y-%m-%d}" if name in days else "not told"
        print(f"{name}: {says}: {when}")
    if arguments.write:
        draw(fleets(outcome), days, PICTURE)
        print(f"drew {PICTURE}")


if __name__ == "__main__":
    main()
