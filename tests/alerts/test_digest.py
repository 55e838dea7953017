"""The words of a digest."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from alerts.channels import Traits
from alerts.delivery import messages
from alerts.digest import PLAIN, RESERVED, Entry, write
from i18n import translator
from store.ledger.outbox import Lot, Parcel
from tests.alerts.posts import NOW, minute

NAMES: Final = {"S1": "城关供电所", "S2": "东湖供电所"}


class Chinese:
    """A reader's words, as alerts.messages.Reader has them."""

    def __init__(self) -> None:
        self.translate = translator("zh")
        self.zone: tzinfo = ZoneInfo("Asia/Shanghai")
        self.site = "守灯人"
        self.name_of: Callable[[str], str] = lambda code: NAMES.get(code, code)


ENTRIES: Final = [
    Entry("【守灯人】橙色：工单G1还剩4分", "orange", False, False, "S2", minute(4)),
    Entry("【守灯人】红色：工单G2已超时5分", "red", False, False, "S1", minute(-5)),
    Entry("【守灯人】解除：工单G3", "red", False, True, "S2", minute(-90)),
    Entry("【守灯人】紧急：工单G4已超时9分", "red", True, False, "S2", minute(-9)),
    Entry("【守灯人】橙色：工单G5还剩2分", "orange", False, False, "S1", minute(2)),
]


def test_the_worst_first_by_unit_with_counts_and_the_earliest_due_time() -> None:
    title, body = write(ENTRIES, Chinese(), None)
    assert title == "【守灯人】5条告警：紧急1、红1、橙2、解除1；最早到期03-02 08:51；2个单位"
    assert body.splitlines() == [
        "东湖供电所：紧急1、橙1、解除1",
        "- 紧急：工单G4已超时9分",
        "- 橙色：工单G1还剩4分",
        "- 解除：工单G3",
        "城关供电所：红1、橙1",
        "- 红色：工单G2已超时5分",
        "- 橙色：工单G5还剩2分",
    ]


def test_a_title_is_one_text_even_in_a_storm() -> None:
    kinds = (("red", True, False), ("red", False, False), ("orange", False, False), ("red", False, True))
    many = [Entry("t", level, critical, clear, f"S{n}", NOW) for n in range(400) for level, critical, clear in kinds]
    assert len(write(many, Chinese(), None)[0]) <= 70


def test_what_does_not_fit_is_counted() -> None:
    many = [Entry(f"红色：工单G{n}已超时", "red", False, False, f"S{n % 9}", NOW) for n in range(500)]
    title, body = write(many, Chinese(), 2048)
    assert len(f"{title}\n{body}".encode()) <= 2048
    shown = sum(line.startswith("- ") for line in body.splitlines())
    assert body.splitlines()[-1] == f"另有{500 - shown}条，见告警收件箱"
    assert shown > 20


ROW: Final = st.tuples(
    st.text(max_size=80), st.sampled_from(["red", "orange"]), st.booleans(), st.sampled_from(["S1", "S2", None])
)


@given(st.lists(ROW, min_size=2, max_size=60), st.sampled_from([600, 2048, 20_000]))
def test_it_fits_counts_all_and_is_the_same_again(rows: list[tuple[str, str, bool, str | None]], most: int) -> None:
    entries = [
        Entry(title.replace("\n", " ").replace("\r", " "), level, critical, False, unit)
        for title, level, critical, unit in rows
    ]
    title, body = write(entries, PLAIN, most)
    assert (title, body) == write(entries, PLAIN, most)
    assert len(f"{title}\n{body}".encode()) <= most - RESERVED + 60
    assert title.startswith(f"[Lightkeeper] {len(rows)} alerts: ")


def parcel(number: int, language: str = "zh") -> Parcel:
    return Parcel(
        number, 1, "x", "a", language, "red", False, "S1", f"title {number}", "body", f"k{number}", "123456", number,
        "repair_due", f"orders:{number}", "raised", NOW, NOW, NOW, f"G{number}",
    )  # fmt: skip


def test_a_lot_is_a_digest_for_people_and_each_message_for_programs() -> None:
    lot = Lot("key", NOW, (parcel(1), parcel(2)))
    (digest,) = messages(lot, Traits(), {"zh": Chinese()})
    assert (digest.key, digest.reply, len(digest.facts)) == ("key", None, 2)
    assert digest.title.startswith("【守灯人】2条告警：红2")
    each = messages(lot, Traits(digests=False, most=10), {})
    assert [(m.key, m.title) for m in each] == [("k1", "title 1"), ("k2", "title 2")]
    (alone,) = messages(Lot("k1", NOW, (parcel(1),)), Traits(), {"zh": Chinese()})
    assert (alone.key, alone.reply, alone.title) == ("k1", None, "title 1"), "nobody replies to a mail"
    (text,) = messages(Lot("k1", NOW, (parcel(1),)), Traits(is_text=True), {"zh": Chinese()})
    assert (text.key, text.reply, text.title) == ("k1", "回复123456接单", "title 1")
