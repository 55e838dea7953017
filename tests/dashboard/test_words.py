import ast
import re
from pathlib import Path

import pytest

import i18n
from dashboard.words import ASSETS, inline_json, script_words

DASHBOARD = ASSETS.parent / "dashboard"


def said_in_python(folder: Path) -> dict[str, str]:
    """Sentences said by _("...") or t("...") with the file that says them."""
    said: dict[str, str] = {}
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in ("_", "t") and isinstance(node.args[0].value, str):
                said.setdefault(node.args[0].value, str(file.relative_to(folder.parent)))
    return said


def test_every_sentence_of_a_script_is_said_in_chinese() -> None:
    said = script_words(ASSETS)
    assert "Customers out" in said
    missing = {sentence: files for sentence, files in said.items() if sentence not in i18n.catalogue("zh")}
    assert not missing, f"add to i18n/*.zh.po: {missing}"


def test_every_sentence_of_a_page_is_said_in_chinese() -> None:
    said = said_in_python(DASHBOARD)
    assert "There is no page {path}. There are these:" in said
    missing = {sentence: file for sentence, file in said.items() if sentence not in i18n.catalogue("zh")}
    assert not missing, f"add to i18n/*.zh.po: {missing}"


def test_a_translation_keeps_every_placeholder() -> None:
    places = re.compile(r"\{\w+\}")
    wrong = {
        key: text for key, text in i18n.catalogue("zh").items() if set(places.findall(key)) != set(places.findall(text))
    }
    assert not wrong


def test_what_tells_equal_english_apart_is_not_shown() -> None:
    assert i18n.translator("en")("of {n}##surveys") == "of {n}"
    assert i18n.translator("zh")("of {n}##surveys") == "{n}份"
    assert i18n.translator("zh")("of {n}##orders") == "{n}件"


def test_two_files_that_disagree_are_named(tmp_path: Path) -> None:
    for name, text in (("a.zh.po", "甲"), ("b.zh.po", "乙")):
        (tmp_path / name).write_text(f'msgid "x"\nmsgstr "{text}"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"b\.zh\.po.*a\.zh\.po"):
        i18n.catalogue("zh", tmp_path)


def test_data_in_the_page_cannot_end_its_element() -> None:
    assert "</script><script>" not in inline_json("x", {"name": "</script><script>alert(1)"})
