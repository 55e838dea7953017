"""Orders: paging in SQL, figures that equal the rows behind them, cells, and what a scope hides. On real facts."""

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboard import guard
from dashboard.components import figures, filters, order_answers, order_grid, order_rows
from dashboard.components.order_answers import Asked, counted, understand, why_empty
from dashboard.components.order_rows import Sort
from dashboard.components.query import Fault
from dashboard.components.tally import tallies
from dashboard.pages import orders
from kpis.catalogue import LIVE
from kpis.evaluate import values
from store.scope import Scope
from tests.dashboard_pages.city import NOW, STATIONS, DeskHouse, work_orders


def asked(city: DeskHouse, search: str) -> Asked:
    return understand(city, city.reader(guard.current_scope()), "/orders", search)


def summary(one: Asked) -> tuple[list[Any], list[Any]]:
    return order_answers.summary(one, tallies(one.question))


def rows_page(one: Asked, sorts: tuple[Sort, ...], offset: int, limit: int) -> tuple[str, int, list[dict[str, Any]]]:
    page = order_rows.page(one.question, sorts, offset, limit)
    return page.table, page.total, order_answers.cells(one, page.rows)


def keys(city: DeskHouse, search: str, sorts: tuple[Sort, ...], offset: int, limit: int) -> list[str]:
    frame = order_rows.page(asked(city, search).question, sorts, offset, limit).rows
    return [str(k) for k in frame["source_key"]]


SORTS = (
    (),
    (Sort("accepted_at"),),
    (Sort("station", descending=True),),
    (Sort("call_count"), Sort("order_no", descending=True)),
)


@pytest.mark.parametrize("sorts", SORTS, ids=["usual", "one column", "descending", "two columns"])
def test_pages_neither_repeat_nor_skip_a_row(city: DeskHouse, sorts: tuple[Sort, ...]) -> None:
    search = "?period=all&category=complaint"
    n = order_rows.page(asked(city, search).question, sorts, 0, 1).total
    pages = [key for offset in range(0, n, 90) for key in keys(city, search, sorts, offset, 90)]
    plain = work_orders(3000)
    assert len(pages) == n > 200
    assert set(pages) == set(plain.loc[plain["category"] == "complaint", "source_key"])


@given(offset=st.integers(-5, 4000), limit=st.integers(-5, 500))
@settings(  # each example is a query of its own, so there are few and none is made smaller
    max_examples=10,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_page_is_a_slice_of_the_whole(city: DeskHouse, offset: int, limit: int) -> None:
    page = order_rows.page(asked(city, "?period=30d&category=praise").question, (), offset, limit)
    whole = keys(city, "?period=30d&category=praise", (), 0, 200)
    first = max(0, offset)
    assert [str(k) for k in page.rows["source_key"]] == whole[first : first + max(0, min(limit, 200))]


def test_the_usual_order_has_what_runs_out_first_on_top(city: DeskHouse) -> None:
    due = order_rows.page(asked(city, "").question).rows["due_at"]
    running = due.dropna()
    assert len(running) > 0
    assert running.is_monotonic_increasing
    assert due.iloc[: len(running)].notna().all()


def test_a_column_that_is_not_listed_is_not_sorted_by(city: DeskHouse) -> None:
    injected = (Sort('identity_key"; DROP TABLE work_orders'),)
    assert keys(city, "", injected, 0, 5) == keys(city, "", (), 0, 5)


def test_a_quote_in_the_address_is_a_value(city: DeskHouse) -> None:
    one = asked(city, "?unit=C1'%20OR%201=1--")
    assert (one.query.unit, one.faults) == (None, (Fault("unit", "C1' OR 1=1--"),))


@pytest.mark.parametrize(
    "search",
    ["", "?unit=C2", "?unit=S7&period=30d", "?period=30d&channel=app", "?from=2026-11-01&to=2026-11-09", "?period=all"],
)
def test_a_number_opens_as_many_rows_as_it_counts(city: DeskHouse, search: str) -> None:
    one = asked(city, search)
    shown = [f for f in figures.figures(one.question, tallies(one.question)) if f.n]
    assert shown
    for figure in shown:
        key, join = figure.definition.key, "&" if search else "?"
        behind = f"{search}{join}kpi={key}"
        assert rows_page(asked(city, behind), (), 0, 1)[1] == figure.n
        assert rows_page(asked(city, f"{behind}&outcome={figure.bad_outcome}"), (), 0, 1)[1] == figure.bad


@pytest.mark.parametrize("search", ["?period=30d", "?period=30d&unit=C3", "?period=30d&unit=S2&category=fault_report"])
def test_one_pass_gives_the_same_as_the_evaluation(city: DeskHouse, search: str) -> None:
    question = asked(city, search).question
    for key, tally in tallies(question).items():
        definition = city.catalogue[key]
        option = question.option(definition)
        row = values(question.reader, definition, option, now=NOW, **question.asked).iloc[0]
        names = ["n", "successes", "value", "low", "high"]
        pd.testing.assert_series_equal(
            pd.Series(tally.total)[names], row[names].astype("float64"), check_names=False, check_exact=False
        )


def test_a_state_narrows_the_list_and_not_the_figures(city: DeskHouse) -> None:
    every, still = asked(city, "?period=all"), asked(city, "?period=all&state=open")
    assert (
        tallies(every.question)["arrival_on_time_rate"].total == tallies(still.question)["arrival_on_time_rate"].total
    )
    plain = work_orders(3000)
    assert rows_page(still, (), 0, 1)[1] == int((plain["status"] == "open").sum())


def test_a_unit_out_of_sight_shows_no_row(city: DeskHouse) -> None:
    token = guard._scope.set(Scope("station head", ("S1",)))
    try:
        one = asked(city, "?period=all")
        _, n, cells = rows_page(one, (), 0, 200)
        assert n == int((work_orders(3000)["station"] == "S1").sum())
        assert {c["station"] for c in cells} == {STATIONS["S1"][0].removesuffix("供电所")}
        assert rows_page(asked(city, "?period=30d&unit=S2"), (), 0, 1)[1] == 0
    finally:
        guard._scope.reset(token)


def test_the_list_holds_nothing_personal(city: DeskHouse) -> None:
    shown = {c["field"] for c in order_grid.columns(asked(city, "").view, "work_orders")}
    assert not shown & {"name", "phone", "address", "text", "customer_no", "identity_key", "handler"}
    cells = rows_page(asked(city, ""), (), 0, 1)[2][0]
    assert set(cells) - {"id", "county"} == shown - {"brief"}  # drawn of the others, for a phone


def test_surveys_have_their_own_list(city: DeskHouse) -> None:
    one = asked(city, "?kpi=satisfaction_rate&outcome=failure&period=30d")
    table, n, cells = rows_page(one, (), 0, 200)
    assert (table, n) == ("surveys", len(cells))
    assert {c["satisfied"]["text"] for c in cells} == {"否"}
    assert counted(one.view, table, n) == f"{n}份回访"


def test_a_filter_without_rows_says_what_would_be_here(city: DeskHouse) -> None:
    one = asked(city, "?from=2020-01-01&to=2020-01-02")
    assert rows_page(one, (), 0, 100)[1] == 0
    assert "1月1日至2日没有符合条件的工单。" in str(why_empty(one))


def test_a_figure_without_rows_is_no_zero(city: DeskHouse) -> None:
    one = asked(city, "?from=2020-01-01&to=2020-01-02")
    tiles, _ = summary(one)
    assert all("这段时间没有" in str(tile) and "0.0" not in str(tile) for tile in tiles)


def test_below_thirty_cases_the_count_is_shown(city: DeskHouse) -> None:
    one = asked(city, "?unit=S1&period=7d&category=fault_report")
    figure = figures.figures(one.question, tallies(one.question))[0]
    assert 0 < figure.n < figures.LEAST_N
    tile = str(figures.tile(one.view, figure, one.query, one.link, ""))
    assert f"{figure.successes}/{figure.n}" in tile
    assert "lv-orange" not in tile


def test_the_list_is_answered_for_the_address_it_asked_for(city: DeskHouse) -> None:
    answer = orders.rows(city, "period=all", {orders.ROWS: "100-200", orders.SORT: "-order_no"})
    assert (answer["n"], answer["html"]) == (3000, {orders.COUNT: "3,000件", orders.EMPTY: ""})
    numbers = [row["order_no"] for row in answer["rows"]]
    assert len(numbers) == 100
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize(
    "search", ["", "kpi=arrival_on_time_rate&outcome=failure", "kpi=satisfaction_rate", "unit=C2&state=open"]
)
def test_one_answer_agrees_with_its_parts(city: DeskHouse, search: str) -> None:
    one = orders.answer(city, search, orders.ASKING.first)
    alone = orders.rows(city, search, orders.ASKING.first)
    assert {name: one[name] for name in ("n", "rows")} == {name: alone[name] for name in ("n", "rows")}
    assert one["n"] > 0
    assert ("columns" in one) == ("satisfaction" in search)  # the page begins with the columns of orders


def test_an_answer_leaves_out_what_the_page_has(city: DeskHouse) -> None:
    first = orders.answer(city, "", orders.ASKING.first)
    again = orders.answer(city, "", {filters.KNOWN: first["units_known"], orders.COLUMNS: "work_orders"})
    assert {"units", "columns", "rows", "n"} & set(again) == set()
    assert again["html"] == {id_: said for id_, said in first["html"].items() if id_ in again["html"]}


@pytest.mark.parametrize("rows", ["", "x-y", "10", "-5-10"])
def test_rows_that_are_none_are_told(city: DeskHouse, rows: str) -> None:
    with pytest.raises(ValueError, match="write FIRST-END"):
        orders.rows(city, "", {orders.ROWS: rows})


def test_an_order_turns_late_by_itself(city: DeskHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows_page(asked(city, "?state=open"), (), 0, 1)[2][0]
    monkeypatch.setattr(city, "site_now", NOW + timedelta(hours=6))
    after = rows_page(asked(city, "?state=open"), (), 0, 200)[2]
    late = next(row for row in after if row["id"] == before["id"])
    assert late["level"] == "red"
    assert late["due_at"]["text"].startswith("超时")
    assert not late["due_at"]["fill"]  # filled only where an alert waits for an answer


def test_a_feeder_has_figures_of_its_own_not_of_its_station(city: DeskHouse) -> None:
    one = asked(city, "?unit=F3&period=all&category=fault_report")
    found = tallies(one.question)
    n = order_rows.page(one.question, (), 0, 1).total
    for key, tally in found.items():
        d = city.catalogue[key]
        row = values(one.question.reader, d, one.question.option(d), now=NOW, **one.question.asked).iloc[0]
        assert tally.total["n"] == row["n"] <= n
        assert set(tally.by_unit["unit"]) <= {"F3"}
    assert found["arrival_on_time_rate"].total["n"] > 20
    tiles, _ = summary(one)
    assert "satisfaction_rate" not in found
    assert "不分线路" in str(tiles)  # a revisit names no feeder


def test_a_feeder_is_no_filter_of_revisits(city: DeskHouse) -> None:
    one = asked(city, "?unit=F3&kpi=satisfaction_rate")
    assert (one.query.unit, one.faults) == (None, (Fault("unit", "F3"),))
    assert order_rows.page(one.question).total == order_rows.page(asked(city, "?kpi=satisfaction_rate").question).total


@pytest.mark.parametrize(
    "days", ["from=1900-01-02", "to=9998-12-30", "from=9998-12-30", "to=1900-01-02", "from=0001-01-01"]
)
def test_any_day_of_an_address_gives_a_page(city: DeskHouse, days: str) -> None:
    one = asked(city, f"?{days}")
    assert len(summary(one)[0]) == len(tallies(one.question))
    assert order_rows.page(one.question).total >= 0


@pytest.mark.parametrize("key", ["planned_notice_rate", "promise_keeping_rate"])
def test_a_figure_without_a_list_of_its_rows_is_told_or_lists_orders(city: DeskHouse, key: str) -> None:
    one = orders.answer(city, f"kpi={key}&period=all", orders.ASKING.first)
    every = orders.answer(city, "period=all", orders.ASKING.first)
    if city.catalogue[key].table == "outages":
        assert one["html"][orders.NOTICE] != every["html"][orders.NOTICE] == ""
        assert one["n"] == every["n"]
    else:
        alone = orders.rows(city, f"kpi={key}&period=all", {orders.ROWS: f"{one['n'] - 1}-{one['n'] + 1}"})
        assert len(alone["rows"]) == 1  # the list is as long as it says


def test_every_question_of_the_page_can_be_prepared(city: DeskHouse) -> None:
    asked = sum(1 for _ in orders.prepare(city, Scope.everything("test")))
    assert asked == len(LIVE) + 4  # and of everything, a county, a station, a feeder
