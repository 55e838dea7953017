"""Tables of the page Rules and limits."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.components import alarm_tables, rule_words
from dashboard.components.alert_words import Reading, at
from dashboard.components.duty_tables import table
from dashboard.components.format import Translate, count

Told = Mapping[str, Any]


def _moment(reading: Reading, value: Any) -> str:
    moment = at(value)
    return f"{moment.astimezone(reading.zone):%Y-%m-%d %H:%M}" if moment else ""


def rules(reading: Reading, told: Sequence[Told]) -> html.Section:
    """Each rule with its rungs, whose it is and what to do."""
    t = reading.view.t
    rows = [
        (
            html.Span([t(what), " ", html.Small(t("{rule}, version {n}").format(rule=one["key"], n=one["version"]))]),
            html.Ul([html.Li(_rung(t, rung)) for rung in one["levels"]]),
            t("{n} s").format(n=f"{one['hold_s']:g}") if one["hold_s"] else t("none##hold"),
            t(owner), t(action), one["policy"] or t("told once##policy"),
        )
        for one in told
        for what, owner, action in [[one[name] for name in ("what", "owner", "action")]]
    ]  # fmt: skip
    heads = [t("rule"), t("limits##rule"), t("hold##rule"), t("owner"), t("what to do"), t("escalation")]
    return table(t("Rules"), heads, rows, t("There is no rule."))


def _rung(t: Translate, rung: Told) -> str:
    """`orange: from 90 % of the time on`."""
    forms = {
        "from_percent": t("from {n} % of the time on"), "over_percent": t("past {n} % of the time"),
        "after_min": t("{n} min after"), "from_count": t("from {n} on"), "above": t("above {n}"),
        "below": t("below {n}"), "clear": t("ends at {n}"),
    }  # fmt: skip
    level = {"orange": t("orange##level"), "red": t("red##level")}[rung["level"]]
    what = t(", ").join(forms[name].format(n=f"{value:g}") for name, value in rung.items() if name in forms)
    return t("{level}: {what}##rung").format(level=level, what=what) if what else level


def versions(reading: Reading, told: Told) -> list[Any]:
    """The versions of each file with what differs from the one before, and what changes did to past figures."""
    t = reading.view.t
    names = kinds(t)
    rows = [
        (names[kind], one["name"], count(one["number"]), _moment(reading, one["seen_at"]), _change(t, one))
        for kind, found in told["files"].items()
        for one in found
    ]
    heads = [t("file"), t("name"), t("version"), t("since##version"), t("what changed")]
    note = t("Noted when a node starts. Of the settings only the sections are kept, because secrets stand in them.")
    done = [
        (
            _moment(reading, one["at"]),
            html.Ul([html.Li(rule_words.sentence(reading.view, change)) for change in one["changes"]]),
            count(sum(one["rows"].values())),
            count(len(one["figures"])),
        )
        for one in told["recomputations"]
    ]
    of_done = [t("when"), t("what changed"), t("rows that are other ones now"), t("figures that moved")]
    return [
        table(t("Versions"), heads, rows, t("No version is on record yet."), note),
        table(t("What changes did to the past"), of_done, done, t("No change has moved a past figure.")),
    ]


def kinds(t: Translate) -> dict[str, str]:
    return {
        "rules": t("Rules"), "limits": t("Limits##file"), "calendars": t("Calendars##file"), "duty": t("Duty"),
        "settings": t("Settings##file"),
    }  # fmt: skip


def _change(t: Translate, one: Told) -> Any:
    if one["sections"]:
        return ", ".join(f"[{name}]" for name in one["sections"])
    if not one["lines"]:
        return t("the first on record") if one["number"] == 1 else t("nothing that can be shown")
    more = sum(line.startswith("+") for line in one["lines"])
    less = sum(line.startswith("-") for line in one["lines"])
    said = t("{more} lines more, {less} less").format(more=count(more), less=count(less))
    return html.Details([html.Summary(said), html.Pre("\n".join(one["lines"]), className="lines")])


def personal(reading: Reading, told: Told) -> html.Section:
    """The rule by which personal data are deleted, and the deletions on record."""
    t = reading.view.t
    note = t("Kept for {days} days; {n} rows are held, the oldest of {oldest}; past their time: {past}.").format(
        days=count(told["personal_days"]), n=count(told["rows"]), past=count(told["past"]),
        oldest=_moment(reading, told["oldest"]) or t("none##value"),
    )  # fmt: skip
    rows = [
        (
            _moment(reading, one["at"]), count(one.get("work_order", 0)), count(one.get("survey", 0)),
            _moment(reading, one["oldest"]), _moment(reading, one["newest"]), html.Code(one["sha256"][:16]),
        )
        for one in told["purges"]
    ]  # fmt: skip
    heads = [t("when"), t("orders"), t("surveys"), t("oldest"), t("newest"), t("digest of their keys")]
    return table(t("Personal data past their time"), heads, rows, t("Nothing was past its time yet."), note)


def tried(reading: Reading, told: Told) -> list[Any]:
    """What another file would change, rule by rule."""
    t = reading.view.t
    words = {
        "added": t("New rules: {keys}"), "removed": t("Rules that would be gone: {keys}"),
        "changed": t("Rules that differ: {keys}"),
    }  # fmt: skip
    gap = t(", ")
    said: list[Any] = [html.P(form.format(keys=gap.join(told[k]))) for k, form in words.items() if told[k]]
    if not said:
        return [html.P(t("The file says what the rules are already."), className="said")]
    said += [
        html.P(t("{rule} is not looked back at: {reason}").format(rule=key, reason=reason), className="qq")
        for key, reason in told["untested"].items()
    ]
    for test in told["tests"].values():
        said += alarm_tables.outcome(reading, test)
    return said
