"""The demo: a broker, a worker and months of invented calls in a minute, on one machine."""

from streams.demo.run import run

__all__ = ["run"]
