"""Screens as data, profiles of walls, and what the page is told of them."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from dash import html
from pydantic import ValidationError

import inspection
from dashboard.pages.wall import layout
from dashboard.screens import SCREENS, Screen
from settings import PRESETS, Wall
from tests.dashboard.picture import HandHouse, hand_settings

PANELS = {
    "situation": {"tiles", "map", "hotspots", "repairs", "estimates", "log"},
    "repairs": {"limits", "stages", "load", "crews", "running"},
    "outages": {"running", "supply", "plans", "special", "frequent"},
    "complaints": {"expected", "third", "escalated", "channels", "growing", "hotspots"},
    "satisfaction": {"stations", "answers", "reasons", "cases"},
}


def test_every_page_shows_all_its_panels_at_every_distance() -> None:
    for page, presets in SCREENS.items():
        assert set(presets) == {name for name, _ in PRESETS}
        for preset, screens in presets.items():
            shown = [panel.name for screen in screens for panel in screen.panels]
            assert set(shown) == PANELS[page], f"{page} at {preset}"
            assert shown.count("map") <= 1, "there is one graph"
            assert len({screen.name for screen in screens}) == len(screens), f"{page} at {preset}: a name twice"


def figures(screens: tuple[Screen, ...]) -> set[str]:
    panels = [panel for screen in screens for panel in screen.panels if panel.name == "tiles"]
    return {key for panel in panels for key in str(panel.options["figures"]).split()}


def test_no_figure_and_no_row_is_lost_where_text_is_larger() -> None:
    near = figures(SCREENS["situation"]["3m"]) - {"levels"}  # the header counts the levels from 6 m on
    for preset in ("6m", "10m"):
        screens = SCREENS["situation"][preset]
        assert near <= figures(screens)
        lists = [panel.options for screen in screens for panel in screen.panels if panel.name == "repairs"]
        assert [o["from"] for o in lists] == [sum(int(p["rows"]) for p in lists[:i]) for i in range(len(lists))]
        assert sum(int(o["rows"]) for o in lists) == 15


DISTANCES = [
    pytest.param({}, "6m", id="as shipped"),
    pytest.param({"distance_m": 3}, "3m", id="exactly three metres"),
    pytest.param({"distance_m": 3.1}, "6m", id="a little more"),
    pytest.param({"distance_m": 6, "diagonal_in": 110}, "3m", id="a panel twice as large is as good as half the way"),
    pytest.param({"distance_m": 4, "diagonal_in": 32}, "10m", id="a small panel wants larger text"),
    pytest.param({"distance_m": 10}, "10m", id="ten metres"),
]


@pytest.mark.parametrize(("given", "preset"), DISTANCES)
def test_the_preset_follows_from_distance_and_diagonal(given: dict[str, Any], preset: str) -> None:
    assert Wall(**given).preset == preset


MISTAKES = [
    pytest.param({"distance_m": 14}, "14 m from a 55-inch panel is too far to read; stand within 10.0 m", id="too far"),
    pytest.param({"distance_m": 14}, "a panel of at least 77 inches", id="a larger panel helps"),
    pytest.param({"reload_at": "25:00"}, "25:00 is not a time of day", id="no such hour"),
    pytest.param({"reload_at": "3:30"}, '3:30 is not a time of day.*"03:30"', id="without the nought"),
    pytest.param({"pages": ["repairs", "repairs"]}, "names repairs more than once", id="a page twice"),
    pytest.param({"pages": []}, "at least 1 item", id="no page"),
]


@pytest.mark.parametrize(("given", "said"), MISTAKES)
def test_a_profile_that_can_not_be_shown_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Wall(**given)


def test_an_unknown_page_is_told_with_its_cure(tmp_path: Path) -> None:
    found = inspection.faults(hand_settings(tmp_path, hall={"pages": ["situation", "repair"]}))
    assert "walls.hall.pages: no `repair`; did you mean repairs?" in found


def test_a_wall_of_a_unit_nobody_knows_is_told(tmp_path: Path) -> None:
    settings = hand_settings(tmp_path, west={"area": "C1"}, east={"area": "C77"})
    assert inspection.unknown_areas(settings, ("C1", "C7")) == ["walls.east.area: no `C77`; did you mean C7?"]


def test_the_layout_has_the_screens_of_the_profile_s_pages_in_their_order() -> None:
    page = layout(Wall(pages=("repairs", "situation"), distance_m=3))
    found = [s for s in _all(page) if isinstance(s, html.Section) and "data-screen" in s.to_plotly_json()["props"]]
    props = [s.to_plotly_json()["props"] for s in found]
    wanted = [(page, s.name) for page in ("repairs", "situation") for s in SCREENS[page]["3m"]]
    assert [(p["data-page"], p["data-screen"]) for p in props] == wanted
    places = [p.to_plotly_json()["props"] for p in found[-1].children]
    assert {p["data-panel"]: p.get("data-rows") for p in places} == {
        "tiles": None, "map": None, "hotspots": "2", "repairs": "15", "estimates": "4", "log": "11",
    }  # fmt: skip


def _all(node: Any) -> list[Any]:
    children = getattr(node, "children", None)
    inside = children if isinstance(children, list) else [children] if children is not None else []
    return [node, *(one for child in inside for one in _all(child))]


async def test_the_page_is_told_how_to_turn_and_never_its_token(tmp_path: Path, client: httpx.AsyncClient) -> None:
    from dashboard import server

    turning = {"page_s": 12, "takeover_s": 90, "reload_at": "03:30", "speak": True, "token": "an-open-secret"}
    house = HandHouse(hand_settings(tmp_path, hall=turning))
    house.show()
    transport = httpx.ASGITransport(app=server.create(house))
    hall = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8050")
    for path in ("/wall/hall", "/_dash-layout"):
        answer = await hall.get(path)
        assert "an-open-secret" not in answer.text
    text = (await hall.get("/wall/hall")).text
    for said in ('"page_s":12.0', '"takeover_s":90.0', '"reload_at":"03:30"', '"speak":true'):
        assert said in text
