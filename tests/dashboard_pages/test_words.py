"""Every visible sentence of the browser pages has its Chinese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import i18n
from dashboard.words import ASSETS, script_words
from kpis.catalogue import CATALOGUE

ROOT = Path(__file__).parent.parent.parent
FILES = [
    *(ROOT / "dashboard" / "components").glob("*.py"),
    *(ROOT / "dashboard" / "pages" / f"{name}.py" for name in ("orders", "alerts", "phones")),
]
PLACES = {"counted": (2, 3), "register_page": (3,)}  # calls that take msgids, and where


def said(file: Path) -> Iterator[str]:
    """Sentences given to t(...), and msgids given to functions that translate them."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = node.args[:1] if name == "t" else [node.args[i] for i in PLACES.get(name, ()) if i < len(node.args)]
        yield from (
            n.value for a in given for n in ast.walk(a) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        )


OF_PAGES = {sentence: file.name for file in FILES for sentence in said(file)}
OF_SCRIPTS = {s: "desk.js" for s, files in script_words(ASSETS).items() if "desk.js" in files}
OF_DEFINITIONS = {text: d.key for d in CATALOGUE.values() for text in (d.label, d.formula, d.note, d.source)}


def test_the_search_finds_the_words() -> None:
    assert {"Orders", "your name", "{n} orders", "Alerts"} <= set(OF_PAGES)
    assert "no open alerts" in OF_SCRIPTS


@pytest.mark.parametrize("where", [OF_PAGES, OF_SCRIPTS, OF_DEFINITIONS], ids=["pages", "script", "definitions"])
def test_every_sentence_has_its_chinese(where: dict[str, str]) -> None:
    words = i18n.catalogue("zh")
    assert {sentence: file for sentence, file in where.items() if sentence not in words} == {}


def test_both_languages_fill_the_same_places() -> None:
    for english, chinese in i18n.catalogue("zh").items():
        fields = set(re.findall(r"\{(\w+)\}", english))
        assert set(re.findall(r"\{(\w+)\}", chinese)) <= fields, english
