"""The dimensions a figure is sliced by, and their values, in words."""

from typing import Any, Final

from dashboard.components import format as say
from dashboard.components import terms
from dashboard.components.format import Translate
from dashboard.components.query import CUSTOMERS, UNKNOWN
from dashboard.components.units import Units, brief
from dashboard.components.view import View

UNIT: Final = "unit"  # counties, or the stations of the unit that is looked at
PLACES: Final = ("county", "station", "feeder")
# In the order of the choice.
CHOICES: Final = (
    *(UNIT, "county", "station", "feeder", "crew", "handler", "manager", "grid", "transformer_area"),
    *("category", "subcategory_1", "subcategory_2", "subcategory_3", "cause_1", "cause_2"),
    *("channel", "customer_kind", "tier", "area_class", "hour", "weekday", "event_day", "source_verdict", "source"),
)
IN_ORDER: Final = ("hour", "weekday")  # shown as the clock and the calendar go, whatever their values are


def name(t: Translate, dim: str) -> str:
    words = {
        UNIT: t("unit##dim"),
        "city": t("city##dim"),
        "county": t("county##dim"),
        "station": t("station##dim"),
        "feeder": t("feeder##dim"),
        "crew": t("crew##dim"),
        "handler": t("handler##dim"),
        "manager": t("account manager##dim"),
        "grid": t("service grid##dim"),
        "transformer_area": t("transformer area##dim"),
        "category": t("category##dim"),
        "subcategory_1": t("category, level 1##dim"),
        "subcategory_2": t("category, level 2##dim"),
        "subcategory_3": t("category, level 3##dim"),
        "cause_1": t("cause##dim"),
        "cause_2": t("cause, level 2##dim"),
        "channel": t("channel##dim"),
        "customer_kind": t("customer kind##dim"),
        "tier": t("customer tier##dim"),
        "area_class": t("area class##dim"),
        "hour": t("hour of the day##dim"),
        "weekday": t("weekday##dim"),
        "event_day": t("major event##dim"),
        "source_verdict": t("verdict of the source##dim"),
        "source": t("source##dim"),
    }
    return words.get(dim, dim)


def customer(t: Translate, code: str) -> str:
    words = {
        "high_voltage": t("high voltage"),
        "low_voltage_business": t("low-voltage business"),
        "residential": t("residential"),
    }
    return words.get(code, code)


def customers(t: Translate) -> list[dict[str, str]]:
    return [{"value": code, "label": customer(t, code)} for code in CUSTOMERS]


def value(view: View, units: Units, dim: str, code: Any) -> str:
    """A value of `dim`; the empty text is what the rows do not say."""
    t = view.t
    text = str(code)
    if text == "":
        return t("no event##dim") if dim == "event_day" else t("not known##dim")
    if dim in PLACES:
        return brief(units.name(text))
    if dim == "hour":
        return f"{int(text):02d}:00"
    if dim == "weekday":
        return say.weekday(int(text), view.language)
    return worded(t, dim, text)


def worded(t: Translate, dim: str, text: str) -> str:
    if dim == "category":
        return terms.category(t, text)
    if dim == "channel":
        return terms.channel(t, text)
    if dim == "customer_kind":
        return customer(t, text)
    words = {
        "tier": {
            "diamond": t("diamond"),
            "platinum": t("platinum"),
            "silver": t("silver"),
            "none": t("no tier"),
        },
        "area_class": {"urban": t("urban"), "rural": t("rural"), "remote": t("remote")},
        "subcategory_1": {
            "customer_internal": t("customer's own installation"),
            "non_power": t("not of electricity"),
            "meter_check": t("meter check"),
            "meter_data": t("meter data anomaly"),
            "connection": t("connection##clock"),
        },
        "subcategory_2": {"dual_supply": t("dual supply")},
    }
    return words.get(dim, {}).get(text, text)


def written(code: str) -> str:
    """A value as the address has it."""
    return code or UNKNOWN
