"""The HTML every page starts in: language, theme and size preset are right before the first script runs."""

import asyncio
import inspect
import re
from collections.abc import Mapping
from html import escape
from typing import Any, Final

import dash
from dash.backends._fastapi import get_current_request
from dash.fingerprint import check_fingerprint

from dashboard import answers, fonts, wall, watchdog, words
from dashboard.answers import Asking
from dashboard.boundaries import Boundaries
from dashboard.components import frame
from dashboard.components.view import view_of
from dashboard.guard import current_scope
from dashboard.house import House
from settings import Wall

# Importing a component library puts its bundle on every page; the wall uses no grid.
NOT_ON_WALLS: Final = re.compile(r'<script src="[^"]*/dash_ag_grid/[^"]*"></script>')

# What Dash brings for browsers of ten years ago takes 150 ms. Its graphs need a part of it: a page without any reads it
# once it is drawn (assets/desk-plain.js).
FOR_GRAPHS: Final = re.compile(r'<script src="([^"]*/deps/polyfill@[^"]*)"></script>')

# The grid's larger half, which is else asked for only once the page is drawn.
PRELOAD: Final = '<link rel="preload" as="script" href="/_dash-component-suites/dash_ag_grid/async-community.js">'

DESK_PARTS: Final = (
    "alerts",
    "sources",
)  # what the frame of a browser page shows; a page may name more, a wall shows all

# And Dash puts every file of assets/ on every page: those of the walls are half of a browser page's requests.
NOT_ON_DESKS: Final = re.compile(
    r'<script src="[^"]*/assets/wall[^"]*"></script>|<link [^>]*href="[^"]*/assets/wall[^"]*"[^>]*>'
)

PAGE: Final = """<!DOCTYPE html>
<html lang="{lang}" data-kind="{kind}" data-theme="{theme}" data-distance="{distance}"{choice}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
{watchdog}{asking}
{follow}
{favicon}
{fonts}
{css}{preload}
{data}
</head>
<body>
{entry}
<footer hidden>{config}{scripts}{renderer}</footer>
</body>
</html>
"""


# Before anything is drawn: only the browser knows what its system shows.
FOLLOW_SYSTEM: Final = (
    '<script>if (matchMedia("(prefers-color-scheme: dark)").matches) '
    'document.documentElement.dataset.theme = "dark";</script>'
)


def desk_scripts(tags: str, asking: Asking | None) -> tuple[str, list[str]]:
    """Dash's script tags that a browser page needs at once, and the addresses of those for later."""
    now = NOT_ON_DESKS.sub("", tags)
    if asking and asking.graphs:
        return now, []
    return FOR_GRAPHS.sub("", now), FOR_GRAPHS.findall(now)


class FramedDash(dash.Dash):
    """Dash with our own index: one for walls, one for the desk, in the reader's language."""

    def __init__(self, house: House, boundaries: Boundaries, map_version: str, **options: Any) -> None:
        self._house = house
        self._boundaries = boundaries
        self._map_version = map_version
        self._fonts = fonts.preload()
        super().__init__(**options)
        self.backend.websocket_capability = False  # else every page opens a socket that nothing here uses
        self._set_up = asyncio.Lock()
        self._is_set_up = False

    async def index_page(self) -> str:
        """The index of the request's path. Dash sets itself up before `/` only, but a first page may be any other."""
        await self.set_up()
        return str(self.index())

    async def callbacks(self) -> Mapping[str, Any]:
        """Dash's table of callbacks, with those that it adds itself."""
        await self.set_up()
        return dict(self.callback_map)

    def has_bundle(self, path: str) -> bool:
        """Whether a component library has the script or style at `path`, which begins with the library's name."""
        package, _, fingerprinted = path.partition("/")
        return check_fingerprint(fingerprinted)[0] in self.registered_paths.get(package, ())

    async def set_up(self) -> None:
        async with self._set_up:
            if not self._is_set_up:
                for hook in self.backend._before_request_funcs:
                    done = hook()
                    if inspect.isawaitable(done):
                        await done
                self._is_set_up = True

    def interpolate_index(self, **parts: str) -> str:
        request = get_current_request()
        return self.frame(request.url.path, dict(request.query_params), parts)

    def _look(self, profile: Wall | None, query: Mapping[str, str]) -> tuple[str, str, str | None]:
        """Language, theme to start in, and what the reader chose (None on a wall: nobody chooses there)."""
        usual = self._house.settings.site.language
        if profile is None:
            view = view_of(query, usual)
            return view.language, "dark" if view.theme == "dark" else "light", view.theme
        theme = query.get("theme", profile.theme)
        return words.language_of(query, profile.language or usual), "dark" if theme == "dark" else "light", None

    def frame(self, path: str, query: Mapping[str, str], parts: Mapping[str, str]) -> str:
        """The index page of `path`; `parts` are Dash's own tags by name."""
        settings = self._house.settings
        profile = wall.profile_of(settings, path)
        language, theme, choice = self._look(profile, query)
        page: dict[str, Any] = {
            "kind": "desk",
            "zone": settings.site.zone,
            "view": wall.own_view(current_scope()),
            "parts": DESK_PARTS,
        }
        if profile:
            page = wall.spec(settings, profile, self._boundaries, self._map_version)
            scripts, asking = NOT_ON_WALLS.sub("", parts["scripts"]), None
        else:
            asking = frame.asking_of(path)
            page["areas"] = f"{wall.AREAS_PATH}?v={self._map_version}"  # read by the page that draws a map
            scripts, page["later"] = desk_scripts(parts["scripts"], asking)
        page |= {"release": self._house.release, "language": language, "words": words.page_words(language)}
        return PAGE.format(
            lang=words.LANG_TAG[language],
            kind="wall" if profile else "desk",
            theme=theme,
            choice=f' data-choice="{choice}"' if choice else "",
            watchdog=watchdog.SCRIPT if profile else "",
            asking="" if profile else answers.first_script(asking),
            follow=FOLLOW_SYSTEM if choice == "auto" else "",
            distance=profile.preset if profile else "desk",
            title=escape(settings.site.name_en if language == "en" else settings.site.name),
            favicon=parts["favicon"],
            fonts=self._fonts,
            css=parts["css"] if profile else NOT_ON_DESKS.sub("", parts["css"]),
            preload="" if profile else PRELOAD,
            data=words.inline_json(wall.SPEC_ID, page),
            entry=parts["app_entry"],
            config=parts["config"],
            scripts=scripts,
            renderer=parts["renderer"],
        )
