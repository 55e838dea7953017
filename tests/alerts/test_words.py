from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from babel.messages.pofile import read_po

from alerts.judge import judge_repairs, judge_sources
from alerts.messages import TITLE_LIMIT, Reader, duration, write
from alerts.outbox import post
from alerts.routing import NOBODY, Recipient, route
from alerts.transition import Transition
from i18n import translator
from settings import Route
from tests.alerts.city import (
    NOW,
    REPAIR,
    RULES,
    SHANGHAI,
    STALE,
    Source,
    frame,
    minute,
    opened,
    posting,
    raised,
    reader,
    repair,
)  # fmt: skip

FALLBACK: Final = Route(to=("mail:duty@example.org",))
RED: Final = Route(level=("red",), to=("mail:head@example.org", "hook:"))
COUNTY: Final = Route(unit=("C1",), to=("mail:c1@example.org",))
STATION: Final = Route(unit=("S9",), rule=("repair_due",), to=("mail:s9@example.org",))
WATCH: Final = Route(rule=("source_stale",), to=("mail:it@example.org",))


def orange() -> Transition:
    (t,) = judge_repairs(frame(repair(start=-33, due=12)), [], REPAIR, minute(8), ())
    return t


def stale() -> Transition:
    (t,) = judge_sources([Source("orders", minute(-3))], [], STALE, NOW, {"orders": 15})
    return t


def cleared(reason: str) -> Transition:
    rows = {
        "clock_met": [repair(clock="restoration", start=49, due=229)],
        "no_longer_open": [],
        "within_limit_again": [repair(due=600)],
    }[reason]
    (t,) = judge_repairs(frame(*rows), [opened(raised())], REPAIR, minute(50), ())
    return t


@pytest.mark.parametrize(
    ("transition", "routes", "to", "by_fallback"),
    [
        pytest.param(raised(), [RED, COUNTY, FALLBACK],
                     ["mail:head@example.org", "hook:", "mail:c1@example.org"], False, id="all that name it"),
        pytest.param(orange(), [RED, COUNTY, FALLBACK], ["mail:c1@example.org"], False, id="level does not match"),
        pytest.param(orange(), [RED, STATION, FALLBACK], ["mail:duty@example.org"], True, id="none names it: fallback"),
        pytest.param(orange(), [FALLBACK], ["mail:duty@example.org"], False, id="one way for all is no surprise"),
        pytest.param(stale(), [COUNTY, WATCH], ["mail:it@example.org"], False, id="a source has no unit"),
        pytest.param(raised(station="S9"), [STATION], ["mail:s9@example.org"], False, id="station"),
        pytest.param(raised(), [COUNTY, COUNTY], ["mail:c1@example.org"], False, id="nobody is told twice"),
    ],
)  # fmt: skip
def test_who_is_told(transition: Transition, routes: list[Route], to: list[str], by_fallback: bool) -> None:
    told = route(transition, RULES[transition.rule], routes)
    assert told.recipients == tuple(Recipient(*one.split(":", 1)) for one in to)
    assert told.by_fallback is by_fallback
    assert told.quiet is None


def test_no_fallback_stores_that_there_was_nobody_to_tell() -> None:
    kept = posting(orange(), routes=[RED])
    assert (kept.drafts, kept.quiet) == ((), NOBODY)


@pytest.mark.parametrize(
    ("transition", "quiet"),
    [
        pytest.param(cleared("clock_met"), None, id="all-clear from red is told"),
        pytest.param(
            judge_repairs(frame(), [opened(orange())], REPAIR, minute(9), ())[0],
            "an all-clear from orange is not told by this rule",
            id="all-clear from orange is not",
        ),
        pytest.param(
            judge_repairs(frame(repair(due=51)), [opened(raised())], REPAIR, minute(52), ())[0],
            "no further limit passed",
            id="a moved limit is not",
        ),
    ],
)
def test_why_a_phone_did_not_ring(transition: Transition, quiet: str | None) -> None:
    assert route(transition, REPAIR, [FALLBACK]).quiet == quiet


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
    message = write(raised(call_count=3), REPAIR, reader("zh"), minute(127))
    assert message.title == "【守灯人】红色：工单G1到达现场已超时1小时22分（东湖县 城关供电所）"
    assert message.body.splitlines() == [
        "事项：工单G1到达现场已超时1小时22分",
        "地点：东湖县 / 城关供电所 / 10kV柳河线",
        "起始：2026-03-02 09:00:00",
        "时限：2026-03-02 09:45:00",
        "告警偏晚：达到此级别5分后才判定",
        "来电次数：3",
        "请处理：联系抢修班组，问清所需支援，并把新的时间告知客户",
        "责任人：县公司值班员",
        "处置手册：repair_due",
        "截至2026-03-02 11:07:00",
    ]


@pytest.mark.parametrize(
    ("transition", "now", "title"),
    [
        pytest.param(orange(), 8, "[Lightkeeper] Orange: order G1: 4 min left to arrive (东湖县 城关供电所)",
                     id="soon"),
        pytest.param(orange(), 12, "[Lightkeeper] Orange: order G1: 0 s left to arrive (东湖县 城关供电所)",
                     id="exactly at the limit"),
        pytest.param(raised(critical=True), 50,
                     "[Lightkeeper] Critical: order G1: 5 min past the arrival limit (东湖县)", id="critical"),
        pytest.param(cleared("clock_met"), 50,
                     "[Lightkeeper] All clear: order G1: crew has arrived (东湖县 城关供电所)",
                     id="arrived"),
        pytest.param(stale(), 0, "[Lightkeeper] Orange: source orders: no new data for 3 min", id="stale"),
    ],
)  # fmt: skip
def test_title(transition: Transition, now: float, title: str) -> None:
    written = write(transition, RULES[transition.rule], reader(), minute(now)).title
    assert written == title


def test_the_fallback_says_so() -> None:
    said = "没有路由指定此告警的接收人，由后备路由送达。"
    assert said in posting(orange(), routes=[RED, FALLBACK]).drafts[0].body
    assert said not in posting(raised(), routes=[RED, FALLBACK]).drafts[0].body


def test_each_channel_speaks_its_own_language() -> None:
    routes = [Route(to=("mail:a@example.org", "hook:"))]
    spoken = {"mail": "zh", "hook": "en"}
    kept = post(raised(), RULES, routes, spoken.__getitem__, {"zh": reader("zh"), "en": reader("en")}, minute(50))
    assert [(d.channel, d.language, "红色" in d.title, "Red" in d.title) for d in kept.drafts] == [
        ("mail", "zh", True, False),
        ("hook", "en", False, True),
    ]


@pytest.mark.parametrize("order_no", ["G1", "9" * 30, "X" * 64])
@pytest.mark.parametrize("name", ["东湖县", "很" * 40])
def test_a_title_fits_one_text_message(order_no: str, name: str) -> None:
    eye = Reader(translator("zh"), SHANGHAI, "守灯人", lambda _: name)
    for transition in (raised(order_no=order_no), orange(), cleared("no_longer_open"), stale()):
        title = write(transition, RULES[transition.rule], eye, minute(5000)).title
        assert len(title) <= TITLE_LIMIT
        assert title.startswith("【守灯人】")


def test_every_word_has_its_chinese() -> None:
    with (Path(__file__).parents[2] / "i18n" / "alerts.zh.po").open("rb") as file:
        known = {m.id for m in read_po(file, locale="zh") if m.string}
    said: set[str] = set()

    def hear(sentence: str) -> str:
        said.add(sentence)
        return sentence

    eye = Reader(hear, SHANGHAI, "x", lambda code: code)
    never = judge_sources([Source("orders", None, "refused")], [], STALE, NOW, {"orders": 15})[0]
    fresh = judge_sources([Source("orders", NOW)], [opened(stale())], STALE, NOW, {"orders": 15})[0]
    gone = judge_sources([], [opened(stale())], STALE, NOW, {})[0]
    late = raised(clock="restoration", critical=True, call_count=2)
    for t in (late, raised(), orange(), stale(), never, fresh, gone, *(cleared(r) for r in (
            "clock_met", "no_longer_open", "within_limit_again"))):  # fmt: skip
        for at in (0, 46, 300, 9000):
            write(t, RULES[t.rule], eye, minute(at), by_fallback=True)
    said |= {word for rule in RULES.values() for word in (rule.what, rule.owner, rule.action)}
    assert len(said) > 35
    assert said <= known
