"""Dead letters: alert states that a sink cannot deliver, with why, on a topic of their own.

The message is the one of the topic `alerts` (key and value unchanged), so that it can be produced there
again when the cause is gone (`letters.py`); headers say which sink, why, and where it was read.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiokafka import AIOKafkaProducer, ConsumerRecord


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter: the message, the sink and the reason (a word)."""

    sink: str
    reason: str
    key: bytes | None
    value: bytes | None
    partition: int
    offset: int

    @classmethod
    def of(cls, record: ConsumerRecord) -> Letter:
        """The letter in a record of `alerts.dead`; what its headers do not say, as of one made by hand, is empty or 0."""
        said = {name: value.decode(errors="replace") for name, value in record.headers if value is not None}

        def number(name: str) -> int:
            text = said.get(name, "")
            return int(text) if text.isdecimal() else 0

        return cls(
            said.get("nw-sink", ""), said.get("nw-reason", ""), record.key, record.value,
            number("nw-partition"), number("nw-offset"),
        )  # fmt: skip

    def headers(self) -> list[tuple[str, bytes]]:
        said = {"sink": self.sink, "reason": self.reason, "partition": self.partition, "offset": self.offset}
        return [(f"nw-{name}", str(value).encode()) for name, value in said.items()]


class DeadLetters:
    """Letters that wait to be written."""

    def __init__(self, topic: str, producer: AIOKafkaProducer) -> None:
        self._topic, self._producer = topic, producer
        self._unsaved: list[Letter] = []

    def note(self, letter: Letter) -> None:
        self._unsaved.append(letter)

    def give_up(self) -> None:
        """Forget those that are not written: what they are about is read again."""
        self._unsaved.clear()

    async def save(self) -> None:
        """Write them and wait for the brokers to have them. May be called again after an error."""
        sent = [
            await self._producer.send(
                # aiokafka sends none that has neither: what was empty has an empty value here.
                self._topic,
                key=letter.key,
                value=letter.value or b"",
                headers=letter.headers(),
            )
            for letter in self._unsaved
        ]
        for letter in sent:
            await letter
        self._unsaved.clear()
