"""Traffic with known truth: organisations that are honest and such that hide, and their calls.

No public set of call records with labelled rotation exists, so what the monitor finds and what it
leaves alone is measured on simulations. Every figure from them is of traffic that was written by the
same people as the detector.
"""

from monitor.simulate.columns import COLUMNS
from monitor.simulate.scenario import Scenario, WrongScenario, behaviours, scenarios
from monitor.simulate.simulation import Simulation, simulate

__all__ = ["COLUMNS", "Scenario", "Simulation", "WrongScenario", "behaviours", "scenarios", "simulate"]
