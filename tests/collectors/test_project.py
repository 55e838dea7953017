"""Mappings: what a source's value becomes, and what is said when it becomes nothing."""

import hashlib
import hmac
import pickle
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.arrow import table_of
from collectors.project import Projected, Projector
from settings_sources import Source
from tests.store_facts import made

KEY = b"a site key that is longer than the sixty-four bytes of one block of SHA-256"
READ_AT = datetime(2024, 5, 1, tzinfo=UTC)
CODES = {"category": {"0": "fault_report", "2": "complaint", "9": "nonsense"}, "ok": {"A": True, "B": False}}


def projected(
    rows: list[dict[str, Any]], columns: dict[str, Any], zone: str = "Asia/Shanghai", **mapping: Any
) -> Projected:
    body = {"into": "work_orders", "table": "gd", "key": "no", "columns": columns} | mapping
    source = Source.model_validate({"url": "sqlite://", "zone": zone, "codes": CODES, "tables": [body]})
    names = list(dict.fromkeys(name for row in rows for name in row))
    raw = table_of(names, [tuple(row.get(name) for name in names) for row in rows])
    return Projector("gd", source, KEY).project(source.tables[0], raw, READ_AT)


def one(value: Any, field: str, way: dict[str, Any] | None = None, **mapping: Any) -> tuple[Any, str | None]:
    """What `value` becomes in `field`, and the reason told of it."""
    found = projected([{"no": "1", "x": value}], {field: {"column": "x"} | (way or {})}, **mapping)
    reasons = found.rejects["reason"].to_pylist()
    return found.rows[field][0].as_py(), reasons[0] if reasons else None


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # year to microsecond


@pytest.mark.parametrize(
    ("value", "form", "zone", "becomes"),
    [
        pytest.param(
            "2024-05-01 08:00:00", None, "Asia/Shanghai", utc(2024, 5, 1), id="wall time of the source's zone"
        ),
        pytest.param("2024-05-01T08:00", None, "Asia/Shanghai", utc(2024, 5, 1), id="to the minute"),
        pytest.param(
            "2024-05-01T08:00:00+01:00", None, "Asia/Shanghai", utc(2024, 5, 1, 7), id="an offset wins over the zone"
        ),
        pytest.param("2024-05-01T08:00:00Z", None, "Asia/Shanghai", utc(2024, 5, 1, 8), id="UTC wins over the zone"),
        pytest.param(
            "05/01/2024 08:00:00 PM", "%m/%d/%Y %I:%M:%S %p", "Asia/Shanghai", utc(2024, 5, 1, 12), id="strptime form"
        ),
        pytest.param(1714521600, "epoch_s", "Asia/Shanghai", utc(2024, 5, 1), id="epoch seconds"),
        pytest.param(
            "1714521600250", "epoch_ms", "Asia/Shanghai", utc(2024, 5, 1, 0, 0, 0, 250000), id="epoch ms as text"
        ),
        pytest.param(datetime(2024, 5, 1, 8), None, "Asia/Shanghai", utc(2024, 5, 1), id="native naive"),  # noqa: DTZ001
        pytest.param(utc(2024, 5, 1), None, "Asia/Shanghai", utc(2024, 5, 1), id="native aware"),
        pytest.param(
            "2024-03-10 01:59:59", None, "America/New_York", utc(2024, 3, 10, 6, 59, 59), id="before clocks go forward"
        ),
        pytest.param(
            "2024-03-10 02:30:00", None, "America/New_York", utc(2024, 3, 10, 7, 30), id="a time that never was"
        ),
        pytest.param(
            "2024-03-10 03:00:00", None, "America/New_York", utc(2024, 3, 10, 7), id="after clocks went forward"
        ),
        pytest.param(
            "2024-11-03 00:59:59", None, "America/New_York", utc(2024, 11, 3, 4, 59, 59), id="before clocks go back"
        ),
        pytest.param(
            "2024-11-03 01:30:00", None, "America/New_York", utc(2024, 11, 3, 6, 30), id="a time that was twice"
        ),
        pytest.param("  ", None, "Asia/Shanghai", None, id="blank is null"),
    ],
)
def test_a_time_becomes_utc(value: Any, form: str | None, zone: str, becomes: datetime | None) -> None:
    assert one(value, "accepted_at", {"time_format": form}, zone=zone) == (becomes, None)


@pytest.mark.parametrize(
    ("field", "way", "value", "becomes"),
    [
        ("is_sensitive", {}, "是", True),
        ("is_sensitive", {}, "N", False),
        ("is_sensitive", {}, 1, True),
        ("is_sensitive", {}, 0.0, False),
        ("is_sensitive", {"codes": "ok"}, "B", False),
        ("category", {"codes": "category"}, 2.0, "complaint"),
        ("category", {"codes": "category"}, " 0 ", "fault_report"),
        ("call_count", {}, "3.0", 3),
        ("call_count", {}, "9007199254740993", 9007199254740993),
        ("call_count", {"otherwise": 1}, "", 1),
        ("order_no", {}, 12.0, "12"),
        ("order_no", {}, "a\0b😀", "a\0b😀"),
        ("order_no", {}, b"\xe7\x94\xb5", "电"),
    ],
)
def test_a_value_is_read_as_its_field_wants(field: str, way: dict[str, Any], value: Any, becomes: Any) -> None:
    assert one(value, field, way) == (becomes, None)


@pytest.mark.parametrize(
    ("field", "way", "value", "reason"),
    [
        ("is_sensitive", {}, "maybe", "`maybe` is neither yes nor no"),
        ("call_count", {}, "2.5", "`2.5` is not a whole number"),
        ("call_count", {"otherwise": 1}, "x", "`x` is not a whole number"),
        ("lon", {}, "nan", "`nan` is not a number"),
        ("category", {"codes": "category"}, "7", "unknown code `7` for category; add it to codes.category"),
        ("category", {"codes": "category"}, "9", "unknown code `9` for category; add it to codes.category"),
        ("category", {}, "0", "`0` is no category; translate it by a code table"),
        ("accepted_at", {}, "n/a", "`n/a` is not a time like 2026-01-31 08:00:00"),
        ("accepted_at", {"time_format": "epoch_s"}, 1e300, "`1e+300` is a time outside 1900 to 9999"),
        ("accepted_at", {"time_format": "epoch_ms"}, -1e13, "`-10000000000000` is a time outside 1900 to 9999"),
        ("accepted_at", {}, "infinity", "`infinity` is a time outside 1900 to 9999"),
        ("accepted_at", {}, "-infinity", "`-infinity` is a time outside 1900 to 9999"),
        ("accepted_at", {}, "epoch", "`epoch` is a time outside 1900 to 9999"),
        ("accepted_at", {}, "0001-01-01 00:00:00", "`0001-01-01 00:00:00` is a time outside 1900 to 9999"),
        ("accepted_at", {}, "0001-01-01T00:00:00+14:00", "`0001-01-01T00:00:00+14:00` is a time outside 1900 to 9999"),
        ("accepted_at", {}, "290000-01-01 00:00:00", "`290000-01-01 00:00:00` is a time outside 1900 to 9999"),
        (
            "accepted_at",
            {"time_format": "%d.%m.%Y"},
            "01.01.0001",
            "`01.01.0001` is a time outside 1900 to 9999",
        ),
        ("accepted_at", {}, datetime(9999, 12, 31, 23), "`9999-12-31 23:00:00` is a time outside 1900 to 9999"),  # noqa: DTZ001
        ("accepted_at", {}, datetime(1, 1, 1), "`0001-01-01 00:00:00` is a time outside 1900 to 9999"),  # noqa: DTZ001
        ("accepted_at", {}, utc(1, 1, 1), "`0001-01-01 00:00:00+00` is a time outside 1900 to 9999"),
    ],
)
def test_a_value_that_can_not_be_read_leaves_the_field_empty_with_the_reason(
    field: str, way: dict[str, Any], value: Any, reason: str
) -> None:
    assert one(value, field, way) == (None, reason)


def test_the_first_column_that_is_not_blank_is_taken() -> None:
    way = {"accepted_at": {"first_of": ["a", "b"]}}
    rows = [{"no": "1", "a": "", "b": "2024-05-01 08:00:00"}, {"no": "2", "a": "bad", "b": "2024-05-01 08:00:00"}]
    found = projected(rows, way)
    assert found.rows["accepted_at"].to_pylist() == [utc(2024, 5, 1), None]
    assert found.rejects["source_key"].to_pylist() == ["2"]


@pytest.mark.parametrize(
    ("lon", "lat", "place_unknown", "is_told"),
    [
        pytest.param(116.4, 39.9, False, False, id="a place"),
        pytest.param(1.00000001, 2, True, False, id="the default point"),
        pytest.param(0, 0, True, True, id="nowhere"),
        pytest.param(181, 2, True, True, id="beyond the earth"),
        pytest.param(None, 39.9, True, False, id="half a place"),
    ],
)
def test_a_place_is_known_or_not(lon: float | None, lat: float, place_unknown: bool, is_told: bool) -> None:
    rows = [{"no": "1", "x": lon, "y": lat}]
    found = projected(rows, {"lon": "x", "lat": "y"}, unknown_points=[[1.0, 2.0]])
    assert found.rows["place_unknown"].to_pylist() == [place_unknown]
    assert (found.rows["lon"][0].as_py() is None) == place_unknown
    assert (found.rejects.num_rows == 1) == is_told


def test_rows_with_one_key_are_one_row_and_compound_keys_can_not_meet() -> None:
    found = projected([{"no": "1", "x": "old"}, {"no": "1", "x": "new"}, {"no": None, "x": "lost"}], {"crew": "x"})
    assert found.rows["crew"].to_pylist() == ["new"]
    assert sorted(found.rejects["reason"].to_pylist()) == [
        "the key stands in more than one row, only the last was taken; name more columns in key",
        "the row has no key; it was not taken",
    ]
    rows = [{"a": "x|", "b": "y"}, {"a": "x", "b": "|y"}, {"a": "x\\", "b": "y"}]
    assert len(set(projected(rows, {}, key=["a", "b"]).rows["source_key"].to_pylist())) == 3


def test_the_hash_follows_the_values_and_nothing_else() -> None:
    rows = [{"no": "1", "x": "a", "y": "b"}]
    first = projected(rows, {"crew": "x"}).rows["row_hash"].to_pylist()
    assert projected([{**rows[0], "y": "c"}], {"crew": "x"}).rows["row_hash"].to_pylist() == first
    assert projected([{**rows[0], "x": "c"}], {"crew": "x"}).rows["row_hash"].to_pylist() != first


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=12), st.text(alphabet="0123456789-+ ()a", max_size=16)), min_size=1, max_size=20
    )
)
def test_identity_is_the_hmac_that_python_computes(people: list[tuple[str, str]]) -> None:
    rows = [{"no": str(i), "account": a, "phone": p} for i, (a, p) in enumerate(people)]
    found = projected(rows, {}, identity=["account", "phone"]).rows["identity_key"].to_pylist()
    blanks = " \t\r\n\u00a0\u3000"
    for (account, phone), key in zip(people, found, strict=True):
        digits = "".join(c for c in phone if c.isdigit())
        said = f"account:{account.strip(blanks)}" if account.strip(blanks) else f"phone:{digits}" if digits else None
        assert key == (said and hmac.new(KEY, said.encode(), hashlib.sha256).hexdigest())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(("城东3组 12号", "T1"), ("城东３组12号", "T1"), True, id="wide digits and spaces say the same"),
        pytest.param(("Main St. 5-B", "T1"), ("main st 5b", "T1"), True, id="so do points, hyphens and capitals"),
        pytest.param(
            ("城东3组12号", "T1"), ("城东3组12号", "T2"), False, id="another transformer area is another place"
        ),
        pytest.param(("城东3组12号", "T1"), ("城东3组13号", "T1"), False, id="another number is another home"),
    ],
)
def test_an_address_is_an_identity_only_within_its_area(
    one: tuple[str, str], other: tuple[str, str], same: bool
) -> None:
    rows = [{"no": str(i), "account": "", "phone": "--", "a": a, "t": t} for i, (a, t) in enumerate((one, other))]
    found = projected(rows, {"transformer_area": "t"}, identity=["account", "phone", "a"]).rows["identity_key"]
    first, second = found.to_pylist()
    assert first and second
    assert (first == second) is same


def test_an_address_without_its_area_is_no_identity() -> None:
    rows = [{"no": "1", "account": "", "phone": "", "a": "城东3组12号", "t": ""}]
    found = projected(rows, {"transformer_area": "t"}, identity=["account", "phone", "a"]).rows["identity_key"]
    assert found.to_pylist() == [None]


def test_no_personal_value_stands_in_the_rejects() -> None:
    found = projected([{"no": "1", "p": "13800000000"}], {}, personal={"phone": "p"})
    assert found.personal["phone"].to_pylist() == ["13800000000"]
    assert found.rejects.num_rows == 0
    assert "phone" not in found.rows.column_names


ZONES = ("Asia/Shanghai", "America/Vancouver", "Asia/Almaty", "Asia/Kolkata", "Europe/Lisbon", "UTC")


@given(st.sampled_from(ZONES), st.lists(st.datetimes(datetime(1901, 1, 1), datetime(2200, 1, 1)), min_size=1))  # noqa: DTZ001
@settings(max_examples=60, deadline=None)
def test_a_wall_time_is_what_the_calendar_of_its_zone_says(zone: str, walls: list[datetime]) -> None:
    """Also where the sum of an offset is taken: after the last change of a zone's clocks."""
    found = projected([{"no": str(i), "x": at} for i, at in enumerate(walls)], {"accepted_at": "x"}, zone)
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        wanted = db.execute("SELECT timezone($zone, unnest($walls::TIMESTAMP[]))", {"zone": zone, "walls": walls})
        assert found.rows["accepted_at"].to_pylist() == [at for (at,) in wanted.fetchall()]


def test_a_row_becomes_the_same_beside_a_wrong_one() -> None:
    """Pages with nothing to tell go a shorter way."""
    columns: dict[str, Any] = {
        "category": {"column": "lx", "codes": "category"}, "accepted_at": "at", "lon": "x", "lat": "y",
        "call_count": "n", "is_sensitive": "mg", "capacity_kva": "kva", "transformer_area": "tq",
    }  # fmt: skip
    personal = {"phone": "tel"}
    good: list[dict[str, Any]] = [
        {"no": "1", "lx": "2", "at": datetime(2024, 5, 1, 8), "x": 112.5, "y": 30, "n": 3, "mg": True, "kva": "7"},  # noqa: DTZ001
        {"no": "2", "lx": None, "at": None, "x": None, "y": None, "n": None, "mg": None, "kva": None, "tel": "5"},
        {
            "no": "3",
            "lx": " ",
            "at": datetime(1990, 7, 1),  # noqa: DTZ001
            "x": 0.0,
            "y": -1,
            "n": 0,
            "mg": False,
            "kva": "",
            "tq": "a",
        },
    ]
    bad: dict[str, Any] = {"no": "4", "lx": "7", "x": 999.0, "y": 30, "kva": "much"}
    alone = projected(good, columns, identity=["no", "tel", "tq"], personal=personal)
    beside = projected([*good, bad, good[0]], columns, identity=["no", "tel", "tq"], personal=personal)
    assert not alone.rejects.num_rows
    assert beside.rejects["field"].to_pylist() == ["category", "capacity_kva", "lon, lat", "key"]
    assert sorted(beside.rows.to_pylist(), key=lambda row: row["source_key"])[:3] == alone.rows.to_pylist()
    assert sorted(beside.personal.to_pylist(), key=lambda row: row["source_key"])[:3] == alone.personal.to_pylist()


@pytest.mark.parametrize("rows", [[], [{"no": "1", "x": None}], [{"no": "1", "x": "2024-05-01"}]])
def test_rows_are_whole_after_the_way_from_child_to_node(rows: list[dict[str, Any]]) -> None:
    found = projected(rows or [{"no": None, "x": None}], {"accepted_at": "x"})
    sent = replace(made.batch("work_orders", []), rows=found.rows, personal=None)
    come = pickle.loads(pickle.dumps(sent))  # noqa: S301  our own
    assert come.rows.equals(found.rows)
    assert come.rows.schema == found.rows.schema
    assert come.personal is None
    assert len(pickle.dumps(sent)) < len(pickle.dumps(found.rows))
