"""Pages of a first load or catch-up: the links of new orders are made once, at its end.

Those of one page would be made again by the next one. Runs inside the caller's transaction, beside store.facts.merge.
"""

from datetime import datetime
from typing import Any, Final, Protocol

from store.facts.kept import weeks_of
from store.facts.repeats import relink

LINKED_AT_ONCE: Final = 200_000  # orders: what bounds the memory


class Cursor(Protocol):
    @property
    def key(self) -> str | None: ...


class Page(Protocol):
    """What tells a page of a chain from another batch."""

    @property
    def cursor(self) -> Cursor | None: ...
    @property
    def after(self) -> Cursor | None: ...


def is_page(batch: Page) -> bool:
    """Whether `batch` is one of several pages of a first load or catch-up."""
    return any(place is not None and place.key is not None for place in (batch.cursor, batch.after))


def is_last(batch: Page) -> bool:
    """Whether no page follows on this batch."""
    return batch.cursor is not None and batch.cursor.key is None


def note(connection: Any, place: tuple[str, str], read_at: datetime) -> None:
    """Remembers that orders of a mapping that were read at this moment have no links yet."""
    connection.execute("INSERT INTO unlinked VALUES (?, ?, ?)", [*place, read_at]).fetchall()


def noted(connection: Any) -> frozenset[tuple[str, str]]:
    """Mappings some of whose orders have no links yet."""
    return frozenset(connection.execute("SELECT DISTINCT source, mapping FROM unlinked").fetchall())


def link(connection: Any, place: tuple[str, str]) -> frozenset[datetime]:
    """Makes the links of all orders that were noted for a mapping; the weeks whose rows are other ones now. Runs in a
    transaction of its own (store.facts.repeats.relink says why).

    Links follow from the rows alone, so those made at the end are those that every page had made and mended. Identities
    are taken in parts: each is linked as a whole, and the memory has a bound.
    """
    mine: dict[str, Any] = {"source": place[0], "mapping": place[1]}
    which = "FROM unlinked WHERE source = $source AND mapping IS NOT DISTINCT FROM $mapping"
    first, last = connection.execute(f"SELECT min(read_at), max(read_at) {which}", mine).fetchall()[0]
    connection.execute(f"DELETE {which}", mine).fetchall()
    rows = """FROM work_orders WHERE source = $source AND mapping IS NOT DISTINCT FROM $mapping
              AND read_at BETWEEN $first AND $last AND identity_key IS NOT NULL"""
    mine |= {"first": first, "last": last}
    (orders,) = connection.execute(f"SELECT count(*) {rows}", mine).fetchall()[0]
    parts, weeks = orders // LINKED_AT_ONCE + 1, frozenset[datetime]()
    for part in range(parts):
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE touched AS
                SELECT identity_key, row_number() OVER () AS who, min(accepted_at) AS first, max(accepted_at) AS last
                {rows} AND hash(identity_key) % $parts = $part GROUP BY identity_key""",
            {**mine, "parts": parts, "part": part},
        ).fetchall()
        if relink(connection):
            weeks |= weeks_of(connection, ["SELECT moment FROM links"])
    for made in ("touched", "near", "mine", "links"):
        connection.execute(f"DROP TABLE IF EXISTS {made}").fetchall()
    return weeks
