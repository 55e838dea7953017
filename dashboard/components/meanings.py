"""What counts and times say that are no KPI: the cards behind their ? buttons. KPIs say it themselves (kpis.catalogue).

One entry per number that people see beside others; a card says what is counted, of what, and from where.
"""

from collections.abc import Callable
from typing import Final

from dash import html

from dashboard.components.definition import Card, button
from dashboard.components.format import Translate
from dashboard.components.view import View

ALERTS: Final = "alerts"
HEADER: Final = "header"
PHONES: Final = "phones"
STANDING: Final = "standing"
CLOCKS: Final = "clocks"
OUTAGE: Final = "outage"
MERGED: Final = "merged"
REVISIT: Final = "revisit"


def _alert_states(t: Translate) -> list[tuple[str, str]]:
    return [
        (t("not acknowledged"), t("open alerts that nobody has answered; they are told on")),
        (t("in progress"), t("open alerts that somebody has acknowledged by name")),
    ]


def _alerts(t: Translate) -> Card:
    rows = [
        *_alert_states(t),
        (t("cleared today"), t("alerts whose reason has gone since midnight, site time")),
        (t("rows"), t("one alert per order and limit, or per silent source, within the reader's units")),
        (t("source"), t("this system's own record of alerts")),
    ]
    return Card(t("alert counts"), rows)


def _header(t: Translate) -> Card:
    rows = [
        (t("by level"), t("open alerts of each level, acknowledged or not")),
        *_alert_states(t)[:1],
        (
            t("rows"),
            t("one alert per order and limit, or per silent source, of the whole site: no filter narrows them"),
        ),
        (t("source"), t("this system's own record of alerts, counted at each tick")),
    ]
    return Card(t("open alerts"), rows)


def _phones(t: Translate) -> Card:
    rows = [
        (
            t("number##term"),
            t("messages that the demonstration's receivers got, the newest first; older ones are left out"),
        ),
        (t("received n times"), t("the same message sent again, because its sender had not heard that it arrived")),
        (t("rows"), t("one per message, recipient and way")),
        (t("source"), t("the demonstration's own mail box and webhook")),
    ]
    return Card(t("number of messages"), rows)


def _standing(t: Translate) -> Card:
    rows = [
        (t("time left or over"), t("due time of the running clock minus now; of a closed order its largest lateness")),
        (t("customers out##term"), t("customers of its outage's areas that are still switched off")),
        (t("calls"), t("calls that the source counted for this order, the first one included")),
        (t("source"), t("the order and outage tables of the source, as last read")),
    ]
    return Card(t("standing of the order"), rows)


def _clocks(t: Translate) -> Card:
    rows = [
        (t("allowed"), t("from the start to the due time, by the promise for the kind of area")),
        (t("used"), t("from the start to the stage that ends the clock, or to now")),
        (t("result"), t("due time minus the end of the clock, or minus now; whole minutes, rounded down")),
        (t("arrival##clock"), t("starts when the order is accepted, ends on arrival")),
        (t("restoration##clock"), t("starts on arrival, ends when supply is restored")),
        (t("source"), t("the order's own times; an impossible one is left out")),
    ]
    return Card(t("clocks"), rows)


def _outage(t: Translate) -> Card:
    rows = [
        (t("formula"), t("customers of the areas switched off by now and not yet on again")),
        (t("without areas"), t("the outage's own number; unknown when the source gives none")),
        (t("source"), t("the outage table of the source, as last read")),
    ]
    return Card(t("customers out##term"), rows)


def _merged(t: Translate) -> Card:
    rows = [
        (t("formula"), t("orders of the same source that name this one as their parent, at most 50 of them")),
        (t("rows"), t("a merged order counts in no figure of its own")),
    ]
    return Card(t("merged orders"), rows)


def _revisit(t: Translate) -> Card:
    rows = [
        (t("score"), t("as the customer gave it, over the best mark of that scale")),
        (t("satisfied"), t("as the source judges it")),
        (t("source"), t("the revisit table of the source, as last read")),
    ]
    return Card(t("answer of a revisit"), rows)


_CARDS: Final[dict[str, Callable[[Translate], Card]]] = {
    ALERTS: _alerts,
    HEADER: _header,
    PHONES: _phones,
    STANDING: _standing,
    CLOCKS: _clocks,
    OUTAGE: _outage,
    MERGED: _merged,
    REVISIT: _revisit,
}


def card(t: Translate, name: str, as_of: str | None = None) -> Card:
    """The card of one number; with `as_of` it says how old the data behind it are."""
    found = _CARDS[name](t)
    return Card(found.label, [*found.rows, (t("data of"), as_of)]) if as_of else found


def explained(view: View, name: str, as_of: str | None = None) -> html.Span:
    """The ? button of one number, which stands once on a page."""
    return button(view, f"meaning-of-{name}", card(view.t, name, as_of))
