"""What the page Outages answers: reliability of the period, what runs now, where it is worst, whom it touches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import ibis
import pandas as pd
from dash import dcc, html

from dashboard.components import format as say
from dashboard.components import narrowing, stand, terms
from dashboard.components.definition import Card, button, full
from dashboard.components.figures import LEAST_N
from dashboard.components.order_answers import Asked, understand
from dashboard.components.plain_table import Column, table
from dashboard.guard import current_scope
from dashboard.house import House
from kpis import interruptions, outage_watch
from kpis.catalogue import CATALOGUE
from kpis.evaluate import together
from kpis.live import recent_areas, recent_outages
from kpis.people_to_watch import people
from kpis.reliability import asai, by_area, celid, cemi, worst
from kpis.switching import steps, with_customers
from kpis.types import Definition, Options, ShapedReader
from store.facts import schema

PATH: Final = "/outages"
TILES: Final = ("saidi", "saifi", "caidi", "customer_hours_lost", "estimate_kept_rate")
RATES: Final = ("estimate_in_time_rate", "first_estimate_kept_rate", "estimate_kept_rate", "estimate_changed_rate")
BY: Final = ("saidi", "saifi", "caidi", "customer_hours_lost")
WORST: Final = 15
IGNORED: Final = ("category", "channel", "customer")


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
    asked = understand(house, reader, path, search, listed=False)
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


def narrowed(page: Page) -> list[Any]:
    """What of the address does not narrow outages, and what was not understood."""
    t, args = page.asked.view.t, page.asked.args
    kept = [word for word in IGNORED if args.get(word)]
    said = html.Span(t("Category, channel and kind of customer narrow no outages."), className="qq") if kept else None
    return [*narrowing.shown(page.asked, page.asked.faults, {}, has_controls=True), said]


def tiles(page: Page) -> list[Any]:
    asked = page.values(TILES, beside=True)
    found: dict[str, Any] = {key: asked[key].iloc[0] for key in TILES}
    shown = [_tile(page, CATALOGUE[key], row) for key, row in found.items()]
    return [*shown[:2], _availability(page, found["saidi"]), *shown[2:]]


def _tile(page: Page, d: Definition, row: Mapping[str, Any]) -> html.Div:
    view = page.asked.view
    ordinary = row["ordinary_value"]
    without = None
    if not pd.isna(ordinary) and int(row["ordinary_n"]) != int(row["n"]):
        said = say.of_unit(float(ordinary), d.unit, view.language)
        without = html.Span(view.t("without event days {value}").format(value=said))
    return _figure(page, d.key, view.t(d.label), _value(page, d, row), [_count(page, d, int(row["n"])), without], d)


def _value(page: Page, d: Definition, row: Mapping[str, Any]) -> Any:
    if pd.isna(row["value"]):
        return [html.Span(say.NONE, className="none"), html.Small(_why_none(page, d, int(row["n"])))]
    value = say.of_unit(float(row["value"]), d.unit, page.asked.view.language)
    interval = None if pd.isna(row["low"]) else say.between(row["low"], row["high"], d.unit, page.asked.view.language)
    return [html.Span(value, className="number"), html.Small(interval) if interval else None]


def _why_none(page: Page, d: Definition, n: int) -> str:
    t = page.asked.view.t
    if d.per == "served":
        return t("nobody lists the customers served")
    return t("none in this period") if not n else t("not known")


def _count(page: Page, d: Definition, n: int) -> html.Span:
    t = page.asked.view.t
    if d.view is interruptions.interruptions:
        return html.Span(say.counted(t, n, "{n} interruption", "{n} interruptions"))
    return html.Span(say.counted(t, n, "{n} outage", "{n} outages"))


def _availability(page: Page, saidi: Mapping[str, Any]) -> html.Div:
    t, (start, end) = page.asked.view.t, page.asked.question.span
    until = min(end, page.now) if end else page.now
    found = None if start is None else asai(saidi["value"], start, until)
    shown: list[Any] = [html.Span(f"{found:.4f}%", className="number")] if found is not None else []
    if found is None:
        why = t("a period without a beginning") if start is None else t("nobody lists the customers served")
        shown = [html.Span(say.NONE, className="none"), html.Small(why)]
    card = Card(
        t("Availability (ASAI)"),
        [
            (t("formula"), t("1 - SAIDI / length of the period")),
            (t("note"), t("Outages count with their whole length on the day they began.")),
        ],
        links=(full(page.asked.view, "saidi"),),
    )
    return html.Div(
        [
            html.Div(html.B(t("Availability (ASAI)")), className="nw"),
            html.Div(shown, className="v"),
            html.Div([button(page.asked.view, "definition-asai", card)], className="foot"),
        ],
        className="kpi",
        id="outages-asai",
    )


def _figure(page: Page, key: str, label: str, value: Any, foot: Sequence[Any], d: Definition) -> html.Div:
    ask = button(page.asked.view, f"definition-{key}", card(page, d))
    parts = [html.Div(html.B(label), className="nw"), html.Div(value, className="v")]
    return html.Div([*parts, html.Div([ask, *foot], className="foot")], className="kpi", id=f"outages-{key}")


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


def provisional(page: Page) -> list[Any]:
    """What is not settled, and what the figures leave out: each by name."""
    t = page.asked.view.t
    view_ = interruptions.interruptions(page.reader)
    start, end = page.asked.question.span
    view_ = view_.filter(*_in_period(view_, start, end), *(view_[k].isin(list(v)) for k, v in page.where.items()))
    found = page.reader.frame(interruptions.flaws(view_), page.now)
    left = [f"{flaw(t, row['flaw'])} {say.count(int(row['rows']))}" for row in found.to_dict("records")]
    lasting = view_.filter(interruptions.usable(view_), view_.back_at.isnull())
    running = int(page.reader.frame(lasting.agg(n=lasting.outage_no.nunique()), page.now)["n"].iloc[0])
    said = []
    if running:
        said.append(
            say.counted(
                t, running, "{n} outage still lasts: provisional, so far", "{n} outages still last: provisional, so far"
            )
        )
    if left:
        said.append(t("left out: {list}").format(list=("，" if page.asked.view.language == "zh" else ", ").join(left)))
    return [html.Span(one, className="qq") for one in said]


def flaw(t: say.Translate, code: str) -> str:
    """What keeps an interruption out of every figure."""
    words = {
        "no_start": t("without a start"),
        "restored_before_started": t("restored before they began"),
        "uncounted": t("customers not counted"),
        "area_unknown": t("area in no list"),
        "nobody_served": t("area that serves nobody"),
    }
    return words[code]


def _in_period(view_: Any, start: datetime | None, end: datetime | None) -> list[Any]:
    def at(moment: datetime) -> Any:
        return ibis.literal(moment, type=schema.NOW.type())

    found = [view_.started_at <= schema.NOW]
    return [*found, *([view_.started_at >= at(start)] if start else []), *([view_.started_at < at(end)] if end else [])]


def running(page: Page) -> tuple[list[Any], str]:
    """What runs now, what is wrong with it first; and how many there are."""
    t, now = page.asked.view.t, page.now
    listed, areas = (page.reader.frame(make(page.reader), now) for make in (recent_outages, recent_areas))
    seen = with_customers(listed, steps(listed, areas), now)
    seen = seen[seen["is_running"] & _inside(page, seen)]
    marks = {name: set(watch(seen, now)["source_key"]) for name, watch in outage_watch.WATCHES.items()}
    flags = pd.Series(
        [[n for n in marks if key in marks[n]] for key in seen["source_key"]], index=seen.index, dtype=object
    )
    order = seen.assign(flags=flags, bad=flags.map(lambda names: -len(names)))
    order = order.sort_values(["bad", "customers_now", "started_at"], ascending=[True, False, True], na_position="last")
    columns = [
        Column(t("place"), page.place),
        Column(t("kind##outage"), lambda row: kind(t, row["kind"])),
        Column(
            t("customers out"),
            lambda row: say.NONE if pd.isna(row["customers_now"]) else say.count(int(row["customers_now"])),
            "r",
        ),
        Column(t("sensitive / important"), lambda row: _pair(row["sensitive_out"], row["important_out"]), "r low"),
        Column(t("began"), lambda row: page.moment(row["started_at"]), "r low"),
        Column(t("lasts"), lambda row: page.minutes((now - row["started_at"]).total_seconds() / 60), "r"),
        Column(t("estimate##column"), lambda row: page.moment(row["estimate_at"]), "r"),
        Column(t("needs somebody"), lambda row: [_flag(t, name) for name in row["flags"]], "flags"),
    ]
    if order.empty:
        return [html.P(t("No outage is running."), className="q")], ""
    total = order["customers_now"].sum(min_count=1)
    head = say.counted(t, len(order), "{n} outage", "{n} outages")
    known = "" if pd.isna(total) else t("{n} customers out").format(n=say.count(int(total)))
    return [table(columns, order.to_dict("records"), t("Running now"))], " · ".join(x for x in (head, known) if x)


def _inside(page: Page, frame: pd.DataFrame) -> pd.Series:
    mask = pd.Series(True, index=frame.index)
    for dim, codes in page.where.items():
        mask &= frame[dim].isin(list(codes))
    return mask


def _pair(sensitive: Any, important: Any) -> str:
    both = [say.NONE if pd.isna(n) else say.count(int(n)) for n in (sensitive, important)]
    return " / ".join(both) if both != [say.NONE, say.NONE] else say.NONE


def kind(t: say.Translate, code: Any) -> str:
    words = {"fault": t("fault##outage"), "planned": t("planned##outage"), "temporary": t("temporary##outage")}
    return words.get(code, t("not known"))


def _flag(t: say.Translate, name: str) -> html.Span:
    words = {
        "expired": (t("estimate passed"), "flag stale"),
        "long": (t("over 8 h"), "flag"),
        "with_special_customers": (t("sensitive or important"), "flag"),
        "not_restored": (t("past its planned end"), "flag"),
        "not_started": (t("not begun in time"), "flag"),
        "unannounced": (t("notice missed"), "flag"),
    }
    text, kind_ = words[name]
    return html.Span(text, className=kind_)


def plans(page: Page) -> tuple[list[Any], str]:
    """Planned work of these days that needs somebody first, then the rest by time."""
    t, now = page.asked.view.t, page.now
    listed = page.reader.frame(outage_watch.plans(page.reader), now)
    listed = listed[_inside(page, listed) & listed["restored_at"].isna()]
    marks = {name: set(watch(listed, now)["source_key"]) for name, watch in outage_watch.PLAN_WATCHES.items()}
    flags = pd.Series(
        [[n for n in marks if key in marks[n]] for key in listed["source_key"]], index=listed.index, dtype=object
    )
    order = listed.assign(flags=flags, bad=flags.map(lambda names: -len(names))).sort_values(
        ["bad", "planned_start_at"]
    )
    columns = [
        Column(t("place"), page.place),
        Column(t("kind##outage"), lambda row: kind(t, row["kind"])),
        Column(t("planned start"), lambda row: page.moment(row["planned_start_at"]), "r"),
        Column(t("planned end"), lambda row: page.moment(row["planned_end_at"]), "r low"),
        Column(t("began"), lambda row: page.moment(row["started_at"]), "r low"),
        Column(t("notice given"), lambda row: page.moment(row["announced_at"]), "r low"),
        Column(t("needs somebody"), lambda row: [_flag(t, name) for name in row["flags"]], "flags"),
    ]
    if order.empty:
        return [html.P(t("No planned work in the next 8 days."), className="q")], ""
    bad = int((order["bad"] < 0).sum())
    head = t("{n} of {all} need somebody").format(n=say.count(bad), all=say.count(len(order)))
    return [table(columns, order.head(60).to_dict("records"), t("Planned work"))], head


def by_unit(page: Page) -> list[Any]:
    """The indices of each county, or of the stations of the county that is chosen."""
    t, units = page.asked.view.t, page.asked.question.units
    chosen = units.get(page.asked.query.unit)
    dim = "station" if chosen and chosen.kind in ("county", "station", "feeder") else "county"
    asked = page.values(BY, [dim])
    frames = [asked[key][[dim, "value", "n"]].rename(columns={"value": key, "n": f"{key} n"}) for key in BY]
    found = frames[0]
    for frame in frames[1:]:
        found = found.merge(frame, on=dim, how="outer")
    found = found[found[dim].notna()].sort_values("saidi", ascending=False, na_position="last")
    unserved = int(found["saidi"].isna().sum())

    def name(row: Mapping[Any, Any]) -> Any:
        query = {**{k: v for k, v in page.asked.args.items() if k != "unit"}, "unit": row[dim]}
        return dcc.Link(units.name(row[dim]), href=page.asked.view.href(PATH, query), className="rows")

    def shown(key: str) -> Any:
        unit = CATALOGUE[key].unit
        return lambda row: (
            say.NONE if pd.isna(row[key]) else say.of_unit(float(row[key]), unit, page.asked.view.language)
        )

    columns = [
        Column(t("unit"), name),
        *(Column(t(CATALOGUE[key].label), shown(key), "r") for key in BY),
        Column(
            t("interruptions##column"),
            lambda row: say.NONE if pd.isna(row["saifi n"]) else say.count(int(row["saifi n"])),
            "r low",
        ),
    ]
    if found.empty:
        return [html.P(t("No rows in this time."), className="q")]
    why = say.counted(t, unserved, "{n} unit lists no customers: no index", "{n} units list no customers: no index")
    return [table(columns, found.to_dict("records"), t("By unit")), html.P(why, className="qq") if unserved else None]


def worst_areas(page: Page) -> tuple[list[Any], str]:
    """The areas with most interruptions of the period, and the share of customers in such areas."""
    t, how = page.asked.view.t, page.asked.house.settings.reliability
    start, end = page.asked.question.span

    def among(outages: Any) -> Any:
        here = [outages[dim].isin(list(codes)) for dim, codes in page.where.items()]
        found = None
        for one in (*_in_period(outages, start, end), *here):
            found = one if found is None else found & one
        return found

    areas = by_area(interruptions.frame(page.reader, page.now, among), how.sustained_min)
    customers = page.reader.table("customers")
    told = [customers[dim].isin(list(codes)) for dim, codes in page.where.items() if dim in customers.columns]
    customers = customers.filter(*told) if told else customers
    served = page.reader.frame(customers.agg(n=customers.customers.sum()), page.now)["n"].iloc[0]
    served = None if pd.isna(served) else float(served)
    if areas.empty:
        return [html.P(t("No area was without supply in this period, or sources list none."), className="q")], ""
    names = area_names(page, worst(areas, WORST)["transformer_area"].tolist())
    columns = [
        Column(t("transformer area"), lambda row: names.get(row["transformer_area"], row["transformer_area"])),
        Column(t("times##column"), lambda row: say.count(int(row["times"])), "r"),
        Column(t("together##column"), lambda row: page.minutes(row["total_min"]), "r"),
        Column(t("longest##column"), lambda row: page.minutes(row["longest_min"]), "r low"),
        Column(t("customers##column"), lambda row: say.count(int(row["customers"])), "r low"),
    ]
    shares = [
        (t("more than {n} interruptions (CEMI-{n})").format(n=how.worst_n), cemi(areas, how.worst_n, served)),
        (
            t("{n} h and more together (CELID-t)").format(n=f"{how.longest_h:g}"),
            celid(areas, how.longest_h, served, total=True),
        ),
        (
            t("{n} h and more at one time (CELID-s)").format(n=f"{how.longest_h:g}"),
            celid(areas, how.longest_h, served, total=False),
        ),
    ]
    said = [html.Li([html.B(say.NONE if v is None else f"{v:.2f}%"), html.Span(label)]) for label, v in shares]
    note = t("Share of the customers served, by area: all customers of an area count alike.")
    listed = table(columns, worst(areas, WORST).to_dict("records"), t("Areas most often without supply"))
    return [html.Ul(said, className="shares"), html.P(note, className="qq"), listed], say.counted(
        t, len(areas), "{n} area", "{n} areas"
    )


def area_names(page: Page, codes: Sequence[str]) -> Mapping[str, str]:
    """Names of transformer areas in the reader's language, by code."""
    t = page.reader.table("units")
    chosen = t.filter(t.kind == "transformer_area", t.code.isin(list(codes))).select("code", "name_zh", "name_en")
    frame = page.reader.frame(chosen, page.now)
    first, other = ("name_zh", "name_en") if page.asked.view.language == "zh" else ("name_en", "name_zh")
    named = frame[first].fillna(frame[other]).fillna(frame["code"])
    return dict(zip(frame["code"], named, strict=True))


def estimates(page: Page) -> list[Any]:
    """How estimates of restoration were told and kept."""
    t = page.asked.view.t
    rows = []
    found = page.values(RATES)
    for key in RATES:
        rows.append({"d": CATALOGUE[key], **found[key].iloc[0]})

    def value(row: Mapping[Any, Any]) -> Any:
        if not int(row["n"]):
            return html.Span(t("none in this period"), className="qq why")
        return html.B(stand.short(page.asked.view, row["d"], row))

    def interval(row: Mapping[Any, Any]) -> str:
        few = int(row["n"]) < LEAST_N
        return "" if few else say.between(row["low"], row["high"], "%", page.asked.view.language)

    def name(row: Mapping[Any, Any]) -> Any:
        d = row["d"]
        ask = button(page.asked.view, f"definition-row-{d.key}", card(page, d))
        return html.Span([ask, html.Span(t(d.label))], className="named")

    columns = [
        Column(t("figure##column"), name),
        Column(t("value##column"), value, "r value"),
        Column(t("95 % interval"), interval, "r low qq"),
        Column(t("counted"), lambda row: say.count(int(row["n"])), "r"),
    ]
    return [table(columns, rows, t("Estimates of restoration"))]


def looked_after(page: Page) -> tuple[list[Any], str]:
    """Sensitive, important and often complaining customers, and what touches them now."""
    t = page.asked.view.t
    found = people(page.reader, page.now, personal=current_scope().personal)
    found = found[_inside(page, found)]
    if found.empty:
        return [
            html.P(
                t("Nobody: sources name no sensitive or important customer with an order in 60 days."), className="q"
            )
        ], ""
    names = area_names(page, found["transformer_area"].dropna().unique().tolist())
    groups = {
        "important": t("important##customer"),
        "sensitive": t("sensitive##customer"),
        "complaining": t("complained 3 times or more"),
    }

    def touches(row: Mapping[Any, Any]) -> list[Any]:
        said = []
        if not pd.isna(row["out_since"]):
            said.append(
                html.Span(t("without supply since {time}").format(time=page.moment(row["out_since"])), className="flag")
            )
        if row["is_expired"]:
            said.append(html.Span(t("estimate passed"), className="flag stale"))
        if row["open_orders"]:
            n = say.counted(t, int(row["open_orders"]), "{n} open order", "{n} open orders")
            late = t(", {n} late").format(n=say.count(int(row["overdue"]))) if row["overdue"] else ""
            said.append(html.Span(f"{n}{late}", className="flag" if row["overdue"] else "q"))
        return said

    columns = [
        Column(t("account"), lambda row: row["account"] or say.NONE),
        Column(t("who##customer"), lambda row: groups[row["group"]]),
        Column(t("place"), lambda row: names.get(row["transformer_area"]) or page.place(row)),
        Column(t("complaints in 60 days"), lambda row: say.count(int(row["complaints"])), "r"),
        Column(t("what touches them now"), touches, "flags"),
    ]
    touched = int((found["touched"] > 0).sum())
    head = t("{n} of {all} touched now").format(n=say.count(touched), all=say.count(len(found)))
    return [table(columns, found.head(40).to_dict("records"), t("People to look after"))], head
