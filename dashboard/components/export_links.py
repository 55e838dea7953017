"""The two links every list has: as Excel and as CSV, of what the address of the page asks for."""

from typing import Final

import dash
from dash import ClientsideFunction, Input, Output, html

from dashboard.components import order_grid
from dashboard.components.sheet import MOST_ROWS
from dashboard.components.view import View
from dashboard.house import House

PATH: Final = "/export/"
NOTE: Final = "orders-export-note"  # says beforehand that Excel can not hold the whole list


def links(view: View, name: str) -> html.Span:
    """Links to /export/NAME.xlsx and .csv; assets/desk-order.js gives them the query of the page."""
    t = view.t
    shown = [
        html.A(
            label,
            href=f"{PATH}{name}.{kind}",
            className="export-link",
            title=said,
            **{"data-export": f"{PATH}{name}.{kind}", "aria-label": said},
        )
        for kind, label, said in (("xlsx", "Excel", t("Export as Excel")), ("csv", "CSV", t("Export as CSV")))
    ]
    words = t("Excel holds the first {most} rows, CSV all of them.")
    about = {"data-said": words.format(most=f"{MOST_ROWS:,}"), "data-most": str(MOST_ROWS)}
    note = [html.Span(id=NOTE, className="qq", role="status", **about)] if name == "orders" else []
    return html.Span([*note, *shown], className="exports")


def register(app: dash.Dash, _house: House) -> None:
    """The note follows the length of the list."""
    app.clientside_callback(
        ClientsideFunction("order", "tooLong"), Output(NOTE, "children"), Input(order_grid.ANSWER, "data")
    )
