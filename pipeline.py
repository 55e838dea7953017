"""tick(): the path of a datum as code, from the source's row to the pixel and the outbox. Read this file first."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Protocol

import pandas as pd

import telemetry
from alerts.judge import blind_sources
from alerts.seen import World
from collectors.batch import Batch, SourceError
from collectors.collector import Collector, collect
from kpis import snapshot, world
from kpis.hotspots_facts.part import ShownLike
from kpis.live import LiveOptions, Memory, Observation, observe
from kpis.types import LedgerView, OpenAlert
from store.facts.db import Facts
from store.facts.errors import StoreError
from store.facts.exempt import mirror
from store.facts.merge import Merged
from store.ledger import exemptions, queries
from store.ledger.ledger import Ledger
from store.scope import Scope
from watching import Watch

PATIENCE_S = 0.25  # how long a tick waits for sources that are being read: the rest comes with the next tick
WATCH = Scope.everything("watch")
SUSPICIOUS = "rows_missing"  # what is noticed so far: open rows that are gone all at once (store.facts.vanish)
WATCHED = ("work_orders", "outages", "surveys")

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


@dataclass
class House:
    """What a tick works on: made once by `node`, used by one thread."""

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
    register: tuple[int, int] | None = None  # revision of the register of exemptions that the facts mirror


def tick(house: House, now: datetime, monotonic: Callable[[], float]) -> Observation:
    """One turn, in the order in which a datum travels. `monotonic`: the real clock, by which sources are paced."""
    with timed("collect"):
        batches, errors = collect(house.collectors, house.facts.cursor, monotonic, PATIENCE_S)
    with timed("merge"):
        take_in(house, batches, errors, now)
        take_exemptions(house)
    with timed("evaluate"):
        versions = house.facts.versions()  # taken first: rows that change meanwhile are looked at again
        with house.facts.read(WATCH) as reader:
            observation = observe(reader, house.options, versions, house.memory, now)
    with timed("judge"):
        house.watch.turn(now, looked(house, observation, now))
    with timed("show"):
        show(house, observation)
    return observation


def take_in(house: House, batches: Iterable[Batch], errors: Mapping[str, SourceError], now: datetime) -> None:
    """Merges what was read; a source that failed, or whose rows can not be stored, stops no other."""
    for name, error in errors.items():
        fault(house, name, error.message, now, error.mapping)
    dropped: set[tuple[str, str]] = set()
    for batch in batches:
        if (batch.source, batch.mapping) in dropped:
            continue  # its earlier page was not stored: this one comes again
        try:
            count(batch, house.facts.merge(batch, house.derive))
        except StoreError as error:
            dropped.add((batch.source, batch.mapping))
            fault(house, batch.source, str(error), now, batch.mapping)


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
    telemetry.SOURCE_QUERIES.labels(batch.source).inc(batch.queries)
    telemetry.SOURCE_QUERY_SECONDS.labels(batch.source).inc(batch.query_s)
    for outcome in ("rows_read", "changed", "new", "vanished", "rejected"):
        telemetry.SOURCE_ROWS.labels(batch.source, outcome).inc(getattr(merged, outcome))


def looked(house: House, observation: Observation, now: datetime) -> World:
    """Everything that rules may look at, as this observation saw it."""
    states, fresh_s = house.facts.states(), house.options.fresh_s
    minute = int(now.timestamp() // 60)  # of an outage's orders: how many are past their limit
    parts = (observation.open_orders, observation.outages, observation.watched_outages, observation.matters)
    key = (*map(id, parts), minute)
    frames = dict(house.memory.get("world", key, lambda: world.frames(observation, house.options, now)))
    frames["figures"] = world.figures(observation, house.options, house.watch.wanted_figures)
    sources = [(s.name, s.as_of, s.error, fresh_s[s.name]) for s in states if s.name in fresh_s]
    frames["sources"] = pd.DataFrame(sources, columns=["name", "as_of", "error", "fresh_s"])
    doubts = [(s.name, SUSPICIOUS, s.suspicion, s.as_of) for s in states if s.suspicion and s.name in fresh_s]
    frames["suspicions"] = pd.DataFrame(doubts, columns=["source", "what", "said", "since_at"])
    frames["vitals"] = house.vitals(now)
    if house.gathering is not None:
        frames["clusters"] = house.gathering.clusters()
    return World(now, frames, {table: blind_sources(states, now, fresh_s, table) for table in WATCHED})


def show(house: House, observation: Observation) -> None:
    """A snapshot of every view that somebody looks at, rolled up from the one observation."""
    states, ledger = house.facts.states(), ledger_view(house.ledger)
    hotspots = house.gathering.shown if house.gathering else None
    for view in house.board.wanted_views():
        unit = view.partition("@")[2] or None
        house.board.show(snapshot.build(observation, ledger, states, house.options, unit, hotspots))


def ledger_view(ledger: Ledger) -> LedgerView:
    held = queries.open_alerts(ledger)
    since = queries.critical_since(ledger, [a["id"] for a in held if a["critical"] and a["state"] == "raised"])
    shown = [{**a, "critical_at": since.get(a["id"])} for a in held]
    open_ = tuple(OpenAlert(**{name: a[name] for name in OpenAlert.__dataclass_fields__}) for a in shown)
    return LedgerView(open_, tuple(queries.log(ledger, snapshot.LOGGED)))


@contextmanager
def timed(part: str) -> Iterator[None]:
    began = perf_counter()
    yield
    telemetry.TICK_SECONDS.labels(part).observe(perf_counter() - began)
