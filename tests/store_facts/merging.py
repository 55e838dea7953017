"""Polls a SQLite source into facts until it is killed: `python -m tests.store_facts.merging SOURCE FACTS`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from collectors.decide import Cursor
from collectors.poll import Poller
from settings_sources import Source
from store.facts.db import Facts
from tests.collectors.rig import ORDERS

NOW = datetime(2024, 5, 2, tzinfo=UTC)


def main(source_file: str, facts_file: str) -> None:
    body = {
        "url": f"sqlite:///{source_file}",
        "page": 100,
        "tables": [ORDERS],
        "codes": {"category": {"0": "fault_report"}},
    }
    poller = Poller("gd", Source.model_validate(body), b"")
    facts = Facts(Path(facts_file), "Asia/Shanghai")
    while True:
        place = facts.cursor("gd", "gd->work_orders")
        reply = poller.poll({0: None if place is None else Cursor(*place)}, NOW)
        for batch in reply.batches:
            print("merging", flush=True)  # the parent kills at a number of these lines
            facts.merge(batch, {})
        if not any(batch.more for batch in reply.batches):
            print("caught up", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
