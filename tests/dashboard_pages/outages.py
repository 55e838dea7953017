"""Outages, areas, served customers and people for the synthetic city: rows whose names say why they are there."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd

from tests.dashboard_pages.city import COUNTY_OF, NOW, STATIONS, DeskHouse, house
from tests.dashboard_pages.facts import filled

SERVED: Final = 1000  # of each transformer area; each station has one, TS1 ...


def _at(hours: float) -> pd.Timestamp:
    """So many hours before NOW; negative ones lie ahead."""
    return pd.Timestamp(NOW - timedelta(hours=hours))


def _outage(no: str, station: str, kind: str, began: float | None, back: float | None, **more: Any) -> dict[str, Any]:
    place = {"city": "LJ", "county": COUNTY_OF[station], "station": station, "feeder": f"F{station[1:]}"}
    times = {"started_at": None if began is None else _at(began), "restored_at": None if back is None else _at(back)}
    return {"source": "outage", "source_key": no, "outage_no": no, "kind": kind, **place, **times, **more}


def outages() -> pd.DataFrame:
    rows = [
        _outage("runs", "S1", "fault", 9, None, estimate_at=_at(1), sensitive_out=3, important_out=1),
        _outage("just began", "S4", "fault", 0.2, None, estimate_at=_at(-2)),
        *(_outage(f"past {n}", "S1", "fault", 24 * n + 2, 24 * n, estimate_at=_at(24 * n)) for n in (1, 2, 3, 4)),
        _outage("kept", "S7", "fault", 50, 49, estimate_at=_at(48)),
        _outage("nobody counted", "S7", "fault", 30, 29, customers_out=None),
        _outage("late to end", "S5", "planned", 8, None, planned_start_at=_at(8), planned_end_at=_at(2)),
        _outage("not begun", "S6", "planned", None, None, planned_start_at=_at(1), planned_end_at=_at(-4)),
        _outage("in 3 days", "S8", "planned", None, None, planned_start_at=_at(-72), planned_end_at=_at(-76)),
    ]
    return pd.DataFrame(rows)


def areas() -> pd.DataFrame:
    """Each outage cuts off the whole area of its station, but one of which nobody counted the customers."""
    rows = [
        {
            "source": "outage",
            "source_key": f"{o['outage_no']} area",
            "outage_no": o["outage_no"],
            "transformer_area": f"T{o['station']}",
            "customers": SERVED,
            "off_at": o["started_at"],
            "on_at": o["restored_at"],
        }
        for o in outages().to_dict("records")
        if o["outage_no"] != "nobody counted" and not pd.isna(o["started_at"])
    ]
    return pd.DataFrame(rows)


def customers() -> pd.DataFrame:
    rows = [
        {
            "source": "outage",
            "source_key": code,
            "transformer_area": f"T{code}",
            "feeder": f"F{code[1:]}",
            "city": "LJ",
            "county": COUNTY_OF[code],
            "station": code,
            "customer_kind": "residential",
            "customers": SERVED,
            "sensitive": 20,
            "important": 1,
        }
        for code in STATIONS
    ]
    return pd.DataFrame(rows)


def people() -> pd.DataFrame:
    """Orders of an important customer without supply now, and of a sensitive one whom nothing touches."""
    rows = [
        {
            "source": "people",
            "source_key": who,
            "order_no": f"8{n}",
            "category": "enquiry",
            "channel": "95598",
            "identity_key": f"person {who}",
            "customer_no": f"30000{n}",
            "city": "LJ",
            "county": COUNTY_OF[station],
            "station": station,
            "feeder": f"F{station[1:]}",
            "transformer_area": f"T{station}",
            "status": "closed",
            "accepted_at": _at(100),
            "archived_at": _at(90),
            "is_important_customer": n == 1,
            "is_sensitive": n == 2,
        }
        for n, (who, station) in enumerate((("important", "S1"), ("sensitive", "S9")), 1)
    ]
    return pd.DataFrame(rows)


def supplied_house(folder: Path) -> DeskHouse:
    """The house of the city with these rows merged into its facts."""
    one = house(folder)
    one.facts.close()
    one.facts = filled(folder, tables(), NOW)
    return one


def tables() -> dict[str, pd.DataFrame]:
    return {"outages": outages(), "outage_areas": areas(), "customers": customers(), "work_orders": people()}
