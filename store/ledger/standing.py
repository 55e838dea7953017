"""The alerts that are not closed, kept in memory: only those are read again that took a step meanwhile."""

from typing import Any, Final

from sqlalchemy import func, select

from store.ledger.ledger import Ledger
from store.ledger.models import Alert, Transition

AGAIN: Final = 200  # steps looked at once more: a number may be given before another and committed after it
_COLUMNS: Final = [getattr(Alert, column.key) for column in Alert.__table__.columns]


class StandingAlerts:
    """One per judge. `read` gives what `queries.standing_alerts` would."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: int | None = None
        self._alerts: dict[int, dict[str, Any]] = {}
        self._listed: list[dict[str, Any]] = []

    def forget(self) -> None:
        """All are read again next time."""
        self._seen, self._alerts = None, {}

    def read(self) -> list[dict[str, Any]]:
        """All columns, times as datetimes; by id. The same list again while no alert took a step.

        List and rows are the judge's to read, not to change.
        """
        with self._ledger.reading() as session:
            latest = session.scalar(select(func.max(Transition.id))) or 0
            if latest == self._seen:
                return self._listed
            query = select(*_COLUMNS).order_by(Alert.id)
            if self._seen is None:
                query = query.where(Alert.closed_at.is_(None))
            else:
                stepped = select(Transition.alert_id).where(Transition.id > self._seen - AGAIN)
                query = query.where(Alert.id.in_(stepped))
            for row in session.execute(query).mappings():
                if row["closed_at"] is None:
                    self._alerts[row["id"]] = dict(row)
                else:
                    self._alerts.pop(row["id"], None)
            self._seen, self._listed = latest, list(self._alerts.values())
            return self._listed
