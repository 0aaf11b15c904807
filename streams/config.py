"""Reading the settings: a YAML file, over it the environment, and the files that hold secrets.

`NUMMERWACHT_KAFKA__BOOTSTRAP_SERVERS` is `kafka.bootstrap_servers`, and
`NUMMERWACHT_SINKS__0__SECRET` the secret of the first sink: the environment wins over the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from monitor.cdr.mapping import WrongMapping, of_file
from monitor.config import strict_yaml
from monitor.config.mistakes import Mistake, did_you_mean, mistakes, no_yaml
from monitor.policy import profiles
from monitor.settings import Privacy, Settings

PREFIX = "NUMMERWACHT_"
#: `NUMMERWACHT_TEST_BOOTSTRAP` and its like steer the tests, not a worker.
_NOT_SETTINGS = ("NUMMERWACHT_TEST_",)


class ConfigError(ValueError):
    """Settings that can't be used: every flaw, each with its place and what to do."""

    def __init__(self, source: str, flaws: list[Mistake]) -> None:
        self.source, self.flaws = source, flaws
        super().__init__("\n".join([f"{source} can't be used:", *(f"  {flaw}" for flaw in flaws)]))


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of a file (or none) and an environment (by default the process's own).

    Relative paths in the file are read from the file's own folder. Raises `ConfigError`.
    """
    source = str(path) if path else "the environment"
    data = _merge(read_yaml(path) if path else {}, _environment(os.environ if environ is None else environ))
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        raise ConfigError(source, mistakes(error, Settings, data)) from None
    if path:
        settings = _anchored(settings, path.parent)
        if settings.policy not in profiles():
            settings = settings.model_copy(update={"policy": str(path.parent / settings.policy)})
    for feed in settings.feeds:
        if isinstance(feed.mapping, Path):
            _check_mapping(feed.mapping)
    return _with_secrets(settings, source)


def key_of(file: Path, key_id: str = "1") -> Privacy:
    """The key in a file, by the rules for `privacy.key_file`. Raises `ConfigError`."""
    return _with_secrets(Privacy(key_file=file, key_id=key_id), "the key")


def read_yaml(path: Path) -> dict:
    """A YAML file that holds one mapping. Raises `ConfigError`."""
    try:
        data = strict_yaml.read(path.read_text("utf-8")) or {}
    except OSError as error:
        raise ConfigError(str(path), [Mistake("", f"can't be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), [Mistake("", "is not UTF-8 text")]) from None
    except yaml.YAMLError as error:
        raise ConfigError(str(path), [no_yaml(error)]) from None
    if not isinstance(data, dict):
        raise ConfigError(str(path), [Mistake("", "is no mapping of sections (`kafka:`, `feeds:`, ...)")])
    return data


class _FromEnvironment(Settings, BaseSettings):
    """Only to tell pydantic-settings which names there are and which values are JSON."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", case_sensitive=False)


class _Source(EnvSettingsSource):
    """pydantic-settings' reading of names, over a mapping that is given instead of the process's own."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._given = {name.lower(): value for name, value in environ.items()}
        super().__init__(_FromEnvironment)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._given


def _environment(environ: Mapping[str, str]) -> dict:
    ours = {
        name: value
        for name, value in environ.items()
        if name.upper().startswith(PREFIX) and not name.upper().startswith(_NOT_SETTINGS)
    }
    strays = [_stray(name) for name in ours if _section(name) not in Settings.model_fields]
    if strays:
        raise ConfigError("the environment", strays)
    try:
        return _Source(ours)()
    except SettingsError as error:  # names the field in its text only
        where = re.search(r'field "(\w+)"', str(error))
        flaw = Mistake(
            where[1] if where else "", "no JSON: in a variable a list or a mapping is given as JSON"
        )
        raise ConfigError("the environment", [flaw]) from None


def _section(name: str) -> str:
    return name[len(PREFIX) :].split("__")[0].lower()


def _stray(name: str) -> Mistake:
    return Mistake(name, "no such section" + did_you_mean(_section(name), Settings.model_fields))


def _merge(under: object, over: object) -> object:
    """One tree over another. `{"0": ...}` over a list changes its first element."""
    if isinstance(under, list) and isinstance(over, dict) and all(str(key).isdigit() for key in over):
        merged = list(under)
        for key, value in sorted(over.items(), key=lambda item: int(item[0])):
            at = int(key)
            merged[at : at + 1] = [_merge(merged[at] if at < len(merged) else None, value)]
        return merged
    if isinstance(over, dict) and over and all(str(key).isdigit() for key in over):
        return _merge([], over)
    if isinstance(under, dict) and isinstance(over, dict):
        spelt = {_spelling(key): key for key in under}
        return under | {
            spelt.get(_spelling(key), key): _merge(under.get(spelt.get(_spelling(key), key)), value)
            for key, value in over.items()
        }
    return over


def _spelling(key: object) -> str:
    """`sasl.username` in a file is `SASL_USERNAME` in an environment, where dots are not allowed."""
    return str(key).replace(".", "_").lower()


def _anchored(model: BaseModel, folder: Path) -> BaseModel:
    """The model with its relative paths read from a folder."""
    changes = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, Path):
            changes[name] = folder / value
        elif isinstance(value, BaseModel):
            changes[name] = _anchored(value, folder)
        elif isinstance(value, list):
            changes[name] = [
                _anchored(item, folder) if isinstance(item, BaseModel) else item for item in value
            ]
    return model.model_copy(update=changes)


def _check_mapping(path: Path) -> None:
    """Read a feed's mapping, so that a flaw in it is told now; later it would cost each record. Raises `ConfigError`."""
    try:
        of_file(path)
    except OSError as error:
        raise ConfigError(str(path), [Mistake("", f"can't be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), [Mistake("", "is not UTF-8 text")]) from None
    except WrongMapping as error:
        raise ConfigError(str(path), [Mistake("", line) for line in str(error).splitlines()]) from None


def _with_secrets(model: BaseModel, source: str) -> BaseModel:
    """The model with every `x_file` read into its `x`."""
    flaws: list[Mistake] = []
    filled = _filled(model, (), flaws)
    if flaws:
        raise ConfigError(source, flaws)
    return filled


def _filled(model: BaseModel, path: tuple[str, ...], flaws: list[Mistake]) -> BaseModel:
    changes: dict[str, object] = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        here = (*path, field.alias or name)
        if isinstance(value, BaseModel):
            changes[name] = _filled(value, here, flaws)
        elif isinstance(value, list):
            changes[name] = [
                _filled(item, (*here, str(at)), flaws) if isinstance(item, BaseModel) else item
                for at, item in enumerate(value)
            ]
        elif name.endswith("_file") and value is not None:
            changes |= dict(_secret(model, name, value, here, flaws))
    return model.model_copy(update=changes)


def _secret(
    model: BaseModel, name: str, file: Path, here: tuple[str, ...], flaws: list[Mistake]
) -> Iterator[tuple[str, SecretStr]]:
    """The field that a file fills, checked by the model's own rules."""
    target = name.removesuffix("_file")
    try:
        text = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        flaws.append(Mistake(".".join(here), f"{file} can't be read: {why}"))
        return
    given = model.model_dump(exclude_unset=True, exclude={name, target}) | {target: text}
    try:
        checked = type(model).model_validate(given)
    except ValidationError as error:
        flaws.extend(
            Mistake(".".join(here), f"{file}: {flaw.text}") for flaw in mistakes(error, type(model), given)
        )
        return
    yield target, getattr(checked, target)
