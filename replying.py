"""A reply to a text: the right code, from the phone it was sent to, takes the alert."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import select

from alerts import codes
from settings import Settings
from store.facts.errors import StoreError
from store.ledger.answers import acknowledge
from store.ledger.ledger import Ledger
from store.ledger.models import Alert, Delivery

LONGEST: Final = 500  # characters of a reply


class Desk(Protocol):
    """What an answer needs."""

    @property
    def settings(self) -> Settings: ...
    @property
    def ledger(self) -> Ledger: ...
    def now(self) -> datetime: ...


@dataclass(frozen=True)
class Answered:
    """What a gateway is told: HTTP status and one sentence. `alert_id`: of the alert that is taken now."""

    status: int
    said: str
    alert_id: int | None = None


def may_hand_in(settings: Settings, secret: str) -> bool:
    """Whether who shows `secret` is the gateway; never without a secret in the settings."""
    known = settings.replies.secret
    return known is not None and hmac.compare_digest(known.get_secret_value().encode(), secret.encode())


def take_reply(desk: Desk, sender: str, text: str) -> Answered:
    """Takes the alert whose code stands in `text`; handing the same reply in again changes nothing.

    No answer tells whether a code exists for another phone.
    """
    found = codes.found_in(text[:LONGEST])
    if not found:
        return Answered(422, "no code of six digits in the reply; send back the one in the text")
    right = [code for code in found if codes.is_code(code)]
    if not right:
        return Answered(422, "the code has a slip; compare it with the text")
    sent = _sent_to(desk.ledger, right[0], codes.phone(sender))
    if sent is None:
        return Answered(404, "no text with this code was sent to this phone; reply from the phone that got it")
    alert_id, person = sent
    by = person or "reply by text"
    if _is_taken(desk.ledger, alert_id, by):
        return Answered(200, f"alert {alert_id} is yours already", alert_id)
    try:
        acknowledge(desk.ledger, alert_id, by, "", desk.now(), via="text")
    except StoreError as error:
        return Answered(409, str(error))
    return Answered(200, f"alert {alert_id} is yours", alert_id)


def _sent_to(ledger: Ledger, code: str, phone: str) -> tuple[int, str | None] | None:
    """Alert and person of the latest text with `code` to `phone`."""
    d = Delivery
    query = select(d.alert_id, d.person, d.address).where(d.code == code, d.state.in_(("sent", "leased", "pending")))
    with ledger.reading() as session:
        rows = session.execute(query.order_by(d.id.desc())).all()
    return next(((row[0], row[1]) for row in rows if codes.phone(row[2]) == phone), None)


def _is_taken(ledger: Ledger, alert_id: int, by: str) -> bool:
    with ledger.reading() as session:
        alert = session.get(Alert, alert_id)
        return alert is not None and (alert.state, alert.acknowledged_by, alert.acknowledged_via) == (
            "acknowledged",
            by,
            "text",
        )
