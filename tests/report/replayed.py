"""What a replay finds in an invented town, to make a dossier of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.feed import Feed
from monitor.policy import Policy
from monitor.privacy import Pseudonyms
from monitor.reference import Reference
from monitor.replay import Outcome, Replay
from monitor.simulate import Scenario, simulate

POLICY = Policy.load("nl")
#: One that goes through numbers, and one that shows none.
TOWN = Scenario.model_validate(
    {
        "name": "town",
        "days": 60,
        "organisations": [
            {"name": "turns", "behaviour": "rotate", "rate": 60, "fleet": {"pool": 4, "life": 1}},
            {"name": "nameless", "behaviour": "withheld", "rate": 40},
        ],
    }
)


def replayed(
    town: Scenario, reference: Reference | None = None, until: datetime | None = None, policy: Policy = POLICY
) -> Outcome:
    """All of its days, judged; or those before an instant."""
    replay = Replay(
        {"alfa": Feed(name="alfa")},
        policy,
        Pseudonyms(bytes(32), "t"),
        now=datetime(2027, 1, 1, tzinfo=UTC),
        reference=reference,
        until=until,
    )
    for chunk in simulate(town, 1).chunks(timedelta(days=25)):
        replay.add("alfa", chunk.drop("feed"))
    return replay.finish()
