"""What the page Stations answers: the risk of each station with all its parts, and the published indices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

import pandas as pd
from dash import dcc, html

from dashboard.components import format as say
from dashboard.components import marks, narrowing
from dashboard.components.definition import Card, button, full
from dashboard.components.order_answers import Asked, as_of, understand
from dashboard.components.plain_table import Column, table
from dashboard.house import House
from kpis import risk
from kpis.catalogue import CATALOGUE
from kpis.risk import PARTS, Part
from kpis.service_index import UNTOLD, conduct_rate, quality_index
from kpis.station_facts import station_facts
from kpis.types import ShapedReader

PATH: Final = "/stations"
USUAL: Final = timedelta(days=30)  # of a period without a beginning
IGNORED: Final = ("category", "channel", "customer")
COUNTED: Final = ("complaints_per_10000", "complaints_per_million")
DIMENSIONS: Final = ("demand", "quality", "efficiency")


@dataclass(frozen=True)
class Page:
    """One request for the page, understood."""

    asked: Asked

    @property
    def start(self) -> datetime:
        return self.asked.question.span[0] or self.until - USUAL

    @property
    def until(self) -> datetime:
        """A period that is over ends with its last moment."""
        end = self.asked.question.span[1]
        return min(end, self.asked.question.now) if end else self.asked.question.now

    @cached_property
    def whole(self) -> pd.DataFrame:
        """Every station with its score: what is fine is that of all of them."""
        settings = self.asked.house.settings
        return risk.scored(
            station_facts(self.asked.question.reader, settings, self.start, self.until), settings.stations
        )

    @cached_property
    def stations(self) -> pd.DataFrame:
        """Those within the unit of the address."""
        unit = self.asked.question.units.get(self.asked.query.unit)
        dim = unit.kind if unit else ""
        frame = self.whole
        return frame[frame[dim] == unit.code] if unit and dim in ("county", "station") else frame


def page_of(house: House, reader: ShapedReader, search: str | None) -> Page:
    return Page(understand(house, reader, PATH, search, listed=False))


def narrowed(page: Page) -> list[Any]:
    t, args = page.asked.view.t, page.asked.args
    kept = any(args.get(word) for word in IGNORED)
    said = (
        html.Span(t("Category, channel and kind of customer do not narrow the risk."), className="qq") if kept else None
    )
    return [*narrowing.shown(page.asked, page.asked.faults, {}, has_controls=True), said]


def tiles(page: Page) -> list[Any]:
    """How many stations of each colour, then the published indices of all of them together."""
    t, frame = page.asked.view.t, page.stations
    colours = frame["colour"]
    shown = [
        _tile(page, f"stations-{code}", [_shape(t, code), colour(t, code)], say.count(int((colours == code).sum())))
        for code in ("red", "yellow", "green")
    ]
    unknown = int(colours.isna().sum())
    if unknown:
        shown.append(_tile(page, "stations-unknown", [t("not enough known")], say.count(unknown)))
    return [*shown, _index(page), _conduct(page), *(_complaints(page, key) for key in COUNTED)]


def _tile(page: Page, key: str, label: Sequence[Any], value: Any, foot: Sequence[Any] = ()) -> html.Div:
    parts = [html.Div(html.B(list(label)), className="nw"), html.Div(value, className="v")]
    return html.Div([*parts, html.Div(list(foot), className="foot")], className="kpi", id=key)


def _index(page: Page) -> html.Div:
    t, frame = page.asked.view.t, page.stations
    total = frame[["thrice", "volume", "media", "answers", "dissatisfied"]].sum(min_count=1)
    answered = total["answers"]
    satisfaction = 100 * (1 - total["dissatisfied"] / answered) if answered > 0 else None
    counts = [0 if pd.isna(total[name]) else int(total[name]) for name in ("thrice", "volume", "media")]
    found = quality_index(counts[0], counts[1], satisfaction, counts[2])
    words = {"untrue_orders": t("untrue orders"), "verified_fraud": t("verified fraud")}
    comma = "、" if page.asked.view.language == "zh" else ", "
    below = t("not known") if found.dissatisfied is None else say.one_decimal(found.dissatisfied)
    card = Card(
        t("Service quality index"),
        [
            (
                t("formula"),
                t("100 - three calls on one matter / business - satisfaction below 95 % - 5 for each case in media"),
            ),
            (t("three calls"), say.NONE if found.thrice is None else say.one_decimal(found.thrice)),
            (t("satisfaction"), below),
            (t("media"), say.one_decimal(found.media)),
            (t("business"), say.count(found.volume)),
            (t("not in the sources"), comma.join(words[name] for name in UNTOLD)),
            (t("source"), t("published rule of a provincial command centre")),
            (t("data of"), as_of(page.asked)),
        ],
        t("at most"),
    )
    value = [html.Span(say.NONE, className="none")] if found.value is None else [html.Span(f"{found.value:.2f}")]
    foot = [button(page.asked.view, "definition-service-index", card), html.Span(t("at most"))]
    return _tile(page, "stations-index", [t("Service quality index")], value, foot)


def _conduct(page: Page) -> html.Div:
    t, frame = page.asked.view.t, page.stations
    total = frame[["class_1", "class_2", "reports", "calls", "served"]].sum(min_count=1)
    counts = [0 if pd.isna(total[name]) else int(total[name]) for name in ("class_1", "class_2", "reports", "calls")]
    found = conduct_rate(counts[0], counts[1], counts[2], counts[3], total["served"])
    card = Card(
        t("Service conduct rate"),
        [
            (t("formula"), t("0.7 (1 - class 1 / D) + 0.2 (1 - class 2 / D) + 0.1 (1 - reports / D)")),
            ("D", t("calls / 100 x 50 % + customers / 1,000 x 50 %")),
            (t("class 1, class 2"), f"{counts[0]}, {counts[1]}"),
            (t("note"), t("Which grades are class 1 and 2 is our reading: the site sets it at [stations].")),
            (t("source"), t("published rule of a provincial command centre")),
        ],
    )
    value = [html.Span(say.NONE, className="none")] if found is None else [html.Span(f"{found:.2f}%")]
    return _tile(
        page,
        "stations-conduct",
        [t("Service conduct rate")],
        value,
        [button(page.asked.view, "definition-conduct", card)],
    )


def _complaints(page: Page, key: str) -> html.Div:
    view, d = page.asked.view, CATALOGUE[key]
    total = page.stations[["complaints", "served"]].sum(min_count=1)
    served = total["served"]
    known = not pd.isna(served) and served > 0 and not pd.isna(total["complaints"])
    shown = say.one_decimal(d.scale * float(total["complaints"]) / float(served)) if known else say.NONE
    card = Card(
        view.t(d.label),
        [(view.t("formula"), view.t(d.formula)), (view.t("note"), view.t(d.note))],
        "",
        (full(view, key),),
        key,
    )
    n = html.Span(say.counted(view.t, int(total["complaints"]), "{n} complaint", "{n} complaints")) if known else None
    return _tile(page, f"stations-{key}", [view.t(d.label)], shown, [button(view, f"definition-{key}", card), n])


def colour(t: say.Translate, code: str | None) -> str:
    words = {"red": t("red##risk"), "yellow": t("yellow##risk"), "green": t("green##risk")}
    return words[code] if code in words else t("not enough known")


def _shape(t: say.Translate, code: str | None) -> Any:
    """A green station is a plain word: there is no green mark."""
    return marks.shape(t, code, colour(t, code)) if code in ("red", "yellow") else None


def ranking(page: Page) -> tuple[list[Any], str]:
    """Each station with its colour, its score and the parts it is made of: value, and points in small."""
    t, frame, units = page.asked.view.t, page.stations, page.asked.question.units
    weights = risk.weights_of(page.asked.house.settings.stations)
    if frame.empty:
        return [html.P(t("No station has customers, orders or outages in this period."), className="q")], ""

    def name(row: Mapping[Any, Any]) -> Any:
        query = {**{k: v for k, v in page.asked.args.items() if k not in IGNORED}, "unit": row["station"]}
        return dcc.Link(units.name(row["station"]), href=page.asked.view.href("/orders", query), className="rows")

    def risked(row: Mapping[Any, Any]) -> list[Any]:
        code = row["colour"] if isinstance(row["colour"], str) else None
        return [_shape(t, code), " ", html.Span(colour(t, code), className="" if code else "qq")]

    def score(row: Mapping[Any, Any]) -> Any:
        return html.B(say.NONE if pd.isna(row["score"]) else f"{row['score']:.0f}")

    columns = [
        Column(t("station"), name),
        Column(t("risk##column"), risked),
        Column(t("score##column"), score, "r value"),
        *(Column(dimension(t, d), _subscore(d, weights), "r") for d in DIMENSIONS),
        *(Column(t(part.label), _part(page, part), "r low") for part in PARTS),
    ]
    head = say.counted(t, len(frame), "{n} station; small: points", "{n} stations; small: points")
    return [table(columns, frame.to_dict("records"), t("Stations by risk"))], head


def _subscore(dimension_: str, weights: Mapping[str, float]) -> Any:
    parts = [part for part in PARTS if part.dimension == dimension_]

    def cell(row: Mapping[Any, Any]) -> str:
        known = [(weights[p.key], row[f"{p.key}_points"]) for p in parts if not pd.isna(row[f"{p.key}_points"])]
        total = sum(weight for weight, _ in known)
        return f"{sum(w * points for w, points in known) / total:.0f}" if total else say.NONE

    return cell


HALF: Final = 50.0  # of all points: worth a look


def _part(page: Page, part: Part) -> Any:
    t = page.asked.view.t

    def cell(row: Mapping[Any, Any]) -> Any:
        value, points, n = (row[f"{part.key}_{name}"] for name in ("value", "points", "n"))
        if pd.isna(value):
            return say.NONE
        text = say.one_decimal(float(value)) + ("" if part.is_per_customer else "%")
        if pd.isna(points):
            return html.Span(
                [text, html.Small(f" {t('few##cases')}", className="qq")], title=t("{n} cases").format(n=int(n))
            )
        small = html.Small(f" {points:.0f}", className="qq") if points else None
        return html.Span([html.B(text) if points >= HALF else text, small], title=t("{n} cases").format(n=int(n)))

    return cell


def dimension(t: say.Translate, code: str) -> str:
    words = {"demand": t("demand##risk"), "quality": t("quality##risk"), "efficiency": t("efficiency##risk")}
    return words[code]


def scoring(page: Page) -> list[Any]:
    """How the score is made: weight, what is fine and what is poor of each part."""
    t, settings = page.asked.view.t, page.asked.house.settings.stations
    weights = risk.weights_of(settings)
    rows = []
    for part in PARTS:
        fine, poor = risk.limits(page.whole, part, settings)
        own = settings.indicators.get(part.key)
        rows.append(
            {
                "label": t(part.label),
                "part": part,
                "fine": fine,
                "poor": poor,
                "own": own is not None and own.fine is not None,
            }
        )

    def number(name: str) -> Any:
        def cell(row: Mapping[Any, Any]) -> str:
            unit = "" if row["part"].is_per_customer else "%"
            return say.NONE if pd.isna(row[name]) else f"{say.one_decimal(float(row[name]))}{unit}"

        return cell

    columns = [
        Column(t("indicator"), lambda row: row["label"]),
        Column(t("dimension##risk"), lambda row: dimension(t, row["part"].dimension)),
        Column(t("weight"), lambda row: f"{weights[row['part'].key]:g}", "r"),
        Column(t("of##base"), lambda row: t("10,000 customers") if row["part"].is_per_customer else t("100 cases")),
        Column(t("fine: 0 points"), number("fine"), "r"),
        Column(t("poor: 100 points"), number("poor"), "r"),
        Column(t("whose##limit"), lambda row: t("settings") if row["own"] else t("all stations together")),
    ]
    says = t(
        "Points grow from fine to poor with the value that the cases prove (near end of its 95 % interval): few cases "
        "give few points. Score: weighted mean of the points that are known; yellow from {yellow}, red from {red}."
    ).format(yellow=f"{settings.yellow:g}", red=f"{settings.red:g}")
    note = t("Weights and limits are our choice until the site sets its own at [stations].")
    return [html.P(says), html.P(note, className="qq"), table(columns, rows, t("How it is scored"))]
