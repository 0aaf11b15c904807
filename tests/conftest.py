"""Which broker the tests run on, and names of their own on it."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings

#: Without a deadline for an example: that of a machine that others use too would tell nothing of what is tested.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

#: Any other cluster: `NUMMERWACHT_TEST_BOOTSTRAP=host:port make test`.
_OTHER = "NUMMERWACHT_TEST_BOOTSTRAP"
_BEGAN = pytest.StashKey[float]()
#: Examples of a law in the default run; `make test-wide` tries as many as each asks for.
_EXAMPLES = 20


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--broker",
        choices=("embedded", "kafka"),
        default="embedded",
        help="the broker of the tests of streams",
    )
    parser.addoption(
        "--seconds",
        type=float,
        help="begin no test after so long, nor one that may take longer than is left, and say of each that it was not run",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_BEGAN] = time.monotonic()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What has no time is not begun: after the time that was given, or where less is left than a test says that it may take."""
    if (most := item.config.option.seconds) is None:
        return
    marker = item.get_closest_marker("timeout")
    left = item.config.stash[_BEGAN] + most - time.monotonic()
    if left < (marker.args[0] if marker else 0):
        pytest.skip(f"not run: too little is left of the {most:g} seconds that were given")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests with a marker of their own run when they are asked for; whatever uses a broker is marked `broker`, a law `law`."""
    for item in items:
        if "bootstrap" in getattr(item, "fixturenames", ()):
            item.add_marker("broker")
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("law")
    if config.option.markexpr or config.option.keyword or any("::" in arg for arg in config.args):
        return
    wanted = [
        item for item in items if not any(item.get_closest_marker(m) for m in ("kafka", "servers", "wide"))
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
    items[:] = wanted
    for item in items:
        if item.get_closest_marker("law"):
            _try_less(item.obj)


def _try_less(law: object) -> None:
    """A law that asks for more examples than the default run has time for has fewer."""
    if (asked := getattr(law, "_hypothesis_internal_use_settings", None)) and asked.max_examples > _EXAMPLES:
        law._hypothesis_internal_use_settings = settings(asked, max_examples=_EXAMPLES)


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
