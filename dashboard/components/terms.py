"""The field's codes in words."""

from dashboard.components.format import Translate
from dashboard.components.query import CHANNELS
from store.facts.schema import CATEGORIES


def category(t: Translate, code: str | None) -> str:
    words = {
        "fault_report": t("fault report"),
        "complaint": t("complaint"),
        "report": t("report of misconduct"),
        "opinion": t("opinion"),
        "suggestion": t("suggestion"),
        "enquiry": t("enquiry"),
        "service_application": t("service application"),
        "urging": t("urging"),
        "praise": t("praise"),
        "query": t("query"),
        "proactive_repair": t("proactive repair"),
        "other": t("other"),
    }
    return words.get(code or "", code or "")


def channel(t: Translate, code: str | None) -> str:
    """Hotlines are called by their number."""
    words = {
        "app": t("app"),
        "media": t("media"),
        "phone": t("phone"),
        "sms": t("text message"),
        "visit": t("visit"),
        "other": t("other"),
    }
    return words.get(code or "", code or "")


def answer(t: Translate, code: str | None) -> str:
    """What came of a revisit."""
    words = {"answered": t("answered"), "unreachable": t("unreachable"), "refused": t("refused")}
    return words.get(code or "", code or "")


def period(t: Translate, code: str) -> str:
    words = {"today": t("today"), "7d": t("7 days"), "30d": t("30 days"), "all": t("since the beginning")}
    return words[code]


def state(t: Translate, code: str) -> str:
    words = {"all": t("all"), "open": t("open"), "closed": t("closed")}
    return words[code]


def counted_by(t: Translate, table: str) -> str:
    """Which rows a figure counts, and at which moment."""
    words = {
        "work_orders": t("orders, each at the time it was accepted"),
        "surveys": t("revisits, each at the time it was asked"),
        "outages": t("outages, each at the time it began"),
    }
    return words[table]


def categories(t: Translate) -> list[dict[str, str]]:
    return [{"value": code, "label": category(t, code)} for code in CATEGORIES]


def channels(t: Translate) -> list[dict[str, str]]:
    return [{"value": code, "label": channel(t, code)} for code in CHANNELS]


def outcome(t: Translate, kpi: str, code: str | None) -> str:
    """What the rows behind a figure have in common."""
    if code is None:
        return t("all counted")
    words = {
        "complaint_repeat_rate": (t("repeated"), t("not repeated")),
        "satisfaction_rate": (t("satisfied"), t("not satisfied")),
    }
    good, bad = words.get(kpi, (t("on time"), t("late")))
    return good if code == "success" else bad
