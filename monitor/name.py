"""Names of organisations and bureaus: bounded, since they stand in slices, reports and notes that a broker must take."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from monitor.call import LONGEST_NAME


def _fits(name: str) -> str:
    if len(name.encode()) > LONGEST_NAME:
        raise ValueError(f"must have at most {LONGEST_NAME:,} bytes")
    return name


#: The name of an organisation or a bureau.
Name = Annotated[str, Field(min_length=1), AfterValidator(_fits)]
