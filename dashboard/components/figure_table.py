"""All figures of timeliness and notice: rates by group, spans of time by clock, and what lies open now."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html

from dashboard.components import format as say
from dashboard.components import headline, marks, stand
from dashboard.components.clock_words import clock
from dashboard.components.definition import button
from dashboard.components.format import Translate
from dashboard.components.order_answers import Asked
from dashboard.components.stand import Stand
from kpis.catalogue import CATALOGUE
from kpis.durations import DURATIONS
from kpis.types import Definition

# Clocks in the order of the work; a rate stands in the group of its clock.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "repair": ("dispatch", "receive", "arrival", "restoration", "reply"),
    "service": ("contact", "answer", "revisit"),
    "connection": ("scheme", "install", "connection"),
}
RATES: Final = tuple(
    d for d in CATALOGUE.values() if d.statistic == "rate" and d.family in ("timeliness", "notice", "stated")
)
SPANS: Final = tuple(dict.fromkeys(d.key.rpartition("_minutes_")[0] for d in DURATIONS))


def group_of(d: Definition) -> str:
    """The group in which a rate stands."""
    if d.family != "timeliness":
        return d.family
    found = (name for name, clocks in GROUPS.items() if d.clock in clocks)
    return next(found, "whole")


def group_name(t: Translate, name: str) -> str:
    words = {
        "repair": t("Repairs"),
        "service": t("Complaints and answers"),
        "connection": t("Connections"),
        "whole": t("All promises"),
        "notice": t("Planned outages"),
        "stated": t("The source's own limit"),
        "repeats": t("Repeats##page"),
        "satisfaction": t("Satisfaction##page"),
    }
    return words[name]


def rates(asked: Asked, found: Sequence[Stand], as_of: str, names: tuple[str, str], choose: Mapping[str, str]) -> Any:
    """The table of rates. `choose`: address of the trend of each figure that has one."""
    t = asked.view.t
    known = [group_of(one.definition) for one in found]
    order = ["whole", *GROUPS, "notice", "stated", "repeats", "satisfaction"]
    bodies = []
    for name in (n for n in order if n in known):
        mine = [one for one, group in zip(found, known, strict=True) if group == name]
        heading = html.Tr(html.Th(group_name(t, name), colSpan=9, scope="rowgroup"))
        bodies.append(html.Tbody([heading, *(_rate(asked, one, as_of, choose) for one in mine)]))
    heads = [
        (t("figure##column"), ""),
        (t("value##column"), "r"),
        (t("95 % interval"), "r low"),
        (t("counted"), "r"),
        (t("target"), "r"),
        (names[0], "r low"),
        (names[1], "r low"),
        (t("before exemptions##column"), "r low"),
        (t("without event days##column"), "r low"),
    ]
    head = html.Thead(html.Tr([html.Th(text, className=kind, scope="col") for text, kind in heads]))
    return _wide(html.Table([head, *bodies], className="figures"), t("Rates"))


def _wide(table: html.Table, label: str) -> html.Div:
    """A table that scrolls within itself where the window is narrow; the keyboard reaches it."""
    return html.Div(table, className="wide-table", tabIndex="0", role="region", **{"aria-label": label})


def _rate(asked: Asked, one: Stand, as_of: str, choose: Mapping[str, str]) -> html.Tr:
    view, d = asked.view, one.definition
    every = headline.behind(asked, d, n=one.n)
    short = [stand.short(view, d, values) for values in (one.previous, one.year_ago, one.before, one.ordinary)]
    if not d.clocks:
        short[2] = ""
    return html.Tr(
        [
            _name(asked, one, as_of, every, choose.get(d.key)),
            html.Td(_value(asked, one), className="r value"),
            html.Td(stand.span_words(view, one), className="r low qq"),
            html.Td(dcc.Link(say.count(one.n), href=every, className="rows") if every else _n(one), className="r"),
            html.Td("" if one.target is None else f"{one.target:g}", className="r"),
            *(html.Td("" if text == say.NONE else text, className="r low") for text in short),
        ],
        className="" if one.n else "nothing",
    )


def _n(one: Stand) -> str:
    return "" if one.unsplit else say.count(one.n)


def _name(asked: Asked, one: Stand, as_of: str, every: str | None, choose: str | None) -> html.Th:
    view, d = asked.view, one.definition
    label = view.t(d.label)
    named = dcc.Link(label, href=choose, className="choose", title=view.t("show its trend")) if choose else label
    card = button(view, f"definition-row-{d.key}", stand.card(asked, one, every, as_of))
    return html.Th(html.Span([card, html.Span(named)], className="named"), scope="row")


def _value(asked: Asked, one: Stand) -> Any:
    view, d = asked.view, one.definition
    if not one.n:
        return html.Span(headline.why_none(view, one), className="qq why")
    bad = headline.behind(asked, d, headline.bad_outcome(d), headline.bad_count(one))
    text = stand.short(view, d, one.now)
    level = marks.shape(view.t, "orange", view.t("off target")) if one.is_off_target else None
    said = view.t("{n} that went wrong: {label}").format(n=say.count(headline.bad_count(one)), label=view.t(d.label))
    link = dcc.Link(text, href=bad, className="number", title=said) if bad and not d.parts else html.B(text)
    if bad and d.parts:
        link = dcc.Link(text, href=bad, className="number")
    return [level, link]


def spans(
    asked: Asked, found: Mapping[str, Stand], as_of: str, names: tuple[str, str], choose: Mapping[str, str]
) -> Any:
    """The table of spans of time: mean, median and 90th percentile of each clock, beside what was kept in time."""
    t = asked.view.t
    heads = [
        (t("clock##column"), ""),
        (t("mean##column"), "r"),
        (t("95 % interval"), "r low"),
        (t("median##column"), "r"),
        (t("9 of 10 within##column"), "r"),
        (t("counted"), "r"),
        (t("within the limit##column"), "r"),
        (t("mean, {when}##column").format(when=names[0]), "r low"),
        (t("mean, {when}##column").format(when=names[1]), "r low"),
    ]
    head = html.Thead(html.Tr([html.Th(text, className=kind, scope="col") for text, kind in heads]))
    rows = [_span(asked, key, found, as_of, choose) for key in SPANS if f"{key}_minutes_mean" in found]
    return _wide(html.Table([head, html.Tbody(rows)], className="figures"), t("Time taken"))


def span_name(t: Translate, key: str) -> str:
    return t("whole repair##clock") if key == "repair" else clock(t, key)


def _span(asked: Asked, key: str, found: Mapping[str, Stand], as_of: str, choose: Mapping[str, str]) -> html.Tr:
    view = asked.view
    mean, median, p90 = (found[f"{key}_minutes_{name}"] for name in ("mean", "median", "p90"))
    every = headline.behind(asked, mean.definition, n=mean.n)
    card = button(view, f"definition-row-{mean.definition.key}", stand.card(asked, mean, every, as_of))
    label = span_name(view.t, key)
    named = dcc.Link(label, href=choose[mean.definition.key], className="choose", title=view.t("show its trend"))
    cells = [html.Th(html.Span([card, html.Span(named)], className="named"), scope="row")]
    if not mean.n:
        why = html.Span(headline.why_none(view, mean), className="qq why")
        return html.Tr([*cells, html.Td(why, className="r"), *(html.Td("") for _ in range(7))], className="nothing")
    kept = found.get(f"{key}_on_time_rate")
    within = stand.short(view, kept.definition, kept.now) if kept else ""
    links = [
        html.B(stand.short(view, mean.definition, mean.now)),
        stand.span_words(view, mean),
        *(_other(asked, one, choose) for one in (median, p90)),
        dcc.Link(say.count(mean.n), href=every, className="rows") if every else say.count(mean.n),
        within if within != say.NONE else "",
        *(
            stand.short(view, mean.definition, values).replace(say.NONE, "")
            for values in (mean.previous, mean.year_ago)
        ),
    ]
    kinds = ("r value", "r low qq", "r", "r", "r", "r", "r low", "r low")
    return html.Tr([*cells, *(html.Td(link, className=kind) for link, kind in zip(links, kinds, strict=True))])


def _other(asked: Asked, one: Stand, choose: Mapping[str, str]) -> Any:
    text = stand.short(asked.view, one.definition, one.now)
    return dcc.Link(text, href=choose[one.definition.key], className="choose", title=asked.view.t("show its trend"))


def standing(asked: Asked, found: Sequence[Stand], as_of: str) -> list[Any]:
    """What lies open now."""
    view = asked.view
    rows = []
    for one in found:
        d = one.definition
        every = headline.behind(asked, d, n=one.n)
        n = html.B("\N{EM DASH}" if one.unsplit else say.count(one.n))
        linked = dcc.Link(n, href=every, className="number") if every else n
        card = button(view, f"definition-row-{d.key}", stand.card(asked, one, every, as_of))
        rows.append(html.Li([linked, html.Span(view.t(d.label)), card]))
    return [html.Span(view.t("Now"), className="qq"), html.Ul(rows)]
