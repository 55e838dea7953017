"""Nobody stands beside a wall: server, network, session, release or clock may fail, it comes back by itself."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.serving import Serving, wait_for
from tests.browser.tab import Open, Tab, browsing
from tests.browser.wire import Wire, reply
from tests.dashboard.picture import HandHouse, picture

pytestmark = pytest.mark.browser
PATH = "/wall/main?page=situation&screen=0"  # held: a slow machine must not see another screen
OUT = ".tile[data-key=out] .value"
BANNER = "#wall-lost [role=alert]"
LIVE = "**/api/live*"
OURS = ("/api/", "/wall/")  # what the wall asks for once it stands
# As if somebody had set the machine's clock: the steady clock goes on as before.
SET_CLOCK = """minutes => {
  const Real = Date;
  const by = minutes * 60000;
  window.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + by); }
    static now() { return Real.now() + by; }
  };
}"""


@pytest.fixture
def wire(serving: Serving) -> Iterator[Wire]:
    one = Wire(serving.port)
    yield one
    one.close()


@pytest.fixture
def opened(tab: Tab, wire: Wire) -> Iterator[Open]:
    with browsing(tab, wire.url) as opening:
        yield opening


@pytest.fixture
def wall(opened: Open) -> Page:
    """A wall behind the wire, drawn; it remembers how often it was loaded."""
    page = opened(PATH, 1920, 1080)
    stands(page)
    page.evaluate("window.sameDocument = true")
    return page


def stands(page: Page) -> None:
    """All its scripts are there: the map is drawn by the last of them."""
    expect(page.locator("#wall-map .choroplethlayer path").first).to_be_attached(timeout=30_000)
    expect(page.locator(OUT)).to_have_text("1,284")


def show(serving: Serving, customers: int) -> None:
    serving.house.show(outages={**picture()["outages"].body, "customers_out": customers})


def comes_back(page: Page, customers: int, within_ms: float = 20_000) -> None:
    expect(page.locator(OUT)).to_have_text(str(customers), timeout=within_ms)
    expect(page.locator(BANNER)).to_have_count(0)


def is_same_document(page: Page) -> bool:
    return page.evaluate("window.sameDocument") is True


def loads_of(page: Page) -> list[str]:
    seen: list[str] = []
    page.on("domcontentloaded", lambda one: seen.append(one.url))
    return seen


def test_a_server_gone_for_a_second(wall: Page, serving: Serving) -> None:
    serving.stop()
    show(serving, 11)
    serving.start()
    comes_back(wall, 11)
    assert is_same_document(wall)


def test_a_cut_network_mends_by_itself(wall: Page, wire: Wire, serving: Serving) -> None:
    wire.cut()
    expect(wall.locator(BANNER)).to_be_visible(timeout=12_000)
    expect(wall.locator(OUT)).to_have_text("1,284")  # the last good picture stays
    show(serving, 12)
    wire.mend()
    comes_back(wall, 12)
    assert is_same_document(wall)


def test_a_connection_that_says_nothing_is_given_up(wall: Page, wire: Wire, serving: Serving) -> None:
    wall.clock.install()
    wall.reload()
    stands(wall)
    wire.fall_silent()
    show(serving, 13)
    wall.clock.fast_forward(15_000)  # the longest wait for an answer
    expect(wall.locator(BANNER)).to_be_visible()
    wire.mend()
    wall.clock.fast_forward(5_000)  # the try under way is as silent
    comes_back(wall, 13)


def test_a_network_that_returns_is_asked_at_once(wall: Page, wire: Wire, serving: Serving) -> None:
    wire.fall_silent()
    show(serving, 14)
    wire.mend()
    wall.evaluate("window.dispatchEvent(new Event('online'))")
    comes_back(wall, 14, 4_000)  # the question under way would be given up after 15 s


def test_an_expired_session_comes_back_when_it_is_renewed(wall: Page, wire: Wire, serving: Serving) -> None:
    refusal = reply("401 Unauthorized", '{"error": "sign in"}', "application/json")
    wire.let_answer(lambda path: refusal if path.startswith(OURS) else None)
    expect(wall.locator(BANNER)).to_be_visible(timeout=12_000)
    assert is_same_document(wall)  # never onto the refusal itself
    show(serving, 15)
    wire.mend()
    wall.evaluate("window.dispatchEvent(new Event('online'))")
    comes_back(wall, 15)


def test_a_refusal_that_lasts_reloads_no_more_than_once(wall: Page, serving: Serving) -> None:
    loads = loads_of(wall)
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.fulfill(status=404, json={"error": "view=situation@C9: no source names the unit C9"})

    wall.route(LIVE, refuse)
    with wall.expect_event("domcontentloaded", timeout=15_000):
        show(serving, 16)  # ends the wait under way
    after = len(refused)
    expect(wall.locator(BANNER)).to_be_visible(timeout=12_000)
    assert len(refused) > after + 1
    assert len(loads) == 1
    wall.unroute(LIVE)
    comes_back(wall, 16)
    assert len(loads) == 1


@pytest.mark.parametrize(
    "said",
    [
        reply("502 Bad Gateway", "<h1>502</h1>"),
        reply("200 OK", "<h1>Sign in</h1><form></form>"),
        reply("302 Found\r\nlocation: /orders", ""),
    ],
    ids=["a proxy without its server", "a sign-in page", "a redirect to one"],
)
def test_the_wall_never_leaves_for_another_page(wall: Page, wire: Wire, serving: Serving, said: bytes) -> None:
    loads = loads_of(wall)
    wire.let_answer(lambda path: said if path.startswith(OURS) else None)
    expect(wall.locator(BANNER)).to_be_visible(timeout=12_000)
    assert not loads
    show(serving, 17)
    wire.mend()
    comes_back(wall, 17)
    assert wall.url.endswith(PATH)


def test_a_new_release_waits_until_the_page_answers(wall: Page, wire: Wire, serving: Serving) -> None:
    loads = loads_of(wall)
    wire.let_answer(lambda path: reply("503 Service Unavailable", "") if path.startswith("/wall/") else None)
    serving.stop()
    serving.house = HandHouse(serving.house.settings, release="2")
    show(serving, 18)
    serving.start()
    comes_back(wall, 18)  # the figures are there already
    assert not loads
    with wall.expect_event("domcontentloaded", timeout=20_000):
        wire.mend()
        show(serving, 19)
    comes_back(wall, 19)
    assert wall.evaluate("lightkeeper.page.release") == "2"
    show(serving, 20)
    comes_back(wall, 20)
    assert len(loads) == 1


@pytest.mark.parametrize("minutes", [10, -10])
def test_the_browsers_clock_does_not_matter(wall: Page, minutes: int) -> None:
    wall.add_init_script(f"({SET_CLOCK})({minutes})")
    wall.reload()
    expect(wall.locator("#wall-head")).to_contain_text("14:32")
    expect(wall.locator("[data-order='1003']")).to_contain_text("5分")
    expect(wall.locator(".flag.inverse")).to_have_count(0)


def test_a_clock_set_while_the_wall_runs_moves_nothing(wall: Page) -> None:
    before = wall.evaluate("lightkeeper.answers")
    wall.evaluate(f"({SET_CLOCK})(10)")
    wait_for(lambda: wall.evaluate("lightkeeper.answers") > before, "the server was not asked for its time")
    expect(wall.locator("#wall-head")).to_contain_text("14:32")
    expect(wall.locator(BANNER)).to_have_count(0)


def test_a_machine_that_slept_does_not_show_old_figures_as_new(wall: Page, wire: Wire) -> None:
    """Its steady clock stood still meanwhile, its network is not back yet, and no connection breaks."""
    wire.fall_silent()
    wall.evaluate(f"({SET_CLOCK})(90)")
    expect(wall.locator(BANNER)).to_be_visible(timeout=5_000)  # not after the 15 s of a silent wait


def test_a_page_that_did_not_come_whole_is_loaded_anew(wall: Page) -> None:
    gone = "**/assets/wall.css*"  # a script would do as well, but what misses it fails loudly
    wall.clock.install()
    wall.route(gone, lambda route: route.abort())
    wall.reload()
    wall.wait_for_load_state("load")
    wall.unroute(gone)
    with wall.expect_event("domcontentloaded"):
        for _ in range(2):
            wall.clock.run_for(10_000)
    stands(wall)
    assert wall.evaluate("document.styleSheets.length") > 0
