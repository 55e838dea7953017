"""What the page Timeliness answers: its figures in one pass, then panel by panel."""

from collections.abc import Mapping
from typing import Any, Final

from dashboard.components import dims, figure_table, headline, narrowing, slices, stand, terms
from dashboard.components import format as say
from dashboard.components.look import Look, Looks, Page
from dashboard.components.order_answers import as_of, understand
from dashboard.components.stand import Stand
from dashboard.house import House
from kpis.durations import DURATIONS
from kpis.standing import STANDING
from kpis.types import Definition, ShapedReader

PATH: Final = "/timeliness"
HEADLINES: Final = (
    "arrival_on_time_rate",
    "restoration_on_time_rate",
    "arrival_minutes_mean",
    "restoration_minutes_mean",
)
# Outages count on another day than the one their rows carry, so they have no trend yet.
LOOKS: Final = Looks(tuple(d for d in (*figure_table.RATES, *DURATIONS) if d.at is None), Look("arrival_on_time_rate"))


def page_of(house: House, reader: ShapedReader, search: str | None) -> Page:
    """What the address asks of this page. A figure's rows are another page's matter: `kpi` and `state` say nothing."""
    return LOOKS.page(understand(house, reader, PATH, search, listed=False))


def _definitions(page: Page, keys: Any) -> list[Definition]:
    return [page.asked.question.catalogue[key] for key in keys if key in page.asked.question.catalogue]


def _stands(page: Page, keys: Any, **more: bool) -> list[Stand]:
    return stand.stands(page.asked.question, _definitions(page, keys), page.asked.house.settings.site.tz, **more)


def figures(page: Page) -> dict[str, Stand]:
    """Everything the tiles and the two tables show, by its key."""
    kept = [f"{key}_on_time_rate" for key in figure_table.SPANS]
    keys = (*HEADLINES, *(d.key for d in (*figure_table.RATES, *DURATIONS)), *kept)
    return {one.definition.key: one for one in _stands(page, dict.fromkeys(keys), beside=True)}


def tiles(page: Page, found: Mapping[str, Stand]) -> list[Any]:
    age, choose = as_of(page.asked), page.choose()
    shown = [found[key] for key in HEADLINES if key in found]
    return [headline.tile(page.asked, one, age, page.names, choose[one.definition.key]) for one in shown]


def narrowed(page: Page) -> list[Any]:
    """What narrows the page and stands in no control; and what was not understood."""
    return narrowing.shown(page.asked, page.faults, page.kept, has_controls=True)


def rates(page: Page, found: Mapping[str, Stand]) -> Any:
    shown = [found[d.key] for d in figure_table.RATES if d.key in found]
    return figure_table.rates(page.asked, shown, as_of(page.asked), page.names, page.choose())


def spans(page: Page, found: Mapping[str, Stand]) -> Any:
    return figure_table.spans(page.asked, found, as_of(page.asked), page.names, page.choose())


def standing(page: Page) -> list[Any]:
    asked = page.asked
    whole = asked.question.within((None, None))
    found = stand.stands(
        whole, _definitions(page, (d.key for d in STANDING)), asked.house.settings.site.tz, compared=False
    )
    return figure_table.standing(asked, found, as_of(asked))


def by_dimension(page: Page) -> tuple[list[Any], str]:
    """The rows, and the name of the figure for the head."""
    asked = page.asked
    look = page.kept
    found = slices.sliced(asked, page.figure, page.look.by)
    return slices.panel(asked, found, as_of(asked), look), asked.view.t(page.figure.label)


def by_choices(page: Page) -> list[dict[str, str]]:
    """The dimensions that the rows of the figure carry."""
    t, known = page.asked.view.t, page.figure.dims
    return [{"value": d, "label": dims.name(t, d)} for d in dims.CHOICES if d in known or d == dims.UNIT]


def period_words(page: Page) -> str:
    """The days shown, for the head of the tables."""
    first, last = page.asked.days
    language = page.asked.view.language
    if first is None:
        return terms.period(page.asked.view.t, "all")
    return say.days(first, last, language)
