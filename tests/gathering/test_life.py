"""Hotspots of a district from look to look: found, told, answered, ended, over restarts; who may see them."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.lifecycle import Event
from kpis.hotspots_facts.part import part
from store.facts.errors import StoreError
from store.ledger import answers, commands, hotspots, queries
from store.scope import Scope
from tests.alerts.city import RULES, judged, posting, world
from tests.gathering.district import NOW, PLANTED, TROUBLE, ZONE, Desk, order, planted, usual


def judge(desk: Desk, rule: str = "hotspot") -> list[Event]:
    """What the rule makes of the hotspots as they stand, recorded."""
    seen = world(desk.now(), clusters=desk.gathering.clusters())
    found = judged(RULES[rule], seen, queries.standing_alerts(desk.ledger))
    commands.record(desk.ledger, [posting(t) for t in found])
    return [t.event for t in found]


def shown(desk: Desk) -> list[tuple[Any, ...]]:
    return [(h["number"], h["state"], h["places"]) for h in desk.ask()["hotspots"]]


def test_without_a_rise_nothing_is_open(desk: Desk) -> None:
    assert desk.look()
    found = desk.ask()
    assert found["state"] == "ok"
    assert [h for h in found["hotspots"] if h["state"] == "open"] == []
    assert found["calibration"]["histories"] == 20
    assert (found["setting"]["budget_30d"], found["setting"]["alert_d"]) == (0.8, 37.5)
    assert found["until"] == "2026-03-18T02:00:00+00:00"
    assert judge(desk) == []


def test_a_look_is_due_every_fifteen_minutes_of_site_time(desk: Desk) -> None:
    assert desk.look()
    assert not desk.look(hours=0.2)
    assert desk.look(hours=0.05)


def test_complaints_that_gather_ring_once_and_again_when_they_have_doubled(desk: Desk) -> None:
    desk.look(1, planted(7, 20, NOW + timedelta(hours=1)))
    desk.look(1)
    (one,) = desk.open_ones()
    assert (one["number"], one["places"], one["feeder"], one["county"]) == (1, [PLANTED], PLANTED, "C0")
    assert one["category"] == ["complaint", "voltage"]
    assert one["observed"] == 7
    assert one["customers"] == 7
    assert one["ratio"] > 5
    assert judge(desk) == [Event.RAISED]
    desk.look(1)
    assert judge(desk) == []
    desk.look(1, planted(16, 3, NOW + timedelta(hours=4), first=60_000))
    assert judge(desk) == [Event.RAISED]
    lines = desk.ask("hotspot", number=1)["looks"]
    assert lines[0]["event"] == "opened"
    assert "told again" in [line["event"] for line in lines]
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


def test_nothing_takes_a_step_twice_after_a_look_without_a_threshold(desk: Desk) -> None:
    desk.look(1, planted(7, 20, NOW + timedelta(hours=1)))
    desk.look(1)
    assert judge(desk) == [Event.RAISED]
    last = hotspots.last_look(desk.ledger) or {}
    blind = {name: value for name, value in last.items() if name != "id"} | {
        "state": "calibrating",
        "calibration": None,
    }
    assert hotspots.record(desk.ledger, [blind], [], [], {})
    desk.again()
    desk.look(1)
    assert [one["number"] for one in desk.open_ones()] == [1]
    assert judge(desk) == []
    lines = hotspots.lines(desk.ledger, 1)
    assert "ended" not in {line["event"] for line in lines}
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


def test_a_day_is_judged_once_it_is_read_and_none_is_passed_over(desk: Desk) -> None:
    rises, late = desk.gathering.rises, desk.now() + timedelta(days=3)
    first = rises.turn(desk.now(), desk.now())
    assert first == 1
    assert rises.turn(late, desk.now()) == 0, "the clock went on, the sources did not"
    assert rises.turn(late, late) == 3
    day = hotspots.wide_day(desk.ledger) or {}
    assert day["day"] == (late.astimezone(ZONE) - timedelta(days=1)).date()


def test_a_severe_one_is_red_and_critical_with_a_sensitive_customer_in_it(desk: Desk) -> None:
    desk.look(1, planted(20, 10, NOW + timedelta(hours=1), is_sensitive=True))
    assert judge(desk) == [Event.RAISED]
    (alert,) = queries.open_alerts(desk.ledger)
    assert (alert["level"], alert["critical"], alert["feeder"], alert["county"]) == ("red", True, PLANTED, "C0")
    (transition,) = queries.history(desk.ledger, alert["id"])
    assert {"observed", "expected", "ri_days", "name"} <= set(transition["inputs"])


def test_an_open_hotspot_has_all_that_a_page_shows(desk: Desk) -> None:
    rows = planted(12, 20)
    desk.look(0, rows, {row["source_key"]: TROUBLE[k % 3] for k, row in enumerate(rows)})
    desk.look(1)
    (one,) = desk.open_ones()
    said = desk.ask("hotspot", number=one["number"])
    assert said["days"]["day"][-1] == NOW.date().isoformat()
    assert {len(column) for column in said["days"].values()} == {28}
    assert sum(said["days"]["is_over"]) >= 1
    assert len(said["orders"]) == one["observed"] == 12
    assert {o["feeder"] for o in said["orders"]} == {PLANTED}
    assert not {"name", "phone", "address", "text", "identity_key"} & set(said["orders"][0])
    accepted = [o["accepted_at"] for o in said["orders"]]
    assert accepted == sorted(accepted, reverse=True)
    assert [(m["place"], m["observed"]) for m in said["members"]] == [(PLANTED, 12)]
    assert said["window"]["start"] >= one["since"]


def test_words_are_those_of_the_texts_here_and_at_most_five(desk: Desk) -> None:
    rows, others = planted(12, 20), usual(days=10, seed=3, first=20_000)
    desk.put("work_orders", others, {r["source_key"]: "对账单金额有疑问，请张先生13800001111回电" for r in others})
    desk.look(0, rows, {r["source_key"]: TROUBLE[k % 3] for k, r in enumerate(rows)})
    (one,) = desk.open_ones()
    words = [w["word"] for w in one["words"]]
    assert set(words) & {"灯光", "电压", "偏低", "昏暗", "电机"}
    assert len(words) <= 5
    assert all(w["share"] > w["usual"] for w in one["words"])


def test_the_snapshot_holds_it_for_its_own_units_only(desk: Desk) -> None:
    desk.look(0, planted(12, 20))
    seen = desk.gathering.shown
    whole = part(seen)
    assert whole["columns"]["number"] == [1]
    assert {len(column) for column in whole["columns"].values()} == {1}
    assert (whole["chart"]["number"], whole["members"]["place"]) == (1, [PLANTED])
    assert part(seen, {"C1"})["columns"]["number"] == []
    assert part(seen, {"C1"})["chart"] is None
    assert part(seen, {"C0"})["columns"]["number"] == [1]


def test_who_may_see_another_county_only_is_shown_nothing_of_it(desk: Desk) -> None:
    desk.look(0, planted(12, 20))
    other = Scope("east", ("C1",))
    assert desk.ask(scope=other)["hotspots"] == []
    with pytest.raises(StoreError, match="there is no hotspot"):
        desk.ask("hotspot", scope=other, number=1)


def test_an_open_outage_that_explains_it_alarms_nobody(desk: Desk) -> None:
    desk.put("outages", [outage("T77", NOW - timedelta(hours=30))])
    desk.look(0, planted(14, 20, outage_no="T77"))
    desk.look(1)
    (one,) = desk.ask()["hotspots"]
    assert (one["number"], one["state"], one["outage_no"], one["explained_by_outage"]) == (None, "watch", "T77", True)
    assert judge(desk) == []


def outage(number: str, started: datetime) -> dict[str, Any]:
    return {"source_key": number, "outage_no": number, "kind": "fault", "feeder": PLANTED, "started_at": started}


def test_complaints_beside_an_outage_are_not_explained_by_it(desk: Desk) -> None:
    desk.put("outages", [outage("T77", NOW - timedelta(hours=30))])
    desk.look(0, [*planted(3, 20, outage_no="T77"), *planted(12, 20, first=60_000)])
    assert [h["outage_no"] for h in desk.open_ones()] == [None]


def test_an_answer_waits_for_no_look(desk: Desk) -> None:
    desk.look(1, planted(7, 20, NOW + timedelta(hours=1)))
    desk.look(1)
    with ThreadPoolExecutor(1) as pool, desk.gathering._lock:  # as while a look is taken
        said = pool.submit(desk.ask, "hotspot answer", number=1, answer="acknowledged", by="Li")
        assert said.result(20)["answered_by"] == "Li"


def test_the_inbox_answers_for_the_hotspot(desk: Desk) -> None:
    desk.look(0, planted(14, 20))
    judge(desk)
    (alert,) = queries.open_alerts(desk.ledger)
    answers.acknowledge(desk.ledger, alert["id"], "Li", "", desk.now())
    desk.look(1)
    (one,) = desk.open_ones()
    assert (one["answer"], one["answered_by"]) == ("acknowledged", "Li")
    assert (one["alert_id"], one["alert_state"]) == (alert["id"], "acknowledged")


def test_what_is_refused_ends_and_stays_quiet_while_it_lasts(desk: Desk) -> None:
    desk.look(0, planted(14, 20))
    judge(desk)
    after = desk.ask("hotspot answer", number=1, answer="not_a_hotspot", by="Wang", note="one tariff")
    assert (after["state"], after["answer"], after["answered_by"]) == ("ended", "not_a_hotspot", "Wang")
    assert judge(desk) == [Event.CLEARED]
    desk.look(1)
    desk.look(1)
    assert desk.open_ones() == []
    with pytest.raises(ValueError, match="there are acknowledged, not_a_hotspot, taken_up"):
        desk.ask("hotspot answer", number=1, answer="perhaps", by="Wang")
    with pytest.raises(StoreError, match="there is no hotspot 9"):
        desk.ask("hotspot answer", number=9, answer="acknowledged", by="Wang")


def test_one_that_was_taken_up_teaches_the_baseline_only_what_was_expected(desk: Desk) -> None:
    desk.look(0, planted(14, 20))
    desk.ask("hotspot answer", number=1, answer="taken_up", by="Wang")
    desk.look(24 * 5)
    assert desk.open_ones() == []
    desk.look(1)
    sight = desk.gathering.last
    assert sight is not None
    here = sight.rows[(sight.rows["place"] == PLANTED) & (sight.rows["accepted_at"] >= NOW - timedelta(hours=21))]
    assert len(here) <= 3


def test_a_restart_keeps_numbers_onset_and_candidates(desk: Desk) -> None:
    desk.look(0, planted(7, 20))  # an alert in one look: a candidate
    before = desk.gathering
    again = desk.again()
    assert again.shown.hotspots == before.shown.hotspots
    assert again.lives(desk.now()) == before.lives(desk.now())
    desk.look(1)
    (one,) = desk.open_ones()
    onset = one["since"]
    desk.again()
    assert desk.gathering.clusters()["number"].tolist() == [one["number"]]
    desk.look(3)
    assert [(h["number"], h["since"]) for h in desk.open_ones()] == [(1, onset)]


def test_looks_that_were_missed_are_made_up_for(desk: Desk) -> None:
    desk.look()
    desk.at += timedelta(hours=6)
    desk.put("work_orders", planted(7, 20, NOW + timedelta(hours=4)))
    desk.look()
    (one,) = desk.open_ones()  # two looks in a row, though only one turn
    lines = desk.ask("hotspot", number=one["number"])["looks"]
    assert len({line["at"] for line in lines}) > 1


def test_it_ends_when_its_zone_is_as_usual_again_and_its_alert_with_it(desk: Desk) -> None:
    desk.look(0, planted(12, 20))
    judge(desk)
    onset = desk.open_ones()[0]["since"]
    for _ in range(5):
        desk.look(24)
    assert desk.open_ones() == []
    assert judge(desk) == [Event.CLEARED]
    (past,) = [h for h in desk.ask(state="all")["hotspots"] if h["number"] == 1]
    assert (past["state"], past["since"]) == ("ended", onset)
    then = desk.ask(as_of=(NOW + timedelta(minutes=10)).isoformat())
    assert [(h["number"], h["state"]) for h in then["hotspots"]] == [(1, "open")]


def test_a_rise_everywhere_rings_once_however_many_series_show_it(desk: Desk) -> None:
    desk.look()
    day = NOW + timedelta(hours=13)
    desk.look(24, usual(days=1, per_day=55, until=day, seed=5, first=70_000))
    wide = desk.ask()["wide"]
    assert [r["number"] for r in wide if r["number"] is not None] == [1]
    assert wide[0]["observed"] > wide[0]["high"] > wide[0]["expected"]
    assert judge(desk, "wide_rise") == [Event.RAISED]
    desk.look(24 * 3)  # three days are judged together too
    assert [r for r in desk.ask()["wide"] if r["number"] is not None] == []
    assert judge(desk, "wide_rise") == [Event.CLEARED]


def test_the_lab_says_what_would_have_been_found_beside_the_naive_rule(desk: Desk) -> None:
    desk.look(72, planted(10, 40))
    past = desk.ask("hotspots lab", as_of=NOW.isoformat(), naive={"count": 6, "days": 2})
    assert [h["places"] for h in past["hotspots"] if h["grade"] != "watch"] == [[PLANTED]]
    assert PLANTED in [found["place"] for found in past["naive"]["found"]]
    assert past["calibration"]["is_stored"]
    generous = desk.ask("hotspots lab", as_of=NOW.isoformat(), budget_30d=4)
    assert len([h for h in generous["hotspots"] if h["grade"] != "watch"]) >= 1
    other = desk.ask("hotspots lab", as_of=NOW.isoformat(), unit="transformer_area", categories=["complaint"])
    assert other["left_out"]["unknown_place"] > 900  # nobody has told an area
    with pytest.raises(ValueError, match="unit"):
        desk.ask("hotspots lab", as_of=NOW.isoformat(), unit="village")
    elsewhere = desk.ask(
        "hotspots lab", Scope("head", ("nowhere",)), as_of=NOW.isoformat(), naive={"count": 6, "days": 2}
    )
    assert (elsewhere["hotspots"], elsewhere["naive"]["found"]) == ([], []), "places of others are nobody's business"


BAD_INPUT: list[tuple[str, Iterable[dict[str, Any]], dict[str, Any]]] = [
    ("too few days", usual(days=20), {"days": 8.0, "cases": 0}),
    ("too few demands", usual(days=70, per_day=0.2), {"days": 0, "cases": 16}),
    ("nothing at all", [], {"days": 28, "cases": 30}),
]


@pytest.mark.parametrize(("rows", "missing"), [row[1:] for row in BAD_INPUT], ids=[row[0] for row in BAD_INPUT])
def test_too_short_a_history_says_what_is_missing(
    tmp_path: Any, rows: list[dict[str, Any]], missing: dict[str, Any]
) -> None:
    desk = Desk(tmp_path)
    try:
        desk.look(0, rows)
        found = desk.ask()
        assert found["state"] == "not_enough_history"
        assert found["missing"]["days"] == pytest.approx(missing["days"], abs=0.5)
        assert found["missing"]["cases"] == pytest.approx(missing["cases"], abs=3)
        assert desk.ask(as_of=NOW.isoformat())["state"] == "not_enough_history"
    finally:
        desk.close()


def test_places_nobody_knows_count_in_the_totals_and_are_told(desk: Desk) -> None:
    lost = [order(80_000 + k, None, NOW - timedelta(hours=k + 1)) for k in range(12)]
    desk.look(0, lost)
    found = desk.ask()
    assert found["left_out"]["unknown_place"] == 12
    assert [h for h in found["hotspots"] if h["grade"] != "watch"] == []
