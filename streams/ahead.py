"""Ahead: what comes next is worked on while what came before is still being used; in order, in bounded memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, Queue
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

_END = object()


def ahead(items: Iterator[Item], work: Callable[[Item], Made], workers: int) -> Iterator[Made]:
    """What `work` makes of each item, in their order; of at most `workers` + 2 items at once.

    A thread takes the items and others work on them: it pays where the work is on columns, which do not
    hold Python's lock. What items or work raise is raised in its turn, and ends it all.
    """
    waiting: Queue[Future] = Queue(workers)
    left = threading.Event()

    def take(pool: ThreadPoolExecutor) -> None:
        end: Future = Future()
        try:
            for item in items:
                if left.is_set():
                    return
                waiting.put(pool.submit(work, item))
            end.set_result(_END)
        except BaseException as error:
            end.set_exception(error)
        waiting.put(end)

    with ThreadPoolExecutor(workers) as pool:
        taker = threading.Thread(target=take, args=(pool,), daemon=True)
        taker.start()
        try:
            while (made := waiting.get().result()) is not _END:
                yield made
        finally:
            # Who left early finds the taker waiting for room, or about to.
            left.set()
            while taker.is_alive():
                try:
                    waiting.get(timeout=0.05)
                except Empty:
                    taker.join(0.05)
