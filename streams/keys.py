"""The key of the pseudonyms, as the settings have it."""

from __future__ import annotations

import secrets

from monitor.privacy import Pseudonyms
from monitor.settings import KEY_BYTES, Privacy

#: The id of a key that nobody keeps: what was made under it can't be continued.
ONE_RUN = "one-run"


def pseudonyms(privacy: Privacy) -> Pseudonyms:
    """Pseudonyms under the key of the settings; in a demo without one, under a random key.

    Raises `MissingKey` outside the demo when there is none.
    """
    if privacy.key is None and privacy.demo:
        return one_run()
    return Pseudonyms(privacy.secret(), privacy.key_id)


def one_run() -> Pseudonyms:
    """Pseudonyms under a random key that is forgotten at the end: for what is counted within one run."""
    return Pseudonyms(secrets.token_bytes(KEY_BYTES), ONE_RUN)
