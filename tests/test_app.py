"""The command line as a user meets it: exit codes, sentences, and nothing but JSON on standard output."""

import json
import socket
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from app import spread
from bench import nodes

ROOT = nodes.HERE
CONFIG = """
[node]
var = "{folder}/var"

[sources.orders]
url = "sqlite:///{folder}/{file}"

[[sources.orders.tables]]
into = "work_orders"
table = "orders"
key = "no"

[sources.orders.tables.columns]
order_no = "no"
"""


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *arguments],
        env=nodes.environment(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def written(folder: Path, text: str) -> str:
    file = folder / "lightkeeper.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_five_mistakes_are_five_lines_and_exit_1(tmp_path: Path) -> None:
    text = """
[site]
zone = "Asia/Shangai"
[node]
prot = 8050
[sources.orders]
url = "sqlite:///x.db"
poll_s = 0
[[sources.orders.tables]]
into = "work_order"
table = "t"
[[routes]]
to = ["mail:a@b.example"]
"""
    done = run("check", "--config", written(tmp_path, text))
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 6, done.stderr  # the sixth: the table has no key
    for place in ("site.zone", "node.prot", "poll_s", "tables.0.into", "tables.0.key", "routes.0.to"):
        assert sum(place in line for line in lines) == 1, (place, done.stderr)
    assert all(f"{tmp_path}/lightkeeper.toml:" in line for line in lines)
    assert "Traceback" not in done.stderr


def test_a_missing_source_is_named_with_its_cure_and_not_created(tmp_path: Path) -> None:
    done = run("check", "--config", written(tmp_path, CONFIG.format(folder=tmp_path, file="absent.db")))
    assert done.returncode == 1
    assert "absent.db" in done.stderr
    assert not (tmp_path / "absent.db").exists()


def test_the_server_refuses_to_listen_beyond_loopback(tmp_path: Path) -> None:
    done = run("run", "--config", written(tmp_path, CONFIG.format(folder=tmp_path, file="a.db")), HOST="0.0.0.0")  # noqa: S104 - that it is refused
    assert done.returncode == 1
    assert "there is no sign-in; write [access]" in done.stderr


def test_questions_without_a_node_open_the_files_and_print_one_json_document(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG.format(folder=tmp_path, file="a.db"))
    done = run("kpi", "arrival_on_time_rate", "--config", config, "--format", "json")
    (value,) = json.loads(done.stdout)
    assert (value["n"], value["value"], value["definition_version"]) == (0, None, 2)
    wrong = run("kpi", "arrival_rate", "--config", config)
    assert wrong.returncode == 1
    assert "did you mean arrival_on_time_rate" in wrong.stderr
    dimension = run("kpi", "arrival_on_time_rate", "--config", config, "--by", "statoin")
    assert dimension.returncode == 1
    assert "station" in dimension.stderr


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        pytest.param("kpi k --by a b --at t", "kpi k --by a --by b --at t", id="two"),
        pytest.param("kpi k --by a", "kpi k --by a", id="one stays one"),
        pytest.param("orders --where a=1 b=2 --limit 5", "orders --where a=1 --where b=2 --limit 5", id="where"),
        pytest.param("kpi k --format json x", "kpi k --format json x", id="other flags untouched"),
    ],
)
def test_several_values_after_one_flag(argv: str, expected: str) -> None:
    assert spread(argv.split()) == expected.split()


def test_check_names_what_the_settings_name_wrongly(tmp_path: Path) -> None:
    text = CONFIG.format(folder=tmp_path, file="a.db") + (
        '[kpis.arival_on_time_rate]\ntarget = 98\n[channels.mail]\nurl = "nonsense"\n'
        '[[routes]]\nrule = ["repair_deu"]\nto = ["mail:a@b.example"]\n[walls.main]\npages = ["nope"]\n'
    )
    done = run("check", "--config", written(tmp_path, text))
    assert done.returncode == 1
    for word in (
        "did you mean arrival_on_time_rate?",
        "channels.mail.url",
        "did you mean repair_due?",
        "walls.main.pages",
    ):
        assert word in done.stderr, done.stderr


def test_a_port_that_is_taken_is_named_with_its_cure(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("run", "--config", written(tmp_path, CONFIG.format(folder=tmp_path, file="a.db")), PORT=port)
    assert done.returncode == 1
    assert f"node.port = {port}" in done.stderr
    assert "choose another with PORT=" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_service_managers_stop_cleans_up(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG.format(folder=tmp_path, file="a.db"))
    sqlite3.connect(tmp_path / "a.db").execute("CREATE TABLE orders (no TEXT)").connection.close()
    port = nodes.free_port()
    process = nodes.start(["run", "--config", config], tmp_path, port)
    nodes.wait_until_ready(port, 60, process)
    assert (tmp_path / "var" / "node.sock").exists()
    assert run("collect", "--once", "--config", config).returncode == 0, "beside a running node"
    process.terminate()
    assert process.wait(20) == 0
    assert not (tmp_path / "var" / "node.sock").exists()


def test_several_commands_at_once_wait_for_each_other(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG.format(folder=tmp_path, file="a.db"))
    with ThreadPoolExecutor(3) as three:
        done = list(three.map(lambda _: run("kpi", "arrival_on_time_rate", "--config", config), range(3)))
    assert [d.returncode for d in done] == [0, 0, 0], [d.stderr for d in done]


def test_a_time_nobody_means_is_refused_in_a_sentence(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG.format(folder=tmp_path, file="a.db"))
    year_one = run("kpi", "arrival_on_time_rate", "--config", config, "--from", "0001-01-01")
    large = run("kpi", "arrival_on_time_rate", "--config", config, "--where", "hour=99999999999999999999")
    for done in (year_one, large):
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert done.stderr.strip()


def test_a_mended_code_table_reaches_the_rows_already_read(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db")) as db, db:
        db.execute("CREATE TABLE orders (no TEXT, ch TEXT)")
        db.executemany("INSERT INTO orders VALUES (?, ?)", [("1", "A"), ("2", "B"), ("3", "B")])
    text = CONFIG.format(folder=tmp_path, file="a.db") + 'channel = { column = "ch", codes = "ch" }\n'
    codes = '[sources.orders.codes.ch]\nA = "app"\n'
    config = written(tmp_path, text + codes)
    first = run("collect", "--once", "--config", config)
    assert "2 field values in quarantine" in first.stderr, first.stderr
    second = run("collect", "--once", "--config", written(tmp_path, text + codes + 'B = "phone"\n'))
    assert "0 field values in quarantine" in second.stderr, second.stderr
    rows = json.loads(run("orders", "--config", config, "--format", "json").stdout)
    assert sorted((row["order_no"], row["channel"]) for row in rows) == [("1", "app"), ("2", "phone"), ("3", "phone")]
