"""Do the rows carry what the figures need? The share of rows with each field: in all, by unit and by source."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
from dash import dcc, html

from dashboard.components import dims, stand
from dashboard.components import format as say
from dashboard.components.definition import button
from dashboard.components.headline import behind
from dashboard.components.order_answers import Asked
from dashboard.components.stand import Stand
from dashboard.components.tally import dim_of
from dashboard.components.valued import GRAIN, Cut, valued
from kpis.completeness import COMPLETENESS

MOST: Final = 24  # columns of units


def table(asked: Asked, as_of: str) -> list[Any]:
    """One row per field, one column per unit and source."""
    question, view = asked.question, asked.view
    t = view.t
    mine = [asked.question.catalogue[d.key] for d in COMPLETENESS]
    found = stand.stands(question, mine, asked.house.settings.site.tz, compared=False)
    dim, within = dim_of(question)
    by_unit = valued(question.of_unit(within), mine, Cut(by=dim))
    by_source = valued(question, mine, Cut(by="source"))
    units = _values(by_unit)[:MOST]
    sources = _values(by_source)
    heads = [
        *((dims.value(view, question.units, dim, code), "r") for code in units),
        *((code, "r") for code in sources),
    ]
    top = html.Tr(
        [
            html.Th(t("field##column"), scope="col", rowSpan=2),
            html.Th(t("all"), scope="col", rowSpan=2, className="r"),
            html.Th(t("counted"), scope="col", rowSpan=2, className="r"),
            html.Th(dims.name(t, dim), colSpan=len(units) or 1, scope="colgroup"),
            html.Th(dims.name(t, "source"), colSpan=len(sources) or 1, scope="colgroup"),
        ]
    )
    named = html.Tr([html.Th(text, scope="col", className=kind) for text, kind in heads])
    rows = [_row(asked, one, as_of, (by_unit, units), (by_source, sources)) for one in found]
    said = html.P(t("The share of rows that carry the field, in percent. A figure is no better than its fields."))
    body = html.Table([html.Thead([top, named]), html.Tbody(rows)], className="figures")
    wide = {"aria-label": t("Completeness of the data")}
    return [said, html.Div(body, className="wide-table", tabIndex="0", role="region", **wide)]


def _values(found: Mapping[str, pd.DataFrame]) -> list[str]:
    """Values that some figure has rows of, in their order."""
    known = {str(code) for frame in found.values() for code in frame[GRAIN].dropna()}
    return sorted(known)


def _row(asked: Asked, one: Stand, as_of: str, *cuts: tuple[Mapping[str, pd.DataFrame], list[str]]) -> html.Tr:
    view, d = asked.view, one.definition
    every = behind(asked, d, n=one.n)
    missing = behind(asked, d, "failure", one.n - int(one.now["successes"]))
    card = button(view, f"definition-row-{d.key}", stand.card(asked, one, every, as_of))
    share = "" if one.value is None else say.one_decimal(one.value)
    cells = [
        html.Th(html.Span([card, html.Span(view.t(d.label))], className="named"), scope="row"),
        html.Td(dcc.Link(share, href=missing, className="number") if missing else share, className="r value"),
        html.Td("" if one.unsplit else say.count(one.n), className="r"),
    ]
    for found, codes in cuts:
        frame = found.get(d.key)
        of = {} if frame is None else dict(zip(frame[GRAIN].astype(str), frame["value"], strict=True))
        cells += [html.Td(say.one_decimal(of[code]) if code in of else "", className="r") for code in codes or [""]]
    return html.Tr(cells)
