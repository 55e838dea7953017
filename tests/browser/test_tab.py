"""The shared tab: who asks for something outside is found out, and nothing of one test reaches the next."""

import pytest
from playwright.sync_api import Browser

from tests.browser.serving import Serving
from tests.browser.tab import Seen, Tab, opened

pytestmark = pytest.mark.browser
ASK = "url => fetch(url, {mode: 'no-cors'}).then(() => 'got', () => 'nothing')"


def test_a_page_that_asks_outside_gets_nothing_and_is_found_out(chromium: Browser) -> None:
    seen = Seen()
    page = opened(chromium, seen, 800, 600)
    for address in ("http://example.org/font.woff2", "http://192.0.2.1/", "http://127.0.0.1:1/"):
        assert page.evaluate(ASK, address) == "nothing"
        with pytest.raises(AssertionError, match=f"outside the server: .*{address}"):
            seen.check("http://127.0.0.1:20000")
    page.evaluate("setTimeout(() => { throw new Error('broken') })")
    with page.context.expect_event("weberror", lambda failed: "later" in str(failed.error)):
        page.evaluate("setTimeout(() => { throw new Error('later') })")
    page.context.close()
    with pytest.raises(AssertionError, match=r"a script failed: .*broken"):
        seen.check("http://127.0.0.1:20000")


def test_what_a_test_leaves_behind_does_not_reach_the_next(chromium: Browser, serving: Serving) -> None:
    tab = Tab(chromium)
    first = tab.take(serving.url, 800, 600)
    first.evaluate("() => { sessionStorage.x = 1; localStorage.x = 1; document.cookie = 'x=1'; window.x = 1 }")
    first.emulate_media(color_scheme="dark")
    tab.give_back()
    same = tab.take(serving.url, 900, 600)
    assert same is first
    found = "() => [sessionStorage.x, localStorage.x, window.x, document.cookie, innerWidth]"
    assert same.evaluate(found) == [None, None, None, "", 900]
    assert same.evaluate("matchMedia('(prefers-color-scheme: light)').matches")
    same.add_init_script("window.left = 1")
    tab.give_back()
    other = tab.take(serving.url, 800, 600)
    assert other is not first
    other.clock.install()
    tab.give_back()
    assert tab.take(serving.url, 800, 600) is not other
    tab.close()
