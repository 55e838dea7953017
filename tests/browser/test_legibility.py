"""The checker finds what cannot be read: one seeded defect each, and nothing on a page that is well."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bench.faults import KINDS, Fault, faults
from bench.legibility import SIZES, Picture, standing
from tests.browser.serving import with_fonts

pytestmark = pytest.mark.browser

FRAME = """<!DOCTYPE html><html lang="zh-CN" data-kind="{kind}" data-distance="{distance}"><style>
* {{ margin: 0; box-sizing: border-box }} html {{ overflow: {overflow}; background: #171717; color: #f2f1ee }}
html {{ font: 44px/1.3 sans-serif }}
p {{ width: 900px; white-space: nowrap }} {style}</style><body>{body}</body></html>"""
WELL = "<p>到达及时率</p><p style='width: 300px; text-align: right'>1,284户</p>"


@pytest.fixture(scope="module")
def blank(chromium: Browser) -> Page:
    page = chromium.new_page(viewport={"width": 1920, "height": 1080})
    page.set_default_timeout(10_000)
    return page


def found(page: Page, body: str, style: str = "", kind: str = "wall") -> list[Fault]:
    distance, overflow = ("6m", "hidden") if kind == "wall" else ("desk", "auto")
    page.set_content(FRAME.format(kind=kind, distance=distance, overflow=overflow, style=style, body=WELL + body))
    return faults(page)


ON_MAP = "<svg viewBox='0 0 800 400' width='800' height='400' font-size='44' fill='#f2f1ee'>{}</svg>"
SEEDED = {
    "too small for six metres": ("small", "<p style='font-size: 40px'>沙湾线</p>", ""),
    "made small by a transform": ("small", "<p style='transform: scale(.9)'>沙湾线</p>", ""),
    "made small by the view box of an SVG": (
        "small",
        "<svg viewBox='0 0 1600 800' width='800' height='400' fill='#fff'>"
        "<text y='90' font-size='44'>沙湾线</text></svg>",
        "",
    ),
    "the third ink on a raised field": ("pale", "<p style='color: #8f8f8a'>20秒前</p>", ""),
    "made pale by the opacity of an ancestor": ("pale", "<div style='opacity: .5'><p>20秒前</p></div>", ""),
    "on a fill of low contrast": (
        "pale",
        "<p class='due'>超时18分</p>",
        ".due { position: relative } .due::before { content: ''; position: absolute; inset: 0; z-index: -1;"
        " background: #f4402f }",
    ),
    "half on the fill of its neighbour": (
        "pale",
        "<p style='width: 60px; height: 60px; background: #1f1f1e'>复电超时</p>",
        "p { position: relative; z-index: 1 } body::after { content: ''; position: absolute; left: 60px; top: 110px; "
        "width: 200px; height: 70px; background: #ffe261 }",
    ),
    "on a red area of the map": (
        "pale",
        ON_MAP.format("<path d='M0 0H800V400H0Z' fill='#f4402f'/><text x='200' y='200'>江城</text>"),
        "",
    ),
    "ended by an ellipsis": (
        "cut",
        "<p style='width: 200px; overflow: hidden; text-overflow: ellipsis'>北湾临港新城供电服务站</p>",
        "",
    ),
    "cut by an ancestor": ("cut", "<div style='height: 30px; overflow: hidden'><p>沙湾供电所</p></div>", ""),
    "beyond the edge of its SVG": ("cut", ON_MAP.format("<text x='700' y='200'>沙湾供电所</text>"), ""),
    "behind a clip path": (
        "cut",
        ON_MAP.format(
            "<clipPath id='c'><path d='M0 0H300V400H0Z'/></clipPath>"
            "<g clip-path='url(#c)'><text x='200' y='200'>沙湾供电所</text></g>"
        ),
        "",
    ),
    "under another panel": (
        "covered",
        "<p>沙湾供电所</p><div style='position: absolute; left: 100px; top: 100px; width: 500px; height: 200px;"
        " background: #2a2a29'></div>",
        "",
    ),
    "one label over another": (
        "overlap",
        "<p style='position: absolute; top: 300px'>沙湾供电所</p>"
        "<p style='position: absolute; top: 330px; left: 60px'>城东</p>",
        "",
    ),
    "two names on the map": (
        "overlap",
        ON_MAP.format("<text x='200' y='200'>江城</text><text x='230' y='215'>临湖</text>"),
        "",
    ),
    "a shape over a name on the map": (
        "overlap",
        ON_MAP.format(
            "<text x='200' y='200'>江城</text>"
            "<g role='img' aria-label='超时'><path d='M230 160h40v40h-40z' fill='#a00'/></g>"
        ),
        "",
    ),
    "a list that scrolls": (
        "scrolled",
        "<div style='height: 120px; overflow-y: auto'><p>沙湾</p><p>城东</p><p>大圩</p></div>",
        "",
    ),
    "a name only the mouse would see": ("hover", "<p title='沙湾供电所'>沙湾</p>", ""),
    "a title inside a drawing": (
        "hover",
        ON_MAP.format("<g><title>江城区停电612户</title><path d='M0 0h40v40z'/></g>"),
        "",
    ),
    "a rule that shows more to the mouse": (
        "hover",
        "<p class='more'>沙湾<b>供电所</b></p>",
        ".more b { visibility: hidden } body { .more:hover b { visibility: visible } }",
    ),
    "not painted": ("unpainted", "<p style='mask-image: linear-gradient(transparent, transparent)'>沙湾线</p>", ""),
    "beyond the right edge": ("outside", "<p style='position: absolute; left: 1800px'>沙湾供电所</p>", ""),
    "below the picture": ("outside", "<p style='position: absolute; top: 1050px'>沙湾供电所</p>", ""),
}


@pytest.mark.parametrize(("kind", "body", "style"), SEEDED.values(), ids=SEEDED)
def test_a_seeded_defect_is_found(blank: Page, kind: str, body: str, style: str) -> None:
    assert kind in KINDS
    assert kind in {fault.kind for fault in found(blank, body, style)}


NOTHING = {
    "an empty page": "",
    "a page without words": "<svg width='800' height='400'><path d='M0 0h400v400z' fill='#f2f1ee'/></svg>",
    "words that are not shown": "<p hidden>沙湾</p><p style='opacity: 0'>沙湾</p>",
}


@pytest.mark.parametrize("kind", ["wall", "desk"])
@pytest.mark.parametrize("body", NOTHING.values(), ids=NOTHING)
def test_a_page_on_which_nothing_can_be_read_is_not_well(blank: Page, kind: str, body: str) -> None:
    blank.set_content(FRAME.format(kind=kind, distance="6m", overflow="hidden", style="", body=body))
    assert {fault.kind for fault in faults(blank)} == {"empty"}


def test_a_browser_without_a_font_draws_nothing_and_is_found_out(chromium: Browser, tmp_path: Path) -> None:
    with with_fonts(chromium, tmp_path) as browser:
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        assert {fault.kind for fault in found(page, "")} & {"empty", "unpainted"}


WELL_TOO = {
    "plain text": "",
    "lines of Chinese one under the other": "<p style='line-height: 1.1'>沙湾<br>城东</p>",
    "a filled time": "<p><span style='background: #b0150f; color: #fff; padding: 0 9px'>超时18分</span></p>",
    "a text that a hairline crosses": "<p style='background: linear-gradient(#171717 28px, #75756f 28px 29px, #171717"
    " 29px)'>沙湾</p>",
    "a screen that is not shown": "<div style='opacity: 0'><p style='font-size: 9px'>沙湾</p></div><p hidden>城东</p>",
    "words for a screen reader": "<span style='position: absolute; width: 1px; height: 1px; overflow: hidden'>工单"
    "</span>",
    "the bang of an octagon": ON_MAP.format(
        "<g role='img' aria-label='超时'><path d='M200 160h44v44h-44z' fill='#f4402f'/></g>"
        "<text x='222' y='193' text-anchor='middle' font-size='29'>!</text>"
    ),
    "a name that says it may be cut": "<p data-may-cut='foot' style='width: 200px; overflow: hidden'>北湾临港新城</p>",
    "a header under the banner that takes its place": "<p style='position: absolute; top: 300px'>14:32</p>"
    "<section role='alert' style='position: absolute; top: 280px; width: 900px; height: 99px; background: #f2f1ee'>"
    "</section>",
    "wider than 16 to 9": "<p style='position: absolute; left: 1500px'>沙湾供电所</p>",
}


@pytest.mark.parametrize("body", WELL_TOO.values(), ids=WELL_TOO)
def test_what_is_well_is_no_fault(blank: Page, body: str) -> None:
    assert found(blank, body) == []


def test_sizes_grow_with_the_picture(blank: Page) -> None:
    blank.set_viewport_size({"width": 3840, "height": 2160})
    try:
        assert {fault.kind for fault in found(blank, "")} == {"small"}
        assert found(blank, "", "html { font-size: 88px } p { width: auto !important }") == []
        blank.set_viewport_size({"width": 5760, "height": 1080})
        assert found(blank, "") == []
    finally:
        blank.set_viewport_size({"width": 1920, "height": 1080})


DESK = {
    "eleven pixels": ("small", "<p style='font-size: 11px'>工单</p>"),
    "pale small print": ("pale", "<p style='font-size: 14px; color: #6a6a66'>工单</p>"),
    "an ellipsis without the whole": (
        "cut",
        "<p style='width: 90px; overflow: hidden; text-overflow: ellipsis'>北湾供电服务站</p>",
    ),
    "a value longer than its field": ("cut", "<input style='font-size: 16px; width: 60px' value='北湾临港新城'>"),
    "two labels on a chart": (
        "overlap",
        ON_MAP.format("<text x='90' y='90'>周一</text><text x='120' y='100'>周二</text>"),
    ),
}


@pytest.mark.parametrize(("kind", "body"), DESK.values(), ids=DESK)
def test_the_desk_has_bounds_of_its_own(blank: Page, kind: str, body: str) -> None:
    assert kind in {fault.kind for fault in found(blank, body, kind="desk")}


def test_the_desk_may_scroll_and_answer_the_mouse(blank: Page) -> None:
    rows = "<p style='font-size: 14px'>工单</p>" * 60
    pale = "<p title='沙湾供电所' style='color: #8f8f8a'>沙湾</p>"
    body = f"<div style='height: 100px; overflow: auto'>{rows}</div>{pale}{rows}"
    assert found(blank, body, kind="desk") == []


REAL = (
    Picture("6m", "situation", 0, SIZES[0], "zh", "dark", "afternoon"),
    Picture("6m", "situation", 0, SIZES[0], "zh", "dark", "storm_of_long_names"),
    Picture("3m", "situation", 0, SIZES[1], "en", "light", "storm"),
    Picture("3m", "situation", 0, SIZES[0], "en", "light", "error"),
    Picture("3m", "repairs", 0, SIZES[0], "zh", "light", "many"),
    Picture("6m", "repairs", 0, SIZES[2], "en", "dark", "flood"),
    Picture("10m", "situation", 0, SIZES[0], "en", "light", "storm_of_long_names"),
)


def test_walls_are_legible(chromium: Browser) -> None:
    """A few of the pictures that the bench goes through whole."""
    found = {str(shown): faults(page) for shown, page in standing(chromium, list(REAL))}
    assert len(found) == len(REAL)
    assert {shown: list(map(str, some)) for shown, some in found.items() if some} == {}
