"""Tables of the page Alarm health."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.components.alert_words import Reading
from dashboard.components.duty_tables import table
from dashboard.components.format import Translate, count

Told = Mapping[str, Any]


def _number(value: Any) -> str:
    if value is None:
        return "\N{EM DASH}"
    return count(value) if isinstance(value, int) else f"{value:,.1f}"


def _mark(t: Translate, is_kept: bool | None) -> str:
    words = {True: t("kept##guideline"), False: t("not kept##guideline"), None: t("nothing to say yet")}
    return words[is_kept]


def health(reading: Reading, told: Told) -> list[Any]:
    """Measures against their guidelines, then where the noise comes from."""
    t = reading.view.t
    rate, flood, levels, standing, never = (told[k] for k in ("rate", "flood", "levels", "standing", "never_acted"))
    percent = levels["percent"]
    rows: list[list[Any]] = [
        [t("alerts per person on duty in 10 min"), _number(rate["per_person_10_min"]), t("under 1"),
         _mark(t, rate["is_kept"])],
        [t("share low or medium, %"), _number(percent["low_or_medium"]), t("about 80"), _mark(t, levels["is_kept"])],
        [t("share critical, %"), _number(percent["critical"]), t("at most 5"), _mark(t, levels["is_kept"])],
        [t("raises of the last 10 min"), _number(flood["recent"]), t("at most {n}").format(n=flood["over"]),
         _mark(t, not flood["is_now"])],
        [t("ten minutes with a flood"), _number(flood["windows"]), "0", _mark(t, flood["windows"] == 0)],
        [t("subjects that chatter"), _number(len(told["chattering"])), "0", _mark(t, not told["chattering"])],
        [t("standing over 24 h"), _number(standing["over_24_h"]), t("few"), ""],
        [t("over without anybody acting, %"), _number(never["percent"]), t("few"), ""],
    ]  # fmt: skip
    banner = [html.P(t("Flood: more alerts than anybody can follow. Walls show none singly."), className="said wrong")]
    note = t("The last 7 days, {n} raises. Guidelines: ISA-18.2 and EEMUA 191.").format(n=count(told["raises"]))
    heads = [t("measure"), t("value"), t("guideline"), t("kept##head")]
    return [
        *(banner if flood["is_now"] else []),
        table(t("Against the guidelines"), heads, rows, "", note),
        _top(reading, t("Most raises by rule"), t("rule"), told["top"]["rules"]),
        _top(reading, t("Most raises by station"), t("station"), told["top"]["units"], named=True),
        _chattering(t, told["chattering"]),
        _longest(reading, standing["longest"]),
    ]


def _top(reading: Reading, title: str, what: str, found: Sequence[Told], *, named: bool = False) -> html.Section:
    t = reading.view.t
    rows = [
        [(reading.units.name(one["name"]) if named else one["name"]) if one["name"] else t("of no unit"),
         _number(one["raises"]), _number(one["percent"])]
        for one in found
    ]  # fmt: skip
    return table(title, [what, t("raises"), "%"], rows, t("No alert was raised."))


def _chattering(t: Translate, found: Sequence[Told]) -> html.Section:
    rows = [[one["rule"], one["subject"], _number(one["bursts"]), _number(one["raises"])] for one in found]
    heads = [t("rule"), t("subject"), t("bursts"), t("raises")]
    return table(t("Chattering: three times in a minute"), heads, rows, t("Nothing chatters."))


def _longest(reading: Reading, found: Sequence[Told]) -> html.Section:
    t = reading.view.t
    rows = [[one["id"], one["rule"], one["subject"], _number(one["hours"])] for one in found]
    return table(
        t("Standing over 24 h"), [t("number"), t("rule"), t("subject"), t("hours")], rows, t("None stands so long.")
    )


def outcome(reading: Reading, told: Told) -> list[Any]:
    """Both outcomes side by side; for clocks how the real overruns were warned of."""
    t = reading.view.t
    sides = [(t("as it is"), told["as_it_is"])]
    if told["changed"]:
        sides.append((t("changed##rule"), told["changed"]))
    heads = [t("measure"), *(name for name, _ in sides)]
    names = {
        "raises": t("raises"),
        "critical": t("critical ones"),
        "alerts": t("alerts##back-test"),
        "hours": t("hours they stood"),
        "most_at_once": t("most at once"),
    }
    rows: list[list[Any]] = [[words, *(_number(side[key]) for _, side in sides)] for key, words in names.items()]
    if told["as_it_is"].get("overruns"):
        of = {
            "n": t("limits really passed"),
            "warned": t("warned in time"),
            "late": t("warned too late"),
            "missed": t("never warned"),
        }
        rows += [[words, *(_number(side["overruns"].get(key)) for _, side in sides)] for key, words in of.items()]
    units = [
        [reading.units.name(u["station"]) if u["station"] else t("of no unit"), _number(u["raises"]),
         _number(u["hours"])]
        for u in told["as_it_is"]["units"][:10]
    ]  # fmt: skip
    span = t("{rule}, version {n}").format(rule=told["rule"], n=told["version"])
    return [
        table(span, heads, rows, ""),
        table(t("Who would have been rung, by station"), [t("station"), t("raises"), t("hours")], units, t("Nobody.")),
    ]
