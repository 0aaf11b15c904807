"""The outbox: what a worker writes for others and for its own partitions, acknowledged before it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import mode
from aiokafka import AIOKafkaProducer

from monitor.across.lives import Report
from monitor.alert import Alert, encode
from monitor.explain import UNSAYABLE, Called, explain, figures
from monitor.policy import Policy
from monitor.reference import Known
from monitor.watermark import Tick
from monitor.wire import headers
from streams.cluster.patience import patient
from streams.keeper import REGISTRY
from streams.telemetry import Telemetry
from streams.telemetry.events.judgement import AlertTold, AlertUnworded
from streams.topics import Names

#: Alerts written out and sent together. One has up to fifty numbers and two texts, and an organisation whose numbers all end may have
#: tens of thousands in one flush.
_ALERTS_AT_ONCE = 500
#: A rejected value keeps its original bytes, and a feed may allow values of up to 10 MB.
_LARGEST_REQUEST = 16 * 1024**2


class Outbox(mode.Service):
    """The producer of all that this worker writes, but what Faust writes itself."""

    def __init__(
        self,
        connection: Mapping[str, object],
        names: Names,
        policy: Policy,
        telemetry: Telemetry,
        known: Known,
        **kwargs: object,
    ) -> None:
        """connection: keyword arguments of every aiokafka client. policy: that alerts are explained by. known: names them."""
        super().__init__(**kwargs)
        self._names, self._policy, self._say = names, policy, telemetry.emit
        self._known = known
        # linger 0: everything is sent in batches already. One partition's records stay in order,
        # since aiokafka has one request a partition under way.
        self.producer = AIOKafkaProducer(
            acks="all", max_request_size=_LARGEST_REQUEST, max_batch_size=1024**2, linger_ms=0, **connection
        )

    async def on_start(self) -> None:
        await self.producer.start()

    async def on_stop(self) -> None:
        await self.producer.stop()

    async def tell(self, alerts: Sequence[Alert]) -> None:
        """Write alerts, each with its explanation; they are told when this returns."""
        for begin in range(0, len(alerts), _ALERTS_AT_ONCE):
            some = alerts[begin : begin + _ALERTS_AT_ONCE]
            told = [(alert.id.encode(), self._event(alert)) for alert in some]
            await self._send(self._names.alerts, [{"key": key, "value": value} for key, value in told])
        for alert in alerts:
            self._say(AlertTold(alert.kind, alert.status, alert.organisation))

    def _event(self, alert: Alert) -> bytes:
        known = self._known.now
        return encode(alert, self._words(alert, known.called), known.name_of(alert.organisation))

    def _words(self, alert: Alert, called: Called) -> dict[str, str]:
        """The alert in words; in figures where the sentences ask for more than it notes: who has to be told is told all the same."""
        try:
            return explain(alert, self._policy, called)
        except UNSAYABLE as flaw:
            self._say(AlertUnworded(alert.kind, detail=str(flaw)))
            return figures(alert, called)

    async def pass_on(self, reports: Sequence[Report]) -> None:
        """Write to the registry's partition what is said of a closed day, as slices without calls."""
        # They stay in their order: the last piece of a day says that all before it are there.
        said = [headers(Tick(), report) for report in reports]
        place = {"value": b"", "partition": REGISTRY}
        await self._send(self._names.calls, [place | {"headers": each} for each in said])

    async def _send(self, topic: str, records: Sequence[Mapping[str, object]]) -> None:
        """Write records to a topic, in their order, as often as it takes; returns when the brokers have them all."""
        async for attempt in patient():
            with attempt:
                sent = [await self.producer.send(topic, **record) for record in records]
                await asyncio.gather(*sent)
