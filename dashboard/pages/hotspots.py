"""Hotspots: where demands gather more than chance explains, since when, with what words, and who has taken it up."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Final

import dash
from dash import ClientsideFunction, Input, Output, State, html, no_update

from dashboard.answers import Answer, Answering, Asking
from dashboard.components import filters, frame, given, hotspot_acts, narrowing
from dashboard.components import hotspot_detail as detail
from dashboard.components import hotspot_drawn as drawn
from dashboard.components import hotspot_list as lists
from dashboard.components import hotspot_words as words
from dashboard.components.alert_acts import Said
from dashboard.components.alert_form import LONGEST_H, whole
from dashboard.components.allowed import refusal, signed
from dashboard.components.hotspot_layout import (
    ASKED,
    COUNTS,
    DAYS,
    DONE,
    HISTORY,
    LIST,
    MAP_HEAD,
    MEMBERS,
    NOTICE,
    OF_ONE,
    ONE,
    ORDERS,
    ORDERS_HEAD,
    OUTAGES,
    PROMISE,
    SAID,
    SHOWN,
    WIDE,
    WORDS,
    content,
)
from dashboard.components.hotspot_page import Page, page_of
from dashboard.components.hotspot_promise import promise
from dashboard.components.markup import text
from dashboard.components.query import args_of
from dashboard.components.units import read_units, station_points
from dashboard.components.view import view_of
from dashboard.guard import current_scope
from dashboard.house import House
from store.facts.errors import StoreError
from store.scope import Scope

HELD: Final = "_held"  # number or key of the one that the page shows while it asks again
ASKING: Final = Asking("hotspots", first={filters.KNOWN: ""}, live=("hotspots",), graphs=True)


def _answer(house: House, search: str, added: Mapping[str, str]) -> Answer:
    """List and the hotspot that is looked at, in one answer."""
    with house.reader(current_scope()) as reader:
        page = page_of(house, reader, search, held=added.get(HELD, ""))
        found = _one(page, page.one, station_points(reader, house.now())) if page.one else _nothing(page)
    reading, all_ = page.reading, page.found
    stopped = lists.stopped(reading, all_) if all_["hotspots"] else None
    said = {
        NOTICE: [
            *narrowing.shown(page.asked, (*page.asked.faults, *page.faults), page.more),
            *([html.P(stopped, className="notice-line")] if stopped else []),
        ],
        COUNTS: lists.counts(reading, all_),
        LIST: lists.listing(reading, all_, page.one, page.more, states=page.states),
        PROMISE: promise(reading, all_),
        WIDE: lists.wide(reading, all_),
        **found.pop("html"),
    }
    return {"html": {id_: text(part) for id_, part in said.items()}, **filters.offered(page.asked, added), **found}


def _one(page: Page, one: words.Hotspot, stations: list[dict[str, Any]]) -> Answer:
    reading = page.reading
    orders, n = detail.complaints(reading, one)
    where = drawn.map_of(reading, one, stations)
    said = {
        ONE: detail.head(reading, one, page.found.get("completeness") or {}),
        MAP_HEAD: reading.view.t("each point a place, its number the cases") if where["box"] else "",
        MEMBERS: detail.members(reading, one),
        DAYS: detail.days(reading, one),
        WORDS: detail.vocabulary(reading, one),
        ORDERS: orders,
        ORDERS_HEAD: n,
        OUTAGES: detail.outages(reading, one),
        HISTORY: detail.history(reading, one),
    }
    chart = drawn.chart(reading, one)
    shown = {"number": one.get("number"), "key": one.get("key"), "may": one["state"] == "open"}
    return {"html": said, "chart": chart, "finding": drawn.finding(reading, one), "map": where, "chosen": shown}


def _nothing(page: Page) -> Answer:
    """What stands in the places of a hotspot while there is none."""
    t = page.reading.view.t
    said: dict[str, Any] = dict.fromkeys(OF_ONE, "")
    said[ONE] = [
        html.P(html.B(lists.why_none(page.reading, page.found, states=page.states))),
        html.P(
            t("Its headline, map, days, words, demands and history would stand here, and the buttons to answer it."),
            className="q",
        ),
    ]
    return {"html": said, "chart": None, "finding": "", "map": None, "chosen": None}


def act(house: House, search: str | None, which: str, shown: Any, wrote: hotspot_acts.Wrote) -> Said:
    """Does what a button says to the hotspot that the page shows."""
    view = view_of(args_of(search), house.settings.site.language)
    scope, now = current_scope(), house.now()
    if refused := refusal(view.t, "take"):
        return Said(refused, True)
    asked = given.count(shown.get("number")) if isinstance(shown, dict) else None
    if asked is None:
        return Said(view.t("Open a hotspot first."), True)
    try:
        one = house.ask(scope, "hotspot", {"number": asked})
    except (ValueError, StoreError) as error:
        return Said(view.t("Not stored: {error}").format(error=error), True)
    with house.reader(scope) as reader:
        reading = words.Reading(view, read_units(reader, view.language, now), house.settings.site.tz, now)
    return hotspot_acts.act(house, view.t, which, one, wrote, words.headline(reading, one))


def register(app: dash.Dash, house: House) -> None:
    """The page at /hotspots."""
    frame.register_page(house, "hotspots", lists.PATH, "Hotspots", content, ASKING)
    ids = hotspot_acts

    @app.callback(
        Output(SAID, "children"),
        Output(SAID, "className"),
        Output(ids.NOTE, "value"),
        Output(DONE, "data"),
        *(Input(one, "n_clicks") for one in ids.ACTS),
        State(frame.AT, "search"),
        State(ids.BY, "value"),
        State(ids.NOTE, "value"),
        State(ids.QUIET_H, "value"),
        State(ids.DEADLINE_H, "value"),
        State(SHOWN, "data"),
        running=[(Output(one, "disabled"), True, False) for one in ids.ACTS],
        prevent_initial_call=True,
    )
    async def answered(*sent: Any) -> tuple[Any, ...]:
        clicks, (search, by, note, quiet_h, due_h, shown) = sent[: len(ids.ACTS)], sent[len(ids.ACTS) :]
        which = dash.ctx.triggered_id
        if which not in ids.ACTS or not any(clicks):
            return no_update, no_update, no_update, no_update
        hours = (whole(quiet_h, LONGEST_H), whole(due_h, ids.LONGEST_DEADLINE_H))
        wrote = ids.Wrote(signed(by), given.text(note), *hours)
        said = await asyncio.to_thread(act, house, search, which, shown, wrote)
        return said.text, "said wrong" if said.wrong else "said", no_update if said.wrong else "", given.total(clicks)

    app.clientside_callback(ClientsideFunction("hotspots", "done"), Output(ASKED, "data"), Input(DONE, "data"))


def prepare(house: House, scope: Scope) -> Iterator[None]:
    """Asks once what the page asks, because the SQL of a question nobody has asked yet has to be made."""
    with house.reader(scope) as reader:
        house.ask(scope, "hotspots", {"state": "open"})
        station_points(reader, house.now())
        yield


ANSWERS: Final[Mapping[str, Answering]] = {"hotspots": _answer}
