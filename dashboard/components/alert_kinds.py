"""What is wrong, in words: one phrase per condition that rules watch and level."""

from typing import Any

from dashboard.components.format import Translate


def wrong(t: Translate, clock: str, level: str) -> str:
    """The phrase of a condition; empty for one that has none here (a figure, a site's own)."""
    return _clocks(t).get((clock, level)) or _others(t).get(clock.partition(":")[0], "")


def _clocks(t: Translate) -> dict[tuple[str, str], str]:
    return {
        ("dispatch", "orange"): t("dispatch nearly due"),
        ("dispatch", "red"): t("dispatch overdue"),
        ("receive", "orange"): t("receipt nearly due"),
        ("receive", "red"): t("receipt overdue"),
        ("arrival", "orange"): t("arrival nearly due"),
        ("arrival", "red"): t("arrival overdue"),
        ("restoration", "orange"): t("restoration nearly due"),
        ("restoration", "red"): t("restoration overdue"),
        ("contact", "orange"): t("first contact nearly due"),
        ("contact", "red"): t("first contact overdue"),
        ("answer", "orange"): t("answer nearly due"),
        ("answer", "red"): t("answer overdue"),
        ("reply", "orange"): t("reply nearly due"),
        ("reply", "red"): t("reply overdue"),
        ("revisit", "orange"): t("revisit nearly due"),
        ("revisit", "red"): t("revisit overdue"),
        ("scheme", "orange"): t("supply scheme nearly due"),
        ("scheme", "red"): t("supply scheme overdue"),
        ("install", "orange"): t("meter and power nearly due"),
        ("install", "red"): t("meter and power overdue"),
        ("connection", "orange"): t("connection nearly due"),
        ("connection", "red"): t("connection overdue"),
    }


def _others(t: Translate) -> dict[str, str]:
    return {
        "estimate_expired": t("estimate has passed"),
        "long": t("out for very long"),
        "sensitive_out": t("sensitive customers out"),
        "important_out": t("important customers out"),
        "not_started": t("planned work not begun"),
        "not_restored": t("planned work not over"),
        "notice_late": t("notice not given in time"),
        "frequent": t("often without supply"),
        "calls": t("calls again about one matter"),
        "escalated": t("went to the regulator or the media"),
        "leapfrog": t("went past the normal level"),
        "grade": t("graded important"),
        "dissatisfied": t("dissatisfied, not taken up"),
        "hotspot": t("complaints gather here"),
        "wide_rise": t("complaints rise everywhere"),
        "stale": t("data late"),
        "never_read": t("never answered yet##source"),
        "tick_s": t("the watch is slow"),
        "undelivered": t("messages do not get out"),
        "failed_deliveries": t("messages given up"),
        "calendar_days": t("calendar of working days ends"),
        "disk_free_percent": t("disk nearly full"),
        "clock_skew_s": t("clocks far apart"),
    }


def ended(t: Translate, reason: str) -> str:
    """Why an alert was cleared."""
    words = {
        "clock_met": t("cleared: the limit's work is done"),
        "no_longer_open": t("cleared: the order is closed"),
        "within_limit_again": t("cleared: within its limit again"),
        "fresh_again": t("cleared: data are fresh again"),
        "no_longer_watched": t("cleared: no longer watched"),
        "restored": t("cleared: supply is back"),
        "restored_or_new_estimate": t("cleared: supply is back, or a new estimate stands"),
        "started_or_moved": t("cleared: begun or moved"),
        "announced_or_begun": t("cleared: announced or begun"),
        "window_passed": t("cleared: the window has passed"),
        "taken_up": t("cleared: taken up"),
        "faded": t("cleared: faded"),
        "no_longer_suspicious": t("cleared: nothing suspicious any more"),
        "no_longer_counted": t("cleared: nothing to count any more"),
    }
    return words.get(reason, t("cleared"))


def closed(t: Translate, reason: str, by: str | None) -> str:
    """Why an alert was closed; a person's own words are shown beside it."""
    if by:
        return t("closed by {by}").format(by=by)
    words = {
        "not_again": t("closed: it did not come back"),
        "rule_gone": t("closed: its rule is no more"),
    }
    return words.get(reason, t("closed##alert"))


def inputs(t: Translate, step: dict[str, Any]) -> list[tuple[str, str]]:
    """What was known when a step was judged, as name and text; times stay as they are."""
    names = {
        "used_percent": t("used, %"),
        "late_s": t("judged later by, s"),
        "call_count": t("calls##count"),
        "count": t("outages in the window"),
        "value": t("value"),
        "low": t("interval from"),
        "high": t("interval to"),
        "n": t("counted##n"),
        "target": t("target"),
        "table": t("table##source"),
        "fresh_s": t("promised freshness, s"),
        "observed": t("observed"),
        "expected": t("expected"),
        "ri_days": t("by chance once in days"),
        "orders_open": t("open orders of it"),
        "orders_past": t("of them past a limit"),
        "sensitive_out": t("sensitive customers"),
        "important_out": t("important customers"),
    }
    return [(name, f"{step[key]}") for key, name in names.items() if step.get(key) is not None]
