"""Where a command that works on files has its calls from: which files, of which feed, under which key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from streams.ahead import ahead
from streams.cli.screen import Screen
from streams.cli.tally import Tally

if TYPE_CHECKING:
    import polars as pl

    from monitor.feed import Feed
    from monitor.privacy import Pseudonyms
    from monitor.replay import Read
    from monitor.settings import Privacy, Settings

#: The feed of files that no configuration describes.
FILES = "files"

#: Threads that read batches while calls are counted. Each waits for polars' own threads most of the time, so that on two
#: cores a third is of use (`bench.files 4000000 30 2` beside `bench.files 4000000 30 3`), for the memory of a batch.
WORKERS = 3

Batch: TypeAlias = "Sequence[bytes | None] | pl.DataFrame"

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...",
        help="JSON lines, CSV or Parquet, plain, gzip or zstd; `-` is standard input; NAME=FILE is of the feed NAME of --config.",
    ),
]
Dialect = Annotated[
    str | None, typer.Option(help="What wrote the records; `canonical` unless a configuration says.")
]
Config = Annotated[
    Path | None,
    typer.Option(help="Settings whose feeds, policy and key are used; without it flags and defaults are."),
]
FeedName = Annotated[
    str | None, typer.Option("--feed", help="Which feed of the configuration the files are of.")
]
Region = Annotated[
    str | None, typer.Option(help="Where numbers without a country code are at home; default NL.")
]
Zone = Annotated[str | None, typer.Option(help="Time zone of times without one; default Europe/Amsterdam.")]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key",
        help="File with the pseudonym key. NUMMERWACHT_PRIVACY__KEY does as well; without either a random key is made "
        "and forgotten.",
    ),
]
Reference = Annotated[
    Path | None,
    typer.Option(
        "--reference",
        help="What is known of organisations: classes, accounts and number ranges, exemptions, declared steps.",
    ),
]


@dataclass(frozen=True, slots=True)
class Source:
    """Files, each with its feed."""

    settings: Settings
    feeds: dict[str, Feed]
    files: list[tuple[str, Path]]  # (name of the feed, file)
    pseudonyms: Pseudonyms

    def read(
        self, make: Callable[[str, Batch], Read], take: Callable[[Read], None], screen: Screen
    ) -> list[Tally]:
        """Read every batch and take what that gave, in order, with progress in bytes; what became of each file.

        make: is called by several threads, ahead of what is taken.
        """
        tallies = [Tally(path) for _, path in self.files]
        with screen.work("reading", of_bytes=True) as step:
            for at, read in ahead(self._batches(step), lambda item: (item[0], make(*item[1:])), WORKERS):
                tallies[at].add(read)
                take(read)
        return tallies

    def _batches(self, step: Callable[[int, int], None]) -> Iterator[tuple[int, str, Batch]]:
        """All batches, each with its place among the files and its feed."""
        from streams.files import batches, size

        sizes = [size(path) for _, path in self.files]
        total = sum(sizes) if None not in sizes else 0
        before = 0
        for at, ((feed, path), length) in enumerate(zip(self.files, sizes, strict=True)):
            for batch in batches(path, self.feeds[feed].dialect, onward(step, before, total)):
                yield at, feed, batch
            before += length or 0


def onward(step: Callable[[int, int], None], before: int, total: int) -> Callable[[int], None]:
    """Told of bytes of a file: the same of several, `before` it and in all."""
    return lambda read: step(before + read, total)


def source(
    files: list[str],
    screen: Screen,
    *,
    dialect: str | None,
    config: Path | None,
    feed: str | None,
    region: str | None,
    zone: str | None,
    key: Path | None,
    reference: Path | None,
) -> Source:
    """The files of a command line. reference: what is known of organisations, if a file of that is given. Raises `ConfigError`, `typer.BadParameter`, `FileNotFoundError`."""
    from streams.config import load

    settings = load(config)
    if settings.feeds and (dialect or region or zone):
        raise typer.BadParameter(
            "--dialect, --region and --zone are the feed's, and the configuration has feeds"
        )
    if settings.kafka.reference_topic and reference is None:
        screen.note(
            "the topic `reference` is not read here: `nummerwacht reference CONFIG --out FILE`, and --reference FILE"
        )
    feeds = {each.name: each for each in settings.feeds} or {FILES: _plain(dialect, region, zone)}
    named = [_of_feed(file, feed, feeds, bool(settings.feeds)) for file in files]
    for _, path in named:
        if str(path) != "-" and not path.exists():
            raise FileNotFoundError(f"there is no file {path}{_perhaps(str(path), settings.feeds)}")
    return Source(settings, feeds, named, _pseudonyms(settings.privacy, key, screen))


def _perhaps(path: str, configured: list[Feed]) -> str:
    """What may have been meant by a file that is not there."""
    name, equals, rest = path.partition("=")
    if not equals or not Path(rest).exists():
        return ""
    if not configured:
        return f"; to read {rest} as feed {name}, give --config with the feeds"
    return f"; the configuration has no feed {name}, but {', '.join(feed.name for feed in configured)}"


def _pseudonyms(privacy: Privacy, key: Path | None, screen: Screen) -> Pseudonyms:
    """Under the key of the flag, else of the settings, else under one that nobody keeps."""
    from streams.config import key_of
    from streams.keys import one_run, pseudonyms

    if key is not None:
        return pseudonyms(key_of(key, privacy.key_id))
    if privacy.key is not None:
        return pseudonyms(privacy)
    screen.note(
        "[dim]no pseudonym key was given: called numbers get a random one that is forgotten at the end, and figures about "
        "persons, such as same_number_share, differ a little at each run; --key FILE, or privacy.key_file in the settings, "
        "keeps them[/]"
    )
    return one_run()


def _plain(dialect: str | None, region: str | None, zone: str | None) -> Feed:
    """A feed that only flags describe; organisations then come from the records themselves."""
    from pydantic import ValidationError

    from monitor.config.mistakes import mistakes
    from monitor.feed import Feed
    from streams.config import ConfigError

    said = {"dialect": dialect or "canonical", "region": region, "zone": zone}
    data = {"name": FILES, "topic": FILES} | {
        name: value for name, value in said.items() if value is not None
    }
    try:
        return Feed.model_validate(data)
    except ValidationError as error:
        raise ConfigError("the flags", mistakes(error, Feed, data)) from None


def _of_feed(file: str, feed: str | None, feeds: dict[str, Feed], configured: bool) -> tuple[str, Path]:
    """The feed of a file: the one in front of it, the one of --feed, or the only one there is."""
    name, equals, rest = file.partition("=")
    if equals and name in feeds:
        return name, Path(rest)
    if feed is not None:
        if not configured:
            raise typer.BadParameter(f"--feed {feed}: give --config with the feeds")
        if feed not in feeds:
            raise typer.BadParameter(f"--feed {feed}: there is no such feed; there are {', '.join(feeds)}")
        return feed, Path(file)
    if len(feeds) > 1:
        raise typer.BadParameter(
            f"of which feed is {file}? --feed NAME or NAME={file}; there are {', '.join(feeds)}"
        )
    return next(iter(feeds)), Path(file)
