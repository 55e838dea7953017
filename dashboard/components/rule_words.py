"""What differs between two states of the rules, in the reader's language: the sentences that kpis.rules_said writes.

The ledger keeps them as they were written; what is not understood is shown as it stands there.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from dashboard.components import clock_words, dims
from dashboard.components import format as say
from dashboard.components.format import Translate
from dashboard.components.view import View

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_STATES: Final = re.compile(
    r"(?P<name>.+?): (?P<old>.+) -> (?P<new>.+)|(?P<only>.+?): (?P<value>.+) \((?P<what>new|removed)\)"
)
Words = Sequence[tuple[str, Callable[..., str]]]
"""What a part looks like, and what it says, given its groups."""


def sentence(view: View, told: str) -> str:
    """One difference, as a sentence."""
    t = view.t
    whole = {
        "this version of the program computes with other code": t(
            "this version of the program computes with other code"
        ),
        "it is not on record by which rules the rows were derived": t(
            "it is not on record by which rules the rows were derived"
        ),
    }
    found = _STATES.fullmatch(told)
    if found is None:
        return whole.get(told, told)
    if found["name"]:
        name, old, new = _name(view, found["name"]), _value(view, found["old"]), _value(view, found["new"])
        return t("{name}: {old} → {new}##rules").format(name=name, old=old, new=new)
    form = t("{name}: {value}, new##rules") if found["what"] == "new" else t("{name}: {value}, removed##rules")
    return form.format(name=_name(view, found["only"]), value=_value(view, found["value"]))


def _name(view: View, told: str) -> str:
    t = view.t

    def limit(clock: str, line: str, who: str, day: str) -> str:
        of = t(", ").join(_who(t, values) for values in who.split())
        form = (
            t("limit of {clock} ({line}), {who}, from {day} on")
            if of
            else t("limit of {clock} ({line}), from {day} on")
        )
        return form.format(clock=clock_words.clock(t, clock), line=clock_words.line(t, line), who=of, day=day)

    def hours(day: str) -> str:
        return t("opening hours, {day}").format(day=say.weekday(_WEEKDAYS.index(day) + 1, view.language))

    return _said(
        told,
        (
            (r"limit (\S+) (\S+)(.*) from (\S+)", limit),
            (r"calendar (\d{4})", lambda year: t("calendar of {year}").format(year=year)),
            (r"calendar (\S+)", lambda day: t("calendar, {day}").format(day=day)),
            (r"tier (\d+)", lambda n: t("customer tier, rule {n}").format(n=n)),
            (r"event days (\d+)", lambda n: t("days of major events, entry {n}").format(n=n)),
            (r"hours make-up day", lambda: t("opening hours, make-up working day")),
            (rf"hours ({'|'.join(_WEEKDAYS)})", hours),
            (r"zone", lambda: t("time zone")),
        ),
    )


def _who(t: Translate, values: str) -> str:
    """Codes that a limit is for: of a category, a customer, an area."""
    carried = ("category", "customer_kind", "area_class", "tier", "subcategory_1", "subcategory_2")
    worded = [[dims.worded(t, dim, one) for dim in carried] for one in values.split("/")]
    known = [
        next((words for words in mine if words != one), one)
        for one, mine in zip(values.split("/"), worded, strict=True)
    ]
    return t("/##or").join(known)


def _value(view: View, told: str) -> str:
    t = view.t
    fixed = {"published": t("published##calendar"), "assumed": t("assumed##calendar")}
    fixed |= {"day off": t("day off"), "working day": t("working day##calendar")}

    def stopped(amount: str, by: str) -> str:
        what = _value(view, amount)
        if by == "nothing":
            return t("{amount}, stopped by nothing").format(amount=what)
        return t("{amount}, stopped by {reasons}").format(amount=what, reasons=by.replace(", ", t(", ")))

    def tier(code: str, kva: str, owing: str | None) -> str:
        form = t("{tier} from {kva} kVA, owing at most {yuan} yuan") if owing else t("{tier} from {kva} kVA")
        return form.format(tier=dims.worded(t, "tier", code), kva=kva, yuan=owing)

    def event(name: str, first: str, last: str, where: str) -> str:
        place = t("everywhere") if where == "everywhere" else where.replace(", ", t(", "))
        return t("{name}, {first} to {last}, {where}##event").format(name=name, first=first, last=last, where=place)

    return fixed.get(told) or _said(
        told,
        (
            (r"(.+), stopped by (.+)", stopped),
            (r"(\S+) working days", lambda n: t("{n} working days##limit").format(n=n)),
            (r"(\S+) min of opening hours", lambda n: t("{n} min of opening hours").format(n=n)),
            (r"(\S+) min", lambda n: t("{n} min##limit").format(n=n)),
            (r"(\S+) from (\S+) kVA(?:, owing at most (\S+) yuan)?", tier),
            (r"(.+), (\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d), (.+)", event),
            (r"(\d\d:.+)", lambda spans: spans.replace(" to ", "–").replace(", ", t(", "))),
        ),
    )


def _said(told: str, words: Words) -> str:
    for look, make in words:
        if found := re.fullmatch(look, told):
            return make(*found.groups())
    return told
