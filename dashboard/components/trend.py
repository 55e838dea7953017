"""One figure by day, week or month, with the year before: as data for the chart and as a table of the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd
from babel.dates import format_date
from dash import html

from dashboard.components import format as say
from dashboard.components import stand
from dashboard.components.format import LOCALE, Translate
from dashboard.components.order_answers import Asked
from dashboard.components.valued import GRAIN, Cut, valued
from kpis.periods import Every, Grain, beginning, following, is_unfinished, midnight, shifted
from kpis.types import Definition

GRAINS: Final[tuple[Grain, ...]] = ("day", "week", "month")
LEAST: Final[dict[Grain, int]] = {"day": 28, "week": 26, "month": 13}  # buckets shown, however short the period
MOST: Final[dict[Grain, int]] = {"day": 184, "week": 157, "month": 60}
YEAR: Final = timedelta(weeks=52)  # the same weekdays
HOURS_FROM: Final = 180.0  # minutes from which the axis counts hours


@dataclass(frozen=True)
class Trend:
    """`frame`: first (day), value, n, successes, low, high, ago; no rows: n 0. `open`: the last runs."""

    definition: Definition
    grain: Grain
    target: float | None
    frame: pd.DataFrame
    open: bool

    @property
    def some(self) -> bool:
        return bool(self.frame["value"].notna().any())


def grain_name(t: Translate, grain: str) -> str:
    words = {"day": t("by day"), "week": t("by week"), "month": t("by month")}
    return words[grain]


def trend(asked: Asked, d: Definition, grain: Grain) -> Trend | None:
    """None where the rows do not carry what is filtered."""
    zone, question = asked.house.settings.site.tz, asked.question
    days = buckets(asked, grain)
    every = Cut(every=Every(grain, zone))
    end = following(days[-1], grain)
    now = valued(question.within((midnight(days[0], zone), midnight(end, zone))), [d], every).get(d.key)
    if now is None:
        return None
    then = [_year_before(day, grain) for day in (days[0], end)]
    ago = valued(question.within((midnight(then[0], zone), midnight(then[1], zone))), [d], every)[d.key]
    frame = _aligned(now, days).assign(ago=_aligned(ago, [_year_before(day, grain) for day in days])["value"])
    runs = is_unfinished(days[-1], Every(grain, zone), question.now)
    return Trend(d, grain, d.target_of(question.option(d)), frame, runs)


def _year_before(day: date, grain: Grain) -> date:
    return shifted(day, -12) if grain == "month" else day - YEAR


def _aligned(found: pd.DataFrame, days: list[date]) -> pd.DataFrame:
    """One row per day of `days`."""
    if found.empty:
        found = found.assign(**{GRAIN: pd.Series(dtype="datetime64[us]")})
    frame = found.assign(first=pd.to_datetime(found[GRAIN]).astype("datetime64[us]")).set_index("first")
    frame = frame.reindex(pd.DatetimeIndex(days).astype("datetime64[us]"))
    frame["n"] = frame["n"].fillna(0).astype("int64")
    return frame.rename_axis("first").reset_index()[["first", "value", "n", "successes", "low", "high"]]


def buckets(asked: Asked, grain: Grain) -> list[date]:
    """The first days of the buckets shown: those of the period, and before it as many as make a line."""
    zone, now = asked.house.settings.site.tz, asked.question.now
    today = now.astimezone(zone).date()
    first, last = asked.query.days(today)
    last = beginning(min(last, today), grain)
    found = [last]
    while len(found) < MOST[grain] and (len(found) < LEAST[grain] or (first is not None and found[-1] > first)):
        found.append(beginning(found[-1] - timedelta(days=1), grain))
    return found[::-1]


def event_days(asked: Asked, days: list[date], last: date) -> Iterator[dict[str, str]]:
    """Major events of the settings within the days shown, where the unit that is looked at may be concerned."""
    unit = asked.question.units.get(asked.query.unit)
    for event in asked.house.settings.site.event_days:
        concerned = not event.units or unit is None or {unit.code, unit.parent} & set(event.units)
        if concerned and event.first <= last and event.last >= days[0]:
            shown = (max(event.first, days[0]), min(event.last, last))
            yield {"from": shown[0].isoformat(), "to": shown[1].isoformat(), "name": event.name}


def day_name(first: date, grain: Grain, language: say.Language) -> str:
    """A bucket in words: 11月20日 周五, 11月16日起一周, 2026年11月."""
    locale = LOCALE[language]
    if grain == "month":
        return format_date(first, "y年M月" if language == "zh" else "MMM y", locale=locale)
    if grain == "week":
        return say.days(first, first + timedelta(days=6), language)
    return say.day(first, language)


def _tick(first: date, grain: Grain, language: say.Language) -> str:
    if grain == "month":
        return format_date(first, "yy年M月" if language == "zh" else "MMM yy", locale=LOCALE[language])
    return format_date(first, "M月d日" if language == "zh" else "d MMM", locale=LOCALE[language])


def drawn(asked: Asked, found: Trend) -> dict[str, Any]:
    """What assets/desk-trend.js draws. Times in minutes become hours where they are long."""
    view, d, frame = asked.view, found.definition, found.frame
    t = view.t
    size = 1.0
    if d.unit == "min" and frame[["value", "ago"]].max().max() >= HOURS_FROM:
        size = 60.0
    unit = {"%": "%", "min": t("h##axis") if size > 1 else t("min##axis")}.get(d.unit, "")
    days = [moment.date() for moment in frame["first"]]
    last = following(days[-1], found.grain) - timedelta(days=1)
    target = None if found.target is None else found.target / size
    said = [text for _, text in _lines(asked, found)]
    return {
        "x": [day.isoformat() for day in days],
        "ticks": [_tick(day, found.grain, view.language) for day in days],
        **{name: _numbers(frame[name], size) for name in ("value", "low", "high", "ago")},
        "n": frame["n"].tolist(),
        "said": said,
        "open": found.open,
        "target": target,
        "unit": unit,
        "rate": d.unit == "%",
        "events": list(event_days(asked, days, last)),
        "names": _names(asked, found),
        "grain": found.grain,
        "key": f"{d.key} {found.grain} {asked.query.search()}",
    }


def _names(asked: Asked, found: Trend) -> dict[str, str]:
    """Each line with its newest value, as it stands at its right end."""
    view, d = asked.view, found.definition
    t = view.t
    known = found.frame.dropna(subset="value")
    ago = found.frame.dropna(subset="ago")
    names = {"rows": t("counted")}
    if len(known):
        row = known.iloc[-1]
        running = found.open and row["first"] == found.frame["first"].iloc[-1]
        word = {"day": t("today"), "week": t("this week"), "month": t("this month")}[found.grain] if running else ""
        names["value"] = f"{word} {say.of_unit(float(row['value']), d.unit, view.language)}".strip()
    if len(ago):
        names["ago"] = f"{t('last year##same')} {say.of_unit(float(ago['ago'].iloc[-1]), d.unit, view.language)}"
    if found.target is not None:
        names["target"] = t("target {n}").format(n=stand.target_number(view, d, found.target).removesuffix("%"))
    return names


def _numbers(column: pd.Series, size: float) -> list[float | None]:
    return [None if pd.isna(x) else round(float(x) / size, 4) for x in column]


def _lines(asked: Asked, found: Trend) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each bucket as cells of the table, and as the sentence that the chart shows of it."""
    view, d = asked.view, found.definition
    t = view.t
    rows: list[Any] = list(found.frame.itertuples(index=False))
    for i, row in enumerate(rows):
        name = day_name(row.first.date(), found.grain, view.language)
        if found.open and i == len(found.frame) - 1:
            name += f" ({t('not over')})" if view.language == "en" else f"（{t('not over')}）"
        values = {"value": row.value, "n": row.n, "successes": row.successes}
        text = stand.short(view, d, values)
        interval = "" if pd.isna(row.low) else say.between(row.low, row.high, d.unit, view.language)
        ago = say.NONE if pd.isna(row.ago) else say.of_unit(row.ago, d.unit, view.language)
        cells = (name, text, interval, say.count(row.n), ago)
        bracket = f" ({interval})" if interval else ""
        counted = stand.rows_words(view, d, row.n)
        yield cells, f"<b>{text}</b>{bracket}<br>{name}<br>{counted}<br>{t('last year##same')} {ago}"


def table(asked: Asked, found: Trend) -> html.Details:
    """The chart's numbers, for who can not or will not look at it."""
    t = asked.view.t
    heads = (t("time##column"), t("value##column"), t("95 % interval"), t("counted"), t("last year##same"))
    head = html.Thead(html.Tr([html.Th(text, scope="col", className="r" if i else "") for i, text in enumerate(heads)]))
    rows = []
    for cells, _ in reversed(list(_lines(asked, found))):
        first, *rest = cells
        rows.append(html.Tr([html.Th(first, scope="row"), *(html.Td(text, className="r") for text in rest)]))
    body = html.Div(html.Table([head, html.Tbody(rows)], className="figures"), className="wide-table", tabIndex="0")
    return html.Details([html.Summary(t("the same as a table")), body], className="as-table")


def finding(asked: Asked, found: Trend) -> str:
    """The chart in one sentence: where it stands, and its extremes."""
    view, d = asked.view, found.definition
    known = found.frame.dropna(subset="value")
    if known.empty:
        return view.t("No rows in this time.")

    def at(i: Any) -> tuple[str, str]:
        row = known.loc[i]
        return say.of_unit(float(row["value"]), d.unit, view.language), day_name(
            row["first"].date(), found.grain, view.language
        )

    (low, low_at), (high, high_at) = at(known["value"].idxmin()), at(known["value"].idxmax())
    newest, newest_at = at(known.index[-1])
    said = view.t("{label}: {newest} on {newest_at}; lowest {low} on {low_at}, highest {high} on {high_at}")
    places = {"newest_at": newest_at, "low": low, "low_at": low_at, "high": high, "high_at": high_at}
    return said.format(label=view.t(d.label), newest=newest, **places)
