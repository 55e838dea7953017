"""Tables of the page Duty."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html

from dashboard.components import marks
from dashboard.components.alert_words import Reading, at, sent, way
from dashboard.components.format import Translate, count
from dashboard.components.quiet_words import quiet

WITHDRAW: Final = "duty-withdraw"
END: Final = "duty-end"
RECEIVE: Final = "duty-receive"
Told = Mapping[str, Any]


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], empty: str, note: str = "") -> html.Section:
    """A titled table; without rows it says why there are none."""
    parts: list[Any] = [html.H2(title)]
    if note:
        parts.append(html.P(note, className="qq"))
    if not rows:
        return html.Section([*parts, html.P(empty, className="qq")], className="card")
    # On a phone a row becomes a card: each cell carries its head.
    body = [
        html.Tr([html.Td(cell, **{"data-head": head}) for head, cell in zip(heads, row, strict=True)]) for row in rows
    ]
    head = html.Thead(html.Tr([html.Th(h, scope="col") for h in heads]))
    return html.Section([*parts, html.Table([head, html.Tbody(body)], className="rows")], className="card")


def _when(reading: Reading, value: Any) -> str:
    moment = at(value)
    return reading.clock(moment) if moment else ""


def _person(told: Told, code: str) -> str:
    name = told["names"].get(code)
    return f"{name} {code}" if name else code


def _people(reading: Reading, told: Told, codes: Sequence[str]) -> str:
    gap = "、" if reading.view.language == "zh" else ", "
    return gap.join(_person(told, code) for code in codes)


def role(t: Translate, name: str | None) -> str:
    words = {
        "crew": t("crew##role"),
        "area_manager": t("area manager##role"),
        "patch_manager": t("patch manager##role"),
        "account_manager": t("account manager##role"),
        "station_head": t("station head##role"),
        "county_duty": t("county duty##role"),
        "city_duty": t("city duty##role"),
        "city_leader": t("city leader##role"),
        "system_duty": t("system duty##role"),
    }
    return words.get(name or "", name or "")


def rosters(reading: Reading, told: Told) -> html.Section:
    t, units = reading.view.t, reading.units
    rows = [
        [
            r["name"],
            " ".join(p for p in (units.name(r["unit"]) if r["unit"] else "", role(t, r["role"])) if p),
            html.B(_people(reading, told, r["on"]) or t("nobody")),
            _when(reading, r["until"]),
            _people(reading, told, r["next"]),
        ]
        for r in told["rosters"]
    ]
    heads = [t("roster"), t("stands for"), t("on duty now"), t("until"), t("then")]
    empty = t("No roster is set up: roles are found among the people of the facts. See docs/duty.md.")
    return table(t("On duty"), heads, rows, empty)


def overrides(reading: Reading, told: Told) -> html.Section:
    t = reading.view.t
    rows = [
        [
            o["roster"],
            _person(told, o["person"]),
            f"{_when(reading, o['starts_at'])} \N{EN DASH} {_when(reading, o['ends_at'])}",
            f"{o['by']}: {o['reason']}",
            _button(t("Withdraw"), WITHDRAW, o["id"]),
        ]
        for o in told["overrides"]
    ]
    heads = [t("roster"), t("stands in"), t("from, to"), t("entered by"), ""]
    return table(t("Stand-ins"), heads, rows, t("Nobody stands in for anybody."))


def silences(reading: Reading, told: Told) -> html.Section:
    t = reading.view.t
    rows = [
        [
            s["id"],
            " \N{MIDDLE DOT} ".join(f"{name}: {', '.join(values)}" for name, values in s["matches"].items()),
            f"{_when(reading, s['starts_at'])} \N{EN DASH} {_when(reading, s['ends_at'])}",
            f"{s['by']}: {s['reason']}",
            _button(t("End now"), END, s["id"]),
        ]
        for s in told["silences"]
    ]
    heads = [t("number"), t("keeps quiet"), t("from, to"), t("by, reason"), ""]
    return table(t("Silences and maintenance"), heads, rows, t("Nothing is kept quiet."))


def orders(reading: Reading, told: Told) -> html.Section:
    t, view = reading.view.t, reading.view
    rows = [
        [
            o["id"],
            reading.units.name(o["unit"]),
            dcc.Link(o["matter"], href=view.href("/alerts", {"id": str(o["alert_id"])}))
            if o["alert_id"]
            else o["matter"],
            _when(reading, o["deadline_at"]),
            t("received by {by}").format(by=o["received_by"])
            if o["received_at"]
            else _button(t("Receive"), RECEIVE, o["id"]),
        ]
        for o in told["orders"]
    ]
    heads = [t("number"), t("unit"), t("matter"), t("answer by"), t("receipt")]
    return table(t("Supervision orders"), heads, rows, t("No supervision order is open."))


def channels(reading: Reading, told: Told) -> html.Section:
    t = reading.view.t
    waiting = told["outlook"]["waiting"]
    note = t("{n} messages wait in the outbox.").format(n=count(waiting)) if waiting else t("No message waits.")
    rows = [[c["name"], c["kind"]] for c in told["channels"]]
    return table(t("Channels"), [t("channel"), t("kind##channel")], rows, t("No channel is set up."), note)


def notices(reading: Reading, found: Sequence[Told]) -> html.Section:
    t, view = reading.view.t, reading.view
    rows = [
        [
            _when(reading, n["created_at"]),
            marks.shape(t, n["level"]),
            dcc.Link(n["title"], href=view.href("/alerts", {"id": str(n["alert_id"])})),
            " ".join((way(t, n["channel"]), n["address"])),
            sent(reading, {**n, "attempts": 0, "last_error": ""})[1],
            quiet(t, n["why"]) if n["why"] and n["state"] != "quiet" else "",
        ]
        for n in found
    ]
    heads = [t("when"), t("level"), t("what"), t("to"), t("what came of it"), t("because")]
    return table(t("Latest notices"), heads, rows, t("No notice to this person or address is known."))


def _button(text: str, kind: str, number: int) -> html.Button:
    return html.Button(text, id={"type": kind, "id": number}, className="btn", n_clicks=0)
