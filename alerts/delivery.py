"""Sends what the outbox holds: each message leased, tried, and settled with a record of the attempt."""

import hashlib
import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from alerts.channels import Channel, DeliveryError
from store.ledger import Ledger
from store.ledger.outbox import Parcel, has_due, settle_failed, settle_sent, take_one

log: Final = logging.getLogger(__name__)

OUTCOMES: Final = ("sent", "retried", "failed")
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 300.0
MOST_ATTEMPTS: Final = 300  # about a day at the longest wait; then somebody must mend the channel and send by hand


def retry_wait(key: str, attempt: int) -> timedelta:
    """How long to wait after the failed `attempt`: doubled each time, within 50 to 100 % by the message's own jitter.

    Messages that failed together come back apart, and a test can tell when.
    """
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempt - 1, 20))
    jitter = int.from_bytes(hashlib.sha256(f"{key}:{attempt}".encode()).digest()[:4], "big") / 2**32
    return timedelta(seconds=longest * (0.5 + jitter / 2))


def send_due(
    ledger: Ledger,
    channels: Mapping[str, Channel],
    clock: Callable[[], datetime],
    limit: int = 100,
    skip: Collection[str] = (),
) -> dict[str, int]:
    """Sends up to `limit` due messages, the oldest first, not those on channels in `skip`; counts by outcome.

    `clock` is the senders' own clock, not a replayed site's: leases and waits are real seconds, and all who send from
    one ledger must share it. A channel that fails for now is left alone until the next call, so that one dead receiver
    costs one try and not one for each message.
    """
    resting = set(skip)
    counts = dict.fromkeys(OUTCOMES, 0)
    if not has_due(ledger, clock()):
        return counts
    for _ in range(limit):
        parcel = take_one(ledger, clock(), resting)
        if parcel is None:
            break
        outcome = _send(ledger, channels.get(parcel.channel), parcel, clock)
        if outcome == "retried":
            resting.add(parcel.channel)
        counts[outcome] += 1
    return counts


def _send(ledger: Ledger, channel: Channel | None, parcel: Parcel, clock: Callable[[], datetime]) -> str:
    try:
        if channel is None:
            raise DeliveryError(f"{parcel.channel}: the settings have no such channel", permanent=True)
        _hand_over(channel, parcel)
    except DeliveryError as error:
        now, is_last = clock(), error.permanent or parcel.attempt >= MOST_ATTEMPTS
        next_at = None if is_last else now + retry_wait(parcel.key, parcel.attempt)
        settle_failed(ledger, parcel, now, str(error), next_at)
        if is_last or parcel.attempt == 1:  # the attempts between are in the ledger
            log.warning("message %s: %s; %s", parcel.id, error, "given up" if is_last else "will be tried again")
        return "failed" if is_last else "retried"
    settle_sent(ledger, parcel, clock())
    return "sent"


def _hand_over(channel: Channel, parcel: Parcel) -> None:
    """Sends. Errors: DeliveryError, whatever the channel raises: a fault in one must not stop the others.

    Only the error's type is told, and no cause is kept: its words may show an address or a token.
    """
    try:
        channel.send(parcel.address, parcel.title, parcel.body, parcel.key)
    except DeliveryError:
        raise
    except Exception as error:
        raise DeliveryError(f"{parcel.channel}: {type(error).__name__}", permanent=False) from None
