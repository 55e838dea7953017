"""What the page Hotspots shows as files: the list, and the demands of the one that is looked at, nothing personal."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from dashboard.components import dims, hotspot_page, terms
from dashboard.components import hotspot_words as words
from dashboard.components.export_lists import Line, Listed, no_faults, of_rows
from dashboard.components.hotspot_promise import promised
from dashboard.components.order_answers import Asked
from dashboard.components.order_words import customer
from dashboard.components.sheet import Column

WORDS: Final = ("unit", "category")  # of the address: what the list goes by


def _at(iso: str | None) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None


def hotspots(asked: Asked, _most: int | None) -> Listed:
    """Every hotspot of the filter."""
    no_faults(asked, *WORDS)
    page = hotspot_page.looked(asked, whole=False)
    no_faults(replace(asked, faults=page.faults), hotspot_page.STATE)
    reading, t = page.reading, asked.view.t
    zone = f" ({reading.zone.key})"
    columns = [
        *(Column(name) for name in (t("no.##hotspot column"), t("grade##hotspot"), t("state"), t("place"))),
        *(Column(name) for name in (t("category"), t("county##column"), t("station"), t("feeder"))),
        Column(t("observed##column"), "number"),
        *(Column(name, "decimal") for name in (t("expected##column"), t("times##ratio"))),
        Column(t("customers##column"), "number"),
        *(Column(name + zone, "time") for name in (t("since##column"), t("opened##column"), t("ended##column"))),
        Column(t("by chance once in days"), "decimal"),
        *(Column(name) for name in (t("main words##column"), t("relative##hotspot"), t("outage##column"))),
        *(Column(name) for name in (t("answered##column"), t("by whom"))),
    ]
    rows = [_row(reading, one) for one in page.found["hotspots"]]
    zoned = pa.timestamp("us", reading.zone.key)
    lines = _lines(page)
    return Listed("hotspots", t("Hotspots"), columns, of_rows(columns, rows, zoned), len(rows), lines)


def _row(reading: words.Reading, one: words.Hotspot) -> tuple[Any, ...]:
    t, name = reading.view.t, reading.units.name
    number = None if one.get("number") is None else str(one["number"])
    said = ", ".join(told["word"] for told in one.get("words") or ())
    return (
        number,
        words.grade(t, one["grade"]),
        words.state(reading, one),
        words.place(reading, one),
        words.matter(reading, one["category"]),
        *(name(one.get(kind)) or None for kind in ("county", "station", "feeder")),
        int(one["observed"]),
        float(one["expected"]),
        None if one.get("ratio") is None else float(one["ratio"]),
        one.get("customers"),
        *(_at(one.get(time)) for time in ("since", "opened_at", "ended_at")),
        None if one["recurrence_d"] is None else float(one["recurrence_d"]),
        said,
        t("yes") if one.get("relative") else t("no"),
        one.get("outage_no"),
        words.answered(t, one["answer"]) if one.get("answer") else None,
        one.get("answered_by"),
    )


def _lines(page: hotspot_page.Page) -> tuple[Line, ...]:
    t, query, found = page.asked.view.t, page.asked.query, page.found
    every = t("all")
    return (
        (t("unit"), page.reading.units.name(query.unit) or every),
        (t("category"), terms.category(t, query.category) if query.category else every),
        (t("state"), t("also ended##hotspots") if page.states else t("standing##hotspots")),
        (t("setting##line"), promised(page.reading, found)),
        (t("last look"), page.reading.moment(found.get("looked_at"))),
        (t("records complete"), _complete(found.get("completeness") or {})),
    )


def _complete(shares: Mapping[str, float | None]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in sorted(shares.items()) if share is not None)


def demands(asked: Asked, most: int | None) -> Listed:
    """The orders of the hotspot that the address names, newest first."""
    no_faults(asked, *WORDS)
    page = hotspot_page.looked(asked)
    no_faults_of(page)
    reading, t = page.reading, asked.view.t
    texts = [t("order no."), t("channel"), t("category"), t("category, level 1##dim"), t("feeder")]
    columns = [
        *(Column(name) for name in texts[:1]),
        Column(f"{t('accepted')} ({reading.zone.key})", "time"),
        *(Column(name) for name in (*texts[1:], t("transformer area"), t("customer"), t("state"))),
        Column(t("calls"), "number"),
    ]
    listed: Sequence[Mapping[str, Any]] = (page.one or {}).get("orders") or ()
    rows = [_demand(reading, row) for row in listed[:most]]
    headline = words.headline(reading, page.one) if page.one else t("no hotspot")
    lines = ((t("hotspot##line"), headline), *_lines(page))
    zoned = pa.timestamp("us", reading.zone.key)
    label = t("Demands of a hotspot")
    return Listed("hotspot-orders", label, columns, of_rows(columns, rows, zoned), len(rows), lines)


def no_faults_of(page: hotspot_page.Page) -> None:
    """Errors: BadFilter for a hotspot that nobody knows."""
    no_faults(replace(page.asked, faults=page.faults))


def _demand(reading: words.Reading, row: Mapping[str, Any]) -> tuple[Any, ...]:
    t = reading.view.t
    return (
        row.get("order_no"),
        _at(row.get("accepted_at")),
        terms.channel(t, row.get("channel")),
        terms.category(t, row.get("category")),
        dims.worded(t, "subcategory_1", row.get("subcategory_1") or "") or None,
        reading.units.name(row.get("feeder")) or None,
        reading.name(row.get("transformer_area")) or None,
        customer(t, row.get("customer_kind")) or None,
        terms.status(t, row.get("status")) or None,
        int(row.get("call_count") or 1),
    )
