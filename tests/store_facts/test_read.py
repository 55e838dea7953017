"""Questions to the facts: who may see what, and "now" as a parameter."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.facts import schema
from store.facts.compile import compiled, number_hole, shaped, text_hole, time_hole
from store.facts.db import Facts
from store.facts.errors import StoreError
from store.facts.read import Reader
from store.facts.schema import NOW as NOW_EXPR
from store.scope import Scope
from tests.store_facts.made import NOW, batch, rows_of


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    path: Path = tmp_path_factory.mktemp("facts") / "facts.duckdb"
    with Facts(path, "Asia/Shanghai") as opened:
        orders = [
            {
                "order_no": str(n),
                "county": f"c{n % 3}",
                "station": f"s{n % 6}",
                "accepted_at": NOW - timedelta(hours=n),
                "arrived_at": None if n % 2 else NOW - timedelta(hours=n) + timedelta(minutes=30),
            }
            for n in range(30)
        ]
        personal = rows_of("personal", [{"record": "work_order", "name": f"n{n}"} for n in range(30)])
        opened.merge(batch("work_orders", orders, personal=personal), {})
        opened.merge(batch("order_events", [{"order_no": str(n), "kind": "urged"} for n in range(30)]), {})
        opened.merge(batch("units", [{"code": "c1"}, {"code": "c2"}], whole=True), {})
        opened.merge(batch("people", [{"unit": "c1"}, {"unit": "c2"}]), {})
        yield opened


@pytest.fixture
def reader(facts: Facts) -> Iterator[Reader]:
    with facts.read(Scope.everything("t")) as opened:
        yield opened


def count(facts: Facts, scope: Scope, table: str) -> int:
    with facts.read(scope) as reader:
        return int(reader.frame(reader.table(table).count().name("n"), NOW)["n"][0])


@pytest.mark.parametrize(
    ("table", "units", "many"),
    [
        ("work_orders", None, 30),
        ("work_orders", ("c1",), 10),
        ("work_orders", ("s1", "c2"), 15),
        ("work_orders", ("nowhere",), 0),
        ("work_orders", (), 0),
        ("order_events", ("c1",), 10),
        ("personal", ("c1",), 10),
        ("people", ("c1",), 1),
        ("units", ("c1",), 2),
    ],
)
def test_a_scope_sees_the_rows_of_its_units(facts: Facts, table: str, units: tuple[str, ...] | None, many: int) -> None:
    assert count(facts, Scope("t", units, personal=True), table) == many


def test_personal_rows_need_a_scope_for_them(facts: Facts) -> None:
    with pytest.raises(StoreError, match="personal data are not for ann"):
        count(facts, Scope("ann", None), "personal")


def test_a_row_that_is_gone_is_not_seen(tmp_path: Path) -> None:
    with Facts(tmp_path / "facts.duckdb", "UTC") as opened:
        opened.merge(batch("units", [{"code": "1"}, {"code": "2"}], whole=True), {})
        opened.merge(batch("units", [{"code": "1"}], whole=True), {})
        assert count(opened, Scope.everything("t"), "units") == 1


def questions(now: Any) -> dict[str, Any]:
    """Expressions in which `now` stands in different places."""
    orders = ibis.table(schema.ibis_schema(schema.WORK_ORDERS), name="work_orders")
    arrived = ibis.coalesce(orders.arrived_at, now)
    return {
        "late": (arrived > orders.accepted_at + ibis.interval(minutes=45)).sum().name("n"),
        "window": orders.filter(orders.accepted_at > now - ibis.interval(hours=7)).count().name("n"),
        "age": now.delta(orders.accepted_at, unit="second").max().name("n"),
        "grouped": orders.group_by("county")
        .agg(n=(arrived < now).sum(), latest=ibis.greatest(now, orders.accepted_at).max())
        .order_by("county"),
        "twice": orders.filter((orders.accepted_at < now) & (now < orders.accepted_at + ibis.interval(hours=9)))
        .count()
        .name("n"),
    }


moments = st.datetimes(datetime(2024, 4, 29), datetime(2024, 5, 3), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments, st.sampled_from(sorted(questions(NOW_EXPR))))
def test_now_as_a_parameter_answers_as_now_written_into_the_question(reader: Reader, now: datetime, name: str) -> None:
    asked = questions(NOW_EXPR)[name]
    assert "$now" in reader.sql(asked)
    assert "1999" not in reader.sql(asked)
    literal = ibis.literal(now, type="timestamp('UTC', 6)")
    assert reader.frame(asked, now).equals(reader.frame(questions(literal)[name], now))


def test_an_equal_question_is_compiled_once(reader: Reader) -> None:
    assert compiled(questions(NOW_EXPR)["late"]) is compiled(questions(NOW_EXPR)["late"])


VALUES = ["c1", "", "c1' OR '1'='1", 'c1"; DROP TABLE work_orders; --', "$now", "江城区", "$county", "\\", "c1\x00"]


def of_county(reader: Reader, county: str, since: datetime) -> Any:
    """Orders of a county since a moment, the newest ones first: with values or with holes."""
    t = reader.table("work_orders")
    moment = ibis.literal(since, type="timestamp('UTC', 6)")
    return t.filter(t.county.isin([county]), t.accepted_at >= moment, t.accepted_at <= NOW_EXPR).order_by("order_no")


@pytest.mark.parametrize("county", VALUES)
def test_a_value_in_a_hole_answers_as_the_value_written_into_the_question(reader: Reader, county: str) -> None:
    since = NOW - timedelta(hours=12)
    made = reader.ask(
        "of a county",
        lambda: of_county(reader, text_hole("county"), time_hole("since")).limit(number_hole("limit")),
        NOW,
        {"county": county, "since": since, "limit": 4},
    )
    assert made.equals(reader.frame(of_county(reader, county, since).limit(4), NOW))
    assert len(made) == (4 if county == "c1" else 0)


def test_a_shape_is_built_once_and_its_values_are_no_part_of_it(reader: Reader) -> None:
    built = []

    def make() -> Any:
        built.append(1)
        return of_county(reader, text_hole("county"), time_hole("since"))

    query = shaped("counted builds", make)
    assert query.names == {"county", "since", "now"}
    assert shaped("counted builds", make) is query
    assert built == [1]


def test_a_shape_of_one_scope_is_not_the_answer_to_another(facts: Facts) -> None:
    many = []
    for units in (None, ("c1",), ("nowhere",), ()):
        with facts.read(Scope("t", units)) as one:
            orders = one.table("work_orders")
            frame = one.ask("all orders", partial(orders.aggregate, n=orders.count()), NOW, {})
            many.append(int(frame["n"].iloc[0]))
    assert many == [30, 10, 0, 0]


def test_a_kept_answer_is_made_again_when_its_table_changed(tmp_path: Path) -> None:
    with Facts(tmp_path / "facts.duckdb", "UTC") as opened:
        made: list[int] = []

        def answer() -> Any:
            made.append(1)
            return len(made)

        for many in (1, 2):
            opened.merge(batch("units", [{"code": str(n)} for n in range(many)], whole=True), {})
            for _ in range(3):
                with opened.read(Scope.everything("t")) as one:
                    assert one.kept("answer", "units", answer) == many


def test_a_sum_is_a_number(reader: Reader) -> None:
    orders = reader.table("work_orders")
    assert reader.frame(orders.agg(n=orders.arrived_at.notnull().sum()), NOW)["n"].tolist() == [15]
    assert str(reader.frame(orders.agg(n=orders.arrived_at.notnull().sum()), NOW)["n"].dtype) == "int64"


def test_times_are_utc_and_aware(reader: Reader) -> None:
    frame = reader.frame(reader.table("work_orders").select("accepted_at").order_by("accepted_at"), NOW)
    assert str(frame["accepted_at"].dtype) == "datetime64[us, UTC]"
    assert frame["accepted_at"].iloc[-1] == NOW


def test_a_question_that_takes_too_long_is_ended(facts: Facts) -> None:
    reader = Reader(facts._root.cursor(), Scope.everything("t"), limit_s=0.05)
    orders = reader.table("work_orders")
    many = orders.select(n0=orders.order_no)
    for i in range(1, 7):
        many = many.cross_join(orders.select(**{f"n{i}": orders.order_no}))
    with pytest.raises(StoreError, match="longer than"):
        reader.frame(many.agg(n=(many.n0 + many.n6).max()), NOW)
    assert int(reader.frame(reader.table("work_orders").count().name("n"), NOW)["n"][0]) == 30
    reader.close()
