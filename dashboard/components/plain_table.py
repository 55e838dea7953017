"""A table of a page as text: columns that know how to say a row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Column:
    """`cell` gives a text or components of a row; `kind`: classes, as in assets/desk-timeliness.css."""

    name: str
    cell: Callable[[Row], Any]
    kind: str = ""


def table(columns: Sequence[Column], rows: Sequence[Row], label: str) -> html.Div:
    """The rows in their order; the first column names the row. It scrolls within itself where the window is narrow."""
    head = html.Tr([html.Th(c.name, className=c.kind, scope="col") for c in columns])
    first, rest = columns[0], columns[1:]
    lines = [
        html.Tr([html.Th(first.cell(row), scope="row"), *(html.Td(c.cell(row), className=c.kind) for c in rest)])
        for row in rows
    ]
    made = html.Table([html.Thead(head), html.Tbody(lines)], className="figures")
    return html.Div(made, className="wide-table", tabIndex="0", role="region", **{"aria-label": label})
