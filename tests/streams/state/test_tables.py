"""The table of the ledgers: what it says of its store."""

from __future__ import annotations

from pathlib import Path

import faust
from rocksdict import WriteBatch

from streams.state.tables import LedgerTable


def test_what_is_only_in_the_log_of_a_store_is_a_part_of_its_size(tmp_path: Path) -> None:
    """A store that was just written to is no smaller than what was written."""
    app = faust.App("t", broker="kafka://127.0.0.1:1", datadir=tmp_path, store="rocksdb://")
    table = LedgerTable(app, "ledger", 1)
    before = table.bytes(0)
    batch = WriteBatch(raw_mode=True)
    batch.put(b"key", b"x" * 500_000)
    table.table.data._db_for_partition(0).write(batch)
    assert before < 500_000 <= table.bytes(0)
    table.table.data._db_for_partition(0).close()
