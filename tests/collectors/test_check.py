"""`check` names what is wrong before a source runs."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from collectors.check import check_source
from collectors.found import granted
from settings_sources import Source
from tests.collectors.rig import ORDERS, START, Rig, wall


def test_a_good_source_has_no_faults_and_its_missing_index_is_noted(rig: Rig) -> None:
    rig.write("1", kind="0")
    checked = check_source("gd", rig.source, START)
    assert checked.faults == []
    assert any("no index begins with `changed`" in note for note in checked.notes)
    rig.sql("CREATE INDEX by_change ON gd (changed)")
    assert not any("no index" in note for note in check_source("gd", rig.source, START).notes)


@pytest.mark.parametrize("database", ["postgres", "mariadb"])
def test_an_account_that_may_write_is_warned_of_and_one_that_may_only_read_is_not(
    database: str, request: pytest.FixtureRequest
) -> None:
    rig: Rig = request.getfixturevalue(f"{database}_rig")
    assert any("WARNING: the account may" in note for note in check_source("gd", rig.source, START).notes)
    if database == "mariadb":
        rig.sql("CREATE OR REPLACE USER reader IDENTIFIED BY 'r'")
        rig.sql("GRANT SELECT ON test.* TO reader")
    else:
        rig.sql("DROP OWNED BY reader") if "reader" in roles(rig) else rig.sql("CREATE ROLE reader LOGIN")
        rig.sql("GRANT SELECT ON gd TO reader")
    url = rig.url.set(username="reader", password="r").render_as_string(hide_password=False)
    source = rig.source.model_copy(update={"url": SecretStr(url)})
    checked = check_source("gd", source, START)
    assert checked.faults == []
    assert not any("WARNING" in note for note in checked.notes)


def roles(rig: Rig) -> list[str]:
    with rig.engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT rolname FROM pg_roles")).scalars())


@pytest.mark.parametrize(
    ("line", "may"),
    [
        ("GRANT USAGE ON *.* TO `r`@`%`", []),
        ("GRANT SELECT, SHOW VIEW ON `hr`.* TO `r`@`%`", []),
        ("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION", ["ALL PRIVILEGES"]),
        ("GRANT SELECT, INSERT, UPDATE (`a`, `b`) ON `hr`.`gd` TO `r`@`%`", ["INSERT", "UPDATE"]),
        ("GRANT DELETE ON `hr`.`other` TO `r`@`%`", []),
        ("GRANT DROP ON `other`.* TO `r`@`%`", []),
    ],
)
def test_grants_of_mariadb_are_read_for_the_table(line: str, may: list[str]) -> None:
    assert granted([line], "hr", "gd") == may
    assert granted([line], "elsewhere", "hr.gd") == may


def test_a_poll_without_an_index_is_known_to_read_the_whole_table(rig: Rig) -> None:
    rig.fill({"no": f"{no:05}", "changed": wall(START + timedelta(seconds=no % 3000))} for no in range(3000))
    rig.sql("DROP TABLE IF EXISTS gd_kept")
    for is_indexed in (False, True):
        if is_indexed:
            size = "(30)" if rig.engine.dialect.name == "mysql" else ""
            rig.sql(f"CREATE INDEX by_change ON gd (changed{size})")
            rig.sql("ANALYZE TABLE gd" if rig.engine.dialect.name == "mysql" else "ANALYZE gd")
        rig.use(ORDERS, page=5000)
        reply = rig.ask()
        assert reply.error is None
        assert reply.found[0].reads_all is not is_indexed, reply.found
        assert reply.found[0].plan
        assert rig.ask().found == {}


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
