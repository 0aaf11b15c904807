"""The manual's tables, made of the code: settings of the models, commands of the flags.

`python -m streams.cli.manual README.md` writes them between their marks; a test holds that they are
what the code says.
"""

from __future__ import annotations

import re
import sys
import typing
from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from monitor.cdr import Reason
from monitor.cdr import dialects as known_dialects
from monitor.config.duration import text as duration
from monitor.config.mistakes import models_in
from monitor.dialects import module
from monitor.policy import Policy, profiles
from monitor.settings import Settings
from streams.cli.exits import Exit
from streams.cluster.provision import needed
from streams.telemetry.catalogue import catalogue

_ABOUT_SETTINGS = """\
One YAML file, and over it the environment: `NUMMERWACHT_KAFKA__BOOTSTRAP_SERVERS` is `kafka.bootstrap_servers`,
`NUMMERWACHT_SINKS__0__SECRET` the secret of the first sink, and a whole list is given as JSON. Dots in Kafka's own
names become underscores there. Durations have units: `500ms`, `30s`, `15m`, `24h`, `90d`. Relative paths are read from
the file's folder. A key that is not known is an error, with its path and the nearest right name.
`nummerwacht check nummerwacht.yml` says what a worker would do."""


def settings() -> str:
    """Every setting with its default and its reason, a table a section."""
    lines = [_ABOUT_SETTINGS, ""]
    for title, model in _sections(Settings, ""):
        rows = [_setting(name, field) for name, field in model.model_fields.items() if not _nested(field)]
        if rows:
            lines += [f"### {title}", "", _sentence(model), "", *_table(("key", "default", "why"), rows), ""]
    return "\n".join(lines).strip()


def _sections(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Every model in the settings, under the path that leads to it."""
    yield (f"`{path}`" if path else "at the top"), model
    for name, field in model.model_fields.items():
        key = field.alias or name
        for inner in models_in(field.annotation):
            many = "[]" if _is_list(field.annotation) else ""
            kind = (
                typing.get_args(inner.model_fields["kind"].annotation) if "kind" in inner.model_fields else ()
            )
            tag = f" ({kind[0]})" if many and kind else ""
            yield from _sections(inner, f"{path}.{key}{many}{tag}".lstrip("."))


def _setting(name: str, field: FieldInfo) -> tuple[str, str, str]:
    return f"`{field.alias or name}`", _default(field), field.description or ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value == [] or value == {} or value == ():
        return "none"
    if isinstance(value, BaseModel):
        return (
            "`{"
            + ", ".join(f"{key}: {said}" for key, said in value.model_dump(exclude_none=True).items())
            + "}`"
        )
    if isinstance(value, timedelta):
        return f"`{duration(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int) and value >= 10_000:
        return f"`{value}`" if value % 1024 else f"`{value}` ({value // 1024**2} MiB)"
    return f"`{value.value if isinstance(value, Enum) else value}`" if value != "" else "empty"


def _sentence(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _nested(field: FieldInfo) -> bool:
    return bool(models_in(field.annotation))


def _is_list(annotation: object) -> bool:
    inner = (_is_list(part) for part in typing.get_args(annotation))
    return typing.get_origin(annotation) in (list, tuple) or any(inner)


def commands() -> str:
    """Every command with its flags and examples, and what exit codes mean."""
    from typer.main import get_command

    from streams.cli import main

    group = get_command(main)
    lines: list[str] = []
    for name, command in group.commands.items():
        usage = " ".join(_metavar(part) for part in command.params if part.param_type_name == "argument")
        lines += [
            f"### `nummerwacht {name}{' ' + usage if usage else ''}`",
            "",
            _reflowed(command.help or ""),
            "",
        ]
        rows = [_flag(part) for part in command.params]
        if rows:
            lines += [*_table(("flag", "what"), rows), ""]
        lines += [_reflowed(command.epilog or "").removeprefix("Examples:\n\n"), ""]
    codes = [(str(code.value), code.says) for code in Exit]
    return "\n".join([*lines, "### Exit codes", "", *_table(("code", "means"), codes)]).strip()


def _metavar(part: typing.Any) -> str:
    return part.metavar or part.name.upper()


def _flag(part: typing.Any) -> tuple[str, str]:
    if part.param_type_name == "argument":
        return f"`{_metavar(part)}`", part.help or ""
    default = (
        part.default if isinstance(part.default, int | float | str) and part.default is not False else None
    )
    said = f" Default `{default}`." if default else ""
    return ", ".join(f"`{flag}`" for flag in part.opts), (part.help or "") + said


def _reflowed(text: str) -> str:
    """Paragraphs and list items on one line each, as they are in Markdown."""
    paragraphs = (" ".join(part.split()) for part in text.replace("\f", "").split("\n\n"))
    return re.sub(r"\n\n(?=\* )", "\n", "\n\n".join(part for part in paragraphs if part)).replace(
        "Examples:\n* ", "Examples:\n\n* "
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def metrics() -> str:
    """Every metric with its labels and what it says."""
    rows = [
        (f"`{row.name}`", row.type, ", ".join(f"`{label}`" for label in row.labels), row.help)
        for row in catalogue()
    ]
    return "\n".join(_table(("metric", "type", "labels", "says"), rows))


def topics() -> str:
    """The topics a worker needs, at the settings' defaults, and the one that is there when it is asked for."""
    kafka = Settings().kafka.model_copy(update={"reference_topic": True})
    rows = [
        (
            f"`{topic.name}`",
            str(topic.partitions),
            topic.purpose,
            ", ".join(f"`{key}={value}`" for key, value in topic.configs.items()),
        )
        for topic in needed(kafka)
    ]
    return "\n".join(_table(("topic", "partitions", "holds", "settings"), rows))


def rules() -> str:
    """The rules of the policies that come along, with dates and basis."""
    rows = []
    for profile in profiles():
        policy = Policy.load(profile)
        for kind, rule in policy.kinds().items():
            source = policy.sources[rule.basis]
            title = source.title if source.kind == "law" else f"{source.title} (no law)"
            says = (type(rule).__doc__ or "").strip().splitlines()[0]
            rows.append((f"`{kind}`", says, f"`{profile}`", f"{rule.since}", f"{title}: {source.says}"))
    return "\n".join(_table(("kind", "about", "profile", "from", "basis"), rows))


def reasons() -> str:
    """Why a record was not read."""
    return "\n".join(_table(("reason", "means"), [(f"`{reason}`", reason.says) for reason in Reason]))


def dialects() -> str:
    """What can be read, and what each dialect can be told besides."""
    rows = []
    for name in known_dialects():
        found = module(name)
        says = (found.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        options = "; ".join(
            f"`{key}`: {field.description}" for key, field in found.OPTIONS.model_fields.items()
        )
        rows.append((f"`{name}`", says.partition(": ")[2], options))
    return "\n".join(_table(("dialect", "reads", "options"), rows))


def own() -> str:
    """What a mapping says of an operator's own records."""
    fields = (_setting(name, field) for name, field in module("mapping").Mapping.model_fields.items())
    return "\n".join(_table(("key", "default", "what"), list(fields)))


SECTIONS = {
    "settings": settings,
    "cli": commands,
    "metrics": metrics,
    "topics": topics,
    "rules": rules,
    "reasons": reasons,
    "dialects": dialects,
    "mapping": own,
}


def filled(readme: str) -> str:
    """A README with the tables between their marks as the code has them. Raises `ValueError` without the marks."""
    for name, made in SECTIONS.items():
        between = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not between.search(readme):
            raise ValueError(f"no <!-- {name} --> ... <!-- /{name} --> in it")
        text = made()
        readme = between.sub(lambda marks, text=text: f"{marks[1]}\n{text}\n\n{marks[2]}", readme)
    return readme


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(filled(path.read_text("utf-8")), "utf-8")
