"""The thresholds of the families of the carousel rule, a part of the policy.

Each says what it stands for, and why its default is what it is. Those without a legal source are
Nummerwacht's own: no regulator has published a limit on numbers per campaign.
"""

from __future__ import annotations

from monitor.families.calls_back import CallsBack
from monitor.families.churn import Churn
from monitor.families.dialler import Dialler
from monitor.families.dispersion import Dispersion
from monitor.families.linkage import Linkage
from monitor.families.local_presence import LocalPresence
from monitor.families.recontact import Recontact
from monitor.families.recycling import Recycling

__all__ = [
    "CallsBack",
    "Churn",
    "Dialler",
    "Dispersion",
    "Linkage",
    "LocalPresence",
    "Recontact",
    "Recycling",
]
