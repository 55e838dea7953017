"""The font that comes with the product: complete, licensed, and addressed so that a browser may keep it for ever."""

import re
from pathlib import Path

import httpx
import pytest

import i18n
from dashboard import fonts

COMMON = "电力故障抢修工单停电复电满意率县区供电所配网台区线路客户投诉热点"


def members(characters: str) -> set[int]:
    """Code points of a unicode-range such as `U+4e00-4e03,U+4e07`."""
    found: set[int] = set()
    for part in characters.split(","):
        low, _, high = part.strip().removeprefix("U+").partition("-")
        found.update(range(int(low, 16), int(high or low, 16) + 1))
    return found


@pytest.fixture(scope="module")
def covered() -> set[int]:
    return {point for characters in fonts.sources().values() for point in members(characters)}


def test_each_slice_is_there_and_none_is_left_over() -> None:
    there = {file.name for file in fonts.FOLDER.glob("*.woff2")}
    assert there == {address.partition("?")[0] for address in fonts.sources()}
    assert sum(file.stat().st_size for file in fonts.FOLDER.iterdir()) < 6_000_000
    assert all(file.read_bytes()[:4] == b"wOF2" for file in fonts.FOLDER.glob("*.woff2"))


def test_the_licence_stands_beside_it() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (fonts.FOLDER / "OFL.txt").read_text(encoding="utf-8")


def test_all_our_words_can_be_written(covered: set[int]) -> None:
    said = "".join(s for language in i18n.LANGUAGES for s in i18n.catalogue(language).values())
    assert {c for c in said + COMMON if not c.isspace()} - {chr(point) for point in covered} == set()


def test_common_chinese_can_be_written(covered: set[int]) -> None:
    """GB 2312: 3,755 characters by frequency, then 3,008 rarer ones, of which the package itself lacks 33."""
    level = [[bytes((a, b)).decode("gb2312", "ignore") for a in rows for b in range(0xA1, 0xFF)] for rows in ROWS]
    first, second = ({c for c in one if c} for one in level)
    known = {chr(point) for point in covered}
    assert (len(first), len(second)) == (3755, 3008)
    assert len(first - known) == 0
    assert len(second - known) <= 33


ROWS = (range(0xB0, 0xD8), range(0xD8, 0xF8))


async def test_a_browser_keeps_a_slice_for_ever(client: httpx.AsyncClient) -> None:
    (address,) = re.findall(r'href="([^"]+)" as="font"', fonts.preload())
    reply = await client.get(address)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "font/woff2"
    assert "immutable" in reply.headers["cache-control"]
    assert "content-encoding" not in reply.headers
    assert len(reply.content) == (fonts.FOLDER / fonts.FIRST).stat().st_size
    assert (await client.get("/assets/fonts/other.woff2")).status_code == 404


@pytest.mark.parametrize("path", ["/wall/main", "/orders", "/nothing"])
async def test_every_page_brings_the_font(client: httpx.AsyncClient, path: str) -> None:
    assert f"{fonts.PATH}{fonts.SHEET}" in (await client.get(path)).text


def test_a_newer_package_replaces_every_slice(tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "files").mkdir(parents=True)
    (package / "package.json").write_text('{"version": "1.2.3"}', encoding="utf-8")
    (package / "unicode.json").write_text('{"[4]": "U+4e00-4e01", "latin": "U+0-ff"}', encoding="utf-8")
    (package / "LICENSE").write_text("free", encoding="utf-8")
    for name in ("4", "latin"):
        (package / "files" / f"noto-sans-sc-{name}-wght-normal.woff2").write_bytes(b"wOF2")
    folder = tmp_path / "fonts"
    folder.mkdir()
    (folder / "noto-sans-sc-3.woff2").write_bytes(b"old")
    assert fonts.make(package, folder) == 2
    assert sorted(f.name for f in folder.iterdir()) == [
        "OFL.txt",
        "noto-sans-sc-4.woff2",
        "noto-sans-sc-latin.woff2",
        "noto-sans-sc.css",
    ]
    assert fonts.sources(folder) == {
        "noto-sans-sc-4.woff2?v=1.2.3": "U+4e00-4e01",
        "noto-sans-sc-latin.woff2?v=1.2.3": "U+0-ff",
    }
