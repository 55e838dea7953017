"""What the pages Repeats and Satisfaction show as files: their figures, trends and every list, whole."""

from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from dashboard.components import dims, repeats_answers, satisfaction_answers, terms, timeliness_files
from dashboard.components.export_lists import Listed, filter_lines, no_faults, of_rows
from dashboard.components.export_now import of_now, text_of, time_of, times
from dashboard.components.matter_tables import Naming, every
from dashboard.components.order_answers import Asked
from dashboard.components.sheet import Column
from dashboard.components.valued import GRAIN
from kpis.repeats import ALL as REPEATS
from kpis.satisfaction import REVISITS, SATISFACTION


def repeats(asked: Asked, _most: int | None) -> Listed:
    """Every figure of the page Repeats with its comparisons."""
    return timeliness_files.compared(asked, REPEATS, "repeats", asked.view.t("Figures of repeats"))


def satisfaction(asked: Asked, _most: int | None) -> Listed:
    """Every figure of the page Satisfaction with its comparisons."""
    label = asked.view.t("Figures of satisfaction")
    return timeliness_files.compared(asked, (SATISFACTION, *REVISITS), "satisfaction", label)


def repeats_trend(asked: Asked, _most: int | None) -> Listed:
    return timeliness_files.buckets(repeats_answers.LOOKS.page(asked), "repeats-trend")


def satisfaction_trend(asked: Asked, _most: int | None) -> Listed:
    return timeliness_files.buckets(satisfaction_answers.LOOKS.page(asked), "satisfaction-trend")


def third(asked: Asked, _most: int | None) -> Listed:
    """Matters on which a customer called three times."""
    no_faults(asked, "unit")
    t = asked.view.t
    columns = [*_place_columns(asked), Column(t("calls##column"), "number")]
    columns += times(asked, (t("since##column"), t("third call##column"), t("the last##column")))
    columns += [Column(t("orders##column")), Column(t("state"))]

    def row(one: Any) -> tuple[Any, ...]:
        moments = (time_of(at) for at in (one.since, one.reached_at, one.last_at))
        return *_place(asked, one), int(one.count_), *moments, one.order_nos, _state(asked, one.is_open)

    naming = Naming(t("Third calls on one matter"), t("the last 60 days, the latest first"), "repeats-third")
    return of_now(asked, naming, columns, repeats_answers.third_of(asked), row)


def escalated(asked: Asked, _most: int | None) -> Listed:
    """Demands that reached a higher level."""
    no_faults(asked, "unit")
    t = asked.view.t
    columns = [*_place_columns(asked), Column(t("came from##column")), Column(t("channel"))]
    columns += [Column(t("calls##column"), "number"), *times(asked, (t("accepted##column"),))]
    columns += [Column(t("order no.")), Column(t("state"))]

    def row(one: Any) -> tuple[Any, ...]:
        ways = (terms.channel(t, way) for way in (one.came_from, one.channel))
        rest = (time_of(one.at), text_of(one.order_no), _state(asked, one.is_open))
        return *_place(asked, one), *ways, int(one.count_), *rest

    naming = Naming(t("Escalated demands"), t("the last 30 days, the latest first"), "repeats-escalated")
    return of_now(asked, naming, columns, repeats_answers.escalated_of(asked), row)


def frequent(asked: Asked, _most: int | None) -> Listed:
    """Places and customers often out."""
    return _frequent(asked, "repeats-frequent", asked.view.t("Frequent outages"), is_case=True)


def near(asked: Asked, _most: int | None) -> Listed:
    """Those where one more outage makes it a case."""
    return _frequent(asked, "repeats-near", asked.view.t("One more makes it a case"), is_case=False)


def _frequent(asked: Asked, name: str, label: str, *, is_case: bool) -> Listed:
    no_faults(asked, "unit")
    t = asked.view.t
    texts = (t("where##column"), t("of##level"), t("county##column"), t("station"), t("band##column"))
    numbers = (t("reports##column"), t("complaints##column"), t("still open##column"), t("supervised##column"))
    columns = [*(Column(text) for text in texts), Column(t("outages##column"), "number")]
    columns += [*times(asked, (t("since##column"), t("the last##column"))), Column(t("outage numbers##column"))]
    columns += [*(Column(text, "number") for text in numbers), *times(asked, (t("last supervised##column"),))]
    words, units = repeats_answers.level_words(t), asked.question.units
    found = repeats_answers.frequent_of(asked)
    found = found[found["is_case"] == is_case]

    def row(one: Any) -> tuple[Any, ...]:
        places = (units.name(text_of(code)) or None for code in (one.county, one.station))
        band = t("{n} in {days} days").format(n=one.outages, days=one.days)
        done = (int(n) for n in (one.reports, one.complaints, one.open_orders, one.supervised))
        about = (int(one.count_), time_of(one.since), time_of(one.last_at), one.outage_nos)
        return one.name, words[one.level], *places, band, *about, *done, time_of(one.supervised_at)

    naming = Naming(label, t("with what was done in 60 days"), name)
    return of_now(asked, naming, columns, found, row)


def stations(asked: Asked, _most: int | None) -> Listed:
    """Satisfaction by station, pooled and as counted."""
    no_faults(asked)
    t = asked.view.t
    rates = (t("pooled##column"), t("interval from, %"), t("interval to, %"), t("as counted##column"))
    places = (t("possible place, first"), t("possible place, last"))
    columns = [Column(t("station")), Column(t("code of the unit")), *(Column(text, "percent") for text in rates)]
    columns += [Column(text, "number") for text in (t("counted"), t("of these good"), *places)]
    rows = [
        (
            asked.question.units.name(code := text_of(getattr(one, GRAIN))) or None,
            code,
            *(float(x) for x in (one.value, one.low, one.high, one.raw)),
            *(int(x) for x in (one.n, one.successes, one.first, one.last)),
        )
        for one in every(satisfaction_answers.stations_of(asked))
    ]
    label = t("Satisfaction by station")
    return Listed("satisfaction-stations", label, columns, of_rows(columns, rows), len(rows), filter_lines(asked))


def reasons(asked: Asked, _most: int | None) -> Listed:
    """Dissatisfied answers by reason."""
    no_faults(asked)
    t, found = asked.view.t, satisfaction_answers.reasons_of(asked)
    columns = [
        Column(t("reason##column")),
        Column(t("answers##column"), "number"),
        Column(t("share##column"), "percent"),
    ]
    whole = int(found["n"].sum()) if len(found) else 0
    rows = [(satisfaction_answers.reason(asked, one), int(one.n), 100 * one.n / whole) for one in every(found)]
    label = t("Reasons of dissatisfied answers")
    return Listed("satisfaction-reasons", label, columns, of_rows(columns, rows), len(rows), filter_lines(asked))


def kinds(asked: Asked, _most: int | None) -> Listed:
    """Response and satisfaction by kind of customer."""
    no_faults(asked)
    t, found = asked.view.t, satisfaction_answers.gauged(asked)
    bounds = (t("interval from, %"), t("interval to, %"))
    columns = [Column(t("customer"))]
    columns += [Column(x, "number") for x in (t("asked##column"), t("answered##column"), t("satisfied##column"))]
    columns += [Column(x, "percent") for x in (t("response, %"), *bounds, t("satisfaction, %"), *bounds)]
    names = ("response", "low", "high", "rate", "rate_low", "rate_high")
    rows = [
        (
            satisfaction_answers.kind(asked, one.kind),
            *(int(n) for n in (one.asked, one.answered, one.satisfied)),
            *(None if pd.isna(getattr(one, name)) else float(getattr(one, name)) for name in names),
        )
        for one in (every(found.by_kind) if found else ())
    ]
    label = t("Who answers")
    return Listed("satisfaction-kinds", label, columns, of_rows(columns, rows), len(rows), filter_lines(asked))


def cases(asked: Asked, _most: int | None) -> Listed:
    """Dissatisfied answers as cases with owner, deadline and outcome."""
    no_faults(asked, "unit")
    t = asked.view.t
    columns = [Column(t("survey no.")), Column(t("order no.")), *_place_columns(asked)]
    columns += [Column(t("reason##column")), Column(t("second reason##column")), Column(t("owner##column"))]
    columns += [*times(asked, (t("answered##moment"), t("due##column"), t("taken up##column")))]
    columns += [Column(t("what was done##column")), Column(t("past 24 h"))]

    def row(one: Any) -> tuple[Any, ...]:
        told = (text_of(x) for x in (one.reason_1, one.reason_2, one.owner))
        moments = (time_of(at) for at in (one.answered_at, one.due_at, one.taken_up_at))
        late = t("yes") if one.is_late else t("no")
        numbers = (text_of(one.survey_no), text_of(one.order_no))
        return *numbers, *_place(asked, one), *told, *moments, text_of(one.done) or t("nothing yet"), late

    naming = Naming(t("Dissatisfied answers"), t("of the last 30 days, those not taken up first"), "satisfaction-cases")
    return of_now(asked, naming, columns, satisfaction_answers.cases_of(asked), row)


LISTS: Final[dict[str, Callable[[Asked, int | None], Listed]]] = {
    "repeats": repeats,
    "repeats-trend": repeats_trend,
    "repeats-third": third,
    "repeats-escalated": escalated,
    "repeats-frequent": frequent,
    "repeats-near": near,
    "satisfaction": satisfaction,
    "satisfaction-trend": satisfaction_trend,
    "satisfaction-stations": stations,
    "satisfaction-reasons": reasons,
    "satisfaction-kinds": kinds,
    "satisfaction-cases": cases,
}


def _place_columns(asked: Asked) -> list[Column]:
    t = asked.view.t
    return [Column(text) for text in (t("county##column"), t("station"), t("category"), t("class##column"))]


def _place(asked: Asked, one: Any) -> tuple[str | None, ...]:
    units, t = asked.question.units, asked.view.t
    where = (units.name(text_of(code)) or None for code in (one.county, one.station))
    below = dims.worded(t, "subcategory_1", text_of(getattr(one, "subcategory_1", None)) or "") or None
    return *where, terms.category(t, text_of(one.category)) or None, below


def _state(asked: Asked, is_open: Any) -> str:
    return asked.view.t("open##state") if is_open else asked.view.t("closed##state")
