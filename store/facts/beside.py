"""What others say of work orders: their events, the orders merged into them, the register of exemptions.

Runs in the merge's transaction.
"""

from typing import Any, Final

import pandas as pd

from store.facts.frames import frame_of

# A change in one of these tables may move what was derived of an order; the column that names the order.
NAMES_ORDER: Final = {"order_events": "order_no", "work_orders": "parent_order_no"}

_EVENTS: Final = """WITH c AS (SELECT row_number() OVER (ORDER BY {order}) - 1 AS pos, source, order_no FROM {rows})
    SELECT c.pos AS row, e.kind, e.at, e.reason FROM c
    JOIN order_events e ON e.source = c.source AND e.order_no = c.order_no
    WHERE e.gone_at IS NULL AND e.at IS NOT NULL"""
# A child among the rows themselves counts as it comes, not as it was.
_MERGED: Final = """WITH c AS (SELECT row_number() OVER (ORDER BY {order}) - 1 AS pos, source, order_no FROM {rows})
    SELECT c.pos AS row, min(child.accepted_at) AS accepted_at FROM c JOIN (
        SELECT source, parent_order_no, accepted_at, gone_at FROM work_orders
        WHERE parent_order_no IS NOT NULL AND rowid NOT IN (SELECT rid FROM {rows} WHERE rid IS NOT NULL)
        UNION ALL SELECT source, parent_order_no, accepted_at, gone_at FROM {rows} WHERE parent_order_no IS NOT NULL
    ) child ON child.source = c.source AND child.parent_order_no = c.order_no
    WHERE child.accepted_at IS NOT NULL AND child.gone_at IS NULL GROUP BY c.pos"""
# Rows of `changes` of which _MERGED finds something else than before: what else changes of a child is not its parent's.
_SAYS_ELSE: Final = """rid IS NULL OR parent_order_no IS DISTINCT FROM known_order
    OR accepted_at IS DISTINCT FROM known_at OR (gone_at IS NULL) <> known_there"""
_EXEMPT: Final = """WITH c AS (SELECT row_number() OVER (ORDER BY {order}) - 1 AS pos, source, order_no FROM {rows})
    SELECT DISTINCT c.pos AS row, e.clock FROM c
    JOIN exempt_clocks e ON e.source = c.source AND e.order_no = c.order_no"""


# What is asked of tables that are empty at many sites is not asked there: each statement costs milliseconds.
_ASKED: Final = {"events": (_EVENTS, "order_events"), "merged": (_MERGED, None), "exempt": (_EXEMPT, "exempt_clocks")}


def beside(connection: Any, rows: str, order: str) -> dict[str, pd.DataFrame]:
    """`events`, `merged` and `exempt` of the orders in the temporary table `rows`, by their position in its order by
    the column `order`."""
    found = {}
    for name, (sql, table) in _ASKED.items():
        is_empty = table is not None and not connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall()  # noqa: S608  ours
        asked = sql.format(rows=rows, order=order) + (" LIMIT 0" if is_empty else "")
        found[name] = frame_of(connection.sql(asked).to_arrow_table())
    return found


def find_concerned(connection: Any, table: str) -> int:
    """Temporary table `spoken_of`: rowids of orders of which rows of `changes` say something else than before, and
    that are not among them; how many.

    Found by their two columns first: of all orders the others are not read.
    """
    column = NAMES_ORDER[table]
    is_order = table == "work_orders"
    others = "AND rowid NOT IN (SELECT rid FROM changes WHERE rid IS NOT NULL)" if is_order else ""
    spoke = f"(FROM changes WHERE {_SAYS_ELSE})" if is_order else "changes"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE named AS
            SELECT source, {column} AS order_no FROM {spoke} WHERE {column} IS NOT NULL
            UNION SELECT source, known_order FROM {spoke} WHERE known_order IS NOT NULL"""  # noqa: S608  names of the schema, no values
    ).fetchall()
    if not _count(connection, "named"):
        return 0
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE spoken_of AS SELECT rowid AS rid FROM work_orders
            WHERE order_no IN (SELECT order_no FROM named) AND (source, order_no) IN (FROM named) {others}"""  # noqa: S608  names of the schema, no values
    ).fetchall()
    return _count(connection, "spoken_of")


def _count(connection: Any, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # noqa: S608  ours
