"""What works in settings, and somebody will regret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.call import UNKNOWN

if TYPE_CHECKING:
    from monitor.feed import Feed
    from monitor.reference import Reference
    from monitor.settings import Settings

#: The key that docker-compose.yml has for a first look: whoever reads it there can undo pseudonyms that were made with it.
_PUBLIC_KEY = "only-to-look-at-it-with-invented-calls"
_HERE = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
#: Organisations that are named; a carrier has thousands.
_NAMED = 5


def nameless(feed: Feed) -> bool:
    """Whether neither its records nor its settings say whose calls they are."""
    if feed.attribution or feed.organisation:
        return False
    named = {
        "canonical": True,
        "cgrates_json": "organisation_from" in feed.options,
        "mapping": not isinstance(feed.mapping, dict) or "organisation" in feed.mapping,
    }
    return not named.get(feed.dialect, False)


def unwise(settings: Settings, known: Reference | None) -> Iterator[str]:
    """Each such thing, with the path of its setting. known: what is known of organisations."""
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
        if not kafka.reference_topic and (whose := _without_numbers(feed, known)):
            yield f"feeds.{at}.attribution: {_back(feed, whose)}"
        if (
            nameless(feed)
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


def _without_numbers(feed: Feed, known: Reference | None) -> list[str]:
    """Organisations that calls of a feed are said to be of by account or trunk, and none by the number that was called."""
    from monitor.claim import without_numbers

    if not _comes_in(feed) or _says_whose(feed) or (feed.dialect == "canonical" and not feed.attribution):
        return []
    rules = [*feed.attribution, *(known.rules(feed.name) if known else ())]
    return [name for name in without_numbers(rules) if name != feed.organisation]


def _back(feed: Feed, whose: list[str]) -> str:
    """What becomes of calls to the numbers of such organisations, and what to do."""
    more = f" and {len(whose) - _NAMED:,} others" if len(whose) > _NAMED else ""
    names = ", ".join(map(repr, whose[:_NAMED])) + more
    theirs = (
        "nobody's (`unknown`)" if feed.organisation in (None, UNKNOWN) else f"those of {feed.organisation!r}"
    )
    if feed.unnamed != "together":
        theirs += f", or its {feed.unnamed}'s by itself"
    return (
        f"only an account or a trunk says that calls are those of {names}, and a call that comes in seldom has its customer's: "
        f"calls back are {theirs}, so it is not known who answers them; give the numbers too, by `first` and `last` or "
        "`prefix`, here or in the reference's `ranges`"
    )


def _comes_in(feed: Feed) -> bool:
    """Whether calls that come in can be among its records."""
    from monitor.cdr.mapping import mapping

    if feed.dialect == "canonical":
        return True
    if feed.dialect == "mapping":
        return mapping(feed).direction.constant != "outbound"
    return any(feed.options.get(name) for name in feed.options if name.startswith("inbound_"))


def _says_whose(feed: Feed) -> bool:
    """Whether its records are told to name the organisation."""
    from monitor.cdr.mapping import mapping

    if feed.dialect == "mapping":
        return mapping(feed).organisation is not None
    return "organisation_from" in feed.options
