"""What axe-core finds on a page: violations of WCAG 2.2 A and AA that it calls serious or critical."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}


def faults(page: Page) -> list[str]:
    """One line per node: the rule, the node, and what axe says of it. Empty when nothing serious was found."""
    found: dict[str, Any] = Axe().run(page, options=_RULES).response
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary'][:300]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
