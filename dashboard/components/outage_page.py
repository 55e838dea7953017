"""What a request for the page Outages asks, and what its panels share."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import ibis
import pandas as pd

from dashboard.components import format as say
from dashboard.components import stand, terms, units
from dashboard.components.definition import Card, full
from dashboard.components.order_answers import Asked, understand
from dashboard.house import House
from kpis.catalogue import CATALOGUE
from kpis.evaluate import together
from kpis.types import Definition, Options, ShapedReader
from store.facts import schema

PATH: Final = "/outages"


@dataclass(frozen=True)
class Page:
    """One request for the page, understood. `where`: the unit of the address, as a filter on outages."""

    asked: Asked
    where: Mapping[str, Sequence[str]]

    @property
    def reader(self) -> ShapedReader:
        return self.asked.question.reader

    @property
    def now(self) -> datetime:
        return self.asked.question.now

    def option(self, d: Definition) -> Options:
        return self.asked.house.settings.kpis.get(d.key) or Options()

    def values(self, keys: Sequence[str], by: Sequence[str] = (), *, beside: bool = False) -> dict[str, pd.DataFrame]:
        """Figures by key; those of the same rows are asked in one pass."""
        start, end = self.asked.question.span
        how: dict[str, Any] = {"by": by, "where": self.where, "start": start, "end": end, "beside": beside}
        found: dict[str, pd.DataFrame] = {}
        for view in dict.fromkeys(CATALOGUE[key].view for key in keys):
            mine = [CATALOGUE[key] for key in keys if CATALOGUE[key].view is view]
            found |= together(self.reader, mine, self.option, **how, now=self.now)
        return found

    def place(self, row: Mapping[Any, Any]) -> str:
        """Station and feeder, in words."""
        units = self.asked.question.units
        return " ".join(dict.fromkeys(n for n in (units.brief(row.get("station")), units.name(row.get("feeder"))) if n))

    def moment(self, at: Any) -> str:
        if pd.isna(at):
            return say.NONE
        return say.moment(at, self.now, self.asked.house.settings.site.tz, self.asked.view.language)

    def minutes(self, value: Any) -> str:
        return say.NONE if pd.isna(value) else say.minutes(float(value), self.asked.view.language)


def page_of(house: House, reader: ShapedReader, search: str | None, path: str = PATH) -> Page:
    return looked(understand(house, reader, path, search, listed=False))


def looked(asked: Asked) -> Page:
    """The page of a request that is understood."""
    unit = asked.question.units.get(asked.query.unit)
    return Page(asked, {unit.kind: [unit.code]} if unit else {})


def as_of(asked: Asked) -> str:
    """How old the data of outages are."""
    columns = (asked.house.board.latest("situation") or {}).get("sources", {}).get("columns", {})
    pairs = zip(columns.get("feeds", ()), columns.get("as_of", ()), strict=False)
    times = [ms for feeds, ms in pairs if ms is not None and "outages" in feeds]
    if not times:
        return say.NONE
    at = datetime.fromtimestamp(min(times) / 1000, asked.question.now.tzinfo)
    return say.moment(at, asked.question.now, asked.house.settings.site.tz, asked.view.language)


def in_period(view_: Any, start: datetime | None, end: datetime | None) -> list[Any]:
    def at(moment: datetime) -> Any:
        return ibis.literal(moment, type=schema.NOW.type())

    found = [view_.started_at <= schema.NOW]
    return [*found, *([view_.started_at >= at(start)] if start else []), *([view_.started_at < at(end)] if end else [])]


def inside(page: Page, frame: pd.DataFrame) -> pd.Series:
    mask = pd.Series(True, index=frame.index)
    for dim, codes in page.where.items():
        mask &= frame[dim].isin(list(codes))
    return mask


def area_names(page: Page, codes: Collection[str]) -> Mapping[str, str]:
    """Names of transformer areas in the reader's language, by code."""
    return units.area_names(page.reader, codes, page.asked.view.language, page.now)


def kind(t: say.Translate, code: Any) -> str:
    words = {"fault": t("fault##outage"), "planned": t("planned##outage"), "temporary": t("temporary##outage")}
    return words.get(code, t("not known"))


def card(page: Page, d: Definition) -> Card:
    """What the ? of a figure says."""
    view = page.asked.view
    t = view.t
    first, last = page.asked.days
    days = say.days(first, last, view.language) if first else t("until {day}").format(day=say.day(last, view.language))
    rows = [
        (t("formula"), t(d.formula)),
        (t("note"), t(d.note)),
        (t("rows"), terms.counted_by(t, d.table, d.at)),
        (t("source"), t(d.source)),
        (t("interval"), stand.interval_words(t, d)),
        (t("period"), days),
        (t("data of"), as_of(page.asked)),
    ]
    mark = t("version {n}").format(n=d.version)
    return Card(t(d.label), rows, mark, (full(view, d.key),), d.key)
