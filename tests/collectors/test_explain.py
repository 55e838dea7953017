"""`check --explain`: where each field comes from, with values of the source; of persons nothing but a shape."""

from datetime import UTC, datetime

import pytest

from collectors.batch import SourceError
from collectors.explain import explain, origin
from settings_sources import FieldOf, Source
from tests.collectors.rig import ORDERS, START, Rig


def test_each_field_with_its_origin_and_three_samples(rig: Rig) -> None:
    for n in range(5):
        rig.write(str(n), kind="0")
    found = {e.field: e for e in explain("gd", rig.source, b"k" * 16, START)}
    assert found["order_no"].origin == "column `no`"
    assert len(found["order_no"].samples) == 3
    assert all(" -> " in sample for sample in found["order_no"].samples)
    assert found["category"].origin == "column `kind`, by code table `category`"
    assert found["category"].samples == ("0 -> fault_report",)
    assert any("mapped nowhere" in e.origin and "handler" in name for name, e in found.items())
    assert "changed_at" in found


def test_of_persons_only_the_first_sign_and_a_length_are_told(sqlite_rig: Rig) -> None:
    sqlite_rig.sql("CREATE TABLE people (no TEXT, who TEXT, tel TEXT)")
    sqlite_rig.sql("INSERT INTO people VALUES ('1', '张三丰', '13912345678')")
    table = {
        "into": "work_orders", "table": "people", "key": "no", "columns": {"order_no": "no", "handler": "tel"},
        "personal": {"name": "who", "phone": "tel"}, "identity": ["", "tel"],
    }  # fmt: skip
    url = sqlite_rig.url.render_as_string(hide_password=False)
    found = {e.field: e for e in explain("p", Source.model_validate({"url": url, "tables": [table]}), b"k" * 16, START)}
    assert found["personal.name"].samples == ("张**",)
    assert found["personal.phone"].samples == ("1**********",)
    assert found["handler"].samples[0].startswith("1**********")
    assert found["identity_key"].origin == "HMAC of the first of `tel` that is there"
    whole = " ".join(s for e in found.values() for s in e.samples)
    assert "三" not in whole
    assert "139" not in whole


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ({"const": 5}, "always `5`"),
        ({"first_of": ["a", "b"]}, "first of `a`, `b` that is not blank"),
        ({"column": "a", "minutes_after": "b"}, "column `a`, as minutes after `b`"),
        ({"column": "a", "time_format": "%Y", "otherwise": "x"}, "column `a`, a time like %Y, else `x`"),
    ],
)
def test_the_words_of_each_way(way: dict[str, object], said: str) -> None:
    assert origin(FieldOf.model_validate(way)) == said


def test_a_source_that_can_not_be_read_is_told_like_elsewhere(sqlite_rig: Rig) -> None:
    body = {"url": sqlite_rig.url.render_as_string(), "tables": [{**ORDERS, "table": "gdd"}], "codes": {"category": {}}}
    with pytest.raises(SourceError, match="table `gdd` not found; there is `gd`"):
        list(explain("gd", Source.model_validate(body), b"k" * 16, datetime.now(UTC)))
