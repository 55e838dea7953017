"""What pages of figures are put together of: sheets, and answers that fill their places."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from dash import html

from dashboard.answers import Answer, Answering
from dashboard.components.markup import HTML, text
from dashboard.guard import current_scope
from dashboard.house import House
from kpis.types import ShapedReader

Page = TypeVar("Page")
PLAIN: Final = {HTML: ""}  # of a place that is empty until its answer comes


def sheet(
    name: str, id_: str, head: str | None = None, *, kind: str = "table", beside: Sequence[Any] = ()
) -> html.Section:
    """A sheet with the place `id_`. `head`: id of a place beside its name; `kind`: a class, as the styles of its page
    have it; `beside`: what else stands in its head, such as the links to it as a file."""
    told = [html.Span(id=head, className="qq", **PLAIN)] if head else []
    top = html.Div([html.H2(name), *told, *beside], className="sheet-head")
    return html.Section([top, html.Div(id=id_, **PLAIN)], className=f"sheet {kind}".strip())


def texts(said: Mapping[str, Any]) -> dict[str, str]:
    """Components by the place they fill, as an answer carries them."""
    return {id_: text(part) for id_, part in said.items()}


def answering(
    page_of: Callable[[House, ShapedReader, str], Page], answer: Callable[[Page, Mapping[str, str]], Answer]
) -> Answering:
    """`answer` to an address that `page_of` understands, within what the reader may see."""

    def answered(house: House, search: str, added: Mapping[str, str]) -> Answer:
        with house.reader(current_scope()) as reader:
            return answer(page_of(house, reader, search), added)

    return answered
