"""What a collector hands over: a batch of canonical rows, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from collectors.decide import Cursor
from collectors.found import Found
from collectors.looks import Looked
from store.facts.suspicion import Suspicion

REJECTS: Final = pa.schema(
    [(name, pa.string()) for name in ("source", "source_key", "mapping", "field", "value", "reason")]
)


class SourceError(Exception):
    """A source could not be read. `fatal`: it will not mend itself, so there is no hurry to try again.

    `mapping`: the only one that failed, else None.
    """

    def __init__(self, message: str, fatal: bool = False, mapping: str | None = None) -> None:
        super().__init__(message, fatal, mapping)
        self.message = message
        self.fatal = fatal
        self.mapping = mapping

    def __str__(self) -> str:
        return self.message


def _lean(table: Any) -> tuple[Any, Any] | None:
    """A pa.Table without its empty columns, and its schema."""
    if table is None:
        return None
    there = [name for name in table.column_names if table[name].null_count < table.num_rows]
    return table.select(there), table.schema


def _full(lean: tuple[Any, Any] | None) -> Any:
    if lean is None:
        return None
    (table, schema), there = lean, set(lean[0].column_names)
    columns = [table[f.name] if f.name in there else pa.nulls(table.num_rows, f.type) for f in schema]
    return pa.table(columns, schema=schema)


@dataclass(frozen=True)
class Batch:
    """One read of one mapping.

    Shapes: `rows` has all columns of the canonical table but the derived ones, in schema order. Zero rows are a good
    read.
    """

    source: str
    mapping: str  # settings_sources.mapping_id
    table: str
    rows: Any  # pa.Table
    personal: Any  # pa.Table of the canonical table `personal`, or None
    rejects: Any  # pa.Table of REJECTS; a row without a key has source_key null
    whole: bool  # the rows are the whole list: what is missing has vanished
    vanished: str | None  # time field to set in rows that vanished
    cursor: Cursor | None  # to store with the rows; None: the watermark stays
    after: Cursor | None  # the watermark this was read from
    source_now: datetime
    read_at: datetime
    more: bool  # the last batch of a reply, and a full page: ask again at once
    suspicion: Suspicion | None
    queries: int
    query_s: float
    strays: bool = False  # the rows that no cursor can reach: without changed_at or without key
    is_slow: bool = False  # read at a pace of its own: says nothing about the freshness of the source
    left: int | None = None  # of a page that others follow: about how many rows come after it; None: not known
    looked: Looked | None = None  # not what a poll gave but what a comparison asked for; tallies come without rows
    open_only: bool = (
        False  # the rows are all that are open: those that the facts have beside them have closed, or are gone
    )

    def __getstate__(self) -> dict[str, Any]:
        """For the way from the child to the node: without columns that are empty."""
        return {**self.__dict__, "rows": _lean(self.rows), "personal": _lean(self.personal)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, rows=_full(state["rows"]), personal=_full(state["personal"]))

    @property
    def is_page(self) -> bool:
        """Whether it is one of several pages of a first load or catch-up."""
        return any(place is not None and place.key is not None for place in (self.cursor, self.after))

    @property
    def offset_s(self) -> float:
        """Source clock minus ours."""
        return (self.source_now - self.read_at).total_seconds()


@dataclass(frozen=True)
class Reply:
    """What one ask gave: the batches in the order to merge them, and what went wrong beside them.

    `failed`: places of the mappings that went wrong; with an error and none of them, the whole source did.
    """

    batches: list[Batch]
    error: SourceError | None = None
    failed: frozenset[int] = frozenset()
    found: Mapping[int, Found] = field(default_factory=dict)  # of mappings that were read for the first time
    deaf: str | None = None  # why the source's bell is not heard; empty while it is, None without a bell
