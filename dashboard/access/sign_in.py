"""GET and POST /sign-in, /sign-out, /password: pages that need no script and nothing from anywhere else."""

import asyncio
import logging
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from dashboard.access import sign_in_provider
from dashboard.access.forms import fields_of
from dashboard.access.gate import Gate, address_of, cookie_of, current_visitor, place_of
from dashboard.access.identity import NotLetIn, WayDown
from dashboard.access.reception import DISPLAY_DAYS, Locked
from dashboard.access.sign_in_pages import NO_STORE, display_refused, entered, form, password, view
from dashboard.house import House
from store.facts.errors import StoreError

log = logging.getLogger(__name__)


def add(server: FastAPI, house: House, gate: Gate) -> None:
    """The routes of signing in and out. The gate lets them through."""

    @server.get("/sign-in")
    async def shown(request: Request) -> Response:
        return form(house, request, request.query_params.get("next", "/"))

    @server.post("/sign-in")
    async def sent(request: Request) -> Response:
        given = await fields_of(request)
        goal = address_of(given.get("next", "/"))
        t = view(house, request).t
        try:
            user, password = given.get("user", ""), given.get("password", "")
            enter = gate.reception.enter
            token = await run_in_threadpool(enter, user, password, place_of(request.scope))
        except Locked as locked:
            until = locked.until.astimezone(house.settings.site.tz).strftime("%H:%M:%S")
            wrong = t("Too many failed tries from here. The next one is heard at {time}.").format(time=until)
            return form(house, request, goal, wrong, 429)
        except NotLetIn:
            return form(house, request, goal, t("User or password is wrong, or the account is disabled."), 401)
        except WayDown as error:
            log.warning("%s", error)
            return form(house, request, goal, t("The directory does not answer; try again, or tell who runs it."), 503)
        return entered(gate, token, goal)

    @server.post("/sign-out")
    async def out(request: Request) -> Response:
        token, who = cookie_of(request.headers, gate.cookie), current_visitor()
        if token and who:
            await run_in_threadpool(gate.reception.leave, token, who, place_of(request.scope))
        headers = {"location": "/sign-in", "set-cookie": gate.cookie_header("", lasts_s=0), **NO_STORE}
        return Response(status_code=303, headers=headers)

    _add_password(server, house, gate)
    _add_display(server, house, gate)
    if gate.reception.provider:
        sign_in_provider.add(server, house, gate, gate.reception.provider)


def _add_password(server: FastAPI, house: House, gate: Gate) -> None:
    @server.get("/password")
    async def shown(request: Request) -> Response:
        return password(house, request, "")

    @server.post("/password")
    async def sent(request: Request) -> Response:
        given, who, t = await fields_of(request), current_visitor(), view(house, request).t
        if who is None:
            return Response(status_code=303, headers={"location": "/sign-in", **NO_STORE})
        if given.get("new", "") != given.get("again", ""):
            return password(house, request, t("The new password was not written alike twice."), 400)
        try:
            change = gate.reception.change_password
            old, new = given.get("old", ""), given.get("new", "")
            token = await asyncio.to_thread(change, who, old, new, place_of(request.scope))
        except NotLetIn:
            return password(house, request, t("The old password is wrong."), 401)
        except StoreError as error:
            wrong = t("Not stored: {error}").format(error=error)
            return password(house, request, wrong, 400)
        return entered(gate, token, "/")


def _add_display(server: FastAPI, house: House, gate: Gate) -> None:
    @server.get("/sign-in/display")
    async def exchange(request: Request) -> Response:
        """A display's token for a cookie; the gate has put both into the scope."""
        wall, secret = request.scope.get("lightkeeper.wall"), request.scope.get("lightkeeper.token")
        if not wall or not secret:
            return Response("there is no such page", status_code=404, media_type="text/plain")
        try:
            token = await run_in_threadpool(gate.reception.enter_display, secret, wall, place_of(request.scope))
        except NotLetIn as error:
            return display_refused(house, request, is_locked=isinstance(error, Locked))
        kept = urlencode([(k, v) for k, v in request.query_params.multi_items() if k != "token"])
        goal = f"/wall/{quote(wall)}" + (f"?{kept}" if kept else "")
        cookie = gate.cookie_header(token, lasts_s=DISPLAY_DAYS * 86_400)
        return Response(status_code=303, headers={"location": goal, "set-cookie": cookie, **NO_STORE})
