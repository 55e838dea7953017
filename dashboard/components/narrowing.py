"""What narrows a page and stands in no control of it, each with the way back; and what of the address was left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dash import html

from dashboard.components import dims, filters
from dashboard.components.order_answers import NO_LOOK, Asked
from dashboard.components.query import Fault, OrderQuery


def shown(
    asked: Asked, faults: Sequence[Fault], look: Mapping[str, str] = NO_LOOK, *, has_controls: bool = False
) -> list[Any]:
    """Chips and notice. `look`: what else links of the page keep; `has_controls`: for customers, events, exemptions."""
    t = asked.view.t
    found = _more(asked) if has_controls else narrowed(asked)
    chips = [
        filters.chip(
            t("without {filter}").format(filter=said), said, asked.view.href(asked.path, back.args() | dict(look))
        )
        for said, back in found
    ]
    notice = filters.notice(asked.view, faults)
    return [*([html.Div(chips, className="chips")] if chips else []), *([notice] if notice else [])]


def narrowed(asked: Asked) -> list[tuple[str, OrderQuery]]:
    """Each part of the filter beyond unit, period, category, channel and state, with the query without it."""
    return [*_more(asked), *_fields(asked)]


def _more(asked: Asked) -> Iterator[tuple[str, OrderQuery]]:
    query, t = asked.query, asked.view.t
    for dim, code in query.more:
        rest = tuple(pair for pair in query.more if pair != (dim, code))
        said = f"{dims.name(t, dim)} {dims.value(asked.view, asked.question.units, dim, code)}"
        yield said, replace(query, more=rest)


def _fields(asked: Asked) -> Iterator[tuple[str, OrderQuery]]:
    query, t = asked.query, asked.view.t
    if query.customer:
        yield f"{t('customer')} {dims.customer(t, query.customer)}", replace(query, customer=None)
    if query.events == "without":
        yield t("without event days"), replace(query, events="with")
    if query.exempt == "before":
        yield t("before exemptions"), replace(query, exempt="after")
