"""A source table that tests write to, polled into facts of its own. No process and no clock: tests move `now`."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

from collectors.batch import Batch, Reply
from collectors.comparing import Comparing
from collectors.decide import Cursor
from collectors.poll import Poller
from settings_sources import Source, mapping_id
from store.facts.db import Facts
from store.facts.merge import Merged

START = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)  # 16:00 in Shanghai
COLUMNS = ("no", "changed", "opened", "minutes", "kind", "calls", "account", "phone", "words", "due")
ORDERS: Mapping[str, Any] = {
    "into": "work_orders",
    "table": "gd",
    "key": "no",
    "changed_at": "changed",
    "time_format": "%Y-%m-%d %H:%M:%S",
    "columns": {
        "order_no": "no",
        "accepted_at": "opened",
        "arrived_at": {"column": "minutes", "minutes_after": "opened"},
        "category": {"column": "kind", "codes": "category"},
        "call_count": {"column": "calls", "otherwise": 1},
        "given_due_at": "due",
    },
    "identity": ["account", "phone"],
    "personal": {"phone": "phone", "text": "words"},
}


def wall(at: datetime) -> str:
    """`at` as the source's wall clock writes it."""
    return (at + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")


class Rig:
    """One source with the table `gd`, its poller, and facts."""

    poller: Poller

    def __init__(self, url: sa.URL, folder: Path, mapping: Mapping[str, Any] | None = None, **settings: Any) -> None:
        self.url, self.folder, self.now = url, folder, START
        self.engine = sa.create_engine(url)
        with self.engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE IF EXISTS gd"))
            body = ", ".join(f"{name} TEXT" for name in COLUMNS)
            connection.execute(sa.text(f"CREATE TABLE gd ({body})"))
        self.facts = Facts(folder / "facts.duckdb", "Asia/Shanghai")
        self.use(mapping or ORDERS, **settings)

    def use(self, mapping: Mapping[str, Any], *more: Mapping[str, Any], **settings: Any) -> None:
        """Reads `gd` by `mapping` from now on, and other tables by `more`."""
        body = {"page": 100, "codes": {"category": {"0": "fault_report", "2": "complaint"}}} | settings
        url = self.url.render_as_string(hide_password=False)
        self.source = Source.model_validate({"url": url, "tables": [mapping, *more], **body})
        if hasattr(self, "poller") and self.poller.engine is not None:
            self.poller.engine.dispose()
        self.poller = Poller("gd", self.source, b"site key")
        self.comparing = Comparing("gd", self.source)
        if self.url.get_backend_name() != "sqlite":
            self.source = self.source.model_copy(update={"clock": None})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.facts.close()
        self.engine.dispose()
        if self.poller.engine is not None:
            self.poller.engine.dispose()

    def write(self, no: str | None, **values: Any) -> None:
        """Inserts or replaces the row with key `no`; `changed` is now unless given."""
        row = dict.fromkeys(COLUMNS) | {"changed": wall(self.now), "opened": wall(START)} | values | {"no": no}
        names = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        with self.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM gd WHERE no = :no"), {"no": no})
            connection.execute(sa.text(f"INSERT INTO gd ({names}) VALUES ({marks})"), row)  # noqa: S608

    def fill(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Inserts new rows in one transaction."""
        names, marks = ", ".join(COLUMNS), ", ".join(f":{name}" for name in COLUMNS)
        body = [dict.fromkeys(COLUMNS) | {"opened": wall(START)} | dict(row) for row in rows]
        with self.engine.begin() as connection:
            connection.execute(sa.text(f"INSERT INTO gd ({names}) VALUES ({marks})"), body)  # noqa: S608

    def sql(self, text: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(text))

    def ask(self) -> Reply:
        """One poll from the stored watermarks, not merged."""
        return self.poller.poll(self.cursors(), self.now)

    def cursors(self) -> dict[int, Cursor | None]:
        """The stored watermark of each mapping."""
        tables = self.source.tables
        places = [self.facts.cursor("gd", mapping_id(mapping, tables)) for mapping in tables]
        return {i: None if place is None else Cursor(*place) for i, place in enumerate(places)}

    def poll(self) -> list[Merged]:
        """Polls and merges until the source has no more pages."""
        merged: list[Merged] = []
        while True:
            reply = self.ask()
            assert reply.error is None, reply.error
            merged += [self.facts.merge(self.on_our_clock(batch), {}) for batch in reply.batches]
            if not any(batch.more for batch in reply.batches):
                return merged

    def use_own_clock(self, mapping: Mapping[str, Any], *more: Mapping[str, Any], **settings: Any) -> None:
        """As `use`; the source's clock is what `turn` writes, on any database."""
        self.sql("DROP TABLE IF EXISTS gd_clock")
        self.sql("CREATE TABLE gd_clock (at VARCHAR(30))")
        self.sql("INSERT INTO gd_clock VALUES ('')")
        self.use(mapping, *more, clock="gd_clock.at", clock_format="%Y-%m-%d %H:%M:%S", **settings)

    def turn(self, step_s: int = 5) -> list[Merged]:
        """Time passes: one poll with what is to be compared, merged as a node does."""
        self.now += timedelta(seconds=step_s)
        with self.engine.begin() as connection:
            connection.execute(sa.text("UPDATE gd_clock SET at = :now"), {"now": wall(self.now)})
        cursors = self.cursors()
        self.comparing.prepare(cursors, self.facts, (self.now - START).total_seconds())
        reply = self.poller.poll(cursors, self.now, self.comparing.asked(cursors))
        assert reply.error is None, reply.error
        self.comparing.answered(reply)
        merged = []
        for batch in reply.batches:
            if batch.looked and batch.looked.tallies is not None:
                self.comparing.take(batch, self.facts, None)
                continue
            merged.append(self.facts.merge(self.on_our_clock(batch), {}))
            self.comparing.take(batch, self.facts, merged[-1].missing, merged[-1].differences, merged[-1].held)
        return merged

    def turns(self, seconds: int) -> Counter[str]:
        """What comparing found in so many seconds, by kind."""
        found: Counter[str] = Counter()
        for _ in range(0, seconds, 5):
            for merged in self.turn():
                found.update(merged.differences)
        return found

    def on_our_clock(self, batch: Batch) -> Batch:
        return replace(batch, read_at=self.now)

    def rows(self, table: str = "work_orders") -> list[dict[str, Any]]:
        """The facts as they are stored, gone rows included."""
        ordered = f'FROM "{table}" ORDER BY source_key'
        found: list[dict[str, Any]] = self.facts._db.sql(ordered).to_arrow_table().to_pylist()
        return found

    def row(self, no: str) -> dict[str, Any]:
        (found,) = [row for row in self.rows() if row["source_key"] == no]
        return found
