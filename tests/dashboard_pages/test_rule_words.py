"""Changes of the rules in the reader's language: every sentence that can be written has its words."""

import re
from datetime import date

import pytest

from dashboard.components.rule_words import sentence
from dashboard.components.view import view_of
from kpis.calendars_file import load as load_calendar
from kpis.derive import Rules
from kpis.limits_file import load
from kpis.rules_said import change, said
from recompute import UNKNOWN
from settings import EventDays, Tier

ZH, EN = view_of({"lang": "zh"}, "zh"), view_of({"lang": "en"}, "en")
NAMES = ("kVA", "Asia/Shanghai", "C1", "Typhoon")  # of units, zones, places and the site's own


@pytest.mark.parametrize(
    ("told", "zh", "en"),
    [
        (
            "limit arrival promise urban from 2022-01-01: 45 min -> 40 min",
            "到达现场时限（承诺），城区，自2022-01-01起：45分钟 → 40分钟",
            "limit of arrival (promise), urban, from 2022-01-01 on: 45 min → 40 min",
        ),
        (
            "limit answer promise from 2022-01-01: 5 working days (removed)",
            "答复时限（承诺），自2022-01-01起：5个工作日（删除）",
            "limit of answer (promise), from 2022-01-01 on: 5 working days, removed",
        ),
        (
            "tier 1: diamond from 10000 kVA, owing at most 0 yuan (new)",
            "客户等级规则1：钻石：容量不低于10000 kVA，欠费不超过0元（新增）",
            "customer tier, rule 1: diamond from 10000 kVA, owing at most 0 yuan, new",
        ),
        (
            "calendar 2031-01-01: day off (new)",
            "工作日历 2031-01-01：休息日（新增）",
            "calendar, 2031-01-01: day off, new",
        ),
        ("what nobody ever wrote", "what nobody ever wrote", "what nobody ever wrote"),
    ],
)
def test_a_change_in_both_languages(told: str, zh: str, en: str) -> None:
    assert (sentence(ZH, told), sentence(EN, told)) == (zh, en)


def test_no_code_is_left_in_a_chinese_sentence() -> None:
    tiers = (Tier(tier="diamond", capacity_kva=10_000, arrears_cny=0), Tier(tier="silver", capacity_kva=100))
    days = EventDays(name="Typhoon", first=date(2026, 7, 1), last=date(2026, 7, 3), units=("C1",))
    everywhere = days.model_copy(update={"units": ()})
    zone = "Asia/Shanghai"
    rules = Rules(load(), load_calendar(zone), tiers=tiers, event_days=(days, everywhere))
    found = change({}, said(rules, "code"))
    assert found is not None
    told = [*found.words, *UNKNOWN.words, "limit arrival promise from 2022-01-01: 45 min -> 45 min, stopped by nothing"]
    assert len(told) > 120
    wrong = {}
    for words in told:
        said_so = sentence(ZH, words)
        for name in NAMES:
            said_so = said_so.replace(name, "")
        if re.search("[A-Za-z]{2}", said_so):
            wrong[words] = said_so
    assert wrong == {}
