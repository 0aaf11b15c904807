"""How a command ends: a number that a script can act on."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes; the README's table is made of their texts."""

    OK = 0
    FAILED = 1
    USAGE = 2
    DATA = 3
    CLUSTER = 4
    INTERRUPTED = 130
    PIPE = 141

    @property
    def says(self) -> str:
        return _SAYS[self]


_SAYS = {
    Exit.OK: "done",
    Exit.FAILED: "something broke, or a demo did not show what it should",
    Exit.USAGE: "flags, settings or names of files that can't be used; the message names each",
    Exit.DATA: "a file that is no file of calls (or alerts), is damaged, or of which no record could be read; state or slices of a later version; `calls` made anew",
    Exit.CLUSTER: "Kafka can't be reached, or refuses",
    Exit.INTERRUPTED: "ended by Ctrl-C",
    Exit.PIPE: "whoever read the output went away, as `head` does",
}
