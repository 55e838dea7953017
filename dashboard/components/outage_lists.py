"""The lists of the page Outages: what runs, what is planned, where it is worst, whom it touches."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import pandas as pd
from dash import html

from dashboard.components import format as say
from dashboard.components.outage_page import Page, area_names, in_period, inside, kind
from dashboard.components.plain_table import Column, table
from dashboard.guard import current_scope
from kpis import interruptions, outage_watch
from kpis.people_to_watch import people
from kpis.reliability import by_area, celid, cemi, worst
from kpis.switching import steps, with_customers
from kpis.urgent import recent_areas, recent_outages

WORST: Final = 15
PEOPLE: Final = 20  # listed; those touched now come first


def running_of(page: Page) -> pd.DataFrame:
    """What runs now, what is wrong with it first: with customers_now, and flags, the watches that name it."""
    now = page.now
    listed, areas = (page.reader.frame(make(page.reader), now) for make in (recent_outages, recent_areas))
    seen = with_customers(listed, steps(listed, areas), now)
    seen = seen[seen["is_running"] & inside(page, seen)]
    order = _flagged(seen, outage_watch.WATCHES, now)
    return order.sort_values(["bad", "customers_now", "started_at"], ascending=[True, False, True], na_position="last")


def _flagged(outages: pd.DataFrame, watches: Mapping[str, Any], now: datetime) -> pd.DataFrame:
    """With flags, the `watches` that name an outage, and bad, how many below zero."""
    marks = {name: set(watch(outages, now)["source_key"]) for name, watch in watches.items()}
    named = [[name for name in marks if key in marks[name]] for key in outages["source_key"]]
    flags = pd.Series(named, index=outages.index, dtype=object)
    return outages.assign(flags=flags, bad=flags.map(lambda names: -len(names)))


def running(page: Page) -> tuple[list[Any], str]:
    """The table of `running_of`, and how many there are."""
    t, now, order = page.asked.view.t, page.now, running_of(page)
    columns = [
        Column(t("place"), page.place),
        Column(t("needs somebody"), lambda row: [_flag(t, name) for name in row["flags"]], "flags"),
        Column(t("kind##outage"), lambda row: kind(t, row["kind"])),
        Column(
            t("customers out"),
            lambda row: say.NONE if pd.isna(row["customers_now"]) else say.count(int(row["customers_now"])),
            "r",
        ),
        Column(t("sensitive / important"), lambda row: _pair(row["sensitive_out"], row["important_out"]), "r low"),
        Column(t("began"), lambda row: page.moment(row["started_at"]), "r low"),
        Column(t("lasts"), lambda row: page.minutes((now - row["started_at"]).total_seconds() / 60), "r"),
        Column(t("estimate##column"), lambda row: page.moment(row["estimate_at"]), "r"),
    ]
    if order.empty:
        return [html.P(t("No outage is running."), className="q")], ""
    total = order["customers_now"].sum(min_count=1)
    head = say.counted(t, len(order), "{n} outage", "{n} outages")
    known = "" if pd.isna(total) else t("{n} customers out").format(n=say.count(int(total)))
    return [table(columns, order.to_dict("records"), t("Running now"))], " · ".join(x for x in (head, known) if x)


def _pair(sensitive: Any, important: Any) -> str:
    both = [say.NONE if pd.isna(n) else say.count(int(n)) for n in (sensitive, important)]
    return " / ".join(both) if both != [say.NONE, say.NONE] else say.NONE


def flag_word(t: say.Translate, name: str) -> str:
    """Why an outage needs somebody, by the watch that names it."""
    words = {
        "expired": t("estimate passed"),
        "long": t("over 8 h"),
        "with_special_customers": t("sensitive or important"),
        "not_restored": t("past its planned end"),
        "not_started": t("not begun in time"),
        "unannounced": t("notice missed"),
    }
    return words[name]


def _flag(t: say.Translate, name: str) -> html.Span:
    return html.Span(flag_word(t, name), className="flag stale" if name == "expired" else "flag")


def plans_of(page: Page) -> pd.DataFrame:
    """Planned work of these days that needs somebody first, then the rest by time; with flags."""
    listed = page.reader.frame(outage_watch.plans(page.reader), page.now)
    listed = listed[inside(page, listed) & listed["restored_at"].isna()]
    return _flagged(listed, outage_watch.PLAN_WATCHES, page.now).sort_values(["bad", "planned_start_at"])


def plans(page: Page) -> tuple[list[Any], str]:
    """The table of `plans_of`, and how many of it need somebody."""
    t, order = page.asked.view.t, plans_of(page)
    columns = [
        Column(t("place"), page.place),
        Column(t("needs somebody"), lambda row: [_flag(t, name) for name in row["flags"]], "flags"),
        Column(t("kind##outage"), lambda row: kind(t, row["kind"])),
        Column(t("planned start"), lambda row: page.moment(row["planned_start_at"]), "r"),
        Column(t("planned end"), lambda row: page.moment(row["planned_end_at"]), "r low"),
        Column(t("began"), lambda row: page.moment(row["started_at"]), "r low"),
        Column(t("notice given"), lambda row: page.moment(row["announced_at"]), "r low"),
    ]
    if order.empty:
        return [html.P(t("No planned work in the next 8 days."), className="q")], ""
    bad = int((order["bad"] < 0).sum())
    head = t("{n} of {all} need somebody").format(n=say.count(bad), all=say.count(len(order)))
    return [table(columns, order.head(60).to_dict("records"), t("Planned work"))], head


def areas_of(page: Page) -> pd.DataFrame:
    """Every area that was without supply in the period (kpis.reliability.by_area)."""
    start, end = page.asked.question.span

    def among(outages: Any) -> Any:
        here = [outages[dim].isin(list(codes)) for dim, codes in page.where.items()]
        found = None
        for one in (*in_period(outages, start, end), *here):
            found = one if found is None else found & one
        return found

    return by_area(
        interruptions.frame(page.reader, page.now, among), page.asked.house.settings.reliability.sustained_min
    )


def worst_areas(page: Page) -> tuple[list[Any], str]:
    """The areas with most interruptions of the period, and the share of customers in such areas."""
    t, how, areas = page.asked.view.t, page.asked.house.settings.reliability, areas_of(page)
    customers = page.reader.table("customers")
    told = [customers[dim].isin(list(codes)) for dim, codes in page.where.items() if dim in customers.columns]
    customers = customers.filter(*told) if told else customers
    served = page.reader.frame(customers.agg(n=customers.customers.sum()), page.now)["n"].iloc[0]
    served = None if pd.isna(served) else float(served)
    if areas.empty:
        return [html.P(t("No area was without supply in this period, or sources list none."), className="q")], ""
    names = area_names(page, worst(areas, WORST)["transformer_area"].tolist())
    columns = [
        Column(t("transformer area"), lambda row: names.get(row["transformer_area"], row["transformer_area"])),
        Column(t("times##column"), lambda row: say.count(int(row["times"])), "r"),
        Column(t("together##column"), lambda row: page.minutes(row["total_min"]), "r"),
        Column(t("longest##column"), lambda row: page.minutes(row["longest_min"]), "r low"),
        Column(t("customers##column"), lambda row: say.count(int(row["customers"])), "r low"),
    ]
    shares = [
        (t("more than {n} interruptions (CEMI-{n})").format(n=how.worst_n), cemi(areas, how.worst_n, served)),
        (
            t("{n} h and more together (CELID-t)").format(n=f"{how.longest_h:g}"),
            celid(areas, how.longest_h, served, total=True),
        ),
        (
            t("{n} h and more at one time (CELID-s)").format(n=f"{how.longest_h:g}"),
            celid(areas, how.longest_h, served, total=False),
        ),
    ]
    said = [html.Li([html.B(say.NONE if v is None else f"{v:.2f}%"), html.Span(label)]) for label, v in shares]
    note = t("Share of the customers served, by area: all customers of an area count alike.")
    listed = table(columns, worst(areas, WORST).to_dict("records"), t("Areas most often without supply"))
    return [html.Ul(said, className="shares"), html.P(note, className="qq"), listed], say.counted(
        t, len(areas), "{n} area", "{n} areas"
    )


def people_of(page: Page) -> pd.DataFrame:
    """Customers to look after (kpis.people_to_watch), accounts as the reader may see them."""
    found = people(page.reader, page.now, personal=current_scope().personal)
    return found[inside(page, found)]


def group_words(t: say.Translate) -> dict[str, str]:
    """Why a customer is looked after."""
    return {
        "important": t("important##customer"),
        "sensitive": t("sensitive##customer"),
        "complaining": t("complained 3 times or more"),
    }


def looked_after(page: Page) -> tuple[list[Any], str]:
    """Sensitive, important and often complaining customers, and what touches them now."""
    t, found = page.asked.view.t, people_of(page)
    if found.empty:
        return [
            html.P(
                t("Nobody: sources name no sensitive or important customer with an order in 60 days."), className="q"
            )
        ], ""
    names = area_names(page, found["transformer_area"].dropna().unique().tolist())
    groups = group_words(t)

    def touches(row: Mapping[Any, Any]) -> list[Any]:
        said = []
        if not pd.isna(row["out_since"]):
            said.append(
                html.Span(t("without supply since {time}").format(time=page.moment(row["out_since"])), className="flag")
            )
        if row["is_expired"]:
            said.append(html.Span(t("estimate passed"), className="flag stale"))
        if row["open_orders"]:
            n = say.counted(t, int(row["open_orders"]), "{n} open order", "{n} open orders")
            late = t(", {n} late").format(n=say.count(int(row["overdue"]))) if row["overdue"] else ""
            said.append(html.Span(f"{n}{late}", className="flag" if row["overdue"] else "q"))
        return said

    columns = [
        Column(t("account"), lambda row: row["account"] or say.NONE),
        Column(t("who##customer"), lambda row: groups[row["group"]]),
        Column(t("place"), lambda row: names.get(row["transformer_area"]) or page.place(row)),
        Column(t("complaints in 60 days"), lambda row: say.count(int(row["complaints"])), "r"),
        Column(t("what touches them now"), touches, "flags"),
    ]
    touched = int((found["touched"] > 0).sum())
    head = t("{n} of {all} touched now").format(n=say.count(touched), all=say.count(len(found)))
    return [table(columns, found.head(PEOPLE).to_dict("records"), t("People to look after"))], head
