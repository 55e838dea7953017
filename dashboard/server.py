"""The whole web side as one ASGI app: net, guard, data routes, then the pages that Dash draws."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final

import dash
from dash._pages import _path_to_page
from dash.backends._fastapi import reset_current_request, set_current_request
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.middleware.gzip import GZipMiddleware

from dashboard import answers, boundaries, exports, figures_api, fonts, live, net, replies, wall, words
from dashboard.access import sign_in, unmask
from dashboard.access.gate import Gate
from dashboard.access.reception import Reception
from dashboard.bundles import Bundles
from dashboard.callbacks import Callbacks
from dashboard.components import frame, order_open
from dashboard.components.view import view_of
from dashboard.guard import App, Guard
from dashboard.house import House
from dashboard.index import FOLLOW_SYSTEM, FramedDash
from dashboard.pages import (
    access,
    alarms,
    alerts,
    audit,
    definitions,
    duty,
    hotspots,
    hotspots_lab,
    orders,
    outages,
    phones,
    repeats,
    rules,
    satisfaction,
    sources,
    stations,
    timeliness,
)
from dashboard.pages import wall as wall_page

log = logging.getLogger(__name__)

# Every page there is, in the order of the menu; the first is what all browser pages share.
PAGES: Final[tuple[Callable[[dash.Dash, House], None], ...]] = (
    frame.register,
    timeliness.register,
    repeats.register,
    satisfaction.register,
    outages.register,
    hotspots.register,
    hotspots_lab.register,
    stations.register,
    orders.register,
    alerts.register,
    duty.register,
    alarms.register,
    phones.register,
    definitions.register,
    sources.register,
    rules.register,
    audit.register,
    access.register,
    wall_page.register,
)
# What pages ask with their address, by the name in `data-answer` and in their scripts.
ANSWERS: Final[Mapping[str, answers.Answering]] = {
    "orders": orders.answer,
    "orders-rows": orders.rows,
    "order": order_open.answer,
    **timeliness.ANSWERS,
    **repeats.ANSWERS,
    **satisfaction.ANSWERS,
    **outages.ANSWERS,
    **hotspots.ANSWERS,
    **stations.ANSWERS,
}
STAY_WITH_TLS: Final = {"strict-transport-security": "max-age=31536000"}
NOT_FOUND: Final = """<!DOCTYPE html>
<html lang="{lang}" data-kind="desk" data-theme="{theme}" data-distance="desk">
<head>{follow}<meta charset="utf-8"><title>404</title><link rel="stylesheet" href="/assets/tokens.css">
<link rel="stylesheet" href="/assets/fonts/noto-sans-sc.css"></head>
<body style="margin: 32px"><p>{sentence}</p><ul>{links}</ul></body>
</html>
"""


def create(house: House, desk: replies.Desk | None = None, reception: Reception | None = None) -> App:
    """The app to serve. Routes are added here, not at start-up: Dash answers every path that nobody claimed before.
    `desk`: takes what people answer to texts; None: nobody does. `reception`: lets people in; None: the demonstration's
    user is served, and this machine only.

    Errors: BadBoundaries when the site's boundary file can not be used.
    """
    shapes = boundaries.load(house.settings.site.boundaries)
    for sentence in shapes.mended:
        log.warning("%s", sentence)
    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    server.add_exception_handler(Exception, net.answer)
    server.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    _add_watch(server, house)
    figures_api.add(server, house)
    _add_map(server, shapes)
    exports.add(server, house)
    answers.add(server, house, ANSWERS, slow=hotspots_lab.ANSWERS)
    fonts.add(server)
    if desk is not None:
        replies.add(server, desk)
    unmask.add(server, house)
    gate = _gate(server, house, reception)
    pages = FramedDash(
        house,
        shapes,
        hashlib.sha256(shapes.areas).hexdigest()[:12],
        name="dashboard",
        server=server,
        use_pages=True,
        pages_folder="",
        assets_folder=str(words.ASSETS),
        include_pages_meta=False,
        update_title=None,
        serve_locally=True,
        suppress_callback_exceptions=True,
        add_log_handler=False,
        on_error=net.told,
    )
    dash.page_registry.clear()  # the registry belongs to the module, not to the app
    for register in PAGES:
        register(pages, house)
    pages.layout = dash.page_container
    _add_pages(server, house, pages)
    tls = house.settings.access is not None and house.settings.access.tls
    inside = Callbacks(live.Live(Bundles(server, pages.has_bundle), house.board, house.now), pages.callbacks)
    return net.Net(Guard(inside, gate, STAY_WITH_TLS if tls else None))


def _gate(server: FastAPI, house: House, reception: Reception | None) -> Gate | None:
    if reception is None:
        return None
    walls = house.settings.walls
    gate = Gate(house.settings, reception, lambda name: wall.view_of(walls[name]) if name in walls else None)
    sign_in.add(server, house, gate)
    return gate


def _add_watch(server: FastAPI, house: House) -> None:
    @server.get("/healthz")
    async def healthz() -> Response:
        return JSONResponse(house.health())  # in the loop: slow questions must not make it late

    @server.get("/readyz")
    async def readyz() -> Response:
        ready, parts = await asyncio.to_thread(house.ready)
        return JSONResponse(parts, status_code=200 if ready else 503)

    @server.get("/metrics")
    async def metrics() -> Response:
        return Response(await asyncio.to_thread(house.metrics), media_type=CONTENT_TYPE_LATEST)


def _add_map(server: FastAPI, shapes: boundaries.Boundaries) -> None:
    lasting = {"cache-control": "public, max-age=86400"}

    @server.get(wall.AREAS_PATH)
    async def areas() -> Response:
        return Response(shapes.areas, media_type="application/geo+json", headers=lasting)

    @server.get(f"{wall.TOPOLOGY_PATH}{{name}}")
    async def topology(name: str) -> Response:
        return Response(boundaries.EMPTY_TOPOLOGY, media_type="application/json", headers=lasting)


def _add_pages(server: FastAPI, house: House, pages: FramedDash) -> None:
    """Every path that is left: a page in its frame, or a proper 404."""

    @server.get("/{path:path}")
    async def page(path: str, request: Request) -> Response:
        if _is_page(f"/{path}", house.settings.walls):
            token = set_current_request(request)
            try:
                return HTMLResponse(await pages.index_page(), headers={"cache-control": "no-store"})
            finally:
                reset_current_request(token)
        return HTMLResponse(_not_found(house, f"/{path}", request.query_params), status_code=404)


def _is_page(path: str, walls: Mapping[str, Any]) -> bool:
    if path.startswith(wall.WALL_PATH):
        return path.removeprefix(wall.WALL_PATH).rstrip("/") in walls
    page, _variables = _path_to_page(path.strip("/"))
    return bool(page)


def _not_found(house: House, path: str, query: Mapping[str, str]) -> str:
    """A page that needs no script: what is not there, and what is."""
    view = view_of(query, house.settings.site.language)
    _ = view.t
    known = [p["path"] for p in dash.page_registry.values() if not p["path_template"]]
    known += [f"{wall.WALL_PATH}{name}" for name in house.settings.walls]
    links = "".join(f'<li><a href="{escape(p)}">{escape(p)}</a></li>' for p in known)
    sentence = _("There is no page {path}. There are these:").format(path=path)
    return NOT_FOUND.format(
        lang=words.LANG_TAG[view.language],
        theme="dark" if view.theme == "dark" else "light",
        follow=FOLLOW_SYSTEM if view.theme == "auto" else "",
        sentence=escape(sentence),
        links=links,
    )
