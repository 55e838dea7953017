"""The rules change: the rows that are there are judged anew, and it is said which figures moved."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from catchup import rules_of
from kpis.derive import Rules, derivers
from kpis.limits import Limit
from recompute import Recomputation
from settings import EventDays
from store.facts.db import Facts
from store.facts.exempt import mirror
from store.ledger.recomputations import recent
from store.scope import Scope
from tests.kpis.stage import NOW, Row, at, fault, merged, survey
from tests.past.conftest import HandDesk

JUNE = datetime(2026, 6, 10, 2, tzinfo=UTC)
LATE = 42  # minutes: in time by 45, late by 40


def arrived_after(key: str, accepted: datetime, minutes: float) -> Row:
    return fault(
        key, accepted, arrived_at=accepted + timedelta(minutes=minutes), restored_at=accepted + timedelta(hours=2)
    )


ORDERS = [
    arrived_after("1", JUNE, LATE),
    arrived_after("2", JUNE + timedelta(days=1), 20),
    arrived_after("3", at("08:00"), LATE),
]


def run(desk: HandDesk, rules: Rules) -> list[str]:
    desk.said = []
    Recomputation(desk.facts, desk.ledger, desk.settings, rules, NOW, desk.said.append).run()
    return desk.said


def with_urban_arrival(rules: Rules, **values: Any) -> Rules:
    def changed(limits: Iterable[Limit]) -> Iterable[Limit]:
        for limit in limits:
            is_it = (limit.clock, limit.line) == ("arrival", "promise") and any("urban" in v for _, v in limit.where)
            yield replace(limit, **values) if is_it else limit

    return replace(rules, limits=tuple(changed(rules.limits)))


def stricter(desk: HandDesk) -> Rules:
    return with_urban_arrival(rules_of(desk.settings), amount=40 * 60_000_000)


def column(desk: HandDesk, name: str) -> dict[str, Any]:
    with desk.facts.read(Scope.everything("test")) as reader:
        rows = reader.frame(reader.table("work_orders").select("order_no", name).order_by("order_no"), NOW)
    return dict(zip(rows["order_no"], rows[name], strict=True))


def prepared(desk: HandDesk) -> None:
    desk.merge(work_orders=ORDERS, surveys=[survey("s")])
    run(desk, rules_of(desk.settings))


def test_a_stricter_limit_says_which_figures_of_which_months_moved(desk: HandDesk) -> None:
    prepared(desk)
    said = run(desk, stricter(desk))
    (change,) = recent(desk.ledger, 1)
    assert [c for c in change["changes"] if "arrival promise" in c and "45 min -> 40 min" in c]
    assert change["rows"] == {"work_orders": 3}
    by_place = {(f["key"], f["month"]): f for f in change["figures"]}
    june, november = (by_place["arrival_on_time_rate", month] for month in ("2026-06", "2026-11"))
    assert (june["value_before"], june["value_after"], june["n_before"], june["n_after"]) == (100, 50, 2, 2)
    assert (november["value_before"], november["value_after"]) == (100, 0)
    assert "restoration_on_time_rate" not in {key for key, _ in by_place}  # it did not move
    assert "arrival_on_time_rate 2026-06: 100.00 -> 50.00, n 2 -> 2" in said


def test_the_rows_are_as_if_they_had_been_merged_under_the_new_rules(desk: HandDesk) -> None:
    prepared(desk)
    mirror(desk.facts, {("city", "2", "arrival")}, derivers(rules_of(desk.settings)))
    rules = replace(
        stricter(desk), event_days=(EventDays(name="Typhoon", first=date(2026, 6, 10), last=date(2026, 6, 10)),)
    )
    run(desk, rules)
    assert column(desk, "arrival_due_at")["1"] == JUNE + timedelta(minutes=40)
    assert column(desk, "event_day")["1"] == "Typhoon"
    assert column(desk, "exempt")["2"] == ",arrival,"
    with Facts(Path(":memory:"), "Asia/Shanghai") as fresh:
        mirror(fresh, {("city", "2", "arrival")}, derivers(rules))
        merged(fresh, "work_orders", ORDERS, derivers(rules))
        new, old = (f._db.sql("SELECT * FROM work_orders ORDER BY source_key").fetchall() for f in (fresh, desk.facts))
        assert new == old


def test_a_limit_for_the_future_moves_nothing_and_says_so(desk: HandDesk) -> None:
    prepared(desk)
    version = desk.facts.versions()
    rules = rules_of(desk.settings)
    far = tuple(replace(limit, valid_from=date(2027, 1, 1), amount=limit.amount // 2) for limit in rules.limits)
    assert run(desk, replace(rules, limits=(*rules.limits, *far)))[-1] == "no row and no figure moved"
    assert desk.facts.versions() == version
    assert recent(desk.ledger, 1)[0]["figures"] == []


def test_the_same_rules_are_no_news(desk: HandDesk) -> None:
    prepared(desk)
    run(desk, stricter(desk))
    before = recent(desk.ledger)
    assert run(desk, stricter(desk)) == []
    assert recent(desk.ledger) == before


def test_facts_without_rows_take_the_rules_in_silence(desk: HandDesk) -> None:
    assert run(desk, rules_of(desk.settings)) == []
    assert recent(desk.ledger) == []
    desk.merge(work_orders=ORDERS)
    assert run(desk, rules_of(desk.settings)) == []


def test_rows_of_rules_that_nobody_noted_are_computed_once(desk: HandDesk) -> None:
    desk.merge(work_orders=ORDERS)
    desk.facts._db.execute("UPDATE work_orders SET arrival_due_at = NULL").fetchall()
    assert "not on record" in run(desk, rules_of(desk.settings))[0]
    assert column(desk, "arrival_due_at")["1"] == JUNE + timedelta(minutes=45)


def test_another_zone_moves_the_days(desk: HandDesk) -> None:
    prepared(desk)
    rules = rules_of(desk.settings)
    elsewhere = rules_of(
        desk.settings.model_copy(update={"site": desk.settings.site.model_copy(update={"zone": "Asia/Tokyo"})})
    )
    assert column(desk, "hour")["1"] == 10
    run(desk, elsewhere)
    assert column(desk, "hour")["1"] == 11
    assert [c for c in recent(desk.ledger, 1)[0]["changes"] if c == "zone: Asia/Shanghai -> Asia/Tokyo"]
    assert rules != elsewhere


def test_who_reads_meanwhile_sees_the_past_as_it_was(desk: HandDesk) -> None:
    prepared(desk)
    seen: list[dict[str, Any]] = []
    tell = lambda words: seen.append(column(desk, "arrival_due_at")) if "figure" in words else None  # noqa: E731
    Recomputation(desk.facts, desk.ledger, desk.settings, stricter(desk), NOW, tell).run()
    assert seen[-1]["1"] == JUNE + timedelta(minutes=45)
    assert column(desk, "arrival_due_at")["1"] == JUNE + timedelta(minutes=40)
