"""What the page Outages lists of this moment as files: what runs, what is planned, whom to look after."""

from collections.abc import Callable
from typing import Any, Final

from dashboard.components import outage_lists, outage_page
from dashboard.components.export_lists import Listed, no_faults
from dashboard.components.export_now import number_of, of_now, text_of, time_of, times
from dashboard.components.matter_tables import Naming
from dashboard.components.order_answers import Asked
from dashboard.components.sheet import Column


def running(asked: Asked, _most: int | None) -> Listed:
    """Outages that run, what is wrong with them first."""
    no_faults(asked, "unit")
    t = asked.view.t
    columns = [Column(t("outage##column")), *_place_columns(asked), Column(t("kind##outage"))]
    columns += [Column(t("needs somebody"))]
    columns += [Column(x, "number") for x in (t("customers out"), t("sensitive##column"), t("important##column"))]
    columns += [*times(asked, (t("began"), t("estimate##column"))), Column(t("lasts, min"), "number")]

    def row(one: Any) -> tuple[Any, ...]:
        numbers = (number_of(n) for n in (one.customers_now, one.sensitive_out, one.important_out))
        lasts = int((asked.question.now - one.started_at).total_seconds() // 60)
        return *_outage(asked, one), *numbers, time_of(one.started_at), time_of(one.estimate_at), lasts

    naming = Naming(t("Running now"), t("of this moment, those that need somebody first"), "outages-running")
    return of_now(asked, naming, columns, outage_lists.running_of(outage_page.looked(asked)), row)


def plans(asked: Asked, _most: int | None) -> Listed:
    """Planned work, what needs somebody first."""
    no_faults(asked, "unit")
    t = asked.view.t
    columns = [Column(t("outage##column")), *_place_columns(asked), Column(t("kind##outage"))]
    columns += [Column(t("needs somebody"))]
    columns += times(asked, (t("planned start"), t("planned end"), t("began"), t("notice given")))

    def row(one: Any) -> tuple[Any, ...]:
        moments = (one.planned_start_at, one.planned_end_at, one.started_at, one.announced_at)
        return *_outage(asked, one), *(time_of(at) for at in moments)

    said = t("from a day past to 8 days ahead, those that need somebody first")
    naming = Naming(t("Planned work"), said, "outages-plans")
    return of_now(asked, naming, columns, outage_lists.plans_of(outage_page.looked(asked)), row)


def people(asked: Asked, _most: int | None) -> Listed:
    """Customers to look after; accounts as the reader may see them."""
    no_faults(asked, "unit")
    t, page = asked.view.t, outage_page.looked(asked)
    found, groups = outage_lists.people_of(page), outage_lists.group_words(t)
    names = outage_page.area_names(page, found["transformer_area"].dropna().unique().tolist())
    columns = [Column(t("account")), Column(t("who##customer")), *_place_columns(asked), Column(t("transformer area"))]
    numbers = (t("complaints in 60 days"), t("open orders##column"), t("of these late##column"))
    columns += [*(Column(text, "number") for text in numbers), Column(t("outage##column"))]
    columns += [*times(asked, (t("without supply since##column"), t("estimate##column"))), Column(t("estimate passed"))]

    def row(one: Any) -> tuple[Any, ...]:
        counts = (int(n) for n in (one.complaints, one.open_orders, one.overdue))
        out = (text_of(one.outage_no), time_of(one.out_since), time_of(one.estimate_at))
        area = names.get(text_of(one.transformer_area) or "")
        passed = t("yes") if one.is_expired else t("no")
        return text_of(one.account), groups[one.group], *_place(asked, one), area, *counts, *out, passed

    said = t("orders of 60 days, those touched now first")
    naming = Naming(t("People to look after"), said, "outages-people")
    return of_now(asked, naming, columns, found, row)


LISTS: Final[dict[str, Callable[[Asked, int | None], Listed]]] = {
    "outages-running": running,
    "outages-plans": plans,
    "outages-people": people,
}


def _place_columns(asked: Asked) -> list[Column]:
    t = asked.view.t
    return [Column(name) for name in (t("county##column"), t("station"), t("feeder"))]


def _place(asked: Asked, one: Any) -> tuple[str | None, ...]:
    codes = (text_of(code) for code in (one.county, one.station, one.feeder))
    return tuple(asked.question.units.name(code) or None for code in codes)


def _outage(asked: Asked, one: Any) -> tuple[str | None, ...]:
    """Number, place, kind and why it needs somebody."""
    t = asked.view.t
    gap = "，" if asked.view.language == "zh" else ", "
    flags = gap.join(outage_lists.flag_word(t, name) for name in one.flags)
    return text_of(one.outage_no), *_place(asked, one), outage_page.kind(t, one.kind), flags or None
