"""Months of each switch's records on topics of their own, read by one worker: the same alerts from each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from monitor.simulate.dialects import DIALECTS
from monitor.simulate.writers import records
from tests.cdr.feeds import OPTIONS
from tests.field.field import Field
from tests.field.traffic import calls, replayed, told, until


@pytest.mark.wide
async def test_every_dialect_leads_to_the_same_alerts_and_keeps_what_it_cannot_read(
    bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    """Five feeds at once, each in its dialect with its rules: each one's carousels are told, and a poison record of each lies on `cdr.rejected` with its bytes, headers and reason."""
    frame = calls("small", days=45)
    accounts = frame.select("account", "organisation").unique().sort("account").rows()
    feeds = [
        {
            "name": name.replace("_", "-"),
            "dialect": name,
            "options": OPTIONS.get(name, {}),
            "attribution": [{"account": a, "organisation": f"{o} by {name}"} for a, o in accounts],
        }
        for name in DIALECTS
    ]
    # A busy machine may hold one topic's sender up for some seconds, which is days of these calls: they would be late.
    field = await Field(bootstrap, prefix, tmp_path, feeds=feeds, more={"time": {"idle": "10s"}}).make()
    unnamed = frame.with_columns(organisation=None)
    sent = {feed["name"]: records(unnamed, feed["dialect"]) for feed in feeds}
    poison = b'{"cut": "off'
    for values in sent.values():
        values.insert(len(values) // 2, poison)
    try:
        field.start(1)
        total = await field.send(sent)
        state = await field.settled(total)
        events, rejected = await field.alerts(), await field.read(field.names.rejected)
        field.stop(1)
    finally:
        field.end()

    outcome = replayed(field, sent)
    assert set(told(events)) == {(alert.id, alert.sequence) for alert in until(outcome.alerts, state)}
    found = Counter(
        (event["data"]["kind"], event["data"]["organisation"].split(" by ")[0]) for event in events
    )
    assert {count % len(DIALECTS) for count in found.values()} == {0}
    assert {kind for kind, _ in found} >= {"number_carousel", "anonymous_calls"}
    assert [record.value for record in rejected] == [poison] * len(feeds)
    said = [dict(record.headers) for record in rejected]
    assert {headers["nw-feed"].decode() for headers in said} == {feed["name"] for feed in feeds}
    for headers in said:
        assert headers["nw-reason"].decode() in ("not_json", "wrong_columns", "not_csv")
        assert headers["nw-topic"].decode() == f"{prefix}cdr.{headers['nw-feed'].decode()}"
        assert headers["nw-partition"].isdigit()
        assert headers["nw-offset"].isdigit()
