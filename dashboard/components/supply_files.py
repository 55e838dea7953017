"""What the pages Outages and Stations show as files: indices by unit, areas without supply, stations by risk."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from dashboard.components import outage_figures, outage_lists, outage_page, station_answers
from dashboard.components.export_lists import Listed, filter_lines, no_faults, of_rows
from dashboard.components.order_answers import Asked
from dashboard.components.sheet import Column
from kpis.catalogue import CATALOGUE
from kpis.reliability import worst
from kpis.risk import PARTS


def units(asked: Asked, _most: int | None) -> Listed:
    """SAIDI and the others by county, or by station of a county."""
    no_faults(asked)
    t, page = asked.view.t, outage_page.looked(asked)
    dim, found = outage_figures.units_of(page)
    labels = [t(CATALOGUE[key].label) for key in outage_figures.BY]
    columns = [Column(t("unit##column")), Column(t("code of the unit"))]
    columns += [Column(label, "decimal") for label in labels] + [Column(t("interruptions##column"), "number")]
    rows = [
        (asked.question.units.name(row[dim]), row[dim], *_numbers(row, outage_figures.BY), int(row["n"]))
        for row in found.to_dict("records")
    ]
    return Listed(
        "outages-units", t("Outages by unit"), columns, of_rows(columns, rows), len(rows), filter_lines(asked)
    )


def areas(asked: Asked, _most: int | None) -> Listed:
    """Every area that was without supply, the most often first."""
    no_faults(asked)
    t, page = asked.view.t, outage_page.looked(asked)
    found = outage_lists.areas_of(page)
    found = worst(found, len(found))[["transformer_area", "customers", "times", "total_min", "longest_min"]]
    names = outage_page.area_names(page, found["transformer_area"].tolist())
    columns = [
        *(Column(text) for text in (t("transformer area"), t("code of the unit"))),
        *(Column(text, "number") for text in (t("times##column"), t("customers##column"))),
        *(Column(text, "decimal") for text in (t("together, min"), t("longest, min"))),
    ]
    rows = [
        (names.get(code), code, int(times), int(customers), float(total), float(longest))
        for code, customers, times, total, longest in found.itertuples(index=False, name=None)
    ]
    name = t("Areas most often without supply")
    return Listed("outages-areas", name, columns, of_rows(columns, rows), len(rows), filter_lines(asked))


def stations(asked: Asked, _most: int | None) -> Listed:
    """Every station with its score, and value, cases and points of each part."""
    no_faults(asked)
    t, page = asked.view.t, station_answers.Page(asked)
    columns = [
        *(Column(text) for text in (t("station"), t("code of the unit"), t("risk##column"))),
        Column(t("score##column"), "decimal"),
    ]
    for part in PARTS:
        label = t(part.label)
        columns += [
            Column(label, "decimal"),
            Column(t("{label}, cases").format(label=label), "number"),
            Column(t("{label}, points").format(label=label), "decimal"),
        ]
    rows: list[tuple[Any, ...]] = []
    for row in page.stations.to_dict("records"):
        code = row["colour"] if isinstance(row["colour"], str) else None
        place = (asked.question.units.name(row["station"]), row["station"], station_answers.colour(t, code))
        rows.append((*place, *_numbers(row, ("score",)), *(cell for part in PARTS for cell in _part(row, part.key))))
    return Listed("stations", t("Stations by risk"), columns, of_rows(columns, rows), len(rows), filter_lines(asked))


def _part(row: Any, key: str) -> tuple[float | None, int | None, float | None]:
    """Value, cases and points of a part of the score."""
    value, n, points = _numbers(row, (f"{key}_value", f"{key}_n", f"{key}_points"))
    return value, None if n is None else int(n), points


def _numbers(row: Any, names: Any) -> Iterator[float | None]:
    for name in names:
        yield None if pd.isna(row[name]) else float(row[name])
