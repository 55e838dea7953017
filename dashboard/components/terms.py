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
    words = {
        "today": t("today"),
        "yesterday": t("yesterday"),
        "7d": t("7 days"),
        "30d": t("30 days"),
        "week": t("this week"),
        "last_week": t("last week"),
        "month": t("this month"),
        "last_month": t("last month"),
        "quarter": t("this quarter"),
        "last_quarter": t("last quarter"),
        "year": t("this year"),
        "last_year": t("last year"),
        "all": t("since the beginning"),
    }
    return words[code]


def state(t: Translate, code: str) -> str:
    words = {"all": t("all"), "open": t("open"), "closed": t("closed")}
    return words[code]


def status(t: Translate, code: str | None) -> str:
    """Of an order, as its source has it."""
    words = {"open": t("open"), "closed": t("closed"), "cancelled": t("cancelled")}
    return words.get(code or "", code or "")


def counted_by(t: Translate, table: str, at: str | None = None) -> str:
    """Which rows a figure counts, and at which moment."""
    if at == "planned_start_at":
        return t("outages, each at its planned start")
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


def family(t: Translate, code: str) -> str:
    """What a group of definitions is about."""
    words = {
        "timeliness": t("timeliness##family"),
        "notice": t("notice and execution of outages##family"),
        "repeats": t("repeated demands##family"),
        "satisfaction": t("satisfaction##family"),
        "reliability": t("reliability of supply##family"),
        "estimates": t("estimates of restoration##family"),
        "complaints": t("complaints by customers##family"),
        "completeness": t("completeness of the data##family"),
        "stated": t("by the source's own limit##family"),
    }
    return words.get(code, code)


def outcome(t: Translate, kpi: str, code: str | None) -> str:
    """What the rows behind a figure have in common."""
    if code is None:
        return t("all counted")
    words = {
        "complaint_repeat_rate": (t("repeated"), t("not repeated")),
        "satisfaction_rate": (t("satisfied"), t("not satisfied")),
        "complaint_followed_rate": (t("done##outcome"), t("not done##outcome")),
        "complaint_revisited_rate": (t("done##outcome"), t("not done##outcome")),
    }
    if "_repeat_" in kpi:
        words[kpi] = words["complaint_repeat_rate"]
    words |= {
        "third_call_rate": (t("third call##outcome"), t("fewer calls##outcome")),
        "escalation_rate": (t("escalated##outcome"), t("not escalated##outcome")),
        "leapfrog_rate": (t("leapfrog##outcome"), t("not leapfrog##outcome")),
        "first_contact_resolution_7d_rate": (t("solved at once"), t("came back")),
        "first_contact_resolution_30d_rate": (t("solved at once"), t("came back")),
        "revisit_response_rate": (t("answered"), t("not answered##outcome")),
        "revisit_success_rate": (t("reached##outcome"), t("not reached##outcome")),
    }
    usual = (t("there##field"), t("missing##field")) if kpi.startswith("complete_") else (t("on time"), t("late"))
    good, bad = words.get(kpi, usual)
    return good if code == "success" else bad


def place_kind(t: Translate, code: str) -> str:
    """What counts as one place where demands are searched for hotspots."""
    words = {
        "feeder": t("feeder"),
        "transformer_area": t("transformer area"),
        "grid": t("service grid"),
        "cell": t("square of 500 m"),
    }
    return words.get(code, code)


def exemption_reason(t: Translate, code: str | None) -> str:
    """Why an order's clock does not count (store.ledger.exemptions)."""
    words = {
        "weather": t("weather##exemption"),
        "no_access": t("no access##exemption"),
        "customer_asked": t("the customer asked for it##exemption"),
        "upstream_grid": t("upstream grid##exemption"),
        "third_party_damage": t("damage by a third party##exemption"),
        "wrong_record": t("wrong record##exemption"),
        "other": t("other##exemption"),
    }
    return words.get(code or "", code or "")
