"""Source rows -> canonical rows: runs a mapping's program over an Arrow table, vectorised, no Python per row."""

import warnings
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from collectors.arrow import kinds_of
from collectors.batch import REJECTS
from collectors.expressions import trimmed
from collectors.mapping import compile_mapping
from collectors.program import WRONG, Program, program_of, stage_sql
from settings_sources import Mapping, Source, mapping_id
from store.facts import schema


@dataclass(frozen=True)
class Projected:
    """Canonical rows, personal rows (or None) and what could not be used."""

    rows: Any
    personal: Any
    rejects: Any


@dataclass
class Projector:
    """The projections of one source. One DuckDB in memory, one thread: the node has the cores."""

    name: str
    source: Source
    site_key: bytes
    programs: dict[tuple[str, tuple[str, ...]], Program] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.db = duckdb.connect(":memory:", config={"threads": 1})
        self.db.execute("SET TimeZone = 'UTC'")

    def project(self, mapping: Mapping, raw: Any, read_at: datetime) -> Projected:
        """`raw` (collectors.arrow.table_of) as canonical rows.

        A bad value leaves its field null and is told in `rejects`; a row without key is only told there.
        Of rows with the same key the last one is kept and the others are told.
        """
        self.db.register("raw", trimmed(raw))
        program = self.programs.get((mapping_id(mapping, self.source.tables), kinds_of(raw))) or self._compile(
            mapping, raw
        )
        rows, personal, rejects = self._clean(program) or self._staged(program)
        personal = None if personal is None else _read(personal, schema.PERSONAL, read_at)
        told = pa.concat_tables([REJECTS.empty_table(), *(r.cast(REJECTS) for r in rejects)])
        return Projected(_read(rows, schema.TABLES[mapping.into], read_at), personal, told)

    def _clean(self, program: Program) -> tuple[Any, Any, list[Any]] | None:
        """Rows, personal rows and no rejects; None where there is something to tell."""
        rows = self._arrow(program.clean)
        keys = rows["source_key"]
        if pc.any(rows[WRONG]).as_py() or keys.null_count or pc.count_distinct(keys).as_py() < len(keys):
            return None
        personal = program.clean_personal and self._arrow(program.clean_personal)
        return rows.drop_columns(WRONG), personal, []

    def _staged(self, program: Program) -> tuple[Any, Any, list[Any]]:
        self._keep("staged", program.stage)
        rejects = [
            self._arrow(sql) for sql, many in zip(program.rejects, self._row(program.counts), strict=True) if many
        ]
        rejects += self._without_doubles(program)
        return self._arrow(program.rows), program.personal and self._arrow(program.personal), rejects

    def _compile(self, mapping: Mapping, raw: Any) -> Program:
        kinds = dict(zip(raw.column_names, kinds_of(raw), strict=True))
        compiled = compile_mapping(self.source, mapping, kinds, self.site_key)
        for table in ("staged", "doubles"):
            self._keep(table, f"{stage_sql(self.db, compiled, kinds)} LIMIT 0")
        program = program_of(self.db, self.name, self.source, mapping, compiled, kinds)
        self.programs[mapping_id(mapping, self.source.tables), kinds_of(raw)] = program
        return program

    def _without_doubles(self, program: Program) -> list[Any]:
        """Leaves one row per key in `staged`, none without; what is to be said of the doubles."""
        total, keyed, keys = self._row("SELECT count(*), count(key), count(DISTINCT key) FROM staged")
        if total == keys:
            return []
        numbered = "SELECT *, row_number() OVER () AS n FROM staged WHERE key IS NOT NULL"
        last = f"""SELECT * EXCLUDE (n) FROM ({numbered})
                   QUALIFY row_number() OVER (PARTITION BY key ORDER BY n DESC) = 1 ORDER BY n"""  # noqa: S608  fixed
        twice = "SELECT key FROM staged WHERE key IS NOT NULL GROUP BY key HAVING count(*) > 1"
        self._keep("doubles", twice)
        self._keep("staged", last)
        return [self._arrow(program.doubles)] if keyed > keys else []

    def _keep(self, table: str, sql: str) -> None:
        made = f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}"  # text of collectors.program, made by DuckDB itself
        self.db.execute(made).fetchall()

    def _arrow(self, sql: str) -> Any:
        """The answer. DuckDB warns of a copy that `db.sql` spares; but that plans twice, which takes longer."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return self.db.execute(sql).to_arrow_table()

    def _row(self, sql: str) -> tuple[int, ...]:
        return tuple(self.db.execute(sql).fetchall()[0])


def _read(rows: Any, into: schema.Table, read_at: datetime) -> Any:
    """`rows` with the time of reading and the columns that are not mapped, in the canonical types."""
    types = schema.arrow_schema(into, derived=False)
    for name in rows.column_names:  # what a read says of a row beside its values
        types = types if name in types.names else types.append(rows.schema.field(name))
    many, there = rows.num_rows, set(rows.column_names)
    columns = {f.name: rows[f.name].cast(f.type) if f.name in there else pa.nulls(many, f.type) for f in types}
    columns["read_at"] = pa.repeat(pa.scalar(read_at, types.field("read_at").type), many)
    return pa.table(columns, schema=types)
