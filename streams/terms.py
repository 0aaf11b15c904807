"""What the settings name in other files: the policy, and what is known of organisations."""

from __future__ import annotations

from pathlib import Path

from monitor.config.mistakes import Mistake, did_you_mean
from monitor.policy import Policy, WrongPolicy, profiles
from monitor.reference import Reference, WrongReference
from streams.config import ConfigError


def policy(said: str) -> Policy:
    """The policy of a profile that comes along, or of a file. Raises `ConfigError`."""
    if said in profiles():
        return Policy.load(said)
    path = Path(said)
    if not path.exists():
        near = did_you_mean(path.name, profiles())
        raise ConfigError(
            "the policy", [Mistake("policy", f"{said!r} is neither a profile nor a file{near}")]
        )
    try:
        return Policy.load(_text(path))
    except WrongPolicy as error:
        raise ConfigError(str(path), [Mistake("", line) for line in str(error).splitlines()]) from None


def reference(path: Path | None) -> Reference | None:
    """What a reference file says; None without one. Raises `ConfigError`."""
    if path is None:
        return None
    try:
        return Reference.load(_text(path))
    except WrongReference as error:
        raise ConfigError(str(path), [Mistake("", line) for line in str(error).splitlines()]) from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(str(path), [Mistake("", f"can't be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), [Mistake("", "is not UTF-8 text")]) from None
