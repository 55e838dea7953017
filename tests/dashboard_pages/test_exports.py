"""Lists as files, read back as a colleague's programs read them."""

import csv
import io
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from dashboard import exports, guard
from dashboard.components import export_rows, order_cells, order_rows, sheet
from dashboard.components.format import duration
from dashboard.components.order_answers import cells, understand
from dashboard.components.sheet import About, Column
from store.scope import Scope
from tests.browser.serving import Serving
from tests.dashboard_pages.city import NOW, STATIONS, ZONE, DeskHouse, work_orders

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def client(city: DeskHouse) -> Iterator[httpx.Client]:
    serving = Serving(city)
    serving.start()
    with httpx.Client(base_url=serving.url, timeout=60) as one:
        yield one
    serving.stop()


def read_csv(client: httpx.Client, path: str) -> Rows:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(sheet.BOM)
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def read_xlsx(client: httpx.Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content))


@pytest.mark.parametrize(
    "search",
    [
        "",
        "?unit=C2",
        "?period=30d&kpi=arrival_on_time_rate&outcome=failure",
        "?period=all&state=open&category=complaint",
    ],
)
def test_a_file_holds_the_rows_of_the_list_in_its_order(city: DeskHouse, client: httpx.Client, search: str) -> None:
    with city.reader(Scope.everything("test")) as reader:
        question = understand(city, reader, "/orders", search).question
        page = order_rows.page(question)
    written = [row["来源主键"] for row in read_csv(client, f"/export/orders.csv{search}")]
    assert len(written) == page.total > 0
    assert written[: len(page.rows)] == list(page.rows["source_key"])


def test_a_file_says_of_an_order_what_the_list_says(city: DeskHouse, client: httpx.Client) -> None:
    with city.reader(Scope.everything("test")) as reader:
        asked = understand(city, reader, "/orders", "?period=all")
        pages = [order_rows.rows(asked.question, (), offset, 200) for offset in range(0, 3000, 200)]
        shown = [cell for page in pages for cell in cells(asked, page)]
    levels = {"blue": "过半", "yellow": "临期", "orange": "紧迫", "red": "超时"}
    written = {row["来源主键"]: row for row in read_csv(client, "/export/orders.csv?period=all")}
    assert len(shown) == len(written) == 3000
    for cell in shown:
        row = written[cell["id"].partition(":")[2]]
        assert (row["工单号"], row["环节"], row["结果"]) == (cell["order_no"], cell["stage"], cell["outcome"])
        assert (row["级别"], row["类别"], row["渠道"]) == (
            levels.get(cell["level"], ""),
            cell["category"],
            cell["channel"],
        )
        for words, minutes in (("arrival", "到场用时（分）"), ("restoration", "复电用时（分）")):
            said = cell[words]["text"]
            assert (said in ("", "—")) == (row[minutes] == "")
            if row[minutes]:
                assert said == duration(pd.Timedelta(minutes=int(row[minutes])), "zh")
        left = row["剩余（分，负数为超时）"]
        said = cell["due_at"]["text"]
        assert bool(said) == bool(left)
        if left:
            length = duration(pd.Timedelta(minutes=abs(int(left))), "zh")
            assert said == (f"超时{length}" if said.startswith("超时") else length)


def test_times_carry_their_zone(client: httpx.Client) -> None:
    row = read_csv(client, "/export/orders.csv?period=all")[-1]
    orders = work_orders(3000).set_index("source_key")
    written = datetime.fromisoformat(row["受理 (Asia/Shanghai)"])
    assert written.utcoffset() is not None
    assert str(written)[-6:] == "+08:00"
    assert written == orders.loc[row["来源主键"], "accepted_at"]


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Shanghai", ["2026-07-01T20:00:00+08:00", "2026-12-01T20:00:00+08:00", None]),
        ("America/St_Johns", ["2026-07-01T09:30:00-02:30", "2026-12-01T08:30:00-03:30", None]),
        ("UTC", ["2026-07-01T12:00:00+00:00", "2026-12-01T12:00:00+00:00", None]),
    ],
)
def test_a_time_is_written_with_the_offset_of_its_day(zone: str, said: list[str | None]) -> None:
    times = [datetime(2026, 7, 1, 12, 0, 0, 999_999, UTC), datetime(2026, 12, 1, 12, tzinfo=UTC), None]
    assert sheet._plain(pa.array(times, pa.timestamp("us", zone))).to_pylist() == said


def test_a_workbook_says_what_it_is(city: DeskHouse, client: httpx.Client) -> None:
    book = read_xlsx(client, "/export/orders.xlsx?unit=C2&kpi=arrival_on_time_rate&outcome=failure&lang=en")
    assert book.sheetnames == ["Orders", "About this file"]
    about = dict(row for row in book["About this file"].iter_rows(values_only=True))
    assert about["site"] == "Linjiang power service"
    assert about["unit"] == "Shawan County"
    assert about["only the rows of"] == "Arrival on time (arrival_on_time_rate): late"
    assert about["version of the definition"] == "2"
    assert about["made"] == "2026-11-20 14:32:00+08:00"
    assert about["made by"] == "demo"
    assert about["period"].startswith("14 to 20 Nov")
    rows = list(book["Orders"].iter_rows(values_only=True))
    assert about["rows"] == str(len(rows) - 1)
    assert rows[0][1] == "order no."
    accepted = rows[0].index("accepted (Asia/Shanghai)")
    assert all(isinstance(row[accepted], datetime) for row in rows[1:])
    known = work_orders(3000).set_index("order_no")["accepted_at"]
    assert rows[1][accepted].replace(tzinfo=ZONE) == known[rows[1][1]]
    assert book["Orders"].freeze_panes == "A2"


RISKY = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    '=HYPERLINK("http://x","y")',
    "plain, with a comma",
    '"q"',
]


def _risky() -> tuple[list[Column], list[pa.RecordBatch]]:
    numbers = pa.array([-1.0] * len(RISKY))
    return [Column("=text"), Column("n", "percent")], [pa.record_batch([pa.array(RISKY), numbers], names=["0", "1"])]


def test_a_csv_holds_no_formula() -> None:
    text = b"".join(sheet.csv_chunks(*_risky())).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["'=text", "n"]
    assert [row[0] for row in rows[1:]] == [f"'{t}" for t in RISKY[:8]] + RISKY[8:]
    assert {float(row[1]) for row in rows[1:]} == {-1.0}  # a number below zero is no formula


def test_a_workbook_holds_no_formula(tmp_path: Path) -> None:
    columns, batches = _risky()
    with (tmp_path / "x.xlsx").open("w+b") as file:
        sheet.write_workbook(columns, batches, About("rows", "about", (("=term", "=1+1"),)), file, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    cells = [row[0] for row in book["rows"].iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells][:4] == RISKY[:4]
    assert book["about"]["B1"].data_type == "s"
    assert list(tmp_path.iterdir()) == [tmp_path / "x.xlsx"]  # nothing is left beside it


def test_a_workbook_shows_whole_numbers_rates_and_other_fractions_as_what_they_are(tmp_path: Path) -> None:
    columns = [Column("n", "number"), Column("share, %", "percent"), Column("saifi", "decimal")]
    arrays = [pa.array([3]), pa.array([97.63]), pa.array([0.0512])]
    with (tmp_path / "x.xlsx").open("w+b") as file:
        batches = [pa.record_batch(arrays, names=["0", "1", "2"])]
        sheet.write_workbook(columns, batches, About("rows", "about", ()), file, tmp_path)
    (cells,) = openpyxl.load_workbook(tmp_path / "x.xlsx")["rows"].iter_rows(min_row=2)
    assert [(cell.value, cell.number_format) for cell in cells] == [(3, "0"), (97.63, "0.0"), (0.0512, "0.00")]


def test_a_workbook_without_rows_has_its_header(client: httpx.Client) -> None:
    book = read_xlsx(client, "/export/orders.xlsx?from=2020-01-01&to=2020-01-02")
    rows = list(book["工单"].iter_rows(values_only=True))
    assert len(rows) == 1
    assert rows[0][1] == "工单号"


def test_a_list_too_long_for_a_workbook_is_cut_and_says_so(
    city: DeskHouse, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "MOST_ROWS", 50)
    monkeypatch.setattr("dashboard.components.export_lists.MOST_ROWS", 50)
    book = read_xlsx(client, "/export/orders.xlsx?period=all&lang=en")
    assert book["Orders"].max_row == 51
    about = dict(book["About this file"].iter_rows(values_only=True))
    assert about["rows"] == "3,000; only the first 50 are in this file, the CSV holds all of them"
    assert len(read_csv(client, "/export/orders.csv?period=all")) == 3000


def test_figures_by_unit(client: httpx.Client) -> None:
    rows = read_csv(client, "/export/units.csv?period=30d&lang=en")
    assert {row["unit"] for row in rows} >= {"Jiangcheng District", "Linhu City"}
    one = next(r for r in rows if r["code of the unit"] == "C1" and r["key of the figure"] == "arrival_on_time_rate")
    assert float(one["value, %"]) == pytest.approx(100 * int(one["of these good"]) / int(one["counted"]))
    assert float(one["interval from, %"]) < float(one["value, %"]) < float(one["interval to, %"])
    assert one["version of the definition"] == "2"


def test_revisits_have_their_own_columns(client: httpx.Client) -> None:
    rows = read_csv(client, "/export/orders.csv?period=30d&kpi=satisfaction_rate&outcome=failure&lang=en")
    assert rows
    assert {row["satisfied"] for row in rows} == {"no"}


def test_alerts_of_the_inbox(client: httpx.Client) -> None:
    rows = read_csv(client, "/export/alerts.csv?lang=en")
    assert rows[0]["alert no."] == "1"
    assert {row["level"] for row in rows} == {"overdue", "nearly due"}
    assert read_csv(client, "/export/alerts.csv?show=cleared&lang=en") == []


def test_a_file_of_alerts_goes_by_the_unit_and_says_so(client: httpx.Client) -> None:
    rows = read_csv(client, "/export/alerts.csv?unit=C2&period=30d&lang=en")
    assert [row["station"] for row in rows] == ["Shawan Station", ""]
    about = dict(
        read_xlsx(client, "/export/alerts.xlsx?unit=C2&lang=en")["About this file"].iter_rows(values_only=True)
    )
    assert about["unit"] == "Shawan County"
    assert client.get("/export/alerts.csv?unit=C99").status_code == 400
    assert client.get("/export/alerts.csv?category=nothing").status_code == 200  # no alert has one


def test_a_file_has_a_name_in_both_languages(client: httpx.Client) -> None:
    named = client.get("/export/orders.csv?category=praise").headers["content-disposition"]
    assert named.isascii()
    assert 'filename="orders_20261120-1432.csv"' in named
    assert "filename*=UTF-8''%E5%B7%A5%E5%8D%95_20261120-1432.csv" in named


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/export/orders.csv?unit=C99", 400, "unit=C99"),
        ("/export/orders.xlsx?state=opne&lang=en", 400, "Did you mean open?"),
        ("/export/units.csv?kpi=nothing&lang=en", 400, "kpi=nothing"),
        ("/export/orders.csv?from=0001-01-01&lang=en", 400, "from=0001-01-01"),
        ("/export/units.csv?to=9999-12-31&lang=en", 400, "to=9999-12-31"),
        ("/export/orders.xlsx?from=1899-01-01&lang=en", 400, "from=1899-01-01"),
        ("/export/nothing.csv", 404, "没有清单 /export/nothing.csv。现有：/export/orders.csv, /export/orders.xlsx"),
        (
            "/export/orders.pdf?lang=en",
            404,
            "There is no list /export/orders.pdf. There are these: /export/orders.csv",
        ),
    ],
)
def test_what_can_not_be_written_is_said(client: httpx.Client, path: str, status: int, words: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert words in answer.text
    assert "content-disposition" not in answer.headers


def written(house: DeskHouse, name: str, search: str) -> str:
    """The CSV that the reader of the scope set now gets."""
    with ExitStack() as held:
        file = exports._file(house, exports.Wanted(name, "csv", search), held, ExitStack())
        return b"".join(file.pieces).decode("utf-8-sig")


def test_a_scope_holds_in_files(city: DeskHouse) -> None:
    token = guard._scope.set(Scope("station head", ("S1",)))
    try:
        text, alerts = written(city, "orders", "period=all"), written(city, "alerts", "")
    finally:
        guard._scope.reset(token)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == int((work_orders(3000)["station"] == "S1").sum())
    assert {row["站所"] for row in rows} == {STATIONS["S1"][0]}
    assert len(alerts.splitlines()) == 2  # header and the one of this station


def test_nothing_personal_leaves_in_a_file(city: DeskHouse) -> None:
    with city.reader(Scope.everything("test")) as reader:
        asked = understand(city, reader, "/orders", "")
        desk = order_cells.Desk(asked.view, asked.question.units, ZONE, NOW)
        read = set(order_rows.ORDER_COLUMNS) | set(order_rows.SURVEY_COLUMNS)
    assert not read & {"name", "phone", "address", "text", "customer_no", "identity_key", "handler"}
    assert len(export_rows.order_columns(desk)) == 28


def test_a_file_of_a_feeder_holds_the_feeder(client: httpx.Client) -> None:
    rows = read_csv(client, "/export/units.csv?unit=F3&period=all&lang=en")
    assert {row["code of the unit"] for row in rows} == {"F3"}


def test_a_long_answer_comes_in_batches(city: DeskHouse) -> None:
    with city.reader(Scope.everything("test")) as reader:
        orders = reader.table("work_orders").select("source_key").order_by("source_key")
        batches = list(reader.batches(orders, datetime(2026, 11, 20, tzinfo=UTC), 1000))
    assert sum(b.num_rows for b in batches) == 3000
    assert len(batches) > 1
