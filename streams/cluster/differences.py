"""How the settings of a topic that is there differ from those it should have, and what that means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from monitor.config.duration import text
from streams.topics import Topic

#: What a broker says of a limit that is none.
_NONE = "-1"
#: The longest time that Python can say; some set the largest number that there is and mean no limit.
_LONGEST_MS = timedelta.max // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting of a topic that is not as it should be."""

    setting: str
    there: str | None  # None: the broker does not say
    wanted: str

    @property
    def loses(self) -> bool:
        """Whether state is lost by it: what must be compacted is deleted after the topic's retention instead."""
        return (self.setting, self.wanted) == ("cleanup.policy", "compact") and self.there is not None

    def __str__(self) -> str:
        there = "not known" if self.there is None else _words(self.setting, self.there)
        return f"{self.setting} is {there} and should be {_words(self.setting, self.wanted)}"


def differences(topic: Topic, configs: Mapping[str, str]) -> Iterator[Difference]:
    """What is not as good as it should be. configs: all that the broker says of the topic that is there."""
    wanted = dict(topic.configs)
    if "retention.ms" in wanted and "retention.bytes" in configs:
        wanted["retention.bytes"] = _NONE  # a limit by size would end the time sooner, on busy days
    for setting, value in wanted.items():
        there = configs.get(setting)
        if there is None or not _as_good(setting, there, value):
            yield Difference(setting, there, value)


def command(servers: str, topic: Topic, found: list[Difference]) -> str:
    """The command of Kafka's own tools that puts a topic right."""
    settings = ",".join(f"{each.setting}={each.wanted}" for each in found)
    return (
        f"kafka-configs.sh --bootstrap-server {servers} --alter --entity-type topics "
        f"--entity-name {topic.name} --add-config {settings}"
    )


def _as_good(setting: str, there: str, wanted: str) -> bool:
    if setting == "cleanup.policy":
        return {part.strip() for part in there.split(",")} == set(wanted.split(","))
    if setting == "max.message.bytes":
        return int(there) >= int(wanted)
    if setting == "segment.ms":  # segments that are closed sooner are compacted sooner
        return int(there) <= int(wanted)
    return there == wanted


def _words(setting: str, value: str) -> str:
    """A value as people read it; also in log lines, where long numbers are masked."""
    if value == _NONE or (setting.endswith(".ms") and int(value) > _LONGEST_MS):
        return "without limit"
    if setting.endswith(".ms"):
        return text(timedelta(milliseconds=int(value)))
    return f"{int(value):,}" if setting.endswith(".bytes") else value
