"""One order: its clocks agree with the figures, its drawer says what is known and nothing else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard import guard
from dashboard.components import order_course, order_drawer, order_ledger, order_rows
from dashboard.components.order_answers import understand
from dashboard.components.order_course import OrderKey, key_of
from dashboard.components.order_open import answer
from kpis.course import Clock, clocks, is_open, is_ours, running, stages
from kpis.evaluate import rows_behind
from kpis.explain import explained
from kpis.types import Options
from store.ledger.exemptions import Approved, enter, withdraw
from store.scope import Scope
from tests.dashboard_pages.city import NOW, DeskHouse
from tests.dashboard_pages.one_order import BACK, DONE, LATE, ODD, SOON, THEIRS, house


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskHouse]:
    one = house(Path(tmp_path_factory.mktemp("rich")))
    yield one
    one.close()


def drawer(one: DeskHouse, order: str, lang: str = "zh") -> str:
    html: str = answer(one, f"order={order}&lang={lang}", {})["html"][order_drawer.BODY]
    told = re.findall(r'(?:data-|href)[^=]*="([^"]*)"', html)
    return unescape(" ".join((re.sub(r"(?:<[^>]*>)+", " ", html), *told)))


def row(**more: Any) -> dict[str, Any]:
    """A work order as the questions give it; what is not named is missing."""
    names = (*order_course.COLUMNS, *order_course._AT)
    return dict.fromkeys(names) | {"category": "fault_report", "status": "open"} | more


def at(**delta: float) -> Any:
    return NOW + timedelta(**delta)


ARRIVED = {"accepted_at": at(minutes=-60), "arrived_at": at(minutes=-30), "arrival_due_at": at(minutes=-15)}
STATES = {
    "running": ({"accepted_at": at(minutes=-10), "arrival_due_at": at(minutes=35)}, "arrival", "running"),
    "exactly at its limit": ({"accepted_at": at(minutes=-45), "arrival_due_at": NOW}, "arrival", "running"),
    "past it": ({"accepted_at": at(minutes=-46), "arrival_due_at": at(minutes=-1)}, "arrival", "overdue"),
    "met": (ARRIVED, "arrival", "on_time"),
    "met late": ({**ARRIVED, "arrived_at": at(minutes=-14)}, "arrival", "late"),
    "met exactly at the limit": ({**ARRIVED, "arrived_at": at(minutes=-15)}, "arrival", "on_time"),
    "written ahead": ({**ARRIVED, "arrived_at": at(minutes=5)}, "arrival", "overdue"),
    "settled without a visit in time": (
        {"accepted_at": at(minutes=-60), "archived_at": at(minutes=-50), "arrival_due_at": at(minutes=-15)},
        "arrival",
        "not_needed",
    ),
    "settled without a visit too late": (
        {"accepted_at": at(minutes=-60), "archived_at": at(minutes=-5), "arrival_due_at": at(minutes=-15)},
        "arrival",
        "late",
    ),
    "closed without saying when": ({**ARRIVED, "arrived_at": None, "status": "closed"}, "arrival", "unknown"),
    "waits for the arrival": (
        {"accepted_at": at(minutes=-10), "arrival_due_at": at(minutes=35)},
        "restoration",
        "not_started",
    ),
    "the source's own": ({"accepted_at": at(days=-1), "given_due_at": at(hours=-1)}, "stated", "overdue"),
}


@pytest.mark.parametrize(("given", "key", "verdict"), STATES.values(), ids=STATES)
def test_a_clock_stands_as_its_times_say(given: dict[str, Any], key: str, verdict: str) -> None:
    found = {clock.key: clock.verdict for clock in clocks(row(**given), NOW)}
    assert found[key] == verdict


def test_the_customers_own_fault_waits_for_no_restoration() -> None:
    given = {"accepted_at": at(minutes=-10), "arrival_due_at": at(minutes=35), "asset_ownership": "customer"}
    assert [clock.key for clock in clocks(row(**given), NOW)] == ["arrival"]


def test_an_impossible_length_is_no_length_but_the_limit_is_judged() -> None:
    given = {**ARRIVED, "restored_at": at(hours=-2), "restoration_due_at": at(hours=2), "status": "closed"}
    spoilt = clocks(row(**given, faults="restored_before_accepted,restored_before_arrived"), NOW)[1]
    assert (spoilt.used(NOW), spoilt.verdict) == (None, "on_time")


def test_the_clock_to_look_at_is_the_promise_before_the_sources_own() -> None:
    given = {"accepted_at": at(minutes=-10), "arrival_due_at": at(minutes=35), "given_due_at": at(minutes=-1)}
    clock = running(clocks(row(**given), NOW))
    assert isinstance(clock, Clock)
    assert clock.key == "arrival"


@pytest.mark.parametrize("clock", ["arrival", "restoration"])
def test_every_order_is_judged_as_the_figures_judge_it(rich: DeskHouse, clock: str) -> None:
    definition = rich.catalogue[f"{clock}_on_time_rate"]
    with rich.reader(Scope.everything("test")) as reader:
        t = rows_behind(reader, definition, Options())
        judged = reader.frame(t.select("source_key", "is_success"), NOW)
        all_rows = reader.table("work_orders").select(*order_course.COLUMNS, *order_course._AT)
        frame = reader.frame(all_rows, NOW)
    expected = {str(k): "good" if good else "bad" for k, good in judged.itertuples(index=False, name=None)}
    kinds = {"on_time": "good", "late": "bad", "overdue": "bad"}
    plain = frame.astype(object).where(frame.notna(), None).to_dict("records")
    said = {}
    for one in plain:
        if one["category"] != "fault_report" or one["parent_order_no"] or one["status"] == "cancelled":
            continue
        if clock == "restoration" and not is_ours(one):
            continue  # the clock runs, and nobody is judged by it
        verdict = next((c.verdict for c in clocks(one, NOW) if c.key == clock), "")
        if verdict in kinds:
            said[str(one["source_key"])] = kinds[verdict]
    assert len(expected) > 1000
    assert said == expected


@pytest.mark.parametrize("clock", ["arrival", "restoration"])
def test_every_ledger_is_judged_as_the_figures_judge_it(rich: DeskHouse, clock: str) -> None:
    definition = rich.catalogue[f"{clock}_on_time_rate"]
    with rich.reader(Scope.everything("test")) as reader:
        t = rows_behind(reader, definition, Options())
        judged = reader.frame(t.select("source_key", "is_success"), NOW)
        frame = reader.frame(reader.table("work_orders"), NOW)
    expected = {str(k): bool(good) for k, good in judged.itertuples(index=False, name=None)}
    kinds = {"on_time": True, "late": False, "overdue": False, "settled": False}
    said = {}
    rows = frame.to_dict("records")
    for row, one in zip(rows, explained(frame, {}, order_ledger.rules_of(rich.settings), NOW), strict=True):
        promise = next((a.ledgers[0] for a in one.accounts if a.clock == clock), None)
        if promise and promise.verdict in kinds and row["category"] == "fault_report":
            said[str(row["source_key"])] = kinds[promise.verdict]
    assert {key: good for key, good in said.items() if key in expected} == expected


def test_an_order_is_open_where_the_list_says_so(rich: DeskHouse) -> None:
    with rich.reader(Scope.everything("test")) as reader:
        question = understand(rich, reader, "/orders", "?period=all&state=open").question
        expected = set(reader.frame(order_rows.orders(question)[1].select("source_key"), NOW)["source_key"])
        frame = reader.frame(reader.table("work_orders"), NOW)
    plain = frame.astype(object).where(frame.notna(), None).to_dict("records")
    assert {r["source_key"] for r in plain if is_open(r, NOW)} == expected


def test_stages_come_in_the_order_in_which_they_happened() -> None:
    given = {"accepted_at": at(hours=-1), "restored_at": at(hours=-2), "arrived_at": at(hours=1)}
    assert [name for name, _ in stages(row(**given), NOW)] == ["restored", "accepted"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("orders:late", OrderKey("orders", "late")),
        ("orders:a:b", OrderKey("orders", "a:b")),
        (":3611200412", OrderKey(None, "3611200412")),
        ("late", None),
        ("orders:", None),
        (None, None),
    ],
)
def test_an_address_names_an_order(text: str | None, key: OrderKey | None) -> None:
    assert key_of(text) == key


@pytest.mark.parametrize("key", [LATE, ":3611200412"], ids=["by its key", "by the number people use"])
def test_the_late_order_says_everything_that_is_known(rich: DeskHouse, key: str) -> None:
    said = drawer(rich, key)
    for words in ("工单3611200412", "城东供电所", "城东线", "高压故障", "城区", "停电612户，致电9次", "城东一班"):
        assert words in said
    assert "故障停电 T20261120-031" in said
    assert "14:20 已过12分，未更新 12:32给出" in said
    assert "子单3件" in said
    assert "催促送电" in said
    assert re.search("复电 +承诺", said)
    assert "6项中1项超时" in said


def test_its_alerts_tell_who_was_told_and_what_was_answered(rich: DeskHouse) -> None:
    said = drawer(rich, LATE)
    assert "13:56 复电紧迫" in said
    assert "张三" in said
    assert "配变烧毁，正在更换" in said
    assert said.index("duty@example.org") < said.index("张三") < said.index("复电超时") < said.index("head@example.org")


def test_english_is_english(rich: DeskHouse) -> None:
    said = drawer(rich, SOON, "en")
    assert "order 3611200405" in said
    assert "waits for arrival" in said
    assert not re.search("[一-鿿]", said.replace("高压故障", ""))


def test_impossible_times_are_said(rich: DeskHouse) -> None:
    assert "restored before accepted: not counted in durations" in drawer(rich, ODD, "en")


def test_a_complaint_leads_to_the_one_before(rich: DeskHouse) -> None:
    said = drawer(rich, BACK)
    assert "上次投诉 3611100001" in said
    assert "orders:before" in said


def test_a_revisit_says_what_the_customer_said(rich: DeskHouse) -> None:
    said = drawer(rich, DONE)
    assert "已答 不满意" in said
    assert "2/5" in said
    assert "复电慢" in said


def test_merged_orders_lead_to_their_parent(rich: DeskHouse) -> None:
    said = drawer(rich, "orders:child1")
    assert "3611200412" in said
    assert "不单独计入指标" in said


def test_nothing_personal_is_read_and_the_account_is_masked(rich: DeskHouse) -> None:
    before = len(rich.read_by)
    said = drawer(rich, LATE)
    assert "户号****6021" in said
    assert "330011223344" not in said
    assert all(not scope.personal for scope in rich.read_by[before:])
    shown = {*order_course.COLUMNS, *order_course._AT}
    assert not shown & {"name", "phone", "address", "text", "customer_no", "identity_key", "handler"}


@pytest.mark.parametrize("key", ["orders:nothing", "nothing", "orders:x' OR '1'='1", ":"])
def test_what_is_not_there_is_said(rich: DeskHouse, key: str) -> None:
    assert "查不到工单" in drawer(rich, key)


def test_a_question_without_an_order_is_told_what_it_lacks(rich: DeskHouse) -> None:
    with pytest.raises(ValueError, match="order= is missing"):
        answer(rich, "unit=C1", {})


def test_an_order_out_of_sight_is_not_there(rich: DeskHouse) -> None:
    token = guard._scope.set(Scope("head of another station", ("S2",)))
    try:
        assert "查不到工单" in drawer(rich, LATE)
        assert "工单3611200188" in drawer(rich, DONE)
    finally:
        guard._scope.reset(token)


def test_a_question_holds_nothing_of_the_future(rich: DeskHouse) -> None:
    with rich.reader(Scope.everything("test")) as reader:
        early = NOW - timedelta(hours=1)
        one = order_course.read(reader, OrderKey("orders", "late"), early)
    assert one is not None
    assert all(pd.Timestamp(e["at"]) <= early for e in one.events)
    assert len(one.events) == 1


def test_an_exemption_is_told_with_its_evidence_and_its_end(tmp_path: Path) -> None:
    one = house(tmp_path)
    try:
        assert "剔除记录" not in drawer(one, DONE)
        approved = Approved("orders", "3611200188", "arrival", "weather", "气象台预警 2026-31", "李主任", NOW)
        (number,) = enter(one.ledger, [approved], NOW)
        said = drawer(one, DONE)
        assert all(word in said for word in ("剔除记录", "到场", "恶劣天气", "气象台预警 2026-31", "批准人：李主任"))
        withdraw(one.ledger, number, "王五", "证据不足", NOW)
        assert "由王五撤销：证据不足" in drawer(one, DONE)
    finally:
        one.close()


def test_the_list_counts_down_what_the_figures_count(rich: DeskHouse) -> None:
    with rich.reader(Scope.everything("test")) as reader:
        question = understand(rich, reader, "/orders", "?period=today&state=open&category=fault_report").question
        rows = order_rows.rows(question, (), 0, 200).set_index("source_key")
    late, theirs = rows.loc[LATE.partition(":")[2]], rows.loc[THEIRS.partition(":")[2]]
    assert late["due_at"] == late["restoration_due_at"] < pd.Timestamp(NOW)
    assert pd.isna(theirs["due_at"]) and pd.isna(theirs["restoration_due_at"])
