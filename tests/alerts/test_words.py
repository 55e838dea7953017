"""Durations, and one whole message word for word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.messages import Reader, duration, limit_of, write
from i18n import translator
from tests.alerts.duty_town import NAMES, PLACE, RULES, SHANGHAI, at, reader, transition

RULE = RULES["repair_due"]


@pytest.mark.parametrize(
    ("span", "en", "zh"),
    [
        pytest.param(timedelta(0), "0 s", "0秒", id="now"),
        pytest.param(timedelta(seconds=59.9), "59 s", "59秒", id="cut off, not rounded"),
        pytest.param(timedelta(minutes=22), "22 min", "22分", id="minutes"),
        pytest.param(timedelta(hours=-1, minutes=-22), "1 h 22 min", "1小时22分", id="past has no sign"),
        pytest.param(timedelta(hours=47, minutes=59), "47 h 59 min", "47小时59分", id="below two days"),
        pytest.param(timedelta(days=3, hours=4.5), "3 d 4 h", "3天4小时", id="days"),
    ],
)
def test_duration(span: timedelta, en: str, zh: str) -> None:
    assert (duration(span, translator("en")), duration(span, translator("zh"))) == (en, zh)


def test_an_overrun_in_chinese() -> None:
    t = transition(level="red", inputs={"call_count": 3, "late_s": 300.0}, alert_id=7)
    message = write(t, RULE, reader("zh"), at(87))
    assert message.title == "【守灯人】红色：工单G1到达现场已超时1小时22分（东湖县 城关供电所）"
    assert message.body.splitlines() == [
        "事项：工单G1到达现场已超时1小时22分",
        "地点：东湖县 / 城关供电所 / 10kV柳河线",
        "起始：2026-03-02 08:20:00",
        "时限：2026-03-02 09:05:00",
        "处理班组：城关一班",
        "告警偏晚：达到此级别5分后才判定",
        "来电次数：3",
        "请处理：联系抢修班组，问清所需支援，并把新的时间告知客户",
        "责任人：县公司值班员",
        "处置手册：repair_due",
        "告警编号：7",
        "截至2026-03-02 10:27:00",
    ]


@pytest.mark.parametrize(
    ("level", "critical", "minute", "title"),
    [
        pytest.param("orange", False, 1, "[Lightkeeper] Orange: order G1: 4 min left to arrive (东湖县 城关供电所)",
                     id="soon"),
        pytest.param("orange", False, 5, "[Lightkeeper] Orange: order G1: 0 s left to arrive (东湖县 城关供电所)",
                     id="exactly at the limit"),
        pytest.param("red", True, 10, "[Lightkeeper] Critical: order G1: 5 min past the arrival limit (东湖县)",
                     id="critical"),
    ],
)  # fmt: skip
def test_title(level: str, critical: bool, minute: float, title: str) -> None:
    assert write(transition(level=level, critical=critical), RULE, reader("en"), at(minute)).title == title


@pytest.mark.parametrize("order_no", ["G1", "9" * 30, "X" * 64])
@pytest.mark.parametrize("name", ["东湖县", "很" * 40])
def test_a_title_fits_one_text_message(order_no: str, name: str) -> None:
    for language in ("zh", "en"):
        eye = Reader(translator(language), SHANGHAI, "守灯人", lambda code: name if code in NAMES else code)
        title = write(transition(about=replace(PLACE, order_no=order_no)), RULE, eye, at(5000)).title
        assert len(title) <= limit_of(title)
        assert "守灯人" in title
