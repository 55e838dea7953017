"""What of the filter that the menu carries holds for alerts: the unit. It is said over the list, with its way out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from dash import dcc, html

from dashboard.components import alert_list, filters
from dashboard.components.alert_words import Alert, Reading
from dashboard.components.query import Fault
from dashboard.components.units import Units

WORD: Final = "unit"
PLACES: Final = ("feeder", "station", "county")
IGNORED: Final = ("category", "channel", "period", "from", "to")  # an alert has none of these


def unit_of(units: Units, args: Mapping[str, str]) -> str | None:
    """The unit that the address asks for; None without one, and for one that nobody knows."""
    unit = units.get(args.get(WORD))
    return unit.code if unit else None


def holds(units: Units, unit: str | None, alert: Alert) -> bool:
    """Whether `alert` is of `unit`. One of no unit, a silent source, concerns every unit."""
    places = [alert[name] for name in PLACES if alert[name]]
    return unit is None or not places or any(units.lies_in(place, unit) for place in places)


def said(reading: Reading, args: Mapping[str, str], show: str) -> list[Any]:
    """Which filter holds here and which does not. `show`: the state whose list is shown."""
    t, found = reading.view.t, notice(reading, args)
    if unit := unit_of(reading.units, args):
        clear = t("show the alerts of all units")
        rest = {word: text for word, text in reading.view.carried.items() if word != WORD}
        way_out = dcc.Link(
            [html.Span("×", **{"aria-hidden": "true"}), html.Span(clear, className="unseen")],
            href=alert_list.address(replace(reading.view, carried=rest), show),
            className="x",
            title=clear,
        )
        only = t("Only {unit}, and silent sources: they concern every unit.")
        found.append(html.Div([html.B(reading.units.name(unit)), way_out], className="behind"))
        found.append(html.Span(only.format(unit=reading.units.name(unit)), className="qq"))
    ignored = ignored_words(reading, args)
    if ignored:
        no = t("Not for alerts: {filters}. An alert stands here until its reason is gone.")
        gap = "、" if reading.view.language == "zh" else ", "
        found.append(html.Span(no.format(filters=gap.join(ignored)), className="qq"))
    return found


def ignored_words(reading: Reading, args: Mapping[str, str]) -> list[str]:
    """The carried filters that do not narrow alerts, as their controls are called."""
    t = reading.view.t
    names = {"category": t("category"), "channel": t("channel"), **dict.fromkeys(("period", "from", "to"), t("period"))}
    return list(dict.fromkeys(names[word] for word in IGNORED if args.get(word)))


def notice(reading: Reading, args: Mapping[str, str]) -> list[Any]:
    """That a unit of the address is none."""
    text = args.get(WORD)
    if not text or unit_of(reading.units, args):
        return []
    shown = filters.notice(reading.view, [Fault(WORD, text)])
    return [shown] if shown else []
