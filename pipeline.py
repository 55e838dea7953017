"""tick(): the path of a datum as code, from the source's row to the pixel and the outbox. Read this file first."""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any, Protocol

import pandas as pd

import telemetry
from alerts.seen import World
from collectors.batch import Batch, SourceError
from collectors.collector import Collector, arrived, collect
from kpis import snapshot, urgent, world
from kpis.freshness import blind_sources
from kpis.hotspots_facts.part import ShownLike
from kpis.live import LiveOptions, Observation, observe
from kpis.types import LedgerView, OpenAlert
from kpis.urgent import Memory
from store.facts.db import Facts
from store.facts.errors import StoreError
from store.facts.exempt import mirror
from store.facts.merge import Merged
from store.ledger import exemptions, queries
from store.ledger.ledger import Ledger
from store.scope import Scope
from watching import Watch

PATIENCE_S = 0.25  # how long a tick waits for sources that are being read: the rest comes with the next tick
FIRST_PATIENCE_S = 3.0  # the first one: what happened while no node ran is told before anything is shown
WATCH = Scope.everything("watch")
WATCHED = ("work_orders", "outages", "surveys")

_SHOWN = tuple(OpenAlert.__dataclass_fields__)

Derive = Mapping[str, Callable[[pd.DataFrame, Mapping[str, pd.DataFrame]], pd.DataFrame]]


class Board(Protocol):
    """Where snapshots are shown."""

    def wanted_views(self) -> Sequence[str]: ...
    def show(self, snapshot: snapshot.Snapshot) -> None: ...


class Hotspots(Protocol):
    """What was last seen of hotspots: gathering.turns.Gathering."""

    @property
    def shown(self) -> ShownLike: ...
    def clusters(self) -> pd.DataFrame: ...


class Held:
    """The alerts that are raised or acknowledged, as a snapshot takes them; one that took no step is not made again."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[int, OpenAlert]] = {}
        self._of: Sequence[Mapping[str, Any]] | None = None
        self._shown: tuple[OpenAlert, ...] = ()

    def of(self, ledger: Ledger, held: Sequence[Mapping[str, Any]]) -> tuple[OpenAlert, ...]:
        """`held`: rows of the ledger; the same list again has not changed."""
        if held is self._of:
            return self._shown
        new = [a for a in held if a["id"] not in self._made or self._made[a["id"]][0] != a["version"]]
        since = queries.critical_since(ledger, [a["id"] for a in new if a["critical"] and a["state"] == "raised"])
        for alert in new:
            fields = {**alert, "critical_at": since.get(alert["id"])}
            self._made[alert["id"]] = (alert["version"], OpenAlert(**{name: fields[name] for name in _SHOWN}))
        self._made = {a["id"]: self._made[a["id"]] for a in held}
        self._of, self._shown = held, tuple(one for _, one in self._made.values())
        return self._shown


@dataclass
class House:
    """What a tick works on: made once by `node`, used by one thread, but that a bell has sources read by another."""

    facts: Facts
    ledger: Ledger
    collectors: Mapping[str, Collector]
    derive: Derive
    options: LiveOptions
    watch: Watch
    vitals: Callable[[datetime], pd.DataFrame]  # the node's own measures (alerts.seen.World)
    board: Board
    gathering: Hotspots | None = None
    memory: Memory = field(default_factory=Memory)
    held: Held = field(default_factory=Held)
    register: tuple[int, int] | None = None  # revision of the register of exemptions that the facts mirror
    patience_s: float = FIRST_PATIENCE_S
    reading: threading.Lock = field(default_factory=threading.Lock)  # held by who asks sources and merges


def tick(house: House, now: datetime, monotonic: Callable[[], float]) -> Observation:
    """One turn, in the order in which a datum travels. `monotonic`: the real clock, by which sources are paced."""
    with house.reading:
        with timed("collect"):
            batches, errors = collect(house.collectors, house.facts.cursor, monotonic, house.patience_s, house.facts)
            house.patience_s = PATIENCE_S
        with timed("merge"):
            take_in(house, batches, errors, now)
            take_exemptions(house)
    versions = house.facts.versions()  # taken first: rows that change meanwhile are looked at again
    with house.facts.read(WATCH) as reader:
        keep_promises(house, reader, versions, now)  # a promise waits for no figure
        with timed("evaluate"):
            observation = observe(reader, house.options, versions, house.memory, now)
    with timed("judge"):
        house.watch.turn(now, the_rest(house, observation, now))
    with timed("show"):
        show(house, observation)
    take_late(house, now, monotonic)
    return observation


def keep_promises(house: House, reader: Any, versions: Mapping[str, int], now: datetime) -> None:
    with timed("look"):
        seen = urgent.look(reader, house.options.clocks, versions, house.memory, now)
    with timed("judge"):
        house.watch.turn(now, promises(house, seen, now))


def take_late(house: House, now: datetime, monotonic: Callable[[], float]) -> None:
    """What came while figures were made is judged now and shown with the next tick."""
    with house.reading:
        batches, errors = arrived(house.collectors, monotonic)
        if not batches and not errors:
            return
        with timed("merge"):
            take_in(house, batches, errors, now)
    judge_promises(house, now)


def judge_promises(house: House, now: datetime) -> None:
    with house.facts.read(WATCH) as reader:
        keep_promises(house, reader, house.facts.versions(), now)


def take_rung(house: House, now: datetime, monotonic: Callable[[], float]) -> None:
    """What sources have whose bell rang goes to the facts, beside a tick that looks at them or between two."""
    with house.reading, timed("merge"):
        rung = {name: one for name, one in house.collectors.items() if one.rings.is_due(monotonic())}
        take_in(house, *arrived(rung, monotonic), now)  # of a read that was going on
        idle = {name: one for name, one in rung.items() if not one.is_busy}
        take_in(house, *collect(idle, house.facts.cursor, monotonic, PATIENCE_S, house.facts), now)


def take_in(house: House, batches: Iterable[Batch], errors: Mapping[str, SourceError], now: datetime) -> None:
    """Merges what was read; a source that failed, or whose rows can not be stored, stops no other."""
    for name, error in errors.items():
        fault(house, name, error.message, now, error.mapping)
    dropped: set[tuple[str, str]] = set()
    for batch in batches:
        telemetry.SOURCE_QUERIES.labels(batch.source).inc(batch.queries)
        telemetry.SOURCE_QUERY_SECONDS.labels(batch.source).inc(batch.query_s)
        if (batch.source, batch.mapping) in dropped:
            compared(house, batch, None)
            continue  # its earlier page was not stored: this one comes again
        if batch.looked and batch.looked.tallies is not None:
            compared(house, batch, None)
            continue
        try:
            merged = house.facts.merge(batch, house.derive)
        except StoreError as error:
            dropped.add((batch.source, batch.mapping))
            fault(house, batch.source, str(error), now, batch.mapping)
            compared(house, batch, None)
        else:
            count(batch, merged)
            compared(house, batch, merged)
    house.facts.link_some()


def compared(house: House, batch: Batch, merged: Merged | None) -> None:
    """What a comparison found decides what is compared next. `merged`: None where nothing was stored."""
    if batch.looked is None and not batch.open_only:
        return
    comparing = house.collectors[batch.source].comparing
    if merged is None:
        comparing.take(batch, house.facts, None)
        return
    comparing.take(batch, house.facts, merged.missing, merged.differences, merged.held)
    for kind, many in merged.differences.items():
        telemetry.SOURCE_DIFFERENCES.labels(batch.source, kind).inc(many)


def take_exemptions(house: House) -> None:
    """Mirrors the register of exemptions into the facts when it changed, and at the first tick."""
    revision = exemptions.revision(house.ledger)  # taken first: what is entered meanwhile comes with the next tick
    if revision != house.register:
        mirror(house.facts, exemptions.standing(house.ledger), house.derive)
        house.register = revision


def fault(house: House, source: str, message: str, now: datetime, mapping: str | None) -> None:
    """Notes what could not be read or stored, until it can."""
    house.facts.record_error(source, message, now, mapping)
    telemetry.SOURCE_ERRORS.labels(source).inc()


def count(batch: Batch, merged: Merged) -> None:
    for outcome in ("rows_read", "changed", "new", "vanished", "rejected"):
        telemetry.SOURCE_ROWS.labels(batch.source, outcome).inc(getattr(merged, outcome))


def promises(house: House, seen: urgent.Urgent, now: datetime) -> World:
    """Of what rules may look at: open orders with their clocks, and outages."""
    minute = int(now.timestamp() // 60)  # of an outage's orders: how many are past their limit
    key = (id(seen.open_orders), id(seen.outages), id(seen.watched_outages), minute)
    frames = house.memory.get("promises", key, lambda: world.of_promises(seen, house.options, now))
    return World(now, frames, blind(house, now))


def the_rest(house: House, observation: Observation, now: datetime) -> World:
    """Of what rules may look at: figures, what is asked once a minute, and the watch itself."""
    frames = dict(
        house.memory.get("matters seen", id(observation.matters), lambda: world.of_matters(observation.matters))
    )
    frames["figures"] = world.figures(observation, house.options, house.watch.wanted_figures)
    states, promises = house.facts.states(), house.options.promises
    frames["sources"] = world.of_sources(states, promises)
    doubts = [(s.name, d.what, d.since_at) for s in states for d in s.doubts if s.name in promises]
    frames["suspicions"] = pd.DataFrame(doubts, columns=["source", "what", "since_at"])
    frames["vitals"] = house.vitals(now)
    if house.gathering is not None:
        frames["clusters"] = house.gathering.clusters()
    return World(now, frames, blind(house, now))


def blind(house: House, now: datetime) -> dict[str, Collection[str]]:
    states, promises = house.facts.states(), house.options.promises
    return {table: blind_sources(states, now, promises, table) for table in WATCHED}


def show(house: House, observation: Observation) -> None:
    """A snapshot of every view that somebody looks at, rolled up from the one observation."""
    opened = house.held.of(house.ledger, house.watch.raised())
    states, ledger = house.facts.states(), LedgerView(opened, tuple(queries.log(house.ledger, snapshot.LOGGED)))
    hotspots = house.gathering.shown if house.gathering else None
    for view in house.board.wanted_views():
        unit = view.partition("@")[2] or None
        house.board.show(snapshot.build(observation, ledger, states, house.options, unit, hotspots))


@contextmanager
def timed(part: str) -> Iterator[None]:
    began = perf_counter()
    yield
    telemetry.TICK_SECONDS.labels(part).observe(perf_counter() - began)
