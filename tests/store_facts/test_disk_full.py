"""A disk that is full: the batch is dropped and told, and all goes on by itself once there is room."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from store.facts.db import Facts
from store.facts.errors import StoreError
from store.scope import Scope
from tests.store_facts.made import NOW, batch

MANY = 2_000


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def orders(first: int) -> Any:
    chance = Random(first)  # noqa: S311
    keys = [f"{first + n:07}" for n in range(MANY)]
    return batch(
        "work_orders",
        [{"source_key": key, "order_no": key, "changed_at": NOW, "county": chance.randbytes(40).hex()} for key in keys],
    )


def held(facts: Facts) -> int:
    with facts.read(Scope.everything("test")) as reader:
        return len(reader.frame(reader.table("work_orders").select("order_no"), NOW))


@pytest.mark.parametrize("threshold", ["1GB", "100KB"])  # the log can not grow; nor the file, when the log goes into it
def test_a_full_disk_loses_nothing_and_needs_no_restart(tmp_path: Path, threshold: str) -> None:
    path = tmp_path / "facts.duckdb"
    with Facts(path, "Asia/Shanghai") as facts:
        facts._db.execute(f"SET GLOBAL checkpoint_threshold = '{threshold}'")
        facts.merge(orders(0), {})
        size = max(file.stat().st_size for file in tmp_path.iterdir())
        with no_file_above(size + 4_096):
            for _ in range(2):
                with pytest.raises(StoreError, match="see that there is free disk"):
                    facts.merge(orders(MANY), {})
        assert facts.merge(orders(MANY), {}).new == MANY
        assert held(facts) == 2 * MANY
    with Facts(path, "Asia/Shanghai") as facts:
        assert held(facts) == 2 * MANY
