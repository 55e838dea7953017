"""The HTML every page starts in: language, theme and size preset are right before the first script runs."""

import asyncio
import inspect
import re
from collections.abc import Mapping
from html import escape
from typing import Any, Final

import dash
from dash.backends._fastapi import get_current_request

from dashboard import wall, words
from dashboard.boundaries import Boundaries
from dashboard.house import House

# Importing a component library puts its bundle on every page; the wall uses none of these two.
NOT_ON_WALLS: Final = re.compile(r'<script src="[^"]*/dash_(?:mantine_components|ag_grid)/[^"]*"></script>')

PAGE: Final = """<!DOCTYPE html>
<html lang="{lang}" data-kind="{kind}" data-theme="{theme}" data-distance="{distance}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
{favicon}
{css}
{data}
</head>
<body>
{entry}
<footer hidden>{config}{scripts}{renderer}</footer>
</body>
</html>
"""


class FramedDash(dash.Dash):
    """Dash with our own index: one for walls, one for the desk, in the reader's language."""

    def __init__(self, house: House, boundaries: Boundaries, map_version: str, **options: Any) -> None:
        self._house = house
        self._boundaries = boundaries
        self._map_version = map_version
        super().__init__(**options)
        self.backend.websocket_capability = False  # else every page opens a socket that nothing here uses
        self._set_up = asyncio.Lock()
        self._is_set_up = False

    async def index_page(self) -> str:
        """The index of the request's path. Dash sets itself up before `/` only, but a first page may be any other."""
        async with self._set_up:
            if not self._is_set_up:
                for hook in self.backend._before_request_funcs:
                    done = hook()
                    if inspect.isawaitable(done):
                        await done
                self._is_set_up = True
        return str(self.index())

    def interpolate_index(self, **parts: str) -> str:
        request = get_current_request()
        return self.frame(request.url.path, dict(request.query_params), parts)

    def frame(self, path: str, query: Mapping[str, str], parts: Mapping[str, str]) -> str:
        """The index page of `path`; `parts` are Dash's own tags by name."""
        settings = self._house.settings
        profile = wall.profile_of(settings, path)
        usual = (profile.language if profile else None) or settings.site.language
        language = words.language_of(query, usual)
        theme = query.get("theme") or (profile.theme if profile else "light")
        page: dict[str, Any] = {"kind": "desk", "zone": settings.site.zone, "view": "situation"}
        if profile:
            page = wall.spec(settings, profile, self._boundaries, self._map_version)
        page |= {"release": self._house.release, "language": language, "words": words.page_words(language)}
        return PAGE.format(
            lang=words.LANG_TAG[language],
            kind="wall" if profile else "desk",
            theme=theme if theme in ("dark", "light") else "light",
            distance=profile.distance if profile else "desk",
            title=escape(settings.site.name_en if language == "en" else settings.site.name),
            favicon=parts["favicon"],
            css=parts["css"],
            data=words.inline_json(wall.SPEC_ID, page),
            entry=parts["app_entry"],
            config=parts["config"],
            scripts=NOT_ON_WALLS.sub("", parts["scripts"]) if profile else parts["scripts"],
            renderer=parts["renderer"],
        )
