"""A Faust channel that keeps what was put on it: a way around Faust, see `tests/streams/around_faust/test_steady.py`.

When the group of its tables is rebalanced, Faust empties every queue that its flow control manages,
since it will read those messages again from their topics. Batches on our channel come from another
group, which was perhaps not rebalanced at all: nobody would read them again, while the next batch of
their partition would move the offset on. So this channel's queues are managed by nobody.
"""

from __future__ import annotations

import faust
from mode.utils.queues import FlowControlEvent, ThrowableQueue


class SteadyChannel(faust.Channel):
    """A channel in memory whose queues survive a rebalance, bounded by `maxsize`."""

    @property
    def queue(self) -> ThrowableQueue:
        if self._queue is None:
            maxsize = self.app.conf.stream_buffer_maxsize if self.maxsize is None else self.maxsize
            flow = FlowControlEvent(initially_suspended=False)
            self._queue = ThrowableQueue(maxsize=maxsize, flow_control=flow, clear_on_resume=False)
        return self._queue

    @property
    def waiting(self) -> int:
        """Events that nobody has taken yet."""
        root = self if self._root is None else self._root
        return sum(subscriber.queue.qsize() for subscriber in root._subscribers)
