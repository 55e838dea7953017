"""What has happened, in one clause, for each kind of rule. Pure; carries no personal data.

Message ids are English; `i18n/alerts*.zh.po` have the Chinese ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from alerts.rules import Rule
from alerts.transition import Transition

# Each of these tables: condition -> message id.
LEFT: Final = {
    "dispatch": "{time} left to dispatch",
    "receive": "{time} left to accept",
    "arrival": "{time} left to arrive",
    "restoration": "{time} left to restore",
    "contact": "{time} left for the first contact",
    "answer": "{time} left to answer",
    "reply": "{time} left to report back",
    "revisit": "{time} left to call back",
    "scheme": "{time} left for the supply scheme",
    "install": "{time} left to install the meter",
    "connection": "{time} left to connect",
}
PAST: Final = {
    "dispatch": "{time} past the dispatch limit",
    "receive": "{time} past the limit to accept",
    "arrival": "{time} past the arrival limit",
    "restoration": "{time} past the restoration limit",
    "contact": "{time} past the limit of first contact",
    "answer": "{time} past the answer limit",
    "reply": "{time} past the limit to report back",
    "revisit": "{time} past the limit to call back",
    "scheme": "{time} past the limit of the supply scheme",
    "install": "{time} past the limit to install the meter",
    "connection": "{time} past the connection limit",
}
OUTAGE: Final = {
    "estimate_expired": "{time} past its estimated restoration",
    "long": "without supply for {time}",
    "sensitive_out": "sensitive customers without supply for {time}",
    "important_out": "important customers without supply for {time}",
    "not_started": "planned work not begun, {time} past its time",
    "not_restored": "planned work goes on, {time} past its announced end",
    "notice_late": "planned work not announced, {time} past the time for it",
}
FLAG: Final = {
    "12398": "reached the regulator's line",
    "12345": "reached the city line",
    "media": "reached the media",
    "escalated": "went outside the company",
    "leapfrog": "went past the normal level",
    "important": "graded important",
    "major": "graded major",
    "special": "graded special",
    "grade": "graded important or above",
}
SOURCE: Final = {
    "stale": "source {name}: no new data for {time}",
    "stale table": "source {name}, table {table}: no new data for {time}",
    "never_read": "source {name}: never answered yet",
    "never_read table": "source {name}, table {table}: never answered yet",
}
SUSPICION: Final = {
    "list_empty": "the list is empty",
    "rows_missing": "rows missing",
    "old_copy": "an old copy of the list",
    "capped_page": "a read that stops at a round number",
    "clock_ahead": "times in the future",
    "zone_changed": "the clock or its zone changed",
    "rows_astray": "rows without time or key",
    "shared_keys": "keys shared by two tables",
    "silent_source": "silent source",
    "unusual_volume": "unusual volume",
    "column_fell_empty": "column fell empty",
    "restored_at_the_estimate": "restored at the estimate",
    "scale_moved": "scale moved",
}
VITAL: Final = {
    "tick_s": "a turn of the watch takes {value} s",
    "undelivered": "{value} messages wait to be sent",
    "failed_deliveries": "{value} messages failed for good",
    "calendar_days": "the calendar of working days ends in {value} days",
    "disk_free_percent": "{value} % of the disk is free",
    "clock_skew_s": "a clock is {value} s off",
}
CLUSTER: Final = {
    "hotspot": "hotspot: {observed} orders where {expected} are usual",
    "wide_rise": "everywhere at once: {observed} orders where {expected} are usual",
}
TIMES: Final = {150: "one and a half times its limit", 200: "twice its limit", 300: "three times its limit"}


def _code(code: str) -> str:
    return code.replace("_", " ")


@dataclass(frozen=True)
class Reader:
    """Whose eyes a message is for. `name_of` gives the name of a unit, crew or feeder for its code, or the code;
    `figure_of` that of a KPI for its key, in the reader's language.
    """

    translate: Callable[[str], str]
    zone: tzinfo
    site: str
    name_of: Callable[[str], str]
    figure_of: Callable[[str], str] = _code


def duration(span: timedelta, translate: Callable[[str], str]) -> str:
    """`span` in words, its smaller unit cut off, not rounded: nobody is promised a minute that is not there."""
    seconds = int(abs(span).total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 60:
        return translate("{s} s").format(s=seconds)
    if minutes < 60:
        return translate("{m} min").format(m=minutes)
    if days < 2:
        return translate("{h} h {m} min").format(h=hours, m=minutes % 60)
    return translate("{d} d {h} h").format(d=days, h=hours % 24)


def happened(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    """What stands, in one clause."""
    return _CLAUSES[rule.watches](t, rule, reader, now)


def of_order(t: Transition, reader: Reader, what: str) -> str:
    order = t.about.order_no or t.subject
    return reader.translate("order {order}: {what}").format(order=order, what=what)


def of_outage(t: Transition, reader: Reader, what: str) -> str:
    outage = t.about.outage_no or t.subject
    return reader.translate("outage {outage}: {what}").format(outage=outage, what=what)


def since(t: Transition, reader: Reader, now: datetime) -> str:
    return duration(now - t.about.start_at, reader.translate) if t.about.start_at else reader.translate("unknown time")


def plain(value: Any) -> str:
    """A number without needless places; - where there is none."""
    return "-" if value is None else f"{round(float(value), 1):g}"


def _order_clock(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    word, clock = reader.translate, t.about.clock or ""
    if t.about.due_at is None or clock not in LEFT:
        return of_order(t, reader, word("no limit known"))
    forms = PAST if now > t.about.due_at else LEFT
    what = word(forms[clock]).format(time=duration(t.about.due_at - now, word))
    limit = rule.limit(t.rung)
    if forms is PAST and limit and limit.percent > 100:
        again = TIMES.get(round(limit.percent))
        times = word(again) if again else word("{n} times its limit").format(n=plain(limit.percent / 100))
        what = word("{what}, {times}").format(what=what, times=times)
    return of_order(t, reader, what)


def _outage(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    word = reader.translate
    what = word(OUTAGE[str(rule.on["condition"])]).format(time=since(t, reader, now))
    if t.about.customers:
        what = word("{what}, {n} customers out").format(what=what, n=t.about.customers)
    return of_outage(t, reader, what)


def _frequent(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    word, inputs = reader.translate, t.inputs
    name = reader.name_of(str(inputs.get("code") or t.subject.partition(":")[2]))
    count, days = inputs.get("count"), inputs.get("window_days", rule.on.get("window_days"))
    what = word("{name}: out {count} times in {days} days").format(name=name, count=plain(count), days=days)
    ahead = rule.limit(t.rung + 1)
    if t.level == "orange" and ahead and ahead.from_count == (count or 0) + 1:
        what = word("{what}, one more and it is to be supervised").format(what=what)
    return what


def _third_call(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    calls = plain(t.inputs.get("call_count"))
    return of_order(t, reader, reader.translate("call {n} about one matter").format(n=calls))


def _flag(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    flag = str(t.about.clock or "")
    mark = {"escalated": t.inputs.get("channel"), "grade": t.inputs.get("grade")}.get(flag)
    return of_order(t, reader, reader.translate(FLAG.get(str(mark), FLAG.get(flag, FLAG["escalated"]))))


def _revisit(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    what = reader.translate("customer dissatisfied, not called back for {time}")
    return of_order(t, reader, what.format(time=since(t, reader, now)))


def _kpi(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    word, inputs = reader.translate, t.inputs
    value, target = inputs.get("value"), inputs.get("target")
    name = reader.figure_of(str(rule.on.get("kpi", t.about.clock or "")))
    percent = " %" if inputs.get("low") is not None else ""  # only a rate has an interval
    return word("{name} {value}, target {target}").format(
        name=name, value=plain(value) + percent, target=plain(target) + percent
    )


def _cluster(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    word, inputs = reader.translate, t.inputs
    observed, expected = plain(inputs.get("observed")), plain(inputs.get("expected"))
    what = word(CLUSTER[rule.watches]).format(observed=observed, expected=expected)
    name = inputs.get("name")
    return word("{name}: {what}").format(name=name, what=what) if name else what


def _source(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    name, table = t.about.source or t.subject, t.inputs.get("table")
    clock = t.about.clock if t.about.clock in SOURCE else "stale"
    form = SOURCE[f"{clock} table" if table else clock]
    return reader.translate(form).format(name=name, table=table, time=since(t, reader, now))


def _suspicion(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    name, code = t.about.source or t.subject.partition(":")[0], t.about.clock or ""
    what = reader.translate(SUSPICION.get(code, _code(code)))
    return reader.translate("source {name}: data can hardly be right: {what}").format(name=name, what=what)


def _vital(t: Transition, rule: Rule, reader: Reader, now: datetime) -> str:
    word, name = reader.translate, t.inputs.get("name")
    what = word(VITAL[str(rule.on["part"])]).format(value=plain(t.inputs.get("value")))
    return word("{name}: {what}").format(name=name, what=what) if name else what


_CLAUSES: Final[Mapping[str, Callable[[Transition, Rule, Reader, datetime], str]]] = {
    "order_clock": _order_clock,
    "outage": _outage,
    "frequent_outage": _frequent,
    "third_call": _third_call,
    "order_flag": _flag,
    "revisit": _revisit,
    "kpi": _kpi,
    "hotspot": _cluster,
    "wide_rise": _cluster,
    "source": _source,
    "suspicion": _suspicion,
    "vital": _vital,
}
