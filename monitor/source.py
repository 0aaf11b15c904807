"""Sources: what rules rest on, a law, a code or a proposal, as letters cite them. Part of a policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from monitor.config.closed import Closed


class Source(Closed):
    """What a rule rests on."""

    title: str = Field(description="Its name, as a letter would cite it.")
    titles: Mapping[str, str] = Field(
        {}, description="Its name in letters of a language (nl, en), where it has another one there."
    )
    kind: Literal["law", "code", "proposal", "own"] | None = Field(
        None,
        description="What it is: law, the sector's own code, a proposal, or Nummerwacht's own measure. Only a law is called one.",
    )
    since: date = Field(alias="from", description="The day from which it holds.")
    says: str = Field(description="What it asks, in a sentence.")
    unverified: str | None = Field(None, description="What of it was not checked in a public source.")
    unseen: Mapping[str, str] = Field(
        {},
        description="What of it call records don't show, by language (nl, en): whole sentences, which stand in every letter that cites it.",
    )
    country_code: int | None = Field(
        None,
        ge=1,
        le=999,
        description="Of a national numbering plan, the country's code. It says nothing of other countries' numbers, and letters about these say so.",
    )
