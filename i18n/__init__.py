"""Words in the reader's language. English sentences in the source are the keys; `*.zh.po` files translate them.

What stands after `##` in a key is not shown: it tells apart what English says alike ("of {n}##orders").
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

LANGUAGES: Final = ("zh", "en")
FOLDER: Final = Path(__file__).parent


@cache
def catalogue(language: str, folder: Path = FOLDER) -> dict[str, str]:
    """Translation by English sentence, from zh.po and every *.zh.po beside it; empty for English.

    Errors: ValueError when two files translate one sentence differently, naming both.
    """
    words: dict[str, str] = {}
    where: dict[str, str] = {}
    for file in sorted({*folder.glob(f"{language}.po"), *folder.glob(f"*.{language}.po")}):
        with file.open("rb") as lines:
            entries = read_po(lines, locale=language)
        for entry in entries:
            key, text = entry.id, entry.string
            if not key or not isinstance(key, str) or not isinstance(text, str) or not text or entry.fuzzy:
                continue
            if words.get(key, text) != text:
                raise ValueError(f"{file.name}: {key!r}: translated as {text!r}, but {where[key]} has {words[key]!r}")
            words[key], where[key] = text, file.name
    return words


def translator(language: str) -> Callable[[str], str]:
    """The function usually called `_`: an English sentence in, the reader's out (English where none is known)."""
    words = catalogue(language)
    return lambda sentence: words.get(sentence) or sentence.partition("##")[0]
