"""What rules may watch, one module per room of the facts. A new kind: its line here, its entry in `rules.KINDS`."""

from collections.abc import Callable, Mapping
from typing import Final

from alerts.kinds import clusters, figures, orders, outages, watch
from alerts.rules import Rule
from alerts.seen import Seen, World

_Look = Callable[[Rule, World], Seen]
# What each kind looks at, without which it sees nothing, and how.
LOOK: Final[Mapping[str, tuple[str, _Look]]] = {
    "order_clock": ("clocks", orders.clocks),
    "third_call": ("calls", orders.third_calls),
    "order_flag": ("orders", orders.flags),
    "revisit": ("revisits", orders.revisits),
    "outage": ("outages", outages.conditions),
    "frequent_outage": ("areas", outages.frequent),
    "kpi": ("figures", figures.against_target),
    "hotspot": ("clusters", clusters.clusters),
    "wide_rise": ("clusters", clusters.clusters),
    "source": ("sources", watch.sources),
    "suspicion": ("suspicions", watch.suspicions),
    "vital": ("vitals", watch.vitals),
}


# What a kind looks at beside its own frame.
BESIDE: Final[Mapping[str, tuple[str, ...]]] = {"third_call": ("orders",)}


def looks_at(rule: Rule) -> tuple[str, ...]:
    """The frames of the world that `rule` looks at."""
    return (LOOK[rule.watches][0], *BESIDE.get(rule.watches, ()))


def look(rule: Rule, world: World) -> Seen | None:
    """What `rule` sees; None where nobody supplies what it looks at: then it neither raises nor clears."""
    name, see = LOOK[rule.watches]
    return see(rule, world) if name in world.frames else None
