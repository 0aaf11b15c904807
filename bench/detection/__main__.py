"""`python -m bench.detection`: recall, precision and days to detection, from seeds."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.detection.run import run
from bench.detection.score import score, table
from monitor.policy import Policy
from monitor.simulate import Scenario

_HERE = Path(__file__).parent


def main() -> int:
    """Exit 1 when an honest organisation was flagged."""
    parser = argparse.ArgumentParser(prog="python -m bench.detection", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how many runs, each with parameters of its own")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--scenario", default=str(_HERE / "sixty.yaml"), help="a scenario's name or file")
    parser.add_argument("--policy", default="nl", help="a policy's name")
    options = parser.parse_args()
    policy, scenario = Policy.load(options.policy), Scenario.load(options.scenario)
    runs = [run(scenario, seed, policy) for seed in range(options.first, options.first + options.seeds)]
    found = score(runs, policy)
    print("These are simulations, written by the same people as the detector.\n")
    print(table(found))
    for name, entry in found.items():
        for where in entry.missed:
            print(f"missed: {name}: {where}")
        for where in sorted(entry.flagged):
            print(f"flagged wrongly: {name}: {where}")
    return int(any(entry.flagged for entry in found.values() if not entry.evading))


if __name__ == "__main__":
    sys.exit(main())
