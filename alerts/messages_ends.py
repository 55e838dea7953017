"""How an alert ended, in one clause. Pure."""

from typing import Final

from alerts.messages_kinds import Reader, of_order, of_outage, plain
from alerts.rules import Rule
from alerts.transition import Transition

MET: Final = {
    "dispatch": "dispatched##ended",
    "receive": "accepted##ended",
    "arrival": "crew has arrived",
    "restoration": "supply is restored",
    "contact": "customer has been contacted",
    "answer": "customer has been answered",
    "reply": "reported back",
    "revisit": "customer has been called back",
    "scheme": "supply scheme is given",
    "install": "meter is installed",
    "connection": "connected",
}
ENDED: Final = {
    "no_longer_open": "its clock runs no more",
    "within_limit_again": "within its limit again",
    "restored": "supply is restored",
    "restored_or_new_estimate": "restored, or a new estimate is given",
    "started_or_moved": "begun, or moved to another time",
    "announced_or_begun": "announced, or begun",
    "window_passed": "no longer that often",
    "taken_up": "customer has been called back",
    "faded": "it has faded",
    "no_longer_counted": "its figure is no longer shown",
    "no_longer_suspicious": "its data look right again",
    "no_longer_watched": "no longer watched",
}
OTHERWISE: Final = "all is well again"
FRESH: Final = "fresh again"


def ended(t: Transition, rule: Rule, reader: Reader) -> str:
    """What has come to an end, and how."""
    word, what = reader.translate, reader.translate(_how(t, rule))
    if rule.watches in ("order_clock", "third_call", "order_flag", "revisit"):
        return of_order(t, reader, what)
    if rule.watches == "outage":
        return of_outage(t, reader, what)
    if rule.watches in ("source", "suspicion"):
        return word("source {name}: {what}").format(name=t.about.source or t.subject, what=what)
    return word("{name}: {what}").format(name=_name(t, rule, reader), what=what)


def _how(t: Transition, rule: Rule) -> str:
    if rule.watches == "source" and t.reason in ("within_limit_again", "clock_met"):
        return FRESH
    if t.reason == "clock_met" and rule.watches == "order_clock":
        return MET.get(t.about.clock or "", ENDED["no_longer_open"])
    return ENDED.get(t.reason, OTHERWISE)


def _name(t: Transition, rule: Rule, reader: Reader) -> str:
    kind, _, rest = t.subject.partition(":")
    if rule.watches == "kpi":
        return reader.figure_of(str(rule.on.get("kpi", kind)))
    if rule.watches == "frequent_outage":
        return reader.name_of(str(t.inputs.get("code") or rest))
    if rule.watches in ("hotspot", "wide_rise"):
        kinds = {"hotspot": "hotspot {n}", "wide_rise": "rise {n}"}
        return reader.translate(kinds[rule.watches]).format(n=rest or plain(None))
    return reader.translate(VITALS.get(str(rule.on.get("part")), "the watch"))


VITALS: Final = {
    "tick_s": "the watch's turns",
    "undelivered": "messages",
    "failed_deliveries": "messages",
    "calendar_days": "the calendar of working days",
    "disk_free_percent": "the disk",
    "clock_skew_s": "the clocks",
}
