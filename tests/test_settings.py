"""The settings: five mistakes give five messages, each with place and cure."""

from pathlib import Path

import pytest

from kpis.catalogue import CATALOGUE
from settings import SUSTAINED, Settings, SettingsError, load

GOOD = """
[site]
name = "临江供电服务"

[sources.orders]
url = "sqlite:///orders.db"
codes.category = { "0" = "fault_report" }

[[sources.orders.tables]]
into = "work_orders"
table = "GZGD95598"
key = "gdbh"
changed_at = "gxsj"

[sources.orders.tables.columns]
order_no = "gdbh"
category = { column = "ywlx", codes = "category" }

[channels.mail]
url = "mailto://127.0.0.1:25"

[[routes]]
to = ["mail:duty@example.org"]
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "lightkeeper.toml"
    file.write_text(text, encoding="utf-8")
    return file


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as error:
        load(write(folder, text))
    return error.value.faults


def test_a_bare_name_is_a_column_and_one_key_is_a_key(tmp_path: Path) -> None:
    settings = load(write(tmp_path, GOOD))
    mapping = settings.sources["orders"].tables[0]
    assert mapping.key == ("gdbh",)
    assert mapping.columns["order_no"].column == "gdbh"
    assert settings.site.tz.key == "Asia/Shanghai"


def test_five_mistakes_are_five_messages_with_line_and_cure(tmp_path: Path) -> None:
    text = (
        GOOD.replace('name = "临江供电服务"', 'zone = "Asia/Shangai"')
        .replace('changed_at = "gxsj"', 'changd_at = "gxsj"')
        .replace('url = "mailto://127.0.0.1:25"', "")
        .replace('into = "work_orders"', 'into = "work_order"')
        + "\n[node]\nport = 99999\n"
    )
    found = faults(tmp_path, text)
    assert len(found) == 5, found
    lines = text.splitlines()
    for fault in found:
        assert fault.startswith(str(tmp_path / "lightkeeper.toml") + ":")
    told = "\n".join(found)
    assert "did you mean Asia/Shanghai?" in told
    assert "did you mean changed_at?" in told
    assert "channels.mail.url: is missing; add it" in told
    assert f":{lines.index('port = 99999') + 1}: node.port" in told
    misspelt = lines.index('changd_at = "gxsj"') + 1
    assert f":{misspelt}: sources.orders.tables.0.changd_at" in told


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(('"gdbh"\ncategory', '{ const = 1, column = "x" }\ncategory'), "exactly one of", id="two ways"),
        pytest.param(('codes = "category"', 'codes = "kategory"'), "no code table `kategory`", id="unknown code table"),
        pytest.param(
            ('name = "临江供电服务"', "crew_orders = 0"), "write how many it can do at once, 1 to 99", id="no orders"
        ),
        pytest.param(
            ('changed_at = "gxsj"', "every_s = 900\nfresh_s = 300"),
            "sources.orders.tables.0.fresh_s: table `GZGD95598` of source `orders` promises data of 300 s and is read "
            "every 900 s, so it would be late before each read; promise 1800, or read it oftener (every_s)",
            id="a promise shorter than the pace",
        ),
        pytest.param(
            ('changed_at = "gxsj"', "fresh_s = 0.5"), "is read every 1 s", id="a promise shorter than the source's pace"
        ),
        pytest.param(("mail:duty", "fax:duty"), "no channel `fax`", id="route to no channel"),
        pytest.param(('order_no = "gdbh"', 'ordr_no = "gdbh"'), "did you mean order_no?", id="unknown field"),
        pytest.param(('url = "sqlite:///orders.db"', 'url = "${NO_SUCH_VARIABLE}"'), "NO_SUCH_VARIABLE", id="variable"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in GOOD
    assert said in "\n".join(faults(tmp_path, GOOD.replace(*change)))


def test_a_file_that_is_not_there_or_not_toml_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="give the path of a settings file"):
        load(tmp_path / "absent.toml")
    assert "is not TOML" in faults(tmp_path, "[site\nname = 1")[0]


def test_host_and_port_of_the_environment_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("LIGHTKEEPER_SITE__LANGUAGE", "en")
    settings: Settings = load(write(tmp_path, GOOD))
    assert settings.node.port == 9000
    assert settings.site.language == "en"
    monkeypatch.setenv("PORT", "many")
    with pytest.raises(SettingsError, match="is not a port"):
        load(tmp_path / "lightkeeper.toml")


def test_no_secret_is_shown(tmp_path: Path) -> None:
    settings = load(write(tmp_path, GOOD.replace("sqlite:///orders.db", "postgresql+psycopg://u:s3cret@h/db")))
    assert "s3cret" not in repr(settings)


def routed(folder: Path, lines: str) -> Settings:
    return load(write(folder, GOOD.replace('to = ["mail:duty@example.org"]', lines)))


def test_a_route_names_hours_days_people_and_an_escalation(tmp_path: Path) -> None:
    lines = 'category = ["complaint"]\ncritical = true\nhours = "20:00-08:00"\ndays = "non_working"\npolicy = "night"\n'
    (route,) = routed(tmp_path, lines + 'to = ["crew", "roster:night", "person:P1", "mail:duty@example.org"]').routes
    assert (route.category, route.critical, route.hours, route.days) == (
        ("complaint",), True, "20:00-08:00", "non_working",
    )  # fmt: skip
    assert (route.to[0], route.policy) == ("crew", "night")
    (only_policy,) = routed(tmp_path, 'policy = "night"').routes
    assert only_policy.to == ()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        pytest.param("", "routes.0.to: tells nobody; give to = ", id="to nobody"),
        pytest.param("to = []", "routes.0.to: tells nobody", id="to an empty list"),
        pytest.param('to = ["crow"]', "routes.0.to: no channel `crow`", id="no role of this name"),
        pytest.param('to = ["crew"]\nhours = "8-20"', "routes.0.hours: 8-20 are no hours; write them like", id="hours"),
        pytest.param('to = ["crew"]\ndays = "sunday"', "routes.0.days", id="days"),
        pytest.param('to = ["crew"]\nhour = "1"', "routes.0.hour: unknown setting; did you mean hours?", id="misspelt"),
    ],
)
def test_a_route_that_can_not_be_is_refused(tmp_path: Path, lines: str, said: str) -> None:
    text = GOOD.replace('to = ["mail:duty@example.org"]', lines)
    assert any(said in fault for fault in faults(tmp_path, text)), faults(tmp_path, text)


def test_the_duty_file_lies_beside_the_settings(tmp_path: Path) -> None:
    text = 'duty = "duty.toml"\n' + GOOD
    assert any("no file" in fault and "duty.toml" in fault for fault in faults(tmp_path, text))
    (tmp_path / "duty.toml").write_text("", "utf-8")
    assert load(write(tmp_path, text)).duty == tmp_path / "duty.toml"


def test_one_threshold_for_what_is_sustained_and_each_figure_may_differ(tmp_path: Path) -> None:
    text = GOOD + "\n[reliability]\nsustained_min = 3\n[kpis.maifi]\nsustained_min = 1\n[kpis.saidi]\ntarget = 60\n"
    settings = load(write(tmp_path, text))
    assert {key: settings.kpis[key].sustained_min for key in SUSTAINED} == dict.fromkeys(SUSTAINED, 3) | {"maifi": 1}
    assert settings.kpis["saidi"].target == 60
    assert [key for key, d in CATALOGUE.items() if d.family == "reliability"] == list(SUSTAINED)
    (fault,) = faults(tmp_path, GOOD + "\n[reliability]\nsustained_min = -1\n")
    assert "reliability.sustained_min" in fault


HOTSPOTS = [
    ('unit = "village"', "unit: Input should be", "use one of the named values"),
    ("every_min = 0", "every_min: Input should be greater than or equal to 1", "choose a larger value"),
    ("budget_30d = 0", "budget_30d: Input should be greater than 0", "choose a larger value"),
    ('categories = ["complaints"]', "categories: no category complaints", "did you mean complaint?"),
    ("categories = []", "categories: Tuple should have at least 1 item", "name at least one"),
    ('categories = ["fault_report", "repeated_fault_report"]', "holds repeated_fault_report too", "name one of them"),
    ("radius_rural_km = 2", "is less than radius_urban_km = 5", "exchange them"),
    ("area = [116.0, 30.0, 114.0, 31.0]", "is no area", "write [west, south, east, north]"),
    ("refit_weekday = 8", "refit_weekday: Input should be less than or equal to 7", "choose a smaller value"),
    ("everymin = 5", "everymin: unknown setting", "did you mean every_min?"),
]


@pytest.mark.parametrize(("line", "said", "cure"), HOTSPOTS, ids=[line for line, _, _ in HOTSPOTS])
def test_mistakes_of_hotspots_are_told_with_place_and_cure(tmp_path: Path, line: str, said: str, cure: str) -> None:
    (fault,) = faults(tmp_path, GOOD + f"\n[hotspots]\n{line}\n")
    assert fault.startswith(f"{tmp_path / 'lightkeeper.toml'}:")
    assert "hotspots" in fault
    assert said in fault
    assert cure in fault


def test_hotspots_have_the_budget_of_one_in_a_month(tmp_path: Path) -> None:
    made = load(write(tmp_path, GOOD)).hotspots
    assert (made.budget_30d, made.wide_budget_30d, made.unit, made.every_min) == (0.8, 0.2, "feeder", 15)
