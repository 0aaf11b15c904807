"""Lives: what one partition says at a day's close of organisations that begin, end or go on.

Whether one organisation took over from another can't be seen where only one of them is. So each
partition tells what is needed of its own, and one place (`registry.py`) hears all. Little is said: of
an organisation that is new, on the days of its first weeks; of one that falls silent, once; of all
others once in four weeks, that they go on and through which lines. Who is new or silent is told with a
sample of the persons it called (pseudonyms) and of the numbers that it called from; who goes on, with a smaller
one of the persons alone, by which it is seen what any two have in common there. Who began and ended when is
said of its real calling (`presence.py`).

What is said of a day depends on the calls up to that day alone. Said twice, it says the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TypeVar

import numpy as np
import polars as pl
import zstandard
from pydantic import TypeAdapter

from monitor.across.pools import Pool
from monitor.columns.lookup import GOLDEN
from monitor.fleet.presence import Presence, presence
from monitor.fleet.state import State
from monitor.newer import NewerVersion
from monitor.remembered.met import DAYS as MET_DAYS

#: Days of silence after which an organisation is told to have fallen silent: longer than a long weekend.
SILENT = 5
#: Days of an organisation's life in which it is new, and told of whenever it calls.
NEW = 21
#: Days for which a feed was seen without an organisation before it can be new, or go on for another: a long weekend.
#: On a feed's first days everybody is seen first, and would be told of with a sample.
WITHOUT = 4
#: Days between two signs of life of one that goes on.
SIGN = 28
#: Numbers told of an organisation.
SAMPLE = 64
#: Persons told of it: of two samples some ninety can be compared, which tells a half from a third; of 64, it was forty-five.
PERSONS = 128
#: Persons told of one that goes on: of each that many, of many of them more than enough.
FEWER = 64
#: Calls that a number has for certain where it is its organisation's own, and the others have ten times as many each.
_STRAY = 5
#: Bytes of text in one piece, so that it stays below what a broker takes also where nothing is left to pack: 1 MiB, of which a
#: seventh is for names and headers. An organisation has some 5 kB with a sample, and with many lines of long names up to 200 kB.
PIECE = 900_000
#: 1: without feeds and coverage; 2: without days since a number's last use, and calls back; 3: without pools; 4: with all lines,
#: and without the first day that pools are about; 5: without persons of those that go on, by whom one told with a sample was known
_VERSION = 6


@dataclass(slots=True)
class Life:
    """An organisation as it stood at a day's close."""

    organisation: str
    first: int  # its first day with outbound calls that are more than a trickle
    watched: int  # the first day of the feeds on which that was
    last: int  # the last such day
    calls: int  # outbound, in the last four weeks
    lines: dict[str, int]  # calls by line, in about the same weeks, of each kind those with most (`ties.py`)
    #: Where it is told with a sample: numbers of the last four weeks (number, first use, last use, calls, days since
    #: the last use on which the organisation called), and of the persons it called those below `upto`, of whom none
    #: is missing. None: without a sample; of one that goes on it is of persons alone.
    numbers: list[list[int]] | None = None
    persons: list[int] | None = None
    upto: int = 0
    feeds: list[str] = field(default_factory=list)  # on which it called in the last four weeks
    coverage: float = 1.0  # share of its days on which these were seen, or are always at rest
    #: With a sample: calls to its numbers in about a month, of each no more than were made from it.
    called: int = 0
    answered: int = 0  # of these
    others: dict[str, int] = field(default_factory=dict)  # calls by kind of line, on those that are not told


_T = TypeVar("_T", Life, Pool)
_FIELDS = [each.name for each in fields(Life)]
#: The fields of one, in their order; what is in them is not copied, as `astuple` does to the bottom.
_ROW = attrgetter(*_FIELDS)
#: What is read is held against its types: a wrong one must fail there, not where days are judged.
_LIVES, _HEAD = TypeAdapter(list[Life]), TypeAdapter(tuple[int, int, int, bool])
_POOLS = TypeAdapter(list[Pool])


@dataclass(slots=True)
class Report:
    """What a partition says of a day, or a piece of it."""

    partition: int
    day: int
    piece: int = 0
    whole: bool = True  # the last piece
    lives: list[Life] = field(default_factory=list)
    pools: list[Pool] = field(default_factory=list)  # on the last day of a week (`pools.py`)

    def encode(self) -> bytes:
        rows = [_ROW(life) for life in self.lives]
        text = json.dumps(
            [
                _VERSION,
                self.partition,
                self.day,
                self.piece,
                self.whole,
                rows,
                _POOLS.dump_python(self.pools, mode="json"),
            ],
            separators=(",", ":"),
        )
        return zstandard.compress(text.encode())

    @classmethod
    def decode(cls, data: bytes) -> Report:
        """Raises `NewerVersion`, and others for what is no report."""
        version, *read = json.loads(zstandard.decompress(data))
        if version > _VERSION:
            raise NewerVersion("lives", version, _VERSION)
        partition, day, piece, whole, rows, *later = read
        lives = _LIVES.validate_python([dict(zip(_FIELDS, row, strict=False)) for row in rows])
        if version < 3:
            for life in lives:
                life.numbers = life.numbers and [[*number, 0] for number in life.numbers]
        pools = _POOLS.validate_python(later[0] if later else [])
        return cls(*_HEAD.validate_python((partition, day, piece, whole)), lives, pools)


def reports(state: State, partition: int, pools: Sequence[Pool] = ()) -> Iterator[Report]:
    """What a partition says at the close of the state's last day, in pieces; one that has nothing to say says so."""
    day = state.day
    size = len(state.names)
    lately = (state.ties.last[:size] > day - SIGN) & (state.ties.first[:size] <= day)
    codes = np.flatnonzero(lately & np.asarray(state.single, bool))
    there = presence(state, codes)
    first, last = there.first, there.last
    new = (last == day) & (day - first < NEW) & (first >= there.watched + WITHOUT)
    ends = day - last == SILENT
    back = (last == day) & (day - there.before > SILENT) & (there.before >= first)
    turn = (state.hashes[codes] % np.uint64(SIGN)).astype(np.int64) == day % SIGN
    told = new | ends | back | (turn & (day - last < SIGN))
    sampled = set(codes[new | ends].tolist())
    lives = sorted(_lives(state, codes[told], there.of(told), sampled), key=lambda life: life.organisation)
    pieces = [(some, []) for some in _pieces(lives, _ROW)] or [([], [])]
    pieces += [([], some) for some in _pieces(pools, lambda pool: _POOLS.dump_python([pool], mode="json"))]
    for piece, (some, theirs) in enumerate(pieces):
        yield Report(partition, day, piece, piece == len(pieces) - 1, some, theirs)


def _pieces(those: Sequence[_T], form: Callable[[_T], object]) -> Iterator[list[_T]]:
    """Those in turn, as many in one piece as have `PIECE` bytes of text; one that has more by itself goes alone."""
    piece: list[_T] = []
    size = 0
    for each in those:
        own = len(json.dumps(form(each), separators=(",", ":"))) + 1
        if piece and size + own > PIECE:
            yield piece
            piece, size = [], 0
        piece.append(each)
        size += own
    if piece:
        yield piece


def _lives(state: State, told: np.ndarray, there: Presence, sampled: set[int]) -> Iterator[Life]:
    if not len(told):
        return
    lines, others = state.ties.of(told)
    day = state.day
    with_sample = np.asarray(sorted(sampled), np.int32)
    going_on = np.asarray(sorted(set(told.tolist()) - sampled), np.int32)
    persons = state.met.sample(with_sample, day - MET_DAYS, day, PERSONS)
    persons |= state.met.sample(going_on, day - MET_DAYS, day, FEWER)
    numbers = _numbers(state, with_sample)
    calls_back = _calls_back(state, with_sample)
    calls = state.volume.between(told, there.last - SIGN, there.last)
    feeds, coverages = _carried(state, told, there.first, there.last)
    columns = (told, there.first, there.watched, there.last, calls, coverages)
    for feed, (code, first, watched, last, called, coverage) in zip(
        feeds, zip(*(column.tolist() for column in columns), strict=True), strict=True
    ):
        name, links = state.names[code], lines.get(code, {})
        life = Life(name, first, watched, last, called, links, feeds=feed, coverage=coverage)
        life.others = others.get(code, {})
        life.persons, life.upto = persons.get(code, ([], 0))
        if code in sampled:
            life.numbers = numbers.get(code, [])
            life.called, life.answered = calls_back[code]
        yield life


def _carried(
    state: State, codes: np.ndarray, first: np.ndarray, last: np.ndarray
) -> tuple[list[list[str]], np.ndarray]:
    """The feeds of organisations' last calls, and the share of the days of their lives on which these were seen."""
    since = (last - SIGN).tolist()
    patterns = [state.feeds_of(code, after) for code, after in zip(codes.tolist(), since, strict=True)]
    names = {pattern: sorted(state.history.names(pattern)) for pattern in set(patterns)}
    seen = state.history.covered(np.asarray(patterns, np.int64), first - 1, last)
    return [names[pattern] for pattern in patterns], np.round(seen / np.maximum(last - first + 1, 1), 4)


def carried(lives: Iterable[Life]) -> tuple[tuple[str, ...], float]:
    """The feeds of several lives together, and the least of their coverages."""
    lives = list(lives)
    feeds = sorted({feed for life in lives for feed in life.feeds})
    return tuple(feeds), min((life.coverage for life in lives), default=1.0)


def _numbers(state: State, wanted: np.ndarray) -> dict[int, list[list[int]]]:
    """Numbers of the last four weeks; of many those that any other organisation would tell of first, too.

    Left out is one with a call or two where they have many each: it is another's, as a rule, and a call from it was misattributed.
    """
    tenures = state.tenures
    among = np.zeros(len(state.names), bool)
    among[wanted] = True
    rows = np.flatnonzero(among[tenures.organisation] & (tenures.last > state.day - SIGN - SILENT))
    if not len(rows):
        return {}
    of, made = tenures.organisation[rows], tenures.calls[rows].astype(np.float64)
    usual = np.bincount(of, made) / np.maximum(np.bincount(of), 1)
    rows = rows[made >= np.minimum(state.trickle * usual, _STRAY)[of]]
    rows = rows[np.lexsort((tenures.number[rows] * GOLDEN, tenures.organisation[rows]))]
    theirs = tenures.organisation[rows]
    starts = np.flatnonzero(np.append(True, theirs[1:] != theirs[:-1]))
    until = tenures.used_until()
    found: dict[int, list[list[int]]] = {}
    for code, at, end in zip(theirs[starts].tolist(), starts, [*starts[1:], len(rows)], strict=True):
        ours = rows[at : min(end, at + SAMPLE)]
        columns = [column[ours] for column in (tenures.number, tenures.first, until, tenures.calls)]
        columns.append(state.active.between(tenures.organisation[ours], until[ours], state.day))
        found[code] = [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)]
    return found


def _calls_back(state: State, wanted: np.ndarray) -> dict[int, list[int]]:
    """Calls to the numbers of organisations, and of these those that were answered; counted as `fleet/answering.py` does."""
    if not len(wanted):
        return {}
    known, _ = state.calls_back()
    known = known.drop("day").filter(
        pl.col("organisation").is_in(pl.Series(wanted, dtype=pl.Int32).implode())
    )
    known = known.group_by("organisation", "number").sum()
    codes, numbers, inbound, answered = (column.to_numpy() for column in known.iter_columns())
    rows = state.rows_of(codes, numbers)
    ours = (rows >= 0) & (inbound > 0)
    counted = np.minimum(inbound[ours], state.tenures.term[rows[ours]])
    codes, picked = codes[ours], counted * answered[ours] / inbound[ours]
    columns = [np.bincount(codes, counts, len(state.names)) for counts in (counted, picked)]
    return {code: [round(float(column[code])) for column in columns] for code in wanted.tolist()}
