"""The lab of hotspots: settings tried on a past moment, beside a rule of so many cases in so many days."""

import logging
import threading
from collections.abc import Mapping
from typing import Any, Final

import dash
from dash import html

from dashboard.answers import Answer, Answering, Asking
from dashboard.components import frame
from dashboard.components import hotspot_lab as lab
from dashboard.components.hotspot_list import LAB, PATH
from dashboard.components.hotspot_wanted import BadLab, Wanted, wanted
from dashboard.components.hotspot_words import Reading
from dashboard.components.markup import HTML, text
from dashboard.components.page_parts import PLAIN
from dashboard.components.query import args_of
from dashboard.components.units import place_names, read_units
from dashboard.components.view import View, view_of
from dashboard.guard import current_scope
from dashboard.house import House
from store.facts.errors import StoreError

log = logging.getLogger(__name__)

FIELDS: Final = "lab-fields"
HEADING: Final = "lab-heading"
SCAN: Final = "lab-scan"
SCAN_N: Final = "lab-scan-n"
RULE: Final = "lab-rule"
RULE_N: Final = "lab-rule-n"
BESIDE: Final = "lab-beside"
LOOKING: Final = threading.Lock()  # a look takes seconds of a core: one at a time, and who comes meanwhile is told
ASKING: Final = Asking("hotspots-lab", opens=("unit", "period", "from", "to", "category", "channel"))


def content(view: View) -> list[Any]:
    """The page without data."""
    t = view.t
    back = html.A(t("Hotspots"), href=view.onward(PATH), className="plain", **{"data-link": ""})
    return [
        html.Div(
            [
                html.Div(
                    [html.H1(t("Lab of hotspots")), html.Span(back, **{"data-html": text(back)})], className="head"
                ),
                html.Section(html.Div(id=FIELDS, **{HTML: text(lab.form(view))}), className="sheet"),
                html.Div(id=HEADING, role="status", **PLAIN),
                html.Div(
                    [_side(t("Found by the scan"), SCAN_N, SCAN), _side(t("Raised by the rule"), RULE_N, RULE)],
                    id=BESIDE,
                    className="lab-beside",
                ),
            ],
            className="lab-area",
        )
    ]


def _side(name: str, number: str, id_: str) -> html.Section:
    head = html.Div([html.H2(name), html.Span(id=number, className="big", **PLAIN)], className="sheet-head")
    return html.Section([head, html.Div(id=id_, **PLAIN)], className="sheet")


def register(_app: dash.Dash, house: House) -> None:
    """The page at /hotspots/lab."""
    frame.register_page(house, "hotspots_lab", LAB, "Lab of hotspots", content, ASKING)


def _answer(house: House, search: str, _added: Mapping[str, str]) -> Answer:
    view, zone = view_of(args_of(search), house.settings.site.language), house.settings.site.tz
    t = view.t
    try:
        asked = wanted(search, view, zone)
    except BadLab as error:
        return _none(_notice(str(error)))
    if asked is None:
        return _none(lab.nothing(view))
    if not LOOKING.acquire(blocking=False):
        return _none(lab.busy(view)) | {"busy": True}
    try:
        found = house.ask(current_scope(), "hotspots lab", asked.args())
    except StoreError as error:
        log.warning("a look of the lab was not taken: %s", error)
        return _none(_notice(t("The facts could not be read; try again in a minute.")))
    except ValueError as error:
        log.warning("a look of the lab was refused: %s", error)
        return _none(_notice(t("These settings can not be tried together; the log of the node says why.")))
    finally:
        LOOKING.release()
    return _shown(house, view, asked, found)


def _notice(sentence: str) -> html.P:
    return html.P(sentence, className="notice-line")


def _none(heading: Any) -> Answer:
    """A sentence where a look would stand."""
    return {"html": dict.fromkeys((SCAN, SCAN_N, RULE, RULE_N), "") | {HEADING: text(heading)}, "empty": True}


def _shown(house: House, view: View, asked: Wanted, found: lab.Answer) -> Answer:
    zone, now = house.settings.site.tz, house.now()
    with house.reader(current_scope()) as reader:
        units = read_units(reader, view.language, now)
        reading = Reading(view, units, zone, now, place_names(reader, lab.codes(found), view.language, now))
    parts = {
        HEADING: lab.heading(reading, found),
        SCAN: lab.scan(reading, found),
        SCAN_N: str(len(found["hotspots"])),
        RULE: lab.rule(reading, found),
        RULE_N: str(len(found["naive"]["found"])),
    }
    at = f"{asked.at.astimezone(zone):%Y-%m-%dT%H:%M}" if asked.at else ""
    return {"html": {id_: text(part) for id_, part in parts.items()}, "empty": False, "at": at}


ANSWERS: Final[Mapping[str, Answering]] = {"hotspots-lab": _answer}
