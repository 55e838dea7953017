"""The pictures of the docs, taken from a running demonstration: `make screenshots`."""

import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from bench import nodes
from bench.live import CHROMIUM

FOLDER: Final = Path(__file__).with_name("pictures")
# name, address, width, height, what must be there before the picture is taken
PICTURES: Final = (
    ("wall-zh", "/wall/main?lang=zh", 1920, 1080, "#wall-repairs [data-order]"),
    ("wall-en", "/wall/main?lang=en", 1920, 1080, "#wall-repairs [data-order]"),
    ("orders-zh", "/orders?lang=zh", 1440, 900, ".ag-row"),
    ("orders-en", "/orders?lang=en", 1440, 900, ".ag-row"),
    ("alerts-zh-phone", "/alerts?lang=zh", 390, 844, "main"),
    ("alerts-en", "/alerts?lang=en", 1440, 900, "main"),
    ("phones-zh", "/phones?lang=zh", 1440, 900, "main"),
)


def take(port: int, folder: Path) -> None:
    """Takes all pictures from the node at `port`."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM))
        for name, address, width, height, awaited in PICTURES:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"http://127.0.0.1:{port}{address}")
            page.locator(awaited).first.wait_for(timeout=60_000)
            page.wait_for_timeout(2000)  # the map and the first answers of the grid
            page.screenshot(path=folder / f"{name}.png")
            page.close()
        browser.close()


def main() -> None:
    """With a port as argument from the node there, else from a demonstration of its own."""
    if len(sys.argv) > 1:
        take(int(sys.argv[1]), FOLDER)
        return
    with tempfile.TemporaryDirectory() as name, nodes.running(["demo"], Path(name), 180) as port:
        take(port, FOLDER)


if __name__ == "__main__":
    main()
