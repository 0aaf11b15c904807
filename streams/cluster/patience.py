"""Patience with a broker that is away: tried again until it is back.

Whatever is sent twice is known by its id or its key, so sending again is always safe; giving up
would end the worker and make its partitions move, which helps nobody while the broker is down.
"""

from __future__ import annotations

import logging

from aiokafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError
from tenacity import AsyncRetrying, before_sleep_log, retry_if_exception, wait_random_exponential

_LOG = logging.getLogger("nummerwacht.kafka")
#: Longest wait in seconds between two tries. A broker restarts in some ten seconds; a wait longer than that
#: adds nothing but delay after its return.
_LONGEST = 10.0


def patient() -> AsyncRetrying:
    """Tries for as long as it takes what fails because the broker can't be reached just now."""
    return AsyncRetrying(
        retry=retry_if_exception(_may_pass),
        wait=wait_random_exponential(multiplier=0.2, max=_LONGEST),
        before_sleep=before_sleep_log(_LOG, logging.WARNING),
        reraise=True,
    )


def _may_pass(error: BaseException) -> bool:
    """Whether it is a fault that passes by itself; a record too large or a missing right does not."""
    if isinstance(error, KafkaConnectionError | KafkaTimeoutError):
        return True
    return isinstance(error, KafkaError) and getattr(error, "retriable", False)
