import json
import re
from itertools import pairwise

import httpx
import pytest

from dashboard import memory
from dashboard.guard import listen_refusal, why_refused
from tests.dashboard.picture import COUNTIES, HandHouse

LIVE = "/api/live"


async def test_figures_are_asked_for_in_the_askers_scope(client: httpx.AsyncClient, house: HandHouse) -> None:
    reply = await client.get("/api/kpis/arrival_on_time_rate?by=county&by=station")
    assert reply.json() == [{"key": "arrival_on_time_rate", "value": 97.6}]
    scope, key, params = house.asked[0]
    assert (scope.user, scope.units, key, dict(params)) == (
        "demo",
        None,
        "arrival_on_time_rate",
        {"by": ["county", "station"]},
    )


async def test_an_unknown_figure_and_a_wrong_parameter_say_so_and_what_is_near(client: httpx.AsyncClient) -> None:
    unknown = await client.get("/api/kpis/arival_on_time_rate")
    assert unknown.status_code == 404
    assert unknown.json()["nearest"][0] == "arrival_on_time_rate"
    assert "did you mean arrival_on_time_rate" in unknown.json()["error"]
    wrong = await client.get("/api/kpis/arrival_on_time_rate?wher=county")
    assert (wrong.status_code, wrong.json()["nearest"]) == (422, ["where"])
    kind = await client.get("/api/kpis/arrival_on_time_rate?compare=perhaps")
    assert (kind.status_code, kind.json()["error"][:9]) == (422, "compare: ")
    refused = await client.get("/api/kpis/arrival_on_time_rate?period=today")
    assert (refused.status_code, refused.json()) == (422, {"error": "period: not here; use by", "nearest": []})


async def test_the_interface_describes_itself_and_asks_nobody_else(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert list(document["paths"]) == ["/api/kpis/{key}"]
    asked = document["paths"]["/api/kpis/{key}"]["get"]
    names = {p["name"] for p in asked["parameters"]}
    assert names == {"key", "by", "where", "option", "from", "to", "at", "period", "every", "compare"}
    assert all("description" in p for p in asked["parameters"] if p["name"] != "key")
    assert set(asked["responses"]) == {"200", "404", "422"}
    assert asked["responses"]["422"]["content"]["application/json"]["schema"]["$ref"].endswith("/Refused")
    assert "http" not in json.dumps(document)


async def test_health_readiness_and_metrics(client: httpx.AsyncClient, house: HandHouse) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).status_code == 200
    assert "lightkeeper_up 1.0" in (await client.get("/metrics")).text
    house.board._shown.clear()
    assert (await client.get("/readyz")).status_code == 503


async def test_areas_turn_clockwise_and_carry_their_code(client: httpx.AsyncClient) -> None:
    areas = (await client.get("/map/areas.json")).json()
    assert [f["properties"]["code"] for f in areas["features"]] == list(COUNTIES)
    for feature in areas["features"]:
        ring = feature["geometry"]["coordinates"][0][0]
        assert sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) < 0


async def test_the_topology_is_ours_and_empty(client: httpx.AsyncClient) -> None:
    world = (await client.get("/topo/world_110m.json")).json()
    assert world["arcs"] == []
    assert "land" in world["objects"]


@pytest.mark.parametrize("path", ["/wall/nowhere", "/nothing", "/docs", "/redoc", "/wall/main/else"])
async def test_an_unknown_path_is_a_404_that_names_what_there_is(client: httpx.AsyncClient, path: str) -> None:
    reply = await client.get(path)
    assert reply.status_code == 404
    assert "/wall/main" in reply.text
    assert "没有页面" in reply.text
    assert "There is no page" in (await client.get(f"{path}?lang=en")).text


async def test_a_404_speaks_and_looks_as_the_browser_remembers(client: httpx.AsyncClient) -> None:
    remembered = {"cookie": 'flag; x={"a":1}; lightkeeper-lang=en; lightkeeper-theme=dark'}
    text = (await client.get("/nothing", headers=remembered)).text
    assert '<html lang="en" data-kind="desk" data-theme="dark"' in text
    assert "There is no page" in text
    assert 'data-theme="light"' in (await client.get("/nothing?theme=light", headers=remembered)).text


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("lightkeeper-lang=en; lightkeeper-theme=dark", id="ours alone"),
        pytest.param("flag; lightkeeper-lang=en; lightkeeper-theme=dark", id="after one without a value"),
        pytest.param('x={"a":1}; lightkeeper-lang=en;y=1=2;lightkeeper-theme="dark"', id="after one that is no token"),
        pytest.param("lightkeeper-lang=en; a b=c; lightkeeper-theme=dark; ;=", id="odd ones around"),
    ],
)
def test_odd_cookies_of_others_do_not_hide_ours(header: str) -> None:
    assert memory.read(header) == {"lang": "en", "theme": "dark"}


async def test_an_unknown_path_cannot_write_into_its_404(client: httpx.AsyncClient) -> None:
    assert "<script>" not in (await client.get("/<script>alert(1)</script>")).text


async def test_a_page_starts_in_its_language_theme_and_size(client: httpx.AsyncClient) -> None:
    chinese, english = [(await client.get(p)).text for p in ("/wall/main", "/wall/english")]
    assert '<html lang="zh-CN" data-kind="wall" data-theme="dark" data-distance="6m">' in chinese
    assert '<html lang="en" data-kind="wall"' in english
    assert (
        '<html lang="en" data-kind="wall" data-theme="light"'
        in (await client.get("/wall/main?lang=en&theme=light")).text
    )
    assert '<html lang="zh-CN" data-kind="desk" data-theme="light"' in (await client.get("/orders")).text


async def test_the_words_travel_with_the_page(client: httpx.AsyncClient) -> None:
    text = (await client.get("/wall/main")).text
    found = re.search(r'<script type="application/json" id="lightkeeper-page">(.*?)</script>', text)
    assert found is not None
    page = json.loads(found[1])
    assert page["words"]["Customers out"] == "停电户数"
    assert page["release"] == "1"
    assert set(page["map"]["places"]) == set(COUNTIES)


async def test_a_browser_page_is_told_of_no_part_and_no_map_that_its_frame_does_not_show(
    client: httpx.AsyncClient,
) -> None:
    found = re.search(r'id="lightkeeper-page">(.*?)</script>', (await client.get("/alerts")).text)
    assert found is not None
    page = json.loads(found[1])
    assert page["parts"] == ["alerts", "sources"]
    assert page["areas"].startswith("/map/areas.json?v=") and not set(COUNTIES) & set(found[1].split('"'))


async def test_a_wall_does_not_load_what_only_the_desk_uses(client: httpx.AsyncClient) -> None:
    assert "/dash_ag_grid/" not in (await client.get("/wall/main")).text
    assert "/dash_ag_grid/" in (await client.get("/orders")).text


async def test_bundles_are_packed_once_and_say_so(client: httpx.AsyncClient) -> None:
    text = (await client.get("/wall/main")).text
    bundle = next(s for s in re.findall(r'src="([^"]*)"', text) if "dash_renderer" in s)
    first, second = [await client.get(bundle) for _ in range(2)]
    assert first.headers["content-encoding"] == second.headers["content-encoding"] == "gzip"
    assert first.content == second.content
    plain = await client.get(bundle, headers={"accept-encoding": "identity"})
    assert plain.content == first.content


@pytest.mark.parametrize("path", ["/", "/healthz", "/assets/tokens.css", LIVE, "/nothing"])
async def test_every_answer_forbids_what_lies_outside(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/healthz", "/assets/tokens.css", "/_dash-layout", LIVE])
async def test_a_foreign_name_is_refused_everywhere(client: httpx.AsyncClient, path: str) -> None:
    reply = await client.get(path, headers={"host": "evil.example:8050"})
    assert reply.status_code == 421
    assert "evil.example" in reply.text


async def test_another_sites_page_cannot_act_here(client: httpx.AsyncClient) -> None:
    reply = await client.post("/_dash-update-component", json={}, headers={"origin": "http://evil.example"})
    assert reply.status_code == 403


OWN = "127.0.0.1:8050"


@pytest.mark.parametrize(
    ("case", "kind", "method", "headers", "status"),
    [
        ("own page reads", "http", "GET", {"host": OWN}, None),
        ("localhost is this machine", "http", "GET", {"host": "localhost:8050"}, None),
        ("so is IPv6's loopback", "http", "GET", {"host": "[::1]:8050"}, None),
        ("own page acts", "http", "POST", {"host": OWN, "origin": f"http://{OWN}"}, None),
        ("a program without browser acts", "http", "POST", {"host": OWN}, None),
        ("no name at all", "http", "GET", {}, 421),
        ("an address of the network", "http", "GET", {"host": "192.168.1.5:8050"}, 421),
        ("a name that begins like ours", "http", "GET", {"host": "localhost.evil.example"}, 421),
        ("a broken name", "http", "GET", {"host": "[::1"}, 421),
        ("another port of this machine acts", "http", "POST", {"host": OWN, "origin": "http://127.0.0.1:9"}, 403),
        ("a sandboxed page acts", "http", "POST", {"host": OWN, "origin": "null"}, 403),
        ("browser says cross-site", "http", "POST", {"host": OWN, "sec-fetch-site": "cross-site"}, 403),
        ("another site deletes", "http", "DELETE", {"host": OWN, "origin": "http://evil.example"}, 403),
        ("another site opens a socket", "websocket", "GET", {"host": OWN, "origin": "http://evil.example"}, 403),
        ("own page opens a socket", "websocket", "GET", {"host": OWN, "origin": f"http://{OWN}"}, None),
    ],
)
def test_who_may_pass(case: str, kind: str, method: str, headers: dict[str, str], status: int | None) -> None:
    refusal = why_refused(kind, method, headers)
    assert (refusal[0] if refusal else None) == status, case


@pytest.mark.parametrize(
    ("host", "may"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),  # noqa: S104
        ("10.1.2.3", False),
        ("wall.example", False),
    ],
)
def test_nobody_listens_beyond_this_machine_before_there_is_sign_in(host: str, may: bool) -> None:
    assert listen_refusal(host, has_sign_in=True) is None
    refusal = listen_refusal(host, has_sign_in=False)
    assert (refusal is None) == may
    assert refusal is None or host in refusal
