"""The bell: a NOTIFY of the source brings the poll before its pace; one that is not heard harms nothing."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import wait
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from collectors.batch import Reply
from collectors.check import check_source
from collectors.collector import Collector, collect
from collectors.ear import LOST, Ear
from collectors.found import Found
from collectors.poll import Poller
from collectors.rings import RING_EVERY_S, Rings
from ringing import Ringing
from settings_sources import Source
from tests.collectors.rig import ORDERS, START, Rig, wall

HOUR_S = 3600.0  # a pace that no test lives to see
TRIGGER = """
CREATE OR REPLACE FUNCTION ring_lightkeeper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NOTIFY lightkeeper;
  RETURN NULL;
END $$;
CREATE TRIGGER ring_lightkeeper AFTER INSERT OR UPDATE OR DELETE ON gd
  FOR EACH STATEMENT EXECUTE FUNCTION ring_lightkeeper();
"""


class House:
    """The collector of `rig` with its facts, read by rings alone once it was read first."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.collector = Collector("gd", rig.source, b"", lambda: datetime.now(UTC), jitter=lambda: 0.0)
        self.asked_at: list[float] = []
        self.errors: list[str] = []
        self.turned = threading.Condition()

    def turn(self, patience_s: float = 10.0) -> None:
        """Reads what is due, as a tick or a ring has it done."""
        one = {"gd": self.collector}
        number = self.collector._number
        batches, errors = collect(one, self.rig.facts.cursor, time.monotonic, patience_s)
        with self.turned:
            if self.collector._number > number:
                self.asked_at.append(self.collector.rings._asked_at)
            self.errors += [str(error) for error in errors.values()]
            for batch in batches:
                self.rig.facts.merge(batch, {})
            self.turned.notify_all()

    def until(self, is_so: Callable[[], bool], limit_s: float = 20.0) -> None:
        with self.turned:
            assert self.turned.wait_for(is_so, limit_s), (self.errors, self.collector.deaf)

    @property
    def keys(self) -> list[str]:
        return [row["source_key"] for row in self.rig.rows()]


@contextmanager
def listening(rig: Rig) -> Iterator[House]:
    rig.use(ORDERS, bell="lightkeeper", poll_s=HOUR_S)
    house = House(rig)
    ringing = Ringing({"gd": house.collector}, house.turn)
    try:
        house.turn(60.0)
        assert house.collector.deaf == ""
        ringing.start()
        yield house
    finally:
        ringing.stop()
        house.collector.stop()


@pytest.fixture
def postgres_rig(postgres_rig: Rig) -> Rig:
    postgres_rig.sql(TRIGGER)
    postgres_rig.write("first")
    return postgres_rig


@pytest.fixture
def house(postgres_rig: Rig) -> Iterator[House]:
    with listening(postgres_rig) as made:
        yield made


def test_a_ring_brings_a_change_long_before_the_pace_does(house: House) -> None:
    began = time.monotonic()
    for no in ("one", "two"):
        house.rig.write(no, changed=wall(datetime.now(UTC)))
        house.until(lambda no=no: no in house.keys)  # type: ignore[misc]
    assert time.monotonic() - began < HOUR_S / 100
    assert house.errors == []


def test_a_hundred_rings_in_a_moment_are_at_most_five_polls_a_second(house: House) -> None:
    before = house.collector.rings.many
    with psycopg.connect(raw_url(house.rig), autocommit=True) as ringer:
        for _ in range(100):
            ringer.execute("NOTIFY lightkeeper")
    house.rig.write("last", changed=wall(datetime.now(UTC)))
    house.until(lambda: "last" in house.keys)
    assert house.collector.rings.many > before
    gaps = [b - a for a, b in zip(house.asked_at[1:], house.asked_at[2:], strict=False)]
    assert all(gap >= RING_EVERY_S for gap in gaps), gaps
    assert len(house.asked_at) < 50


def test_after_a_restart_of_the_server_the_bell_is_heard_again(house: House) -> None:
    with psycopg.connect(raw_url(house.rig), autocommit=True) as victim:
        os.kill(victim.info.backend_pid, signal.SIGKILL)  # the server ends all its sessions and recovers
        with pytest.raises(psycopg.OperationalError):
            victim.execute("SELECT 1")
    house.rig.engine.dispose()
    until_up(house.rig)
    house.collector._due.clear()  # its pace has come
    heard_again(house)
    house.rig.write("after", changed=wall(datetime.now(UTC)))
    house.until(lambda: "after" in house.keys)


def until_up(rig: Rig) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            with rig.engine.connect() as connection:
                connection.execute(sa.text("SELECT 1"))
                return
        except sa.exc.OperationalError:
            rig.engine.dispose()
    raise AssertionError("the server did not come back")


def heard_again(house: House) -> None:
    """Ticks of a node, until the source was read again; a poll may fail on the way."""
    end = time.monotonic() + 30
    done = len(house.asked_at)
    while time.monotonic() < end:
        house.turn()
        if len(house.asked_at) > done and house.collector.deaf == "":
            return
    raise AssertionError((house.errors, house.collector.deaf))


def raw_url(rig: Rig) -> str:
    return rig.url.set(drivername="postgresql").render_as_string(hide_password=False)


def poller_of(rig: Rig, channel: str = "lightkeeper", node: int | None = None) -> Poller:
    return Poller("gd", rig.source, b"", Ear(channel, node))


def test_the_session_that_listens_is_the_one_that_polls_and_can_not_write(postgres_rig: Rig) -> None:
    poller = poller_of(postgres_rig)
    before = sessions(postgres_rig)
    reply: Reply = poller.poll({0: None}, START)
    assert (reply.error, reply.deaf) == (None, "")
    assert sessions(postgres_rig) == before + 1
    (raw,) = poller.ear.sockets
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        raw.execute("DELETE FROM gd")
    poller.forget()
    assert poller.ear.deaf == LOST


def sessions(rig: Rig) -> int:
    with rig.engine.connect() as connection:
        asked = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query NOT LIKE '%activity%'"
        )
        return int(connection.execute(sa.text(asked)).scalar_one())


def test_a_ring_during_a_poll_is_passed_on_after_it(postgres_rig: Rig) -> None:
    heard, node = os.pipe()
    os.set_blocking(heard, False)
    poller = poller_of(postgres_rig, node=node)
    poller.poll({0: None}, START)
    assert poller.ear.pass_on()
    with pytest.raises(BlockingIOError):
        os.read(heard, 1)
    postgres_rig.write("meanwhile")
    assert poller.poll({0: None}, START).error is None
    assert poller.ear.pass_on()
    assert os.read(heard, 10) == b"!"
    poller.forget()
    os.close(heard)
    os.close(node)


def test_a_connection_that_ends_between_two_polls_is_made_anew_without_an_error(postgres_rig: Rig) -> None:
    poller = poller_of(postgres_rig)
    poller.poll({0: None}, START)
    pid = poller.ear.sockets[0].info.backend_pid
    postgres_rig.sql(f"SELECT pg_terminate_backend({pid}, 5000)")
    looks = 0
    while poller.ear.pass_on():  # what the server said, and then that it said it for the last time
        assert wait(poller.ear.sockets, 10)
        looks += 1
    assert looks < 5
    assert poller.ear.deaf == LOST
    poller.forget()
    reply = poller.poll({0: None}, START)
    assert (reply.error, reply.deaf) == (None, "")
    poller.forget()


def test_a_server_that_refuses_to_listen_is_no_error_of_the_source(postgres_rig: Rig) -> None:
    poller = poller_of(postgres_rig, channel='no" channel')
    for again_at, failures in ((0.0, 1), (float("inf"), 1), (0.0, 2)):  # not again at each poll
        poller.ear._again_at = again_at
        reply = poller.poll({0: None}, START)
        assert reply.error is None
        assert reply.deaf is not None
        assert "syntax error" in reply.deaf
        assert sum(batch.rows.num_rows for batch in reply.batches) == 1
        assert poller.ear._failures == failures
    poller.forget()


@pytest.mark.parametrize(
    ("url", "channel", "told"),
    [
        ("mysql+pymysql://reader@db/orders", "lightkeeper", "only PostgreSQL has a bell"),
        ("sqlite:///orders.db", "lightkeeper", "remove bell"),
        ("postgresql+pg8000://reader@db/orders", "lightkeeper", "postgresql\\+psycopg://"),
        ("postgresql://reader@db/orders", 'x"; DROP TABLE gd', "can not be a channel"),
    ],
    ids=["mariadb", "sqlite", "another driver", "no name"],
)
def test_a_bell_that_can_not_ring_is_refused(url: str, channel: str, told: str) -> None:
    body = {"url": url, "bell": channel, "tables": [ORDERS], "codes": {"category": {}}}
    with pytest.raises(ValidationError, match=told):
        Source.model_validate(body)
    Source.model_validate({**body, "url": "postgresql+psycopg://reader@db/orders", "bell": "lightkeeper"})


def test_check_says_whether_the_channel_can_be_listened_to_and_which_tables_ring(postgres_rig: Rig) -> None:
    postgres_rig.use(ORDERS, bell="lightkeeper")
    checked = check_source("gd", postgres_rig.source, START)
    assert "source `gd`, bell `lightkeeper`: can be listened to" in checked.notes
    assert not any("no trigger" in note for note in checked.notes)
    postgres_rig.sql("DROP TRIGGER ring_lightkeeper ON gd")
    told = "source `gd`, bell `lightkeeper`: no trigger of `gd` notifies; docs/guide.md has one"
    assert told in check_source("gd", postgres_rig.source, START).notes


def test_the_trigger_of_the_guide_is_the_one_that_is_tested() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guide.md").read_text("utf-8")
    said = " ".join(TRIGGER.replace("OR REPLACE ", "").replace(" ON gd\n", " ON work_orders\n").split())
    assert said in " ".join(guide.split())


def test_rings_that_come_together_or_too_soon_wait_for_one_poll() -> None:
    rings = Rings()
    assert rings.due_at() is None
    for _ in range(3):
        rings.ring()
    assert rings.is_due(10.0)
    rings.asked(10.0)
    assert not rings.is_due(99.0)
    rings.ring()
    assert rings.due_at() == pytest.approx(10.0 + RING_EVERY_S)
    assert not rings.is_due(10.0 + RING_EVERY_S / 2)
    assert rings.is_due(10.0 + RING_EVERY_S)


def test_a_ring_waits_for_a_read_that_is_going_on_and_breaks_no_back_off(sqlite_rig: Rig) -> None:
    body = [ORDERS, {**ORDERS, "every_s": 60}, {**ORDERS, "changed_at": None}, ORDERS, ORDERS]
    source = sqlite_rig.source.model_copy(update={"tables": Source.model_validate(
        {"url": "sqlite://", "tables": body, "codes": {"category": {}}}).tables})  # fmt: skip
    collector = Collector("gd", source, b"", lambda: START)
    collector._due = dict.fromkeys(range(5), 1000.0)
    collector.found[3], collector._took_s[3] = Found(reads_all=True), 5.0
    collector._failures_of[4] = 1
    assert collector.due(10.0) == []
    collector.rings.ring()
    collector._asked_at = 9.0
    assert collector.due(10.0) == []
    assert collector.skipped == 0
    collector._asked_at = None
    assert collector.due(10.1) == [0]
    collector.rings.ring()
    collector._not_before = 20.0
    assert collector.due(11.0) == []
    assert collector.rings.due_at() is None
