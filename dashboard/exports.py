"""GET /export/NAME.xlsx and .csv: every list as a file, for the reader and the filter of the page it stands on.

Files are made in threads of their own pool and in a child: no page, poll or tick waits for a download.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from dashboard.components import alert_list, export_lists, sheet
from dashboard.components.alert_words import Reading
from dashboard.components.export_lists import BadFilter, Listed, Made
from dashboard.components.order_answers import Asked, understand
from dashboard.components.order_cells import Desk
from dashboard.components.query import args_of
from dashboard.components.sheet import About
from dashboard.guard import current_scope
from dashboard.house import House
from dashboard.pages.alerts import standing
from store.facts.errors import StoreError

AT_ONCE: Final = 3  # files made at the same time: each holds a connection, a thread and perhaps a child
CHUNK: Final = 256 * 1024
MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LISTS: Final[dict[str, Callable[[Asked, int | None], Listed]]] = {
    "orders": export_lists.orders,
    "units": export_lists.units,
}


@dataclass(frozen=True)
class File:
    """A file ready to be sent, in pieces."""

    name: str
    label: str
    pieces: Iterator[bytes]


def add(server: FastAPI, house: House) -> None:
    """The routes."""
    free = threading.BoundedSemaphore(AT_ONCE)

    @server.get("/export/{name}.{kind}")
    async def export(name: str, kind: str, request: Request) -> Response:
        if kind not in MEDIA or name not in (*LISTS, "alerts"):
            return PlainTextResponse(f"/export/{name}.{kind}: there is no such list; see {_known()}", status_code=404)
        if not free.acquire(blocking=False):
            busy = f"{AT_ONCE} files are being made; try again in a minute"
            return PlainTextResponse(busy, status_code=503, headers={"retry-after": "60"})
        held = ExitStack()
        held.callback(free.release)
        try:
            file = await run_in_threadpool(_file, house, name, kind, request.url.query, held)
        except BadFilter as error:
            held.close()
            return PlainTextResponse(str(error), status_code=400)
        except (StoreError, OSError) as error:
            held.close()
            return PlainTextResponse(str(error), status_code=503)
        except BaseException:
            held.close()
            raise
        headers = {"content-disposition": _disposition(house, file, kind), "cache-control": "no-store"}
        pieces = _sent(file.pieces, held)
        next(pieces)  # from here on `pieces` lets go of what is held, however it ends
        return StreamingResponse(pieces, media_type=MEDIA[kind], headers=headers)


def _known() -> str:
    return ", ".join(f"/export/{name}.{kind}" for name in (*LISTS, "alerts") for kind in MEDIA)


def _sent(pieces: Iterator[bytes], held: ExitStack) -> Iterator[bytes]:
    """The pieces; what was held for them is let go at the end, also when the reader goes away in the middle."""
    with held:
        yield b""
        yield from pieces


def _file(house: House, name: str, kind: str, search: str, held: ExitStack) -> File:
    """The file, made as far as its first piece, so that what is wrong is told in place of it."""
    scope, now = current_scope(), house.now()
    reader = held.enter_context(house.reader(scope))
    asked = understand(house, reader, "/orders", search)
    question, zone = asked.question, house.settings.site.tz
    if name == "alerts":
        show = args_of(search).get("show", "open")
        show = show if show in alert_list.SHOWS else "open"
        reading = Reading(asked.view, question.units, zone, now)
        found = standing(house, scope, now)
        shown = {"open": (*found.waiting, *found.taken), "taken": found.taken, "cleared": found.cleared}
        listed = export_lists.alerts(reading, shown[show], show)
    else:
        listed = LISTS[name](asked, sheet.MOST_ROWS if kind == "xlsx" else None)
    if kind == "csv":
        chunks = sheet.csv_chunks(listed.columns, listed.batches)
        first = list(_first(chunks, 2))
        return File(listed.name, listed.label, chain(first, chunks))
    site = house.settings.site
    made = Made(site.name if asked.view.language == "zh" else site.name_en, scope, now, export_lists.as_of(asked))
    t, desk = asked.view.t, Desk(asked.view, question.units, zone, now)
    about = About(listed.label, t("About this file"), made.lines(t, listed, desk))
    folder = house.settings.node.var
    into = held.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115  closed with the rest that is held
    sheet.write_workbook(listed.columns, listed.batches, about, into, folder)
    return File(listed.name, listed.label, _read(into))


def _first(chunks: Iterator[bytes], n: int) -> Iterator[bytes]:
    for _ in range(n):
        if (chunk := next(chunks, None)) is not None:
            yield chunk


def _read(file: IO[Any]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(CHUNK):
        yield piece


def _disposition(house: House, file: File, kind: str) -> str:
    """Both names of a file: plain letters for old clients, the reader's language for the others (RFC 5987)."""
    at = f"{house.now().astimezone(house.settings.site.tz):%Y%m%d-%H%M}"
    own = quote(f"{file.label}_{at}.{kind}", safe="")
    return f"attachment; filename=\"{file.name}_{at}.{kind}\"; filename*=UTF-8''{own}"
