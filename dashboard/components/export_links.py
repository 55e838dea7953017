"""The two links every list has: as Excel and as CSV, of what the address of the page asks for."""

from typing import Final

from dash import html

from dashboard.components.sheet import MOST_ROWS
from dashboard.components.view import View

PATH: Final = "/export/"
NOTE: Final = "orders-export-note"  # says beforehand that Excel can not hold the whole list (assets/desk-list.js)


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
