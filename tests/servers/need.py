"""Programs that a machine of the wider suites has, from Debian's packages."""

from __future__ import annotations

import shutil


def need(program: str) -> str:
    """The path of a program. A missing one is a failure: who runs these tests wants it tried."""
    found = shutil.which(program)
    assert found, f"{program} is not installed: apt-get install prometheus prometheus-alertmanager chromium"
    return found
