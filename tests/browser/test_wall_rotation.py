"""The wall goes through its screens by itself, in one document, and on wide walls shows them side by side."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.serving import Serving, Wall
from tests.browser.turning import repairs, shown, turning

pytestmark = pytest.mark.browser
BOX = "node => { const box = node.getBoundingClientRect(); return [box.x, box.y, box.width, box.height]; }"
# Which rows were moved by an animation, oldest first.
WATCH_SLIDES = """window.slid = [];
const animate = Element.prototype.animate;
Element.prototype.animate = function (...given) {
  window.slid.push(this.dataset.order);
  return animate.apply(this, given);
};"""


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    with turning(tmp_path) as one:
        yield one


def test_the_wall_turns_in_the_same_document_and_keeps_its_map(wall: Wall, serving: Serving) -> None:
    page = wall.page
    page.goto(f"{serving.url}/wall/quick")
    shown(page, "situation")
    page.locator("#wall-map .choroplethlayer path").first.evaluate("node => { node.ownerSVGElement.same = true }")
    expect(page.locator(".pages i")).to_have_count(3)
    shown(page, "situation-more")  # six repairs fit the first screen: the rest of the list has nothing to show
    expect(page.locator(".pages i.on")).to_have_count(1)
    expect(page.locator(".pages i").nth(1)).to_have_class("on")
    expect(page.locator(".on .tile[data-key=satisfaction_rate]")).to_contain_text("91.4–98.4")
    expect(page.locator("#wall-map")).to_be_hidden()
    shown(page, "situation-hotspots")
    shown(page, "situation")
    expect(page.locator("#wall-map .choroplethlayer path").first).to_be_visible()
    assert page.locator("#wall-map .choroplethlayer path").first.evaluate("node => node.ownerSVGElement.same")


def test_rows_that_do_not_fit_stand_on_a_screen_of_their_own(wall: Wall, serving: Serving) -> None:
    serving.house.show(repairs=repairs(0, 1, 2, 3, 4, 5, 4, 5))
    wall.page.goto(f"{serving.url}/wall/main?screen=2")
    shown(wall.page, "situation-list")
    expect(wall.page.locator(".on .row")).to_have_count(2)
    expect(wall.page.locator(".pages i")).to_have_count(4)


HELD = [
    pytest.param("quick?screen=1", ["situation-more"], id="the second screen"),
    pytest.param("both?page=repairs&screen=0", ["repairs"], id="the first of a page"),
    pytest.param("quick?page=nonsense&screen=99", ["situation"], id="a page and a screen there are not"),
]


@pytest.mark.parametrize(("path", "screens"), HELD)
def test_the_address_holds_a_screen(wall: Wall, serving: Serving, path: str, screens: list[str]) -> None:
    wall.page.clock.install()
    wall.page.goto(f"{serving.url}/wall/{path}")
    shown(wall.page, *screens)
    wall.page.clock.fast_forward(120_000)
    shown(wall.page, *screens)


WIDE = [
    # profile, window, screens, the first one's box
    pytest.param("both", (5760, 1080), 3, [0, 0, 1920, 1080], id="three beside each other"),
    pytest.param("both", (7680, 2160), 2, [0, 0, 3840, 2160], id="two beside each other"),
    pytest.param("near", (5760, 1080), 1, [1920, 0, 1920, 1080], id="fewer than columns stand in the middle"),
    pytest.param("near", (1080, 1920), 1, [0, 656.25, 1080, 607.5], id="portrait has bars above and below"),
    pytest.param("near", (3440, 1440), 1, [440, 0, 2560, 1440], id="a little wider has bars at the sides"),
]


@pytest.mark.parametrize(("profile", "size", "count", "box"), WIDE)
def test_screens_are_never_stretched(
    wall: Wall, serving: Serving, profile: str, size: tuple[int, int], count: int, box: list[float]
) -> None:
    wall.page.set_viewport_size({"width": size[0], "height": size[1]})
    wall.page.goto(f"{serving.url}/wall/{profile}")
    expect(wall.page.locator(".screen.on")).to_have_count(count)
    x, y, width, height = wall.page.locator("#wall").evaluate(BOX)
    assert [x, y, width / count, height] == pytest.approx(box, abs=2)  # the picture may be shifted by a pixel
    found = [screen.evaluate(BOX) for screen in wall.page.locator(".screen.on").all()]
    assert [round((b[0] - x) / b[2]) for b in found] == list(range(count))
    assert wall.page.locator("#wall-head .clock").evaluate("node => parseFloat(getComputedStyle(node).fontSize)") == (
        pytest.approx((36 if profile == "near" else 52) * box[2] / 1920, rel=0.01)
    )


def test_a_row_that_changes_place_slides_and_keeps_its_node(chromium: Browser, serving: Serving) -> None:
    for motion, slid in (("no-preference", ["1002", "1001"]), ("reduce", [])):
        context = chromium.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion=motion)  # type: ignore[arg-type]
        context.add_init_script(WATCH_SLIDES)
        serving.house.show(repairs=repairs(0, 1, 2))
        page = context.new_page()
        page.goto(f"{serving.url}/wall/main")
        row = page.locator(".on [data-order='1001']")
        row.evaluate("node => { node.same = true }")
        serving.house.show(repairs=repairs(1, 0))
        expect(page.locator(".on .row").first).to_have_attribute("data-order", "1002")
        assert row.evaluate("node => node.same")
        assert page.locator(".on .row").count() == 2
        assert page.evaluate("window.slid") == slid, motion
        context.close()


def test_the_page_is_loaded_anew_once_a_night(wall: Wall, serving: Serving) -> None:
    page = wall.page
    page.goto(f"{serving.url}/wall/nightly")
    expect(page.locator(".clock")).to_have_text("14:32")
    serving.house.site_now += timedelta(minutes=1)
    with page.expect_event("domcontentloaded", timeout=20_000):
        serving.house.show()
    expect(page.locator(".clock")).to_have_text("14:33")
    page.evaluate("window.sameDocument = true")
    serving.house.site_now += timedelta(minutes=1)
    serving.house.show()
    expect(page.locator(".clock")).to_have_text("14:34")
    assert page.evaluate("window.sameDocument") is True


def test_a_wall_of_a_unit_nobody_knows_says_so(wall: Wall, serving: Serving) -> None:
    wall.page.goto(f"{serving.url}/wall/lost")
    expect(wall.page.locator("#wall-lost [role=alert]")).to_contain_text("没有单位C77", timeout=20_000)
