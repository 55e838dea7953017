"""Who looks and how: language, theme and words of one request, and links that keep them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args
from urllib.parse import urlencode

import i18n
from dashboard import memory
from dashboard.components.format import Language, Translate

Theme = Literal["light", "dark", "auto"]  # auto: as the reader's system; only the browser can tell
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)
USUAL_THEME: Final[Theme] = "light"
LANG_TAG: Final[dict[Language, str]] = {"zh": "zh-CN", "en": "en"}
OTHER: Final[dict[Language, tuple[Language, str]]] = {"zh": ("en", "English"), "en": ("zh", "中文")}

# Filters that mean the same on every page: the menu carries them on. Other words belong to their page.
CARRIED: Final = ("unit", "period", "from", "to", "category", "channel", "customer", "events", "exempt")


@dataclass(frozen=True)
class View:
    """Language and theme of the reader.

    `kept`: what of the two the address names itself, so every link of the page names it; what the browser remembers
    needs no naming. `carried`: the filters of the address that go along to other pages.
    """

    language: Language
    theme: Theme
    t: Translate
    kept: Mapping[str, str] = field(default_factory=dict)
    carried: Mapping[str, str] = field(default_factory=dict)

    def href(self, path: str, args: Mapping[str, str] | None = None) -> str:
        """`path` with `args` in this language and theme."""
        query = urlencode({**(args or {}), **self.kept})
        return f"{path}?{query}" if query else path

    def onward(self, path: str, args: Mapping[str, str] | None = None) -> str:
        """`href` to another page, or another part of this one, under the same filters."""
        return self.href(path, {**self.carried, **(args or {})})

    def switched(self) -> "View":
        """The same in the other language."""
        other = OTHER[self.language][0]
        return replace(self, language=other, t=i18n.translator(other), kept={**self.kept, "lang": other})


def view_of(args: Mapping[str, str], usual: Language) -> View:
    """The view a URL asks for; else what the browser remembers; else the site's own, also for what we do not have."""
    lang: dict[str, Language] = {"zh": "zh", "en": "en"}
    theme: dict[str, Theme] = {name: name for name in THEMES}
    before = memory.remembered()
    known = {"lang": frozenset(lang), "theme": frozenset(theme)}
    kept = {word: args[word] for word in known if args.get(word) in known[word]}
    language = lang.get(kept.get("lang") or before.get("lang", ""), usual)
    chosen = theme.get(kept.get("theme") or before.get("theme", ""), USUAL_THEME)
    carried = {word: args[word] for word in CARRIED if args.get(word)}
    return View(language, chosen, i18n.translator(language), kept, carried)
