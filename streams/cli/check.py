"""`nummerwacht check`: what a worker would do with its settings, before one is started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import urlsplit

import typer
from rich.markup import escape

from streams.cli.exits import Exit
from streams.cli.policy_words import explain
from streams.cli.refusals import refusals
from streams.cli.sample import show
from streams.cli.screen import Screen

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
#: The key that docker-compose.yml has for a first look: whoever reads it there can undo pseudonyms that were made with it.
_PUBLIC_KEY = "only-to-look-at-it-with-invented-calls"
_HERE = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})


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
    if sample is not None:
        raise typer.Exit(_sample(settings, feed, sample, screen))
    unusable = _Unusable()
    known = unusable.unless(reference, settings.reference)
    screen.facts(_would(settings, known, unusable))
    if policy is not None:
        explain(policy_of(policy), screen)
    for warning in _unwise(settings, known):
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
    if name not in feeds:
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
        rules = f"{len(feed.attribution)} {'rule' if len(feed.attribution) == 1 else 'rules'}"
    else:
        rules = feed.organisation or (
            "no organisation" if _nameless(feed) else "the record's own organisation"
        )
    return (
        f"{feed.topic} as {feed.dialect}, feed {feed.name!r}: region {feed.region}, zone {feed.zone}, {rules}"
    )


def _nameless(feed: Feed) -> bool:
    """Whether neither its records nor its settings say whose calls they are."""
    if feed.attribution or feed.organisation:
        return False
    named = {
        "canonical": True,
        "cgrates_json": "organisation_from" in feed.options,
        "mapping": not isinstance(feed.mapping, dict) or "organisation" in feed.mapping,
    }
    return not named.get(feed.dialect, False)


def _unwise(settings: Settings, known: Reference | None) -> Iterator[str]:
    """What works, and somebody will regret."""
    from monitor.claim import idle

    kafka, worker = settings.kafka, settings.worker
    yield from _of_no_feed(settings, known)
    hosts = {server.strip().rpartition(":")[0] for server in kafka.bootstrap_servers.split(",")}
    if not kafka.security.security_protocol.endswith("SSL") and hosts - _HERE:
        yield f"kafka.security: {kafka.security.security_protocol} carries CDRs in clear over a network; use SASL_SSL or SSL"
    if kafka.security.ssl_endpoint_identification_algorithm == "none":
        yield "kafka.security: ssl.endpoint.identification.algorithm none takes any server that has a certificate"
    if kafka.replication_factor == 1 and hosts - _HERE:
        yield "kafka.replication_factor: 1 loses the state with the first disk"
    if settings.privacy.key and settings.privacy.key.get_secret_value() == _PUBLIC_KEY:
        yield "privacy.key: the one of docker-compose.yml is public, and undoes pseudonyms; make your own with `openssl rand -hex 32`"
    if settings.privacy.demo:
        yield "privacy.demo: a restart makes new pseudonyms, so people called before look new"
    if worker.http_host not in _HERE:
        yield f"worker.http_host: {worker.http_host} shows metrics without a log-in to whoever reaches it"
    if settings.telemetry.organisation_labels:
        yield "telemetry.organisation_labels: whoever sees the metrics sees who is suspected"
    for at, feed in enumerate(settings.feeds):
        if unsaid := _one_way(feed):
            yield f"feeds.{at}.options: without {unsaid} calls that come in count as the organisation's own, and callers' numbers as shown by it"
        for rule in idle(feed.attribution):
            yield f"feeds.{at}.attribution.{rule}: a rule before it takes all its calls; the first that matches counts"
        if (
            _nameless(feed)
            and feed.unnamed == "together"
            and not (kafka.reference_topic or (known and known.rules(feed.name)))
        ):
            yield (
                f"feeds.{at}: records of {feed.dialect} name no organisation: without attribution all calls are "
                "those of one, `unknown`, of which nothing is told; see `unnamed` as well"
            )
    for at, sink in enumerate(settings.sinks):
        if (
            sink.kind == "webhook"
            and sink.url.startswith("http://")
            and urlsplit(sink.url).hostname not in _HERE
        ):
            yield f"sinks.{at}.url: evidence over http can be read on its way; use https"


def _of_no_feed(settings: Settings, known: Reference | None) -> Iterator[str]:
    """Accounts of the reference whose feed the settings do not have."""
    feeds = {feed.name for feed in settings.feeds}
    for name in sorted({each.feed for each in known.accounts if each.feed} - feeds) if known else ():
        yield f"reference: accounts are of the feed {name}, which is not among the feeds"


def _one_way(feed: Feed) -> str | None:
    """The option by which a dialect would know calls that come in, when nothing is said of either way."""
    from monitor.dialects import module

    ways = [
        name
        for name in module(feed.dialect).OPTIONS.model_fields
        if name.startswith(("inbound_", "outbound_"))
    ]
    coming = next((name for name in ways if name.startswith("inbound_")), None)
    return None if any(feed.options.get(name) for name in ways) else coming
