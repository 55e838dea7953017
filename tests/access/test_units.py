"""A manager of one county asks everything there is: no row of another county comes; personal data need a reason."""

from collections.abc import Iterator

import httpx
import pytest

from kpis.catalogue import CATALOGUE
from store.ledger import audit
from tests.access.crossing import cross
from tests.access.town import OTHER, OWN, PERSONAL, Town, town


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("units")) as one:
        yield one


async def test_no_row_of_another_county_reaches_a_manager(there: Town) -> None:
    assert len(there.numbers(OWN)) > 100 and len(there.numbers(OTHER)) > 100
    async with there.signed_in("boss") as browser:
        await browser.get("/")  # sets Dash up
    figures = list(CATALOGUE)[::6]  # all of them in `python -m bench.safety`
    found = await cross(there, figures)
    assert found.leaks == []  # cross_unit_leaks
    assert found.asked > 120 + len(figures) and found.seen > 100  # the rows of their own do come


async def unmasked(browser: httpx.AsyncClient, key: str, reason: str) -> httpx.Response:
    given = {"order": f"orders:{key}", "reason": reason}
    return await browser.post("/unmask?lang=en", data=given)


async def test_personal_data_are_shown_for_a_reason_and_that_is_on_record(there: Town) -> None:
    mine, theirs = there.numbers(OWN), there.numbers(OTHER)
    plain = next(key for key in mine.values() if int(key) % 5 > 1)
    anonymous = next(key for key in mine.values() if int(key) % 5 == 0)
    confidential = next(key for key in mine.values() if int(key) % 5 == 1)
    elsewhere = next(key for key in theirs.values() if int(key) % 5 > 1)
    before = len(audit.lines(there.node.ledger, acts=["unmasked"]))
    async with there.signed_in("boss") as browser:
        shown = await unmasked(browser, plain, "call back about the outage")
        assert shown.status_code == 200
        assert all(part in shown.text for part in PERSONAL)
        assert shown.headers["cache-control"] == "no-store"
        for key, reason, said in (
            (plain, " x ", "Say why"), (anonymous, "call back", "anonymous"), (elsewhere, "call back", "no order"),
            (confidential, "call back", "confidential"), ("nothing", "call back", "no order"),
        ):  # fmt: skip
            refused = await unmasked(browser, key, reason)
            assert refused.status_code == 403
            assert said in refused.text and not any(part in refused.text for part in PERSONAL)
    lines = audit.lines(there.node.ledger, acts=["unmasked"])
    assert len(lines) == before + 1
    assert (lines[0]["who"], lines[0]["detail"]) == ("Boss", {"reason": "call back about the outage"})
    async with there.signed_in("root") as browser:
        assert (await unmasked(browser, confidential, "complaint to the regulator")).status_code == 200


async def test_who_takes_a_file_is_on_record(there: Town) -> None:
    async with there.signed_in("li") as browser:
        assert (await browser.get("/export/orders.csv?unit=C2")).status_code == 200
    line = audit.lines(there.node.ledger, acts=["exported"])[0]
    assert (line["who"], line["role"], line["on"], line["detail"]) == ("Li", "duty", "orders.csv", {"query": "unit=C2"})
