"""A headline of the page Timeliness: value, interval, target, the period before and the year before, on one rail."""

import math
from dataclasses import replace
from typing import Any, Final

import pandas as pd
from dash import dcc, html

from dashboard.components import format as say
from dashboard.components import marks, stand
from dashboard.components.definition import button
from dashboard.components.figures import all_rows
from dashboard.components.order_answers import Asked
from dashboard.components.query import OrderQuery
from dashboard.components.stand import Stand
from dashboard.components.view import View
from kpis.types import Definition

LISTED: Final = ("work_orders", "surveys")  # tables whose rows the page of orders can show


def behind(asked: Asked, d: Definition, outcome: str | None = None, n: int = 1) -> str | None:
    """The address of the list of rows that a figure counts; None where there is no such list, or no row."""
    if d.table not in LISTED or d.view or not n or asked.question.skips(d):
        return None
    query = all_rows(asked.query, d)
    if d.statistic == "count":  # a count of this moment: of no period
        query = _open_ended(query)
    args = query.args() | ({"outcome": outcome} if outcome else {})
    return asked.view.href("/orders", args)


def _open_ended(query: OrderQuery) -> OrderQuery:
    return replace(query, period="all", first=None, last=None)


def tile(asked: Asked, one: Stand, as_of: str, names: tuple[str, str], choose: str) -> html.Div:
    """One headline. `names`: of the period before and of a year ago; `choose`: the address that shows its trend."""
    view, d = asked.view, one.definition
    every = behind(asked, d, n=one.n)
    return html.Div(
        [
            html.Div(dcc.Link(html.B(view.t(d.label)), href=choose), className="nw"),
            _value(asked, one),
            _proof(view, one),
            html.Div(
                [
                    button(view, f"definition-{d.key}", stand.card(asked, one, every, as_of)),
                    _count(view, one, every),
                    *_others(view, one, names),
                ],
                className="foot",
            ),
        ],
        className="kpi",
        id=f"timeliness-{d.key}",
    )


def _count(view: View, one: Stand, every: str | None) -> Any:
    words = stand.rows_words(view, one.definition, one.n)
    return dcc.Link(words, href=every, className="rows") if every else html.Span(words)


def _others(view: View, one: Stand, names: tuple[str, str]) -> list[Any]:
    pairs = zip(("\N{WHITE CIRCLE}", "\N{MULTIPLICATION SIGN}"), names, (one.previous, one.year_ago), strict=True)
    found = []
    for mark, name, values in pairs:
        text = stand.short(view, one.definition, values).removesuffix("%")
        found.append(html.Span([html.Span(mark, **{"aria-hidden": "true"}), f"{name} {text}"], className="other"))
    return found


def number(view: View, one: Stand) -> list[Any]:
    """The value, its unit smaller than its digits; few rows are counted."""
    d = one.definition
    if one.value is None or not one.n:
        return [html.Span(say.NONE, className="none")]
    if one.is_few:
        return [html.Span(f"{say.count(int(one.now['successes']))}/{say.count(one.n)}")]
    text = say.of_unit(one.value, d.unit, view.language)
    parts: list[Any] = []
    for digits, unit in _pieces(text):
        parts += [html.Span(digits), html.U(unit)] if unit else [html.Span(digits)]
    return parts


def _pieces(text: str) -> list[tuple[str, str]]:
    """Digits and the unit behind them: 1小时34分 -> (1, 小时), (34, 分)."""
    found: list[tuple[str, str]] = []
    for sign in text:
        if sign.isdigit() or sign in ".,\N{MINUS SIGN}":
            if not found or found[-1][1].strip():
                found.append(("", ""))
            found[-1] = (found[-1][0] + sign, found[-1][1])
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + sign)
    return found


def why_none(view: View, one: Stand) -> str:
    """Why there is no value."""
    return view.t("not kept by this filter") if one.unsplit else view.t("none in this period")


def _value(asked: Asked, one: Stand) -> html.Div:
    view, d = asked.view, one.definition
    if not one.n:
        return html.Div([html.Span(say.NONE, className="none"), html.Small(why_none(view, one))], className="v")
    level = marks.shape(view.t, "orange", view.t("off target")) if one.is_off_target else None
    shown = number(view, one)
    bad = behind(asked, d, bad_outcome(d), bad_count(one)) if one.is_rate else behind(asked, d)
    label = view.t("{n} that went wrong: {label}").format(n=say.count(bad_count(one)), label=view.t(d.label))
    said = {"title": label} if one.is_rate and not d.parts else {}
    linked = dcc.Link(shown, href=bad, className="number", **said) if bad else html.Span(shown, className="number")
    return html.Div(
        [level, linked, html.Small(stand.span_words(view, one), title=view.t("95 % interval"))], className="v"
    )


def bad_outcome(d: Definition) -> str:
    """The rows one wants to see behind a rate."""
    return "success" if d.better == "lower" else "failure"


def bad_count(one: Stand) -> int:
    if not one.is_rate or one.definition.parts:  # orders, not promises, are listed
        return one.n
    good = int(one.now["successes"])
    return good if one.definition.better == "lower" else one.n - good


def _proof(view: View, one: Stand) -> html.Div:
    if one.value is None or one.interval is None or one.interval[0] < 0:  # the rail begins at nought
        return html.Div(className="proof")
    low, high = one.interval
    pairs: list[tuple[str, Any]] = [("was", one.previous), ("ago", one.year_ago)]
    others = {kind: float(found["value"]) for kind, found in pairs if found and not pd.isna(found["value"])}
    ends = [low, high, *others.values(), *([] if one.target is None else [one.target])]
    rate = one.is_rate
    scale = marks.scale_of(ends, 4.0 if rate else 2.0, 100.0 if rate else math.inf)
    goal = None
    if one.target is not None:
        text = view.t("target {n}").format(n=f"{one.target:g}")
        goal = html.Span(text, className="goal-text", style={"left": scale.text_at(one.target)})
    return html.Div(
        [marks.rail(scale, marks.Rate(one.value, low, high), one.target, others=others), goal], className="proof"
    )
