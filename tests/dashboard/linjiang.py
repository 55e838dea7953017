"""The invented afternoon on the map of the demonstration instead of six squares: nine counties and a river."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from settings import Settings
from tests.dashboard.picture import HandPart, hand_settings

MAP: Final = Path(__file__).parents[2] / "simulator" / "linjiang.geojson"
# The afternoon's codes of the counties it knows, and those of the other three.
CODES: Final = {"LJ08": "C1", "LJ09": "C2", "LJ03": "C3", "LJ07": "C4", "LJ01": "C5", "LJ04": "C6"}
MORE: Final = {
    "LJ02": ("江北县", "Jiangbei County"),
    "LJ05": ("南渡县", "Nandu County"),
    "LJ06": ("石坪县", "Shiping County"),
}


LARGER: Final = 1.7  # the afternoon's outages lie further apart than the demonstration's
CENTRE: Final = ((116.05, 29.91), (119.55, 30.42))  # of the same county, here and there


def _moved(places: Any) -> Any:
    """Coordinates, however deep, where the afternoon's outages are."""
    if isinstance(places[0], list):
        return [_moved(inner) for inner in places]
    (here_lon, here_lat), (lon, lat) = CENTRE
    return [lon + LARGER * (places[0] - here_lon), lat + LARGER * (places[1] - here_lat)]


def linjiang_settings(folder: Path, **walls: Any) -> Settings:
    """As hand_settings, with the map of the demonstration."""
    features = json.loads(MAP.read_text(encoding="utf-8"))
    for feature in features["features"]:
        feature["geometry"]["coordinates"] = _moved(feature["geometry"]["coordinates"])
        code = feature["properties"].get("code")
        if code:
            feature["properties"]["code"] = CODES.get(code, code)
    settings = hand_settings(folder, **walls)
    file = folder / "linjiang.geojson"
    file.write_text(json.dumps(features), encoding="utf-8")
    return settings.model_copy(update={"site": settings.site.model_copy(update={"boundaries": file})})


def with_more_counties(parts: Mapping[str, HandPart]) -> dict[str, Any]:
    """The part `units` with the counties that the afternoon does not know."""
    known = parts["units"].body["columns"]
    rows = [(code, "county", "P", *names, None, None) for code, names in MORE.items()]
    return {"columns": {name: [*known[name], *(row[i] for row in rows)] for i, name in enumerate(known)}}
