"""Exemptions as the commands enter them: refused with a sentence, or on record."""

from datetime import timedelta
from typing import Any

import pytest

import commands
from catchup import derivations
from kpis.types import Refusal
from register import mirror
from store.ledger import StoreError
from tests.kpis.stage import at, fault
from tests.past.conftest import HandDesk

ENTRY = {
    "order_no": "late",
    "clock": "arrival",
    "reason": "weather",
    "evidence": "flood report 12",
    "approved_by": "Li Wei",
    "approved_at": "2026-11-20T10:00:00",
}
HEAD = "order_no,clock,reason,evidence,approved_by,approved_at"
LINE = "late,arrival,weather,flood report 12,Li Wei,2026-11-20T10:00:00"


@pytest.fixture
def ready(desk: HandDesk) -> HandDesk:
    orders = [fault("late", arrived_at="09:30"), fault("in time", arrived_at="08:30")]
    twins = [{**fault("twin"), "source": source} for source in ("city", "town")]
    desk.merge(work_orders=[*orders, *twins])
    return desk


def ask(desk: HandDesk, command: str, **args: Any) -> Any:
    return commands.reply(desk, command, args)


def imported(desk: HandDesk, *lines: str, head: str = HEAD) -> Any:
    return ask(desk, "exempt import", file="e.csv", text="\n".join((head, *lines)) + "\n")


REFUSED = [
    pytest.param({"order_no": "9"}, "order_no 9: there is no such order", id="an order nobody knows"),
    pytest.param({"clock": "arival"}, "did you mean arrival?", id="a clock nobody has"),
    pytest.param({"reason": "mood"}, "there are weather, no_access", id="a reason that is none"),
    pytest.param({"evidence": " "}, "evidence: is empty", id="without evidence"),
    pytest.param({"approved_by": ""}, "approved_by: is empty", id="approved by nobody"),
    pytest.param({"approved_at": "2026-11-20T14:33:00"}, "has not come yet", id="a minute ahead of the site's clock"),
    pytest.param({"approved_at": "yesterday"}, "write 2026-01-31", id="no time"),
    pytest.param({"evidence": "x" * 2001}, "evidence: is too long", id="a book as evidence"),
    pytest.param({"source": "town"}, "source town: has no order late; it stands in city", id="of another source"),
    pytest.param(
        {"order_no": "twin"}, "stands in several sources; name one of city, town", id="whose number stands twice"
    ),
]


@pytest.mark.parametrize(("wrong", "sentence"), REFUSED)
def test_what_is_wrong_is_refused_and_nothing_entered(ready: HandDesk, wrong: dict[str, str], sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence.replace("?", r"\?")):
        ask(ready, "exempt add", **{**ENTRY, **wrong})
    assert ask(ready, "exempt list", all=True) == []


def test_an_exemption_moves_the_figure_and_a_withdrawal_moves_it_back(ready: HandDesk) -> None:
    def on_time() -> tuple[Any, int]:
        mirror(ready, derivations(ready.settings))
        (value,) = ask(ready, "kpi", key="arrival_on_time_rate", where=["source=city"], end="2026-11-20T08:10:00+08:00")
        return value["value"], value["n"]

    assert on_time() == (pytest.approx(100 / 3), 3)
    number = ask(ready, "exempt add", **ENTRY)["id"]
    assert on_time() == (50, 2)
    (row,) = ask(ready, "exempt list")
    assert (row["source"], row["approved_at"]) == ("city", "2026-11-20T02:00:00+00:00")  # the site's ten o'clock
    ask(ready, "exempt withdraw", id=number, by="Wang Fang", why="wrong day")
    assert on_time() == (pytest.approx(100 / 3), 3)
    assert ask(ready, "exempt list") == []
    assert len(ask(ready, "exempt list", all=True)) == 1


def test_one_clock_is_exempted_once(ready: HandDesk) -> None:
    ask(ready, "exempt add", **ENTRY)
    with pytest.raises(Refusal, match="late arrival: is exempt already, in the register"):
        ask(ready, "exempt add", **ENTRY)
    ask(ready, "exempt add", **{**ENTRY, "clock": "restoration"})
    ask(ready, "exempt add", **{**ENTRY, "order_no": "twin", "source": "town"})
    assert len(ask(ready, "exempt list")) == 3


def test_a_file_is_entered_whole(ready: HandDesk) -> None:
    assert imported(ready, LINE, LINE.replace("arrival", "answer")) == {"entered": 2, "left_out": 0}
    assert [row["clock"] for row in ask(ready, "exempt list")] == ["arrival", "answer"]


def test_every_mistake_of_a_file_is_told_with_its_line_and_nothing_entered(ready: HandDesk) -> None:
    with pytest.raises(Refusal) as told:
        imported(ready, LINE, LINE.replace("weather", "mood"), LINE, LINE.replace("late", "9"))
    assert str(told.value).splitlines() == [
        "e.csv:3: reason mood: is unknown; there are weather, no_access, customer_asked, upstream_grid, "
        "third_party_damage, wrong_record, other",
        "e.csv:4: late arrival: is exempt already, in e.csv:2; keep one of them",
        "e.csv:5: order_no 9: there is no such order; write the number as its source has it",
        "e.csv: nothing of it was entered",
    ]
    assert ask(ready, "exempt list") == []


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        pytest.param(HEAD.replace("clock", "clok"), "e.csv:1: `clok`: unknown column; did you mean clock?", id="spelt"),
        pytest.param(HEAD.replace(",evidence", ""), "e.csv:1: evidence: missing", id="missing"),
        pytest.param("", "e.csv:1: order_no, clock", id="no first line"),
    ],
)
def test_a_file_without_the_right_columns_is_refused(ready: HandDesk, head: str, sentence: str) -> None:
    with pytest.raises(Refusal) as told:
        imported(ready, LINE, head=head)
    assert str(told.value).startswith(sentence)


def test_an_open_quote_is_told_with_its_line(ready: HandDesk) -> None:
    with pytest.raises(Refusal, match=r"e\.csv:3: .*close every quote"):
        imported(ready, LINE, 'late,answer,weather,"flood,Li Wei,2026-11-20')


def test_what_was_exported_can_be_read_back(ready: HandDesk) -> None:
    number = ask(ready, "exempt add", **ENTRY)["id"]
    ask(ready, "exempt withdraw", id=number, by="Wang Fang", why="wrong day")
    ask(ready, "exempt add", **{**ENTRY, "evidence": 'a "quoted", long\ntext'})
    rows = ask(ready, "exempt list", all=True)
    ask(ready, "exempt withdraw", id=rows[1]["id"], by="Wang Fang", why="moved to the new ledger")
    head = ",".join(rows[0])
    lines = [",".join('"' + str(v or "").replace('"', '""') + '"' for v in row.values()) for row in rows]
    assert imported(ready, *lines, head=head) == {"entered": 1, "left_out": 1}
    (again,) = ask(ready, "exempt list")
    assert {k: again[k] for k in ENTRY} == {k: rows[1][k] for k in ENTRY}


def test_a_withdrawal_names_what_is_not_there(ready: HandDesk) -> None:
    with pytest.raises(StoreError, match="exemption 7: there is no such exemption"):
        ask(ready, "exempt withdraw", id=7, by="Wang Fang", why="x")


def test_the_clock_of_the_site_decides_what_has_not_come(ready: HandDesk) -> None:
    ready.at = at("14:34") + timedelta(seconds=1)
    ask(ready, "exempt add", **{**ENTRY, "approved_at": "2026-11-20T14:33:00"})
    assert len(ask(ready, "exempt list")) == 1
