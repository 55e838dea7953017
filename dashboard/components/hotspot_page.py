"""What a request for the page Hotspots asks, and what its answer says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from dashboard.components import hotspot_list as lists
from dashboard.components.hotspot_words import Hotspot, Reading
from dashboard.components.order_answers import Asked, understand
from dashboard.components.query import Fault
from dashboard.components.units import place_names
from dashboard.guard import current_scope
from dashboard.house import House
from kpis.types import ShapedReader
from store.facts.errors import StoreError

STATE = "state"
ALL = "all"
STATES = (ALL, "open")


@dataclass(frozen=True)
class Page:
    """One request, understood and asked. `one`: the hotspot that is looked at, in full; None where there is none."""

    asked: Asked
    reading: Reading
    found: lists.Found
    one: Hotspot | None = None
    faults: tuple[Fault, ...] = field(default_factory=tuple)

    @property
    def states(self) -> bool:
        """Whether those that have ended are listed too."""
        return self.asked.args.get(STATE) == ALL

    @property
    def more(self) -> dict[str, str]:
        """What links within the page keep of the filter beyond what every page keeps."""
        return {STATE: ALL} if self.states else {}


def page_of(house: House, reader: ShapedReader, search: str | None, *, whole: bool = True, held: str = "") -> Page:
    """`whole`: with the hotspot that is looked at; `held`: number or key of it where the address names none."""
    asked = understand(house, reader, lists.PATH, search, listed=False)
    return looked(asked, whole=whole, held=held)


def looked(asked: Asked, *, whole: bool = True, held: str = "") -> Page:
    """The page of a request that is understood."""
    house, args, query = asked.house, asked.args, asked.query
    narrowed: dict[str, Any] = {"state": "all" if args.get(STATE) == ALL else "open"}
    narrowed |= {name: value for name, value in (("unit", query.unit), ("category", query.category)) if value}
    found = house.ask(current_scope(), "hotspots", narrowed)
    one, faults = _one(house, found, args, held) if whole else (None, ())
    codes = _codes(one) if one else set()
    question = asked.question
    places = place_names(question.reader, codes, asked.view.language, question.now)
    reading = Reading(asked.view, question.units, house.settings.site.tz, question.now, places)
    return Page(asked, reading, found, one, (*_odd(args), *faults))


def _odd(args: Mapping[str, str]) -> Iterator[Fault]:
    """Words of this page alone that mean nothing."""
    number, state = args.get(lists.NUMBER), args.get(STATE)
    if number and not number.isdecimal():
        yield Fault(lists.NUMBER, number)
    if state and state not in STATES:
        yield Fault(STATE, state, next(iter(get_close_matches(state, STATES, 1)), None))


def _one(
    house: House, found: lists.Found, args: Mapping[str, str], held: str
) -> tuple[Hotspot | None, tuple[Fault, ...]]:
    """The hotspot that is looked at. One that the address names and nobody knows is a fault; the rarest is shown."""
    wanted = lists.named(found, args, held)
    if wanted is None:
        return None, ()
    try:
        return house.ask(current_scope(), "hotspot", wanted), ()
    except (ValueError, StoreError):
        word = lists.NUMBER if "number" in wanted else lists.KEY
        other = lists.named(found, {})
        if other == wanted:
            return None, ()
        rarest = house.ask(current_scope(), "hotspot", other) if other else None
        return rarest, (Fault(word, args[word]),) if args.get(word) else ()


def _codes(one: Hotspot) -> set[str]:
    """Of places whose names units may not hold."""
    rows = one.get("orders") or ()
    codes = {m["place"] for m in one.get("members") or ()} | {row.get("transformer_area") for row in rows}
    return {code for code in codes if code}
