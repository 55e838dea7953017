"""The demonstration: the invented city, receivers for messages, and a node that watches."""

import os
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

import node
from settings import Settings, load
from simulator import city, live, phones
from site_clock import Clock

CONFIG = Path(__file__).parent / "simulator" / "lightkeeper.toml"
FOLDER = Path("var/demo")
DAYS = 90
said = Console(stderr=True, highlight=False, soft_wrap=True)  # a line of a log stays one line


def prepared(folder: Path, seed: int, days: int = DAYS) -> datetime:
    """Writes the city's history up to now; gives now, or the city's own last moment where that lies ahead."""
    with city.City(folder, seed) as town, Progress(console=said, transient=True) as bar:
        task = bar.add_task("临江 Linjiang: writing history", total=1.0)
        last, now = town.last(), datetime.now(UTC)
        now = max(now, last) if last else now
        town.prepare(now, days, lambda done: bar.update(task, completed=done))
    return now


def demo_settings(smtp_port: int, http_port: int) -> Settings:
    os.environ["LIGHTKEEPER_DEMO_SMTP"] = str(smtp_port)
    os.environ["LIGHTKEEPER_DEMO_HTTP"] = str(http_port)
    return load(CONFIG)


def run(speed: float, seed: int, days: int = DAYS) -> None:
    """What `make run` starts. Ends with Ctrl-C; the city goes on from where it stood at the next start."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    receivers = phones.Phones(FOLDER, 0, 0)
    receivers.start()
    context = get_context("spawn")
    stop: Event = context.Event()
    try:
        settings = demo_settings(receivers.smtp_port, receivers.http_port)
        node.may_start(settings)
        now = prepared(FOLDER, seed, days)
        clock = Clock(now, speed)
        life = context.Process(
            target=live.run_beside,
            args=(FOLDER, seed, clock.now(), datetime.now(UTC), speed, stop),
            name="city",
            daemon=True,
        )
        life.start()
        node.serve(settings, clock, phones=lambda limit: phones.read_messages(FOLDER, limit))
    finally:
        stop.set()
        receivers.stop()
