"""The names of Nummerwacht's own topics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """The names of all topics but the feeds' own, from the prefix of the settings."""

    prefix: str = ""

    @property
    def rejected(self) -> str:
        return f"{self.prefix}cdr.rejected"

    @property
    def calls(self) -> str:
        return f"{self.prefix}calls"

    @property
    def alerts(self) -> str:
        return f"{self.prefix}alerts"

    @property
    def dead(self) -> str:
        return f"{self.prefix}alerts.dead"

    @property
    def told(self) -> str:
        return f"{self.prefix}alerts.told"

    @property
    def reference(self) -> str:
        return f"{self.prefix}reference"

    @property
    def app(self) -> str:
        """The id of the Faust app, and so the group of `tenures` and the prefix of its changelog."""
        return f"{self.prefix}nummerwacht"

    @property
    def changelog(self) -> str:
        return f"{self.app}-ledger-changelog"

    @property
    def own(self) -> tuple[str, ...]:
        """All topics that are no feed's, those too that the settings do not turn on: no feed may have one of their names."""
        return (
            self.rejected,
            self.calls,
            self.alerts,
            self.dead,
            self.told,
            self.reference,
            self.changelog,
        )
