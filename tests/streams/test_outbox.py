"""What a worker writes for others."""

from __future__ import annotations

import asyncio
import json

from monitor.policy import Policy
from monitor.reference import Known, Reference
from streams.outbox import Outbox
from streams.telemetry import Telemetry
from streams.topics import Names
from tests.explain.alerts import alert


class _Kept:
    """A producer that keeps what it is given."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    async def send(self, _topic: str, value: bytes, **_: object) -> asyncio.Future:
        self.values.append(value)
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(None)
        return answer


async def test_alerts_call_an_organisation_by_the_name_that_it_has_then() -> None:
    """A name that came while the worker runs is in the next alert and in its words."""
    known = Known.of(None)
    outbox = Outbox({}, Names(""), Policy.load("nl"), Telemetry(), known)
    outbox.producer = _Kept()
    await outbox.tell([alert()])
    known.now = Reference.load({"organisations": {"bakker": {"name": "Bakker & Zn."}}})
    await outbox.tell([alert()])
    before, after = (json.loads(value)["data"] for value in outbox.producer.values)
    assert "bij bakker, nummer" in before["explanation"]["nl"]
    assert "bij Bakker & Zn. (bakker), nummer" in after["explanation"]["nl"]
    assert (before["organisation_name"], after["organisation_name"]) == (None, "Bakker & Zn.")


async def test_who_was_told_of_in_another_version_is_told_that_it_is_over() -> None:
    """A reason that has not all that today's sentences ask for is told in figures, which say that they are no verdict, and it is counted: nothing keeps the worker from telling."""
    reasons = [reason.model_copy(update={"exposure": {}}) for reason in alert().reasons]
    old = alert(status="resolved", reasons=reasons)
    telemetry = Telemetry()
    outbox = Outbox({}, Names(""), Policy.load("nl"), telemetry, Known.of(None))
    outbox.producer = _Kept()
    await outbox.tell([old])
    said = json.loads(outbox.producer.values[0])["data"]["explanation"]
    begins = "Niet langer opgemerkt: short_tenure, bij bakker, nummer +31 20 123 4567: days_in_use 21 (drempel 90)."
    assert said["nl"].startswith(begins)
    assert "geen vaststelling" in said["nl"]
    assert "not a finding" in said["en"]
    labels = {"kind": "short_tenure"}
    assert telemetry.registry.get_sample_value("nummerwacht_unworded_alerts_total", labels) == 1
