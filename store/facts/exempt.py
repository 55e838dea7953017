"""The clocks that the ledger's register exempts, mirrored in the facts: so a merge can give `exempt` of an order."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from store.facts import schema
from store.facts.changes import ORDERS
from store.facts.db import Facts
from store.facts.kept import weeks_of
from store.facts.merge import Derive, rewrite, run

Exempt = tuple[str, str, str]
"""Source, order number and clock."""
_TYPES: Final = pa.schema([(name, pa.string()) for name in ("source", "order_no", "clock")])


def mirror(facts: Facts, wanted: Collection[Exempt], derive: Derive) -> None:
    """Makes the mirror equal to `wanted`; orders that gain or lose an exemption are derived anew with it."""
    facts.change(lambda connection: _replace(connection, set(wanted), derive))


def _replace(connection: Any, wanted: set[Exempt], derive: Derive) -> Mapping[str, Collection[datetime]]:
    known = set(run(connection, "SELECT source, order_no, clock FROM exempt_clocks"))
    if known == wanted:
        return {}
    for name, rows in (("wanted", wanted), ("differing", known ^ wanted)):
        connection.register(name, pa.Table.from_pylist([dict(zip(_TYPES.names, r, strict=True)) for r in rows], _TYPES))
    run(connection, "DELETE FROM exempt_clocks")
    run(connection, "INSERT INTO exempt_clocks BY NAME FROM wanted")
    run(
        connection,
        """CREATE OR REPLACE TEMP TABLE concerned AS SELECT rowid AS rid, * FROM work_orders
           WHERE (source, order_no) IN (SELECT (source, order_no) FROM differing)""",
    )
    if run(connection, "SELECT count(*) FROM concerned") == [(0,)]:
        return {}  # after a rebuild the orders come later, and find the mirror
    rewrite(connection, derive)
    moments = f"SELECT {schema.COUNTED_AT[ORDERS]} AS moment FROM concerned"  # noqa: S608  names of the schema
    return {ORDERS: weeks_of(connection, [moments])}
