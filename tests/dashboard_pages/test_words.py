"""Every visible sentence stands in both languages: read from the sources, so that none can be forgotten."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import i18n
from dashboard.words import ASSETS, script_words
from kpis.catalogue import CATALOGUE

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted((ROOT / "dashboard").rglob("*.py"))
CODE = [f for f in ROOT.rglob("*.py") if f.relative_to(ROOT).parts[0] not in ("tests", ".venv", "docs", "bench", "var")]
PLACES = {"t": (0,), "_": (0,), "counted": (2, 3), "register_page": (3,)}  # calls that take msgids, and where
WORD = re.compile(r"[A-Za-z一-鿿]")
SYMBOLS = {"n", "%", "?", "×"}  # the same in both languages
SHOWN = {"title", "label", "placeholder", "aria-label", "headerName", "alt"}  # properties somebody reads


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def texts(node: ast.AST) -> Iterator[str]:
    yield from (n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def said(file: Path) -> Iterator[str]:
    """Sentences given to t(...) and _(...), and msgids given to functions that translate them."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            for place in PLACES.get(name_of(node), ()):
                if place < len(node.args):
                    yield from texts(node.args[place])


def literals(node: ast.AST) -> Iterator[str]:
    """Text that reaches the page as it stands: a constant, the fixed parts of an f-string, items of a list."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from literals(part)
    elif isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from literals(item)
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


def is_component(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") in ("html", "dcc", "dmc", "dag")


def untranslated(source: str) -> list[str]:
    """Words that a component of `source` shows without t(...)."""
    found: list[str] = []
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or not is_component(call) or name_of(call) == "Code":
            continue
        children = [*call.args[:1], *(k.value for k in call.keywords if k.arg in SHOWN | {"children"})]
        for keyword in call.keywords:
            if keyword.arg is None and isinstance(keyword.value, ast.Dict):
                pairs = zip(keyword.value.keys, keyword.value.values, strict=True)
                children += [v for k, v in pairs if isinstance(k, ast.Constant) and k.value in SHOWN]
        found += [text for child in children for text in literals(child) if WORD.search(text) and text not in SYMBOLS]
    return found


OF_PAGES = {sentence: file.name for file in PAGES for sentence in said(file)}
OF_SCRIPTS = {sentence: min(files) for sentence, files in script_words(ASSETS).items()}
OF_DEFINITIONS = {text: d.key for d in CATALOGUE.values() for text in (d.label, d.formula, d.note, d.source)}


def test_the_search_finds_the_words() -> None:
    assert {"Orders", "your name", "{n} orders", "Alerts", "definition of {label}"} <= set(OF_PAGES)
    assert {"no open alerts", "Filters ({n})"} <= set(OF_SCRIPTS)


@pytest.mark.parametrize("where", [OF_PAGES, OF_SCRIPTS, OF_DEFINITIONS], ids=["pages", "scripts", "definitions"])
def test_every_sentence_has_its_chinese(where: dict[str, str]) -> None:
    words = i18n.catalogue("zh")
    assert {sentence: file for sentence, file in where.items() if sentence not in words} == {}


def test_no_translation_is_left_over() -> None:
    files = ("alerts/rules.toml", "kpis/limits.toml", "kpis/calendars.toml")  # their sentences are translated too
    shipped = "".join((ROOT / file).read_text(encoding="utf-8") for file in files)
    used = set(OF_SCRIPTS) | set(OF_DEFINITIONS) | set(re.findall(r'"([^"\n]+)"', shipped))
    for file in CODE:
        used |= set(texts(ast.parse(file.read_text(encoding="utf-8"))))
    assert sorted(set(i18n.catalogue("zh")) - used) == []


@pytest.mark.parametrize("file", sorted(i18n.FOLDER.glob("*.po")), ids=lambda file: file.name)
def test_no_translation_is_unfinished(file: Path) -> None:
    with file.open("rb") as lines:
        catalogue = read_po(lines)
    assert [m.id for m in catalogue if m.id and (m.fuzzy or not m.string)] == []
    assert not catalogue.obsolete


def test_chinese_fills_no_place_that_english_has_not() -> None:
    for english, chinese in i18n.catalogue("zh").items():
        fields = set(re.findall(r"\{(\w+)\}", english))
        assert set(re.findall(r"\{(\w+)\}", chinese)) <= fields, english


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_no_component_shows_words_past_the_catalogue(file: Path) -> None:
    assert untranslated(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param('html.B("Late")', ["Late"], id="a child"),
        pytest.param('html.B(["×", "晚"])', ["晚"], id="a child in a list"),
        pytest.param('html.B(f"{n} late")', [" late"], id="part of an f-string"),
        pytest.param('dmc.Select(placeholder="all")', ["all"], id="a placeholder"),
        pytest.param('html.I(**{"aria-label": "late"})', ["late"], id="what is read aloud"),
        pytest.param('html.B("a" if x else t("b"))', ["a"], id="one of two"),
        pytest.param('html.B(t("Late"), className="late")', [], id="a translated child"),
    ],
)
def test_words_past_the_catalogue_are_seen(source: str, found: list[str]) -> None:
    assert untranslated(source) == found
