"""The ? button beside a number and the card behind it: what the number says, how, and how far it may be trusted.

Opened, closed and kept within the window by assets/desk-hold.js.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import dcc, html

from dashboard.components.view import View

PATH: Final = "/definitions"  # the page that holds every definition in full


@dataclass(frozen=True)
class Card:
    """What the card says, in the reader's words. `rows`: term and text; `links`: text and address; `code`: the key."""

    label: str
    rows: Sequence[tuple[str, str]]
    mark: str = ""  # behind the label, e.g. the version
    links: Sequence[tuple[str, str]] = ()
    code: str | None = None


def button(view: View, card_id: str, card: Card) -> html.Span:
    """The button and its closed card. `card_id` is unique on the page."""
    name = view.t("definition of {label}").format(label=card.label)
    shut = {"aria-label": name, "aria-expanded": "false", "aria-controls": card_id}
    return html.Span(
        [
            html.Button(html.Span("?"), className="i", type="button", **shut),
            html.Div(_inside(card), id=card_id, className="pop", hidden=True, role="group", **{"aria-label": name}),
        ],
        className="defined",
    )


def _inside(card: Card) -> list[Any]:
    links = [dcc.Link(text, href=href) for text, href in card.links]
    code = html.Code(card.code, className="qq") if card.code else None
    return [
        html.P([html.B(card.label), " ", html.Span(card.mark, className="qq")]),
        html.Dl([item for term, text in card.rows for item in (html.Dt(term), html.Dd(text))]),
        html.P([*links, code], className="links") if links or code else None,
    ]


def full(view: View, key: str) -> tuple[str, str]:
    """The way from a card to the whole definition of a KPI."""
    return view.t("full definition"), f"{view.onward(PATH)}#{anchor(key)}"


def anchor(key: str) -> str:
    return f"kpi-{key}"
