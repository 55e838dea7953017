"""Every text a page shows or reads aloud, and which of it is not in the reader's language."""

import re
from typing import Any

from dashboard.guard import DEMO_USER
from kpis.catalogue import CATALOGUE
from settings import Settings

# The same in both languages: names of things and forms, words of the address and of the settings; no sentences.
# What has an underscore is the name of an option or a column.
LATIN = {
    "English",
    "Excel",
    "CSV",
    "Wilson",
    "APP",
    "kWh",
    "SAIDI",
    "SAIFI",
    "CAIDI",
    "MAIFI",
    "ASAI",
    "CEMI",
    "CELID",
    "IEEE",
    "DL",
    "opne",
    "open",
    "state",
    "excluded",
}
ALL_TEXT = """() => {
  const skipped = "script, style, code, .message b, .message pre, [col-id=survey_no], .brief b, .ag-hidden";
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (!node.parentElement.closest(skipped) && node.data.trim()) found.push(node.data);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"]) {
    for (const one of document.querySelectorAll(`[${name}]`)) {
      if (!one.closest(skipped) && one.getAttribute(name).trim()) found.push(one.getAttribute(name));
    }
  }
  return found;
}"""


def values(settings: Settings) -> list[str]:
    """What stands on the pages as its source or the settings wrote it."""
    mine: Any = settings
    return [DEMO_USER, *mine.walls, *mine.sources, "outages", "duty@example.org", "head@example.org", *CATALOGUE]


def foreign(texts: list[str], language: str, known: list[str]) -> list[str]:
    """Texts that are not in `language`: Latin words in Chinese, Chinese signs in English."""
    own = re.compile(
        "|".join(rf"(?<![A-Za-z@.]){re.escape(v)}(?![A-Za-z@.])" for v in sorted(known, key=len, reverse=True))
    )
    found = []
    for text in texts:
        rest = own.sub("", text)
        if language == "zh":
            words = [w for w in re.findall(r"[A-Za-z_]{2,}", rest) if w not in LATIN and "_" not in w]
        else:
            words = [] if rest.strip() == "中文" else re.findall(r"[一-鿿]+", rest)
        found += [f"{word!r} in {text[:60]!r}" for word in words]
    return found
