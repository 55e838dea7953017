"""What the page Repeats answers: who came back, who called three times, who went higher, and where supply fails."""

from typing import Any, Final

import pandas as pd
from dash import html

from dashboard.components import format as say
from dashboard.components import matter_tables, terms
from dashboard.components.format import Translate
from dashboard.components.look import Look, Looks, Page
from dashboard.components.matter_tables import Naming
from dashboard.components.order_answers import Asked, understand
from dashboard.guard import current_scope
from dashboard.house import House
from kpis.chains import escalations, third_calls
from kpis.frequent import frequent_outages
from kpis.people_to_watch import account
from kpis.repeats import ALL
from kpis.types import ShapedReader

PATH: Final = "/repeats"
HEADLINES: Final = (
    "complaint_repeat_rate",
    "demand_repeat_30d_rate",
    "fault_repeat_30d_rate",
    "first_contact_resolution_7d_rate",
)
KEYS: Final = tuple(d.key for d in ALL)
LOOKS: Final = Looks(ALL, Look("complaint_repeat_rate", "week"))


def page_of(house: House, reader: ShapedReader, search: str | None) -> Page:
    """What the address asks of this page."""
    return LOOKS.page(understand(house, reader, PATH, search, listed=False))


def figures(page: Page) -> dict[str, Any]:
    """Tiles and table of rates."""
    tiles, rates = matter_tables.figures(page, HEADLINES, KEYS)
    return {"tiles": tiles, "rates": rates, "settling": _settling(page.asked)}


def _settling(asked: Asked) -> str:
    """Which of the figures may still change because a window runs."""
    end = asked.question.span[1]
    still = [d for d in ALL if d.settles_days and (end is None or _days(asked, end) < d.settles_days)]
    if not still:
        return ""
    names = " / ".join(str(d.settles_days) for d in still)
    return asked.view.t("First-contact resolution is provisional: {n} days have not passed for all of it.").format(
        n=names
    )


def _days(asked: Asked, end: Any) -> float:
    return float((asked.question.now - end).total_seconds() / 86_400)


def lists(page: Page) -> list[Any]:
    """Third calls, escalations, frequent outages; of now, whatever the period."""
    asked = page.asked
    return [_third(asked, third_of(asked)), _escalated(asked, escalated_of(asked)), *_frequent(asked)]


def third_of(asked: Asked) -> pd.DataFrame:
    return matter_tables.within_unit(asked, third_calls(asked.question.reader, asked.question.now))


def escalated_of(asked: Asked) -> pd.DataFrame:
    return matter_tables.within_unit(asked, escalations(asked.question.reader, asked.question.now))


def frequent_of(asked: Asked) -> pd.DataFrame:
    """Places and customers often out, with `name`: of the place, or the account as far as the reader may see it."""
    bands = asked.house.settings.site.frequent_outages
    found = frequent_outages(asked.question.reader, bands, asked.question.now)
    found = matter_tables.within_unit(asked, found)
    names, may = asked.question.units.name, current_scope().personal
    pairs = zip(found["level"], found["subject"], strict=True)
    named = [account(s, personal=may) if level == "customer" else names(s) for level, s in pairs]
    return found.assign(name=pd.Series(named, index=found.index, dtype=object))


def _third(asked: Asked, frame: pd.DataFrame) -> html.Section:
    t = asked.view.t
    heads = [
        (t("station##column"), ""),
        (t("matter##column"), "low"),
        (t("calls##column"), "r"),
        (t("since##column"), "r low"),
        (t("third call##column"), "r low"),
        (t("orders##column"), "low"),
        (t("state"), "low"),
    ]
    rows = [
        (
            matter_tables.place(asked, row),
            matter_tables.category(asked, row),
            say.count(int(row.count_)),
            matter_tables.moment(asked, row.since),
            matter_tables.moment(asked, row.reached_at),
            _orders(asked, row),
            _state(asked, row.is_open),
        )
        for row in matter_tables.rows(frame)
    ]
    naming = Naming(t("Third calls on one matter"), t("the last 60 days, the latest first"), "repeats-third")
    return matter_tables.listed(asked, naming, heads, rows, len(frame))


def _orders(asked: Asked, row: Any) -> html.Span:
    numbers = str(row.order_nos).split()
    links = [matter_tables.order(asked, f":{number}", number) for number in numbers[:3]]
    spaced = [part for link in links for part in (link, " ")][:-1]
    more = [f" +{len(numbers) - 3}"] if len(numbers) > 3 else []
    return html.Span([*spaced, *more])


def _state(asked: Asked, is_open: Any) -> str:
    return asked.view.t("open##state") if is_open else asked.view.t("closed##state")


def _escalated(asked: Asked, frame: pd.DataFrame) -> html.Section:
    t = asked.view.t
    heads = [
        (t("station##column"), ""),
        (t("matter##column"), "low"),
        (t("level##column"), ""),
        (t("calls##column"), "r"),
        (t("accepted##column"), "r low"),
        (t("order##column"), "low"),
        (t("state"), "low"),
    ]
    rows = [
        (
            matter_tables.place(asked, row),
            matter_tables.category(asked, row),
            f"{terms.channel(t, row.came_from)} \N{RIGHTWARDS ARROW} {terms.channel(t, row.channel)}",
            say.count(int(row.count_)),
            matter_tables.moment(asked, row.at),
            matter_tables.order(asked, row.subject, matter_tables.text_of(row.order_no)),
            _state(asked, row.is_open),
        )
        for row in matter_tables.rows(frame)
    ]
    naming = Naming(t("Escalated demands"), t("the last 30 days, the latest first"), "repeats-escalated")
    return matter_tables.listed(asked, naming, heads, rows, len(frame))


def level_words(t: Translate) -> dict[str, str]:
    return {"transformer_area": t("transformer area"), "feeder": t("feeder"), "customer": t("customer##level")}


def _frequent(asked: Asked) -> list[html.Section]:
    t, frame = asked.view.t, frequent_of(asked)
    heads = [
        (t("where##column"), ""),
        (t("of##level"), "low"),
        (t("station##column"), "low"),
        (t("band##column"), "low"),
        (t("outages##column"), "r"),
        (t("the last##column"), "r low"),
        (t("reports##column"), "r"),
        (t("complaints##column"), "r"),
        (t("still open##column"), "r"),
        (t("supervised##column"), "r"),
    ]
    words, said = level_words(t), t("with what was done in 60 days")
    found = []
    for is_case, name in ((True, t("Frequent outages")), (False, t("One more makes it a case"))):
        mine = frame[frame["is_case"] == is_case]
        rows = [
            (
                row.name,
                words[row.level],
                matter_tables.place(asked, row),
                t("{n} in {days} days").format(n=row.outages, days=row.days),
                say.count(int(row.count_)),
                matter_tables.moment(asked, row.last_at),
                *(say.count(int(n)) for n in (row.reports, row.complaints, row.open_orders, row.supervised)),
            )
            for row in matter_tables.rows(mine)
        ]
        naming = Naming(name, said, "repeats-frequent" if is_case else "repeats-near")
        found.append(matter_tables.listed(asked, naming, heads, rows, len(mine)))
    return found
