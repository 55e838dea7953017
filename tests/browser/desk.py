"""The synthetic city, served."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.browser.serving import Serving
from tests.dashboard_pages.city import DeskHouse, house


@dataclass
class Desk:
    """The city, served."""

    house: DeskHouse
    url: str


@contextmanager
def served(folder: Path) -> Iterator[Desk]:
    one = house(folder)
    serving = Serving(one)
    serving.start()
    yield Desk(one, serving.url)
    serving.stop()
    one.close()
