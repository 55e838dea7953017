"""The sending thread of a node: woken by each commit, a few threads per channel, outcomes settled many at once."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Final

from alerts.delivery import Post
from store.ledger.outbox import Lot
from store.ledger.settling import Settled

log: Final = logging.getLogger(__name__)

POLL_S: Final = 0.5  # for what becomes due by itself, and for what another process commits
THREADS: Final = 4  # per channel: a slow receiver holds up its own messages only
MOST_IN_FLIGHT: Final = 64  # messages of one channel that are leased: enough to keep its threads busy
MOST_SETTLED: Final = 200  # messages in one transaction
FIRST_REST_S: Final = 0.5  # of a channel that failed for now, doubled while it goes on failing
LONGEST_REST_S: Final = 15.0
_Done = tuple[str, list[Settled]]


class Sender:
    """Runs from `start` to `close`. `told` gets each outcome with its number of notices; `alive`: a turn ended."""

    def __init__(
        self,
        post: Post,
        told: Callable[[str, int], None] = lambda outcome, number: None,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._post, self._told, self._alive = post, told, alive
        self._woken, self._stopping = threading.Event(), threading.Event()
        self._guard = threading.Lock()
        self._in_flight: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._rest_until: dict[str, float] = {}
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._done: SimpleQueue[_Done | None] = SimpleQueue()
        self._is_failing = False
        self._leading = threading.Thread(target=self._lead, name="send", daemon=True)
        self._settling = threading.Thread(target=self._settle, name="settle", daemon=True)

    def start(self) -> None:
        self._leading.start()
        self._settling.start()

    def wake(self) -> None:
        """Something was committed: look now."""
        self._woken.set()

    def close(self) -> None:
        """Lets what is being handed over end and be settled; what is leased beyond that is given back."""
        self._stopping.set()
        self._woken.set()
        self._leading.join()
        for pool in self._pools.values():
            pool.shutdown(wait=True)
        self._done.put(None)
        self._settling.join()

    def _lead(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait(POLL_S)
            self._woken.clear()
            try:
                while not self._stopping.is_set() and self._turn():
                    pass
            except Exception:
                self._failing("the outbox can not be read; tried again")
            else:
                self._is_failing = False
                self._alive()

    def _turn(self) -> bool:
        """Whether anything was leased and is on its way."""
        full, room = self._state()
        lots = self._post.lease(full, room)
        for lot in lots:
            with self._guard:
                self._in_flight[lot.channel] += 1
            self._pool(lot.channel).submit(self._work, lot)
        return bool(lots)

    def _state(self) -> tuple[list[str], Mapping[str, int]]:
        """Channels that take nothing now, and how many messages the others take."""
        now = time.monotonic()
        with self._guard:
            room = {
                name: (1 if self._failures[name] else MOST_IN_FLIGHT) - self._in_flight[name]
                for name in {*self._post.channels, *self._in_flight}
            }
            full = [n for n, left in room.items() if left <= 0 or self._rest_until.get(n, 0.0) > now]
        return full, room

    def _pool(self, channel: str) -> ThreadPoolExecutor:
        if channel not in self._pools:
            self._pools[channel] = ThreadPoolExecutor(THREADS, thread_name_prefix=f"channel-{channel}")
        return self._pools[channel]

    def _work(self, lot: Lot) -> None:
        with self._guard:
            is_resting = self._rest_until.get(lot.channel, 0.0) > time.monotonic()
        if is_resting or self._stopping.is_set() or self._post.is_resting(lot):
            self._done.put((lot.channel, [self._post.give_back(lot)]))
            return
        settled = self._post.hand_over(lot)
        self._note(lot, settled)
        self._done.put((lot.channel, settled))

    def _note(self, lot: Lot, settled: list[Settled]) -> None:
        """A channel that fails for now rests a while; one that works again is trusted again."""
        outcomes = {one.outcome for one in settled}
        with self._guard:
            if "sent" in outcomes:
                self._failures[lot.channel] = 0
            elif "retried" in outcomes and not self._post.is_resting(lot):
                self._failures[lot.channel] += 1
                rest = min(LONGEST_REST_S, FIRST_REST_S * 2 ** min(self._failures[lot.channel] - 1, 10))
                self._rest_until[lot.channel] = time.monotonic() + rest

    def _settle(self) -> None:
        is_open = True
        while is_open:
            batch = [self._done.get()]
            while len(batch) < MOST_SETTLED:
                try:
                    batch.append(self._done.get_nowait())
                except Empty:
                    break
            is_open = None not in batch
            done = [one for one in batch if one is not None]
            self._store([s for _, settled in done for s in settled])
            with self._guard:
                self._in_flight.subtract(channel for channel, _ in done)
            self._woken.set()

    def _store(self, settled: list[Settled]) -> None:
        """Until it is stored: a message that is sent must not be sent again because the ledger was busy."""
        while settled:
            try:
                self._post.settle(settled)
                break
            except Exception:
                self._failing("outcomes can not be stored; tried again")
                if self._stopping.wait(POLL_S):
                    return  # their leases run out, and they go again under the same key
        for one in settled:
            if one.outcome != "returned":
                self._told(one.outcome, len(one.lot.parcels))

    def _failing(self, what: str) -> None:
        if not self._is_failing:
            log.exception("%s", what)
        self._is_failing = True
