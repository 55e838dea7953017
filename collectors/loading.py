"""How far a first load or catch-up is: about how many rows are left, and how long that will take."""

from dataclasses import dataclass

import sqlalchemy as sa

from collectors.decide import Cursor, value_of
from collectors.read import Reads


def left_of(connection: sa.Connection, reads: Reads, cursor: Cursor | None) -> int | None:
    """About how many rows there are from `cursor` on; None where the source can not say that soon.

    Of a whole table PostgreSQL's statistics say it, else the rows are counted, once for each load.
    """
    try:
        if (cursor is None or cursor.value is None) and reads.dialect == "postgresql" and not reads.mapping.where:
            asked = sa.text("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:name) AND relkind <> 'v'")
            known = connection.execute(asked, {"name": reads.mapping.table}).scalar()
            if known is not None and known > 0:
                return int(known)
        return int(connection.execute(reads.counted(None if cursor is None else value_of(cursor))).scalar() or 0)
    except sa.exc.SQLAlchemyError:
        return None  # its time limit, most likely: the load goes on without it


@dataclass
class Load:
    """One mapping that is being loaded. Moments are those of a monotonic clock, in seconds."""

    began: float
    at: float  # when the last page came
    rows: int = 0  # read since it began; after a restart that is the rest
    left: int | None = None  # about, after the last page

    def page(self, rows: int, left: int | None, mono_now: float) -> None:
        self.rows, self.left, self.at = self.rows + rows, left, mono_now

    @property
    def about(self) -> int | None:
        """Rows in all, about."""
        return None if self.left is None else self.rows + self.left

    @property
    def rows_per_s(self) -> float | None:
        """None before there is time to divide by."""
        return self.rows / (self.at - self.began) if self.at > self.began else None

    @property
    def remaining_s(self) -> float | None:
        return None if self.left is None or not self.rows_per_s else self.left / self.rows_per_s
