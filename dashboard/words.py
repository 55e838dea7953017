"""What a page says before it has data: its language, its frame, and the words its scripts use."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

import i18n

ASSETS: Final = Path(__file__).parent.parent / "assets"
LANG_TAG: Final = {"zh": "zh-CN", "en": "en"}
IN_SCRIPT: Final = re.compile(r"""\bt\(\s*"((?:[^"\\]|\\.)*)\"""")


def script_words(folder: Path) -> dict[str, set[str]]:
    """Every sentence said by t("...") in the scripts of `folder`, with the files that say it."""
    said: dict[str, set[str]] = {}
    for file in sorted(folder.glob("*.js")):
        for sentence in IN_SCRIPT.findall(file.read_text(encoding="utf-8")):
            said.setdefault(orjson.loads(f'"{sentence}"'), set()).add(file.name)
    return said


@cache
def page_words(language: str) -> dict[str, str]:
    """The translations that the scripts need; empty for English."""
    words = i18n.catalogue(language)
    return {sentence: words[sentence] for sentence in script_words(ASSETS) if sentence in words}


def language_of(query: Mapping[str, str], usual: str) -> str:
    """The language `?lang=` asks for; the usual one where it says nothing or something we do not speak."""
    return query["lang"] if query.get("lang") in i18n.LANGUAGES else usual


def inline_json(element: str, data: Any) -> str:
    """A script element that only holds data. No `<` of the data can end it."""
    text = orjson.dumps(data).decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="{element}">{text}</script>'
