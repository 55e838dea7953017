"""The inbox on a real ledger: what is listed, what acknowledging stores, who may."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.posting import Posting
from dashboard import guard
from dashboard.components import alert_words
from dashboard.pages import alerts, phones
from store.facts.db import Facts
from store.ledger.commands import record
from store.ledger.queries import counts, history, open_alerts
from store.scope import Scope
from tests.dashboard_pages.city import NOW, DeskHouse, facts, grow_red, house, transition


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    """No test here changes them."""
    with facts(tmp_path_factory.mktemp("known"), 50) as one:
        yield one


@pytest.fixture
def desk(tmp_path: Path, known: Facts) -> Iterator[DeskHouse]:
    """The house of one test, with a ledger of its own."""
    one = house(tmp_path, known=known)
    yield one
    one.ledger.close()


def shown(desk: DeskHouse, alert_id: int) -> Any:
    """What the page keeps of the alert it shows."""
    return alerts.inbox(desk, f"?id={alert_id}")[-1]


def test_red_stands_before_orange_and_names_place_and_time(desk: DeskHouse) -> None:
    _, items, *_ = alerts.inbox(desk, "")
    said = [str(item) for item in items]
    assert len(said) == 3
    assert "城东线复电超时" in said[0] and "超时18分" in said[0]
    assert "沙湾线到场紧迫" in said[1] and "剩6分" in said[1]
    assert "来源outages数据迟到" in said[2] and "14:23起没有新数据" in said[2]


def test_english(desk: DeskHouse) -> None:
    said = str(alerts.inbox(desk, "?lang=en&id=1"))
    assert "Chengdong Line: restoration overdue" in said
    assert "18 min over" in said and "limit 3 h, due 14:14" in said


def test_acknowledging_stores_name_note_and_time(desk: DeskHouse) -> None:
    assert alerts.take(desk, "?id=1", " 张三 ", "14:50前送电", shown(desk, 1)) is None
    one = next(a for a in open_alerts(desk.ledger) if a["id"] == 1)
    assert (one["state"], one["acknowledged_by"], one["note"], one["acknowledged_at"]) == (
        "acknowledged",
        "张三",
        "14:50前送电",
        NOW,
    )
    assert [s["event"] for s in history(desk.ledger, 1)] == ["raised", "acknowledged"]
    assert counts(desk.ledger)["unacknowledged"] == {"orange": 2, "red": 0}


def test_an_acknowledged_alert_loses_its_fill_and_its_form(desk: DeskHouse) -> None:
    assert "t over" in str(alerts.inbox(desk, "?id=1")[2])
    alerts.take(desk, "?id=1", "张三", "14:50前送电", shown(desk, 1))
    _, items, opened, hidden, no_form, no_taking, no_closing, *_ = alerts.inbox(desk, "?id=1")
    assert (hidden, no_form, no_taking, no_closing) == (False, False, True, True)
    assert "t over" not in str(opened)
    assert "张三 14:32确认，“14:50前送电”" in str(opened)
    assert [getattr(i, "className", "") for i in items if getattr(i, "id", "") == "alert-1"] == ["item on"]


@pytest.mark.parametrize(
    ("search", "by", "sentence"),
    [
        pytest.param("?id=1", "  ", "请写姓名：确认告警须署名。", id="nobody is named"),
        pytest.param("?id=99", "张三", "这条告警已经消除。", id="no such alert"),
        pytest.param("", "张三", "这条告警已经消除。", id="none is opened"),
        pytest.param("?id=1%20OR%201", "张三", "这条告警已经消除。", id="no number"),
        pytest.param("?id=1", "张" * 101, "没有存下", id="the ledger's own limit"),
    ],
)
def test_what_is_refused_changes_nothing(desk: DeskHouse, search: str, by: str, sentence: str) -> None:
    assert sentence in (alerts.take(desk, search, by, "", shown(desk, 1)) or "")
    assert counts(desk.ledger)["unacknowledged"] == {"orange": 2, "red": 1}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        pytest.param("zh", "没有确认：这条告警刚有变化，请看过新状态再确认。", id="zh"),
        pytest.param("en", "Not acknowledged: this alert has changed meanwhile. Look at it again.", id="en"),
    ],
)
def test_what_changed_after_it_was_shown_is_not_taken(desk: DeskHouse, language: str, sentence: str) -> None:
    search = f"?id=2&lang={language}"
    before = shown(desk, 2)
    grow_red(desk.ledger, 2)
    assert alerts.take(desk, search, "张三", "", before) == sentence
    assert [s["event"] for s in history(desk.ledger, 2)] == ["raised", "raised"]
    assert "到场超时" in str(alerts.inbox(desk, "?id=2")[2])
    assert alerts.take(desk, search, "张三", "", shown(desk, 2)) is None


def test_who_comes_second_does_not_take_it_from_the_first_unseen(desk: DeskHouse) -> None:
    before = shown(desk, 1)
    assert alerts.take(desk, "?id=1", "张三", "", before) is None
    assert "刚有变化" in (alerts.take(desk, "?id=1", "李四", "", before) or "")
    (one,) = (a for a in open_alerts(desk.ledger) if a["id"] == 1)
    assert one["acknowledged_by"] == "张三"


@pytest.mark.parametrize(
    "back",
    [
        pytest.param(None, id="nothing was shown"),
        pytest.param({"id": 2, "version": 1}, id="another alert was shown"),
        pytest.param({"id": 1, "version": "1"}, id="no number"),
        pytest.param([1, 1], id="no such shape"),
    ],
)
def test_an_alert_that_the_page_did_not_show_is_not_taken(desk: DeskHouse, back: Any) -> None:
    assert "刚有变化" in (alerts.take(desk, "?id=1", "张三", "", back) or "")
    assert counts(desk.ledger)["unacknowledged"] == {"orange": 2, "red": 1}


def test_an_alert_of_another_unit_is_neither_shown_nor_taken(desk: DeskHouse) -> None:
    token = guard._scope.set(Scope("head of S5", ("S5",)))
    try:
        _, items, opened, hidden, *_, version = alerts.inbox(desk, "?id=1")
        said, only = items
        assert "告警1不在" in str(said) and "沙湾线" in str(only)
        assert hidden and not opened and version is None
        assert alerts.take(desk, "?id=1", "李四", "", {"id": 1, "version": 1}) == "这条告警已经消除。"
        assert alerts.take(desk, "?id=2", "李四", "", shown(desk, 2)) is None
    finally:
        guard._scope.reset(token)


@pytest.mark.parametrize(
    ("search", "listed", "said"),
    [
        pytest.param("?unit=C1", ["城东线", "来源outages"], "只看江城区", id="a county"),
        pytest.param("?unit=S5", ["沙湾线", "来源outages"], "只看沙湾", id="a station"),
        pytest.param("?unit=F1", ["城东线", "来源outages"], "只看城东线", id="a feeder"),
        pytest.param("?unit=LJ", ["城东线", "沙湾线", "来源outages"], "只看临江市", id="the city has all"),
        pytest.param("?unit=C3", ["来源outages"], "只看石桥县", id="a silent source concerns everybody"),
        pytest.param("?unit=C99", ["城东线", "沙湾线", "来源outages"], "unit=C99", id="nobody knows the unit"),
        pytest.param(
            "?period=30d&category=complaint", ["城东线", "沙湾线", "来源outages"], "类别、时间筛选不用于", id="others"
        ),
        pytest.param(
            "?lang=en&channel=app", ["Chengdong", "Shawan", "outages"], "Not for alerts: channel.", id="in English"
        ),
        pytest.param("", ["城东线", "沙湾线", "来源outages"], "[]", id="no filter"),
    ],
)
def test_the_unit_of_the_address_narrows_the_inbox(desk: DeskHouse, search: str, listed: list[str], said: str) -> None:
    counts_of, items, *_, filter_, _ = alerts.inbox(desk, search)
    assert [word in str(item) for item, word in zip(items, listed, strict=True)] == [True] * len(listed)
    assert f"not acknowledged {len(listed)}" in str(counts_of) or f"未确认 {len(listed)}" in str(counts_of)
    assert said in str(filter_)


def test_the_way_out_of_the_unit_keeps_the_rest(desk: DeskHouse) -> None:
    *_, filter_, _ = alerts.inbox(desk, "?unit=C1&category=complaint&show=taken&lang=en")
    (way,) = re.findall(r"href='([^']*)'", str(filter_))
    assert way == "/alerts?category=complaint&show=taken&lang=en"


def test_an_alert_that_a_link_names_is_opened_whatever_the_filter(desk: DeskHouse) -> None:
    _, items, opened, hidden, *_ = alerts.inbox(desk, "?unit=C2&id=1")
    assert "城东线复电超时" in str(opened) and not hidden
    assert not any("alert-1" in str(item) for item in items)


def test_a_telephone_that_rang_and_one_that_did_not_are_told_apart(desk: DeskHouse) -> None:
    assert "邮件 duty@example.org" in str(alerts.inbox(desk, "?id=1")[2])
    assert "未通知：no route names anybody" in str(alerts.inbox(desk, "?id=2")[2])


def test_two_areas_of_one_line_are_told_apart(desk: DeskHouse) -> None:
    often = {"rule": "frequent_outage", "category": "outage", "order_no": None, "due_at": None}
    for code in ("TA1", "TA2"):
        one = transition(f"transformer_area:{code}", "orange", "frequent", NOW, **often)
        assert record(desk.ledger, [Posting(one, quiet="no route names anybody")]) == 1
    said = [str(item) for item in alerts.inbox(desk, "")[1]]
    assert [line for line in said if "TA1频繁停电" in line] and [line for line in said if "TA2频繁停电" in line]
    assert all("城东线" in line for line in said if "频繁停电" in line)


def test_an_empty_inbox_says_why(tmp_path: Path, known: Facts) -> None:
    one = house(tmp_path, alerts=False, known=known)
    try:
        _, items, *_ = alerts.inbox(one, "")
        assert "没有未消除的告警。" in str(items)
        assert "今日还没有消除的告警。" in str(alerts.inbox(one, "?show=cleared")[1])
    finally:
        one.ledger.close()


def test_a_time_left_becomes_a_time_over(desk: DeskHouse) -> None:
    one = next(a for a in open_alerts(desk.ledger) if a["id"] == 2)
    desk.site_now = NOW + timedelta(minutes=7)
    assert "超时1分" in str(alerts.inbox(desk, "")[1])
    assert alert_words.at(one["due_at"]) == NOW + timedelta(minutes=6)


def test_phones_show_the_newest_first(desk: DeskHouse) -> None:
    messages, count = phones.received(desk, "?lang=en")
    assert count == "latest 6 messages"
    assert [str(m).split("工单")[1][:4] for m in messages[:2]] == ["1001", "1002"]


@pytest.mark.parametrize(
    ("search", "said"), [pytest.param("", "收到2次", id="zh"), pytest.param("?lang=en", "received 2 times", id="en")]
)
def test_a_message_that_came_twice_under_one_key_stands_once(desk: DeskHouse, search: str, said: str) -> None:
    got = desk.phones
    assert got is not None
    newest = got(1)[0]
    others = [{**newest, "recipient": "other@example.org"}, {**newest, "key": "other"}, {**newest, "way": "webhook"}]
    desk.phones = lambda limit: [newest, *others, *got(limit)]
    shown, count = phones.received(desk, search)
    assert [said in str(m) for m in shown] == [True] + [False] * 8
    assert "9" in count


def test_phones_without_messages_say_what_would_come(desk: DeskHouse) -> None:
    desk.phones = lambda limit: []
    assert "还没有收到消息。" in str(phones.received(desk, "")[0])
