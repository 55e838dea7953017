"""What the open alerts say to a wall: which critical ones nobody has answered, and whether there is a flood of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from kpis.columns import epoch_ms
from kpis.types import FLOOD_OVER, FLOOD_WINDOW, OpenAlert

_COLUMNS: Final = ("id", "rule", "clock", "county", "station", "feeder", "order_no")


def body(alerts: Sequence[OpenAlert], customers: Mapping[str, int | None], now: datetime) -> dict[str, Any]:
    """Columns of the raised critical alerts, longest unanswered first; how many alerts are new; whether it is a flood.

    `customers`: without supply, by subject; null where nobody knows.
    """
    waiting = [a for a in alerts if a.critical and a.state == "raised" and a.critical_at]
    waiting.sort(key=lambda a: (a.critical_at or now, a.id))
    recent = sum(a.raised_at is not None and now - FLOOD_WINDOW < a.raised_at <= now for a in alerts)
    columns: dict[str, list[Any]] = {name: [getattr(a, name) for a in waiting] for name in _COLUMNS}
    columns["since"] = [epoch_ms(a.critical_at) for a in waiting]
    columns["due_at"] = [epoch_ms(a.due_at) for a in waiting]
    columns["customers"] = [customers.get(a.subject) for a in waiting]
    return {"critical": {"columns": columns}, "recent": recent, "flood": recent > FLOOD_OVER}
