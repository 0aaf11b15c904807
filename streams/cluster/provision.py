"""Making topics: what should be there, what is, and the difference."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, NodeNotReadyError, TopicAlreadyExistsError, for_code

from monitor.config.mistakes import Mistake
from monitor.settings import Kafka, Settings
from streams.cluster.differences import Difference, command, differences
from streams.cluster.security import connection
from streams.topics import DAY_MS, Names, Topic, plan

#: Seconds for a new topic to get its leaders; a broker that just started needs a few.
_LEADERS_WITHIN = 30.0


class Unreachable(ConnectionError):
    """The cluster can't be reached, or doesn't let us in."""


@dataclass(frozen=True, slots=True)
class Found:
    """A wanted topic beside the one on the cluster."""

    topic: Topic
    partitions: int | None  # None: it is not there
    configs: Mapping[str, str] | None = None  # None: it has none to look at, or we may not

    @property
    def differences(self) -> list[Difference]:
        """The settings that are not as they should be, as far as we may look."""
        return [] if self.configs is None else list(differences(self.topic, self.configs))

    @property
    def hidden(self) -> bool:
        """Whether it is there with settings that matter, and we may not look at them."""
        return self.partitions is not None and bool(self.topic.configs) and self.configs is None

    @property
    def differs(self) -> bool:
        """Whether it is there with another number of partitions. For `calls` and the changelog that is an
        error: organisations would be looked for where they are not.
        """
        return self.partitions is not None and self.partitions != self.topic.partitions


def needed(kafka: Kafka) -> list[Topic]:
    """The topics of a worker besides its feeds."""
    names = Names(kafka.topic_prefix)
    day = timedelta(days=1)  # of a part of one, all of it: what was asked for is kept
    kept = {
        "calls_days": max(1, ceil(kafka.calls_kept / day)),
        "alerts_days": max(1, ceil(kafka.alerts_kept / day)),
    }
    return plan(names, kafka.partitions, reference=kafka.reference_topic, **kept)


def of_feeds(settings: Settings) -> list[Topic]:
    """The feeds' own topics; they are usually made where the CDRs come from.

    Records are kept from their arrival on: by the time that a producer gives them, which may be that of the call, a broker
    deletes a history as soon as it is loaded.
    """
    days = max(1, ceil(settings.kafka.calls_kept / timedelta(days=1)))
    configs = {"message.timestamp.type": "LogAppendTime", "retention.ms": str(days * DAY_MS)}
    return [
        Topic(feed.topic, settings.kafka.partitions, f"CDRs of the feed {feed.name}", configs)
        for feed in settings.feeds
    ]


async def find(kafka: Kafka, topics: Sequence[Topic]) -> list[Found]:
    """What is there of these topics. Raises `Unreachable`, `KafkaError`."""
    async with _admin(kafka) as admin:
        return await _found(admin, topics)


def flaws(kafka: Kafka, found: Sequence[Found]) -> list[Mistake]:
    """What a worker must not start with, and what to do about it."""
    names = Names(kafka.topic_prefix)
    wrong = [
        Mistake(
            "kafka.partitions",
            f"{each.topic.name} has {each.partitions} partitions and the settings say {each.topic.partitions}: "
            "set it to what is there, or take another kafka.topic_prefix",
        )
        for each in found
        if each.differs and each.topic.name in (names.calls, names.changelog)
    ]
    return wrong + [
        Mistake(
            f"topic {each.topic.name}",
            f"{difference}: what it keeps would be deleted after a while. Run "
            f"`{command(kafka.bootstrap_servers, each.topic, [difference])}`",
        )
        for each in found
        for difference in each.differences
        if difference.loses
    ]


def doubts(found: Sequence[Found]) -> dict[str, str]:
    """What does no harm at once and is not as the settings say: by topic, in words."""
    said = {}
    for each in found:
        if each.hidden:
            said[each.topic.name] = "its settings are not checked, that needs the right to DescribeConfigs"
        elif harmless := [str(difference) for difference in each.differences if not difference.loses]:
            said[each.topic.name] = "; ".join(harmless)
    return said


async def make(kafka: Kafka, topics: Sequence[Topic]) -> list[Topic]:
    """Make those that are not there, and wait until they can be used; the others stay as they are.

    Returns the ones made. Raises `Unreachable`, or `KafkaError` in the broker's words.
    """
    async with _admin(kafka) as admin:
        missing = [found.topic for found in await _found(admin, topics) if found.partitions is None]
        if missing:
            answer = await admin.create_topics([_new(topic, kafka.replication_factor) for topic in missing])
            for name, code, *said in answer.topic_errors:
                error = for_code(code)
                if code and error is not TopicAlreadyExistsError:  # another worker was first
                    raise error(f"topic {name}: {said[0] if said and said[0] else error.description}")
            await _led(admin, [topic.name for topic in missing])
        return missing


def _new(topic: Topic, replicas: int) -> NewTopic:
    return NewTopic(topic.name, topic.partitions, replicas, topic_configs=topic.configs)


async def _found(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> list[Found]:
    there = set(await admin.list_topics())
    described = await admin.describe_topics([topic.name for topic in topics if topic.name in there] or None)
    partitions = {topic["topic"]: len(topic["partitions"]) for topic in described}
    configs = await _configs(admin, [topic.name for topic in topics if topic.configs and topic.name in there])
    return [
        Found(topic, partitions.get(topic.name), configs.get(topic.name))
        if topic.name in there
        else Found(topic, None)
        for topic in topics
    ]


async def _configs(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """All settings of each topic, without those of topics that we may not look at."""
    if not names:
        return {}
    # Of all and not of those that are asked for: the embedded broker hangs up at a list.
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    return {
        name: {setting: value for setting, value, *_ in settings}
        for answer in await admin.describe_configs(asked)
        for code, _, _, name, settings in answer.resources
        if not code
    }


async def _led(admin: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    """Wait until every partition has a leader: a producer that is earlier would be refused. Raises `Unreachable`."""
    waiting = list(names)
    try:
        async with asyncio.timeout(_LEADERS_WITHIN):
            while waiting:
                described = {topic["topic"]: topic for topic in await admin.describe_topics(list(names))}
                waiting = [name for name in names if not _is_led(described.get(name))]
                if waiting:
                    await asyncio.sleep(0.1)
    except TimeoutError:
        raise Unreachable(
            f"{', '.join(waiting)}: made, and without a leader that can be seen for {_LEADERS_WITHIN:.0f} s. A broker is away, or the "
            "right to Describe these topics is missing"
        ) from None


def _is_led(topic: dict | None) -> bool:
    if not topic or topic["error_code"] or not topic["partitions"]:
        return False
    return all(partition["leader"] >= 0 and not partition["error_code"] for partition in topic["partitions"])


class _Heard(logging.Handler):
    """Keeps the words of errors."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What aiokafka logs meanwhile, in place of its log: why a broker was left (a name that is not known, a wrong
    password) is said there alone, and the error that follows only names the brokers."""
    logger, heard = logging.getLogger("aiokafka"), _Heard()
    before = logger.level, logger.propagate
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    logger.addHandler(heard)
    try:
        yield heard.said
    finally:
        logger.removeHandler(heard)
        logger.setLevel(before[0])
        logger.propagate = before[1]


@asynccontextmanager
async def _admin(kafka: Kafka) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client for the length of a block. Raises `Unreachable`."""
    client = AIOKafkaAdminClient(**connection(kafka))
    try:
        with _heard() as said:
            try:
                await client.start()
            except KafkaError as error:
                why = "; ".join(dict.fromkeys(said)) or str(error)
                raise Unreachable(
                    f"no Kafka at {kafka.bootstrap_servers} (kafka.bootstrap_servers): {why}"
                ) from error
            try:
                yield client
            except NodeNotReadyError as error:
                raise Unreachable(_elsewhere(kafka, client, said)) from error
    finally:
        await client.close()


def _elsewhere(kafka: Kafka, client: AIOKafkaAdminClient, said: Sequence[str]) -> str:
    """In words: the address of the settings answers, and the one by which a broker calls itself does not."""
    brokers = ", ".join(sorted(f"{broker.host}:{broker.port}" for broker in client._client.cluster.brokers()))
    why = "; ".join(dict.fromkeys(said))
    return (
        f"Kafka answers at {kafka.bootstrap_servers}, and says that its brokers are {brokers}, of which one can't be reached from here. "
        f"It is away, or must advertise an address that clients can reach (advertised.listeners of the broker){': ' + why if why else ''}"
    )
