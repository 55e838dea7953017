"""Hotspots in the ledger: looks recorded in one transaction, thresholds, answers, and what may be asked of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.facts.errors import StoreError
from store.ledger.audit import Act, add
from store.ledger.gatherings import (
    HotspotAnswer,
    HotspotCalibration,
    HotspotLine,
    HotspotLook,
    HotspotRow,
    WideDay,
    WideRiseRow,
)
from store.ledger.ledger import Ledger
from store.ledger.models import Alert
from store.ledger.words import NOTE_LIMIT, named, within

RULE: Final = "hotspot"
_ROW: Final = tuple(c.key for c in HotspotRow.__table__.columns)
Decide = Callable[[Mapping[str, Any]], tuple[Mapping[str, Any], Mapping[str, Any]]]
_BESIDE: Final = ("answer", "answered_by", "answered_at")  # people's own: a look never writes them


def _plain(row: Any) -> dict[str, Any]:
    return {c.key: getattr(row, c.key) for c in row.__table__.columns}


def standing(ledger: Ledger, since: datetime) -> list[dict[str, Any]]:
    """The hotspots whose life may go on: open ones, those that ended after `since`, and the last number; by number."""
    last = select(func.max(HotspotRow.number)).scalar_subquery()
    may = or_(HotspotRow.state == "open", HotspotRow.ended_at >= since, HotspotRow.number == last)
    with ledger.reading() as session:
        return [_plain(row) for row in session.scalars(select(HotspotRow).where(may).order_by(HotspotRow.number))]


def listed(ledger: Ledger, state: str = "open", limit: int = 500) -> list[dict[str, Any]]:
    """Hotspots with `alert_id` and `alert_state`, the latest number first; `state` is open or all."""
    query = select(HotspotRow).order_by(HotspotRow.number.desc()).limit(limit)
    query = query.where(HotspotRow.state == "open") if state == "open" else query
    with ledger.reading() as session:
        rows = [_plain(row) for row in session.scalars(query)]
        return _with_alerts(session, rows)


def one(ledger: Ledger, number: int) -> dict[str, Any] | None:
    """The hotspot of this number, with its alert."""
    with ledger.reading() as session:
        row = session.get(HotspotRow, number)
        return None if row is None else _with_alerts(session, [_plain(row)])[0]


def _with_alerts(session: Session, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    subjects = [f"{RULE}:{row['number']}" for row in rows]
    query = select(Alert.subject, Alert.id, Alert.state, Alert.acknowledged_by, Alert.acknowledged_at)
    found = {a.subject: a for a in session.execute(query.where(Alert.subject.in_(subjects)).order_by(Alert.id))}
    return [
        {**row, "alert_id": alert.id if alert else None, "alert_state": alert.state if alert else None}
        for row, alert in ((row, found.get(f"{RULE}:{row['number']}")) for row in rows)
    ]


def lines(ledger: Ledger, number: int, limit: int = 2000) -> list[dict[str, Any]]:
    """The history of a hotspot, oldest first."""
    query = select(HotspotLine).where(HotspotLine.number == number).order_by(HotspotLine.id.desc()).limit(limit)
    with ledger.reading() as session:
        return [_plain(row) for row in session.scalars(query)][::-1]


def as_of(ledger: Ledger, at: datetime) -> list[dict[str, Any]]:
    """The last line up to `at` of each hotspot that stood then, with its onset; by number."""
    last = select(func.max(HotspotLine.id)).where(HotspotLine.at <= at).group_by(HotspotLine.number).scalar_subquery()
    query = select(HotspotLine, HotspotRow.onset, HotspotRow.opened_at).join(
        HotspotRow, HotspotRow.number == HotspotLine.number
    )
    query = query.where(HotspotLine.id.in_(last), HotspotLine.state == "open").order_by(HotspotLine.number)
    with ledger.reading() as session:
        return [_plain(row) | {"onset": onset, "opened_at": opened} for row, onset, opened in session.execute(query)]


def last_look(ledger: Ledger, state: str | None = None) -> dict[str, Any] | None:
    """The last look, or the last in `state`; None without one."""
    query = select(HotspotLook).order_by(HotspotLook.id.desc()).limit(1)
    query = query if state is None else query.where(HotspotLook.state == state)
    with ledger.reading() as session:
        row = session.scalars(query).first()
        return None if row is None else _plain(row)


def looks(ledger: Ledger, since: datetime) -> list[dict[str, Any]]:
    """The looks at hours that ended after `since`, oldest first."""
    query = select(HotspotLook).where(HotspotLook.until > since).order_by(HotspotLook.id)
    with ledger.reading() as session:
        return [_plain(row) for row in session.scalars(query)]


def record(
    ledger: Ledger, looks: Sequence[Mapping[str, Any]], hotspots: Sequence[Mapping[str, Any]],
    lines: Sequence[Mapping[str, Any]], answers: Mapping[int, str | None],
) -> bool:  # fmt: skip
    """Writes looks, hotspots and lines, all or nothing. False and nothing where somebody has answered meanwhile.

    `answers`: of each known hotspot the answer that was heeded.
    """
    with ledger.writing() as session:
        query = select(HotspotRow.number, HotspotRow.answer).where(HotspotRow.number.in_(list(answers) or [0]))
        if any(answers[number] != answer for number, answer in session.execute(query.with_for_update())):
            return False
        known = set(session.scalars(select(HotspotRow.number)))
        for row in hotspots:
            if row["number"] in known:
                values = {k: v for k, v in row.items() if k not in _BESIDE}
                session.execute(update(HotspotRow).where(HotspotRow.number == row["number"]).values(**values))
            else:
                session.add(HotspotRow(**{name: row.get(name) for name in _ROW}))
        session.flush()
        session.add_all(HotspotLine(**line) for line in lines)
        session.add_all(HotspotLook(**look) for look in looks)
    return True


def answer(ledger: Ledger, number: int, answer: str, by: str, note: str, at: datetime, decide: Decide) -> None:
    """Notes what `by` answered. `decide`: of the hotspot as it stands, what becomes of it and the line of its history;
    told in the transaction that writes both. Errors: StoreError where there is none."""
    by, note = named("hotspot answer", by), within("hotspot answer", "note", note, NOTE_LIMIT)
    with ledger.writing() as session:
        row = session.scalars(select(HotspotRow).where(HotspotRow.number == number).with_for_update()).one_or_none()
        if row is None:
            raise StoreError(f"there is no hotspot {number}; `hotspots` lists them")
        change, line = decide(_plain(row))
        told = {"answer": answer, "answered_by": by, "answered_at": at}
        session.execute(update(HotspotRow).where(HotspotRow.number == number).values(**change, **told))
        session.add(HotspotAnswer(number=number, answer=answer, by=by, note=note or None, at=at))
        session.add(HotspotLine(**line))
        add(session, Act(by, "hotspot_answered", f"hotspot {number}", detail={"answer": answer}), at)


def taken_up(ledger: Ledger, since: datetime) -> list[dict[str, Any]]:
    """Hotspots that staff have taken up and that have ended after `since`."""
    query = select(HotspotRow).where(HotspotRow.answer == "taken up", HotspotRow.ended_at > since)
    with ledger.reading() as session:
        return [_plain(row) for row in session.scalars(query)]


def acknowledged_alerts(ledger: Ledger, numbers: Collection[int]) -> list[tuple[int, str]]:
    """Number and person of the hotspots whose alert somebody has taken."""
    subjects = {f"{RULE}:{n}": n for n in numbers}
    query = select(Alert.subject, Alert.acknowledged_by).where(
        Alert.rule == RULE, Alert.state == "acknowledged", Alert.subject.in_(list(subjects))
    )
    with ledger.reading() as session:
        return [(subjects[subject], by or "") for subject, by in session.execute(query)]


# ------------------------------------------------------------------ thresholds


def add_calibration(ledger: Ledger, row: Mapping[str, Any]) -> int:
    with ledger.writing() as session:
        made = HotspotCalibration(**row)
        session.add(made)
        session.flush()
        return made.id


def calibration(ledger: Ledger, fingerprint: str) -> dict[str, Any] | None:
    """The threshold in use for settings of this fingerprint; None without one.

    kept_because: why the newest one is not it, and tried_at, tried_histories: of the newest one.
    """
    query = select(HotspotCalibration).where(HotspotCalibration.fingerprint == fingerprint)
    query = query.order_by(HotspotCalibration.id.desc()).limit(1)
    with ledger.reading() as session:
        used = session.scalars(query.where(HotspotCalibration.kept_because.is_(None))).first()
        newest = session.scalars(query).first()
        if used is None or newest is None:
            return None
        tried = {"tried_at": newest.fitted_at, "tried_histories": newest.histories}
        return {**_plain(used), "kept_because": newest.kept_because, **tried}


# ------------------------------------------------------------------ wide rises


def wide_day(ledger: Ledger, day: date | None = None) -> dict[str, Any] | None:
    """What was judged after `day`, or after the last one."""
    query = select(WideDay).order_by(WideDay.day.desc()).limit(1)
    query = query if day is None else query.where(WideDay.day == day)
    with ledger.reading() as session:
        row = session.scalars(query).first()
        return None if row is None else _plain(row)


def open_rises(ledger: Ledger) -> list[dict[str, Any]]:
    query = select(WideRiseRow).where(WideRiseRow.ended_at.is_(None)).order_by(WideRiseRow.number)
    with ledger.reading() as session:
        return [_plain(row) for row in session.scalars(query)]


def put_wide_day(
    ledger: Ledger, day: Mapping[str, Any], opened: Sequence[Mapping[str, Any]], going_on: Sequence[Mapping[str, Any]]
) -> bool:
    """Writes a judged day, the rises it opened and those that go on or ended; False where the day is written."""
    with ledger.writing() as session:
        is_sqlite = session.connection().dialect.name == "sqlite"
        statement: Any = sqlite.insert(WideDay) if is_sqlite else postgresql.insert(WideDay)
        statement = statement.on_conflict_do_nothing().returning(WideDay.day)
        if session.execute(statement, [dict(day)]).first() is None:
            return False
        session.add_all(WideRiseRow(**row) for row in opened)
        for row in going_on:
            values = {k: v for k, v in row.items() if k != "number"}
            session.execute(update(WideRiseRow).where(WideRiseRow.number == row["number"]).values(**values))
    return True
