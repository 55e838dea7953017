"""What the wall's script is told of its profile: once, with the page. Figures follow through /api/live."""

from typing import Any

from dashboard.boundaries import Boundaries
from settings import Settings, Wall
from store.scope import Scope

SPEC_ID = "lightkeeper-page"  # element that holds the answer of `spec`; assets/language.js reads it
AREAS_PATH = "/map/areas.json"
TOPOLOGY_PATH = "/topo/"
POLL_WAIT_S = 10.0  # an answer later than this plus 5 s means that the connection is lost
WALL_PATH = "/wall/"


def profile_of(settings: Settings, path: str) -> Wall | None:
    """The profile a path names; None when it names none."""
    if not path.startswith(WALL_PATH):
        return None
    return settings.walls.get(path.removeprefix(WALL_PATH).rstrip("/"))


def view_of(profile: Wall) -> str:
    return f"situation@{profile.area}" if profile.area else "situation"


def own_view(scope: Scope) -> str:
    """The view of a reader's own: the whole site's, or that of the first of their units."""
    return f"situation@{scope.units[0]}" if scope.units else "situation"


def views(settings: Settings) -> frozenset[str]:
    """The views that the walls of the settings show."""
    return frozenset(view_of(profile) for profile in settings.walls.values())


def spec(settings: Settings, profile: Wall, boundaries: Boundaries, version: str) -> dict[str, Any]:
    """View, preset, rotation, names and map of one wall; not its token. `version` is that of the map's file."""
    return {
        "kind": "wall",
        "view": view_of(profile),
        "wait_s": POLL_WAIT_S,
        "distance": profile.preset,
        "page_s": profile.page_s,
        "takeover_s": profile.takeover_s,
        "reload_at": profile.reload_at,
        "speak": profile.speak,
        "site": {"zh": settings.site.name, "en": settings.site.name_en},
        "area": profile.area,
        "zone": settings.site.zone,
        "map": {
            "areas": f"{AREAS_PATH}?v={version}",
            "topology": TOPOLOGY_PATH,
            "places": boundaries.places,
            "boxes": boundaries.boxes,
            "water": boundaries.water,
        },
    }
