"""A critical alert that nobody acknowledges takes the wall."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.serving import Serving, Wall
from tests.browser.turning import body, shown, turning
from tests.dashboard.picture import AFTERNOON, CRITICAL, columns, ms

pytestmark = pytest.mark.browser
BAND = "#wall-takeover [role=alert]"
# A browser with a voice of its own and one that would ask somebody outside.
VOICES = """window.said = []; window.tones = 0;
const voices = [{ lang: "zh-CN", localService: false }, { lang: "zh-CN", localService: true }];
class Said { constructor(text) { this.text = text; } }
Object.defineProperty(window, "SpeechSynthesisUtterance", { value: Said });
Object.defineProperty(window, "speechSynthesis", { value: { getVoices: () => voices,
  speak: (words) => window.said.push([words.text, words.voice.localService]) } });
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function () { window.tones += 1; return start.call(this); };"""


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    with turning(tmp_path) as one:
        yield one


def alarm(*waiting_min: float, flood: bool = False, customers: int | None = 1284) -> dict[str, Any]:
    """The part with a critical alert for each of these minutes without an answer."""
    due = ms(AFTERNOON - timedelta(minutes=18))
    place = ("restoration", "C5", "S1", "F1")
    rows = [
        (10 + i, "repair_due", *place, "1001", ms(AFTERNOON - timedelta(minutes=waited)), due, customers)
        for i, waited in enumerate(waiting_min)
    ]
    return {**body("alerts"), "critical": {"columns": columns(CRITICAL, *rows)}, "flood": flood, "recent": 23}


def test_a_critical_alert_takes_the_wall_until_it_is_acknowledged(wall: Wall, serving: Serving) -> None:
    page = wall.page
    page.goto(f"{serving.url}/wall/brief")
    shown(page, "situation-more")
    serving.house.show(alerts=alarm(5, 2))
    expect(page.locator(f"{BAND} .split").first).to_have_text("城东 东湖线复电超时未确认5分")
    expect(page.locator(f"{BAND} .split").last).to_have_text("江城，超时18分，影响1,284户，另有1条待确认14:27起")
    shown(page, "situation")
    colour = page.locator(BAND).evaluate("node => getComputedStyle(node).backgroundColor")
    assert colour == "rgb(176, 21, 15)"
    expect(page.locator(".on .tile .brief")).to_have_text(["97.6%", "98.0%", "2/14", "1,284"])
    expect(page.locator(".on .row")).to_have_count(5)
    expect(page.locator("#wall-map")).to_be_visible()
    serving.house.site_now += timedelta(seconds=40)  # of which the wall spends none turning
    serving.house.show(alerts=alarm(5, 2))
    expect(page.locator(f"{BAND} .lasted")).to_have_text("未确认5分")
    shown(page, "situation")
    serving.house.show(alerts=alarm(2))
    expect(page.locator(f"{BAND} .lasted")).to_have_text("未确认2分")
    expect(page.locator(BAND)).not_to_contain_text("待确认")
    serving.house.show(alerts=alarm())
    expect(page.locator(BAND)).to_have_count(0)
    expect(page.locator(".on .tile .spark").first).to_be_visible()
    shown(page, "situation-more")  # it turns again


def test_nobody_answers_and_the_time_is_up(wall: Wall, serving: Serving) -> None:
    serving.house.show(alerts=alarm(9.5))
    wall.page.goto(f"{serving.url}/wall/brief")
    expect(wall.page.locator(BAND)).to_be_visible()
    serving.house.site_now += timedelta(minutes=1)
    serving.house.show(alerts=alarm(9.5))
    expect(wall.page.locator(BAND)).to_have_count(0)


def test_in_a_flood_no_alert_takes_the_wall_and_the_header_says_so(wall: Wall, serving: Serving) -> None:
    serving.house.show(alerts=alarm(1, flood=True))
    wall.page.goto(f"{serving.url}/wall/main")
    expect(wall.page.locator("#wall-head .flood")).to_have_text("10分钟内23条告警")
    expect(wall.page.locator(BAND)).to_have_count(0)


def test_customers_are_unknown_where_the_source_of_outages_is_late(wall: Wall, serving: Serving) -> None:
    sources = body("sources")
    late = [as_of - 300_000 if name == "outage" else as_of
            for name, as_of in zip(sources["columns"]["name"], sources["columns"]["as_of"], strict=True)]  # fmt: skip
    serving.house.show(alerts=alarm(1), sources={"columns": {**sources["columns"], "as_of": late}})
    wall.page.goto(f"{serving.url}/wall/main")
    expect(wall.page.locator(f"{BAND} .details")).to_have_text("江城，超时18分，影响户数未知")
    expect(wall.page.locator(".on .tile[data-key=out] .flag.inverse")).to_have_text("停于14:26")


def test_an_alert_is_heard_once_and_never_by_a_voice_from_outside(wall: Wall, serving: Serving) -> None:
    page = wall.page
    page.add_init_script(VOICES)
    serving.house.show(alerts=alarm(1))
    page.goto(f"{serving.url}/wall/heard")
    expect(page.locator(BAND)).to_be_visible()
    assert page.evaluate("window.said") == [["城东 东湖线复电超时", True]]
    assert page.evaluate("window.tones") == 1
    page.reload()
    expect(page.locator(BAND)).to_be_visible()
    assert page.evaluate("[window.said, window.tones]") == [[], 0]
    page.goto(f"{serving.url}/wall/brief")
    expect(page.locator(BAND)).to_be_visible()
    assert page.evaluate("[window.said, window.tones]") == [[], 0]
