"""What a later Nummerwacht wrote, on a topic or in the state."""

from __future__ import annotations


class NewerVersion(RuntimeError):
    """Nothing is wrong with what was read: it must wait for a Nummerwacht that can read it.

    So it is no case of what can't be read, which is passed by. Whoever meets it ends, and neither skips
    nor writes over it: it may hold calls, or what was told.
    """

    def __init__(self, what: str, version: int, known: int) -> None:
        """what: in a word. known: the latest version that this one reads."""
        super().__init__(f"{what} of version {version}; this Nummerwacht reads up to {known}: upgrade it")
