"""The SQL that a poll sends, for each database there is a dialect of; three of them are tried for real elsewhere."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest
import sqlalchemy as sa

from collectors.decide import Plan
from collectors.read import Reads
from settings_sources import Mapping

AT: Final = datetime(2026, 11, 30, 8)  # noqa: DTZ001  as these databases have it
MAPPING: Final = Mapping.model_validate({
    "into": "work_orders", "table": "KF.GZGD", "key": ["NO", "SEQ"], "changed_at": "CHG", "where": {"KIND": "2"},
    "columns": {"order_no": "NO"},
})  # fmt: skip
READS: Final = Reads(
    MAPPING, ("NO", "SEQ", "CHG"), {"CHG": sa.DateTime(), "NO": sa.String(), "SEQ": sa.Integer()}, True
)
AFTER: Final = Plan(500, AT.replace(tzinfo=UTC), after=(AT, ("7", 3)))
SINCE: Final = Plan(500, AT.replace(tzinfo=UTC), since=AT)
# KingbaseES speaks PostgreSQL's protocol and SQL, and is reached by its dialect. Dameng's own (dmSQLAlchemy 2.0.17)
# can not be imported with SQLAlchemy 2.1.
URLS: Final = {
    "postgresql": "postgresql+psycopg://", "opengauss": "opengauss+psycopg2://", "mysql": "mysql+pymysql://",
    "mariadb": "mariadb+pymysql://", "sqlite": "sqlite://", "oracle": "oracle+oracledb://",
    "mssql": "mssql+pyodbc://",
}  # fmt: skip
RENDERED: Final = {"render_postcompile": True}
# How each names a column and cuts a page off.
QUOTED: Final = dict.fromkeys(URLS, '"CHG"') | {"mysql": "`CHG`", "mariadb": "`CHG`", "mssql": "[CHG]"}
CUT: Final = dict.fromkeys(URLS, "LIMIT") | {"oracle": "FETCH FIRST", "mssql": "SELECT TOP"}


def sql(name: str, statement: Any) -> str:
    return " ".join(
        str(statement.compile(dialect=sa.make_url(URLS[name]).get_dialect()(), compile_kwargs=RENDERED)).split()
    )


@pytest.mark.parametrize("name", URLS)
def test_a_page_is_cut_off_by_the_server_in_the_order_of_change_and_key(name: str) -> None:
    page = sql(name, READS.page(AFTER))
    column = QUOTED[name]
    assert CUT[name] in page, page
    ordered = page.split("ORDER BY ")[1]
    assert (
        ordered.index(column) < ordered.index(column.replace("CHG", "NO")) < ordered.index(column.replace("CHG", "SEQ"))
    )
    assert page.count(f"{column} >=") == 1
    assert f"{column.replace('CHG', 'KIND')} =" in page
    for word in ("INSERT", "UPDATE", "DELETE", "FOR UPDATE", " LOCK"):
        assert word not in page.upper()


@pytest.mark.parametrize("name", URLS)
def test_the_overlap_the_whole_table_and_rows_without_a_place_are_plain_reads(name: str) -> None:
    assert f"{QUOTED[name]} >=" in sql(name, READS.page(SINCE))
    whole = sql(name, READS.whole())
    assert CUT[name] not in whole and "ORDER BY" not in whole
    assert f"{QUOTED[name]} IS NULL" in sql(name, READS.strays(500))


def test_what_is_sent_to_each_is_this() -> None:
    assert sql("oracle", READS.page(AFTER)) == (
        'SELECT "NO", "SEQ", "CHG", NULL AS source_sum, 0 AS still_open FROM "KF"."GZGD" WHERE "KIND" = :KIND_1 AND '
        '"CHG" IS NOT NULL AND "NO" IS NOT NULL AND "SEQ" IS NOT NULL AND "CHG" >= :CHG_1 AND ("CHG" > :CHG_2 OR '
        '"NO" > :NO_1 OR "NO" = :NO_2 AND "SEQ" >= :SEQ_1) ORDER BY "CHG", "NO", "SEQ" FETCH FIRST 500 ROWS ONLY'
    )
    assert sql("mssql", READS.page(AFTER)) == (
        "SELECT TOP 500 [NO], [SEQ], [CHG], NULL AS source_sum, 0 AS still_open FROM [KF].[GZGD] WHERE [KIND] = "
        ":KIND_1 AND [CHG] IS NOT NULL AND [NO] IS NOT NULL AND [SEQ] IS NOT NULL AND [CHG] >= :CHG_1 AND "
        "([CHG] > :CHG_2 OR [NO] > :NO_1 OR [NO] = :NO_2 AND [SEQ] >= :SEQ_1) ORDER BY [CHG], [NO], [SEQ]"
    )
