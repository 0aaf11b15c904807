"""Signatures of webhooks, by the Standard Webhooks specification (https://www.standardwebhooks.com).

Receivers verify them with a ready-made library in their language. What is signed is
`<webhook-id>.<webhook-timestamp>.<body>` with HMAC-SHA256; `webhook-signature` holds one signature a
key, so that a key is changed without a gap: the new key is added, the receiver changes over, the old
key is removed. The ids of the keys are told, in the same order, in `nummerwacht-keys`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

_PREFIX = "whsec_"
#: The specification's bounds for a secret: 192 bits are beyond guessing, 512 are all that SHA-256 uses.
_LEAST, _MOST = 24, 64


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key. Its secret is in no `repr`."""

    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, text: str) -> Key:
        """The key of a secret as it is handed to receivers: `whsec_` and base64 of 24 to 64 bytes.

        Raises `ValueError`, which does not quote it.
        """
        try:
            secret = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("a signing secret is base64, after `whsec_`") from None
        if not _LEAST <= len(secret) <= _MOST:
            raise ValueError(
                f"a signing secret has {_LEAST} to {_MOST} bytes in base64, this one {len(secret)}"
            )
        return cls(secret)

    @property
    def id(self) -> str:
        """A fingerprint (the first 32 bits of SHA-256): both sides can tell which key it is, and nobody
        can tell the key from it.
        """
        return hashlib.sha256(self.secret).hexdigest()[:8]

    def sign(self, id: str, timestamp: int, body: bytes) -> str:
        """The signature of a body, with its version."""
        signed = b".".join((id.encode(), str(timestamp).encode(), body))
        return "v1," + base64.b64encode(hmac.digest(self.secret, signed, hashlib.sha256)).decode()


def keys(text: str) -> list[Key]:
    """The keys in a setting: one, or several with white space between while a key is changed.

    Raises `ValueError` for one that is no key.
    """
    return [Key.of(word) for word in text.split()]


def headers(keys: Sequence[Key], id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a signed delivery. timestamp: seconds since 1970, when it is sent."""
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(key.sign(id, timestamp, body) for key in keys),
        "nummerwacht-keys": " ".join(key.id for key in keys),
    }
