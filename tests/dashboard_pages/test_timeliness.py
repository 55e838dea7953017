"""Timeliness: numbers equal to the evaluation, comparisons, places, buckets of the trend, files. On real facts."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from dashboard import guard
from dashboard.components import dims, export_lists, figure_table, slices, stand, trend, trend_panel
from dashboard.components import timeliness_answers as answers
from dashboard.components.look import Look, Page
from dashboard.components.order_answers import Asked, understand
from dashboard.components.order_rows import total
from dashboard.components.query import Fault
from dashboard.components.timeliness_answers import LOOKS, page_of
from dashboard.components.valued import GRAIN, Cut, valued
from kpis.catalogue import CATALOGUE
from kpis.compare import compared
from kpis.completeness import COMPLETENESS
from kpis.evaluate import values
from kpis.periods import Every
from tests.dashboard_pages.city import NOW, ZONE, DeskHouse

NUMBERS = ["value", "n", "successes", "low", "high"]


def page(city: DeskHouse, search: str) -> Page:
    return page_of(city, city.reader(guard.current_scope()), search)


def same(found: pd.DataFrame, wanted: pd.DataFrame, columns: list[str]) -> None:
    pd.testing.assert_frame_equal(
        found[columns].astype("float64").reset_index(drop=True), wanted[columns].astype("float64"), check_exact=False
    )


@pytest.mark.parametrize(
    "search",
    [
        "",
        "?period=last_month&unit=C3",
        "?period=30d&category=fault_report&events=without&by_hour=7",
        "?from=2026-11-01&to=2026-11-09&by_crew=-&customer=residential",
    ],
)
def test_one_pass_over_many_figures_gives_what_each_gives_by_itself(city: DeskHouse, search: str) -> None:
    question = page(city, search).asked.question
    found = valued(question, list(CATALOGUE.values()), Cut(beside=True))
    assert len(found) > 20
    for key, one in found.items():
        d = question.catalogue[key]
        wanted = values(question.reader, d, question.option(d), beside=True, now=NOW, **question.asked)
        same(one, wanted, list(wanted.columns))


@pytest.mark.parametrize("dim", ["station", "hour", "channel", "area_class"])
def test_slices_are_those_of_the_evaluation(city: DeskHouse, dim: str) -> None:
    question = page(city, "?period=30d").asked.question
    for key in ("arrival_on_time_rate", "arrival_minutes_mean", "restoration_minutes_p90", "promise_keeping_rate"):
        d = CATALOGUE[key]
        found = valued(question, [d], Cut(by=dim))[key]
        wanted = values(question.reader, d, question.option(d), by=[dim], now=NOW, **question.asked)
        assert list(found[GRAIN]) == list(wanted[dim])
        same(found, wanted, NUMBERS)


@pytest.mark.parametrize("period", ["today", "7d", "week", "last_week", "month"])
def test_comparisons_are_those_of_the_evaluation(city: DeskHouse, period: str) -> None:
    asked = page(city, f"?period={period}").asked
    whole = asked.query.whole(NOW, ZONE)
    assert whole is not None
    for key in ("arrival_on_time_rate", "restoration_minutes_mean"):
        d = CATALOGUE[key]
        one = stand.stands(asked.question, [d], ZONE)[0]
        row = compared(asked.question.reader, d, asked.question.option(d), whole, zone=ZONE, now=NOW).iloc[0]
        assert one.previous is not None and one.year_ago is not None
        assert (one.n, one.previous["n"], one.year_ago["n"]) == (row["n"], row["previous_n"], row["year_ago_n"])
        mine, wanted = [one.now["value"], one.previous["value"]], row[["value", "previous_value"]]
        np.testing.assert_allclose(mine, pd.to_numeric(wanted).to_numpy("float64", na_value=np.nan), equal_nan=True)


def test_a_trend_has_every_bucket_and_the_last_one_runs(city: DeskHouse) -> None:
    asked = page(city, "?period=7d").asked
    d = CATALOGUE["arrival_on_time_rate"]
    found = trend.trend(asked, d, "day")
    assert found is not None and found.open
    assert [day.date() for day in found.frame["first"]][::27] == [date(2026, 10, 24), date(2026, 11, 20)]
    wanted = values(
        asked.question.reader, d, asked.question.option(d), every=Every("day", ZONE), now=NOW,
        start=pd.Timestamp("2026-10-24", tz=ZONE).to_pydatetime(),
    )  # fmt: skip
    same(found.frame, wanted, ["value", "n", "low", "high"])
    assert found.frame["ago"].isna().all()  # the city has no last year
    closed = trend.trend(page(city, "?period=last_week").asked, d, "week")
    assert closed is not None and not closed.open
    assert closed.frame["first"].iloc[-1].date() == date(2026, 11, 9)


def test_a_day_without_rows_is_a_gap_and_not_zero(city: DeskHouse) -> None:
    found = trend.trend(page(city, "?period=30d&unit=S2&by_hour=3").asked, CATALOGUE["arrival_on_time_rate"], "day")
    assert found is not None
    empty = found.frame["n"] == 0
    assert empty.any() and not empty.all()
    assert found.frame.loc[empty, "value"].isna().all()


def test_places_overlap_where_intervals_do() -> None:
    frame = pd.DataFrame({"low": [80.0, 90.0, 85.0, np.nan], "high": [84.0, 95.0, 92.0, np.nan]})
    first, last = slices.places(frame, "higher")
    assert list(zip(first, last, strict=True)) == [(1, 1), (2, 3), (2, 3), (0, 0)]
    first, last = slices.places(frame, "lower")
    assert list(zip(first, last, strict=True)) == [(3, 3), (1, 2), (1, 2), (0, 0)]


@pytest.mark.parametrize(
    ("search", "kpi"),
    [
        ("?period=30d", "arrival_on_time_rate"),
        ("?period=last_week&unit=C2", "restoration_minutes_mean"),
        ("?period=30d&by_hour=7", "dispatch_on_time_rate"),
        ("?period=month&exempt=before&events=without", "answer_on_time_rate"),
        ("?period=30d", "open_repairs"),
    ],
)
def test_a_count_opens_as_many_orders(city: DeskHouse, search: str, kpi: str) -> None:
    one = page(city, search).asked
    d = one.question.catalogue[kpi]
    question = one.question.within((None, None)) if d.statistic == "count" else one.question
    n = stand.stands(question, [d], ZONE, compared=False)[0].n
    listed = f"{search}&kpi={kpi}" if d.statistic != "count" else f"?period=all&kpi={kpi}"
    asked: Asked = understand(city, city.reader(guard.current_scope()), "/orders", listed)
    assert total(asked.question) == n > 0


def test_a_look_that_can_not_be_used_is_told(city: DeskHouse) -> None:
    assert LOOKS.of({"figure": "arival_on_time_rate", "by": "hour"}) == (
        Look("arrival_on_time_rate", by="hour"),
        [Fault("figure", "arival_on_time_rate", "arrival_on_time_rate")],
    )
    assert page(city, "?by_hour=x").faults == (Fault("by_hour", "x", "7"),)
    assert page(city, "?by_hours=7").faults == (Fault("by_hours", "7", "by_hour"),)


def test_every_figure_stands_in_a_table_or_a_tile() -> None:
    shown = {d.key for d in figure_table.RATES} | {f"{key}_minutes_mean" for key in figure_table.SPANS}
    assert shown >= {d.key for d in CATALOGUE.values() if d.family in ("timeliness", "notice") and d.unit == "%"}
    assert set(LOOKS.keys) <= set(CATALOGUE)
    assert len(COMPLETENESS) == sum(d.family == "completeness" for d in CATALOGUE.values())


def test_no_rows_say_so(city: DeskHouse) -> None:
    one = page(city, "?from=2020-01-01&to=2020-01-02")
    assert "这段时间没有" in str(answers.tiles(one, answers.figures(one)))
    assert "这段时间没有数据。" in str(trend_panel.answer(one.asked, one.figure, one.look.every))
    assert "这段时间没有可比的数据。" in str(answers.by_dimension(one)) or "没有" in str(answers.by_dimension(one))


@pytest.mark.parametrize("name", ["timeliness", "trend", "slices"])
def test_a_file_has_what_the_page_shows(city: DeskHouse, name: str) -> None:
    from dashboard.exports import LISTS

    asked = page(city, "?period=30d").asked
    listed = LISTS[name](asked, None)
    batches = list(listed.batches)
    assert sum(batch.num_rows for batch in batches) == listed.rows > 0
    assert len(listed.columns) == batches[0].num_columns
    assert export_lists.filter_lines(asked)[1][1].startswith("10月22日至11月20日")


def test_a_dimension_has_a_name_and_its_values_words(city: DeskHouse) -> None:
    asked = page(city, "").asked
    assert dims.value(asked.view, asked.question.units, "hour", 7) == "07:00"
    assert dims.value(asked.view, asked.question.units, "weekday", 1) == "周一"
    assert dims.value(asked.view, asked.question.units, "crew", "") == "未填"
    assert dims.value(asked.view, asked.question.units, "station", "S1") == "城东"
