"""Where detection ends: recall as the carousel hides better, one parameter at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import ModuleType

from bench.detection.run import run
from bench.detection.score import score
from monitor.policy import Policy
from monitor.simulate import Scenario

#: Said wherever a figure is: on the page, on the screen, and in the picture, which may be shown without the page.
SAYS = "These are simulations, written by the same people as the detector."
#: Organisations at each point: a recall of one half is known to within 0.3 either way.
COPIES = 8


@dataclass(frozen=True, slots=True)
class Curve:
    """One parameter of one behaviour, from plain to hidden."""

    title: str
    axis: str
    values: tuple[float, ...]
    entry: Callable[[float], dict]  # an entry of a scenario
    logarithmic: bool = True


CURVES = (
    Curve(
        "How long a number is used",
        "days that a number is used",
        (1, 2, 4, 7, 14, 21, 30, 45, 60, 75, 89, 100),
        lambda life: {"behaviour": "rotate", "rate": 80, "fleet": {"pool": [3, 10], "life": life}},
    ),
    Curve(
        "How much a replaced number is still used",
        "calls from a replaced number, as a share of one in use",
        (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4),
        lambda share: {
            "behaviour": "trickle",
            "rate": 150,
            "begins": 40,
            "fleet": {"pool": [4, 10], "life": 14, "trickle": share},
        },
    ),
    Curve(
        "How much a number beside them carries",
        "share of the calls from a number that stays, beside three that last ten days; callers are answered",
        (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9),
        lambda share: {
            "behaviour": "rotate",
            "rate": 150,
            "inbound": {"answer": 0.8},
            "fleet": {"pool": 3, "life": 10, "anchor": share},
        },
        logarithmic=False,
    ),
    Curve(
        "How few calls a number makes",
        "calls a day by each of ten numbers that last a week",
        (0.1, 0.2, 0.5, 1, 2, 5, 10, 20),
        lambda calls: {
            "behaviour": "rotate",
            "rate": 10 * calls,
            "begins": 40,
            "fleet": {"pool": 10, "life": 7},
        },
    ),
    Curve(
        "How large a pool that stays",
        "numbers for 300 calls a day, any of them shown in any call",
        (5, 10, 20, 40, 60, 80, 100, 150, 200, 300),
        lambda pool: {"behaviour": "stable_pool", "rate": 300, "fleet": {"pool": int(pool)}},
    ),
    Curve(
        "How long numbers rest",
        "days of rest after five days of use",
        (1, 3, 7, 10, 14, 21, 30, 45),
        lambda rest: {
            "behaviour": "burn_and_rest",
            "rate": 100,
            "fleet": {"pool": 6, "life": 5, "rest": rest},
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Point:
    """What was found at one value."""

    value: float
    recall: float
    days: float | None  # median, from when it could be judged


def measure(curve: Curve, seed: int, policy: Policy) -> list[Point]:
    """Simulate all values of a curve at once, next to an honest caller."""
    entries = [
        {"name": f"point{place}x", "count": COPIES, **curve.entry(value)}
        for place, value in enumerate(curve.values)
    ]
    scenario = Scenario.model_validate(
        {
            "name": curve.title,
            "days": 150,
            "organisations": [{"name": "honest", "behaviour": "steady_caller", "rate": 60}, *entries],
        }
    )
    found = score([run(scenario, seed, policy)], policy)
    return [
        Point(value, entry.found / entry.organisations, median(entry.days) if entry.days else None)
        for value, entry in ((value, found[f"point{place}x"]) for place, value in enumerate(curve.values))
    ]


def drawing() -> ModuleType:
    """matplotlib's pyplot, for pictures that are written. Imported when something is drawn, which few commands do."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "nummerwacht"  # the same picture each time
    mpl.rcParams["svg.fonttype"] = "none"  # words stay words: they can be searched, and read aloud
    from matplotlib import pyplot

    return pyplot


def draw(curves: list[tuple[Curve, list[Point]]], path: Path) -> None:
    """The curves as a picture."""
    plt = drawing()
    figure, places = plt.subplots(len(curves), 1, figsize=(7, 2.6 * len(curves)), layout="constrained")
    for place, (curve, points) in zip(places, curves, strict=True):
        place.plot(
            [p.value for p in points], [p.recall for p in points], marker="o", color="#1f5fa8", label="recall"
        )
        place.set(title=curve.title, xlabel=curve.axis, ylabel="found in 150 days", ylim=(-0.05, 1.05))
        place.set_xscale("log" if curve.logarithmic else "linear")
        place.set_xticks([p.value for p in points], [f"{p.value:g}" for p in points])
        place.minorticks_off()
        place.grid(alpha=0.3)
        days = place.twinx()
        days.plot(
            [p.value for p in points if p.days is not None],
            [max(p.days, 0) for p in points if p.days is not None],
            linestyle="--",
            marker=".",
            color="#b3541e",
        )
        days.set_ylabel("days (dashed)")
        days.set_ylim(bottom=0)
    figure.suptitle(SAYS, fontsize="medium")
    figure.savefig(path, metadata={"Date": None, "Description": SAYS})
    plt.close(figure)


def table(curve: Curve, points: list[Point]) -> str:
    """A curve as a Markdown table."""
    rows = [f"| {curve.axis} | found | days, median |", "|---:|---:|---:|"]
    for point in points:
        days = "" if point.days is None else f"{point.days:g}"
        rows.append(f"| {point.value:g} | {point.recall:.0%} | {days} |")
    return "\n".join(rows)
