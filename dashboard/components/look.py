"""What a page of figures looks at beside its filter: which figure, by day, week or month, and by which dimension."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from dashboard.components import dims, stand, trend
from dashboard.components.figure_table import group_name, group_of
from dashboard.components.format import Translate
from dashboard.components.order_answers import Asked
from dashboard.components.query import Fault
from kpis.periods import Grain
from kpis.types import Definition

WORDS: Final = ("figure", "every", "by")


@dataclass(frozen=True)
class Look:
    """`figure`: the key of a definition."""

    figure: str
    every: Grain = "day"
    by: str = dims.UNIT


@dataclass(frozen=True)
class Looks:
    """The figures of a page that have a trend, and what is looked at until the reader chooses."""

    figures: tuple[Definition, ...]
    usual: Look

    def page(self, asked: Asked) -> "Page":
        """The page of a request that is understood."""
        look, faults = self.of(asked.args)
        return Page(asked, self, look, (*asked.faults, *faults))

    def of(self, args: Mapping[str, str]) -> tuple[Look, list[Fault]]:
        """The look of an address, and what of it can not be used."""
        found: dict[str, Any] = {name: getattr(self.usual, name) for name in WORDS}
        faults = []
        for name, known in (("figure", self.keys), ("every", trend.GRAINS), ("by", dims.CHOICES)):
            value = args.get(name)
            if value in known:
                found[name] = value
            elif value:
                faults.append(Fault(name, value, next(iter(get_close_matches(value, known, 1)), None)))
        return Look(**found), faults

    def args(self, look: Look) -> dict[str, str]:
        """What of `look` differs from the usual, in the words of the address."""
        pairs = ((name, getattr(look, name), getattr(self.usual, name)) for name in WORDS)
        return {name: value for name, value, plain in pairs if value != plain}

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(d.key for d in self.figures)

    def links(self, asked: Asked) -> Mapping[str, str]:
        """The address that shows the trend of each figure; desk-timeliness.js adds how it is looked at."""
        query, href = asked.query.args(), asked.view.href
        alone = {key: {} if key == self.usual.figure else {"figure": key} for key in self.keys}
        return {key: href(asked.path, {**query, **figure}) for key, figure in alone.items()}

    def choices(self, t: Translate) -> list[dict[str, Any]]:
        """The figures in their groups."""
        groups: dict[str, list[dict[str, str]]] = {}
        for d in self.figures:
            name = t("Time taken") if d.unit == "min" else group_name(t, group_of(d))
            groups.setdefault(name, []).append({"value": d.key, "label": t(d.label)})
        return [{"group": name, "items": items} for name, items in groups.items()]


@dataclass(frozen=True)
class Page:
    """One request for a page of figures, understood."""

    asked: Asked
    looks: Looks
    look: Look
    faults: tuple[Fault, ...]

    @property
    def figure(self) -> Definition:
        return self.asked.question.catalogue[self.look.figure]

    @property
    def names(self) -> tuple[str, str]:
        """What the period before and the one a year ago are called."""
        return stand.before_words(self.asked.view.t, self.asked)

    @property
    def kept(self) -> dict[str, str]:
        """What links of the page keep beside the filter."""
        return self.looks.args(self.look)

    def choose(self) -> Mapping[str, str]:
        """The address that shows the trend of each figure that has one."""
        return self.looks.links(self.asked)
