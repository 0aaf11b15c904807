"""What organisations in a scenario can do; days are counted from the traffic's first, ranges end before their last."""

from tests.scenarios.acts import crowds, fleets
from tests.scenarios.acts.register import ACTS

__all__ = ["ACTS", "crowds", "fleets"]
