"""Numbers, durations, ages and dates in both languages, as the notes beside the mock-ups have them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.components import format as say
from dashboard.components.format import Language

SITE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)  # 14:32 at the site


@pytest.mark.parametrize(
    ("n", "text"),
    [
        pytest.param(0, "0", id="zero is a number"),
        pytest.param(1284, "1,284", id="thousands"),
        pytest.param(3650000, "3,650,000", id="millions"),
        pytest.param(-3, "\N{MINUS SIGN}3", id="true minus"),
    ],
)
def test_count(n: int, text: str) -> None:
    assert say.count(n) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(97.44, "97.4", id="one decimal"),
        pytest.param(100.0, "100.0", id="a full hundred keeps its decimal"),
        pytest.param(-0.3, "\N{MINUS SIGN}0.3", id="true minus"),
        pytest.param(-0.04, "0.0", id="nothing is not negative"),
    ],
)
def test_one_decimal(value: float, text: str) -> None:
    assert say.one_decimal(value) == text


def test_an_interval_has_an_en_dash() -> None:
    assert say.interval(96.4, 98.1) == "96.4\N{EN DASH}98.1"


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [
        pytest.param(0.9, "0分", "0 min", id="rounded down"),
        pytest.param(6, "6分", "6 min", id="minutes"),
        pytest.param(82, "1小时22分", "1 h 22 min", id="hours and minutes"),
        pytest.param(180, "3小时", "3 h", id="full hours"),
        pytest.param(-18, "18分", "18 min", id="the sign is the caller's word"),
        pytest.param(1440 + 185, "1天3小时", "1 d 3 h", id="days and hours"),
        pytest.param(2880, "2天", "2 d", id="full days"),
        pytest.param(1440 * 12 + 700, "12天", "12 d", id="from ten days on days alone"),
    ],
)
def test_duration(minutes: float, zh: str, en: str) -> None:
    length = timedelta(minutes=minutes)
    assert (say.duration(length, "zh"), say.duration(length, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        pytest.param(-5, "0秒前", "0 s ago", id="not from the future"),
        pytest.param(20, "20秒前", "20 s ago", id="seconds"),
        pytest.param(199, "3分前", "3 min ago", id="minutes"),
        pytest.param(7300, "2小时前", "2 h ago", id="hours"),
        pytest.param(90000, "1天前", "1 d ago", id="days"),
    ],
)
def test_age(seconds: float, zh: str, en: str) -> None:
    length = timedelta(seconds=seconds)
    assert (say.age(length, "zh"), say.age(length, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("first", "last", "zh", "en"),
    [
        pytest.param((11, 14), (11, 20), "11月14日至20日", "14 to 20 Nov", id="one month is said once"),
        pytest.param((10, 30), (11, 2), "10月30日至11月2日", "30 Oct to 2 Nov", id="two months"),
        pytest.param((11, 20), (11, 20), "11月20日 周五", "Fri 20 Nov", id="one day has its weekday"),
    ],
)
def test_days(first: tuple[int, int], last: tuple[int, int], zh: str, en: str) -> None:
    span = date(2026, *first), date(2026, *last)
    assert (say.days(*span, "zh"), say.days(*span, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [
        pytest.param(NOW - timedelta(hours=1), "13:32", "13:32", id="today is a clock"),
        pytest.param(NOW - timedelta(hours=15), "11月19日 23:32", "19 Nov 23:32", id="the site's midnight, not UTC's"),
        pytest.param(NOW - timedelta(days=365), "2025年11月20日 14:32", "20 Nov 2025 14:32", id="another year"),
    ],
)
def test_moment(at: datetime, zh: str, en: str) -> None:
    assert (say.moment(at, NOW, SITE, "zh"), say.moment(at, NOW, SITE, "en")) == (zh, en)


@given(st.integers(0, 10**6), st.sampled_from(["zh", "en"]))
def test_a_longer_duration_never_reads_shorter_within_a_day(seconds: int, language: Language) -> None:
    """Reading back gives whole minutes at most one minute below."""
    length = timedelta(seconds=seconds % 86400)
    text = say.duration(length, language).replace("小时", " h ").replace("分", " min").split()
    units = {"h": 60, "min": 1}
    read = sum(int(text[i]) * units[text[i + 1]] for i in range(0, len(text), 2))
    assert 0 <= length.total_seconds() / 60 - read < 1


def test_one_and_many_are_different_sentences() -> None:
    said = [say.counted(str, n, "{n} order", "{n} orders") for n in (0, 1, 1486)]
    assert said == ["0 orders", "1 order", "1,486 orders"]
