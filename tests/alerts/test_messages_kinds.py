"""The words of every kind of rule, every condition and every event, in both languages."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.lifecycle import Event
from alerts.messages import LEVEL, NUMBER, PLAIN_LIMIT, TARGET, TITLE_LIMIT, Reader, write
from alerts.messages_ends import ENDED, MET
from alerts.messages_kinds import CLUSTER, FLAG, LEFT, OUTAGE, PAST, SOURCE, SUSPICION, VITAL
from alerts.outbox import post
from alerts.quiet import Quieting
from alerts.rules import CONDITIONS, FLAGS, KINDS, VITALS, Rule
from alerts.transition import About, Transition
from i18n import catalogue
from kpis.types import CLOCK_NAMES, ROLES
from settings import Route
from store.facts.suspicion import SAID
from tests.alerts.duty_town import NOW, PLACE, READERS, RULES, SHANGHAI, at, duty, reader, site, transition

INPUTS: dict[str, dict[str, Any]] = {
    "kpi": {"value": 93.21, "low": 88, "high": 96.4, "n": 120, "target": 98.0, "better": "higher"},
    "hotspot": {"observed": 14, "expected": 3.24, "ri_days": 400.4, "words": ["跳闸", "变压器"], "name": "柳河村"},
    "wide_rise": {"observed": 210, "expected": 90},
    "frequent_outage": {"count": 4, "window_days": 60, "code": "T1"},
    "third_call": {"call_count": 3},
    "order_flag": {"channel": "12398", "grade": None},
    "vital": {"value": 6.04, "name": ""},
    "outage": {"orders_past": 2, "earliest_due_at": "2026-03-02T01:30:00+00:00"},
}
SUBJECTS = {"frequent_outage": "transformer_area:T1", "hotspot": "hotspot:8", "wide_rise": "wide_rise:2"}


def about(rule: Rule) -> About:
    """What an alert of this rule is about, as its kind fills it."""
    kind = rule.watches
    if kind == "order_clock":
        return replace(PLACE, clock=rule.on["clocks"][0])
    if kind in ("third_call", "order_flag", "revisit"):
        return replace(PLACE, clock={"order_flag": "escalated"}.get(kind), due_at=None)
    if kind in ("outage", "frequent_outage"):
        since = NOW - timedelta(minutes=32)
        return About(outage_no="T123", category="outage", county="C1", station="S1", customers=1200, start_at=since,
                     due_at=since, clock=str(rule.on.get("condition", "frequent")))  # fmt: skip
    if kind == "source":
        return About(source="orders", category="watch", clock="stale", start_at=at(-3), due_at=at(-2))
    return About(source="orders", category="watch", county="C1", clock="no rows", start_at=at(-600))


def of(rule: Rule, event: Event = Event.RAISED, rung: int = 1, **other: Any) -> Transition:
    given = {
        "rule": rule.key, "about": about(rule), "subject": SUBJECTS.get(rule.watches, "orders:1"),
        "inputs": INPUTS.get(rule.watches, {}), "rung": rung,
    }  # fmt: skip
    return transition(event, rule.level(rung), **(given | other))


TITLES = [
    ("demand_due", {}, 0, "【守灯人】橙色：工单G1首次联系还剩5分（东湖县 城关供电所）"),
    ("repair_due", {"rung": 4}, 56, "【守灯人】红色：工单G1到达现场已超时51分，已达时限两倍（东湖县 城关供电所）"),
    ("repair_due", {"rung": 3}, 56, "【守灯人】红色：工单G1到达现场已超时51分，已达时限一倍半（东湖县 城关供电所）"),
    ("repair_due", {"event": Event.REOPENED}, 0, "【守灯人】橙色（再次）：工单G1到达现场还剩5分（东湖县 城关供电所）"),
    ("repair_due", {"event": Event.ESCALATED, "step": 1}, 20,
     "【守灯人】橙色（无人确认）：工单G1到达现场已超时15分（东湖县 城关供电所）"),
    ("third_call", {}, 0, "【守灯人】橙色：工单G1同一诉求第3次来电（东湖县 城关供电所）"),
    ("demand_escalated", {}, 0, "【守灯人】橙色：工单G1已到12398监管热线（东湖县 城关供电所）"),
    ("revisit_dissatisfied", {}, 1440, "【守灯人】橙色：工单G1客户不满意，已24小时40分未回访（东湖县 城关供电所）"),
    ("estimate_expired", {}, 0, "【守灯人】橙色：停电T123：预计复电时间已过32分，影响1200户（东湖县 城关供电所）"),
    ("outage_long", {}, 450, "【守灯人】橙色：停电T123：已停电8小时2分，影响1200户（东湖县 城关供电所）"),
    ("sensitive_out", {}, 0, "【守灯人】橙色：停电T123：敏感客户已停电32分，影响1200户（东湖县 城关供电所）"),
    ("important_out", {"critical": True}, 0,
     "【守灯人】紧急：停电T123：重要客户已停电32分，影响1200户（东湖县 城关供电所）"),
    ("plan_not_started", {}, 0,
     "【守灯人】橙色：停电T123：计划检修未开工，已过32分，影响1200户（东湖县 城关供电所）"),
    ("plan_not_restored", {}, 0,
     "【守灯人】橙色：停电T123：计划检修超过公告复电时间32分，影响1200户（东湖县 城关供电所）"),
    ("notice_late", {}, 0,
     "【守灯人】橙色：停电T123：计划停电未公告，公告期限已过32分，影响1200户（东湖县 城关供电所）"),
    ("frequent_outage", {}, 0, "【守灯人】橙色：柳河1号台区60天内停电4次，再停一次即须督办（东湖县 城关供电所）"),
    ("arrival_below_target", {}, 0, "【守灯人】橙色：到达及时率93.2 %，目标98 %（东湖县）"),
    ("hotspot", {}, 0, "【守灯人】橙色：柳河村：诉求热点：14件，常态3.2件（东湖县）"),
    ("wide_rise", {}, 0, "【守灯人】橙色：诉求普遍上升：210件，常态90件（东湖县）"),
    ("source_stale", {}, 0, "【守灯人】橙色：数据源orders已3分没有新数据"),
    ("source_stale", {"inputs": {"table": "td_sheet"}}, 0,
     "【守灯人】橙色：数据源orders的表td_sheet已3分没有新数据"),
    ("source_suspicious", {}, 0, "【守灯人】橙色：数据源orders数据可疑：no rows（东湖县）"),
    ("tick_late", {}, 0, "【守灯人】橙色：本系统一轮用时6秒（东湖县）"),
    ("repair_due", {"event": Event.CLEARED, "reason": "clock_met"}, 0,
     "【守灯人】解除：工单G1抢修人员已到达（东湖县 城关供电所）"),
    ("demand_due", {"event": Event.CLEARED, "reason": "clock_met"}, 0,
     "【守灯人】解除：工单G1已联系客户（东湖县 城关供电所）"),
    ("outage_long", {"event": Event.CLEARED, "reason": "restored"}, 0,
     "【守灯人】解除：停电T123：已恢复供电（东湖县 城关供电所）"),
    ("source_stale", {"event": Event.CLEARED, "reason": "within_limit_again"}, 0,
     "【守灯人】解除：数据源orders已恢复更新"),
    ("hotspot", {"event": Event.CLEARED, "reason": "faded"}, 0, "【守灯人】解除：诉求热点8：已消退（东湖县）"),
    ("disk_nearly_full", {"event": Event.CLEARED, "reason": "clock_met"}, 0,
     "【守灯人】解除：磁盘：恢复正常（东湖县）"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "other", "minute", "title"),
    [pytest.param(*row, id=f"{row[0]} {row[3][5:13]}") for row in TITLES],
)
def test_a_title_says_what_and_where(key: str, other: dict[str, Any], minute: float, title: str) -> None:
    eye = replace(reader(), figure_of=lambda key: {"arrival_on_time_rate": "到达及时率"}[key])
    assert write(of(RULES[key], **other), RULES[key], eye, at(minute)).title == title


def test_a_whole_message_in_english() -> None:
    rule = RULES["estimate_expired"]
    inputs = INPUTS["outage"] | {"woken_at": at(-30).isoformat()}
    place = replace(about(rule), crew="S1B1")
    t = of(rule, Event.ESCALATED, step=2, alert_id=7, rung=2, about=place, inputs=inputs)
    message = write(t, rule, reader("en"), NOW, link="https://x.example/alerts/7", missing=("city_leader",))
    assert message.title == (
        "[Lightkeeper] Red, nobody has answered: outage T123: 32 min past its estimated restoration, 1200 customers out"
    )
    assert message.body.splitlines() == [
        "What: outage T123: 32 min past its estimated restoration, 1200 customers out",
        "Where: 东湖县 / 城关供电所",
        "Since: 2026-03-02 08:28:00",
        "With: 城关一班",
        "Its orders past their limit: 2",
        "Earliest limit of its orders: 2026-03-02 09:30:00",
        "Nobody has acknowledged it for 30 min; this is step 2 of its escalation.",
        "To do: Get a new estimate from the crew, enter it, and have it told to the customers",
        "Whose: county duty officer",
        "Runbook: estimate_expired",
        "Alert: 7",
        "Nobody found for: city leader",
        "https://x.example/alerts/7",
        "As of 2026-03-02 09:00:00",
    ]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        pytest.param("acknowledgement_ran_out", "此告警已有人处理，但预计完成时间已过，仍未解除。", id="forgotten"),
        pytest.param("silence_ended", "静默已结束，此告警仍未解除。", id="silence"),
        pytest.param("not_acknowledged", "尚无人确认此告警。", id="repeated"),
    ],
)
def test_a_reminder_says_why(reason: str, said: str) -> None:
    t = of(RULES["repair_due"], Event.REMINDED, reason=reason, alert_id=7)
    assert said in write(t, RULES["repair_due"], reader(), NOW).body.splitlines()


def test_a_figure_says_how_many_orders_and_how_sure() -> None:
    body = write(of(RULES["arrival_below_target"]), RULES["arrival_below_target"], reader(), NOW).body
    assert "共120件；区间88%至96.4%" in body.splitlines()


def test_a_cluster_says_how_rare_it_is_and_what_its_orders_share() -> None:
    lines = write(of(RULES["hotspot"]), RULES["hotspot"], reader(), NOW).body.splitlines()
    assert "偶然出现约400.4天一次" in lines
    assert "共同点：跳闸 / 变压器" in lines


def test_an_alert_that_is_not_stored_yet_leaves_room_for_its_number() -> None:
    assert f"告警编号：{NUMBER}" in write(of(RULES["repair_due"]), RULES["repair_due"], reader(), NOW).body.splitlines()


def everything() -> Iterator[Transition]:
    """Every rule, rung, condition and event that messages are written about."""
    events = (Event.RAISED, Event.REOPENED, Event.ESCALATED, Event.REMINDED, Event.CLEARED)
    for rule in RULES.values():
        for event in events:
            for rung in range(1, len(rule.levels) + 1):
                yield of(rule, event, rung, alert_id=7)
    for clock in CLOCK_NAMES:
        yield of(RULES["repair_due"], about=replace(PLACE, clock=clock))
        yield of(RULES["repair_due"], about=replace(PLACE, clock=clock, due_at=at(-9)), rung=2)
        yield of(RULES["repair_due"], Event.CLEARED, about=replace(PLACE, clock=clock), reason="clock_met")
    for reason in ENDED:
        yield of(RULES["repair_due"], Event.CLEARED, reason=reason)
    for reason in ("acknowledgement_ran_out", "silence_ended", "not_acknowledged"):
        yield of(RULES["repair_due"], Event.REMINDED, reason=reason)
    for flag in FLAGS:
        marked = replace(PLACE, clock=flag)
        for mark in ({}, {"channel": "media", "grade": "major"}, {"channel": "12345", "grade": "special"},
                     {"channel": "app", "grade": "important"}):  # fmt: skip
            yield of(RULES["demand_escalated"], about=marked, inputs=mark)
    for inputs in ({}, {"table": "td_sheet"}):
        yield of(RULES["source_stale"], about=About(source="orders", clock="never_read"), inputs=inputs)
        yield of(RULES["source_stale"], inputs=inputs)
    yield of(RULES["repair_due"], about=replace(PLACE, due_at=None))
    yield of(RULES["repair_due"], inputs={"late_s": 900, "call_count": 3})


def odd_rules() -> Iterator[tuple[Rule, Transition]]:
    """What a site's own rules may watch beyond the shipped ones."""
    for part in VITALS:
        rule = replace(RULES["tick_late"], on={"part": part})
        for event in (Event.RAISED, Event.CLEARED):
            yield rule, of(rule, event, inputs={"value": 3, "name": "mail"})
    limit = replace(RULES["repair_due"].levels[1], over_percent=300)
    for levels in ((limit,), (replace(limit, over_percent=400),)):
        rule = replace(RULES["repair_due"], levels=levels)
        yield rule, of(rule, about=replace(PLACE, due_at=at(-9)))


def test_every_word_has_its_chinese() -> None:
    known, said = catalogue("zh"), set()

    def hear(sentence: str) -> str:
        said.add(sentence)
        return sentence.partition("##")[0]

    eye = Reader(hear, SHANGHAI, "x", lambda code: code)
    for t in everything():
        write(t, RULES[t.rule], eye, at(20), by_fallback=True, missing=ROLES)
    for rule, t in odd_rules():
        write(t, rule, eye, at(20))
    for rule in RULES.values():
        said |= {rule.what, rule.owner, rule.action}
    said -= {"no rows"}  # what is suspicious comes from the source's own list of words
    assert len(said) > 150
    assert sorted(said - known.keys()) == []


def test_every_kind_condition_and_role_has_its_words() -> None:
    assert set(LEFT) == set(PAST) == set(MET) == set(CLOCK_NAMES)
    assert set(OUTAGE) == set(CONDITIONS)
    assert set(VITAL) == set(VITALS)
    assert set(FLAGS) <= set(FLAG)
    assert set(TARGET) == set(ROLES)
    assert {rule.watches for rule in RULES.values()} == set(KINDS)
    assert (len(CLUSTER), len(SOURCE), len(LEVEL)) == (2, 4, 2)


@pytest.mark.parametrize("name", ["东湖县", "很" * 40])
def test_a_title_fits_one_text_message_and_carries_the_signature(name: str) -> None:
    eye = replace(reader(), name_of=lambda _: name, figure_of=lambda _: name)
    for t in everything():
        for minute in (0, 9000):
            title = write(t, RULES[t.rule], eye, at(minute)).title
            assert len(title) <= TITLE_LIMIT
            assert title.startswith("【守灯人】")


def test_a_title_without_chinese_has_the_whole_segment() -> None:
    t = of(RULES["repair_due"])
    long = replace(reader("en"), name_of=lambda _: "County " + "x" * 20)
    assert TITLE_LIMIT < len(write(t, RULES[t.rule], long, NOW).title) <= PLAIN_LIMIT
    chinese = replace(reader("en"), name_of=lambda _: "县" * 20)
    assert len(write(t, RULES[t.rule], chinese, NOW).title) <= TITLE_LIMIT


def test_no_message_leaves_a_field_unfilled() -> None:
    for t in everything():
        for eye in READERS.values():
            message = write(t, RULES[t.rule], eye, at(20))
            left = re.findall(r"\{\w+\}", message.title + message.body.replace(NUMBER, ""))
            assert left == [], (t.rule, t.event, message)


def test_nobody_s_name_phone_or_mail_stands_in_a_message() -> None:
    """People are told at their addresses, but no text carries one."""
    town = site(duty(), Route(to=("crew", "station_head", "county_duty")))
    for t in everything():
        for draft in post(t, RULES[t.rule], town, Quieting(), READERS, at(20)).drafts:
            for secret in ("姓名", "1380000", "@x.example"):
                assert secret not in draft.title + draft.body


def test_each_person_is_told_in_their_language() -> None:
    own = duty('[people.P5]\nlanguage = "en"\n')
    kept = post(transition(), RULES["repair_due"], site(own, Route(to=("crew", "station_head", "hook:"))), Quieting(),
                READERS, NOW)  # fmt: skip
    assert [(d.person, d.language, "Orange" in d.title) for d in kept.drafts] == [
        ("P1", "zh", False),
        ("P5", "en", True),
        (None, "zh", False),
    ]
    assert {d.unit for d in kept.drafts} == {"S1"}


def test_a_link_is_written_only_where_the_channel_opens_it() -> None:
    kept = post(transition(), RULES["repair_due"], site(duty(), Route(to=("hook:", "sms:1"))), Quieting(), READERS, NOW,
                lambda channel, t: "https://x.example/a" if channel == "hook" else None)  # fmt: skip
    assert [(d.channel, "https://" in d.body) for d in kept.drafts] == [("hook", True), ("sms", False), ("mail", False)]


def test_the_fallback_says_so() -> None:
    said = "没有路由指定此告警的接收人，由后备路由送达。"
    town = site(duty("[addresses]\n"), Route(level=("red",), to=("hook:",)), Route(to=("mail:d@x.example",)))
    (draft,) = post(transition(), RULES["repair_due"], town, Quieting(), READERS, NOW).drafts
    assert (draft.address, said in draft.body) == ("d@x.example", True)


def test_every_suspicion_of_a_read_has_a_name() -> None:
    assert SAID.keys() <= SUSPICION.keys()
    assert sorted(set(SUSPICION.values()) - catalogue("zh").keys()) == []
