"""What goes now, together and later: tables, and a storm played through against the limits."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channels import dingtalk, feishu, wecom
from alerts.channels.channel import Traits
from alerts.pacing import HELD, Choice, Pace, back, plan
from tests.alerts.posts import NOW

PACE: Final = Pace()
MAIL: Final = Traits("email")
ROBOT: Final = Traits(limits=((20, 60.0),), most_bytes=2048)
TEXT: Final = Traits("phone", is_text=True)
PROGRAM: Final = Traits(digests=False, most=100)


@dataclass(frozen=True)
class Row:
    id: int
    channel: str = "x"
    address: str = ""
    person: str | None = None
    language: str = "zh"
    critical: bool = False
    unit: str | None = "S1"
    message_key: str | None = None
    has_waited: bool = False
    why: str | None = None

    @property
    def key(self) -> str:
        return f"k{self.id}"


@dataclass(frozen=True)
class Gone:
    message_key: str
    at: datetime
    unit: str | None = "S1"
    notices: int = 1
    channel: str = "x"
    address: str = ""
    person: str | None = None


def rows(count: int, first: int = 1, **more: object) -> list[Row]:
    return [replace(Row(n), **more) for n in range(first, first + count)]  # type: ignore[arg-type]  # fields by name


def gone(count: int, ago_s: float = 0, **more: object) -> list[Gone]:
    return [replace(Gone(f"g{n}", NOW - timedelta(seconds=ago_s)), **more) for n in range(count)]  # type: ignore[arg-type]  # as above


def told(waiting: list[Row], sent: list[Gone], traits: Traits, **more: object) -> Choice:
    return plan(waiting, sent, NOW, {"x": traits}, PACE, **more)  # type: ignore[arg-type]  # as above


def shape(choice: Choice) -> tuple[list[int], int, list[float]]:
    """Notices per message that goes now, notices held, and for how many seconds."""
    until = sorted({(h.until - NOW).total_seconds() for h in choice.held})
    return [len(b.whys) for b in choice.bundles], sum(len(h.whys) for h in choice.held), until


@pytest.mark.parametrize(
    ("waiting", "sent", "traits", "expected"),
    [
        pytest.param(rows(5), [], MAIL, ([1] * 5, 0, []), id="no storm: each by itself"),
        pytest.param(rows(6), [], MAIL, ([1], 5, [30.0]), id="storm: the unit's first at once, followers together"),
        pytest.param(rows(3) + rows(3, 4, unit="S2"), [], MAIL, ([1, 1], 4, [30.0]), id="storm: one of each unit"),
        pytest.param(rows(2), gone(4, 10), MAIL, ([], 2, [20.0]), id="storm under way: until the first's time is over"),
        pytest.param(
            rows(2),
            [*gone(4, 10), Gone("d", NOW - timedelta(seconds=4), notices=9)],
            MAIL,
            ([], 2, [26.0]),
            id="storm under way: until a digest's time is over",
        ),
        pytest.param(rows(7, has_waited=True), [], MAIL, ([7], 0, []), id="who has waited goes together"),
        pytest.param(rows(3, has_waited=True), [], MAIL, ([1] * 3, 0, []), id="few who have waited go singly"),
        pytest.param(rows(9, critical=True), [], MAIL, ([1] * 9, 0, []), id="critical ones never wait for a storm"),
        pytest.param(rows(300), [], PROGRAM, ([100] * 3, 0, []), id="programs get each, many in a request"),
        pytest.param(rows(9, critical=True), [], ROBOT, ([1] * 9, 0, []), id="critical ones singly below half"),
        pytest.param(rows(30, critical=True), [], ROBOT, ([1] * 9 + [21], 0, []), id="and share from half on"),
        pytest.param(rows(3, critical=True), gone(10, 30), ROBOT, ([3], 0, []), id="past half: one digest"),
        pytest.param(rows(3, critical=True), gone(10, 2), ROBOT, ([], 3, [4.0]), id="past half: spread over its time"),
        pytest.param(
            rows(1, critical=True), gone(20, 59), ROBOT, ([], 1, [1.0]), id="full: when its span has moved on"
        ),
        pytest.param(rows(1), gone(20, 60), ROBOT, ([1], 0, []), id="a span that is over does not count"),
        pytest.param(
            rows(4, person="p"),
            gone(3, 100, person="p"),
            TEXT,
            ([1, 3], 0, []),
            id="texts: the last of five carries all",
        ),
        pytest.param(rows(1, person="p"), gone(5, 100, person="p"), TEXT, ([], 1, [800.0]), id="texts: five in 15 min"),
        pytest.param(
            rows(1, person="p"), gone(11, 1000, person="p"), TEXT, ([], 1, [2600.0]), id="texts: eleven an hour"
        ),
        pytest.param(
            rows(1, person="p"), gone(21, 4000, person="p"), TEXT, ([], 1, [6800.0]), id="texts: 21 in three hours"
        ),
        pytest.param(
            rows(2, person="p", critical=True),
            gone(30, 100, person="p"),
            TEXT,
            ([1, 1], 0, []),
            id="texts: critical ones exempt",
        ),
        pytest.param(
            rows(1, person="q"),
            gone(30, 100, person="p"),
            TEXT,
            ([1], 0, []),
            id="texts: another person's do not count",
        ),
    ],
)
def test_what_becomes_of_what_waits(
    waiting: list[Row], sent: list[Gone], traits: Traits, expected: tuple[list[int], int, list[float]]
) -> None:
    assert shape(told(waiting, sent, traits)) == expected


def test_a_critical_text_counts_for_the_person() -> None:
    choice = told(rows(5, person="p", critical=True) + rows(1, 6, person="p"), gone(1, 100, person="p"), TEXT)
    assert shape(choice) == ([1] * 5, 1, [900.0])


def test_what_is_bound_to_a_message_goes_as_it_was() -> None:
    waiting = rows(3, message_key="m") + rows(1, 4)
    choice = told(waiting, [], ROBOT)
    assert [(b.key, sorted(b.whys)) for b in choice.bundles] == [("m", [1, 2, 3]), ("k4", [4])]
    assert shape(told(waiting[:3], gone(20, 59), ROBOT)) == ([], 3, [1.0])


def test_a_receiver_that_wants_rest_gets_it() -> None:
    until = NOW + timedelta(seconds=600)
    choice = told(rows(2, critical=True), [], ROBOT, rests={("x", ""): until})
    assert shape(choice) == ([], 2, [600.0])


def test_a_channel_without_room_leaves_the_rest_as_it_is() -> None:
    assert shape(told(rows(5), [], MAIL, room={"x": 2})) == ([1, 1], 0, [])


def test_each_keeps_why_it_did_not_go_singly() -> None:
    judged = "quiet hours until 07:00"
    first = told(rows(6, why=judged), [], MAIL)
    held = first.held[0].whys[2]
    assert held == f"{judged}; {HELD}shared with others of this exit: more than 5 in 30 s"
    (digest,) = told([replace(r, has_waited=True, why=held) for r in rows(6)], [], MAIL).bundles
    assert set(digest.whys.values()) == {f"{judged}; shared with others of this exit: more than 5 in 30 s"}
    alone = told([replace(rows(1)[0], why=f"{HELD}the channel takes 20 messages in 60 s")], [], ROBOT)
    assert alone.bundles[0].whys == {1: None}


def test_a_digest_s_key_is_that_of_its_notices_whatever_their_order() -> None:
    waiting = rows(7, has_waited=True)
    assert told(waiting, [], MAIL).bundles[0].key == told(waiting[::-1], [], MAIL).bundles[0].key


def test_only_what_matters_of_the_past_is_asked_for() -> None:
    spans = back({"r": ROBOT, "t": TEXT, "m": MAIL, "p": PROGRAM}, PACE)
    assert {n: s.total_seconds() for n, s in spans.items()} == {"r": 60.0, "t": 10_800.0, "m": 30.0}


LIMITS: Final = {"wecom": wecom.LIMITS, "dingtalk": dingtalk.LIMITS, "feishu": feishu.LIMITS}


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from(sorted(LIMITS)),
    arrivals=st.lists(st.tuples(st.integers(0, 90), st.integers(1, 40), st.booleans(), st.integers(0, 5)), max_size=25),
)
def test_no_limit_is_ever_passed_and_nothing_is_lost(kind: str, arrivals: list[tuple[int, int, bool, int]]) -> None:
    traits = Traits(limits=LIMITS[kind])
    coming: dict[int, list[Row]] = defaultdict(list)
    number = 0
    for second, count, critical, unit in arrivals:
        for _ in range(count):
            number += 1
            coming[second].append(Row(number, critical=critical, unit=f"S{unit}"))
    waiting: dict[int, tuple[Row, datetime]] = {}
    sent: list[Gone] = []
    arrived: dict[int, datetime] = {}
    done: dict[int, datetime] = {}
    for half in range(2 * 200):
        now = NOW + timedelta(seconds=half / 2)
        for row in coming.pop(half // 2, []):
            waiting[row.id], arrived[row.id] = (row, now), now
        due = sorted((r for r, at in waiting.values() if at <= now), key=lambda r: (not r.critical, r.id))
        choice = plan(due, sent, now, {"x": traits}, PACE)
        for held in choice.held:
            for id_ in held.whys:
                waiting[id_] = (replace(waiting[id_][0], has_waited=True), held.until)
        for bundle in choice.bundles:
            units = Counter(waiting[id_][0].unit for id_ in bundle.whys)
            sent += [Gone(bundle.key, now, name, n) for name, n in units.items()]
            for id_ in bundle.whys:
                row, _ = waiting.pop(id_)
                done[id_] = now
                if row.critical:
                    assert now - arrived[id_] < timedelta(seconds=60)
    assert len(done) == number
    times = sorted({(g.message_key, g.at) for g in sent}, key=lambda one: one[1])
    for most, seconds in traits.limits:
        for i in range(len(times) - most):
            assert times[i + most][1] - times[i][1] >= timedelta(seconds=seconds)
