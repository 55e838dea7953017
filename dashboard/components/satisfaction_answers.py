"""What the page Satisfaction answers: are customers content, who answers, and what is done for those who are not."""

from typing import Any, Final

import numpy as np
import pandas as pd
from dash import html

from dashboard.components import dims, marks, matter_tables, terms
from dashboard.components import format as say
from dashboard.components.look import Look, Looks, Page
from dashboard.components.matter_tables import Naming
from dashboard.components.order_answers import Asked, understand
from dashboard.components.slices import places
from dashboard.components.valued import GRAIN, Cut, valued
from dashboard.house import House
from kpis.cases import dissatisfied_cases, faults
from kpis.non_response import Gauge, gauge
from kpis.pooling import pooled
from kpis.satisfaction import REVISITS, SATISFACTION
from kpis.scales import moved, scales
from kpis.types import ShapedReader

PATH: Final = "/satisfaction"
HEADLINES: Final = (
    "satisfaction_rate",
    "net_promoter_score",
    "revisit_response_rate",
    "dissatisfied_taken_up_24h_rate",
)
KEYS: Final = (SATISFACTION.key, *(d.key for d in REVISITS))
KINDS: Final = "customer_kind"


LOOKS: Final = Looks(
    (SATISFACTION, *(d for d in REVISITS if d.statistic in ("rate", "mean"))), Look(SATISFACTION.key, "week")
)


def page_of(house: House, reader: ShapedReader, search: str | None) -> Page:
    """What the address asks of this page."""
    return LOOKS.page(understand(house, reader, PATH, search, listed=False))


def figures(page: Page) -> dict[str, Any]:
    """Tiles, table of rates, stations, reasons and kinds of customer."""
    tiles, rates = matter_tables.figures(page, HEADLINES, KEYS)
    asked = page.asked
    return {
        "tiles": tiles,
        "rates": rates,
        "stations": _stations(asked),
        "reasons": _reasons(asked),
        "kinds": _kinds(asked),
    }


def _cut(asked: Asked, keys: tuple[str, ...], by: str) -> dict[str, pd.DataFrame]:
    catalogue = asked.question.catalogue
    found = valued(asked.question, [catalogue[key] for key in keys], Cut(by=by))
    return {key: frame.assign(**{GRAIN: frame[GRAIN].astype(object)}) for key, frame in found.items()}


def stations_of(asked: Asked) -> pd.DataFrame:
    """Stations by partial pooling, the least content first: value, low and high pooled, `raw` as counted; first and
    last: the places that the interval leaves open."""
    frame = _cut(asked, (SATISFACTION.key,), "station").get(SATISFACTION.key)
    if frame is None or frame.empty:
        return pd.DataFrame()
    mean, low, high = (100 * part for part in pooled(frame["successes"].astype("int64"), frame["n"]))
    frame = frame.assign(raw=frame["value"], value=mean, low=low, high=high)
    frame = frame.assign(**dict(zip(("first", "last"), places(frame, "higher"), strict=True)))
    return frame.sort_values(["value", "n"], ascending=[True, False], kind="stable")


def _stations(asked: Asked) -> list[Any]:
    """A place only where intervals do not overlap."""
    t, frame = asked.view.t, stations_of(asked)
    if frame.empty:
        return [html.P(t("No answer in this period."), className="empty")]
    low, high = frame["low"], frame["high"]
    scale = marks.scale_of([*low.tolist(), *high.tolist(), float(SATISFACTION.target or 95)])
    rows = [_station(asked, scale, row) for row in matter_tables.rows(frame)]
    heads = [
        (t("station##column"), ""),
        (t("possible place##column"), "r"),
        (t("pooled##column"), "r value"),
        (t("95 % interval"), "r low"),
        ("", "rail-cell"),
        (t("as counted##column"), "r low"),
        ("n", "r"),
    ]
    note = t("Small stations borrow from all others; where intervals overlap, nobody is first.")
    return [matter_tables.table(t("By station"), heads, rows), html.P(note, className="qq note")]


def _station(asked: Asked, scale: marks.Scale, row: Any) -> tuple[Any, ...]:
    code = getattr(row, GRAIN)
    where = f"{row.first}\N{EN DASH}{row.last}" if row.first != row.last else str(row.first)
    target = asked.question.catalogue[SATISFACTION.key].target_of(asked.question.option(SATISFACTION))
    return (
        asked.question.units.brief(code) if isinstance(code, str) else say.NONE,
        where,
        f"{say.one_decimal(row.value)}%",
        say.interval(row.low, row.high),
        marks.rail(scale, marks.Rate(row.value, row.low, row.high), target),
        f"{say.count(int(row.successes))}/{say.count(int(row.n))}",
        say.count(int(row.n)),
    )


def reasons_of(asked: Asked) -> pd.DataFrame:
    """Dissatisfied answers by their first reason, the most frequent first."""
    frame = _cut(asked, ("dissatisfied_answers",), "reason_1").get("dissatisfied_answers")
    return pd.DataFrame() if frame is None else frame.sort_values("n", ascending=False, kind="stable")


def reason(asked: Asked, row: Any) -> str:
    code = getattr(row, GRAIN)
    return code if isinstance(code, str) else asked.view.t("no reason given")


def _reasons(asked: Asked) -> list[Any]:
    t, frame = asked.view.t, reasons_of(asked)
    if frame.empty:
        return [html.P(t("Nobody was dissatisfied in this period."), className="empty")]
    whole = int(frame["n"].sum())
    rows = [
        (
            reason(asked, row),
            say.count(int(row.n)),
            f"{say.one_decimal(100 * row.n / whole)}%",
        )
        for row in matter_tables.rows(frame)
    ]
    heads = [(t("reason##column"), ""), (t("answers##column"), "r value"), (t("share##column"), "r low")]
    return [matter_tables.table(t("Reasons"), heads, rows)]


def gauged(asked: Asked) -> Gauge | None:
    """Response by kind of customer, from the same filter as the page."""
    found = _cut(asked, ("revisit_response_rate", SATISFACTION.key), KINDS)
    if len(found) < 2:
        return None
    responses, answers = (found[key].set_index(GRAIN) for key in ("revisit_response_rate", SATISFACTION.key))
    judged = answers.reindex(responses.index)
    counts = pd.DataFrame(
        {
            "kind": responses.index,
            "asked": responses["n"].to_numpy(),
            "answered": judged["n"].fillna(0).to_numpy(dtype=np.int64),
            "satisfied": judged["successes"].fillna(0).to_numpy(dtype=np.int64),
        }
    )
    return gauge(counts)


def kind(asked: Asked, code: Any) -> str:
    return dims.customer(asked.view.t, code) if isinstance(code, str) else asked.view.t("not known")


def _kinds(asked: Asked) -> list[Any]:
    t, found = asked.view.t, gauged(asked)
    if found is None or found.by_kind.empty:
        return [html.P(t("No revisit in this period."), className="empty")]
    heads = [
        (t("customer"), ""),
        (t("asked##column"), "r"),
        (t("answered##column"), "r value"),
        (t("95 % interval"), "r low"),
        (t("satisfied##column"), "r value"),
        (t("95 % interval"), "r low"),
    ]
    rows = [
        (
            kind(asked, row.kind),
            say.count(int(row.asked)),
            f"{say.one_decimal(row.response)}%",
            say.interval(row.low, row.high),
            f"{say.one_decimal(row.rate)}%" if row.answered else say.NONE,
            say.interval(row.rate_low, row.rate_high) if row.answered else "",
        )
        for row in matter_tables.rows(found.by_kind)
    ]
    said = t("Had every kind answered alike, satisfaction would be {rate} % ({shift} points).").format(
        rate=say.one_decimal(found.weighted), shift=_signed(found.shift)
    )
    notes = [html.P(said, className="qq note")] if not np.isnan(found.weighted) else []
    return [matter_tables.table(t("Who answers"), heads, rows), *notes]


def _signed(points: float) -> str:
    return f"{say.MINUS if points < 0 else '+'}{say.one_decimal(abs(points))}"


def wrong(asked: Asked) -> list[Any]:
    """What is wrong with the revisits of 30 days, counted; nothing where nothing is."""
    t, now, reader = asked.view.t, asked.question.now, asked.question.reader
    words = {
        "no_order": t("{n} name no order: not in what was taken up"),
        "unknown_order": t("{n} name an order nobody knows: they can not be taken up"),
        "outside_scale": t("{n} have a score outside their scale: not in mean and NPS"),
        "no_scale": t("{n} have a score without a scale: not in mean and NPS"),
        "contradicts": t("{n} contradict their own score"),
    }
    said = [words[name].format(n=say.count(n)) for name, n in faults(reader, now).items() if n]
    for row in matter_tables.rows(moved(scales(reader, now))):
        if not row.in_force:
            place = f"{row.source} {terms.channel(t, row.channel)}"
            told = t("{n} are on the scale {low} to {high}, which {source} no longer uses: not in mean and NPS")
            said.append(
                told.format(n=say.count(int(row.n)), low=f"{row.scale_min:g}", high=f"{row.scale_max:g}", source=place)
            )
    if not said:
        return []
    head = t("Faults in the revisits of 30 days")
    return [html.P([html.B(head), " ", "; ".join(said)], className="notice", role="status")]


def cases_of(asked: Asked) -> pd.DataFrame:
    """Dissatisfied answers of 30 days, those not taken up first, with `done`: what was done about each, in words."""
    found = matter_tables.within_unit(asked, dissatisfied_cases(asked.question.reader, asked.question.now))
    t = asked.view.t
    outcomes = {
        "satisfied": t("asked again, satisfied"),
        "reopened": t("order reopened"),
        "contacted": t("customer contacted"),
        "supervised": t("supervised##outcome"),
    }
    return found.assign(done=found["outcome"].map(outcomes))


def cases(asked: Asked) -> list[Any]:
    t, frame = asked.view.t, cases_of(asked)
    heads = [
        (t("station##column"), ""),
        (t("matter##column"), "low"),
        (t("reason##column"), "low"),
        (t("answered##moment"), "r low"),
        (t("due##column"), "r"),
        (t("owner##column"), "low"),
        (t("order##column"), "low"),
        (t("what was done##column"), ""),
    ]
    rows = [
        (
            matter_tables.place(asked, row),
            matter_tables.category(asked, row),
            matter_tables.text_of(row.reason_1),
            matter_tables.moment(asked, row.answered_at),
            matter_tables.moment(asked, row.due_at),
            matter_tables.text_of(row.owner),
            _order(asked, row),
            _waiting(asked, row) if row.is_open else row.done,
        )
        for row in matter_tables.rows(frame)
    ]
    waiting = frame[frame["is_open"]]
    said = t("{n} not taken up, {late} of them past 24 h").format(
        n=say.count(len(waiting)), late=say.count(int(waiting["is_late"].sum()))
    )
    naming = Naming(t("Dissatisfied answers"), said, "satisfaction-cases")
    return [matter_tables.listed(asked, naming, heads, rows, len(frame))]


def _order(asked: Asked, row: Any) -> Any:
    number = matter_tables.text_of(row.order_no)
    return matter_tables.order(asked, f":{number}", number) if row.has_order else number


def _waiting(asked: Asked, row: Any) -> Any:
    t = asked.view.t
    if not row.is_late:
        return t("nothing yet")
    return html.Span([marks.shape(t, "orange", t("past 24 h")), " ", html.B(t("nothing, past 24 h"))])
