"""How many false hotspots the setting allows, how many were measured, and how a hotspot is found: behind one ?."""

from collections.abc import Mapping
from typing import Any

from dash import html

from dashboard.components import format as say
from dashboard.components import terms
from dashboard.components.definition import Card, button
from dashboard.components.hotspot_list import Found
from dashboard.components.hotspot_words import Reading

CARD = "definition-of-hotspots"


def promise(reading: Reading, found: Found) -> list[Any]:
    """The setting, and beside it what was measured with it."""
    return [html.Span(promised(reading, found)), button(reading.view, CARD, card(reading, found))]


def promised(reading: Reading, found: Found) -> str:
    """Budget and measured rate as one line."""
    t, fit, setting = reading.view.t, found.get("calibration") or {}, found["setting"]
    local, wide = setting["budget_30d"], setting.get("wide_budget_30d") or 0.0
    whole = t("budget: {n} false hotspots in 30 days for the whole utility").format(n=f"{local + wide:g}")
    if round(local + wide, 6) == 1:
        whole = t("budget: one false hotspot a month for the whole utility")
    part = t(", {n} of it for single places").format(n=f"{local:g}") if wide else ""
    gap = "；" if reading.view.language == "zh" else "; "
    if fit.get("measured_30d") is None:
        return gap.join((whole + part, t("not measured yet")))
    rate = {name: f"{fit[key]:.1f}" for name, key in (("n", "measured_30d"), ("low", "low"), ("high", "high"))}
    form = t("of these measured {n} ({low}\N{EN DASH}{high})") if wide else t("measured {n} ({low}\N{EN DASH}{high})")
    return gap.join((whole + part, form.format(**rate)))


def card(reading: Reading, found: Found) -> Card:
    """What the ? of the page says."""
    t, setting, fit = reading.view.t, found["setting"], found.get("calibration") or {}
    rows = [
        *_method(t, setting),
        (t("measured##column"), _measured(reading, fit)),
        (
            t("relative##hotspot"),
            t("The place is no busier than usual: others have fallen. Perhaps nothing is wrong there."),
        ),
        (
            t("rows"),
            t("{n} demands and repeated fault reports; several of one customer within 24 h count once.").format(
                n=say.count(found["n_cases"])
            ),
        ),
        (t("left out##hotspots"), _left_out(t, found.get("left_out") or {})),
        (
            t("source"),
            t("Kulldorff et al. 2005, PLoS Med 2:e59; the threshold is measured on permuted histories of this site."),
        ),
    ]
    if found.get("looked_at"):
        every = t("each {n} min").format(n=setting["every_min"])
        rows.append((t("last look"), f"{reading.moment(found['looked_at'])} ({every})"))
    if fit.get("kept_because"):
        rows.append((t("note"), fit["kept_because"]))
    return Card(t("Hotspots"), rows)


def _method(t: say.Translate, setting: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (
            t("formula"),
            t(
                "Cases of a place and window against what place and time by themselves lead to expect (space-time "
                "permutation scan): the strongest of all circles, lines, stations, districts, windows of 1 h to 7 days "
                "and categories together."
            ),
        ),
        (
            t("expected##column"),
            t("Share of the place times share of the hours, by kind of day and four hours, over {n} days.").format(
                n=setting["baseline_days"]
            ),
        ),
        (
            t("by chance##column"),
            t("How often the strongest place of the whole utility would be as strong by chance, every look counted."),
        ),
        (
            t("levels##hotspot"),
            t("Watched from once in 7 days, an alert from once in {n} days, severe from once in 365 days.").format(
                n=f"{setting['alert_d']:g}"
            ),
        ),
        (t("place"), terms.place_kind(t, setting["unit"])),
    ]


def _measured(reading: Reading, fit: Mapping[str, Any]) -> str:
    t = reading.view.t
    if fit.get("measured_30d") is None:
        return t("not measured yet")
    said = t("{n} false ones in 30 days (95 %: {low}\N{EN DASH}{high}), on {histories} permuted histories, {time}")
    return said.format(
        n=f"{fit['measured_30d']:.2f}",
        low=f"{fit['low']:.2f}",
        high=f"{fit['high']:.2f}",
        histories=say.count(fit["histories"]),
        time=reading.moment(fit.get("fitted_at")),
    )


def _left_out(t: say.Translate, left_out: Mapping[str, int]) -> str:
    names = {
        "unknown_place": t("of unknown place"),
        "missing": t("without coordinates"),
        "zero": t("at 0, 0"),
        "swapped": t("with coordinates swapped"),
        "outside": t("outside the area"),
        "moved": t("moved to another feeder"),
    }
    found = [f"{name} {say.count(left_out[key])}" for key, name in names.items() if left_out.get(key)]
    return ", ".join(found) or t("nothing##left out")
