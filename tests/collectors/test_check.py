"""`check` names what is wrong before a source runs."""

import sqlalchemy as sa

from collectors.check import check_source
from settings import Source
from tests.collectors.rig import ORDERS, START, Rig


def test_a_good_source_has_no_faults_and_its_missing_index_is_noted(rig: Rig) -> None:
    rig.write("1", kind="0")
    checked = check_source("gd", rig.source, START)
    assert checked.faults == []
    assert any("no index begins with `changed`" in note for note in checked.notes)
    rig.sql("CREATE INDEX by_change ON gd (changed)")
    assert not any("no index" in note for note in check_source("gd", rig.source, START).notes)


def test_an_account_that_may_write_is_warned_of(postgres_rig: Rig) -> None:
    assert any("may INSERT, UPDATE, DELETE" in note for note in check_source("gd", postgres_rig.source, START).notes)


def test_every_mistake_is_told_at_once(sqlite_rig: Rig) -> None:
    sqlite_rig.write("1", changed="1714521600")
    body = {
        "url": sqlite_rig.url.render_as_string(hide_password=False),
        "codes": {"category": {"0": "fault"}},
        "tables": [ORDERS, {**ORDERS, "table": "gdd"}, {**ORDERS, "columns": {"order_no": "n_o"}}],
    }
    faults = "\n".join(check_source("gd", Source.model_validate(body), START).faults)
    assert "category can not be fault; use complaint" in faults
    assert "`changed` = `1714521600` is not %Y-%m-%d %H:%M:%S; mend time_format" in faults
    assert "table `gdd` not found; there is `gd`" in faults
    assert "column `n_o` not found; the table has `no`" in faults


def test_an_unreachable_server_is_one_fault() -> None:
    url = sa.make_url("postgresql+psycopg://reader:secret@/db?host=/nowhere").render_as_string(hide_password=False)
    (fault,) = check_source(
        "gd", Source.model_validate({"url": url, "tables": [ORDERS], "codes": {"category": {}}}), START
    ).faults
    assert fault.startswith("source `gd`: ")
    assert "secret" not in fault
