"""GET /export/NAME.xlsx and .csv: every list as a file, for the reader and the filter of the page it stands on.

Files are made in threads and, for a workbook, in a child, and sent from the disk: a slow download keeps a file there,
but neither a place among those being made nor a connection to the facts. A CSV is sent while it is still being made,
from its first rows on; what goes wrong before them is said in a sentence, what goes wrong later breaks the connection:
half a list is never taken for the whole. A workbook is made whole: its form leaves no choice.
"""

import asyncio
import logging
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Send

from dashboard.components import (
    alert_filter,
    alert_list,
    export_lists,
    hotspot_files,
    matter_files,
    outage_files,
    sheet,
    supply_files,
    timeliness_files,
)
from dashboard.components.alert_words import Reading
from dashboard.components.export_lists import BadFilter, Listed, Made
from dashboard.components.format import Translate
from dashboard.components.order_answers import Asked, understand
from dashboard.components.order_cells import Desk
from dashboard.components.query import args_of
from dashboard.components.sheet import About
from dashboard.components.units import area_names
from dashboard.components.view import view_of
from dashboard.guard import current_scope
from dashboard.house import House
from dashboard.pages.alerts import standing
from dashboard.spool import CHUNK, BrokenOff, Spool, rest_in_thread
from kpis.types import Refusal
from store.facts.errors import StoreError
from store.ledger import audit
from store.ledger.audit import Act

log = logging.getLogger(__name__)

AT_ONCE: Final = 3  # files made at the same time: each holds a connection, a thread and perhaps a child
ON_THE_WAY: Final = 20  # files made or being sent: each takes room on the disk
TAKEN_S: Final = 60.0  # who has not taken a chunk by then gets no more of the file
TRIED: Final = 3  # chunks made before an answer is given: a header and two batches, so that a short list is whole
MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LISTS: Final[dict[str, Callable[[Asked, int | None], Listed]]] = {
    "orders": export_lists.orders,
    "units": export_lists.units,
    "timeliness": timeliness_files.figures,
    "trend": timeliness_files.trend_of,
    "slices": timeliness_files.sliced,
    "outages-units": supply_files.units,
    "outages-areas": supply_files.areas,
    "stations": supply_files.stations,
    "hotspots": hotspot_files.hotspots,
    "hotspot-orders": hotspot_files.demands,
    **matter_files.LISTS,
    **outage_files.LISTS,
}


@dataclass(frozen=True)
class Wanted:
    """What a download's address names: a list, csv or xlsx, and the query of the page."""

    name: str
    kind: str
    search: str


@dataclass(frozen=True)
class File:
    """A file ready to be sent, in pieces."""

    name: str
    label: str
    pieces: Iterator[bytes]


class Download(StreamingResponse):
    """Sends pieces for as long as somebody takes them, and then lets go of what they hold."""

    def __init__(self, pieces: Generator[bytes], media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(pieces, media_type=media_type, headers=headers)
        self._pieces = pieces

    async def stream_response(self, send: Send) -> None:
        async def in_time(message: Message) -> None:
            await asyncio.wait_for(send(message), TAKEN_S)

        try:
            await super().stream_response(in_time)
        except TimeoutError:
            log.warning("a download was given up: nothing of it was taken for %g s", TAKEN_S)
        except BrokenOff as error:  # without its last chunk the browser calls the download failed
            log.warning("a download broke off, its list could not be read to the end: %s", error)
        finally:
            self._pieces.close()


def add(server: FastAPI, house: House) -> None:
    """The routes."""
    making, on_the_way = threading.BoundedSemaphore(AT_ONCE), threading.BoundedSemaphore(ON_THE_WAY)

    @server.get("/export/{name}.{kind}")
    async def export(name: str, kind: str, request: Request) -> Response:
        t = view_of(request.query_params, house.settings.site.language).t
        if kind not in MEDIA or name not in (*LISTS, "alerts"):
            nothing = t("There is no list {path}. There are these: {known}")
            said = nothing.format(path=f"/export/{name}.{kind}", known=_known())
            return PlainTextResponse(said, status_code=404)
        with ExitStack() as held:
            while_made = held.enter_context(ExitStack())
            if not (_takes(on_the_way, held) and _takes(making, while_made)):
                return _busy(t)
            wanted = Wanted(name, kind, request.url.query)
            try:
                file = await run_in_threadpool(_file, house, wanted, held, while_made)
            except (StoreError, OSError, ValueError) as error:
                return _refused(t, error)
            headers = {"content-disposition": _disposition(house, file, kind), "cache-control": "no-store"}
            pieces = _sent(file.pieces, held.pop_all())
        next(pieces)  # from here on `pieces` lets go of what is held, however it ends
        return Download(pieces, MEDIA[kind], headers)


def _takes(places: threading.BoundedSemaphore, held: ExitStack) -> bool:
    """Takes a place, if one is free, for as long as `held` holds."""
    if is_free := places.acquire(blocking=False):
        held.callback(places.release)
    return is_free


def _busy(t: Translate) -> Response:
    said = t("Too many files are being made or fetched; try again in a minute.")
    return PlainTextResponse(said, status_code=503, headers={"retry-after": "60"})


def _refused(t: Translate, error: Exception) -> Response:
    """Why there is no file. What is wrong with the address is said in full, the rest stands in the log."""
    if isinstance(error, BadFilter | Refusal):
        return PlainTextResponse(str(error), status_code=400)
    if isinstance(error, ValueError):
        raise error
    log.warning("a file could not be made: %s", error)
    said = t("The file could not be written; see that the node has free disk and memory, then try again.")
    if isinstance(error, StoreError):
        said = t("The file could not be made in time; choose a shorter period or one unit.")
    return PlainTextResponse(said, status_code=503)


def _known() -> str:
    return ", ".join(f"/export/{name}.{kind}" for name in (*LISTS, "alerts") for kind in MEDIA)


def _sent(pieces: Iterator[bytes], held: ExitStack) -> Generator[bytes]:
    """The pieces; what was held for them is let go at the end, also when the reader goes away in the middle."""
    with held:
        yield b""
        yield from pieces


def _file(house: House, wanted: Wanted, held: ExitStack, while_made: ExitStack) -> File:
    """The file, open for as long as `held` holds. `while_made` is let go as soon as nothing more is made of it."""
    folder = house.settings.node.var
    into = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  closed with what is held
    spool = Spool(into)
    held.callback(spool.leave)
    made = while_made.pop_all()
    _note(house, wanted)
    with ExitStack() as failing:  # what fails before there is an answer lets go of everything at once
        failing.callback(spool.end)
        failing.push(made)
        reader = made.enter_context(house.reader(current_scope()))
        asked = understand(house, reader, "/orders", wanted.search, listed=wanted.name in ("orders", "units"))
        listed = _listed(asked, wanted)
        if wanted.kind == "csv":
            chunks = sheet.csv_chunks(listed.columns, listed.batches)
            for chunk in (tried := list(islice(chunks, TRIED))):
                spool.write(chunk)
            if len(tried) == TRIED:
                failing.pop_all()
                rest_in_thread(spool, chunks, made.close)
            return File(listed.name, listed.label, spool.pieces())
        sheet.write_workbook(listed.columns, listed.batches, _about(asked, listed), into, folder)
    return File(listed.name, listed.label, _read(into))


def _note(house: House, wanted: Wanted) -> None:
    """Who asks for a file is on record before there is one."""
    scope, about = current_scope(), {"query": wanted.search[:500]}
    if house.ledger is not None:
        act = Act(scope.user, "exported", f"{wanted.name}.{wanted.kind}", scope.role, detail=about)
        audit.note(house.ledger, act, house.now())


def _listed(asked: Asked, wanted: Wanted) -> Listed:
    if wanted.name != "alerts":
        return LISTS[wanted.name](asked, sheet.MOST_ROWS if wanted.kind == "xlsx" else None)
    export_lists.no_faults(asked, alert_filter.WORD)
    house, now = asked.house, asked.question.now
    show = args_of(wanted.search).get("show", "open")
    show = show if show in alert_list.SHOWS else "open"
    units, unit = asked.question.units, asked.query.unit
    found = standing(house, current_scope(), now).narrowed(lambda alert: alert_filter.holds(units, unit, alert))
    areas = area_names(asked.question.reader, found.areas, asked.view.language, now)
    reading = Reading(asked.view, units, house.settings.site.tz, now, areas)
    shown = {"open": (*found.waiting, *found.taken), "taken": found.taken, "cleared": found.cleared}
    return export_lists.alerts(reading, shown[show], show, unit)


def _about(asked: Asked, listed: Listed) -> About:
    site, question, t = asked.house.settings.site, asked.question, asked.view.t
    name = site.name if asked.view.language == "zh" else site.name_en
    made = Made(name, current_scope(), question.now, export_lists.as_of(asked))
    desk = Desk(asked.view, question.units, site.tz, question.now)
    return About(listed.label, t("About this file"), made.lines(t, listed, desk))


def _read(file: IO[Any]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(CHUNK):
        yield piece


def _disposition(house: House, file: File, kind: str) -> str:
    """Both names of a file: plain letters for old clients, the reader's language for the others (RFC 5987)."""
    at = f"{house.now().astimezone(house.settings.site.tz):%Y%m%d-%H%M}"
    own = quote(f"{file.label}_{at}.{kind}", safe="")
    return f"attachment; filename=\"{file.name}_{at}.{kind}\"; filename*=UTF-8''{own}"
