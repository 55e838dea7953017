"""The rig: a table that is written to under faults, read by a collector with its child process into facts, and compared
with them row for row in the end. Beside it plain watermark polling, to see what that loses.

Time is the rig's own: a table of the source holds its clock, and pauses are passed by moving it.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from collectors.arrow import table_of
from collectors.batch import Reply
from collectors.collector import Collector
from collectors.comparing import Comparing
from collectors.looks import last_night
from collectors.project import Projector
from settings_sources import Source
from store.facts.db import Facts
from tests.collectors.rig import ORDERS, START, wall
from tests.mariadb import MariaDb
from tests.proxy import Proxy

COLUMNS: Final = ("no", "changed", "opened", "minutes", "kind", "calls", "account", "phone", "words", "due")
MAPPING: Final[Mapping[str, Any]] = {**ORDERS, "open_while_empty": ["due"]}
TEXTS: Final = ("停电了", "😀𠮷", "it's \\ \" % :x ?", "é" * 50, "长" * 21_000, "")
LIMIT_S: Final = 2.0
ISOLATION: Final = {"postgresql": "READ COMMITTED", "mysql": "READ COMMITTED"}  # no locks between rows
APART: Final = 90_000_000  # keys of rows that an open transaction inserts: no other change waits for it
WAIT_S: Final = 120.0
MOST_TURNS: Final = 1_000

# What may befall a step of each mix, and how often.
MIXES: Final[Mapping[str, Mapping[str, float]]] = {
    "calm": {"tie": 0.1, "text": 0.1},
    "late": {"hold": 0.15, "late": 0.25, "tie": 0.1},
    "clocks": {"jump": 0.06, "late": 0.1, "tie": 0.1},
    "silent": {"silent": 0.15, "delete": 0.15, "partial": 0.03, "text": 0.05},
    "breaks": {
        "cut": 0.06,
        "slow": 0.03,
        "restart": 0.02,
        "lock": 0.02,
        "kill": 0.05,
        "hang": 0.02,
        "rename": 0.02,
        "node": 0.03,
        "second": 0.02,
        "widen": 0.02,
        "hold": 0.05,
        "delete": 0.05,
    },
}

ALL: Final = "all"


def _faults(mix: str) -> Mapping[str, float]:
    if mix != ALL:
        return MIXES[mix]
    return {fault: often for one in MIXES.values() for fault, often in one.items()}


@dataclass
class Outcome:
    """What a mix came to. The three counts are of rows by which facts, or the rival, differ from the source."""

    changes: int = 0
    missing: int = 0
    phantom: int = 0
    differing: int = 0
    rival: tuple[int, int, int] = (0, 0, 0)
    faults: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> tuple[int, int, int]:
        return self.missing, self.phantom, self.differing


@dataclass
class Held:
    """A transaction that is open on the source until `until`."""

    connection: sa.Connection
    until: datetime


class Faulty:
    """One source under one mix. `many`: rows of the table at the start; `size`: changes of a step."""

    def __init__(
        self,
        url: sa.URL,
        folder: Path,
        seed: int,
        many: int,
        size: int,
        server: MariaDb | None = None,
        mapping: Mapping[str, Any] = MAPPING,
    ) -> None:
        self.chance, self.size, self.server = random.Random(seed), size, server  # noqa: S311
        self.folder, self.now, self.mono, self.clock_off = folder, START, 0.0, timedelta(0)
        self.engine = sa.create_engine(url, isolation_level=ISOLATION.get(url.get_backend_name(), "SERIALIZABLE"))
        self.dialect = self.engine.dialect.name
        self.next_no = many
        self._make(many)
        self.proxy = self._proxy(url)
        reached = url if self.proxy is None else url.set(host="127.0.0.1", port=self.proxy.port, query={})
        self.source = Source.model_validate(
            {
                "url": reached.render_as_string(hide_password=False),
                "tables": [mapping],
                "page": 5_000,
                "limit_s": LIMIT_S,
                "clock": "gd_clock.at",
                "clock_format": "%Y-%m-%d %H:%M:%S",
                "codes": {"category": {"0": "fault_report", "2": "complaint"}},
            }
        )
        self.facts = Facts(folder / "facts.duckdb", "Asia/Shanghai")
        self.collector = self._collector()
        self.rival: dict[str, tuple[Any, ...]] = {}
        self.rival_mark = ""
        self.later: list[tuple[datetime, Callable[[], None]]] = []
        self.held: list[Held] = []
        self.partial_until: datetime | None = None
        self.outcome = Outcome()

    def _proxy(self, url: sa.URL) -> Proxy | None:
        if self.dialect == "sqlite":
            return None
        if self.dialect == "mysql":
            return Proxy((str(url.host), int(url.port or 3306)))
        folder = str(url.query["host"]) if "host" in url.query else str(url.host)
        port = url.port or 5432
        return Proxy(f"{folder}/.s.PGSQL.{port}" if folder.startswith("/") else (folder, port))

    def _collector(self) -> Collector:
        return Collector("gd", self.source, b"site key", lambda: self.now, jitter=lambda: 1.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for held in self.held:
            held.connection.close()
        self.collector.stop()
        self.facts.close()
        self.engine.dispose()
        if self.proxy is not None:
            self.proxy.__exit__()

    # The source

    def _make(self, many: int) -> None:
        text = "MEDIUMTEXT" if self.dialect == "mysql" else "TEXT"
        kinds = {"no": "VARCHAR(24)", "changed": "VARCHAR(30)", "words": text, "due": "VARCHAR(30)"}
        body = ", ".join(f"{name} {kinds.get(name, 'VARCHAR(40)')}" for name in COLUMNS)
        with self.engine.begin() as connection:
            for kind, name in (("VIEW", "gd"), ("TABLE", "gd"), ("TABLE", "gd_all"), ("TABLE", "gd_clock")):
                self._drop(connection, kind, name)
            connection.execute(sa.text("CREATE TABLE gd_clock (at VARCHAR(30))"))
            connection.execute(sa.text("INSERT INTO gd_clock VALUES (:at)"), {"at": wall(self.now)})
            connection.execute(sa.text(f"CREATE TABLE gd ({body})"))
            for column in ("changed", "no"):
                connection.execute(sa.text(f"CREATE INDEX gd_by_{column} ON gd ({column})"))
        spread = 3 * 86_400
        rows = [self._row(no, START - timedelta(seconds=spread - spread * no / many)) for no in range(many)]
        self._insert(rows)

    def _drop(self, connection: sa.Connection, kind: str, name: str) -> None:
        views = sa.inspect(connection).get_view_names()
        if (name in views) == (kind == "VIEW"):
            connection.execute(sa.text(f"DROP {kind} IF EXISTS {name}"))

    def _row(self, no: int, at: datetime) -> dict[str, Any]:
        is_open = self.chance.random() < 0.2
        row = dict.fromkeys(COLUMNS) | {"no": f"{no:08}", "changed": wall(at), "opened": wall(START), "kind": "0"}
        return row | {"calls": "1", "phone": f"138{no:08}", "due": None if is_open else wall(START)}

    def _insert(self, rows: list[dict[str, Any]], connection: sa.Connection | None = None) -> None:
        names, marks = ", ".join(COLUMNS), ", ".join(f":{name}" for name in COLUMNS)
        statement = sa.text(f"INSERT INTO {self._table} ({names}) VALUES ({marks})")  # noqa: S608
        if connection is not None:
            connection.execute(statement, rows)
            return
        for first in range(0, len(rows), 10_000):
            with self.engine.begin() as one:
                one.execute(statement, rows[first : first + 10_000])

    @property
    def _table(self) -> str:
        return "gd_all" if getattr(self, "partial_until", None) else "gd"

    def _sql(self, text: str, **values: Any) -> int:
        with self.engine.begin() as connection:
            return int(connection.execute(sa.text(text), values).rowcount)

    def _range(self, share: float = 1.0) -> dict[str, str]:
        """Some neighbouring keys, more often young ones."""
        most = max(1, int(self.size * share))
        first = int(self.next_no * (1 - self.chance.random() ** 2)) - most
        return {"a": f"{max(0, first):08}", "b": f"{max(0, first) + most:08}"}

    def stamp(self) -> str:
        return wall(self.now + self.clock_off)

    def _change(self, at: str, share: float = 1.0) -> None:
        where = "no >= :a AND no < :b"
        done = {"due": "coalesce(due, :at)"} if self.chance.random() < 0.3 else {}
        sets = ", ".join(
            f"{name} = {value}" for name, value in {"changed": ":at", "calls": ":n", "kind": ":k", **done}.items()
        )
        values = {"at": at, "n": str(self.chance.randint(1, 99)), "k": self.chance.choice("02")}
        text = f"UPDATE {self._table} SET {sets} WHERE {where}"  # noqa: S608
        self.outcome.changes += self._sql(text, **values, **self._range(share))

    def _new(self, many: int, connection: sa.Connection | None = None) -> None:
        first = self.next_no if connection is None else APART + self.next_no
        rows = [self._row(first + i, self.now + self.clock_off) for i in range(many)]
        self.next_no += many
        self._insert(rows, connection)
        self.outcome.changes += many

    # Faults

    def tie(self) -> None:
        """More rows with one time than a page holds."""
        self._change(self.stamp(), 3.0)

    def text(self) -> None:
        words = self.chance.choice(TEXTS) + ("\0b" if self.dialect != "postgresql" else "")
        sql = f"UPDATE {self._table} SET words = :w, changed = :at WHERE no >= :a AND no < :b"  # noqa: S608
        self.outcome.changes += self._sql(sql, w=words, at=self.stamp(), **self._range(0.02))

    def late(self) -> None:
        """Stamped now, seen up to ten minutes later."""
        at, rows = self.stamp(), [self._row(self.next_no + i, self.now + self.clock_off) for i in range(50)]
        self.next_no += 50

        def commit() -> None:
            self._insert(rows)
            self.outcome.changes += 50
            self._change(at, 0.2)

        self.later.append((self.now + timedelta(seconds=self.chance.randint(1, 600)), commit))

    def hold(self) -> None:
        """A transaction that is really held open."""
        is_keyed = self.source.tables[0].changed_at is None  # a transaction that is APART would be the newest for ever
        if self.dialect == "sqlite" or len(self.held) >= 4 or self.partial_until or is_keyed:
            self.late()  # SQLite has one writer
            return
        connection = self.engine.connect()
        connection.begin()
        self._new(50, connection)
        self.held.append(Held(connection, self.now + timedelta(seconds=self.chance.randint(5, 600))))

    def jump(self) -> None:
        """The source's clock is set, by minutes or by whole hours."""
        self.clock_off = timedelta(seconds=self.chance.choice([-3600, 3600, 0, -90, 240, 600, -7]))

    def silent(self) -> None:
        sql = f"UPDATE {self._table} SET calls = :n WHERE no >= :a AND no < :b"  # noqa: S608
        values = {"n": str(self.chance.randint(1, 99)), **self._range(0.1)}
        self.outcome.changes += self._sql(sql, **values)

    def delete(self) -> None:
        sql = f"DELETE FROM {self._table} WHERE no >= :a AND no < :b"  # noqa: S608
        self.outcome.changes += self._sql(sql, **self._range(0.05))

    def partial(self) -> None:
        """For a minute the table shows only some of its rows."""
        if self.partial_until is None:
            self._release(everything=True)
            self._sql("ALTER TABLE gd RENAME TO gd_all")
            self._sql(f"CREATE VIEW gd AS SELECT * FROM gd_all WHERE no < '{self.next_no // 3:08}'")  # noqa: S608
            self.partial_until = self.now + timedelta(seconds=50)

    def cut(self) -> None:
        if self.proxy is None:
            self.kill()
        else:
            self.proxy.cut_after(self.chance.choice([500, 20_000, 200_000]))

    def slow(self) -> None:
        if self.proxy is not None:
            self.proxy.delay_s = 0.02

    def restart(self) -> None:
        if self.server is not None:
            self._release(everything=True)
            self.engine.dispose()
            self.server.stop()
            self.server.start()
        elif self.dialect == "postgresql":
            self._release(everything=True)
            self._sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                      "AND datname = current_database()")  # fmt: skip

    def lock(self) -> None:
        """The table is locked while a poll is under way, until the server gives that up."""
        how = {"postgresql": "LOCK TABLE gd", "mysql": "LOCK TABLES gd WRITE", "sqlite": "BEGIN EXCLUSIVE"}
        if self.held or self.partial_until:
            return
        with self.engine.connect() as connection:
            if self.dialect != "sqlite":
                connection.execute(sa.text(how[self.dialect]))
            self.turn()
            connection.execute(sa.text("UNLOCK TABLES" if self.dialect == "mysql" else "SELECT 1"))
            connection.rollback()

    def kill(self) -> None:
        """The reader is killed in the middle of a read."""
        self._ask()
        if self.collector.process is not None:
            time.sleep(self.chance.random() * 0.02)  # that some of it has been read
            self.collector.process.kill()
        self._take()

    def hang(self) -> None:
        """The reader hangs until it has outlived its limit."""
        self._ask()
        if self.collector.process is not None:
            os.kill(self.collector.process.pid, signal.SIGSTOP)
            self.pass_time(int(LIMIT_S) + 61)
        self._take()

    def rename(self) -> None:
        """A column has another name for one poll."""
        if self.held or self.partial_until:
            return
        self._sql("ALTER TABLE gd RENAME COLUMN kind TO sort")
        self.turn()
        self._sql("ALTER TABLE gd RENAME COLUMN sort TO kind")

    def widen(self) -> None:
        """A column takes longer text, and one more column is there."""
        if self.dialect == "sqlite" or self.held or self.partial_until:
            return
        how = "MODIFY kind" if self.dialect == "mysql" else "ALTER COLUMN kind TYPE"
        self._sql(f"ALTER TABLE gd {how} VARCHAR({self.chance.randint(41, 200)})")

    def node(self) -> None:
        """The node ends and starts again."""
        self.outcome.found += self.collector.comparing.differences
        self.collector.stop()
        self.facts.close()
        self.facts = Facts(self.folder / "facts.duckdb", "Asia/Shanghai")
        self.collector = self._collector()

    def second(self) -> None:
        """A second reader reads the same source and merges nothing."""
        with_it = self._collector()
        with_it.ask({0: None}, self.mono)
        with_it.stop()

    # The node

    def _ask(self) -> None:
        due = self.collector.due(self.mono)
        if due:
            self.collector.comparing.prepare(due, self.facts, self.mono)
            self.collector.ask(self.collector.cursors(due, self.facts.cursor), self.mono)

    def _take(self) -> Reply | None:
        until = time.monotonic() + WAIT_S
        while self.collector.is_busy:
            if self.collector.pipe is not None:
                self.collector.pipe.poll(0.2)
            reply = self.collector.take(self.mono)
            if reply is not None:
                self._merge(reply, self.collector.comparing)
                return reply
            assert time.monotonic() < until, "the reader does not answer"
        return None

    def _merge(self, reply: Reply, comparing: Comparing) -> None:
        for batch in reply.batches:
            if batch.looked and batch.looked.tallies is not None:
                comparing.take(batch, self.facts, None)
                continue
            merged = self.facts.merge(batch, {})
            comparing.take(batch, self.facts, merged.missing, merged.differences, merged.held)

    def turn(self) -> None:
        self._ask()
        reply = self._take()
        if reply is not None and reply.error is not None:
            self.outcome.faults["told"] += 1

    def pass_time(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.mono += seconds
        self._sql("UPDATE gd_clock SET at = :at", at=self.stamp())

    def _release(self, everything: bool = False) -> None:
        """Commits what was held back long enough."""
        for one in [one for one in self.held if everything or one.until <= self.now]:
            one.connection.commit()
            one.connection.close()
            self.held.remove(one)
        if self.partial_until and (everything or self.partial_until <= self.now):
            self._sql("DROP VIEW gd")
            self._sql("ALTER TABLE gd_all RENAME TO gd")
            self.partial_until = None
        for due, commit in [one for one in self.later if everything or one[0] <= self.now]:
            self.later.remove((due, commit))
            commit()

    # The whole

    def step(self, mix: str) -> None:
        """A few seconds pass: changes, perhaps faults, a poll of each reader."""
        self.pass_time(self.chance.choice([1, 1, 2, 5]))
        self._release()
        self._change(self.stamp(), 0.9)
        self._new(max(1, self.size // 10))
        if self.proxy is not None:
            self.proxy.delay_s = 0.0
        for fault, how_often in _faults(mix).items():
            if self.chance.random() < how_often:
                self.outcome.faults[fault] += 1
                getattr(self, fault)()
        self.turn()
        self.poll_plainly()

    def burst(self, many: int) -> None:
        """So many changes with one time."""
        sql = f"UPDATE {self._table} SET changed = :at, calls = '7' WHERE no < :b"  # noqa: S608
        self.outcome.changes += self._sql(sql, at=self.stamp(), b=f"{many:08}")
        self._new(max(0, many - self.next_no))

    def settle(self) -> Outcome:
        """The source falls quiet, the promised time passes, and a night; then facts and source are compared."""
        self._release(everything=True)
        self.clock_off = timedelta(0)
        if self.proxy is not None:
            self.proxy.delay_s = 0.0
        self._wait(40)
        self.pass_time(86_400)
        self._wait(25)
        return self._compared()

    def _wait(self, turns: int) -> None:
        """So many turns of ten seconds, and as many more as looks take that were begun since: a look comes less often
        where it keeps the source busy, which a slow machine is quick to do."""
        began = self.mono
        for number in range(MOST_TURNS):
            self.pass_time(10)
            self.turn()
            self.poll_plainly()
            if number >= turns and self._has_looked_since(began):
                return

    def _has_looked_since(self, mono: float) -> bool:
        looking, source = self.collector.comparing.looking[0], self.source
        night = last_night(self.now, source.nightly_at, ZoneInfo(source.zone))
        nights = looking.nightly is None or looking.night == night
        looks = all(looking.begun_at.get(kind, -1.0) > mono for kind in looking.every_s)
        return looks and nights and looking.kind is None and not self.collector._unfinished

    def poll_plainly(self) -> None:
        """What everybody writes first: all that is newer than the newest row so far."""
        try:
            with self.engine.connect() as connection:
                names = ", ".join(COLUMNS[:8])
                sql = f"SELECT {names} FROM gd WHERE changed > :mark ORDER BY changed LIMIT 5000"  # noqa: S608
                while rows := connection.execute(sa.text(sql), {"mark": self.rival_mark}).all():
                    self.rival.update((row[0], tuple(row[1:])) for row in rows)
                    self.rival_mark = rows[-1][1]
                    if len(rows) < 5000:
                        break
        except sa.exc.SQLAlchemyError:
            self.outcome.faults["rival's"] += 1

    def _compared(self) -> Outcome:
        with self.engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(sa.text(f"SELECT {', '.join(COLUMNS)} FROM gd"))]  # noqa: S608
        truth = Projector("gd", self.source, b"site key").project(
            self.source.tables[0], table_of(COLUMNS, rows), self.now
        )
        db, found = self.facts._db, self.outcome
        counts = Counter[str]()
        for table, ours in (("work_orders", truth.rows), ("personal", truth.personal)):
            db.register("truth", ours)
            told = db.execute(
                f"""SELECT count_if(t.source_key IS NOT NULL AND (f.source_key IS NULL OR f.gone_at IS NOT NULL)),
                           count_if(t.source_key IS NULL AND f.gone_at IS NULL AND {table == "work_orders"}),
                           count_if(f.row_hash <> t.row_hash)
                    FROM truth t FULL JOIN "{table}" f ON f.source_key = t.source_key"""  # noqa: S608
            ).fetchall()[0]
            counts.update(dict(zip(("missing", "phantom", "differing"), told, strict=True)))
        found.missing, found.phantom, found.differing = counts["missing"], counts["phantom"], counts["differing"]
        there = {row[0]: tuple(row[1:8]) for row in rows}
        found.rival = (
            len(there.keys() - self.rival.keys()),
            len(self.rival.keys() - there.keys()),
            sum(self.rival[key] != row for key, row in there.items() if key in self.rival),
        )
        found.found += self.collector.comparing.differences
        return found


def run(faulty: Faulty, mix: str, steps: int, burst: int = 0) -> Outcome:
    """One mix from the first read to the comparison in the end."""
    faulty.turn()
    for number in range(steps):
        if burst and number == steps // 2:
            faulty.burst(burst)
        faulty.step(mix)
    return faulty.settle()
