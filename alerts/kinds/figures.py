"""KPIs against their targets. Pure."""

from typing import Final

import numpy as np
import pandas as pd

from alerts.rules import Rule
from alerts.seen import Seen, World, complete, measured
from alerts.transition import ABOUT

LEAST_N: Final = 20


def against_target(rule: Rule, world: World) -> Seen:
    """Each unit's value by how far it lies on the bad side of its target, in the figure's own unit.

    A rung counts once the whole interval is past it; the alert ends when the value itself is back. With fewer rows than
    the rule's `least_n`, or while a source of its table is blind, nobody can say.
    """
    rows = world.frame("figures")
    if rows.empty:
        return Seen(complete(rows), None)
    wanted = (rows["key"] == rule.on["kpi"]) & (rows["level"] == rule.on.get("per", "site"))
    rows = rows[wanted & rows["target"].notna()]
    sign = np.where(rows["better"] == "higher", 1.0, -1.0)
    near = np.where(rows["better"] == "higher", rows["high"].fillna(rows["value"]), rows["low"].fillna(rows["value"]))
    target = rows["target"].to_numpy(dtype=np.float64)
    blind = rows["table"].isin([table for table, sources in world.blind.items() if sources]).to_numpy()
    few = (rows["n"].to_numpy() < int(rule.on.get("least_n", LEAST_N))) | blind
    short = np.where(few, np.nan, sign * (target - rows["value"].to_numpy(dtype=np.float64)))
    surely = np.where(few, np.nan, sign * (target - near.astype(np.float64)))
    subject = rows["key"] + ":" + rows["unit"].fillna("").replace("", "site")
    place = {name: rows.get(name, None) for name in ABOUT}
    found = complete(rows.assign(**place), subject=subject, category="kpi", clock=rows["key"], critical=False)
    found = found.assign(rung=measured(rule, short, surely), start_at=None, due_at=None)
    found["rung"] = found["rung"].mask(pd.Series(few, found.index))
    return Seen(found, (), ("value", "low", "high", "n", "target", "better"), gone="no_longer_counted")
