"""The map's writing: nothing lies over anything else, and every page is set in the font that comes with it."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.serving import Serving, Wall, wait_for, with_fonts
from tests.dashboard.picture import picture

pytestmark = pytest.mark.browser
LATIN = "/usr/share/fonts/truetype/dejavu"  # without any font chromium shows nothing at all, not even fonts of the page
NAMES = "#wall-map .scatterlayer text"

# Ink of each writing, and discs of the outages' signs, as boxes with what they say.
BOXES = """() => {
  const field = getComputedStyle(document.body).backgroundColor;
  const inked = [...document.querySelectorAll('#wall-map .scatterlayer text')].map((node) => {
    const [box, size] = [node.getBoundingClientRect(), parseFloat(getComputedStyle(node).fontSize)];
    const lines = Math.max(1, node.querySelectorAll('tspan.line').length);
    const high = Math.min(box.height, size * (lines - 0.2));
    const middle = (box.top + box.bottom) / 2;
    return { said: node.textContent, x0: box.left, x1: box.right, y0: middle - high / 2, y1: middle + high / 2 };
  });
  const signs = [...document.querySelectorAll('#wall-map .scatterlayer path.point')]
    .filter((node) => getComputedStyle(node).fill === field)
    .map((node) => node.getBoundingClientRect())
    .map((box) => ({ said: 'sign', x0: box.left, x1: box.right, y0: box.top, y1: box.bottom }));
  return [...inked, ...signs];
}"""


def boxes(wall: Wall) -> list[dict[str, Any]]:
    return list(wall.page.evaluate(BOXES))


def opened(wall: Wall, serving: Serving, path: str) -> None:
    wall.page.goto(serving.url + path)
    expect(wall.page.locator(NAMES).first).to_be_attached(timeout=20_000)
    assert wall.page.evaluate("document.fonts.ready.then(() => true)")


def overlapping(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Pairs that share more than a pixel. The bang of the red shape belongs into its shape."""
    solid = [b for b in found if b["said"] != "!"]
    return [
        (a["said"], b["said"])
        for i, a in enumerate(solid)
        for b in solid[i + 1 :]
        if min(a["x1"], b["x1"]) - max(a["x0"], b["x0"]) > 1 and min(a["y1"], b["y1"]) - max(a["y0"], b["y0"]) > 1
    ]


@pytest.mark.parametrize("path", ["/wall/main", "/wall/english", "/wall/near", "/wall/near?lang=en"])
def test_names_and_signs_of_outages_do_not_touch(wall: Wall, serving: Serving, path: str) -> None:
    opened(wall, serving, path)
    said = [box["said"] for box in boxes(wall)]
    assert said.count("sign") == 2
    assert ("Jiangcheng" if "en" in path else "江城") in said
    wait_for(lambda: overlapping(boxes(wall)) == [], f"{path}: {overlapping(boxes(wall))}")


def test_outages_drawn_at_one_place_leave_the_name_of_their_district_readable(wall: Wall, serving: Serving) -> None:
    """Three signs on the very middle of a district: the name goes beside them."""
    out = dict(picture()["outages"].body)
    columns = {**out["columns"]}
    middle = {"lon": 119.5, "lat": 30.5, "county": "C5", "customers_out": 9999}
    rows = {name: [middle.get(name, values[0])] * 3 for name, values in columns.items()}
    serving.house.show(outages={**out, "count": 3, "columns": rows})
    opened(wall, serving, "/wall/main")
    wait_for(lambda: [b["said"] for b in boxes(wall)].count("sign") == 3, "three signs")
    assert ("江城", "sign") not in overlapping(boxes(wall))


def test_customers_stand_beside_their_outage_only_near_by(wall: Wall, serving: Serving) -> None:
    opened(wall, serving, "/wall/near")
    expect(wall.page.locator(NAMES, has_text="846户")).to_be_attached()
    opened(wall, serving, "/wall/near?lang=en")
    expect(wall.page.locator(NAMES, has_text="846 out")).to_be_attached()
    opened(wall, serving, "/wall/main")
    expect(wall.page.locator(NAMES, has_text="846")).to_have_count(0)


@pytest.fixture(scope="module")
def bare(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page on a machine with the Latin fonts that Debian's chromium brings along, and no other."""
    with with_fonts(chromium, tmp_path_factory.mktemp("fonts"), LATIN) as browser:
        yield browser.new_page(viewport={"width": 1920, "height": 1080})


def fonts_of(page: Page) -> dict[tuple[str, bool], int]:
    """Glyphs by font and whether it came with the page, over every element of it."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    counted: dict[tuple[str, bool], int] = {}
    stack = [session.send("DOM.getDocument", {"depth": -1})["root"]]
    while stack:
        node = stack.pop()
        stack += node.get("children", [])
        if any(child["nodeType"] == 3 and child["nodeValue"].strip() for child in node.get("children", [])):
            for font in session.send("CSS.getPlatformFontsForNode", {"nodeId": node["nodeId"]})["fonts"]:
                key = font["familyName"], font["isCustomFont"]
                counted[key] = counted.get(key, 0) + int(font["glyphCount"])
    return counted


@pytest.mark.parametrize("path", ["/wall/main", "/wall/english", "/alerts", "/nothing"])
def test_a_machine_without_a_chinese_font_shows_every_word(bare: Page, serving: Serving, path: str) -> None:
    page = bare
    outside: list[str] = []
    page.on(
        "request", lambda r: outside.append(r.url) if not r.url.startswith((serving.url, "data:", "blob:")) else None
    )
    page.goto(serving.url + path)
    sign = {"/alerts": "main h1", "/nothing": "body p"}.get(path, ".tile .value")
    expect(page.locator(sign).first).to_be_visible(timeout=20_000)
    assert page.evaluate("document.fonts.ready.then(() => true)")
    used = fonts_of(page)
    assert sum(used.values()) > 20
    assert {name for name, shipped in used if not (shipped and name.startswith("Noto Sans SC"))} == set()
    assert outside == []


def test_digits_are_of_one_width_in_both_weights(wall: Wall, serving: Serving) -> None:
    opened(wall, serving, "/wall/main")
    widths = wall.page.evaluate(
        """() => [false, true].map((bold) => [...'0123456789'].map((d) => window.lightkeeper.textWidth(d, 10, bold)))"""
    )
    for digits in widths:
        assert max(digits) - min(digits) < 0.001
        assert 5 < digits[0] < 6.5  # of ten: a real measure, not a box of the whole em
