"""Links each complaint to the last one before it of the same identity and the same subcategory."""

from typing import Any

# A child that was merged into another order and a cancelled order are no complaints of their own.
_COUNTS = """category = 'complaint' AND identity_key IS NOT NULL AND accepted_at IS NOT NULL AND gone_at IS NULL
             AND parent_order_no IS NULL AND status IS DISTINCT FROM 'cancelled'"""


def relink(connection: Any) -> int:
    """Recomputes `previous_complaint_at` of every identity in the temporary table `touched`; how many rows changed.

    Complaints without a subcategory are compared with each other. Only rows whose link differs are written.
    """
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE links AS
            SELECT rid, wanted, accepted_at AS moment FROM (
                SELECT rowid AS rid, accepted_at, previous_complaint_at AS known, CASE WHEN {_COUNTS} THEN
                    lag(accepted_at) OVER (PARTITION BY identity_key, subcategory_1, {_COUNTS}
                                           ORDER BY accepted_at, source, source_key) END AS wanted
                FROM work_orders
                WHERE identity_key IN (SELECT identity_key FROM touched)
                  AND (category = 'complaint' OR previous_complaint_at IS NOT NULL)
            ) WHERE known IS DISTINCT FROM wanted"""  # noqa: S608  names of the schema, no values
    ).fetchall()
    many = int(connection.execute("SELECT count(*) FROM links").fetchall()[0][0])
    if many:
        connection.execute(
            "UPDATE work_orders SET previous_complaint_at = links.wanted FROM links WHERE work_orders.rowid = links.rid"
        ).fetchall()
    return many
