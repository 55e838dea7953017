"""The page Hotspots over real looks: who may see one county gets nothing of another, and nobody's name gets out."""

from dataclasses import dataclass
from typing import Any

import pytest

from commands import ANSWERS
from dashboard import exports, guard
from dashboard.components.export_lists import BadFilter
from dashboard.components.order_answers import understand
from dashboard.pages import hotspots
from store.scope import Scope
from tests.dashboard_pages.city import DeskHouse
from tests.gathering.district import NOW, PLANTED, TROUBLE, Desk, planted

OTHER = "F12"  # of the other county
WORDS = {PLANTED: ("10kV6号线", "G50000"), OTHER: ("10kV12号线", "G60000")}  # what only its hotspot says


@dataclass
class DistrictHouse(DeskHouse):
    """The district, seen from pages."""

    district: Any = None

    def ask(self, scope: Scope, command: str, args: Any) -> Any:
        return ANSWERS[command](self.district, scope, args)


@pytest.fixture
def house(desk: Desk) -> DistrictHouse:
    """With a hotspot in each county, and personal data behind every complaint of them."""
    rows = [*planted(12, 20), *planted(12, 20, feeder=OTHER, first=60_000)]
    desk.look(0, rows, {row["source_key"]: TROUBLE[i % 3] for i, row in enumerate(rows)})
    one = DistrictHouse(desk.settings, site_now=NOW, facts=desk.facts, ledger=desk.ledger, district=desk)
    one.show()
    return one


def told(house: DistrictHouse, scope: Scope, search: str = "") -> str:
    """Every text of the page for `scope`, and every cell of its files."""
    token = guard._scope.set(scope)
    try:
        html = hotspots.ANSWERS["hotspots"](house, search, {})
        said = [str(html)]
        for name in ("hotspots", "hotspot-orders"):
            with house.reader(scope) as reader:
                made = exports.LISTS[name](understand(house, reader, "/hotspots", search, listed=False), None)
                said += [str(batch.to_pylist()) for batch in made.batches]
                said += [str(made.lines)]
        return "\n".join(said)
    finally:
        guard._scope.reset(token)


@pytest.mark.parametrize(("county", "mine", "theirs"), [("C0", PLANTED, OTHER), ("C1", OTHER, PLANTED)])
def test_who_may_see_one_county_gets_nothing_of_the_other(
    house: DistrictHouse, county: str, mine: str, theirs: str
) -> None:
    everything = told(house, Scope.everything("head"), "state=all")
    assert all(words[0] in everything for words in WORDS.values()), "there is one in each"
    seen = told(house, Scope("head of a county", (county,)), "state=all")
    assert all(word in seen for word in WORDS[mine])
    assert not [word for word in (*WORDS[theirs], theirs) if word in seen]
    number = next(h["number"] for h in house.district.open_ones() if h["feeder"] == theirs)
    with pytest.raises(BadFilter):
        told(house, Scope("head of a county", (county,)), f"no={number}")


def test_nobody_s_name_telephone_address_or_text_is_on_the_page_or_in_its_files(house: DistrictHouse) -> None:
    with house.reader(Scope("boss", None, personal=True)) as reader:
        known = reader.frame(reader.table("personal"), NOW)
    assert len(known) == 24, "the facts hold them"
    seen = told(house, Scope("boss", None, personal=True))
    for field in ("name", "phone", "address", "text"):
        values = set(known[field].dropna())
        assert values and not [value for value in values if value in seen], field
