"""Names of organisations and bureaus: bounded, since they stand in slices, reports and notes that a broker must take.

Without blanks around them, as those of records are read (`attribution.py`): else they would be names of others.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from monitor.call import LONGEST_NAME


def _fits(name: str) -> str:
    if len(name.encode()) > LONGEST_NAME:
        raise ValueError(f"must have at most {LONGEST_NAME:,} bytes")
    return name


#: The name of an organisation or a bureau.
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_fits)]
#: What a record calls an account, a trunk or a bureau.
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
