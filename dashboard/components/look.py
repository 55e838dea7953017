"""What the page Timeliness looks at beside its filter: which figure, by day, week or month, and by which dimension."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from dashboard.components import dims, trend
from dashboard.components.figure_table import RATES, group_name, group_of
from dashboard.components.format import Translate
from dashboard.components.query import Fault
from kpis.catalogue import CATALOGUE
from kpis.durations import DURATIONS
from kpis.periods import Grain

# Outages count on another day than the one their rows carry, so they have no trend yet.
FIGURES: Final = tuple(d for d in (*RATES, *DURATIONS) if d.at is None)
USUAL: Final = CATALOGUE["arrival_on_time_rate"]
KEYS: Final = tuple(d.key for d in FIGURES)


@dataclass(frozen=True)
class Look:
    """`figure`: the key of a definition."""

    figure: str = USUAL.key
    every: Grain = "day"
    by: str = dims.UNIT

    def args(self) -> dict[str, str]:
        """What differs from the usual, in the words of the address."""
        usual = Look()
        pairs = ((name, getattr(self, name), getattr(usual, name)) for name in ("figure", "every", "by"))
        return {name: value for name, value, plain in pairs if value != plain}


def look_of(args: Mapping[str, str]) -> tuple[Look, list[Fault]]:
    """The look of an address, and what of it can not be used."""
    found: dict[str, Any] = {}
    faults = []
    for name, known in (("figure", KEYS), ("every", trend.GRAINS), ("by", dims.CHOICES)):
        value = args.get(name)
        if value in known:
            found[name] = value
        elif value:
            faults.append(Fault(name, value, next(iter(get_close_matches(value, known, 1)), None)))
    return Look(**found), faults


def choices(t: Translate) -> list[dict[str, Any]]:
    """The figures that have a trend, in their groups."""
    groups: dict[str, list[dict[str, str]]] = {}
    for d in FIGURES:
        name = group_name(t, group_of(d)) if d.statistic == "rate" else t("Time taken")
        groups.setdefault(name, []).append({"value": d.key, "label": t(d.label)})
    return [{"group": name, "items": items} for name, items in groups.items()]
