"""The drawer's answer: the order that the address names, as it stands now."""

from collections.abc import Mapping
from typing import Final

from dashboard.answers import Answer
from dashboard.components import order_drawer, order_ledger
from dashboard.components.alert_words import Reading
from dashboard.components.markup import text
from dashboard.components.order_clocks import Shown, ms
from dashboard.components.order_course import WORD, OrderKey, key_of, read
from dashboard.components.query import args_of
from dashboard.components.units import read_units
from dashboard.components.view import view_of
from dashboard.guard import current_scope
from dashboard.house import House
from store.ledger.exemptions import exemptions_of
from store.ledger.queries import alerts_of, history
from store.scope import Scope

LEDGER: Final = Scope.everything("clock ledger")  # orders merged in may lie out of the reader's sight


def answer(house: House, search: str, _added: Mapping[str, str]) -> Answer:
    """The drawer's text, and the moment it is of. Errors: ValueError when the address names no order."""
    args = args_of(search)
    asked = args.get(WORD)
    if not asked:
        raise ValueError(f"{WORD}= is missing: give an order's number, or SOURCE:KEY")
    view, now, key = view_of(args, house.settings.site.language), house.now(), key_of(asked)
    with house.reader(current_scope()) as reader:
        order = read(reader, key, now) if key else None
        units = read_units(reader, view.language, now) if order else None
    if order is None or units is None:
        return {"html": {order_drawer.BODY: text(order_drawer.missing(view.t, asked))}, "now": ms(now)}
    whole = OrderKey(order.row["source"], order.row["source_key"])
    with house.reader(LEDGER) as reader:
        explained = order_ledger.clocks(reader, whole, order_ledger.rules_of(house.settings), now)
    reading = Reading(view, units, house.settings.site.tz, now)
    alerts = alerts_of(house.ledger, f"{order.row['source']}:{order.row['source_key']}")
    steps = {alert["id"]: history(house.ledger, alert["id"]) for alert in alerts}
    exempt = exemptions_of(house.ledger, order.row["source"], order.row["order_no"] or "")
    parts = order_drawer.content(Shown(reading, order, alerts, steps, explained, exempt))
    return {"html": {order_drawer.BODY: text(parts)}, "now": ms(now)}
