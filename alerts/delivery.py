"""Sends what the outbox holds: notices leased as messages, handed over, and settled with a record of the attempt."""

import hashlib
import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from alerts import digest, pacing
from alerts.channels.channel import Channel, DeliveryError, Facts, Message, Traits
from alerts.digest import Words
from store.ledger import Ledger
from store.ledger.outbox import Lot, Parcel, Sent, Waiting, has_due, lease
from store.ledger.settling import OUTCOMES, Patience, Settled, move_on, settle

log: Final = logging.getLogger(__name__)

Clock = Callable[[], datetime]
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 300.0
MOST_ATTEMPTS: Final = 300  # about a day at the longest wait; then somebody must mend the channel and send by hand
HAND_OVER: Final = timedelta(seconds=30)  # the longest one may take; a lease with less left is given back
PATIENCE: Final = Patience(4, timedelta(seconds=60))


def retry_wait(key: str, attempt: int) -> timedelta:
    """How long to wait after the failed `attempt`: doubled each time, within 50 to 100 % by the message's own jitter.

    Messages that failed together come back apart, and a test can tell when.
    """
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempt - 1, 20))
    jitter = int.from_bytes(hashlib.sha256(f"{key}:{attempt}".encode()).digest()[:4], "big") / 2**32
    return timedelta(seconds=longest * (0.5 + jitter / 2))


class Post:
    """Channels, words and pace of one node's messages; safe to use from several threads."""

    def __init__(
        self,
        ledger: Ledger,
        channels: Mapping[str, Channel],
        clock: Clock,
        words: Mapping[str, Words] | None = None,
        pace: pacing.Pace = pacing.Pace(),  # noqa: B008  frozen
        patience: Patience = PATIENCE,
    ) -> None:
        self.ledger, self.channels, self.clock = ledger, channels, clock
        self.patience = patience
        self._words, self._pace = words or {}, pace
        self._traits = {name: one.traits for name, one in channels.items()}
        self._back = pacing.back(self._traits, pace)
        self._rests: dict[tuple[str, str], datetime] = {}
        self._guard = threading.Lock()

    def lease(self, skip: Collection[str] = (), room: Mapping[str, int] | None = None) -> list[Lot]:
        """What goes now, as messages; empty when nothing does."""
        now = self.clock()
        if not has_due(self.ledger, now, skip):
            return []
        with self._guard:
            self._rests = {exit_: until for exit_, until in self._rests.items() if until > now}
            rests = dict(self._rests)

        def choose(waiting: Sequence[Waiting], sent: Sequence[Sent]) -> pacing.Choice:
            return pacing.plan(waiting, sent, now, self._traits, self._pace, rests=rests, room=room)

        return lease(self.ledger, now, choose, self._back, skip)

    def hand_over(self, lot: Lot) -> list[Settled]:
        """Hands one message over; what became of it. A lease about to run out is given back untried.

        Where a program refuses several for good, each is tried alone: one it can not take must stop no other.
        """
        if self.clock() > lot.leased_until - HAND_OVER:
            return [self.give_back(lot)]
        try:
            receipt = self._send(lot)
        except DeliveryError as error:
            if error.permanent and len(lot.parcels) > 1 and not self._traits[lot.channel].digests:
                alone = [Lot(p.key, lot.leased_until, (p,)) for p in lot.parcels]
                return [settled for one in alone for settled in self.hand_over(one)]
            return [self._failed(lot, error)]
        return [Settled(lot, "sent", self.clock(), receipt=receipt)]

    def is_resting(self, lot: Lot) -> bool:
        """Whether this lot's receiver wants nothing for a while; its channel's others may go on."""
        with self._guard:
            until = self._rests.get((lot.channel, lot.address))
        return until is not None and until > self.clock()

    def give_back(self, lot: Lot) -> Settled:
        return Settled(lot, "returned", self.clock())

    def settle(self, settled: Sequence[Settled]) -> None:
        settle(self.ledger, settled, self.patience)

    def move_on(self, channel: str) -> None:
        """What waits for a channel that fails and fails also goes to its next exit."""
        if moved := move_on(self.ledger, channel, self.clock()):
            log.warning("%s: has failed for a while; %s messages also go to their next exit", channel, moved)

    def _send(self, lot: Lot) -> str | None:
        """Errors: DeliveryError, whatever the channel raises: a fault in one must not stop the others.

        Only the error's type is told, and no cause is kept: its words may show an address or a token.
        """
        channel = self.channels.get(lot.channel)
        if channel is None:
            raise DeliveryError(f"{lot.channel}: the settings have no such channel", permanent=True)
        try:
            return channel.send(messages(lot, channel.traits, self._words))
        except DeliveryError:
            raise
        except Exception as error:
            why = f"{lot.channel}: {type(error).__name__}"
            raise DeliveryError(why, permanent=False, maybe_taken=True) from None

    def _failed(self, lot: Lot, error: DeliveryError) -> Settled:
        now, is_last = self.clock(), error.permanent or lot.attempt >= MOST_ATTEMPTS
        if error.wait_s is not None:
            with self._guard:
                self._rests[lot.channel, lot.address] = now + timedelta(seconds=error.wait_s)
        wait = max(retry_wait(lot.key, lot.attempt), timedelta(seconds=error.wait_s or 0))
        if is_last or lot.attempt == 1:  # the attempts between are in the ledger
            log.warning(
                "message %s: %s; %s", lot.parcels[0].id, error, "given up" if is_last else "will be tried again"
            )
        return Settled(
            lot,
            "failed" if is_last else "retried",
            now,
            error=str(error),
            next_at=None if is_last else now + wait,
            is_bound=error.maybe_taken,
        )


def messages(lot: Lot, traits: Traits, words: Mapping[str, Words]) -> list[Message]:
    """What a channel is given for a lot: its notice, each of several where it takes several, or their digest."""
    parcels = lot.parcels
    if len(parcels) == 1 or not traits.digests:
        return [_singly(p, traits, words.get(p.language) or digest.PLAIN) for p in parcels]
    entries = [digest.Entry(p.title, p.level, p.critical, _is_clear(p), p.unit, p.due_at) for p in parcels]
    language = parcels[0].language
    title, body = digest.write(entries, words.get(language) or digest.PLAIN, traits.most_bytes)
    return [Message(lot.address, title, body, lot.key, language, None, tuple(map(facts_of, parcels)))]


def _singly(p: Parcel, traits: Traits, words: Words) -> Message:
    """A reply comes back from a text alone."""
    has_code = p.code is not None and traits.is_text
    reply = words.translate("reply {code} to take it").format(code=p.code) if has_code else None
    return Message(p.address, p.title, p.body, p.key, p.language, reply, (facts_of(p),))


def facts_of(parcel: Parcel) -> Facts:
    p = parcel
    cleared_at = p.at if _is_clear(p) else None
    return Facts(
        p.alert_id, p.rule, p.subject, p.event, p.level, p.critical, p.raised_at, cleared_at, p.due_at, p.order_no,
        p.unit, p.event == "raised" and p.at == p.raised_at,
    )  # fmt: skip


def _is_clear(parcel: Parcel) -> bool:
    return parcel.event in ("cleared", "closed")


def send_due(
    ledger: Ledger, channels: Mapping[str, Channel], clock: Clock, *, post: Post | None = None
) -> dict[str, int]:
    """Sends all that is due in this thread, one message after the other; notices by outcome.

    `clock` is the senders' own clock, not a replayed site's: leases and waits are real seconds, and all who send from
    one ledger must share it. A channel that fails for now is left alone until the next call, so that one dead receiver
    costs one try and not one for each message.
    """
    post = post or Post(ledger, channels, clock)
    counts = dict.fromkeys(OUTCOMES[:3], 0)
    resting: set[str] = set()
    while lots := post.lease(resting):
        for lot in lots:
            untried = lot.channel in resting or post.is_resting(lot)
            done = [post.give_back(lot)] if untried else post.hand_over(lot)
            post.settle(done)
            for one in done:
                if one.outcome == "retried" and not post.is_resting(one.lot):
                    resting.add(lot.channel)
                if one.outcome in counts:
                    counts[one.outcome] += len(one.lot.parcels)
    return counts
