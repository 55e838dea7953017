"""Pages of a first load or catch-up: the links of new orders are made once, at its end.

Those of one page would be made again by the next one. What is noted here outlives the node. Runs inside the caller's
transaction, beside store.facts.merge.
"""

from datetime import datetime
from typing import Any, Final

from store.facts.kept import weeks_of
from store.facts.repeats import relink

LINKED_AT_ONCE: Final = 100_000  # orders: about a second, in which nobody else reads or writes


def note(connection: Any, place: tuple[str, str], read_at: datetime) -> None:
    """Remembers that orders of a mapping that were read at this moment or later have no links yet."""
    connection.execute("INSERT INTO unlinked VALUES (?, ?, ?)", [*place, read_at]).fetchall()


def noted(connection: Any) -> frozenset[tuple[str, str]]:
    """Mappings some of whose orders have no links yet."""
    return frozenset(connection.execute("SELECT DISTINCT source, mapping FROM unlinked").fetchall())


def parts_of(connection: Any, place: tuple[str, str], at_once: int) -> int:
    """In how many parts the orders that were noted for a mapping are to be linked."""
    return int(connection.execute(f"SELECT count(*) {_ROWS}", _named(place)).fetchall()[0][0]) // at_once + 1


def link(connection: Any, place: tuple[str, str], part: int, parts: int) -> frozenset[datetime]:
    """Makes the links of a part of the orders that were noted for a mapping; the weeks whose rows are other ones now.
    With the last part the note goes. In a transaction of its own (store.facts.repeats.relink says why).

    Links follow from the rows alone, so those made at the end are those that every page had made and mended, and one
    made twice is the same. Identities are taken in parts: each is linked as a whole.
    """
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE touched AS
            SELECT identity_key, row_number() OVER () AS who, min(accepted_at) AS first, max(accepted_at) AS last
            {_ROWS} AND hash(identity_key) % $parts = $part GROUP BY identity_key""",
        {**_named(place), "parts": parts, "part": part},
    ).fetchall()
    weeks = weeks_of(connection, ["SELECT moment FROM links"]) if relink(connection) else frozenset()
    for made in ("touched", "near", "mine", "links"):
        connection.execute(f"DROP TABLE IF EXISTS {made}").fetchall()
    if part == parts - 1:
        connection.execute(f"DELETE {_NOTED}", _named(place)).fetchall()
    return weeks


def _named(place: tuple[str, str]) -> dict[str, str]:
    return {"source": place[0], "mapping": place[1]}


_NOTED: Final = "FROM unlinked WHERE source = $source AND mapping = $mapping"
# Whatever was read since: a row may have been read again, or have gone to another mapping.
_ROWS: Final = f"""FROM work_orders WHERE source = $source AND identity_key IS NOT NULL
    AND read_at >= (SELECT min(read_at) {_NOTED})"""
