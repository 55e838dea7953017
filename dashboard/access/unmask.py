"""POST /unmask: the personal data of one order, for who may and says why. It is on record before it is shown."""

from dataclasses import replace
from html import escape
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from dashboard.access.forms import fields_of
from dashboard.access.roles import may
from dashboard.access.sign_in_pages import page, view
from dashboard.components.format import Translate
from dashboard.components.order_course import key_of, read
from dashboard.guard import current_scope
from dashboard.house import House
from kpis.personal import person_of
from store.facts.errors import StoreError
from store.ledger import audit
from store.ledger.audit import Act

PATH: Final = "/unmask"
LEAST_REASON, MOST_REASON = 4, 200


class NotShown(ValueError):
    """The sentence says why nothing is shown, in the reader's language."""


def add(server: FastAPI, house: House) -> None:
    """The route."""

    @server.post(PATH)
    async def unmask(request: Request) -> Response:
        given, t = await fields_of(request), view(house, request).t
        head = t("Personal data")
        try:
            rows = await run_in_threadpool(shown, house, t, given.get("order", ""), given.get("reason", ""))
        except NotShown as error:
            said = f'<p class="wrong" role="alert">{escape(str(error))}</p>'
            return page(house, request, head, said, "", 403)
        lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
        note = escape(t("That you have seen this is on record, with your reason."))
        return page(house, request, head, f"<p>{note}</p>", f"<dl>{lines}</dl>", 200)


def shown(house: House, t: Translate, asked: str, reason: str) -> list[tuple[str, str]]:
    """Names and values. Errors: NotShown."""
    scope, now, reason = current_scope(), house.now(), reason.strip()
    if not may(scope.role, "unmask"):
        raise NotShown(t("Your role may not see personal data."))
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        raise NotShown(t("Say why, in {least} to {most} characters.").format(least=LEAST_REASON, most=MOST_REASON))
    key = key_of(asked)
    with house.reader(scope) as reader:
        order = read(reader, key, now) if key else None
    if order is None:
        raise NotShown(t("There is no order {order} here.").format(order=asked[:60]))
    row = order.row
    _protected(t, row, scope.role)
    number = str(row["order_no"] or row["source_key"])
    act = Act(scope.user, "unmasked", f"{row['source']} {number}", scope.role, detail={"reason": reason})
    try:
        audit.note(house.ledger, act, now)
        with house.reader(replace(scope, personal=True)) as reader:
            found = person_of(reader, row["source"], row["source_key"], now)
    except StoreError as error:
        raise NotShown(t("Not possible: {error}").format(error=error)) from error
    names = {"name": t("name"), "phone": t("phone"), "address": t("address"), "text": t("text of the order")}
    return [(t("Order"), number), *((names[name], value or t("none##value")) for name, value in found.items())]


def _protected(t: Translate, row: Any, role: str) -> None:
    """Nobody learns here who complained anonymously, and of a confidential order only administrators."""
    if row["is_anonymous"]:
        raise NotShown(t("This order is anonymous: who it is from is shown to nobody."))
    if row["is_confidential"] and role != "administrator":
        raise NotShown(t("This order is confidential: only an administrator sees who it is from."))
