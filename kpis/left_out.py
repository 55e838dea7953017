"""What is missing from a figure because its rows can not be used: counted by what is wrong, beside the value."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import ibis

from kpis.estimates import ESTIMATES, faults
from kpis.evaluate import listed
from kpis.interruptions import FLAWS, interruptions
from kpis.revisits import answered, dissatisfied, followed, on_scale
from kpis.types import Definition, Reader, View

_Wrong = Mapping[str, Callable[[ibis.Table], Any]]


def _flaw(name: str) -> Callable[[ibis.Table], Any]:
    return lambda t: t.flaw == name


def _outside(t: ibis.Table) -> Any:
    return answered(t) & ((t.score < t.scale_min) | (t.score > t.scale_max))


# By the view whose rows a figure counts. An order that nobody knows is no reason: its answer counts as not taken up.
_BY_VIEW: Final[Mapping[View, _Wrong]] = {
    interruptions: {name: _flaw(name) for name in FLAWS},
    on_scale: {
        "outside_scale": _outside,
        "no_scale": lambda t: answered(t) & t.score.notnull() & (t.scale_min.isnull() | t.scale_max.isnull()),
        "old_scale": lambda t: answered(t) & t.score.notnull() & ~t.is_on_scale,
    },
    followed: {"no_order": lambda t: dissatisfied(t) & t.order_no.isnull()},
}
_ESTIMATES: Final[_Wrong] = {"restored_before_started": lambda t: faults(t) & (t.restored_at < t.started_at)}


def left_out(reader: Reader, definition: Definition, now: datetime, **asked: Any) -> dict[str, int]:
    """How many rows each fault keeps out of a figure, 0 where it keeps out none; empty for figures that leave out none.

    `asked`: where, start and end as of kpis.evaluate.values. Names: no_start, restored_before_started, uncounted,
    area_unknown, nobody_served (kpis.interruptions); outside_scale, no_scale, old_scale (another scale than the one in
    force); no_order (a dissatisfied answer that names none).
    """
    wrong = _ESTIMATES if definition in ESTIMATES else _BY_VIEW.get(definition.view) if definition.view else None
    if not wrong:
        return {}
    t = listed(reader, definition, **asked)
    counted = t.agg(**{name: hit(t).fill_null(False).sum().fill_null(0) for name, hit in wrong.items()})
    row = reader.frame(counted, now).iloc[0]
    return {name: int(row[name]) for name in wrong}
