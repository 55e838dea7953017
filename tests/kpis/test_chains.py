"""The lists that rules watch: third calls, escalations, frequent outages."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.kinds import look
from alerts.load import load
from alerts.seen import World
from kpis import past_calls, watched
from kpis.chains import ESCALATED_COLUMNS, THIRD_COLUMNS, escalations, third_calls
from kpis.frequent import COLUMNS, frequent_outages
from kpis.world import calls
from settings import FREQUENT_OUTAGES, Frequent
from tests.kpis.stage import NOW, Stage, area, at, complaint, fault, outage

PLACE = {"transformer_area": "T1"}


def test_a_third_call_names_the_order_with_which_it_came_and_all_of_the_chain() -> None:
    orders = [
        complaint(key, at("08:00", -day), identity_key="ann", **{"subcategory_1": "meter", **PLACE, **more})
        for key, day, more in (
            ("long ago", 71, {}),
            ("first", 20, {"archived_at": at("08:00", -19)}),
            ("second", 10, {"call_count": 2}),
            ("third", 5, {}),
            ("bill", 4, {"subcategory_1": "bill"}),
            ("cancelled", 3, {"status": "cancelled"}),
        )
    ]
    found = third_calls(Stage(work_orders=orders), NOW)
    assert list(found.columns) == list(THIRD_COLUMNS)
    (row,) = found.to_dict("records")
    assert (row["subject"], row["count"], row["order_nos"]) == ("city:second", 4, "first second third")
    assert (row["since"], row["reached_at"], row["last_at"]) == tuple(at("08:00", -day) for day in (20, 10, 5))
    assert (row["station"], row["transformer_area"], row["is_open"]) == ("A1", "T1", True)


def test_without_third_calls_the_list_is_empty_and_has_its_columns() -> None:
    found = third_calls(Stage(work_orders=[complaint("x", identity_key="ann")]), NOW)
    assert found.empty and list(found.columns) == list(THIRD_COLUMNS)


def test_an_escalation_says_from_where() -> None:
    orders = [
        complaint(key, at("08:00", -day), identity_key="ann", subcategory_1="meter", channel=channel)
        for key, day, channel in (("1", 9, "app"), ("2", 8, "12345"), ("3", 7, "95598"), ("4", 6, "media"))
    ]
    found = escalations(Stage(work_orders=orders), NOW)
    assert list(found.columns) == list(ESCALATED_COLUMNS)
    said = found[["order_no", "came_from", "channel", "count"]].to_numpy().tolist()
    assert said == [["4", "12345", "media", 4], ["2", "95598", "12345", 2]]
    assert found["since"].tolist() == [at("08:00", -7), at("08:00", -9)]


def _cut(number: str, days: int, on: str | None = "13:00") -> list[dict[str, object]]:
    start, end = at("12:00", -days), None if on is None else at(on, -days)
    return [outage(number, start, restored_at=end), area(number, "T1", 50, "12:00") | {"off_at": start, "on_at": end}]


@pytest.mark.parametrize(
    ("days", "wanted"),
    [
        pytest.param((1, 20, 59), {"3_in_60": (3, True), "3_in_30": (2, False)}, id="three in sixty days"),
        pytest.param((1, 20, 61), {"3_in_60": (2, False), "3_in_30": (2, False)}, id="one more makes it a case"),
        pytest.param((1, 70), {}, id="two is far from any case"),
        pytest.param(
            (1, 2, 100, 200, 300),
            {"3_in_60": (2, False), "3_in_30": (2, False), "5_in_365": (5, True)},
            id="five in a year",
        ),
    ],
)
def test_bands_of_frequent_outages(days: tuple[int, ...], wanted: dict[str, tuple[int, bool]]) -> None:
    made = [_cut(str(number), day) for number, day in enumerate(days)]
    stage = Stage(outages=[cut for cut, _ in made], outage_areas=[step for _, step in made])
    found = frequent_outages(stage, FREQUENT_OUTAGES, NOW)
    assert list(found.columns) == list(COLUMNS)
    for level in ("transformer_area", "feeder"):
        rows = found[found["level"] == level]
        said = dict(zip(rows["band"], zip(rows["count"], rows["is_case"], strict=True), strict=True))
        assert said == wanted


def test_what_counts_as_an_outage_and_what_was_done_about_it() -> None:
    made = [_cut("a", 1), _cut("b", 2), _cut("short", 3, on="12:04"), _cut("runs", 0, on=None)]
    steps = [step for _, step in made]
    steps.append(steps[0] | {"source_key": "again", "off_at": at("12:30", -1)})  # a second step of the same outage
    orders = [
        fault("r1", at("12:10", -2), customer_no="300", outage_no="b", archived_at=at("14:00", -2), **PLACE),
        fault("r2", at("12:10", -1), customer_no="300", outage_no="a", **PLACE),
        fault("twice", at("12:20", -1), customer_no="300", outage_no="a", parent_order_no="r2", **PLACE),
        complaint("c", at("15:00", -1), **PLACE),
    ]
    events = [{"source": "city", "source_key": "e", "order_no": "c", "kind": "supervised", "at": at("16:00", -1)}]
    stage = Stage(outages=[cut for cut, _ in made], outage_areas=steps, work_orders=orders, order_events=events)
    found = frequent_outages(stage, [Frequent(outages=3, days=60)], NOW).set_index("level")
    place: Any = found.loc["transformer_area"]
    assert (place["subject"], place["count"], place["is_case"]) == ("T1", 3, True)
    assert (place["outage_nos"], place["since"]) == ("runs a b", at("12:00", -2))
    assert place[["reports", "complaints", "open_orders", "supervised"]].tolist() == [2, 1, 2, 1]
    assert found["supervised_at"].dropna().tolist() == [at("16:00", -1)] * 2  # the area and its feeder
    customer: Any = found.loc["customer"]
    assert (customer["subject"], customer["count"], customer["is_case"]) == ("300", 2, False)
    assert found.loc["feeder", "count"] == 3


def test_an_outage_of_the_future_is_not_known() -> None:
    made = [_cut("a", 0), _cut("b", 1), _cut("c", -1)]
    stage = Stage(outages=[cut for cut, _ in made], outage_areas=[step for _, step in made])
    found = frequent_outages(stage, [Frequent(outages=3, days=60)], NOW + timedelta(hours=1))
    assert set(found["count"]) == {2}


def waiting(stage: Stage, now: Any) -> dict[str, int]:
    """What the rule sees at `now`: order number -> calls about its matter, of three and more."""
    listed, columns = watched.open_orders(())(stage.table("work_orders"))
    orders = stage.frame(stage.table("work_orders").filter(listed).select(**columns), now)
    seen = look(load(None)["third_call"], World(now, {"orders": orders, "calls": calls(third_calls(stage, now))}))
    assert seen is not None
    return dict(zip(seen.frame["order_no"], seen.frame["call_count"], strict=True)) if len(seen.frame) else {}


def test_three_orders_of_one_customer_on_one_matter_are_one_matter_until_all_are_closed() -> None:
    ann: dict[str, Any] = {"identity_key": "ann", "subcategory_1": "meter", "handler": "P1"}
    orders = [
        complaint("1", at("08:00", -9), archived_at=at("08:00", -8), **ann),
        complaint("2", at("08:00", -6), archived_at=at("09:00", -1), **ann),
        complaint("3", at("08:00", -4), archived_at=at("08:00", -3), **ann),
        complaint("4", at("08:00", -2), call_count=2, archived_at=at("08:00", -1), **ann),
        complaint("alone", at("08:00", -5), call_count=4, identity_key="bob", subcategory_1="meter"),
        complaint("twice", at("08:00", -5), call_count=2, identity_key="cid", subcategory_1="meter"),
        complaint("nobody's", at("08:00", -5), call_count=3),
    ]
    stage = Stage(work_orders=orders)
    own = {"alone": 4, "nobody's": 3}
    wanted = [
        (at("12:00", -6), {}),
        (at("12:00", -5), own),
        (at("12:00", -4), own | {"3": 3}),
        (at("12:00", -2), own | {"3": 5}),
        (at("08:30", -1), own | {"3": 5}),
        (at("12:00", -1), own),
    ]
    for moment, seen in wanted:
        assert waiting(stage, moment) == seen, moment
    past = past_calls.matters(stage, at("00:00", -10), NOW)
    for moment, seen in wanted:
        stands = past[(past["begin_at"] <= moment) & (past["end_at"].isna() | (past["end_at"] > moment))]
        stands = stands[stands["call_count"] >= 3]
        assert dict(zip(stands["order_no"], stands["call_count"], strict=True)) == seen, moment
    (row,) = third_calls(stage, at("12:00", -4)).to_dict("records")[:1]
    assert (row["source_key"], row["handler"], row["order_nos"]) == ("3", "P1", "1 2 3")


def test_an_order_merged_into_another_of_the_same_customer_is_counted_there() -> None:
    """The call about it is among those of its parent: 1 and 2 are two calls, and the third is an event of 1."""
    ann: dict[str, Any] = {"identity_key": "ann", "subcategory_1": "meter"}
    calls_on = complaint("1", at("08:00", -3), call_count=2, matter_calls=2, **ann)
    child = complaint("2", at("09:00", -3), parent_order_no="1", status="closed", archived_at=at("09:05", -3), **ann)
    merged = {"source": "city", "source_key": "e1", "order_no": "1", "kind": "merged", "at": at("09:05", -3)}
    two = Stage(work_orders=[calls_on, child], order_events=[merged])
    assert third_calls(two, NOW).empty and past_calls.called_together(two, at("00:00", -10), NOW).empty

    later = [calls_on | {"call_count": 3}, child, complaint("3", at("10:00", -2), **ann)]
    urged = {"source": "city", "source_key": "e2", "order_no": "1", "kind": "urged", "at": at("12:00", -2)}
    stage = Stage(work_orders=later, order_events=[merged, urged])
    (row,) = third_calls(stage, NOW).to_dict("records")
    assert (row["subject"], row["count"], row["order_nos"]) == ("city:1", 4, "1 3")
    past = past_calls.called_together(stage, at("00:00", -10), NOW)
    assert past["call_count"].tolist() == [3, 4]  # with the order 3, then urged
    assert past["begin_at"].tolist() == [at("10:00", -2), at("12:00", -2)]


def test_a_gap_in_which_nothing_waits_is_no_part_of_it() -> None:
    ann: dict[str, Any] = {"identity_key": "ann", "subcategory_1": "meter"}
    days = ((-9, -8), (-7, -6), (-5, -4), (-2, None))
    orders = [
        complaint(str(i), at("08:00", day), archived_at=None if over is None else at("08:00", over), **ann)
        for i, (day, over) in enumerate(days)
    ]
    past = past_calls.matters(Stage(work_orders=orders), at("00:00", -20), NOW)
    assert past[["order_no", "call_count"]].to_numpy().tolist() == [["2", 3], ["2", 4]]
    assert past["begin_at"].tolist() == [at("08:00", -5), at("08:00", -2)]
    assert past["end_at"].iloc[0] == at("08:00", -4) and past["end_at"].isna().iloc[1]
