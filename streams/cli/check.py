"""`nummerwacht check`: what a worker would do with its settings, before one is started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.markup import escape

from streams.cli.exits import Exit
from streams.cli.policy_words import explain
from streams.cli.refusals import refusals
from streams.cli.sample import show
from streams.cli.screen import Screen
from streams.cli.unwise import nameless, unwise

if TYPE_CHECKING:
    from monitor.feed import Feed
    from monitor.reference import Reference
    from monitor.settings import Settings

T, R = TypeVar("T"), TypeVar("R")

EXAMPLES = """
Examples:

* `nummerwacht check nummerwacht.yml`

* `nummerwacht check nummerwacht.yml --feed north --sample cdr.jsonl` shows what a record became, or why not

* `nummerwacht check --policy nl` explains a policy
"""


def register(main: typer.Typer) -> None:
    main.command("check", epilog=EXAMPLES)(check)


def check(
    config: Annotated[
        Path | None, typer.Argument(help="Settings file; without it the environment alone.")
    ] = None,
    feed: Annotated[
        str | None, typer.Option(help="The feed that --sample is of; not needed when there is one.")
    ] = None,
    sample: Annotated[
        Path | None,
        typer.Option(help="File with records of the feed (`-`: standard input); the first few are shown."),
    ] = None,
    policy: Annotated[str | None, typer.Option(help="Explain this policy: a profile or a file.")] = None,
) -> None:
    """Say what a worker would do with these settings, and what is wrong or unwise in them.

    Ends with 0 when a worker would start. It connects to nothing (see `nummerwacht topics`), and writes to no folder.
    """
    from streams.config import load
    from streams.terms import policy as policy_of
    from streams.terms import reference

    screen = Screen()
    if policy is not None and config is None and sample is None:
        explain(policy_of(policy), screen)
        return
    settings = load(config)
    names = [each.name for each in settings.feeds]
    if feed is not None and feed not in names:
        raise typer.BadParameter(
            f"--feed {feed}: there is no such feed; there are {', '.join(names) or 'none'}"
        )
    if sample is not None:
        raise typer.Exit(_sample(settings, feed, sample, screen))
    unusable = _Unusable()
    known = unusable.unless(reference, settings.reference)
    screen.facts(_would(settings, known, unusable))
    if policy is not None:
        explain(policy_of(policy), screen)
    for warning in unwise(settings, known):
        screen.say(f"[yellow]unwise:[/] {escape(warning)}")
    flaws = [*unusable.found, *refusals(settings)]
    for flaw in flaws:
        screen.say(f"[bold red]would not start:[/] {escape(str(flaw))}")
    if flaws:
        raise typer.Exit(Exit.USAGE)
    screen.say("[green]a worker would start with this[/]")


def _sample(settings: Settings, name: str | None, path: Path, screen: Screen) -> Exit:
    from streams.keys import one_run, pseudonyms
    from streams.terms import reference

    feeds = {feed.name: feed for feed in settings.feeds}
    if name is None and len(feeds) == 1:
        name = next(iter(feeds))
    if name is None:
        raise typer.BadParameter(
            f"--feed: of which feed is the sample? There are: {', '.join(feeds) or 'none'}"
        )
    made = one_run() if settings.privacy.key is None else pseudonyms(settings.privacy)
    return show(feeds[name], path, made, screen, reference(settings.reference))


class _Unusable:
    """What other files hold that can't be used, kept until all of them were looked at."""

    def __init__(self) -> None:
        self.found: list[Exception] = []

    def unless(self, read: Callable[[T], R], of: T) -> R | None:
        """What is read; None where it can't be used."""
        from streams.config import ConfigError

        try:
            return read(of)
        except ConfigError as error:
            self.found.append(error)
            return None


def _would(settings: Settings, known: Reference | None, unusable: _Unusable) -> Iterator[tuple[str, str]]:
    """What a worker would do, one thing a line, but for what can't be used."""
    from monitor.config.duration import text
    from streams.sinks.make import make
    from streams.terms import policy
    from streams.topics import Names

    kafka, names = settings.kafka, Names(settings.kafka.topic_prefix)
    if way := unusable.unless(_way_in, settings):
        yield "connect", f"to {kafka.bootstrap_servers} by {way}"
    for feed in settings.feeds:
        yield "read", _feed(feed)
    yield (
        "write",
        f"calls to {names.calls} ({kafka.partitions} partitions), what can't be read to {names.rejected}",
    )
    if settings.privacy.key is not None:
        yield "hide", f"called numbers behind pseudonyms under the key {settings.privacy.key_id!r}"
    elif settings.privacy.demo:
        yield (
            "hide",
            "called numbers behind pseudonyms under a random key that is forgotten at the end (privacy.demo)",
        )
    if terms := unusable.unless(policy, settings.policy):
        yield (
            "judge",
            f"by the policy {terms.profile} {terms.version} ({terms.jurisdiction}): {', '.join(terms.kinds())}",
        )
    yield (
        "",
        f"each day {text(settings.time.grace)} after its end; repeats are known for {text(settings.time.repeats)}",
    )
    if known:
        yield (
            "know",
            f"{len(known.organisations)} organisations, {len(known.accounts)} accounts, {len(known.ranges)} ranges, "
            f"{len(known.declarations)} declared events, {len(known.exemptions)} exemptions",
        )
    if kafka.reference_topic:
        yield "", f"what the topic {names.reference} says beside; on the same key that counts"
    yield "tell", f"the topic {names.alerts}"
    for sink in settings.sinks:
        if unusable.unless(make, sink):
            yield "", f"{sink.kind} {sink.name}: {sink.url if sink.kind == 'webhook' else sink.path}"
    yield "keep", f"its state in {settings.worker.datadir} and {names.changelog}"
    yield "show", f"/metrics, /healthz and /readyz on {settings.worker.http_host}:{settings.worker.http_port}"


def _way_in(settings: Settings) -> str:
    from streams.cluster.security import connection

    security = settings.kafka.security
    connection(settings.kafka)  # reads certificates and keys, and says what is wrong with them
    if security.sasl_mechanism and security.security_protocol.startswith("SASL"):
        return f"{security.security_protocol}, {security.sasl_mechanism} as {security.sasl_username}"
    return security.security_protocol + (
        " with a certificate of its own" if security.ssl_certificate_location else ""
    )


def _feed(feed: Feed) -> str:
    if feed.attribution:
        whose = f"{len(feed.attribution)} {'rule' if len(feed.attribution) == 1 else 'rules'}"
    else:
        whose = feed.organisation or ("" if nameless(feed) else "the record's own organisation")
    if feed.unnamed != "together" and not feed.organisation:
        each = f"each {feed.unnamed} by itself"
        whose = f"{whose}, else {each}" if whose else each
    return (
        f"{feed.topic} as {feed.dialect}, feed {feed.name!r}: region {feed.region}, zone {feed.zone}, "
        f"{whose or 'no organisation'}"
    )
