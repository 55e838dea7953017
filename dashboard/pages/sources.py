"""Sources: are they fresh, what was read, what waits in quarantine, and the cure of what is wrong."""

import asyncio
from typing import Any, Final

import dash
from dash import Input, Output, html

from dashboard.components import frame, source_tables
from dashboard.components.view import View
from dashboard.guard import current_scope
from dashboard.house import House
from dashboard.pages.duty import reading_of

BODY: Final = "sources-body"


def content(view: View) -> list[Any]:
    return [
        html.Div(
            [html.Div([html.H1(view.t("Sources##page"))], className="head"), html.Div(id=BODY)],
            className="reading duty",
        )
    ]


def body(house: House, search: str | None) -> list[Any]:
    """A card for each source, and the quarantine."""
    reading = reading_of(house, search)
    told = house.ask(current_scope(), "sources", {})
    return [
        *(source_tables.source(reading, one) for one in told["sources"]),
        source_tables.quarantine(reading, told),
        *source_tables.listed(reading, told),
        *source_tables.found(reading, told),
    ]


def register(app: dash.Dash, house: House) -> None:
    """The page at /sources."""
    frame.register_page(house, "sources", "/sources", "Sources##page", content)

    @app.callback(Output(BODY, "children"), Input(frame.AT, "search"), Input(frame.BEAT, "data"))
    async def show(search: str | None, beat: int) -> list[Any]:
        return await asyncio.to_thread(body, house, search)
