"""Who looks and how: language, theme and words of one request, and links that keep them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlencode

import i18n
from dashboard.components.format import Language, Translate

Theme = Literal["light", "dark"]
LANG_TAG: Final[dict[Language, str]] = {"zh": "zh-CN", "en": "en"}
OTHER: Final[dict[Language, tuple[Language, str]]] = {"zh": ("en", "English"), "en": ("zh", "中文")}


@dataclass(frozen=True)
class View:
    """Language and theme of the reader. `usual` is the site's language: links do not name it."""

    language: Language
    usual: Language
    theme: Theme
    t: Translate

    @property
    def kept(self) -> dict[str, str]:
        """What every link of the page carries on."""
        lang = {"lang": self.language} if self.language != self.usual else {}
        return lang | ({"theme": self.theme} if self.theme != "light" else {})

    def href(self, path: str, args: Mapping[str, str] | None = None) -> str:
        """`path` with `args` in this language and theme."""
        query = urlencode({**(args or {}), **self.kept})
        return f"{path}?{query}" if query else path


def view_of(args: Mapping[str, str], usual: Language) -> View:
    """The view a URL asks for; the site's own where it does not say or says what we do not have."""
    language: Language = "en" if args.get("lang") == "en" else "zh" if args.get("lang") == "zh" else usual
    return View(language, usual, "dark" if args.get("theme") == "dark" else "light", i18n.translator(language))
