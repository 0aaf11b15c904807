"""The dossier: what a replay found, or the alerts that somebody received, as one page that needs nothing but itself.

For each organisation that was told of: its numbers over time, how long they last, and the alerts in
words. It holds the organisation's own numbers and no called one.
"""

from monitor.report.dossier import dossier
from monitor.report.received import Received, received

__all__ = ["Received", "dossier", "received"]
