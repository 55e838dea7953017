"""The hotspots that stand: the list, the wide rises, and why there is nothing to list."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from dashboard.components import format as say
from dashboard.components import hotspot_words as words
from dashboard.components.hotspot_words import Hotspot, Reading
from dashboard.components.plain_table import Column, table

PATH: Final = "/hotspots"
LAB: Final = "/hotspots/lab"
NUMBER: Final = "no"  # in the address: the hotspot that is looked at
KEY: Final = "key"  # the same of one that is only watched
LEAST_DAYS, LEAST_CASES = 28, 30
DIGITS: Final = 10  # no number of a hotspot has so many
Found = Mapping[str, Any]  # the answer of `ask hotspots`


def address(reading: Reading, one: Hotspot, more: Mapping[str, str]) -> str:
    """The page with `one` opened. `more`: the rest of the filter."""
    which = {KEY: str(one["key"])} if one.get("number") is None else {NUMBER: str(one["number"])}
    return reading.view.onward(PATH, {**more, **which})


def named(found: Found, args: Mapping[str, str], held: str = "") -> dict[str, Any] | None:
    """What to ask `hotspot` for: what the address names, though the list may not hold it, else the one `held`, by
    number or key, else the rarest; None where there is none."""
    number, key = args.get(NUMBER, ""), args.get(KEY, "")
    if not (number or key):
        number, key = (held, "") if held.isdecimal() else ("", held)
    if number.isdecimal():
        return {"number": int(number) if len(number) < DIGITS else 10**DIGITS}
    if key:
        return {"key": key}
    listed: Sequence[Hotspot] = found["hotspots"]
    if not listed:
        return None
    return {"key": listed[0]["key"]} if listed[0].get("number") is None else {"number": listed[0]["number"]}


def listing(reading: Reading, found: Found, on: Hotspot | None, more: Mapping[str, str], *, states: bool) -> list[Any]:
    """The table; `states`: with those that have ended, so each says how it stands."""
    if not found["hotspots"]:
        return empty(reading, found, states=states)
    t = reading.view.t
    columns = [
        *told(reading, Column(t("place"), lambda one: _named(reading, one, on, more))),
        *([Column(t("state"), lambda one: words.state(reading, one), "wrap")] if states else []),
    ]
    return [table(columns, found["hotspots"], t("Hotspots"))]


def told(reading: Reading, place: Column, expected: Column | None = None) -> list[Column]:
    """What every table of hotspots says of one, after the column that names it."""
    t = reading.view.t
    return [
        place,
        Column(t("category"), lambda one: words.matter(reading, one["category"]), "wrap"),
        Column(t("observed##column"), lambda one: say.count(one["observed"]), "r"),
        expected or Column(t("expected##column"), lambda one: words.expected(one["expected"]), "r"),
        Column(t("since##column"), lambda one: reading.day(one["since"])),
        Column(t("by chance##column"), lambda one: words.rarity(reading, one), "wrap"),
    ]


def _named(reading: Reading, one: Hotspot, on: Hotspot | None, more: Mapping[str, str]) -> html.A:
    t, same = reading.view.t, on is not None and _is(one, on)
    here = {"data-link": ""} | ({"aria-current": "true"} if same else {})
    said = [words.shape(t, one["grade"]), html.B(words.place(reading, one)), *_labels(reading, one)]
    return html.A(said, href=address(reading, one, more), className="choose on" if same else "choose", **here)


def _is(one: Hotspot, other: Hotspot) -> bool:
    if one.get("number") is not None:
        return bool(one["number"] == other.get("number"))
    return one.get("key") is not None and bool(one["key"] == other.get("key"))


def _labels(reading: Reading, one: Hotspot) -> list[html.Span]:
    """The grade as a word, and what weakens it."""
    t = reading.view.t
    found = [html.Span(words.grade(t, one["grade"]), className="qq")]
    if one.get("relative"):
        found.append(html.Span(t("relative##hotspot"), className="flag"))
    if one.get("explained_by_outage"):
        found.append(html.Span(t("outage##label"), className="flag"))
    return found


def counts(reading: Reading, found: Found) -> str:
    """How many of each grade stand; to which hour the records are complete enough."""
    t = reading.view.t
    standing = [one for one in found["hotspots"] if one["state"] in ("watch", "open")]
    alerts = sum(one["grade"] != "watch" for one in standing)
    said = [
        say.counted(t, alerts, "{n} alert##hotspots", "{n} alerts##hotspots"),
        t("{n} watched##hotspots").format(n=say.count(len(standing) - alerts)),
    ]
    if found.get("until"):
        said.append(t("counted to {time}").format(time=reading.moment(found["until"])))
    return ("，" if reading.view.language == "zh" else ", ").join(said)


def empty(reading: Reading, found: Found, *, states: bool) -> list[Any]:
    """What would be here, and why it is not."""
    t = reading.view.t
    what = t("Places stand here where demands gather more than chance explains, the rarest first.")
    return [html.Div([html.P(html.B(why_none(reading, found, states=states))), html.P(what, className="qq")])]


def why_none(reading: Reading, found: Found, *, states: bool) -> str:
    """Why the list is empty, in one sentence."""
    t = reading.view.t
    if standing := stopped(reading, found):
        return standing
    if states:
        return t("No hotspot was ever opened with this filter.")
    looked = words.age_of(reading, found.get("looked_at"))
    return t("No hotspot stands. Last look {age}.").format(age=looked)


def stopped(reading: Reading, found: Found) -> str | None:
    """Why nothing is found at present, or nobody is alerted; None when all is well."""
    t, missing = reading.view.t, found.get("missing") or {}
    if found["state"] == "not_enough_history":
        days, cases = missing.get("days") or 0, missing.get("cases") or 0
        need = t(
            "Not enough history: {days} days and {cases} cases are missing "
            "({least_days} days and {least_cases} cases are needed)."
        )
        return need.format(days=say.count(days), cases=say.count(cases), least_days=LEAST_DAYS, least_cases=LEAST_CASES)
    said = {
        "calibrating": t("The threshold is being measured on permuted histories: until then nobody is alerted."),
        "off": t("Hotspots are switched off in the settings."),
        "never": t("Nothing was looked at yet: the first look comes once the facts are read."),
    }
    return said.get(found["state"])


def wide(reading: Reading, found: Found) -> list[Any]:
    """Rises of the whole utility or a district, which no place stands out of."""
    rises = found.get("wide") or []
    t = reading.view.t
    if not rises:
        return []
    where = Column(t("where##rise"), lambda one: _whole(reading, one))
    columns = told(reading, where, Column(t("expected, 95 %"), _range, "r"))
    rows = [{**one, "category": one["series"]["category"], "since": one["since"] or one["day"]} for one in rises]
    return [table(columns, rows, t("Wide rises"))]


def _range(one: Mapping[str, Any]) -> str:
    return f"{words.expected(one['expected'])} ({one['low']:.0f}\N{EN DASH}{one['high']:.0f})"


def _whole(reading: Reading, one: Mapping[str, Any]) -> html.Span:
    t, code = reading.view.t, one["series"].get("unit")
    where = reading.units.brief(code) if code else t("whole utility")
    grade = html.Span(words.grade(t, one["grade"]), className="qq")
    return html.Span([words.shape(t, one["grade"]), html.B(where), grade], className="choose")
