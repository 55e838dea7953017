"""GET /sign-in/oidc and /sign-in/back: to the provider of OpenID Connect and back."""

import logging
import time
from functools import partial
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from dashboard.access.gate import Gate, address_of, cookie_of, place_of
from dashboard.access.identity import NotLetIn, WayDown
from dashboard.access.provider import Begun, Provider
from dashboard.access.sign_in_pages import NO_STORE, entered, form, view
from dashboard.house import House

log = logging.getLogger(__name__)
STATE: Final = "lightkeeper-begun"
BEGUN_S: Final = 600.0
MOST_BEGUN: Final = 1000  # sign-ins under way


def add(server: FastAPI, house: House, gate: Gate, provider: Provider) -> None:
    """To the provider and back. What was begun is kept here, and only the browser that began may bring it back."""
    begun: dict[str, tuple[Begun, str, float]] = {}

    def back_to(request: Request) -> str:
        tls = house.settings.access is not None and house.settings.access.tls
        return f"{'https' if tls else 'http'}://{request.headers['host']}/sign-in/back"

    @server.get("/sign-in/oidc")
    async def leave(request: Request) -> Response:
        try:
            one = await run_in_threadpool(provider.begin, back_to(request))
        except WayDown as error:
            log.warning("%s", error)
            t = view(house, request).t
            return form(house, request, "/", t("The provider does not answer; try again, or tell who runs it."), 503)
        for old in [state for state, (_, _, at) in begun.items() if time.monotonic() - at > BEGUN_S]:
            del begun[old]
        if len(begun) < MOST_BEGUN:
            begun[one.state] = (one, address_of(request.query_params.get("next", "/")), time.monotonic())
        cookie = gate.cookie_header(one.state, lasts_s=int(BEGUN_S), name=STATE)
        return Response(status_code=303, headers={"location": one.url, "set-cookie": cookie, **NO_STORE})

    @server.get("/sign-in/back")
    async def back(request: Request) -> Response:
        t, state = view(house, request).t, request.query_params.get("state", "")
        held = begun.pop(state, None)
        if held is None or cookie_of(request.headers, gate.name_of(STATE)) != state:
            return form(house, request, "/", t("This sign-in was not begun here, or too long ago; begin again."), 401)
        try:
            identity = await run_in_threadpool(provider.finish, held[0], back_to(request), dict(request.query_params))
            token = await run_in_threadpool(gate.reception.enter_as, identity, place_of(request.scope))
        except NotLetIn as error:
            note = partial(gate.reception.failed, "", place_of(request.scope), "oidc", error.why, counts=False)
            await run_in_threadpool(note)
            return form(house, request, "/", t("You were not let in; ask who runs this site."), 401)
        except WayDown as error:
            log.warning("%s", error)
            return form(house, request, "/", t("The provider does not answer; try again, or tell who runs it."), 503)
        return entered(gate, token, held[1])
