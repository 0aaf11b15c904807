"""Which broker the tests run on, and names of their own on it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

#: Without a deadline for an example: that of a machine that others use too would tell nothing of what is tested.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

#: Any other cluster: `NUMMERWACHT_TEST_BOOTSTRAP=host:port make test`.
_OTHER = "NUMMERWACHT_TEST_BOOTSTRAP"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--broker",
        choices=("embedded", "kafka"),
        default="embedded",
        help="the broker of the tests of streams",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests with a marker of their own run when they are asked for; whatever uses a broker is marked `broker`."""
    for item in items:
        if "bootstrap" in getattr(item, "fixturenames", ()):
            item.add_marker("broker")
    if config.option.markexpr or config.option.keyword or any("::" in arg for arg in config.args):
        return
    wanted = [
        item for item in items if not any(item.get_closest_marker(m) for m in ("kafka", "servers", "slow"))
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
    items[:] = wanted


@pytest.fixture(scope="session")
def bootstrap(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a broker."""
    if other := os.environ.get(_OTHER):
        yield other
    elif request.config.option.broker == "kafka":
        from tests.brokers.apache import ApacheKafka

        with ApacheKafka(Path(tmp_path_factory.mktemp("kafka"))) as kafka:
            yield kafka.bootstrap
    else:
        from streams.cluster.embedded import EmbeddedBroker

        with EmbeddedBroker() as broker:
            yield broker.bootstrap


@pytest.fixture
def prefix() -> str:
    """Before the names of all topics and groups of a test, so that no two share any."""
    return f"t{secrets.token_hex(4)}-"
