"""From a stored transition to a real receiver."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channels import Channel, make
from alerts.delivery import FIRST_WAIT_S, LONGEST_WAIT_S, MOST_ATTEMPTS, PATIENCE, Post, retry_wait, send_due
from alerts.sender import Sender
from bench.robots import Receivers, Robot, receivers
from settings_channels import Apprise, DingTalk, SmsHttp, Smtp, Webhook, WeCom
from store.ledger import Ledger, open_ledger
from store.ledger.models import Delivery
from store.ledger.queries import attempts, deliveries, outbox
from store.ledger.settling import Patience
from tests.alerts.posts import MAIL, NOW, fill
from tests.alerts.receivers import Mailbox, hook, mailbox


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def web() -> Iterator[Receivers]:
    with receivers() as them:
        yield them


@pytest.fixture
def robot(web: Receivers) -> Robot:
    return web.add("hook")


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


def smtp(mail: Mailbox, **more: Any) -> Smtp:
    of = {"kind": "smtp", "host": "127.0.0.1", "port": mail.port, "security": "none", "sender": "lk@example.org"}
    return Smtp.model_validate(of | more)


def webhook(web: Receivers, **more: Any) -> Webhook:
    return Webhook.model_validate({"kind": "webhook", "url": web.url("hook")} | more)


@pytest.fixture
def channels(mail: Mailbox, web: Receivers, robot: Robot) -> dict[str, Channel]:
    return make({"mail": smtp(mail), "hook": webhook(web)})


def eventually(happens: Callable[[], bool], patience_s: float = 30) -> bool:
    """Whether it comes true within `patience_s`."""
    until = threading.Event()
    for _ in range(int(patience_s / 0.01)):
        if happens():
            return True
        until.wait(0.01)
    return False


def arrived(robot: Robot, number: int) -> bool:
    """Whether `number` notices get there."""
    return eventually(lambda: sum(len(t.body["messages"]) for t in robot.taken) >= number)


def keys(robot: Robot) -> list[str]:
    return [m["key"] for t in robot.taken for m in t.body["messages"]]


def test_an_overrun_reaches_mail_and_webhook_once_each(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, mail: Mailbox, robot: Robot
) -> None:
    fill(ledger, 2, MAIL, "hook:")
    assert send_due(ledger, channels, clock) == {"sent": 4, "retried": 0, "failed": 0}
    assert send_due(ledger, channels, clock) == {"sent": 0, "retried": 0, "failed": 0}
    assert mail.subjects == [f"【守灯人】红色：工单G{n}到达现场已超时5分" for n in (0, 1)]
    assert [m["title"] for m in robot.taken[0].body["messages"]] == mail.subjects
    stored = {d["key"] for d in deliveries(ledger)}
    assert {*mail.keys, *keys(robot)} == stored
    assert len(stored) == 4
    assert mail.taken[0]["To"] == "duty@example.org"
    assert mail.taken[0]["Message-ID"] == f"<{mail.keys[0]}@example.org>"
    assert [d["receipt"] for d in deliveries(ledger) if d["channel"] == "mail"] == ["250 OK", "250 OK"]
    assert {d["message_key"] for d in deliveries(ledger) if d["channel"] == "mail"} == set(mail.keys)


def test_two_senders_send_each_message_once(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, mail: Mailbox, robot: Robot
) -> None:
    fill(ledger, 15, MAIL, "hook:", critical=True)
    with ThreadPoolExecutor(2) as pool:
        counts = [f.result(60) for f in [pool.submit(send_due, ledger, channels, clock) for _ in range(2)]]
    assert sum(c["sent"] for c in counts) == 30
    assert len(mail.keys) == len(set(mail.keys)) == 15
    assert len(keys(robot)) == len(set(keys(robot))) == 15


def test_a_receiver_that_fails_gets_it_later(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, robot: Robot
) -> None:
    fill(ledger, 1, "hook:")
    robot.replies = [(500, {}), (503, {})]
    assert send_due(ledger, channels, clock)["retried"] == 1
    (waiting,) = deliveries(ledger)
    assert (waiting["state"], waiting["last_error"]) == ("pending", "hook: HTTP 500")
    assert send_due(ledger, channels, clock) == {"sent": 0, "retried": 0, "failed": 0}
    clock.pass_by(retry_wait(waiting["key"], 1))
    assert send_due(ledger, channels, clock)["retried"] == 1
    clock.pass_by(retry_wait(waiting["key"], 2) - timedelta(microseconds=1))
    assert send_due(ledger, channels, clock)["sent"] == 0
    clock.pass_by(timedelta(microseconds=1))
    assert send_due(ledger, channels, clock)["sent"] == 1
    assert keys(robot) == [waiting["key"]]
    assert [(a["number"], a["outcome"], a["error"]) for a in attempts(ledger, 1)] == [
        (1, "retried", "hook: HTTP 500"),
        (2, "retried", "hook: HTTP 503"),
        (3, "sent", None),
    ]


@pytest.mark.parametrize(
    ("reply", "outcome", "error"),
    [
        pytest.param("550 no such user duty@example.org", "failed", "mail: SMTP 550", id="no such box"),
        pytest.param("451 come back later", "retried", "mail: SMTP 451", id="grey-listed"),
    ],
)
def test_what_a_mail_server_s_reply_means(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, mail: Mailbox, reply: str, outcome: str, error: str
) -> None:
    for at, message in enumerate(("refused", "replies")):
        fill(ledger, 1, MAIL, first=at)
        mail.refused = {"duty@example.org": reply} if message == "refused" else {}
        mail.replies = [reply] if message == "replies" else []
        assert send_due(ledger, channels, clock)[outcome] == 1
        assert deliveries(ledger, limit=1)[0]["last_error"] == error
    assert mail.taken == []


def test_a_refused_recipient_stops_no_other(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, mail: Mailbox
) -> None:
    mail.refused = {"gone@example.org": "550 no such user"}
    fill(ledger, 2, "mail:gone@example.org", MAIL)
    assert send_due(ledger, channels, clock) == {"sent": 2, "retried": 0, "failed": 2}
    assert len(mail.taken) == 2


def test_a_dead_receiver_costs_one_try_and_holds_up_no_other_channel(
    ledger: Ledger, clock: Clock, mail: Mailbox, web: Receivers, robot: Robot
) -> None:
    channels = make({"mail": smtp(mail, port=1), "hook": webhook(web)})
    fill(ledger, 3, MAIL, "hook:")
    assert send_due(ledger, channels, clock) == {"sent": 3, "retried": 1, "failed": 0}
    assert outbox(ledger) == {"sent": 3, "pending": 3}
    assert {d["last_error"] for d in deliveries(ledger, state="pending")} == {"mail: connection refused", None}


def test_one_that_a_program_can_not_take_takes_no_other_along(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, robot: Robot
) -> None:
    fill(ledger, 3, "hook:")
    robot.replies = [(413, {}), (200, {}), (400, {}), (200, {})]
    assert send_due(ledger, channels, clock) == {"sent": 2, "retried": 0, "failed": 1}
    assert [d["last_error"] for d in deliveries(ledger, state="failed")] == ["hook: HTTP 400"]


def test_a_lost_answer_brings_the_same_message_again_under_its_key(
    ledger: Ledger, web: Receivers, clock: Clock
) -> None:
    robot = web.add("group", "wecom")
    wecom = WeCom.model_validate({"kind": "wecom", "url": web.url("group"), "timeout_s": 0.3})
    channels = make({"group": wecom})
    fill(ledger, 7, "group:")
    send_due(ledger, channels, clock)
    clock.pass_by(timedelta(seconds=31))
    robot.answering.clear()
    assert send_due(ledger, channels, clock)["retried"] == 6
    robot.answering.set()
    fill(ledger, 3, "group:", first=7)
    clock.pass_by(timedelta(seconds=2))
    assert send_due(ledger, channels, clock)["sent"] == 9
    assert eventually(lambda: len(robot.taken) == 6)  # the one whose answer was lost is taken too
    digests = [t.text for t in robot.taken if "6 alerts" in t.text]
    assert len(digests) == 2
    assert len(set(digests)) == 1
    assert f"#{deliveries(ledger)[-2]['message_key']}" in digests[0]


def test_a_robot_s_rest_is_kept(ledger: Ledger, web: Receivers, clock: Clock) -> None:
    robot = web.add("group", "dingtalk", secret="SEC1")
    url = web.url("group")
    channels = make({"group": DingTalk.model_validate({"kind": "dingtalk", "url": url, "secret": "SEC1"})})
    post = Post(ledger, channels, clock)
    fill(ledger, 2, "group:", critical=True)
    robot.replies = [(200, {"errcode": 130101, "errmsg": "send too fast"})]
    send_due(ledger, channels, clock, post=post)
    fill(ledger, 1, "group:", first=2, critical=True)
    clock.pass_by(timedelta(seconds=599))
    asked = robot.asked
    assert send_due(ledger, channels, clock, post=post)["sent"] == 0
    assert robot.asked == asked
    assert {d["why"] for d in deliveries(ledger, state="pending")} >= {
        "held back: its receiver takes nothing before then"
    }
    clock.pass_by(timedelta(seconds=1))
    assert send_due(ledger, channels, clock, post=post)["sent"] == 3
    assert robot.limits_broken == 0


def test_a_person_s_texts_count_over_all_channels(ledger: Ledger, web: Receivers, clock: Clock) -> None:
    gateway = web.add("gateway", "sms")
    of = {"kind": "sms_http", "body": '{"m": "{to}", "c": "{text}"}', "success_path": "code", "url": web.url("gateway")}
    channels = make({name: SmsHttp.model_validate(of) for name in ("first", "second")})
    fill(ledger, 3, "first:13800001234", person="p1")
    fill(ledger, 2, "second:13800001234", first=3, person="p1")
    assert send_due(ledger, channels, clock)["sent"] == 5
    clock.pass_by(timedelta(seconds=60))
    fill(ledger, 1, "second:13800001234", first=5, person="p1")
    fill(ledger, 1, "second:13900009999", first=6, person="p2")
    assert send_due(ledger, channels, clock)["sent"] == 1
    (held,) = deliveries(ledger, state="pending")
    assert held["why"] == "held back: a person gets 5 texts in 15 min"
    clock.pass_by(timedelta(minutes=14))
    assert send_due(ledger, channels, clock)["sent"] == 1
    assert len(gateway.taken) == 7


def test_a_storm_s_followers_come_in_one_digest_with_counts(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, mail: Mailbox
) -> None:
    fill(ledger, 12, MAIL, units=2)
    assert send_due(ledger, channels, clock)["sent"] == 2
    assert {d["why"] for d in deliveries(ledger, state="pending")} == {
        "held back: shared with others of this exit: more than 5 in 30 s"
    }
    clock.pass_by(timedelta(seconds=30))
    assert send_due(ledger, channels, clock)["sent"] == 10
    assert len(mail.taken) == 3
    assert mail.subjects[-1] == "[Lightkeeper] 10 alerts: red 10; first due 03-02 00:55; 2 units"
    sent = [d for d in deliveries(ledger) if d["message_key"] == mail.keys[-1]]
    assert len(sent) == 10
    assert {d["why"] for d in sent} == {"shared with others of this exit: more than 5 in 30 s"}
    assert outbox(ledger) == {"sent": 12}


def test_a_channel_that_left_the_settings_is_shown(ledger: Ledger, clock: Clock) -> None:
    fill(ledger, 1, "pager:7")
    assert send_due(ledger, {}, clock)["failed"] == 1
    assert deliveries(ledger)[0]["last_error"] == "pager: the settings have no such channel"


def test_who_can_not_be_reached_is_reached_by_the_next_exit(
    ledger: Ledger, channels: dict[str, Channel], clock: Clock, mail: Mailbox
) -> None:
    mail.refused = {"gone@example.org": "550 no such user"}
    fill(ledger, 1, "mail:gone@example.org", exits=("pager:7", MAIL))
    assert send_due(ledger, channels, clock) == {"sent": 1, "retried": 0, "failed": 2}
    assert [(d["channel"], d["state"], d["why"]) for d in deliveries(ledger)] == [
        ("mail", "sent", "after pager failed"),
        ("pager", "failed", "after mail failed"),
        ("mail", "failed", None),
    ]


def test_a_text_that_stands_in_for_a_mail_asks_for_a_reply_and_the_mail_does_not(
    ledger: Ledger, web: Receivers, clock: Clock, mail: Mailbox
) -> None:
    gateway = web.add("gateway", "sms")
    of = {"kind": "sms_http", "body": '{"m": "{to}", "c": "{text}"}', "success_path": "code", "url": web.url("gateway")}
    own = {"kind": "smtp", "host": "127.0.0.1", "port": mail.port, "sender": "lk@example.org", "security": "none"}
    server = Smtp.model_validate(own)
    channels = make({"post": server, "texts": SmsHttp.model_validate(of)})
    fill(ledger, 1, "post:here@example.org", exits=("texts:13800001234",), code="123456")
    mail.refused = {"gone@example.org": "550 no such user"}
    fill(ledger, 1, "post:gone@example.org", first=1, exits=("texts:13800001234",), code="123456")
    assert send_due(ledger, channels, clock) == {"sent": 2, "retried": 0, "failed": 1}
    assert "123456" not in mail.taken[0].as_string()
    assert "reply 123456 to take it" in gateway.taken[0].body["c"]


def test_no_retry_without_end(ledger: Ledger, channels: dict[str, Channel], clock: Clock, robot: Robot) -> None:
    fill(ledger, 1, "hook:")
    with ledger.writing() as session:
        session.get_one(Delivery, 1).attempts = MOST_ATTEMPTS - 1
    robot.replies = [(500, {})]
    assert send_due(ledger, channels, clock)["failed"] == 1
    assert outbox(ledger) == {"failed": 1}


@contextmanager
def site_log() -> Iterator[list[str]]:
    """Everything that would reach a site's log at its most talkative, but for the tests' own mail server."""
    lines: list[str] = []
    root, keep = logging.getLogger(), logging.Handler()
    keep.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]  # a handler in one line
    keep.addFilter(lambda record: not record.name.startswith("mail."))
    level = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(keep)
        root.setLevel(level)


def test_neither_log_nor_ledger_shows_an_address_or_a_secret(
    ledger: Ledger, clock: Clock, mail: Mailbox, web: Receivers, robot: Robot
) -> None:
    web.add("group", "dingtalk", secret="SECother")
    with hook() as old:
        channels = make(
            {
                "mail": smtp(mail),
                "hook": webhook(web, secret="signing-s3cret", headers={"Authorization": "Bearer s3cret"}),
                "group": DingTalk.model_validate({"kind": "dingtalk", "url": web.url("group"), "secret": "SECs3cret"}),
                "old": Apprise.model_validate({"url": old.url}),
                "dead": webhook(web, url="http://127.0.0.1:1/s3cret-path"),
            }
        )
        old.replies = [500]
        mail.refused = {"duty@example.org": "550 duty@example.org unknown"}
        robot.replies = [(500, {"said": "s3cret"})]
        fill(ledger, 1, MAIL, "hook:", "group:", "old:", "dead:")
        with site_log() as lines:
            send_due(ledger, channels, clock)
    told = "\n".join(lines + [str(d["last_error"]) for d in deliveries(ledger)])
    for said in (
        "mail: SMTP 550; given up",
        "hook: HTTP 500; will be",
        "group: code 310000",
        "old: HTTP 500",
        "dead: con",
    ):
        assert said in told
    for secret in ("duty@example.org", "s3cret", "工单"):
        assert secret not in told
    assert "s3cret" not in "".join(repr(vars(c).get("_settings")) for c in channels.values())


@contextmanager
def running(
    ledger: Ledger, channels: dict[str, Channel], told: Callable[[str, int], None], patience: Patience = PATIENCE
) -> Iterator[Sender]:
    sender = Sender(Post(ledger, channels, lambda: datetime.now(UTC), patience=patience), told)
    sender.start()
    try:
        yield sender
    finally:
        sender.close()


def test_a_woken_sender_hands_over_and_settles(ledger: Ledger, web: Receivers, robot: Robot) -> None:
    outcomes: list[tuple[str, int]] = []
    with running(ledger, make({"hook": webhook(web)}), lambda *one: outcomes.append(one)) as sender:
        fill(ledger, 250, "hook:")
        sender.wake()
        assert arrived(robot, 250)
    assert outbox(ledger) == {"sent": 250}
    assert sum(n for what, n in outcomes if what == "sent") == 250
    assert len(keys(robot)) == len(set(keys(robot))) == 250


def test_what_another_process_commits_is_found_without_waking(ledger: Ledger, web: Receivers, robot: Robot) -> None:
    with running(ledger, make({"hook": webhook(web)}), lambda *_: None):
        fill(ledger, 1, "hook:")
        assert arrived(robot, 1)


def test_a_hanging_receiver_holds_up_no_other_channel(ledger: Ledger, web: Receivers, robot: Robot) -> None:
    slow = web.add("slow")
    slow.answering.clear()
    channels = make({"hook": webhook(web), "slow": webhook(web, url=web.url("slow"), most=1)})
    with running(ledger, channels, lambda *_: None) as sender:
        fill(ledger, 100, "slow:")
        sender.wake()
        assert slow.arrived.wait(30)
        fill(ledger, 20, "hook:", first=100)
        sender.wake()
        assert arrived(robot, 20)
        assert slow.taken == []
        slow.answering.set()
        assert arrived(slow, 100)
    assert outbox(ledger) == {"sent": 120}


def test_a_sender_that_is_closed_gives_back_what_it_did_not_try(ledger: Ledger, web: Receivers) -> None:
    slow = web.add("slow")
    slow.answering.clear()
    with running(ledger, make({"slow": webhook(web, url=web.url("slow"), most=1)}), lambda *_: None) as sender:
        fill(ledger, 30, "slow:")
        sender.wake()
        assert slow.arrived.wait(30)
        release = threading.Timer(0.2, slow.answering.set)
        release.start()
    release.join()
    states = outbox(ledger)
    assert states["sent"] == len(slow.taken)
    assert states == {"sent": states["sent"], "pending": 30 - states["sent"]}


def test_a_dead_receiver_is_probed_not_flooded(ledger: Ledger, web: Receivers, robot: Robot) -> None:
    dead = web.add("dead", is_dead=True)
    outcomes: list[str] = []
    channels = make({"dead": webhook(web, url=web.url("dead"), most=1), "hook": webhook(web)})
    with running(ledger, channels, lambda what, _: outcomes.append(what)) as sender:
        fill(ledger, 60, "dead:", "hook:")
        sender.wake()
        assert eventually(lambda: "retried" in outcomes)
        assert arrived(robot, 60)
        assert dead.asked == 0  # it takes no request at all
        dead.is_dead = False
        assert arrived(dead, 60)
    assert outbox(ledger) == {"sent": 120}
    assert len([a for n in range(1, 121) for a in attempts(ledger, n) if a["outcome"] == "retried"]) <= 10


def test_what_waits_for_a_dead_channel_moves_on_though_it_was_never_tried(
    ledger: Ledger, web: Receivers, robot: Robot
) -> None:
    channels = make({"dead": webhook(web, url="http://127.0.0.1:1/", most=1), "hook": webhook(web)})
    with running(ledger, channels, lambda *_: None, Patience(2, timedelta(seconds=0.1))) as sender:
        fill(ledger, 20, "dead:", exits=("hook:",))
        fill(ledger, 1, "dead:", first=20, level="orange", exits=("hook:",))
        sender.wake()
        assert arrived(robot, 20)
    moved = [d for d in deliveries(ledger) if d["channel"] == "hook"]
    assert len(moved) == len(keys(robot)) == 20
    assert {(d["state"], d["why"]) for d in moved} == {("sent", "after dead failed")}
    waiting = deliveries(ledger, state="pending")
    assert len(waiting) == 21
    assert any(d["attempts"] == 0 for d in waiting)


@settings(deadline=None)
@given(st.text(max_size=8), st.integers(1, MOST_ATTEMPTS))
def test_waits_grow_stay_bounded_and_differ_by_key(key: str, attempt: int) -> None:
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (attempt - 1))
    wait = retry_wait(key, attempt).total_seconds()
    assert longest / 2 <= wait <= longest
    assert wait == retry_wait(key, attempt).total_seconds()
    assert wait != retry_wait(key + "x", attempt).total_seconds()


def test_times_of_the_ledger_are_the_senders(ledger: Ledger, channels: dict[str, Channel]) -> None:
    fill(ledger, 1, "hook:")  # recorded by a replayed site's clock, whatever it says
    assert send_due(ledger, channels, lambda: datetime(2020, 1, 1, tzinfo=UTC))["sent"] == 1
    assert deliveries(ledger)[0]["sent_at"] == "2020-01-01T00:00:00+00:00"
