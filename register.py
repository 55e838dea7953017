"""The register of exemptions as commands ask for it: entries are checked here, stored in the ledger, shown in full."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final

from asking import Desk
from kpis.types import Refusal
from store.facts.exempt import mirror as mirrored
from store.facts.merge import Derive
from store.facts.schema import CLOCK_LINES
from store.ledger import exemptions
from store.ledger.exemptions import LONGEST, Approved
from store.reasons import REASONS
from store.scope import Scope

NEEDED: Final = ("order_no", "clock", "reason", "evidence", "approved_by", "approved_at")
OPTIONAL: Final = ("source",)
EXPORTED: Final = ("id", "entered_at", "withdrawn_at", "withdrawn_by", "withdrawn_why")  # read back without a meaning
ASKED: Final = 1000  # order numbers looked up at once
Row = Mapping[str, str]


def add(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """{"id"} of the new exemption. Errors: Refusal with all that is wrong."""
    row = {name: str(args.get(name) or "") for name in (*NEEDED, *OPTIONAL)}
    approved, faults = _checked(desk, scope, [("", row)])
    if faults:
        raise Refusal("\n".join(faults))
    return {"id": exemptions.enter(desk.ledger, approved, desk.now())[0]}


def withdraw(desk: Desk, _scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """{"id"} of the exemption that was withdrawn."""
    exemptions.withdraw(desk.ledger, int(args["id"]), str(args["by"]), str(args["why"]), desk.now())
    return {"id": int(args["id"])}


def listed(desk: Desk, _scope: Scope, args: Mapping[str, Any]) -> list[dict[str, Any]]:
    return exemptions.register(desk.ledger, withdrawn=bool(args.get("all")))


def import_(desk: Desk, scope: Scope, args: Mapping[str, Any]) -> dict[str, Any]:
    """{"entered", "left_out"} of the CSV `text` called `file`; all of it is taken or nothing.

    Rows that an export shows as withdrawn are left out. Errors: Refusal with a sentence per mistake and its line.
    """
    file = str(args["file"])
    reader = csv.DictReader(io.StringIO(str(args["text"])), strict=True)
    _check_columns(file, reader.fieldnames or ())
    try:
        rows = [(f"{file}:{reader.line_num}: ", {k: v or "" for k, v in row.items() if k}) for row in reader]
    except csv.Error as error:
        raise Refusal(f"{file}:{reader.reader.line_num}: {error}; close every quote that is opened") from error
    standing = [(where, row) for where, row in rows if not row.get("withdrawn_at")]
    approved, faults = _checked(desk, scope, standing)
    if faults:
        raise Refusal("\n".join([*faults, f"{file}: nothing of it was entered"]))
    entered = exemptions.enter(desk.ledger, approved, desk.now())
    return {"entered": len(entered), "left_out": len(rows) - len(standing)}


def mirror(desk: Desk, derive: Derive) -> None:
    """Brings what the register says into the facts: what a tick does, for who asks the files without a node."""
    mirrored(desk.facts, exemptions.standing(desk.ledger), derive)


def _check_columns(file: str, names: Sequence[str]) -> None:
    known = (*NEEDED, *OPTIONAL, *EXPORTED)
    faults = [f"{file}:1: `{name}`: unknown column; {_near(name, known)}" for name in names if name not in known]
    if missing := [name for name in NEEDED if name not in names]:
        faults.append(f"{file}:1: {', '.join(missing)}: missing; write these names into the first line")
    if faults:
        raise Refusal("\n".join(faults))


def _checked(desk: Desk, scope: Scope, rows: Sequence[tuple[str, Row]]) -> tuple[list[Approved], list[str]]:
    """What can be entered, and a sentence for everything that can not, behind its place."""
    fields = [{name: row.get(name, "").strip() for name in (*NEEDED, *OPTIONAL)} for _, row in rows]
    sources = _sources(desk, scope, sorted({one["order_no"] for one in fields}))
    taken: dict[tuple[str, str, str], str] = dict.fromkeys(exemptions.standing(desk.ledger), "the register")
    approved, faults = list[Approved](), list[str]()
    for (where, _), one in zip(rows, fields, strict=True):
        found, wrong = _read(one, sources.get(one["order_no"], []), desk)
        if found and found.place in taken:
            wrong = [f"{found.order_no} {found.clock}: is exempt already, in {taken[found.place]}; keep one of them"]
        elif found:
            approved.append(found)
            taken[found.place] = where.rstrip(": ")
        faults += [f"{where}{sentence}" for sentence in wrong]
    return approved, faults


def _read(fields: Row, sources: Sequence[str], desk: Desk) -> tuple[Approved | None, list[str]]:
    wrong = list(_mistakes(fields, sources))
    at = None
    try:
        at = _approved_at(fields["approved_at"], desk) if fields["approved_at"] else None
    except Refusal as error:
        wrong.append(str(error))
    if at is None or wrong:
        return None, wrong
    words = {name: fields[name] for name in ("order_no", "clock", "reason", "evidence", "approved_by")}
    return Approved(source=fields["source"] or sources[0], approved_at=at, **words), []


def _approved_at(text: str, desk: Desk) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal(f"approved_at {text}: is no time; write 2026-01-31 or 2026-01-31T08:00:00") from error
    at = at if at.tzinfo else at.replace(tzinfo=desk.settings.site.tz)
    if not 1900 <= at.year <= 9998 or at > desk.now():
        raise Refusal(f"approved_at {text}: has not come yet; write when it was approved")
    return at


def _mistakes(fields: Row, sources: Sequence[str]) -> Iterator[str]:
    for name in NEEDED:
        if not fields[name]:
            yield f"{name}: is empty; an exemption needs it"
        elif name in LONGEST and len(fields[name]) > LONGEST[name]:
            yield f"{name}: is too long; {LONGEST[name]} characters at most"
    number, source = fields["order_no"], fields["source"]
    if number and not sources:
        yield f"order_no {number}: there is no such order; write the number as its source has it"
    elif source and number and source not in sources:
        yield f"source {source}: has no order {number}; it stands in {', '.join(sources)}"
    elif len(sources) > 1 and not source:
        yield f"order_no {number}: stands in several sources; name one of {', '.join(sources)} as source"
    for name, known in (("clock", list(CLOCK_LINES)), ("reason", list(REASONS))):
        if fields[name] and fields[name] not in known:
            yield f"{name} {fields[name]}: is unknown; {_near(fields[name], known)}"


def _sources(desk: Desk, scope: Scope, numbers: Sequence[str]) -> dict[str, list[str]]:
    """The sources in which each of these orders stands."""
    found: dict[str, list[str]] = {}
    with desk.facts.read(scope) as reader:
        orders = reader.table("work_orders")
        for first in range(0, len(numbers), ASKED):
            some = orders.filter(orders.order_no.isin(numbers[first : first + ASKED]))
            frame = reader.frame(some.select("order_no", "source").distinct().order_by("source"), desk.now())
            for number, source in zip(frame["order_no"], frame["source"], strict=True):
                found.setdefault(number, []).append(source)
    return found


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"


ANSWERS: Final[Mapping[str, Callable[[Desk, Scope, Mapping[str, Any]], Any]]] = {
    "exempt add": add,
    "exempt withdraw": withdraw,
    "exempt list": listed,
    "exempt import": import_,
}
